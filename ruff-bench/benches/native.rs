//! The native tier: the call that compiles a function, and what the tier costs an engine that has nothing to compile.

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use ruff_core::{Engine, Tier, Vm};
use ruff_jit::{Cranelift, Statistics};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

/// Functions of various sizes, called with a small number so that the call itself takes no time worth counting.
const FUNCTIONS: [(&str, &str); 6] = [
    ("polynomial", "func f(x) { return ((3 * x + 5) * x - 7) * x + 11 }"),
    ("recursion", "func f(n) { return if n < 2 { n } else { f(n - 1) + f(n - 2) } }"),
    (
        "float_loop",
        "func f(n) { x := 0.5  for i in n { x := x * 3.7 * (1.0 - x) + i }  return if x > 1.0 { 1 } else { 0 } }",
    ),
    ("array", "func f(n) { xs := []  for i in n { xs.push(i) }  t := 0  for x in xs { t += xs[x] * x }  return t }"),
    (
        "struct",
        "struct Point { x, y }\nfunc f(n) { p := Point { x: n, y: 1 }  p.x += p.y  p.y := p.x * 2  return p.x + p.y }",
    ),
    ("dict_and_text", "func f(n) { d := {}  for i in n { d[\"k${i}\"] := i }  return len(d) + d.get(\"k1\", 0) }"),
];
const ARGUMENT: i64 = 3;
/// Calls after which a function that is not hot never will be.
const CALLS_MAX: usize = 1_000_000;
const SMALL: &str = "func main(n) { return n * 2 + 1 }\nx := main(20)\n";

/// A machine that has called `f` so many times.
fn machine(engine: &Engine, text: &str, calls: usize) -> Vm {
    let program = engine.compile("f.ruff", text).expect("a program");
    let mut vm = Vm::new(engine);
    vm.run(&program).expect("a run");
    for _ in 0..calls {
        vm.call::<i64>("f", (ARGUMENT,)).expect("a result");
    }
    vm
}

fn builds(statistics: &Statistics) -> u64 {
    statistics.functions() + statistics.loops()
}

/// The number of calls before the one that compiles something.
fn calls_before_build(engine: &Engine, statistics: &Statistics, text: &str) -> usize {
    let before = builds(statistics);
    let mut vm = machine(engine, text, 0);
    let compiles = |_: &usize| {
        vm.call::<i64>("f", (ARGUMENT,)).expect("a result");
        builds(statistics) > before
    };
    (0..CALLS_MAX).find(compiles).expect("a function that becomes hot")
}

fn compilation(c: &mut Criterion) {
    let native = Cranelift::new().expect("a machine for native code");
    let statistics: Arc<Statistics> = native.statistics();
    let engine = Engine::builder().jit(native).build();
    let mut group = c.benchmark_group("jit_compile");
    group.sample_size(10).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_secs(1));
    for (name, text) in FUNCTIONS {
        let calls = calls_before_build(&engine, &statistics, text);
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            let setup = || machine(&engine, text, calls);
            b.iter_batched(setup, |mut vm| vm.call::<i64>("f", (black_box(ARGUMENT),)), BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// From nothing to the end of a script of two lines, inside a process.
fn start_up(c: &mut Criterion) {
    let mut group = c.benchmark_group("start_up");
    for (name, tier) in [("without_jit", Tier::Interpreter), ("with_jit", Tier::Auto)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let builder = Engine::builder().tier(tier);
                let engine = match tier {
                    Tier::Interpreter => builder.build(),
                    _ => builder.jit(Cranelift::new().expect("a machine for native code")).build(),
                };
                let program = engine.compile("a.ruff", black_box(SMALL)).expect("a program");
                Vm::new(&engine).run(&program).expect("a run");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, compilation, start_up);
criterion_main!(benches);
