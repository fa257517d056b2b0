//! Builtin functions that native code does itself.
//!
//! Each charges its tick behind its guards, so that an exit begins the instruction again.

use super::emit::ty_of;
use super::flow::scalar_abs;
use super::memory::Read;
use super::outcome::opens_outcome;
use super::state::{Abs, Kind, Scalar, Shape, SlotState, State, Words};
use super::step::is_loan;
use super::{Builder, Step};
use crate::hir::{Binary, Checked, Cond, Inst, Region, Ty, Unary, Val, Width};
use ruff_core::jit::{Decoded, ElementKind, ExitReason, Intrinsic, Search, Stub, feedback, layout, tag};

/// A value, in a slot, that goes to the end of an array, and the stub that does all of the instruction.
#[derive(Clone, Copy)]
struct Push {
    array: Val,
    value: u32,
    slow: Stub,
}

/// The first float that is too large for an int.
const INT_END: f64 = 9_223_372_036_854_775_808.0;

impl Builder<'_, '_> {
    /// A call of a builtin whose arguments are in the window.
    pub(super) fn call_intrinsic(
        &mut self,
        at: &Decoded,
        intrinsic: Intrinsic,
        dst: u32,
        window: u32,
        count: u32,
    ) -> Step<bool> {
        if count == 1 && self.wrap(intrinsic, dst, window)?.is_some() {
            return Ok(false);
        }
        if count != 1 || !opens_outcome(intrinsic) {
            self.materialize_all(window..window + count);
        }
        if let (Intrinsic::Push, 2) = (intrinsic, count) {
            return self.push_builtin(at, dst, window);
        }
        if let Intrinsic::Len | Intrinsic::IsEmpty | Intrinsic::Search(_) = intrinsic {
            self.expect_subject(window);
        }
        if let (Intrinsic::Len, 1, true) = (intrinsic, count, self.get(window).is_unknown()) {
            return self.length_of_any(at, dst, window);
        }
        if let (Intrinsic::Unwrap, 1) = (intrinsic, count) {
            return match self.unwrapped(dst, window)? {
                Some(()) => Ok(false),
                None => self.interpret(at),
            };
        }
        if let (Intrinsic::Next, 1) = (intrinsic, count) {
            return if self.next_value(dst, window)? { Ok(false) } else { self.interpret(at) };
        }
        if let (Intrinsic::ToString, 1, Some((Scalar::Int, int))) = (intrinsic, count, self.get(window).scalar()) {
            return self.text_of_int(dst, window, int);
        }
        if let (Intrinsic::Type, 1, false) = (intrinsic, count, self.is_widened(ExitReason::Elements)) {
            return self.type_name(dst, window);
        }
        if let (Intrinsic::Search(search), 2) = (intrinsic, count)
            && let Some(ends) = self.search_text(at, search, dst, window)?
        {
            return Ok(ends);
        }
        match self.intrinsic_value(intrinsic, dst, window, count) {
            Some(value) => {
                self.finish_intrinsic(value, dst, window, count)?;
                Ok(false)
            }
            None => self.call_library(at, dst, window, count),
        }
    }

    /// The first argument is of the kind that has always been passed.
    fn expect_subject(&mut self, slot: u32) {
        let seen = self.feedback();
        if let Some(tag) = feedback::subject_tag(seen)
            && seen & feedback::CALLED != 0
            && self.get(slot).is_unknown()
            && !self.is_widened(ExitReason::Kind)
        {
            self.unbox_object(slot, tag);
        }
    }

    /// Charges the tick of a builtin, releases its arguments and stores its result.
    pub(super) fn finish_intrinsic(&mut self, value: Read, dst: u32, window: u32, count: u32) -> Step {
        self.tick()?;
        if let Read::Words(words) = value {
            self.count_words(words);
        }
        for slot in window..window + count {
            self.clear(slot);
        }
        match value {
            Read::Words(words) => self.set_words(dst, words),
            plain => self.set_read(dst, plain),
        }
        Ok(())
    }

