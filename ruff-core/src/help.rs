//! Help for those who come from another language, or mistype a name: what Ruff has for a word that it does not know.
//!
//! Asked only where an error is reported. The parser looks at the tokens around a syntax error besides (`syntax::parser::help`),
//! and the resolver at the names in scope (`compile::resolve::help`).

use std::borrow::Cow;

/// Where a word must stand to be meant as in another language.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Anywhere.
    Any,
    /// Before an operand or a block, as a name of Ruff cannot.
    Leading,
    /// The same, or before a parenthesis.
    Keyword,
    /// Before the parenthesis of a call.
    Called,
    /// Before a dot.
    Owner,
    /// Alone in a statement.
    Statement,
}
use Position::{Any, Called, Keyword, Leading, Owner, Statement};

/// Words of other languages that are names here, and what to write instead.
const WORDS: &[(Position, &[&str], &str)] = &[
    (Keyword, &["elif", "elsif", "elseif"], "write `else if`"),
    (Leading, &["def", "fn"], "write `func`"),
    (Keyword, &["function"], "write `func`"),
    (Leading, &["lambda"], LAMBDA),
    (Leading, &["var", "local"], "a variable is declared with `mut x := …`, or with `let` if it never changes"),
    (Leading, &["global", "nonlocal"], "not needed: an assignment changes the variable of the scope around"),
    (Leading, &["class"], "write `struct P { … }`, with fields and methods"),
    (Leading, &["new"], "a struct is made without `new`: `P { x: 1 }`"),
    (Any, &["this"], "the receiver of a method is `self`, its first parameter"),
    (Keyword, &["switch"], "write `match value { case … { … } }`"),
    (Keyword, &["foreach"], "write `for x in xs { … }`"),
    (Keyword, &["unless"], "write `if` with `!`"),
    (Keyword, &["until"], "write `while` with `!`"),
    (Leading, &["do"], "write `while condition { … }` or `loop { … }`"),
    (Statement, &["pass"], "an empty block is `{ }`"),
    (Keyword, &["catch", "rescue"], "write `except`"),
    (Keyword, &["raise"], "write `throw`"),
    (Leading, &["pub"], "write `export`"),
    (Leading, &["use", "using", "include"], "write `import`"),
    (Called, &["require"], "write `import`"),
    (Leading, &["is"], "write `==`"),
    (Any, &["nil", "undefined", "NULL", "Null", "nullptr"], "write `null`"),
    (Any, &["True", "TRUE"], "write `true`"),
    (Any, &["False", "FALSE"], "write `false`"),
    (Owner, &["console"], "to print, call `print`"),
    (Keyword, &["echo", "puts"], "to print, call `print`"),
    (Called, &["printf"], "to print, call `print`; `format` fills a template"),
    (Owner, &["math", "Math"], MATH),
    (Owner, &["JSON", "json"], JSON),
    (Keyword, &["typeof", "isinstance"], "the kind of a value is `type(v)`"),
    (Called, &["String"], "to convert a value, call `to_string`"),
    (Called, &["Number"], "to convert a value, call `to_int` or `to_float`"),
    (Called, &["Boolean"], "to convert a value, call `to_bool`"),
    (Called, &["Array", "Vec", "list"], "an array is written `[1, 2]`"),
    (Called, &["length", "strlen", "sizeof"], LEN),
    (Called, &["ord", "chr"], CODES),
    (Called, &["sorted"], SORTED),
    (Called, &["reversed"], REVERSED),
    (Leading, &["del", "delete"], "an entry is removed by `d.remove(k)`, an element by `xs.remove_at(i)`"),
    (Leading, &["assert"], "write `assert(condition, message)`"),
    (Called, &["open"], "a file is read by `read_file(path)`"),
];

