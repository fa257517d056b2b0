//! Ranges of ints, as the language has them: checked arithmetic that would leave has the result that it does not have room for.
//! So what is concluded holds even if the instruction that would have left is gone, because nothing else used its value.

use crate::hir::{Binary, Cond};

/// All ints from `lo` to `hi`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval {
    pub lo: i128,
    pub hi: i128,
}

/// Beyond all that is told apart.
const FAR: i128 = 1 << 100;

impl Interval {
    /// All 64-bit ints.
    pub const WORD: Interval = Interval { lo: i64::MIN as i128, hi: i64::MAX as i128 };
    /// All ints.
    pub const ALL: Interval = Interval { lo: -FAR, hi: FAR };

    /// From `lo` to `hi`, both of them too.
    pub fn new(lo: i128, hi: i128) -> Interval {
        Interval { lo: lo.max(-FAR), hi: hi.min(FAR) }
    }

    /// One int.
    pub fn one(k: i64) -> Interval {
        Interval { lo: k.into(), hi: k.into() }
    }

    /// The int, if it is the only one.
    pub fn single(self) -> Option<i64> {
        if self.lo == self.hi { i64::try_from(self.lo).ok() } else { None }
    }

    /// Do all of them fit 64 bits?
    pub fn fits(self) -> bool {
        self.lo >= Interval::WORD.lo && self.hi <= Interval::WORD.hi
    }

