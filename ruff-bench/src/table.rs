//! The tables of a comparison, as text for the terminal and as Markdown.

use crate::programs::{SEED_ROWS, START_UP};
use crate::report::{Metric, ProgramRecord, Report};
use crate::runner::{CPYTHON, INTERPRETER, RUST};
use crate::statistics::geometric_mean;
use std::fmt::Write;

/// A table with a title.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// The heads of the columns.
    pub header: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The table with columns of one width, for a terminal.
    pub fn terminal(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().chain([&self.header]).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_string() + "\n"
        };
        let rule = "-".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1));
        let body: String = self.rows.iter().map(line).collect();
        format!("{}\n{}{rule}\n{body}", self.title, line(&self.header))
    }

    /// The table in Markdown, under a heading of level `level`.
    pub fn markdown(&self, level: usize) -> String {
        format!("{} {}\n\n{}", "#".repeat(level), self.title, self.markdown_rows())
    }

    /// The table in Markdown, without its title.
    pub fn markdown_rows(&self) -> String {
        let mut text = String::new();
        let mut line = |row: &[String]| writeln!(text, "| {} |", row.join(" | ")).unwrap_or_default();
        line(&self.header);
        line(
            &(0..self.header.len())
                .map(|column| if column == 0 { "---" } else { "--:" }.to_string())
                .collect::<Vec<_>>(),
        );
        self.rows.iter().for_each(|row| line(row));
        text
    }
}

/// How a tier of Ruff does against the peers in one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Programs that the tier has a figure of; the start of a process is none.
    pub programs: usize,
    /// The geometric mean of the ratios to CPython.
    pub cpython_mean: Option<f64>,
    /// The number of programs of which CPython needs less.
    pub cpython_wins: usize,
    /// The number of programs of which some peer needs less.
    pub peer_wins: usize,
}

/// The standing of the runner `tier`; empty if the report has no such runner.
pub fn standing(report: &Report, tier: &str, metric: Metric) -> Standing {
    let cast = Cast { report, subject: tier };
    let programs = report.programs.iter().filter(|program| !is_start_up(program));
    let measured: Vec<(&ProgramRecord, Ratios)> = programs
        .filter(|program| program.figure(tier, metric).is_some())
        .map(|program| (program, cast.ratios(program, metric)))
        .collect();
    let against_cpython: Vec<f64> = measured.iter().filter_map(|(_, ratios)| ratios.cpython).collect();
    Standing {
        programs: measured.len(),
        cpython_mean: geometric_mean(&against_cpython),
        cpython_wins: against_cpython.iter().filter(|ratio| **ratio > 1.0).count(),
        peer_wins: measured.iter().filter(|(_, ratios)| ratios.fastest.is_some_and(|ratio| ratio > 1.0)).count(),
    }
}

/// The programs of which `runner` needs more than `rival`, with the ratio, the greatest first.
pub fn losses(report: &Report, runner: &str, rival: &str, metric: Metric) -> Vec<(String, f64)> {
    let ratio = |program: &ProgramRecord| Some(program.figure(runner, metric)? / program.figure(rival, metric)?);
    let programs = report.programs.iter().filter(|program| !is_start_up(program));
    let ratios = programs.filter_map(|program| Some((program.name.clone(), ratio(program)?)));
    let mut losses: Vec<_> = ratios.filter(|(_, ratio)| *ratio > 1.0).collect();
    losses.sort_by(|a, b| b.1.total_cmp(&a.1));
    losses
}

/// Ratios of one program: the time or memory of Ruff divided by that of others; below 1 Ruff needs less.
#[derive(Clone, Copy, Debug, Default)]
struct Ratios {
    interpreter: Option<f64>,
    cpython: Option<f64>,
    fastest: Option<f64>,
    rust: Option<f64>,
}

/// The runners of a report by their part in it.
struct Cast<'a> {
    report: &'a Report,
    /// The fastest tier of Ruff, which the ratios are about.
    subject: &'a str,
}

impl<'a> Cast<'a> {
    fn new(report: &'a Report) -> Option<Cast<'a>> {
        let subject = report.runner_names().filter(|name| is_ruff(name)).last()?;
        Some(Cast { report, subject })
    }

    fn rivals(&self) -> impl Iterator<Item = &'a str> {
        self.report.runner_names().filter(|name| !is_ruff(name) && *name != RUST)
    }

