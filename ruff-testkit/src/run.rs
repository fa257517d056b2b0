//! Runs of a program and all that can be seen of them.

use crate::program::Program;
use ruff_core::syntax::diagnostic::Severity;
use ruff_core::{Engine, EngineBuilder, Error, ErrorKind, Limits, Vm};
use ruff_jit::{Cranelift, Options};
use std::fmt::{self, Display, Formatter};
use std::sync::{Arc, Mutex};

/// A way to run programs. All modes must agree.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    /// The name in reports.
    pub name: &'static str,
    /// Makes an engine of the mode.
    pub configure: fn(EngineBuilder) -> EngineBuilder,
}

impl Mode {
    /// No native tier.
    pub const INTERPRETER: Mode = Mode { name: "interpreter", configure: |builder| builder };

    /// Everything natively from its first tick on, with HIR verified after each pass.
    pub const NATIVE: Mode =
        Mode { name: "native", configure: |b| native(b, Options { threshold: 1, verifies: true, ..Options::default() }) };

    /// Natively from the second tick on, so that there is some feedback.
    pub const WARM: Mode =
        Mode { name: "warm", configure: |b| native(b, Options { threshold: 40, verifies: true, ..Options::default() }) };

    /// Every seventh guard fails.
    pub const DEOPT: Mode = Mode {
        name: "deopt",
        configure: |b| native(b, Options { threshold: 8, deopt_every: Some(7), ..Options::default() }),
    };

    /// No call is inlined.
    pub const CALLS: Mode = Mode {
        name: "calls",
        configure: |b| native(b, Options { threshold: 8, inlines: false, ..Options::default() }),
    };

    /// Every mode that the tests run and compare with the interpreter.
    pub const ALL: &[Mode] = &[Mode::INTERPRETER, Mode::NATIVE, Mode::WARM, Mode::DEOPT, Mode::CALLS];
}

fn native(builder: EngineBuilder, options: Options) -> EngineBuilder {
    match Cranelift::with_options(options) {
        Ok(backend) => builder.jit(backend),
        Err(error) => panic!("no native tier to test: {error}"),
    }
}

/// A program to run.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name in messages.
    pub name: String,
    /// The source.
    pub text: String,
    /// The limits of the run.
    pub limits: Limits,
}

impl Case {
    /// A source under the limits that all cases have: generated programs end far below them.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Case {
        let limits = Limits { ticks: Some(20_000_000), memory_bytes: Some(256 << 20), ..Limits::trusted() };
        Case { name: name.into(), text: text.into(), limits }
    }

    /// A generated program.
    pub fn generated(program: &Program) -> Case {
        Case::new(format!("seed-{}", program.seed), program.to_string())
    }

    /// The same with another limit of ticks.
    pub fn with_ticks(&self, ticks: u64) -> Case {
        Case { limits: Limits { ticks: Some(ticks), ..self.limits.clone() }, ..self.clone() }
    }

    /// The errors that `ruff check` finds, one a line.
    pub fn diagnostics(&self) -> Vec<String> {
        let (source, diagnostics, _) = Engine::new().check(&self.name, &self.text);
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error);
        errors.map(|d| format!("{}: {}: {}", source.position(d.span.start).line, d.code, d.message)).collect()
    }
}

/// All that can be seen of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// Everything that was printed.
    pub output: String,
    /// Why the run ended, if not at its end.
    pub failure: Option<Failure>,
    /// Ticks that the run took.
    pub ticks: u64,
}

/// An error that a run returned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Its class.
    pub kind: ErrorKind,
    /// Its code, such as `RUF1007`.
    pub code: String,
    /// Its message.
    pub message: String,
    /// Line and column, if it has a place.
    pub position: Option<(u32, u32)>,
    /// The active functions with line and column, innermost first.
    pub trace: Vec<(String, Option<(u32, u32)>)>,
}

impl Failure {
    fn of(error: &Error) -> Failure {
        let trace = error.trace().iter().map(|frame| {
            let at = frame.source.as_ref().map(|s| s.position(frame.span.start));
            (frame.function.to_string(), at.map(|p| (p.line, p.column)))
        });
        Failure {
            kind: error.kind(),
            code: error.code().to_string(),
            message: error.message().to_string(),
            position: error.position().map(|p| (p.line, p.column)),
            trace: trace.collect(),
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} {}: {}", self.kind, self.code, self.message)?;
        for (function, at) in &self.trace {
            match at {
                Some((line, column)) => writeln!(f, "at {function} {line}:{column}")?,
                None => writeln!(f, "at {function}")?,
            }
        }
        Ok(())
    }
}

/// Runs a case in a fresh engine and VM of a mode.
pub fn run(case: &Case, mode: &Mode) -> Outcome {
    let output = Arc::new(Mutex::new(String::new()));
    let sink = output.clone();
    let print = move |text: &str| sink.lock().unwrap_or_else(|e| e.into_inner()).push_str(text);
    let builder = Engine::builder().limits(case.limits.clone()).seed(1).output(print);
    let engine = (mode.configure)(builder).build();
    let mut vm = Vm::new(&engine);
    let result = engine.compile(&case.name, &case.text).and_then(|program| vm.run(&program));
    let ticks = vm.ticks_used();
    drop(vm);
    let output = output.lock().unwrap_or_else(|e| e.into_inner()).clone();
    Outcome { output, failure: result.err().map(|e| Failure::of(&e)), ticks }
}
