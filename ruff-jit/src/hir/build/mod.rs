//! From bytecode and feedback to HIR, in one walk over the code.
//!
//! The builder interprets bytecode abstractly: for each slot of the frame it knows a [`state::SlotState`], and emits what the
//! instruction does with values of that kind. A call that is inlined goes on in the same function: its frame is a window of the
//! caller's slots, as it is in the interpreter.
//!
//! At the header of a loop it assumes what the loop will keep (see [`state::Assumed`]). Where the end of the loop shows that an
//! assumption is wrong, the assumption is widened and the function is built again.
//!
//! An instruction that the builder has no code for is interpreted by a stub, one instruction at a time; nothing is refused.

mod access;
mod alloc;
mod arith;
mod call;
mod catch;
mod emit;
mod entry;
mod equality;
mod exits;
mod flow;
mod frame;
mod generator;
pub mod graph;
mod instr;
mod intrinsic;
mod iterate;
mod join;
mod library;
mod loan;
mod memory;
mod method;
mod operator;
mod outcome;
mod pairs;
mod path;
mod share;
mod slice;
pub mod state;
mod step;
mod struct_method;
mod text;
mod virtuals;

pub use emit::ty_of;

use super::{Block, Entry, ExitId, Function, Ty, Val};
use crate::limits::{CODE_WORDS_MAX, VALUES_MAX};
use graph::{Graph, Node};
use ruff_core::jit::{self, Builtins, ExitReason, FuncId, InlinedFrame, Liveness, Pc, ProgramData, RegSet, ReturnMode};
use rustc_hash::{FxHashMap, FxHashSet};
use state::{Assumed, Held, Scalar, SlotState, State};
use std::rc::Rc;
use std::sync::Arc;
use virtuals::{Outline, VirtualObject};

/// How often a function is built at most until the assumptions hold; after that every loop keeps everything in memory.
const BUILDS_MAX: usize = 24;

/// What is compiled.
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// A whole function.
    Call,
    /// From an instruction on, with registers of these kinds: `None` for values that stay in memory.
    Loop { pc: Pc, kinds: &'a [Option<Held>] },
    /// From where a generator goes on, with saved registers of these kinds.
    Resume { pc: Pc, kinds: &'a [Option<Held>] },
}

/// What the builder may ask about the program and its code.
pub trait Facts {
    fn program(&self) -> &ProgramData;
    /// Has this guard failed too often?
    fn is_widened(&self, function: FuncId, pc: u32, reason: ExitReason) -> bool;
    /// Code that is made from now on has no such guard at an instruction.
    fn widen(&self, function: FuncId, pc: u32, reason: ExitReason);
    /// Has no code of the function been made yet?
    fn is_new(&self, function: FuncId) -> bool;
    /// How the function is called natively. If that is not settled yet, arguments of these kinds settle it.
    fn callee(&self, function: FuncId, kinds: &[Option<Scalar>]) -> Option<Callee>;
    /// A call passes values of these kinds to the parameters; what does not fit is passed in memory from now on.
    fn widen_params(&self, function: FuncId, kinds: &[Option<Scalar>]);
    /// The address of the cell with that of the code by which a generator of the function goes on at an instruction.
    fn resumption(&self, function: FuncId, pc: Pc) -> usize;
    /// The builtins that the program names.
    fn builtins(&self) -> &Builtins;
    /// Do guards fail now and then for the sake of tests?
    fn is_stressed(&self) -> bool;
    /// Has the interpreter run what is compiled for a while? Then what it has not met there never runs, as far as one can tell.
    fn is_learnt(&self) -> bool;
    /// Are calls inlined?
    fn inlines(&self) -> bool;
}

/// How a function is called natively.
#[derive(Clone, Debug)]
pub struct Callee {
    /// The parameters that are passed unboxed; the others are in their slots.
    pub params: Vec<Option<Scalar>>,
    /// The address of the cell with the address of its code.
    pub cell: usize,
    /// What it has returned where it was compiled.
    pub returns: Option<Scalar>,
}

/// Why there is no HIR.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    TooLarge {
        words: usize,
    },
    TooManyValues {
        values: usize,
    },
    /// The bytecode is not what the verifier lets through.
    Malformed,
}

/// A step of the build failed.
enum Stop {
    /// An assumption was widened.
    Again,
    Refused(Refusal),
}

type Step<T = ()> = Result<T, Stop>;

