use rustc_hash::FxHashMap;
use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const ROUNDS: i64 = 30_000;

fn fib(n: i64, memo: &mut FxHashMap<i64, i64>) -> i64 {
    if n < 2 {
        return n;
    }
    if let Some(&value) = memo.get(&n) {
        return value;
    }
    let value = (fib(n - 1, memo) + fib(n - 2, memo)) % 1_000_000_007;
    memo.insert(n, value);
    value
}

fn bench() -> i64 {
    let mut total = 0;
    for i in 0..bb(ROUNDS) {
        let mut memo = FxHashMap::default();
        total += fib(90 + i % 5, &mut memo) + memo.len() as i64;
    }
    total
}
