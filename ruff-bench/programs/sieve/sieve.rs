use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || sieve(bb(5_000_000))
}

fn sieve(n: usize) -> i64 {
    let mut flags = vec![true; n + 1];
    let mut count = 0;
    for i in 2..=n {
        if flags[i] {
            count += 1;
            let mut j = i * 2;
            while j <= n {
                flags[j] = false;
                j += i;
            }
        }
    }
    count
}
