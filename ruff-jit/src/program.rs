//! The native code of one program: what is compiled, what replaces it, what it has learnt.
//!
//! A function is called natively with a *signature*: the parameters that are passed unboxed. Each signature has a cell with the
//! address of the code, which machine code calls through. A cell without code has a thunk, which interprets the call. Signatures
//! only get wider, and a cell lives as long as the program, so that code that was compiled for an older one goes on working: by an
//! adapter, which calls by the newer one.
//!
//! A guard that fails too often is widened: the code that has it is retired and compiled again without it. Retired code may
//! still be running, so that it is kept until the program goes; each rebuild takes twice as many exits as the one before.

mod guards;
mod survey;

use crate::backend::Shared;
use crate::clif::lower::{compile, compile_adapter, compile_thunk, compile_wrapper};
use crate::clif::{CompileError, CompiledUnit};
use crate::hir::Ty;
use crate::hir::build::state::{Held, Scalar, clear, common, fits};
use crate::hir::build::{self, Built, Callee, Facts, Request, ty_of};
use crate::limits;
use crate::pass;
use crate::report::{Listing, Refusal, RefusalReason};
use guards::{Guard, knowledge};
use ruff_core::jit::{
    Builtins, ExitPoint, ExitReason, FuncId, Function, InlinedFrame, NativeProgram, ParamMode, Pc, ProgramData, Stub,
    Value,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Exits for one reason at one place that widen a guard, at the first build.
const EXITS_MAX: u32 = 3;
/// The same where the interpreter soon went on in native code. Compiling again costs more than many exits then, for more code more.
const CHEAP_EXITS_MAX: u32 = 100;
/// Ticks that the interpreter takes after an exit where it does not go on in native code soon.
const TICKS_PER_EXIT: u32 = 256;
/// Bytes of code whose compilation takes as long as such an exit.
const BYTES_PER_EXIT: u32 = 4;
/// Ticks after which feedback tells what runs and what does not.
const LEARNING_TICKS: u32 = 100;
/// Builds after which each takes twice as many exits.
const CHEAP_BUILDS: u32 = 8;

/// The native code of a program.
pub struct ProgramCode {
    shared: Arc<Shared>,
    builtins: Builtins,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    functions: FxHashMap<FuncId, FunctionCode>,
    units: Vec<Unit>,
    /// Guards that have failed too often.
    widened: FxHashSet<Guard>,
}

/// What there is of a function.
#[derive(Default)]
struct FunctionCode {
    /// How it is called natively, once that is settled.
    signature: Option<Signature>,
    older_signatures: Vec<Signature>,
    /// What the cells of older signatures point to.
    adapters: Vec<CompiledUnit>,
    /// The unit of the whole function, if it is compiled for the present signature.
    unit: Option<usize>,
    /// For the interpreter: checks the arguments and calls through the cell.
    wrapper: Option<CompiledUnit>,
    older_wrappers: Vec<CompiledUnit>,
    /// The units that are entered at loops.
    loops: FxHashMap<u32, usize>,
    resumptions: FxHashMap<u32, ResumptionCode>,
    returns: Option<Scalar>,
    builds: u32,
    refusal: Option<Refusal>,
}

/// A way of calling a function natively.
struct Signature {
    params: Vec<Option<Scalar>>,
    cell: Box<AtomicUsize>,
    thunk: CompiledUnit,
}

impl Signature {
    /// Where machine code finds the address of the code.
    fn cell_address(&self) -> usize {
        std::ptr::from_ref::<AtomicUsize>(&self.cell).expose_provenance()
    }
}

/// Code by which a generator goes on.
struct ResumptionCode {
    /// None if it has been left too often.
    unit: Option<usize>,
    /// What registers held when it was compiled, as far as it takes that for granted.
    kinds: Vec<Option<Held>>,
}

/// Where a piece of code is entered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum At {
    /// By calls of its function.
    Call,
    /// At a loop, by its first word.
    Loop(u32),
    /// Where a generator goes on.
    Resume(u32),
}

