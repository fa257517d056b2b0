//! Section 5.1: regular expressions.

mod pattern;

use super::argument::invalid;
use super::strings::{SOME_STRINGS, array_of_pieces};
use super::{Builtin, builtin};
use crate::fault::Result;
use crate::value::Value;
use crate::value::string::StrBuilder;
use crate::vm::{Ctx, ReceiverKind};
use pattern::prepared;
use regex::{Captures, Regex};

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
    let mut matches = pattern.regex.find_iter(text.as_str());
    array_of_pieces(ctx, SOME_STRINGS, |ctx| {
        let Some(found) = matches.next() else { return Ok(None) };
        pattern.charge_reading_on(ctx, text.as_str(), found.range())?;
        Ok(Some(found.as_str()))
    })
}

fn regex_split(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(text), Value::Str(pattern)] = &args[..] else {
        return Err(invalid("regex_split requires two string arguments (text, pattern)"));
    };
    let pattern = prepared(ctx, text.as_str(), pattern.as_str())?;
    let text = text.as_str();
    let (mut matches, mut next) = (pattern.regex.find_iter(text), Some(0));
    array_of_pieces(ctx, SOME_STRINGS, |ctx| {
        let Some(start) = next else { return Ok(None) };
        let Some(found) = matches.next() else {
            next = None;
            return Ok(Some(&text[start..]));
        };
        pattern.charge_reading_on(ctx, text, found.range())?;
        next = Some(found.end());
        Ok(Some(&text[start..found.start()]))
    })
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
        pattern.charge_reading_on(ctx, text, found.range())?;
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
        let regex = Regex::new("(?P<year>\\d+)-(\\d+)").unwrap();
        let parts = |text: &'static str| parse_replacement(text, &regex);
        assert_eq!(parts("a$2b"), vec![Part::Text("a")]);
        assert_eq!(parts("a${2}b"), vec![Part::Text("a"), Part::Group(2), Part::Text("b")]);
        assert_eq!(parts("$year/$2"), vec![Part::Group(1), Part::Text("/"), Part::Group(2)]);
        assert_eq!(parts("$$1 $"), vec![Part::Text("$"), Part::Text("1 "), Part::Text("$")]);
        assert_eq!(parts("${x"), vec![Part::Text("$"), Part::Text("{x")]);
    }
}
