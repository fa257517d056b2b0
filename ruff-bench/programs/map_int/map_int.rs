use rustc_hash::FxHashMap;
use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || map_int(bb(100_000), 10)
}

fn map_int(n: i64, rounds: i64) -> i64 {
    let mut total = 0;
    for r in 0..rounds {
        let mut m: FxHashMap<i64, i64> = FxHashMap::default();
        for i in 0..n {
            m.insert(i * 7, i + r);
        }
        for i in 0..n {
            total += m[&(i * 7)];
        }
    }
    total
}
