//! The contract of native tiers is enough for a second one: HIR runs in its evaluator, behind the same trait, and agrees with the
//! interpreter.
#![cfg(all(unix, target_arch = "x86_64"))]

use ruff_core::{Engine, EngineBuilder, Vm};
use ruff_testkit::evaluator::{Counts, Evaluator};
use ruff_testkit::script::scripts_below;
use ruff_testkit::{Action, Case, Mode, Outcome, Script, generate, run, run_with};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Plugs the evaluator in.
fn evaluated(builder: EngineBuilder, threshold: u32) -> (EngineBuilder, Arc<Counts>) {
    let backend = Evaluator::new(threshold);
    let counts = backend.counts();
    (builder.jit(backend), counts)
}

/// Runs a case with the evaluator; whether it was entered.
fn run_evaluated(case: &Case, threshold: u32) -> (Outcome, bool) {
    let mut counts = Arc::default();
    let outcome = run_with(case, |builder| {
        let (builder, handle) = evaluated(builder, threshold);
        counts = handle;
        builder
    });
    (outcome, counts.entered.load(Ordering::Relaxed) > 0)
}

/// Both tiers agree on all cases, and most have entered the evaluator.
fn agree(cases: &[Case], threshold: u32) {
    let mut entered = 0;
    for case in cases {
        let (outcome, is_entered) = run_evaluated(case, threshold);
        assert_eq!(outcome, run(case, &Mode::INTERPRETER), "{}", case.name);
        entered += usize::from(is_entered);
    }
    assert!(entered * 10 >= cases.len() * 7, "{entered} of {} cases have entered it", cases.len());
}

#[test]
fn scripts_agree_with_the_interpreter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts");
    let scripts = scripts_below(&root).unwrap().into_iter().map(|path| Script::read(&path).unwrap());
    let cases: Vec<Case> = scripts.map(|s| s.case).filter(|c| c.action == Action::Run).collect();
    agree(&cases, 1);
}

#[test]
fn generated_programs_agree_with_the_interpreter() {
    let seeds = if cfg!(debug_assertions) { 10 } else { 200 };
    for (threshold, first) in [(1, 5_000), (20, 6_000)] {
        let cases: Vec<Case> = (first..first + seeds).map(|seed| Case::generated(&generate(seed))).collect();
        agree(&cases, threshold);
    }
}

#[test]
fn entries_exits_and_stubs_are_used() {
    let (builder, counts) = evaluated(Engine::builder(), 10);
    let engine = builder.build();
    let text = "
struct Point { x  func moved(mut self, by) { self.x += by  return self.x } }
func twice(n) { return n * 2 }
func sum(xs) { total := 0  for x in xs { total += twice(x) }  return total }
p := Point { x: 1 }
results := []
for round in range(60) {
    results.push(sum([1, 2, 3]))
    if round == 40 { results.push(sum([1, 2.5, 9223372036854775807])) }
    p.moved(round)
}
try { sum([1, \"a\" - 1]) } except e { results.push(e.kind) }
";
    let program = engine.compile("entries", text).unwrap();
    let mut vm = Vm::new(&engine);
    vm.run(&program).unwrap();
    assert_eq!(
        vm.eval("last", "[results[0], results[41], results[-1], p.x]").unwrap().as_deref(),
        Some("[12, 18446744073709552000, RUF1002, 1771]")
    );
    let [entered, exits, built] =
        [&counts.entered, &counts.exits, &counts.built].map(|count| count.load(Ordering::Relaxed));
    assert!(entered > 10 && exits > 0 && built > 2, "{counts:?}");
    drop((vm, program));
}
