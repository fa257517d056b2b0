//! The interpreter.
//!
//! A [`Machine`] runs linked programs. It owns the heap, the stack of registers and the stack of frames. Script-to-script calls
//! push a frame and stay in the loop of `dispatch`; native code that calls back enters the loop again, at most
//! [`NATIVE_DEPTH_MAX`](crate::limits::NATIVE_DEPTH_MAX) levels deep. After any fault the machine can be used again: frames and registers are cut back
//! to where native code entered.

mod access;
mod arith;
mod bind;
pub mod call;
mod coroutine;
pub(crate) mod dispatch;
mod frame;
mod host;
mod import;
pub mod instance;
mod iterate;
pub mod library;
mod make;
pub mod method;
pub mod native;
mod path;
mod pattern;
mod place;
pub mod services;
mod stack;
#[cfg(test)]
mod tests;
mod tick;
pub mod tier;
mod unwind;

pub(crate) use frame::Frame;
pub use frame::ReturnMode;
pub use instance::InstanceId;
pub use library::{Library, MethodAction, MethodEntry, ReceiverKind};
pub use native::{Arity, Capability, CapabilitySet, Ctx, MutatingMethod, NativeEntry, NativeFunction};
pub use services::{Clock, InputSource, OutputSink, RandomSource, Services};

use crate::bytecode::ProgramData;
use crate::fault::Result;
use crate::jit::JitBackend;
use crate::limits::{CALL_DEPTH_MAX, Limits};
use crate::syntax::source::{Source, Span};
use crate::value::closure::LinkedFunction;
use crate::value::{Heap, NativeId, Value};
use frame::FrameStack;
use instance::{Instance, SessionVariable};
use stack::Stack;
use std::collections::HashMap;
use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tier::NativeTier;
use unwind::Pending;

/// A virtual machine.
pub struct Machine {
    /// The running frame, or the sentinel below all frames.
    frame: *mut Frame,
    /// The frame that no call may reach.
    frames_end: *mut Frame,
    /// The end of the registers.
    stack_end: *mut Value,
    /// Ticks left before the next look at the limits.
    quantum: u64,
    /// Slots below this hold arguments of native calls.
    reserved: *mut Value,
    /// Nested entries of the loop.
    native_depth: u32,
    /// Ticks granted to the quantum so far, the rest of it included.
    granted_ticks: u64,
    /// When the outermost call began, by the clock of the deadline.
    began: std::time::Duration,
    /// Faults that cleanup handlers hold back.
    pending: Vec<Pending>,
    next_pending: i64,
    /// Functions of the host that are active, outermost first.
    host_calls: Vec<HostCall>,
    /// Modules that are being imported, outermost first.
    importing: Vec<Arc<str>>,
    session: HashMap<Arc<str>, SessionVariable>,
    /// Definitions that session variables held until, while native code ran that relies on them, another value may have replaced them.
    kept_definitions: Vec<Value>,
    /// Where the prelude comes from; gone when it is linked.
    prelude_source: Option<Arc<dyn PreludeSource>>,
    prelude: HashMap<Arc<str>, NonNull<LinkedFunction>>,
    /// The functions of the prelude that builtin methods call, by the slots of the library.
    prelude_methods: Vec<Option<NonNull<LinkedFunction>>>,
    instances: Vec<NonNull<Instance>>,
    granted: CapabilitySet,
    limits: Limits,
    interrupt: Arc<AtomicBool>,
    /// Work of long operations since the last look at interrupt and deadline.
    paced: usize,
    library: Arc<Library>,
    tier: NativeTier,
    /// Output, input, clock, randomness and state of library modules.
    pub services: Services,
    frames: FrameStack,
    stack: Stack,
    heap: Box<Heap>,
}

/// A function of the host that is active.
struct HostCall {
    native: NativeId,
    /// The frame of its caller.
    frame: *mut Frame,
}

/// The builtins that are written in Ruff. A machine asks for the program when it needs the first of them.
pub trait PreludeSource: Send + Sync {
    /// Is it a function of the prelude that scripts can name?
    fn contains(&self, name: &str) -> bool;

    /// The program; `None` if it does not compile, which is a bug.
    fn program(&self) -> Option<Arc<ProgramData>>;
}

