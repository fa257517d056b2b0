//! Runs every example of the language reference, the builtins reference and the first page, one test for each example and mode.
//!
//! The rules are those of section 0 of the language reference: a `ruff` block is a program, `ruff check` is only checked, `ruff
//! test` is run by the test runner, `ruff file=NAME` is a module of the next program; the `output` and `error` blocks after it
//! say what must come out.

use libtest_mimic::{Arguments, Failed, Trial};
use ruff_testkit::{Action, Case, Mode, Script, run};
use std::path::Path;
use std::process::ExitCode;

/// Sections whose programs are not run, because they need what the engine does not have.
const NOT_RUN: &[(&str, &str, &str)] = &[
    ("docs/language.md", "15", "tasks are not supported yet"),
    ("docs/builtins.md", "12", "tasks are not supported yet"),
];

/// An example: a program with what must come out.
struct Example {
    document: &'static str,
    /// The number of the section.
    section: String,
    /// The line of the document at which the program starts.
    line: usize,
    script: Script,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let documents = ["docs/language.md", "docs/builtins.md", "README.md"];
    let trials = documents.into_iter().flat_map(examples_of).flat_map(trials).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn examples_of(document: &'static str) -> Vec<Example> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(document);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut parser = Parser { document, section: String::new(), modules: Vec::new(), examples: Vec::new() };
    parser.parse(&text);
    assert!(parser.modules.is_empty(), "{document} ends with a module that no program uses");
    parser.examples
}

struct Parser {
    document: &'static str,
    section: String,
    /// Modules for the next program.
    modules: Vec<(String, String)>,
    examples: Vec<Example>,
}

impl Parser {
    fn parse(&mut self, text: &str) {
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            if let Some(heading) = line.strip_prefix('#') {
                let title = heading.trim_start_matches('#').trim();
                self.section = title.split(' ').next().unwrap_or_default().trim_end_matches('.').to_string();
            }
            let Some(tag) = line.strip_prefix("```") else { continue };
            let body: Vec<&str> = lines.by_ref().map(|(_, l)| l).take_while(|l| *l != "```").collect();
            self.block(tag, at + 2, body.iter().map(|l| format!("{l}\n")).collect());
        }
    }

    fn block(&mut self, tag: &str, line: usize, text: String) {
        if let Some(name) = tag.strip_prefix("ruff file=") {
            self.modules.push((name.to_string(), text));
            return;
        }
        let action = match tag {
            "ruff" => Action::Run,
            "ruff check" => Action::Check,
            "ruff test" => Action::Test,
            "output" => return self.last(line).script.output = text,
            "error" => return self.last(line).script.errors = text.lines().map(str::to_string).collect(),
            _ => return,
        };
        let mut script = Script::new("example", text, action);
        script.case.modules = std::mem::take(&mut self.modules);
        let (document, section) = (self.document, self.section.clone());
        self.examples.push(Example { document, section, line, script });
    }

    fn last(&mut self, line: usize) -> &mut Example {
        let document = self.document;
        self.examples.last_mut().unwrap_or_else(|| panic!("{document}:{line}: a result without a program"))
    }
}

fn trials(example: Example) -> Vec<Trial> {
    let Example { document, section, line, script } = example;
    let name =
        format!("{}::section {section}::line {line}", document.trim_start_matches("docs/").trim_end_matches(".md"));
    if let Some((.., reason)) = NOT_RUN.iter().find(|(d, s, _)| *d == document && *s == section) {
        let name = format!("{name} is refused: {reason}");
        return vec![Trial::test(name, move || check_refused(document, line, &script.case))];
    }
    let modes = script.modes().iter().map(|mode| {
        let script = script.clone();
        Trial::test(format!("{name}::{}", mode.name), move || {
            script.check(mode).map_err(|difference| format!("{document}:{line}\n{difference}").into())
        })
    });
    let mut trials: Vec<Trial> = modes.collect();
    if script.case.action != Action::Check {
        trials.push(Trial::test(format!("{name} checked"), move || check_certain(document, line, &script)));
    }
    trials
}

/// A check finds errors only in programs that end with an error that can be known without running them.
fn check_certain(document: &str, line: usize, script: &Script) -> Result<(), Failed> {
    const KNOWABLE: &[&str] = &["RUF00", "RUF01", "RUF02", "RUF1001", "RUF1005", "RUF1006"];
    let found = run(&Case { action: Action::Check, ..script.case.clone() }, &Mode::INTERPRETER).errors();
    let is_excused = script.errors.iter().any(|error| KNOWABLE.iter().any(|code| error.starts_with(code)));
    match found.iter().find(|error| !error.starts_with("RUF03")) {
        Some(error) if !is_excused => Err(format!("{document}:{line}: check reports {error}").into()),
        _ => Ok(()),
    }
}

/// What is not supported has a diagnostic of its own.
fn check_refused(document: &str, line: usize, case: &Case) -> Result<(), Failed> {
    let outcome = run(case, &Mode::INTERPRETER);
    match outcome.errors().iter().any(|e| e.starts_with("RUF0215: ")) {
        true => Ok(()),
        false => Err(format!("{document}:{line}: no RUF0215 in {outcome:#?}").into()),
    }
}
