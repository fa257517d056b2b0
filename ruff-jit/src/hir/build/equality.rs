//! Equality of values whose kinds are not settled: ints, null and strings natively, all else by the engine; and comparisons that
//! only the engine makes.

use super::arith::{Aim, Comparison, Right};
use super::state::{Abs, Kind, Scalar, Shape, SlotState};
use super::text::Text;
use super::{Builder, Edge, Step};
use crate::hir::{Binary, Block, Cond, Region, Ty, Unary, Val, Width};
use ruff_core::jit::{BinaryOperator, Const, Decoded, ExitReason, StructDecl, Stub, feedback, layout, tag};

/// An operand of a comparison.
#[derive(Clone, Copy)]
struct Operand {
    tag: Val,
    /// The tag, if it is known.
    known: Option<u8>,
    place: Place,
}

/// Where the payload of an operand is.
#[derive(Clone, Copy)]
enum Place {
    Slot(u32),
    /// It is known, whatever the slot's memory holds.
    Payload(Val),
    /// The address of a constant, and its index in the function.
    Constant(Val, u32),
    Int(i64),
}

impl Builder<'_, '_> {
    /// A comparison that the operands' kinds do not settle.
    pub(super) fn mixed_equality(&mut self, at: &Decoded, comparison: Comparison) -> Step<bool> {
        let Comparison { cond, x, y, aim } = comparison;
        self.expect_texts(cond, x, y);
        if let Some(truth) = self.compare_texts(cond, x, y) {
            return self.give_truth(aim, truth);
        }
        if !matches!(cond, Cond::Eq | Cond::Ne) && self.may_mix(x, y) && self.may_order(x, y) {
            return self.order_strings(at, comparison);
        }
        if !matches!(cond, Cond::Eq | Cond::Ne) || !self.may_mix(x, y) {
            return self.compare_by_engine(at, comparison);
        }
        let (pc, next) = (self.pc, self.next);
        let (a, b) = (self.left_operand(x), self.right_operand(y));
        let slow = self.new_block(false);
        let mut edges = self.equal_natively(a, b, slow, true);
        self.block = slow;
        self.set_pc(pc, next);
        if self.needs_engine(a, b) {
            let truth = self.truth_by_engine(at, comparison);
            let equal = if cond == Cond::Ne { self.unary(Unary::BoolNot, truth) } else { truth };
            edges.push(self.edge_with(equal));
        } else {
            self.leave(ExitReason::Kind);
        }
        let equal = self.merge_truth(at, edges)?;
        let truth = if cond == Cond::Ne { self.unary(Unary::BoolNot, equal) } else { equal };
        self.give_truth(aim, truth)
    }

    /// Are values to be expected whose equality the engine decides? What null, ints and strings are compared with are seldom
    /// structs or host objects with a method for it.
    fn needs_engine(&self, a: Operand, b: Operand) -> bool {
        let is_simple = |operand: Operand| matches!(operand.known, Some(tag::NULL | tag::INT | tag::STR));
        let is_expected = self.feedback() & feedback::OTHER != 0 && !is_simple(a) && !is_simple(b);
        is_expected || self.is_widened(ExitReason::Kind)
    }

    /// Are strings to be expected?
    fn may_order(&self, x: u32, y: Right) -> bool {
        let is_string = |kind| matches!(kind, Kind::Object(shape) if shape.tag == tag::STR);
        let right = match y {
            Right::Slot(slot) => is_string(self.get(slot).kind()),
            Right::Constant(index) => matches!(self.constant(index), Some(Const::Str(_))),
            _ => false,
        };
        self.feedback() == feedback::STRING || right || is_string(self.get(x).kind())
    }

