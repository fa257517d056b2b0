//! HIR: the typed SSA form between bytecode and machine code.
//!
//! A function is a graph of blocks with parameters. Its values are unboxed: ints, floats, truth values and addresses. What is
//! counted by reference lives in the registers of the interpreter's stack (*slots*), so that a release, a call and an exit find
//! it where the interpreter would; scalars live in values, and reach their slots only where somebody else looks.
//!
//! HIR sees memory as *regions* that do not overlap. A guard leaves for the interpreter if its condition is false; the *exit*
//! that it names says which frames the interpreter goes on with and what their slots must hold by then. Guards stand before any
//! effect of their bytecode instruction.
//!
//! Built by [`build`], changed by the passes of [`crate::pass`], lowered by [`crate::clif`], and run by [`crate::eval`], the
//! oracle of the tests.

pub mod build;
pub mod graph;
mod ops;
pub mod print;
#[cfg(test)]
pub mod sample;
mod uses;
pub mod verify;

use ruff_core::jit::{ExitFrame, ExitPoint, ExitReason, FuncId, InlinedFrame, MadeObject, Pc, Stub};
pub use ruff_core::jit::{Region, Regions};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// A value, or an instruction without one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Val(pub u32);

/// A block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Block(pub u32);

/// An index in [`Function::exits`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ExitId(pub u32);

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ty {
    /// A 64-bit integer: an int of the language, a length, a tag, a payload word whose kind is not known.
    Int,
    Float,
    Bool,
    /// An address.
    Ptr,
    /// The instruction has no value.
    None,
}

/// How wide memory is read or written. Narrow words are extended with zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Width {
    /// A byte: tags.
    Byte,
    /// 32 bits: counts, shapes, element kinds.
    Half,
    /// 64 bits, as `Int` or `Ptr` by the type of the value.
    Word,
    /// 64 bits as a float.
    Float,
}

/// An operation on one value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unary {
    /// Bitwise complement of an int.
    Not,
    /// Negation that wraps.
    Neg,
    FloatNeg,
    FloatAbs,
    FloatSqrt,
    FloatFloor,
    FloatCeil,
    FloatTrunc,
    /// The nearest float of an int.
    IntToFloat,
    /// Towards zero; values outside the range of ints become its ends, NaN becomes 0 (as Rust's `as`).
    FloatToInt,
    /// The bits of a float.
    FloatBits,
    /// The float with these bits.
    BitsToFloat,
    /// A truth value as 0 or 1.
    BoolToInt,
    /// Is an int not 0?
    IntToBool,
    BoolNot,
}

/// An operation on two values of the same type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Binary {
    /// Wraps. On an address and an int too: the address moved by that many bytes.
    Add,
    Sub,
    Mul,
    /// Towards zero. The divisor is neither 0 nor, with the least int, -1: guards stand before it.
    Div,
    /// The remainder of `Div`.
    Rem,
    And,
    Or,
    Xor,
    /// By 0 to 63 bits.
    Shl,
    /// Arithmetic, by 0 to 63 bits.
    Shr,
    FloatAdd,
    FloatSub,
    FloatMul,
    FloatDiv,
    BoolAnd,
    BoolOr,
}

/// Int arithmetic that leaves if the result does not fit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Checked {
    Add,
    Sub,
    Mul,
}

/// A comparison. Those of floats are false for NaN, but `Ne` is true.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cond {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// Less, as numbers without sign.
    Below,
}

/// What an instruction does.
#[derive(Clone, PartialEq, Debug)]
pub enum Inst {
    /// The parameter of a block at this position.
    Param(Block, u32),
    Int(i64),
    /// The bits of a float.
    Float(u64),
    Bool(bool),
    /// The address of something that lives as long as the code.
    Address(usize),
    Unary(Unary, Val),
    Binary(Binary, Val, Val),
    Checked(Checked, Val, Val, ExitId),
    /// Of ints, addresses or truth values.
    Compare(Cond, Val, Val),
    FloatCompare(Cond, Val, Val),
    /// The second value if the first is true, else the third.
    Select(Val, Val, Val),
    Load(Access, Val),
    Store(Access, Val, Val),
    /// Leaves if the value is false.
    Guard(Val, ExitId, ExitReason),
    Call(Box<Call>),
    /// The second result of a call.
    Second(Val),
}

/// Where and how memory is accessed: the address is a value plus `offset` bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Access {
    pub width: Width,
    pub region: Region,
    pub offset: i32,
    pub holder: Holder,
}

impl Access {
    /// In an object of any kind.
    pub fn new(width: Width, region: Region, offset: i32) -> Access {
        Access { width, region, offset, holder: Holder::Any }
    }
}