/// A piece of machine code with its ways out.
struct Unit {
    code: CompiledUnit,
    #[expect(clippy::vec_box, reason = "machine code has their addresses")]
    exits: Vec<Box<ExitPoint>>,
    /// What the code remembers; it has their addresses.
    _hints: Vec<Arc<AtomicU32>>,
    /// What stands for its positions inside inlined calls; it has their addresses.
    _positions: Vec<Arc<InlinedFrame>>,
    /// What was known at the instruction of each exit when this was compiled.
    known: Vec<u64>,
    function: FuncId,
    at: At,
    /// Calls that were inlined.
    inlined: Vec<FuncId>,
    /// What registers must hold where it is entered in the middle.
    kinds: Vec<Option<Held>>,
    /// The registers that must be null where a loop is entered.
    dead: Arc<[u32]>,
    /// The ticks of the function that the interpreter had seen when this was compiled; for a loop, when this was left, and no number
    /// of ticks once it is entered.
    ticks: u32,
    /// The ticks that the interpreter has taken between exits from the code of a loop and its next entries.
    after_exits: u32,
    compile_time: Duration,
    listing: Option<Listing>,
}

impl At {
    /// The first word of what runs.
    fn pc(self) -> u32 {
        match self {
            At::Call => 0,
            At::Loop(pc) | At::Resume(pc) => pc,
        }
    }
}

impl Unit {
    /// The code of a loop is entered where it stands: what the interpreter has done since it was left, it has done for that.
    fn note_entered(&mut self, program: &ProgramData) {
        self.after_exits = self.ticks_after_exits(program);
        self.ticks = u32::MAX;
    }

    /// The code was left.
    fn note_left(&mut self, program: &ProgramData) {
        if let At::Loop(_) = self.at {
            self.ticks = interpreted_ticks(program, self.function);
        }
    }

    /// The ticks that the interpreter has taken after exits. Calls of a function with code, and what follows in a generator, are
    /// interpreted only after exits; loops are in each call until a quantum ends.
    fn ticks_after_exits(&self, program: &ProgramData) -> u32 {
        self.after_exits.saturating_add(interpreted_ticks(program, self.function).saturating_sub(self.ticks))
    }
}

impl ProgramCode {
    /// Nothing is compiled yet.
    pub fn new(shared: Arc<Shared>, builtins: Builtins) -> ProgramCode {
        ProgramCode { shared, builtins, state: Mutex::default() }
    }

    /// Works on the state, unless another thread does.
    fn with_state<T>(&self, work: impl FnOnce(&mut State) -> Option<T>) -> Option<T> {
        match self.state.try_lock() {
            Ok(mut state) => work(&mut state),
            Err(std::sync::TryLockError::Poisoned(state)) => work(&mut state.into_inner()),
            Err(std::sync::TryLockError::WouldBlock) => None,
        }
    }

    /// Counts an entry that is about to be taken.
    fn note_entry(&self, entry: Option<usize>) -> Option<usize> {
        entry.inspect(|_| self.shared.statistics.add_entry())
    }

    /// Compiles a function or loop. Gives the number of its unit.
    fn build(&self, state: &mut State, program: &ProgramData, function: FuncId, request: Request<'_>) -> Option<usize> {
        if state.functions.get(&function).is_some_and(|f| f.refusal.is_some()) {
            return None;
        }
        let began = Instant::now();
        let result = match cfg!(debug_assertions) || self.shared.options.verifies {
            true => self.try_build(state, program, function, request),
            // A bug of the native tier costs native code, and no run.
            false => {
                let build = AssertUnwindSafe(|| self.try_build(state, program, function, request));
                catch_unwind(build).unwrap_or_else(|payload| Err(Refusal::of_panic(&*payload)))
            }
        };
        let time = began.elapsed();
        self.shared.statistics.add_compile_time(time);
        match result {
            Ok(unit) => {
                let number = state.units.len();
                self.shared.statistics.add_build(unit.at, unit.code.code_bytes());
                state.units.push(Unit { compile_time: time, ..unit });
                state.function(function).builds += 1;
                Some(number)
            }
            Err(refusal) => {
                self.refuse(state, function, refusal);
                None
            }
        }
    }

    fn try_build(
        &self,
        state: &mut State,
        program: &ProgramData,
        function: FuncId,
        request: Request<'_>,
    ) -> Result<Unit, Refusal> {
        let facts = CompileFacts { code: self, program, state: RefCell::new(state), failure: RefCell::default() };
        let built = loop {
            let params = facts.params(function);
            let built = build::build(&facts, function, request);
            // A call that a function makes of itself may have widened the signature that it was built for.
            if !matches!(request, Request::Call) || facts.params(function) == params {
                break built;
            }
        };
        let (state, failure) = (facts.state.into_inner(), facts.failure.into_inner());
        match (built, failure) {
            (Ok(built), _) => self.compile(state, program, function, request, built),
            (Err(_), Some(failure)) => Err(failure.into()),
            (Err(refusal), None) => Err(Refusal::from(&refusal)),
        }
    }

