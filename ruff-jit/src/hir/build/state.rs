//! What the builder knows of each slot while it walks through bytecode.
//!
//! Invariant: whatever the state of a slot, its memory holds a valid value or at least a tag that stands for no counted
//! reference; a counted reference in memory is owned by the slot. A scalar that is not `synced` is in memory only after a flush.

use super::virtuals::VirtualId;
use crate::hir::Val;
use ruff_core::jit::{Value, tag};

/// The kind of a counted value: its tag and, for structs, the id of the declaration, for closures the function and one, for
/// strings 1 if it is a character that the heap keeps, and more for a constant of the program; 0 if that is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    pub tag: u8,
    pub detail: u32,
}

impl Shape {
    pub const ARRAY: Shape = Shape { tag: tag::ARRAY, detail: 0 };
    pub const STRING: Shape = Shape { tag: tag::STR, detail: 0 };
    /// A string of one ASCII character that the heap keeps.
    pub const CHARACTER: Shape = Shape { tag: tag::STR, detail: 1 };
    /// The details of strings that are constants begin here.
    const CONSTANTS: u32 = 2;

    /// The string that is a constant of the program, by its index.
    pub fn constant(index: u32) -> Shape {
        Shape { tag: tag::STR, detail: index + Shape::CONSTANTS }
    }

    /// Which constant it is.
    pub fn constant_index(self) -> Option<u32> {
        if self.tag == tag::STR { self.detail.checked_sub(Shape::CONSTANTS) } else { None }
    }

    /// What both have in common, if they have the same tag.
    fn join(self, other: Shape) -> Option<Shape> {
        let detail = if self.detail == other.detail { self.detail } else { 0 };
        (self.tag == other.tag).then_some(Shape { tag: self.tag, detail })
    }
}

/// What is known of a value in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Any,
    Object(Shape),
}

/// The tag and the payload word of a value, and what is known of it: the tag of an object is a constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Words {
    pub tag: Val,
    pub payload: Val,
    pub kind: Kind,
}

impl Words {
    /// Those of a value of which nothing is known.
    pub const fn any(tag: Val, payload: Val) -> Words {
        Words { tag, payload, kind: Kind::Any }
    }
}

/// What keeps a borrowed reference alive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    /// Another slot.
    Slot(u32),
    /// Something that lives as long as the code.
    Constants,
    /// An object that cannot lose it before something is released, changed or called.
    Object,
}

/// Was a value tested for what it is, or what it equals? Then the interpreter drops it where it is dead, before anything changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tested {
    No,
    Yes,
}

/// A value as the builder sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Abs {
    /// No counted reference is in memory, and the value is not needed.
    Empty,
    Null,
    /// The absence with this payload.
    Absent(u8),
    Int(Val),
    Float(Val),
    Bool(Val),
    /// A counted reference in memory, whose address is known.
    Object(Shape, Val),
    /// A reference that its owner, see [`Owner`], keeps alive; no counted reference is in memory of this slot.
    Borrowed(Shape, Val, Owner),
    /// A value that was read from an object, which keeps it alive, and whether it was only tested since; no counted reference is in
    /// memory of this slot.
    Read(Words, Tested),
    /// An object that is not made, see [`super::virtuals`].
    Virtual(Shape, VirtualId),
    Memory(Kind),
    /// What is left of a value that is not needed: a counted reference to such an object in memory, or none.
    Left(Shape),
}

/// Unboxed kinds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scalar {
    Int,
    Float,
    Bool,
}

impl Scalar {
    /// The kind of values with a tag, if they are unboxed.
    pub fn of_tag(tag: u8) -> Option<Scalar> {
        match tag {
            tag::INT => Some(Scalar::Int),
            tag::FLOAT => Some(Scalar::Float),
            tag::BOOL => Some(Scalar::Bool),
            _ => None,
        }
    }

    /// The tag of its values.
    pub fn tag(self) -> u8 {
        match self {
            Scalar::Int => tag::INT,
            Scalar::Float => tag::FLOAT,
            Scalar::Bool => tag::BOOL,
        }
    }
}

/// The kind of what a register holds where code is entered in the middle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Held {
    Scalar(Scalar),
    /// An object with this tag.
    Object(u8),
}

impl Held {
    /// The kind of values with a tag, if code can rely on it.
    pub fn of_tag(tag: u8) -> Option<Held> {
        Some(match tag {
            tag::STR | tag::ARRAY | tag::DICT | tag::STRUCT | tag::RANGE => Held::Object(tag),
            _ => Held::Scalar(Scalar::of_tag(tag)?),
        })
    }

    /// The kinds of what registers hold.
    pub fn kinds_of(registers: &[Value]) -> Vec<Option<Held>> {
        registers.iter().map(|value| Held::of_tag(value.tag())).collect()
    }

    /// The kind of scalars, if it is one.
    pub fn scalar(self) -> Option<Scalar> {
        match self {
            Held::Scalar(scalar) => Some(scalar),
            Held::Object(_) => None,
        }
    }
}

