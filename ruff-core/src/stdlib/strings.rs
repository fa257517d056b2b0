//! Section 5: strings. Positions count Unicode scalar values; ASCII text has a short way everywhere.

use super::argument::{invalid, not_an_array, only_string, string, whole};
use super::{Builtin, builtin};
use crate::fault::{Fault, Result};
use crate::jit::Intrinsic;
use crate::limits::STRING_BYTES_MAX;
use crate::value::array::{ArrayObject, ElementKind, Elements};
use crate::value::ops::{BinaryOperator, Search};
use crate::value::string::{StrBuilder, StrObject};
use crate::value::text::write_text;
use crate::value::{Ref, Value, int, ops};
use crate::vm::{Ctx, ReceiverKind};
use memchr::memmem;
use std::borrow::Cow;

/// How many small objects a loop makes before it looks at the memory limit.
const CHECK_EVERY: usize = 256;
/// What making a string counts as, in steps of long work.
const STEPS_PER_STRING: usize = 8;

/// A negative number counts as 0.
fn position(index: i64) -> usize {
    usize::try_from(index.max(0)).unwrap_or(usize::MAX)
}

fn len(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let length = match &args[..] {
        [Value::Str(s)] => s.chars(),
        [Value::Array(a)] => a.len(),
        [Value::Dict(d)] => d.len(),
        [Value::Bytes(b)] => b.as_slice().len(),
        [Value::Set(s)] => s.len(),
        [Value::Queue(q)] => q.len(),
        [Value::Stack(s)] => s.len(),
        [Value::Range(r)] => return Ok(int::from_i128(ctx.heap(), i128::try_from(r.len()).unwrap_or(i128::MAX))),
        _ => return Err(invalid("len() requires an array, dict, bytes, set, queue, stack, or string")),
    };
    Ok(Value::Int(length as i64))
}

fn is_empty(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args.first() {
        Some(
            v @ (Value::Str(_)
            | Value::Array(_)
            | Value::Dict(_)
            | Value::Bytes(_)
            | Value::Set(_)
            | Value::Queue(_)
            | Value::Stack(_)
            | Value::Range(_)),
        ) => Ok(Value::Bool(!v.is_truthy())),
        _ => Err(invalid("is_empty() requires a string argument")),
    }
}

fn count_chars(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args.first() {
        Some(Value::Str(s)) => Ok(Value::Int(s.chars() as i64)),
        _ => Err(invalid("count_chars() requires a string argument")),
    }
}

/// The part of the first argument that `cut` keeps; the argument itself if that is all of it.
fn trimmed(ctx: &mut Ctx<'_>, name: &str, args: &[Value], cut: fn(&str) -> &str) -> Result<Value> {
    let text = only_string(name, args)?;
    ctx.charge_for(text.len())?;
    let kept = cut(text);
    match args.first() {
        Some(whole) if kept.len() == text.len() => Ok(whole.clone()),
        _ => string(ctx, kept),
    }
}

fn trim(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    trimmed(ctx, "trim", args, str::trim)
}

fn trim_start(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    trimmed(ctx, "trim_start", args, str::trim_start)
}

fn trim_end(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    trimmed(ctx, "trim_end", args, str::trim_end)
}

fn contains(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [container, item] = args else { return Ok(Value::Null) };
    match container {
        Value::Str(_) if !matches!(item, Value::Str(_)) => {
            Err(invalid("contains() requires two arguments: string/array and substring/item"))
        }
        Value::Str(_)
        | Value::Array(_)
        | Value::Dict(_)
        | Value::Set(_)
        | Value::Queue(_)
        | Value::Stack(_)
        | Value::Bytes(_)
        | Value::Range(_) => Ok(Value::Bool(ops::contains(ctx, BinaryOperator::In, item, container)?)),
        _ => Err(invalid("contains() first argument must be a string, array, or dictionary")),
    }
}

fn starts_with(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(s), Value::Str(prefix)] = args else {
        return Err(invalid("starts_with() requires string and prefix string arguments"));
    };
    Ok(Value::Bool(ops::search(ctx, Search::StartsWith, s, prefix)? != 0))
}

fn ends_with(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(s), Value::Str(suffix)] = args else {
        return Err(invalid("ends_with() requires string and suffix string arguments"));
    };
    Ok(Value::Bool(ops::search(ctx, Search::EndsWith, s, suffix)? != 0))
}

