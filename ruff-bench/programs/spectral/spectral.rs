use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || spectral(bb(300))
}

fn sa(i: i64, j: i64) -> f64 {
    1.0 / (((i + j) * (i + j + 1)) as f64 / 2.0 + i as f64 + 1.0)
}

fn mul_av(v: &[f64], n: i64) -> Vec<f64> {
    (0..n).map(|i| (0..n).map(|j| sa(i, j) * v[j as usize]).sum()).collect()
}

fn mul_atv(v: &[f64], n: i64) -> Vec<f64> {
    (0..n).map(|i| (0..n).map(|j| sa(j, i) * v[j as usize]).sum()).collect()
}

fn spectral(n: i64) -> i64 {
    let mut u = vec![1.0; n as usize];
    let mut v = u.clone();
    for _ in 0..10 {
        v = mul_atv(&mul_av(&u, n), n);
        u = mul_atv(&mul_av(&v, n), n);
    }
    let (mut vbv, mut vv) = (0.0f64, 0.0f64);
    for i in 0..n as usize {
        vbv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    ((vbv / vv).sqrt() * 1000000000.0).floor() as i64
}
