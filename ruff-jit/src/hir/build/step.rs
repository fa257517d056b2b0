//! What the engine does for native code: one instruction at a time.

use super::state::{Abs, Kind, Shape, SlotState, leavings};
use super::{Builder, Edge, Step};
use crate::hir::{Cond, Region, Ty, Val, Width};
use ruff_core::jit::{
    BinaryOperator, Decoded, DecodedOperand, ExitReason, Flow, Op, Operand, PlaceRoot, PlaceStep, Stub, UnaryOperator,
    layout, tag,
};

/// Registers in a row, and whether an instruction changes or takes what they hold.
struct Registers {
    first: u32,
    count: u32,
    changes: bool,
}

/// Where the right operand of an instruction is.
enum Side {
    Register,
    Constant,
}

impl Builder<'_, '_> {
    /// Lets the interpreter do an instruction; true if the node ends with it.
    pub(super) fn interpret(&mut self, at: &Decoded) -> Step<bool> {
        let index = self.interpret_step(at);
        match at.op.flow() {
            Flow::Next => Ok(false),
            Flow::Branch => {
                let target = at.target().map_or(0, |t| t.0);
                let jumps = self.compare_int(Cond::Eq, index, target as i64);
                self.branch_nodes(jumps)?;
                Ok(true)
            }
            Flow::Jump => {
                self.go_to_target()?;
                Ok(true)
            }
            Flow::Leave => {
                // The instruction always raises; the guard has left.
                let exit = self.exit_after();
                let end = crate::hir::Terminator::Exit(exit, ExitReason::Thrown);
                self.f.block_mut(self.block).end = end;
                Ok(true)
            }
        }
    }

    /// The same without what control does then. Gives the index of the word at which the interpreter would go on.
    pub(super) fn interpret_step(&mut self, at: &Decoded) -> Val {
        let (stub, pc) = match self.plain_stub(at).or_else(|| stub_of(at.op)) {
            Some(stub) => (stub, self.next),
            None => (Stub::Step, self.pc),
        };
        self.interpret_by(at, stub, pc)
    }

    /// The interpreter's way through an instruction that `native` has done otherwise; both go on together. `know` says what is
    /// known of the result.
    pub(super) fn or_interpreted(&mut self, at: &Decoded, native: Edge, know: impl FnOnce(&mut Self)) -> Step<bool> {
        let place = (self.pc, self.next);
        self.interpret_step(at);
        know(self);
        let interpreted = self.edge();
        self.go_on_after(place, vec![native, interpreted])
    }

    /// The same by a stub that does what the instruction means, behind it.
    pub(super) fn interpret_by(&mut self, at: &Decoded, stub: Stub, pc: u32) -> Val {
        let operands = self.more_operands(at);
        self.interpret_with(at, stub, pc, operands)
    }

    /// The same for a stub with these arguments behind the usual ones.
    pub(super) fn interpret_with(&mut self, at: &Decoded, stub: Stub, pc: u32, operands: Vec<Val>) -> Val {
        let result = self.result_of(at);
        self.flush_operands(at);
        let unused = self.first_unused(at);
        self.settle_from(unused);
        self.settle_objects();
        self.flush_quantum();
        let (frame, pc) = self.position(pc);
        let exit = self.exit_thrown();
        let mut args = vec![self.machine, frame, pc];
        args.extend(operands);
        let index = self.stub(stub, args);
        let fine = self.compare_int(Cond::Ge, index, 0);
        self.changed = Some(Vec::new());
        self.unless_thrown(fine, exit, |b| {
            b.forget_from(unused);
            b.forget_changes(at);
        });
        self.before = None;
        self.forget_from(unused);
        self.apply_effects(at, result);
        let changed = self.changed.take().unwrap_or_default();
        self.limit_slots(index, changed, unused);
        index
    }