/// What an accessed field belongs to. It is known before the access and never changes, so that different ones are apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Holder {
    /// Not known, or the access is to no field.
    Any,
    /// A struct, by the id of its declaration.
    Struct(u32),
    /// A value of an enum.
    Variant,
}

impl Holder {
    /// May both be the same object?
    pub fn may_be(self, other: Holder) -> bool {
        self == other || self == Holder::Any || other == Holder::Any
    }
}

/// A call.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    pub callee: Callee,
    pub args: Vec<Val>,
    /// If it writes slots: it writes only those in these ranges, as distances from `base` in registers. `None` is all.
    pub slots: Option<Vec<Range<u32>>>,
}

/// What is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Callee {
    /// Code of the engine: an `extern "C"` function whose table entry tells types and effects.
    Stub(Stub),
    /// Native code whose address is in the cell at this address. Parameters as the arguments' types, results: payload and tag.
    Cell(usize),
    /// The entry of a function for the interpreter, of type [`CallEntry`](ruff_core::jit::CallEntry), whose address is the first
    /// argument; `machine, frame, base, linked, closure` follow. Results: payload and tag.
    Entry,
}

/// The parameter of every function with the address of its first slot.
pub const BASE_PARAM: u32 = 2;

impl Call {
    /// A call that may write any slots, if it writes slots.
    pub fn new(callee: Callee, args: Vec<Val>) -> Call {
        Call { callee, args, slots: None }
    }

    /// What it may write.
    pub fn writes(&self) -> Regions {
        match self.callee {
            Callee::Stub(stub) => stub.writes(),
            Callee::Cell(_) | Callee::Entry => Regions::ALL,
        }
    }
}

/// Control goes to a block, whose parameters get the arguments.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    pub block: Block,
    pub args: Vec<Val>,
}

/// The end of a block.
#[derive(Clone, PartialEq, Debug)]
pub enum Terminator {
    Jump(Target),
    /// To the first target if the value is true, else to the second.
    Branch(Val, Target, Target),
    /// Leaves the function with a payload word and a tag. Its slots hold no counted references.
    Return(Val, Val),
    /// Leaves for the interpreter.
    Exit(ExitId, ExitReason),
}

/// What is known at the end of the block before a loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoopEntry {
    /// An exit that is right there, to the start of the loop. Hoisted guards leave through it.
    pub exit: ExitId,
    /// No bound of the loop was found to be large.
    pub has_small_bounds: bool,
}

/// A block: instructions in order, then the terminator.
#[derive(Clone, Debug)]
pub struct BlockData {
    pub params: Vec<Val>,
    pub insts: Vec<Val>,
    pub end: Terminator,
    /// For the block before a loop.
    pub loop_entry: Option<LoopEntry>,
    /// Seldom entered.
    pub is_cold: bool,
}

/// How a slot gets its value in an exit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SlotValue {
    Int(Val),
    Float(Val),
    Bool(Val),
    Null,
    /// The absence with that payload.
    Absent(u8),
    /// A tag and a payload word; a counted reference is handed over.
    Tagged(Val, Val),
    /// A reference of that tag that is owned elsewhere: the machine counts it.
    Shared(u8, Val),
    /// A tag and a payload word; if that is a counted reference, it is owned elsewhere.
    SharedPair(Val, Val),
}

/// How the interpreter goes on after an exit.
#[derive(Clone, PartialEq, Debug)]
pub struct Exit {
    /// The frames, outermost first: the function itself and what is inlined in it.
    pub frames: Vec<ExitFrame>,
    /// Slots, as distances from `base` in registers, that are not up to date in memory.
    pub slots: Vec<(u32, SlotValue)>,
    /// Slots whose objects the machine makes, of parts in other slots.
    pub made: Vec<(u32, MadeObject)>,
    /// The quantum of ticks, if the machine's is not up to date.
    pub quantum: Option<Val>,
    /// The fault that the machine holds is raised at the innermost instruction.
    pub is_throw: bool,
    /// The instruction whose guards take it. A guard that is hoisted takes its instruction along.
    pub site: (FuncId, Pc),
}

/// A value with its type.
#[derive(Clone, Debug)]
pub struct ValueData {
    pub inst: Inst,
    pub ty: Ty,
}

/// How a function is entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// By a call of native code: parameters `machine, frame, base, linked, closure`, then the scalar arguments. It writes the
    /// record of its call itself.
    Call,
    /// At a loop, by the interpreter: parameters `machine, frame, base, linked, closure`. Its record is there.
    Loop,
    /// Where a generator goes on, by who asks it: as a call without scalars. The slot below `base` has the address of the
    /// generator.
    Resume,
}