    /// `<`, `<=`, `>` or `>=` of values that are strings most of the time. The interpreter compares others, and long ones, until that
    /// has happened often.
    fn order_strings(&mut self, at: &Decoded, comparison: Comparison) -> Step<bool> {
        let Comparison { cond, x, y, aim } = comparison;
        let (pc, next) = (self.pc, self.next);
        let (a, b) = (self.left_operand(x), self.right_operand(y));
        let is_wide = [ExitReason::Kind, ExitReason::Domain].iter().any(|reason| self.is_widened(*reason));
        let slow = is_wide.then(|| self.new_block(true));
        let are_strings = self.both_have(a, b, tag::STR);
        self.expect_or(are_strings, slow, ExitReason::Kind);
        let (text, other) = (self.payload_at(a.place, Ty::Ptr), self.payload_at(b.place, Ty::Ptr));
        let mut edges = Vec::new();
        let holds = match self.constant_character(y) {
            Some(character) => self.compare_with_character(cond, text, character),
            None => {
                let undecided = self.new_block(false);
                let holds = self.order_by_first_bytes(cond, (text, other), undecided);
                edges.push(self.edge_with(holds));
                self.block = undecided;
                let order = self.stub(Stub::StringsOrder, vec![text, other]);
                let is_short = self.compare_int(Cond::Ne, order, 2);
                self.expect_or(is_short, slow, ExitReason::Domain);
                self.compare_int(cond, order, 0)
            }
        };
        edges.push(self.edge_with(holds));
        if let Some(slow) = slow {
            self.block = slow;
            self.set_pc(pc, next);
            let truth = self.truth_by_engine(at, comparison);
            edges.push(self.edge_with(truth));
        }
        let truth = self.merge_truth(at, edges)?;
        self.give_truth(aim, truth)
    }

    /// Goes on in a block unless the condition holds; leaves if there is none.
    fn expect_or(&mut self, condition: Val, other: Option<Block>, reason: ExitReason) {
        match other {
            Some(other) => {
                let yes = self.new_block(false);
                self.branch(condition, yes, other);
                self.block = yes;
            }
            None => self.expect(condition, reason),
        }
    }

    /// `MatchConst`: jumps unless the value in a slot equals a constant. Structs are not asked.
    pub(super) fn match_const(&mut self, at: &Decoded, x: u32, index: u32) -> Step<bool> {
        let y = self.constant_operand(index);
        if let Some(equal) = self.comparison(Cond::Eq, x, y) {
            return self.jump_on(equal, false);
        }
        if let Some(Const::Str(_)) = self.constant(index)
            && !self.is_widened(ExitReason::Kind)
            && !matches!(self.get(x).kind(), Kind::Object(shape) if shape.tag == tag::HOST)
        {
            return self.match_text(x, y);
        }
        let is_simple = matches!(self.constant(index), Some(Const::Null | Const::Int(_) | Const::Str(_)));
        if !is_simple
            || !matches!(
                self.get(x).abs,
                Abs::Null | Abs::Memory(_) | Abs::Read(..) | Abs::Object(..) | Abs::Borrowed(..)
            )
        {
            return self.interpret(at);
        }
        let (pc, next) = (self.pc, self.next);
        let (a, b) = (self.left_operand(x), self.right_operand(y));
        let slow = self.new_block(true);
        let mut edges = self.equal_natively(a, b, slow, false);
        self.block = slow;
        self.set_pc(pc, next);
        if self.needs_engine(a, b) {
            let index = self.interpret_step(at);
            let target = at.target().map_or(0, |t| t.0);
            let matches = self.compare_int(Cond::Ne, index, target as i64);
            edges.push(self.edge_with(matches));
        } else {
            self.leave(ExitReason::Kind);
        }
        let matches = self.merge_truth(at, edges)?;
        self.jump_on(matches, false)
    }

    /// `MatchConst` of a string. Objects of the host leave: a method may say what they equal.
    fn match_text(&mut self, x: u32, text: Right) -> Step<bool> {
        let state = self.get(x);
        if state.scalar().is_some() || matches!(state.kind(), Kind::Object(shape) if shape.tag != tag::STR) {
            self.go_to_target()?;
            return Ok(true);
        }
        self.note_test(x);
        if state.kind() == Kind::Any {
            if !state.is_borrowed() {
                self.flush(x);
            }
            let actual = self.tag_of(x);
            let is_script = self.compare_int(Cond::Ne, actual, tag::HOST as i64);
            self.expect(is_script, ExitReason::Kind);
            self.go_on_with(x, actual, Shape::STRING)?;
        }
        let Some(equal) = self.compare_texts(Cond::Eq, x, text) else { return Err(super::malformed()) };
        self.jump_on(equal, false)
    }

    /// A truth is used for what it is for.
    pub(super) fn give_truth(&mut self, aim: Aim, truth: Val) -> Step<bool> {
        match aim {
            Aim::Slot(dst) => {
                self.set(dst, Abs::Bool(truth));
                Ok(false)
            }
            Aim::Jump(sense) => self.jump_on(truth, sense),
        }
    }

