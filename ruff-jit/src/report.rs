//! What the native tier has made of a program: for `ruff run --explain-jit`, `ruff emit`, and hosts that want to know.
//!
//! A [`Report`] is plain facts, taken at one moment; its `Display` is what the command prints. Numbers of exits are those of the
//! code that is listed: retired code keeps its own.

use crate::program::ProgramCode;
use ruff_core::jit::{ExitReason, ProgramData, native_program};
use ruff_core::{Engine, Position, Program};
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// What the native tier has made of a program, or `None` if nothing in it was ever hot, or another backend is at work.
///
/// ```
/// use ruff_core::{Engine, Vm};
/// use ruff_jit::{Cranelift, Options};
/// let native = Cranelift::with_options(Options { threshold: 100, ..Options::default() })?;
/// let engine = Engine::builder().jit(native).build();
/// let program = engine.compile("sum.ruff", "sum := 0\nfor i in range(1000) { sum += i }")?;
/// Vm::new(&engine).run(&program)?;
/// let report = ruff_jit::report(&program).expect("the loop is hot");
/// assert_eq!(report.functions[0].loops[0].units[0].version, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn report(program: &Program) -> Option<Report> {
    report_of(program.bytecode())
}

/// The same for the part of the library that is written in Ruff: `map`, `sort`, and the others that call functions of scripts.
pub fn library_report<S>(engine: &Engine<S>) -> Option<Report> {
    report_of(engine.library_bytecode()?)
}

fn report_of(program: &ProgramData) -> Option<Report> {
    Some(native_program(program)?.as_any().downcast_ref::<ProgramCode>()?.report(program))
}

/// What the native tier has made of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// In the order of the program.
    pub functions: Vec<FunctionReport>,
}

/// What there is of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionReport {
    pub name: String,
    /// Where its declaration begins.
    pub location: Location,
    /// Calls of it were inlined in other code.
    pub is_inlined: bool,
    /// Why it is not compiled any more.
    pub refusal: Option<Refusal>,
    /// The code of the whole function, each build of it; empty if it was never hot, or only its loops were.
    pub units: Vec<UnitReport>,
    /// Its loops in the order of their code.
    pub loops: Vec<LoopReport>,
    /// Where it goes on natively, if it is a generator: at its start and behind `yield`, in the order of their code.
    pub resumptions: Vec<ResumptionReport>,
    /// Guards that have failed too often: code that is made from now on does without them.
    pub widened: Vec<GuardReport>,
}

/// What there is of a loop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoopReport {
    /// Where it stands: the `for` or `while` and what belongs to it.
    pub location: Location,
    /// The code that is entered at it, each build of it; empty if the loop was never hot itself.
    pub units: Vec<UnitReport>,
    /// Other code of the function runs through it.
    pub is_in_other_code: bool,
}

/// What there is of a place where a generator goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResumptionReport {
    /// The `yield`, or the start of the function.
    pub location: Location,
    /// The code that is entered there, each build of it.
    pub units: Vec<UnitReport>,
}

/// A piece of machine code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitReport {
    /// 1 for the first build of the function, or of the loop.
    pub version: u32,
    /// Other code has replaced it, or is to replace it.
    pub is_retired: bool,
    pub code_bytes: usize,
    pub compile_time: Duration,
    /// The names of the functions whose calls were inlined, each call of them.
    pub inlined: Vec<String>,
    /// How it was left, most often first.
    pub exits: Vec<ExitReport>,
    /// With [`Options::keeps_listings`](crate::Options::keeps_listings).
    pub listing: Option<Listing>,
}

/// How often code was left at an instruction for a reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExitReport {
    pub guard: GuardReport,
    pub count: u64,
}

/// What is checked at an instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GuardReport {
    pub reason: ExitReason,
    pub location: Location,
}

/// A place in a source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    pub source: String,
    pub position: Position,
}

/// Why a function is not compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    pub reason: RefusalReason,
    /// The reason with its numbers.
    pub text: String,
}

/// Kinds of refusals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusalReason {
    /// It would take too long to compile.
    TooLarge,
    /// The limit of code bytes is reached, or the system gives no memory for code.
    NoMemory,
    /// A bug of the native tier: it does not understand its own code.
    Rejected,
}

