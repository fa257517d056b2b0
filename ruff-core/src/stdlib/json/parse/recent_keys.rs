//! The keys that were read last, and which one followed which.
//!
//! Objects of one kind have the same keys in the same order: so the next key is mostly the one that followed the last key before, which
//! a comparison of two words tells, and long keys are made once.

use crate::fault::Result;
use crate::value::Heap;
use crate::value::dict::DictKey;
use crate::value::string::StrObject;

/// Bytes of text that are compared at once.
const TEXT_BYTES: usize = size_of::<u128>();
/// Places for keys.
const PLACES: usize = 64;

struct RecentKey {
    key: DictKey,
    /// The key in quotes and the colon, and ones where these bytes are; or [`NO_TEXT`], if the key was seen once or is too long.
    text: u128,
    mask: u128,
    text_bytes: usize,
    /// The index of the key that followed.
    next: usize,
}

/// Where no text begins with this, as text has no byte of ones.
const NO_TEXT: u128 = u128::MAX;

impl RecentKey {
    fn new(key: DictKey, next: usize) -> RecentKey {
        RecentKey { key, text: NO_TEXT, mask: u128::MAX, text_bytes: 0, next }
    }

    /// Prepares the comparison with a text that was seen again.
    fn expect(&mut self, text: &str) {
        let mut bytes = [0; TEXT_BYTES];
        let text_bytes = text.len() + 3;
        if let Some([quote, rest @ ..]) = bytes.get_mut(..text_bytes)
            && let Some((name, end)) = rest.split_at_mut_checked(text.len())
        {
            *quote = b'"';
            name.copy_from_slice(text.as_bytes());
            end.copy_from_slice(b"\":");
            self.text = u128::from_le_bytes(bytes);
            self.mask = u128::MAX >> (u8::BITS as usize * (TEXT_BYTES - text_bytes));
            self.text_bytes = text_bytes;
        }
    }

    /// Is this the key of a text, which is `short` if it needs no string?
    fn is_of(&self, text: &str, short: Option<&DictKey>) -> bool {
        match (&self.key, short) {
            (key, Some(short)) => key == short,
            (DictKey::Str(string), None) => string.as_str() == text,
            _ => false,
        }
    }
}

pub struct RecentKeys {
    keys: Vec<RecentKey>,
    /// The number of the key that has a place, which its text tells; 0 if there is none.
    places: [u8; PLACES],
    /// The indices of the last key and of the one that followed it before.
    last: usize,
    next: usize,
}

impl RecentKeys {
    pub fn new() -> RecentKeys {
        RecentKeys { keys: Vec::new(), places: [0; PLACES], last: 0, next: 0 }
    }

    /// The next key and how many bytes it and its colon take, if the text begins with the one that is expected.
    #[inline(always)]
    pub fn expected(&mut self, text: &[u8]) -> Option<(DictKey, usize)> {
        let expected = self.keys.get(self.next)?;
        let text = u128::from_le_bytes(*text.first_chunk()?);
        if (text ^ expected.text) & expected.mask != 0 {
            return None;
        }
        self.last = self.next;
        self.next = expected.next;
        Some((expected.key.clone(), expected.text_bytes))
    }

    /// The next key, which has that text.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn key(&mut self, heap: &Heap, text: &str) -> Result<DictKey> {
        let index = self.index_of(heap, text)?;
        if let Some(last) = self.keys.get_mut(self.last) {
            last.next = index;
        }
        let Some(recent) = self.keys.get(index) else { return DictKey::from_text(heap, text) };
        (self.last, self.next) = (index, recent.next);
        Ok(recent.key.clone())
    }

    /// The index of the key of a text, for which another may have to go.
    fn index_of(&mut self, heap: &Heap, text: &str) -> Result<usize> {
        let mark = match text.as_bytes() {
            [first, .., last] => text.len() * 31 + usize::from(*first) * 7 + usize::from(*last),
            _ => 0,
        };
        let Some(place) = self.places.get_mut(mark % PLACES) else { return Ok(0) };
        let index = usize::from(*place).wrapping_sub(1);
        let short = DictKey::without_string(text);
        if let Some(recent) = self.keys.get_mut(index)
            && recent.is_of(text, short.as_ref())
        {
            recent.expect(text);
            return Ok(index);
        }
        let key = match short {
            Some(key) => key,
            None => DictKey::Str(StrObject::new(heap, text)?),
        };
        if let Some(recent) = self.keys.get_mut(index) {
            *recent = RecentKey::new(key, recent.next);
            return Ok(index);
        }
        self.keys.push(RecentKey::new(key, 0));
        *place = self.keys.len() as u8;
        Ok(self.keys.len() - 1)
    }
}
