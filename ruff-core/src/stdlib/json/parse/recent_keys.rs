//! The keys that were read last, and which one followed which.
//!
//! Objects of one kind have the same keys in the same order: so the next key is mostly the one that followed the last key before,
//! which a comparison of two words tells, and long keys are made once.

use crate::fault::Result;
use crate::value::Heap;
use crate::value::dict::DictKey;
use crate::value::string::StrObject;

/// Bytes of text that are compared at once.
const HEAD_BYTES: usize = size_of::<u128>();
/// Places for keys.
const PLACES: usize = 64;

struct RecentKey {
    key: DictKey,
    /// The start of the key in quotes and the colon, and ones where these bytes are; or [`NO_TEXT`].
    head: u128,
    mask: u128,
    /// What is behind the start; empty for short keys.
    tail: Box<[u8]>,
    /// The length of both.
    text_bytes: usize,
    /// The index of the key that followed.
    next: usize,
}

/// What no text begins with, as it has no byte of ones: for keys that were seen once, and very long ones.
const NO_TEXT: u128 = u128::MAX;
/// Longer keys are not expected.
const EXPECTED_BYTES_MAX: usize = 256;

impl RecentKey {
    fn new(key: DictKey, next: usize) -> RecentKey {
        RecentKey { key, head: NO_TEXT, mask: u128::MAX, tail: Box::default(), text_bytes: 0, next }
    }

    /// Prepares the comparison with the text of the key, which was seen again.
    fn expect(&mut self, text: &str) {
        if self.head != NO_TEXT || text.len() > EXPECTED_BYTES_MAX {
            return;
        }
        let quoted = format!("\"{text}\":").into_bytes();
        let (head, tail) = quoted.split_at(quoted.len().min(HEAD_BYTES));
        let mut bytes = [0; HEAD_BYTES];
        bytes[..head.len()].copy_from_slice(head);
        self.head = u128::from_le_bytes(bytes);
        self.mask = u128::MAX >> (u8::BITS as usize * (HEAD_BYTES - head.len()));
        self.tail = tail.into();
        self.text_bytes = quoted.len();
    }

    /// Does a text begin with this key?
    #[inline(always)]
    fn is_at(&self, text: &[u8]) -> bool {
        let Some(head) = text.first_chunk() else { return false };
        (u128::from_le_bytes(*head) ^ self.head) & self.mask == 0
            && (self.tail.is_empty() || text.get(HEAD_BYTES..self.text_bytes) == Some(&*self.tail))
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

/// At most [`PLACES`] keys, and which one is expected next.
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
        if !expected.is_at(text) {
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
