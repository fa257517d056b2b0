//! Runs the scripts of `tests/scripts`, one test for each.
//!
//! A script says in its comments what must come out: `# expect: TEXT` for each line of output, `# error: CODE: MESSAGE` for each
//! diagnostic or for the error that is not caught, in order; `# mode: check` or `# mode: test` if it is not run as a program.

mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::{Mode, Outcome, ProgramCase, assert_same, run_case};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts");
    let trials = scripts_below(&root).into_iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap_or(&path).with_extension("").display().to_string();
        Trial::test(name.replace(['/', '\\'], "::"), move || check(&path))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// All scripts in the order of their paths.
fn scripts_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut entries: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    entries.sort();
    let scripts = entries.into_iter().flat_map(|path| match path.is_dir() {
        true => scripts_below(&path),
        false if path.extension().is_some_and(|e| e == "ruff") => vec![path],
        false => Vec::new(),
    });
    scripts.collect()
}

fn check(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let after = |mark: &'static str| text.lines().filter_map(move |l| l.split_once(mark)).map(|(_, rest)| rest);
    let output: String = after("# expect:").map(|l| format!("{}\n", l.strip_prefix(' ').unwrap_or(l))).collect();
    let errors: Vec<String> = after("# error: ").map(str::to_string).collect();
    let mode = match after("# mode: ").next() {
        None => Mode::Run,
        Some("check") => Mode::Check,
        Some("test") => Mode::Test,
        Some(other) => return Err(format!("unknown mode {other}").into()),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let case = ProgramCase { name, text: text.clone(), modules: Vec::new(), mode };
    assert_same(&Outcome { output, errors }, &run_case(&case)).map_err(Failed::from)
}
