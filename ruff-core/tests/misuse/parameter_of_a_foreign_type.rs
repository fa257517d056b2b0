//! Fails: an argument is made from a script value.
//! says: cannot be a host function
//! says: with up to 12 annotated arguments and a result of convertible types

use ruff_core::Engine;
use std::time::Instant;

fn main() {
    Engine::builder().function("age", |since: Instant| since.elapsed().as_secs()).build();
}
