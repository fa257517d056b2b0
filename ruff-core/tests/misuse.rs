//! Misuse does not compile, and the compiler says why.
//!
//! Each program of the folder `misuse` begins with what is wrong with it and with what the compiler must say; the rest of a
//! message is the compiler's own and may change with it. All are targets of one scratch package, which one `cargo check` reads.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The one program that compiles: a scratch package in which nothing does proves nothing.
const ALLOWED: &str = "allowed";

#[test]
fn misuse_does_not_compile() {
    let programs = programs();
    let errors = check(&programs);
    assert_eq!(errors.get(ALLOWED), None, "what is allowed does not compile");
    let mut problems = String::new();
    for (name, file) in programs.iter().filter(|(name, _)| *name != ALLOWED) {
        let text = fs::read_to_string(file).unwrap();
        let expected: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("//! says: ")).collect();
        assert!(!expected.is_empty(), "{name} does not say what is expected");
        let Some(said) = errors.get(name) else {
            writeln!(problems, "{name} compiles").unwrap();
            continue;
        };
        for phrase in expected.iter().filter(|phrase| !said.contains(**phrase)) {
            writeln!(problems, "{name}: the compiler does not say: {phrase}\n{said}").unwrap();
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

/// The programs by their names.
fn programs() -> BTreeMap<String, PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/misuse");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| (file.file_stem().unwrap().to_str().unwrap().to_owned(), file)).collect()
}

/// Checks all programs; gives the errors of each that has some.
fn check(programs: &BTreeMap<String, PathBuf>) -> BTreeMap<String, String> {
    let package = scratch_package(programs);
    let output = Command::new(env!("CARGO"))
        .args(["check", "--examples", "--keep-going", "--offline", "--message-format", "json", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(package.join("target"))
        .output()
        .unwrap();
    let mut errors: BTreeMap<String, String> = BTreeMap::new();
    let mut is_checked = false;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let report: Value = serde_json::from_str(line).unwrap();
        let name = report["target"]["name"].as_str().unwrap_or_default();
        is_checked |= name == ALLOWED;
        if report["message"]["level"] == "error" {
            let text = report["message"]["rendered"].as_str().unwrap_or_default();
            errors.entry(name.to_owned()).or_default().push_str(text);
        }
    }
    assert!(is_checked, "cargo did not come to the programs: {}", String::from_utf8_lossy(&output.stderr));
    errors
}

/// Writes a package whose examples are the programs. It has the versions of this workspace, which are there already.
fn scratch_package(programs: &BTreeMap<String, PathBuf>) -> PathBuf {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("misuse");
    fs::create_dir_all(package.join("src")).unwrap();
    fs::write(package.join("src/lib.rs"), "").unwrap();
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(crate_folder.join("../Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let mut manifest = format!(
        "[package]\nname = \"misuse\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nruff-core = {{ path = {crate_folder:?}, features = [\"derive\"] }}\n"
    );
    for (name, file) in programs {
        writeln!(manifest, "\n[[example]]\nname = \"{name}\"\npath = {file:?}").unwrap();
    }
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    package
}