/// The HIR of a function, and what was learnt on the way.
pub struct Built {
    pub function: Function,
    /// The kind of all results, if it is one.
    pub returns: Option<Scalar>,
    /// Calls that were inlined.
    pub inlined: Vec<FuncId>,
    /// What the registers must hold where the code is entered in the middle, as far as it relies on it.
    pub kinds: Vec<Option<Held>>,
    /// The registers that must be null where the code is entered at a loop.
    pub dead: Vec<u32>,
}

/// Builds the HIR of a function.
///
/// # Errors
/// If it is too large, or not well formed.
pub fn build(facts: &dyn Facts, function: FuncId, request: Request<'_>) -> Result<Built, Refusal> {
    let mut session = Session::default();
    for count in 0..=BUILDS_MAX {
        session.gives_up = count == BUILDS_MAX;
        let result = Builder::new(facts, &mut session, function, request).and_then(Builder::run);
        match result {
            // Calls of the function itself may rely on what it gives.
            Ok(Built { returns: Some(kind), .. })
                if session.own_result == OwnResult::Missed && count < BUILDS_MAX - 1 =>
            {
                session.own_result = OwnResult::Expected(kind);
            }
            Ok(built) => return Ok(built),
            Err(Stop::Refused(refusal)) => return Err(refusal),
            Err(Stop::Again) => {}
        }
    }
    Err(Refusal::TooManyValues { values: VALUES_MAX })
}

/// What outlives a build that starts again.
#[derive(Default)]
struct Session {
    /// Assumptions of loops, by the path of inlined calls and the node.
    assumed: FxHashMap<(u64, Node), Vec<Assumed>>,
    tables: FxHashMap<(FuncId, u32), Rc<Tables>>,
    /// Loops keep everything in memory.
    gives_up: bool,
    /// Outlines of virtual objects that loops keep.
    outlines: Vec<Outline>,
    /// Slots that were assumed to hold a struct in memory before a loop, until a round left a virtual one.
    unpacked: FxHashSet<(u64, Node, u32)>,
    own_result: OwnResult,
}

/// What is known of the results of the function that is built.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum OwnResult {
    #[default]
    Unknown,
    /// The same; a call of itself could have made use of it.
    Missed,
    /// They were all of one kind in an earlier build.
    Expected(Scalar),
}

/// What is known of a function's bytecode.
struct Tables {
    graph: Graph,
    /// The registers that are live before each instruction.
    live: Vec<Option<RegSet>>,
}

/// A function that is being built: the outermost one or one that is inlined.
struct Context<'p> {
    function: &'p jit::Function,
    tables: Rc<Tables>,
    /// The distance of its registers from those of the outermost.
    base: u32,
    /// The word of the caller behind the call, and that of the call itself.
    return_pc: u32,
    call_pc: u32,
    /// The register of the caller that gets the result.
    dst: u16,
    /// The slot with its closure, if it captures something.
    closure: Option<u32>,
    keeps_receiver: bool,
    /// What becomes of its result.
    mode: ReturnMode,
    /// Where the caller is, if that is inlined too.
    caller: Option<Arc<InlinedFrame>>,
    /// Names the path of inlined calls.
    path: u64,
    node: Node,
    pending: Vec<Vec<Edge>>,
    headers: FxHashMap<Node, Header>,
    /// Where an inlined call returns.
    returns: Vec<Edge>,
}

/// A way into a node, or out of an inlined call: the block at its end does not leave yet.
struct Edge {
    block: Block,
    state: State,
}

/// The header of a loop that is being built.
struct Header {
    block: Block,
    state: State,
}

struct Builder<'p, 's> {
    facts: &'p dyn Facts,
    session: &'s mut Session,
    root: FuncId,
    f: Function,
    block: Block,
    state: State,
    machine: Val,
    frame: Val,
    base: Val,
    linked: Val,
    closure: Val,
    contexts: Vec<Context<'p>>,
    /// The instruction at which the function is entered.
    entry_pc: u32,
    /// The instruction that is being built.
    pc: u32,
    next: u32,
    /// The exit before any effect of the instruction, once it was needed.
    before: Option<ExitId>,
    /// The instruction that was built together with the one before it.
    fused: Option<u32>,
    /// Do reads go by the feedback at the first word of the instruction?
    reads_first_word: bool,
    /// The slots of which something else is known since this list was begun.
    changed: Option<Vec<u32>>,
    returns: Option<Option<Scalar>>,
    inlined: Vec<FuncId>,
    /// What registers must hold at the entry.
    kinds: Vec<Option<Held>>,
    /// The registers that nobody needs at the entry.
    dead: Vec<u32>,
    /// Words of bytecode that may still be inlined.
    budget: usize,
    /// Other targets that the calls have for which code is being built.
    alternatives: usize,
    /// Slots that all exits store together.
    exit_slots: usize,
    virtuals: Vec<Rc<VirtualObject>>,
}

