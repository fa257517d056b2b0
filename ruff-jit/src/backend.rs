//! The backend that a host plugs into its engine.

use crate::clif::{CodeRange, CompileError, Compiler, Features};
use crate::code::CodeMemory;
use crate::limits::CODE_BYTES_MAX;
use crate::program::ProgramCode;
use crate::statistics::Statistics;
use ruff_core::jit::{Builtins, JitBackend, NativeProgram, ProgramData};
use std::sync::Arc;

/// Ticks that make a function or a loop hot.
const THRESHOLD: u32 = 5_000;

/// How the native tier works. The defaults are for use; the rest is for tests and for looking at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Ticks (calls and back-edges) that make a function or a loop hot; at least 1.
    pub threshold: u32,
    /// Bytes of machine code that may exist at a time.
    pub code_bytes_max: usize,
    /// Are whole functions compiled? Else only loops are, which are entered from the interpreter.
    pub compiles_functions: bool,
    /// Are calls inlined?
    pub inlines: bool,
    /// Passes that do not run, by name: see [`crate::pass::PASSES`].
    pub disabled_passes: Vec<&'static str>,
    /// Every so-manieth guard fails, whatever it guards.
    pub deopt_every: Option<u32>,
    /// Machine code has only instructions that every machine of its kind knows.
    pub baseline_features: bool,
    /// The address near which machine code lies, if the system agrees.
    pub code_near: Option<usize>,
    /// HIR is verified after each pass, in release builds too.
    pub verifies: bool,
    /// HIR, CLIF and disassembly of all code are kept for [`report`](crate::report::report).
    pub keeps_listings: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            threshold: THRESHOLD,
            code_bytes_max: CODE_BYTES_MAX,
            compiles_functions: true,
            inlines: true,
            disabled_passes: Vec::new(),
            deopt_every: None,
            baseline_features: false,
            code_near: None,
            verifies: false,
            keeps_listings: false,
        }
    }
}

/// The native tier on Cranelift. It serves one engine, and all programs, machines and threads of it.
#[derive(Debug)]
pub struct Cranelift {
    shared: Arc<Shared>,
}

/// What the code of all programs shares.
#[derive(Debug)]
pub struct Shared {
    pub compiler: Compiler,
    pub options: Options,
    pub statistics: Arc<Statistics>,
}

impl Cranelift {
    /// The native tier with default options.
    ///
    /// # Errors
    /// [`CompileError`] where the machine is unknown, or the system refuses executable memory. The host can go on without.
    pub fn new() -> Result<Cranelift, CompileError> {
        Cranelift::with_options(Options::default())
    }

    /// The native tier with these options.
    ///
    /// # Errors
    /// As [`Cranelift::new`].
    pub fn with_options(options: Options) -> Result<Cranelift, CompileError> {
        Cranelift::observed(options, |_| {})
    }

    /// The same with an observer that is told of all machine code as it is made: for profilers, which have no names for it.
    ///
    /// # Errors
    /// As [`Cranelift::new`].
    pub fn observed(
        options: Options,
        observer: impl Fn(CodeRange<'_>) + Send + Sync + 'static,
    ) -> Result<Cranelift, CompileError> {
        let memory = CodeMemory::near(options.code_near, options.code_bytes_max)?;
        let features = if options.baseline_features { Features::Baseline } else { Features::OfMachine };
        let compiler = Compiler::with_features(memory, features)?.observed(observer);
        Ok(Cranelift { shared: Arc::new(Shared { compiler, options, statistics: Arc::default() }) })
    }

    /// What has been compiled, entered and left, of all programs: a handle that goes on counting.
    pub fn statistics(&self) -> Arc<Statistics> {
        self.shared.statistics.clone()
    }
}

impl JitBackend for Cranelift {
    fn threshold(&self) -> u32 {
        self.shared.options.threshold.max(1)
    }

    fn deopt_every(&self) -> Option<u32> {
        self.shared.options.deopt_every
    }

    fn attach(&self, _program: &ProgramData, builtins: Builtins) -> Box<dyn NativeProgram> {
        Box::new(ProgramCode::new(self.shared.clone(), builtins))
    }
}
