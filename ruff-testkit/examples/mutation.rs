//! Plants the faults of `mutation/faults.txt` and says which tests find them.
//!
//! All faults go into one copy of the workspace, each behind a switch, so that one build serves them all. Then the suites run for each
//! fault, the quick ones first, until one fails. `mutation [COPY] [FIRST [LAST]]`: where the copy is, and which faults, counted from 1.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// Faults that may stay unknown.
const UNKNOWN_MAX: usize = 2;
/// A suite that takes longer hangs, which is a way of finding a fault.
const TIME_MAX: Duration = Duration::from_secs(1_800);
/// The variable that the switch reads.
const VARIABLE: &str = "RUFF_PLANTED";

/// The suites: a name, and what `cargo test` gets.
const SUITES: &[(&str, &[&str])] = &[
    ("unit tests", &["--lib"]),
    ("scripts in all modes", &["--test", "scripts"]),
    ("reports", &["--test", "report"]),
    ("language reference in all modes", &["--test", "reference"]),
    ("torture: numbers and collections", &["--test", "torture", "--", "B0", "D0", "D14"]),
    ("generated programs", &["--test", "generated", "--", "modes_agree", "a_cut_run"]),
];

/// The module that the copy gets.
const SWITCH: &str = "//! Which fault is on.
use std::sync::LazyLock;

static NUMBER: LazyLock<u32> = LazyLock::new(|| std::env::var(\"RUFF_PLANTED\").ok().and_then(|n| n.parse().ok()).unwrap_or(0));

pub fn is(number: u32) -> bool {
    *NUMBER == number
}
";

struct Fault {
    title: String,
    file: String,
    stands: String,
    instead: String,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let copy = arguments.first().map_or_else(|| root.join("target/mutation"), PathBuf::from);
    let number = |at: usize| arguments.get(at).and_then(|n| n.parse::<usize>().ok());
    let faults =
        faults(&fs::read_to_string(root.join("ruff-testkit/mutation/faults.txt")).expect("the list of faults"));
    copy_sources(&root, &copy);
    plant(&copy, &faults);
    for (name, suite) in SUITES {
        if let Some(problem) = fails(&copy, suite, 0) {
            eprintln!("without a fault, {name}: {problem}");
            return ExitCode::FAILURE;
        }
    }
    let mut table = String::from("| fault | found by |\n|---|---|\n");
    let mut unknown = 0;
    let (first, last) = (number(1).unwrap_or(1), number(2).unwrap_or(faults.len()));
    for (at, fault) in faults.iter().enumerate().take(last).skip(first - 1) {
        let found = SUITES.iter().find_map(|(name, suite)| Some(format!("{name}: {}", fails(&copy, suite, at + 1)?)));
        unknown += usize::from(found.is_none());
        let line = format!("| {} | {} |", fault.title, found.as_deref().unwrap_or("nobody"));
        println!("{line}");
        let _ = writeln!(table, "{line}");
    }
    println!("\n{table}\n{unknown} unknown");
    if unknown <= UNKNOWN_MAX { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The faults of the list.
fn faults(list: &str) -> Vec<Fault> {
    let parse = |block: &str| {
        let mut lines = block.trim_end().lines();
        let (title, file) = (lines.next().expect("a title").to_string(), lines.next().expect("a file").to_string());
        let lines: Vec<&str> = lines.collect();
        let with = |sign: char| lines.iter().filter_map(|l| l.strip_prefix(sign)).collect::<Vec<_>>().join("\n");
        Fault { title, file, stands: with('-'), instead: with('+') }
    };
    list.split("\n== ").skip(1).map(parse).collect()
}

/// Copies what is under version control, and leaves alone what has not changed, so that little is built anew.
fn copy_sources(root: &Path, copy: &Path) {
    let listed = Command::new("git").arg("ls-files").current_dir(root).output().expect("git lists the files");
    for name in String::from_utf8_lossy(&listed.stdout).lines() {
        let (from, to) = (root.join(name), copy.join(name));
        let Ok(text) = fs::read(&from) else { continue };
        write_if_changed(&to, &text);
    }
}

fn write_if_changed(path: &Path, text: &[u8]) {
    if fs::read(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().expect("files are in folders")).expect("the folder can be made");
    fs::write(path, text).expect("the file can be written");
}

/// Puts all faults into the copy, each behind its number.
fn plant(copy: &Path, faults: &[Fault]) {
    write_if_changed(&copy.join("ruff-core/src/planted.rs"), SWITCH.as_bytes());
    let library = copy.join("ruff-core/src/lib.rs");
    let text = fs::read_to_string(&library).expect("the library");
    fs::write(&library, text + "\n#[doc(hidden)]\npub mod planted;\n").expect("the library can be written");
    for (at, fault) in faults.iter().enumerate() {
        let path = copy.join(&fault.file);
        let text = fs::read_to_string(&path).expect("the file of a fault");
        assert_eq!(text.matches(&fault.stands).count(), 1, "{}: what stands there", fault.title);
        let crate_name = if fault.file.starts_with("ruff-core") { "crate" } else { "ruff_core" };
        let switch = format!("{crate_name}::planted::is({})", at + 1);
        let text = text.replace(&fault.stands, &fault.instead.replace("planted()", &switch));
        fs::write(&path, text).expect("the file of a fault can be written");
    }
}

/// Runs a suite with a fault; the first test that fails.
fn fails(copy: &Path, suite: &[&str], number: usize) -> Option<String> {
    let mut child = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--workspace"])
        .args(suite)
        .current_dir(copy)
        .env(VARIABLE, number.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("cargo runs");
    // Somebody must read what it prints while it runs.
    let output = child.stdout.take().expect("it is piped");
    let reader = std::thread::spawn(move || std::io::read_to_string(output).unwrap_or_default());
    let began = Instant::now();
    let status = loop {
        match child.try_wait().expect("it can be asked") {
            Some(status) => break status,
            None if began.elapsed() > TIME_MAX => {
                let _ = child.kill();
                let _ = child.wait();
                return Some("it does not end".to_string());
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    let text = reader.join().unwrap_or_default();
    if status.success() {
        return None;
    }
    let failed = text.lines().skip_while(|line| *line != "failures:").map(str::trim);
    let name = failed.filter(|line| !line.is_empty() && !line.starts_with("failures:") && !line.starts_with("----"));
    Some(name.last().map_or_else(|| "it crashes".to_string(), |line| format!("`{line}`")))
}