fn index_of(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let found = match &args[..] {
        [Value::Str(s), Value::Str(part)] => return Ok(Value::Int(ops::search(ctx, Search::IndexOf, s, part)?)),
        [Value::Array(xs), item] => {
            ctx.charge_for(xs.len())?;
            super::arrays::position_of(ctx, &xs.clone(), item)?
        }
        _ => return Err(invalid("index_of() first argument must be a string or array")),
    };
    Ok(Value::Int(found.map_or(-1, |at| at as i64)))
}

fn replace_named(ctx: &mut Ctx<'_>, name: &str, args: &[Value]) -> Result<Value> {
    let [Value::Str(s), Value::Str(from), Value::Str(to)] = args else {
        return Err(invalid(format!("{name}() requires string, from-string, and to-string arguments")));
    };
    ctx.charge_for(s.len())?;
    if from.is_empty() {
        return replace_matches(ctx, s, s.as_str().match_indices("").map(|(at, _)| at), 0, to.as_str());
    }
    match from.as_bytes() {
        [byte] => replace_matches(ctx, s, memchr::memchr_iter(*byte, s.as_bytes()), 1, to.as_str()),
        from => replace_matches(ctx, s, matches_of(s.as_bytes(), from), from.len(), to.as_str()),
    }
}

/// The text with other text in the place of each match of `width` bytes; the same string if there is no match.
fn replace_matches(
    ctx: &mut Ctx<'_>,
    s: &Ref<StrObject>,
    matches: impl Iterator<Item = usize>,
    width: usize,
    to: &str,
) -> Result<Value> {
    let text = s.as_str();
    let mut matches = matches.peekable();
    if matches.peek().is_none() {
        return Ok(Value::Str(s.clone()));
    }
    let mut out = StrBuilder::with_capacity(ctx.heap(), text.len())?;
    let mut charged = text.len();
    let mut plain_from = 0;
    for at in matches {
        out.push_str(text.get(plain_from..at).unwrap_or(""))?;
        out.push_str(to)?;
        plain_from = at + width;
        charge_growth(ctx, &mut charged, out.len())?;
    }
    out.push_str(text.get(plain_from..).unwrap_or(""))?;
    Ok(Value::Str(out.finish()?))
}

/// How many bytes of a result are made between two looks at the budget of ticks.
const CHARGE_EVERY: usize = 4096;

/// What appending a piece of text counts as, in steps of long work.
const STEPS_PER_PIECE: usize = 2;

/// Charges for a result that has become longer than what has been charged, when a piece is appended to it.
#[inline]
pub fn charge_growth(ctx: &mut Ctx<'_>, charged: &mut usize, len: usize) -> Result<()> {
    ctx.pace(STEPS_PER_PIECE)?;
    if len > *charged + CHARGE_EVERY {
        ctx.charge_for(len - *charged)?;
        *charged = len;
    }
    Ok(())
}

fn replace(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    replace_named(ctx, "replace", args)
}

fn replace_str(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    replace_named(ctx, "replace_str", args)
}

/// An array of strings, `room` at first.
pub fn array_of_strings<'a>(
    ctx: &mut Ctx<'_>,
    room: usize,
    mut pieces: impl Iterator<Item = &'a str>,
) -> Result<Value> {
    array_of_pieces(ctx, room, |_| Ok(pieces.next()))
}

/// The same of strings that are found one after the other. Budget, interrupt and deadline are looked at now and then, because short
/// strings are allocated without a check and there may be millions.
pub fn array_of_pieces<'a>(
    ctx: &mut Ctx<'_>,
    room: usize,
    mut next: impl FnMut(&mut Ctx<'_>) -> Result<Option<&'a str>>,
) -> Result<Value> {
    let mut strings = ArrayObject::with_kind(ctx.heap(), ElementKind::Values, room)?;
    if let Some(array) = strings.get_mut() {
        for i in 0usize.. {
            let Some(piece) = next(ctx)? else { break };
            array.push(Value::Str(StrObject::new(ctx.heap(), piece)?))?;
            if i.is_multiple_of(CHECK_EVERY) {
                ctx.heap().check_room(0)?;
                ctx.pace(STEPS_PER_STRING * CHECK_EVERY)?;
            }
        }
    }
    Ok(Value::Array(strings))
}

/// Room for strings whose number is not known.
pub const SOME_STRINGS: usize = 4;

/// A text of so many bytes is searched as it is.
const UNPREPARED_BYTES_MAX: usize = 64;

/// Where a part of two bytes or more begins, each time after the one before. In a short text there is nothing to prepare.
fn matches_of<'a>(text: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut prepared = (text.len() > UNPREPARED_BYTES_MAX).then(|| memmem::find_iter(text, part));
    let mut from = 0;
    std::iter::from_fn(move || match &mut prepared {
        Some(matches) => matches.next(),
        None => {
            let at = from + ops::search::find(text.get(from..)?, part)?;
            from = at + part.len();
            Some(at)
        }
    })
}

