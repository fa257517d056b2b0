//! Methods of arrays, dicts, strings, numbers, generators, results and options: those that native code does itself.

use super::call::ScriptCall;
use super::flow::scalar_abs;
use super::memory::Cell;
use super::outcome::opens_outcome;
use super::state::{Abs, Kind, Scalar, Shape, SlotState};
use super::{Builder, Step};
use ruff_core::jit::{
    Absence, Decoded, EnumDecl, ExitReason, FreeBuiltin, FuncId, Intrinsic, Op, Operand, Place, ReceiverKind, Stub,
    receiver_of_key, tag,
};

/// A builtin method of a kind of values.
struct Known {
    /// What it is to native code, if it is more than its entry.
    intrinsic: Option<Intrinsic>,
    /// Its entry, if it does not change its receiver and needs no lookup.
    free: Option<FreeBuiltin>,
    /// Its entry, if it changes its receiver and is no function of the prelude.
    changing: Option<FreeBuiltin>,
    /// The function of the program that it is, if the call needs no preparation.
    function: Option<FuncId>,
    changes: bool,
    /// The tag of its receivers.
    tag: u8,
}

impl<'p> Builder<'p, '_> {
    /// A method of the receiver in the window; `None` if it is none that native code knows.
    pub(super) fn builtin_method(
        &mut self,
        at: &Decoded,
        dst: u32,
        (window, count, site): (u32, u32, u32),
    ) -> Step<Option<bool>> {
        let Some(kind) = self.receiver_kind(window) else { return Ok(None) };
        let Some(known) = self.known_method(site, count, kind).filter(|known| !known.changes) else { return Ok(None) };
        if kind.is_none() && (self.is_widened(ExitReason::Kind) || !self.expect_kind(window, known.tag)) {
            return Ok(None);
        }
        let opened = known.opens_outcome() as u32;
        self.materialize_all(window + opened..window + count + 1);
        if let Some(callee) = known.function {
            return self.call_script(ScriptCall::new(callee, (window, count + 1), dst)).map(Some);
        }
        match (known.intrinsic, known.free) {
            (Some(intrinsic), _) => self.call_intrinsic(at, intrinsic, dst, window, count + 1).map(Some),
            (None, Some(builtin)) => {
                self.call_free(at, builtin, dst, (window, count + 1));
                Ok(Some(false))
            }
            (None, None) => self.interpret(at).map(Some),
        }
    }

    /// A method of the value at a place.
    pub(super) fn builtin_method_at(
        &mut self,
        at: &Decoded,
        dst: u32,
        (window, count, site): (u32, u32, u32),
        place: &'p Place,
    ) -> Step<Option<bool>> {
        let root = self.whole_root(place);
        let Some(kind) = root.map_or(Some(None), |slot| self.receiver_kind(slot)) else { return Ok(None) };
        let Some(known) = self.known_method(site, count, kind) else { return Ok(None) };
        if kind.is_none() && self.is_widened(ExitReason::Kind) {
            return Ok(None);
        }
        root.into_iter().filter(|_| !known.opens_outcome()).for_each(|slot| self.materialize(slot));
        self.materialize_all(window + 1..window + count + 1);
        if known.changes {
            return self.changing_method(at, dst, (window, count), place, root, &known);
        }
        match root {
            Some(slot) => {
                if !self.is_virtual(slot) && !self.expect_kind(slot, known.tag) {
                    return Ok(None);
                }
                self.copy_slot(window, slot);
            }
            None => {
                let Some(cell) = self.place_cell(place) else { return Ok(None) };
                match Scalar::of_tag(known.tag) {
                    Some(scalar) => {
                        let val = self.expect_scalar(cell, scalar);
                        self.set(window, scalar_abs(scalar, val));
                    }
                    None => self.lend_to_window(window, cell, known.tag),
                }
            }
        }
        if known.intrinsic == Some(Intrinsic::Next) {
            // The body may change the place.
            if root.is_none() {
                self.own(window, 1);
            }
            if count > 0 || !self.next_value(dst, window)? {
                return self.interpret(at).map(Some);
            }
        } else if known.intrinsic == Some(Intrinsic::Unwrap) {
            if count > 0 || self.unwrapped(dst, window)?.is_none() {
                return self.interpret(at).map(Some);
            }
        } else if let (Some(Intrinsic::Search(search)), 1) = (known.intrinsic, count)
            && let Some(ends) = self.search_text(at, search, dst, window)?
        {
            return Ok(Some(ends));
        } else if let Some(value) = known.intrinsic.and_then(|i| self.intrinsic_value(i, dst, window, count + 1)) {
            self.finish_intrinsic(value, dst, window, count + 1)?;
        } else if let Some(builtin) = known.free {
            self.call_free(at, builtin, dst, (window, count + 1));
        } else if let Some(callee) = known.function {
            self.own(window, 1);
            self.set(window - 1, Abs::Null);
            self.flush(window - 1);
            return self.call_script(ScriptCall::new(callee, (window, count + 1), dst)).map(Some);
        } else {
            return self.interpret(at).map(Some);
        }
        if dst != window - 1 {
            self.set(window - 1, Abs::Null);
        }
        Ok(Some(false))
    }

    /// The builtin method of the receiver in the window, whose kind is known, that is called with `count` values in all.
    pub(super) fn free_method(&mut self, at: &Decoded, window: u32, count: u32) -> Option<FreeBuiltin> {
        let (site, kind) = (at.operand(Operand::Site)?.bits, self.receiver_kind(window)??);
        self.known_method(site, count - 1, Some(kind))?.free
    }

    /// Does a slot hold a value with that tag? Leaves if it holds something else; false if it is known to.
    fn expect_kind(&mut self, slot: u32, tag: u8) -> bool {
        match Scalar::of_tag(tag) {
            Some(scalar) => self.unbox(slot, scalar).is_some(),
            None => self.unbox_object(slot, tag).is_some(),
        }
    }

    /// The receiver in the window is the one in a cell, which keeps it.
    fn lend_to_window(&mut self, window: u32, cell: Cell, tag: u8) {
        let object = self.expect_object(cell, tag);
        self.borrow_into(window, object.shape, object.ptr);
    }

    /// `PrepareMethod` of a builtin that changes what is at the place: nothing is read yet. `None` for other methods.
    pub(super) fn prepare_builtin(&mut self, dst: u32, site: u32, place: &'p Place) -> Option<()> {
        if self.is_widened(ExitReason::Kind) {
            return None;
        }
        let root = self.whole_root(place);
        let kind = root.map_or(Some(None), |slot| self.receiver_kind(slot))?;
        let known = self.known_method(site, 0, kind).filter(|known| known.changes)?;
        match root {
            Some(slot) => self.unbox_object(slot, known.tag).map(|_| ())?,
            None => {
                let cell = self.place_cell(place)?;
                self.expect_object(cell, known.tag);
            }
        }
        self.set(dst, Abs::Absent(Absence::Undefined as u8));
        Some(())
    }

    fn changing_method(
        &mut self,
        at: &Decoded,
        dst: u32,
        (window, count): (u32, u32),
        place: &'p Place,
        root: Option<u32>,
        known: &Known,
    ) -> Step<Option<bool>> {
        if place.immutable.is_some() {
            return Ok(None);
        }
        let intrinsic = match (known.intrinsic, count, known.tag) {
            (Some(intrinsic @ Intrinsic::Push), 1, tag::ARRAY)
            | (Some(intrinsic @ Intrinsic::Pop), 0, tag::ARRAY)
            | (Some(intrinsic @ Intrinsic::Add), 1, tag::SET) => intrinsic,
            _ => {
                let Some((builtin, slot)) = known.changing.zip(root) else { return Ok(None) };
                return Ok(self.change_receiver(at, builtin, slot, known.tag).map(|()| false));
            }
        };
        let (object, slow) = match root {
            Some(slot) => {
                self.settle(slot);
                self.flush(slot);
                let Some((_, object)) = self.unbox_object(slot, known.tag) else { return Ok(None) };
                (object, if at.op == Op::CallPreparedMethod { Stub::PushPrepared } else { Stub::PushMethod })
            }
            None => {
                let Some(cell) = self.changed_cell(place) else { return Ok(None) };
                let slow =
                    if at.op == Op::CallPreparedMethod { Stub::CallPreparedMethod } else { Stub::CallPlaceMethod };
                (self.expect_object(cell, known.tag).ptr, slow)
            }
        };
        let ends = match intrinsic {
            Intrinsic::Pop => self.pop_method(at, object, dst, window, slow)?,
            Intrinsic::Push => self.push_method(at, object, dst, window, slow)?,
            _ => self.add_method(at, object, dst, window, slow)?,
        };
        if let Some(slot) = root
            && slot != dst
            && self.get(slot).abs == Abs::Memory(Kind::Any)
        {
            self.know(slot, SlotState::memory(Kind::Object(Shape { tag: known.tag, detail: 0 })));
        }
        Ok(Some(ends))
    }

    /// Calls a builtin that changes the value in a slot; `None` if that is known to be of another kind.
    fn change_receiver(&mut self, at: &Decoded, builtin: FreeBuiltin, slot: u32, tag: u8) -> Option<()> {
        self.settle(slot);
        self.flush(slot);
        self.unbox_object(slot, tag)?;
        let (entry, receiver) = (self.address(builtin.address), self.slot_address(slot));
        self.interpret_with(at, Stub::ChangeReceiver, self.next, vec![entry, receiver]);
        if self.get(slot).abs == Abs::Memory(Kind::Any) {
            self.know(slot, SlotState::memory(Kind::Object(Shape { tag, detail: 0 })));
        }
        Some(())
    }

    /// The tag of what a slot is known to hold.
    pub(super) fn known_tag(&mut self, slot: u32) -> Option<u8> {
        match self.get(slot).scalar() {
            Some((scalar, _)) => Some(scalar.tag()),
            None => self.shape_of(slot).map(|shape| shape.tag),
        }
    }

    /// The kind of receiver that a slot is known to hold, `Some(None)` if nothing is known; `None` if it is known to hold a value
    /// without methods that are known here.
    fn receiver_kind(&mut self, slot: u32) -> Option<Option<ReceiverKind>> {
        match (self.known_tag(slot), self.shape_of(slot)) {
            (None, _) => Some(None),
            (Some(tag::VARIANT), Some(Shape { detail: EnumDecl::RESULT_ID, .. })) => Some(Some(ReceiverKind::Result)),
            (Some(tag::VARIANT), Some(Shape { detail: EnumDecl::OPTION_ID, .. })) => Some(Some(ReceiverKind::Option)),
            (Some(tag), _) => kind_of(tag).map(Some),
        }
    }

    /// The builtin method that a site calls with `count` arguments on values of a kind or, if that is not known, on those that it
    /// has seen.
    fn known_method(&self, site: u32, count: u32, kind: Option<ReceiverKind>) -> Option<Known> {
        let site = self.context().function.sites.get(site as usize)?;
        if !site.in_out.is_empty() {
            return None;
        }
        let kind = match kind {
            Some(kind) => kind,
            None => {
                let mut keys = site.cache.entries();
                let (key, _) = keys.next()?;
                receiver_of_key(key).filter(|_| keys.next().is_none())?
            }
        };
        let (builtins, name) = (self.facts.builtins(), site.name.as_deref()?);
        let free = builtins.free_method(kind, name, count + 1);
        let changing = builtins.changing_method(kind, name, count);
        let function = builtins.prelude_method(kind, name).filter(|function| self.takes_all(*function, count + 1));
        let (intrinsic, changes) = match builtins.method(kind, name) {
            Some((intrinsic, changes)) => (Some(intrinsic), changes),
            None if free.is_some() || function.is_some() => (None, false),
            None if changing.is_some() => (None, true),
            None => return None,
        };
        let known = Known { intrinsic, free, changing, function, changes, tag: tag_of(kind)? };
        // Variants of other enums have the same tag: what opens a result or an option looks closer.
        (known.tag != tag::VARIANT || known.opens_outcome() && count == 0).then_some(known)
    }
}

