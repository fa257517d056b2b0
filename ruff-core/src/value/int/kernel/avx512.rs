//! The kernels in vectors of eight limbs, for processors with AVX-512: see [`super`].
//!
//! The carries of eight limbs are found at once, from two masks: the limbs whose sum has overflowed pass a carry on in any case, those
//! whose sum has only ones do if they receive one. Added as integers, with the carry from below as lowest bit, the ones let a
//! carry run through as far as it goes ("Optimizing integer addition with AVX-512", as used by y-cruncher). So the limbs wait for each
//! other only for the time of an addition of two small integers in eight limbs.
//!
//! This file is unsafe: its instructions are those of some processors only.

#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m512i, __mmask8, _mm512_add_epi64, _mm512_alignr_epi64, _mm512_cmpeq_epu64_mask, _mm512_cmplt_epu64_mask,
    _mm512_loadu_epi64, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_storeu_epi64, _mm512_mask_sub_epi64,
    _mm512_maskz_loadu_epi64, _mm512_mullo_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_srli_epi64,
    _mm512_storeu_epi64, _mm512_sub_epi64,
};

/// Limbs of a vector.
const LANES: usize = 8;
/// Factors of products are below this. So the sum of a half of a product and of what comes from below it fits a lane.
pub const FACTORS_END: u64 = 1 << 40;
/// The bits of a limb that the processor multiplies.
const MULTIPLIED_BITS: u32 = 52;

/// The lanes that receive a carry, and whether one is left, in the bit above them.
#[inline(always)]
fn receivers(carry: u32, makes: __mmask8, passes: __mmask8) -> u32 {
    let (makes, passes) = (u32::from(makes), u32::from(passes));
    ((makes << 1 | carry) + passes) ^ passes
}

/// The lowest lanes.
#[inline(always)]
fn mask(lanes: usize) -> __mmask8 {
    (1u32 << lanes).wrapping_sub(1) as __mmask8
}

/// Defines a function that sets `a` to what `value` says and returns the carry. A lane makes a carry if `less` is less than
/// `than`, and passes it on if it is `passing`; `step` is subtracted from the lanes that receive one.
macro_rules! chain {
    ($name:ident, |$a:ident, $b:ident| $sum:ident, $value:expr, $less:expr, $than:expr, $passing:literal, $step:literal) => {
        /// # Safety
        /// The processor has AVX-512F, and the slices are of one length.
        #[target_feature(enable = "avx512f")]
        pub unsafe fn $name(a: &mut [u64], b: &[u64]) -> bool {
            debug_assert_eq!(a.len(), b.len());
            let (passing, step) = (_mm512_set1_epi64($passing), _mm512_set1_epi64($step));
            let vector = |$a: __m512i, $b: __m512i, carry: u32| {
                let $sum = $value;
                let makes = _mm512_cmplt_epu64_mask($less, $than);
                let passes = _mm512_cmpeq_epu64_mask($sum, passing);
                let receivers = receivers(carry, makes, passes);
                (_mm512_mask_sub_epi64($sum, receivers as __mmask8, $sum, step), receivers)
            };
            let (a, a_rest) = a.as_chunks_mut();
            let (b, b_rest) = b.as_chunks();
            let mut carry = 0;
            for (a, b) in a.iter_mut().zip(b) {
                let (sum, receivers) = vector(load(a), load(b), carry);
                store(a, sum);
                carry = receivers >> LANES;
            }
            // SAFETY: both slices have the lanes of the mask.
            unsafe {
                let lanes = mask(a_rest.len());
                let (sum, receivers) = vector(load_lanes(lanes, a_rest), load_lanes(lanes, b_rest), carry);
                store_lanes(lanes, a_rest, sum);
                receivers >> a_rest.len() & 1 != 0
            }
        }
    };
}

chain!(add, |a, b| sum, _mm512_add_epi64(a, b), sum, a, -1, -1);
chain!(sub, |a, b| rest, _mm512_sub_epi64(a, b), a, b, 0, 1);
chain!(sub_from, |a, b| rest, _mm512_sub_epi64(b, a), b, a, 0, 1);

