//! The values of literals. The lexer has checked their form; these functions never fail on what it accepted.

use super::ast::Literal;
use std::borrow::Cow;

/// The value of an int literal: an [`Literal::Int`] or, outside 64 bits, a [`Literal::BigInt`]. Its digits stay in their base if they
/// are long: another one takes time in proportion to the square of their number.
pub fn int_value(text: &str) -> Literal {
    let digits = without_underscores(text);
    let (radix, prefix, digits) = match digits.as_bytes() {
        [b'0', b'x', ..] => (16, "0x", &digits[2..]),
        [b'0', b'o', ..] => (8, "0o", &digits[2..]),
        [b'0', b'b', ..] => (2, "0b", &digits[2..]),
        _ => (10, "", &digits[..]),
    };
    if let Ok(value) = i64::from_str_radix(digits, radix) {
        return Literal::Int(value);
    }
    let significant = digits.trim_start_matches('0');
    if radix == 10 {
        return Literal::BigInt(significant.into());
    }
    Literal::BigInt(match u128::from_str_radix(significant, radix) {
        Ok(value) => value.to_string().into(),
        Err(_) => [prefix, significant].concat().into(),
    })
}

/// The value of a float literal; infinite if it is out of range.
pub fn float_value(text: &str) -> f64 {
    without_underscores(text).parse().unwrap_or(f64::INFINITY)
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { text.replace('_', "").into() } else { text.into() }
}

/// What an escape sequence stands for, or how many bytes after the backslash belong to a wrong one.
pub enum Escape {
    Char { value: char, len: usize },
    Invalid { len: usize },
}

/// Reads the escape sequence whose backslash stands before `rest`.
pub fn escape(rest: &str) -> Escape {
    let Some(first) = rest.chars().next() else { return Escape::Invalid { len: 0 } };
    let value = match first {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        'e' => '\u{1B}',
        '\\' | '"' | '\'' | '$' => first,
        'x' => return hex_escape(rest),
        'u' => return unicode_escape(rest),
        '\n' | '\r' => return Escape::Invalid { len: 0 },
        other => return Escape::Invalid { len: other.len_utf8() },
    };
    Escape::Char { value, len: 1 }
}

fn hex_escape(rest: &str) -> Escape {
    let digits = rest.bytes().skip(1).take(2).take_while(u8::is_ascii_alphanumeric).count();
    let value = rest.get(1..3).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
    match value.and_then(|d| u8::from_str_radix(d, 16).ok()) {
        Some(value) => Escape::Char { value: value as char, len: 3 },
        None => Escape::Invalid { len: 1 + digits },
    }
}

fn unicode_escape(rest: &str) -> Escape {
    if !rest.starts_with("u{") {
        return Escape::Invalid { len: 1 };
    }
    let digits = rest.bytes().skip(2).take_while(u8::is_ascii_alphanumeric).count();
    if rest.as_bytes().get(2 + digits) != Some(&b'}') {
        return Escape::Invalid { len: 1 };
    }
    let value = rest.get(2..2 + digits).filter(|d| (1..=6).contains(&d.len()));
    match value.and_then(|d| u32::from_str_radix(d, 16).ok()).and_then(char::from_u32) {
        Some(value) => Escape::Char { value, len: digits + 3 },
        None => Escape::Invalid { len: digits + 3 },
    }
}

/// How the text of a string literal becomes its value.
#[derive(Clone, Copy, Debug, Default)]
pub struct StringStyle {
    /// No escapes.
    pub raw: bool,
    /// `"""`: blank first and last lines and the margin are dropped.
    pub triple: bool,
    /// How many blanks are removed from the first line, if it is not dropped.
    pub first_margin: usize,
    /// How many blanks are removed from every other line.
    pub margin: usize,
}

/// The value of one piece of text of a string; `first` and `last` tell whether it touches the quotes.
pub fn string_value(text: &str, style: StringStyle, first: bool, last: bool) -> String {
    if !style.triple {
        return if style.raw { text.to_owned() } else { unescape(text) };
    }
    let text = dedent(text, style, first, last);
    if style.raw { text } else { unescape(&text) }
}

fn dedent(text: &str, style: StringStyle, first: bool, last: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split('\n').enumerate().peekable();
    let mut wrote_line = false;
    while let Some((index, line)) = lines.next() {
        let is_last = lines.peek().is_none();
        let line = if is_last { line } else { line.strip_suffix('\r').unwrap_or(line) };
        let is_blank = line.trim_end_matches('\r').bytes().all(is_blank_byte);
        let starts_literal = first && index == 0;
        let starts_line = index > 0;
        if is_blank && ((starts_literal && (!is_last || last)) || (starts_line && last && is_last)) {
            continue;
        }
        if wrote_line {
            out.push('\n');
        }
        let margin = match (starts_literal, starts_line) {
            (true, _) => style.first_margin,
            (_, true) => style.margin,
            _ => 0,
        };
        let blanks = line.bytes().take(margin).take_while(|b| is_blank_byte(*b)).count();
        out.push_str(&line[blanks..]);
        wrote_line = true;
    }
    out
}

/// Is it a blank within a line?
pub fn is_blank_byte(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (Escape::Char { len, .. } | Escape::Invalid { len }) = escape(rest);
        if let Escape::Char { value, .. } = escape(rest) {
            out.push(value);
        }
        rest = &rest[len..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int_text(text: &str) -> String {
        match int_value(text) {
            Literal::Int(value) => value.to_string(),
            Literal::BigInt(digits) => format!("big {digits}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn ints() {
        assert_eq!(int_text("1_000"), "1000");
        assert_eq!(int_text("007"), "7");
        assert_eq!(int_text("0xFF"), "255");
        assert_eq!(int_text("0b1_01"), "5");
        assert_eq!(int_text("9223372036854775807"), "9223372036854775807");
        assert_eq!(int_text("09223372036854775808"), "big 9223372036854775808");
        assert_eq!(int_text("0xFFFF_FFFF_FFFF_FFFF"), "big 18446744073709551615");
        let digits = "f".repeat(33);
        assert_eq!(int_text(&format!("0x00_{digits}")), format!("big 0x{digits}"));
        assert_eq!(int_text(&format!("0b{}", "1".repeat(129))), format!("big 0b{}", "1".repeat(129)));
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape(r#"a\n\x41\u{1F600}\0\e\"\'\$\\"#), "a\nA😀\0\u{1B}\"'$\\");
        for (text, len) in [("q", 1), ("xZ1", 3), ("x4\"", 2), ("u{}", 3), ("u{D800}", 7), ("u12", 1), ("", 0)] {
            assert!(matches!(escape(text), Escape::Invalid { len: l } if l == len), "{text}");
        }
    }

    #[test]
    fn triple_quoted_text() {
        let style = StringStyle { triple: true, margin: 4, ..StringStyle::default() };
        assert_eq!(string_value("\n    a\r\n      b\n\n    ", style, true, true), "a\n  b\n");
        assert_eq!(string_value("\n    a ", style, true, false), "a ");
        assert_eq!(string_value("  ", style, false, false), "  ");
        assert_eq!(string_value(" b\n    c\n   ", style, false, true), " b\nc");
        assert_eq!(string_value("   ", style, true, true), "");
    }
}
