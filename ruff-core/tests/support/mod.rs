//! Runs programs as the tests of this folder need it: with their output captured and their errors as `CODE: message` lines.

use ruff_core::{Engine, Error, MapLoader, Vm};
use std::fmt::Write;
use std::sync::{Arc, Mutex};

/// What is done with a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Run,
    Check,
    Test,
}

/// A program with its modules.
#[derive(Clone, Debug)]
pub struct ProgramCase {
    pub name: String,
    pub text: String,
    /// Names and texts of the modules that it can import.
    pub modules: Vec<(String, String)>,
    pub mode: Mode,
}

/// What came out of a program, or must.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// Everything that was printed.
    pub output: String,
    /// `CODE: message` of each diagnostic, or of the error that was not caught.
    pub errors: Vec<String>,
}

/// Runs a program in an engine of its own.
pub fn run_case(case: &ProgramCase) -> Outcome {
    let loader = case.modules.iter().fold(MapLoader::new(), |l, (name, text)| l.module(name, text));
    let engine = Engine::builder().loader(loader).build();
    match case.mode {
        Mode::Run => run(&engine, case),
        Mode::Check => check(&engine, case),
        Mode::Test => test(&engine, case),
    }
}

/// A machine whose output ends up in the text.
fn machine(engine: &Engine) -> (Vm, Arc<Mutex<String>>) {
    let text = Arc::new(Mutex::new(String::new()));
    let sink = text.clone();
    let mut vm = Vm::new(engine);
    vm.set_output(move |part: &str| sink.lock().unwrap().push_str(part));
    (vm, text)
}

fn run(engine: &Engine, case: &ProgramCase) -> Outcome {
    let (mut vm, text) = machine(engine);
    let result = engine.compile(&case.name, &case.text).and_then(|program| vm.run(&program).map(drop));
    let errors = result.err().map_or(Vec::new(), |e| error_lines(&e));
    let output = text.lock().unwrap().clone();
    Outcome { output, errors }
}

fn error_lines(error: &Error) -> Vec<String> {
    if error.diagnostics().is_empty() {
        return vec![format!("{}: {}", error.code(), error.message())];
    }
    error.diagnostics().iter().map(|d| format!("{}: {}", d.code, d.message)).collect()
}

fn check(engine: &Engine, case: &ProgramCase) -> Outcome {
    let (_, diagnostics, _) = engine.check(&case.name, &case.text);
    let errors = diagnostics.iter().map(|d| format!("{}: {}", d.code, d.message)).collect();
    Outcome { output: String::new(), errors }
}

/// As `ruff test`: each test in a machine of its own, the report as the last line of the output.
fn test(engine: &Engine, case: &ProgramCase) -> Outcome {
    let program = match engine.compile_tests(&case.name, &case.text) {
        Ok(program) => program,
        Err(error) => return Outcome { output: String::new(), errors: error_lines(&error) },
    };
    let (mut output, total, mut failed) = (String::new(), program.tests().len(), 0);
    for at in 0..total {
        let (mut vm, text) = machine(engine);
        failed += vm.run_test(&program, at).is_err() as usize;
        output.push_str(&text.lock().unwrap());
    }
    let _ = writeln!(output, "Tests: {total} total, {} passed, {failed} failed", total - failed);
    Outcome { output, errors: Vec::new() }
}

/// Fails with a line-by-line comparison if two outcomes differ.
pub fn assert_same(expected: &Outcome, actual: &Outcome) -> Result<(), String> {
    if expected == actual {
        return Ok(());
    }
    let mut report = String::new();
    compare(&mut report, "output", &lines_of(&expected.output), &lines_of(&actual.output));
    compare(&mut report, "errors", &expected.errors, &actual.errors);
    Err(report)
}

/// Lines with a mark for a missing last line end.
fn lines_of(text: &str) -> Vec<String> {
    let lines = text.split_inclusive('\n');
    lines.map(|l| l.strip_suffix('\n').map_or(format!("{l}<no line end>"), str::to_string)).collect()
}

fn compare(report: &mut String, what: &str, expected: &[String], actual: &[String]) {
    if expected == actual {
        return;
    }
    let _ = writeln!(report, "{what} (- expected, + actual):");
    for at in 0..expected.len().max(actual.len()) {
        match (expected.get(at), actual.get(at)) {
            (Some(e), Some(a)) if e == a => {
                let _ = writeln!(report, "  {e}");
            }
            (e, a) => {
                e.inspect(|e| report.push_str(&format!("- {e}\n")));
                a.inspect(|a| report.push_str(&format!("+ {a}\n")));
            }
        }
    }
}
