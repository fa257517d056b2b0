//! Ranges: lazy sequences of ints.
//!
//! A range is its bounds and its step as written; arithmetic on these is in 128 bits, so that no bound overflows. How many ints there
//! are is found once, since loops ask in each round.
//!
//! This file is unsafe: it defines an object of the heap.

#![allow(unsafe_code)]

use super::heap::{Header, Heap, HeapObject};
use super::repr::Ref;
use std::fmt;
use std::ptr::NonNull;

/// A range.
#[repr(C)]
pub struct RangeObject {
    header: Header,
    start: i64,
    end: i64,
    /// Not zero.
    step: i64,
    /// The number of ints, cut to 64 bits.
    count: u64,
    inclusive: bool,
}

impl RangeObject {
    /// The offset of the first int in bytes.
    pub const START_OFFSET: usize = std::mem::offset_of!(RangeObject, start);
    /// The offset of the step in bytes.
    pub const STEP_OFFSET: usize = std::mem::offset_of!(RangeObject, step);
    /// The offset of the number of ints in bytes.
    pub const COUNT_OFFSET: usize = std::mem::offset_of!(RangeObject, count);

    /// `start..end`, or `start..=end`.
    pub fn alloc(heap: &Heap, start: i64, end: i64, inclusive: bool) -> Ref<RangeObject> {
        RangeObject::with_step(heap, start, end, inclusive, 1)
    }

    /// `(start..end).step(step)`; a step of zero counts as one.
    pub fn with_step(heap: &Heap, start: i64, end: i64, inclusive: bool, step: i64) -> Ref<RangeObject> {
        let step = if step == 0 { 1 } else { step };
        let mut range = RangeObject { header: Header::new(0), start, end, step, count: 0, inclusive };
        range.count = u64::try_from(range.len()).unwrap_or(u64::MAX);
        Ref::alloc(heap, range)
    }

    /// The first int, if there is any.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// The bound as written.
    pub fn end(&self) -> i64 {
        self.end
    }

    /// The distance between neighbours; negative if it counts down.
    pub fn step(&self) -> i64 {
        self.step
    }

    /// Was it written with `..=`?
    pub fn is_inclusive(&self) -> bool {
        self.inclusive
    }

    /// The number of ints: at most 2⁶⁴.
    pub fn len(&self) -> u128 {
        let (start, step) = (self.start as i128, self.step as i128);
        let end = self.end as i128 + if self.inclusive { step.signum() } else { 0 };
        let distance = if step > 0 { end - start } else { start - end };
        if distance <= 0 { 0 } else { distance.unsigned_abs().div_ceil(step.unsigned_abs()) }
    }

    /// The number of ints, cut to what an iteration can count.
    pub fn len_saturating(&self) -> usize {
        usize::try_from(self.len()).unwrap_or(usize::MAX)
    }

    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The int at `index`.
    pub fn get(&self, index: u64) -> Option<i64> {
        // All ints there are one more than are counted. What lies between the bounds fits, whatever wraps on the way.
        let is_inside = index < self.count || index == u64::MAX && self.len() > u128::from(u64::MAX);
        is_inside.then(|| self.start.wrapping_add(self.step.wrapping_mul(index.cast_signed())))
    }

    /// Is `int` one of its ints?
    pub fn contains(&self, int: i64) -> bool {
        let distance = int as i128 - self.start as i128;
        let step = self.step as i128;
        distance % step == 0 && distance / step >= 0 && ((distance / step) as u128) < self.len()
    }

    /// The position of `int`.
    pub fn position(&self, int: i64) -> Option<u64> {
        if !self.contains(int) {
            return None;
        }
        u64::try_from((int as i128 - self.start as i128) / self.step as i128).ok()
    }

    /// The ints from position `start` up to before `end`, both cut to the length.
    pub fn slice(&self, heap: &Heap, start: u128, end: u128) -> Ref<RangeObject> {
        let len = self.len();
        let start = start.min(len);
        let end = end.min(len).max(start);
        let at = |index: u128| self.start as i128 + index as i128 * self.step as i128;
        if let (Ok(first), Ok(bound)) = (i64::try_from(at(start)), i64::try_from(at(end))) {
            return RangeObject::with_step(heap, first, bound, false, self.step);
        }
        // A bound past the last int does not fit 64 bits.
        match (i64::try_from(at(start)), i64::try_from(at(end.saturating_sub(1)))) {
            (Ok(first), Ok(last)) if start < end => RangeObject::with_step(heap, first, last, true, self.step),
            _ => RangeObject::with_step(heap, self.end, self.end, false, self.step),
        }
    }

