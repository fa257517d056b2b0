use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || {
        let mut values = make(bb(300_000));
        values.sort();
        check_sorted(&values)
    }
}

fn make(n: usize) -> Vec<i64> {
    let mut seed = 42i64;
    let mut arr = Vec::new();
    for _ in 0..n {
        seed = seed * 16807 % 2147483647;
        arr.push(seed);
    }
    arr
}

fn check_sorted(arr: &[i64]) -> i64 {
    let mut s = 0;
    for (i, v) in arr.iter().enumerate() {
        s += v % 1000 * (i as i64 % 10);
    }
    s
}
