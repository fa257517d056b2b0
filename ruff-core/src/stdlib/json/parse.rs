//! JSON text to values: one pass, without recursion.
//!
//! Finished values wait on one stack until the array or object that holds them is closed; so every container is made once,
//! with its final size.

use super::{charge_for, plain_bytes};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::limits::JSON_LEVELS_MAX;
use crate::value::array::ArrayObject;
use crate::value::dict::DictObject;
use crate::value::string::StrObject;
use crate::value::{Heap, Hooks, Ref, Value, convert};

/// How many values are read between two looks at the memory limit, which short strings do not look at.
const CHECK_EVERY: usize = 1024;
/// What a value counts as, in steps of long work.
const STEPS_PER_VALUE: usize = 4;
/// Keys that are remembered.
const RECENT_KEYS: usize = 64;

/// What is wrong with a text, and the index of the byte where that shows.
struct Problem {
    detail: &'static str,
    at: usize,
}

/// Why parsing stopped: the text is wrong, or a limit was reached.
enum Stop {
    Problem(Problem),
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

type Parsed<T> = Result<T, Stop>;

/// The value that a JSON text stands for.
///
/// # Errors
/// `RUF1013` with the position, and the traps of the limits.
pub fn parse(hooks: &mut impl Hooks, text: &str) -> Result<Value> {
    charge_for(hooks, text.len())?;
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: 0,
        values: Vec::new(),
        open: Vec::new(),
        scratch: String::new(),
        recent_keys: [const { None }; RECENT_KEYS],
        hooks,
    };
    match parser.document() {
        Ok(value) => Ok(value),
        Err(Stop::Fault(fault)) => Err(fault),
        Err(Stop::Problem(problem)) => Err(problem.into_fault(text)),
    }
}

impl Problem {
    #[cold]
    fn into_fault(self, text: &str) -> Fault {
        let before = text.as_bytes().get(..self.at).unwrap_or(text.as_bytes());
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        // A scalar value is counted at its first byte.
        let column = before[line_start..].iter().filter(|b| **b & 0xC0 != 0x80).count();
        let at_end = self.at >= text.len();
        let column = if at_end { column } else { column + 1 };
        Fault::error(Code::CONVERSION, format!("JSON parse error: {} at line {line} column {column}", self.detail))
    }
}

/// An array or object whose end has not been seen: where its values start on the stack.
#[derive(Clone, Copy)]
enum Open {
    Array(usize),
    Object(usize),
}

struct Parser<'a, H> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Elements of open arrays; keys and values of open objects.
    values: Vec<Value>,
    open: Vec<Open>,
    /// The text of a string with escapes.
    scratch: String,
    recent_keys: [Option<Ref<StrObject>>; RECENT_KEYS],
    hooks: &'a mut H,
}

