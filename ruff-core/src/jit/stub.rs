//! THE table of stubs: what native code calls in the engine. It is expanded into the enum, types, effects and addresses.
//!
//! A stub is an `extern "C"` function that lets no panic out. Its first argument is the machine where it needs one.

use super::region::Regions;
use crate::vm::tier;

/// The type of an argument or a result of a stub.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StubType {
    /// An int, an address or a truth value in 64 bits.
    Word,
    Float,
}

/// What a stub gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StubResult {
    Nothing,
    One(StubType),
    /// A payload word and a tag.
    Pair,
}

macro_rules! stubs {
    ($($(#[doc = $doc:literal])* $name:ident $function:ident($($param:ident),*) $result:ident $writes:ident $pure:literal $record:literal;)*) => {
        /// Code of the engine that native code calls.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Stub { $($(#[doc = $doc])* $name,)* }

        impl Stub {
            /// All stubs in the order of their numbers.
            pub const ALL: &'static [Stub] = &[$(Stub::$name,)*];

            /// The name in listings.
            pub fn name(self) -> &'static str {
                match self { $(Stub::$name => stringify!($function),)* }
            }

            /// The types of its arguments.
            pub fn params(self) -> &'static [StubType] {
                match self { $(Stub::$name => &[$(StubType::$param),*],)* }
            }

            /// What it gives.
            pub fn result(self) -> StubResult {
                match self { $(Stub::$name => stubs!(@result $result),)* }
            }

            /// What it may write.
            pub fn writes(self) -> Regions {
                match self { $(Stub::$name => Regions::$writes,)* }
            }

            /// Does it depend on its arguments alone and have no effect?
            pub fn is_pure(self) -> bool {
                match self { $(Stub::$name => $pure,)* }
            }

            /// Does it look at the records of calls? Those it is given, and those below, must be written then.
            pub fn needs_record(self) -> bool {
                match self { $(Stub::$name => $record,)* }
            }

            /// Where its code is.
            pub fn address(self) -> usize {
                match self { $(Stub::$name => (tier::$function as *const ()).expose_provenance(),)* }
            }
        }
    };
    (@result Nothing) => { StubResult::Nothing };
    (@result Pair) => { StubResult::Pair };
    (@result $ty:ident) => { StubResult::One(StubType::$ty) };
}

stubs! {
    /// `(machine, frame, pc)`: looks at the limits at a back-edge whose instruction ends before `pc`; 0, or 1 for a fault.
    Refill rt_refill(Word, Word, Word) Word TICK false true;
    /// `(machine, frame)`: the same before the call whose record is `frame`.
    RefillCall rt_refill_call(Word, Word) Word TICK false true;
    /// `(slot)`: releases what a slot holds, and leaves null in it.
    Release rt_release(Word) Nothing RELEASE false false;
    /// `(slot)`: the truth of a value, 0 or 1.
    Truthy rt_truthy(Word) Word NONE false false;
    /// `(machine, frame, pc)`: interprets the instruction at `pc` and the calls that it makes; the index of the word at which it
    /// goes on, or -1 for a fault.
    Step rt_step(Word, Word, Word) Word ALL false true;
    /// `(machine, frame, exit, reason)`: goes on in the interpreter until the frame returns.
    ExitCall rt_exit_call(Word, Word, Word, Word) Pair ALL false true;
    /// `(machine, frame, exit, reason)`: gives the frame back to the interpreter that entered at a loop.
    ExitLoop rt_exit_loop(Word, Word, Word, Word) Pair ALL false true;
    /// `(machine, frame, base, linked, closure)`: interprets a call whose arguments are in its slots.
    Interpret rt_interpret(Word, Word, Word, Word, Word) Pair ALL false true;
    /// `(machine)`: 0 each time a guard is to fail for the sake of a test, else 1.
    Stress rt_stress(Word) Word NONE false false;
    /// The remainder of two floats.
    FloatRem rt_float_rem(Float, Float) Float NONE true false;
}
