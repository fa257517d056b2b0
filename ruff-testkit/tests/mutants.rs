//! G25: the checks are checked. HIR of fifty functions is changed by hand: each guard is deleted, each argument of a block is deleted
//! or replaced, each entry of the state of an exit is deleted. The verifier must refuse the function, or the comparison of the run with
//! that of the interpreter must show it, for 95 of 100 changes that matter.
//!
//! A change *matters* if the changed function does something else than the unchanged one would do at that place, at least once in
//! the run: a condition whose guard is gone was false; an edge with a wrong argument was taken; an exit whose entry is gone
//! was taken while the slot in memory held something else. Probes in the changed function itself count that. What follows from it
//! does not count: a wrong argument that nobody reads is a change that is not found. A guard that never fails in any run, or an
//! entry that memory has already, cannot be told from none by any test that runs these functions with these arguments; their
//! share is printed. To keep it small, each function is called with all edge values in the place of each argument, and exits are
//! forced: the guard that leaves through a changed exit is made to fail at its first, second, fifth … time.
//!
//! HIR runs in the evaluator, each changed function in a process of its own: most of them access memory that is not theirs.
#![cfg(all(unix, target_arch = "x86_64"))]

#[path = "mutants/apart.rs"]
mod apart;
#[path = "mutants/corpus.rs"]
mod corpus;
#[path = "mutants/mutant.rs"]
mod mutant;

use apart::{End, apart};
use corpus::Subject;
use mutant::Mutant;
use ruff_jit::hir::Function;
use ruff_jit::hir::verify::verify;
use ruff_testkit::evaluator::Evaluator;
use ruff_testkit::{Case, Mode, Outcome, run, run_with};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Ticks that make a function hot.
const THRESHOLD: u32 = 6;
/// Times of control at an exit at which it is forced, each in a run.
const ARRIVALS: &[u64] = &[u64::MAX, 1, 2, 5, 9, 20, 60];
/// Of a hundred changes that matter, those that are found.
const FOUND_MIN: usize = 95;
/// The same of a sample, which may have bad luck.
const FOUND_IN_SAMPLE_MIN: usize = 90;

/// What has become of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    /// The verifier refuses the function.
    Refused = 1,
    /// The run differs from that of the interpreter.
    Differs,
    /// The run ends with the process.
    Killed,
    /// It mattered, and nothing was seen.
    Missed,
    /// It never mattered.
    Idle,
}

impl Verdict {
    fn of(end: End) -> Verdict {
        let all = [Verdict::Refused, Verdict::Differs, Verdict::Missed, Verdict::Idle];
        match end {
            End::Killed => Verdict::Killed,
            // An assertion of the engine.
            End::Gave(apart::PANICKED) => Verdict::Killed,
            End::Gave(number) => all.into_iter().find(|v| *v as u8 == number).expect("the change was made"),
        }
    }
}

/// Tells changes apart.
type IsKind = fn(&Mutant) -> bool;

/// How many changes came to what.
#[derive(Clone, Default)]
struct Score {
    verdicts: Vec<(Mutant, Verdict)>,
}

impl Score {
    fn count(&self, verdict: Verdict) -> usize {
        self.verdicts.iter().filter(|(_, v)| *v == verdict).count()
    }

    fn found(&self) -> usize {
        [Verdict::Refused, Verdict::Differs, Verdict::Killed].into_iter().map(|v| self.count(v)).sum()
    }

    fn mattering(&self) -> usize {
        self.verdicts.len() - self.count(Verdict::Idle)
    }

    /// Those of a kind.
    fn of_kind(&self, is_kind: IsKind) -> Score {
        Score { verdicts: self.verdicts.iter().filter(|(m, _)| is_kind(m)).copied().collect() }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [refused, differs, killed, idle] =
            [Verdict::Refused, Verdict::Differs, Verdict::Killed, Verdict::Idle].map(|v| self.count(v));
        write!(
            f,
            "{} changes, {idle} of them idle; {} of {} found: {refused} by the verifier, {differs} by the comparison, \
             {killed} by a crash",
            self.verdicts.len(),
            self.found(),
            self.mattering()
        )
    }
}

/// A change of the unit of a subject that was built as the `unit`-th.
#[derive(Clone, Copy)]
struct Place {
    unit: usize,
    mutant: Mutant,
}

/// Runs a subject; `change` gets each unit of the function itself with its number.
fn run_changed(
    subject: &Subject,
    case: &Case,
    change: impl Fn(usize, &mut Function) + Send + Sync + 'static,
) -> Outcome {
    let (name, next) = (subject.name.clone(), AtomicUsize::new(0));
    run_with(case, |builder| {
        builder.jit(Evaluator::new(THRESHOLD).changed(move |hir| {
            if hir.name == name {
                change(next.fetch_add(1, Ordering::Relaxed), hir);
            }
        }))
    })
}