/// What a machine is made of.
pub struct MachineConfig {
    pub library: Arc<Library>,
    pub prelude: Option<Arc<dyn PreludeSource>>,
    pub granted: CapabilitySet,
    pub limits: Limits,
    /// Keys the hashes of dicts and sets.
    pub hash_seed: u64,
    /// Stops the script at its next look when it is set.
    pub interrupt: Arc<AtomicBool>,
    /// Makes native code; without one everything is interpreted.
    pub backend: Option<Arc<dyn JitBackend>>,
    /// How many ticks make code hot; what the backend says if `None`.
    pub native_threshold: Option<u32>,
}

impl Default for MachineConfig {
    fn default() -> MachineConfig {
        MachineConfig {
            library: Arc::default(),
            prelude: None,
            granted: CapabilitySet::ALL,
            limits: Limits::default(),
            hash_seed: 0,
            interrupt: Arc::default(),
            backend: None,
            native_threshold: None,
        }
    }
}

impl Machine {
    /// The offset of the ticks left of the quantum.
    pub(crate) const QUANTUM_OFFSET: usize = offset_of!(Machine, quantum);
    /// The offset of the address of the heap.
    pub(crate) const HEAP_OFFSET: usize = offset_of!(Machine, heap);
    /// The offset of the address that no record of a call may reach.
    pub(crate) const FRAMES_END_OFFSET: usize = offset_of!(Machine, frames_end);
    /// The offset of the end of the registers.
    pub(crate) const STACK_END_OFFSET: usize = offset_of!(Machine, stack_end);
    /// The offset of the lowest stack pointer with which native code is entered.
    pub(crate) const STACK_LOW_OFFSET: usize = offset_of!(Machine, tier) + NativeTier::STACK_LOW_OFFSET;

    /// A machine without programs.
    pub fn new(config: MachineConfig) -> Machine {
        let stack = Stack::new();
        let limits = config.limits;
        let depth = limits.call_depth.min(CALL_DEPTH_MAX);
        let frames = FrameStack::new(CALL_DEPTH_MAX + 2);
        let heap = Heap::new(limits.memory_bytes.unwrap_or(usize::MAX), config.hash_seed);
        heap.set_int_bits_max(limits.int_bits.unwrap_or(u64::MAX));
        let mut services = Services::default();
        services.set_output_bytes_max(limits.output_bytes);
        heap.shared.host_types.get_or_init(|| config.library.host_types().clone());
        Machine {
            frame: frames.start(),
            frames_end: frames.end_for(depth),
            stack_end: stack.end(),
            quantum: 0,
            reserved: stack.start(),
            native_depth: 0,
            granted_ticks: 0,
            began: std::time::Duration::ZERO,
            pending: Vec::new(),
            next_pending: 0,
            host_calls: Vec::new(),
            importing: Vec::new(),
            session: HashMap::new(),
            kept_definitions: Vec::new(),
            prelude_source: config.prelude,
            prelude: HashMap::new(),
            prelude_methods: Vec::new(),
            instances: Vec::new(),
            granted: config.granted,
            limits: Limits { call_depth: depth, ..limits },
            interrupt: config.interrupt,
            paced: 0,
            library: config.library,
            tier: NativeTier::new(config.backend, config.native_threshold),
            services,
            frames,
            stack,
            heap,
        }
    }

    /// The memory.
    #[inline(always)]
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What natives see of the machine.
    pub fn context(&mut self) -> Ctx<'_> {
        Ctx { machine: self }
    }

    /// Calls a value from the host. `fill` writes the arguments where the callee finds them; nothing is there that must be released.
    ///
    /// # Errors
    /// What `fill` reports and what the callee raises.
    #[inline]
    pub fn call(
        &mut self,
        callee: &Value,
        count: usize,
        fill: impl FnOnce(&Heap, &mut [Value]) -> Result<()>,
    ) -> Result<Value> {
        self.begin()?;
        self.call_filled(callee, count, fill)
    }

    /// Is script code running?
    pub fn is_active(&self) -> bool {
        self.native_depth > 0
    }

    /// Releases every value. Programs that were loaded cannot run afterwards.
    fn release_all(&mut self) {
        self.pending.clear();
        self.kept_definitions.clear();
        self.session.values().for_each(|variable| variable.set(Value::Null));
        self.clear_instances();
        self.services = Services::default();
        self.heap.roots.clear();
        self.heap.collect_cycles();
    }

    /// Where the running script function stands.
    fn call_site(&self) -> Option<(Source, Span)> {
        self.innermost_place()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        debug_assert!(self.frame == self.frames.start(), "a machine is dropped while it runs");
        debug_assert!(self.reserved == self.stack.start(), "slots of a native call are left");
        self.release_all();
        self.session.clear();
        self.free_instances();
    }
}
