use rustc_hash::FxHashMap;
use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

fn bench() -> i64 {
    let n = bb(100_000);
    let mut m: FxHashMap<i64, i64> = FxHashMap::default();
    for i in 0..n {
        m.insert(i, i * 2);
    }
    (0..n).map(|i| m[&i]).sum()
}
