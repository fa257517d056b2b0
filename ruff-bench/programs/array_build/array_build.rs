use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || array_build(bb(1_000_000))
}

fn array_build(n: i64) -> i64 {
    let mut arr: Vec<i64> = Vec::new();
    for i in 0..n {
        arr.push(i);
    }
    let arr = bb(arr);
    let mut total = 0;
    for x in &arr {
        total += x;
    }
    total
}
