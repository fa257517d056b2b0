//! Fails: two threads can be in the same native.
//! says: closure is `FnMut` because it mutates the variable `count` here

use ruff_core::Engine;

fn main() {
    let mut count = 0;
    let next = move |n: i64| {
        count += n;
        count
    };
    Engine::builder().function("next", next).build();
}