/// Methods of other languages, and the calls that do the same on values with such a method.
const SYNONYMS: &[(&[&str], &str)] = &[
    (&["add", "push_back", "push_last"], "push(…)"),
    (&["append", "push", "insert"], "add(…)"),
    (&["append", "push", "add"], "enqueue(…)"),
    (&["pop", "shift", "pop_front"], "dequeue()"),
    (&["shift", "pop_front"], "remove_at(0)"),
    (&["unshift", "prepend", "push_front"], "insert(0, …)"),
    (&["delete", "del", "discard", "pop"], "remove(…)"),
    (&["extend", "putAll", "merge"], "update(…)"),
    (&["has", "hasKey", "containsKey", "contains_key", "hasOwnProperty", "includes", "include"], "has_key(…)"),
    (&["includes", "include", "has", "contain"], "contains(…)"),
    (&["setdefault", "get_or", "getOrDefault", "get_or_default", "fetch"], "get(…)"),
    (&["find", "search", "position", "index", "indexOf", "findIndex"], "index_of(…)"),
    (&["toUpperCase", "to_uppercase", "uppercase", "upcase"], "to_upper()"),
    (&["toLowerCase", "to_lowercase", "lowercase", "downcase"], "to_lower()"),
    (&["strip"], "trim()"),
    (&["lstrip", "trimLeft", "trim_left"], "trim_start()"),
    (&["rstrip", "trimRight", "trim_right"], "trim_end()"),
    (&["startswith", "hasPrefix", "has_prefix"], "starts_with(…)"),
    (&["endswith", "hasSuffix", "has_suffix"], "ends_with(…)"),
    (&["replaceAll", "replace_all", "gsub", "sub"], "replace(…)"),
    (&["isdigit", "isDigit", "is_digit", "isnumeric", "is_numeric"], "regex_match(\"^[0-9]+$\")"),
    (&["isalpha", "isAlpha", "is_alpha", "is_alphabetic"], "regex_match(\"^\\\\pL+$\")"),
    (&["ljust", "padRight"], "pad_right(…)"),
    (&["rjust", "zfill", "padLeft"], "pad_left(…)"),
    (&["some"], "any(…)"),
    (&["every"], "all(…)"),
    (&["fold", "inject", "foldl"], "reduce(…)"),
    (&["select", "where"], "filter(…)"),
    (&["uniq", "distinct", "dedup"], "unique()"),
    (&["flat"], "flatten()"),
    (&["drop"], "skip(…)"),
    (&["empty"], "is_empty()"),
    (&["toFixed"], "round(2)"),
];

/// Members of other languages that are no methods here, on values with a method of that name, and what to write instead.
const MEMBERS: &[(&[&str], &str, &str)] = &[
    (&["length", "size"], "", LEN),
    (&["count"], "split", "how often a text occurs is `len(s.split(t)) - 1`"),
    (&["count"], "concat", "how many elements are such is `len(xs.filter(func(x) { return … }))`"),
    (&["count"], "", LEN),
    (&["toString"], "", "to convert a value, call `to_string`"),
    (&["sorted"], "", SORTED),
    (&["reversed"], "", REVERSED),
    (&["ord", "chr", "charCodeAt", "codePointAt", "char_code_at"], "split", CODES),
    (&["forEach", "each"], "", "write `for x in xs { … }`"),
    (&["join"], "split", "the array comes first: `xs.join(\", \")`"),
    (&["chars", "characters"], "split", "to go over the characters, write `for ch in s { … }`"),
    (&["concat", "push", "append", "add"], "split", "texts are joined as `s + t`"),
    (&["push", "append", "add", "insert", "put", "set"], "has_key", "an entry is added by `d[k] := v`"),
    (&["extend", "addAll"], "concat", "arrays are joined as `[...a, ...b]`"),
    (&["first", "head"], "concat", "the first element is `xs[0]`"),
    (&["last"], "concat", "the last element is `xs[-1]`"),
];

/// Modules whose functions are builtins.
const MODULES: &[(&[&str], &str)] = &[(&["math"], MATH), (&["json"], JSON), (&["random"], RANDOM)];