    /// An instruction whose result a stub has made, which `finish` puts into its slot; where the address is 0 the interpreter does it,
    /// for which `prepare` brings the operands to their slots.
    pub(super) fn unless_made(
        &mut self,
        at: &Decoded,
        dst: u32,
        result: Val,
        prepare: impl FnOnce(&mut Self),
        finish: impl FnOnce(&mut Self),
    ) -> Step<bool> {
        let (pc, next) = (self.pc, self.next);
        let is_made = self.compare_int(Cond::Ne, result, 0);
        let (_, other) = self.fork(is_made, false, true);
        let state = self.state.clone();
        finish(self);
        let made = self.edge();
        self.block = other;
        self.state = state;
        self.set_pc(pc, next);
        prepare(self);
        self.interpret(at)?;
        // Its address is brought to where the ways meet.
        self.object(dst);
        let interpreted = self.edge();
        self.go_on_after((pc, next), vec![made, interpreted])
    }

    /// The stub of an instruction whose operands are known to have no methods: it changes less.
    fn plain_stub(&self, at: &Decoded) -> Option<Stub> {
        match at.op {
            Op::Slice if matches!(self.object_tag(at.b), Some(tag::ARRAY | tag::STR)) => Some(Stub::SlicePlain),
            Op::SliceInclusive if matches!(self.object_tag(at.b), Some(tag::ARRAY | tag::STR)) => {
                Some(Stub::SlicePlainInclusive)
            }
            Op::Add if self.are_strings(at) => Some(Stub::JoinStrings),
            Op::AddTake if self.are_strings(at) => Some(Stub::AppendString),
            Op::Concat if (at.b..at.b + at.c).all(|register| self.is_plain(register)) => Some(Stub::ConcatPlain),
            _ => None,
        }
    }

    /// Are the operands of an instruction with two known to be strings?
    fn are_strings(&self, at: &Decoded) -> bool {
        [at.b, at.c].iter().all(|register| self.object_tag(*register) == Some(tag::STR))
    }

    /// The tag of the object that a register is known to hold.
    fn object_tag(&self, register: u32) -> Option<u8> {
        match self.get(self.slot(register)).kind() {
            Kind::Object(shape) => Some(shape.tag),
            Kind::Any => None,
        }
    }

    /// Is the text of a value always the engine's affair?
    fn is_plain(&self, register: u32) -> bool {
        match self.get(self.slot(register)).abs {
            Abs::Memory(Kind::Any) | Abs::Read(..) => false,
            _ => self.object_tag(register).is_none_or(|tag| tag == tag::STR),
        }
    }

    /// The first slot that frames may have which the instruction pushes. What is there and above is of no use any more.
    fn first_unused(&self, at: &Decoded) -> u32 {
        let window = at.operands().find_map(|o| match o.kind {
            Operand::Window if is_call(at.op) => Some(o.bits + at.c),
            Operand::MethodWindow => Some(o.bits + at.c + 1),
            _ => None,
        });
        self.slot(window.unwrap_or(self.context().function.registers))
    }

    /// References that are borrowed from slots from `first` on become their borrowers' own.
    pub(super) fn settle_from(&mut self, first: u32) {
        for slot in first..self.state.slots.len() as u32 {
            self.settle(slot);
        }
    }

    /// The interpreter may have released what is in the slots from `first` on.
    pub(super) fn forget_from(&mut self, first: u32) {
        for slot in first..self.state.slots.len() as u32 {
            let state = self.get(slot);
            self.know(slot, if state.may_own() { leavings(&[state]) } else { SlotState::EMPTY });
        }
    }

    /// The operator of an instruction as a stub wants it, and the address of a right operand.
    fn more_operands(&mut self, at: &Decoded) -> Vec<Val> {
        let mut operands = Vec::new();
        if let Some((operator, right)) = arithmetic(at.op) {
            operands.push(self.int(operator as i64));
            operands.push(match right {
                Side::Register => self.slot_address(self.slot(at.c)),
                Side::Constant => self.constant_address(at.c),
            });
        } else if let Some(operator) = comparison(at.op) {
            operands.push(self.int(operator as i64));
        } else if let Some(operator) = unary(at.op) {
            operands.push(self.int(operator as i64));
        }
        operands
    }

