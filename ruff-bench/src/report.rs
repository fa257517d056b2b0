//! The figures of a comparison, as they are kept in a file.

use crate::machine::Machine;
use crate::statistics::median;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What is measured of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
pub enum Metric {
    /// CPU seconds in user mode of a fresh process, from its start to its end.
    User,
    /// Seconds of one call in a process that has made the call before: the best of four.
    Warm,
    /// The most memory the fresh process held, in bytes.
    Memory,
}

impl Metric {
    /// All metrics, in the order of their tables.
    pub const ALL: [Metric; 3] = [Metric::User, Metric::Warm, Metric::Memory];

    /// What a table of this metric is called.
    pub fn title(self) -> &'static str {
        match self {
            Metric::User => "User time of a fresh process",
            Metric::Warm => "Time of one call when warm",
            Metric::Memory => "Peak memory of a fresh process",
        }
    }

    /// A figure with its unit.
    pub fn text(self, figure: f64) -> String {
        match self {
            Metric::Memory => format!("{:.1} MB", figure / 1e6),
            _ if figure >= 0.9995 => format!("{figure:.2} s"),
            _ if figure >= 0.09995 => format!("{:.0} ms", figure * 1e3),
            _ => format!("{:.2} ms", figure * 1e3),
        }
    }
}

/// One comparison.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Where and when it was made.
    pub machine: Machine,
    /// The commit that Ruff was built from; `-dirty` if files had changed.
    #[serde(default)]
    pub commit: String,
    /// The cargo profile that Ruff was built with.
    #[serde(default)]
    pub profile: String,
    /// How often each program was run by each runner.
    pub rounds: usize,
    /// Who ran the programs; the ones of Ruff first.
    pub runners: Vec<RunnerRecord>,
    /// The programs in order of their names.
    pub programs: Vec<ProgramRecord>,
}

/// One implementation of a language.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunnerRecord {
    /// Its short name, which heads its column.
    pub name: String,
    /// What it says its version is.
    pub version: String,
}

/// The figures of one program.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ProgramRecord {
    /// Its name, which is that of its folder.
    pub name: String,
    /// By runner.
    pub cells: BTreeMap<String, Cell>,
}

/// The figures of one program and one runner, a sample for each round.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cell {
    /// What the program printed as its result.
    pub checksum: Option<String>,
    /// Why there is nothing to compare: the runner lacks a library that the program needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Why the program failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Samples of [`Metric::User`].
    #[serde(default)]
    pub user: Vec<f64>,
    /// Samples of [`Metric::Warm`].
    #[serde(default)]
    pub warm: Vec<f64>,
    /// Samples of [`Metric::Memory`].
    #[serde(default)]
    pub memory: Vec<f64>,
    /// Wall time divided by CPU time of the runs for [`Metric::Warm`].
    #[serde(default)]
    pub delay: Vec<f64>,
}

impl Cell {
    /// The samples of a metric.
    pub fn samples(&self, metric: Metric) -> &[f64] {
        match metric {
            Metric::User => &self.user,
            Metric::Warm => &self.warm,
            Metric::Memory => &self.memory,
        }
    }

    fn samples_mut(&mut self, metric: Metric) -> &mut Vec<f64> {
        match metric {
            Metric::User => &mut self.user,
            Metric::Warm => &mut self.warm,
            Metric::Memory => &mut self.memory,
        }
    }

    /// Adds a sample.
    pub fn add(&mut self, metric: Metric, sample: f64) {
        self.samples_mut(metric).push(sample);
    }

    /// Notes the result of a run; a second result that differs from the first is a failure.
    pub fn add_checksum(&mut self, checksum: String) {
        match &self.checksum {
            Some(first) if *first != checksum => self.failure = Some(format!("printed {first}, later {checksum}")),
            _ => self.checksum = Some(checksum),
        }
    }

    /// Whether to run the program again in the next round.
    pub fn is_usable(&self) -> bool {
        self.missing.is_none() && self.failure.is_none()
    }
}

impl ProgramRecord {
    /// The median of a runner's samples, unless something is wrong with the row or the cell. A time of zero is less than the
    /// system's clock can tell, so it is no figure.
    pub fn figure(&self, runner: &str, metric: Metric) -> Option<f64> {
        let cell = self.cells.get(runner).filter(|cell| cell.is_usable())?;
        let figure = median(cell.samples(metric)).filter(|figure| *figure > 0.0);
        if self.disagreement().is_some() { None } else { figure }
    }

