//! Section 5.1: regular expressions. A machine keeps the patterns that it has compiled.

use super::argument::invalid;
use super::strings::{SOME_STRINGS, array_of_strings};
use super::{Builtin, builtin};
use crate::fault::{Fault, Result};
use crate::limits::{COMPILED_PATTERN_BYTES_MAX, PATTERN_BYTES_MAX};
use crate::value::Value;
use crate::value::string::StrBuilder;
use crate::vm::{Ctx, ReceiverKind};
use regex::{Captures, Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};
use std::collections::HashMap;
use std::sync::Arc;

/// Compiled patterns that a machine keeps.
const PATTERNS_MAX: usize = 16;
/// So many states of a pattern make matching cost as much again for each byte of text.
const STATES_PER_PASS: usize = 4;

/// A pattern that is ready for use.
struct Pattern {
    regex: Regex,
    /// How many states its automaton has, roughly: the factor m of O(n·m).
    states: usize,
}

/// The compiled patterns of a machine by their text.
#[derive(Default)]
struct Patterns(HashMap<Box<str>, Arc<Pattern>>);

/// The compiled form of a pattern; charges for matching it against a text.
fn prepared(ctx: &mut Ctx<'_>, text: &str, pattern: &str) -> Result<Arc<Pattern>> {
    let known = ctx.state::<Patterns>().0.get(pattern).cloned();
    let pattern = match known {
        Some(known) => known,
        None => compile(ctx, pattern)?,
    };
    ctx.charge_for(text.len().saturating_mul(1 + pattern.states / STATES_PER_PASS))?;
    Ok(pattern)
}

/// Compiles a pattern and keeps it.
#[cold]
fn compile(ctx: &mut Ctx<'_>, pattern: &str) -> Result<Arc<Pattern>> {
    // Compiling takes far longer for each byte than copying does.
    ctx.charge(pattern.len() as u64)?;
    let compiled = Arc::new(compiled(pattern)?);
    ctx.charge_for(compiled.states)?;
    let patterns = &mut ctx.state::<Patterns>().0;
    if patterns.len() >= PATTERNS_MAX {
        patterns.clear();
    }
    patterns.insert(pattern.into(), compiled.clone());
    Ok(compiled)
}

fn compiled(pattern: &str) -> Result<Pattern> {
    if pattern.len() > PATTERN_BYTES_MAX {
        let message = format!("pattern of {} bytes exceeds the limit of {PATTERN_BYTES_MAX}", pattern.len());
        return Err(invalid_pattern(&message));
    }
    let hir = regex_syntax::parse(pattern).map_err(|error| invalid_pattern(&reason(pattern, &error)))?;
    let regex = RegexBuilder::new(pattern)
        .size_limit(COMPILED_PATTERN_BYTES_MAX)
        .dfa_size_limit(COMPILED_PATTERN_BYTES_MAX)
        .build()
        .map_err(|_| {
            invalid_pattern(&format!("compiled pattern exceeds the limit of {COMPILED_PATTERN_BYTES_MAX} bytes"))
        })?;
    Ok(Pattern { regex, states: states(&hir) })
}

/// The states that an automaton for this expression needs, roughly. The parser limits the depth of expressions.
fn states(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Capture(capture) => states(&capture.sub),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            states(&repetition.sub).saturating_mul(times as usize)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(states).fold(0, usize::saturating_add),
    }
}

#[cold]
fn invalid_pattern(reason: &str) -> Fault {
    invalid(format!("Invalid regular expression: {reason}"))
}

/// What is wrong with a pattern, with the position of the character where that shows.
fn reason(pattern: &str, error: &regex_syntax::Error) -> String {
    let (what, offset) = match error {
        regex_syntax::Error::Parse(e) => (e.kind().to_string(), e.span().start.offset),
        regex_syntax::Error::Translate(e) => (e.kind().to_string(), e.span().start.offset),
        _ => ("not supported".to_owned(), 0),
    };
    let position = 1 + pattern.get(..offset).map_or(0, |before| before.chars().count());
    format!("{what} at position {position}")
}

fn regex_match(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(text), Value::Str(pattern)] = &args[..] else {
        return Err(invalid("regex_match requires two string arguments (text, pattern)"));
    };
    let pattern = prepared(ctx, text.as_str(), pattern.as_str())?;
    Ok(Value::Bool(pattern.regex.is_match(text.as_str())))
}

fn regex_find_all(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(text), Value::Str(pattern)] = &args[..] else {
        return Err(invalid("regex_find_all requires two string arguments (text, pattern)"));
    };
    let pattern = prepared(ctx, text.as_str(), pattern.as_str())?;
    array_of_strings(ctx, SOME_STRINGS, pattern.regex.find_iter(text.as_str()).map(|found| found.as_str()))
}

