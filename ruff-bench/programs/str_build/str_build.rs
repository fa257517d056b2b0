use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || str_build(bb(200_000))
}

fn str_build(n: i64) -> i64 {
    let mut parts: Vec<String> = Vec::new();
    for i in 0..n {
        parts.push(format!("item{}", i));
    }
    let s = parts.join(",");
    bb(&s).len() as i64
}