impl Entry {
    /// Does the code write the record of its call itself?
    pub fn has_own_record(self) -> bool {
        self != Entry::Loop
    }
}

/// A function in HIR.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub entry: Entry,
    /// For [`Entry::Call`]: the scalar parameters after the first five, by their slots. Where there is no room for the call,
    /// they are stored there and the interpreter makes it.
    pub scalars: Vec<u32>,
    /// The receiver in slot 0 is in-out, which its record says.
    pub keeps_receiver: bool,
    /// Inlined calls that nest at most: each needs a record.
    pub inlined_levels: u32,
    /// Slots from `base` on that it may use.
    pub slots: u32,
    pub values: Vec<ValueData>,
    /// The first is the entry.
    pub blocks: Vec<BlockData>,
    pub exits: Vec<Exit>,
    /// Words that the code writes, where it remembers what it has found.
    pub hints: Vec<Arc<AtomicU32>>,
    /// What stands for positions inside inlined calls.
    pub positions: Vec<Arc<InlinedFrame>>,
}

impl Function {
    /// A function with an entry block whose parameters have these types.
    pub fn new(name: String, entry: Entry, params: &[Ty]) -> Function {
        let mut function = Function {
            name,
            entry,
            scalars: Vec::new(),
            keeps_receiver: false,
            inlined_levels: 0,
            slots: 0,
            values: Vec::new(),
            blocks: Vec::new(),
            exits: Vec::new(),
            hints: Vec::new(),
            positions: Vec::new(),
        };
        let block = function.new_block();
        for ty in params {
            function.add_param(block, *ty);
        }
        function
    }

    /// A new block without parameters, which leaves nowhere yet.
    pub fn new_block(&mut self) -> Block {
        let end = Terminator::Exit(ExitId(u32::MAX), ExitReason::NeverRun);
        self.blocks.push(BlockData { params: Vec::new(), insts: Vec::new(), end, loop_entry: None, is_cold: false });
        Block(self.blocks.len() as u32 - 1)
    }

    /// A new parameter of a block.
    pub fn add_param(&mut self, block: Block, ty: Ty) -> Val {
        let index = self.block(block).params.len() as u32;
        let val = self.new_value(Inst::Param(block, index), ty);
        self.block_mut(block).params.push(val);
        val
    }

    /// A value that is in no block yet.
    pub fn new_value(&mut self, inst: Inst, ty: Ty) -> Val {
        self.values.push(ValueData { inst, ty });
        Val(self.values.len() as u32 - 1)
    }

    /// Appends an instruction to a block.
    pub fn push(&mut self, block: Block, inst: Inst, ty: Ty) -> Val {
        let val = self.new_value(inst, ty);
        self.block_mut(block).insts.push(val);
        val
    }

    pub fn block(&self, block: Block) -> &BlockData {
        &self.blocks[block.0 as usize]
    }

    pub fn block_mut(&mut self, block: Block) -> &mut BlockData {
        &mut self.blocks[block.0 as usize]
    }

    pub fn inst(&self, val: Val) -> &Inst {
        &self.values[val.0 as usize].inst
    }

    pub fn ty(&self, val: Val) -> Ty {
        self.values[val.0 as usize].ty
    }

    pub fn exit(&self, exit: ExitId) -> &Exit {
        &self.exits[exit.0 as usize]
    }

    /// The blocks in the order of their numbers.
    pub fn block_ids(&self) -> impl Iterator<Item = Block> + use<> {
        (0..self.blocks.len() as u32).map(Block)
    }
}

