//! Generated programs in all modes: the same output, errors, positions, traces and ticks.

use ruff_core::jit::ExitReason;
use ruff_core::syntax::diagnostic::Diagnostics;
use ruff_core::syntax::parse;
use ruff_core::syntax::print::print_module;
use ruff_core::{Limits, Source, Vm};
use ruff_testkit::{Case, Feature, Mode, Outcome, Program, Random, Tally};
use ruff_testkit::{compare, compare_counted, generate, generate_small, reduce, run};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Programs of a run. Debug builds are checked too, but most seeds are left to optimised builds.
const SEEDS: u64 = if cfg!(debug_assertions) { 100 } else { 150 };
/// The same for small programs.
const SMALL_SEEDS: u64 = if cfg!(debug_assertions) { 300 } else { 2_000 };
/// Threads that run them; each makes engines of its own.
const THREADS: u64 = 2;
/// Every program ends below this.
const TICKS_MAX: u64 = 2_000_000;

/// Runs a check for each of so many seeds; the first failures are shown.
fn for_each_seed(seeds: u64, check: impl Fn(&Program) -> Result<(), String> + Sync) {
    let next = AtomicU64::new(0);
    let failures: Vec<String> = thread::scope(|scope| {
        let work = || {
            let mut failures = Vec::new();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds || failures.len() >= 3 {
                    return failures;
                }
                failures.extend(check(&generate(seed)).err());
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The modes with a native tier.
fn native_modes() -> &'static [Mode] {
    &Mode::ALL[1..]
}

/// The native mode whose turn it is: compiling takes most of the time, so that not every program runs in every mode.
fn mode_of(turn: u64) -> Mode {
    let modes = native_modes();
    modes[turn as usize % modes.len()]
}

/// One native mode, or two for every second round of seeds.
fn modes_of(seed: u64) -> Vec<Mode> {
    let round = seed / native_modes().len() as u64;
    let second = (round % 2 == 1).then(|| mode_of(seed + 1 + round / 2 % 4));
    std::iter::once(mode_of(seed)).chain(second).collect()
}

#[test]
fn modes_agree() {
    let (ticks, lines, errors) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let tallies: Vec<Tally> = Mode::ALL.iter().map(|_| Tally::default()).collect();
    let count = |mode: &Mode, statistics: &_| {
        let at = Mode::ALL.iter().position(|m| m.name == mode.name);
        at.into_iter().for_each(|at| tallies[at].add(statistics));
    };
    for_each_seed(SEEDS, |program| {
        let (case, modes) = (Case::generated(program), modes_of(program.seed));
        let outcome = compare_counted(&case, &modes, count).map_err(|difference| {
            let smallest = reduce(program, |case| compare(case, &modes).is_err());
            format!("{difference}\nreduced:\n{smallest}")
        })?;
        ticks.fetch_add(outcome.ticks, Ordering::Relaxed);
        lines.fetch_add(outcome.output.lines().count() as u64, Ordering::Relaxed);
        errors.fetch_add(outcome.failure.is_some() as u64, Ordering::Relaxed);
        ends_as_promised(program, &outcome)
    });
    let [ticks, lines, errors] = [ticks, lines, errors].map(AtomicU64::into_inner);
    println!("{SEEDS} programs: {ticks} ticks, {lines} lines, {errors} errors");
    assert!(errors * 2 < SEEDS, "{errors} of {SEEDS} programs end in an error: the rest of them never runs");
    for (mode, tally) in Mode::ALL.iter().zip(&tallies).skip(1) {
        println!("{}: {tally}", mode.name);
        assert!(tally.runs() * 4 >= SEEDS, "{} had no turn: {tally}", mode.name);
        assert!(tally.entered() * 5 >= tally.runs() * 4, "{} enters native code too seldom: {tally}", mode.name);
    }
    for reason in FREQUENT {
        let exits: u64 = tallies.iter().map(|t| t.exits(*reason)).sum();
        assert!(exits > 0, "no guard failed for the reason \"{reason}\"");
    }
}

/// Small programs in all modes where compiling is fast.
#[test]
fn modes_agree_on_small_programs() {
    let tally = Tally::default();
    for_each_seed(SMALL_SEEDS, |program| {
        let program = generate_small(program.seed);
        let (case, some) = (Case::generated(&program), modes_of(program.seed));
        let modes = if cfg!(debug_assertions) { some.as_slice() } else { native_modes() };
        let outcome = compare_counted(&case, modes, |_, statistics| tally.add(statistics)).map_err(|difference| {
            let smallest = reduce(&program, |case| compare(case, modes).is_err());
            format!("{difference}\nreduced:\n{smallest}")
        })?;
        let diagnostics = case.diagnostics();
        if !diagnostics.is_empty() {
            return Err(format!("seed {}:\n{}", program.seed, diagnostics.join("\n")));
        }
        ends_as_promised(&program, &outcome)
    });
    println!("{SMALL_SEEDS} programs: {tally}");
    assert!(tally.entered() * 10 >= tally.runs() * 9, "native code is entered too seldom: {tally}");
}

/// Guards that generated programs make fail.
const FREQUENT: &[ExitReason] = &[
    ExitReason::Kind,
    ExitReason::Overflow,
    ExitReason::Bounds,
    ExitReason::Elements,
    ExitReason::Shared,
    ExitReason::Result,
    ExitReason::Forced,
];

fn ends_as_promised(program: &Program, outcome: &Outcome) -> Result<(), String> {
    if outcome.ticks > TICKS_MAX {
        return Err(format!("seed {} takes {} ticks", program.seed, outcome.ticks));
    }
    match &outcome.failure {
        Some(failure) if !failure.code.starts_with("RUF1") => Err(format!("seed {}: {failure}", program.seed)),
        _ => Ok(()),
    }
}

#[test]
fn every_program_passes_the_check() {
    for_each_seed(SEEDS, |program| {
        let diagnostics = Case::generated(program).diagnostics();
        match diagnostics.is_empty() {
            true => Ok(()),
            false => Err(format!("seed {}:\n{}", program.seed, diagnostics.join("\n"))),
        }
    });
}

#[test]
fn a_cut_run_is_a_prefix() {
    for_each_seed(SEEDS, |program| {
        let case = Case::generated(program);
        let whole = run(&case, &Mode::INTERPRETER);
        let mut random = Random::new(program.seed);
        let cuts = [0, random.below(50), random.below(whole.ticks + 1), whole.ticks.saturating_sub(1), whole.ticks];
        for (at, cut) in cuts.into_iter().enumerate() {
            // Each cut in the interpreter, and one of them in one more mode.
            let is_turn = program.seed as usize / native_modes().len() % cuts.len() == at;
            let modes: &[Mode] = if is_turn { &[mode_of(program.seed)] } else { &[] };
            let case = case.with_ticks(cut);
            let part = compare(&case, modes).map_err(|d| format!("cut at {cut}: {d}"))?;
            is_prefix(&part, &whole, cut).map_err(|e| format!("seed {} cut at {cut}: {e}", program.seed))?;
        }
        Ok(())
    });
}

fn is_prefix(part: &Outcome, whole: &Outcome, cut: u64) -> Result<(), String> {
    if !whole.output.starts_with(&part.output) {
        return Err("the output is no prefix".into());
    }
    let code = part.failure.as_ref().map(|f| f.code.as_str());
    match cut >= whole.ticks {
        true if part != whole => Err(format!("differs from the whole run: {:?}", part.failure)),
        false if code != Some("RUF2001") => Err(format!("ended with {code:?} after {} ticks", part.ticks)),
        _ => Ok(()),
    }
}

#[test]
fn a_seed_makes_one_program() {
    for seed in 0..50 {
        assert_eq!(generate(seed).to_string(), generate(seed).to_string());
    }
    assert_ne!(generate(1).to_string(), generate(2).to_string());
}

/// Wherever a limit stops a program, nothing stays behind: the fourth and the fifth such run leave the same memory in use. By then
/// its code is compiled, which makes fewer objects, so that a limit of memory may stop it elsewhere.
#[test]
fn stopped_runs_leak_nothing() {
    for_each_seed(SEEDS / 5, |program| {
        let case = Case::generated(program);
        let ticks = run(&case, &Mode::INTERPRETER).ticks;
        let mut random = Random::new(program.seed);
        for mode in [Mode::INTERPRETER, mode_of(program.seed)] {
            let engine = mode.configure(case.engine_builder().output(|_| ())).build();
            let compiled = engine.compile("stopped", &case.text).map_err(|e| e.to_string())?;
            let mut vm = Vm::new(&engine);
            for at in 0..4 {
                let limits = match at % 2 {
                    0 => Limits { ticks: Some(random.below(ticks + 1)), ..Limits::trusted() },
                    _ => Limits { memory_bytes: Some(random.below(60_000) as usize), ..Limits::trusted() },
                };
                let mut bytes = [0; 5];
                for after in &mut bytes {
                    vm.set_limits(&limits);
                    // How it ends is not the question here.
                    let _ = vm.run(&compiled);
                    *after = vm.memory_bytes();
                }
                if bytes[3] != bytes[4] {
                    let seed = program.seed;
                    return Err(format!("seed {seed} in {}: {bytes:?} bytes under {limits:?}", mode.name));
                }
            }
        }
        Ok(())
    });
}

/// What is printed of a program's tree reads as the same tree.
#[test]
fn printing_is_a_fixed_point() {
    let printed = |text: &str| {
        let mut diagnostics = Diagnostics::default();
        let text = print_module(&parse(&Source::new("printed", text), &mut diagnostics));
        (text, diagnostics.as_slice().len())
    };
    for_each_seed(SEEDS, |program| {
        let (once, _) = printed(&program.to_string());
        let (twice, errors) = printed(&once);
        let case = Case { modules: program.modules.clone(), ..Case::new("printed", once.as_str()) };
        match once == twice && errors == 0 && case.diagnostics().is_empty() {
            true => Ok(()),
            false => Err(format!("seed {} is printed differently:\n{once}", program.seed)),
        }
    });
}

/// Every construct is in at least so many of a hundred programs.
const PERCENT_MIN: usize = 6;

#[test]
fn every_feature_is_frequent() {
    let programs: Vec<Program> = (0..500).map(generate).collect();
    let counts = Feature::ALL.iter().map(|f| (f, programs.iter().filter(|p| p.features.contains(*f)).count()));
    let rare: Vec<_> = counts.filter(|(_, count)| count * 100 < PERCENT_MIN * programs.len()).collect();
    assert!(rare.is_empty(), "in {} programs: {rare:?}", programs.len());
}
