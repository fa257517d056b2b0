use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const N: i64 = 78;

fn female(n: i64) -> i64 {
    if n == 0 { 1 } else { n - male(female(n - 1)) }
}

fn male(n: i64) -> i64 {
    if n == 0 { 0 } else { n - female(male(n - 1)) }
}

fn is_even(n: i64) -> bool {
    n == 0 || is_odd(n - 1)
}

fn is_odd(n: i64) -> bool {
    n != 0 && is_even(n - 1)
}

fn bench() -> i64 {
    let mut total: i64 = (0..bb(N)).map(|i| female(i) * 3 + male(i)).sum();
    for i in 0..bb(800) {
        if is_even(i) {
            total += i;
        }
    }
    total
}
