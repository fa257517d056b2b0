//! Fails: an engine is used from many threads, so its functions are too.
//! says: `Rc<i64>` cannot be sent between threads safely

use ruff_core::Engine;
use std::rc::Rc;

fn main() {
    let shared = Rc::new(1i64);
    Engine::builder().function("get", move || *shared).build();
}
