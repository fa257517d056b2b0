use num_bigint::BigUint;
use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const N: u32 = 3000;
const ROUNDS: u32 = 300;

fn factorial(n: u32) -> BigUint {
    let mut result = BigUint::from(1u32);
    for i in 2..=n {
        result *= i;
    }
    result
}

fn binomial(n: u32, k: u32) -> BigUint {
    let mut result = BigUint::from(1u32);
    for i in 0..k {
        result = result * (n - i) / (i + 1);
    }
    result
}

fn modulo(n: BigUint, m: u32) -> i64 {
    i64::try_from(n % m).unwrap_or(-1)
}

fn bench() -> i64 {
    (0..bb(ROUNDS)).map(|i| modulo(factorial(N + i), 1_000_000_007) + modulo(binomial(N, 500 + i), 1_000_003)).sum()
}
