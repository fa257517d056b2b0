//! Prints the program of a seed, and with `--run MODE` what it does; or looks for seeds on which modes differ, and reduces the
//! programs. `small:SEED` is a small program.

use ruff_core::jit::ExitReason;
use ruff_testkit::{
    Case, Mode, Program, Tally, compare, compare_counted, generate, generate_small, reduce, run_counted,
};
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: program SEED|small:SEED|FILE [--run [MODE]]
       program --compare MODE FROM TO [--reduce]
       program --hunt small|large FROM TO";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--compare", mode, from, to, rest @ ..] => match (Mode::named(mode), from.parse(), to.parse()) {
            (Some(mode), Ok(from), Ok(to)) => compare_seeds(*mode, from..to, rest == ["--reduce"]),
            _ => usage(),
        },
        ["--hunt", scale, from, to] => match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) => hunt(if *scale == "small" { generate_small } else { generate }, from..to),
            _ => usage(),
        },
        [program, rest @ ..] => match (program_of(program), std::fs::read_to_string(program)) {
            (Some(program), _) => show(&Case::generated(&program), rest),
            (_, Ok(text)) => {
                let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
                show(&Case::new(name, text), rest)
            }
            _ => usage(),
        },
        [] => usage(),
    }
}

fn program_of(seed: &str) -> Option<Program> {
    match seed.strip_prefix("small:") {
        Some(seed) => Some(generate_small(seed.parse().ok()?)),
        None => Some(generate(seed.parse().ok()?)),
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
fn compare_seeds(mode: Mode, seeds: Range<u64>, reduces: bool) -> ExitCode {
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

/// Each seed in all modes; what differs is reduced, and a tally ends it.
fn hunt(generate: fn(u64) -> Program, seeds: Range<u64>) -> ExitCode {
    let modes = &Mode::ALL[1..];
    let tallies: Vec<Tally> = modes.iter().map(|_| Tally::default()).collect();
    let (mut failures, count) = (0, seeds.end - seeds.start);
    for seed in seeds {
        eprint!("\r{seed} ");
        let program = generate(seed);
        let tally = |mode: &Mode, statistics: &_| {
            let at = modes.iter().position(|m| m.name == mode.name);
            at.into_iter().for_each(|at| tallies[at].add(statistics));
        };
        if let Err(difference) = compare_counted(&Case::generated(&program), modes, tally) {
            failures += 1;
            println!("{difference}");
            println!("{}", reduce(&program, |case| compare(case, modes).is_err()));
        }
    }
    eprintln!();
    for (mode, tally) in modes.iter().zip(&tallies) {
        println!("{}: {tally}", mode.name);
    }
    println!("{count} programs, {} runs: {failures} differ", count as usize * Mode::ALL.len());
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
