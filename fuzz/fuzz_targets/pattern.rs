//! A regular expression, a line end, and a text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ruff_testkit::fuzz::bytes;

fuzz_target!(|data: &[u8]| bytes::pattern(data));