impl Terminator {
    /// Where control may go.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        let (first, second) = match self {
            Terminator::Jump(target) => (Some(target), None),
            Terminator::Branch(_, yes, no) => (Some(yes), Some(no)),
            Terminator::Return(..) | Terminator::Exit(..) => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// The same for changing.
    pub fn targets_mut(&mut self) -> impl Iterator<Item = &mut Target> {
        let (first, second) = match self {
            Terminator::Jump(target) => (Some(target), None),
            Terminator::Branch(_, yes, no) => (Some(yes), Some(no)),
            Terminator::Return(..) | Terminator::Exit(..) => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// Calls `visit` with each value that is used.
    pub fn for_each_use(&mut self, mut visit: impl FnMut(&mut Val)) {
        match self {
            Terminator::Branch(condition, ..) => visit(condition),
            Terminator::Return(payload, tag) => {
                visit(payload);
                visit(tag);
            }
            Terminator::Jump(_) | Terminator::Exit(..) => {}
        }
        for target in self.targets_mut() {
            target.args.iter_mut().for_each(&mut visit);
        }
    }

    /// The exit that is taken.
    pub fn exit(&self) -> Option<ExitId> {
        match self {
            Terminator::Exit(exit, _) => Some(*exit),
            _ => None,
        }
    }
}

impl Inst {
    /// Calls `visit` with each operand. Values that its exit needs are those of the [`Exit`].
    pub fn for_each_use(&mut self, mut visit: impl FnMut(&mut Val)) {
        match self {
            Inst::Param(..) | Inst::Int(_) | Inst::Float(_) | Inst::Bool(_) | Inst::Address(_) => {}
            Inst::Unary(_, a) | Inst::Load(_, a) | Inst::Guard(a, ..) | Inst::Second(a) => visit(a),
            Inst::Binary(_, a, b)
            | Inst::Checked(_, a, b, _)
            | Inst::Compare(_, a, b)
            | Inst::FloatCompare(_, a, b)
            | Inst::Store(_, a, b) => {
                visit(a);
                visit(b);
            }
            Inst::Select(a, b, c) => {
                visit(a);
                visit(b);
                visit(c);
            }
            Inst::Call(call) => call.args.iter_mut().for_each(visit),
        }
    }

    /// The operands.
    pub fn uses(&self) -> Vec<Val> {
        let mut list = Vec::new();
        self.clone().for_each_use(|val| list.push(*val));
        list
    }

    /// The exit that it may take.
    pub fn exit(&self) -> Option<ExitId> {
        match self {
            Inst::Guard(_, exit, _) | Inst::Checked(.., exit) => Some(*exit),
            _ => None,
        }
    }

    /// Does it compute its value from its operands alone, without exit, so that it can move and be dropped?
    pub fn is_pure(&self) -> bool {
        match self {
            Inst::Int(_) | Inst::Float(_) | Inst::Bool(_) | Inst::Address(_) => true,
            Inst::Unary(..) | Inst::Compare(..) | Inst::FloatCompare(..) | Inst::Select(..) => true,
            // Division traps where its guards do not stand before it.
            Inst::Binary(op, ..) => !matches!(op, Binary::Div | Binary::Rem),
            _ => false,
        }
    }

    /// What it may write.
    pub fn writes(&self) -> Regions {
        match self {
            Inst::Store(access, ..) => Regions::of_store(access.region),
            Inst::Call(call) => call.writes(),
            _ => Regions::NONE,
        }
    }

    /// Must it stay even if its value is not used?
    pub fn has_effect(&self) -> bool {
        match self {
            Inst::Store(..) | Inst::Guard(..) => true,
            Inst::Call(call) => !matches!(call.callee, Callee::Stub(stub) if stub.is_pure()),
            _ => false,
        }
    }
}

impl SlotValue {
    /// The values that it is made of.
    pub fn vals(self) -> [Option<Val>; 2] {
        match self {
            SlotValue::Int(val) | SlotValue::Float(val) | SlotValue::Bool(val) | SlotValue::Shared(_, val) => {
                [Some(val), None]
            }
            SlotValue::Tagged(tag, payload) | SlotValue::SharedPair(tag, payload) => [Some(tag), Some(payload)],
            SlotValue::Null | SlotValue::Absent(_) => [None, None],
        }
    }

    /// The same for code that stores it, which does not count references.
    pub fn as_stored(self) -> SlotValue {
        match self {
            SlotValue::SharedPair(tag, payload) => SlotValue::Tagged(tag, payload),
            other => other,
        }
    }
}

impl Exit {
    /// What the machine is told of the exit, in the unit of code with that number.
    pub fn point(&self, unit: u32) -> ExitPoint {
        let is_shared = |value: &SlotValue| matches!(value, SlotValue::Shared(..) | SlotValue::SharedPair(..));
        let shared = self.slots.iter().filter(|(_, value)| is_shared(value)).map(|(slot, _)| *slot).collect();
        ExitPoint::new(self.frames.clone(), (shared, self.made.clone()), self.is_throw, unit, self.site)
    }

    /// Calls `visit` with each value that the exit stores.
    pub fn for_each_use(&mut self, mut visit: impl FnMut(&mut Val)) {
        for (_, value) in &mut self.slots {
            match value {
                SlotValue::Int(v) | SlotValue::Float(v) | SlotValue::Bool(v) | SlotValue::Shared(_, v) => visit(v),
                SlotValue::Tagged(tag, payload) | SlotValue::SharedPair(tag, payload) => {
                    visit(tag);
                    visit(payload);
                }
                SlotValue::Null | SlotValue::Absent(_) => {}
            }
        }
        if let Some(quantum) = &mut self.quantum {
            visit(quantum);
        }
    }
}