    /// The result of a builtin that changes nothing; `None` if the engine must call it. Where `Get` finds an object, nothing is
    /// counted yet.
    pub(super) fn intrinsic_value(&mut self, intrinsic: Intrinsic, dst: u32, window: u32, count: u32) -> Option<Read> {
        if let (Intrinsic::Get, 2 | 3) = (intrinsic, count) {
            return self.entry_or_default(dst, window, (count == 3).then_some(window + 2));
        }
        let (scalar, val) = SlotState::fresh(self.plain_value(intrinsic, window, count)?).scalar()?;
        Some(Read::Scalar(scalar, val))
    }

    /// The result of a builtin that gives a number or a truth value.
    fn plain_value(&mut self, intrinsic: Intrinsic, window: u32, count: u32) -> Option<Abs> {
        match (intrinsic, count) {
            (Intrinsic::Len, 1) => self.length(window).map(Abs::Int),
            (Intrinsic::IsEmpty, 1) => self.is_empty(window).map(Abs::Bool),
            (Intrinsic::HasKey, 2) => self.has_key(window, window + 1).map(Abs::Bool),
            (Intrinsic::HasElement, 2) => self.has_element(window, window + 1).map(Abs::Bool),
            (Intrinsic::Sqrt, 1) => self.square_root(window).map(Abs::Float),
            (Intrinsic::Floor, 1) => self.rounded(window, Unary::FloatFloor),
            (Intrinsic::Ceil, 1) => self.rounded(window, Unary::FloatCeil),
            (Intrinsic::Round, 1) => self.nearest(window).map(Abs::Float),
            (Intrinsic::Abs, 1) => self.absolute(window),
            (Intrinsic::Min, _) => self.extreme(window, count, Cond::Lt, Cond::Ge),
            (Intrinsic::Max, _) => self.extreme(window, count, Cond::Gt, Cond::Le),
            (Intrinsic::ToInt, 1) => self.whole_of(window).map(Abs::Int),
            (Intrinsic::IsOk | Intrinsic::IsErr | Intrinsic::IsSome | Intrinsic::IsNone, 1) => {
                self.is_variant(intrinsic, window).map(Abs::Bool)
            }
            (Intrinsic::IsKind(tag), 1) => Some(Abs::Bool(self.is_of_kind(window, tag))),
            (Intrinsic::ToFloat, 1) => self.float_of(window).map(Abs::Float),
            _ => None,
        }
    }

    // ---- numbers

    /// A number as a float, if the slot may hold one and the guard for it holds.
    fn number_argument(&mut self, slot: u32) -> Option<Val> {
        if self.scalar_kind(slot).is_none() && self.is_widened(ExitReason::Kind) {
            return None;
        }
        self.number(slot)
    }

    /// The root of what is less than 0 is an error; that of NaN is NaN.
    fn square_root(&mut self, slot: u32) -> Option<Val> {
        if self.is_widened(ExitReason::Domain) {
            return None;
        }
        let x = self.number_argument(slot)?;
        let zero = self.float(0.0);
        let is_negative = self.push(Inst::FloatCompare(Cond::Lt, x, zero), Ty::Bool);
        let fits = self.unary(Unary::BoolNot, is_negative);
        self.expect(fits, ExitReason::Domain);
        Some(self.unary(Unary::FloatSqrt, x))
    }

    fn rounded(&mut self, slot: u32, op: Unary) -> Option<Abs> {
        let x = self.number_argument(slot)?;
        Some(Abs::Float(self.unary(op, x)))
    }

    /// The nearest whole number, halves away from zero: the difference to the truncated number is exact.
    fn nearest(&mut self, slot: u32) -> Option<Val> {
        let x = self.number_argument(slot)?;
        let whole = self.unary(Unary::FloatTrunc, x);
        let rest = self.binary(Binary::FloatSub, x, whole);
        let rest = self.unary(Unary::FloatAbs, rest);
        let (half, zero) = (self.float(0.5), self.float(0.0));
        let is_far = self.push(Inst::FloatCompare(Cond::Ge, rest, half), Ty::Bool);
        let is_negative = self.push(Inst::FloatCompare(Cond::Lt, x, zero), Ty::Bool);
        let (up, down) = (self.float(1.0), self.float(-1.0));
        let step = self.push(Inst::Select(is_negative, down, up), Ty::Float);
        let next = self.binary(Binary::FloatAdd, whole, step);
        Some(self.push(Inst::Select(is_far, next, whole), Ty::Float))
    }