    /// The peer that needs least, and what it needs.
    fn fastest(&self, program: &ProgramRecord, metric: Metric) -> Option<(&'a str, f64)> {
        let figures = self.rivals().filter_map(|name| Some((name, program.figure(name, metric)?)));
        figures.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn ratios(&self, program: &ProgramRecord, metric: Metric) -> Ratios {
        let Some(own) = program.figure(self.subject, metric) else { return Ratios::default() };
        let against = |figure: Option<f64>| figure.filter(|figure| *figure > 0.0).map(|figure| own / figure);
        Ratios {
            interpreter: against(program.figure(INTERPRETER, metric)),
            cpython: against(program.figure(CPYTHON, metric)),
            fastest: against(self.fastest(program, metric).map(|(_, figure)| figure)),
            rust: against(program.figure(RUST, metric)),
        }
    }
}

fn is_start_up(program: &ProgramRecord) -> bool {
    program.name == START_UP
}

/// Whether a runner is a tier of Ruff.
pub fn is_ruff(name: &str) -> bool {
    name.starts_with("ruff")
}

/// The table of a metric: all programs and runners, the rows in which Ruff does worst against the fastest peer first.
pub fn metric_table(report: &Report, metric: Metric) -> Table {
    let Some(cast) = Cast::new(report) else { return Table::default() };
    let measured = ranked(&cast, metric);
    let mut header = vec!["program".to_string()];
    header.extend(report.runner_names().map(str::to_string));
    header.extend(["/interpreter", "/CPython", "/fastest peer", "fastest peer", "/rust"].map(str::to_string));
    let mut rows: Vec<Vec<String>> =
        measured.iter().map(|(program, ratios)| metric_row(&cast, program, *ratios, metric)).collect();
    rows.push(mean_row(report, &measured));
    Table { title: metric.title().to_string(), header, rows }
}

/// The programs in the order of the table of a metric.
pub fn ranking(report: &Report, metric: Metric) -> Vec<&ProgramRecord> {
    Cast::new(report).map_or(Vec::new(), |cast| ranked(&cast, metric).into_iter().map(|(program, _)| program).collect())
}

fn ranked<'a>(cast: &Cast<'a>, metric: Metric) -> Vec<(&'a ProgramRecord, Ratios)> {
    let programs = cast.report.programs.iter();
    let mut measured: Vec<_> = programs.map(|program| (program, cast.ratios(program, metric))).collect();
    measured.sort_by(|a, b| b.1.fastest.unwrap_or(0.0).total_cmp(&a.1.fastest.unwrap_or(0.0)));
    measured
}

fn metric_row(cast: &Cast, program: &ProgramRecord, ratios: Ratios, metric: Metric) -> Vec<String> {
    let mut row = vec![program.name.clone()];
    row.extend(cast.report.runner_names().map(|name| figure_text(program, name, metric)));
    let fastest = cast.fastest(program, metric).map_or(String::new(), |(name, _)| name.to_string());
    row.extend([ratios.interpreter, ratios.cpython, ratios.fastest].map(ratio_text));
    row.extend([fastest, ratio_text(ratios.rust)]);
    row
}

/// The geometric means of the ratios. The start of a process is not a program, so it does not count.
fn mean_row(report: &Report, measured: &[(&ProgramRecord, Ratios)]) -> Vec<String> {
    let mean = |ratio: fn(&Ratios) -> Option<f64>| {
        let programs = measured.iter().filter(|(program, _)| !is_start_up(program));
        ratio_text(geometric_mean(&programs.filter_map(|(_, ratios)| ratio(ratios)).collect::<Vec<_>>()))
    };
    let mut row = vec!["geometric mean".to_string()];
    row.resize(1 + report.runners.len(), String::new());
    row.extend([mean(|r| r.interpreter), mean(|r| r.cpython), mean(|r| r.fastest), String::new(), mean(|r| r.rust)]);
    row
}

/// The table of the seed rows against CPython, in their own order; none if the report has none of them.
pub fn seed_table(report: &Report, metrics: &[Metric]) -> Option<Table> {
    let metrics: Vec<Metric> = metrics.iter().copied().filter(|metric| *metric != Metric::Memory).collect();
    let runners: Vec<&str> = report.runner_names().filter(|name| is_ruff(name) || *name == CPYTHON).collect();
    let mut header = vec!["program".to_string()];
    for metric in &metrics {
        let unit = if *metric == Metric::User { "user" } else { "warm" };
        header.extend(runners.iter().map(|name| format!("{name} {unit}")));
        header.push(format!("/CPython {unit}"));
    }
    let cast = Cast::new(report)?;
    let row = |program: &ProgramRecord| {
        let mut row = vec![program.name.clone()];
        for metric in &metrics {
            row.extend(runners.iter().map(|name| figure_text(program, name, *metric)));
            row.push(ratio_text(cast.ratios(program, *metric).cpython));
        }
        row
    };
    let rows: Vec<_> = SEED_ROWS.iter().filter_map(|name| report.program(name)).map(row).collect();
    (!rows.is_empty()).then(|| Table { title: "Seed rows".into(), header, rows })
}

