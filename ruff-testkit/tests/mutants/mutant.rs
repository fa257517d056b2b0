//! Changes of HIR, and the probes that tell whether a change mattered in a run.
//!
//! A probe is HIR too: it adds to a counter of the process where the changed function stops doing what the unchanged one would do.

use ruff_core::jit::{ExitReason, Region, ReturnMode, layout, tag};
use ruff_jit::hir::{
    Access, Binary, Checked, Cond, ExitId, Function, Inst, SlotValue, Target, Terminator, Ty, Unary, Val, Width,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// How often the change mattered.
static MATTERED: AtomicU64 = AtomicU64::new(0);
/// How often control came to the place where an exit is forced.
static ARRIVALS: AtomicU64 = AtomicU64::new(0);

/// Has the change mattered since [`reset`]?
pub fn mattered() -> bool {
    MATTERED.load(Ordering::Relaxed) > 0
}

/// Forgets what was counted.
pub fn reset() {
    MATTERED.store(0, Ordering::Relaxed);
    ARRIVALS.store(0, Ordering::Relaxed);
}

/// A way of changing a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mutant {
    /// The guard, or the check of an arithmetic instruction, is deleted.
    Guard { block: usize, at: usize },
    /// An argument of an edge is deleted.
    ArgumentDeleted { block: usize, edge: usize, arg: usize },
    /// An argument of an edge is another value.
    ArgumentWrong { block: usize, edge: usize, arg: usize },
    /// The exit does not store the slot.
    Slot { exit: usize, at: usize },
    /// The exit does not store the quantum of ticks.
    Quantum { exit: usize },
    /// The innermost frame of the exit is not there.
    Frame { exit: usize },
    /// A frame of the exit has no closure.
    Closure { exit: usize, at: usize },
    /// A frame of the exit does not know what becomes of its result, or that its receiver is in-out.
    Mode { exit: usize, at: usize },
}

impl Mutant {
    /// All changes of a function.
    pub fn all(f: &Function) -> Vec<Mutant> {
        let mut all = Vec::new();
        for block in reachable(f) {
            let data = &f.blocks[block];
            let guards = data.insts.iter().enumerate();
            let guards = guards.filter(|(_, v)| matches!(f.inst(**v), Inst::Guard(..) | Inst::Checked(..)));
            all.extend(guards.map(|(at, _)| Mutant::Guard { block, at }));
            for (edge, target) in data.end.targets().enumerate() {
                for arg in 0..target.args.len() {
                    all.push(Mutant::ArgumentDeleted { block, edge, arg });
                    all.push(Mutant::ArgumentWrong { block, edge, arg });
                }
            }
        }
        for exit in 0..f.exits.len() {
            if user_of(f, exit).is_some() {
                all.extend(Mutant::of_exit(f, exit));
            }
        }
        all
    }

    fn of_exit(f: &Function, exit: usize) -> Vec<Mutant> {
        let data = &f.exits[exit];
        let mut all: Vec<Mutant> = (0..data.slots.len()).map(|at| Mutant::Slot { exit, at }).collect();
        all.extend(data.quantum.map(|_| Mutant::Quantum { exit }));
        if data.frames.len() > 1 {
            all.push(Mutant::Frame { exit });
        }
        for (at, frame) in data.frames.iter().enumerate() {
            if frame.closure.is_some() {
                all.push(Mutant::Closure { exit, at });
            }
            if frame.mode != ReturnMode::Normal || frame.keeps_receiver {
                all.push(Mutant::Mode { exit, at });
            }
        }
        all
    }

    /// Is it a change of the state of an exit?
    pub fn is_of_exit(self) -> bool {
        !matches!(self, Mutant::Guard { .. } | Mutant::ArgumentDeleted { .. } | Mutant::ArgumentWrong { .. })
    }

    /// May it show only where an exit is taken?
    pub fn needs_exits(self) -> bool {
        self.is_of_exit() || matches!(self, Mutant::ArgumentWrong { .. })
    }

