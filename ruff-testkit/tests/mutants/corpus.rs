//! The functions whose HIR is changed, with the calls that they get.

use ruff_testkit::edges::EDGES;
use std::fmt::Write;
use std::ops::Range;

const TEXT: &str = include_str!("functions.ruff");
/// Rounds of the calls that make a function native.
const ROUNDS: usize = 12;

/// A function with its calls.
pub struct Subject {
    pub name: String,
    source: String,
    hot: Vec<Vec<String>>,
    also: Vec<Vec<String>>,
}

/// All functions of the list.
pub fn subjects() -> Vec<Subject> {
    TEXT.split("# hot: ").skip(1).map(Subject::read).collect()
}

/// The declarations that stand before all functions.
fn prelude() -> &'static str {
    TEXT.split("# hot: ").next().unwrap_or_default()
}

fn calls(line: &str) -> Vec<Vec<String>> {
    line.split(" | ").map(|call| call.split("; ").map(|arg| arg.trim().to_string()).collect()).collect()
}

/// Where the first and the last number stand in a container.
fn numbers(text: &str) -> Vec<Range<usize>> {
    if text.starts_with(|c: char| c == '-' || c == '"' || c.is_ascii_digit()) {
        return Vec::new();
    }
    let is_digit = |c: char| c.is_ascii_digit() || c == '.';
    let Some(first) = text.find(is_digit) else { return Vec::new() };
    let first = first..text[first..].find(|c| !is_digit(c)).map_or(text.len(), |len| first + len);
    let end = text.rfind(is_digit).map_or(first.end, |at| at + 1);
    let last = text[..end].rfind(|c| !is_digit(c)).map_or(0, |at| at + 1)..end;
    if first == last { vec![first] } else { vec![first, last] }
}

impl Subject {
    fn read(part: &str) -> Subject {
        let (hot, mut source) = part.split_once('\n').expect("a function after its calls");
        let mut also = Vec::new();
        if let Some(rest) = source.strip_prefix("# also: ")
            && let Some((line, rest)) = rest.split_once('\n')
        {
            also = calls(line);
            source = rest;
        }
        let name = source.strip_prefix("func ").and_then(|rest| rest.split('(').next()).expect("a function");
        Subject { name: name.to_string(), source: source.trim().to_string(), hot: calls(hot), also }
    }

    /// Calls that are like the first hot one, but for an edge value in the place of one argument, or of the first or last number
    /// in it.
    fn edge_calls(&self) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        for call in &self.hot[..1] {
            for at in 0..call.len() {
                // Loops up to the edges of ints, and shifts by them, would end at limits.
                let is_large = |e: &str| {
                    (e.len() > 4 || e == "64" || e == "63") && e.starts_with(|c: char| c == '-' || c.is_ascii_digit())
                };
                for edge in EDGES.iter().filter(|e| !self.counts(at) || !is_large(e)) {
                    let mut call = call.clone();
                    call[at] = (*edge).to_string();
                    all.push(call);
                }
                for number in numbers(&call[at]) {
                    all.extend(EDGES.iter().map(|edge| {
                        let mut call = call.clone();
                        call[at].replace_range(number.clone(), edge);
                        call
                    }));
                }
            }
        }
        all
    }

    /// Is the parameter a number of rounds, or what a loop goes over?
    fn counts(&self, at: usize) -> bool {
        let params = self.source.split(['(', ')']).nth(1).unwrap_or_default();
        params.split(", ").nth(at).is_some_and(|name| ["n", "s", "xs", "ps", "rows", "d"].contains(&name))
    }

    /// The function is called until it is native; then come the other calls, each followed by a hot one.
    pub fn script(&self) -> String {
        let mut s = format!("{}\n{}\n", prelude(), self.source);
        let shown = |call: &Vec<String>| format!("print({}({}), counter, level)", self.name, call.join(", "));
        let hot: Vec<String> = self.hot.iter().map(shown).collect();
        // Writing to a string does not fail.
        for _ in 0..ROUNDS {
            let _ = writeln!(s, "{}", hot.join("\n"));
        }
        for (at, call) in self.also.iter().chain(&self.edge_calls()).enumerate() {
            let call = shown(call);
            let _ = writeln!(s, "try {{ {call} }} except e {{ print(\"{at}\", e.kind, e.message, e.line) }}");
            let _ = writeln!(s, "counter := 7\nlevel := 0.5\n{}", hot[at % hot.len()]);
        }
        s
    }
}