    /// The function is not compiled any more.
    fn refuse(&self, state: &mut State, function: FuncId, refusal: Refusal) {
        self.shared.statistics.add_refusal(refusal.reason);
        state.function(function).refusal = Some(refusal);
    }

    fn compile(
        &self,
        state: &mut State,
        program: &ProgramData,
        id: FuncId,
        request: Request<'_>,
        built: Built,
    ) -> Result<Unit, Refusal> {
        let Built { function: mut hir, returns, inlined, kinds, dead } = built;
        let options = &self.shared.options;
        pass::optimise(&mut hir, &options.disabled_passes, options.verifies);
        let (at, location) = match request {
            Request::Call => (At::Call, None),
            Request::Loop { pc, .. } => (At::Loop(pc.0), Some(survey::loop_location(program, id, pc))),
            Request::Resume { pc, .. } => (At::Resume(pc.0), Some(survey::resume_location(program, id, pc))),
        };
        if let Some(location) = location {
            hir.name = format!("{}:{}", hir.name, location.position.line);
        }
        let number = state.units.len() as u32;
        let exits: Vec<Box<ExitPoint>> = hir.exits.iter().map(|exit| Box::new(exit.point(number))).collect();
        let (code, texts) = compile(&self.shared.compiler, &hir, &exits, options.keeps_listings)?;
        let known = hir.exits.iter().map(|e| knowledge(program, e.site.0, e.site.1.0)).collect();
        let listing = texts.map(|texts| Listing { hir: hir.to_string(), clif: texts.clif, asm: texts.asm });
        state.function(id).returns = returns;
        let ticks = if let At::Loop(_) = at { u32::MAX } else { interpreted_ticks(program, id) };
        Ok(Unit {
            code,
            exits,
            _hints: hir.hints,
            _positions: hir.positions,
            known,
            function: id,
            at,
            inlined,
            kinds,
            dead: dead.into(),
            ticks,
            after_exits: 0,
            compile_time: Duration::ZERO,
            listing,
        })
    }