/// May values of these kinds be where those are taken for granted?
pub fn fits<K: PartialEq>(expected: &[Option<K>], kinds: &[Option<K>]) -> bool {
    expected.iter().zip(kinds).all(|(expected, kind)| expected.is_none() || expected == kind)
}

/// The kinds that both lists have.
pub fn common<K: Copy + PartialEq>(known: &[Option<K>], kinds: &[Option<K>]) -> Vec<Option<K>> {
    known.iter().zip(kinds).map(|(a, b)| if a == b { *a } else { None }).collect()
}

/// Makes the dead registers null where a loop is entered.
pub fn clear(registers: &mut [Value], dead: &[u32]) {
    for register in dead {
        if let Some(register) = registers.get_mut(*register as usize) {
            *register = Value::Null;
        }
    }
}

/// A slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotState {
    pub abs: Abs,
    /// Memory holds the value.
    pub synced: bool,
}

impl SlotState {
    pub const EMPTY: SlotState = SlotState { abs: Abs::Empty, synced: false };
    pub const ANY: SlotState = SlotState::memory(Kind::Any);

    /// A value in memory.
    pub const fn memory(kind: Kind) -> SlotState {
        SlotState { abs: Abs::Memory(kind), synced: true }
    }

    /// A value that memory does not hold yet.
    pub const fn fresh(abs: Abs) -> SlotState {
        SlotState { abs, synced: false }
    }

    /// A value that memory holds too.
    pub const fn synced(abs: Abs) -> SlotState {
        SlotState { abs, synced: true }
    }

    /// May memory hold a counted reference?
    pub fn may_own(self) -> bool {
        matches!(self.abs, Abs::Object(..) | Abs::Memory(_) | Abs::Left(_))
    }

    /// What all counted references are to that memory may hold, if it holds some and that is known.
    pub fn owned(self) -> Option<Shape> {
        match self.abs {
            Abs::Object(shape, _) | Abs::Memory(Kind::Object(shape)) | Abs::Left(shape) => Some(shape),
            _ => None,
        }
    }

    /// Is it a reference, or may it be one, that is counted elsewhere?
    pub fn is_borrowed(self) -> bool {
        matches!(self.abs, Abs::Borrowed(..) | Abs::Read(..))
    }

    /// Is it borrowed from an object?
    pub fn is_borrowed_from_object(self) -> bool {
        matches!(self.abs, Abs::Borrowed(_, _, Owner::Object) | Abs::Read(..))
    }

    /// Will the interpreter let go of it where it is dead, or is it the same whether it does?
    pub fn is_dropped_dead(self) -> bool {
        matches!(self.abs, Abs::Borrowed(_, _, Owner::Object) | Abs::Read(_, Tested::Yes))
    }

    /// May it be anything?
    pub fn is_unknown(self) -> bool {
        matches!(self.abs, Abs::Memory(Kind::Any) | Abs::Read(..))
    }

    /// The unboxed value, if it is one.
    pub fn scalar(self) -> Option<(Scalar, Val)> {
        match self.abs {
            Abs::Int(v) => Some((Scalar::Int, v)),
            Abs::Float(v) => Some((Scalar::Float, v)),
            Abs::Bool(v) => Some((Scalar::Bool, v)),
            _ => None,
        }
    }

    /// The kind of the value if it is in memory or goes there.
    pub fn kind(self) -> Kind {
        match self.abs {
            Abs::Object(shape, _) | Abs::Borrowed(shape, ..) | Abs::Virtual(shape, _) => Kind::Object(shape),
            Abs::Memory(kind) | Abs::Read(Words { kind, .. }, _) => kind,
            _ => Kind::Any,
        }
    }
}

/// What two kinds have in common.
pub fn join_kinds(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        (Kind::Object(a), Kind::Object(b)) => a.join(b).map_or(Kind::Any, Kind::Object),
        _ => Kind::Any,
    }
}

/// What several states of a slot that nobody needs have in common, some of which own something.
pub fn leavings(states: &[SlotState]) -> SlotState {
    let owners = states.iter().filter(|state| state.may_own());
    let shape = owners.map(|state| state.owned()).reduce(|a, b| a?.join(b?)).flatten();
    shape.map_or(SlotState::ANY, |shape| SlotState::synced(Abs::Left(shape)))
}

/// The state of a function at a point of its code.
#[derive(Clone, Debug)]
pub struct State {
    /// Slots from `base` on.
    pub slots: Vec<SlotState>,
    /// The quantum of ticks; `None` while it is in the machine.
    pub quantum: Option<Val>,
}

/// What a loop's header takes for granted of a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Assumed {
    /// What it has before the loop; no round changes it.
    Same,
    /// An unboxed value that rounds change.
    Varying(Scalar),
    /// A reference, which rounds change, to an object of that shape that lives as long as the code: nothing is counted.
    Constant(Shape),
    /// A virtual object with that outline, whose scalars rounds change.
    Virtual(u32),
    Memory(Kind),
    /// Nothing that is needed, and no counted reference but to such an object.
    Left(Shape),
    /// Nothing that is needed, and no counted reference.
    Empty,
}
