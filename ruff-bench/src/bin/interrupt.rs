//! How soon an interrupt stops one long call of the library: sorts, texts, JSON, patterns, big integers, containers.
//!
//! Each row runs a script that is one long builtin, is interrupted from another thread at several points, and shows the longest
//! time from the interrupt to the return of the call. What other programs take of the machine is in it: read the median.

use clap::Parser;
use ruff_bench::statistics::median;
use ruff_core::{Engine, ErrorKind, Program, Vm};
use std::error::Error;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// The longest a run is waited for before it is interrupted.
const WAIT_MAX: Duration = Duration::from_millis(300);

#[derive(Parser)]
#[command(about = "Measures how soon an interrupt stops a long call of the library")]
struct Options {
    /// Interrupts of each row
    #[arg(long, default_value_t = 9)]
    rounds: u32,
    /// Only the rows whose name contains this
    #[arg(long, default_value = "")]
    only: String,
}

/// One long call: the name of the row, what is made before, and the call.
struct Row {
    name: &'static str,
    setup: &'static str,
    call: &'static str,
}

const fn row(name: &'static str, setup: &'static str, call: &'static str) -> Row {
    Row { name, setup, call }
}

const INTS: &str = "xs := []\nfor i in 1000000 { xs.push(i * 7919 % 1000003 * 1000003) }";
const FLOATS: &str = "xs := []\nfor i in 1000000 { xs.push(i * 7919 % 1000003 / 7.0) }";
const WORDS: &str = "xs := []\nfor i in 500000 { xs.push(\"word${i * 7919 % 1000003}\") }";
const TEXT: &str = "s := repeat(\"the quick brown fox \", 1000000)";
const NUMBER: &str = "n := 3 ** 400000\nm := 7 ** 130000";
const DICT: &str = "d := {}\nfor i in 500000 { d[i] := i }";

const ROWS: &[Row] = &[
    row("sort ints", INTS, "sort(xs)"),
    row("sort floats", FLOATS, "sort(xs)"),
    row("sort numbers", "xs := [0.5]\nfor i in 500000 { xs.push(i * 7919 % 1000003) }", "sort(xs)"),
    row("sort texts", WORDS, "sort(xs)"),
    row("sort by key", INTS, "sort(xs, func(x) { return -x })"),
    row("reverse", INTS, "reverse(xs)"),
    row("sum", INTS, "sum(xs)"),
    row("max", FLOATS, "max(xs)"),
    row("unique", INTS, "unique(xs)"),
    row("index_of", INTS, "index_of(xs, -1)"),
    row("concat arrays", WORDS, "concat(xs, xs)"),
    row("slice", WORDS, "slice(xs, 1, len(xs))"),
    row("equal arrays", "xs := []\nys := []\nfor i in 500000 { xs.push(\"${i}\")\nys.push(\"${i}\") }", "xs == ys"),
    row(
        "copy on write",
        "xs := []\nfor i in 500000 { xs.push(\"word${i}\") }\nfunc push_to(ys) {\n    ys[0] := 1\n    return 1\n}",
        "push_to(xs)",
    ),
    row("join", WORDS, "join(xs, \", \")"),
    row("range", "", "range(10000000)"),
    row("to text", INTS, "to_string(xs)"),
    row("set", INTS, "Set(xs)"),
    row("keys", DICT, "keys(d)"),
    row("merge", DICT, "merge(d, d)"),
    row("split", TEXT, "split(s, \" \")"),
    row("replace", TEXT, "replace(s, \"fox\", \"dog\")"),
    row("upper", TEXT, "to_upper(s)"),
    row("snake case", TEXT, "to_snake_case(s)"),
    row("contains", TEXT, "contains(s, \"foxes\")"),
    row("repeat", "", "repeat(\"ab\", 50000000)"),
    row("concatenate", TEXT, "s + s"),
    row("regex", TEXT, "regex_find_all(s, \"[a-z]+x\")"),
    row("regex none", TEXT, "regex_match(s, \"zzz$\")"),
    row("regex replace", TEXT, "regex_replace(s, \"o\", \"0\")"),
    row("to JSON", INTS, "to_json(xs)"),
    row("parse JSON", "xs := []\nfor i in 300000 { xs.push({\"a\": i}) }\ns := to_json(xs)", "parse_json(s)"),
    row("parse JSON text", "s := to_json(repeat(\"the quick brown fox \", 1000000))", "parse_json(s)"),
    row("big multiplication", NUMBER, "n * n"),
    row("big power", "", "3 ** 1000000"),
    row("big division", NUMBER, "n / m"),
    row("big remainder", NUMBER, "n % m"),
    row("big gcd", NUMBER, "gcd(n, m)"),
    row("big isqrt", NUMBER, "isqrt(n)"),
    row("big to text", NUMBER, "to_string(n)"),
    row("big of text", "s := repeat(\"7\", 200000)", "parse_int(s)"),
    row("big addition", "n := 1 << 100000000", "n + n"),
];

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("interrupt: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Fallible<()> {
    println!("{:<20} {:>10} {:>12} {:>12}", "", "call, ms", "median, ms", "longest, ms");
    for row in ROWS.iter().filter(|row| row.name.contains(&options.only)) {
        let (whole, delays) = measure(row, options.rounds).map_err(|error| format!("{}: {error}", row.name))?;
        let longest = delays.iter().copied().fold(0.0, f64::max);
        let middle = median(&delays).unwrap_or(0.0);
        println!("{:<20} {:>10.2} {middle:>12.3} {longest:>12.3}", row.name, milliseconds(whole));
    }
    Ok(())
}

/// The time of the whole call, and for each interrupt that stopped it the time that this took, in milliseconds.
fn measure(row: &Row, rounds: u32) -> Fallible<(Duration, Vec<f64>)> {
    let engine = Engine::new();
    let program =
        engine.compile(row.name, &format!("{}\nfunc long() {{\n    result := {}\n}}", row.setup, row.call))?;
    let mut vm = Vm::new(&engine);
    vm.run(&program)?;
    let begun = Instant::now();
    vm.call::<()>("long", ())?;
    let whole = begun.elapsed();
    let mut delays = Vec::new();
    for round in 0..rounds {
        let wait = whole.min(WAIT_MAX) * (2 * round + 1) / (2 * rounds);
        delays.extend(interrupt_after(&engine, &program, wait)?);
    }
    Ok((whole, delays))
}

/// How long the call runs on after an interrupt, be it to its end, in milliseconds; `None` if it was over before.
fn interrupt_after(engine: &Engine, program: &Program, wait: Duration) -> Fallible<Option<f64>> {
    let mut vm = Vm::new(engine);
    vm.run(program)?;
    let handle = vm.interrupt();
    let (start, started) = mpsc::channel();
    let other = thread::spawn(move || {
        let begun: Instant = started.recv().unwrap_or_else(|_| Instant::now());
        while begun.elapsed() < wait {
            std::hint::spin_loop();
        }
        handle.interrupt();
        Instant::now()
    });
    start.send(Instant::now())?;
    let outcome = vm.call::<()>("long", ());
    let ended = Instant::now();
    let interrupted = other.join().map_err(|_| "the interrupting thread panicked")?;
    outcome.or_else(|error| if error.kind() == ErrorKind::Interrupted { Ok(()) } else { Err(error) })?;
    Ok(ended.checked_duration_since(interrupted).map(milliseconds))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
