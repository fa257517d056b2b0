//! What changed since an earlier comparison, beyond the noise of both.

use crate::report::{Metric, Report};
use crate::statistics::{geometric_mean, noise};
use crate::table::{Table, is_ruff};

/// A change smaller than this part is never shown: clocks and memory layouts differ by as much from run to run.
const NOISE_MIN: f64 = 0.02;

/// A figure that differs from its earlier value.
#[derive(Clone, Debug, PartialEq)]
struct Change {
    /// The new figure divided by the old one, less 1.
    part: f64,
    /// What both runs differ by without cause.
    noise: f64,
}

/// The changes of Ruff's figures that are larger than the noise, the greatest first, and what else moved.
pub fn changes(before: &Report, after: &Report, metrics: &[Metric]) -> Table {
    let mut found: Vec<(Change, Vec<String>)> = Vec::new();
    let mut quiet = 0;
    for metric in metrics {
        for runner in after.runner_names().filter(|name| is_ruff(name)) {
            for program in &after.programs {
                match change(before, after, &program.name, runner, *metric) {
                    Some((change, texts)) if change.part.abs() > change.noise => found.push((change, texts)),
                    Some(_) => quiet += 1,
                    None => {}
                }
            }
        }
    }
    found.sort_by(|a, b| b.0.part.abs().total_cmp(&a.0.part.abs()));
    let header = ["program", "runner", "metric", "before", "after", "change", "noise"].map(str::to_string).to_vec();
    let rows = found.into_iter().map(|(_, texts)| texts).collect();
    Table {
        title: format!(
            "Changes since {} ({quiet} figures within the noise{})",
            before.machine.date,
            drift(before, after, metrics)
        ),
        header,
        rows,
    }
}

fn change(
    before: &Report,
    after: &Report,
    program: &str,
    runner: &str,
    metric: Metric,
) -> Option<(Change, Vec<String>)> {
    let (old, new) = (before.program(program)?, after.program(program)?);
    let (old_figure, new_figure) = (old.figure(runner, metric)?, new.figure(runner, metric)?);
    let noise_of = |record: &crate::report::ProgramRecord| noise(record.cells.get(runner)?.samples(metric));
    let change =
        Change { part: new_figure / old_figure - 1.0, noise: (noise_of(old)? + noise_of(new)?).max(NOISE_MIN) };
    let texts = [
        program.to_string(),
        runner.to_string(),
        format!("{metric:?}").to_lowercase(),
        metric.text(old_figure),
        metric.text(new_figure),
        format!("{:+.1} %", change.part * 100.0),
        format!("±{:.1} %", change.noise * 100.0),
    ];
    Some((change, texts.to_vec()))
}

/// How much the peers moved: their programs did not change, so this is the machine.
fn drift(before: &Report, after: &Report, metrics: &[Metric]) -> String {
    let mut ratios = Vec::new();
    for metric in metrics.iter().filter(|metric| **metric != Metric::Memory) {
        for runner in after.runner_names().filter(|name| !is_ruff(name)) {
            let both = |program: &crate::report::ProgramRecord| {
                Some(program.figure(runner, *metric)? / before.program(&program.name)?.figure(runner, *metric)?)
            };
            ratios.extend(after.programs.iter().filter_map(both));
        }
    }
    geometric_mean(&ratios).map_or(String::new(), |mean| format!("; peers {:+.1} %", (mean - 1.0) * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Cell, ProgramRecord, RunnerRecord};

    fn report(times: &[(&str, &[f64])]) -> Report {
        let runners =
            ["ruff", "python3"].map(|name| RunnerRecord { name: name.into(), version: String::new() }).to_vec();
        let cell = |user: &[f64]| Cell { user: user.to_vec(), ..Cell::default() };
        let program = |(name, user): &(&str, &[f64])| ProgramRecord {
            name: name.to_string(),
            cells: [("ruff".to_string(), cell(user)), ("python3".to_string(), cell(&[1.0]))].into(),
        };
        Report { runners, programs: times.iter().map(program).collect(), ..Report::default() }
    }

    #[test]
    fn only_changes_beyond_the_noise() {
        let before = report(&[("same", &[1.0, 1.1, 0.9]), ("faster", &[1.0]), ("slower", &[1.0])]);
        let after = report(&[("same", &[1.05]), ("faster", &[0.5]), ("slower", &[1.25]), ("new", &[1.0])]);
        let table = changes(&before, &after, &[Metric::User]);
        assert!(table.title.ends_with("(1 figures within the noise; peers +0.0 %)"), "{}", table.title);
        assert_eq!(table.rows[0], ["faster", "ruff", "user", "1.00 s", "500 ms", "-50.0 %", "±2.0 %"]);
        assert_eq!(table.rows[1][0], "slower");
        assert_eq!(table.rows.len(), 2);
    }
}
