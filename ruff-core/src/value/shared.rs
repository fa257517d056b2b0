//! Objects that a heap makes once and keeps, and the keys of its hashes.
//!
//! Shared objects are made on first use and are not charged to the budget, so that it does not depend on who came first.
//!
//! This file is unsafe: it holds references that must go before the memory does.

#![allow(unsafe_code)]

use super::builtin_types::BuiltinTypes;
use super::heap::{Heap, HeapObject};
use super::host::HostTypes;
use super::repr::{Ref, Value, tag};
use super::string::StrObject;
use crate::fault::Result;
use ahash::RandomState;
use std::cell::{Cell, OnceCell};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

const ASCII: usize = 128;
const KINDS: usize = tag::END as usize;
/// The bits of an int that its hash keeps.
const NEIGHBOURS: u32 = 3;

/// Objects that live as long as their heap.
pub struct Shared {
    hash_seed: u64,
    text_state: RandomState,
    int_key: u64,
    int_factor: u64,
    empty: OnceCell<Ref<StrObject>>,
    /// Null where a string has not been made yet. Native code, which needs all of them, reads the references as addresses.
    ascii: [Cell<Option<Ref<StrObject>>>; ASCII],
    /// The names of kinds by their tags, null where an object has its own; for native code, as those above.
    kinds: [Cell<Option<Ref<StrObject>>>; KINDS],
    pub(super) builtin_types: BuiltinTypes,
    /// The types of the host, set once by the machine.
    pub host_types: OnceCell<Arc<HostTypes>>,
}

const _: () = assert!(size_of::<Option<Ref<StrObject>>>() == size_of::<usize>(), "an entry is an address or 0");

impl Shared {
    /// The offset of the addresses of the strings of one ASCII character each, by their codes.
    pub const ASCII_OFFSET: usize = std::mem::offset_of!(Shared, ascii);
    /// The offset of the addresses of the names of kinds, by their tags.
    pub const KINDS_OFFSET: usize = std::mem::offset_of!(Shared, kinds);

    /// Nothing is made yet.
    pub fn new(hash_seed: u64) -> Shared {
        let mut state = hash_seed;
        let keys: [u64; 6] = std::array::from_fn(|_| split_mix(&mut state));
        Shared {
            hash_seed,
            text_state: RandomState::with_seeds(keys[0], keys[1], keys[2], keys[3]),
            int_key: keys[4],
            int_factor: keys[5] | 1,
            empty: OnceCell::new(),
            ascii: [const { Cell::new(None) }; ASCII],
            kinds: [const { Cell::new(None) }; KINDS],
            builtin_types: BuiltinTypes::default(),
            host_types: OnceCell::new(),
        }
    }

    /// The key of the hashes of this heap.
    pub fn hash_seed(&self) -> u64 {
        self.hash_seed
    }

    /// The hash of a text; never zero, which stands for "unknown".
    #[inline]
    pub fn hash_text(&self, text: &str) -> u32 {
        self.hash_bytes(text.as_bytes())
    }

    /// The hash of bytes; never zero.
    #[inline]
    pub fn hash_bytes(&self, bytes: &[u8]) -> u32 {
        let mut hasher = self.text_state.build_hasher();
        hasher.write(bytes);
        (hasher.finish() as u32).max(1)
    }

    /// The hash of an int. Ints that share all but their low bits have hashes that share all but low and top bits, so that the
    /// slots of neighbours in a table are neighbours too; the keyed rest is as hard to foresee as that of texts.
    #[inline(always)]
    pub fn hash_int(&self, int: i64) -> u32 {
        let near = int as u32 & NEIGHBOURS;
        let hash = (self.mix(int as u64 & !(NEIGHBOURS as u64)) >> 32) as u32;
        (hash & !NEIGHBOURS | near) ^ near << NEIGHBOURS.leading_zeros()
    }

    /// The hash of two words.
    #[inline(always)]
    pub fn hash_words(&self, low: u64, high: u64) -> u32 {
        (self.mix(self.mix(low) ^ high) >> 32) as u32
    }

    /// The hash of a sequence that has `hash` so far and goes on with `next`.
    #[inline(always)]
    pub fn hash_pair(&self, hash: u64, next: u64) -> u64 {
        self.mix(hash.rotate_left(23) ^ next)
    }

    /// A word that depends, above all in its upper half, on all of `word` and on the seed. One folded product is not enough: words
    /// at equal distances have products at equal distances, and a factor near a fraction of small denominator puts all of them
    /// into a few places. What the fold has cut off makes the second product irregular.
    #[inline(always)]
    fn mix(&self, word: u64) -> u64 {
        fold(word ^ self.int_key, self.int_factor).wrapping_mul(self.int_factor)
    }

    /// Releases everything; called before the memory goes.
    pub fn clear(&mut self) {
        self.builtin_types.clear();
        let strings = self.ascii.iter().chain(&self.kinds).filter_map(Cell::take);
        for string in strings.chain(self.empty.take()) {
            string.heap().charge_outside(charged_bytes(&string));
        }
    }
}

