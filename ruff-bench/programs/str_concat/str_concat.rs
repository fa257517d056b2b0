use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || str_concat(bb(200_000))
}

fn str_concat(n: i64) -> i64 {
    use std::fmt::Write;
    let mut s = String::new();
    for i in 0..n {
        write!(s, "{}", i % 10).unwrap();
    }
    bb(&s).len() as i64
}