    /// Jumps if the truth is `sense`.
    pub(super) fn jump_on(&mut self, truth: Val, sense: bool) -> Step<bool> {
        let jumps = if sense { truth } else { self.unary(Unary::BoolNot, truth) };
        self.branch_nodes(jumps)?;
        Ok(true)
    }

    /// May ints, null or strings meet?
    pub(super) fn may_mix(&self, x: u32, y: Right) -> bool {
        let fits = |abs: Abs| match abs {
            Abs::Null | Abs::Int(_) | Abs::Memory(Kind::Any) | Abs::Read(..) => true,
            Abs::Memory(Kind::Object(shape)) | Abs::Object(shape, _) | Abs::Borrowed(shape, ..) => {
                matches!(shape.tag, tag::STR | tag::STRUCT | tag::VARIANT)
            }
            _ => false,
        };
        let right = match y {
            Right::Slot(slot) => fits(self.get(slot).abs),
            Right::Int(_) => true,
            Right::Float(_) => false,
            Right::Constant(index) => matches!(self.constant(index), Some(Const::Null | Const::Str(_))),
        };
        right && fits(self.get(x).abs)
    }

    fn left_operand(&mut self, slot: u32) -> Operand {
        self.note_test(slot);
        match self.get(slot).abs {
            Abs::Read(words, _) => {
                let known = match words.kind {
                    Kind::Object(shape) => Some(shape.tag),
                    Kind::Any => None,
                };
                return Operand { tag: words.tag, known, place: Place::Payload(words.payload) };
            }
            Abs::Borrowed(shape, ptr, _) => {
                let tag = self.int(shape.tag as i64);
                return Operand { tag, known: Some(shape.tag), place: Place::Payload(ptr) };
            }
            Abs::Null => {
                return Operand { tag: self.int(tag::NULL as i64), known: Some(tag::NULL), place: Place::Int(0) };
            }
            Abs::Int(int) => {
                let tag = self.int(tag::INT as i64);
                return Operand { tag, known: Some(tag::INT), place: Place::Payload(int) };
            }
            _ => self.flush(slot),
        }
        let known = match self.get(slot).abs {
            Abs::Object(shape, _) | Abs::Memory(Kind::Object(shape)) => Some(shape.tag),
            _ => None,
        };
        let tag = match known {
            Some(tag) => self.int(tag as i64),
            None => self.load_tag(slot),
        };
        Operand { tag, known, place: Place::Slot(slot) }
    }

    fn right_operand(&mut self, right: Right) -> Operand {
        let (known, place) = match right {
            Right::Slot(slot) => return self.left_operand(slot),
            Right::Int(int) => (tag::INT, Place::Int(int)),
            Right::Float(_) => (tag::FLOAT, Place::Int(0)),
            Right::Constant(index) => {
                let known = if let Some(Const::Str(_)) = self.constant(index) { tag::STR } else { tag::NULL };
                (known, Place::Constant(self.constant_address(index), index))
            }
        };
        Operand { tag: self.int(known as i64), known: Some(known), place }
    }

    fn payload_at(&mut self, place: Place, ty: Ty) -> Val {
        match place {
            Place::Slot(slot) => match (ty, self.get(slot).scalar()) {
                (Ty::Int, Some((Scalar::Int, val))) => val,
                _ => self.load_payload(slot, ty),
            },
            Place::Payload(payload) => payload,
            Place::Int(int) => self.int(int),
            Place::Constant(address, _) => self.load(Width::Word, Region::Constant, address, layout::VALUE_PAYLOAD, ty),
        }
    }

    fn address_of(&mut self, right: Right) -> Val {
        match right {
            Right::Slot(slot) => {
                self.flush(slot);
                self.slot_address(slot)
            }
            Right::Constant(index) => self.constant_address(index),
            Right::Int(_) | Right::Float(_) => self.address(0),
        }
    }

    fn may_have(operand: Operand, tag: u8) -> bool {
        operand.known.is_none_or(|known| known == tag)
    }

    fn both_have(&mut self, a: Operand, b: Operand, tag: u8) -> Val {
        let is_a = self.compare_int(Cond::Eq, a.tag, tag as i64);
        let is_b = self.compare_int(Cond::Eq, b.tag, tag as i64);
        self.binary(Binary::BoolAnd, is_a, is_b)
    }

