use num_bigint::BigUint;
use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || fib(bb(100_000))
}

fn fib(n: i64) -> i64 {
    let (mut a, mut b) = (BigUint::from(0u8), BigUint::from(1u8));
    for _ in 0..n {
        a += &b;
        std::mem::swap(&mut a, &mut b);
    }
    i64::try_from(a % 1_000_000_007u32).unwrap_or(-1)
}
