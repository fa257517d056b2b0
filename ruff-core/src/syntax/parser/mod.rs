//! Tokens to syntax tree (section 23 of the language reference).
//!
//! A recursive-descent parser with three invariants:
//! * It never fails: what cannot be parsed becomes an error node with a diagnostic, and parsing goes on at the next line.
//! * Whatever recurses counts in `depth`, so that the native stack it needs is bounded. Chains do not recurse.
//! * A function that returns [`Bail`] has reported why. It may leave `mode`, `depth` and `margin` changed; whoever catches
//!   the bail (a list of statements) restores them.

mod decl;
mod expr;
mod help;
mod pattern;
mod primary;
mod stmt;
mod types;

use super::ast::{Block, Ident, Module, Name, Stmt, StmtKind};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::lexed::Lexed;
use super::lexer::shown;
use super::source::Span;
use super::token::{Token, TokenKind as T};
use crate::code::Code;
use crate::limits::NESTING_MAX;
use std::collections::HashMap;

/// The tree of the tokens of `text`.
pub fn parse_module(text: &str, lexed: Lexed, diagnostics: &mut Diagnostics) -> Module {
    let mut parser = Parser {
        text,
        lexed,
        at: 0,
        mode: Mode::BLOCK,
        depth: 0,
        blocks: 0,
        margin: 0,
        stopped: false,
        names: HashMap::new(),
        diagnostics,
    };
    let body = parser.statements();
    Module { body, span: Span::new(0, text.len()) }
}

/// A part of the program could not be parsed; a diagnostic says why.
struct Bail;

type Parsed<T> = Result<T, Bail>;

/// What the surroundings of an expression allow.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mode {
    /// Do line breaks end statements here?
    line_breaks: bool,
    /// May `{` after a name start a struct literal?
    struct_literals: bool,
}

impl Mode {
    const BLOCK: Mode = Mode { line_breaks: true, struct_literals: true };
    const BRACKETS: Mode = Mode { line_breaks: false, struct_literals: true };
}

struct Parser<'a> {
    text: &'a str,
    lexed: Lexed,
    /// Index of the current token.
    at: usize,
    mode: Mode,
    /// How many nested constructs are open.
    depth: u32,
    /// How many blocks are open.
    blocks: u32,
    /// The margin of the triple-quoted strings whose interpolations are open.
    margin: usize,
    /// Nesting went too deep: nothing more is parsed or reported.
    stopped: bool,
    names: HashMap<&'a str, Name>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Parser<'a> {
    fn token(&self) -> Token {
        self.ahead(0)
    }

    fn kind(&self) -> T {
        self.token().kind
    }

    /// The token `distance` after the current one; past the end, the last one.
    fn ahead(&self, distance: usize) -> Token {
        self.token_at(self.at + distance)
    }

    fn token_at(&self, index: usize) -> Token {
        let end = Token { kind: T::End, newline_before: false, start: 0, end: 0 };
        self.lexed.tokens.get(index).or(self.lexed.tokens.last()).copied().unwrap_or(end)
    }

    fn advance(&mut self) -> Token {
        let token = self.token();
        self.at = (self.at + 1).min(self.lexed.tokens.len().saturating_sub(1));
        token
    }

    /// Steps over the current token if it is of this kind.
    fn eat(&mut self, kind: T) -> bool {
        let found = self.kind() == kind;
        if found {
            self.advance();
        }
        found
    }

    fn previous_span(&self) -> Span {
        if self.at == 0 { Span::default() } else { self.token_at(self.at - 1).span() }
    }

    /// From `start` to the last token that was parsed.
    fn span_from(&self, start: Span) -> Span {
        start.to(self.previous_span())
    }

    fn text_of(&self, token: Token) -> &'a str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or("")
    }

    /// Is the current token first on its line, where that matters?
    fn after_line_break(&self) -> bool {
        self.mode.line_breaks && self.token().newline_before
    }

    /// Is the current token the contextual word `word`?
    fn at_word(&self, word: &str) -> bool {
        self.kind() == T::Name && self.text_of(self.token()) == word
    }

    fn name_of(&mut self, token: Token) -> Name {
        let text = self.text_of(token);
        self.names.entry(text).or_insert_with(|| text.into()).clone()
    }

    fn ident_of(&mut self, token: Token) -> Ident {
        Ident { name: self.name_of(token), span: token.span() }
    }
}

