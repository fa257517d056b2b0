//! The comparison of a program's runs in several modes.

use crate::run::{Case, Mode, Outcome, run, run_counted};
use ruff_jit::Statistics;
use std::fmt::{self, Display, Formatter, Write};

/// A mode that does not do what the interpreter does.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The case's name.
    pub case: String,
    /// The mode that differs.
    pub mode: &'static str,
    /// What the interpreter did.
    pub expected: Outcome,
    /// What the mode did.
    pub actual: Outcome,
}

/// Runs a case in the interpreter and in each of `modes`, which must do the same: all that an [`Outcome`] shows. Returns it. The
/// interpreter itself may be among the modes; then it must do the same twice.
///
/// # Errors
/// The first difference.
pub fn compare(case: &Case, modes: &[Mode]) -> Result<Outcome, Box<Difference>> {
    compare_counted(case, modes, |_, _| ())
}

/// The same; `count` sees what the native tier has counted in each mode.
///
/// # Errors
/// The first difference.
pub fn compare_counted(
    case: &Case,
    modes: &[Mode],
    mut count: impl FnMut(&Mode, &Statistics),
) -> Result<Outcome, Box<Difference>> {
    let expected = run(case, &Mode::INTERPRETER);
    for mode in modes {
        let (actual, statistics) = run_counted(case, mode);
        count(mode, &statistics);
        if actual != expected {
            return Err(Box::new(Difference { case: case.name.clone(), mode: mode.name, expected, actual }));
        }
    }
    Ok(expected)
}

/// Equal lines that are shown before the first different one.
const LINES_BEFORE: usize = 3;
/// Lines that are shown from the first different one on.
const LINES_AFTER: usize = 5;

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: - interpreter, + {}", self.case, self.mode)?;
        write_lines(f, "output", &self.expected.output, &self.actual.output)?;
        write_lines(f, "error", &text_of(&self.expected), &text_of(&self.actual))?;
        if self.expected.ticks != self.actual.ticks {
            writeln!(f, "ticks: - {}, + {}", self.expected.ticks, self.actual.ticks)?;
        }
        Ok(())
    }
}

fn text_of(outcome: &Outcome) -> String {
    let mut text = outcome.diagnostics.join("\n");
    for failure in outcome.failure.iter().chain(&outcome.failed_tests) {
        // Writing to a string does not fail.
        let _ = write!(text, "{failure}");
    }
    text
}

/// Writes where two texts differ, if they do.
pub(crate) fn write_lines(f: &mut Formatter<'_>, what: &str, expected: &str, actual: &str) -> fmt::Result {
    if expected == actual {
        return Ok(());
    }
    let (expected, actual): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let first = expected.iter().zip(&actual).take_while(|(e, a)| e == a).count();
    writeln!(f, "{what} differs from line {}:", first + 1)?;
    for line in &expected[first.saturating_sub(LINES_BEFORE)..first] {
        writeln!(f, "  {line}")?;
    }
    for (sign, lines) in [('-', &expected), ('+', &actual)] {
        for line in lines.iter().skip(first).take(LINES_AFTER) {
            writeln!(f, "{sign} {line}")?;
        }
    }
    Ok(())
}
