//! Products of magnitudes, limb by limb.

use super::kernel;
use super::limbs::Limbs;

/// Products whose shorter factor has more limbs are left to num-bigint, which has better algorithms for them.
pub const SHORT_LIMBS: usize = 64;

/// The product of two magnitudes, as on paper.
pub fn long(a: &[u64], b: &[u64]) -> Limbs {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut product = Limbs::padded(long, long.len() + short.len());
    let Some((lowest, others)) = short.split_first() else { return Limbs::padded(&[], 0) };
    let limbs = &mut *product;
    limbs[long.len()] = kernel::mul_limb(&mut limbs[..long.len()], *lowest, 0);
    for (at, factor) in (1..).zip(others) {
        limbs[at + long.len()] = kernel::add_product(&mut limbs[at..at + long.len()], long, *factor);
    }
    product
}
