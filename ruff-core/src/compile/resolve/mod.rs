//! Names: what each occurrence of a name refers to, which variables closures capture, and the compile errors (RUF02xx) that
//! follow from the tree alone.
//!
//! The result is keyed by positions: a name by the offset of its occurrence, a function or block by the offset of its beginning.
//! Lowering asks here and never looks up a scope itself. Section 4 of the language reference has the rules.

mod early;
mod expr;
mod help;
mod pattern;
mod scope;
mod stmt;
mod tests;

pub use scope::immutable_message;
pub(super) use stmt::{module_member, pattern_names, top_level_names};
pub(super) use tests::FILE_GROUP;

use super::BuiltinScope;
use super::modules::ModuleNames;
use crate::bytecode::GlobalId;
use crate::bytecode::function::Immutable;
use crate::code::Code;
use crate::syntax::ast::Name;
use crate::syntax::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::source::Span;
use early::Early;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// An index of a variable of a module.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct VarId(pub u32);

/// A variable.
#[derive(Debug)]
pub struct Variable {
    pub name: Name,
    /// The program-wide variable of a top-level name; else it lives in a frame.
    pub global: Option<GlobalId>,
    /// The nesting depth of the function that it belongs to.
    pub function: u32,
    /// A closure refers to it: it lives in a cell.
    pub captured: bool,
    /// Its cell is made when its block is entered, because a hoisted function may capture it before its declaration runs.
    pub early: bool,
    pub immutable: Option<Immutable>,
    /// A field of the receiver, in a method without `self`.
    pub is_field: bool,
    /// An in-out parameter, or `self` of a method with `mut self`.
    pub is_in_out: bool,
    pub span: Span,
    /// Occurrences that read it.
    pub reads: u32,
    /// It is assigned what may be text.
    pub maybe_text: bool,
    /// Declared by `let`.
    pub is_let: bool,
    /// The namespace of a module.
    pub is_namespace: bool,
}

/// What an occurrence of a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Reads or assigns a variable.
    Variable(VarId),
    /// Declares a variable.
    Declare(VarId),
    /// Declares a name that its scope already has.
    Duplicate,
    /// An exported variable of a module whose names are visible.
    External(GlobalId),
    /// A variable of the host or of an earlier line of the session.
    Outside(GlobalId, Option<Immutable>),
    /// A name that a later line of the session may define.
    Session(GlobalId),
    Builtin,
    /// Refers to nothing.
    Undefined,
}

/// What is known of a function.
#[derive(Debug, Default, Clone)]
pub struct FunctionNames {
    /// Variables of enclosing functions, in the order of the closure's captures.
    pub captures: Vec<VarId>,
    /// Fields of the receiver that a method without `self` mentions.
    pub fields: Vec<VarId>,
}

/// The meaning of all names of a module.
#[derive(Default)]
pub struct Resolution {
    pub variables: Vec<Variable>,
    pub(super) uses: OffsetMap<Use>,
    pub(super) functions: OffsetMap<Rc<FunctionNames>>,
    pub(super) thunks: OffsetMap<Rc<FunctionNames>>,
    /// Variables of blocks whose cells are made on entry.
    pub(super) early: OffsetMap<Rc<Vec<VarId>>>,
    /// Variables of the file that something else than one hoisted function declaration assigns.
    pub(super) assigned: HashSet<GlobalId>,
    /// Variables of the file that are assigned what may be text.
    pub(super) maybe_text: HashSet<GlobalId>,
    /// The names of fields and entries that somewhere are given a text.
    pub(in crate::compile) text_members: HashSet<Name>,
    /// What may be done about names that refer to nothing, or to what cannot change.
    pub(super) help: OffsetMap<Arc<str>>,
}

/// A map with offsets of the source as keys.
pub(super) type OffsetMap<T> = HashMap<u32, T, std::hash::BuildHasherDefault<OffsetHasher>>;

/// Offsets are spread by one multiplication; they are not under attack, because equal ones cannot occur.
#[derive(Default, Clone, Copy)]
pub struct OffsetHasher(u64);

impl std::hash::Hasher for OffsetHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.0 = (self.0 ^ *b as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }
    fn write_u32(&mut self, offset: u32) {
        let mixed = (offset as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ mixed >> 32;
    }
}

impl Resolution {
    /// What the occurrence at `span` stands for.
    pub fn name_at(&self, span: Span) -> Use {
        self.uses.get(&span.start).copied().unwrap_or(Use::Undefined)
    }

    /// What may be done about the name at `span`, which refers to nothing or to what cannot change.
    pub fn help_at(&self, span: Span) -> Option<Arc<str>> {
        self.help.get(&span.start).cloned()
    }

