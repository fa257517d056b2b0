//! Division by constants, by multiplication and shifts: Warren, "Hacker's Delight" (2013), chapter 10.

use super::super::FunctionBuilder;
use super::super::ir::{self, InstBuilder};

const BITS: u32 = i64::BITS;

/// A multiplier and a shift: the high half of the product, shifted, is the quotient or one less.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Magic {
    multiplier: i64,
    shift: u32,
}

/// The quotient of a division by a constant, towards zero, unless a division has to give it.
pub fn quotient(builder: &mut FunctionBuilder, dividend: ir::Value, divisor: i64) -> Option<ir::Value> {
    match divisor {
        -1..=1 | i64::MIN => None,
        _ if divisor.unsigned_abs().is_power_of_two() => Some(shifted(builder, dividend, divisor)),
        _ => Some(multiplied(builder, dividend, divisor)),
    }
}

/// The remainder, with the sign of the dividend, unless a division has to give it.
pub fn remainder(builder: &mut FunctionBuilder, dividend: ir::Value, divisor: i64) -> Option<ir::Value> {
    // The sign of the divisor is of no importance.
    let divisor = divisor.checked_abs()?;
    let quotient = quotient(builder, dividend, divisor)?;
    let product = match divisor.count_ones() {
        1 => builder.ins().ishl_imm_u(quotient, i64::from(divisor.ilog2())),
        _ => builder.ins().imul_imm_s(quotient, divisor),
    };
    Some(builder.ins().isub(dividend, product))
}

fn shifted(builder: &mut FunctionBuilder, dividend: ir::Value, divisor: i64) -> ir::Value {
    let log = i64::from(divisor.unsigned_abs().ilog2());
    // Negative numbers are rounded up: all bits that are shifted out are added to them.
    let sign = if log > 1 { builder.ins().sshr_imm_u(dividend, i64::from(BITS) - 1) } else { dividend };
    let rounding = builder.ins().ushr_imm_u(sign, i64::from(BITS) - log);
    let rounded = builder.ins().iadd(dividend, rounding);
    let quotient = builder.ins().sshr_imm_u(rounded, log);
    if divisor < 0 { builder.ins().ineg(quotient) } else { quotient }
}

fn multiplied(builder: &mut FunctionBuilder, dividend: ir::Value, divisor: i64) -> ir::Value {
    let Magic { multiplier, shift } = magic(divisor);
    let factor = builder.ins().iconst(ir::types::I64, multiplier);
    let mut quotient = builder.ins().smulhi(dividend, factor);
    // The multiplier has 65 bits then.
    if divisor > 0 && multiplier < 0 {
        quotient = builder.ins().iadd(quotient, dividend);
    } else if divisor < 0 && multiplier > 0 {
        quotient = builder.ins().isub(quotient, dividend);
    }
    if shift > 0 {
        quotient = builder.ins().sshr_imm_u(quotient, i64::from(shift));
    }
    let sign = builder.ins().ushr_imm_u(quotient, i64::from(BITS) - 1);
    builder.ins().iadd(quotient, sign)
}

/// For divisors from 2 on and their negatives.
fn magic(divisor: i64) -> Magic {
    const HALF: u64 = 1 << (BITS - 1);
    let size = divisor.unsigned_abs();
    let top = HALF + u64::from(divisor < 0);
    let limit = top - 1 - top % size;
    // The power of two by the limit and by the size of the divisor, with remainders.
    let (mut by_limit, mut by_size) = ((HALF / limit, HALF % limit), (HALF / size, HALF % size));
    let double = |(quotient, remainder): (u64, u64), by: u64| {
        let (quotient, remainder) = (quotient << 1, remainder << 1);
        if remainder >= by { (quotient + 1, remainder - by) } else { (quotient, remainder) }
    };
    let mut power = BITS - 1;
    loop {
        power += 1;
        by_limit = double(by_limit, limit);
        by_size = double(by_size, size);
        let delta = size - by_size.1;
        if by_limit.0 > delta || by_limit.0 == delta && by_limit.1 != 0 {
            break;
        }
    }
    let multiplier = by_size.0.wrapping_add(1) as i64;
    let multiplier = if divisor < 0 { multiplier.wrapping_neg() } else { multiplier };
    Magic { multiplier, shift: power - BITS }
}

#[cfg(test)]
mod tests {
    use super::{Magic, magic};

    #[test]
    fn multipliers_are_those_of_the_book() {
        let of = |divisor| (magic(divisor).multiplier as u64, magic(divisor).shift);
        assert_eq!(of(3), (0x5555_5555_5555_5556, 0));
        assert_eq!(of(5), (0x6666_6666_6666_6667, 1));
        assert_eq!(of(7), (0x4924_9249_2492_4925, 1));
        assert_eq!(of(-5), (0x9999_9999_9999_9999, 1));
        assert_eq!(of(125), (0x20C4_9BA5_E353_F7CF, 4));
        assert_eq!(magic(625), Magic { multiplier: 0x346D_C5D6_3886_594B, shift: 7 });
    }
}
