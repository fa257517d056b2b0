//! Help for what other languages write otherwise, from the tokens around a syntax error.
//!
//! Four looks, each only after an error: at a comment before the place ([`Parser::comment_help`]), at the signs before and after
//! it ([`Parser::sign_help`]), at what was expected and what stands there ([`Parser::expected_help`]), and at the words of the line
//! ([`Parser::word_help`]). Help is given only
//! where nothing else can have been meant.

use super::{Parser, T};
use crate::help::{self, INTERPOLATION, LAMBDA, Occurrence, ROUNDING};
use crate::syntax::token::Token;

const ALTERNATIVES: &str = "alternatives are written `case 1 | 2`";
const ARM: &str = "an arm is written `case pattern { … }`";
const ARRAY_PATTERN: &str = "to take an array apart, write `let [a, b] := xs`";
const BRACES: &str = "a block stands in braces: `{ … }`";
const COMMENT: &str = "`//` begins a comment; `/` divides ints without a rest";
const COMPARISON: &str = "to compare, write `==`";
const COUNTING: &str = "to count, write `for i in 0..10 { … }`";
const DIFFERENT: &str = "write `!=`";
const ENUM_METHOD: &str = "an enum has no methods: declare a function that takes its values";
const FUNCTION_BODY: &str = "the body of a function stands in braces: `{ return … }`";
const SLICE: &str = "a slice is written `xs[0..2]`";
const SWAP: &str =
    "`[a, b] := …` assigns variables only; elements are swapped by `t := xs[i]`, `xs[i] := xs[j]`, `xs[j] := t`";

/// Tokens of a line that are looked at, at most.
pub(super) const LINE_TOKENS_MAX: usize = 64;

