//! Values at the edges: where representations change, where arithmetic overflows, where comparisons are odd.

use std::ops::Range;

/// Values at the edges, as expressions.
pub const EDGES: &[&str] = &[
    "-9223372036854775809",
    "-9223372036854775808",
    "-9223372036854775807",
    "-9007199254740993",
    "-64",
    "-1",
    "0",
    "1",
    "2",
    "3",
    "63",
    "64",
    "3037000500",
    "4294967296",
    "4611686018427387904",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775806",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "0.0",
    "-0.0",
    "0.1",
    "0.5",
    "-1.0",
    "-1.5",
    "2.0",
    "5e-324",
    "2.2250738585072014e-308",
    "9007199254740992.0",
    "9223372036854775807.0",
    "-9223372036854775808.0",
    "1e308",
    "1e308 * 10.0",
    "-1e308 * 10.0",
    "1e308 * 10.0 - 1e308 * 10.0",
    "\"\"",
    "\"a\"",
    "\"é\"",
    "true",
    "false",
    "null",
    "[]",
    "[1]",
    "[1.0]",
    "{}",
    "{\"a\": 1}",
    "Some(1)",
    "0..2",
];

/// Edges that an array of 64-bit ints can hold.
pub const INTS: Range<usize> = 1..19;
/// Edges that an array of floats can hold.
pub const FLOATS: Range<usize> = 21..37;

/// Is the edge at this place small enough to be an exponent or the width of a shift? The others would only meet limits.
pub fn is_flat(at: usize) -> bool {
    EDGES[at].len() < 4 || FLOATS.contains(&at) || at > FLOATS.end
}