    fn absolute(&mut self, slot: u32) -> Option<Abs> {
        match self.get(slot).abs {
            Abs::Float(x) => Some(Abs::Float(self.unary(Unary::FloatAbs, x))),
            Abs::Int(x) if !self.is_widened(ExitReason::Overflow) => {
                let zero = self.int(0);
                let exit = self.exit();
                let negated = self.checked(Checked::Sub, zero, x, exit);
                let is_negative = self.compare_int(Cond::Lt, x, 0);
                Some(Abs::Int(self.push(Inst::Select(is_negative, negated, x), Ty::Int)))
            }
            _ => None,
        }
    }

    /// The best of some numbers of the same kind.
    fn extreme(&mut self, window: u32, count: u32, better: Cond, not_better: Cond) -> Option<Abs> {
        let first = self.scalar_kind(window).filter(|kind| *kind != Scalar::Bool)?;
        if (window..window + count).any(|slot| self.scalar_kind(slot) != Some(first)) {
            return None;
        }
        (window + 1..window + count)
            .try_fold(self.get(window).abs, |best, slot| self.better(best, self.get(slot).abs, better, not_better))
    }

    /// The better of two numbers of the same kind; the first if they are equal, or if it is NaN.
    fn better(&mut self, first: Abs, second: Abs, better: Cond, not_better: Cond) -> Option<Abs> {
        match (first, second) {
            (Abs::Int(a), Abs::Int(b)) => {
                let is_better = self.compare(better, b, a);
                Some(Abs::Int(self.push(Inst::Select(is_better, b, a), Ty::Int)))
            }
            (Abs::Float(a), Abs::Float(b)) => {
                // A second number that is NaN replaces the first.
                let stays = self.push(Inst::FloatCompare(not_better, b, a), Ty::Bool);
                let is_nan = self.push(Inst::FloatCompare(Cond::Ne, a, a), Ty::Bool);
                let stays = self.binary(Binary::BoolOr, stays, is_nan);
                Some(Abs::Float(self.push(Inst::Select(stays, a, b), Ty::Float)))
            }
            _ => None,
        }
    }

    fn whole_of(&mut self, slot: u32) -> Option<Val> {
        match self.get(slot).abs {
            Abs::Int(x) => Some(x),
            Abs::Bool(x) => Some(self.unary(Unary::BoolToInt, x)),
            Abs::Float(x) if !self.is_widened(ExitReason::Domain) => {
                let size = self.unary(Unary::FloatAbs, x);
                let end = self.float(INT_END);
                let fits = self.push(Inst::FloatCompare(Cond::Lt, size, end), Ty::Bool);
                self.expect(fits, ExitReason::Domain);
                Some(self.unary(Unary::FloatToInt, x))
            }
            _ => None,
        }
    }

    fn float_of(&mut self, slot: u32) -> Option<Val> {
        match self.get(slot).abs {
            Abs::Bool(x) => {
                let int = self.unary(Unary::BoolToInt, x);
                Some(self.unary(Unary::IntToFloat, int))
            }
            _ => self.number_argument(slot),
        }
    }

    // ---- text

    /// `to_string` of an int, with the instruction behind it if that appends it to another text.
    fn text_of_int(&mut self, dst: u32, window: u32, int: Val) -> Step<bool> {
        self.tick()?;
        self.clear(window);
        match self.sum_of_text(dst) {
            Some(sum) => self.join_int(&sum, dst, int),
            None => {
                self.make_text_of_int(dst, int);
                Ok(false)
            }
        }
    }

    /// Puts the text of an int into a slot.
    pub(super) fn make_text_of_int(&mut self, dst: u32, int: Val) {
        let text = self.stub_address(Stub::IntString, vec![self.machine, int]);
        self.set_object(dst, Shape::STRING, text);
    }