impl<H: Hooks> Parser<'_, H> {
    fn document(&mut self) -> Parsed<Value> {
        loop {
            let Some(value) = self.value_start()? else { continue };
            if let Some(value) = self.value_end(value)? {
                self.skip_blank();
                return if self.at < self.bytes.len() { self.problem("trailing characters") } else { Ok(value) };
            }
        }
    }

    /// Reads a scalar or an empty container, or opens a container and stands at its first element.
    #[inline]
    fn value_start(&mut self) -> Parsed<Option<Value>> {
        self.skip_blank();
        let value = match self.peek() {
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            b'[' => {
                self.enter(Open::Array(self.values.len()))?;
                self.skip_blank();
                match self.peek() {
                    b']' => self.close()?,
                    0 if self.is_at_end() => return self.problem("EOF while parsing a list"),
                    _ => return Ok(None),
                }
            }
            b'{' => {
                self.enter(Open::Object(self.values.len()))?;
                self.skip_blank();
                match self.peek() {
                    b'}' => self.close()?,
                    0 if self.is_at_end() => return self.problem("EOF while parsing an object"),
                    _ => {
                        self.key()?;
                        return Ok(None);
                    }
                }
            }
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'n' => self.word("null", Value::Null)?,
            0 if self.is_at_end() => return self.problem("EOF while parsing a value"),
            _ => return self.problem("expected value"),
        };
        Ok(Some(value))
    }

    /// Puts a finished value where it belongs and closes what ends there; gives the value of the whole text.
    #[inline]
    fn value_end(&mut self, value: Value) -> Parsed<Option<Value>> {
        let mut value = value;
        loop {
            let Some(open) = self.open.last().copied() else { return Ok(Some(value)) };
            self.push(value)?;
            self.skip_blank();
            match (self.peek(), open) {
                (b',', Open::Array(_)) => {
                    self.at += 1;
                    self.skip_blank();
                    return if self.peek() == b']' { self.problem("trailing comma") } else { Ok(None) };
                }
                (b',', Open::Object(_)) => {
                    self.at += 1;
                    self.skip_blank();
                    match self.peek() {
                        b'}' => return self.problem("trailing comma"),
                        0 if self.is_at_end() => return self.problem("EOF while parsing a value"),
                        _ => self.key()?,
                    }
                    return Ok(None);
                }
                (b']', Open::Array(_)) | (b'}', Open::Object(_)) => value = self.close()?,
                (0, Open::Array(_)) if self.is_at_end() => return self.problem("EOF while parsing a list"),
                (0, Open::Object(_)) if self.is_at_end() => return self.problem("EOF while parsing an object"),
                (_, Open::Array(_)) => return self.problem("expected `,` or `]`"),
                (_, Open::Object(_)) => return self.problem("expected `,` or `}`"),
            }
        }
    }

    fn enter(&mut self, open: Open) -> Parsed<()> {
        if self.open.len() == JSON_LEVELS_MAX {
            return self.problem("recursion limit exceeded");
        }
        self.open.push(open);
        self.at += 1;
        Ok(())
    }

    /// Steps over the bracket and makes the innermost open container.
    fn close(&mut self) -> Parsed<Value> {
        self.at += 1;
        let heap = self.hooks.heap();
        match self.open.pop() {
            Some(Open::Array(start)) => Ok(Value::Array(ArrayObject::from_values(heap, self.values.drain(start..))?)),
            Some(Open::Object(start)) => {
                let dict = object(heap, self.values.get_mut(start..).unwrap_or(&mut []))?;
                self.values.truncate(start);
                Ok(Value::Dict(dict))
            }
            None => Ok(Value::Null),
        }
    }

    #[inline(always)]
    fn push(&mut self, value: Value) -> Parsed<()> {
        self.hooks.pace(STEPS_PER_VALUE)?;
        if self.values.len().is_multiple_of(CHECK_EVERY) {
            self.hooks.heap().check_room(0)?;
        }
        if self.values.len() == self.values.capacity() {
            self.make_room()?;
        }
        self.values.push(value.in_parts());
        Ok(())
    }

    /// The stack is not memory of the heap; it may be as large as what the heap still has room for.
    #[cold]
    fn make_room(&mut self) -> Parsed<()> {
        let more = self.values.len().max(64);
        self.hooks.heap().check_room((self.values.len() + more) * size_of::<Value>())?;
        self.values.reserve_exact(more);
        Ok(())
    }

    /// Reads a key and its colon.
    #[inline]
    fn key(&mut self) -> Parsed<()> {
        if self.peek() != b'"' {
            return self.problem("key must be a string");
        }
        let key = self.key_string()?;
        self.push(key)?;
        self.skip_blank();
        match self.peek() {
            b':' => {
                self.at += 1;
                Ok(())
            }
            0 if self.is_at_end() => self.problem("EOF while parsing an object"),
            _ => self.problem("expected `:`"),
        }
    }

    /// Reads the string of a key. Objects of one kind have the same keys, so that recent ones are made once.
    #[inline]
    fn key_string(&mut self) -> Parsed<Value> {
        let start = self.at + 1;
        self.at = start;
        self.skip_plain();
        if self.peek() != b'"' {
            return self.string_with_escapes(start);
        }
        let text = &self.text[start..self.at];
        self.at += 1;
        let slot = match text.as_bytes() {
            [first, .., last] => (text.len() * 31 + usize::from(*first) * 7 + usize::from(*last)) % RECENT_KEYS,
            _ => 0,
        };
        if let Some(Some(key)) = self.recent_keys.get(slot)
            && key.as_str() == text
        {
            return Ok(Value::Str(key.clone()));
        }
        let key = StrObject::new(self.hooks.heap(), text)?;
        if let Some(slot) = self.recent_keys.get_mut(slot) {
            *slot = Some(key.clone());
        }
        Ok(Value::Str(key))
    }

    fn word(&mut self, word: &'static str, value: Value) -> Parsed<Value> {
        for expected in word.bytes() {
            if self.is_at_end() {
                return self.problem("EOF while parsing a value");
            }
            if self.peek() != expected {
                return self.problem("expected ident");
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Parsed<Value> {
        let start = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        let first_digit = self.at;
        let mut magnitude: u64 = 0;
        while let digit @ b'0'..=b'9' = self.peek() {
            magnitude = magnitude.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        let digits = self.at - first_digit;
        if digits == 0 {
            return self.number_problem();
        }
        if digits > 1 && self.bytes.get(first_digit) == Some(&b'0') {
            self.at = first_digit + 1;
            return self.problem("invalid number");
        }
        if matches!(self.peek(), b'.' | b'e' | b'E') {
            return self.float(start);
        }
        if digits <= 18 {
            let magnitude = magnitude as i64;
            return Ok(Value::Int(if first_digit > start { -magnitude } else { magnitude }));
        }
        let digits = &self.text[start..self.at];
        Ok(convert::int_of_text(self.hooks, digits)?.unwrap_or(Value::Null))
    }

    fn float(&mut self, start: usize) -> Parsed<Value> {
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        match self.text[start..self.at].parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(Value::Float(x)),
            _ => Err(Stop::Problem(Problem { detail: "number out of range", at: self.at - 1 })),
        }
    }

    /// Reads one or more digits.
    fn digits(&mut self) -> Parsed<()> {
        if !self.peek().is_ascii_digit() {
            return self.number_problem();
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    #[cold]
    fn number_problem<T>(&self) -> Parsed<T> {
        self.problem(if self.is_at_end() { "EOF while parsing a value" } else { "invalid number" })
    }

    /// Reads a string from its opening quote on.
    #[inline]
    fn string(&mut self) -> Parsed<Value> {
        let start = self.at + 1;
        self.at = start;
        self.skip_plain();
        if self.peek() == b'"' {
            let text = &self.text[start..self.at];
            self.at += 1;
            return Ok(Value::Str(StrObject::new(self.hooks.heap(), text)?));
        }
        self.string_with_escapes(start)
    }

    /// Steps over bytes that stand for themselves.
    #[inline(always)]
    fn skip_plain(&mut self) {
        self.at += plain_bytes(self.bytes.get(self.at..).unwrap_or(&[]));
        while let Some(byte) = self.bytes.get(self.at)
            && !STRING_SPECIAL[usize::from(*byte)]
        {
            self.at += 1;
        }
    }

    fn string_with_escapes(&mut self, start: usize) -> Parsed<Value> {
        self.scratch.clear();
        let mut plain_from = start;
        loop {
            self.scratch.push_str(&self.text[plain_from..self.at]);
            match self.peek() {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    let c = self.escape()?;
                    self.scratch.push(c);
                }
                0 if self.is_at_end() => return self.problem("EOF while parsing a string"),
                _ => return self.problem("control character (\\u0000-\\u001F) found while parsing a string"),
            }
            plain_from = self.at;
            self.skip_plain();
        }
        self.at += 1;
        Ok(Value::Str(StrObject::new(self.hooks.heap(), &self.scratch)?))
    }

    /// Reads an escape after its backslash.
    fn escape(&mut self) -> Parsed<char> {
        let c = match self.peek() {
            c @ (b'"' | b'\\' | b'/') => char::from(c),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode_escape();
            }
            0 if self.is_at_end() => return self.problem("EOF while parsing a string"),
            _ => return self.problem("invalid escape"),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode_escape(&mut self) -> Parsed<char> {
        let mut unit = self.hex_digits()?;
        if (0xD800..0xDC00).contains(&unit) && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hex_digits()?;
            if (0xDC00..0xE000).contains(&low) {
                unit = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            }
        }
        match char::from_u32(unit) {
            Some(c) => Ok(c),
            None => Err(Stop::Problem(Problem { detail: "lone leading surrogate in hex escape", at: self.at - 1 })),
        }
    }

    fn hex_digits(&mut self) -> Parsed<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            if self.is_at_end() {
                return self.problem("EOF while parsing a string");
            }
            let Some(digit) = char::from(self.peek()).to_digit(16) else { return self.problem("invalid escape") };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// The current byte; 0 at the end.
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    #[inline(always)]
    fn skip_blank(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\t' | b'\r') {
            self.at += 1;
        }
    }

    /// The text is wrong here.
    #[cold]
    fn problem<T>(&self, detail: &'static str) -> Parsed<T> {
        Err(Stop::Problem(Problem { detail, at: self.at }))
    }
}

/// The bytes that end a run of plain text in a string.
pub static STRING_SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

/// The dict of keys and values that follow each other.
fn object(heap: &Heap, parts: &mut [Value]) -> Result<Ref<DictObject>> {
    let mut dict = DictObject::with_capacity(heap, parts.len() / 2)?;
    if let Some(entries) = dict.get_mut() {
        for pair in parts.chunks_exact_mut(2) {
            if let [key, value] = pair {
                entries.insert_value(key, value.take())?;
            }
        }
    }
    Ok(dict)
}
