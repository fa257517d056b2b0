//! The fuzz targets on inputs from seeds. `fuzz/` has them for libFuzzer.

use ruff_testkit::fuzz::{api, bytes, input};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Threads that work through the seeds.
const THREADS: u64 = 2;

/// Runs a target on the inputs of so many seeds, in debug builds of a tenth of them; each failure names its seed.
fn for_each_seed(seeds: u64, target: impl Fn(u64) + Sync) {
    let seeds = if cfg!(debug_assertions) { seeds / 10 } else { seeds };
    let failed: Vec<u64> = thread::scope(|scope| {
        let work = |first: u64| {
            let fails = |seed: &u64| catch_unwind(AssertUnwindSafe(|| target(*seed))).is_err();
            (first..seeds).step_by(THREADS as usize).filter(fails).take(3).collect::<Vec<u64>>()
        };
        let threads: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || work(first))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "seeds {failed:?}");
}

#[test]
fn random_bytes_are_compiled_and_rendered() {
    for_each_seed(8_000, |seed| bytes::source(&input::bytes_of(seed)));
}

#[test]
fn random_bytes_are_json_and_patterns() {
    for_each_seed(10_000, |seed| {
        bytes::json(&input::json_of(seed));
        bytes::pattern(&input::pattern_of(seed));
    });
}

#[test]
fn the_api_does_what_the_model_says() {
    let steps = AtomicUsize::new(0);
    for_each_seed(2_000, |seed| {
        steps.fetch_add(api::run(&input::decisions_of(seed)), Ordering::Relaxed);
    });
    println!("{} steps", steps.into_inner());
}