    /// Compares what native code can, and goes to `slow` with the rest. Gives the ways on, each with the answer.
    fn equal_natively(&mut self, a: Operand, b: Operand, slow: Block, asks_structs: bool) -> Vec<Edge> {
        let mut edges = Vec::new();
        let has_string = a.known == Some(tag::STR) || b.known == Some(tag::STR);
        let seen = self.feedback();
        let strings_first = has_string || seen & feedback::STRING != 0;
        if strings_first {
            self.strings_equal(a, b, &mut edges);
        }
        if Self::may_have(a, tag::INT) && Self::may_have(b, tag::INT) {
            let are_ints = self.both_have(a, b, tag::INT);
            let (_, other) = self.fork(are_ints, false, false);
            let (x, y) = (self.payload_at(a.place, Ty::Int), self.payload_at(b.place, Ty::Int));
            let equal = self.compare(Cond::Eq, x, y);
            edges.push(self.edge_with(equal));
            self.block = other;
        }
        let has_variant = a.known == Some(tag::VARIANT) || b.known == Some(tag::VARIANT);
        if has_variant && Self::may_have(a, tag::VARIANT) && Self::may_have(b, tag::VARIANT) {
            self.variants_equal(a, b, slow, &mut edges);
        }
        // Null and strings equal nothing else; what a struct or an object of the host says of them, its method decides.
        let settled = if matches!(b.known, Some(tag::NULL | tag::STR)) || a.known == Some(tag::NULL) {
            None
        } else {
            let (x, y) = (self.compare_int(Cond::Eq, a.tag, 0), self.compare_int(Cond::Eq, b.tag, 0));
            Some(self.binary(Binary::BoolOr, x, y))
        };
        if let Some(settled) = settled {
            let (yes, no) = self.fork(settled, false, false);
            self.block = no;
            self.jump(slow, Vec::new());
            self.block = yes;
        }
        self.unless_decided(a, slow, asks_structs);
        let equal = self.compare(Cond::Eq, a.tag, b.tag);
        // Both are strings only where they were compared above.
        let equal = if has_string { self.bool(false) } else { equal };
        edges.push(self.edge_with(equal));
        edges
    }

    /// Values of enums: the engine compares what they hold.
    fn variants_equal(&mut self, a: Operand, b: Operand, slow: Block, edges: &mut Vec<Edge>) {
        let are_variants = self.both_have(a, b, tag::VARIANT);
        let (_, other) = self.fork(are_variants, false, false);
        let (x, y) = (self.payload_at(a.place, Ty::Ptr), self.payload_at(b.place, Ty::Ptr));
        let same = |b: &mut Self, load: fn(&mut Self, Val) -> Val| {
            let (x, y) = (load(b, x), load(b, y));
            b.compare(Cond::Eq, x, y)
        };
        let same_index =
            same(self, |b, object| b.load(Width::Half, Region::Constant, object, layout::VARIANT_INDEX, Ty::Int));
        let same_enum = same(self, |b, object| {
            let def = b.load(Width::Word, Region::Constant, object, layout::VARIANT_DEF, Ty::Ptr);
            b.load(Width::Half, Region::Constant, def, layout::DEF_ID, Ty::Int)
        });
        let is_same = self.binary(Binary::BoolAnd, same_index, same_enum);
        let (_, different) = self.fork(is_same, false, false);
        let [x, y] =
            [x, y].map(|object| self.load(Width::Word, Region::Constant, object, layout::VARIANT_PAYLOAD_LEN, Ty::Int));
        let values = self.binary(Binary::Or, x, y);
        let holds_nothing = self.compare_int(Cond::Eq, values, 0);
        let (_, holds_values) = self.fork(holds_nothing, false, false);
        let equal = self.bool(true);
        edges.push(self.edge_with(equal));
        self.block = holds_values;
        self.jump(slow, Vec::new());
        self.block = different;
        let equal = self.bool(false);
        edges.push(self.edge_with(equal));
        self.block = other;
    }

    fn strings_equal(&mut self, a: Operand, b: Operand, edges: &mut Vec<Edge>) {
        let are_strings = self.both_have(a, b, tag::STR);
        let (_, other) = self.fork(are_strings, false, false);
        let (x, y) = (self.payload_at(a.place, Ty::Ptr), self.payload_at(b.place, Ty::Ptr));
        let text = match b.place {
            Place::Constant(_, index) => self.right_text(Right::Constant(index)),
            _ => None,
        };
        let equal = self.same_text(&Text::new(x), &text.unwrap_or(Text::new(y)));
        edges.push(self.edge_with(equal));
        self.block = other;
    }

