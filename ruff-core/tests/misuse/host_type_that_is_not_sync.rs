//! Fails: objects of the host go where their VM goes, and handles to them further.
//! says: Cell<i64>` cannot be shared between threads safely

use ruff_core::HostType;
use std::cell::Cell;

struct Counter(Cell<i64>);

fn main() {
    HostType::new("Counter").getter("value", |c: &Counter| c.0.get());
}
