//! Faults at every place: the n-th allocation fails for every n, an interrupt fires at every tick, the budgets of ticks and memory end
//! at every value. Each run of the scripts in `faults/` ends in the outcome that its fault names, or as it does without; its output is
//! the start of what the script prints; afterwards the VM runs the whole script as ever and uses as much memory as ever.

use ruff_core::native::{Clock, InputSource};
use ruff_core::{Ctx, Data, Engine, Error, Function, Limits, MapLoader, Program, Vm};
use ruff_testkit::Mode;
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, io, thread};

const TOOLS: &str = r#"
export table := {"k": [1, 2]}
export struct Kind { n = [1]; func weigh(self) { return [self.n] } }
log := []
export func twice(x) { log.push(x); return [x, x] }
export func remember(x) { log.push(x) }
export func count() { return log |> len }
export func forget() { log := [] }
"#;

/// Time that each look moves on.
#[derive(Default)]
struct Ticking(Duration);

impl Clock for Ticking {
    fn unix_time(&mut self) -> Duration {
        self.monotonic()
    }

    fn monotonic(&mut self) -> Duration {
        self.0 += Duration::from_micros(1);
        self.0
    }

    fn sleep(&mut self, duration: Duration) {
        self.0 += duration;
    }
}

struct OneLine;

impl InputSource for OneLine {
    fn read_line(&mut self) -> io::Result<Option<String>> {
        Ok(Some("Ada".into()))
    }
}

/// A script in an engine of a mode.
struct Bench {
    name: String,
    mode: Mode,
    engine: Engine,
    program: Program,
    output: Arc<Mutex<String>>,
    whole: Outcome,
    /// Memory of a VM that has run the script twice.
    bytes: usize,
}

/// How a run ended, and what it has printed.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Outcome {
    output: String,
    end: String,
}

/// Memory that no script needs.
const MEMORY_BYTES: usize = 1 << 30;

fn limits() -> Limits {
    Limits { memory_bytes: Some(MEMORY_BYTES), ..Limits::trusted() }
}

impl Bench {
    fn new(name: &str, text: &str, mode: Mode) -> Bench {
        let output = Arc::new(Mutex::new(String::new()));
        let sink = output.clone();
        let builder = mode
            .configure(Engine::builder())
            .seed(1)
            .limits(limits())
            .output(move |text: &str| sink.lock().unwrap().push_str(text))
            .error_output(|_| ())
            .clock(Ticking::default)
            .input(|| OneLine)
            .loader(MapLoader::new().module("tools", TOOLS))
            .function("host_add", |a: i64, b: f64| a as f64 + b)
            .function("host_list", |items: Vec<i64>| items.into_iter().map(|i| format!("<{i}>")).collect::<Vec<_>>())
            .function("host_fail", |text: String| -> Result<(), String> { Err(text) })
            .function("host_data", |data: Data| data)
            .function("host_call", |ctx: &mut Ctx, f: Function<fn(i64) -> Data>, n: i64| f.call(ctx, (n,)));
        let engine = builder.build();
        let program = engine.compile(name, text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let whole = Outcome { output: String::new(), end: String::new() };
        let mut bench = Bench { name: name.into(), mode, engine, program, output, whole, bytes: 0 };
        let mut vm = Vm::new(&bench.engine);
        bench.whole = bench.run(&mut vm);
        assert_eq!(bench.run(&mut vm), bench.whole, "{name} in {}", mode.name);
        bench.bytes = bytes_in_use(&mut vm);
        bench
    }

    fn run(&self, vm: &mut Vm) -> Outcome {
        self.output.lock().unwrap().clear();
        let result = vm.run(&self.program);
        let output = self.output.lock().unwrap().clone();
        Outcome { output, end: result.err().map(|e| end_of(&e)).unwrap_or_default() }
    }

    /// Runs the script with a fault, and then without; the outcome with it.
    fn check(&self, place: u64, code: &str, inject: impl FnOnce(&mut Vm), lift: impl FnOnce(&mut Vm)) -> Outcome {
        let at = || format!("{} in {} at {place}", self.name, self.mode.name);
        let mut vm = Vm::new(&self.engine);
        inject(&mut vm);
        let cut = self.run(&mut vm);
        lift(&mut vm);
        assert!(cut == self.whole || cut.end.starts_with(code), "{}: ended with {}", at(), cut.end);
        assert!(self.whole.output.starts_with(&cut.output), "{}: printed {}", at(), cut.output);
        assert_eq!(self.run(&mut vm), self.whole, "{}: the run afterwards", at());
        assert_eq!(bytes_in_use(&mut vm), self.bytes, "{}: memory afterwards", at());
        cut
    }
}

fn bytes_in_use(vm: &mut Vm) -> usize {
    vm.collect_cycles();
    vm.memory_bytes()
}

fn end_of(error: &Error) -> String {
    format!("{}: {}", error.code(), error.message())
}

fn scripts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut scripts: Vec<_> = paths
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    scripts.sort();
    assert!(scripts.len() >= 30);
    scripts
}

