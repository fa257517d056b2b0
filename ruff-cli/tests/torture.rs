//! Rows C09 and K01 of the torture suite: the command among closed streams, full disks and odd files.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn ruff(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ruff"));
    command.args(args).stdin(Stdio::null());
    command
}

/// A file of this text, in a place of its own.
fn file(name: &str, text: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("ruff-torture-{}-{name}", std::process::id()));
    fs::write(&path, text).unwrap();
    path
}

/// The status of a command that must end by itself and must not panic.
#[track_caller]
fn status_of(output: &Output) -> i32 {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
    output.status.code().expect("ended by a signal")
}

#[test]
fn k01_full_disk_is_reported() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = ruff(&["-e", "print(1)"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(status_of(&output), 6);
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write output"));
}

#[test]
fn k01_a_reader_that_goes_ends_a_flood() {
    let mut child =
        ruff(&["-e", "while true { print(\"y\") }"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(status_of(&child.wait_with_output().unwrap()), 0);
}

#[test]
fn k01_odd_files_have_their_status() {
    let large = file("large.ruff", &vec![b'a'; (16 << 20) + 1]);
    let empty = file("empty.ruff", b"");
    let nul = file("nul.ruff", &[0; 2000]);
    let folder = std::env::temp_dir();
    for (path, status) in [(&empty, 0), (&large, 3), (&nul, 3), (&folder, 5)] {
        let output = ruff(&["run", path.to_str().unwrap()]).output().unwrap();
        assert_eq!(status_of(&output), status, "{}", path.display());
    }
    let endless = ruff(&["run", "/dev/zero"]).output().unwrap();
    assert_eq!(status_of(&endless), 3);
    for path in [large, empty, nul] {
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn k01_standard_input_may_be_closed_or_broken() {
    assert_eq!(status_of(&ruff(&["-"]).output().unwrap()), 0);
    let mut child = ruff(&["-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&[0xFF, b'x', 0xFE]).unwrap();
    assert_eq!(status_of(&child.wait_with_output().unwrap()), 3);
}

#[test]
fn c09_messages_show_escapes_as_text() {
    let output = ruff(&["-e", "throw \"\\e[31mred\\0\""]).output().unwrap();
    assert_eq!(status_of(&output), 4);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("␛[31mred␀") && !said.contains('\u{1b}') && !said.contains('\0'), "{said}");
}