    /// The signature of a function; arguments of these kinds settle it.
    fn signature<'s>(
        &self,
        state: &'s mut State,
        id: FuncId,
        kinds: &[Option<Scalar>],
    ) -> Result<&'s Signature, CompileError> {
        let function = state.function(id);
        if function.signature.is_none() {
            function.signature = Some(self.new_signature(kinds.to_vec())?);
        }
        match &function.signature {
            Some(signature) => Ok(signature),
            None => unreachable!("it was settled above"),
        }
    }

    fn new_signature(&self, params: Vec<Option<Scalar>>) -> Result<Signature, CompileError> {
        let thunk = compile_thunk(&self.shared.compiler, &scalars_of(&params))?;
        let cell = Box::new(AtomicUsize::new(address_of(&thunk)));
        Ok(Signature { params, cell, thunk })
    }

    /// Passes the parameters in memory whose kind is not that of the signature.
    fn widen_signature(&self, state: &mut State, id: FuncId, kinds: &[Option<Scalar>]) -> Result<(), CompileError> {
        let function = state.function(id);
        let Some(signature) = &function.signature else { return Ok(()) };
        let wider = common(&signature.params, kinds);
        if wider == signature.params {
            return Ok(());
        }
        let (scalars, passed) = (scalars_of(&signature.params), scalars_of(&wider));
        let newer = self.new_signature(wider)?;
        let adapter = compile_adapter(&self.shared.compiler, &scalars, &passed, newer.cell_address())?;
        if let Some(older) = function.signature.replace(newer) {
            older.cell.store(address_of(&adapter), Ordering::Release);
            function.older_signatures.push(older);
        }
        function.adapters.push(adapter);
        function.unit = None;
        // It may be running.
        function.older_wrappers.extend(function.wrapper.take());
        Ok(())
    }

    fn compile_function(
        &self,
        state: &mut State,
        program: &ProgramData,
        id: FuncId,
        arguments: &[Value],
    ) -> Option<usize> {
        let kinds: Vec<Option<Scalar>> = arguments.iter().map(|value| Held::of_tag(value.tag())?.scalar()).collect();
        let kinds = passed(program.functions.get(id.0 as usize)?, &kinds);
        if let Some(function) = state.functions.get(&id)
            && let (Some(_), Some(wrapper), Some(signature)) = (function.unit, &function.wrapper, &function.signature)
            && fits(&signature.params, &kinds)
        {
            return Some(address_of(wrapper));
        }
        if state.function(id).refusal.is_some() {
            return None;
        }
        match self.make_function(state, program, id, &kinds) {
            Ok(entry) => entry,
            Err(error) => {
                self.refuse(state, id, error.into());
                None
            }
        }
    }

    /// Compiles a function and the wrapper by which the interpreter calls it. Gives the entry, or nothing if it is refused.
    fn make_function(
        &self,
        state: &mut State,
        program: &ProgramData,
        id: FuncId,
        kinds: &[Option<Scalar>],
    ) -> Result<Option<usize>, CompileError> {
        self.signature(state, id, kinds)?;
        let params = state.function(id).signature.as_ref().map(|s| s.params.clone()).unwrap_or_default();
        if !fits(&params, kinds) {
            self.widen_signature(state, id, kinds)?;
        }
        let Some(unit) = self.build(state, program, id, Request::Call) else { return Ok(None) };
        let code = address_of(&state.units[unit].code);
        let function = state.function(id);
        let Some(signature) = &function.signature else { return Ok(None) };
        let cell = signature.cell_address();
        let began = Instant::now();
        let wrapper = compile_wrapper(&self.shared.compiler, &scalars_of(&signature.params), cell);
        self.shared.statistics.add_compile_time(began.elapsed());
        let wrapper = wrapper?;
        signature.cell.store(code, Ordering::Release);
        function.unit = Some(unit);
        let entry = address_of(&wrapper);
        function.older_wrappers.extend(function.wrapper.replace(wrapper));
        Ok(Some(entry))
    }

    /// The entry at a loop, and the registers that must be null there.
    fn compile_loop(
        &self,
        state: &mut State,
        program: &ProgramData,
        id: FuncId,
        pc: Pc,
        registers: &[Value],
        is_hot: bool,
    ) -> Option<(usize, Arc<[u32]>)> {
        let mut kinds = Held::kinds_of(registers);
        if let Some(number) = state.functions.get(&id).and_then(|f| f.loops.get(&pc.0)) {
            let known = &mut state.units[*number];
            if fits(&known.kinds, &kinds) {
                known.note_entered(program);
                return Some((address_of(&known.code), known.dead.clone()));
            }
            kinds = common(&known.kinds, &kinds);
        }
        if !is_hot {
            return None;
        }
        let number = self.build(state, program, id, Request::Loop { pc, kinds: &kinds })?;
        state.function(id).loops.insert(pc.0, number);
        let unit = &state.units[number];
        Some((address_of(&unit.code), unit.dead.clone()))
    }

    fn compile_resumption(
        &self,
        state: &mut State,
        program: &ProgramData,
        id: FuncId,
        pc: Pc,
        registers: &[Value],
    ) -> Option<usize> {
        let mut kinds = Held::kinds_of(registers);
        if let Some(known) = state.functions.get(&id).and_then(|f| f.resumptions.get(&pc.0)) {
            if let Some(unit) = known.unit {
                return Some(address_of(&state.units[unit].code));
            }
            kinds = common(&known.kinds, &kinds);
        }
        let unit = self.build(state, program, id, Request::Resume { pc, kinds: &kinds })?;
        state.function(id).resumptions.insert(pc.0, ResumptionCode { unit: Some(unit), kinds });
        Some(address_of(&state.units[unit].code))
    }

    fn widen(&self, state: &mut State, program: &ProgramData, exit: &ExitPoint, reason: ExitReason, count: u32) {
        let Some(unit) = state.units.get(exit.unit as usize) else { return };
        let (id, at) = (unit.function, unit.at);
        let interpreted = unit.ticks_after_exits(program);
        let is_costly = interpreted >= self.shared.options.threshold.max(count.saturating_mul(TICKS_PER_EXIT));
        let cheap_max = CHEAP_EXITS_MAX.max(unit.code.code_bytes() as u32 / BYTES_PER_EXIT);
        let builds = state.functions.get(&id).map_or(0, |f| f.builds).saturating_sub(CHEAP_BUILDS).min(20);
        let has_many = is_costly && count >= EXITS_MAX << builds;
        if !has_many && exit.cost() < cheap_max << builds {
            return;
        }
        let failing = unit.failing_guards(program, exit, reason);
        // What has been built again for an error that is caught is not built again for it.
        let site = (exit.site.0, exit.site.1.0, ExitReason::Thrown);
        if reason == ExitReason::Thrown && !state.widened.insert(site) {
            return;
        }
        state.widened.extend(failing);
        let number = exit.unit as usize;
        let function = state.function(id);
        match at {
            At::Call if function.unit == Some(number) => {
                function.unit = None;
                if let Some(signature) = &function.signature {
                    signature.cell.store(address_of(&signature.thunk), Ordering::Release);
                }
                if let Some(function) = program.functions.get(id.0 as usize) {
                    function.native.set_entry(None);
                    // Its calls are still hot.
                    function.native.heat(self.shared.options.threshold);
                }
            }
            At::Loop(pc) if function.loops.get(&pc) == Some(&number) => {
                function.loops.remove(&pc);
            }
            At::Resume(pc) => {
                if let Some(code) = function.resumptions.get_mut(&pc).filter(|code| code.unit == Some(number)) {
                    code.unit = None;
                    resumption_cell(program, id, Pc(pc)).store(Stub::Resume.address(), Ordering::Release);
                }
            }
            At::Call | At::Loop(_) => {}
        }
    }
}

