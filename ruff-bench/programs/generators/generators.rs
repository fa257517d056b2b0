use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const N: usize = 3_000_000;

fn numbers(n: usize) -> impl Iterator<Item = i64> {
    let mut x = 42;
    (0..n).map(move |_| {
        x = (x * 1103 + 12345) % 65536;
        x
    })
}

fn bench() -> i64 {
    numbers(bb(N))
        .filter(|x| x % 2 == 1)
        .map(|x| x * 7 % 10007)
        .scan(0, |total, x| {
            *total = (*total + x) % 1_000_003;
            Some(*total)
        })
        .sum()
}
