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
        let variant = self.int(variant);
        let (object, value) = self.alloc_outcome(id, variant);
        self.fill(value, window, 1);
        self.set_object(dst, Shape { tag: tag::VARIANT, detail: id }, object);
        Ok(Some(()))
    }

    /// A new result or option, and the cell of its value, which is not written yet.
    pub(super) fn alloc_outcome(&mut self, id: u32, variant: Val) -> (Val, Cell) {
        let id = self.int(i64::from(id));
        let object = self.stub_address(Stub::AllocOutcome, vec![self.machine, id, variant]);
        (object, Cell::field(Holder::Variant, object, layout::VARIANT_PAYLOAD))
    }

    /// Is the value in a slot that variant of a result or an option? Other values leave; `None` if the engine must see to it.
    pub(super) fn is_variant(&mut self, intrinsic: Intrinsic, slot: u32) -> Option<Val> {
        let (id, variant) = asked_variant(intrinsic)?;
        if let Some((_, actual, _)) = self.virtual_outcome(slot).filter(|(actual, ..)| *actual == id) {
            return Some(self.compare_int(Cond::Eq, actual, variant));
        }
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

    /// `Unwrap`: the payload of a success goes on, a failure jumps.
    pub(super) fn unwrap(&mut self, at: &Decoded, dst: u32, slot: u32) -> Step<bool> {
        self.settle(dst);
        if let Some((_, variant, value)) = self.virtual_outcome(slot) {
            let is_success = self.compare_int(Cond::Eq, variant, 0);
            return self.go_on_with_success(is_success, (dst, slot), |b| b.set(dst, value));
        }
        let Some((is_success, payload)) = self.opened(slot) else { return self.interpret(at) };
        self.go_on_with_success(is_success, (dst, slot), |b| {
            let read = b.read(payload);
            b.set_read(dst, read);
        })
    }

    /// `unwrap(r)`: a failure leaves. `None` if the engine must see to it.
    pub(super) fn unwrapped(&mut self, dst: u32, window: u32) -> Step<Option<()>> {
        if self.is_widened(ExitReason::Domain) {
            return Ok(None);
        }
        if let Some((_, variant, value)) = self.virtual_outcome(window) {
            let is_success = self.compare_int(Cond::Eq, variant, 0);
            self.expect(is_success, ExitReason::Domain);
            self.tick()?;
            self.clear(window);
            self.set(dst, value);
            return Ok(Some(()));
        }
        let Some((is_success, payload)) = self.opened(window) else { return Ok(None) };
        self.expect(is_success, ExitReason::Domain);
        let read = self.read(payload);
        self.finish_intrinsic(read, dst, window, 1)?;
        Ok(Some(()))
    }

    /// Is the result or option in a slot a success? And the cell of its payload. Other values leave; `None` if the engine must
    /// see to it.
    fn opened(&mut self, slot: u32) -> Option<(Val, Cell)> {
        self.materialize(slot);
        let (shape, object) = self.outcome(slot)?;
        match shape.detail {
            EnumDecl::RESULT_ID | EnumDecl::OPTION_ID => {}
            0 => self.expect_builtin(object),
            _ => return None,
        }
        let payload = Cell::field(Holder::Variant, object, layout::VARIANT_PAYLOAD);
        Some((self.has_index(object, 0), payload))
    }

    /// The object is a result or an option, else it leaves.
    fn expect_builtin(&mut self, object: Val) {
        let def = self.load(Width::Word, Region::Constant, object, layout::VARIANT_DEF, Ty::Ptr);
        let id = self.load(Width::Half, Region::Constant, def, layout::DEF_ID, Ty::Int);
        let is_builtin = self.compare_int(Cond::Ge, id, EnumDecl::OPTION_ID as i64);
        self.expect(is_builtin, ExitReason::Shape);
    }

    /// Goes on after `put` has put the value of a success into its slot; a failure is copied there, and jumps.
    fn go_on_with_success(
        &mut self,
        is_success: Val,
        (dst, slot): (u32, u32),
        put: impl FnOnce(&mut Self),
    ) -> Step<bool> {
        let (success, failure) = self.fork(is_success, false, false);
        let state = self.state.clone();
        self.block = failure;
        self.copy_slot(dst, slot);
        self.go_to_target()?;
        self.block = success;
        self.state = state;
        put(self);
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

/// Does a builtin look into a result or an option, which need not be made for that?
pub(super) fn opens_outcome(intrinsic: Intrinsic) -> bool {
    intrinsic == Intrinsic::Unwrap || asked_variant(intrinsic).is_some()
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
