use std::hint::black_box as bb;

const LINES: i64 = 25_000;
const KEYWORDS: [&str; 5] = ["let", "if", "else", "while", "return"];

#[derive(Clone, Copy)]
enum Kind {
    Keyword,
    Name,
    Number,
    String,
    Operator,
}

struct Token<'a> {
    kind: Kind,
    text: &'a str,
}

pub fn program() -> impl FnMut() -> i64 {
    let text = make();
    move || bench(bb(&text))
}

fn make() -> String {
    let mut seed = 42i64;
    let mut lines = Vec::new();
    for i in 0..LINES {
        seed = seed * 16807 % 2147483647;
        lines.push(format!("let value_{} = (total + {}) * 3.25; // note {}", seed % 100, seed % 977, i % 10));
        lines.push(format!("if value_{} >= limit {{ print(\"case {}\"); }}", seed % 50, seed % 7));
    }
    lines.join("\n")
}

fn is_word(c: u8) -> bool {
    c.is_ascii_lowercase() || c == b'_'
}

fn tokenize(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        let start = i;
        let c = bytes[i];
        if c == b' ' || c == b'\n' {
            i += 1;
        } else if is_word(c) {
            while i < bytes.len() && (is_word(bytes[i]) || bytes[i].is_ascii_digit()) {
                i += 1;
            }
            let word = &text[start..i];
            tokens.push(Token { kind: if KEYWORDS.contains(&word) { Kind::Keyword } else { Kind::Name }, text: word });
        } else if c.is_ascii_digit() {
            while i < bytes.len() && (bytes[i].is_ascii_digit() || bytes[i] == b'.') {
                i += 1;
            }
            tokens.push(Token { kind: Kind::Number, text: &text[start..i] });
        } else if c == b'"' {
            i = start + 1 + text[start + 1..].find('"').expect("strings are closed");
            tokens.push(Token { kind: Kind::String, text: &text[start + 1..i] });
            i += 1;
        } else if text[i..].starts_with("//") {
            i = text[i..].find('\n').map_or(bytes.len(), |at| i + at);
        } else {
            i += if text[i..].starts_with(">=") { 2 } else { 1 };
            tokens.push(Token { kind: Kind::Operator, text: &text[start..i] });
        }
    }
    tokens
}

fn bench(text: &str) -> i64 {
    let mut counts = [0; 5];
    let mut length = 0;
    for token in tokenize(text) {
        counts[token.kind as usize] += 1;
        length += token.text.len() as i64;
    }
    let [keywords, names, numbers, strings, operators] = counts;
    keywords * 7 + names * 5 + numbers * 3 + strings * 2 + operators + length
}