    /// Changes the function. The exit that is changed, or one that stores the wrong value, is forced when control comes to it for the
    /// `arrival`-th time.
    pub fn apply(self, f: &mut Function, arrival: u64) {
        match self {
            Mutant::Guard { block, at } => without_guard(f, block, at),
            Mutant::ArgumentDeleted { block, edge, arg } => {
                if let Some(target) = f.blocks[block].end.targets_mut().nth(edge) {
                    target.args.remove(arg);
                }
            }
            Mutant::ArgumentWrong { block, edge, arg } => {
                if let Some(param) = wrong_argument(f, block, edge, arg)
                    && let Some(exit) = exit_with(f, param, arrival)
                {
                    forced(f, exit, arrival, |probe| probe.truth(false));
                }
            }
            Mutant::Slot { exit, at } => {
                let (slot, value) = f.exits[exit].slots.remove(at);
                forced(f, exit, arrival, |probe| probe.differs(slot, value));
            }
            Mutant::Quantum { exit } => {
                if let Some(quantum) = f.exits[exit].quantum.take() {
                    forced(f, exit, arrival, |probe| {
                        let machine = probe.param(0);
                        let stored = probe.load(Width::Word, machine, layout::MACHINE_QUANTUM);
                        probe.compare(Cond::Ne, stored, quantum)
                    });
                }
            }
            Mutant::Frame { exit } => {
                f.exits[exit].frames.pop();
                forced(f, exit, arrival, |probe| probe.truth(true));
            }
            Mutant::Closure { exit, at } => {
                f.exits[exit].frames[at].closure = None;
                forced(f, exit, arrival, |probe| probe.truth(true));
            }
            Mutant::Mode { exit, at } => {
                let frame = &mut f.exits[exit].frames[at];
                (frame.mode, frame.keeps_receiver) = (ReturnMode::Normal, false);
                forced(f, exit, arrival, |probe| probe.truth(true));
            }
        }
    }
}

/// The blocks that control can reach.
fn reachable(f: &Function) -> Vec<usize> {
    let (mut seen, mut open) = (vec![false; f.blocks.len()], vec![0]);
    while let Some(block) = open.pop() {
        if !std::mem::replace(&mut seen[block], true) {
            open.extend(f.blocks[block].end.targets().map(|target| target.block.0 as usize));
        }
    }
    (0..f.blocks.len()).filter(|block| seen[*block]).collect()
}

/// Where an exit is taken first: the block, and the position of the instruction or of the end.
fn user_of(f: &Function, exit: usize) -> Option<(usize, usize)> {
    let exit = Some(ExitId(exit as u32));
    reachable(f).into_iter().find_map(|block| {
        let data = &f.blocks[block];
        let at = data.insts.iter().position(|val| f.inst(*val).exit() == exit);
        at.or((data.end.exit() == exit).then_some(data.insts.len())).map(|at| (block, at))
    })
}

/// Inserts instructions into a block.
struct Probe<'a> {
    f: &'a mut Function,
    block: usize,
    at: usize,
}