/// Errors.
impl Parser<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        if !self.stopped {
            self.diagnostics.push(diagnostic);
        }
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, span, message));
    }

    fn expected_expression(&mut self) -> Bail {
        let token = self.token();
        match token.kind {
            T::IntType | T::FloatType | T::Bool | T::StringType | T::Impl => return self.reserved_word(token),
            _ => {
                let error = Diagnostic::error(Code::EXPECTED_EXPRESSION, token.span(), "Expected expression");
                self.report(Diagnostic { help: self.help(help::EXPRESSION), ..error });
            }
        }
        Bail
    }

    fn reserved_word(&mut self, token: Token) -> Bail {
        let message = format!("Cannot use reserved word '{}' as a name", self.text_of(token));
        let help = self.reserved_word_help(token).map(str::to_owned);
        self.report(Diagnostic { help, ..Diagnostic::error(Code::RESERVED_WORD, token.span(), message) });
        Bail
    }

    /// Reports that the current token is not `what`.
    fn expected(&mut self, what: &str) -> Bail {
        self.report(self.expectation(what));
        Bail
    }

    fn expectation(&self, what: &str) -> Diagnostic {
        let token = self.token();
        let (found, span) = match token.kind {
            T::End => ("end of file".to_owned(), token.span()),
            _ if self.after_line_break() => {
                let end = self.previous_span().end;
                ("end of line".to_owned(), Span { start: end, end })
            }
            T::TemplateMiddle | T::TemplateTail => {
                ("'}'".to_owned(), Span { start: token.start, end: token.start + 1 })
            }
            _ => (format!("'{}'", shown(self.text_of(token).lines().next().unwrap_or(""))), token.span()),
        };
        let error = Diagnostic::error(Code::EXPECTED_TOKEN, span, format!("Expected {what} but found {found}"));
        Diagnostic { help: self.help(what), ..error }
    }

    fn expect(&mut self, kind: T, what: &str) -> Parsed<Token> {
        if self.kind() == kind { Ok(self.advance()) } else { Err(self.expected(what)) }
    }

    /// The closing bracket of the one at `opener`.
    fn expect_closer(&mut self, kind: T, opener: Span, what: &str) -> Parsed<Token> {
        if self.kind() == kind {
            return Ok(self.advance());
        }
        let mut diagnostic = self.expectation(what);
        diagnostic.labels.push((opener, "opened here".to_owned()));
        self.report(diagnostic);
        Err(Bail)
    }

    /// A name that is not reserved.
    fn name(&mut self, what: &str) -> Parsed<Ident> {
        let token = self.token();
        if token.kind.is_reserved() && !self.after_line_break() {
            return Err(self.reserved_word(token));
        }
        let token = self.expect(T::Name, what)?;
        Ok(self.ident_of(token))
    }

    /// A name or a reserved word.
    fn word(&mut self, what: &str) -> Parsed<Ident> {
        if !self.kind().is_word() {
            return Err(self.expected(what));
        }
        let token = self.advance();
        Ok(self.ident_of(token))
    }
}

/// Nesting and recovery.
impl Parser<'_> {
    /// Counts one more level of nesting. The caller subtracts it from `depth` when the level ends.
    fn enter(&mut self) -> Parsed<()> {
        if self.depth < NESTING_MAX {
            self.depth += 1;
            return Ok(());
        }
        let message = format!("Nesting too deep: more than {NESTING_MAX} levels");
        self.error(Code::LIMIT_NESTING, self.token().span(), message);
        self.stopped = true;
        self.at = self.lexed.tokens.len().saturating_sub(1);
        Err(Bail)
    }

    /// Enters a mode; the result is the one to restore.
    fn set_mode(&mut self, mode: Mode) -> Mode {
        std::mem::replace(&mut self.mode, mode)
    }

    /// Statements up to `}` or, outside all blocks, the end of the file.
    fn statements(&mut self) -> Vec<Stmt> {
        let mut body = Vec::new();
        let entry = (self.mode, self.depth, self.blocks, self.margin);
        loop {
            match self.kind() {
                T::Semicolon => {
                    self.advance();
                }
                T::End => return body,
                T::RBrace if self.blocks > 0 => return body,
                _ => {
                    let start = self.at;
                    if self.statement(&mut body).is_err() {
                        if self.stopped {
                            return body;
                        }
                        self.word_help(start);
                        (self.mode, self.depth, self.blocks, self.margin) = entry;
                        self.recover(start, &mut body);
                    }
                }
            }
        }
    }

    /// After an error in the statement that starts with the token at `start`: goes on at the next line, after the next
    /// `;` or before the end of the block. Brackets that the rest of the statement opens are skipped as a whole.
    fn recover(&mut self, start: usize, body: &mut Vec<Stmt>) {
        let mut at = start;
        while at < self.at {
            at = self.lexed.closer(at).map_or(at + 1, |closer| closer + 1);
        }
        if at == start {
            at += 1;
        }
        loop {
            let token = self.token_at(at);
            let ends_block = token.kind == T::RBrace && self.blocks > 0;
            if ends_block || token.newline_before || matches!(token.kind, T::End | T::Semicolon) {
                break;
            }
            at = self.lexed.closer(at).map_or(at + 1, |closer| closer + 1);
        }
        self.at = at.min(self.lexed.tokens.len().saturating_sub(1));
        let span = self.span_from(self.token_at(start).span());
        body.push(Stmt { kind: StmtKind::Error, span });
    }

    /// `{ … }`; `what` names the block in messages.
    fn block(&mut self, what: &str) -> Parsed<Block> {
        if self.kind() != T::LBrace {
            return Err(self.expected(&format!("'{{' to start {what}")));
        }
        let open = self.advance().span();
        self.enter()?;
        let mode = self.set_mode(Mode::BLOCK);
        self.blocks += 1;
        let body = self.statements();
        self.blocks -= 1;
        self.depth -= 1;
        self.mode = mode;
        if self.kind() != T::RBrace {
            return Err(self.unclosed_block(open, what));
        }
        self.advance();
        Ok(Block { body, span: self.span_from(open) })
    }

    #[cold]
    fn unclosed_block(&mut self, open: Span, what: &str) -> Bail {
        let diagnostic = self.expectation(&format!("'}}' to close {what}"));
        self.report(Diagnostic { labels: vec![(open, "opened here".to_owned())], ..diagnostic });
        Bail
    }
}

#[cfg(test)]
mod tests;
