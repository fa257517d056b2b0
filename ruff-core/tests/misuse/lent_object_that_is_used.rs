//! Fails: while an object is lent, the host has only the handle.
//! says: cannot borrow `world.time` as immutable because it is also borrowed as mutable

use ruff_core::HostRef;

struct World {
    time: i64,
}

fn main() {
    let mut world = World { time: 0 };
    HostRef::lend(&mut world, |lent| lent.with_mut(|w| w.time += world.time)).unwrap();
}