/// The pieces of a text between matches of `width` bytes that start at the given places.
struct Pieces<'a, M> {
    text: &'a str,
    matches: M,
    width: usize,
    /// Where the next piece starts; `None` after the last one.
    next: Option<usize>,
}

impl<'a, M: Iterator<Item = usize>> Iterator for Pieces<'a, M> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        let start = self.next?;
        let end = self.matches.next();
        self.next = end.map(|end| end + self.width);
        self.text.get(start..end.unwrap_or(self.text.len()))
    }
}

fn split(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(s), Value::Str(separator)] = &args[..] else {
        return Err(invalid("split() requires string and delimiter string arguments"));
    };
    let (text, separator) = (s.as_str(), separator.as_str());
    ctx.charge_for(text.len())?;
    let (bytes, width) = (text.as_bytes(), separator.len());
    match separator.as_bytes() {
        [] => {
            let matches = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            let room = s.chars() + 2;
            array_of_strings(ctx, room, Pieces { text, matches, width, next: Some(0) })
        }
        [byte] => {
            let matches = memchr::memchr_iter(*byte, bytes);
            let room = matches.clone().count() + 1;
            array_of_strings(ctx, room, Pieces { text, matches, width, next: Some(0) })
        }
        separator => {
            let matches = matches_of(bytes, separator);
            array_of_strings(ctx, SOME_STRINGS, Pieces { text, matches, width, next: Some(0) })
        }
    }
}

fn lines(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let text = only_string("lines", args)?;
    ctx.charge_for(text.len())?;
    array_of_strings(ctx, SOME_STRINGS, text.lines())
}

fn words(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let text = only_string("words", args)?;
    ctx.charge_for(text.len())?;
    array_of_strings(ctx, SOME_STRINGS, text.split_whitespace())
}

fn join(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs, separator] = &args[..] else { return Err(Fault::bug("arity of join")) };
    let (Value::Array(xs), Value::Str(separator)) = (xs, separator) else {
        return Err(not_an_array("join() requires array and separator string arguments", xs));
    };
    let separator = separator.as_str();
    match xs.elements() {
        Elements::Values(values) => join_values(ctx, values, separator),
        Elements::Ints(ints) => join_all(ctx, ints, separator, |out, int| out.push_int(*int)),
        Elements::Floats(floats) => join_all(ctx, floats, separator, |out, x| out.push_float(*x)),
        Elements::Bools(bools) => join_all(ctx, bools, separator, |out, x| write!(out, "{x}")),
    }
}

fn join_values(ctx: &mut Ctx<'_>, values: &[Value], separator: &str) -> Result<Value> {
    let lengths = values.iter().map(|v| if let Value::Str(s) = v { s.len() } else { 0 });
    let room = lengths.sum::<usize>().saturating_add(separator.len().saturating_mul(values.len()));
    ctx.heap().check_room(room)?;
    ctx.charge_for(room)?;
    let mut out = StrBuilder::with_capacity(ctx.heap(), room)?;
    let mut charged = room;
    let mut rest = values;
    if let [first, others @ ..] = values {
        write_text(ctx, &mut out, first)?;
        charge_growth(ctx, &mut charged, out.len())?;
        rest = others;
    }
    while let [value, others @ ..] = rest {
        let strings = &rest[..rest.len().min(CHECK_EVERY)];
        let appended = out.push_strings(separator, strings, charged + CHARGE_EVERY);
        if appended > 0 {
            ctx.pace(STEPS_PER_PIECE * appended)?;
            rest = &rest[appended..];
            continue;
        }
        out.push_str(separator)?;
        write_text(ctx, &mut out, value)?;
        charge_growth(ctx, &mut charged, out.len())?;
        rest = others;
    }
    Ok(Value::Str(out.finish()?))
}

/// The elements of a packed array.
fn join_all<T>(
    ctx: &mut Ctx<'_>,
    elements: &[T],
    separator: &str,
    write: impl Fn(&mut StrBuilder, &T) -> Result<()>,
) -> Result<Value> {
    ctx.charge_for(elements.len())?;
    let mut out = StrBuilder::new(ctx.heap());
    let mut charged = elements.len();
    for (i, element) in elements.iter().enumerate() {
        if i > 0 {
            out.push_str(separator)?;
        }
        write(&mut out, element)?;
        charge_growth(ctx, &mut charged, out.len())?;
    }
    Ok(Value::Str(out.finish()?))
}

