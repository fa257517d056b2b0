//! Several steps of Euclid's algorithm at once, told by the leading bits of both numbers and done in one pass over their limbs
//! (Knuth, The Art of Computer Programming, volume 2, 4.5.2, algorithm L).

use super::kernel::wide;

/// The bits that steps are found from: all that is computed with them fits a limb.
const LEADING_BITS: u64 = 60;

/// What several steps do to a pair `(a, b)`: it becomes `(x * A - y * B, y * D - x * C)`, where `(x, y)` is `(a, b)` after an even
/// number of steps, else `(b, a)`.
pub struct Steps {
    /// `A` and `B`.
    first: (u64, u64),
    /// `D` and `C`.
    second: (u64, u64),
    is_odd: bool,
}

impl Steps {
    /// The first steps of two magnitudes without leading zeros, the larger of which, of at least two limbs, is first; `None` if the
    /// leading bits do not tell even one.
    pub fn of(a: &[u64], b: &[u64]) -> Option<Steps> {
        let bits = a.len() as u64 * 64 - u64::from(a.last()?.leading_zeros());
        let shift = bits.checked_sub(LEADING_BITS)?;
        Steps::of_leading(leading(a, shift), leading(b, shift))
    }

    /// The steps that are certain whatever the lower bits are, by Collins' condition.
    fn of_leading(a: u64, b: u64) -> Option<Steps> {
        let (mut a, mut b) = (a, b);
        let (mut first, mut second) = ((1, 0), (1, 0));
        let mut count = 0;
        while b != second.1 {
            let quotient = (a + first.0 - 1) / (b - second.1);
            let next = (first.0 + quotient * second.1, first.1 + quotient * second.0);
            // The quotient is too large if the leading bits do not tell it.
            let Some(rest) = a.checked_sub(quotient * b) else { break };
            if next.1 > rest {
                break;
            }
            (a, b) = (b, rest);
            (first, second) = (second, next);
            count += 1;
        }
        (count > 0).then_some(Steps { first, second, is_odd: count % 2 == 1 })
    }

    /// Does the steps. Both magnitudes have the same number of limbs.
    pub fn apply(&self, a: &mut [u64], b: &mut [u64]) {
        let (mut carry_a, mut carry_b) = (0, 0);
        for (a, b) in a.iter_mut().zip(b) {
            let (x, y) = if self.is_odd { (*b, *a) } else { (*a, *b) };
            let sum_a = difference(x, self.first.0, y, self.first.1) + carry_a;
            let sum_b = difference(y, self.second.0, x, self.second.1) + carry_b;
            (*a, *b) = (sum_a as u64, sum_b as u64);
            (carry_a, carry_b) = (sum_a >> u64::BITS, sum_b >> u64::BITS);
        }
    }
}

/// `x * p - y * q`, where `p` and `q` have at most [`LEADING_BITS`] bits.
#[inline(always)]
fn difference(x: u64, p: u64, y: u64, q: u64) -> i128 {
    (u128::from(x) * u128::from(p)) as i128 - (u128::from(y) * u128::from(q)) as i128
}

/// The bits of a magnitude above the `shift` lowest, which are at most 64.
fn leading(limbs: &[u64], shift: u64) -> u64 {
    let at = (shift / 64) as usize;
    let limb = |at: usize| limbs.get(at).copied().unwrap_or(0);
    (wide(limb(at + 1), limb(at)) >> (shift % 64)) as u64
}
