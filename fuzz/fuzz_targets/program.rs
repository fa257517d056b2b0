//! A generated program, by the seed that the first eight bytes are: all modes agree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ruff_testkit::{Case, Mode, compare, generate};

fuzz_target!(|seed: u64| {
    if let Err(difference) = compare(&Case::generated(&generate(seed)), Mode::ALL) {
        panic!("{difference}");
    }
});
