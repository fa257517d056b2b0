use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || hof(bb(1_000_000), bb(3))
}

fn hof(n: i64, k: i64) -> i64 {
    let ys: Vec<i64> = (0..n).map(|x| x * k + 1).collect();
    let zs: Vec<i64> = bb(ys).into_iter().filter(|x| x % 2 == 0).collect();
    bb(zs).into_iter().fold(0, |acc, x| (acc + x) % 1_000_000_007)
}
