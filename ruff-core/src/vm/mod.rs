//! The interpreter.
//!
//! A [`Machine`] runs linked programs. It owns the heap, the stack of registers and the stack of frames.

pub mod call;
pub mod library;
pub mod limits;
pub mod native;
pub mod services;

pub use library::{Library, MethodAction, MethodEntry, ReceiverKind};
pub use limits::Limits;
pub use native::{Arity, Capability, CapabilitySet, Ctx, MutatingMethod, NativeEntry, NativeFunction};
pub use services::{Clock, InputSource, OutputSink, RandomSource, Services};

use crate::fault::{Fault, Result};
use crate::syntax::source::{Source, Span};
use crate::value::{Heap, Value};
use std::sync::Arc;

/// A virtual machine.
pub struct Machine {
    pub(crate) library: Arc<Library>,
    pub(crate) limits: Limits,
    pub services: Services,
    heap: Box<Heap>,
}

impl Machine {
    /// The memory.
    #[inline(always)]
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    fn charge(&mut self, _ticks: u64) -> Result<()> {
        Ok(())
    }

    fn call_nested(&mut self, _callable: &Value, _args: &[Value]) -> Result<Value> {
        Err(Fault::bug("calls are not linked"))
    }

    fn call_method_nested(&mut self, _receiver: &Value, _name: &str, _args: &[Value]) -> Result<Option<Value>> {
        Err(Fault::bug("calls are not linked"))
    }

    fn arity_of(&self, _callable: &Value) -> Option<Arity> {
        None
    }

    fn call_site(&self) -> Option<(Source, Span)> {
        None
    }
}