/// The texts of a piece of code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    /// HIR after all passes.
    pub hir: String,
    /// Cranelift's IR.
    pub clif: String,
    /// The instructions of the machine.
    pub asm: String,
}

impl Report {
    /// All code with the function, and the loop that it is entered at.
    pub fn units(&self) -> impl Iterator<Item = (&FunctionReport, Option<&LoopReport>, &UnitReport)> {
        self.functions.iter().flat_map(|function| {
            let loops = function.loops.iter().flat_map(move |l| l.units.iter().map(move |u| (function, Some(l), u)));
            let others = function.units.iter().chain(function.resumptions.iter().flat_map(|r| &r.units));
            others.map(move |u| (function, None, u)).chain(loops)
        })
    }

    /// Bytes of machine code.
    pub fn code_bytes(&self) -> usize {
        self.units().map(|(.., unit)| unit.code_bytes).sum()
    }

    /// The time that compiling these has taken.
    pub fn compile_time(&self) -> Duration {
        self.units().map(|(.., unit)| unit.compile_time).sum()
    }

    /// How often native code was left for the interpreter.
    pub fn exits(&self) -> u64 {
        self.units().flat_map(|(.., unit)| &unit.exits).map(|exit| exit.count).sum()
    }
}

impl FunctionReport {
    /// Has it no code of its own, because nothing of it was ever hot?
    pub fn is_cold(&self) -> bool {
        let has_none = self.units.is_empty() && self.resumptions.is_empty();
        self.refusal.is_none() && has_none && self.loops.iter().all(|l| l.units.is_empty())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for function in self.functions.iter().filter(|f| !f.is_cold()) {
            write!(f, "{function}")?;
        }
        for (is_inlined, text) in [(true, "only inlined"), (false, "not hot")] {
            let cold = self.functions.iter().filter(|f| f.is_cold() && f.is_inlined == is_inlined);
            let names: Vec<&str> = cold.map(|f| f.name.as_str()).collect();
            if !names.is_empty() {
                writeln!(f, "{text}: {}", names.join(", "))?;
            }
        }
        Ok(())
    }
}

impl Display for FunctionReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at {}", self.name, self.location)?;
        if let Some(refusal) = &self.refusal {
            writeln!(f, "  refused: {refusal}")?;
        }
        if self.units.is_empty() && self.resumptions.is_empty() && self.refusal.is_none() {
            writeln!(f, "  function: its calls are not hot")?;
        }
        write_units(f, "function", &self.units)?;
        for resumption in &self.resumptions {
            let name = format!("resumed at line {}", resumption.location.position.line);
            write_units(f, &name, &resumption.units)?;
        }
        for l in &self.loops {
            write!(f, "{l}")?;
        }
        for guard in &self.widened {
            writeln!(f, "  widened: {guard}")?;
        }
        Ok(())
    }
}

impl Display for LoopReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = format!("loop at line {}", self.location.position.line);
        match (self.units.is_empty(), self.is_in_other_code) {
            (true, true) => writeln!(f, "  {name}: in the code above"),
            (true, false) => writeln!(f, "  {name}: not hot"),
            (false, _) => write_units(f, &name, &self.units),
        }
    }
}

fn write_units(f: &mut Formatter<'_>, name: &str, units: &[UnitReport]) -> fmt::Result {
    units.iter().try_for_each(|unit| write!(f, "  {name}: {unit}"))
}

impl Display for UnitReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let retired = if self.is_retired { ", retired" } else { "" };
        let micros = self.compile_time.as_micros();
        write!(f, "version {}, {} bytes of code, compiled in {micros} µs{retired}", self.version, self.code_bytes)?;
        let mut names: Vec<&str> = Vec::new();
        for name in &self.inlined {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        for (at, name) in names.into_iter().enumerate() {
            let count = self.inlined.iter().filter(|n| *n == name).count();
            write!(f, "{}{name}", if at == 0 { "; inlined " } else { ", " })?;
            if count > 1 {
                write!(f, " {count} times")?;
            }
        }
        writeln!(f)?;
        self.exits.iter().try_for_each(|exit| writeln!(f, "    {exit}"))
    }
}

impl Display for ExitReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "left {} time{}: {}", self.count, if self.count == 1 { "" } else { "s" }, self.guard)
    }
}

impl Display for GuardReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.reason, self.location)
    }
}

impl Display for Location {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source, self.position.line, self.position.column)
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
