//! JSON text to values: one pass, without recursion.
//!
//! Finished elements and entries wait on two stacks until the array or object that holds them is closed; so every container is
//! made once, with its final size.

mod recent_keys;

use super::plain_bytes;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::limits::JSON_LEVELS_MAX;
use crate::value::array::ArrayObject;
use crate::value::dict::DictKey;
use crate::value::entry_stack::EntryStack;
use crate::value::ops::compare::charge_bytes;
use crate::value::string::StrObject;
use crate::value::{Hooks, Ref, Value, convert};
use recent_keys::RecentKeys;

/// How many elements or entries are read between two looks at the memory limit, which short strings do not look at.
const CHECK_EVERY: usize = 1024;
/// Shorter texts hold hardly any objects of one kind.
const ALIKE_BYTES_MIN: usize = 128;
/// Room that is made on a stack at first.
const FIRST_ROOM: usize = 64;
/// What an element and an entry count as, in steps of long work.
const STEPS_PER_ELEMENT: usize = 4;
const STEPS_PER_ENTRY: usize = 8;

/// The value that a JSON text stands for.
///
/// # Errors
/// `RUF1013` with the position, and the traps of the limits.
pub fn parse(hooks: &mut impl Hooks, text: &str) -> Result<Value> {
    charge_bytes(hooks, text.len())?;
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: 0,
        elements: Vec::new(),
        entries: EntryStack::default(),
        open: Vec::new(),
        scratch: String::new(),
        end: 0,
        value: Value::Null,
        recent_keys: RecentKeys::new(),
        hooks,
    };
    parser.document()
}

/// An array or object whose end has not been seen: where its elements or entries start on their stack.
#[derive(Clone, Copy)]
enum Open {
    Array(usize),
    Object(usize),
}

impl Open {
    /// The bracket that ends it.
    fn end(self) -> u8 {
        match self {
            Open::Array(_) => b']',
            Open::Object(_) => b'}',
        }
    }
}

struct Parser<'a, H> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The elements of open arrays.
    elements: Vec<Value>,
    /// The entries of open objects. The last one of each has no value yet, or it has just got it.
    entries: EntryStack,
    open: Vec<Open>,
    /// The text of a string with escapes.
    scratch: String,
    /// The bracket that ends the innermost open container; 0 if there is none.
    end: u8,
    /// The value of the whole text.
    value: Value,
    recent_keys: RecentKeys,
    hooks: &'a mut H,
}

