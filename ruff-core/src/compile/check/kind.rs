//! Kinds of values, sets of them, and what annotations accept.

use super::Checker;
use super::declared::DeclId;
use crate::syntax::ast::{Ident, Type, TypeKind};
use smallvec::SmallVec;

/// The kind of a value, or the declaration that it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Null,
    Bool,
    Int,
    Float,
    String,
    Array,
    Dict,
    Bytes,
    Range,
    Set,
    Queue,
    Stack,
    Result,
    Option,
    Function,
    Generator,
    Promise,
    Channel,
    /// A value of the struct.
    Struct(DeclId),
    /// The name of the struct as a value.
    StructDef(DeclId),
    /// A value of the enum.
    Enum(DeclId),
    /// The name of the enum as a value.
    EnumDef(DeclId),
}

/// The plain kinds by the names that annotations and signatures use.
const NAMES: &[(&str, Kind)] = &[
    ("null", Kind::Null),
    ("bool", Kind::Bool),
    ("int", Kind::Int),
    ("float", Kind::Float),
    ("string", Kind::String),
    ("array", Kind::Array),
    ("dict", Kind::Dict),
    ("bytes", Kind::Bytes),
    ("range", Kind::Range),
    ("set", Kind::Set),
    ("queue", Kind::Queue),
    ("stack", Kind::Stack),
    ("result", Kind::Result),
    ("option", Kind::Option),
    ("function", Kind::Function),
    ("generator", Kind::Generator),
    ("promise", Kind::Promise),
    ("channel", Kind::Channel),
];

/// The constructors of built-in kinds, as names of types.
const TYPE_NAMES: &[(&str, Kind)] = &[
    ("Set", Kind::Set),
    ("Queue", Kind::Queue),
    ("Stack", Kind::Stack),
    ("Result", Kind::Result),
    ("Option", Kind::Option),
];

impl Kind {
    pub fn is_number(self) -> bool {
        matches!(self, Kind::Int | Kind::Float)
    }

    pub fn is_struct(self) -> bool {
        matches!(self, Kind::Struct(_))
    }

    /// Can values of the two kinds be equal?
    pub fn is_comparable(self, other: Kind) -> bool {
        self == other || self.is_number() && other.is_number()
    }

    /// May a value of kind `found` stand where this kind is asked for? Structs may have `op_call`.
    fn accepts(self, found: Kind) -> bool {
        self == found || matches!((self, found), (Kind::Float, Kind::Int) | (Kind::Function, Kind::Struct(_)))
    }
}

/// Some kinds.
pub(super) type Kinds = SmallVec<[Kind; 2]>;

/// What is certain of the value of an expression.
#[derive(Clone, Default, Debug)]
pub(super) struct Known {
    /// The kinds that it can have. `None` if they are not known; none if the expression never has a value.
    pub kinds: Option<Kinds>,
    /// It is known from an annotation only, which nothing enforces at run time.
    pub is_declared: bool,
}

impl Known {
    pub fn anything() -> Known {
        Known::default()
    }

    /// Of an expression that does not give a value.
    pub fn never() -> Known {
        Known { kinds: Some(Kinds::new()), is_declared: false }
    }

    pub fn declared(kinds: Option<Kinds>) -> Known {
        Known { kinds, is_declared: true }
    }

    /// The only kind.
    pub fn single(&self) -> Option<Kind> {
        match self.kinds.as_deref() {
            Some([kind]) => Some(*kind),
            _ => None,
        }
    }

    /// Is every kind among those?
    pub fn all(&self, test: impl Fn(Kind) -> bool) -> bool {
        self.kinds.as_deref().is_some_and(|kinds| !kinds.is_empty() && kinds.iter().all(|kind| test(*kind)))
    }

