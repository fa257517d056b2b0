//! Products of magnitudes, limb by limb.

use super::kernel;

/// Products whose shorter factor has more limbs are left to num-bigint, which has better algorithms for them.
pub const SHORT_LIMBS: usize = 64;

/// The product of a magnitude and a limb.
pub fn by_limb(limbs: &[u64], factor: u64) -> Vec<u64> {
    with_room(limbs, factor, limbs.len() + 1)
}

/// The product of two magnitudes, as on paper.
pub fn long(a: &[u64], b: &[u64]) -> Vec<u64> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let Some((lowest, others)) = short.split_first() else { return Vec::new() };
    let mut product = with_room(long, *lowest, long.len() + short.len());
    for (at, factor) in others.iter().enumerate() {
        let carry = kernel::add_product(&mut product[at + 1..], long, *factor);
        product.push(carry);
    }
    product
}

/// The product of a magnitude and a limb, with room for `room` limbs.
fn with_room(limbs: &[u64], factor: u64, room: usize) -> Vec<u64> {
    let mut product = Vec::with_capacity(room);
    product.extend_from_slice(limbs);
    let carry = kernel::mul_limb(&mut product, factor, 0);
    product.push(carry);
    product
}
