//! Runs of a program and all that can be seen of them.

use crate::program::Program;
use ruff_core::syntax::diagnostic::{Diagnostic, Severity};
use ruff_core::{
    Ctx, Engine, EngineBuilder, Error, ErrorKind, Function, HostRef, HostType, Limits, MapLoader, Operator, Vm,
};
use ruff_jit::{Cranelift, Options, Statistics};
use std::fmt::{self, Display, Formatter, Write};
use std::sync::{Arc, Mutex};

/// A way to run programs. All modes must agree.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    /// The name in reports.
    pub name: &'static str,
    /// How the native tier works, if there is one.
    pub options: fn() -> Option<Options>,
}

impl Mode {
    /// No native tier.
    pub const INTERPRETER: Mode = Mode { name: "interpreter", options: || None };

    /// Everything natively from its first tick on, with HIR verified after each pass.
    pub const NATIVE: Mode =
        Mode { name: "native", options: || Some(Options { threshold: 1, verifies: true, ..Options::default() }) };

    /// Natively once there is some feedback.
    pub const WARM: Mode =
        Mode { name: "warm", options: || Some(Options { threshold: 40, verifies: true, ..Options::default() }) };

    /// Only loops, which are entered at their first back-edge.
    pub const LOOPS: Mode = Mode {
        name: "loops",
        options: || Some(Options { threshold: 1, compiles_functions: false, ..Options::default() }),
    };

    /// Every seventh guard fails.
    pub const DEOPT: Mode =
        Mode { name: "deopt", options: || Some(Options { threshold: 8, deopt_every: Some(7), ..Options::default() }) };

    /// No call is inlined.
    pub const CALLS: Mode =
        Mode { name: "calls", options: || Some(Options { threshold: 8, inlines: false, ..Options::default() }) };

    /// Every mode that the tests run and compare with the interpreter.
    pub const ALL: &[Mode] = &[Mode::INTERPRETER, Mode::NATIVE, Mode::WARM, Mode::LOOPS, Mode::DEOPT, Mode::CALLS];

    /// The mode with that name.
    pub fn named(name: &str) -> Option<&'static Mode> {
        Mode::ALL.iter().find(|mode| mode.name == name)
    }

    /// Plugs the mode's native tier in.
    pub fn configure(&self, builder: EngineBuilder) -> EngineBuilder {
        self.configure_counted(builder).0
    }

    /// The same, with a handle to what the native tier counts.
    pub fn configure_counted(&self, builder: EngineBuilder) -> (EngineBuilder, Arc<Statistics>) {
        plug(builder, (self.options)())
    }
}

/// Plugs a native tier with these options in, if there are any.
fn plug(builder: EngineBuilder, options: Option<Options>) -> (EngineBuilder, Arc<Statistics>) {
    let Some(options) = options else { return (builder, Arc::default()) };
    match Cranelift::with_options(options) {
        Ok(backend) => {
            let statistics = backend.statistics();
            (builder.jit(backend), statistics)
        }
        Err(error) => panic!("no native tier to test: {error}"),
    }
}

/// What is done with a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// It runs.
    Run,
    /// It is only checked.
    Check,
    /// Its tests run, each in a VM of its own.
    Test,
}

/// A program to run.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name in messages.
    pub name: String,
    /// The source.
    pub text: String,
    /// Names and texts of the modules that it can import.
    pub modules: Vec<(String, String)>,
    /// What is done with it.
    pub action: Action,
    /// The limits of the run.
    pub limits: Limits,
}

impl Case {
    /// A source under the limits that all cases have: generated programs end far below them.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Case {
        let limits = Limits { ticks: Some(20_000_000), memory_bytes: Some(256 << 20), ..Limits::trusted() };
        Case { name: name.into(), text: text.into(), modules: Vec::new(), action: Action::Run, limits }
    }

    /// A generated program.
    pub fn generated(program: &Program) -> Case {
        let case = Case::new(format!("seed-{}", program.seed), program.to_string());
        Case { modules: program.modules.clone(), ..case }
    }

    /// The same with another limit of ticks.
    pub fn with_ticks(&self, ticks: u64) -> Case {
        Case { limits: Limits { ticks: Some(ticks), ..self.limits.clone() }, ..self.clone() }
    }

    /// An engine with what the case needs: its modules, its limits, and the host of generated programs.
    pub fn engine_builder(&self) -> EngineBuilder {
        let loader = self.modules.iter().fold(MapLoader::new(), |l, (name, text)| l.module(name, text));
        with_host(Engine::builder().limits(self.limits.clone()).seed(1).loader(loader))
    }

    /// The errors that `ruff check` finds, one a line.
    pub fn diagnostics(&self) -> Vec<String> {
        let (source, diagnostics, _) = self.engine_builder().build().check(&self.name, &self.text);
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error);
        errors.map(|d| format!("{}: {}: {}", source.position(d.span.start).line, d.code, d.message)).collect()
    }
}

