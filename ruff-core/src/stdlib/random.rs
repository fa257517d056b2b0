//! Section 13: randomness. One ChaCha12 generator per machine; the numbers for a seed never change.

use super::argument::{invalid, whole};
use super::{Builtin, builtin};
use crate::fault::Result;
use crate::value::Value;
use crate::vm::{Capability, Ctx};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

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
    let [lo, hi] = args else { return Ok(Value::Null) };
    let (Some(lo), Some(hi)) = (whole("random_int", lo)?, whole("random_int", hi)?) else {
        return Err(invalid("random_int requires number arguments"));
    };
    if lo > hi {
        return Err(invalid("random_int requires min <= max"));
    }
    Ok(Value::Int(generator(ctx)?.gen_range(lo..=hi)))
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