impl Known {
    /// Does it look into a result or an option, which need not be made for that?
    fn opens_outcome(&self) -> bool {
        self.intrinsic.is_some_and(opens_outcome)
    }
}

/// The kinds of receivers whose values have one tag. Ints that do not fit 64 bits have another: these are known to be small.
const KINDS: [(ReceiverKind, u8); 12] = [
    (ReceiverKind::Int, tag::INT),
    (ReceiverKind::Float, tag::FLOAT),
    (ReceiverKind::Bool, tag::BOOL),
    (ReceiverKind::String, tag::STR),
    (ReceiverKind::Array, tag::ARRAY),
    (ReceiverKind::Dict, tag::DICT),
    (ReceiverKind::Range, tag::RANGE),
    (ReceiverKind::Bytes, tag::BYTES),
    (ReceiverKind::Set, tag::SET),
    (ReceiverKind::Queue, tag::QUEUE),
    (ReceiverKind::Stack, tag::STACK),
    (ReceiverKind::Generator, tag::GENERATOR),
];

/// The kind of receivers with a tag.
fn kind_of(tag: u8) -> Option<ReceiverKind> {
    KINDS.iter().find(|known| known.1 == tag).map(|known| known.0)
}

/// The tag of receivers of a kind, if all have the same.
fn tag_of(kind: ReceiverKind) -> Option<u8> {
    if let ReceiverKind::Result | ReceiverKind::Option = kind {
        return Some(tag::VARIANT);
    }
    KINDS.iter().find(|known| known.0 == kind).map(|known| known.1)
}