fn regex_split(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(text), Value::Str(pattern)] = &args[..] else {
        return Err(invalid("regex_split requires two string arguments (text, pattern)"));
    };
    let pattern = prepared(ctx, text.as_str(), pattern.as_str())?;
    array_of_strings(ctx, SOME_STRINGS, pattern.regex.split(text.as_str()))
}

fn regex_replace(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(text), Value::Str(pattern), Value::Str(replacement)] = &args[..] else {
        return Err(invalid("regex_replace requires three string arguments (text, pattern, replacement)"));
    };
    let pattern = prepared(ctx, text.as_str(), pattern.as_str())?;
    let text = text.as_str();
    let parts = parse_replacement(replacement.as_str(), &pattern.regex);
    let mut out = StrBuilder::new(ctx.heap());
    let mut plain_from = 0;
    let mut charged = text.len();
    for captures in pattern.regex.captures_iter(text) {
        let Some(found) = captures.get(0) else { continue };
        out.push_str(&text[plain_from..found.start()])?;
        for part in &parts {
            out.push_str(part.text(&captures))?;
        }
        plain_from = found.end();
        super::strings::charge_growth(ctx, &mut charged, out.len())?;
    }
    out.push_str(&text[plain_from..])?;
    Ok(Value::Str(out.finish()?))
}

/// A part of a replacement text.
#[derive(Debug, PartialEq)]
enum Part<'a> {
    Text(&'a str),
    Group(usize),
}

impl<'a> Part<'a> {
    /// What it stands for in one match; nothing for a group that took no part in it.
    fn text<'t>(&self, captures: &Captures<'t>) -> &'t str
    where
        'a: 't,
    {
        match self {
            Part::Text(text) => text,
            Part::Group(index) => captures.get(*index).map_or("", |group| group.as_str()),
        }
    }
}

/// Cuts a replacement at `$1`, `${1}`, `$name` and `$$`. A name is as long as it can be; unknown ones stand for nothing.
fn parse_replacement<'a>(replacement: &'a str, regex: &Regex) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        if at > 0 {
            parts.push(Part::Text(&rest[..at]));
        }
        let after = &rest[at + 1..];
        match reference(after) {
            Some((name, length)) => {
                let index = match name.parse::<usize>() {
                    Ok(index) => Some(index),
                    Err(_) => regex.capture_names().position(|n| n == Some(name)),
                };
                parts.extend(index.map(Part::Group));
                rest = &after[length..];
            }
            None => {
                parts.push(Part::Text("$"));
                rest = after.strip_prefix('$').unwrap_or(after);
            }
        }
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// The name of a group after `$`, and how many bytes it takes there.
fn reference(after: &str) -> Option<(&str, usize)> {
    if let Some(braced) = after.strip_prefix('{') {
        let end = braced.find('}')?;
        return Some((&braced[..end], end + 2));
    }
    let length = after.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    if length == 0 { None } else { Some((&after[..length], length)) }
}

const STRING: &[ReceiverKind] = &[ReceiverKind::String];

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("regex_match", 2, regex_match, "regex_match(s, pattern) -> bool: is there a match anywhere?")
        .method_of(STRING),
    builtin!("regex_find_all", 2, regex_find_all, "regex_find_all(s, pattern) -> array: all matches").method_of(STRING),
    builtin!(
        "regex_replace",
        3,
        regex_replace,
        "regex_replace(s, pattern, replacement) -> string: all matches replaced"
    )
    .method_of(STRING),
    builtin!("regex_split", 2, regex_split, "regex_split(s, pattern) -> array: the pieces between matches")
        .method_of(STRING),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_are_cut_at_groups() {
        let regex = compiled("(?P<year>\\d+)-(\\d+)").unwrap().regex;
        let parts = |text: &'static str| parse_replacement(text, &regex);
        assert_eq!(parts("a$2b"), vec![Part::Text("a")]);
        assert_eq!(parts("a${2}b"), vec![Part::Text("a"), Part::Group(2), Part::Text("b")]);
        assert_eq!(parts("$year/$2"), vec![Part::Group(1), Part::Text("/"), Part::Group(2)]);
        assert_eq!(parts("$$1 $"), vec![Part::Text("$"), Part::Text("1 "), Part::Text("$")]);
        assert_eq!(parts("${x"), vec![Part::Text("$"), Part::Text("{x")]);
    }

    #[test]
    fn problems_have_positions() {
        let message = |pattern: &str| compiled(pattern).err().map(|e| e.message.to_string()).unwrap_or_default();
        assert_eq!(message("é(a"), "Invalid regular expression: unclosed group at position 2");
        assert_eq!(states(&regex_syntax::parse("(ab|c*){3}").unwrap()), 9);
        assert!(message("a{1000}{1000}").starts_with("Invalid regular expression: compiled pattern exceeds"));
    }
}