    /// A question about a text and a part of it, both in the window; `None` if they may be something else. Where the answer costs
    /// ticks, the builtin is called.
    pub(super) fn search_text(&mut self, at: &Decoded, search: Search, dst: u32, window: u32) -> Step<Option<bool>> {
        let (Some(text), Some(part)) = (self.text_argument(window), self.text_argument(window + 1)) else {
            return Ok(None);
        };
        let Some(builtin) = self.free_builtin(at, window, 2) else { return Ok(None) };
        if let Some(truth) = self.search_constant(search, text, window + 1) {
            self.finish_search((Scalar::Bool, truth), at, dst, window)?;
            return Ok(Some(false));
        }
        let place = (self.pc, self.next);
        let number = self.int(search as i64);
        let answer = self.stub(Stub::SearchText, vec![number, text, part]);
        let is_short = self.compare_int(Cond::Ge, answer, -1);
        let (_, long) = self.fork(is_short, false, false);
        let state = self.state.clone();
        let (scalar, result) = match search {
            Search::IndexOf => (Scalar::Int, answer),
            _ => (Scalar::Bool, self.unary(Unary::IntToBool, answer)),
        };
        self.finish_search((scalar, result), at, dst, window)?;
        let native = self.edge();
        self.block = long;
        self.state = state;
        self.set_pc(place.0, place.1);
        self.call_free(at, builtin, dst, (window, 2));
        let result = self.load_payload(dst, ty_of(scalar));
        self.know(dst, SlotState::synced(scalar_abs(scalar, result)));
        let called = self.edge();
        self.go_on_after(place, vec![native, called]).map(Some)
    }

    fn finish_search(&mut self, (scalar, answer): (Scalar, Val), at: &Decoded, dst: u32, window: u32) -> Step {
        self.finish_intrinsic(Read::Scalar(scalar, answer), dst, window, 2)?;
        if is_loan(at.op) && dst != window - 1 {
            self.set(window - 1, Abs::Null);
        }
        Ok(())
    }

    /// A string, if the slot may hold one and the guard for it holds.
    fn text_argument(&mut self, slot: u32) -> Option<Val> {
        if self.shape_of(slot).is_none() && self.is_widened(ExitReason::Kind) {
            return None;
        }
        self.unbox_object(slot, tag::STR).map(|(_, text)| text)
    }

    /// Has the value a tag, or is it an int of any size if that is the tag?
    fn is_of_kind(&mut self, slot: u32, wanted: u8) -> Val {
        let is_int = wanted == tag::INT;
        let known = if self.get(slot).abs == Abs::Null { Some(tag::NULL) } else { self.known_tag(slot) };
        if let Some(known) = known {
            return self.bool(known == wanted || is_int && known == tag::BIG_INT);
        }
        if !self.get(slot).is_borrowed() {
            self.flush(slot);
        }
        let actual = self.tag_of(slot);
        let has_tag = self.compare_int(Cond::Eq, actual, i64::from(wanted));
        if !is_int {
            return has_tag;
        }
        let is_big = self.compare_int(Cond::Eq, actual, i64::from(tag::BIG_INT));
        self.binary(Binary::BoolOr, has_tag, is_big)
    }

    /// `type(v)`.
    fn type_name(&mut self, dst: u32, window: u32) -> Step<bool> {
        let tag = match self.known_tag(window) {
            Some(tag) => self.int(tag as i64),
            None => {
                self.flush(window);
                self.tag_of(window)
            }
        };
        let name = self.kind_name(tag);
        self.tick()?;
        self.clear(window);
        self.set(dst, name);
        Ok(false)
    }

    // ---- containers

    /// The length of what may be anything: that of an array natively.
    fn length_of_any(&mut self, at: &Decoded, dst: u32, window: u32) -> Step<bool> {
        self.flush(window);
        let (pc, next) = (self.pc, self.next);
        let actual = self.load_tag(window);
        let is_array = self.compare_int(Cond::Eq, actual, tag::ARRAY as i64);
        let (_, other) = self.fork(is_array, false, false);
        let state = self.state.clone();
        let array = self.load_payload(window, Ty::Ptr);
        let len = self.load(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, Ty::Int);
        self.tick()?;
        self.clear(window);
        self.set(dst, Abs::Int(len));
        let native = self.edge();
        self.block = other;
        self.state = state;
        self.set_pc(pc, next);
        self.or_interpreted(at, native, |b| {
            if !b.is_widened(ExitReason::Result) {
                let result = b.load_tag(dst);
                let is_int = b.compare_int(Cond::Eq, result, tag::INT as i64);
                let exit = b.exit_after();
                b.guard(is_int, exit, ExitReason::Result);
                let len = b.load_payload(dst, Ty::Int);
                b.know(dst, SlotState::synced(Abs::Int(len)));
            }
        })
    }