/// Room for a result of `count` times `bytes` bytes, and its ticks.
fn prepare(ctx: &mut Ctx<'_>, bytes: usize, count: usize) -> Result<StrBuilder> {
    let total = bytes.saturating_mul(count);
    if total > STRING_BYTES_MAX {
        return Err(ctx.heap().limit_fault());
    }
    ctx.heap().check_room(total)?;
    ctx.charge_for(total)?;
    StrBuilder::with_capacity(ctx.heap(), total)
}

/// Bytes that are appended at once where a text is repeated.
const REPEATED_BYTES: usize = 4096;
/// So many copies are sooner made one by one.
const FEW_COPIES: usize = 16;
/// Bytes that are copied in one step of long work.
const BYTES_PER_STEP: usize = 32;

fn repeat(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(s), count] = &args[..] else {
        return Err(invalid("repeat() requires a string argument for value"));
    };
    let Some(count) = whole("repeat", count)? else { return Err(invalid("repeat() count must be a number")) };
    let count = if s.is_empty() { 0 } else { position(count) };
    let mut out = prepare(ctx, s.len(), count)?;
    push_copies(ctx, &mut out, s.as_str(), count)?;
    Ok(Value::Str(out.finish()?))
}

/// Appends so many copies of a text: of a short one many at a time.
fn push_copies(ctx: &mut Ctx<'_>, out: &mut StrBuilder, text: &str, count: usize) -> Result<()> {
    if count <= FEW_COPIES {
        return (0..count).try_for_each(|_| out.push_str(text));
    }
    let times = (REPEATED_BYTES / text.len().max(1)).clamp(1, count);
    let many = if times > 1 { Cow::Owned(text.repeat(times)) } else { Cow::Borrowed(text) };
    for _ in 0..count / times {
        out.push_str(&many)?;
        ctx.pace(many.len() / BYTES_PER_STEP)?;
    }
    for _ in 0..count % times {
        out.push_str(text)?;
    }
    Ok(())
}

fn substring_named(ctx: &mut Ctx<'_>, name: &str, args: &[Value]) -> Result<Value> {
    let [Value::Str(s), start, end] = args else {
        return Err(invalid(format!("{name}() requires a string argument for value")));
    };
    let (Some(start), Some(end)) = (whole(name, start)?, whole(name, end)?) else {
        return Err(invalid(format!("{name}() start and end must be a number")));
    };
    let (start, end) = (position(start), position(end));
    ctx.charge_for(if s.is_ascii() { end.min(s.len()).saturating_sub(start) } else { s.len() })?;
    Ok(Value::Str(s.slice_chars(ctx.heap(), start, end)?))
}

fn substring(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    substring_named(ctx, "substring", args)
}

fn substr(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    substring_named(ctx, "substr", args)
}

fn char_at(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(s), index] = &args[..] else {
        return Err(invalid("char_at() requires a string argument for value"));
    };
    let Some(index) = whole("char_at", index)? else { return Err(invalid("char_at() index must be a number")) };
    if !s.is_ascii() {
        ctx.charge_for(s.len())?;
    }
    let heap = ctx.heap();
    Ok(Value::Str(match s.char_at(position(index)) {
        Some(c) => heap.char_str(c)?,
        None => heap.empty_str(),
    }))
}

/// The side that `pad` fills.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

fn pad(ctx: &mut Ctx<'_>, name: &str, side: Side, args: &[Value]) -> Result<Value> {
    let [Value::Str(s), width, Value::Str(fill)] = args else {
        return Err(invalid(format!("{name}() requires 3 arguments: string, width, char")));
    };
    let Some(width) = whole(name, width)? else { return Err(invalid(format!("{name}() width must be a number"))) };
    let missing = position(width).saturating_sub(s.chars());
    if missing == 0 {
        return Ok(Value::Str(s.clone()));
    }
    let mut buffer = [0; 4];
    let fill: &str = fill.as_str().chars().next().unwrap_or(' ').encode_utf8(&mut buffer);
    let filled = fill.len().saturating_mul(missing);
    let mut out = prepare(ctx, filled.saturating_add(s.len()), 1)?;
    if side == Side::Right {
        out.push_str(s.as_str())?;
    }
    push_copies(ctx, &mut out, fill, missing)?;
    if side == Side::Left {
        out.push_str(s.as_str())?;
    }
    Ok(Value::Str(out.finish()?))
}

fn pad_left(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    pad(ctx, "pad_left", Side::Left, args)
}

fn pad_start(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    pad(ctx, "pad_start", Side::Left, args)
}

fn pad_right(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    pad(ctx, "pad_right", Side::Right, args)
}

fn pad_end(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    pad(ctx, "pad_end", Side::Right, args)
}

