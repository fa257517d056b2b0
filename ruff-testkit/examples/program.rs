//! Prints the program of a seed, and with `--run MODE` what it does; or looks for seeds on which modes differ, and reduces the
//! programs.

use ruff_core::jit::ExitReason;
use ruff_testkit::{Case, Mode, compare, generate, reduce, run_counted};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: program SEED|FILE [--run [MODE]] | program --compare MODE FROM TO [--reduce]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--compare", mode, from, to, rest @ ..] => match (Mode::named(mode), from.parse(), to.parse()) {
            (Some(mode), Ok(from), Ok(to)) => compare_seeds(*mode, from..to, rest == ["--reduce"]),
            _ => usage(),
        },
        [program, rest @ ..] => match (program.parse(), std::fs::read_to_string(program)) {
            (Ok(seed), _) => show(&Case::generated(&generate(seed)), rest),
            (_, Ok(text)) => {
                let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
                show(&Case::new(name, text), rest)
            }
            _ => usage(),
        },
        [] => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::FAILURE
}

fn show(case: &Case, rest: &[&str]) -> ExitCode {
    let Some(("--run", modes)) = rest.split_first().map(|(flag, modes)| (*flag, modes)) else {
        print!("{}", case.text);
        return ExitCode::SUCCESS;
    };
    let mode = modes.first().and_then(|name| Mode::named(name)).unwrap_or(&Mode::INTERPRETER);
    let (outcome, statistics) = run_counted(case, mode);
    print!("--- output\n{}", outcome.output);
    if let Some(failure) = &outcome.failure {
        print!("--- error\n{failure}");
    }
    println!("--- {} ticks", outcome.ticks);
    let exits = ExitReason::ALL.iter().filter(|r| statistics.exits(**r) > 0);
    let exits: Vec<String> = exits.map(|r| format!("{} {r}", statistics.exits(*r))).collect();
    let (functions, loops, entries) = (statistics.functions(), statistics.loops(), statistics.entries());
    eprintln!("{functions} functions, {loops} loops, {entries} entries, exits: {}", exits.join(", "));
    ExitCode::SUCCESS
}

/// Each seed is named before it runs, so that a crash tells which it was.
fn compare_seeds(mode: Mode, seeds: std::ops::Range<u64>, reduces: bool) -> ExitCode {
    let mut failures = 0;
    for seed in seeds {
        eprint!("\r{} {seed} ", mode.name);
        let program = generate(seed);
        if let Err(difference) = compare(&Case::generated(&program), &[mode]) {
            failures += 1;
            println!("{difference}");
            if reduces {
                println!("{}", reduce(&program, |case| compare(case, &[mode]).is_err()));
            }
        }
    }
    eprintln!();
    println!("{}: {failures} differ", mode.name);
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