pub const LAMBDA: &str = "a function without a name is written `func(x) { return … }`";
pub const ROUNDING: &str = "`round(x, 2)` keeps two decimals, `pad_left(to_string(x), 8, \" \")` fills up to a width";
pub const INTERPOLATION: &str = "a string with the value of `x` in it is written `\"${x}\"`";
pub const KEYS: &str =
    "the keys of a dict are strings and ints; a key of several values is a text such as \"${a},${b}\"";
pub const NEW_KEY: &str = "to begin with a value for a new key, write `d[k] := d.get(k, 0) + 1`";
pub const NEW_CONTAINER: &str = "to begin with an empty dict or array for a new key, assign `{}` or `[]` first";
pub const NEW_ELEMENT: &str = "`xs.push(v)` adds an element";
pub const GIVES_NULL: &str =
    "the value is null: methods such as `xs.push(v)` and `xs.sort()` change their receiver and give null";
pub const CHAIN: &str = "comparisons are joined by `and`: `a < b and b < c`";
pub const COLLECT: &str = "`.collect()` makes an array of it, which has that";
const CODES: &str = "characters have no codes: `<` compares them, and `index_of` finds them in a text";
const SORTED: &str = "`sort(xs)` gives a sorted copy";
const REVERSED: &str = "`reverse(xs)` gives a reversed copy";
const LEN: &str = "how many elements or characters there are is `len(v)`";
const MATH: &str = "its functions are builtins: `sqrt(x)`, `floor(x)`, `PI`";
const JSON: &str = "its functions are builtins: `parse_json(text)`, `to_json(value)`";
const RANDOM: &str = "its functions are builtins: `random()`, `random_int(1, 6)`";

/// Reserved words that begin something after which more must follow, for [`nearest`].
pub const LEADING_WORDS: &[&str] = &[
    "await", "const", "else", "enum", "except", "export", "finally", "for", "func", "if", "import", "let", "loop",
    "match", "mut", "return", "spawn", "struct", "throw", "try", "while", "yield",
];

/// Reserved words that stand alone.
pub const LONE_WORDS: &[&str] = &["break", "continue", "false", "null", "return", "self", "true"];

/// A name in its source text.
#[derive(Clone, Copy)]
pub struct Occurrence<'a> {
    name: &'a str,
    before: &'a str,
    after: &'a str,
}

impl<'a> Occurrence<'a> {
    /// The name from `start` to `end` of a text.
    pub fn new(text: &'a str, start: u32, end: u32) -> Occurrence<'a> {
        let (start, end) = (start as usize, end as usize);
        let part = |part: Option<&'a str>| part.unwrap_or("");
        Occurrence { name: part(text.get(start..end)), before: part(text.get(..start)), after: part(text.get(end..)) }
    }

    /// The help for a name that no scope knows, as far as the text around it tells.
    pub fn help(self) -> Option<&'static str> {
        if self.name == "f" && self.after.starts_with('"') {
            return Some(INTERPOLATION);
        }
        if self.is_dict_key() {
            return Some("a key that is text stands in quotes: `{\"a\": 1}`");
        }
        let row = WORDS.iter().find(|(position, words, _)| words.contains(&self.name) && self.is_at(*position))?;
        Some(row.2)
    }

    /// Is it changed by an operator, as in `d[k] += 1`?
    fn is_updated(self) -> bool {
        const SIGNS: &[&str] = &["+=", "-=", "*=", "**=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="];
        let after = self.after.trim_start();
        SIGNS.iter().any(|sign| after.starts_with(sign))
    }

