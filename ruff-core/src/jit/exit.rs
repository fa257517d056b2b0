//! How native code leaves for the interpreter: which frames go on, where, and why it left.

use crate::bytecode::{FuncId, Pc};
use crate::vm::ReturnMode;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $name:ident $text:literal,)*) => {
        /// Why native code left.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum ExitReason { $($(#[doc = $doc])* $name,)* }

        impl ExitReason {
            /// All reasons in the order of their numbers.
            pub const ALL: &'static [ExitReason] = &[$(ExitReason::$name,)*];

            /// The reason in reports.
            pub fn name(self) -> &'static str {
                match self { $(ExitReason::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// A value has another kind than before.
    Kind "kind",
    /// The result of int arithmetic does not fit 64 bits.
    Overflow "overflow",
    /// Division by zero, a shift out of range, and the like.
    Domain "domain",
    /// An index is outside its array.
    Bounds "bounds",
    /// An array stores its elements in another way.
    Elements "elements",
    /// A struct of another declaration, or another variant.
    Shape "shape",
    /// A call of another function.
    Callee "callee",
    /// A container is shared, so that changing it copies it.
    Shared "shared",
    /// A call gave another kind of value.
    Result "result",
    /// A variable has no value, or is on loan.
    Undefined "undefined",
    /// Code that had not run when this was compiled.
    NeverRun "never run",
    /// What only the interpreter does: a generator suspends, a captured in-out parameter is given back.
    Interpreted "interpreted",
    /// An error or a trap.
    Thrown "thrown",
    /// A switch of the tests.
    Forced "forced",
}

impl ExitReason {
    /// Did something turn out otherwise than the code relies on?
    pub fn is_of_guard(self) -> bool {
        !matches!(self, ExitReason::NeverRun | ExitReason::Interpreted | ExitReason::Thrown | ExitReason::Forced)
    }
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A frame that goes on in the interpreter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitFrame {
    pub function: FuncId,
    /// The distance of its registers from those of the outermost frame, in registers.
    pub base: u32,
    /// The word at which it goes on: the instruction that has had no effect yet, or the word behind a call that runs or has
    /// returned, or behind the instruction that fails.
    pub pc: Pc,
    /// The register of the frame below that gets its result; not used in the outermost.
    pub dst: u16,
    /// The slot, as a distance from the registers of the outermost frame, with the closure that is running.
    pub closure: Option<u32>,
    /// The frame's receiver is in-out.
    pub keeps_receiver: bool,
    /// What becomes of its result; not used in the outermost.
    pub mode: ReturnMode,
}

/// Where an inlined call is, for something that it calls. Native code writes no records of inlined calls: the record of the innermost
/// has the address of this, marked, for its position, and the machine writes it, and hands the address of the caller on to the
/// record below, when it looks there. Lives as long as the code.
#[derive(Debug)]
pub struct InlinedFrame {
    /// What the record will say. That of a call that runs a closure has the closure.
    pub frame: ExitFrame,
    /// How many records it is above that of the code.
    pub level: u32,
    /// The word at which its caller goes on.
    pub return_pc: Pc,
    /// Where its caller is, if that is inlined too.
    pub caller: Option<Arc<InlinedFrame>>,
}

impl InlinedFrame {
    /// Tells the address of an inlined frame from that of an instruction.
    pub const MARK: usize = 1;

    /// The position that stands for it.
    pub fn position(&self) -> usize {
        std::ptr::from_ref(self).expose_provenance() | InlinedFrame::MARK
    }
}

const _: () = assert!(align_of::<InlinedFrame>() > InlinedFrame::MARK, "its address has room for the mark");

/// An object that native code has not made: the machine makes it where the code leaves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MadeObject {
    /// A struct: the slot with the address of its definition as an int, and the fields.
    Struct { definition: u32, fields: Box<[MadePart]> },
    /// An array, which has room for these elements in itself.
    Array { elements: Box<[MadePart]> },
    /// A result or an option, by the id of the enum and the slot with the index of the variant, and its value.
    Outcome { id: u32, variant: u32, values: Box<[MadePart]> },
}

/// A part of such an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MadePart {
    /// The value in a slot, which is moved out.
    Slot(u32),
    Object(MadeObject),
}

/// A way out of native code. Lives as long as the code. Its alignment leaves room for a reason in its address.
#[derive(Debug)]
#[repr(align(16))]
pub struct ExitPoint {
    /// Outermost first.
    pub frames: Box<[ExitFrame]>,
    /// Slots that were given references which are owned elsewhere: the machine counts them.
    pub shared: Box<[u32]>,
    /// Slots whose objects the machine makes. Slots of parts are above those of all frames.
    pub made: Box<[(u32, MadeObject)]>,
    /// The fault that the machine holds is raised at the innermost instruction.
    pub is_throw: bool,
    /// The unit of code, by the number that its backend gave it.
    pub unit: u32,
    /// The instruction whose guards leave here.
    pub site: (FuncId, Pc),
    counts: [AtomicU32; ExitReason::ALL.len()],
    cost: AtomicU32,
    /// The ticks that the VM had used when it was taken last.
    taken_at: AtomicU64,
}

/// A way out that is taken sooner than this many ticks after native code was entered is taken often.
const SOON_TICKS: u64 = 32;
/// What such an exit costs, in others.
const SOON_COST: u32 = 8;
/// So many ticks between two times that it is taken pay for one.
const PAID_TICKS: u64 = 1 << 10;

impl ExitPoint {
    /// A way out that nobody has taken.
    pub fn new(
        frames: Vec<ExitFrame>,
        (shared, made): (Vec<u32>, Vec<(u32, MadeObject)>),
        is_throw: bool,
        unit: u32,
        site: (FuncId, Pc),
    ) -> ExitPoint {
        ExitPoint {
            frames: frames.into(),
            shared: shared.into(),
            made: made.into(),
            is_throw,
            unit,
            site,
            counts: Default::default(),
            cost: AtomicU32::new(0),
            taken_at: AtomicU64::new(0),
        }
    }

    /// The innermost frame.
    pub fn innermost(&self) -> Option<&ExitFrame> {
        self.frames.last()
    }

    /// How often native code left here for that reason.
    pub fn count(&self, reason: ExitReason) -> u32 {
        self.counts.get(reason as usize).map_or(0, |c| c.load(Ordering::Relaxed))
    }

    /// What exits have cost, in rare ones: those that come one after the other count more, and what runs for long in between pays for some.
    pub fn cost(&self) -> u32 {
        self.cost.load(Ordering::Relaxed)
    }

    /// Counts an exit so many ticks after native code was entered, when the VM has used `now` in all; how many there were for that
    /// reason.
    pub fn add(&self, reason: ExitReason, ticks: u64, now: u64) -> u32 {
        let since = now.saturating_sub(self.taken_at.swap(now, Ordering::Relaxed));
        let paid = u32::try_from(since / PAID_TICKS).unwrap_or(u32::MAX);
        let cost = if ticks < SOON_TICKS { SOON_COST } else { 1 };
        let total = self.cost().saturating_add(cost).saturating_sub(paid);
        self.cost.store(total, Ordering::Relaxed);
        self.counts.get(reason as usize).map_or(0, |c| c.fetch_add(1, Ordering::Relaxed) + 1)
    }
}
