//! The torture suite: what a hostile or unlucky script, or a careless host, may try, and what must happen. Tests have the names
//! of its rows (`A01` …).
//!
//! Each scenario runs in each mode in a child process: this program with `--scenario ROW MODE`, a stack of 1 MiB, a limited
//! address space and 10 seconds. After the scenario a canary script must pass in its VM and in a second VM of the engine.
//! `valgrind` is a mode of its own, if it is asked for: everything natively, under the memory checker.

mod bench;
mod calls;
mod child;
mod collections;
mod control;
mod front_end;
mod host;
mod modules;
mod numbers;
mod objects;
mod text;
mod tiers;

use bench::Bench;
use libtest_mimic::{Arguments, Trial};
use ruff_testkit::Mode;
use std::process::ExitCode;

/// A row of the suite, or a part of one.
struct Row {
    /// The id of the row, and what the part is about: `A01_nesting`.
    name: &'static str,
    scenario: fn(&mut Bench),
}

fn rows() -> impl Iterator<Item = &'static Row> {
    [
        front_end::ROWS,
        numbers::ROWS,
        text::ROWS,
        collections::ROWS,
        calls::ROWS,
        control::ROWS,
        modules::ROWS,
        host::ROWS,
        tiers::ROWS,
        objects::ROWS,
    ]
    .into_iter()
    .flatten()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, row, mode] = arguments.as_slice()
        && [child::FLAG, child::CHECKED_FLAG].contains(&flag.as_str())
    {
        return child::run(row, mode, flag == child::CHECKED_FLAG);
    }
    let trials = rows().flat_map(|row| {
        let trial = move |mode: &'static Mode| {
            let name = format!("{}::{}", row.name, mode.name);
            Trial::test(name, move || child::watch(row.name, mode.name))
        };
        Mode::ALL.iter().map(trial)
    });
    let checked = rows().map(|row| {
        let run = || child::watch_checked(row.name, Mode::NATIVE.name);
        Trial::test(format!("{}::valgrind", row.name), run).with_ignored_flag(true)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.chain(checked).collect()).exit_code()
}
