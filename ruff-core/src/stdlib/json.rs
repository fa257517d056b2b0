//! Section 8: JSON.

mod parse;
mod print;

use super::argument::invalid;
use super::{Builtin, builtin};
use crate::fault::Result;
use crate::value::string::short_word;
use crate::value::{Hooks, Value};
use crate::vm::{Ctx, ReceiverKind};
use print::Style;

fn parse_json(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args.first() {
        Some(Value::Str(text)) => parse::parse(ctx, text.as_str()),
        _ => Err(invalid("parse_json requires a string argument")),
    }
}

fn to_json(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    print::print(ctx, args.first().unwrap_or(&Value::Null), Style::Compact)
}

fn to_json_pretty(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    print::print(ctx, args.first().unwrap_or(&Value::Null), Style::Pretty)
}

/// Charges the work on `bytes` bytes.
fn charge_for(hooks: &mut impl Hooks, bytes: usize) -> Result<()> {
    if bytes < BYTES_PER_TICK { Ok(()) } else { hooks.charge((bytes / BYTES_PER_TICK) as u64) }
}

/// How many bytes at the start of a text stand for themselves in a JSON string.
#[inline(always)]
fn plain_bytes(bytes: &[u8]) -> usize {
    let mut plain = 0;
    for word in bytes.as_chunks::<WORD_BYTES>().0 {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return plain + first_byte(special);
        }
        plain += WORD_BYTES;
    }
    plain_bytes_of_rest(bytes, plain)
}

/// The same where fewer bytes than a word has follow those that are known.
#[inline(always)]
fn plain_bytes_of_rest(bytes: &[u8], known: usize) -> usize {
    let len = bytes.len();
    if len == known {
        return len;
    }
    match bytes.last_chunk::<WORD_BYTES>() {
        Some(last) => len - WORD_BYTES + first_byte(special_bytes(u64::from_le_bytes(*last))),
        // The zeros behind the text are special.
        None => first_byte(special_bytes(short_word(bytes).unwrap_or(0))),
    }
}

/// The number of the first byte of a word that has its top bit set; the number of bytes if there is none.
#[inline(always)]
fn first_byte(tops: u64) -> usize {
    tops.trailing_zeros() as usize / 8
}

const WORD_BYTES: usize = size_of::<u64>();

/// The top bit of each byte of the word that is a control character, a quote or a backslash; above the first one, there may be
/// others. (Alan Mycroft's test for a zero byte.)
#[inline(always)]
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xFF;
    const TOPS: u64 = ONES << 7;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | equal(b'"') | equal(b'\\')) & TOPS
}

/// Bytes of text that one tick pays for.
const BYTES_PER_TICK: usize = 64;

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("parse_json", 1, parse_json, "parse_json(s) -> value: the value that a JSON text stands for")
        .method_of(&[ReceiverKind::String]),
    builtin!("to_json", 1, to_json, "to_json(v) -> string: compact JSON, keys sorted").method_of(ReceiverKind::ALL),
    builtin!("to_json_pretty", 1, to_json_pretty, "to_json_pretty(v) -> string: JSON with indentation, keys sorted")
        .method_of(ReceiverKind::ALL),
];

#[cfg(test)]
mod tests {
    use super::print::{Style, print};
    use crate::value::Value;
    use crate::value::ops::testing::TestHooks;

    fn round_trip(text: &str, style: Style) -> String {
        let mut hooks = TestHooks::new();
        let result = super::parse::parse(&mut hooks, text).and_then(|value| print(&mut hooks, &value, style));
        match result {
            Ok(Value::Str(text)) => text.as_str().to_owned(),
            Ok(other) => other.kind_name().to_owned(),
            Err(fault) => fault.message.to_string(),
        }
    }

    fn compact(text: &str) -> String {
        round_trip(text, Style::Compact)
    }

    #[test]
    fn values_survive() {
        let text = r#"{"b":[1,2.0,12345678901234567890,-0.5,1e+30],"a":null,"10":true,"9":{},"\u00e9\n":"x\u0001\ud83d\ude00\/"}"#;
        let expected = r#"{"10":true,"9":{},"a":null,"b":[1,2.0,12345678901234567890,-0.5,1e30],"é\n":"x\u0001😀/"}"#;
        assert_eq!(compact(text), expected);
        assert_eq!(compact(" [ ] "), "[]");
        assert_eq!(compact(r#""""#), r#""""#);
        assert_eq!(compact(r#"{"a":1,"b":2,"a":3}"#), r#"{"a":3,"b":2}"#);
        assert_eq!(
            compact("[-9223372036854775808, 9223372036854775807, -0, 0.0, -0.0]"),
            "[-9223372036854775808,9223372036854775807,0,0.0,-0.0]"
        );
    }

    #[test]
    fn pretty_text_is_indented() {
        let expected = "{\n  \"a\": [\n    1,\n    {},\n    []\n  ],\n  \"b\": \"\"\n}";
        assert_eq!(round_trip(r#"{"a":[1,{},[]],"b":""}"#, Style::Pretty), expected);
    }

    #[test]
    fn problems_say_what_and_where() {
        for (text, expected) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("[1", "EOF while parsing a list at line 1 column 2"),
            ("[1,", "EOF while parsing a value at line 1 column 3"),
            ("[1,]", "trailing comma at line 1 column 4"),
            ("[1 2]", "expected `,` or `]` at line 1 column 4"),
            ("{", "EOF while parsing an object at line 1 column 1"),
            ("{1:2}", "key must be a string at line 1 column 2"),
            ("{\"é\" 1}", "expected `:` at line 1 column 6"),
            ("{\"a\":1,}", "trailing comma at line 1 column 8"),
            ("{\"a\":1 2}", "expected `,` or `}` at line 1 column 8"),
            ("{\"a\":\n\n x}", "expected value at line 3 column 2"),
            ("nul", "EOF while parsing a value at line 1 column 3"),
            ("nulx", "expected ident at line 1 column 4"),
            ("1 2", "trailing characters at line 1 column 3"),
            ("01", "invalid number at line 1 column 2"),
            ("1.x", "invalid number at line 1 column 3"),
            ("-", "EOF while parsing a value at line 1 column 1"),
            ("1e999", "number out of range at line 1 column 5"),
            ("\"abc", "EOF while parsing a string at line 1 column 4"),
            ("\"\\q\"", "invalid escape at line 1 column 3"),
            ("\"\\ud800\"", "lone leading surrogate in hex escape at line 1 column 7"),
            ("\"\n\"", "control character (\\u0000-\\u001F) found while parsing a string at line 1 column 2"),
            ("@", "expected value at line 1 column 1"),
        ] {
            assert_eq!(compact(text), format!("JSON parse error: {expected}"), "{text}");
        }
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(compact(&nested(512)), nested(512));
        assert_eq!(compact(&nested(513)), "JSON parse error: recursion limit exceeded at line 1 column 513");
    }
}