impl Probe<'_> {
    fn add(&mut self, inst: Inst, ty: Ty) -> Val {
        let val = self.f.new_value(inst, ty);
        self.f.blocks[self.block].insts.insert(self.at, val);
        self.at += 1;
        val
    }

    fn param(&self, index: usize) -> Val {
        self.f.blocks[0].params[index]
    }

    fn int(&mut self, k: i64) -> Val {
        self.add(Inst::Int(k), Ty::Int)
    }

    fn truth(&mut self, k: bool) -> Val {
        self.add(Inst::Bool(k), Ty::Bool)
    }

    fn compare(&mut self, cond: Cond, a: Val, b: Val) -> Val {
        self.add(Inst::Compare(cond, a, b), Ty::Bool)
    }

    fn both(&mut self, a: Val, b: Val) -> Val {
        self.add(Inst::Binary(Binary::BoolAnd, a, b), Ty::Bool)
    }

    fn either(&mut self, a: Val, b: Val) -> Val {
        self.add(Inst::Binary(Binary::BoolOr, a, b), Ty::Bool)
    }

    fn not(&mut self, a: Val) -> Val {
        self.add(Inst::Unary(Unary::BoolNot, a), Ty::Bool)
    }

    fn load(&mut self, width: Width, address: Val, offset: i32) -> Val {
        self.add(Inst::Load(Access::new(width, Region::Machine, offset), address), Ty::Int)
    }

    /// Adds an int or a truth value to a counter; the sum.
    fn count(&mut self, counter: &'static AtomicU64, by: Val) -> Val {
        let by = if self.f.ty(by) == Ty::Bool { self.add(Inst::Unary(Unary::BoolToInt, by), Ty::Int) } else { by };
        let address = self.add(Inst::Address(std::ptr::from_ref(counter).expose_provenance()), Ty::Ptr);
        let old = self.load(Width::Word, address, 0);
        let sum = self.add(Inst::Binary(Binary::Add, old, by), Ty::Int);
        self.add(Inst::Store(Access::new(Width::Word, Region::Machine, 0), address, sum), Ty::None);
        sum
    }

    /// Does a slot hold something else than what an exit would store?
    fn differs(&mut self, slot: u32, value: SlotValue) -> Val {
        let base = self.param(2);
        let offset = slot as i32 * layout::VALUE_BYTES;
        let tag = self.load(Width::Byte, base, offset + layout::VALUE_TAG);
        let payload = self.load(Width::Word, base, offset + layout::VALUE_PAYLOAD);
        let (expected, word) = match value {
            SlotValue::Int(v) => (self.int(tag::INT.into()), Some(v)),
            SlotValue::Float(v) => {
                (self.int(tag::FLOAT.into()), Some(self.add(Inst::Unary(Unary::FloatBits, v), Ty::Int)))
            }
            SlotValue::Bool(v) => {
                (self.int(tag::BOOL.into()), Some(self.add(Inst::Unary(Unary::BoolToInt, v), Ty::Int)))
            }
            SlotValue::Null => (self.int(tag::NULL.into()), None),
            SlotValue::Absent(payload) => (self.int(tag::ABSENT.into()), Some(self.int(payload.into()))),
            SlotValue::Tagged(tag, payload) | SlotValue::SharedPair(tag, payload) => (tag, Some(payload)),
            SlotValue::Shared(tag, object) => (self.int(tag.into()), Some(object)),
        };
        let differs = self.compare(Cond::Ne, tag, expected);
        match word {
            Some(word) => {
                let other = self.compare(Cond::Ne, payload, word);
                self.either(differs, other)
            }
            None => differs,
        }
    }
}

fn without_guard(f: &mut Function, block: usize, at: usize) {
    let val = f.blocks[block].insts[at];
    match f.inst(val).clone() {
        Inst::Guard(condition, ..) => {
            f.blocks[block].insts.remove(at);
            let mut probe = Probe { f, block, at };
            let fails = probe.not(condition);
            probe.count(&MATTERED, fails);
        }
        Inst::Checked(op, a, b, _) => {
            f.values[val.0 as usize].inst = Inst::Binary(op.wrapping(), a, b);
            let mut probe = Probe { f, block, at: at + 1 };
            let overflows = overflow(&mut probe, op, a, b, val);
            probe.count(&MATTERED, overflows);
        }
        other => panic!("{other:?} is no guard"),
    }
}