    /// The address of a constant of the innermost function.
    pub(super) fn constant_address(&mut self, index: u32) -> Val {
        let linked = self.linked_here();
        let consts = self.load(Width::Word, Region::Constant, linked, layout::FUNCTION_CONSTS, Ty::Ptr);
        self.offset(consts, index as i64 * layout::VALUE_BYTES as i64)
    }

    /// Brings to memory what an instruction reads, and makes what it changes its own.
    fn flush_operands(&mut self, at: &Decoded) {
        for operand in at.operands() {
            if let Operand::Write | Operand::ExtWrite = operand.kind {
                self.settle(self.slot(operand.bits));
            }
            self.each_slot_of(at, operand, |b, slot, changes| {
                if changes {
                    b.settle(slot);
                }
                b.flush(slot);
            });
        }
    }

    /// Does something with each slot that an operand reads or changes; it is told whether it changes it.
    fn each_slot_of(&mut self, at: &Decoded, operand: DecodedOperand, mut visit: impl FnMut(&mut Self, u32, bool)) {
        let mut visit_all = |b: &mut Self, Registers { first, count, changes }| {
            for register in first..first + count {
                visit(b, b.slot(register), changes);
            }
        };
        visit_all(self, self.registers_of(at, operand));
        if let Operand::Place = operand.kind {
            for registers in self.registers_of_place(operand.bits, at.op) {
                visit_all(self, registers);
            }
        }
    }

    /// Makes the virtual objects that an instruction reads or changes.
    pub(super) fn materialize_operands(&mut self, at: &Decoded) {
        if !self.has_virtuals() {
            return;
        }
        for operand in at.operands() {
            self.each_slot_of(at, operand, |b, slot, _| b.materialize(slot));
        }
    }

    /// The registers of an operand that an instruction reads or changes, but for those of a place.
    fn registers_of(&self, at: &Decoded, operand: DecodedOperand) -> Registers {
        let first = operand.bits;
        let (first, count, changes) = match operand.kind {
            Operand::Read | Operand::ExtRead => (first, 1, false),
            Operand::Take | Operand::Update => (first, 1, true),
            Operand::Window => return self.registers_of_window(at, first, 0),
            Operand::MethodWindow => return self.registers_of_window(at, first, 1),
            Operand::PairWindow => (first, 2 * at.c, true),
            Operand::BoundsWindow => (first, 2, false),
            Operand::Iterator => (first, 3, true),
            Operand::Loan => (first.saturating_sub(1), 2, true),
            _ => (0, 0, false),
        };
        Registers { first, count, changes }
    }

    fn registers_of_window(&self, at: &Decoded, first: u32, receiver: u32) -> Registers {
        let end = if is_spread(at.op) { self.context().function.registers } else { first + at.c + receiver };
        let first = if is_loan(at.op) { first.saturating_sub(1) } else { first };
        Registers { first, count: end - first, changes: true }
    }

    /// The registers of a place: its root, and its indices.
    fn registers_of_place(&self, index: u32, op: Op) -> Vec<Registers> {
        let function = self.context().function;
        let Some(place) = function.places.get(index as usize) else { return Vec::new() };
        let one = |first: u32, changes| Registers { first, count: 1, changes };
        let root = match place.root {
            PlaceRoot::Register(register) | PlaceRoot::Cell(register) => {
                Some(one(register.0 as u32, op != Op::GetPath))
            }
            _ => None,
        };
        let indices = place.steps.iter().filter_map(|step| match step {
            PlaceStep::Index(register) => Some(one(register.0 as u32, false)),
            PlaceStep::Field(_) => None,
        });
        root.into_iter().chain(indices).collect()
    }

