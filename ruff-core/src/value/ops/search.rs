//! What is asked of a text and a part of it.

use super::compare::{BYTES_PER_TICK, charge_bytes};
use crate::fault::Result;
use crate::value::Hooks;
use crate::value::string::StrObject;
use memchr::memmem;

/// A question about a text and a part of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Search {
    /// Does the text start with the part? 0 or 1.
    StartsWith,
    /// Does it end with it? 0 or 1.
    EndsWith,
    /// Is the part in the text? 0 or 1.
    Contains,
    /// The number of characters before the part, or -1 if it is not there.
    IndexOf,
}

impl Search {
    /// All questions in the order of their numbers.
    pub const ALL: [Search; 4] = [Search::StartsWith, Search::EndsWith, Search::Contains, Search::IndexOf];

    /// Bytes that the answer costs.
    #[inline(always)]
    fn work(self, text: &StrObject, part: &StrObject) -> usize {
        match self {
            Search::StartsWith | Search::EndsWith => part.len(),
            Search::Contains | Search::IndexOf => text.len(),
        }
    }

    #[inline(always)]
    fn answer(self, text: &StrObject, part: &StrObject) -> i64 {
        match self {
            Search::StartsWith => text.as_bytes().starts_with(part.as_bytes()).into(),
            Search::EndsWith => text.as_bytes().ends_with(part.as_bytes()).into(),
            Search::Contains => find(text.as_bytes(), part.as_bytes()).is_some().into(),
            Search::IndexOf => match find(text.as_bytes(), part.as_bytes()) {
                Some(at) if text.is_ascii() => at as i64,
                Some(at) => text.as_str().get(..at).map_or(0, |before| before.chars().count() as i64),
                None => -1,
            },
        }
    }

    /// The answer, if it costs no tick.
    #[inline(always)]
    pub fn short_answer(self, text: &StrObject, part: &StrObject) -> Option<i64> {
        (self.work(text, part) < BYTES_PER_TICK).then(|| self.answer(text, part))
    }
}

/// Places where a part may begin that are looked at before a search is prepared, which costs more than a few of them.
const CANDIDATES_MAX: usize = 4;

/// Where a part begins.
#[inline]
pub fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    let Some((first, rest)) = part.split_first() else { return Some(0) };
    let mut from = 0;
    for _ in 0..CANDIDATES_MAX {
        let at = from + memchr::memchr(*first, text.get(from..)?)?;
        from = at + 1;
        if starts_with(text.get(from..)?, rest) {
            return Some(at);
        }
    }
    memmem::find(text.get(from..)?, part).map(|at| from + at)
}

/// Does a text start with a part? Most are short: a loop over them is sooner done than a call.
#[inline(always)]
fn starts_with(text: &[u8], part: &[u8]) -> bool {
    match text.get(..part.len()) {
        Some(start) if part.len() < size_of::<u64>() => start.iter().zip(part).all(|(a, b)| a == b),
        Some(start) => start == part,
        None => false,
    }
}

/// The answer to a question about a text and a part of it.
///
/// # Errors
/// The traps of section 21.
#[inline]
pub fn search(hooks: &mut dyn Hooks, question: Search, text: &StrObject, part: &StrObject) -> Result<i64> {
    charge_bytes(hooks, question.work(text, part))?;
    Ok(question.answer(text, part))
}
