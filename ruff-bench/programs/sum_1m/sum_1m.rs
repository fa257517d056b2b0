use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || sum(bb(1_000_000))
}

#[inline(never)]
fn sum(n: i64) -> i64 {
    let mut total = 0i64;
    for i in 0..n {
        total += i;
    }
    total
}
