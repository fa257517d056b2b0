//! THE table of operations. It is expanded into the enum, the operand shapes, the disassembler, the verifier and the liveness
//! analysis, so that an operation that is forgotten somewhere does not compile.
//!
//! Conventions:
//! * A register owns its value. **Stores take**: an operand of kind `Take` is moved out and its register is left without a heap
//!   value. The compiler copies a variable to a temporary first; liveness turns that copy into a move where the variable dies.
//! * `Read` operands are borrowed: the register keeps its value.
//! * A `Window(n)` is a run of consecutive registers; calls take their arguments from it (`argc` in `c`), and the callee's frame
//!   begins at its first register. After a call the registers of in-out parameters hold their final values, the others nothing.
//! * Methods have their receiver in the first register of the window; `argc` does not count it.
//! * Each instruction raises its errors before any of its effects.

/// What an operand means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// Not used; zero.
    None,
    /// A register that is written; what it held is released.
    Write,
    /// A register that is borrowed.
    Read,
    /// A register whose value is moved out.
    Take,
    /// A register that is read and written in place.
    Update,
    /// The first register of a window whose values are taken; the count is in `c`.
    Window,
    /// As `Window`, with the receiver of a method in front of the `c` arguments.
    MethodWindow,
    /// The first register of a window of pairs (2 × `c` registers) whose values are taken.
    PairWindow,
    /// The first of two registers that are read (bounds of a slice; `Absent` for an open end).
    BoundsWindow,
    /// The first of three registers with the state of an iteration, updated in place.
    Iterator,
    /// A register with a lent value; the register before it holds the rest of its root.
    Loan,
    /// A number used as it is.
    Number,
    /// A count of the registers of the window in `b`.
    Count,
    /// An index of a constant.
    Const,
    /// A jump offset.
    Jump,
    /// An index of a global variable of the program.
    Global,
    /// An index of a capture of the closure.
    Capture,
    /// An index of a function of the program.
    Function,
    /// An index in the function's table of closures to make.
    Closure,
    /// An index of a place of the function.
    Place,
    /// An index of a site (name, inline cache, call marks) of the function; `u32::MAX` for none where the op says so.
    Site,
    /// An index of a struct declaration of the program.
    StructDecl,
    /// An index of an enum declaration of the program.
    EnumDecl,
    /// An index of a native function in the program's list of native names.
    NativeName,
    /// An index in the function's list of errors to raise.
    Raise,
    /// An index of a range pattern of the function.
    RangePattern,
    /// An index of a variant pattern of the function.
    VariantPattern,
    /// An index of a key list of the function.
    KeyList,
    /// An index of a module of the program.
    Module,
    /// A register that is borrowed, in an extension word.
    ExtRead,
    /// A register that is written, in an extension word.
    ExtWrite,
}

/// The layout of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Operands `a`, `b`, `c`.
    Abc(Operand, Operand, Operand),
    /// Operands `a` and `bc`.
    ABc(Operand, Operand),
    /// Operands `a`, `b`, `c` and an extension word with `x` and `y`.
    Ext(Operand, Operand, Operand, Operand, Operand),
}

/// Where control goes after an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// To the jump target.
    Jump,
    /// To the next instruction or to the jump target.
    Branch,
    /// Out of the function, or to a handler.
    Leave,
}

