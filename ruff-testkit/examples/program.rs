//! Prints the program of a seed, and with `--run MODE` what it does.

use ruff_testkit::{Case, Mode, generate, run};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(seed) = arguments.first().and_then(|a| a.parse().ok()) else {
        return eprintln!("usage: program SEED [--run [MODE]]");
    };
    let case = Case::generated(&generate(seed));
    print!("{}", case.text);
    if arguments.iter().any(|a| a == "--run") {
        let named = |mode: &&Mode| arguments.iter().any(|a| a == mode.name);
        let outcome = run(&case, Mode::ALL.iter().find(named).unwrap_or(&Mode::INTERPRETER));
        print!("--- output\n{}", outcome.output);
        if let Some(failure) = &outcome.failure {
            print!("--- error\n{failure}");
        }
        println!("--- {} ticks", outcome.ticks);
    }
}
