//! Fails: a result becomes a script value.
//! says: cannot be a host function
//! says: with up to 12 annotated arguments and a result of convertible types

use ruff_core::Engine;
use std::time::Instant;

fn main() {
    Engine::builder().function("now", Instant::now).build();
}