/// All changes of the function's units.
fn places_of(subject: &Subject, case: &Case, expected: &Outcome) -> Vec<Place> {
    let places: Arc<Mutex<Vec<Place>>> = Arc::default();
    let list = places.clone();
    let outcome = run_changed(subject, case, move |unit, hir| {
        let mutants = Mutant::all(hir).into_iter().map(|mutant| Place { unit, mutant });
        list.lock().unwrap_or_else(PoisonError::into_inner).extend(mutants);
    });
    assert_eq!(&outcome, expected, "{} without a change", subject.name);
    let places = places.lock().unwrap_or_else(PoisonError::into_inner);
    places.clone()
}

/// Makes a change and runs the subject.
fn verdict(subject: &Subject, case: &Case, expected: &Outcome, place: Place, arrival: u64) -> Verdict {
    let made = Arc::new(AtomicBool::new(false));
    let refused = Arc::new(AtomicBool::new(false));
    let (is_made, is_refused) = (made.clone(), refused.clone());
    mutant::reset();
    let outcome = run_changed(subject, case, move |unit, hir| {
        if unit == place.unit {
            let before = hir.clone();
            place.mutant.apply(hir, arrival);
            if verify(hir).is_err() {
                is_refused.store(true, Ordering::Relaxed);
                *hir = before;
            }
            is_made.store(true, Ordering::Relaxed);
        }
    });
    assert!(made.load(Ordering::Relaxed), "{} has no unit {}", subject.name, place.unit);
    match (refused.load(Ordering::Relaxed), outcome == *expected) {
        (true, _) => Verdict::Refused,
        (false, false) => Verdict::Differs,
        (false, true) if mutant::mattered() => Verdict::Missed,
        (false, true) => Verdict::Idle,
    }
}

/// Every `step`-th change of a subject, from the `first`-th on.
fn score(subject: &Subject, first: usize, step: usize) -> Score {
    let case = Case::new(&subject.name, subject.script());
    let expected = run(&case, &Mode::INTERPRETER);
    assert_eq!(expected.failure, None, "{}", subject.name);
    let places = places_of(subject, &case, &expected);
    assert!(!places.is_empty(), "{} is not compiled", subject.name);
    let mut verdicts = Vec::new();
    for place in places.into_iter().skip(first % step).step_by(step) {
        let arrivals = if place.mutant.needs_exits() { ARRIVALS } else { &ARRIVALS[..1] };
        let mut worst = Verdict::Idle;
        for arrival in arrivals {
            let one = Verdict::of(apart(|| verdict(subject, &case, &expected, place, *arrival) as u8));
            if one != Verdict::Idle {
                worst = one;
            }
            if !matches!(one, Verdict::Idle | Verdict::Missed) {
                break;
            }
        }
        if worst == Verdict::Missed {
            println!("  missed in {}, unit {}: {:?}", subject.name, place.unit, place.mutant);
        }
        verdicts.push((place.mutant, worst));
    }
    Score { verdicts }
}

/// Checks every `step`-th change; so many of a hundred that matter are found.
fn check(step: usize, found_min: usize) {
    let mut all = Score::default();
    let subjects = corpus::subjects();
    assert!(subjects.len() >= 50, "{} functions", subjects.len());
    for (at, subject) in subjects.iter().enumerate() {
        let score = score(subject, at, step);
        println!("{}: {score}", subject.name);
        all.verdicts.extend(score.verdicts);
    }
    let kinds: [(&str, IsKind); 4] = [
        ("guards", |m| matches!(m, Mutant::Guard { .. })),
        ("arguments deleted", |m| matches!(m, Mutant::ArgumentDeleted { .. })),
        ("arguments replaced", |m| matches!(m, Mutant::ArgumentWrong { .. })),
        ("states of exits", |m| m.is_of_exit()),
    ];
    for (name, is_kind) in kinds {
        println!("{name}: {}", all.of_kind(is_kind));
    }
    println!("all: {all}");
    // Those that the verifier cannot miss count for nothing.
    let rest = all.of_kind(|m| !matches!(m, Mutant::ArgumentDeleted { .. }));
    assert_eq!(all.found() - rest.found(), all.mattering() - rest.mattering(), "an argument that nobody misses");
    assert!(rest.found() * 100 >= rest.mattering() * found_min, "{rest}");
}

/// A sample.
#[test]
fn changed_hir_is_found() {
    check(if cfg!(debug_assertions) { 150 } else { 15 }, FOUND_IN_SAMPLE_MIN);
}

/// All of them.
#[test]
#[ignore = "takes minutes"]
fn every_change_of_hir_is_found() {
    check(1, FOUND_MIN);
}