impl State {
    fn function(&mut self, id: FuncId) -> &mut FunctionCode {
        self.functions.entry(id).or_default()
    }
}

impl NativeProgram for ProgramCode {
    fn function_entry(&self, program: &Arc<ProgramData>, function: FuncId, arguments: &[Value]) -> Option<usize> {
        if !self.shared.options.compiles_functions {
            return None;
        }
        let entry = self.with_state(|state| self.compile_function(state, program, function, arguments));
        self.note_entry(entry)
    }

    fn loop_entry(
        &self,
        program: &Arc<ProgramData>,
        function: FuncId,
        pc: Pc,
        registers: &mut [Value],
        is_hot: bool,
    ) -> Option<usize> {
        let (entry, dead) =
            self.with_state(|state| self.compile_loop(state, program, function, pc, registers, is_hot))?;
        // With the lock given back: what is released may be an object of the host.
        clear(registers, &dead);
        self.note_entry(Some(entry))
    }

    fn resume_entry(&self, program: &Arc<ProgramData>, function: FuncId, pc: Pc, registers: &[Value]) -> Option<usize> {
        let entry = self.with_state(|state| self.compile_resumption(state, program, function, pc, registers));
        self.note_entry(entry)
    }

    fn exited(&self, program: &Arc<ProgramData>, exit: &ExitPoint, reason: ExitReason, count: u32) {
        if reason != ExitReason::Thrown {
            self.shared.statistics.add_exit(reason);
        }
        if matches!(reason, ExitReason::Interpreted | ExitReason::Forced) {
            return;
        }
        self.with_state(|state| {
            if count >= EXITS_MAX {
                self.widen(state, program, exit, reason, count);
            }
            state.units.get_mut(exit.unit as usize)?.note_left(program);
            Some(())
        });
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl fmt::Debug for ProgramCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProgramCode(..)")
    }
}

/// What the builder may ask while a program's code is locked.
struct CompileFacts<'a> {
    code: &'a ProgramCode,
    program: &'a ProgramData,
    state: RefCell<&'a mut State>,
    /// Why there is no signature for a callee.
    failure: RefCell<Option<CompileError>>,
}

impl CompileFacts<'_> {
    /// How a function is called natively at present.
    fn params(&self, function: FuncId) -> Option<Vec<Option<Scalar>>> {
        self.state.borrow_mut().function(function).signature.as_ref().map(|s| s.params.clone())
    }
}

