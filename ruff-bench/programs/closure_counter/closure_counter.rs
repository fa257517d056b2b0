use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || closure_counter(bb(10_000_000))
}

fn make_counter() -> Box<dyn FnMut() -> i64> {
    let mut count = 0i64;
    Box::new(move || {
        count += 1;
        count
    })
}

fn closure_counter(n: i64) -> i64 {
    let mut c = bb(make_counter());
    let mut last = 0;
    for _ in 0..n {
        last = c();
    }
    last
}
