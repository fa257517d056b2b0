//! Draws diagnostics and run-time errors with their source line (section 19 of the language reference).
//!
//! What a script controls is made inert: control characters of messages, names and source lines never reach a terminal,
//! and of a long line only a window around the place is shown.

use super::diagnostic::{Diagnostic, Severity};
use super::source::{Position, Source, Span};
use std::fmt::Write;

/// A header, a place in a source text and what explains it, to be drawn.
#[derive(Clone, Debug)]
pub struct Snippet<'a> {
    /// The text that `span` refers to, if it is known.
    pub source: Option<&'a Source>,
    /// Where it is.
    pub span: Span,
    /// `error[RUF1007]: Division by zero`
    pub header: &'a str,
    /// Other places of the same source with an explanation.
    pub labels: &'a [(Span, String)],
    /// Lines below the source.
    pub notes: &'a [Note<'a>],
}

/// A line of more detail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Note<'a> {
    word: &'static str,
    text: &'a str,
}

impl<'a> Note<'a> {
    /// `= note: text`
    #[expect(clippy::self_named_constructors, reason = "named after the word that is printed")]
    pub fn note(text: &'a str) -> Note<'a> {
        Note { word: "note", text }
    }

    /// `= help: text`
    pub fn help(text: &'a str) -> Note<'a> {
        Note { word: "help", text }
    }
}

/// A diagnostic with its source line.
pub fn render_diagnostic(source: Option<&Source>, diagnostic: &Diagnostic, colour: bool) -> String {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let header = format!("{word}[{}]: {}", diagnostic.code, diagnostic.message);
    let notes: Vec<Note> = diagnostic.help.iter().map(|text| Note::help(text)).collect();
    Snippet { source, span: diagnostic.span, header: &header, labels: &diagnostic.labels, notes: &notes }.render(colour)
}

impl Snippet<'_> {
    /// Header, place, source line with an underline, and notes. Ends with a line feed.
    pub fn render(&self, colour: bool) -> String {
        let paint = if self.header.starts_with("warning") { YELLOW } else { RED };
        let mut out = String::new();
        let (word, message) = self.header.split_at(self.header.find(':').unwrap_or(self.header.len()));
        let _ = writeln!(out, "{}{}", painted(&inert_text(word), paint, colour), inert_text(message));
        let width = self.source.map_or(1, |source| self.gutter_width(source));
        if let Some(source) = self.source {
            Gutter { source, width, paint, colour }.draw(&mut out, self.span, self.labels);
        }
        for Note { word, text } in self.notes {
            let _ = writeln!(out, "{:width$}  {} {word}: {}", "", painted("=", BLUE, colour), inert_text(text));
        }
        out
    }

    /// Digits of the largest line number.
    fn gutter_width(&self, source: &Source) -> usize {
        let spans = std::iter::once(self.span).chain(self.labels.iter().map(|label| label.0));
        let line = spans.map(|span| source.position(span.start).line).max().unwrap_or(1);
        line.to_string().len()
    }
}

const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const BLUE: &str = "1;34";

fn painted(text: &str, paint: &str, colour: bool) -> String {
    if colour { format!("\u{1B}[{paint}m{text}\u{1B}[0m") } else { text.to_owned() }
}

/// The numbered source lines of one report.
struct Gutter<'a> {
    source: &'a Source,
    /// Digits of the largest line number.
    width: usize,
    paint: &'a str,
    colour: bool,
}

impl Gutter<'_> {
    fn draw(&self, out: &mut String, span: Span, labels: &[(Span, String)]) {
        let Position { line, column } = self.source.position(span.start);
        let arrow = painted("-->", BLUE, self.colour);
        let name = inert_text(self.source.name());
        let _ = writeln!(out, "{:width$} {arrow} {name}:{line}:{column}", "", width = self.width);
        self.bar(out, "");
        self.line(out, span);
        self.underline(out, span, '^', "");
        let mut shown_line = line;
        for (span, text) in labels {
            let line = self.source.position(span.start).line;
            if line != shown_line {
                self.bar(out, "");
                self.line(out, *span);
                shown_line = line;
            }
            self.underline(out, *span, '-', text);
        }
    }

    fn bar(&self, out: &mut String, rest: &str) {
        let bar = painted("|", BLUE, self.colour);
        let space = if rest.is_empty() { "" } else { " " };
        let _ = writeln!(out, "{:width$}  {bar}{space}{rest}", "", width = self.width);
    }

    fn line(&self, out: &mut String, span: Span) {
        let line = self.source.position(span.start).line;
        let text = Window::around(self.source, span).text;
        let number = painted(&format!("{line:width$}", width = self.width), BLUE, self.colour);
        let space = if text.is_empty() { "" } else { " " };
        let _ = writeln!(out, " {number} {}{space}{text}", painted("|", BLUE, self.colour));
    }

    fn underline(&self, out: &mut String, span: Span, mark: char, text: &str) {
        let window = Window::around(self.source, span);
        let marks: String = std::iter::repeat_n(mark, window.len).collect();
        let paint = if mark == '^' { self.paint } else { BLUE };
        let marks = painted(&marks, paint, self.colour);
        let space = if text.is_empty() { "" } else { " " };
        self.bar(out, &format!("{:start$}{marks}{space}{}", "", inert_text(text), start = window.start));
    }
}

/// Lines longer than this are cut, in columns.
const WINDOW: usize = 160;

/// A source line as shown, and the columns of a span in it.
struct Window {
    text: String,
    /// Columns before the span.
    start: usize,
    /// Columns of the span on this line; at least one.
    len: usize,
}

