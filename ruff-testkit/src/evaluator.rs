//! A second native tier, without machine code: it runs HIR in the evaluator.
//!
//! It is written against [`ruff_core::jit`], as `ruff-jit` is, and proves two things: that the contract is enough for a backend, and,
//! where it agrees with the interpreter and the machine code does not, that the fault lies between HIR and machine code.
//!
//! An entry of native code is an address, and this backend has only three: [`call`], [`enter_loop`] and [`resume`]. They find the HIR by the linked
//! function that they are called with, in a list of the process. Every cell has the address of `call`, which lets the interpreter
//! do what has no HIR. Arguments are passed in slots.
//!
//! This file is unsafe: its entries are called by the engine with addresses, and read what [`layout`] says is there.

#![allow(unsafe_code)]

use ruff_core::jit::layout::{self, FRAME_BASE, FRAME_BYTES, FRAME_CLOSURE, FRAME_DST, FRAME_FUNCTION, FRAME_PC};
use ruff_core::jit::{
    Builtins, CallEntry, ExitPoint, ExitReason, FuncId, Instr, JitBackend, NativeProgram, Pair, Pc, ProgramData, Stub,
    TAG_RESUME, TAG_THROWN, Value,
};
use ruff_jit::eval::{Outcome, Setting, evaluate};
use ruff_jit::hir::build::state::{Held, Scalar, clear, common, fits};
use ruff_jit::hir::build::{self, Built, Callee, Facts, Request};
use ruff_jit::hir::{self, Entry};
use ruff_jit::pass;
use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Exits at one place for one reason after which code is built without the guard.
const EXITS_MAX: u32 = 3;
/// Instructions of one call of a function that was changed, and so may not end.
const CHANGED_STEPS_MAX: u64 = 2_000_000;

/// What the evaluator has done, over all programs of a backend.
#[derive(Debug, Default)]
pub struct Counts {
    /// Calls of entries that have run HIR.
    pub entered: AtomicU64,
    /// Exits that were taken.
    pub exits: AtomicU64,
    /// Functions and loops that have been built.
    pub built: AtomicU64,
}

/// What is done to a function before it runs.
pub type Change = dyn Fn(&mut hir::Function) + Send + Sync;

/// The backend.
pub struct Evaluator {
    threshold: u32,
    counts: Arc<Counts>,
    change: Option<Arc<Change>>,
}

impl Evaluator {
    /// A backend to which so many ticks make a function or a loop hot.
    pub fn new(threshold: u32) -> Evaluator {
        Evaluator { threshold, counts: Arc::default(), change: None }
    }

    /// Each function and loop is changed before it runs, and built once: guards that go on failing stay. Calls end soon.
    #[must_use]
    pub fn changed(self, change: impl Fn(&mut hir::Function) + Send + Sync + 'static) -> Evaluator {
        Evaluator { change: Some(Arc::new(change)), ..self }
    }

    /// What it has done: a handle that goes on counting.
    pub fn counts(&self) -> Arc<Counts> {
        self.counts.clone()
    }
}

impl JitBackend for Evaluator {
    fn threshold(&self) -> u32 {
        self.threshold
    }

    fn attach(&self, _program: &ProgramData, builtins: Builtins) -> Box<dyn NativeProgram> {
        let (counts, change) = (self.counts.clone(), self.change.clone());
        Box::new(EvaluatedProgram { builtins, counts, change, state: Mutex::default() })
    }
}

impl std::fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluator").field("threshold", &self.threshold).field("counts", &self.counts).finish()
    }
}

/// Where HIR is entered.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum At {
    Call,
    /// A loop, at its first word.
    Loop(Pc),
    /// Where a generator goes on.
    Resume(Pc),
}

/// A function, and where it is entered.
type Place = (FuncId, At);

/// Where a list of the process finds HIR: the address of the function's static part, and where it is entered.
type Key = (usize, At);

static UNITS: Mutex<Option<HashMap<Key, Arc<Unit>>>> = Mutex::new(None);

fn units() -> MutexGuard<'static, Option<HashMap<Key, Arc<Unit>>>> {
    UNITS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unit(key: Key) -> Option<Arc<Unit>> {
    units().as_ref()?.get(&key).cloned()
}

/// HIR that is ready to run.
struct Unit {
    function: hir::Function,
    exits: Vec<ExitPoint>,
    /// The kinds that registers must have where a loop is entered.
    kinds: Vec<Option<Held>>,
    /// The registers that must be null there.
    dead: Vec<u32>,
    /// Instructions of one call.
    steps_max: u64,
    counts: Arc<Counts>,
}

