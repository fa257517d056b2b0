//! What values are: representation, heap, containers, and what each operator means.
//!
//! Knows nothing of the interpreter and the compiler. Operations that may have to call a method of a struct (`op_eq`,
//! `to_string`) take a [`Hooks`].

pub mod array;
mod builtin_types;
pub mod bytes;
mod checker;
pub mod closure;
pub mod collections;
pub mod convert;
pub mod cycles;
pub mod debug_text;
pub mod dict;
mod dict_key;
pub mod entry_stack;
pub mod equal;
pub mod faults;
pub mod generator;
pub mod hash;
pub mod heap;
pub mod host;
pub mod int;
pub mod module;
pub mod number_text;
pub mod ops;
pub mod range;
pub mod record;
pub mod repr;
pub mod roots;
pub mod set;
pub mod shared;
pub mod sort;
pub mod string;
mod table;
pub mod text;
mod walk;
pub mod work;

use crate::fault::Result;
pub use heap::Heap;
pub use repr::{Absence, CopyOnWrite, NativeId, Ref, Value};

/// What operations on values need from the machine that runs them.
pub trait Hooks {
    /// The memory of the VM.
    fn heap(&self) -> &Heap;

    /// Charges ticks for work in proportion to data: one per 64 elements or bytes.
    ///
    /// # Errors
    /// The traps of section 21.
    fn charge(&mut self, ticks: u64) -> Result<()>;

    /// Tells of work that is done, in elements, steps or words, so that interrupt and deadline are looked at now and then while
    /// an operation is long. It charges nothing.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    fn pace(&mut self, work: usize) -> Result<()>;

    /// Calls the method `name` of a struct value, if its declaration has it.
    ///
    /// # Errors
    /// What the method raises.
    fn call_method(&mut self, receiver: &Value, name: &str, args: &[Value]) -> Result<Option<Value>>;

    /// The name of a native function.
    fn native_name(&self, id: NativeId) -> &str;
}
