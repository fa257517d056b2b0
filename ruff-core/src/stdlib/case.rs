//! Section 5: strings in other letter cases and spellings.

use super::argument::{only_string, string};
use super::{Builtin, builtin};
use crate::fault::Result;
use crate::value::Value;
use crate::value::string::StrBuilder;
use crate::vm::{Ctx, ReceiverKind};

/// The most bytes that case mapping makes of one byte: `ΐ` has 2 bytes, its upper case 6.
const GROWTH_MAX: usize = 3;

/// Bytes of a long text that are mapped at once, up to the next space.
const PART_BYTES: usize = 4096;
/// Bytes that are mapped in one step of long work.
const BYTES_PER_STEP: usize = 8;

/// A builtin that maps text to text, as a whole or part by part.
macro_rules! mapping {
    ($function:ident, $name:literal, $extent:expr, $map:expr) => {
        fn $function(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
            mapped(ctx, $name, args, $extent, $map)
        }
    };
}

mapping!(to_upper, "to_upper", by_letters, UPPER);
mapping!(upper, "upper", by_letters, UPPER);
mapping!(to_lower, "to_lower", by_letters, LOWER);
mapping!(lower, "lower", by_letters, LOWER);
mapping!(capitalize, "capitalize", as_a_whole, capitalized);
mapping!(str_reverse, "str_reverse", as_a_whole, |text| text.chars().rev().collect());
mapping!(slugify, "slugify", as_a_whole, slug);
mapping!(to_camel_case, "to_camel_case", as_a_whole, camel_case);
mapping!(to_snake_case, "to_snake_case", as_a_whole, |text| separated_case(text, '_'));
mapping!(to_kebab_case, "to_kebab_case", as_a_whole, |text| separated_case(text, '-'));

type Map = fn(&str) -> String;

/// A letter case: of any text, and of a byte of ASCII.
struct Case {
    of_text: Map,
    of_byte: fn(&u8) -> u8,
}

const UPPER: Case = Case { of_text: str::to_uppercase, of_byte: u8::to_ascii_uppercase };
const LOWER: Case = Case { of_text: str::to_lowercase, of_byte: u8::to_ascii_lowercase };

#[inline(always)]
fn mapped<M>(
    ctx: &mut Ctx<'_>,
    name: &str,
    args: &[Value],
    extent: fn(&mut Ctx<'_>, &str, M) -> Result<Value>,
    map: M,
) -> Result<Value> {
    let text = only_string(name, args)?;
    ctx.heap().check_room(text.len().saturating_mul(GROWTH_MAX))?;
    ctx.charge_for(text.len())?;
    extent(ctx, text, map)
}

fn as_a_whole(ctx: &mut Ctx<'_>, text: &str, map: Map) -> Result<Value> {
    string(ctx, &map(text))
}

/// Maps a text part by part: a letter depends on its word alone.
#[inline(always)]
fn by_letters(ctx: &mut Ctx<'_>, text: &str, case: Case) -> Result<Value> {
    let mut out = StrBuilder::with_capacity(ctx.heap(), text.len())?;
    let mut rest = text;
    while !rest.is_empty() {
        let space = rest.bytes().skip(PART_BYTES).position(|byte| byte == b' ');
        let (part, after) = rest.split_at(space.map_or(rest.len(), |at| PART_BYTES + at));
        match part.is_ascii() {
            true => out.push_ascii(part, case.of_byte)?,
            false => out.push_str(&(case.of_text)(part))?,
        }
        ctx.pace(part.len() / BYTES_PER_STEP)?;
        rest = after;
    }
    Ok(Value::Str(out.finish()?))
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect(),
        None => String::new(),
    }
}

fn slug(text: &str) -> String {
    let lowered = text.to_lowercase();
    let kept = lowered.chars().filter_map(|c| match c {
        c if c.is_alphanumeric() => Some(c),
        c if c == '_' || c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect::<String>().replace("--", "-").trim_matches('-').to_owned()
}

fn camel_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for c in text.chars() {
        let is_part = c.is_alphanumeric();
        if is_part && !in_word && !out.is_empty() {
            out.extend(c.to_uppercase());
        } else if is_part {
            out.extend(c.to_lowercase());
        }
        in_word = is_part;
    }
    out
}

fn separated_case(text: &str, separator: char) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_upper = false;
    for c in text.chars() {
        let is_upper = c.is_uppercase();
        if is_upper {
            if !out.is_empty() && !after_upper {
                out.push(separator);
            }
            out.extend(c.to_lowercase());
        } else if c == '-' || c == '_' || c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(separator) {
                out.push(separator);
            }
        } else if c.is_alphanumeric() {
            out.push(c);
        }
        after_upper = is_upper;
    }
    if out.ends_with(separator) {
        out.pop();
    }
    out
}

const STRING: &[ReceiverKind] = &[ReceiverKind::String];

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("to_upper", 1, to_upper, "to_upper(s) -> string: upper case").method_of(STRING),
    builtin!("upper", 1, upper, "upper(s) -> string: upper case").method_of(STRING),
    builtin!("to_lower", 1, to_lower, "to_lower(s) -> string: lower case").method_of(STRING),
    builtin!("lower", 1, lower, "lower(s) -> string: lower case").method_of(STRING),
    builtin!("capitalize", 1, capitalize, "capitalize(s) -> string: first character upper, the rest lower")
        .method_of(STRING),
    builtin!("str_reverse", 1, str_reverse, "str_reverse(s) -> string: the characters reversed").method_of(STRING),
    builtin!("slugify", 1, slugify, "slugify(s) -> string: letters, digits and single hyphens").method_of(STRING),
    builtin!("to_camel_case", 1, to_camel_case, "to_camel_case(s) -> string: words joined by capitals")
        .method_of(STRING),
    builtin!("to_snake_case", 1, to_snake_case, "to_snake_case(s) -> string: lower-case words joined by `_`")
        .method_of(STRING),
    builtin!("to_kebab_case", 1, to_kebab_case, "to_kebab_case(s) -> string: lower-case words joined by `-`")
        .method_of(STRING),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        assert_eq!(capitalized("éCOLE"), "École");
        assert_eq!(slug("My  Blog_post: v2!"), "my-blog-post-v2");
        assert_eq!(slug(" a   b "), "a--b");
        assert_eq!(camel_case("to-do list"), "toDoList");
        assert_eq!(separated_case("helloWorld HTTPServer", '_'), "hello_world__httpserver");
        assert_eq!(separated_case(" - Ab c- ", '-'), "ab-c");
    }
}
