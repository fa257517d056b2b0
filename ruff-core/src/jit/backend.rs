//! What a native tier is to the engine.

use super::exit::{ExitPoint, ExitReason};
use super::intrinsic::Builtins;
use crate::bytecode::{FuncId, Pc, ProgramData};
use crate::value::Value;
use std::fmt;
use std::sync::Arc;

/// The version of the contract: layouts, stubs and protocols. A backend that was built for another one is refused.
pub const ABI_VERSION: u32 = 1;

/// The tag of a result that is no value: a fault, which the machine holds.
pub const TAG_THROWN: u8 = 0xFE;
/// The tag of a result that is no value: the interpreter goes on with the frame.
pub const TAG_RESUME: u8 = 0xFF;

/// Makes native code of hot functions and loops. A host gives one to [`EngineBuilder::jit`](crate::EngineBuilder::jit).
pub trait JitBackend: Send + Sync + 'static {
    /// The contract that it was built for: [`ABI_VERSION`].
    fn abi_version(&self) -> u32 {
        ABI_VERSION
    }

    /// How many ticks of a function or loop make it hot. At 1 everything is compiled when it first runs.
    fn threshold(&self) -> u32;

    /// For tests: every so-manieth guard fails, whatever it guards.
    fn deopt_every(&self) -> Option<u32> {
        None
    }

    /// The code of a program, which has none yet. It must not keep the program alive. `builtins` are those of its machines.
    fn attach(&self, program: &ProgramData, builtins: Builtins) -> Box<dyn NativeProgram>;
}

/// The native code of one program, shared by all machines that run it. Freed with the program.
pub trait NativeProgram: fmt::Debug + Send + Sync {
    /// A function is hot and about to be called with these arguments, one for each parameter. Returns the address of its entry,
    /// of type [`CallEntry`], compiling it if it has none.
    fn function_entry(&self, program: &Arc<ProgramData>, function: FuncId, arguments: &[Value]) -> Option<usize>;

    /// The interpreter is about to run the instruction at `pc`, the target of a back-edge, with these registers. Returns the
    /// address of an entry there, of type [`LoopEntry`]; if there is none, compiles it if the loop is hot. Registers that the loop
    /// does not need are null then, where the entry takes that for granted.
    fn loop_entry(
        &self,
        program: &Arc<ProgramData>,
        function: FuncId,
        pc: Pc,
        registers: &mut [Value],
        is_hot: bool,
    ) -> Option<usize>;

    /// A generator is hot and about to go on at `pc` with these registers. Returns the address of the entry there, of type
    /// [`CallEntry`], compiling it if it has none. The slot below the registers has the address of the generator, which is
    /// suspended; the entry moves its registers.
    fn resume_entry(&self, program: &Arc<ProgramData>, function: FuncId, pc: Pc, registers: &[Value]) -> Option<usize>;

    /// Native code left for the `count`th time at this exit for this reason.
    fn exited(&self, program: &Arc<ProgramData>, exit: &ExitPoint, reason: ExitReason, count: u32);

    /// The backend's own type, for its reports.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// A result of native code: the payload word and the tag of a value, or [`TAG_THROWN`], or [`TAG_RESUME`].
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Pair {
    pub payload: u64,
    pub tag: u64,
}

/// `(machine, frame, base, linked, closure)`: calls a function whose arguments are in its slots. `frame` is where its record goes,
/// `closure` the address of the closure or 0.
pub type CallEntry = unsafe extern "C" fn(usize, usize, usize, usize, usize) -> Pair;
/// The same for a frame that the interpreter runs.
pub type LoopEntry = CallEntry;
