//! Valgrind's memory checker over scripts whose every function and loop runs as machine code. Without valgrind nothing is checked,
//! and that is said.

use std::path::Path;
use std::process::Command;

/// The exit status that stands for a finding.
const FOUND: i32 = 99;

/// Is valgrind on this machine?
fn is_there() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Runs a script of `tests/scripts/native` under the checker. Machine code is written while it runs, which `--smc-check` allows.
fn check(script: &str) {
    if !is_there() {
        println!("skipped: valgrind is not on this machine");
        return;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts/native").join(script);
    let output = Command::new("valgrind")
        .args(["--quiet", "--smc-check=all", &format!("--error-exitcode={FOUND}")])
        .arg(env!("CARGO_BIN_EXE_ruff"))
        .args(["run", "--tier", "native", "--jit-threshold", "1", "--stats"])
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{script}: {said}");
    assert!(said.contains(" units (") && !said.contains(" 0 units ("), "{script} did not run natively: {said}");
}

#[test]
fn entries_of_dicts() {
    check("dict_get.ruff");
}

#[test]
fn elements_that_leave_arrays() {
    check("pop.ruff");
}

#[test]
fn copies_of_shared_containers() {
    check("shared_containers.ruff");
}

#[test]
fn loans_of_places() {
    check("mut_arguments.ruff");
}

#[test]
fn variants_with_values() {
    check("outcomes.ruff");
}
