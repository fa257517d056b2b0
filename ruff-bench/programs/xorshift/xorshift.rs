use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

fn bench() -> i64 {
    let mut x: u32 = 2463534242;
    let mut total = 0;
    for _ in 0..bb(3_000_000) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        total += i64::from(x & 1023);
    }
    total
}
