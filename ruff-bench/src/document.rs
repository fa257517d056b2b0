//! A comparison in Markdown: as a page of its own, or put between the marks of a document that is otherwise written by hand.
//!
//! A mark is a line `<!-- compare: NAME -->`; what follows it, up to the line `<!-- /compare -->`, is replaced. So no figure
//! of the document is typed, and the text around the figures stays.

use crate::machine::Machine;
use crate::report::{Metric, Report};
use crate::runner::{CPYTHON, INTERPRETER, NATIVE_TIER};
use crate::table::{Standing, Table, is_ruff, losses, metric_table, seed_table, standing};
use std::fmt::Write;

const MARK: &str = "<!-- compare: ";
const MARK_END: &str = " -->";
const END: &str = "<!-- /compare -->";

/// Makes a part of a document of a report and the chart's file.
type Part = fn(&Report, &str) -> String;

/// The parts of a comparison that a document can show, by the names in their marks.
const PARTS: [(&str, Part); 9] = [
    ("machine", |report, _| machine(report)),
    ("summary", |report, _| summary(report)),
    ("seed", |report, _| seed_table(report, &Metric::ALL).map_or_else(not_measured, |table| table.markdown_rows())),
    ("user", |report, _| metric(report, Metric::User)),
    ("warm", |report, _| metric(report, Metric::Warm)),
    ("memory", |report, _| metric(report, Metric::Memory)),
    ("chart", |_, chart| {
        format!("![{}, by program and runner, on a logarithmic scale]({chart})\n", Metric::User.title())
    }),
    ("slower", |report, _| slower(report)),
    ("notes", |report, _| notes(report).iter().map(|note| format!("{note}\n")).collect()),
];

/// The document `text` with its marked parts taken from `report`. `chart` is the chart's file as the document links to it.
///
/// # Errors
/// A mark without an end, or with a name that is no part.
pub fn fill(text: &str, report: &Report, chart: &str) -> Result<String, String> {
    let mut filled = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        writeln!(filled, "{line}").unwrap_or_default();
        let Some(name) = line.strip_prefix(MARK).and_then(|rest| rest.strip_suffix(MARK_END)) else { continue };
        let Some((_, make)) = PARTS.iter().find(|(part, _)| *part == name) else {
            return Err(format!("no part of a comparison is named '{name}'"));
        };
        if !lines.by_ref().any(|line| line == END) {
            return Err(format!("the mark of '{name}' has no end"));
        }
        writeln!(filled, "\n{}\n{END}", make(report, chart)).unwrap_or_default();
    }
    Ok(filled)
}

/// A page with the tables and what they cannot say.
pub fn page(report: &Report, tables: &[Table]) -> String {
    let mut text = machine(report);
    for table in tables {
        text += &format!("\n{}", table.markdown(3));
    }
    let notes = notes(report);
    if notes.is_empty() { text } else { format!("{text}\n{}\n", notes.join("\n")) }
}

/// What the tables cannot say, a line each.
pub fn notes(report: &Report) -> Vec<String> {
    let mut notes: Vec<String> = report.problems().iter().map(|problem| format!("* error: {problem}")).collect();
    for name in report.runner_names().filter(|name| is_ruff(name)) {
        let text = |delay: f64| {
            format!("* The machine was busy: {name} took {delay:.2} times its CPU time; its warm times are wall times.")
        };
        notes.extend(report.delay(name).map(text));
    }
    for program in &report.programs {
        notes.extend(program.missing().map(|(runner, why)| format!("* {} in {runner}: {why}", program.name)));
    }
    notes
}

fn not_measured() -> String {
    "Not measured in this run.\n".into()
}

/// Where, when and of what.
fn machine(report: &Report) -> String {
    let Machine { processor, threads, system, date, load } = &report.machine;
    let rounds = report.rounds;
    let mut text = format!(
        "{processor}, {threads} threads, {system}; {date}; rounds: {rounds}, figures are medians. Ruff at commit {}, built \
         with cargo's profile `{}`. Processes that asked for a processor when the run began: {load}.\n\n",
        report.commit, report.profile
    );
    for runner in &report.runners {
        text += &format!("* `{}`: {}\n", runner.name, runner.version);
    }
    text
}

fn metric(report: &Report, metric: Metric) -> String {
    if report.has(metric) { metric_table(report, metric).markdown_rows() } else { not_measured() }
}

/// Who wins how often, for each tier and metric.
fn summary(report: &Report) -> String {
    let header = ["tier", "metric", "programs", "geometric mean /CPython", "CPython wins", "a peer wins"];
    let mut rows = Vec::new();
    for tier in [NATIVE_TIER, INTERPRETER] {
        for metric in Metric::ALL.into_iter().filter(|metric| report.has(*metric)) {
            let Standing { programs, cpython_mean, cpython_wins, peer_wins } = standing(report, tier, metric);
            let mean = cpython_mean.map_or("-".into(), |mean| format!("{mean:.2}"));
            let wins = [programs, cpython_wins, peer_wins].map(|count| count.to_string());
            let [programs, cpython, peer] = wins;
            rows.push(vec![tier.to_string(), metric.title().to_lowercase(), programs, mean, cpython, peer]);
        }
    }
    Table { title: String::new(), header: header.map(str::to_string).to_vec(), rows }.markdown_rows()
}

/// The programs on which CPython needs less user time, for each tier, and those on which the interpreter needs less than
/// the native tier.
fn slower(report: &Report) -> String {
    let mut text = String::new();
    for (tier, rival) in [(NATIVE_TIER, CPYTHON), (INTERPRETER, CPYTHON), (NATIVE_TIER, INTERPRETER)] {
        let list: Vec<String> = losses(report, tier, rival, Metric::User)
            .into_iter()
            .map(|(name, ratio)| format!("{name} ({ratio:.2})"))
            .collect();
        let list = if list.is_empty() { "no program".into() } else { list.join(", ") };
        writeln!(text, "* `{tier}` needs more user time than `{rival}` on {list}.").unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_parts_are_replaced() {
        let report = Report { commit: "abc".into(), ..Report::default() };
        let text = "before\n<!-- compare: chart -->\nold\n<!-- /compare -->\nafter\n";
        let filled = fill(text, &report, "p.svg").expect("a document");
        let title = "User time of a fresh process, by program and runner, on a logarithmic scale";
        assert_eq!(
            filled,
            format!("before\n<!-- compare: chart -->\n\n![{title}](p.svg)\n\n<!-- /compare -->\nafter\n")
        );
        assert_eq!(fill(&filled, &report, "p.svg"), Ok(filled), "filling twice changes nothing");
    }

    #[test]
    fn wrong_marks_are_errors() {
        let fill = |text| fill(text, &Report::default(), "p.svg");
        assert_eq!(fill("<!-- compare: user -->\n"), Err("the mark of 'user' has no end".into()));
        let unknown = fill("<!-- compare: users -->\n<!-- /compare -->\n");
        assert_eq!(unknown, Err("no part of a comparison is named 'users'".into()));
    }

    #[test]
    fn what_was_not_measured_is_said() {
        let filled = fill("<!-- compare: warm -->\n<!-- /compare -->\n", &Report::default(), "p.svg");
        assert_eq!(filled.as_deref(), Ok("<!-- compare: warm -->\n\nNot measured in this run.\n\n<!-- /compare -->\n"));
    }
}
