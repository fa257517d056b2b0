use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || nested_loops(bb(3000))
}

#[inline(never)]
fn nested_loops(n: i64) -> i64 {
    let mut total = 0;
    let mut i = 0;
    while i < n {
        let mut j = 0;
        while j < n {
            total += i * j % 7;
            j += 1;
        }
        i += 1;
    }
    total
}