    /// The help for a key or an element that is not there, as far as the text around it tells.
    pub fn help_for_missing(self, is_key: bool) -> Option<&'static str> {
        const ADDITIONS: &[&str] = &[".push(", ".append(", ".add(", ".insert(", ".update("];
        let is_assigned = self.name.contains(":=");
        match is_key {
            true if self.is_updated() => Some(NEW_KEY),
            true if is_assigned || ADDITIONS.iter().any(|addition| self.name.contains(addition)) => Some(NEW_CONTAINER),
            false if is_assigned => Some(NEW_ELEMENT),
            _ => None,
        }
    }

    /// Does more follow on the line, as it may after a reserved word but not after a name?
    pub fn is_leading(self) -> bool {
        let rest = self.after.trim_start_matches([' ', '\t']);
        let is_apart = rest.len() < self.after.len();
        rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '"' | '{') || (is_apart && c == '('))
    }

    fn is_at(self, position: Position) -> bool {
        let follows = |sign: char| self.after.starts_with(sign);
        match position {
            Any => true,
            Leading => self.is_leading(),
            Keyword => self.is_leading() || follows('('),
            Called => follows('('),
            Owner => follows('.'),
            Statement => {
                let before = self.before.trim_end_matches([' ', '\t']);
                let after = self.after.trim_start_matches([' ', '\t', '\r']);
                (before.is_empty() || before.ends_with(['\n', '{']))
                    && (after.is_empty() || after.starts_with(['\n', '}']))
            }
        }
    }

    /// `{a: …` and `, a: …`
    fn is_dict_key(self) -> bool {
        let after = self.after.trim_start();
        let is_before_colon = after.starts_with(':') && !after.starts_with("::") && !after.starts_with(":=");
        is_before_colon && self.before.trim_end().ends_with(['{', ','])
    }
}

/// The help for a member that a value does not have, which has these.
pub fn member<'a>(name: &str, members: impl Iterator<Item = &'a str>) -> Option<Cow<'static, str>> {
    let members: Vec<&str> = members.collect();
    let has = |call: &str| members.iter().any(|member| call.split('(').next() == Some(member));
    if let Some((_, call)) = SYNONYMS.iter().find(|(words, call)| words.contains(&name) && has(call)) {
        return Some(format!("write `.{call}`").into());
    }
    let is_meant = |needs: &str| needs.is_empty() || has(needs);
    match MEMBERS.iter().find(|(words, needs, _)| words.contains(&name) && is_meant(needs)) {
        Some((.., help)) => Some((*help).into()),
        None => misspelling(name, members.into_iter()),
    }
}

/// The help for `E.V` and `E::V`, where the enum has these variants.
pub fn variant<'a>(
    enumeration: &str,
    name: &str,
    mut variants: impl Iterator<Item = &'a str> + Clone,
) -> Option<Cow<'static, str>> {
    match variants.clone().any(|variant| variant == name) {
        true => Some(format!("write `{enumeration}::{name}`").into()),
        false => misspelling(name, &mut variants),
    }
}

/// The help for changing what is immutable: `self` is, unless the method says otherwise.
pub fn immutable(name: &str) -> Option<&'static str> {
    (name == "self").then_some("a method that changes its receiver is declared with `mut self`")
}

/// The help for a name that may be a misspelling of one of these.
pub fn misspelling<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<Cow<'static, str>> {
    Some(format!("did you mean `{}`?", nearest(name, candidates)?).into())
}

/// The help for a module that does not exist.
pub fn module(name: &str) -> Option<&'static str> {
    MODULES.iter().find(|(words, _)| words.contains(&name)).map(|row| row.1)
}

/// Longer names are not compared, in bytes: what a name costs is bounded.
pub const NAME_MAX: usize = 32;

