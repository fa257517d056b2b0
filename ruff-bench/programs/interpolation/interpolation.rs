use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const N: i64 = 1_200_000;

fn describe(i: i64) -> String {
    let name = format!("user{}", i % 1000);
    format!("{name} <{name}@example.com> has {} points, rank {} of {N}", i * 3, i % 17 + 1)
}

fn bench() -> i64 {
    let mut lines = Vec::new();
    let mut length = 0;
    for i in 0..bb(N) {
        let line = bb(describe(i));
        length += line.len() as i64;
        if i % 100 == 0 {
            lines.push(line);
        }
    }
    length * 10 + lines.join("\n").len() as i64
}