/// The HIR of one program.
struct EvaluatedProgram {
    builtins: Builtins,
    counts: Arc<Counts>,
    change: Option<Arc<Change>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What is in the list of the process.
    keys: HashMap<Place, Key>,
    /// By the numbers that their exits have.
    places: Vec<Place>,
    refused: HashSet<Place>,
    widened: HashSet<(FuncId, u32, ExitReason)>,
}

/// What machine code calls through: the address of [`call`], for every function.
static CELL: AtomicUsize = AtomicUsize::new(0);

fn call_address() -> usize {
    (call as CallEntry as *const ()).expose_provenance()
}

impl EvaluatedProgram {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is at a place, which is built unless there is something that fits.
    fn prepare(&self, program: &ProgramData, place: Place, kinds: &[Option<Held>], is_hot: bool) -> Option<Arc<Unit>> {
        let mut state = self.state();
        let (id, at) = place;
        let function = program.functions.get(id.0 as usize)?;
        let key = (std::ptr::from_ref(function).addr(), at);
        let known = unit(key);
        if let Some(unit) = known.as_ref().filter(|unit| fits(&unit.kinds, kinds)) {
            return Some(unit.clone());
        }
        if !is_hot || state.refused.contains(&place) {
            return None;
        }
        let kinds = match known {
            Some(unit) => common(&unit.kinds, kinds),
            None => kinds.to_vec(),
        };
        let facts = EvaluatorFacts { program, builtins: &self.builtins, widened: &state.widened };
        let request = match at {
            At::Call => Request::Call,
            At::Loop(pc) => Request::Loop { pc, kinds: &kinds },
            At::Resume(pc) => Request::Resume { pc, kinds: &kinds },
        };
        let Ok(built) = build::build(&facts, id, request) else {
            state.refused.insert(place);
            return None;
        };
        let Built { function: mut hir, kinds, dead, .. } = built;
        pass::optimise(&mut hir, &[], true);
        let mut steps_max = u64::MAX;
        if let Some(change) = &self.change {
            change(&mut hir);
            steps_max = CHANGED_STEPS_MAX;
        }
        let number = state.places.len() as u32;
        state.places.push(place);
        let exits = hir.exits.iter().map(|exit| exit.point(number)).collect();
        let unit = Arc::new(Unit { function: hir, exits, kinds, dead, steps_max, counts: self.counts.clone() });
        units().get_or_insert_default().insert(key, unit.clone());
        state.keys.insert(place, key);
        self.counts.built.fetch_add(1, Ordering::Relaxed);
        Some(unit)
    }
}

impl NativeProgram for EvaluatedProgram {
    fn function_entry(&self, program: &Arc<ProgramData>, function: FuncId, _arguments: &[Value]) -> Option<usize> {
        self.prepare(program, (function, At::Call), &[], true)?;
        Some(call_address())
    }

    fn loop_entry(
        &self,
        program: &Arc<ProgramData>,
        function: FuncId,
        pc: Pc,
        registers: &mut [Value],
        is_hot: bool,
    ) -> Option<usize> {
        let kinds = Held::kinds_of(registers);
        let unit = self.prepare(program, (function, At::Loop(pc)), &kinds, is_hot)?;
        clear(registers, &unit.dead);
        Some((enter_loop as CallEntry as *const ()).expose_provenance())
    }

    fn resume_entry(&self, program: &Arc<ProgramData>, function: FuncId, pc: Pc, registers: &[Value]) -> Option<usize> {
        let kinds = Held::kinds_of(registers);
        self.prepare(program, (function, At::Resume(pc)), &kinds, true)?;
        Some((resume as CallEntry as *const ()).expose_provenance())
    }

    fn exited(&self, program: &Arc<ProgramData>, exit: &ExitPoint, reason: ExitReason, count: u32) {
        self.counts.exits.fetch_add(1, Ordering::Relaxed);
        if count < EXITS_MAX || reason == ExitReason::Interpreted || self.change.is_some() {
            return;
        }
        let mut state = self.state();
        let Some(&place) = state.places.get(exit.unit as usize) else { return };
        state.widened.insert((exit.site.0, exit.site.1.0, reason));
        if let Some(key) = state.keys.remove(&place) {
            units().get_or_insert_default().remove(&key);
        }
        if let (At::Call, Some(function)) = (place.1, program.functions.get(place.0.0 as usize)) {
            function.native.set_entry(None);
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl std::fmt::Debug for EvaluatedProgram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EvaluatedProgram(..)")
    }
}

impl Drop for EvaluatedProgram {
    fn drop(&mut self) {
        let mut units = units();
        for key in self.state().keys.values() {
            units.get_or_insert_default().remove(key);
        }
    }
}

/// What the builder may ask: nothing is passed unboxed.
struct EvaluatorFacts<'a> {
    program: &'a ProgramData,
    builtins: &'a Builtins,
    widened: &'a HashSet<(FuncId, u32, ExitReason)>,
}

