//! What the generator knows of the names that are visible where it writes.

/// What a variable holds, as far as the generator promises it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An int that assignments keep below some hundred bits.
    Int,
    /// A float, possibly not finite.
    Float,
    /// A string that assignments keep short.
    Str,
    /// A bool.
    Bool,
    /// A value of a kind that changes; small.
    Any,
    /// A value of any kind and size, which is only read.
    Out,
    /// An array of at least [`LEN`] ints.
    Ints,
    /// An array of at least [`LEN`] floats.
    Floats,
    /// An array of at least [`LEN`] small values of any kind.
    Mixed,
    /// An array of at least [`LEN`] arrays of at least [`LEN`] ints.
    Grid,
    /// A dict of ints that has the keys `a` and `b`.
    Dict,
    /// A struct of the declaration with this index.
    Struct(usize),
    /// An array of at least [`LEN`] of such structs.
    Structs(usize),
    /// A struct of a declaration that changes.
    Poly,
    /// The struct that holds others.
    Holder,
    /// A value of the enum with this index.
    Form(usize),
    /// An object of the host that counts.
    Meter,
    /// A function from an int to an int.
    Func,
    /// A set, queue or stack of ints, by the name of its constructor.
    Collection(&'static str),
}

/// The length that arrays have at least: indexes taken modulo it are always valid, negative ones too.
pub const LEN: u64 = 4;

/// A name.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    pub kind: Kind,
    /// May statements assign it? Counters of loops stay as they are, so that loops end.
    pub is_assignable: bool,
    /// Is it declared at top level?
    pub is_global: bool,
    /// Does it live until the end of the function, whatever block it was first used in?
    pub is_hoisted: bool,
}

/// A loop around the place of writing whose counter takes the values below `count`.
#[derive(Clone, Debug)]
pub struct Counter {
    pub name: String,
    pub count: u64,
}

/// A declared function, its parameters after the leading ones by kind.
#[derive(Clone, Debug)]
pub struct Callable {
    pub name: String,
    pub params: Vec<Kind>,
    /// Ticks of a call, estimated from above.
    pub ticks: u64,
}

/// A declared struct: each has a field `n: int`, the methods `weigh(self, k = …)` and `grow(mut self, k = …)`.
#[derive(Clone, Debug)]
pub struct StructShape {
    pub name: String,
    pub fields: Vec<(String, Kind)>,
    pub operators: Vec<&'static str>,
}

/// A declared enum: the first so many of the variants that the generator knows.
#[derive(Clone, Debug)]
pub struct EnumShape {
    pub name: String,
    pub variants: usize,
    /// A function that takes values of it, and others, apart.
    pub area: Callable,
}
