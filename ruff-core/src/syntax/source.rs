//! Source texts and positions in them.

use super::diagnostic::Diagnostic;
use crate::code::Code;
use std::sync::Arc;

/// A half-open range of byte offsets in one source text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` up to but not including `end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A line and a column, both counted from 1. Columns count Unicode scalar values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
}

/// A named source text with an index of its lines. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source(Arc<SourceText>);

#[derive(Debug)]
struct SourceText {
    name: String,
    text: String,
    line_starts: Vec<u32>,
}

impl Source {
    /// Indexes the lines of `text`. A line ends at `\n`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        let line_starts =
            std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        let line_starts = line_starts.collect();
        Source(Arc::new(SourceText { name: name.into(), text, line_starts }))
    }

    /// The name that diagnostics show, usually a path.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The line and column of a byte offset; offsets past the end stand for the end.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.0.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.0.line_starts[line - 1] as usize;
        let offset = (offset as usize).clamp(start, self.text().len());
        let before = self.text().as_bytes()[start..offset].iter();
        let column = before.filter(|b| **b & 0xC0 != 0x80).count() as u32 + 1;
        Position { line: line as u32, column }
    }

    /// The text of a line (from 1) without its line end; empty for lines that do not exist.
    pub fn line(&self, line: u32) -> &str {
        let index = line as usize - 1;
        let Some(start) = self.0.line_starts.get(index) else { return "" };
        let end = self.0.line_starts.get(index + 1).map_or(self.text().len(), |next| *next as usize);
        self.text()[*start as usize..end].trim_end_matches(['\n', '\r'])
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        self.text().get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

/// The text of a file.
///
/// # Errors
/// `RUF0009` if the bytes are not UTF-8, at the first wrong byte.
pub fn decode(bytes: &[u8]) -> Result<&str, Diagnostic> {
    std::str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        let end = start + error.error_len().unwrap_or(bytes.len() - start);
        Diagnostic::error(Code::INVALID_UTF8, Span::new(start, end), "Source is not valid UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_scalar_values() {
        let source = Source::new("t", "é = 1\r\nsecond");
        assert_eq!(source.position(3), Position { line: 1, column: 3 });
        assert_eq!(source.position(8), Position { line: 2, column: 1 });
        assert_eq!(source.position(99), Position { line: 2, column: 7 });
        assert_eq!((source.line(1), source.line(2), source.line(3)), ("é = 1", "second", ""));
    }

    #[test]
    fn wrong_bytes_are_located() {
        assert_eq!(decode(b"a").unwrap(), "a");
        let error = decode(b"ab\xFFc").unwrap_err();
        assert_eq!((error.code.0, error.span), (9, Span::new(2, 3)));
    }
}
