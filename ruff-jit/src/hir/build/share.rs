//! Copy on write: a container that is shared when it changes is copied first.
//!
//! Most are not shared, and loops that rely on it know more of what they change. So a guard tests it until it has failed often.

use super::Builder;
use super::memory::Cell;
use super::path::{Home, Object};
use super::state::{Abs, SlotState};
use crate::hir::{Cond, Region, Ty, Val, Width};
use ruff_core::jit::{ExitReason, Stub, layout};

/// An instruction that has copied so often before it is compiled, about once in so many ticks of the threshold, is compiled with the
/// copy. Loops gain more by the guard than it costs to leave now and then: what was given away is copied once, by the first write.
const COPIES_MIN: u8 = 64;

impl Builder<'_, '_> {
    /// The address of a container that the instruction changes, with one reference from now on: a shared one is copied. If a slot
    /// holds it, it is in memory, and nothing is borrowed from it.
    pub(super) fn unshare(&mut self, container: Object) -> Val {
        self.settle_objects();
        match container.home {
            Home::Cell(cell) => self.unshare_in_cell(cell, container.ptr),
            Home::Slot(slot) => {
                let offset = slot as i32 * layout::VALUE_BYTES;
                let cell = Cell::new(Region::Slots, self.base, offset);
                let own = self.unshare_in_cell(cell, container.ptr);
                self.know(slot, SlotState::synced(Abs::Object(container.shape, own)));
                own
            }
        }
    }

    fn unshare_in_cell(&mut self, cell: Cell, object: Val) -> Val {
        if !self.is_often_shared() {
            self.expect_unshared(object);
            return object;
        }
        let count = self.load(Width::Half, Region::Sharing, object, layout::OBJECT_COUNT, Ty::Int);
        let is_shared = self.compare_int(Cond::Ne, count, 1);
        let quantum = self.quantum();
        let rest = self.new_block(false);
        let (own, left) = (self.f.add_param(rest, Ty::Ptr), self.f.add_param(rest, Ty::Int));
        let (_, unshared) = self.fork(is_shared, true, false);
        // A copy costs ticks.
        self.flush_quantum();
        let copy = self.copy_of_shared(cell);
        let more = self.quantum();
        self.jump(rest, vec![copy, more]);
        self.block = unshared;
        self.jump(rest, vec![object, quantum]);
        self.block = rest;
        self.state.quantum = Some(left);
        // A guard that fails from here on leaves with the ticks of the copy charged; the interpreter finds it made.
        self.before = None;
        own
    }

    /// Leaves if there is another reference to a container.
    pub(super) fn expect_unshared(&mut self, object: Val) {
        let fits = self.is_unshared(object);
        self.expect(fits, ExitReason::Shared);
    }

    /// Is there one reference to the object?
    pub(super) fn is_unshared(&mut self, object: Val) -> Val {
        let count = self.load(Width::Half, Region::Sharing, object, layout::OBJECT_COUNT, Ty::Int);
        self.compare_int(Cond::Eq, count, 1)
    }

    /// Does the instruction change shared containers more than now and then? Once there is code with a guard, that tells. A yes is
    /// kept, for what is compiled of it later.
    pub(super) fn is_often_shared(&self) -> bool {
        let function = self.context().function;
        let has_copied = || function.native.copies(self.next.wrapping_sub(1)) >= COPIES_MIN;
        let is_often = self.is_widened(ExitReason::Shared) || self.facts.is_new(function.id) && has_copied();
        if is_often {
            self.facts.widen(function.id, self.pc, ExitReason::Shared);
        }
        is_often
    }

    fn copy_of_shared(&mut self, cell: Cell) -> Val {
        let (frame, pc) = self.position(self.next);
        let exit = self.exit_thrown();
        let address = self.offset(cell.address, cell.offset as i64);
        let copy = self.stub_address(Stub::CopyShared, vec![self.machine, frame, pc, address]);
        let fine = self.compare_int(Cond::Ne, copy, 0);
        self.guard(fine, exit, ExitReason::Thrown);
        self.store_cell_payload(cell, copy);
        copy
    }
}
