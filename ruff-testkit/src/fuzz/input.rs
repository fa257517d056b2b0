//! Inputs from seeds: random bytes, random tokens, and generated programs with mistakes in them.

use crate::generate;
use crate::random::Random;

/// What the lexer knows, and what it stumbles over.
const PIECES: &[&str] = &[
    "func",
    "func*",
    "return",
    "if",
    "else",
    "while",
    "loop",
    "for",
    "in",
    "match",
    "case",
    "default",
    "struct",
    "enum",
    "import",
    "export",
    "from",
    "try",
    "except",
    "finally",
    "throw",
    "yield",
    "let",
    "const",
    "mut",
    "self",
    "break",
    "continue",
    "and",
    "or",
    "not",
    "true",
    "false",
    "null",
    "async",
    "await",
    "test",
    "x",
    "y",
    "len",
    "print",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ";",
    ".",
    "?.",
    "::",
    "..",
    "..=",
    "...",
    ":=",
    "+=",
    "==",
    "!=",
    "<=",
    ">=",
    "=>",
    "->",
    "|>",
    "??",
    "?",
    "+",
    "-",
    "*",
    "**",
    "/",
    "%",
    "<<",
    ">>",
    "&",
    "|",
    "^",
    "~",
    "!",
    "&&",
    "||",
    "\n",
    "\n",
    " ",
    "0",
    "1",
    "9223372036854775808",
    "0x",
    "0b12",
    "1e",
    "1e999",
    "1.5",
    "1__2",
    "1.",
    "\"",
    "\"\"\"",
    "r\"",
    "\"${",
    "\\u{",
    "\\",
    "\"a\"",
    "#",
    "//",
    "/*",
    "*/",
    "'",
    "`",
    "@",
    "$",
    "é",
    "日",
    "\u{1F600}",
    "\u{200d}",
    "\u{202e}",
    "\u{2028}",
    "\0",
    "\r",
    "\t",
    "\u{feff}",
];

/// Bytes that a target may stumble over.
pub fn bytes_of(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    match random.below(4) {
        0 => (0..random.below(200)).map(|_| random.bits() as u8).collect(),
        1 => pieces(&mut random).into_bytes(),
        2 => mutated(generate(random.below(1_000)).to_string().into_bytes(), &mut random),
        _ => mutated(pieces(&mut random).into_bytes(), &mut random),
    }
}

/// A text of pieces.
fn pieces(random: &mut Random) -> String {
    let glue = random.pick(&["", " "]);
    let count = random.below(120);
    (0..count).flat_map(|_| [random.pick(PIECES), glue]).collect()
}

/// The same with some parts left out, doubled, exchanged for others, or mixed with random bytes.
pub fn mutated(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    for _ in 0..random.between(1, 6) {
        let len = bytes.len() as u64;
        let start = random.below(len + 1) as usize;
        let end = (start as u64 + random.below(20)).min(len) as usize;
        let with: Vec<u8> = match random.below(5) {
            0 => Vec::new(),
            1 => bytes[start..end].repeat(2),
            2 => random.pick(PIECES).into(),
            3 => vec![random.bits() as u8],
            _ => {
                let from = random.below(len + 1) as usize;
                bytes[from..(from + 30).min(bytes.len())].to_vec()
            }
        };
        bytes.splice(start..end, with);
    }
    if random.chance(10) {
        bytes.truncate(random.below(bytes.len() as u64 + 1) as usize);
    }
    bytes
}

/// A JSON text with mistakes in it.
pub fn json_of(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut text = String::new();
    write_json(&mut text, &mut random, 4);
    if random.chance(30) { text.into_bytes() } else { mutated(text.into_bytes(), &mut random) }
}

fn write_json(text: &mut String, random: &mut Random, depth: u64) {
    const LEAVES: &[&str] = &[
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "-7",
        "0.5",
        "1e3",
        "1E-9",
        "1e400",
        "12345678901234567890123",
        "\"\"",
        "\"a\"",
        "\"é\\n\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "[]",
        "{}",
        "\"1\"",
    ];
    if depth == 0 || random.chance(40) {
        text.push_str(random.pick(LEAVES));
        return;
    }
    let is_array = random.chance(50);
    text.push(if is_array { '[' } else { '{' });
    for at in 0..random.below(5) {
        if at > 0 {
            text.push_str(random.pick(&[",", ", ", ",\n"]));
        }
        if !is_array {
            text.push_str(random.pick(&["\"a\":", "\"b\": ", "\"1\":", "\"é\" :"]));
        }
        write_json(text, random, depth - 1);
    }
    text.push(if is_array { ']' } else { '}' });
}

/// A regular expression with mistakes in it, a line end, and a text.
pub fn pattern_of(seed: u64) -> Vec<u8> {
    const PARTS: &[&str] = &[
        "a", "b", ".", "x*", "(", ")", "(?:", "(?P<n>", "[", "]", "[a-z]", "[^b]", "\\d", "\\w", "\\b", "^", "$", "|",
        "+", "?", "*?", "{2}", "{2,5}", "{1000}", "é", "\\p{L}", "(?i)", "\\", "-", "\\x{41}", "&&", "~~",
    ];
    let mut random = Random::new(seed);
    let mut text: String = (0..random.below(12)).map(|_| random.pick(PARTS)).collect();
    text.push('\n');
    text.extend((0..random.below(40)).map(|_| random.pick(&["a", "b", "x", "é", "1", " ", "-", "\n"])));
    text.into_bytes()
}

/// Decisions for [`api::run`](super::api::run).
pub fn decisions_of(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    (0..random.between(50, 400)).map(|_| random.bits() as u8).collect()
}
