//! Fails: the arguments are those of the signature.
//! says: expected `i64`, found `&str`

use ruff_core::{Engine, Function, Vm};

fn main() {
    let mut vm = Vm::new(&Engine::new());
    let next: Function<fn(i64) -> i64> = vm.function("next").unwrap();
    next.call(&mut vm, ("one",)).unwrap();
}
