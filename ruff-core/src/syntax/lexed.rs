//! What the lexer found in a file: tokens, matching brackets, margins of strings, documentation comments.

use super::literal::StringStyle;
use super::source::Span;
use super::token::Token;

/// The tokens of a file and what else the parser needs to know of its text.
#[derive(Debug, Default)]
pub struct Lexed {
    /// All tokens; the last one is `TokenKind::End`.
    pub tokens: Vec<Token>,
    /// Is there a closing bracket without an opening one?
    pub has_stray_closer: bool,
    /// Index of each opening token and of its closing one, ordered by the first; `UNCLOSED` if there is none.
    pub(super) brackets: Vec<(u32, u32)>,
    /// Margins of the triple-quoted strings, ordered by their starts.
    pub(super) margins: Vec<(u32, Margin)>,
    /// Documentation comments with the index of the token that follows them.
    pub(super) docs: Vec<(u32, Span)>,
}

/// The place of a closing bracket that is missing.
pub(super) const UNCLOSED: u32 = u32::MAX;

/// The blanks that the lines of a triple-quoted string start with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Margin {
    /// Those of the first line, unless it is dropped.
    pub(super) first: Option<Span>,
    /// Those common to all other lines that are not blank.
    pub(super) rest: Option<Span>,
}

impl Lexed {
    /// The index of the token that closes the bracket opened at `opener`.
    pub fn closer(&self, opener: usize) -> Option<usize> {
        let at = self.brackets.binary_search_by_key(&(opener as u32), |pair| pair.0).ok()?;
        self.brackets.get(at).map(|pair| pair.1).filter(|closer| *closer != UNCLOSED).map(|closer| closer as usize)
    }

    /// Is there an opening bracket without a closing one?
    pub fn has_unclosed_bracket(&self) -> bool {
        self.brackets.iter().any(|pair| pair.1 == UNCLOSED)
    }

    /// The documentation comments before the token at `index`, outermost first.
    pub fn docs(&self, index: usize) -> impl Iterator<Item = Span> {
        let start = self.docs.partition_point(|doc| (doc.0 as usize) < index);
        self.docs[start..].iter().take_while(move |doc| doc.0 as usize == index).map(|doc| doc.1)
    }

    /// How the text of the string that starts at byte `start` becomes its value. `outer` blanks of each line are removed
    /// already because they are the margin of a string around it.
    pub fn string_style(&self, text: &str, start: u32, outer: usize) -> StringStyle {
        let rest = text.get(start as usize..).unwrap_or("");
        let raw = rest.starts_with('r');
        if !rest[raw as usize..].starts_with("\"\"\"") {
            return StringStyle { raw, ..StringStyle::default() };
        }
        let margin = self.margins.binary_search_by_key(&start, |entry| entry.0).map(|at| self.margins[at].1);
        let margin = margin.unwrap_or_default();
        let rest = margin.rest.map(|rest| Span { start: rest.start + outer as u32, end: rest.end });
        let own = common_blanks(text, margin.first, rest).map_or(0, |blanks| (blanks.end - blanks.start) as usize);
        StringStyle { raw, triple: true, first_margin: own, margin: outer + own }
    }
}

/// The longest common start of two runs of blanks.
pub(super) fn common_blanks(text: &str, a: Option<Span>, b: Option<Span>) -> Option<Span> {
    let (Some(a), Some(b)) = (a, b) else { return a.or(b) };
    if a.start == b.start {
        return Some(Span { end: a.end.min(b.end), ..a });
    }
    let bytes = |span: Span| text.as_bytes().get(span.start as usize..span.end as usize).unwrap_or(&[]).iter();
    let len = bytes(a).zip(bytes(b)).take_while(|(x, y)| x == y).count();
    Some(Span { end: a.start + len as u32, ..a })
}
