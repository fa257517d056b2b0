use std::hint::black_box as bb;

type Matrix = Vec<Vec<f64>>;

pub fn program() -> impl FnMut() -> i64 {
    || matmul(bb(200))
}

fn make(n: usize, scale: f64) -> Matrix {
    (0..n).map(|i| (0..n).map(|j| (i as f64 - j as f64) * 0.5 * scale).collect()).collect()
}

fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    let cell = |row: &[f64], j: usize| row.iter().zip(b).map(|(x, other)| x * other[j]).sum();
    a.iter().map(|row| (0..b.len()).map(|j| cell(row, j)).collect()).collect()
}

fn matmul(n: usize) -> i64 {
    let product = bb(multiply(&make(n, 1.0), &make(n, 2.0)));
    product.iter().enumerate().map(|(i, row)| row[i]).sum::<f64>() as i64
}