    fn is_empty(&mut self, slot: u32) -> Option<Val> {
        let (shape, object) = self.object(slot)?;
        let size = match shape.tag {
            tag::STR => self.load(Width::Half, Region::Strings, object, layout::STR_LEN, Ty::Int),
            _ => self.length(slot)?,
        };
        Some(self.compare_int(Cond::Eq, size, 0))
    }

    fn length(&mut self, slot: u32) -> Option<Val> {
        let (shape, object) = self.object(slot)?;
        match shape.tag {
            tag::ARRAY => Some(self.load(Width::Word, Region::Arrays, object, layout::ARRAY_LEN, Ty::Int)),
            tag::STR => Some(self.characters(object)),
            tag::DICT => Some(self.stub(Stub::DictLength, vec![object])),
            _ => None,
        }
    }

    fn has_key(&mut self, dict: u32, key: u32) -> Option<Val> {
        if self.shape_of(dict).is_none() && self.is_widened(ExitReason::Kind) || !self.may_be_key(key) {
            return None;
        }
        let (_, dict) = self.unbox_object(dict, tag::DICT)?;
        let entry = self.find_entry(dict, key);
        Some(self.compare_int(Cond::Ne, entry, 0))
    }

    /// Has a set the value in a slot? Leaves where the engine must find out.
    fn has_element(&mut self, set: u32, value: u32) -> Option<Val> {
        if self.shape_of(set).is_none() && self.is_widened(ExitReason::Kind) || self.is_widened(ExitReason::Bounds) {
            return None;
        }
        let (_, set) = self.unbox_object(set, tag::SET)?;
        self.flush(value);
        let address = self.slot_address(value);
        let answer = self.stub(Stub::SetContains, vec![set, address]);
        let is_answered = self.compare_int(Cond::Lt, answer, 2);
        self.expect(is_answered, ExitReason::Bounds);
        Some(self.compare_int(Cond::Ne, answer, 0))
    }

    // ---- pushing

    /// `push(xs, v)`: the array moves from the window to the result.
    fn push_builtin(&mut self, at: &Decoded, dst: u32, window: u32) -> Step<bool> {
        if self.shape_of(window).is_none() && self.is_widened(ExitReason::Kind) {
            return self.call_library(at, dst, window, 2);
        }
        self.settle(window);
        self.flush(window);
        let Some((_, array)) = self.unbox_object(window, tag::ARRAY) else {
            return self.call_library(at, dst, window, 2);
        };
        let push = Push { array, value: window + 1, slow: Stub::PushBuiltin };
        self.push_element(at, push, |b, before| {
            if before.is_none() {
                b.move_slot(dst, window);
            }
        })
    }

    /// `xs.push(v)` for an array in a slot.
    pub(super) fn push_method(&mut self, at: &Decoded, array: Val, dst: u32, window: u32, slow: Stub) -> Step<bool> {
        self.push_element(at, Push { array, value: window + 1, slow }, |b, before| match before {
            None => {
                b.set(window - 1, Abs::Null);
                b.set(dst, Abs::Null);
            }
            Some(before) => {
                b.know_window_as(window, before);
                b.know(window + 1, SlotState::EMPTY);
                b.know(window - 1, SlotState::synced(Abs::Null));
                b.know(dst, SlotState::synced(Abs::Null));
            }
        })
    }