/// The name that `name` is a misspelling of: one edit away, or two if it is long. The shorter it is, the more others are near by
/// chance: below six letters none is replaced, below four neighbours are swapped only. Of several the nearest one, then the first
/// by its letters.
///
/// One of several `values` may well be a `value`: that is no misspelling.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (edits_max, longer_by_max) = match name.len() {
        2..=3 => (1, 0),
        4..=7 => (1, 1),
        8..=NAME_MAX => (2, 2),
        _ => return None,
    };
    let may_replace = name.len() >= 6;
    let edits = |candidate: &str| {
        if is_same_in_other_case(name, candidate) {
            return Some(1);
        }
        let is_as_long = candidate.len().abs_diff(name.len()) <= longer_by_max;
        let mut edits = 1..=if is_as_long { edits_max } else { 0 };
        edits.find(|edits| is_within(name.as_bytes(), candidate.as_bytes(), *edits, may_replace))
    };
    let is_other = |c: &&str| c.len() > 1 && *c != name && c.strip_suffix('s') != Some(name);
    let near = candidates.filter(is_other).filter_map(|c| Some((edits(c)?, c)));
    near.min().map(|(_, candidate)| candidate)
}

/// Is `b` made of `a` by that many insertions, deletions, swaps of neighbours and replacements, or fewer?
fn is_within(a: &[u8], b: &[u8], edits: usize, may_replace: bool) -> bool {
    let common = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(common..).unwrap_or(&[]), b.get(common..).unwrap_or(&[]));
    if a.is_empty() && b.is_empty() {
        return true;
    }
    edits > 0 && {
        let rest = |skip_a: usize, skip_b: usize| match (a.get(skip_a..), b.get(skip_b..)) {
            (Some(a), Some(b)) => is_within(a, b, edits - 1, may_replace),
            _ => false,
        };
        let is_swap = matches!((a, b), ([x, y, ..], [v, w, ..]) if x == w && y == v);
        rest(1, 0) || rest(0, 1) || (is_swap && rest(2, 2)) || (may_replace && rest(1, 1))
    }
}

/// `toCamelCase` and `to_camel_case`.
fn is_same_in_other_case(a: &str, b: &str) -> bool {
    fn plain(name: &str) -> impl Iterator<Item = u8> {
        name.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_lowercase())
    }
    b.len() <= NAME_MAX && plain(a).eq(plain(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name() {
        let names = [
            "print",
            "println",
            "len",
            "to_int",
            "to_string",
            "to_camel_case",
            "count",
            "x",
            "PI",
            "now",
            "range",
            "true",
            "values",
        ];
        for (name, nearest_name) in [
            ("prnt", Some("print")),
            ("printn", Some("print")),
            ("lne", Some("len")),
            ("lenn", Some("len")),
            ("Print", Some("print")),
            ("cuont", Some("count")),
            ("tostring", Some("to_string")),
            ("toString", Some("to_string")),
            ("toCamelCase", Some("to_camel_case")),
            ("print", None),
            ("y", None),
            ("pi", Some("PI")),
            ("new", None),
            ("tree", None),
            ("value", None),
            ("valuess", Some("values")),
            ("tru", None),
            ("ture", Some("true")),
            ("prent", None),
            ("printf", Some("print")),
            ("prantln", Some("println")),
            ("strange", None),
            ("to_strnig_", Some("to_string")),
            ("Pii", None),
            ("line", None),
            ("cut", None),
            ("other", None),
        ] {
            assert_eq!(nearest(name, names.into_iter()), nearest_name, "{name}");
        }
        assert_eq!(nearest("aaaaac", ["aaaabc", "aaaaab"].into_iter()), Some("aaaaab"));
        assert_eq!(nearest(&"a".repeat(33), ["a".repeat(32).as_str()].into_iter()), None);
    }

    #[test]
    fn no_word_has_two_meanings() {
        let each = |words: &[&str], on: &str| words.iter().map(|word| format!("{word} {on}")).collect::<Vec<_>>();
        for mut words in [
            WORDS.iter().flat_map(|row| each(row.1, "")).collect::<Vec<_>>(),
            MODULES.iter().flat_map(|row| each(row.0, "")).collect(),
            MEMBERS.iter().flat_map(|row| each(row.0, row.1)).collect(),
            SYNONYMS.iter().flat_map(|row| each(row.0, row.1)).collect(),
        ] {
            words.sort_unstable();
            let count = words.len();
            words.dedup();
            assert_eq!(words.len(), count);
        }
    }
}