/// Does the result of an operation on ints not fit?
fn overflow(probe: &mut Probe<'_>, op: Checked, a: Val, b: Val, result: Val) -> Val {
    let pairs = match op {
        Checked::Add => [(a, result), (b, result)],
        Checked::Sub => [(a, b), (a, result)],
        Checked::Mul => {
            // As floats: what overflows by little counts for nothing.
            let [x, y] = [a, b].map(|v| probe.add(Inst::Unary(Unary::IntToFloat, v), Ty::Float));
            let product = probe.add(Inst::Binary(Binary::FloatMul, x, y), Ty::Float);
            let size = probe.add(Inst::Unary(Unary::FloatAbs, product), Ty::Float);
            let limit = probe.add(Inst::Float((2f64.powi(63)).to_bits()), Ty::Float);
            return probe.add(Inst::FloatCompare(Cond::Gt, size, limit), Ty::Bool);
        }
    };
    let signs = pairs.map(|(x, y)| probe.add(Inst::Binary(Binary::Xor, x, y), Ty::Int));
    let zero = probe.int(0);
    let both = probe.add(Inst::Binary(Binary::And, signs[0], signs[1]), Ty::Int);
    probe.compare(Cond::Lt, both, zero)
}

/// An exit that stores a value; which one, if there are several, depends on `turn`.
fn exit_with(f: &Function, val: Val, turn: u64) -> Option<usize> {
    let stores = |exit: &usize| {
        let mut found = false;
        f.exits[*exit].visit_uses(|used| found |= used == val);
        found && user_of(f, *exit).is_some()
    };
    let exits: Vec<usize> = (0..f.exits.len()).filter(stores).collect();
    exits.get(turn as usize % exits.len().max(1)).copied()
}

/// The edge gets a block of its own, which makes another value of the argument. Gives the parameter.
fn wrong_argument(f: &mut Function, block: usize, edge: usize, arg: usize) -> Option<Val> {
    let between = f.new_block();
    let target = f.blocks[block].end.targets_mut().nth(edge)?;
    let mut target = std::mem::replace(target, Target { block: between, args: Vec::new() });
    let right = target.args[arg];
    let mut probe = Probe { f, block: between.0 as usize, at: 0 };
    let yes = probe.truth(true);
    probe.count(&MATTERED, yes);
    let ty = probe.f.ty(right);
    target.args[arg] = match ty {
        Ty::Bool => probe.not(right),
        Ty::Float => {
            let k = probe.add(Inst::Float(1.25f64.to_bits()), Ty::Float);
            probe.add(Inst::Binary(Binary::FloatSub, k, right), Ty::Float)
        }
        _ => {
            let k = probe.int(if ty == Ty::Ptr { 16 } else { 1 });
            probe.add(Inst::Binary(Binary::Add, right, k), ty)
        }
    };
    let param = f.block(target.block).params[arg];
    f.block_mut(between).end = Terminator::Jump(target);
    Some(param)
}

/// Takes the exit at its `arrival`-th time, and counts where `differs` is true as it is taken.
fn forced(f: &mut Function, exit: usize, arrival: u64, differs: impl FnOnce(&mut Probe<'_>) -> Val) {
    let Some((block, at)) = user_of(f, exit) else { return };
    let condition = match f.blocks[block].insts.get(at).map(|val| f.inst(*val)) {
        Some(Inst::Guard(condition, ..)) => Some(*condition),
        _ => None,
    };
    let is_end = at == f.blocks[block].insts.len();
    let is_throw = f.exits[exit].is_throw;
    let mut probe = Probe { f, block, at };
    let one = probe.int(1);
    let arrivals = probe.count(&ARRIVALS, one);
    let wanted = probe.int(arrival.cast_signed());
    let is_other = probe.compare(Cond::Ne, arrivals, wanted);
    let is_forced = !is_throw && !is_end;
    let mut taken = match (is_end, is_forced) {
        (true, _) => probe.truth(true),
        (false, true) => probe.not(is_other),
        (false, false) => probe.truth(false),
    };
    if let Some(condition) = condition {
        let fails = probe.not(condition);
        taken = probe.either(taken, fails);
    }
    let differs = differs(&mut probe);
    let matters = probe.both(taken, differs);
    probe.count(&MATTERED, matters);
    if is_forced {
        probe.add(Inst::Guard(is_other, ExitId(exit as u32), ExitReason::Forced), Ty::None);
    }
}
