//! Fails: a global is made into a Rust value.
//! says: `Instant` cannot be made from a script value

use ruff_core::{Engine, Vm};
use std::time::Instant;

fn main() {
    Vm::new(&Engine::new()).global::<Instant>("now").unwrap();
}
