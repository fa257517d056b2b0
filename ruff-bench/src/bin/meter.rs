//! `meter FILE SECONDS COMMAND …`: runs a command and writes what it used to FILE.
//!
//! A process of its own because Linux counts the memory of the process that starts another into the peak of the new one:
//! started from here, a program is charged for a meter, not for a comparison.

use ruff_bench::cpu;
use std::error::Error;
use std::process::{Command, ExitCode};
use std::time::Duration;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("meter: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let mut next = || arguments.next().ok_or("usage: meter FILE SECONDS COMMAND …");
    let file = next()?;
    let limit = Duration::from_secs(next()?.to_string_lossy().parse()?);
    let mut command = Command::new(next()?);
    let usage = cpu::wait(&mut command.args(arguments).spawn()?, limit)?;
    Ok(std::fs::write(file, usage.to_line())?)
}
