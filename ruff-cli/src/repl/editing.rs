//! What the line editor asks about an input: is it whole, which colours has it, how may a name go on.

use ruff_core::syntax::diagnostic::Diagnostics;
use ruff_core::syntax::lexer::lex;
use ruff_core::syntax::token::TokenKind;
use ruff_core::syntax::{self};
use rustyline::completion::Completer;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

/// The names that a completion may give, shared with the session.
#[derive(Clone, Default)]
pub struct Names(Rc<RefCell<Vec<String>>>);

impl Names {
    /// Replaces the names.
    pub fn set(&self, mut names: Vec<String>) {
        names.sort();
        names.dedup();
        self.0.replace(names);
    }

    /// The names that begin with `start`.
    fn starting_with(&self, start: &str) -> Vec<String> {
        self.0.borrow().iter().filter(|name| name.starts_with(start)).cloned().collect()
    }
}

/// The editor's view of the language.
pub struct InputHelper {
    names: Names,
}

impl InputHelper {
    /// A helper that completes `names`.
    pub fn new(names: Names) -> InputHelper {
        InputHelper { names }
    }
}

impl Helper for InputHelper {}

impl Hinter for InputHelper {
    type Hint = String;
}

impl Validator for InputHelper {
    fn validate(&self, ctx: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        // An empty last line ends an input that seems to go on.
        let is_whole = !syntax::is_incomplete(ctx.input()) || ctx.input().ends_with("\n\n");
        Ok(if is_whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Completer for InputHelper {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _ctx: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let start = word_start(line, pos);
        if start == pos {
            return Ok((pos, Vec::new()));
        }
        Ok((start, self.names.starting_with(&line[start..pos])))
    }
}

/// Where the name begins that ends at `pos`.
fn word_start(line: &str, pos: usize) -> usize {
    let before = line.get(..pos).unwrap_or(line);
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    before.char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map_or(before.len(), |(at, _)| at)
}

const KEYWORD: &str = "\x1b[35m";
const LITERAL: &str = "\x1b[36m";
const STRING: &str = "\x1b[32m";
const COMMENT: &str = "\x1b[90m";
const RESET: &str = "\x1b[0m";

impl Highlighter for InputHelper {
    fn highlight<'l>(&self, line: &'l str, _pos: usize) -> Cow<'l, str> {
        Cow::Owned(highlighted(line))
    }

    fn highlight_char(&self, _line: &str, _pos: usize, kind: CmdKind) -> bool {
        !matches!(kind, CmdKind::MoveCursor)
    }
}

/// The text with colours; only escape sequences are added.
fn highlighted(line: &str) -> String {
    let mut diagnostics = Diagnostics::default();
    let lexed = lex(line, &mut diagnostics);
    let mut text = String::with_capacity(line.len() * 2);
    let mut end = 0;
    for token in &lexed.tokens {
        let (start, next) = (token.start as usize, token.end as usize);
        push_gap(&mut text, line.get(end..start).unwrap_or(""));
        push_coloured(&mut text, colour(token.kind), line.get(start..next).unwrap_or(""));
        end = next.max(end);
    }
    push_gap(&mut text, line.get(end..).unwrap_or(""));
    text
}

fn colour(kind: TokenKind) -> Option<&'static str> {
    match kind {
        TokenKind::True | TokenKind::False | TokenKind::Null | TokenKind::Int | TokenKind::Float => Some(LITERAL),
        TokenKind::Str | TokenKind::TemplateHead | TokenKind::TemplateMiddle | TokenKind::TemplateTail => Some(STRING),
        kind if kind.is_reserved() => Some(KEYWORD),
        _ => None,
    }
}

/// What lies between tokens is blank, a comment, or not lexed.
fn push_gap(text: &mut String, gap: &str) {
    push_coloured(text, (!gap.trim().is_empty()).then_some(COMMENT), gap);
}

fn push_coloured(text: &mut String, colour: Option<&str>, part: &str) {
    match colour {
        Some(colour) if !part.is_empty() => {
            text.push_str(colour);
            text.push_str(part);
            text.push_str(RESET);
        }
        _ => text.push_str(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highlighting_only_adds_escapes() {
        for line in ["let x := 1 # c", "\"a${b}c\" + \"open", "@ é ``", "", "/* open"] {
            let plain =
                [KEYWORD, LITERAL, STRING, COMMENT, RESET].iter().fold(highlighted(line), |t, e| t.replace(e, ""));
            assert_eq!(plain, line);
        }
        assert!(highlighted("let x").starts_with(KEYWORD));
        assert!(highlighted("1 # c").ends_with(&format!("{COMMENT} # c{RESET}")));
    }

    #[test]
    fn a_completion_starts_at_its_word() {
        assert_eq!(word_start("print(le", 8), 6);
        assert_eq!(word_start("naïve", 6), 0);
        assert_eq!(word_start("a + ", 4), 4);
    }

    #[test]
    fn names_are_completed_in_order() {
        let names = Names::default();
        names.set(["len", "let_it", "keys", "len"].map(String::from).to_vec());
        assert_eq!(names.starting_with("le"), ["len", "let_it"]);
    }
}
