use rustc_hash::FxHashMap;
use std::hint::black_box as bb;

const LENGTH: usize = 500_000;

pub fn program() -> impl FnMut() -> i64 {
    let text = make();
    move || bench(bb(&text))
}

fn make() -> String {
    let mut seed = 42i64;
    let mut text = String::new();
    for _ in 0..LENGTH {
        seed = seed * 16807 % 2147483647;
        text.push(['a', 'c', 'g', 't'][(seed / 16 % 4) as usize]);
    }
    text
}

fn count(text: &str, k: usize) -> FxHashMap<&str, i64> {
    let mut counts = FxHashMap::default();
    for i in 0..=text.len() - k {
        *counts.entry(&text[i..i + k]).or_insert(0) += 1;
    }
    counts
}

fn bench(text: &str) -> i64 {
    let mut total = 0;
    for k in [3, 6, 9] {
        let counts = count(text, k);
        total += counts.len() as i64 + counts.values().map(|n| n * n % 1000).sum::<i64>();
    }
    total
}
