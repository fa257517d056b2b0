//! Source text to tokens (section 1 of the language reference), in one pass without recursion.
//!
//! The lexer checks the form of every literal but keeps no values; `literal` computes them from the text. Besides the
//! tokens it records which brackets match, the margins of triple-quoted strings and the documentation comments.

use super::diagnostic::{Diagnostic, Diagnostics};
use super::lexed::{Lexed, Margin, UNCLOSED, common_blanks};
use super::literal::{self, Escape, is_blank_byte};
use super::source::Span;
use super::token::{Bracket, Token, TokenKind};
use crate::code::Code;
use crate::help;

/// The longest part of a value that messages show, in characters.
const SHOWN_MAX: usize = 200;

/// `text` as messages show it: at most 200 characters, a longer one ends with `…`.
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Cuts `text` into tokens and reports every lexical error.
pub fn lex(text: &str, diagnostics: &mut Diagnostics) -> Lexed {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 },
        newline: true,
        lexed: Lexed::default(),
        open_brackets: Vec::new(),
        open_counts: [0; 4],
        interpolations: Vec::new(),
        open_margins: Vec::new(),
        diagnostics,
    };
    lexer.run();
    lexer.lexed
}

/// The opening quotes of a string.
#[derive(Clone, Copy)]
struct Quote {
    start: usize,
    raw: bool,
    triple: bool,
}

