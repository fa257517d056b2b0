//! Runs each script of `examples/scripts` through the command and compares its output with the file `NAME.out` beside it; the
//! tests that a script holds must pass, and a check has nothing to report.

use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = scripts().into_iter().flat_map(|script| {
        let name = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (tests, checked) = (script.clone(), script.clone());
        [
            Trial::test(format!("output::{name}"), move || check_output(&script)),
            Trial::test(format!("tests::{name}"), move || check_tests(&tests)),
            Trial::test(format!("check::{name}"), move || check_is_silent(&checked)),
        ]
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The scripts in the order of their names; modules lie in folders below.
fn scripts() -> Vec<PathBuf> {
    let entries = fs::read_dir(workspace().join("examples/scripts")).unwrap();
    let paths = entries.map(|e| e.unwrap().path());
    let mut scripts: Vec<PathBuf> = paths.filter(|p| p.extension().is_some_and(|e| e == "ruff")).collect();
    scripts.sort();
    scripts
}

/// The command with the workspace as its current folder, as the README says.
fn ruff(command: &str, script: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ruff")).arg(command).arg(script).current_dir(workspace()).output().unwrap()
}

fn check_output(script: &Path) -> Result<(), Failed> {
    let expected_file = script.with_extension("out");
    let expected = fs::read_to_string(&expected_file).map_err(|e| format!("{}: {e}", expected_file.display()))?;
    let run = ruff("run", script);
    let (actual, errors) = (String::from_utf8(run.stdout)?, String::from_utf8_lossy(&run.stderr).into_owned());
    if !run.status.success() || !errors.is_empty() {
        return Err(format!("{}\n{errors}", run.status).into());
    }
    let (mut expected, mut actual) = (expected.lines(), actual.lines());
    for line in 1.. {
        match (expected.next(), actual.next()) {
            (None, None) => return Ok(()),
            (e, a) if e == a => {}
            (e, a) => return Err(format!("line {line}:\nexpected: {e:?}\nactual:   {a:?}").into()),
        }
    }
    Ok(())
}

fn check_is_silent(script: &Path) -> Result<(), Failed> {
    let run = ruff("check", script);
    let text = String::from_utf8_lossy(&run.stderr).into_owned() + &String::from_utf8_lossy(&run.stdout);
    if run.status.success() && text.is_empty() { Ok(()) } else { Err(text.into()) }
}

fn check_tests(script: &Path) -> Result<(), Failed> {
    let run = ruff("test", script);
    let text = String::from_utf8_lossy(&run.stderr).into_owned() + &String::from_utf8_lossy(&run.stdout);
    if run.status.success() { Ok(()) } else { Err(text.into()) }
}