impl<'p, 's> Builder<'p, 's> {
    fn new(
        facts: &'p dyn Facts,
        session: &'s mut Session,
        root: FuncId,
        request: Request<'_>,
    ) -> Step<Builder<'p, 's>> {
        let Some(function) = facts.program().functions.get(root.0 as usize) else { return Err(malformed()) };
        if function.code.len() > CODE_WORDS_MAX {
            return Err(Stop::Refused(Refusal::TooLarge { words: function.code.len() }));
        }
        let (entry, pc) = match request {
            Request::Call => (Entry::Call, Pc(0)),
            Request::Loop { pc, .. } => (Entry::Loop, pc),
            Request::Resume { pc, .. } => (Entry::Resume, pc),
        };
        let scalars = match request {
            Request::Call => facts.callee(root, &[]).ok_or_else(malformed)?.params,
            Request::Loop { .. } | Request::Resume { .. } => Vec::new(),
        };
        let mut params = vec![Ty::Ptr; 5];
        params.extend(scalars.iter().flatten().map(|s| emit::ty_of(*s)));
        let f = Function::new(function.display_name().to_string(), entry, &params);
        let entry_block = Block(0);
        let given = f.block(entry_block).params.clone();
        let mut builder = Builder {
            facts,
            session,
            root,
            block: entry_block,
            state: State { slots: vec![SlotState::EMPTY; function.registers as usize], quantum: None },
            machine: given[0],
            frame: given[1],
            base: given[2],
            linked: given[3],
            closure: given[4],
            f,
            contexts: Vec::new(),
            entry_pc: pc.0,
            pc: pc.0,
            next: pc.0,
            before: None,
            fused: None,
            reads_first_word: false,
            changed: None,
            returns: None,
            inlined: Vec::new(),
            kinds: Vec::new(),
            dead: Vec::new(),
            budget: call::INLINED_WORDS_MAX,
            alternatives: 0,
            exit_slots: 0,
            virtuals: Vec::new(),
        };
        builder.f.keeps_receiver = function.has_mut_self;
        let tables = builder.tables(root, pc)?;
        builder.push_context(Context::new(function, tables, 0));
        match request {
            Request::Call => builder.enter_call(&scalars, &given[5..]),
            Request::Loop { kinds, .. } => builder.enter_loop_entry(kinds),
            Request::Resume { pc, kinds } => {
                builder.kinds = kinds.to_vec();
                builder.enter_generator(pc, kinds);
            }
        }
        Ok(builder)
    }

    fn run(mut self) -> Step<Built> {
        let entry = Edge { block: self.block, state: self.state.clone() };
        self.build_nodes(entry)?;
        self.place_parts();
        Ok(Built {
            function: self.f,
            returns: self.returns.flatten(),
            inlined: self.inlined,
            kinds: self.kinds,
            dead: self.dead,
        })
    }

    /// The graph and the live registers of a function.
    fn tables(&mut self, id: FuncId, entry: Pc) -> Step<Rc<Tables>> {
        if let Some(tables) = self.session.tables.get(&(id, entry.0)) {
            return Ok(tables.clone());
        }
        let function = self.facts.program().functions.get(id.0 as usize).ok_or_else(malformed)?;
        let graph = Graph::of(function, entry).ok_or_else(malformed)?;
        let live = Liveness::of(function).ok_or_else(malformed)?.table();
        let tables = Rc::new(Tables { graph, live });
        self.session.tables.insert((id, entry.0), tables.clone());
        Ok(tables)
    }