impl Window {
    fn around(source: &Source, span: Span) -> Window {
        let Position { line, column } = source.position(span.start);
        let text = source.line(line);
        let first = column as usize - 1;
        let spanned = source.slice(span).lines().next().unwrap_or("").chars().count();
        let line_len = text.chars().count();
        let last = (first + spanned).min(line_len.max(first));
        let (cut_start, cut_end) = cut(line_len, first, last);
        let mut window = Window { text: String::new(), start: 0, len: 0 };
        let mut columns = 0;
        if cut_start > 0 {
            window.text.push('…');
            columns = 1;
        }
        window.start = columns;
        for (index, character) in text.chars().enumerate().take(cut_end).skip(cut_start) {
            let width = push_inert(&mut window.text, character);
            columns += width;
            if index < first {
                window.start = columns;
            } else if index < last {
                window.len += width;
            }
        }
        if cut_end < line_len {
            window.text.push('…');
        }
        window.len = window.len.max(1);
        window.text.truncate(window.text.trim_end().len());
        window
    }
}

/// The part of a line of `len` characters that is shown so that `first..last` is in it.
fn cut(len: usize, first: usize, last: usize) -> (usize, usize) {
    if len <= WINDOW {
        return (0, len);
    }
    let spare = WINDOW.saturating_sub(last - first) / 2;
    let start = first.saturating_sub(spare).min(len - WINDOW);
    (start, start + WINDOW)
}

/// Appends a character of a source line; how many columns it takes.
fn push_inert(out: &mut String, character: char) -> usize {
    if character == '\t' {
        out.push_str("    ");
        return 4;
    }
    out.push(inert(character));
    1
}

/// A character that a terminal only draws.
fn inert(character: char) -> char {
    match character {
        '\0'..='\u{1F}' => char::from_u32(0x2400 + character as u32).unwrap_or('\u{FFFD}'),
        '\u{7F}' => '\u{2421}',
        '\u{80}'..='\u{9F}' => '\u{FFFD}',
        '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' => {
            '\u{FFFD}'
        }
        other => other,
    }
}

/// Text of a message: line feeds and tabs stay.
fn inert_text(text: &str) -> String {
    text.chars().map(|c| if c == '\n' || c == '\t' { c } else { inert(c) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    fn draw(text: &str, span: (usize, usize)) -> String {
        let source = Source::new("t.ruff", text);
        let diagnostic = Diagnostic::error(Code::DIVISION_BY_ZERO, Span::new(span.0, span.1), "Division by zero");
        render_diagnostic(Some(&source), &diagnostic, false)
    }

    fn underlined(text: &str, span: (usize, usize)) -> [String; 2] {
        let text = draw(text, span);
        let mut lines = text.lines().skip(3).map(str::to_owned);
        [lines.next().unwrap(), lines.next().unwrap()]
    }

    #[test]
    fn the_form_of_the_reference() {
        let source = Source::new("divide.ruff", "func divide(a, b) {\n    return a / b\n}\ndivide(1, 0)\n");
        let header = "error[RUF1007]: Division by zero";
        let snippet = Snippet { source: Some(&source), span: Span::new(31, 36), header, labels: &[], notes: &[] };
        let expected = "\
error[RUF1007]: Division by zero
  --> divide.ruff:2:12
   |
 2 |     return a / b
   |            ^^^^^
";
        assert_eq!(snippet.render(false), expected);
        assert!(snippet.render(true).starts_with("\u{1B}[1;31merror[RUF1007]\u{1B}[0m: Division by zero\n"));
        assert_eq!(Snippet { source: None, ..snippet }.render(false), format!("{header}\n"));
    }

    #[test]
    fn warnings_labels_and_help() {
        let source = Source::new("t", "a {\n\n\n\n\n\n\n\n\n  b\n");
        let mut diagnostic = Diagnostic::warning(Code::NO_EFFECT, Span::new(14, 15), "m").with_help("h");
        diagnostic.labels.push((Span::new(2, 3), "opened here".to_owned()));
        diagnostic.labels.push((Span::new(0, 1), "and here".to_owned()));
        let expected = "\
warning[RUF0301]: m
   --> t:10:3
    |
 10 |   b
    |   ^
    |
  1 | a {
    |   - opened here
    | - and here
    = help: h
";
        assert_eq!(render_diagnostic(Some(&source), &diagnostic, false), expected);
    }

    #[test]
    fn spans() {
        assert_eq!(underlined("\ta + b", (1, 6)), [" 1 |     a + b", "   |     ^^^^^"]);
        assert_eq!(underlined("f(\n1)", (0, 5)), [" 1 | f(", "   | ^^"]);
        assert_eq!(underlined("é x", (3, 3)), [" 1 | é x", "   |   ^"]);
        assert_eq!(underlined("x :=\n", (5, 5)), [" 2 |", "   | ^"]);
        assert_eq!(underlined("x :=", (4, 4)), [" 1 | x :=", "   |     ^"]);
        assert_eq!(underlined("x\u{1B}[2J", (0, 1)), [" 1 | x␛[2J", "   | ^"]);
    }

    #[test]
    fn long_lines_show_a_window() {
        let text = "a".repeat(5000);
        let [line, marks] = underlined(&text, (2500, 2503));
        assert_eq!(line, format!(" 1 | …{}…", "a".repeat(WINDOW)));
        assert_eq!(marks, format!("   | {}^^^", " ".repeat(79)));
        let [line, marks] = underlined(&text, (0, 5000));
        assert_eq!((line.chars().count(), marks.chars().count()), (5 + WINDOW + 1, 5 + WINDOW));
        let [line, _] = underlined(&text, (4999, 5000));
        assert_eq!(line, format!(" 1 | …{}", "a".repeat(WINDOW)));
    }
}
