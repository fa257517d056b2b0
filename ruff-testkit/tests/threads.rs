//! One program in many threads: it becomes native, is left, is compiled again and dropped by all of them at once, and each run does
//! what it does alone.

use ruff_core::{Engine, Program, Vm};
use ruff_jit::{Cranelift, Options};
use ruff_testkit::{Case, Mode, Outcome, generate_small, run};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const THREADS: usize = 16;

/// How long they run: some seconds, or as many as the variable says.
fn duration() -> Duration {
    let seconds = std::env::var("RUFF_THREADS_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(3))
}

/// Kinds and callees that change, so that code is left and built again.
const RESTLESS: &str = r#"
struct P { n = 0; func m(self, k) { return self.n + k } }
struct Q { n = 0.5; func m(self, k) { return self.n * k } }
func plus(a, b) { return a + b }
func work(seed) {
    t := 0
    xs := [1, 2, 3]
    shapes := [P { n: seed }, Q {}]
    for i in 60 {
        t := plus(t, if i == 50 { 0.5 } else { i }) + shapes[i / 40].m(i)
        xs[i % 3] := if i == 55 { "x" } else { i }
        try { t += [1, 2][i % 3] } except { t := t - 1 }
    }
    return [t, xs]
}
for k in 12 { print(work(k)); if k == 8 { plus := func(a, b) { return b } } }
"#;

fn outcome_of(engine: &Engine, program: &Program, vm: &mut Vm) -> (String, Option<String>, u64) {
    let output = Arc::new(Mutex::new(String::new()));
    let sink = output.clone();
    vm.set_output(move |text: &str| sink.lock().unwrap().push_str(text));
    vm.set_limits(engine.limits());
    let before = vm.ticks_used();
    let failure = vm.run(program).err().map(|e| format!("{}: {}", e.code(), e.message()));
    let printed = output.lock().unwrap().clone();
    (printed, failure, vm.ticks_used() - before)
}

fn check(options: Options, time: Duration) {
    let texts: Vec<String> = std::iter::once(RESTLESS.to_string())
        .chain((0..12).map(|seed| generate_small(700_000 + seed).to_string()))
        .collect();
    let alone: Vec<Outcome> =
        texts.iter().map(|text| run(&Case::new("shared", text.as_str()), &Mode::INTERPRETER)).collect();
    let backend = Cranelift::with_options(options).unwrap();
    let statistics = backend.statistics();
    let engine = Case::new("shared", "").engine_builder().jit(backend).build();
    let shared: Vec<Program> = texts.iter().map(|text| engine.compile("shared", text).unwrap()).collect();
    let (end, runs) = (Instant::now() + time, AtomicU64::new(0));
    let work = |thread: usize| {
        let mut kept = Vm::new(&engine);
        for round in 0.. {
            if Instant::now() >= end {
                break;
            }
            // Most threads are in the same program at a time.
            let at = if round % 3 == 0 { (thread + round) % texts.len() } else { round / 8 % texts.len() };
            let own = (round % 5 == 4).then(|| engine.compile("shared", &texts[at]).unwrap());
            let mut fresh = (at > 0).then(|| Vm::new(&engine));
            let vm = fresh.as_mut().unwrap_or(&mut kept);
            let (output, failure, ticks) = outcome_of(&engine, own.as_ref().unwrap_or(&shared[at]), vm);
            assert_eq!(output, alone[at].output, "{}", texts[at]);
            assert_eq!(failure, alone[at].failure.as_ref().map(|f| format!("{}: {}", f.code, f.message)));
            assert_eq!(ticks, alone[at].ticks, "{}", texts[at]);
            runs.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..THREADS).map(|at| scope.spawn(move || work(at))).collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
    });
    let (functions, loops) = (statistics.functions(), statistics.loops());
    println!("{} runs, {functions} functions, {loops} loops, {} entries", runs.into_inner(), statistics.entries());
    assert!(statistics.entries() > 0);
}

#[test]
fn one_program_in_many_threads() {
    check(Options { threshold: 8, ..Options::default() }, duration());
}

#[test]
fn with_little_room_for_code() {
    check(Options { threshold: 2, code_bytes_max: 96 << 10, ..Options::default() }, duration());
}

#[test]
fn with_guards_that_fail() {
    check(Options { threshold: 4, deopt_every: Some(5), ..Options::default() }, duration());
}
