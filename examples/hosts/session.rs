//! A read-eval-print session: each input sees what the ones before defined, and errors do not end it.

use ruff_core::{Engine, Vm};
use std::io::BufRead;

const DEFAULT: &str = "x := 20\nfunc twice(n) { return n * 2 }\ntwice(x) + 2\nx / 0\nx := \"text\"\nx\n";

fn main() {
    let mut vm = Vm::new(&Engine::new());
    vm.set_output(|text: &str| print!("{text}"));
    let inputs: Vec<String> = match std::env::args().nth(1) {
        Some(_) => std::io::stdin().lock().lines().map_while(Result::ok).collect(),
        None => DEFAULT.lines().map(str::to_owned).collect(),
    };
    for (number, input) in inputs.iter().enumerate() {
        println!("> {input}");
        match vm.eval(&format!("input {}", number + 1), input) {
            Ok(Some(text)) => println!("{text}"),
            Ok(None) => {}
            Err(error) => println!("{error}"),
        }
    }
}
