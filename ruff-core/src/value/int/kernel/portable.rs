//! The kernels in plain Rust.

use super::{chain, chain_multiple, chain_product, sub_limb_from, wide};

pub fn add(a: &mut [u64], b: &[u64]) -> bool {
    chain(a, b, false, u64::carrying_add)
}

pub fn sub(a: &mut [u64], b: &[u64]) -> bool {
    chain(a, b, false, u64::borrowing_sub)
}

pub fn sub_from(a: &mut [u64], b: &[u64]) -> bool {
    chain(a, b, false, sub_limb_from)
}

pub fn mul_limb(a: &mut [u64], factor: u64, carry: u64) -> u64 {
    chain_multiple(a, factor, carry)
}

pub fn add_product(a: &mut [u64], b: &[u64], factor: u64) -> u64 {
    chain_product(a, b, factor, 0)
}

pub fn div_limb(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let (dividend, divisor) = (wide(high, low), u128::from(divisor));
    ((dividend / divisor) as u64, (dividend % divisor) as u64)
}
