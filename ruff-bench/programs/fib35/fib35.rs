use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || fib(bb(35))
}

#[inline(never)]
fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}
