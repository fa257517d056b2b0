//! Looking at operands without changing them, and small constructors and tests of instructions that several passes need.

use super::{Block, Exit, ExitId, Function, Inst, SlotValue, Target, Terminator, Ty, Val};
use ruff_core::jit::ExitReason;

impl Ty {
    /// Is it a 64-bit word? Ints and addresses stand for each other wherever a word is asked for.
    pub fn is_word(self) -> bool {
        matches!(self, Ty::Int | Ty::Ptr)
    }

    /// May a value of this type stand where `other` is asked for?
    pub fn fits(self, other: Ty) -> bool {
        self == other || self.is_word() && other.is_word()
    }
}

impl Inst {
    /// Calls `visit` with each operand.
    pub fn visit_uses(&self, mut visit: impl FnMut(Val)) {
        match self {
            Inst::Param(..) | Inst::Int(_) | Inst::Float(_) | Inst::Bool(_) | Inst::Address(_) => {}
            Inst::Unary(_, a) | Inst::Load(_, a) | Inst::Guard(a, ..) | Inst::Second(a) => visit(*a),
            Inst::Binary(_, a, b)
            | Inst::Checked(_, a, b, _)
            | Inst::Compare(_, a, b)
            | Inst::FloatCompare(_, a, b)
            | Inst::Store(_, a, b) => {
                visit(*a);
                visit(*b);
            }
            Inst::Select(a, b, c) => {
                visit(*a);
                visit(*b);
                visit(*c);
            }
            Inst::Call(call) => call.args.iter().copied().for_each(visit),
        }
    }

    /// Is it a constant?
    pub fn is_const(&self) -> bool {
        matches!(self, Inst::Int(_) | Inst::Float(_) | Inst::Bool(_) | Inst::Address(_))
    }
}

impl Terminator {
    /// The end of a block that has none yet, or that nothing reaches.
    pub const NOWHERE: Terminator = Terminator::Exit(ExitId(u32::MAX), ExitReason::NeverRun);

    /// Calls `visit` with each value that is used.
    pub fn visit_uses(&self, mut visit: impl FnMut(Val)) {
        match self {
            Terminator::Branch(condition, ..) => visit(*condition),
            Terminator::Return(payload, tag) => {
                visit(*payload);
                visit(*tag);
            }
            Terminator::Jump(_) | Terminator::Exit(..) => {}
        }
        for target in self.targets() {
            target.args.iter().copied().for_each(&mut visit);
        }
    }
}

impl Exit {
    /// Calls `visit` with each value that the exit stores.
    pub fn visit_uses(&self, mut visit: impl FnMut(Val)) {
        for (_, value) in &self.slots {
            match *value {
                SlotValue::Int(v) | SlotValue::Float(v) | SlotValue::Bool(v) | SlotValue::Shared(_, v) => visit(v),
                SlotValue::Tagged(tag, payload) | SlotValue::SharedPair(tag, payload) => {
                    visit(tag);
                    visit(payload);
                }
                SlotValue::Null | SlotValue::Absent(_) => {}
            }
        }
        if let Some(quantum) = self.quantum {
            visit(quantum);
        }
    }
}

impl Target {
    /// The block, with these arguments for its parameters.
    pub fn new(block: Block, args: &[Val]) -> Target {
        Target { block, args: args.to_vec() }
    }
}

impl Function {
    /// The int that a value is.
    pub fn as_int(&self, val: Val) -> Option<i64> {
        match *self.inst(val) {
            Inst::Int(k) => Some(k),
            _ => None,
        }
    }

    /// The truth value that a value is.
    pub fn as_bool(&self, val: Val) -> Option<bool> {
        match *self.inst(val) {
            Inst::Bool(k) => Some(k),
            _ => None,
        }
    }

    /// Calls `visit` with each exit that the instructions of a block, its end, or guards hoisted to its end may take.
    pub fn visit_exits(&self, block: Block, mut visit: impl FnMut(ExitId)) {
        let data = self.block(block);
        for val in &data.insts {
            if let Some(exit) = self.inst(*val).exit() {
                visit(exit);
            }
        }
        data.end.exit().into_iter().chain(data.loop_entry.map(|entry| entry.exit)).for_each(visit);
    }
}
