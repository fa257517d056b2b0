//! Results and options: `Ok`, `Err` and `Some`, tests for them, and `?`.

use super::memory::Cell;
use super::state::Shape;
use super::{Builder, Step};
use crate::hir::{Cond, Holder, Region, Ty, Val, Width};
use ruff_core::jit::{Decoded, EnumDecl, ExitReason, Intrinsic, Stub, layout, tag};

impl Builder<'_, '_> {
    /// `Ok(v)`, `Err(v)` or `Some(v)`; `None` for other builtins.
    pub(super) fn wrap(&mut self, intrinsic: Intrinsic, dst: u32, window: u32) -> Step<Option<()>> {
        let (id, variant) = match intrinsic {
            Intrinsic::Ok => (EnumDecl::RESULT_ID, 0),
            Intrinsic::Err => (EnumDecl::RESULT_ID, 1),
            Intrinsic::Some => (EnumDecl::OPTION_ID, 0),
            _ => return Ok(None),
        };
        self.tick()?;
        if self.set_virtual_outcome(dst, window, (id, variant)) {
            return Ok(Some(()));
        }
        self.own(window, 1);
        let (enumeration, variant) = (self.int(id as i64), self.int(variant));
        let object = self.stub_address(Stub::AllocOutcome, vec![self.machine, enumeration, variant]);
        self.fill(Cell::field(Holder::Variant, object, layout::VARIANT_PAYLOAD), window, 1);
        self.set_object(dst, Shape { tag: tag::VARIANT, detail: id }, object);
        Ok(Some(()))
    }

    /// Is the value in a slot that variant of a result or an option? Other values leave; `None` if the engine must see to it.
    pub(super) fn is_variant(&mut self, intrinsic: Intrinsic, slot: u32) -> Option<Val> {
        let (id, variant) = asked_variant(intrinsic)?;
        let (shape, object) = self.outcome(slot)?;
        if shape.detail != id {
            if shape.detail != 0 {
                return None;
            }
            let is_enum = self.is_of_enum(object, id);
            self.expect(is_enum, ExitReason::Shape);
        }
        Some(self.has_index(object, variant))
    }

    /// The same for a virtual one.
    pub(super) fn is_virtual_variant(&mut self, intrinsic: Intrinsic, slot: u32) -> Option<Val> {
        let (id, variant) = asked_variant(intrinsic)?;
        let (_, actual, _) = self.virtual_outcome(slot).filter(|(actual, ..)| *actual == id)?;
        Some(self.compare_int(Cond::Eq, actual, variant))
    }

    /// `Unwrap`: the payload of a success goes on, a failure jumps.
    pub(super) fn unwrap(&mut self, at: &Decoded, dst: u32, slot: u32) -> Step<bool> {
        self.settle(dst);
        if let Some((_, variant, value)) = self.virtual_outcome(slot) {
            let is_success = self.compare_int(Cond::Eq, variant, 0);
            let (success, failure) = self.fork(is_success, false, false);
            let state = self.state.clone();
            self.block = failure;
            self.copy_slot(dst, slot);
            self.go_to_target()?;
            self.block = success;
            self.state = state;
            self.set(dst, value);
            self.go_to_next()?;
            return Ok(true);
        }
        self.materialize(slot);
        let Some((shape, object)) = self.outcome(slot) else { return self.interpret(at) };
        match shape.detail {
            EnumDecl::RESULT_ID | EnumDecl::OPTION_ID => {}
            0 => {
                let def = self.load(Width::Word, Region::Constant, object, layout::VARIANT_DEF, Ty::Ptr);
                let id = self.load(Width::Half, Region::Constant, def, layout::DEF_ID, Ty::Int);
                let is_builtin = self.compare_int(Cond::Ge, id, EnumDecl::OPTION_ID as i64);
                self.expect(is_builtin, ExitReason::Shape);
            }
            _ => return self.interpret(at),
        }
        let cell = Cell::field(Holder::Variant, object, layout::VARIANT_PAYLOAD);
        let is_success = self.has_index(object, 0);
        let (success, failure) = self.fork(is_success, false, false);
        let state = self.state.clone();
        self.block = failure;
        self.copy_slot(dst, slot);
        self.go_to_target()?;
        self.block = success;
        self.state = state;
        let read = self.read(cell);
        self.set_read(dst, read);
        self.go_to_next()?;
        Ok(true)
    }

    /// The variant in a slot; `None` if it is known to hold none, or if the guards have failed too often.
    fn outcome(&mut self, slot: u32) -> Option<(Shape, Val)> {
        let known = self.shape_of(slot);
        if known.is_none() && self.is_widened(ExitReason::Kind)
            || known.is_none_or(|shape| shape.detail == 0) && self.is_widened(ExitReason::Shape)
        {
            return None;
        }
        self.unbox_object(slot, tag::VARIANT)
    }

    fn has_index(&mut self, object: Val, variant: i64) -> Val {
        let index = self.load(Width::Half, Region::Constant, object, layout::VARIANT_INDEX, Ty::Int);
        self.compare_int(Cond::Eq, index, variant)
    }
}

/// The variant that a builtin tests for: the id of its enum, and its index.
fn asked_variant(intrinsic: Intrinsic) -> Option<(u32, i64)> {
    Some(match intrinsic {
        Intrinsic::IsOk => (EnumDecl::RESULT_ID, 0),
        Intrinsic::IsErr => (EnumDecl::RESULT_ID, 1),
        Intrinsic::IsSome => (EnumDecl::OPTION_ID, 0),
        Intrinsic::IsNone => (EnumDecl::OPTION_ID, 1),
        _ => return None,
    })
}
