//! Struct and enum declarations of a program.

use super::FuncId;
use super::program::Const;
use std::sync::Arc;

/// A struct declaration.
#[derive(Debug)]
pub struct StructDecl {
    /// Unique in the engine; the shape that inline caches compare. Its lowest bit says whether the struct decides what it equals:
    /// see [`StructDecl::DECIDES_EQUALITY`].
    pub id: u32,
    pub name: Arc<str>,
    pub fields: Vec<FieldDecl>,
    pub methods: Vec<MethodDecl>,
    /// Which of the methods define operators.
    pub operators: Operators,
    /// Indices of the fields in the bytewise order of their names, for printing.
    pub sorted_fields: Vec<u32>,
}

/// A declared field.
#[derive(Debug)]
pub struct FieldDecl {
    pub name: Arc<str>,
    pub default: FieldDefault,
}

/// What a field gets that a literal leaves out.
#[derive(Debug)]
pub enum FieldDefault {
    /// A constant; null if nothing is declared.
    Const(Const),
    /// The result of a function without parameters. `NewStructDef` takes its closure from its window, after those of the methods,
    /// in field order.
    Computed,
}

/// A declared method.
#[derive(Debug)]
pub struct MethodDecl {
    pub name: Arc<str>,
    pub receiver: Receiver,
    /// Its code. What it captures depends on the definition.
    pub function: FuncId,
}

/// What the first parameter of a method says of its receiver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Receiver {
    /// `self`: a copy.
    Value,
    /// `mut self`: in-out.
    InOut,
    /// None: the fields are visible as variables; the struct name may call it too.
    Fields,
}

macro_rules! operator_methods {
    ($($name:ident $text:literal;)*) => {
        /// A method with which a struct defines an operator that is looked up when code runs.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum OperatorMethod { $($name,)* }

        impl OperatorMethod {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [OperatorMethod] = &[$(OperatorMethod::$name,)*];

            /// The name of the method.
            pub fn name(self) -> &'static str {
                match self { $(OperatorMethod::$name => $text,)* }
            }
        }
    };
}

operator_methods! {
    Add "op_add";
    Sub "op_sub";
    Mul "op_mul";
    Div "op_div";
    Mod "op_mod";
    Pow "op_pow";
    Eq "op_eq";
    Ne "op_ne";
    Lt "op_lt";
    Le "op_le";
    Gt "op_gt";
    Ge "op_ge";
    Neg "op_neg";
    Not "op_not";
    Index "op_index";
    Call "op_call";
}

/// The indices of the methods with which a struct defines operators.
#[derive(Debug)]
pub struct Operators([Option<u32>; OperatorMethod::ALL.len()]);

impl Operators {
    /// Those among the methods of a declaration.
    pub fn of(methods: &[MethodDecl]) -> Operators {
        let mut indices = [None; OperatorMethod::ALL.len()];
        for (index, operator) in indices.iter_mut().zip(OperatorMethod::ALL) {
            *index = methods.iter().position(|m| &*m.name == operator.name()).map(|index| index as u32);
        }
        Operators(indices)
    }

    /// The index of the method of an operator.
    #[inline(always)]
    pub fn get(&self, operator: OperatorMethod) -> Option<usize> {
        self.0[operator as usize].map(|index| index as usize)
    }
}

impl StructDecl {
    /// The id of the built-in struct `Error`; no other declaration has it.
    pub const ERROR_ID: u32 = u32::MAX;

    /// Set in the ids of structs with `op_eq` or `op_ne`.
    pub const DECIDES_EQUALITY: u32 = 1;

    /// The id of the declaration with that number, which is not 0.
    pub fn id_of(number: u32, methods: &[MethodDecl]) -> u32 {
        let decides = methods.iter().any(|m| matches!(&*m.name, "op_eq" | "op_ne"));
        number << 1 | if decides { StructDecl::DECIDES_EQUALITY } else { 0 }
    }

    /// Is it the built-in struct `Error`?
    pub fn is_error(&self) -> bool {
        self.id == StructDecl::ERROR_ID
    }

    /// The names of the fields.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| &*field.name)
    }

    /// The names of the methods.
    pub fn method_names(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(|method| &*method.name)
    }

    /// The index of a field.
    pub fn field_index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| &*f.name == name)
    }

    /// The index of a method.
    pub fn method_index(&self, name: &str) -> Option<usize> {
        self.methods.iter().position(|m| &*m.name == name)
    }
}

/// An enum declaration.
#[derive(Debug)]
pub struct EnumDecl {
    /// Unique in the engine.
    pub id: u32,
    pub name: Arc<str>,
    pub kind: EnumKind,
    pub variants: Vec<VariantDecl>,
}

/// A declared enum or a built-in one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnumKind {
    Declared,
    /// `Ok` is variant 0, `Err` variant 1.
    Result,
    /// `Some` is variant 0, `None` variant 1.
    Option,
}

impl EnumKind {
    /// What `type(v)` gives.
    pub fn name(self) -> &'static str {
        match self {
            EnumKind::Declared => "enum",
            EnumKind::Result => "result",
            EnumKind::Option => "option",
        }
    }
}

/// A variant of an enum.
#[derive(Debug)]
pub struct VariantDecl {
    pub name: Arc<str>,
    /// The number of payload values; `None` for a variant without a list, which takes any number in parentheses.
    pub arity: Option<u32>,
}

impl EnumDecl {
    /// The id of the built-in enum `Result`; no other declaration has it.
    pub const RESULT_ID: u32 = u32::MAX;
    /// The id of the built-in enum `Option`; no other declaration has it.
    pub const OPTION_ID: u32 = u32::MAX - 1;

    /// The names of the variants, in the order of the declaration.
    pub fn variant_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.variants.iter().map(|variant| &*variant.name)
    }

    /// The index of a variant.
    pub fn variant_index(&self, name: &str) -> Option<usize> {
        self.variants.iter().position(|v| &*v.name == name)
    }
}
