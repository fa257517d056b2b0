//! Builtins that native code knows nothing of but who they are: they are called without a lookup.

use super::state::{Abs, Kind, Shape, SlotState};
use super::step::is_loan;
use super::{Builder, Step};
use crate::hir::Cond;
use ruff_core::jit::{Decoded, FreeBuiltin, Intrinsic, Op, Operand, Stub};

impl Builder<'_, '_> {
    /// A call of a builtin whose arguments are in the window, the receiver of a method among them.
    pub(super) fn call_library(&mut self, at: &Decoded, dst: u32, window: u32, count: u32) -> Step<bool> {
        let Some(builtin) = self.free_builtin(at, window, count) else { return self.interpret(at) };
        self.call_free(at, builtin, dst, (window, count));
        Ok(false)
    }

    /// The builtin that a call is of, if every script may call it so.
    pub(super) fn free_builtin(&mut self, at: &Decoded, window: u32, count: u32) -> Option<FreeBuiltin> {
        match at.op {
            Op::CallNative => self.facts.builtins().free_function(self.native_of(at)?, count),
            _ => self.free_method(at, window, count),
        }
    }

    /// Calls a builtin with the values in the window, which are released.
    pub(super) fn call_free(&mut self, at: &Decoded, builtin: FreeBuiltin, dst: u32, (window, count): (u32, u32)) {
        let stub = if at.op == Op::CallNative { Stub::CallFree } else { Stub::CallFreeMethod };
        let result = self.result_of_builtin(at);
        let unused = window + count;
        if is_loan(at.op) {
            // `Restore` has nothing to give back.
            self.set(window - 1, Abs::Null);
            self.flush(window - 1);
        }
        self.settle(dst);
        for slot in window..unused {
            self.settle(slot);
            self.flush(slot);
        }
        self.settle_from(unused);
        self.settle_objects();
        self.flush_quantum();
        let (frame, pc) = self.position(self.next);
        let exit = self.exit_thrown();
        let entry = self.address(builtin.address);
        let done = self.stub(stub, vec![self.machine, frame, pc, entry]);
        let fine = self.compare_int(Cond::Ge, done, 0);
        self.changed = Some(Vec::new());
        self.unless_thrown(fine, exit, |b| {
            b.forget_from(unused);
            (window..unused).for_each(|slot| b.know(slot, SlotState::ANY));
        });
        self.before = None;
        self.forget_from(unused);
        (window..unused).for_each(|slot| self.know(slot, SlotState::EMPTY));
        self.know(dst, SlotState::memory(result));
        let changed = self.changed.take().unwrap_or_default();
        self.limit_slots(done, changed, unused);
    }

    /// The number of the builtin that an instruction names.
    fn native_of(&self, at: &Decoded) -> Option<u32> {
        at.operand(Operand::NativeName).map(|operand| operand.bits)
    }

    /// The kind of what a builtin gives, if it always is the same.
    pub(super) fn result_of_builtin(&self, at: &Decoded) -> Kind {
        let native = self.native_of(at);
        match native.and_then(|native| self.facts.builtins().function(native)) {
            Some(Intrinsic::ToString) => Kind::Object(Shape::STRING),
            Some(Intrinsic::Push) => Kind::Object(Shape::ARRAY),
            _ => Kind::Any,
        }
    }
}
