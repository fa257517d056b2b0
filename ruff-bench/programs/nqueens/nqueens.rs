use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || nqueens(bb(9), 10)
}

fn safe(queens: &[i64], row: i64, col: i64) -> bool {
    for r in 0..row {
        let c = queens[r as usize];
        if c == col || c - col == row - r || col - c == row - r {
            return false;
        }
    }
    true
}

fn place(queens: &mut [i64], row: i64, n: i64) -> i64 {
    if row == n {
        return 1;
    }
    let mut count = 0;
    for col in 0..n {
        if safe(queens, row, col) {
            queens[row as usize] = col;
            count += place(queens, row + 1, n);
        }
    }
    count
}

fn nqueens(n: i64, rounds: i64) -> i64 {
    let mut total = 0;
    for _ in 0..rounds {
        total += place(&mut vec![0; n as usize], 0, n);
    }
    total
}
