//! Compiles: what the other programs get wrong, done right.

use ruff_core::{Ctx, Engine, Function, HostRef, HostType, ScriptObject, Vm};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

#[derive(HostType)]
struct World {
    #[host(readonly)]
    time: i64,
}

fn main() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let count = AtomicI64::new(0);
    let engine = Engine::builder_for::<i64>()
        .function("keep", move |text: &str| kept.lock().unwrap().push(text.to_owned()))
        .function("count", move || count.fetch_add(1, Ordering::Relaxed))
        .function("state", |ctx: &mut Ctx<i64>| *ctx.state())
        .host_type(World::host_type())
        .build();
    let mut vm = Vm::new(&engine);
    let mut world = World { time: 0 };
    HostRef::lend(&mut world, |world| vm.set_global("world", world.clone())).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| vm.eval("1", "func len(text) { return 1 }").unwrap());
    });
    let len: Function<fn(&str) -> i64> = vm.function("len").unwrap();
    assert_eq!(len.call(&mut vm, ("",)).unwrap(), 1);
}
