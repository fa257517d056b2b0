//! Guards the cost of the interpreter: counts the instructions that small programs take, which do not depend on the machine's
//! load, and compares them with the counts in `instructions.json`. `--update` writes the counts of now.
//!
//! The scripts run in this program itself, started once more under valgrind, with nothing of the native tier linked in: so it
//! builds in a fraction of the time of `ruff`. Without valgrind nothing is checked, and that is said.

use clap::Parser;
use ruff_bench::build;
use ruff_bench::machine::first_line;
use ruff_core::{Engine, Tier, Vm};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// More than this part above the kept count fails. A new compiler moves counts by a few per cent.
const INCREASE_MAX: f64 = 0.15;

type Fallible<T> = Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(about = "Checks how many instructions small programs take in the interpreter")]
struct Options {
    /// Keep the counts of now instead of checking them
    #[arg(long)]
    update: bool,
    /// Run a script and count nothing; what is started under valgrind
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
}

/// The counts that are kept.
#[derive(Default, Serialize, Deserialize)]
struct Counts {
    /// The cargo profile that the counted program was built with: another gives other counts.
    profile: String,
    /// Instructions by script.
    instructions: BTreeMap<String, u64>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether no count grew too much.
fn run(options: &Options) -> Fallible<bool> {
    if let Some(script) = &options.run {
        return interpret(script).map(|()| true);
    }
    if first_line("valgrind", &["--version"]).is_none() {
        println!("skipped: valgrind is not on this machine");
        return Ok(true);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kept_file = folder.join("instructions.json");
    let profile = build::profile()?;
    let kept =
        if options.update { Counts::default() } else { serde_json::from_str(&std::fs::read_to_string(&kept_file)?)? };
    if !options.update && kept.profile != profile {
        return Err(
            format!("the kept counts are of the profile '{}', this program is of '{profile}'", kept.profile).into()
        );
    }
    let mut found = Counts { profile, ..Counts::default() };
    let mut good = true;
    for file in scripts(&folder.join("instructions"))? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let count = count(&file)?;
        let (text, is_good) = verdict(count, kept.instructions.get(&name).copied());
        println!("{name:<16} {count:>14}  {text}");
        good &= is_good;
        found.instructions.insert(name, count);
    }
    if options.update {
        std::fs::write(kept_file, serde_json::to_string_pretty(&found)? + "\n")?;
    }
    Ok(good || options.update)
}

fn interpret(script: &Path) -> Fallible<()> {
    let engine = Engine::builder().tier(Tier::Interpreter).build();
    let text = std::fs::read_to_string(script)?;
    let program = engine.compile(&script.to_string_lossy(), &text).map_err(|error| error.to_string())?;
    Vm::new(&engine).run(&program).map_err(|error| error.to_string())?;
    Ok(())
}

fn scripts(folder: &Path) -> Fallible<Vec<PathBuf>> {
    let mut files = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Fallible<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// The instructions of a whole process; its start is part of what a user waits for.
fn count(script: &Path) -> Fallible<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(std::env::current_exe()?).arg("--run").arg(script);
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{}: {text}", script.display()).into());
    }
    collected(&text).ok_or_else(|| format!("callgrind printed no count: {text}").into())
}

/// The number in callgrind's line `==1== Collected : 123`.
fn collected(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.contains("Collected :"))?;
    line.split_whitespace().last()?.parse().ok()
}

fn verdict(count: u64, kept: Option<u64>) -> (String, bool) {
    let Some(kept) = kept else { return ("no count is kept".into(), false) };
    let part = count as f64 / kept as f64 - 1.0;
    let word = if part > INCREASE_MAX { "too many" } else { "good" };
    (format!("{:+.1} % {word}", part * 100.0), part <= INCREASE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        assert_eq!(collected("==7== Events    : Ir\n==7== Collected : 1234567\n"), Some(1_234_567));
        assert_eq!(collected("nothing"), None);
    }

    #[test]
    fn only_growth_fails() {
        assert_eq!(verdict(114, Some(100)), ("+14.0 % good".into(), true));
        assert_eq!(verdict(116, Some(100)), ("+16.0 % too many".into(), false));
        assert_eq!(verdict(50, Some(100)), ("-50.0 % good".into(), true));
        assert!(!verdict(1, None).1);
    }
}