impl<H: Hooks> Parser<'_, H> {
    fn document(&mut self) -> Result<Value> {
        self.skip_blank();
        loop {
            if self.value_start()? && self.value_end()? {
                self.skip_blank();
                let value = self.value.take();
                return if self.is_at_end() { Ok(value) } else { self.problem("trailing characters") };
            }
        }
    }

    /// Reads a scalar or an empty container, or opens a container and stands at its first element: then it gives false.
    #[inline(always)]
    fn value_start(&mut self) -> Result<bool> {
        match self.peek() {
            b'"' => {
                let text = self.string()?;
                self.put(Value::Str(text))?;
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b'[' => {
                self.enter(Open::Array(self.elements.len()))?;
                match self.peek() {
                    b']' => self.close()?,
                    0 if self.is_at_end() => return self.problem("EOF while parsing a list"),
                    _ => return Ok(false),
                }
            }
            b'{' => {
                self.enter(Open::Object(self.entries.height()))?;
                match self.peek() {
                    b'}' => self.close()?,
                    0 if self.is_at_end() => return self.problem("EOF while parsing an object"),
                    _ => {
                        self.key()?;
                        return Ok(false);
                    }
                }
            }
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'n' => self.word("null", Value::Null)?,
            0 if self.is_at_end() => return self.problem("EOF while parsing a value"),
            _ => return self.problem("expected value"),
        }
        Ok(true)
    }

    /// Closes what ends behind a value, and stands at the next value: false; or all is closed: true.
    #[inline(always)]
    fn value_end(&mut self) -> Result<bool> {
        while self.end != 0 {
            self.skip_blank();
            match self.peek() {
                b',' => {
                    self.at += 1;
                    self.skip_blank();
                    if self.peek() == self.end {
                        return self.problem("trailing comma");
                    }
                    if self.end == b'}' {
                        self.key()?;
                    }
                    return Ok(false);
                }
                byte if byte == self.end => self.close()?,
                _ => return self.missing_end(),
            }
        }
        Ok(true)
    }

    /// Neither does the innermost container go on here, nor does it end.
    #[cold]
    fn missing_end<T>(&self) -> Result<T> {
        self.problem(match (self.end, self.is_at_end()) {
            (b']', true) => "EOF while parsing a list",
            (b']', false) => "expected `,` or `]`",
            (_, true) => "EOF while parsing an object",
            (_, false) => "expected `,` or `}`",
        })
    }

    /// Steps over an opening bracket and blanks behind it.
    fn enter(&mut self, open: Open) -> Result<()> {
        if self.open.len() == JSON_LEVELS_MAX {
            return self.problem("recursion limit exceeded");
        }
        self.open.push(open);
        self.end = open.end();
        self.at += 1;
        self.skip_blank();
        Ok(())
    }

    /// Steps over the closing bracket, makes the innermost open container and puts it where it belongs.
    fn close(&mut self) -> Result<()> {
        self.at += 1;
        let heap = self.hooks.heap();
        let value = match self.open.pop() {
            Some(Open::Array(start)) => {
                let array = ArrayObject::from_taken(heap, self.elements.get_mut(start..).unwrap_or_default())?;
                self.elements.truncate(start);
                Value::Array(array)
            }
            Some(Open::Object(start)) => Value::Dict(self.entries.pop_dict(heap, start)?),
            None => Value::Null,
        };
        self.end = self.open.last().map_or(0, |open| open.end());
        self.put(value)
    }

    /// Puts a finished value where it belongs.
    #[inline(always)]
    fn put(&mut self, value: Value) -> Result<()> {
        match self.end {
            b'}' => self.entries.set_last(value),
            b']' => return self.push_element(value),
            _ => self.value = value,
        }
        Ok(())
    }

    #[inline(always)]
    fn push_element(&mut self, value: Value) -> Result<()> {
        let (height, room) = (self.elements.len(), self.elements.capacity());
        if let Some(more) = self.grow(STEPS_PER_ELEMENT, size_of::<Value>(), (height, room))? {
            self.elements.reserve_exact(more);
        }
        self.elements.push(value.in_parts());
        Ok(())
    }

    #[inline(always)]
    fn push_entry(&mut self, key: DictKey) -> Result<()> {
        let (height, room) = (self.entries.height(), self.entries.capacity());
        if let Some(more) = self.grow(STEPS_PER_ENTRY, EntryStack::ENTRY_BYTES, (height, room))? {
            self.entries.reserve_exact(more);
        }
        self.entries.push(key);
        Ok(())
    }

    /// Paces the work on a part of so many steps, which goes onto a stack with that height and room for parts of `bytes` bytes. For
    /// how many more there must be room first, if there is none left.
    #[inline(always)]
    fn grow(&mut self, steps: usize, bytes: usize, (height, room): (usize, usize)) -> Result<Option<usize>> {
        self.hooks.pace(steps)?;
        if height.is_multiple_of(CHECK_EVERY) {
            self.hooks.heap().check_room(0)?;
        }
        if height < room {
            return Ok(None);
        }
        let more = height.max(FIRST_ROOM);
        self.check_stacks(more * bytes)?;
        Ok(Some(more))
    }

    /// The stacks are not memory of the heap; they may be as large as what the heap still has room for.
    #[cold]
    fn check_stacks(&mut self, more_bytes: usize) -> Result<()> {
        let bytes = self.elements.len() * size_of::<Value>() + self.entries.height() * EntryStack::ENTRY_BYTES;
        self.hooks.heap().check_room(bytes + more_bytes)
    }

    /// Reads a key, its colon and the blanks behind it.
    #[inline(always)]
    fn key(&mut self) -> Result<()> {
        match self.bytes.get(self.at..).and_then(|text| self.recent_keys.expected(text)) {
            Some((key, bytes)) => {
                self.at += bytes;
                self.push_entry(key)?;
            }
            None => self.other_key()?,
        }
        self.skip_blank();
        Ok(())
    }

    /// Reads a key and its colon.
    #[inline(never)]
    fn other_key(&mut self) -> Result<()> {
        match self.peek() {
            b'"' => {}
            0 if self.is_at_end() => return self.problem("EOF while parsing a value"),
            _ => return self.problem("key must be a string"),
        }
        let start = self.at + 1;
        self.skip_plain(start);
        let key = if self.peek() == b'"' {
            let text = &self.text[start..self.at];
            self.at += 1;
            let heap = self.hooks.heap();
            match self.text.len() < ALIKE_BYTES_MIN {
                true => DictKey::from_text(heap, text)?,
                false => self.recent_keys.key(heap, text)?,
            }
        } else {
            DictKey::from_string(&self.string_with_escapes(start)?)
        };
        self.push_entry(key)?;
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

    #[inline(always)]
    fn word(&mut self, word: &'static str, value: Value) -> Result<()> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        if !rest.starts_with(word.as_bytes()) {
            self.at += word.bytes().zip(rest).take_while(|(expected, byte)| expected == *byte).count();
            return self.problem(if self.is_at_end() { "EOF while parsing a value" } else { "expected ident" });
        }
        self.at += word.len();
        self.put(value)
    }

    #[inline(always)]
    fn number(&mut self) -> Result<()> {
        let start = self.at;
        let is_negative = self.peek() == b'-';
        let first_digit = start + usize::from(is_negative);
        let (magnitude, digits) = self.digits(first_digit, 0);
        if digits == 0 {
            return self.number_problem();
        }
        if digits > 1 && self.bytes.get(first_digit) == Some(&b'0') {
            self.at = first_digit + 1;
            return self.problem("invalid number");
        }
        if matches!(self.peek(), b'.' | b'e' | b'E') {
            return self.float(start, magnitude, digits);
        }
        if digits > convert::SMALL_DIGITS_MAX {
            return self.long_int(start);
        }
        let magnitude = magnitude as i64;
        self.put(Value::Int(if is_negative { -magnitude } else { magnitude }))
    }

    /// The int whose text has been read.
    #[inline(never)]
    fn long_int(&mut self, start: usize) -> Result<()> {
        let int = convert::int_of_text(self.hooks, &self.text[start..self.at])?;
        self.put(int.unwrap_or(Value::Null))
    }

    /// Reads digits from `from` on: the number of those so far with them behind it, wrapped around, and how many they are.
    #[inline(always)]
    fn digits(&mut self, from: usize, number: u64) -> (u64, usize) {
        let (mut number, mut digits) = (number, 0);
        for byte in self.bytes.get(from..).unwrap_or(&[]) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
            digits += 1;
        }
        self.at = from + digits;
        (number, digits)
    }

    /// Reads the rest of a float, before whose point or exponent there are digits.
    #[inline(never)]
    fn float(&mut self, start: usize, whole: u64, whole_digits: usize) -> Result<()> {
        let (mut number, mut decimals) = (whole, 0);
        if self.peek() == b'.' {
            (number, decimals) = self.digits(self.at + 1, whole);
            if decimals == 0 {
                return self.number_problem();
            }
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.exponent()?;
        } else if let Some(power) = EXACT_POWERS_OF_TEN.get(decimals)
            && whole_digits + decimals <= EXACT_DIGITS_MAX
        {
            let x = number as f64 / power;
            return self.put(Value::Float(if self.bytes.get(start) == Some(&b'-') { -x } else { x }));
        }
        match self.text[start..self.at].parse::<f64>() {
            Ok(x) if x.is_finite() => self.put(Value::Float(x)),
            _ => {
                self.at -= 1;
                self.problem("number out of range")
            }
        }
    }

    fn exponent(&mut self) -> Result<()> {
        self.at += 1;
        let first_digit = self.at + usize::from(matches!(self.peek(), b'+' | b'-'));
        let (_, digits) = self.digits(first_digit, 0);
        if digits == 0 { self.number_problem() } else { Ok(()) }
    }

    #[cold]
    fn number_problem<T>(&self) -> Result<T> {
        self.problem(if self.is_at_end() { "EOF while parsing a value" } else { "invalid number" })
    }

    /// Reads a string from its opening quote on.
    #[inline]
    fn string(&mut self) -> Result<Ref<StrObject>> {
        let start = self.at + 1;
        self.skip_plain(start);
        if self.peek() != b'"' {
            return self.string_with_escapes(start);
        }
        let text = &self.text[start..self.at];
        self.at += 1;
        StrObject::new(self.hooks.heap(), text)
    }

    /// Steps over bytes from `start` on that stand for themselves.
    #[inline(always)]
    fn skip_plain(&mut self, start: usize) {
        self.at = start + plain_bytes(self.bytes.get(start..).unwrap_or(&[]));
    }

    fn string_with_escapes(&mut self, start: usize) -> Result<Ref<StrObject>> {
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
            self.skip_plain(plain_from);
        }
        self.at += 1;
        StrObject::new(self.hooks.heap(), &self.scratch)
    }

    /// Reads an escape after its backslash.
    fn escape(&mut self) -> Result<char> {
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

    fn unicode_escape(&mut self) -> Result<char> {
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
            None => {
                self.at -= 1;
                self.problem("lone leading surrogate in hex escape")
            }
        }
    }

    fn hex_digits(&mut self) -> Result<u32> {
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
    fn problem<T>(&self, detail: &'static str) -> Result<T> {
        let before = self.bytes.get(..self.at).unwrap_or(self.bytes);
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        // A scalar value is counted at its first byte.
        let column = before[line_start..].iter().filter(|b| **b & 0xC0 != 0x80).count();
        let column = if self.is_at_end() { column } else { column + 1 };
        Err(Fault::error(Code::CONVERSION, format!("JSON parse error: {detail} at line {line} column {column}")))
    }
}

/// Numbers of so many digits are floats, and so are the powers of ten up to that of as many; so a division of one by the other,
/// which is rounded as all are, gives the float that is closest to the quotient.
const EXACT_DIGITS_MAX: usize = 15;
const EXACT_POWERS_OF_TEN: [f64; EXACT_DIGITS_MAX + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