impl Parser<'_> {
    /// The help for an error at the current token, where `what` was expected.
    #[cold]
    pub(super) fn help(&self, what: &str) -> Option<String> {
        let signs = self.comment_help().or_else(|| self.sign_help(what));
        signs.or_else(|| self.expected_help(what)).map(str::to_owned).or_else(|| self.import_help(what))
    }

    /// `print(7 // 2)`, where the comment has the parenthesis.
    fn comment_help(&self) -> Option<&'static str> {
        let (before, here) = (self.behind(1), self.token());
        let is_operand = matches!(before.kind, T::Int | T::Float | T::Name | T::RParen | T::RBracket);
        let between = self.text.get(before.end as usize..here.start as usize)?;
        let comment = between.trim_start_matches([' ', '\t']).strip_prefix("//").filter(|_| is_operand)?;
        let comment = comment.lines().next().unwrap_or("");
        let count = |brackets: [char; 2]| comment.matches(brackets).count();
        (count([')', ']']) > count(['(', '['])).then_some(COMMENT)
    }

    /// Signs and prefixes that are not Ruff's.
    fn sign_help(&self, what: &str) -> Option<&'static str> {
        let (here, before) = (self.token(), self.behind(1));
        let is_joined = before.end == here.start;
        let is_followed_at_once = |kind: T| self.ahead(1).kind == kind && self.ahead(1).start == here.end;
        let is_at_expression = what == EXPRESSION;
        match (before.kind, here.kind) {
            (T::Name, T::Str | T::TemplateHead) if is_joined && matches!(self.text_of(before), "f" | "F") => {
                Some(INTERPOLATION)
            }
            (T::EqEq, T::Eq) if is_joined => Some("write `==`"),
            (T::BangEq, T::Eq) | (T::Lt, T::Gt) if is_joined => Some(DIFFERENT),
            (_, T::Tilde) if is_followed_at_once(T::Eq) => Some(DIFFERENT),
            (T::Eq, T::Gt) if is_joined => Some(LAMBDA),
            (T::Plus, T::Plus) if is_joined && !self.is_operand_beside(1) => Some("to add one, write `i += 1`"),
            (T::Plus, T::Plus) if is_joined && before.newline_before => Some("to add one, write `i += 1`"),
            (T::Minus, _) if self.is_decrement() => Some("to subtract one, write `i -= 1`"),
            (T::ColonEq | T::Eq | T::LParen | T::Comma | T::Return, T::Pipe | T::PipePipe) if is_at_expression => {
                Some(LAMBDA)
            }
            (T::LParen | T::Comma, T::Star) if is_at_expression => Some("an array is spread as `...xs`"),
            (T::Question, T::Colon) if is_joined => Some("a value in place of null is written `x ?? y`"),
            (T::Question, _) | (_, T::Colon) if self.is_conditional() => {
                Some("write `if condition { a } else { b }`, which is an expression")
            }
            _ => None,
        }
    }

    /// What is written instead of something that must come.
    fn expected_help(&self, what: &str) -> Option<&'static str> {
        let here = self.token();
        let found = self.text_of(here);
        let is_arrow = self.is_arrow(0);
        if let Some(block) = what.strip_prefix("'{' to start ") {
            return match (block, found) {
                ("function body", ":") if !self.ahead(1).newline_before => Some("the type of the result follows `->`"),
                ("function body", "=") => Some(FUNCTION_BODY),
                ("case block", _) if is_arrow => Some(ARM),
                ("case block", ",") => Some(ALTERNATIVES),
                ("except block", "as" | "(") => Some("write `except e { … }`"),
                ("struct declaration", "(") => Some("the fields stand in braces: `struct P { x, y }`"),
                ("if block" | "while block" | "loop block", "=" | ":=") if !is_arrow => Some(COMPARISON),
                ("case block", _) if self.behind(1).kind == T::Colon => Some(BRACES),
                ("if block", "else") => Some("write `if condition { a } else { b }`"),
                (_, ":" | "then" | "do") => Some(BRACES),
                _ => self.foreign_word(),
            };
        }
        match (what, found) {
            ("'except' or 'finally' after try block", "catch" | "rescue") => Some("write `except e { … }`"),
            ("a name after 'for'", "(") if self.is_counting_loop() => Some(COUNTING),
            ("a name after 'for'", "(") => Some("without parentheses: `for x in xs { … }`"),
            ("'in' after loop variable", "of") => Some("write `in`"),
            ("'in' after loop variable", "=" | ":=") => Some(COUNTING),
            ("a name after 'let'" | "a name after 'mut'", "(") => Some(ARRAY_PATTERN),
            ("':=' or '=' before the value", ",") => Some(ARRAY_PATTERN),
            ("':=' or '=' before the value", _) if self.is_at_end_of_statement() => {
                Some("a variable needs a first value, such as `null`")
            }
            ("a module name after 'import'", "{" | "*") => Some("write `from module import name`"),
            ("a name after 'import'", "{" | "(") => Some("without brackets: `from module import a, b`"),
            ("a name after 'import'", "*") => Some("`import module` makes all its names visible"),
            ("'}' to close match block", _) if here.kind != T::End => Some(ARM),
            ("'}' to close struct declaration", "(") => Some("a method is written `func name(self) { … }`"),
            ("a parameter name", "*") => Some("the parameter for all other arguments is `...args`"),
            ("'}' to close enum declaration", "func" | "async") => Some(ENUM_METHOD),
            ("'}' to close interpolation", ":") => Some(ROUNDING),
            ("')' to close argument list", "=") if is_arrow => Some(LAMBDA),
            ("')' to close argument list", "=") if self.behind(1).kind == T::Name => {
                Some("a named argument is written `name: value`")
            }
            ("':' after dict key", "=" | ",") if self.is_in_struct_literal() => {
                Some("the fields of a struct are written `P { x: 1, y: 2 }`")
            }
            ("':' after dict key", "," | "}") if self.behind(2).kind == T::LBrace => {
                Some("a set is made by `Set([1, 2])`")
            }
            ("'}' to close enum declaration", "=" | ":=") => {
                Some("variants are no numbers, but may have values: `V(x)`")
            }
            ("']' to close index", ":") => Some(SLICE),
            (EXPRESSION, ":") if self.behind(1).kind == T::LBracket => Some(SLICE),
            ("']' to close array", "for") => Some("write `xs.map(func(x) { return … })`"),
            ("')' to close parentheses", ",") if self.are_parameters() => Some(LAMBDA),
            ("')' to close parentheses", ",") => Some("there are no tuples; an array is written `[a, b]`"),
            (EXPRESSION, ",") => self.list_help(),
            _ => self.foreign_word(),
        }
    }

    /// The help for the current token as a word of another language.
    fn foreign_word(&self) -> Option<&'static str> {
        let is_here = self.kind() == T::Name && !self.after_line_break();
        if is_here { self.occurrence(self.token()).help() } else { None }
    }

    /// `import a from b` and `import "a"`.
    fn import_help(&self, what: &str) -> Option<String> {
        let here = self.token();
        let is_name = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        match what {
            "a module name after 'import'" if here.kind == T::Str => {
                let name = self.text_of(here).trim_matches('"');
                let name = name.strip_suffix(".ruff").unwrap_or(name);
                is_name(name).then(|| format!("without quotes: `import {name}`"))
            }
            "'import' after module name" if self.behind(4).kind == T::Import => {
                let (name, module) = (self.text_of(self.behind(3)), self.text_of(self.behind(1)));
                Some(format!("write `from {module} import {name}`"))
            }
            _ => None,
        }
    }

    /// The help for what cannot be assigned at the current token: `[xs[i], xs[j]] := …`.
    #[cold]
    pub(super) fn target_help(&self) -> Option<&'static str> {
        let is_in_pattern = self.behind(1).kind == T::Name && matches!(self.behind(2).kind, T::LBracket | T::Comma);
        (is_in_pattern && matches!(self.kind(), T::LBracket | T::Dot)).then_some(SWAP)
    }

    /// The help for a reserved word that stands where a name must.
    pub(super) fn reserved_word_help(&self, word: Token) -> Option<&'static str> {
        match word.kind {
            T::IntType | T::FloatType | T::Bool | T::StringType
                if matches!(self.behind(1).kind, T::EqEq | T::BangEq) =>
            {
                Some("kinds have texts as names: `type(v) == \"int\"`")
            }
            T::IntType => Some("to convert a value, call `to_int`"),
            T::FloatType => Some("to convert a value, call `to_float`"),
            T::Bool => Some("to convert a value, call `to_bool`"),
            T::StringType => Some("to convert a value, call `to_string`"),
            T::Impl => Some("methods are declared inside `struct P { … }`"),
            T::Mut if self.behind(1).kind == T::Let => Some("write `mut x := …`, without `let`"),
            T::SelfWord if matches!(self.behind(1).kind, T::LBracket) => Some(SWAP),
            T::SelfWord if matches!(self.behind(1).kind, T::LParen | T::Comma | T::Mut) => {
                Some("only the first parameter of a method, a function inside `struct { … }`, is `self`")
            }
            _ => None,
        }
    }

    /// After an error in the statement that starts with the token at `start`: a word of another language before it on its line
    /// says more than what went wrong there.
    #[cold]
    pub(super) fn word_help(&mut self, start: usize) {
        let Some(help) = self.word_of_line(start, self.at).or_else(|| self.word_of_line(self.at, self.at)) else {
            return;
        };
        let first = self.token_at(start).start;
        // Past the limit of diagnostics the last one is of another statement.
        if let Some(last) = self.diagnostics.last_mut().filter(|last| last.span.start >= first) {
            last.help = Some(help);
        }
    }

    /// The help for the first foreign word on the line of the token at `at`, before the token at `end`.
    fn word_of_line(&self, at: usize, end: usize) -> Option<String> {
        let first = self.line_start(at);
        let is_on_line = |index: &usize| *index == first || !self.token_at(*index).newline_before;
        let line = (first..end.min(first + LINE_TOKENS_MAX)).take_while(is_on_line);
        line.filter(|index| self.token_at(*index).kind == T::Name).find_map(|index| self.leading_word(index))
    }

    /// The help for the word at `index`, if what comes next on its line cannot follow a name of Ruff.
    fn leading_word(&self, index: usize) -> Option<String> {
        let word = self.text_of(self.token_at(index));
        let next = self.token_at(index + 1);
        let closer = if next.kind == T::LParen { self.lexed.closer(index + 1) } else { None };
        let is_before_block = closer.is_some_and(|c| matches!(self.token_at(c + 1).kind, T::LBrace | T::Colon));
        let is_operand = next.kind.starts_expression() && !matches!(next.kind, T::LParen | T::LBracket | T::Minus);
        let before = if index == 0 { T::Semicolon } else { self.token_at(index - 1).kind };
        if next.newline_before || !(is_operand || is_before_block) || matches!(before, T::Dot | T::QuestionDot) {
            return None;
        }
        let is_first = self.token_at(index).newline_before || matches!(before, T::Semicolon | T::LBrace | T::RBrace);
        let misspelt = || help::nearest(word, help::LEADING_WORDS.iter().copied()).filter(|_| is_first);
        self.occurrence(self.token_at(index))
            .help()
            .map(str::to_owned)
            .or_else(|| Some(format!("did you mean `{}`?", misspelt()?)))
    }

    fn occurrence(&self, token: Token) -> Occurrence<'_> {
        Occurrence::new(self.text, token.start, token.end)
    }

    // ---- what the tokens look like

    /// The token that many before the current one; before the first, the first.
    fn behind(&self, distance: usize) -> Token {
        self.token_at(self.at.saturating_sub(distance))
    }

    /// Can an operand start with the token that many after the current one, on the same line?
    fn is_operand_beside(&self, distance: usize) -> bool {
        let token = self.ahead(distance);
        token.kind.starts_expression() && !token.newline_before
    }

    fn is_at_end_of_statement(&self) -> bool {
        self.token().newline_before || matches!(self.kind(), T::End | T::Semicolon | T::RBrace)
    }

    /// `i--` before the end of the statement.
    fn is_decrement(&self) -> bool {
        let (first, second) = (self.behind(2), self.behind(1));
        let is_double = first.kind == T::Minus && second.kind == T::Minus && first.end == second.start;
        is_double && (self.is_at_end_of_statement() || self.kind() == T::RParen)
    }

    /// `=>` at the token that many after the current one?
    pub(super) fn is_arrow(&self, distance: usize) -> bool {
        let (first, second) = (self.ahead(distance), self.ahead(distance + 1));
        first.kind == T::Eq && second.kind == T::Gt && first.end == second.start
    }

    /// `(a, b) => …`, at its first comma.
    fn are_parameters(&self) -> bool {
        let opener = self.at.checked_sub(2).and_then(|opener| self.lexed.closer(opener));
        opener.is_some_and(|closer| self.is_arrow(closer + 1 - self.at))
    }

    /// `for (i = 0; i < n; i += 1)`, at its parenthesis.
    fn is_counting_loop(&self) -> bool {
        let end = self.lexed.closer(self.at).unwrap_or(self.at).min(self.at + LINE_TOKENS_MAX);
        (self.at..end).any(|index| self.token_at(index).kind == T::Semicolon)
    }

    /// `a ? b : c`: are we at its colon, or behind its question mark?
    fn is_conditional(&self) -> bool {
        if self.kind() == T::Colon {
            return self.is_question_before();
        }
        let line = (1..LINE_TOKENS_MAX).map(|distance| self.ahead(distance)).take_while(|token| !token.newline_before);
        self.is_operand_beside(0) && line.map(|token| token.kind).any(|kind| kind == T::Colon)
    }

    /// Is there a `?` before the current token, on its line and in the same brackets?
    fn is_question_before(&self) -> bool {
        let mut depth = 0;
        for distance in 1..LINE_TOKENS_MAX.min(self.at + 1) {
            match self.behind(distance).kind {
                T::RParen | T::RBracket | T::RBrace => depth += 1,
                T::LParen | T::LBracket | T::QuestionBracket | T::LBrace if depth == 0 => return false,
                T::LParen | T::LBracket | T::QuestionBracket | T::LBrace => depth -= 1,
                T::Comma | T::Semicolon if depth == 0 => return false,
                T::Question if depth == 0 => return true,
                _ => {}
            }
            if distance > 1 && self.behind(distance - 1).newline_before {
                return false;
            }
        }
        false
    }

    /// `P { x =` and `P { x,` at the sign.
    fn is_in_struct_literal(&self) -> bool {
        let name = self.behind(3);
        let is_struct_name = self.text_of(name).starts_with(|c: char| c.is_ascii_uppercase());
        self.behind(2).kind == T::LBrace && name.kind == T::Name && is_struct_name && !self.behind(2).newline_before
    }

    /// At a comma between statements: `return a, b` and `a, b := c`.
    fn list_help(&self) -> Option<&'static str> {
        let first = self.statement_start();
        let kinds = (self.at..self.at + LINE_TOKENS_MAX).map(|index| self.token_at(index).kind);
        let mut statement = kinds.take_while(|kind| !matches!(kind, T::End | T::LBrace | T::Semicolon));
        if self.token_at(first).kind == T::Return {
            return Some("to return several values, return an array: `[a, b]`");
        }
        let is_assignment = first + 1 == self.at && statement.any(|kind| matches!(kind, T::ColonEq | T::Eq));
        is_assignment.then_some("to assign several variables, write `[a, b] := [1, 2]`")
    }

    /// The first token of the statement around the current one, as far as it is on this line.
    fn statement_start(&self) -> usize {
        let line = self.line_start(self.at);
        let ends = |index: &usize| matches!(self.token_at(*index).kind, T::LBrace | T::RBrace | T::Semicolon);
        (line..self.at).rev().find(ends).map_or(line, |end| end + 1)
    }

    /// The first token on the line of the one at `at`, or one that is as far away as one looks.
    fn line_start(&self, at: usize) -> usize {
        let mut first = at;
        while first > 0 && at - first < LINE_TOKENS_MAX && !self.token_at(first).newline_before {
            first -= 1;
        }
        first
    }
}

/// What [`Parser::help`] is told where an expression was expected.
pub(super) const EXPRESSION: &str = "expression";