/// All that can be seen of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// Everything that was printed.
    pub output: String,
    /// `CODE: message` of what the compiler or the check has found.
    pub diagnostics: Vec<String>,
    /// Why the run ended, if not at its end.
    pub failure: Option<Failure>,
    /// Why tests failed.
    pub failed_tests: Vec<Failure>,
    /// Ticks that the run took.
    pub ticks: u64,
}

impl Outcome {
    /// `CODE: message` of each diagnostic, or else of the error that was not caught.
    pub fn errors(&self) -> Vec<String> {
        match &self.failure {
            Some(failure) if self.diagnostics.is_empty() => vec![format!("{}: {}", failure.code, failure.message)],
            _ => self.diagnostics.clone(),
        }
    }

    fn fail(&mut self, error: &Error) {
        self.diagnostics = lines_of(error.diagnostics());
        self.failure = Some(Failure::of(error));
    }
}

fn lines_of(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(|d| format!("{}: {}", d.code, d.message)).collect()
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

/// An object of the host that generated programs use.
struct Meter {
    total: i64,
}

/// The functions and the type of the host that generated programs use.
pub fn with_host(builder: EngineBuilder) -> EngineBuilder {
    let apply = |ctx: &mut Ctx, f: Function<fn(i64) -> i64>, k: i64| f.call(ctx, (k,));
    let sum = |xs: Vec<i64>| xs.into_iter().fold(0, i64::wrapping_add);
    let fail = |k: i64| if k % 7 == 3 { Err(format!("the host refuses {k}")) } else { Ok(k % 31) };
    let meter = HostType::new("Meter")
        .constructor(|total: i64| Meter { total })
        .field("total", |m: &Meter| m.total, |m: &mut Meter, total: i64| m.total = total)
        .method("add", |m: &mut Meter, k: i64| {
            m.total = m.total.wrapping_add(k) % 1_000_003;
            m.total
        })
        .operator(Operator::Add, |m: &Meter, k: i64| HostRef::new(Meter { total: m.total.wrapping_add(k) }));
    builder.function("host_apply", apply).function("host_sum", sum).function("host_fail", fail).host_type(meter)
}

/// Runs a case in a fresh engine and VM of a mode.
pub fn run(case: &Case, mode: &Mode) -> Outcome {
    run_counted(case, mode).0
}

/// The same, with what the native tier has counted.
pub fn run_counted(case: &Case, mode: &Mode) -> (Outcome, Arc<Statistics>) {
    run_with_options(case, (mode.options)())
}

/// The same with a native tier that has these options, if there are any.
pub fn run_with_options(case: &Case, options: Option<Options>) -> (Outcome, Arc<Statistics>) {
    let mut statistics = Arc::default();
    let outcome = run_with(case, |builder| {
        let (builder, counted) = plug(builder, options);
        statistics = counted;
        builder
    });
    assert_eq!(statistics.rejections(), 0, "the native tier has a bug: it refuses code of {}", case.name);
    (outcome, statistics)
}

/// Runs a case in a fresh engine and VM, with what `configure` adds to the engine.
pub fn run_with(case: &Case, configure: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Outcome {
    let output = Arc::new(Mutex::new(String::new()));
    let sink = output.clone();
    let print = move |text: &str| sink.lock().unwrap_or_else(|e| e.into_inner()).push_str(text);
    let engine = configure(case.engine_builder().output(print)).build();
    let mut outcome = match case.action {
        Action::Run => run_program(&engine, case),
        Action::Check => check(&engine, case),
        Action::Test => run_tests(&engine, case),
    };
    let printed = std::mem::take(&mut *output.lock().unwrap_or_else(|e| e.into_inner()));
    outcome.output.insert_str(0, &printed);
    outcome
}

fn run_program(engine: &Engine, case: &Case) -> Outcome {
    let mut outcome = Outcome::default();
    let mut vm = Vm::new(engine);
    let result = engine.compile(&case.name, &case.text).and_then(|program| vm.run(&program));
    outcome.ticks = vm.ticks_used();
    if let Err(error) = result {
        outcome.fail(&error);
    }
    outcome
}

fn check(engine: &Engine, case: &Case) -> Outcome {
    let (_, diagnostics, _) = engine.check(&case.name, &case.text);
    Outcome { diagnostics: lines_of(&diagnostics), ..Outcome::default() }
}

/// As `ruff test`: the report is the last line of the output.
fn run_tests(engine: &Engine, case: &Case) -> Outcome {
    let mut outcome = Outcome::default();
    let program = match engine.compile_tests(&case.name, &case.text) {
        Ok(program) => program,
        Err(error) => {
            outcome.fail(&error);
            return outcome;
        }
    };
    let total = program.tests().len();
    for at in 0..total {
        let mut vm = Vm::new(engine);
        outcome.failed_tests.extend(vm.run_test(&program, at).err().map(|e| Failure::of(&e)));
        outcome.ticks += vm.ticks_used();
    }
    let failed = outcome.failed_tests.len();
    // Writing to a string does not fail.
    let _ = writeln!(outcome.output, "Tests: {total} total, {} passed, {failed} failed", total - failed);
    outcome
}
