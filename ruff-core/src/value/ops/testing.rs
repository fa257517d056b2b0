//! Hooks for unit tests: no machine behind them.

use crate::fault::{Fault, Result};
use crate::value::{Heap, Hooks, NativeId, Value};

/// Counts ticks and calls no methods.
pub struct TestHooks {
    pub heap: Box<Heap>,
    pub ticks: u64,
}

impl TestHooks {
    pub fn new() -> TestHooks {
        TestHooks { heap: Heap::new(usize::MAX, 0), ticks: 0 }
    }
}

impl Hooks for TestHooks {
    fn heap(&self) -> &Heap {
        &self.heap
    }

    fn charge(&mut self, ticks: u64) -> Result<()> {
        self.ticks += ticks;
        Ok(())
    }

    fn pace(&mut self, _work: usize) -> Result<()> {
        Ok(())
    }

    fn call_method(&mut self, _receiver: &Value, name: &str, _args: &[Value]) -> Result<Option<Value>> {
        Err(Fault::bug(format!("no machine to call {name}")))
    }

    fn native_name(&self, _id: NativeId) -> &str {
        "native"
    }
}
