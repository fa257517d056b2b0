//! Copies of script values for the host: what they cost, and why there may be none.
//!
//! A value that is shared is copied as often as it is met, so that a copy may be much larger than what the VM holds. So the bytes
//! of a copy count as memory of the VM while it is made, and, where they are arguments, until the call is over; and the work
//! counts as that of a builtin.

use crate::fault::{Fault, Result};
use crate::limits::THROWN_BYTES_MAX;
use crate::value::work::{WORK_PER_TICK, Work};
use crate::value::{Heap, Hooks, NativeId, Value};
use crate::vm::Machine;
use crate::vm::native::Ctx;

/// Copies that are being made.
pub struct CopyOut<'a> {
    owner: Owner<'a>,
    /// Bytes of the copies.
    bytes: usize,
    /// What was copied and not charged yet.
    work: Work,
}

/// Whose values are copied.
enum Owner<'a> {
    /// A machine that works for the script: all limits concern the copies.
    Running(Ctx<'a>),
    /// A machine that nobody waits for: the limit of memory does.
    Resting(&'a Heap),
    /// The same for what a report carries: only the bound of the report does.
    Reported(&'a Heap),
}

/// Why a script value has no Rust value of a type.
pub enum Refusal {
    /// The kind or the range is wrong.
    Kind,
    /// The copy meets a limit.
    Limit(Fault),
}

impl Refusal {
    /// The fault: that of the limit, or what `wrong_kind` gives.
    #[cold]
    pub fn into_fault(self, wrong_kind: impl FnOnce() -> Fault) -> Fault {
        match self {
            Refusal::Kind => wrong_kind(),
            Refusal::Limit(fault) => fault,
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        Refusal::Limit(fault)
    }
}

/// Bytes of an allocation that the allocator keeps for itself, as most do.
const ALLOCATION_BYTES: usize = 16;

impl<'a> CopyOut<'a> {
    fn new(owner: Owner<'a>) -> CopyOut<'a> {
        CopyOut { owner, bytes: 0, work: Work::default() }
    }

    /// For values that a running machine gives.
    #[inline]
    pub(crate) fn running(ctx: Ctx<'a>) -> CopyOut<'a> {
        CopyOut::new(Owner::Running(ctx))
    }

    /// For values that the host asks a machine for.
    #[inline]
    pub(crate) fn asked(machine: &'a mut Machine) -> CopyOut<'a> {
        match machine.is_active() {
            true => CopyOut::running(machine.context()),
            // The time of the last call is over.
            false => CopyOut::resting(machine.heap()),
        }
    }

    /// For values of a machine that cannot be told of the work.
    #[inline]
    pub(crate) fn resting(heap: &'a Heap) -> CopyOut<'a> {
        CopyOut::new(Owner::Resting(heap))
    }

    /// For a value that is part of a report, whatever the machine's memory is.
    pub(crate) fn reported(heap: &'a Heap) -> CopyOut<'a> {
        CopyOut::new(Owner::Reported(heap))
    }

    /// The memory of the machine.
    #[inline]
    pub fn heap(&self) -> &Heap {
        match &self.owner {
            Owner::Running(ctx) => ctx.heap(),
            Owner::Resting(heap) | Owner::Reported(heap) => heap,
        }
    }

    /// The machine that runs, while the copies are in use.
    #[inline]
    pub(crate) fn ctx(&mut self) -> Ctx<'_> {
        match &mut self.owner {
            Owner::Running(ctx) => ctx.reborrow(),
            Owner::Resting(_) | Owner::Reported(_) => unreachable!("only a machine that runs calls the host"),
        }
    }

    /// Counts an allocation before it is made: room for so many elements, all of which are copied.
    pub(crate) fn count<T>(&mut self, elements: usize) -> Result<()> {
        self.count_bytes(elements.saturating_mul(size_of::<T>()))?;
        self.count_work(elements)
    }

    /// Counts a text before it is copied.
    pub(crate) fn count_text(&mut self, len: usize) -> Result<()> {
        self.count_bytes(len)?;
        // A short text is part of the work on the element.
        if len < WORK_PER_TICK { Ok(()) } else { self.count_work(len) }
    }

    fn count_bytes(&mut self, bytes: usize) -> Result<()> {
        let bytes = bytes.saturating_add(ALLOCATION_BYTES);
        match &self.owner {
            Owner::Reported(heap) if bytes > THROWN_BYTES_MAX - self.bytes => return Err(heap.limit_fault()),
            Owner::Reported(_) => {}
            Owner::Running(_) | Owner::Resting(_) => {
                self.heap().check_room(bytes)?;
                self.heap().charge_outside(bytes);
            }
        }
        self.bytes += bytes;
        Ok(())
    }

    fn count_work(&mut self, elements: usize) -> Result<()> {
        match &mut self.owner {
            Owner::Running(ctx) => {
                ctx.pace(elements)?;
                self.work.add(ctx, elements)
            }
            Owner::Resting(_) | Owner::Reported(_) => Ok(()),
        }
    }
}

impl Drop for CopyOut<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.bytes > 0 && !matches!(self.owner, Owner::Reported(_)) {
            self.heap().discharge_outside(self.bytes);
        }
    }
}

/// For operations on values that a copy needs: none of them calls a method.
impl Hooks for CopyOut<'_> {
    fn heap(&self) -> &Heap {
        CopyOut::heap(self)
    }

    fn charge(&mut self, ticks: u64) -> Result<()> {
        match &mut self.owner {
            Owner::Running(ctx) => ctx.charge(ticks),
            Owner::Resting(_) | Owner::Reported(_) => Ok(()),
        }
    }

    fn pace(&mut self, work: usize) -> Result<()> {
        match &mut self.owner {
            Owner::Running(ctx) => ctx.pace(work),
            Owner::Resting(_) | Owner::Reported(_) => Ok(()),
        }
    }

    fn call_method(&mut self, _receiver: &Value, _name: &str, _args: &[Value]) -> Result<Option<Value>> {
        Ok(None)
    }

    fn native_name(&self, _id: NativeId) -> &str {
        ""
    }
}
