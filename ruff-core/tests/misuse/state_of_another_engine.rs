//! Fails: a native sees the state that its engine's VMs have.
//! says: cannot be a host function
//! says: the first argument may be `ctx: &mut Ctx<

use ruff_core::{Ctx, Engine};

fn main() {
    Engine::builder_for::<String>().function("get", |ctx: &mut Ctx<i64>| *ctx.state()).build();
}