    /// The smallest range with both.
    pub fn join(self, other: Interval) -> Interval {
        Interval { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What is in both; none if nothing is.
    pub fn meet(self, other: Interval) -> Option<Interval> {
        let met = Interval { lo: self.lo.max(other.lo), hi: self.hi.min(other.hi) };
        (met.lo <= met.hi).then_some(met)
    }

    /// Moved by a constant.
    pub fn moved(self, by: i128) -> Interval {
        Interval::new(self.lo.saturating_add(by), self.hi.saturating_add(by))
    }

    /// The exact results of a sum, difference or product; of another operation, the results for 64-bit words.
    pub fn apply(op: Binary, a: Interval, b: Interval) -> Interval {
        match op {
            Binary::Add => Interval::new(a.lo + b.lo, a.hi + b.hi),
            Binary::Sub => Interval::new(a.lo - b.hi, a.hi - b.lo),
            Binary::Mul => {
                let corners =
                    [(a.lo, b.lo), (a.lo, b.hi), (a.hi, b.lo), (a.hi, b.hi)].map(|(x, y)| x.saturating_mul(y));
                Interval::new(corners.into_iter().fold(FAR, i128::min), corners.into_iter().fold(-FAR, i128::max))
            }
            _ if !(a.fits() && b.fits()) => Interval::ALL,
            Binary::Div if b.lo >= 1 => Interval::new((a.lo / b.lo).min(a.lo / b.hi), (a.hi / b.lo).max(a.hi / b.hi)),
            Binary::Rem if b.lo >= 1 => remainder(a, b.hi - 1),
            Binary::Rem => remainder(a, b.lo.abs().max(b.hi.abs()) - 1),
            Binary::And if b.lo >= 0 && a.lo >= 0 => Interval::new(0, a.hi.min(b.hi)),
            Binary::And if b.lo >= 0 => Interval::new(0, b.hi),
            Binary::And if a.lo >= 0 => Interval::new(0, a.hi),
            Binary::Or if a.lo >= 0 && b.lo >= 0 => Interval::new(a.lo.max(b.lo), low_bits(a.hi | b.hi)),
            Binary::Xor if a.lo >= 0 && b.lo >= 0 => Interval::new(0, low_bits(a.hi | b.hi)),
            Binary::Shr if b.lo >= 0 && b.hi <= 63 => {
                let near = |x: i128| if x < 0 { x >> b.hi } else { x >> b.lo };
                let low = |x: i128| if x < 0 { x >> b.lo } else { x >> b.hi };
                Interval::new(low(a.lo), near(a.hi))
            }
            Binary::Shl if b.lo >= 0 && b.hi <= 63 => {
                let low = if a.lo < 0 { a.lo << b.hi } else { a.lo << b.lo };
                let high = if a.hi < 0 { a.hi << b.lo } else { a.hi << b.hi };
                let exact = Interval { lo: low, hi: high };
                if exact.fits() { exact } else { Interval::WORD }
            }
            _ => Interval::WORD,
        }
    }

    /// Does a comparison hold for all, or for none?
    pub fn compare(cond: Cond, a: Interval, b: Interval) -> Option<bool> {
        match cond {
            Cond::Lt if a.hi < b.lo => Some(true),
            Cond::Lt if a.lo >= b.hi => Some(false),
            Cond::Le => Interval::compare(Cond::Lt, b, a).map(|truth| !truth),
            Cond::Gt => Interval::compare(Cond::Lt, b, a),
            Cond::Ge => Interval::compare(Cond::Lt, a, b).map(|truth| !truth),
            Cond::Eq if a.meet(b).is_none() => Some(false),
            Cond::Eq if a.lo == a.hi && a == b => Some(true),
            Cond::Ne => Interval::compare(Cond::Eq, a, b).map(|truth| !truth),
            Cond::Below if a.lo >= 0 && b.lo >= 0 => Interval::compare(Cond::Lt, a, b),
            // Negative ints are large without their sign.
            Cond::Below if a.hi < 0 && b.lo >= 0 => Some(false),
            Cond::Lt | Cond::Eq | Cond::Below => None,
        }
    }
}

/// Remainders, whose sign is that of the left side, up to `most`.
fn remainder(a: Interval, most: i128) -> Interval {
    let most = most.max(0);
    Interval::new(if a.lo >= 0 { 0 } else { a.lo.max(-most) }, if a.hi <= 0 { 0 } else { a.hi.min(most) })
}

/// The least number of only ones that is not less.
fn low_bits(x: i128) -> i128 {
    match x {
        0 => 0,
        x => (2 << x.ilog2()) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bounds are right for all operands of small ranges, and close for sums and products.
    #[test]
    fn bounds_hold() {
        let ops = [
            Binary::Add,
            Binary::Sub,
            Binary::Mul,
            Binary::Div,
            Binary::Rem,
            Binary::And,
            Binary::Or,
            Binary::Xor,
            Binary::Shl,
            Binary::Shr,
        ];
        let bounds = [-5, -1, 0, 1, 3, 8];
        let ranges: Vec<(i64, i64)> =
            bounds.iter().flat_map(|lo| bounds.iter().filter(move |hi| lo <= *hi).map(move |hi| (*lo, *hi))).collect();
        for op in ops {
            for (a, b) in ranges.iter().flat_map(|a| ranges.iter().map(move |b| (*a, *b))) {
                let interval = |(lo, hi): (i64, i64)| Interval::new(lo.into(), hi.into());
                let result = Interval::apply(op, interval(a), interval(b));
                for (x, y) in (a.0..=a.1).flat_map(|x| (b.0..=b.1).map(move |y| (x, y))) {
                    if matches!(op, Binary::Shl | Binary::Shr) && y < 0 {
                        continue;
                    }
                    let Some(word) = op.apply(x.cast_unsigned(), y.cast_unsigned()) else { continue };
                    let value = i128::from(word.cast_signed());
                    assert!(result.lo <= value && value <= result.hi, "{op:?} {a:?} {b:?}: {x}, {y} is {value}");
                }
            }
        }
    }

    #[test]
    fn comparisons_hold() {
        let ranges = [(-3, -1), (-1, 2), (0, 0), (0, 4), (3, 5), (5, 9)];
        let conds = [Cond::Eq, Cond::Ne, Cond::Lt, Cond::Le, Cond::Gt, Cond::Ge, Cond::Below];
        for (cond, a, b) in conds.iter().flat_map(|c| ranges.iter().flat_map(move |a| ranges.map(|b| (*c, *a, b)))) {
            let interval = |(lo, hi): (i64, i64)| Interval::new(lo.into(), hi.into());
            let Some(truth) = Interval::compare(cond, interval(a), interval(b)) else { continue };
            for (x, y) in (a.0..=a.1).flat_map(|x| (b.0..=b.1).map(move |y| (x, y))) {
                assert_eq!(cond.holds(x, y), truth, "{cond:?} {x} {y}");
            }
        }
        assert_eq!(Interval::compare(Cond::Below, Interval::new(0, 3), Interval::new(4, 9)), Some(true));
    }
}
