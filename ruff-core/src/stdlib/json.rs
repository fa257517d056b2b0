//! Section 8: JSON.

mod parse;
mod print;

use super::argument::invalid;
use super::{Builtin, builtin};
use crate::fault::Result;
use crate::value::Value;
use crate::value::string::short_word;
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
    use super::parse::parse;
    use super::plain_bytes;
    use super::print::{Style, print};
    use crate::code::Code;
    use crate::value::array::ArrayObject;
    use crate::value::dict::DictObject;
    use crate::value::ops::testing::TestHooks;
    use crate::value::{Heap, Value};
    use proptest::prelude::*;

    fn round_trip(text: &str, style: Style) -> String {
        let mut hooks = TestHooks::new();
        let result = parse(&mut hooks, text).and_then(|value| print(&mut hooks, &value, style));
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

    #[test]
    fn plain_bytes_end_where_an_escape_is_needed() {
        for len in 0..30 {
            for fill in [b' ', b'a', 0x7F, 0x80, 0xFF] {
                let plain = vec![fill; len];
                assert_eq!(plain_bytes(&plain), len);
                for (at, special) in (0..len).flat_map(|at| [0, 0x1F, b'"', b'\\'].map(|special| (at, special))) {
                    let mut bytes = plain.clone();
                    bytes[at] = special;
                    assert_eq!(plain_bytes(&bytes), at, "{bytes:?}");
                    bytes[at..].fill(special);
                    assert_eq!(plain_bytes(&bytes), at, "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn escapes_are_found_at_each_offset() {
        for (before, behind) in (0..18).flat_map(|before| (0..18).map(move |behind| (before, behind))) {
            for (char, escape) in
                [('"', "\\\""), ('\\', "\\\\"), ('\n', "\\n"), ('\u{8}', "\\b"), ('\u{1f}', "\\u001f"), ('é', "é")]
            {
                let (before, behind) = ("x".repeat(before), "ü".repeat(behind));
                let escaped = format!("{before}{escape}{behind}");
                let text = format!("{{\"{escaped}\":[\"{escaped}\",\"{escape}{escape}\"]}}");
                assert_eq!(compact(&text), text);
                let mut hooks = TestHooks::new();
                let Ok(Value::Dict(dict)) = parse(&mut hooks, &text) else { panic!("{text}") };
                assert!(dict.get_str(&format!("{before}{char}{behind}")).is_some(), "{text}");
            }
        }
    }

    #[test]
    fn floats_are_the_closest_ones() {
        let mut texts: Vec<String> =
            ["0.1", "-0.0", "0.3", "1.005", "999999999999.999", "99999999999999.9", "9007199254740993.0"]
                .map(String::from)
                .to_vec();
        texts.extend((1..25).map(|digits| format!("0.{}", "7".repeat(digits))));
        texts.extend((1..25).map(|digits| format!("{}.3", "8".repeat(digits))));
        texts.extend((0..25).map(|zeros| format!("12.{}1", "0".repeat(zeros))));
        texts.extend(["1e5", "1.5e-7", "123456.789E+3"].map(String::from));
        for text in texts {
            let expected: f64 = text.parse().unwrap();
            let Ok(Value::Float(x)) = parse(&mut TestHooks::new(), &text) else { panic!("{text}") };
            assert_eq!(x.to_bits(), expected.to_bits(), "{text}");
        }
    }

    /// As another library has it, with sorted keys.
    fn expected(text: &str) -> String {
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
        value.sort_all_objects();
        value.to_string()
    }

    #[test]
    fn records_that_are_alike_but_for_a_key() {
        let alike = r#"{"id":1,"a_name_of_15_by":2,"14_bytes_long_":3,"a_name_that_is_long_1":4,"7":5}"#;
        let others = [
            r#"{"id":1,"a_name_of_15_by":2,"14_bytes_long_":3,"a_name_that_is_long_2":4,"7":5}"#,
            r#"{"id":1,"a_name_of_15_by":2,"14_bytes_long_":3,"a_name_that_is_long_1":4,"8":5}"#,
            r#"{"id":1,"a_name_of_15_by":2,"14_bytes_long_":3,"a_name_that_is_long_1":4,"7":5,"more":6}"#,
            r#"{"id":1,"a_name_of_15_by":2,"14_bytes_long_":3,"a_name_that_is_long_1":4}"#,
            r#"{"id":1,"a_name_of_15_by":2,"14_bytes_long_":3,"a_name_that_is_long_1":4,"id":6}"#,
            r#"{"id":1,"a_name_of_15_by":2,"14_bytes_long_":3,"a_name_of_15_by":4,"7":5}"#,
            r#"{"id":1,"a_name_of_15_by":2,"14_bytes_long":3,"a_name_that_is_long_1":4,"07":5}"#,
            r#"{"id":1,"a_name_of_15_by":2,"14_bytes_long_" :3,"a_name_that_is_long_1" : 4,"7":5}"#,
            r#"{"id":1,"a_name_of_15_by":2,"14_bytes_long_":3,"a_name_that_is_long_\u0031":4,"\u0037":5}"#,
            r#"{"a_name_of_15_by":2,"id":1,"14_bytes_long_":3,"a_name_that_is_long_1":4,"7":5}"#,
            r#"{"id":{"id":{"id":1,"a_name_of_15_by":2},"7":1},"a_name_of_15_by":2}"#,
        ];
        for other in others {
            let text = format!("[{alike},{alike},{alike},{other},{alike},{other},{other},{alike}]");
            assert_eq!(compact(&text), expected(&text));
        }
        let text = format!("[{alike},{alike},{alike},{{\"id\":1,\"a_name_of_15_by\"x");
        assert_eq!(compact(&text), format!("JSON parse error: expected `:` at line 1 column {}", text.len()));
    }

    proptest! {
        #[test]
        fn texts_of_records_are_read_as_by_others(
            records in prop::collection::vec((0..4_usize, prop::collection::vec((0..9_usize, 0..6_usize), 0..20)), 0..12),
        ) {
            const KEYS: [&str; 9] =
                ["a", "address_1", "address_2", "a_long_address_1", "a_long_address_2", "1", "01", "é", "k\\n"];
            const VALUES: [&str; 6] = ["1", " \"x\" ", "[]", "{\"a\":null,\"address_1\":true}", "-17", "[\"\\\"\",{}]"];
            let mut rows = Vec::new();
            for (copies, entries) in records {
                let entries: Vec<_> = entries.iter().map(|(k, v)| format!("\"{}\":{}", KEYS[*k], VALUES[*v])).collect();
                rows.resize(rows.len() + copies, format!("{{{}}}", entries.join(",")));
            }
            let text = format!("[{}]", rows.join(", "));
            prop_assert_eq!(compact(&text), expected(&text));
        }
    }

    #[test]
    fn dicts_with_the_same_keys_elsewhere_keep_their_order() {
        let mut hooks = TestHooks::new();
        let dict = |heap: &Heap, keys: &[&str], removed: &[&str]| {
            let mut dict = DictObject::new(heap);
            let object = dict.get_mut().unwrap();
            for (i, key) in keys.iter().enumerate() {
                object.insert_str(key, Value::Int(i as i64)).unwrap();
            }
            for key in removed {
                object.remove(&crate::value::dict::DictKey::from_text(heap, key).unwrap());
            }
            Value::Dict(dict)
        };
        let many = ["j", "i", "h", "g", "f", "e", "d", "c", "b", "a"];
        let long = ["a_long_key_of_a_record_2", "a_long_key_of_a_record_1"];
        let dicts: Vec<Value> = [
            dict(&hooks.heap, &["b", "a"], &[]),
            dict(&hooks.heap, &["a", "b"], &[]),
            dict(&hooks.heap, &["b", "a", "c"], &["c"]),
            dict(&hooks.heap, &many, &["e"]),
            dict(&hooks.heap, &many, &["f"]),
            dict(&hooks.heap, &many, &[]),
            dict(&hooks.heap, &long, &[]),
            dict(&hooks.heap, &[], &[]),
        ]
        .into_iter()
        .flat_map(|dict| [dict.clone(), dict.clone(), dict])
        .collect();
        let orders = [0, 7, 3, 10, 1, 17, 2, 4, 20, 5, 8, 13, 6, 19, 11];
        let values = orders.iter().cycle().take(60).map(|i| dicts[*i].clone());
        let array = Value::Array(ArrayObject::from_values(&hooks.heap, values.clone()).unwrap());
        let mut each = Vec::new();
        for value in values {
            let Ok(Value::Str(text)) = print(&mut hooks, &value, Style::Compact) else { panic!() };
            each.push(text.as_str().to_owned());
        }
        let Ok(Value::Str(text)) = print(&mut hooks, &array, Style::Compact) else { panic!() };
        assert_eq!(text.as_str(), format!("[{}]", each.join(",")));
        assert_eq!(text.as_str(), expected(text.as_str()));
    }

    #[test]
    fn the_memory_limit_stops_both_and_nothing_is_left() {
        let record = r#"{"id":1,"id":2,"a_name_that_is_long":"some text of a record","list":[1,"two",{}],"f":1.5}"#;
        let text = format!("[{}]", [record; 50].join(","));
        let (mut stopped, mut read, mut printed) = (0, 0, 0);
        for limit in (0..60_000).step_by(500) {
            let mut hooks = TestHooks { heap: Heap::new(limit, 1), ..TestHooks::new() };
            let result = parse(&mut hooks, &text);
            read += i32::from(result.is_ok());
            match result.and_then(|value| print(&mut hooks, &value, Style::Compact)) {
                Ok(_) => printed += 1,
                Err(fault) => {
                    assert_eq!(fault.code, Code::LIMIT_MEMORY);
                    stopped += 1;
                }
            }
            assert_eq!(hooks.heap.used_bytes(), 0, "{limit}");
        }
        assert!(stopped > 10 && read > printed && printed > 10, "{stopped} {read} {printed}");
    }
}