    /// What is known of the slots after the interpreter has done an instruction.
    fn apply_effects(&mut self, at: &Decoded, result: Kind) {
        for operand in at.operands() {
            let first = operand.bits;
            match operand.kind {
                Operand::Take => self.forget(first, 1, SlotState::EMPTY),
                Operand::Update => self.forget_address(first),
                Operand::Window => self.forget_window(at, first, 0),
                Operand::MethodWindow => self.forget_window(at, first, 1),
                Operand::PairWindow => self.forget(first, 2 * at.c, SlotState::EMPTY),
                Operand::Iterator => self.forget(first, 3, SlotState::ANY),
                Operand::Loan => self.forget(first.saturating_sub(1), 2, SlotState::ANY),
                Operand::Place if at.op != Op::GetPath => self.forget_root(first),
                _ => {}
            }
        }
        for operand in at.operands() {
            match operand.kind {
                Operand::Write => self.forget(operand.bits, 1, SlotState::memory(result)),
                Operand::ExtWrite => self.forget(operand.bits, 1, SlotState::ANY),
                _ => {}
            }
        }
    }

    /// What is known of the slots after an instruction has failed: what it may have changed is in memory, and its result has not been
    /// written.
    fn forget_changes(&mut self, at: &Decoded) {
        for operand in at.operands() {
            let first = operand.bits;
            match operand.kind {
                Operand::Take | Operand::Update => self.forget(first, 1, SlotState::ANY),
                Operand::Window => {
                    self.forget_window(at, first, 0);
                    self.forget(first, at.c, SlotState::ANY);
                }
                Operand::MethodWindow => {
                    self.forget_window(at, first, 1);
                    self.forget(first, at.c + 1, SlotState::ANY);
                }
                Operand::PairWindow => self.forget(first, 2 * at.c, SlotState::ANY),
                Operand::Iterator => self.forget(first, 3, SlotState::ANY),
                Operand::Loan => self.forget(first.saturating_sub(1), 2, SlotState::ANY),
                Operand::Place if at.op != Op::GetPath => self.forget_root(first),
                _ => {}
            }
        }
    }

    /// The kind of what an instruction writes, if it always is the same.
    fn result_of(&self, at: &Decoded) -> Kind {
        let plain = |tag| Shape { tag, detail: 0 };
        let shape = match at.op {
            Op::NewArray | Op::ArrayPush | Op::ArrayExtend | Op::GetPayloadRest | Op::GetElementRest => Shape::ARRAY,
            Op::NewDict | Op::DictPut | Op::DictExtend | Op::GetEntryRest => plain(tag::DICT),
            Op::NewStruct => plain(tag::STRUCT),
            Op::NewVariant => plain(tag::VARIANT),
            Op::NewRange | Op::NewRangeInclusive => plain(tag::RANGE),
            Op::Concat => plain(tag::STR),
            Op::Slice | Op::SliceInclusive => match self.object_tag(at.b) {
                Some(tag @ (tag::ARRAY | tag::STR)) => plain(tag),
                _ => return Kind::Any,
            },
            Op::Add | Op::AddTake if self.are_strings(at) => plain(tag::STR),
            Op::AddK if self.object_tag(at.b) == Some(tag::STR) => plain(tag::STR),
            Op::GetIndex if self.object_tag(at.b) == Some(tag::STR) => plain(tag::STR),
            Op::CallNative => return self.result_of_builtin(at),
            _ => return Kind::Any,
        };
        Kind::Object(shape)
    }

    fn forget(&mut self, first: u32, count: u32, state: SlotState) {
        for register in first..first + count {
            let slot = self.slot(register);
            self.know(slot, state);
        }
    }

    /// The object in a register may be another one of the same kind.
    fn forget_address(&mut self, register: u32) {
        let slot = self.slot(register);
        let kind = self.get(slot).kind();
        self.know(slot, SlotState::memory(kind));
    }