impl Facts for EvaluatorFacts<'_> {
    fn program(&self) -> &ProgramData {
        self.program
    }

    fn is_widened(&self, function: FuncId, pc: u32, reason: ExitReason) -> bool {
        self.widened.contains(&(function, pc, reason))
    }

    fn widen(&self, _function: FuncId, _pc: u32, _reason: ExitReason) {}

    fn is_new(&self, _function: FuncId) -> bool {
        true
    }

    fn callee(&self, function: FuncId, _kinds: &[Option<Scalar>]) -> Option<Callee> {
        let function = self.program.functions.get(function.0 as usize)?;
        CELL.store(call_address(), Ordering::Relaxed);
        let params = vec![None; function.params.len() + usize::from(function.is_method)];
        Some(Callee { params, cell: std::ptr::from_ref(&CELL).expose_provenance(), returns: None })
    }

    fn widen_params(&self, _function: FuncId, _kinds: &[Option<Scalar>]) {}

    fn resumption(&self, function: FuncId, pc: Pc) -> usize {
        let function = self.program.functions.get(function.0 as usize);
        let any = Stub::Resume.address();
        let place = function.and_then(|f| f.native.resumption_or(pc.0, f.code.len(), any));
        place.map_or(0, |place| std::ptr::from_ref::<AtomicUsize>(&place.entry).expose_provenance())
    }

    fn builtins(&self) -> &Builtins {
        self.builtins
    }

    fn is_learnt(&self) -> bool {
        false
    }

    fn is_stressed(&self) -> bool {
        false
    }

    fn inlines(&self) -> bool {
        true
    }
}

/// What native code is called with, after [`CallEntry`].
#[derive(Clone, Copy)]
struct Context {
    machine: usize,
    frame: usize,
    base: usize,
    linked: usize,
    closure: usize,
}

/// Reads a field of the engine.
///
/// # Safety
/// The address is that of an object which has a `T` at that offset.
unsafe fn read<T: Copy>(address: usize, offset: i32) -> T {
    // SAFETY: the caller's.
    unsafe { std::ptr::with_exposed_provenance::<T>(address.wrapping_add_signed(offset as isize)).read() }
}

/// Writes a field of the engine.
///
/// # Safety
/// As [`read`].
unsafe fn write<T>(address: usize, offset: i32, value: T) {
    // SAFETY: the caller's.
    unsafe { std::ptr::with_exposed_provenance_mut::<T>(address.wrapping_add_signed(offset as isize)).write(value) }
}

impl Context {
    /// The address of the static part of the function.
    fn function(self) -> usize {
        // SAFETY: the engine passes a linked function.
        unsafe { read(self.linked, layout::FUNCTION_STATIC) }
    }

    /// Is there room for the call: native stack, records and slots?
    fn has_room(self, function: &hir::Function) -> bool {
        let here = 0u8;
        let record = self.frame + function.inlined_levels as usize * FRAME_BYTES as usize;
        let slots = self.base + function.slots as usize * layout::VALUE_BYTES as usize;
        // SAFETY: the engine passes its machine.
        unsafe {
            (&raw const here).addr() >= read::<usize>(self.machine, layout::MACHINE_STACK_LOW)
                && record < read(self.machine, layout::MACHINE_FRAMES_END)
                && slots <= read(self.machine, layout::MACHINE_STACK_END)
        }
    }

    /// Writes the record of the call, but its position.
    fn write_record(self, mode: u8, keeps_receiver: bool) {
        let flags = u32::from_le_bytes([0, 0, mode, keeps_receiver.into()]);
        // SAFETY: there is room for the record.
        unsafe {
            write(self.frame, FRAME_FUNCTION, self.linked);
            write(self.frame, FRAME_BASE, self.base);
            write(self.frame, FRAME_CLOSURE, self.closure);
            write(self.frame, FRAME_DST, flags);
        }
    }

