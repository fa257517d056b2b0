//! The switches of the native tier from outside: stable parts of what they print.
#![cfg(all(unix, target_arch = "x86_64"))]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A function that is called often, one that is never called, and a loop.
const SCRIPT: &str = "\
func fib(n) {
    if n < 2 { return n }
    return fib(n - 1) + fib(n - 2)
}
func never() { return 1 }
sum := 0
for i in range(20000) {
    sum += i % 7
}
eprint(\"done\")
print(fib(20), sum + 1)
";
const PRINTED: &str = "6765 59998\n";

struct Script(PathBuf);

impl Script {
    fn new(name: &str, text: &str) -> Script {
        let path = std::env::temp_dir().join(format!("ruff-tiers-{}-{name}.ruff", std::process::id()));
        fs::write(&path, text).unwrap();
        Script(path)
    }

    /// Runs the command on it; gives the status, standard output and standard error.
    fn ruff(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_ruff")).args(args).arg(&self.0).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// Runs it; gives what was told of it after what it printed itself.
    #[track_caller]
    fn told(&self, args: &[&str]) -> String {
        let (status, out, err) = self.ruff(&[&["run"], args].concat());
        assert_eq!((status, out.as_str()), (Some(0), PRINTED), "{args:?}: {err}");
        err.strip_prefix("done\n").expect("the script prints this first").to_string()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn every_tier_prints_the_same() {
    let script = Script::new("tier", SCRIPT);
    for tier in ["auto", "interpreter", "native"] {
        assert_eq!(script.told(&["--tier", tier]), "");
    }
    assert_eq!(script.told(&["--jit-threshold", "1"]), "");
    assert_eq!(script.ruff(&["run", "--tier", "fast"]).0, Some(2));
    assert_eq!(script.ruff(&["run", "--jit-threshold", "0"]).0, Some(2));
}

#[test]
fn what_was_compiled_is_explained() {
    let script = Script::new("explain", SCRIPT);
    let told = script.told(&["--explain-jit"]);
    for part in ["fib at ", ".ruff:1:1\n", "  function: version 1, ", "inlined fib", "  loop at line 7: version 1, "] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.contains("not hot: never\n"), "{told}");
    assert_eq!(script.told(&["--explain-jit", "--tier", "interpreter"]), "nothing was hot: no native code\n");
}

#[test]
fn exits_are_explained_with_their_places() {
    let text = "struct S { v }\nfunc get(s) {\n    return s.v + 1\n}\n\
        s := S { v: 1 }\nfor i in range(40000) {\n    if i % 10000 == 9999 { s.v := 0.5 }\n    get(s)\n}\n";
    let script = Script::new("exits", text);
    let (status, _, told) = script.ruff(&["run", "--explain-jit"]);
    assert_eq!(status, Some(0), "{told}");
    let left = told
        .lines()
        .find(|line| line.contains("left ") && line.contains(": kind at "))
        .unwrap_or_else(|| panic!("{told}"));
    assert!(left.contains("time") && left.contains(".ruff:3:"), "{told}");
}

#[test]
fn what_a_run_has_used_is_told() {
    let script = Script::new("stats", SCRIPT);
    let told = script.told(&["--stats"]);
    let labels: Vec<&str> = told.lines().map(|line| line[..15].trim_end()).collect();
    let expected = ["time", "ticks", "memory", "output", "native code", "refused", "compiling", "exits"];
    assert_eq!(labels, expected);
    let interpreted = script.told(&["--stats", "--tier", "interpreter"]);
    assert!(interpreted.contains("native code    off\n"), "{interpreted}");
    let line = |text: &str, label: &str| text.lines().find(|l| l.starts_with(label)).map(str::to_string);
    for label in ["ticks", "output"] {
        assert_eq!(line(&told, label), line(&interpreted, label), "tiers use the same");
    }
}

#[test]
fn failed_runs_are_explained_too() {
    let script = Script::new("failed", "x := 0\nfor i in range(20000) { x += i }\n1 / 0\n");
    let (status, _, told) = script.ruff(&["run", "--explain-jit", "--stats"]);
    assert_eq!(status, Some(4));
    let (error, report, usage) = (told.find("RUF1007"), told.find("loop at line 2"), told.find("ticks"));
    assert!(error.is_some() && error < report && report < usage, "{told}");
}

#[test]
fn native_code_is_listed() {
    let script = Script::new("emit", SCRIPT);
    for (kind, part) in [("hir", "function fib (call)"), ("clif", "function u0:0("), ("asm", "ret")] {
        let (status, out, err) = script.ruff(&["emit", "--kind", kind]);
        assert_eq!((status, err.as_str()), (Some(0), ""), "{kind}");
        assert!(out.starts_with(";; ") && out.contains(part), "{kind}: {out}");
        assert!(out.contains(", loop at line 7, version 1\n"), "{kind}: {out}");
        assert!(!out.contains(PRINTED), "the script's output is not part of it");
    }
    let (_, only, _) = script.ruff(&["emit", "--kind", "hir", "--fn", "fib"]);
    assert!(only.lines().filter(|l| l.starts_with(";;")).all(|l| l.starts_with(";; fib at ")), "{only}");
    let (status, out, err) = script.ruff(&["emit", "--kind", "hir", "--fn", "never"]);
    assert_eq!((status, out.as_str()), (Some(1), ""));
    assert_eq!(err, "ruff: no function `never` was compiled at a threshold of 100 ticks\n");
    assert!(script.ruff(&["emit"]).1.contains("Return"));
    assert!(script.ruff(&["emit", "--kind", "ast"]).1.contains("fib"));
}

#[cfg(target_os = "linux")]
#[test]
fn perf_gets_the_names_of_code() {
    let script = Script::new("perf", SCRIPT);
    let mut command = Command::new(env!("CARGO_BIN_EXE_ruff"));
    let mut child =
        command.args(["run", "--perf-map"]).arg(&script.0).stdout(std::process::Stdio::null()).spawn().unwrap();
    let path = format!("/tmp/perf-{}.map", child.id());
    assert!(child.wait().unwrap().success());
    let map = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    for name in ["fib", "main:7"] {
        let line = map.lines().find(|line| line.ends_with(&format!(" ruff:{name}")));
        let numbers: Vec<u64> = line
            .unwrap_or_else(|| panic!("{map}"))
            .split(' ')
            .take(2)
            .map(|n| u64::from_str_radix(n, 16).unwrap())
            .collect();
        assert!(numbers[0] > 0 && numbers[1] > 0, "{map}");
    }
}
