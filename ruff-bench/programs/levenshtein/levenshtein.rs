use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const LENGTH: usize = 900;
const PAIRS: i64 = 4;

fn make(mut seed: i64) -> String {
    let mut text = String::new();
    for _ in 0..LENGTH {
        seed = seed * 16807 % 2147483647;
        text.push(['a', 'c', 'g', 't'][(seed / 16 % 4) as usize]);
    }
    text
}

fn distance(a: &str, b: &str) -> i64 {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut previous: Vec<i64> = (0..=b.len() as i64).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i as i64 + 1];
        for (j, y) in b.iter().enumerate() {
            let cost = if x == y { 0 } else { 1 };
            row.push((previous[j + 1] + 1).min(row[j] + 1).min(previous[j] + cost));
        }
        previous = row;
    }
    previous[b.len()]
}

fn bench() -> i64 {
    (0..PAIRS).map(|k| distance(bb(&make(k + 1)), bb(&make(k + 1000))) * (k + 1)).sum()
}
