//! Prints the program of a seed, and with `--run` what it does.

use ruff_testkit::{Case, Mode, generate, run};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(seed) = arguments.first().and_then(|a| a.parse().ok()) else {
        return eprintln!("usage: program SEED [--run]");
    };
    let case = Case::generated(&generate(seed));
    print!("{}", case.text);
    if arguments.iter().any(|a| a == "--run") {
        let outcome = run(&case, &Mode::INTERPRETER);
        print!("--- output\n{}", outcome.output);
        if let Some(failure) = &outcome.failure {
            print!("--- error\n{failure}");
        }
        println!("--- {} ticks", outcome.ticks);
    }
}
