use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const ROUNDS: usize = 1000;

fn fib(n: i64) -> i64 {
    let (mut a, mut b) = (0, 1);
    for i in 0..n {
        println!("fib number {i} is {a}");
        (a, b) = (b, a + b);
    }
    a
}

fn bench() -> i64 {
    (0..ROUNDS).map(|_| fib(bb(30))).sum()
}