    /// The interpreter does the call, or resumes the generator.
    fn interpret(self, stub: Stub) -> Pair {
        let Context { machine, frame, base, linked, closure } = self;
        // SAFETY: the stub has the type of an entry, and gets what an entry gets.
        unsafe {
            let code = std::ptr::with_exposed_provenance::<()>(stub.address());
            std::mem::transmute::<*const (), CallEntry>(code)(machine, frame, base, linked, closure)
        }
    }

    /// Runs HIR to its end or to an exit, and leaves there as machine code does.
    fn run(self, unit: &Unit) -> Pair {
        unit.counts.entered.fetch_add(1, Ordering::Relaxed);
        let args = [self.machine, self.frame, self.base, self.linked, self.closure].map(|word| word as u64);
        let setting = Setting { quantum_offset: layout::MACHINE_QUANTUM, steps_max: unit.steps_max, memory: None };
        // SAFETY: the function is verified; the engine has passed what it asks for.
        match unsafe { evaluate(&unit.function, &args, &setting) } {
            Ok(Outcome::Returned { payload, tag }) => Pair { payload, tag },
            Ok(Outcome::Exited { exit, reason }) => {
                let point = std::ptr::from_ref(&unit.exits[exit.0 as usize]).expose_provenance();
                let stub = match unit.function.entry {
                    Entry::Call | Entry::Resume => Stub::ExitCall,
                    Entry::Loop => Stub::ExitLoop,
                };
                // SAFETY: the stubs for exits have this type; the evaluator has stored the slots, and the exit lives as long
                // as the unit, which the caller holds.
                unsafe {
                    let code = std::ptr::with_exposed_provenance::<()>(stub.address());
                    let leave = std::mem::transmute::<
                        *const (),
                        unsafe extern "C" fn(usize, usize, usize, usize) -> Pair,
                    >(code);
                    leave(self.machine, self.frame, point, reason as usize)
                }
            }
            // The machine finds no fault, and reports a bug of the engine.
            Err(_) => Pair { payload: 0, tag: TAG_THROWN.into() },
        }
    }
}

/// Every function's entry.
unsafe extern "C" fn call(machine: usize, frame: usize, base: usize, linked: usize, closure: usize) -> Pair {
    let context = Context { machine, frame, base, linked, closure };
    match unit((context.function(), At::Call)) {
        Some(unit) if context.has_room(&unit.function) => {
            context.write_record(layout::MODE_EXIT, unit.function.keeps_receiver);
            context.run(&unit)
        }
        _ => context.interpret(Stub::Interpret),
    }
}

/// Where every generator goes on: it says where that is.
unsafe extern "C" fn resume(machine: usize, frame: usize, base: usize, linked: usize, closure: usize) -> Pair {
    let context = Context { machine, frame, base, linked, closure };
    // SAFETY: the engine passes slots of which the one below has the address of the generator.
    let pc: u32 = unsafe {
        let generator = read::<usize>(base, layout::VALUE_PAYLOAD - layout::VALUE_BYTES);
        read(generator, layout::GENERATOR_PC)
    };
    match unit((context.function(), At::Resume(Pc(pc)))) {
        Some(unit) if context.has_room(&unit.function) => {
            context.write_record(layout::MODE_GENERATOR_EXIT, false);
            context.run(&unit)
        }
        _ => context.interpret(Stub::Resume),
    }
}

/// Every loop's entry: the frame says which one it is.
unsafe extern "C" fn enter_loop(machine: usize, frame: usize, base: usize, linked: usize, closure: usize) -> Pair {
    let context = Context { machine, frame, base, linked, closure };
    // SAFETY: the engine passes the record of an active frame, which stands at the loop.
    let (code, at) = unsafe { (read::<usize>(linked, layout::FUNCTION_CODE), read::<usize>(frame, FRAME_PC)) };
    let pc = Pc(((at - code) / size_of::<Instr>()) as u32);
    let resume = Pair { payload: 0, tag: TAG_RESUME.into() };
    let Some(unit) = unit((context.function(), At::Loop(pc))) else { return resume };
    let kinds: Vec<Option<Held>> = (0..unit.kinds.len())
        // SAFETY: the frame has that many registers.
        .map(|slot| Held::of_tag(unsafe { read(base, slot as i32 * layout::VALUE_BYTES + layout::VALUE_TAG) }))
        .collect();
    if fits(&unit.kinds, &kinds) && context.has_room(&unit.function) { context.run(&unit) } else { resume }
}
