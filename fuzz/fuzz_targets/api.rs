//! A host that does what the bytes say, beside a model of what must come of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ruff_testkit::fuzz::api;

fuzz_target!(|data: &[u8]| {
    api::run(data);
});