    /// Moves a value to the end of an array where that takes no more than a store; `finish` does the rest of the instruction.
    /// An array that is shared, or does not store such values, is left to the interpreter until that has happened often.
    fn push_element(&mut self, at: &Decoded, push: Push, finish: impl Fn(&mut Self, Option<&State>)) -> Step<bool> {
        let Push { array, value, .. } = push;
        // An array that is put into itself is shared.
        let may_be_array = match self.get(value).kind() {
            Kind::Any => true,
            Kind::Object(shape) => shape.tag == tag::ARRAY,
        };
        if may_be_array {
            self.settle_value(value);
        }
        let is_wide = self.is_often_shared() || self.is_widened(ExitReason::Elements);
        let kind = match self.element_kinds_of(value) {
            [kind] if !is_wide => *kind,
            _ => return self.push_to_any(at, push, finish),
        };
        self.settle_objects_but(Some(value));
        self.expect_unshared(array);
        let len = self.load(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, Ty::Int);
        let cap = self.load(Width::Half, Region::Arrays, array, layout::ARRAY_CAP, Ty::Int);
        let has_room = self.compare(Cond::Below, len, cap);
        let exit = self.exit();
        let (ready, full) = self.fork(has_room, false, true);
        self.block = full;
        let is_made = self.make_room(array, value);
        self.guard(is_made, exit, ExitReason::Elements);
        self.jump(ready, Vec::new());
        self.block = ready;
        let actual = self.element_kind(array);
        let fits = self.accepts(actual, kind, len, value);
        self.expect(fits, ExitReason::Elements);
        self.tick()?;
        self.put_element(array, len, value, kind);
        finish(self, None);
        Ok(false)
    }

    /// The same for arrays of all kinds, shared ones too. Where it takes more than a store the engine does all of the instruction:
    /// `finish` gets the state before that, and corrects what is known of the slots.
    fn push_to_any(&mut self, at: &Decoded, push: Push, finish: impl Fn(&mut Self, Option<&State>)) -> Step<bool> {
        let Push { array, value, slow } = push;
        self.settle_value(value);
        self.settle_objects();
        self.quantum();
        let (pc, next) = (self.pc, self.next);
        let slow_block = self.new_block(true);
        let is_unshared = self.is_unshared(array);
        let len = self.load(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, Ty::Int);
        let cap = self.load(Width::Half, Region::Arrays, array, layout::ARRAY_CAP, Ty::Int);
        let has_room = self.compare(Cond::Below, len, cap);
        let unshared = self.new_block(false);
        self.branch(is_unshared, unshared, slow_block);
        self.block = unshared;
        let (ready, full) = self.fork(has_room, false, true);
        self.block = full;
        let is_made = self.make_room(array, value);
        self.branch(is_made, ready, slow_block);
        self.block = ready;
        let actual = self.element_kind(array);
        let state = self.state.clone();
        let mut edges = Vec::new();
        for &kind in self.element_kinds_of(value) {
            let fits = self.accepts(actual, kind, len, value);
            let (_, other) = self.fork(fits, false, false);
            self.tick_or(slow_block);
            self.put_element(array, len, value, kind);
            finish(self, None);
            edges.push(self.edge());
            self.block = other;
            self.state = state.clone();
            self.set_pc(pc, next);
        }
        self.jump(slow_block, Vec::new());
        self.block = slow_block;
        self.state = state.clone();
        self.set_pc(pc, next);
        self.interpret_by(at, slow, next);
        finish(self, Some(&state));
        edges.push(self.edge());
        self.go_on_after((pc, next), edges)
    }

