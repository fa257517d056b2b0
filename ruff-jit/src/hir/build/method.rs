//! Methods of arrays, dicts, strings and numbers: those that native code does itself.

use super::access::CONSTANTS;
use super::memory::Cell;
use super::path::{Home, Object};
use super::state::{Abs, Kind, Scalar, Shape, SlotState};
use super::{Builder, Step};
use crate::hir::{Binary, Cond, Region, Ty, Width};
use ruff_core::jit::{
    Absence, Decoded, ExitReason, Intrinsic, Op, Place, PlaceRoot, ReceiverKind, Stub, layout, receiver_of_key, tag,
};

/// A builtin method of a kind of values.
struct Known {
    intrinsic: Intrinsic,
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
        let tag = self.known_tag(window);
        let Some(known) = self.known_method(site, tag).filter(|known| !known.changes) else { return Ok(None) };
        if tag.is_none() && (self.is_widened(ExitReason::Kind) || self.unbox_object(window, known.tag).is_none()) {
            return Ok(None);
        }
        self.call_intrinsic(at, known.intrinsic, dst, window, count + 1).map(Some)
    }

    /// A method of the value at a place.
    pub(super) fn builtin_method_at(
        &mut self,
        at: &Decoded,
        dst: u32,
        (window, count, site): (u32, u32, u32),
        place: &'p Place,
    ) -> Step<Option<bool>> {
        let root = match place.root {
            PlaceRoot::Register(register) if place.steps.is_empty() => Some(self.slot(register.0 as u32)),
            _ => None,
        };
        let tag = root.and_then(|slot| self.known_tag(slot));
        let Some(known) = self.known_method(site, tag) else { return Ok(None) };
        if tag.is_none() && (known.tag < tag::FIRST_HEAP || self.is_widened(ExitReason::Kind)) {
            return Ok(None);
        }
        if known.changes {
            return self.changing_method(at, dst, (window, count), place, root, &known);
        }
        match root {
            Some(slot) => {
                if known.tag >= tag::FIRST_HEAP && self.unbox_object(slot, known.tag).is_none() {
                    return Ok(None);
                }
                self.copy_slot(window, slot);
            }
            None => {
                let Some(cell) = self.place_cell(place) else { return Ok(None) };
                self.lend_to_window(window, cell, known.tag);
            }
        }
        match self.intrinsic_value(known.intrinsic, window, count + 1) {
            Some(abs) => {
                self.tick()?;
                for slot in window..=window + count {
                    self.clear(slot);
                }
                self.set(window - 1, Abs::Null);
                self.set(dst, abs);
                Ok(Some(false))
            }
            None => self.interpret(at).map(Some),
        }
    }

    /// The receiver in the window is the one in a cell, which keeps it.
    fn lend_to_window(&mut self, window: u32, cell: Cell, tag: u8) {
        let object = self.expect_object(cell, tag);
        self.clear(window);
        let shape = Shape { tag, detail: 0 };
        self.know(window, SlotState::fresh(Abs::Borrowed(shape, object.ptr, CONSTANTS)));
    }

    /// `PrepareMethod` of a builtin that changes what is at the place: nothing is read yet. `None` for other methods.
    pub(super) fn prepare_builtin(&mut self, dst: u32, site: u32, place: &'p Place) -> Option<()> {
        if self.is_widened(ExitReason::Kind) {
            return None;
        }
        let root = match place.root {
            PlaceRoot::Register(register) if place.steps.is_empty() => Some(self.slot(register.0 as u32)),
            _ => None,
        };
        let tag = root.and_then(|slot| self.known_tag(slot));
        let known = self.known_method(site, tag).filter(|known| known.changes)?;
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
        if place.immutable.is_some() || known.tag != tag::ARRAY {
            return Ok(None);
        }
        match (known.intrinsic, count) {
            (Intrinsic::Push, 1) => {}
            (Intrinsic::Pop, 0) => return self.pop_method(dst, window, place, root),
            _ => return Ok(None),
        }
        let (array, slow) = match root {
            Some(slot) => {
                self.settle(slot);
                self.flush(slot);
                let Some((_, array)) = self.unbox_object(slot, tag::ARRAY) else { return Ok(None) };
                (array, if at.op == Op::CallPreparedMethod { Stub::PushPrepared } else { Stub::PushMethod })
            }
            None => {
                let Some(cell) = self.changed_cell(place) else { return Ok(None) };
                let slow =
                    if at.op == Op::CallPreparedMethod { Stub::CallPreparedMethod } else { Stub::CallPlaceMethod };
                (self.expect_object(cell, tag::ARRAY).ptr, slow)
            }
        };
        self.push_method(at, array, dst, window, slow).map(Some)
    }

    /// `xs.pop()`: the last element moves out. An empty array is the interpreter's.
    fn pop_method(&mut self, dst: u32, window: u32, place: &'p Place, root: Option<u32>) -> Step<Option<bool>> {
        if self.is_widened(ExitReason::Bounds) {
            return Ok(None);
        }
        let array = match root {
            Some(slot) => {
                self.settle(slot);
                self.flush(slot);
                self.unbox_object(slot, tag::ARRAY).map(|(shape, ptr)| Object { shape, ptr, home: Home::Slot(slot) })
            }
            None => self.changed_cell(place).map(|cell| self.expect_object(cell, tag::ARRAY)),
        };
        let Some(array) = array else { return Ok(None) };
        let len = self.load(Width::Word, Region::Arrays, array.ptr, layout::ARRAY_LEN, Ty::Int);
        let has_some = self.compare_int(Cond::Ne, len, 0);
        self.expect(has_some, ExitReason::Bounds);
        let array = self.unshare(array);
        self.tick()?;
        let one = self.int(1);
        let last = self.binary(Binary::Sub, len, one);
        let (tag, payload) = self.element_of_any_kind(array, last);
        self.store(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, last);
        self.set(window - 1, Abs::Null);
        self.set_pair(dst, tag, payload, Kind::Any);
        Ok(Some(false))
    }

    /// The tag of what a slot is known to hold.
    fn known_tag(&mut self, slot: u32) -> Option<u8> {
        match self.get(slot).scalar() {
            Some((scalar, _)) => Some(scalar.tag()),
            None => self.object(slot).map(|(shape, _)| shape.tag),
        }
    }

    /// The builtin method that a site calls on values of a tag or, if that is not known, on those that it has seen.
    fn known_method(&self, site: u32, tag: Option<u8>) -> Option<Known> {
        let site = self.context().function.sites.get(site as usize)?;
        if !site.in_out.is_empty() {
            return None;
        }
        let kind = match tag {
            Some(tag) => kind_of(tag)?,
            None => {
                let mut keys = site.cache.entries();
                let (key, _) = keys.next()?;
                receiver_of_key(key).filter(|_| keys.next().is_none())?
            }
        };
        let (intrinsic, changes) = self.facts.builtins().method(kind, site.name.as_deref()?)?;
        Some(Known { intrinsic, changes, tag: tag_of(kind)? })
    }
}

/// The kind of receivers with a tag.
fn kind_of(tag: u8) -> Option<ReceiverKind> {
    Some(match tag {
        tag::INT => ReceiverKind::Int,
        tag::FLOAT => ReceiverKind::Float,
        tag::BOOL => ReceiverKind::Bool,
        tag::STR => ReceiverKind::String,
        tag::ARRAY => ReceiverKind::Array,
        tag::DICT => ReceiverKind::Dict,
        _ => return None,
    })
}

/// The tag of receivers of a kind, if all have the same.
fn tag_of(kind: ReceiverKind) -> Option<u8> {
    Some(match kind {
        // Ints that do not fit 64 bits have another tag: these are known to be small.
        ReceiverKind::Int => Scalar::Int.tag(),
        ReceiverKind::Float => Scalar::Float.tag(),
        ReceiverKind::Bool => Scalar::Bool.tag(),
        ReceiverKind::String => tag::STR,
        ReceiverKind::Array => tag::ARRAY,
        ReceiverKind::Dict => tag::DICT,
        _ => return None,
    })
}
