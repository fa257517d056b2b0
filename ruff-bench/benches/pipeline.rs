//! From source text to a first result: compilation by size, engines and VMs, the latency of a first run.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ruff_bench::programs::{self, Language};
use ruff_core::{Engine, Vm};
use std::hint::black_box;

const MEGABYTE: usize = 1_000_000;
const SMALL: &str = "func main(n) { return n * 2 + 1 }\nx := main(20)\n";

/// All bench programs, each as the body of a function, repeated up to a megabyte.
fn megabyte_of_source() -> String {
    let mut bodies = Vec::new();
    for program in programs::all().expect("the folder of the programs") {
        let file = program.file(Language::Ruff).expect("a Ruff version");
        bodies.push(std::fs::read_to_string(file).expect("a readable program"));
    }
    let mut text = String::new();
    for (index, body) in bodies.iter().cycle().enumerate() {
        if text.len() >= MEGABYTE {
            break;
        }
        text += &format!("func part_{index}() {{\n{body}\n}}\n");
    }
    text
}

fn compilation(c: &mut Criterion) {
    let engine = Engine::new();
    let text = megabyte_of_source();
    let mut group = c.benchmark_group("compile");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
    group.bench_function("megabyte", |b| b.iter(|| engine.compile("big.ruff", black_box(&text)).expect("a program")));
    group.finish();
    c.bench_function("compile/two_lines", |b| {
        b.iter(|| engine.compile("a.ruff", black_box(SMALL)).expect("a program"))
    });
}

fn creation(c: &mut Criterion) {
    c.bench_function("create/engine", |b| b.iter(Engine::new));
    let engine = Engine::new();
    let _ = Vm::new(&engine);
    c.bench_function("create/vm", |b| b.iter_batched(|| (), |()| Vm::new(&engine), BatchSize::SmallInput));
}

fn first_run(c: &mut Criterion) {
    c.bench_function("first_run/from_nothing", |b| {
        b.iter(|| {
            let engine = Engine::new();
            let program = engine.compile("a.ruff", black_box(SMALL)).expect("a program");
            Vm::new(&engine).run(&program).expect("a run");
        });
    });
    let engine = Engine::new();
    let program = engine.compile("a.ruff", SMALL).expect("a program");
    c.bench_function("first_run/compiled", |b| b.iter(|| Vm::new(&engine).run(black_box(&program)).expect("a run")));
}

criterion_group!(benches, compilation, creation, first_run);
criterion_main!(benches);
