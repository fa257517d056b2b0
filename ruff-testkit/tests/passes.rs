//! The native tier with parts of it switched off or made to fail: nothing of that can be seen from scripts.

use ruff_core::jit::Stub;
use ruff_core::{Engine, Vm};
use ruff_jit::pass::PASSES;
use ruff_jit::{CodeRange, Cranelift, Options};
use ruff_testkit::script::scripts_below;
use ruff_testkit::{Action, Case, Mode, Script, generate_small, run, run_with_options};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Small programs besides the scripts.
const SEEDS: u64 = if cfg!(debug_assertions) { 20 } else { 150 };

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts");
    let scripts = scripts_below(&root).unwrap().into_iter().map(|path| Script::read(&path).unwrap().case);
    let scripts = scripts.filter(|case| case.action == Action::Run);
    scripts.chain((500_000..500_000 + SEEDS).map(|seed| Case::generated(&generate_small(seed)))).collect()
}

/// Runs each case with the options that `options` makes of its number, and compares with the interpreter.
fn for_each_case(options: impl Fn(usize) -> Vec<Options> + Sync) {
    let (cases, next) = (cases(), AtomicUsize::new(0));
    let work = || {
        let (mut runs, mut failures) = (0, Vec::new());
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(at) else { return (runs, failures) };
            let expected = run(case, &Mode::INTERPRETER);
            for options in options(at) {
                runs += 1;
                if run_with_options(case, Some(options.clone())).0 != expected {
                    failures.push(format!("{} with {options:?}", case.name));
                }
            }
        }
    };
    let parts = thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect::<Vec<_>>()
    });
    println!("{} runs", parts.iter().map(|(runs, _)| runs).sum::<usize>());
    let failures: Vec<String> = parts.into_iter().flat_map(|(_, failures)| failures).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn hot() -> Options {
    Options { threshold: 2, ..Options::default() }
}

/// All of them, or a few whose turn it is where compiling is slow.
fn some(all: Vec<Options>, at: usize) -> Vec<Options> {
    let count = if cfg!(debug_assertions) { 2 } else { all.len() };
    all.iter().cycle().skip(at * count % all.len()).take(count).cloned().collect()
}

/// G26: without each pass, and with each alone.
#[test]
fn passes_are_optional() {
    let names: Vec<&'static str> = PASSES.iter().map(|p| p.name).collect();
    let without = |name| Options { disabled_passes: vec![name], ..hot() };
    let alone = |name| Options { disabled_passes: names.iter().copied().filter(|n| *n != name).collect(), ..hot() };
    for_each_case(|at| some(names.iter().flat_map(|name| [without(*name), alone(*name)]).collect(), at));
}

/// G02: every n-th guard fails, for many n, so that each exit is taken at some time.
#[test]
fn every_exit_is_taken() {
    for_each_case(|at| some((1..=24).map(|n| Options { deopt_every: Some(n), ..hot() }).collect(), at));
}

/// G17: so little room for code that it is refused, or dropped with its program, at every place.
#[test]
fn code_of_any_size() {
    for_each_case(|at| some((0..16).map(|kb| Options { code_bytes_max: kb << 12, ..hot() }).collect(), at));
}

/// How far code that is made with these options lies from the functions of the engine that it calls.
fn distance(options: Options) -> usize {
    let address = Arc::new(AtomicUsize::new(0));
    let made = address.clone();
    let note = move |range: CodeRange| made.store(range.address, Ordering::Relaxed);
    let engine = Engine::builder().jit(Cranelift::observed(options, note).unwrap()).build();
    let program = engine.compile("distance", "total := 0\nfor i in 100 { total += i }").unwrap();
    Vm::new(&engine).run(&program).unwrap();
    let address = address.load(Ordering::Relaxed);
    assert_ne!(address, 0, "nothing was compiled");
    address.abs_diff(Stub::Interpret.address())
}

/// G27: instructions that every machine has, and code near the functions of the engine and farther away than branches reach.
#[test]
fn machine_and_place_do_not_matter() {
    let baseline = Options { baseline_features: true, ..hot() };
    let engine = Stub::Interpret.address() & !0xFFFF_FFFF;
    let [near, far] = [engine + (1 << 30), 1 << 40].map(|at| Options { code_near: Some(at), ..hot() });
    // The system may have no room at the near place, and then gives another one, which is far in its own way.
    assert!(distance(far.clone()) > 1 << 31);
    for_each_case(|at| some(vec![baseline.clone(), near.clone(), far.clone()], at));
}