    /// `s.add(v)` for a set in a slot or in an object. A set that is shared, a value that is neither int nor string and elements that
    /// must be asked are left to the engine, which does all of the instruction.
    pub(super) fn add_method(&mut self, at: &Decoded, set: Val, dst: u32, window: u32, slow: Stub) -> Step<bool> {
        let value = window + 1;
        self.settle_value(value);
        self.flush(value);
        self.settle_objects();
        self.quantum();
        let (pc, next) = (self.pc, self.next);
        let slow_block = self.new_block(true);
        let is_unshared = self.is_unshared(set);
        let unshared = self.new_block(false);
        self.branch(is_unshared, unshared, slow_block);
        self.block = unshared;
        let state = self.state.clone();
        self.tick_or(slow_block);
        let operands = vec![set, self.slot_address(value)];
        let answer = self.stub(Stub::SetAdd, operands);
        let is_done = self.compare_int(Cond::Lt, answer, 2);
        let done = self.new_block(false);
        self.branch(is_done, done, slow_block);
        self.block = done;
        let is_new = self.compare_int(Cond::Ne, answer, 0);
        self.clear(value);
        self.set(window - 1, Abs::Null);
        self.set(dst, Abs::Bool(is_new));
        let fast = self.edge();
        self.block = slow_block;
        self.state = state.clone();
        self.set_pc(pc, next);
        self.interpret_by(at, slow, next);
        self.know_window_as(window, &state);
        self.know(value, SlotState::EMPTY);
        self.know(window - 1, SlotState::synced(Abs::Null));
        let is_new = self.load_payload(dst, Ty::Bool);
        self.know(dst, SlotState::synced(Abs::Bool(is_new)));
        let slow = self.edge();
        self.go_on_after((pc, next), vec![fast, slow])
    }

    /// The slots of a window are what they were, since the engine has called nothing there.
    fn know_window_as(&mut self, window: u32, before: &State) {
        for slot in window..before.slots.len() as u32 {
            self.know(slot, before.slots[slot as usize]);
        }
    }

    /// Makes room for the value of a slot in an unshared array, if that is simple.
    fn make_room(&mut self, array: Val, value: u32) -> Val {
        let tag = match self.payload_of(self.get(value).abs) {
            Some((tag, _)) => self.int(tag as i64),
            None => self.tag_of(value),
        };
        let made = self.stub(Stub::MakeRoom, vec![array, tag]);
        self.unary(Unary::IntToBool, made)
    }

    /// `xs.pop()` for an array in a slot or in an object: the last element moves to the result. An array that is shared or empty is
    /// left to the interpreter until that has happened often.
    pub(super) fn pop_method(&mut self, at: &Decoded, array: Val, dst: u32, window: u32, slow: Stub) -> Step<bool> {
        self.settle_objects();
        if self.is_often_shared() || self.is_widened(ExitReason::Bounds) {
            return self.pop_from_any(at, array, dst, window, slow);
        }
        self.expect_unshared(array);
        let len = self.load(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, Ty::Int);
        let has_elements = self.compare_int(Cond::Ne, len, 0);
        self.expect(has_elements, ExitReason::Bounds);
        let (last, element) = self.last_element(array, len);
        self.tick()?;
        self.take_last(array, last, element, dst, window);
        Ok(false)
    }

    /// The same where the engine does it for arrays that are shared or empty.
    fn pop_from_any(&mut self, at: &Decoded, array: Val, dst: u32, window: u32, slow: Stub) -> Step<bool> {
        self.quantum();
        let (pc, next) = (self.pc, self.next);
        let is_unshared = self.is_unshared(array);
        let len = self.load(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, Ty::Int);
        let has_elements = self.compare_int(Cond::Ne, len, 0);
        let (_, not_ready) = self.fork(is_unshared, false, true);
        let ready = self.new_block(false);
        self.branch(has_elements, ready, not_ready);
        self.block = ready;
        let state = self.state.clone();
        let (last, element) = self.last_element(array, len);
        self.tick_or(not_ready);
        self.take_last(array, last, element, dst, window);
        let popped = self.edge();
        self.block = not_ready;
        self.state = state.clone();
        self.set_pc(pc, next);
        self.interpret_by(at, slow, next);
        self.know_window_as(window, &state);
        self.know(window - 1, SlotState::synced(Abs::Null));
        self.know(dst, SlotState::ANY);
        self.expect_read(dst, element);
        let called = self.edge();
        self.go_on_after((pc, next), vec![popped, called])
    }

    /// The position of the last element, and the element.
    fn last_element(&mut self, array: Val, len: Val) -> (Val, Read) {
        let one = self.int(1);
        let last = self.binary(Binary::Sub, len, one);
        (last, self.read_element_in_bounds(array, last))
    }