macro_rules! ops {
    ($($(#[doc = $doc:literal])* $name:ident $shape:ident($($operand:ident),*) $flow:ident;)*) => {
        /// An operation of the bytecode.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u16)]
        pub enum Op { $($(#[doc = $doc])* $name,)* }

        impl Op {
            /// All operations in the order of their numbers.
            pub const ALL: &'static [Op] = &[$(Op::$name,)*];

            /// The operation of that number.
            pub fn from_number(number: u16) -> Option<Op> {
                Op::ALL.get(number as usize).copied()
            }

            /// The name in disassemblies.
            pub fn name(self) -> &'static str {
                match self { $(Op::$name => stringify!($name),)* }
            }

            /// The layout of its instructions.
            pub fn shape(self) -> Shape {
                match self { $(Op::$name => Shape::$shape($(Operand::$operand),*),)* }
            }

            /// Where control goes.
            pub fn flow(self) -> Flow {
                match self { $(Op::$name => Flow::$flow,)* }
            }
        }
    };
}

impl Op {
    /// Does a jump that compares jump where the comparison is false?
    pub fn jumps_if_false(self) -> bool {
        use Op::*;
        matches!(
            self,
            JumpNotEq
                | JumpNotNe
                | JumpNotLt
                | JumpNotLe
                | JumpNotGt
                | JumpNotGe
                | JumpNotEqK
                | JumpNotNeK
                | JumpNotLtK
                | JumpNotLeK
                | JumpNotGtK
                | JumpNotGeK
        )
    }

    /// Words of an instruction: 1, or 2 with an extension.
    pub fn words(self) -> usize {
        match self.shape() {
            Shape::Abc(..) | Shape::ABc(..) => 1,
            Shape::Ext(..) => 2,
        }
    }
}

ops! {
    // ---- moves and constants
    /// a := constant
    LoadConst ABc(Write, Const) Next;
    /// a := null
    LoadNull ABc(Write, None) Next;
    /// a := bool b
    LoadBool Abc(Write, Number, None) Next;
    /// a := the signed 32-bit int bc
    LoadInt ABc(Write, Number) Next;
    /// a := a value that is missing (open bound of a slice, left-out argument)
    LoadMissing ABc(Write, None) Next;
    /// a := b
    Copy Abc(Write, Read, None) Next;
    /// a := b, and b holds nothing afterwards
    Move Abc(Write, Take, None) Next;
    /// Releases what a holds
    Drop ABc(Take, None) Next;

    // ---- variables
    /// a := a new cell that holds the value taken from b (an undefined variable if b holds nothing defined)
    NewCell Abc(Write, Take, None) Next;
    /// a := a new cell of a variable that has no value yet
    NewEmptyCell ABc(Write, None) Next;
    /// a := the variable in cell b; undefined or on loan is an error
    GetCell Abc(Write, Read, None) Next;
    /// the variable in cell a := value taken from b
    SetCell Abc(Read, Take, None) Next;
    /// a := the variable in capture b; undefined or on loan is an error
    GetCapture Abc(Write, Capture, None) Next;
    /// the variable in capture b := value taken from a
    SetCapture Abc(Take, Capture, None) Next;
    /// a := global bc; undefined or on loan is an error
    GetGlobal ABc(Write, Global) Next;
    /// global bc := value taken from a
    SetGlobal ABc(Take, Global) Next;
    /// Fails with `Undefined variable` if a holds no value (fields as variables in methods without `self`)
    CheckDefined ABc(Read, None) Next;
    /// a := function bc of the program, which captures nothing
    LoadFunction ABc(Write, Function) Next;
    /// a := a closure made from table entry bc
    NewClosure ABc(Write, Closure) Next;

    // ---- arithmetic: a := b op c. The K forms have a constant as right operand.
    Add Abc(Write, Read, Read) Next;
    Sub Abc(Write, Read, Read) Next;
    Mul Abc(Write, Read, Read) Next;
    Div Abc(Write, Read, Read) Next;
    Mod Abc(Write, Read, Read) Next;
    Pow Abc(Write, Read, Read) Next;
    BitAnd Abc(Write, Read, Read) Next;
    BitOr Abc(Write, Read, Read) Next;
    BitXor Abc(Write, Read, Read) Next;
    Shl Abc(Write, Read, Read) Next;
    Shr Abc(Write, Read, Read) Next;
    AddK Abc(Write, Read, Const) Next;
    SubK Abc(Write, Read, Const) Next;
    MulK Abc(Write, Read, Const) Next;
    DivK Abc(Write, Read, Const) Next;
    ModK Abc(Write, Read, Const) Next;
    PowK Abc(Write, Read, Const) Next;
    BitAndK Abc(Write, Read, Const) Next;
    BitOrK Abc(Write, Read, Const) Next;
    BitXorK Abc(Write, Read, Const) Next;
    ShlK Abc(Write, Read, Const) Next;
    ShrK Abc(Write, Read, Const) Next;
    /// As `Add`, where b dies: text and big integers are extended in place. Also emitted where a = b.
    AddTake Abc(Write, Take, Read) Next;
    Neg Abc(Write, Read, None) Next;
    Not Abc(Write, Read, None) Next;
    BitNot Abc(Write, Read, None) Next;

    // ---- comparisons: a := b op c
    Eq Abc(Write, Read, Read) Next;
    Ne Abc(Write, Read, Read) Next;
    Lt Abc(Write, Read, Read) Next;
    Le Abc(Write, Read, Read) Next;
    Gt Abc(Write, Read, Read) Next;
    Ge Abc(Write, Read, Read) Next;
    In Abc(Write, Read, Read) Next;
    NotIn Abc(Write, Read, Read) Next;

    // ---- jumps
    Jump ABc(None, Jump) Jump;
    /// The back-edge of a loop: charges a tick
    Loop ABc(None, Jump) Jump;
    JumpIf ABc(Read, Jump) Branch;
    JumpIfNot ABc(Read, Jump) Branch;
    JumpIfNull ABc(Read, Jump) Branch;
    JumpIfNotNull ABc(Read, Jump) Branch;
    /// Jumps if a holds a value (an argument that was given)
    JumpIfPresent ABc(Read, Jump) Branch;
    // Jump if `a op b` is true; the Not forms if it is false. c is a 16-bit offset; a longer jump compares into a register.
    JumpEq Abc(Read, Read, Jump) Branch;
    JumpNe Abc(Read, Read, Jump) Branch;
    JumpLt Abc(Read, Read, Jump) Branch;
    JumpLe Abc(Read, Read, Jump) Branch;
    JumpGt Abc(Read, Read, Jump) Branch;
    JumpGe Abc(Read, Read, Jump) Branch;
    JumpNotEq Abc(Read, Read, Jump) Branch;
    JumpNotNe Abc(Read, Read, Jump) Branch;
    JumpNotLt Abc(Read, Read, Jump) Branch;
    JumpNotLe Abc(Read, Read, Jump) Branch;
    JumpNotGt Abc(Read, Read, Jump) Branch;
    JumpNotGe Abc(Read, Read, Jump) Branch;
    JumpEqK Abc(Read, Const, Jump) Branch;
    JumpNeK Abc(Read, Const, Jump) Branch;
    JumpLtK Abc(Read, Const, Jump) Branch;
    JumpLeK Abc(Read, Const, Jump) Branch;
    JumpGtK Abc(Read, Const, Jump) Branch;
    JumpGeK Abc(Read, Const, Jump) Branch;
    JumpNotEqK Abc(Read, Const, Jump) Branch;
    JumpNotNeK Abc(Read, Const, Jump) Branch;
    JumpNotLtK Abc(Read, Const, Jump) Branch;
    JumpNotLeK Abc(Read, Const, Jump) Branch;
    JumpNotGtK Abc(Read, Const, Jump) Branch;
    JumpNotGeK Abc(Read, Const, Jump) Branch;

    // ---- containers
    /// a := array of the c values taken from the window at b
    NewArray Abc(Write, Window, Count) Next;
    /// Appends the value taken from b to the array in a
    ArrayPush Abc(Update, Take, None) Next;
    /// Appends all elements of b to the array in a (spread)
    ArrayExtend Abc(Update, Read, None) Next;
    /// a := dict of the c pairs (key, value) taken from the window at b
    NewDict Abc(Write, PairWindow, Count) Next;
    /// Puts value taken from c under key taken from b into the dict in a
    DictPut Abc(Update, Take, Take) Next;
    /// Puts all entries of the dict b into the dict in a (spread)
    DictExtend Abc(Update, Read, None) Next;
    /// a := struct of the definition in register y with the c values taken from the window at b; site x names the fields
    NewStruct Ext(Write, Window, Count, Site, ExtRead) Next;
    /// a := range from b up to c
    NewRange Abc(Write, Read, Read) Next;
    /// a := range from b up to and with c
    NewRangeInclusive Abc(Write, Read, Read) Next;
    /// a := the texts of the c values taken from the window at b, joined
    Concat Abc(Write, Window, Count) Next;
    /// a := variant named by site x of the enum in register b: its value, or its constructor function
    GetVariant Ext(Write, Read, None, Site, None) Next;
    /// a := variant named by site x of the enum in register y with the payload taken from the window at b
    NewVariant Ext(Write, Window, Count, Site, ExtRead) Next;
    /// a := definition of struct declaration x: methods and computed defaults are closures taken from the window at b
    NewStructDef Ext(Write, Window, Count, StructDecl, None) Next;
    /// a := definition of enum declaration bc
    NewEnumDef ABc(Write, EnumDecl) Next;

    // ---- reading and writing inside values
    /// a := `b[c]`
    GetIndex Abc(Write, Read, Read) Next;
    /// a := `b?[c]`: as `GetIndex`, a missing key of a dict gives null; b is not null
    GetIndexOrNull Abc(Write, Read, Read) Next;
    /// `a[b]` := value taken from c, where a is a local variable
    SetIndex Abc(Update, Read, Take) Next;
    /// a := b.name of site x
    GetField Ext(Write, Read, None, Site, None) Next;
    /// a := b?.name of site x: as `GetField`, a missing entry of a dict gives null; b is not null
    GetFieldOrNull Ext(Write, Read, None, Site, None) Next;
    /// a.name of site x := value taken from b, where a is a local variable
    SetField Ext(Update, Take, None, Site, None) Next;
    /// a := b[c..c+1] (registers c and c+1 are the bounds)
    Slice Abc(Write, Read, BoundsWindow) Next;
    /// a := b[c..=c+1]
    SliceInclusive Abc(Write, Read, BoundsWindow) Next;
    /// a := the value at place bc
    GetPath ABc(Write, Place) Next;
    /// the value at place bc := value taken from a
    SetPath ABc(Take, Place) Next;
    /// Moves the value at place bc into a and marks the root as lent. The rest of the root goes into a-1: `Absent(OnLoan)` if the
    /// root itself is lent
    Lend ABc(Loan, Place) Next;
    /// Puts the value in a back to place bc, with the rest in a-1, and empties both; nothing if a-1 holds null, which means that
    /// this place was not lent (its root may be on loan to somebody else)
    Restore ABc(Loan, Place) Next;

    // ---- calls: a := callee(window at b, c arguments)
    /// Function x of the program; y: site with the marks of `mut` arguments, or none
    CallFunction Ext(Write, Window, Count, Function, Site) Next;
    /// The value in register y; site x
    Call Ext(Write, Window, Count, Site, ExtRead) Next;
    /// The native function x
    CallNative Ext(Write, Window, Count, NativeName, None) Next;
    /// The method named by site x of the receiver in the first register of the window
    CallMethod Ext(Write, MethodWindow, Count, Site, None) Next;
    /// The method named by site x of the value at place y. The first register of the window is free for the receiver and the one
    /// before the window for the rest of a lent root. If a script method with `mut self` runs, the place is on loan until the next
    /// instruction, a `Restore` of b, which other methods skip. The loan's registers are b and b-1.
    CallPlaceMethod Ext(Write, MethodWindow, Count, Site, Place) Next;
    /// Puts a copy of the receiver at place y into a if the method named by site x does not change it, else `Absent`; so that the
    /// receiver is read before the arguments
    PrepareMethod Ext(Write, None, None, Site, Place) Next;
    /// As `CallPlaceMethod` after `PrepareMethod`
    CallPreparedMethod Ext(Write, MethodWindow, Count, Site, Place) Next;
    /// The value in register y with spread or named arguments: site x says how many registers of the window are positional; then
    /// comes an array with the positional arguments from the first spread on, then the named ones
    CallSpread Ext(Write, Window, Count, Site, ExtRead) Next;
    /// As `CallSpread` with a receiver in front and the method named by site x
    CallMethodSpread Ext(Write, MethodWindow, Count, Site, None) Next;
    /// As `CallPlaceMethod` with the arguments of `CallSpread`
    CallPlaceMethodSpread Ext(Write, MethodWindow, Count, Site, Place) Next;
    /// Leaves the function with the value taken from a
    Return ABc(Take, None) Leave;
    /// Leaves the function with null
    ReturnNull ABc(None, None) Leave;
    /// Suspends the generator with the value taken from b; a := null when it resumes
    Yield Abc(Write, Take, None) Next;

    // ---- iteration: three registers from a hold its state
    /// Starts an iteration over the value in a
    ForPrepare ABc(Iterator, None) Next;
    /// Starts an iteration over `range(…)` with c arguments in a, a+1, a+2
    ForPrepareRange Abc(Iterator, None, Number) Next;
    /// Starts an iteration from the int in a to that in a+1, which it reaches if c is 1
    ForPrepareSpan Abc(Iterator, None, Number) Next;
    /// Starts an iteration over the pairs that [`PairSource`](super::PairSource) c makes of the value in a, and of that in a+1 for two
    /// arguments; jumps by y, with nothing changed, if it must be called
    ForPreparePairs Ext(Iterator, None, Number, None, Jump) Branch;
    /// b := next element and jump by x, charging a tick; or go on after the loop
    ForNext Ext(Iterator, Write, None, Jump, None) Branch;
    /// b := next key or position, register y := next value or element, and jump by x, charging a tick; or go on after the loop
    ForNextPair Ext(Iterator, Write, None, Jump, ExtWrite) Branch;
    /// As `ForNextPair` after `ForPreparePairs`, or with null in a+2: then b and y := the first two elements of the next element, or null
    /// where there is none
    ForNextParts Ext(Iterator, Write, None, Jump, ExtWrite) Branch;

    // ---- errors
    /// Throws the value in a
    Throw ABc(Read, None) Leave;
    /// Raises error bc of the function's list
    Raise ABc(None, Raise) Leave;
    /// Goes on with the error that a cleanup handler put into a
    Rethrow ABc(Take, None) Leave;
    /// a := payload of `Ok` or `Some` in b; on `Err` or `None` a := b and jump by x
    Unwrap Ext(Write, Read, None, Jump, None) Branch;
    /// Raises `Unhandled …` for the `Err` or `None` in a
    RaiseUnhandled ABc(Read, None) Leave;

    // ---- patterns: jump by y if the value in a does not match
    MatchConst Ext(Read, None, None, Const, Jump) Branch;
    MatchRange Ext(Read, None, None, RangePattern, Jump) Branch;
    /// The enum is in register b, unless the pattern names a built-in one
    MatchVariant Ext(Read, Read, None, VariantPattern, Jump) Branch;
    /// The struct definition is in register b
    MatchStruct Ext(Read, Read, None, None, Jump) Branch;
    /// An array of length b, or at least b if c is 1
    MatchArray Ext(Read, Number, Number, None, Jump) Branch;
    MatchDict Ext(Read, None, None, None, Jump) Branch;
    /// b := entry of the dict in a under constant x
    MatchKey Ext(Read, Write, None, Const, Jump) Branch;
    /// a := payload element c of the variant in b
    GetPayload Abc(Write, Read, Number) Next;
    /// a := array of the payload of b from element c on
    GetPayloadRest Abc(Write, Read, Number) Next;
    /// a := element c of b if b is an array that has one, else null
    GetElement Abc(Write, Read, Number) Next;
    /// a := array of the elements of b from c on; empty if b is not an array
    GetElementRest Abc(Write, Read, Number) Next;
    /// a := entry of b under constant x if b is a dict that has it, else null
    GetEntry Ext(Write, Read, None, Const, None) Next;
    /// a := dict of the entries of b that key list x does not name; empty if b is not a dict
    GetEntryRest Ext(Write, Read, None, KeyList, None) Next;
    /// a := field of the struct in b by the name of site x, or undefined if b holds nothing (methods without `self`)
    GetOwnField Ext(Write, Read, None, Site, None) Next;

    // ---- modules
    /// a := namespace of module bc, whose body runs first if it has not
    Import ABc(Write, Module) Next;
    /// a := exported name of site x of the namespace in b
    ImportName Ext(Write, Read, None, Site, None) Next;
}
