//! Fails: a script function has a signature of convertible types.
//! says: `Instant` cannot be a parameter of a script function's signature

use ruff_core::{Engine, Function, Vm};

fn main() {
    let _age: Function<fn(std::time::Instant) -> i64> = Vm::new(&Engine::new()).function("age").unwrap();
}