impl Facts for CompileFacts<'_> {
    fn program(&self) -> &ProgramData {
        self.program
    }

    fn is_widened(&self, function: FuncId, pc: u32, reason: ExitReason) -> bool {
        self.state.borrow().widened.contains(&(function, pc, reason))
    }

    fn widen(&self, function: FuncId, pc: u32, reason: ExitReason) {
        self.state.borrow_mut().widened.insert((function, pc, reason));
    }

    fn is_new(&self, function: FuncId) -> bool {
        self.state.borrow().functions.get(&function).is_none_or(|function| function.builds == 0)
    }

    fn callee(&self, function: FuncId, kinds: &[Option<Scalar>]) -> Option<Callee> {
        let state = &mut **self.state.borrow_mut();
        let returns = state.function(function).returns;
        let kinds = passed(self.program.functions.get(function.0 as usize)?, kinds);
        let signature = match self.code.signature(state, function, &kinds) {
            Ok(signature) => signature,
            Err(error) => {
                *self.failure.borrow_mut() = Some(error);
                return None;
            }
        };
        Some(Callee { params: signature.params.clone(), cell: signature.cell_address(), returns })
    }

    fn widen_params(&self, function: FuncId, kinds: &[Option<Scalar>]) {
        let state = &mut **self.state.borrow_mut();
        if self.code.widen_signature(state, function, kinds).is_ok()
            && let Some(function) = self.program.functions.get(function.0 as usize)
        {
            function.native.set_entry(None);
        }
    }

    fn resumption(&self, function: FuncId, pc: Pc) -> usize {
        std::ptr::from_ref::<AtomicUsize>(resumption_cell(self.program, function, pc)).expose_provenance()
    }

    fn builtins(&self) -> &Builtins {
        &self.code.builtins
    }

    fn is_learnt(&self) -> bool {
        self.code.shared.options.threshold >= LEARNING_TICKS
    }

    fn is_stressed(&self) -> bool {
        self.code.shared.options.deopt_every.is_some()
    }

    fn inlines(&self) -> bool {
        self.code.shared.options.inlines
    }
}

/// The kinds of arguments as far as they are passed unboxed: in-out ones stay in their slots, where the caller finds them again.
fn passed(function: &Function, kinds: &[Option<Scalar>]) -> Vec<Option<Scalar>> {
    let receiver = function.is_method as usize;
    let is_in_out = |index: usize| {
        let param = index.checked_sub(receiver).and_then(|index| function.params.get(index));
        param.is_some_and(|p| p.mode == ParamMode::InOut)
    };
    kinds.iter().enumerate().map(|(index, kind)| kind.filter(|_| !is_in_out(index))).collect()
}

/// The cell with the address of the code by which a generator goes on.
fn resumption_cell(program: &ProgramData, function: FuncId, pc: Pc) -> &AtomicUsize {
    static NOWHERE: AtomicUsize = AtomicUsize::new(0);
    let function = program.functions.get(function.0 as usize);
    let place = function.and_then(|f| f.native.resumption_or(pc.0, f.code.len(), Stub::Resume.address()));
    place.map_or(&NOWHERE, |place| &place.entry)
}

/// The ticks of a function that the interpreter has seen.
fn interpreted_ticks(program: &ProgramData, function: FuncId) -> u32 {
    program.functions.get(function.0 as usize).map_or(0, |f| f.native.ticks())
}

fn scalars_of(params: &[Option<Scalar>]) -> Vec<(u32, Ty)> {
    let scalars = params.iter().enumerate().filter_map(|(slot, p)| p.map(|scalar| (slot as u32, ty_of(scalar))));
    scalars.collect()
}

fn address_of(unit: &CompiledUnit) -> usize {
    unit.entry().as_ptr().expose_provenance()
}

impl From<&build::Refusal> for Refusal {
    fn from(refusal: &build::Refusal) -> Refusal {
        match refusal {
            build::Refusal::TooLarge { words } => Refusal {
                reason: RefusalReason::TooLarge,
                text: format!("too large: {words} words of bytecode exceed the limit of {}", limits::CODE_WORDS_MAX),
            },
            build::Refusal::TooManyValues { values } => Refusal {
                reason: RefusalReason::TooLarge,
                text: format!(
                    "too large: {values} values of HIR and slots of exits exceed the limit of {}",
                    limits::VALUES_MAX
                ),
            },
            build::Refusal::Malformed => {
                Refusal { reason: RefusalReason::Rejected, text: "its code is not well formed".to_string() }
            }
        }
    }
}

impl Refusal {
    fn of_panic(payload: &(dyn Any + Send)) -> Refusal {
        let text = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
        let text = format!("the compiler panicked: {}", text.unwrap_or("no message"));
        Refusal { reason: RefusalReason::Rejected, text }
    }
}

impl From<CompileError> for Refusal {
    fn from(error: CompileError) -> Refusal {
        let reason = match &error {
            CompileError::TooLarge { .. } => RefusalReason::TooLarge,
            CompileError::Memory(_) => RefusalReason::NoMemory,
            CompileError::Host(_) | CompileError::Rejected { .. } => RefusalReason::Rejected,
        };
        Refusal { reason, text: error.to_string() }
    }
}