    fn forget_window(&mut self, at: &Decoded, first: u32, receiver: u32) {
        if is_spread(at.op) || is_loan(at.op) {
            // Loans of receivers and of marked arguments stay in the window, with the rest of the root before it.
            let end = self.context().function.registers;
            let first = if is_loan(at.op) { first.saturating_sub(1) } else { first };
            return self.forget(first, end - first, SlotState::ANY);
        }
        self.forget(first, at.c + receiver, SlotState::EMPTY);
        let function = self.context().function;
        let site = match at.op {
            Op::CallFunction => at.operand(Operand::Site).map(|o| o.bits).filter(|s| *s != u32::MAX),
            _ => at.operand(Operand::Site).map(|o| o.bits),
        };
        if let Some(site) = site.and_then(|s| function.sites.get(s as usize)) {
            for mark in &site.in_out {
                self.forget(first + receiver + mark, 1, SlotState::ANY);
            }
        }
    }

    fn forget_root(&mut self, index: u32) {
        let function = self.context().function;
        if let Some(place) = function.places.get(index as usize)
            && let PlaceRoot::Register(register) = place.root
        {
            self.forget(register.0 as u32, 1, SlotState::ANY);
        }
    }
}

/// Do the arguments stand in an array and behind it?
fn is_spread(op: Op) -> bool {
    matches!(op, Op::CallSpread | Op::CallMethodSpread | Op::CallPlaceMethodSpread)
}

/// Does the instruction call something whose frame begins at its window?
fn is_call(op: Op) -> bool {
    matches!(op, Op::CallFunction | Op::Call | Op::CallNative | Op::CallSpread)
}

/// Does the instruction lend a receiver, with the rest of its root in the register before the window?
pub(super) fn is_loan(op: Op) -> bool {
    matches!(op, Op::CallPlaceMethod | Op::CallPreparedMethod | Op::CallPlaceMethodSpread)
}

/// The operator of an arithmetic instruction.
fn arithmetic(op: Op) -> Option<(BinaryOperator, Side)> {
    use BinaryOperator as B;
    Some(match op {
        Op::Add => (B::Add, Side::Register),
        Op::Sub => (B::Sub, Side::Register),
        Op::Mul => (B::Mul, Side::Register),
        Op::Div => (B::Div, Side::Register),
        Op::Mod => (B::Mod, Side::Register),
        Op::Pow => (B::Pow, Side::Register),
        Op::BitAnd => (B::BitAnd, Side::Register),
        Op::BitOr => (B::BitOr, Side::Register),
        Op::BitXor => (B::BitXor, Side::Register),
        Op::Shl => (B::Shl, Side::Register),
        Op::Shr => (B::Shr, Side::Register),
        Op::AddK => (B::Add, Side::Constant),
        Op::SubK => (B::Sub, Side::Constant),
        Op::MulK => (B::Mul, Side::Constant),
        Op::DivK => (B::Div, Side::Constant),
        Op::ModK => (B::Mod, Side::Constant),
        Op::PowK => (B::Pow, Side::Constant),
        Op::BitAndK => (B::BitAnd, Side::Constant),
        Op::BitOrK => (B::BitOr, Side::Constant),
        Op::BitXorK => (B::BitXor, Side::Constant),
        Op::ShlK => (B::Shl, Side::Constant),
        Op::ShrK => (B::Shr, Side::Constant),
        _ => return None,
    })
}

/// The operator of an instruction that compares registers.
fn comparison(op: Op) -> Option<BinaryOperator> {
    use BinaryOperator as B;
    Some(match op {
        Op::Eq => B::Eq,
        Op::Ne => B::Ne,
        Op::Lt => B::Lt,
        Op::Le => B::Le,
        Op::Gt => B::Gt,
        Op::Ge => B::Ge,
        _ => return None,
    })
}