/// What the allocation of a string charged.
fn charged_bytes(string: &Ref<StrObject>) -> usize {
    string.object_bytes().next_multiple_of(16)
}

/// The product of two words, its halves folded into one.
#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    (product >> 64) as u64 ^ product as u64
}

/// The SplitMix64 generator of Steele, Lea and Flood: spreads one seed over several keys.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Heap {
    /// The string of one character. ASCII characters need no allocation.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline]
    pub fn char_str(&self, char: char) -> Result<Ref<StrObject>> {
        if char.is_ascii() {
            return Ok(self.ascii_str(char as u8));
        }
        let mut buffer = [0; 4];
        StrObject::new(self, char.encode_utf8(&mut buffer))
    }

    /// The string of one ASCII character; the high bit is ignored.
    #[inline]
    pub fn ascii_str(&self, byte: u8) -> Ref<StrObject> {
        let byte = byte & 0x7F;
        self.kept(&self.shared.ascii[byte as usize], &[byte])
    }

    /// The name of the kind of a value.
    ///
    /// # Errors
    /// The trap `RUF2002`, for what has a name of its own.
    pub fn kind_str(&self, value: &Value) -> Result<Ref<StrObject>> {
        match (tag::kind_name(value.tag()), self.shared.kinds.get(value.tag() as usize)) {
            (Some(name), Some(entry)) => Ok(self.kept(entry, name.as_bytes())),
            _ => StrObject::new(self, value.kind_name()),
        }
    }

    /// The string of an entry, which is made if it is not there.
    #[inline(always)]
    fn kept(&self, entry: &Cell<Option<Ref<StrObject>>>, ascii: &[u8]) -> Ref<StrObject> {
        // SAFETY: nothing changes the entry while it is borrowed: a count is all that cloning touches.
        match unsafe { &*entry.as_ptr() } {
            Some(string) => string.clone(),
            None => {
                let string = self.uncharged(ascii);
                entry.set(Some(string.clone()));
                string
            }
        }
    }

    /// Makes the strings that native code takes for granted: those of all ASCII characters, and the names of kinds.
    pub fn make_shared_strings(&self) {
        (0..ASCII as u8).for_each(|byte| drop(self.ascii_str(byte)));
        for (tag, entry) in self.shared.kinds.iter().enumerate() {
            if let Some(name) = tag::kind_name(tag as u8) {
                self.kept(entry, name.as_bytes());
            }
        }
    }

    /// The empty string.
    #[inline]
    pub fn empty_str(&self) -> Ref<StrObject> {
        self.shared.empty.get_or_init(|| self.uncharged(&[])).clone()
    }

    #[cold]
    fn uncharged(&self, ascii: &[u8]) -> Ref<StrObject> {
        // SAFETY: ASCII is UTF-8.
        let string = StrObject::new_inline(self, unsafe { std::str::from_utf8_unchecked(ascii) }, ascii.len() as u32);
        self.discharge_outside(charged_bytes(&string));
        string
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_strings_are_made_once_and_not_charged() {
        let heap = Heap::new(usize::MAX, 1);
        let a = heap.char_str('a').unwrap();
        assert!(a.same(&heap.char_str('a').unwrap()));
        assert!(heap.empty_str().same(&StrObject::new(&heap, "").unwrap()));
        assert_eq!(heap.used_bytes(), 0);
        assert_eq!(heap.char_str('é').unwrap().as_str(), "é");
    }

    #[test]
    fn hashes_depend_on_the_seed() {
        let (a, b) = (Shared::new(1), Shared::new(2));
        assert_ne!(a.hash_text("key"), b.hash_text("key"));
        assert_ne!(a.hash_int(7), b.hash_int(7));
        assert_eq!(a.hash_int(7), Shared::new(1).hash_int(7));
    }

    /// The probes for an insertion into a table three quarters full, on average: 2.5 if the hashes are random, about 7 if they
    /// come in groups of four.
    fn probes(hash_of_key: impl Fn(i64) -> u32) -> usize {
        const WORDS: usize = 8192;
        const KEYS: usize = WORDS / 4 * 3;
        let mut taken = [false; WORDS];
        let mut probes = KEYS;
        for key in 0..KEYS {
            let mut at = hash_of_key(key as i64) as usize % WORDS;
            while std::mem::replace(&mut taken[at], true) {
                at = (at + 1) % WORDS;
                probes += 1;
            }
        }
        probes / KEYS
    }

    #[test]
    fn no_seed_gathers_regular_keys() {
        for seed in 0..250 {
            let shared = Shared::new(seed);
            for shift in [0, 2, 4, 20, 32, 45] {
                let ints = probes(|i| shared.hash_int(i << shift));
                assert!(ints < 12, "ints << {shift}, seed {seed}: {ints} probes");
            }
            let strided = probes(|i| shared.hash_int(i * 1000));
            assert!(strided < 12, "ints * 1000, seed {seed}: {strided} probes");
            let floats = probes(|i| (shared.hash_pair(1, (i as f64 / 3.0).to_bits()) >> 32) as u32);
            assert!(floats < 12, "floats, seed {seed}: {floats} probes");
        }
    }
}