    /// A variable.
    pub fn variable(&self, id: VarId) -> Option<&Variable> {
        self.variables.get(id.0 as usize)
    }

    /// What is known of the function that begins at `span`.
    pub fn function_at(&self, span: Span) -> Rc<FunctionNames> {
        self.functions.get(&span.start).cloned().unwrap_or_default()
    }

    /// What is known of the expression at `span` that became a function of its own (a computed field default).
    pub fn thunk_at(&self, span: Span) -> Rc<FunctionNames> {
        self.thunks.get(&span.start).cloned().unwrap_or_default()
    }

    /// The variables whose cells are made on entry of the block that begins at `span`.
    pub fn early_at(&self, span: Span) -> Rc<Vec<VarId>> {
        self.early.get(&span.start).cloned().unwrap_or_default()
    }
}

/// What the resolver is told.
pub struct ResolveInput<'a> {
    pub builtins: &'a dyn BuiltinScope,
    pub names: &'a ModuleNames,
    /// The global variable of a top-level name of the module, made if need be.
    pub global: &'a mut dyn FnMut(&Name) -> GlobalId,
    /// The source text of the module.
    pub text: &'a str,
    /// Report what only `ruff check` reports.
    pub check: bool,
    /// Names that refer to nothing are variables of the session.
    pub session: bool,
}

/// A scope: a function with its parameters, a block, an iteration, an arm.
struct Scope {
    declared: Vec<(Name, VarId)>,
    /// Declarations among its statements are hoisted.
    has_hoisted: bool,
    /// It is the top level of the file.
    is_file: bool,
    /// Names that would be declared here if the file did not declare them further down.
    early: Vec<Name>,
}

/// A function whose body is being resolved.
struct FunctionScope {
    captures: Vec<VarId>,
    capture_set: HashSet<VarId>,
    /// Fields that are visible as variables.
    own_fields: Option<Rc<HashSet<Name>>>,
    fields: Vec<VarId>,
    /// The index of its outermost scope.
    base: usize,
    is_generator: bool,
    loops: u32,
}

/// The pass over one module.
pub struct Resolver<'a, 'd> {
    input: ResolveInput<'a>,
    pub out: Resolution,
    diagnostics: &'d mut Diagnostics,
    /// Reported only if nothing else is wrong.
    unsupported: Vec<Diagnostic>,
    bindings: HashMap<Name, Vec<VarId>>,
    scopes: Vec<Scope>,
    functions: Vec<FunctionScope>,
    /// How many of `functions` have fields as variables.
    field_functions: u32,
    /// All names that the file declares at top level, for function bodies.
    top_level: HashMap<Name, VarId>,
    /// What functions do with names that the file declares further down.
    early: Early,
    /// The method that is being resolved.
    method: Option<Name>,
    /// How many names that refer to nothing were compared with those in scope.
    compared_names: u32,
}

/// Resolves all names of a module.
pub fn resolve_module(
    body: &[crate::syntax::ast::Stmt],
    input: ResolveInput<'_>,
    diagnostics: &mut Diagnostics,
) -> Resolution {
    let had_errors = diagnostics.has_errors();
    let mut resolver = Resolver::new(input, diagnostics);
    resolver.file(body);
    let Resolver { out, unsupported, diagnostics, .. } = resolver;
    if !diagnostics.has_errors() || had_errors {
        unsupported.into_iter().for_each(|d| diagnostics.push(d));
    }
    out
}

impl<'a, 'd> Resolver<'a, 'd> {
    fn new(input: ResolveInput<'a>, diagnostics: &'d mut Diagnostics) -> Resolver<'a, 'd> {
        let main = FunctionScope {
            captures: Vec::new(),
            capture_set: HashSet::new(),
            own_fields: None,
            fields: Vec::new(),
            base: 0,
            is_generator: false,
            loops: 0,
        };
        Resolver {
            input,
            out: Resolution::default(),
            diagnostics,
            unsupported: Vec::new(),
            bindings: HashMap::new(),
            scopes: Vec::new(),
            functions: vec![main],
            field_functions: 0,
            top_level: HashMap::new(),
            early: Early::default(),
            method: None,
            compared_names: 0,
        }
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, span, message));
    }

    /// An error that only `ruff check` reports; at run time the statement raises it.
    fn check_error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        if self.input.check {
            self.error(code, span, message);
        }
    }

    fn unsupported(&mut self, span: Span, what: &str) {
        let message = format!("Tasks are not supported yet: {what}");
        self.unsupported.push(Diagnostic::error(Code::UNSUPPORTED, span, message));
    }
}