    /// A value that is this or that.
    pub fn or(mut self, other: Known) -> Known {
        self.is_declared |= other.is_declared;
        match (&mut self.kinds, other.kinds) {
            (Some(kinds), Some(others)) => others.into_iter().for_each(|kind| add(kinds, kind)),
            (kinds, _) => *kinds = None,
        }
        self
    }

    /// Does the value, of one of `found`, certainly not fit `accepted`? What is declared to be a float may be an int.
    pub fn is_excluded(&self, accepted: &[Kind], found: &[Kind]) -> bool {
        let is_accepted = |kind: Kind| accepted.iter().any(|a| a.accepts(kind));
        let may_be_int = self.is_declared && found.contains(&Kind::Float);
        !(found.is_empty() || found.iter().any(|kind| is_accepted(*kind)) || may_be_int && is_accepted(Kind::Int))
    }

    /// The same value if it is not null.
    pub fn without_null(mut self) -> Known {
        self.kinds.iter_mut().for_each(|kinds| kinds.retain(|kind| *kind != Kind::Null));
        self
    }
}

impl From<Kind> for Known {
    fn from(kind: Kind) -> Known {
        Known { kinds: Some(Kinds::from_slice(&[kind])), is_declared: false }
    }
}

fn add(kinds: &mut Kinds, kind: Kind) {
    if !kinds.contains(&kind) {
        kinds.push(kind);
    }
}

/// The result of a builtin by its signature, such as `len(v) -> int: …`.
pub(super) fn result_of_signature(signature: &str) -> Known {
    let Some((_, result)) = signature.split_once(") -> ") else { return Known::anything() };
    let result = result.split_once(':').map_or(result, |(result, _)| result).trim();
    match result {
        "true" => Kind::Bool.into(),
        "number" => Known::from(Kind::Int).or(Kind::Float.into()),
        name => by_name(NAMES, name).map_or(Known::anything(), Known::from),
    }
}

fn by_name(names: &[(&str, Kind)], name: &str) -> Option<Kind> {
    names.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind)
}

impl Checker<'_, '_> {
    /// The kinds that a type accepts; `None` if it accepts everything.
    pub(super) fn accepted(&self, ty: &Type) -> Option<Kinds> {
        match &ty.kind {
            TypeKind::Named { path, .. } => match path.as_slice() {
                [name] => Some(Kinds::from_slice(&[self.named(name)?])),
                _ => None,
            },
            TypeKind::Func { .. } => Some(Kinds::from_slice(&[Kind::Function])),
            TypeKind::Optional(inner) => {
                let mut kinds = self.accepted(inner)?;
                add(&mut kinds, Kind::Null);
                Some(kinds)
            }
            TypeKind::Union(parts) => {
                let mut kinds = Kinds::new();
                for part in parts {
                    self.accepted(part)?.into_iter().for_each(|kind| add(&mut kinds, kind));
                }
                Some(kinds)
            }
            TypeKind::Error => None,
        }
    }

    fn named(&self, ident: &Ident) -> Option<Kind> {
        if self.declared.is_name(&ident.name) {
            return self.declared.type_named(&ident.name);
        }
        by_name(NAMES, &ident.name).or_else(|| by_name(TYPE_NAMES, &ident.name))
    }

    /// Kinds in messages, such as `int|string`.
    pub(super) fn text(&self, kinds: &[Kind]) -> String {
        let names: Vec<&str> = kinds.iter().map(|kind| self.kind_text(*kind)).collect();
        names.join("|")
    }

    fn kind_text(&self, kind: Kind) -> &str {
        match kind {
            Kind::Struct(id) => self.declared.struct_at(id).map_or("struct", |decl| &decl.name.name),
            Kind::Enum(id) => self.declared.enum_at(id).map_or("enum", |decl| &decl.name.name),
            Kind::StructDef(_) => "structdef",
            Kind::EnumDef(_) => "enumdef",
            plain => NAMES.iter().find(|(_, kind)| *kind == plain).map_or("value", |(name, _)| name),
        }
    }
}