/// A `${` whose `}` has not been found.
struct Interpolation {
    quote: Quote,
    dollar: usize,
    /// How many `{` inside are open.
    braces: usize,
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    newline: bool,
    lexed: Lexed,
    /// Indices into `lexed.brackets`, with the kind.
    open_brackets: Vec<(usize, Bracket)>,
    /// How many brackets of each kind are open.
    open_counts: [usize; 4],
    interpolations: Vec<Interpolation>,
    /// Indices into `lexed.margins` of the triple-quoted strings around the current byte.
    open_margins: Vec<usize>,
    diagnostics: &'a mut Diagnostics,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.peek(0) {
            self.token(byte);
        }
        if let Some(open) = self.interpolations.last() {
            let span = Span::new(open.dollar, open.dollar + 2);
            self.error(Code::UNTERMINATED_INTERPOLATION, span, "Unterminated interpolation");
        }
        self.push(TokenKind::End, self.at);
    }

    fn token(&mut self, byte: u8) {
        match byte {
            b'\n' => self.line_break(),
            b' ' | b'\t' | b'\r' => self.at += 1,
            0 => self.null_byte(),
            b'#' => self.line_comment(),
            b'/' if self.peek(1) == Some(b'/') => self.line_comment(),
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'"' => self.string(0),
            b'r' if self.peek(1) == Some(b'"') => self.string(1),
            b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            b'}' if self.interpolations.last().is_some_and(|open| open.braces == 0) => self.resume_string(),
            _ => self.sign(byte),
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, span, message));
    }

    /// Ends a token here.
    fn push(&mut self, kind: TokenKind, start: usize) {
        let index = self.lexed.tokens.len() as u32;
        let newline_before = std::mem::replace(&mut self.newline, false);
        self.lexed.tokens.push(Token { kind, newline_before, start: start as u32, end: self.at as u32 });
        if let Some(bracket) = kind.opens() {
            self.open_brackets.push((self.lexed.brackets.len(), bracket));
            self.open_counts[bracket as usize] += 1;
            self.lexed.brackets.push((index, UNCLOSED));
        } else if let Some(bracket) = kind.closes() {
            self.close_bracket(bracket, index);
        }
    }

    /// Matches a closing bracket with the nearest open one of its kind; those between stay unclosed.
    fn close_bracket(&mut self, bracket: Bracket, closer: u32) {
        if self.open_counts[bracket as usize] == 0 {
            self.lexed.has_stray_closer = true;
            return;
        }
        while let Some((opener, kind)) = self.open_brackets.pop() {
            self.open_counts[kind as usize] -= 1;
            if kind == bracket {
                self.lexed.brackets[opener].1 = closer;
                return;
            }
        }
    }

    fn null_byte(&mut self) {
        self.error(Code::NULL_BYTE, Span::new(self.at, self.at + 1), "Null byte in source");
        self.at += 1;
    }

    /// Steps over a line feed. Inside triple-quoted strings the blanks that follow count for the margin.
    fn line_break(&mut self) {
        self.at += 1;
        self.newline = true;
        if let Some(margin) = self.open_margins.last() {
            let blanks = self.blanks();
            if !self.ends_line(blanks.end as usize) {
                let rest = &mut self.lexed.margins[*margin].1.rest;
                *rest = common_blanks(self.text, *rest, Some(blanks));
            }
        }
    }

    /// The run of blanks that starts here.
    fn blanks(&self) -> Span {
        let len = self.bytes[self.at..].iter().take_while(|b| is_blank_byte(**b)).count();
        Span::new(self.at, self.at + len)
    }

    fn ends_line(&self, at: usize) -> bool {
        matches!(self.bytes.get(at..), None | Some([] | [b'\n', ..] | [b'\r', b'\n', ..]))
    }

    fn line_comment(&mut self) {
        let start = self.at;
        if self.starts_with("///") {
            let len = self.bytes[start..].iter().take_while(|b| **b != b'\n').count();
            self.lexed.docs.push((self.lexed.tokens.len() as u32, Span::new(start, start + len)));
        }
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' => return,
                0 => self.null_byte(),
                _ => self.at += 1,
            }
        }
    }

    fn block_comment(&mut self) {
        let start = self.at;
        self.at += 2;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'*' if self.peek(1) == Some(b'/') => {
                    self.at += 2;
                    return;
                }
                b'\n' => self.line_break(),
                0 => self.null_byte(),
                _ => self.at += 1,
            }
        }
        self.error(Code::UNTERMINATED_COMMENT, Span::new(start, start + 2), "Unterminated block comment");
    }

    fn word(&mut self) {
        let start = self.at;
        self.skip_word();
        self.push(TokenKind::of_word(&self.text[start..self.at]), start);
    }

    /// Steps over letters, digits and underscores.
    fn skip_word(&mut self) {
        while let Some(byte) = self.peek(0) {
            if byte.is_ascii_alphanumeric() || byte == b'_' {
                self.at += 1;
            } else if !byte.is_ascii()
                && let Some(letter) = self.char_here().filter(|c| c.is_alphanumeric())
            {
                self.at += letter.len_utf8();
            } else {
                return;
            }
        }
    }

    fn char_here(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn number(&mut self) {
        let start = self.at;
        let radix_digits: Option<fn(&u8) -> bool> = match (self.peek(0), self.peek(1)) {
            (Some(b'0'), Some(b'x')) => Some(u8::is_ascii_hexdigit),
            (Some(b'0'), Some(b'o')) => Some(|b| (b'0'..=b'7').contains(b)),
            (Some(b'0'), Some(b'b')) => Some(|b| matches!(b, b'0' | b'1')),
            _ => None,
        };
        let (kind, mut well_formed) = match radix_digits {
            Some(is_digit) => {
                self.at += 2;
                (TokenKind::Int, self.digits(is_digit))
            }
            None => self.decimal(),
        };
        let end = self.at;
        self.skip_word();
        well_formed &= self.at == end;
        let (text, span) = (&self.text[start..self.at], Span::new(start, self.at));
        if !well_formed {
            let message = format!("Malformed numeric literal: {}", shown(text));
            let is_format = self.interpolations.last().is_some_and(|open| open.braces == 0);
            let help = (is_format && self.text[..start].ends_with(":.")).then(|| help::ROUNDING.to_owned());
            self.diagnostics.push(Diagnostic { help, ..Diagnostic::error(Code::MALFORMED_NUMBER, span, message) });
        } else if kind == TokenKind::Float && literal::float_value(text).is_infinite() {
            let message = format!("Numeric literal out of range: {}", shown(text));
            self.error(Code::NUMBER_OUT_OF_RANGE, span, message);
        }
        self.push(kind, start);
    }

    fn decimal(&mut self) -> (TokenKind, bool) {
        let mut kind = TokenKind::Int;
        let mut well_formed = self.digits(u8::is_ascii_digit);
        if self.peek(0) == Some(b'.') && self.peek(1).is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
            kind = TokenKind::Float;
            well_formed &= self.digits(u8::is_ascii_digit);
        }
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            self.at += 1 + matches!(self.peek(1), Some(b'+' | b'-')) as usize;
            kind = TokenKind::Float;
            well_formed &= self.digits(u8::is_ascii_digit);
        }
        (kind, well_formed)
    }

    /// Steps over digits with single underscores between them. False if there is no digit.
    fn digits(&mut self, is_digit: fn(&u8) -> bool) -> bool {
        let start = self.at;
        while let Some(byte) = self.peek(0) {
            let joins = byte == b'_' && self.at > start && self.peek(1).is_some_and(|b| is_digit(&b));
            if !is_digit(&byte) && !joins {
                break;
            }
            self.at += 1 + joins as usize;
        }
        self.at > start
    }

    /// A string whose quotes start after a prefix.
    fn string(&mut self, prefix: usize) {
        let start = self.at;
        self.at += prefix;
        let triple = self.starts_with("\"\"\"");
        self.at += if triple { 3 } else { 1 };
        let quote = Quote { start, raw: prefix > 0, triple };
        if triple {
            let blanks = self.blanks();
            let first = (!self.ends_line(blanks.end as usize)).then_some(blanks);
            self.open_margins.push(self.lexed.margins.len());
            self.lexed.margins.push((start as u32, Margin { first, rest: None }));
        }
        self.string_text(quote, start, [TokenKind::TemplateHead, TokenKind::Str]);
    }

    /// The `}` that ends an interpolation.
    fn resume_string(&mut self) {
        let start = self.at;
        self.at += 1;
        if let Some(open) = self.interpolations.pop() {
            self.string_text(open.quote, start, [TokenKind::TemplateMiddle, TokenKind::TemplateTail]);
        }
    }

    /// The text of a string up to `${` or the closing quotes. `kinds` says what the token is in either case.
    fn string_text(&mut self, quote: Quote, token_start: usize, [open, closed]: [TokenKind; 2]) {
        // A line break inside the token does not make it the first token of a line.
        let newline = self.newline;
        let closing = if quote.triple { "\"\"\"" } else { "\"" };
        while let Some(byte) = self.peek(0) {
            match byte {
                b'"' if self.starts_with(closing) => {
                    self.at += closing.len();
                    return self.end_string(quote, token_start, closed, newline);
                }
                b'$' if !quote.raw && self.peek(1) == Some(b'{') => {
                    self.interpolations.push(Interpolation { quote, dollar: self.at, braces: 0 });
                    self.at += 2;
                    self.newline = newline;
                    return self.push(open, token_start);
                }
                b'\\' if !quote.raw => self.escape(),
                b'\n' if !quote.triple => break,
                b'\n' => self.line_break(),
                0 => self.null_byte(),
                _ => self.at += 1,
            }
        }
        let shown_end = self.bytes[quote.start..self.at].iter().position(|b| *b == b'\n');
        let span = Span::new(quote.start, shown_end.map_or(self.at, |len| quote.start + len));
        self.error(Code::UNTERMINATED_STRING, span, "Unterminated string literal");
        self.end_string(quote, token_start, closed, newline);
    }

    fn end_string(&mut self, quote: Quote, token_start: usize, kind: TokenKind, newline: bool) {
        if quote.triple {
            self.close_margin();
        }
        self.newline = newline;
        self.push(kind, token_start);
    }

    /// The lines of a triple-quoted string are lines of the one around it as well.
    fn close_margin(&mut self) {
        let inner = self.open_margins.pop().and_then(|at| self.lexed.margins[at].1.rest);
        if let Some(outer) = self.open_margins.last() {
            let rest = &mut self.lexed.margins[*outer].1.rest;
            *rest = common_blanks(self.text, *rest, inner);
        }
    }

    fn escape(&mut self) {
        let start = self.at;
        self.at += 1;
        match literal::escape(&self.text[self.at..]) {
            Escape::Char { len, .. } => self.at += len,
            Escape::Invalid { len } => {
                self.at += len;
                let message = format!("Invalid escape sequence: {}", shown(&self.text[start..self.at]));
                self.error(Code::INVALID_ESCAPE, Span::new(start, self.at), message);
            }
        }
    }

    /// An operator or a bracket: the longest that fits.
    fn sign(&mut self, byte: u8) {
        use TokenKind::*;
        let next = self.peek(1);
        let third = self.peek(2);
        let (kind, len) = match (byte, next, third) {
            (b'(', ..) => (LParen, 1),
            (b')', ..) => (RParen, 1),
            (b'[', ..) => (LBracket, 1),
            (b']', ..) => (RBracket, 1),
            (b'{', ..) => (LBrace, 1),
            (b'}', ..) => (RBrace, 1),
            (b',', ..) => (Comma, 1),
            (b';', ..) => (Semicolon, 1),
            (b'~', ..) => (Tilde, 1),
            (b':', Some(b':'), _) => (ColonColon, 2),
            (b':', Some(b'='), _) => (ColonEq, 2),
            (b':', ..) => (Colon, 1),
            (b'.', Some(b'.'), Some(b'.')) => (Ellipsis, 3),
            (b'.', Some(b'.'), Some(b'=')) => (DotDotEq, 3),
            (b'.', Some(b'.'), _) => (DotDot, 2),
            (b'.', ..) => (Dot, 1),
            (b'?', Some(b'.'), _) => (QuestionDot, 2),
            (b'?', Some(b'['), _) => (QuestionBracket, 2),
            (b'?', Some(b'?'), _) => (Coalesce, 2),
            (b'?', ..) => (Question, 1),
            (b'-', Some(b'>'), _) => (Arrow, 2),
            (b'-', Some(b'='), _) => (MinusEq, 2),
            (b'-', ..) => (Minus, 1),
            (b'+', Some(b'='), _) => (PlusEq, 2),
            (b'+', ..) => (Plus, 1),
            (b'*', Some(b'*'), Some(b'=')) => (StarStarEq, 3),
            (b'*', Some(b'*'), _) => (StarStar, 2),
            (b'*', Some(b'='), _) => (StarEq, 2),
            (b'*', ..) => (Star, 1),
            (b'/', Some(b'='), _) => (SlashEq, 2),
            (b'/', ..) => (Slash, 1),
            (b'%', Some(b'='), _) => (PercentEq, 2),
            (b'%', ..) => (Percent, 1),
            (b'&', Some(b'&'), _) => (AmpAmp, 2),
            (b'&', Some(b'='), _) => (AmpEq, 2),
            (b'&', ..) => (Amp, 1),
            (b'|', Some(b'|'), _) => (PipePipe, 2),
            (b'|', Some(b'>'), _) => (PipeArrow, 2),
            (b'|', Some(b'='), _) => (PipeEq, 2),
            (b'|', ..) => (Pipe, 1),
            (b'^', Some(b'='), _) => (CaretEq, 2),
            (b'^', ..) => (Caret, 1),
            (b'<', Some(b'<'), Some(b'=')) => (ShlEq, 3),
            (b'<', Some(b'<'), _) => (Shl, 2),
            (b'<', Some(b'='), _) => (LtEq, 2),
            (b'<', ..) => (Lt, 1),
            (b'>', Some(b'>'), Some(b'=')) => (ShrEq, 3),
            (b'>', Some(b'>'), _) => (Shr, 2),
            (b'>', Some(b'='), _) => (GtEq, 2),
            (b'>', ..) => (Gt, 1),
            (b'=', Some(b'='), _) => (EqEq, 2),
            (b'=', ..) => (Eq, 1),
            (b'!', Some(b'='), _) => (BangEq, 2),
            (b'!', ..) => (Bang, 1),
            _ => return self.invalid_character(),
        };
        self.count_brace(kind);
        let start = self.at;
        self.at += len;
        self.push(kind, start);
    }

    fn count_brace(&mut self, kind: TokenKind) {
        if let Some(open) = self.interpolations.last_mut() {
            match kind {
                TokenKind::LBrace => open.braces += 1,
                TokenKind::RBrace => open.braces -= 1,
                _ => {}
            }
        }
    }

    fn invalid_character(&mut self) {
        let Some(character) = self.char_here() else {
            self.at = self.bytes.len();
            return;
        };
        let start = self.at;
        self.at += character.len_utf8();
        let message = format!("Invalid character: '{character}'");
        let help = match character {
            '\'' | '“' | '”' | '‘' | '’' => Some("a string stands in double quotes: `\"…\"`"),
            '`' => Some(help::INTERPOLATION),
            _ => None,
        };
        // The first quote of a text says it.
        let said = self.diagnostics.as_slice().iter().rev().find_map(|last| last.help.as_deref());
        let help = help.filter(|help| said != Some(help)).map(str::to_owned);
        let error = Diagnostic::error(Code::INVALID_CHARACTER, Span::new(start, self.at), message);
        self.diagnostics.push(Diagnostic { help, ..error });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        let mut diagnostics = Diagnostics::default();
        let lexed = lex(text, &mut diagnostics);
        assert!(!diagnostics.has_errors(), "{text}: {diagnostics:?}");
        lexed.tokens.iter().map(|token| token.kind).take_while(|kind| *kind != TokenKind::End).collect()
    }

    fn errors(text: &str) -> Vec<String> {
        let mut diagnostics = Diagnostics::default();
        lex(text, &mut diagnostics);
        diagnostics.sorted().0.iter().map(|d| format!("{}..{} {}", d.span.start, d.span.end, d.message)).collect()
    }

    #[test]
    fn the_longest_sign_wins() {
        use TokenKind::*;
        assert_eq!(kinds("a**=b ** c*d"), [Name, StarStarEq, Name, StarStar, Name, Star, Name]);
        assert_eq!(
            kinds("x?.y?[1]? ?? z"),
            [Name, QuestionDot, Name, QuestionBracket, Int, RBracket, Question, Coalesce, Name]
        );
        assert_eq!(kinds("1..=2 ...x .. y"), [Int, DotDotEq, Int, Ellipsis, Name, DotDot, Name]);
        assert_eq!(kinds("5.abs() 1..3 1.5.x"), [Int, Dot, Name, LParen, RParen, Int, DotDot, Int, Float, Dot, Name]);
        assert_eq!(kinds("a::b:=c->d|>e"), [Name, ColonColon, Name, ColonEq, Name, Arrow, Name, PipeArrow, Name]);
        assert_eq!(kinds("r r1 r\"a\\\" \"\" \"\"\"\"\"\""), [Name, Name, Str, Str, Str]);
    }

    #[test]
    fn comments_and_line_breaks() {
        let lexed = lex("\u{FEFF}a # x\n// y\n/* \n */ b /* z */ c\n/// one\n/// two\nd", &mut Diagnostics::default());
        let lines: Vec<bool> = lexed.tokens.iter().map(|token| token.newline_before).collect();
        assert_eq!(lines, [true, true, false, true, false]);
        assert_eq!((lexed.docs(2).count(), lexed.docs(3).count()), (0, 2));
    }

    #[test]
    fn interpolation_holds_tokens() {
        use TokenKind::*;
        assert_eq!(
            kinds("\"a${ {b: \"}\"} /* } */ }c${\n1}\""),
            [TemplateHead, LBrace, Name, Colon, Str, RBrace, TemplateMiddle, Int, TemplateTail]
        );
        assert_eq!(kinds("\"${\"${x}\"}\""), [TemplateHead, TemplateHead, Name, TemplateTail, TemplateTail]);
        assert_eq!(kinds("\"\\${x} $ $y {} $\""), [Str]);
        assert_eq!(kinds("r\"${x}\""), [Str]);
    }

    #[test]
    fn brackets_match_by_kind() {
        let lexed = lex("{ ( [ } \"${(}\" )", &mut Diagnostics::default());
        let closers: Vec<Option<usize>> = (0..8).map(|index| lexed.closer(index)).collect();
        assert_eq!(closers, [Some(3), None, None, None, Some(6), None, None, None]);
        assert!(lexed.has_unclosed_bracket() && lexed.has_stray_closer);
    }

    #[test]
    fn numbers() {
        use TokenKind::*;
        assert_eq!(kinds("0xFF 0o17 0b1 007 1_000 1e9 2.5E-3 1e+1"), [Int, Int, Int, Int, Int, Float, Float, Float]);
        for wrong in
            ["1abc", "1_", "1__0", "0x", "0xG", "0b12", "0o8", "1e", "1e+", "1.5x", "1_a", "0X1", "1é", "0x1_", "1.5_"]
        {
            assert_eq!(errors(wrong), [format!("0..{} Malformed numeric literal: {wrong}", wrong.len())]);
        }
        assert_eq!(errors("1e999"), ["0..5 Numeric literal out of range: 1e999"]);
        let long = format!("{}x", "1".repeat(300));
        assert_eq!(errors(&long), [format!("0..301 Malformed numeric literal: {}…", "1".repeat(200))]);
    }

    #[test]
    fn every_lexical_error_is_reported() {
        assert_eq!(
            errors("@ $\u{A0}`"),
            [
                "0..1 Invalid character: '@'",
                "2..3 Invalid character: '$'",
                "3..5 Invalid character: '\u{A0}'",
                "5..6 Invalid character: '`'",
            ]
        );
        assert_eq!(errors("a\0b \"\0\" #\0\n/*\0*/").len(), 4);
        assert_eq!(errors("\"abc\nx \"d"), ["0..4 Unterminated string literal", "7..9 Unterminated string literal"]);
        assert_eq!(errors("\"\"\"a\nb"), ["0..4 Unterminated string literal"]);
        assert_eq!(errors("x /* y"), ["2..4 Unterminated block comment"]);
        assert_eq!(errors("\"a ${ b"), ["3..5 Unterminated interpolation"]);
        assert_eq!(errors("\"a ${b} c\n"), ["0..9 Unterminated string literal"]);
        assert_eq!(errors(r#""\q\x4\u{D800}\u12\""#).len(), 5);
        assert_eq!(errors(r#""\q""#), [r"1..3 Invalid escape sequence: \q"]);
        assert_eq!(
            errors(r#""\xZZ\u{110000}""#),
            [r"1..5 Invalid escape sequence: \xZZ", r"5..15 Invalid escape sequence: \u{110000}",]
        );
    }

    #[test]
    fn margins_count_the_lines_of_nested_strings() {
        let text = "\"\"\"\n    a ${\"\"\"  b\n      c\"\"\"}\n    \"\"\"";
        let lexed = lex(text, &mut Diagnostics::default());
        let outer = lexed.string_style(text, 0, 0);
        assert_eq!((outer.first_margin, outer.margin), (4, 4));
        let inner = lexed.string_style(text, lexed.tokens[1].start, outer.margin);
        assert_eq!((inner.first_margin, inner.margin), (2, 6));
    }

    #[test]
    fn large_inputs_take_linear_time() {
        let n = 1 << 20;
        for text in
            ["(", ")", "]", "([)", "\"${", "\"\"\"${", "\"\"\"${\n  ", "}", "@", "\n", "\"\"\"\n", "/*", "1.", "\\"]
        {
            lex(&text.repeat(n / text.len()), &mut Diagnostics::default());
        }
        let deep = format!("{}{}", "\"\"\"${\n  ".repeat(n / 8), "}\"\"\"".repeat(n / 8));
        assert_eq!(errors(&deep), [""; 0]);
    }
}
