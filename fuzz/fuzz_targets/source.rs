//! Bytes of a file: parsed, printed, checked, compiled, rendered, run.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ruff_testkit::fuzz::bytes;

fuzz_target!(|data: &[u8]| bytes::source(data));