fn unary(op: Op) -> Option<UnaryOperator> {
    Some(match op {
        Op::Neg => UnaryOperator::Neg,
        Op::Not => UnaryOperator::Not,
        Op::BitNot => UnaryOperator::BitNot,
        _ => return None,
    })
}

/// The stub that does an instruction; `None` for those that only the loop does.
fn stub_of(op: Op) -> Option<Stub> {
    Some(match op {
        Op::In => Stub::In,
        Op::NotIn => Stub::NotIn,
        Op::NewArray => Stub::NewArray,
        Op::ArrayPush => Stub::ArrayPush,
        Op::ArrayExtend => Stub::ArrayExtend,
        Op::NewDict => Stub::NewDict,
        Op::DictPut => Stub::DictPut,
        Op::DictExtend => Stub::DictExtend,
        Op::NewStruct => Stub::NewStruct,
        Op::NewRange => Stub::NewRange,
        Op::NewRangeInclusive => Stub::NewRangeInclusive,
        Op::Concat => Stub::Concat,
        Op::GetVariant => Stub::GetVariant,
        Op::NewVariant => Stub::NewVariant,
        Op::GetIndex => Stub::GetIndex,
        Op::GetIndexOrNull => Stub::GetIndexOrNull,
        Op::SetIndex => Stub::SetIndex,
        Op::GetField => Stub::GetField,
        Op::GetFieldOrNull => Stub::GetFieldOrNull,
        Op::SetField => Stub::SetField,
        Op::Slice => Stub::Slice,
        Op::SliceInclusive => Stub::SliceInclusive,
        Op::GetPath => Stub::GetPath,
        Op::SetPath => Stub::SetPath,
        Op::Lend => Stub::Lend,
        Op::Restore => Stub::Restore,
        Op::CallFunction => Stub::CallFunction,
        Op::CallMethod => Stub::CallMethod,
        Op::CallPlaceMethod => Stub::CallPlaceMethod,
        Op::PrepareMethod => Stub::PrepareMethod,
        Op::CallPreparedMethod => Stub::CallPreparedMethod,
        Op::CallSpread => Stub::CallSpread,
        Op::CallMethodSpread => Stub::CallMethodSpread,
        Op::CallPlaceMethodSpread => Stub::CallPlaceMethodSpread,
        Op::ForPrepare => Stub::ForPrepare,
        Op::ForPrepareRange => Stub::ForPrepareRange,
        Op::ForNext => Stub::ForNext,
        Op::ForNextPair | Op::ForNextParts => Stub::ForNextPair,
        Op::ForPreparePairs => Stub::ForPreparePairs,
        Op::Throw => Stub::Throw,
        Op::Raise => Stub::Raise,
        Op::Unwrap => Stub::Unwrap,
        Op::MatchConst => Stub::MatchConst,
        Op::MatchRange => Stub::MatchRange,
        Op::MatchVariant => Stub::MatchVariant,
        Op::MatchStruct => Stub::MatchStruct,
        Op::MatchArray => Stub::MatchArray,
        Op::MatchDict => Stub::MatchDict,
        Op::MatchKey => Stub::MatchKey,
        Op::GetPayload => Stub::GetPayload,
        Op::GetPayloadRest => Stub::GetPayloadRest,
        Op::GetElement => Stub::GetElement,
        Op::GetElementRest => Stub::GetElementRest,
        Op::GetEntry => Stub::GetEntry,
        Op::GetEntryRest => Stub::GetEntryRest,
        Op::GetOwnField => Stub::GetOwnField,
        Op::AddTake => Stub::AddTake,
        Op::Call => Stub::CallValue,
        Op::CallNative => Stub::CallBuiltin,
        op if arithmetic(op).is_some() => Stub::Binary,
        op if comparison(op).is_some() => Stub::Compare,
        op if unary(op).is_some() => Stub::Unary,
        _ => return None,
    })
}