/// `a = a * factor + carry`, and the carry.
///
/// The lower halves of the products are those of the lanes. The upper ones come from products of 52 by 52 bits: of the lower 52 bits of a
/// limb with the factor, of which the bits from the 52nd on count, and of the upper 12 bits, which begin there.
///
/// # Safety
/// The processor has AVX-512F, AVX-512DQ and AVX-512IFMA.
///
/// # Panics
/// If the factor is not below [`FACTORS_END`].
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub unsafe fn mul_limb(a: &mut [u64], factor: u64, carry: u64) -> u64 {
    assert!(factor < FACTORS_END, "a factor of {factor}");
    let factor = _mm512_set1_epi64(factor as i64);
    let ones = _mm512_set1_epi64(-1);
    // The product, the upper halves, and the receivers of carries.
    let vector = |limbs: __m512i, below: __m512i, carry: u32| {
        let lower = _mm512_mullo_epi64(limbs, factor);
        let upper = _mm512_madd52hi_epu64(_mm512_setzero_si512(), limbs, factor);
        let upper = _mm512_madd52lo_epu64(upper, _mm512_srli_epi64::<MULTIPLIED_BITS>(limbs), factor);
        let upper = _mm512_srli_epi64::<{ u64::BITS - MULTIPLIED_BITS }>(upper);
        let addends = _mm512_alignr_epi64::<{ LANES as i32 - 1 }>(upper, below);
        let sum = _mm512_add_epi64(lower, addends);
        let makes = _mm512_cmplt_epu64_mask(sum, addends);
        let passes = _mm512_cmpeq_epu64_mask(sum, ones);
        let receivers = receivers(carry, makes, passes);
        (_mm512_mask_sub_epi64(sum, receivers as __mmask8, sum, ones), upper, receivers)
    };
    let (a, a_rest) = a.as_chunks_mut();
    // In all lanes, of which the uppermost is used.
    let mut below = _mm512_set1_epi64(carry.cast_signed());
    let mut carry = 0;
    for a in a {
        let (product, upper, receivers) = vector(load(a), below, carry);
        store(a, product);
        (below, carry) = (upper, receivers >> LANES);
    }
    // SAFETY: the slice has the lanes of the mask. Those above them hold zeros, so that the first receives the carry of all.
    unsafe {
        let lanes = mask(a_rest.len());
        let (product, _, _) = vector(load_lanes(lanes, a_rest), below, carry);
        store_lanes(lanes, a_rest, product);
        let mut limbs = [0; LANES];
        store(&mut limbs, product);
        limbs[a_rest.len()]
    }
}

/// The limbs.
#[inline]
#[target_feature(enable = "avx512f")]
fn load(limbs: &[u64; LANES]) -> __m512i {
    // SAFETY: the array has all lanes.
    unsafe { _mm512_loadu_epi64(limbs.as_ptr().cast()) }
}

/// Sets the limbs.
#[inline]
#[target_feature(enable = "avx512f")]
fn store(limbs: &mut [u64; LANES], value: __m512i) {
    // SAFETY: as for `load`.
    unsafe { _mm512_storeu_epi64(limbs.as_mut_ptr().cast(), value) }
}

/// The limbs of a mask, and zeros.
///
/// # Safety
/// The slice has as many limbs as the mask has lanes, which are the lowest.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load_lanes(mask: __mmask8, limbs: &[u64]) -> __m512i {
    debug_assert!(limbs.len() >= mask.count_ones() as usize);
    // SAFETY: as the caller promises.
    unsafe { _mm512_maskz_loadu_epi64(mask, limbs.as_ptr().cast()) }
}

/// Sets the limbs of a mask.
///
/// # Safety
/// As for [`load_lanes`].
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store_lanes(mask: __mmask8, limbs: &mut [u64], value: __m512i) {
    debug_assert!(limbs.len() >= mask.count_ones() as usize);
    // SAFETY: as the caller promises.
    unsafe { _mm512_mask_storeu_epi64(limbs.as_mut_ptr().cast(), mask, value) }
}
