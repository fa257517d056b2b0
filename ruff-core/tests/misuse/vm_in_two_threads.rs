//! Fails: `Vm` runs in one thread at a time.
//! says: cannot be shared between threads safely
//! says: required for `&Vm` to implement `Send`

use ruff_core::{Engine, Vm};

fn main() {
    let vm = Vm::new(&Engine::new());
    std::thread::scope(|scope| {
        scope.spawn(|| vm.global::<i64>("x"));
        scope.spawn(|| vm.global::<i64>("x"));
    });
}
