//! Fails: while state is lent to a VM, the host has it not.
//! says: cannot borrow `world` as immutable because it is also borrowed as mutable

use ruff_core::{Engine, Vm};

fn main() {
    let mut vm = Vm::new(&Engine::builder_for::<String>().build());
    let mut world = String::new();
    vm.with_state(&mut world, |vm| vm.state().len() + world.len());
}