fn figure_text(program: &ProgramRecord, runner: &str, metric: Metric) -> String {
    let wrong = |cell: &crate::report::Cell| cell.failure.is_some();
    match program.figure(runner, metric) {
        Some(figure) => metric.text(figure),
        None if program.disagreement().is_some() || program.cells.get(runner).is_some_and(wrong) => "error".into(),
        None => "-".into(),
    }
}

fn ratio_text(ratio: Option<f64>) -> String {
    ratio.map_or("-".into(), |ratio| if ratio < 0.1 { format!("{ratio:.3}") } else { format!("{ratio:.2}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Cell, RunnerRecord};

    fn report(programs: &[(&str, [f64; 4])]) -> Report {
        let names = [INTERPRETER, CPYTHON, "luajit", RUST];
        let runners = names.map(|name| RunnerRecord { name: name.into(), version: String::new() }).to_vec();
        let cell = |seconds: f64| Cell { checksum: Some("1".into()), user: vec![seconds], ..Cell::default() };
        let program = |(name, times): &(&str, [f64; 4])| ProgramRecord {
            name: name.to_string(),
            cells: names.iter().zip(times).map(|(name, time)| (name.to_string(), cell(*time))).collect(),
        };
        Report { rounds: 1, runners, programs: programs.iter().map(program).collect(), ..Report::default() }
    }

    #[test]
    fn rows_where_a_peer_wins_come_first() {
        let table =
            metric_table(&report(&[("good", [1.0, 4.0, 2.0, 0.5]), ("bad", [2.0, 4.0, 1.0, 0.1])]), Metric::User);
        assert_eq!(table.rows[0][..2], ["bad", "2.00 s"]);
        assert_eq!(table.rows[0][5..], ["1.00", "0.50", "2.00", "luajit", "20.00"]);
        assert_eq!(table.rows[1][5..], ["1.00", "0.25", "0.50", "luajit", "2.00"]);
        assert_eq!(table.rows[2][5..], ["1.00", "0.35", "1.00", "", "6.32"]);
    }

    #[test]
    fn a_standing_counts_wins() {
        let report = report(&[
            ("hello", [9.0, 1.0, 1.0, 1.0]),
            ("good", [1.0, 4.0, 2.0, 0.5]),
            ("bad", [2.0, 1.0, 4.0, 0.1]),
            ("worse", [4.0, 1.0, 4.0, 0.1]),
        ]);
        let Standing { programs, cpython_mean, cpython_wins, peer_wins } = standing(&report, INTERPRETER, Metric::User);
        assert_eq!((programs, cpython_wins, peer_wins), (3, 2, 2));
        let lost = losses(&report, INTERPRETER, CPYTHON, Metric::User);
        assert_eq!(lost, [("worse".to_string(), 4.0), ("bad".to_string(), 2.0)]);
        assert!(cpython_mean.is_some_and(|mean| (mean - 2f64.cbrt()).abs() < 1e-9), "{cpython_mean:?}");
        assert_eq!(standing(&report, "ruff-native", Metric::User), Standing::default());
    }

    #[test]
    fn a_wrong_checksum_shows_as_error() {
        let mut report = report(&[("p", [1.0, 1.0, 1.0, 1.0])]);
        report.programs[0].cells.entry("luajit".into()).and_modify(|cell| cell.checksum = Some("2".into()));
        let table = metric_table(&report, Metric::User);
        assert_eq!(table.rows[0][1..5], ["error", "error", "error", "error"]);
    }

    #[test]
    fn seed_rows_are_against_cpython() {
        let report = report(&[("fib30", [1.0, 4.0, 2.0, 0.5]), ("other", [1.0, 1.0, 1.0, 1.0])]);
        let table = seed_table(&report, &[Metric::User, Metric::Memory]).expect("a seed row");
        assert_eq!(table.header, ["program", "ruff-interpreter user", "python3 user", "/CPython user"]);
        assert_eq!(table.rows, [["fib30", "1.00 s", "4.00 s", "0.25"]]);
    }

    #[test]
    fn two_forms() {
        let table = Table {
            title: "T".into(),
            header: vec!["a".into(), "b".into()],
            rows: vec![vec!["x".into(), "1.5".into()]],
        };
        assert_eq!(table.terminal(), "T\na    b\n------\nx  1.5\n");
        assert_eq!(table.markdown(2), "## T\n\n| a | b |\n| --- | --: |\n| x | 1.5 |\n");
    }
}
