//! The bench programs inside one process, in each tier: a call of `bench` in a VM that has made the call before.

use criterion::{Criterion, criterion_group, criterion_main};
use ruff_bench::programs::{self, Language};
use ruff_core::native::Clock;
use ruff_core::{Engine, Tier, Vm};
use ruff_jit::Cranelift;
use std::time::{Duration, Instant};

/// Real time since the start; the programs time themselves once when they are loaded.
struct Stopwatch(Instant);

impl Clock for Stopwatch {
    fn unix_time(&mut self) -> Duration {
        self.0.elapsed()
    }

    fn monotonic(&mut self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// A VM in which a program has run, so that its function `bench` can be called.
fn loaded(engine: &Engine, name: &str, text: &str) -> Vm {
    let program = engine.compile(name, text).expect("a program");
    let mut vm = Vm::new(engine);
    vm.set_output(|_: &str| {});
    vm.set_clock(Stopwatch(Instant::now()));
    vm.run(&program).expect("a run");
    vm
}

fn interpreter(c: &mut Criterion) {
    every_program(c, "interpreter", &Engine::builder().tier(Tier::Interpreter).build());
}

fn native(c: &mut Criterion) {
    let native = Cranelift::new().expect("a machine for native code");
    every_program(c, "native", &Engine::builder().jit(native).build());
}

fn every_program(c: &mut Criterion, tier: &str, engine: &Engine) {
    let mut group = c.benchmark_group(tier);
    group.sample_size(10).warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_millis(500));
    for program in programs::all().expect("the folder of the programs") {
        if program.is_start_up() {
            continue;
        }
        let file = program.file(Language::Ruff).expect("a Ruff version");
        let text = std::fs::read_to_string(file).expect("a readable program");
        let mut vm = None;
        group.bench_function(&program.name, |b| {
            // Made at the first use, so that programs that a filter leaves out do not run.
            let vm = vm.get_or_insert_with(|| loaded(engine, &program.name, &text));
            b.iter(|| vm.call::<i64>("bench", ()).expect("a result"));
        });
    }
    group.finish();
}

criterion_group!(benches, interpreter, native);
criterion_main!(benches);