    /// Shortens an array by its last element, which moves to a slot.
    fn take_last(&mut self, array: Val, last: Val, element: Read, dst: u32, window: u32) {
        self.store(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, last);
        self.set(window - 1, Abs::Null);
        match element {
            Read::Words(words) => self.set_words(dst, words),
            plain => self.set_read(dst, plain),
        }
    }

    /// Leaves behind the instruction if the engine has put anything else into a slot than what native code reads.
    fn expect_read(&mut self, slot: u32, read: Read) {
        let tag = match read {
            Read::Scalar(scalar, _) => scalar.tag(),
            Read::Words(Words { kind: Kind::Object(shape), .. }) => shape.tag,
            Read::Null | Read::Words(_) => return,
        };
        let exit = self.exit_after();
        let actual = self.load_tag(slot);
        let fits = self.compare_int(Cond::Eq, actual, tag as i64);
        self.guard(fits, exit, ExitReason::Kind);
        match read {
            Read::Scalar(scalar, _) => {
                let val = self.load_payload(slot, ty_of(scalar));
                self.know(slot, SlotState::synced(super::flow::scalar_abs(scalar, val)));
            }
            _ => self.know(slot, SlotState::memory(Kind::Object(Shape { tag, detail: 0 }))),
        }
    }

    /// How the value of a slot may lie in an array, the likeliest first.
    fn element_kinds_of(&self, value: u32) -> &'static [ElementKind] {
        use ElementKind::{Bools, Floats, Ints, Values};
        match self.get(value).abs {
            Abs::Memory(Kind::Any) => &[Values, Ints, Floats, Bools],
            _ => match self.kind_for(value) {
                Ints => &[Ints],
                Floats => &[Floats],
                Values => &[Values],
                Bools => &[Bools],
            },
        }
    }

    /// Does an array store the value as an element of that kind, which its elements are? An empty one takes the kind of the value.
    fn accepts(&mut self, actual: Val, kind: ElementKind, len: Val, value: u32) -> Val {
        let is_kind = self.compare_int(Cond::Eq, actual, kind as i64);
        let condition = match scalar_of(kind) {
            None if self.get(value).abs != Abs::Memory(Kind::Any) => return is_kind,
            // An empty array takes the kind of a scalar.
            None => {
                return self.and_then(is_kind, |b| {
                    let has_elements = b.compare_int(Cond::Ne, len, 0);
                    let tag = b.load_tag(value);
                    let is_counted = b.compare_int(Cond::Ge, tag, tag::FIRST_HEAP as i64);
                    b.binary(Binary::BoolOr, has_elements, is_counted)
                });
            }
            Some(_) if self.get(value).scalar().is_some() => return is_kind,
            Some(wanted) => {
                let tag = self.load_tag(value);
                self.compare_int(Cond::Eq, tag, wanted.tag() as i64)
            }
        };
        self.binary(Binary::BoolAnd, is_kind, condition)
    }

    /// Moves the value of a slot behind the last element. There is room.
    fn put_element(&mut self, array: Val, len: Val, value: u32, kind: ElementKind) {
        self.fill_element(array, len, value, kind);
        self.set_length(array, len);
    }

    /// Moves the value of a slot to an element of an array of that kind, which holds nothing yet.
    pub(super) fn fill_element(&mut self, array: Val, index: Val, value: u32, kind: ElementKind) {
        match scalar_of(kind) {
            None => {
                let cell = self.element_cell(array, index);
                self.fill_cell(cell, value);
            }
            Some(scalar) => {
                let val = match self.get(value).scalar() {
                    Some((_, val)) => val,
                    None => self.load_payload(value, ty_of(scalar)),
                };
                self.store_packed(array, index, scalar, val);
                self.know(value, SlotState::EMPTY);
            }
        }
    }

    fn set_length(&mut self, array: Val, len: Val) {
        let one = self.int(1);
        let longer = self.binary(Binary::Add, len, one);
        self.store(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, longer);
    }
}

/// What arrays of a packed kind store.
fn scalar_of(kind: ElementKind) -> Option<Scalar> {
    match kind {
        ElementKind::Ints => Some(Scalar::Int),
        ElementKind::Floats => Some(Scalar::Float),
        ElementKind::Bools => Some(Scalar::Bool),
        ElementKind::Values => None,
    }
}