    /// Goes to `slow` if the left operand decides by a method what it equals.
    fn unless_decided(&mut self, a: Operand, slow: Block, asks_structs: bool) {
        if a.known.is_some_and(|known| known != tag::STRUCT) {
            return;
        }
        let rest = self.new_block(false);
        let is_struct = self.compare_int(Cond::Eq, a.tag, tag::STRUCT as i64);
        let (_, other) = self.fork(is_struct, false, false);
        if asks_structs {
            let object = self.payload_at(a.place, Ty::Ptr);
            let shape = self.load(Width::Half, Region::Constant, object, layout::STRUCT_SHAPE, Ty::Int);
            let bit = self.int(StructDecl::DECIDES_EQUALITY as i64);
            let decides = self.binary(Binary::And, shape, bit);
            let decides = self.unary(Unary::IntToBool, decides);
            self.branch(decides, slow, rest);
        } else {
            self.jump(rest, Vec::new());
        }
        self.block = other;
        let is_host = self.compare_int(Cond::Eq, a.tag, tag::HOST as i64);
        self.branch(is_host, slow, rest);
        self.block = rest;
    }

    /// A way on with a truth value behind the slots.
    fn edge_with(&mut self, truth: Val) -> Edge {
        let mut state = self.state.clone();
        state.slots.push(SlotState::fresh(Abs::Bool(truth)));
        Edge { block: self.block, state }
    }

    /// The truth value with which ways come together, with what either way behind the instruction needs.
    fn merge_truth(&mut self, at: &Decoded, edges: Vec<Edge>) -> Step<Val> {
        let result = edges[0].state.slots.len() as u32 - 1;
        let next = at.next().0;
        let target = at.target().map_or(next, |target| target.0);
        self.merge_with(edges, |b, slot| slot == result || b.is_live_at(slot, next) || b.is_live_at(slot, target));
        self.before = None;
        match self.state.slots.pop().and_then(SlotState::scalar) {
            Some((_, truth)) => Ok(truth),
            None => Err(super::malformed()),
        }
    }

    // ---- by the engine

    /// A comparison of which native code knows nothing.
    fn compare_by_engine(&mut self, at: &Decoded, comparison: Comparison) -> Step<bool> {
        match comparison.aim {
            Aim::Slot(_) => self.interpret(at),
            Aim::Jump(sense) => {
                let truth = self.truth_by_engine(at, comparison);
                self.jump_on(truth, sense)
            }
        }
    }

    /// The truth of a comparison, through the slot that it goes to.
    fn truth_by_engine(&mut self, at: &Decoded, Comparison { cond, x, y, aim }: Comparison) -> Val {
        if let Aim::Slot(dst) = aim {
            self.interpret_step(at);
            // A method may give something else than a bool.
            let tag = self.load_tag(dst);
            let fits = self.compare_int(Cond::Eq, tag, tag::BOOL as i64);
            let exit = self.exit_after();
            self.guard(fits, exit, ExitReason::Result);
            let truth = self.load_payload(dst, Ty::Bool);
            self.know(dst, SlotState::EMPTY);
            return truth;
        }
        // A method may be called.
        self.settle_objects();
        self.flush(x);
        let left = self.slot_address(x);
        let right = match y {
            Right::Int(_) | Right::Float(_) => {
                let index = at.operand(ruff_core::jit::Operand::Const).map_or(0, |o| o.bits);
                self.constant_address(index)
            }
            other => self.address_of(other),
        };
        self.flush_quantum();
        let (frame, pc) = self.position(self.next);
        let exit = self.exit_thrown();
        let operator = self.int(operator_of(cond) as i64);
        let truth = self.stub(Stub::CompareNow, vec![self.machine, frame, pc, operator, left, right]);
        let unused = self.slot(self.context().function.registers);
        self.limit_slots(truth, Vec::new(), unused);
        let fine = self.compare_int(Cond::Ge, truth, 0);
        self.unless_thrown(fine, exit, |_| {});
        self.before = None;
        self.unary(Unary::IntToBool, truth)
    }
}

fn operator_of(cond: Cond) -> BinaryOperator {
    match cond {
        Cond::Eq => BinaryOperator::Eq,
        Cond::Ne => BinaryOperator::Ne,
        Cond::Lt | Cond::Below => BinaryOperator::Lt,
        Cond::Le => BinaryOperator::Le,
        Cond::Gt => BinaryOperator::Gt,
        Cond::Ge => BinaryOperator::Ge,
    }
}
