//! A compiled program: a closed set of modules.

use super::decode::Decoded;
use super::op::Operand;
use super::verify::{VerifyError, verify_program};
use super::{EnumDecl, FuncId, Function, GlobalId, StructDecl};
use crate::code::Code;
use crate::syntax::source::{Source, Span};
use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Everything that a program is made of. Immutable; holds no live values.
#[derive(Debug)]
pub struct ProgramData {
    /// The main module is the first.
    pub modules: Vec<Module>,
    pub functions: Vec<Function>,
    pub consts: Vec<Const>,
    pub globals: Vec<Global>,
    pub structs: Vec<Arc<StructDecl>>,
    pub enums: Vec<Arc<EnumDecl>>,
    /// Names of the builtin functions that the code calls; natives or functions of the prelude, which linking decides.
    pub natives: Vec<Arc<str>>,
    /// The functions of the prelude that the program was compiled with, by their names.
    pub prelude: Vec<(Arc<str>, FuncId)>,
    /// Test blocks of the main module, in order; only in programs compiled for testing.
    pub tests: Vec<TestCase>,
    /// What the verifier said.
    pub verification: Verification,
    /// What a native tier has made of it.
    pub native: NativeData,
}

/// A place for what a native tier keeps for a program: set once, freed with the program.
#[derive(Default)]
pub struct NativeData(OnceLock<Box<dyn Any + Send + Sync>>);

impl NativeData {
    /// What is kept, if it is a `T`.
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.0.get()?.downcast_ref()
    }

    /// What is kept; `make` makes it at the first time.
    pub fn get_or_init<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.0.get_or_init(|| Box::new(make())).downcast_ref()
    }
}

impl fmt::Debug for NativeData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() { "NativeData(..)" } else { "NativeData" })
    }
}

/// What the verifier said of a program; it is asked once.
#[derive(Debug, Default)]
pub struct Verification(OnceLock<Result<(), VerifyError>>);

impl ProgramData {
    /// A function of the prelude that the program was compiled with.
    pub fn prelude_function(&self, name: &str) -> Option<FuncId> {
        self.prelude.iter().find(|(known, _)| &**known == name).map(|(_, function)| *function)
    }

    /// Checks the program before it runs for the first time.
    ///
    /// # Errors
    /// The first fault found. It shows a bug in the compiler.
    pub fn verify(&self) -> Result<(), VerifyError> {
        self.verification.0.get_or_init(|| verify_program(self)).clone()
    }
}

/// A module of a program.
#[derive(Debug)]
pub struct Module {
    /// `a.b`; empty for the main module.
    pub name: Arc<str>,
    pub source: Source,
    /// The function with the top-level code, or why there is none.
    pub body: Result<FuncId, ModuleProblem>,
    pub exports: Vec<Export>,
}

/// Why a module cannot be imported.
#[derive(Clone, Debug)]
pub struct ModuleProblem {
    pub code: Code,
    pub message: Arc<str>,
    /// What may be done about it.
    pub help: Option<&'static str>,
}

impl ModuleProblem {
    pub fn new(code: Code, message: impl Into<Arc<str>>) -> ModuleProblem {
        ModuleProblem { code, message: message.into(), help: None }
    }
}

/// An exported name.
#[derive(Clone, Debug)]
pub struct Export {
    pub name: Arc<str>,
    pub global: GlobalId,
    pub kind: ExportKind,
}

/// What an exported name stands for, as far as it is known without running.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportKind {
    Function,
    Struct,
    Enum,
    Variable,
}

/// A top-level variable.
#[derive(Clone, Debug)]
pub struct Global {
    pub name: Arc<str>,
    pub module: super::ModuleId,
    /// Host and later programs of a session find it by name; only in the main module.
    pub is_public: bool,
    /// What it always is, if nothing assigns it but its hoisted declaration.
    pub constant: Option<Declaration>,
}

/// What a hoisted declaration declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Declaration {
    Function(FuncId),
    /// The struct declaration with this index. Neither host nor session see the variable.
    Struct(u32),
    /// The enum declaration with this index. Neither host nor session see the variable.
    Enum(u32),
}

impl ProgramData {
    /// The first instruction with a constant: its function, and the expression.
    pub fn use_of_constant(&self, constant: u32) -> Option<(&Function, Span)> {
        self.functions.iter().find_map(|function| {
            let index = function.consts.iter().position(|c| *c == constant)? as u32;
            let operand = |decoded: &Decoded| decoded.operand(Operand::Const).map(|operand| operand.bits);
            let decoded = Decoded::all(&function.code).find(|decoded| operand(decoded) == Some(index))?;
            Some((function, *function.spans.get(decoded.pc.0 as usize)?))
        })
    }
}

impl Global {
    /// The function that it always is.
    pub fn function(&self) -> Option<FuncId> {
        match self.constant {
            Some(Declaration::Function(id)) => Some(id),
            _ => None,
        }
    }
}

/// A constant, made into a value once per VM.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    Null,
    Bool(bool),
    Int(i64),
    /// Digits with a sign: decimal, or in another base behind its prefix.
    BigInt(Arc<str>),
    Float(f64),
    Str(Arc<str>),
    /// A builtin function, by its name.
    Native(Arc<str>),
    /// The option `None`.
    None,
    /// The struct definition `Error`.
    ErrorDef,
    /// The enum definition `Result`.
    ResultDef,
    /// The enum definition `Option`.
    OptionDef,
}

/// A test block: a function that runs the whole of it, with its setups and teardowns.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// Group names and the test's name, joined by ` > `.
    pub name: Arc<str>,
    pub function: FuncId,
}