    /// Builds the nodes of the innermost context. Its returns are in the context then.
    fn build_nodes(&mut self, entry: Edge) -> Step {
        let tables = self.context().tables.clone();
        let graph = &tables.graph;
        let Some(&first) = graph.order.first() else { return Err(malformed()) };
        self.context_mut().pending[first].push(entry);
        for &node in &graph.order {
            let edges = std::mem::take(&mut self.context_mut().pending[node]);
            if edges.is_empty() {
                continue;
            }
            self.context_mut().node = node;
            let start = graph.nodes[node].start;
            self.set_pc(start, start);
            self.merge(edges)?;
            if graph.is_header(node) {
                self.open_loop(node)?;
            }
            self.build_node(node)?;
        }
        Ok(())
    }

    fn build_node(&mut self, node: Node) -> Step {
        let tables = self.context().tables.clone();
        let data = &tables.graph.nodes[node];
        let function = self.context().function;
        for at in graph::instructions(function, data.start, data.end).ok_or_else(malformed)? {
            self.check_size()?;
            if self.fused.take() == Some(at.pc.0) {
                continue;
            }
            self.set_pc(at.pc.0, at.next().0);
            self.forget_dead();
            if self.instruction(&at)? {
                return Ok(());
            }
        }
        match data.next {
            Some(next) => self.go_to(next),
            None => Err(malformed()),
        }
    }

    /// Looked at for each instruction: one block may be the whole function.
    fn check_size(&self) -> Step {
        let values = self.f.values.len() + self.exit_slots;
        if values > VALUES_MAX { Err(Stop::Refused(Refusal::TooManyValues { values })) } else { Ok(()) }
    }

    fn set_pc(&mut self, pc: u32, next: u32) {
        self.pc = pc;
        self.next = next;
        self.before = None;
    }

    fn context(&self) -> &Context<'p> {
        match self.contexts.last() {
            Some(context) => context,
            None => unreachable!("the outermost context is there from the start"),
        }
    }

    fn context_mut(&mut self) -> &mut Context<'p> {
        match self.contexts.last_mut() {
            Some(context) => context,
            None => unreachable!("the outermost context is there from the start"),
        }
    }

    fn push_context(&mut self, context: Context<'p>) {
        self.reserve_slots(context.base + context.function.registers);
        self.contexts.push(context);
        self.f.inlined_levels = self.f.inlined_levels.max(self.contexts.len() as u32 - 1);
    }

    /// Slots up to that one may be used.
    fn reserve_slots(&mut self, end: u32) {
        if self.state.slots.len() < end as usize {
            self.state.slots.resize(end as usize, SlotState::EMPTY);
        }
        self.f.slots = self.f.slots.max(end);
    }

    /// Has a guard of this instruction failed too often for this reason?
    fn is_widened(&self, reason: ExitReason) -> bool {
        self.facts.is_widened(self.context().function.id, self.pc, reason)
    }

    /// What the interpreter has noted at the last word of the instruction, or at the one that [`Self::by_first_word`] says.
    fn feedback(&self) -> u16 {
        let cells = &self.context().function.feedback;
        let word = if self.reads_first_word { self.pc } else { self.next.wrapping_sub(1) };
        cells.get(word as usize).map_or(0, |c| c.load(std::sync::atomic::Ordering::Relaxed))
    }

    /// Does something by the feedback at the first word of the instruction.
    fn by_first_word<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.reads_first_word = true;
        let result = work(self);
        self.reads_first_word = false;
        result
    }
}

impl<'p> Context<'p> {
    fn new(function: &'p jit::Function, tables: Rc<Tables>, base: u32) -> Context<'p> {
        let pending = tables.graph.nodes.iter().map(|_| Vec::new()).collect();
        Context {
            function,
            tables,
            base,
            return_pc: 0,
            call_pc: 0,
            dst: 0,
            closure: None,
            keeps_receiver: false,
            mode: ReturnMode::Normal,
            caller: None,
            path: 0,
            node: 0,
            pending,
            headers: FxHashMap::default(),
            returns: Vec::new(),
        }
    }

    /// Is one of the frame's slots live before the instruction at `pc`, which is that of the inlined call `inner` if the frame waits
    /// for one? What is left of a root that the call has lent is in the slot before its window, which nothing reads before.
    fn needs(&self, slot: u32, pc: u32, inner: Option<&Context<'_>>) -> bool {
        let is_live_at = |pc| flow::live_at(&self.tables.live, pc).is_some_and(|live| live.contains(slot - self.base));
        is_live_at(pc) || inner.is_some_and(|call| slot + 1 == call.base && is_live_at(call.return_pc))
    }
}

fn malformed() -> Stop {
    Stop::Refused(Refusal::Malformed)
}
