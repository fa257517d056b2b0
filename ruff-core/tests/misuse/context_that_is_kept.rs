//! Fails: a context is good for one call.
//! says: borrowed data escapes outside of closure

use ruff_core::{Ctx, Engine};
use std::sync::Mutex;

fn main() {
    let kept: &'static Mutex<Option<&'static i64>> = Box::leak(Box::new(Mutex::new(None)));
    let keep = |ctx: &mut Ctx<i64>| *kept.lock().unwrap() = Some(ctx.state());
    Engine::builder_for::<i64>().function("keep", keep).build();
}
