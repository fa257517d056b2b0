//! Random functions, run before and after the passes.
//!
//! A function is made twice from the same numbers: once with guards, as the tier would, and once as the *reference*, in which
//! each guard is a branch to what the interpreter would do instead. An exit names a point of the reference, which can be entered
//! at each of its points with the variables in their slots. So whatever exit the optimised function takes, hoisted or not, going
//! on from there must give what the reference gives.
//!
//! Objects are reached through slots whose tags change; a slot without the tag of an object may hold any word, and the evaluator
//! refuses accesses outside the memory of the test, so that a load that moved above the condition on its tag fails.

#![allow(unsafe_code)]

mod generate;
mod world;

use super::{PASSES, optimise};
use crate::eval::{EvalError, Outcome, evaluate};
use crate::hir::Function;
use crate::hir::verify::verify;
use generate::{Generated, generate};
use world::World;

/// Functions that are made.
const FUNCTIONS: u64 = 1200;

/// What a function did: its result and the memory that it leaves.
type Done = Result<(u64, Vec<u64>), EvalError>;

/// Runs a function in a world of its own, and goes on in the reference if it leaves.
fn run(function: &Function, generated: &Generated, seed: u64) -> Done {
    let mut world = World::new(seed);
    let (args, setting) = (world.args(), world.setting());
    // SAFETY: the setting bounds all accesses; base and machine are those of the world; its cell holds a fitting function.
    let mut outcome = unsafe { evaluate(function, &args, &setting)? };
    if let Outcome::Exited { exit, .. } = outcome {
        let resumed = generated.resume_at(function.exit(exit).frames[0].pc.0);
        // SAFETY: the same.
        outcome = unsafe { evaluate(&resumed, &args, &setting)? };
    }
    match outcome {
        Outcome::Returned { payload, .. } => Ok((payload, world.memory())),
        Outcome::Exited { .. } => panic!("the reference has no exits"),
    }
}

fn check(what: &str, function: &Function, generated: &Generated, expected: &Done, seed: u64) {
    if let Err(problem) = verify(function) {
        panic!("seed {seed}, {what}: {problem}\n{function}\nbefore:\n{}", generated.compiled);
    }
    let actual = run(function, generated, seed);
    if actual != *expected {
        panic!("seed {seed}, {what}: {actual:?}\nexpected {expected:?}\n{function}\nbefore:\n{}", generated.compiled);
    }
}

#[test]
fn passes_keep_what_functions_do() {
    let mut exited = 0;
    for seed in 0..FUNCTIONS {
        let generated = generate(seed);
        for function in [&generated.reference, &generated.compiled] {
            verify(function).unwrap_or_else(|problem| panic!("seed {seed}: {problem}\n{function}"));
        }
        let expected = run(&generated.reference, &generated, seed);
        assert!(expected.is_ok(), "seed {seed}: {expected:?}\n{}", generated.reference);
        check("as generated", &generated.compiled, &generated, &expected, seed);
        for pass in PASSES {
            let mut function = generated.compiled.clone();
            (pass.run)(&mut function);
            check(pass.name, &function, &generated, &expected, seed);
        }
        let mut function = generated.compiled.clone();
        for pass in PASSES {
            (pass.run)(&mut function);
            check(&format!("all up to {}", pass.name), &function, &generated, &expected, seed);
        }
        // Twice is as good as once.
        optimise(&mut function, &[], true);
        check("all passes twice", &function, &generated, &expected, seed);
        let mut world = World::new(seed);
        // SAFETY: as in `run`.
        let outcome = unsafe { evaluate(&function, &world.args(), &world.setting()) };
        exited += u32::from(matches!(outcome, Ok(Outcome::Exited { .. })));
    }
    // The test says something only if some functions leave, but not most.
    assert!(exited * 10 > FUNCTIONS as u32 && exited * 3 < FUNCTIONS as u32 * 2, "{exited} of {FUNCTIONS} leave");
}
