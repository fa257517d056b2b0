//! One run of one program in a process of its own.

use crate::cpu::Usage;
use crate::programs::{Language, Program, with_repetitions};
use crate::runner::Runner;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a run gave.
#[derive(Debug)]
pub enum Outcome {
    /// It ran to its end.
    Done(Run),
    /// The runner has no such program, or lacks a library that it needs.
    Missing(String),
    /// It failed: the end of what it said.
    Failed(String),
}

/// A run that came to its end.
#[derive(Debug, PartialEq)]
pub struct Run {
    /// What it printed as its result; the same in each repetition.
    pub checksum: String,
    /// The seconds of each repetition.
    pub seconds: Vec<f64>,
    /// CPU seconds of the process in user mode.
    pub user_seconds: f64,
    /// The most memory of the process, in bytes.
    pub peak_bytes: u64,
    /// Seconds from start to end for each second of CPU time: 1 on a machine that has nothing else to do.
    pub delay: f64,
}

/// Runs programs, with a folder for their changed texts and their output.
pub struct Laboratory {
    folder: PathBuf,
    meter: PathBuf,
    limit: Duration,
}

impl Laboratory {
    /// A laboratory whose programs may run as long as `limit`, measured by the program `meter`.
    pub fn new(meter: PathBuf, limit: Duration) -> io::Result<Laboratory> {
        let folder = std::env::temp_dir().join(format!("ruff-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Laboratory { folder, meter, limit })
    }

    /// Runs a program that makes its call `repetitions` times.
    pub fn run(&self, runner: &Runner, program: &Program, repetitions: usize) -> io::Result<Outcome> {
        let Some(mut file) = program.file(runner.language) else {
            return Ok(Outcome::Missing("not written in this language".into()));
        };
        if repetitions != 1 && runner.language != Language::Rust {
            let Some(text) = with_repetitions(&std::fs::read_to_string(&file)?, repetitions) else {
                return Ok(Outcome::Missing("nothing to repeat".into()));
            };
            file = self.folder.join(format!("{}.{}", program.name, runner.language.extension()));
            std::fs::write(&file, text)?;
        }
        let (usage, output) = self.process(&runner.command_line(program, &file, repetitions))?;
        Ok(judge(program, &usage, &output))
    }

    /// Runs a command line and gives what it used and printed.
    fn process(&self, line: &[OsString]) -> io::Result<(Usage, String)> {
        let mut output = File::options().read(true).write(true).create(true).truncate(true).open(self.output())?;
        let usage_file = self.folder.join("usage");
        let mut command = Command::new(&self.meter);
        command.arg(&usage_file).arg(self.limit.as_secs().to_string()).args(line);
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?);
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("NO_COLOR", "1");
        let usage = command.status()?.success().then(|| std::fs::read_to_string(usage_file)).transpose()?;
        let usage =
            usage.and_then(|line| Usage::from_line(&line)).ok_or_else(|| io::Error::other("the meter failed"))?;
        output.flush()?;
        output.rewind()?;
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes)?;
        Ok((usage, String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn output(&self) -> PathBuf {
        self.folder.join("output")
    }
}

impl Drop for Laboratory {
    fn drop(&mut self) {
        // A folder that stays behind in the system's place for such things does no harm.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn judge(program: &Program, usage: &Usage, output: &str) -> Outcome {
    if usage.timed_out {
        return Outcome::Failed("took too long".into());
    }
    if !usage.success {
        return match missing_library(output) {
            Some(library) => Outcome::Missing(library),
            None => Outcome::Failed(last_lines(output)),
        };
    }
    let (checksum, seconds) = match results(output) {
        Ok(results) => results,
        Err(_) if program.is_start_up() => (output.trim().to_string(), Vec::new()),
        Err(text) => return Outcome::Failed(text),
    };
    let Usage { user_seconds, cpu_seconds, wall_seconds, peak_bytes, .. } = *usage;
    let delay = wall_seconds / cpu_seconds.max(1e-9);
    Outcome::Done(Run { checksum, seconds, user_seconds, peak_bytes, delay })
}

/// The result and the times of a program's lines `R …` and `T …`.
fn results(output: &str) -> Result<(String, Vec<f64>), String> {
    let mut checksum: Option<&str> = None;
    let mut seconds = Vec::new();
    for line in output.lines() {
        if let Some(found) = line.strip_prefix("R ") {
            match checksum {
                Some(first) if first != found => return Err(format!("printed {first}, later {found}")),
                _ => checksum = Some(found),
            }
        } else if let Some(text) = line.strip_prefix("T ") {
            seconds.push(text.trim().parse().map_err(|_| format!("not a time: {text}"))?);
        }
    }
    let checksum = checksum.ok_or_else(|| format!("printed no result: {}", last_lines(output)))?;
    Ok((checksum.trim().to_string(), seconds))
}

/// The library that an output says was not found.
fn missing_library(output: &str) -> Option<String> {
    let marks = ["module '", "No module named '", "Cannot find module '"];
    let line = output.lines().find(|line| line.contains("not found") || marks[1..].iter().any(|m| line.contains(m)))?;
    let rest = marks.iter().find_map(|mark| line.split_once(mark))?.1;
    Some(format!("no {}", rest.split('\'').next()?))
}

fn last_lines(output: &str) -> String {
    let text: String = output.trim().lines().collect::<Vec<_>>().join(" | ");
    let start = text.char_indices().rev().nth(199).map_or(0, |(at, _)| at);
    text[start..].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_from_marked_lines() {
        assert_eq!(results("fib number 1\nR 5\nT 0.5\nR 5\nT 0.25\n"), Ok(("5".into(), vec![0.5, 0.25])));
        assert_eq!(results("R 5\nT 1\nR 6\nT 1\n"), Err("printed 5, later 6".into()));
        assert_eq!(results("oh\n"), Err("printed no result: oh".into()));
    }

    #[test]
    fn libraries_that_are_missing() {
        assert_eq!(missing_library("lua: a.lua:2: module 'cjson' not found:\n"), Some("no cjson".into()));
        assert_eq!(missing_library("ModuleNotFoundError: No module named 'numpy'"), Some("no numpy".into()));
        assert_eq!(missing_library("Error: Cannot find module 'x'"), Some("no x".into()));
        assert_eq!(missing_library("RUF1007: Division by zero"), None);
    }
}
