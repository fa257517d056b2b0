//! The limbs of a magnitude, the least significant first: a few of them in the number itself, more in a buffer.
//!
//! Most big integers are short; they and what is made on the way to them cost no allocation. Buffers have the exact size of a new
//! number and grow by an eighth, so that a sum to which a script adds again and again is rarely moved.

use super::kernel::wide;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// As many limbs need no buffer: the dividend where a product of two numbers of 128 bits is divided, which has one limb more than
/// the product. An object of the heap has 64 bytes then.
pub const INLINE_LIMBS: usize = 5;

/// A list of limbs, which is used as a slice.
pub struct Limbs(Storage);

enum Storage {
    Inline { len: u8, limbs: [u64; INLINE_LIMBS] },
    Buffer(Vec<u64>),
}

impl Limbs {
    /// The limbs of a slice, and above them zeros up to `len` limbs.
    #[inline]
    pub fn padded(lowest: &[u64], len: usize) -> Limbs {
        if len > INLINE_LIMBS {
            let mut buffer = Vec::with_capacity(len);
            buffer.extend_from_slice(lowest);
            buffer.resize(len, 0);
            return Limbs(Storage::Buffer(buffer));
        }
        let mut limbs = [0; INLINE_LIMBS];
        limbs.iter_mut().zip(lowest).for_each(|(limb, lowest)| *limb = *lowest);
        Limbs(Storage::Inline { len: len as u8, limbs })
    }

    /// `len` limbs, each of which a function tells; it is asked for the lowest first.
    #[inline]
    pub fn from_fn(len: usize, limb: impl FnMut(usize) -> u64) -> Limbs {
        if len > INLINE_LIMBS {
            return Limbs(Storage::Buffer((0..len).map(limb).collect()));
        }
        let mut limbs = [0; INLINE_LIMBS];
        limbs.iter_mut().zip((0..len).map(limb)).for_each(|(to, limb)| *to = limb);
        Limbs(Storage::Inline { len: len as u8, limbs })
    }

    /// A magnitude shifted to the left by whole limbs and, by less than a limb, by bits; in `len` limbs.
    #[inline(always)]
    pub fn shifted_left(limbs: &[u64], whole: usize, bits: u32, len: usize) -> Limbs {
        let mut below = 0;
        Limbs::from_fn(len, |at| {
            let limb = at.checked_sub(whole).and_then(|at| limbs.get(at)).copied().unwrap_or(0);
            (wide(limb, std::mem::replace(&mut below, limb)) << bits >> u64::BITS) as u64
        })
    }

    /// The bytes of the buffer, if there is one.
    #[inline]
    pub fn buffer_bytes(&self) -> usize {
        match &self.0 {
            Storage::Inline { .. } => 0,
            Storage::Buffer(buffer) => buffer.capacity() * size_of::<u64>(),
        }
    }

    /// Appends a limb.
    #[inline]
    pub fn push(&mut self, limb: u64) {
        self.extend_from_slice(&[limb]);
    }

    /// Appends limbs.
    #[inline]
    pub fn extend_from_slice(&mut self, others: &[u64]) {
        let len = self.len() + others.len();
        match &mut self.0 {
            Storage::Inline { len: inline_len, limbs } if len <= INLINE_LIMBS => {
                limbs[usize::from(*inline_len)..len].copy_from_slice(others);
                *inline_len = len as u8;
            }
            Storage::Inline { .. } => {
                let mut buffer = Vec::with_capacity(len + len / 8);
                buffer.extend_from_slice(self);
                buffer.extend_from_slice(others);
                self.0 = Storage::Buffer(buffer);
            }
            Storage::Buffer(buffer) => {
                if len > buffer.capacity() {
                    buffer.reserve_exact(len + len / 8 - buffer.len());
                }
                buffer.extend_from_slice(others);
            }
        }
    }

    /// Drops all but the `len` lowest limbs.
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        match &mut self.0 {
            Storage::Inline { len: inline_len, .. } => *inline_len = len.min(usize::from(*inline_len)) as u8,
            Storage::Buffer(buffer) => buffer.truncate(len),
        }
    }

    /// Drops the highest limbs that are zero.
    #[inline]
    pub fn normalise(&mut self) {
        while let [below @ .., 0] = &**self {
            self.truncate(below.len());
        }
    }
}

impl From<&[u64]> for Limbs {
    #[inline]
    fn from(limbs: &[u64]) -> Limbs {
        Limbs::padded(limbs, limbs.len())
    }
}

impl Clone for Limbs {
    #[inline]
    fn clone(&self) -> Limbs {
        match &self.0 {
            Storage::Inline { len, limbs } => Limbs(Storage::Inline { len: *len, limbs: *limbs }),
            Storage::Buffer(buffer) => Limbs::from(&**buffer),
        }
    }
}

impl Deref for Limbs {
    type Target = [u64];

    #[inline]
    fn deref(&self) -> &[u64] {
        match &self.0 {
            Storage::Inline { len, limbs } => &limbs[..usize::from(*len)],
            Storage::Buffer(buffer) => buffer,
        }
    }
}

impl DerefMut for Limbs {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u64] {
        match &mut self.0 {
            Storage::Inline { len, limbs } => &mut limbs[..usize::from(*len)],
            Storage::Buffer(buffer) => buffer,
        }
    }
}

impl PartialEq for Limbs {
    fn eq(&self, other: &Limbs) -> bool {
        **self == **other
    }
}

impl Eq for Limbs {}

impl fmt::Debug for Limbs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_any_length() {
        for len in 0..20_u64 {
            let mut limbs = Limbs::padded(&[], 0);
            for limb in 1..=len {
                limbs.push(limb);
            }
            let expected: Vec<u64> = (1..=len).collect();
            assert_eq!(*limbs, expected);
            assert_eq!(limbs.buffer_bytes() > 0, len > INLINE_LIMBS as u64);
            assert_eq!(limbs, Limbs::from(&*expected));
            assert_eq!(limbs, Limbs::from_fn(len as usize, |at| at as u64 + 1));
            assert_eq!(*Limbs::padded(&limbs, limbs.len() + 3), [&*expected, &[0; 3]].concat());
            assert_eq!(limbs, limbs.clone());
            limbs.extend_from_slice(&expected);
            assert_eq!(*limbs, [&*expected, &*expected].concat());
            limbs.extend_from_slice(&[0; 4]);
            limbs.normalise();
            assert_eq!(*limbs, [&*expected, &*expected].concat());
            limbs.truncate(3);
            assert_eq!(*limbs, [&*expected, &*expected].concat()[..limbs.len()]);
        }
    }

    #[test]
    fn what_was_dropped_does_not_come_back() {
        for len in [INLINE_LIMBS, INLINE_LIMBS + 3] {
            let mut limbs = Limbs::from_fn(len, |_| 7);
            limbs.truncate(1);
            limbs.extend_from_slice(&[0, 1]);
            assert_eq!(*limbs, [7, 0, 1]);
            limbs.fill(0);
            limbs.normalise();
            assert!(limbs.is_empty());
        }
    }
}
