//! Fails: state without a default is given to `Vm::with_host_state`.
//! says: the trait bound `World: Default` is not satisfied

use ruff_core::{Engine, Vm};

struct World;

fn main() {
    Vm::new(&Engine::builder_for::<World>().build());
}