fn truncate(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(s), length, Value::Str(suffix)] = &args[..] else {
        return Err(invalid("truncate() requires 3 arguments: string, length, suffix"));
    };
    let Some(length) = whole("truncate", length)? else { return Err(invalid("truncate() length must be a number")) };
    ctx.charge_for(s.len())?;
    if length < 0 || s.chars() <= position(length) {
        return Ok(Value::Str(s.clone()));
    }
    let kept = position(length).saturating_sub(suffix.chars());
    let start = s.as_str().get(..s.byte_offset(kept)).unwrap_or("");
    Ok(Value::Str(StrObject::concat(ctx.heap(), &[start, suffix.as_str()])?))
}

const STRING: &[ReceiverKind] = &[ReceiverKind::String];
/// The kinds that have a length.
const SIZED: &[ReceiverKind] = &[
    ReceiverKind::String,
    ReceiverKind::Array,
    ReceiverKind::Dict,
    ReceiverKind::Bytes,
    ReceiverKind::Range,
    ReceiverKind::Set,
    ReceiverKind::Queue,
    ReceiverKind::Stack,
];

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("len", 1, len, "len(v) -> int: the number of characters, elements or entries")
        .method_of(SIZED)
        .known_as(Intrinsic::Len),
    builtin!("is_empty", 1, is_empty, "is_empty(v) -> bool: is the length 0?")
        .method_of(SIZED)
        .known_as(Intrinsic::IsEmpty),
    builtin!("count_chars", 1, count_chars, "count_chars(s) -> int: the number of characters").method_of(STRING),
    builtin!("trim", 1, trim, "trim(s) -> string: without white space at both ends").method_of(STRING),
    builtin!("trim_start", 1, trim_start, "trim_start(s) -> string: without white space at the start")
        .method_of(STRING),
    builtin!("trim_end", 1, trim_end, "trim_end(s) -> string: without white space at the end").method_of(STRING),
    builtin!("contains", 2, contains, "contains(c, v) -> bool: `v in c`")
        .method_of(SIZED)
        .known_as(Intrinsic::Search(Search::Contains)),
    builtin!("starts_with", 2, starts_with, "starts_with(s, prefix) -> bool: does s start so?")
        .method_of(STRING)
        .known_as(Intrinsic::Search(Search::StartsWith)),
    builtin!("ends_with", 2, ends_with, "ends_with(s, suffix) -> bool: does s end so?")
        .method_of(STRING)
        .known_as(Intrinsic::Search(Search::EndsWith)),
    builtin!("index_of", 2, index_of, "index_of(c, v) -> int: the position of a part or an element, -1 if none")
        .method_of(&[ReceiverKind::String, ReceiverKind::Array])
        .known_as(Intrinsic::Search(Search::IndexOf)),
    builtin!("replace", 3, replace, "replace(s, from, to) -> string: all occurrences replaced").method_of(STRING),
    builtin!("replace_str", 3, replace_str, "replace_str(s, from, to) -> string: all occurrences replaced")
        .method_of(STRING),
    builtin!("split", 2, split, "split(s, separator) -> array: the pieces between separators").method_of(STRING),
    builtin!("join", 2, join, "join(xs, separator) -> string: the texts of the elements, joined")
        .method_of(&[ReceiverKind::Array]),
    builtin!("repeat", 2, repeat, "repeat(s, n) -> string: n copies").method_of(STRING),
    builtin!("substring", 3, substring, "substring(s, a, b) -> string: the characters from a up to before b")
        .method_of(STRING),
    builtin!("substr", 3, substr, "substr(s, a, b) -> string: the characters from a up to before b").method_of(STRING),
    builtin!("char_at", 2, char_at, "char_at(s, i) -> string: the character at i, empty past the end")
        .method_of(STRING),
    builtin!("pad_left", 3, pad_left, "pad_left(s, width, char) -> string: filled at the start").method_of(STRING),
    builtin!("pad_start", 3, pad_start, "pad_start(s, width, char) -> string: filled at the start").method_of(STRING),
    builtin!("pad_right", 3, pad_right, "pad_right(s, width, char) -> string: filled at the end").method_of(STRING),
    builtin!("pad_end", 3, pad_end, "pad_end(s, width, char) -> string: filled at the end").method_of(STRING),
    builtin!("lines", 1, lines, "lines(s) -> array: split at line ends").method_of(STRING),
    builtin!("words", 1, words, "words(s) -> array: split at white space").method_of(STRING),
    builtin!("truncate", 3, truncate, "truncate(s, n, suffix) -> string: cut to n characters with the suffix")
        .method_of(STRING),
];
