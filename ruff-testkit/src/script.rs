//! Scripts with expectations: those of `tests/scripts`, and the examples of the documents.

use crate::compare::{compare, write_lines};
use crate::run::{Action, Case, Mode, Outcome};
use ruff_core::Limits;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A program with what must come out of it.
#[derive(Clone, Debug)]
pub struct Script {
    /// The program. It has the limits that hosts have who set none.
    pub case: Case,
    /// What must be printed.
    pub output: String,
    /// `CODE: message` of each diagnostic, or of the error that is not caught.
    pub errors: Vec<String>,
}

impl Script {
    /// A program of which nothing is expected yet.
    pub fn new(name: impl Into<String>, text: impl Into<String>, action: Action) -> Script {
        let case = Case { action, limits: Limits::default(), ..Case::new(name, text) };
        Script { case, output: String::new(), errors: Vec::new() }
    }

    /// A script that says in its comments what must come out: `# expect: TEXT` for each line of output, `# error: CODE: MESSAGE`
    /// for each diagnostic or for the error that is not caught, in order; `# mode: check` or `# mode: test` if it is not run as a
    /// program.
    ///
    /// # Errors
    /// If the file cannot be read, or has another mode.
    pub fn read(path: &Path) -> Result<Script, String> {
        let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let after = |mark: &'static str| text.lines().filter_map(move |l| l.split_once(mark)).map(|(_, rest)| rest);
        let action = match after("# mode: ").next() {
            None => Action::Run,
            Some("check") => Action::Check,
            Some("test") => Action::Test,
            Some(other) => return Err(format!("{}: unknown mode {other}", path.display())),
        };
        let output = after("# expect:").map(|l| format!("{}\n", l.strip_prefix(' ').unwrap_or(l))).collect();
        let errors = after("# error: ").map(str::to_string).collect();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Script { output, errors, ..Script::new(name, text.as_str(), action) })
    }

    /// The modes that may differ: what is only checked has one.
    pub fn modes(&self) -> &'static [Mode] {
        if self.case.action == Action::Check { &[Mode::INTERPRETER] } else { Mode::ALL }
    }

    /// Runs the script in a mode: it does what the interpreter does, and what is expected.
    ///
    /// # Errors
    /// The first difference.
    pub fn check(&self, mode: &Mode) -> Result<(), String> {
        let outcome = compare(&self.case, std::slice::from_ref(mode)).map_err(|difference| difference.to_string())?;
        let difference = Unexpected { script: self, outcome: &outcome }.to_string();
        if difference.is_empty() { Ok(()) } else { Err(format!("- expected, + {}\n{difference}", mode.name)) }
    }
}

/// What came out of a script beside what was expected; empty if it is that.
struct Unexpected<'a> {
    script: &'a Script,
    outcome: &'a Outcome,
}

impl fmt::Display for Unexpected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_lines(f, "output", &self.script.output, &self.outcome.output)?;
        write_lines(f, "errors", &self.script.errors.join("\n"), &self.outcome.errors().join("\n"))
    }
}

/// The scripts below a folder, in the order of their paths.
///
/// # Errors
/// If a folder cannot be read.
pub fn scripts_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut entries: Vec<PathBuf> = entries.filter_map(Result::ok).map(|e| e.path()).collect();
    entries.sort();
    let mut scripts = Vec::new();
    for path in entries {
        if path.is_dir() {
            scripts.extend(scripts_below(&path)?);
        } else if path.extension().is_some_and(|e| e == "ruff") {
            scripts.push(path);
        }
    }
    Ok(scripts)
}
