use rustc_hash::FxHashMap;
use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    {
        let text = wc_text(300_000, 5000);
        move || wordcount(bb(&text))
    }
}

fn wc_text(n: usize, vocab: i64) -> String {
    let mut seed = 42i64;
    let mut words = Vec::new();
    for _ in 0..n {
        seed = seed * 16807 % 2147483647;
        words.push(format!("word{}", seed % vocab));
    }
    words.join(" ")
}

fn wordcount(text: &str) -> i64 {
    let mut counts: FxHashMap<&str, i64> = FxHashMap::default();
    for w in text.split(' ') {
        *counts.entry(w).or_insert(0) += 1;
    }
    let mut check = counts.len() as i64;
    for v in counts.values() {
        check += v * v;
    }
    check
}
