//! Stable sorts that look at interrupt and deadline now and then, however many items there are.

use super::Hooks;
use crate::fault::Result;
use std::cmp::Ordering;

/// Items that are sorted at once: a fraction of a millisecond.
const RUN: usize = 8192;
/// Items that are moved between two looks.
const MOVES: usize = 4096;

/// Sorts by an order: runs by the sort of the standard library, which are then merged.
///
/// # Errors
/// The traps `RUF2002`, `RUF2004` and `RUF2005`.
pub fn sort_by<T: Copy>(hooks: &mut dyn Hooks, items: &mut [T], order: impl Fn(&T, &T) -> Ordering) -> Result<()> {
    for run in items.chunks_mut(RUN) {
        run.sort_by(&order);
        hooks.pace(run.len())?;
    }
    merge_runs(hooks, items, RUN, &mut |_, a, b| Ok(order(a, b).is_lt()))
}

/// Sorts by a comparison that may fail. A permutation also if the answers contradict each other.
///
/// # Errors
/// Those of `is_less`, and the traps `RUF2002`, `RUF2004` and `RUF2005`.
pub fn sort_by_less<T: Copy>(
    hooks: &mut dyn Hooks,
    items: &mut [T],
    is_less: &mut impl FnMut(&mut dyn Hooks, &T, &T) -> Result<bool>,
) -> Result<()> {
    merge_runs(hooks, items, 1, is_less)
}

/// Merges sorted runs of `width` items, two and two.
fn merge_runs<T: Copy>(
    hooks: &mut dyn Hooks,
    items: &mut [T],
    width: usize,
    is_less: &mut impl FnMut(&mut dyn Hooks, &T, &T) -> Result<bool>,
) -> Result<()> {
    let len = items.len();
    let mut width = width;
    while width < len {
        hooks.heap().check_room(size_of_val(items))?;
        let mut merged = Vec::with_capacity(len);
        for run in items.chunks(2 * width) {
            let (left, right) = run.split_at(width.min(run.len()));
            merge(hooks, left, right, &mut merged, is_less)?;
        }
        items.copy_from_slice(&merged);
        width *= 2;
    }
    Ok(())
}

fn merge<T: Copy>(
    hooks: &mut dyn Hooks,
    left: &[T],
    right: &[T],
    out: &mut Vec<T>,
    is_less: &mut impl FnMut(&mut dyn Hooks, &T, &T) -> Result<bool>,
) -> Result<()> {
    let (mut left, mut right) = (left, right);
    while let ([l, left_rest @ ..], [r, right_rest @ ..]) = (left, right) {
        if is_less(hooks, r, l)? {
            out.push(*r);
            right = right_rest;
        } else {
            out.push(*l);
            left = left_rest;
        }
        if out.len().is_multiple_of(MOVES) {
            hooks.pace(MOVES)?;
        }
    }
    out.extend_from_slice(left);
    out.extend_from_slice(right);
    Ok(())
}

/// Sorts by keys. Many items are put in the order of one digit of the key after the other, the least significant first (radix
/// sort); digits that all keys share take no time.
///
/// # Errors
/// The traps `RUF2002`, `RUF2004` and `RUF2005`.
pub fn sort_by_key<T: Copy>(hooks: &mut dyn Hooks, items: &mut [T], key: impl Fn(&T) -> u64) -> Result<()> {
    if items.len() <= RUN {
        items.sort_by_key(key);
        return hooks.pace(items.len());
    }
    let different = different_bits(hooks, items, &key)?;
    if different == 0 {
        return Ok(());
    }
    hooks.heap().check_room(size_of_val(items))?;
    let mut other = items.to_vec();
    let (mut from, mut to) = (items, other.as_mut_slice());
    let mut is_swapped = false;
    let mut shift = different.trailing_zeros();
    while different.checked_shr(shift).is_some_and(|rest| rest != 0) {
        scatter(hooks, from, to, |item| (key(item) >> shift) as usize % DIGITS)?;
        (from, to) = (to, from);
        is_swapped = !is_swapped;
        shift += DIGIT_BITS;
    }
    if is_swapped {
        to.copy_from_slice(from);
    }
    Ok(())
}

