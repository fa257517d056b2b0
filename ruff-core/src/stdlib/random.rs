//! Section 13: randomness. One ChaCha12 generator per machine; the numbers for a seed never change.

use super::argument::{invalid, not_an_array, not_finite, whole};
use super::{Builtin, builtin};
use crate::fault::{Fault, Result};
use crate::value::string::StrBuilder;
use crate::value::{Value, int};
use crate::vm::{Capability, Ctx};
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};

/// The generator of a machine; made from the host's seed when it is first used.
#[derive(Default)]
struct Generator(Option<StdRng>);

fn generator<'a>(ctx: &'a mut Ctx<'_>) -> Result<&'a mut StdRng> {
    if ctx.state::<Generator>().0.is_none() {
        let seed = ctx.random_source()?.seed();
        ctx.state::<Generator>().0 = Some(StdRng::seed_from_u64(seed));
    }
    Ok(ctx.state::<Generator>().0.get_or_insert_with(|| StdRng::seed_from_u64(0)))
}

fn random(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    Ok(Value::Float(generator(ctx)?.r#gen::<f64>()))
}

fn random_int(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [lo, hi] = &args[..] else { return Ok(Value::Null) };
    let (Some(lo), Some(hi)) = (whole("random_int", lo)?, whole("random_int", hi)?) else {
        return Err(invalid("random_int requires number arguments"));
    };
    if matches!(args, [Value::BigInt(_), _] | [_, Value::BigInt(_)]) {
        return Err(invalid("random_int() expects bounds of at most 64 bits"));
    }
    if lo > hi {
        return Err(invalid("random_int requires min <= max"));
    }
    Ok(Value::Int(generator(ctx)?.gen_range(lo..=hi)))
}

fn random_choice(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs] = &args[..] else { return Err(Fault::bug("arity of random_choice")) };
    let Value::Array(xs) = xs else { return Err(not_an_array("random_choice requires an array argument", xs)) };
    if xs.is_empty() {
        return Err(invalid("random_choice requires a non-empty array"));
    }
    let index = generator(ctx)?.gen_range(0..xs.len());
    Ok(xs.get(index).unwrap_or(Value::Null))
}

/// The low 64 bits of an int; floats are truncated.
fn low_bits(ctx: &Ctx<'_>, value: &Value) -> Result<Option<u64>> {
    let seed = match value {
        Value::Float(x) => int::from_f64(ctx.heap(), *x).ok_or_else(|| not_finite("set_random_seed"))?,
        other => other.clone(),
    };
    Ok(match &seed {
        Value::Int(i) => Some(*i as u64),
        Value::BigInt(big) => {
            let magnitude = big.get().magnitude().first().copied().unwrap_or(0);
            Some(if big.is_negative() { magnitude.wrapping_neg() } else { magnitude })
        }
        _ => None,
    })
}

fn set_random_seed(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let seed = low_bits(ctx, args.first().unwrap_or(&Value::Null))?;
    let seed = seed.ok_or_else(|| invalid("set_random_seed requires a number argument"))?;
    ctx.state::<Generator>().0 = Some(StdRng::seed_from_u64(seed));
    Ok(Value::Null)
}

/// The characters of `random_id`.
const ID_CHARACTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

fn random_id(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let length = match args.first() {
        Some(length) => whole("random_id", length)?,
        None => None,
    };
    let length = length.ok_or_else(|| invalid("random_id requires an integer length argument"))?;
    let length = usize::try_from(length).map_err(|_| invalid("random_id requires a non-negative length"))?;
    ctx.heap().check_room(length)?;
    let mut out = StrBuilder::with_capacity(ctx.heap(), length)?;
    ctx.charge_for(length)?;
    let generator = generator(ctx)?;
    for _ in 0..length {
        let index = generator.gen_range(0..ID_CHARACTERS.len());
        out.push(ID_CHARACTERS.get(index).copied().map_or('a', char::from))?;
    }
    Ok(Value::Str(out.finish()?))
}

fn uuid_v4(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    let mut bytes = [0_u8; 16];
    generator(ctx)?.fill_bytes(&mut bytes);
    // Version 4 and the variant of RFC 9562.
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let mut out = StrBuilder::new(ctx.heap());
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push_str("-")?;
        }
        write!(out, "{byte:02x}")?;
    }
    Ok(Value::Str(out.finish()?))
}

fn clear_random_seed(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    ctx.state::<Generator>().0 = None;
    Ok(Value::Null)
}

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("random", 0, random, "random() -> float: uniform in [0, 1)").needs(Capability::Random),
    builtin!("random_int", 2, random_int, "random_int(lo, hi) -> int: uniform, both ends included")
        .needs(Capability::Random),
    builtin!("random_choice", 1, random_choice, "random_choice(xs) -> value: a uniform element")
        .needs(Capability::Random),
    builtin!("set_random_seed", 1, set_random_seed, "set_random_seed(n) -> null: start from a seed")
        .needs(Capability::Random),
    builtin!("random_id", 1, random_id, "random_id(n) -> string: n characters of a-z and 0-9")
        .needs(Capability::Random),
    builtin!("uuid_v4", 0, uuid_v4, "uuid_v4() -> string: a random UUID").needs(Capability::Random),
    builtin!("clear_random_seed", 0, clear_random_seed, "clear_random_seed() -> null: a fresh seed from the host")
        .needs(Capability::Random),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_a_seed_never_change() {
        assert_eq!(StdRng::seed_from_u64(42).gen_range(1_i64..=100), 53);
        assert_eq!(StdRng::seed_from_u64(42).r#gen::<f64>(), 0.5265574090027738);
    }
}