/// Checks each script in some modes: in all of them where the build is fast, else in one whose turn it is. Says how many runs there were.
fn for_each_bench(what: &str, check: impl Fn(&Bench) -> u64 + Sync) {
    let scripts = scripts();
    let modes = |at: usize| match cfg!(debug_assertions) {
        true => vec![Mode::ALL[at % Mode::ALL.len()]],
        false => Mode::ALL.to_vec(),
    };
    let (next, runs) = (AtomicUsize::new(0), AtomicU64::new(0));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((name, text)) = scripts.get(at) else { break };
            for mode in modes(at) {
                runs.fetch_add(check(&Bench::new(name, text, mode)), Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
    });
    println!("{what}: {} scripts, {} runs", scripts.len(), runs.into_inner());
}

#[test]
fn the_scripts_use_every_builtin() {
    let texts: String = scripts().into_iter().map(|(_, text)| text).collect();
    let words: HashSet<&str> = texts.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let engine = Engine::new();
    let description = engine.describe();
    let methods = description.methods.iter().map(|(_, name)| name.as_str());
    let missing: Vec<&str> = engine.builtin_names().chain(methods).filter(|name| !words.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// F05.
#[test]
fn every_allocation_fails() {
    for_each_bench("allocations", |bench| {
        for n in 0.. {
            let mut has_failed = false;
            let lift = |vm: &mut Vm| {
                has_failed = vm.faults().is_out_of_memory();
                vm.faults().fail_allocations_from(None);
            };
            bench.check(n, "RUF2002", |vm| vm.faults().fail_allocations_from(Some(n)), lift);
            if !has_failed {
                return n;
            }
        }
        0
    });
}

#[test]
fn every_tick_is_interrupted() {
    for_each_bench("interrupts", |bench| {
        for n in 0.. {
            let mut is_interrupted = false;
            let lift = |vm: &mut Vm| {
                is_interrupted = vm.faults().is_interrupted();
                vm.faults().interrupt_from(None);
            };
            bench.check(n, "RUF2005", |vm| vm.faults().interrupt_from(Some(n)), lift);
            if !is_interrupted {
                return n;
            }
        }
        0
    });
}

/// F03: the interpreter and the mode end at the same place for every budget.
#[test]
fn every_tick_budget_ends() {
    for_each_bench("ticks", |bench| {
        let text = bench.program.source().map_or(String::new(), |s| s.text().to_string());
        let interpreter = Bench::new(&bench.name, &text, Mode::INTERPRETER);
        let mut vm = Vm::new(&bench.engine);
        bench.run(&mut vm);
        let ticks = vm.ticks_used();
        for budget in 0..=ticks {
            let inject = |vm: &mut Vm| vm.set_limits(&Limits { ticks: Some(budget), ..limits() });
            let lift = |vm: &mut Vm| vm.set_limits(&limits());
            let cut = bench.check(budget, "RUF2001", inject, lift);
            assert_eq!(cut == bench.whole, budget == ticks, "{} in {} at {budget}", bench.name, bench.mode.name);
            let expected = interpreter.check(budget, "RUF2001", inject, lift);
            assert_eq!(cut, expected, "{} in {} at {budget}", bench.name, bench.mode.name);
        }
        ticks
    });
}

/// F06.
#[test]
fn every_memory_limit_holds() {
    // Small objects are multiples of 16 bytes.
    let step = if cfg!(debug_assertions) { 7 * 16 } else { 16 };
    for_each_bench("memory limits", |bench| {
        let start = Vm::new(&bench.engine).memory_bytes();
        for at in 0.. {
            let bytes = start + at as usize * step;
            let inject = |vm: &mut Vm| vm.set_limits(&Limits { memory_bytes: Some(bytes), ..limits() });
            let cut = bench.check(bytes as u64, "RUF2002", inject, |vm| vm.set_limits(&limits()));
            if cut == bench.whole {
                return at;
            }
        }
        0
    });
}
