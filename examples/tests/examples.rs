//! Runs every host program and compares its output. `cargo test -p ruff-examples` builds them first.

use std::path::PathBuf;
use std::process::Command;

/// The directory of the example programs, beside that of this test.
fn directory() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples")
}

fn prints(name: &str, expected: &str) {
    let program = directory().join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let output = Command::new(&program).output().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(printed.trim_end(), expected.trim(), "{name}");
}

#[test]
fn hello() {
    prints("hello", "greeting Ada\nHELLO ADA!");
}

#[test]
fn rules() {
    prints(
        "rules",
        "
worker 0: 136485
worker 1: 139182
worker 2: 141876
worker 3: 144567
caught by the script: -1
seen by the host: RUF4002: no price for pear",
    );
}

#[test]
fn game() {
    prints("game", "reload failed: RUF0102\nreloaded at frame 4\nAda at 4, 8 with 90");
}

#[test]
fn sandbox() {
    prints(
        "sandbox",
        "
endless loop: Limit RUF2001
  afterwards: 2
too much memory: Limit RUF2002
  afterwards: 2
many small objects: Limit RUF2002
  afterwards: 2
too much output: Limit RUF2003
  afterwards: 2
deep recursion: Runtime RUF1016
  afterwards: 2
huge number: Limit RUF2008
  afterwards: 2
waiting: Limit RUF2004
  afterwards: 2
limits are not caught: Limit RUF2001
  afterwards: 2
file access: Runtime RUF1001
  afterwards: 2
long source: Syntax RUF2006
deep source: Syntax RUF2007",
    );
}

#[test]
fn configuration() {
    prints(
        "configuration",
        "
port 8080
cache in /srv/app/cache
logs in /srv/app/logs
mail has 2 threads
web has 8 threads
refused: workers[1].threads: invalid value: integer `400`, expected u8",
    );
}

#[test]
fn plugins() {
    prints("plugins", "upper: HELLO\nquote: <hello>\nabsent: RUF3001");
}

#[test]
fn session() {
    prints(
        "session",
        "
> x := 20
> func twice(n) { return n * 2 }
> twice(x) + 2
42
> x / 0
RUF1007: Division by zero (input 4:1:1)
> x := \"text\"
> x
text",
    );
}

#[test]
fn cancel() {
    prints("cancel", "progress: 1\nprogress: 2\nprogress: 3\nstopped: RUF2005\nthe machine goes on: true");
}