/// Bits of a digit of a key: the places of all digits fit the caches.
const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << DIGIT_BITS;

/// The bits in which keys differ; none if the items are in order.
fn different_bits<T>(hooks: &mut dyn Hooks, items: &[T], key: &impl Fn(&T) -> u64) -> Result<u64> {
    let first = items.first().map_or(0, key);
    let (mut last, mut different, mut is_sorted) = (first, 0, true);
    for part in items.chunks(MOVES) {
        for item in part {
            let key = key(item);
            is_sorted &= last <= key;
            different |= first ^ key;
            last = key;
        }
        hooks.pace(part.len())?;
    }
    Ok(if is_sorted { 0 } else { different })
}

/// Copies the items in the order of a digit.
fn scatter<T: Copy>(hooks: &mut dyn Hooks, from: &[T], to: &mut [T], digit: impl Fn(&T) -> usize) -> Result<()> {
    let mut places = vec![0; DIGITS];
    for part in from.chunks(MOVES) {
        for item in part {
            places[digit(item)] += 1;
        }
        hooks.pace(part.len() / 2)?;
    }
    let mut start = 0;
    for place in &mut places {
        start += std::mem::replace(place, start);
    }
    for part in from.chunks(MOVES) {
        for item in part {
            let place = &mut places[digit(item)];
            to[*place] = *item;
            *place += 1;
        }
        hooks.pace(part.len())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::fault::Fault;
    use crate::value::ops::testing::TestHooks;

    fn sorted(items: &[i32], is_less: impl Fn(&i32, &i32) -> bool) -> Vec<i32> {
        let mut items = items.to_vec();
        sort_by_less(&mut TestHooks::new(), &mut items, &mut |_, a, b| Ok(is_less(a, b))).unwrap();
        items
    }

    #[test]
    fn equal_items_keep_their_order() {
        let by_tens = |a: &i32, b: &i32| a / 10 < b / 10;
        assert_eq!(sorted(&[31, 12, 30, 11, 25, 10, 20], by_tens), vec![12, 11, 10, 25, 20, 31, 30]);
    }

    #[test]
    fn contradicting_answers_still_permute() {
        let items: Vec<i32> = (0..100).collect();
        for answer in [true, false] {
            let mut result = sorted(&items, |_, _| answer);
            result.sort_unstable();
            assert_eq!(result, items);
        }
    }

    #[test]
    fn a_failed_comparison_ends_it() {
        let fail = &mut |_: &mut dyn Hooks, _: &i32, _: &i32| Err(Fault::error(Code::THROWN, "no"));
        assert!(sort_by_less(&mut TestHooks::new(), &mut [2, 1], fail).is_err());
    }

    /// Pairs of a key with few values and a position.
    fn pairs(len: usize, keys: u64, stride: u64) -> Vec<(u64, usize)> {
        (0..len).map(|i| ((i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) % keys * stride, i)).collect()
    }

    #[test]
    fn many_items_are_sorted_as_the_standard_library_does() {
        let hooks = &mut TestHooks::new();
        for (len, keys, stride) in
            [(0, 1, 1), (1, 1, 1), (100, 9, 1), (RUN + 1, 7, 1), (50_000, 1000, 1), (40_000, 300, 1 << 50)]
        {
            let mut expected = pairs(len, keys, stride);
            expected.sort_by_key(|pair| pair.0);
            let (mut by_key, mut by_order) = (pairs(len, keys, stride), pairs(len, keys, stride));
            sort_by_key(hooks, &mut by_key, |pair| pair.0).unwrap();
            sort_by(hooks, &mut by_order, |a, b| a.0.cmp(&b.0)).unwrap();
            assert!(by_key == expected && by_order == expected, "{len} {keys}");
            sort_by_key(hooks, &mut by_key, |pair| pair.0).unwrap();
            assert!(by_key == expected);
        }
    }
}