    /// Every `n`-th int; a negative `n` counts down from the start. `n` is not zero.
    pub fn stepped(&self, heap: &Heap, n: i64) -> Ref<RangeObject> {
        let step = self.step.saturating_mul(n);
        RangeObject::with_step(heap, self.start, self.end, self.inclusive, step)
    }
}

impl fmt::Display for RangeObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dots = if self.inclusive { "..=" } else { ".." };
        match self.step {
            1 => write!(f, "{}{dots}{}", self.start, self.end),
            step => write!(f, "({}{dots}{}).step({step})", self.start, self.end),
        }
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for RangeObject {
    fn object_bytes(&self) -> usize {
        size_of::<RangeObject>()
    }

    unsafe fn finalize(_this: NonNull<RangeObject>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(range: &RangeObject) -> Vec<i64> {
        (0..).map_while(|i| range.get(i)).collect()
    }

    #[test]
    fn lengths_elements_and_text() {
        let heap = Heap::new(usize::MAX, 1);
        let check = |start, end, inclusive, step, expected: &[i64], text: &str| {
            let range = RangeObject::with_step(&heap, start, end, inclusive, step);
            assert_eq!(ints(&range), expected);
            assert_eq!(range.len(), expected.len() as u128);
            assert_eq!(range.to_string(), text);
            for i in -20..20 {
                assert_eq!(range.contains(i), expected.contains(&i));
                assert_eq!(range.position(i), expected.iter().position(|e| *e == i).map(|p| p as u64));
            }
        };
        check(0, 3, false, 1, &[0, 1, 2], "0..3");
        check(0, 3, true, 1, &[0, 1, 2, 3], "0..=3");
        check(3, 0, false, 1, &[], "3..0");
        check(3, 0, false, -1, &[3, 2, 1], "(3..0).step(-1)");
        check(3, 0, true, -2, &[3, 1], "(3..=0).step(-2)");
        check(0, 10, false, 3, &[0, 3, 6, 9], "(0..10).step(3)");
        check(i64::MAX - 1, i64::MAX, true, 1, &[i64::MAX - 1, i64::MAX], "9223372036854775806..=9223372036854775807");
    }

    #[test]
    fn extremes() {
        let heap = Heap::new(usize::MAX, 1);
        let all = RangeObject::alloc(&heap, i64::MIN, i64::MAX, true);
        assert_eq!(all.len(), 1 << 64);
        assert_eq!(all.get(u64::MAX), Some(i64::MAX));
        assert!(all.contains(i64::MIN) && all.contains(i64::MAX));
        let tail = all.slice(&heap, u128::from(u64::MAX) - 1, u128::from(u64::MAX));
        assert_eq!(ints(&tail), [i64::MAX - 1]);
        let up_to_last = RangeObject::alloc(&heap, i64::MAX - 3, i64::MAX, true);
        assert_eq!(ints(&up_to_last.slice(&heap, 2, 99)), [i64::MAX - 1, i64::MAX]);
        assert_eq!(ints(&up_to_last.slice(&heap, 99, 99)), [] as [i64; 0]);
        let down = RangeObject::with_step(&heap, i64::MAX, i64::MIN, true, i64::MIN);
        assert_eq!(ints(&down), [i64::MAX, -1]);
    }

    #[test]
    fn slices_and_steps() {
        let heap = Heap::new(usize::MAX, 1);
        let range = RangeObject::alloc(&heap, 0, 10, false);
        assert_eq!(range.slice(&heap, 2, 5).to_string(), "2..5");
        assert_eq!(range.slice(&heap, 5, 2).to_string(), "5..5");
        assert_eq!(range.slice(&heap, 20, 30).to_string(), "10..10");
        assert_eq!(ints(&range.stepped(&heap, 3).stepped(&heap, 2)), [0, 6]);
    }
}
