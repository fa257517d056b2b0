//! Syntax tree to bytecode.
//!
//! [`compile`] loads all modules that a program can reach, resolves the names of each ([`resolve`]) and lowers its statements to
//! code ([`lower`], which writes through [`emit`]). Errors of the reference's RUF02xx are diagnostics; what section 4 leaves to run
//! time becomes an instruction that raises.

mod check;
mod emit;
mod fold;
mod kinds;
pub mod liveness;
mod lower;
mod modules;
mod prelude;
mod program;
mod release;
mod resolve;
mod walk;

use crate::bytecode::function::Immutable;
use crate::bytecode::{Const, ProgramData};
use crate::syntax::ast::Module as Tree;
use crate::syntax::diagnostic::Diagnostics;
use crate::syntax::source::Source;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

pub use crate::bytecode::ModuleProblem;
pub use prelude::{Prelude, PreludeTree};

/// What the names outside the file mean.
pub trait BuiltinScope {
    /// Is it a builtin function or value?
    fn contains(&self, name: &str) -> bool;

    /// The names of all builtins, as far as they are worth suggesting.
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(std::iter::empty())
    }

    /// The value of a builtin that is not a function (`PI`, `None`, `Error`).
    fn constant(&self, name: &str) -> Option<Const> {
        match name {
            "None" => Some(Const::None),
            "Error" => Some(Const::ErrorDef),
            "Result" => Some(Const::ResultDef),
            "Option" => Some(Const::OptionDef),
            _ => None,
        }
    }

    /// The documentation of a builtin, which begins with its signature: `len(v) -> int: …`.
    fn signature(&self, _name: &str) -> Option<&str> {
        None
    }

    /// A global variable that the host or an earlier line of a session defines, with what forbids changing it.
    fn variable(&self, _name: &str) -> Option<Option<Immutable>> {
        None
    }

    /// Has an object of the host a field or method of that name? Changing such an object changes it for everyone.
    fn has_host_member(&self, _name: &str) -> bool {
        false
    }
}

/// What a loader says of a module.
pub enum Loaded {
    /// Its source text. Sources of one name are one module.
    Source(Source),
    /// A module of the host, already as a tree.
    Tree(Source, Tree),
    /// There is no such module.
    NotFound,
    /// It exists, but cannot be used.
    Problem(ModuleProblem),
    /// The host has no loader.
    NoLoader,
}

/// Finds the source of a module: its dotted path, and the source of the importing module.
pub type ModuleLoader<'a> = dyn FnMut(&str, &Source) -> Loaded + 'a;

/// How to compile.
#[derive(Clone, Copy, Default, Debug)]
pub struct CompileOptions {
    /// A line of a session: top-level names are public mutable globals, and the main body returns the value of a last expression.
    pub session: bool,
    /// Compile the test blocks of the main module.
    pub tests: bool,
    /// Report what only `ruff check` reports.
    pub check: bool,
    /// The prelude: functions are hidden from traces.
    pub builtin: bool,
}

/// A program to compile.
pub struct CompileInput<'a> {
    /// The main module.
    pub source: Source,
    /// Names outside the files.
    pub builtins: &'a dyn BuiltinScope,
    /// Finds imported modules.
    pub loader: &'a mut ModuleLoader<'a>,
    /// What of the library is written in Ruff; `None` for a program that is not compiled with it.
    pub prelude: Option<&'a dyn Prelude>,
    /// Gives struct and enum declarations their ids, unique in the engine.
    pub declaration_ids: &'a AtomicU32,
    pub options: CompileOptions,
}

/// Parses and compiles a program. `None` if there are errors, which are among the diagnostics.
pub fn compile(input: CompileInput<'_>, diagnostics: &mut Diagnostics) -> Option<ProgramData> {
    let tree = crate::syntax::parse(&input.source, diagnostics);
    compile_tree(input, tree, diagnostics)
}

/// Compiles a program whose main module is parsed already.
pub fn compile_tree(input: CompileInput<'_>, tree: Tree, diagnostics: &mut Diagnostics) -> Option<ProgramData> {
    if diagnostics.has_errors() {
        return None;
    }
    let program = modules::compile_modules(input, tree, diagnostics)?;
    (!diagnostics.has_errors()).then_some(program)
}

/// The name of top-level code in messages.
fn main_name() -> Arc<str> {
    "main".into()
}

#[cfg(test)]
mod tests;
