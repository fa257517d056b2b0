//! The constructs that the generator is weighted towards, so that tests can ask how often each appears.

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A construct that is hard for a native tier.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Feature {
            $($(#[$doc])* $name,)*
        }

        impl Feature {
            /// All of them.
            pub const ALL: &[Feature] = &[$(Feature::$name,)*];
        }
    };
}

features! {
    /// Plain arithmetic on ints, floats and bools.
    Arithmetic,
    /// Ints that cross 64 bits and come back.
    IntEdge,
    /// A variable whose kind changes in a loop.
    KindChange,
    /// Updates of flat arrays.
    ArrayUpdate,
    /// An array whose elements get another kind in a loop.
    Widening,
    /// Updates through two steps or more.
    NestedPath,
    /// Dicts.
    Dict,
    /// Fields and methods of structs.
    StructUse,
    /// One call site, several structs.
    PolymorphicMethod,
    /// Methods of what lies in fields and elements of other objects.
    ObjectPath,
    /// Loans that are passed on through several calls.
    LoanChain,
    /// Small structs and pairs that come and go.
    Vector,
    /// Operator methods of structs.
    OperatorMethod,
    /// A container that is shared when it changes.
    Alias,
    /// A container in several places of another one, and an array that is put into itself.
    Nest,
    /// Characters at the end of paths, and what lies there instead.
    Picture,
    /// `mut` parameters.
    MutParameter,
    /// Closures that capture loop variables.
    LoopClosure,
    /// Closures that share and change a captured variable.
    CapturedCounter,
    /// Functions that assign global variables.
    GlobalAssign,
    /// `try`, `except`, `finally`.
    Try,
    /// An error that is raised in some iterations.
    Raise,
    /// An error that is caught and raised again at several levels.
    DeepThrow,
    /// Exits from loops in loops through `finally`.
    NestedExit,
    /// Calls that nest by the thousand.
    DeepRecursion,
    /// Every operator on ints at the edges of 64 bits.
    EdgeOperator,
    /// A function value that is called with arguments of changing kinds.
    ChangingKind,
    /// A loop that changes what it goes over.
    MutatedSubject,
    /// `map`, `filter`, `reduce`, `sort` with a function.
    Callback,
    /// A call whose callee depends on the iteration.
    ChangingCallee,
    /// A function that is replaced while it is in use.
    Redefinition,
    /// One function, arguments of several kinds.
    GenericCall,
    /// Recursion, also mutual.
    Recursion,
    /// Default, named, rest and spread arguments.
    ArgumentForms,
    /// Generators.
    Generator,
    /// Generators that wait, some at a time.
    Suspended,
    /// Values of declared enums.
    EnumUse,
    /// Builtins on texts.
    StringMethod,
    /// Dicts that are merged, spread, compared and taken apart.
    DictValue,
    /// Values that are written as JSON and read again.
    Json,
    /// Elements of containers and fields, lent to `mut` parameters.
    ElementLoan,
    /// `|>`.
    Pipe,
    /// Functions, variables, structs and generators of modules.
    Module,
    /// Functions of the host, which call back, and its objects.
    HostCall,
    /// Strings that grow, and interpolation.
    StringBuild,
    /// `match`.
    Match,
    /// `if`.
    If,
    /// `return` from inside a loop or block.
    EarlyReturn,
    /// Loops in loops.
    Loop,
    /// `break` and `continue`.
    LoopExit,
    /// Ranges with a step.
    RangeStep,
    /// Destructuring.
    Destructuring,
    /// Results, options, `?`, `??`, `?.`.
    Optional,
    /// Sets, queues and stacks.
    Collection,
    /// Output inside loops.
    Print,
    /// An error that ends the program.
    UncaughtError,
}

/// A set of features.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FeatureSet(u64);

impl FeatureSet {
    /// Adds one.
    pub fn insert(&mut self, feature: Feature) {
        self.0 |= 1 << feature as u32;
    }

    /// Is it in the set?
    pub fn contains(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u32) != 0
    }
}

const _: () = assert!(Feature::ALL.len() <= 64);