    /// Says who printed what if the runners do not agree on the result.
    pub fn disagreement(&self) -> Option<String> {
        let mut by_checksum: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (runner, cell) in &self.cells {
            if let Some(checksum) = &cell.checksum {
                by_checksum.entry(checksum).or_default().push(runner);
            }
        }
        let groups = || by_checksum.iter().map(|(checksum, runners)| format!("{checksum} by {}", runners.join(", ")));
        (by_checksum.len() > 1).then(|| groups().collect::<Vec<_>>().join("; "))
    }

    /// What makes this row an error.
    pub fn problems(&self) -> Vec<Problem> {
        let row = self.disagreement().map(|text| format!("the checksums differ: {text}"));
        let failures = self
            .cells
            .iter()
            .filter_map(|(runner, cell)| cell.failure.as_ref().map(|text| format!("{runner} failed: {text}")));
        row.into_iter().chain(failures).map(|text| Problem { program: self.name.clone(), text }).collect()
    }

    /// Which runners could not run the program, and why.
    pub fn missing(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cells.iter().filter_map(|(runner, cell)| Some((runner.as_str(), cell.missing.as_deref()?)))
    }
}

/// A row that says something wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The program.
    pub program: String,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.program, self.text)
    }
}

impl Report {
    /// The names of the runners.
    pub fn runner_names(&self) -> impl Iterator<Item = &str> {
        self.runners.iter().map(|runner| runner.name.as_str())
    }

    /// Whether any sample of a metric was taken.
    pub fn has(&self, metric: Metric) -> bool {
        self.programs.iter().any(|program| program.cells.values().any(|cell| !cell.samples(metric).is_empty()))
    }

    /// The program of a name.
    pub fn program(&self, name: &str) -> Option<&ProgramRecord> {
        self.programs.iter().find(|program| program.name == name)
    }

    /// How much longer the runs of a runner took than the CPU time they used, if the median is more than a tenth. The
    /// warm times of Ruff are wall times, so they are too long by this much.
    pub fn delay(&self, runner: &str) -> Option<f64> {
        let delays = self.programs.iter().filter_map(|program| median(&program.cells.get(runner)?.delay));
        median(&delays.collect::<Vec<_>>()).filter(|delay| *delay > 1.1)
    }

    /// Everything that makes the comparison fail.
    pub fn problems(&self) -> Vec<Problem> {
        self.programs.iter().flat_map(ProgramRecord::problems).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(checksum: &str, user: &[f64]) -> Cell {
        Cell { checksum: Some(checksum.into()), user: user.to_vec(), ..Cell::default() }
    }

    fn program(cells: &[(&str, Cell)]) -> ProgramRecord {
        let cells = cells.iter().map(|(name, cell)| (name.to_string(), cell.clone())).collect();
        ProgramRecord { name: "p".into(), cells }
    }

    #[test]
    fn figures_are_medians() {
        let p = program(&[("a", cell("1", &[3.0, 1.0, 2.0]))]);
        assert_eq!(p.figure("a", Metric::User), Some(2.0));
        assert_eq!(p.figure("a", Metric::Warm), None);
        assert_eq!(p.figure("b", Metric::User), None);
    }

    #[test]
    fn a_row_with_two_checksums_has_no_figures() {
        let p = program(&[("a", cell("1", &[1.0])), ("b", cell("2", &[1.0])), ("c", cell("1", &[1.0]))]);
        assert_eq!(p.problems()[0].to_string(), "p: the checksums differ: 1 by a, c; 2 by b");
        assert_eq!(p.figure("a", Metric::User), None);
    }

    #[test]
    fn a_changing_checksum_is_a_failure() {
        let mut c = cell("1", &[1.0]);
        c.add_checksum("1".into());
        assert!(c.is_usable());
        c.add_checksum("2".into());
        assert_eq!(c.failure.as_deref(), Some("printed 1, later 2"));
    }

    #[test]
    fn figures_have_units() {
        let texts = [1.5, 0.25, 0.0123].map(|x| Metric::User.text(x));
        assert_eq!(texts, ["1.50 s", "250 ms", "12.30 ms"]);
        assert_eq!(Metric::Memory.text(2_500_000.0), "2.5 MB");
    }
}
