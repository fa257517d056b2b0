use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || mandelbrot(bb(400), 50)
}

fn mandelbrot(n: i64, iter: i64) -> i64 {
    let mut total = 0;
    for py in 0..n {
        let ci = 2.0 * py as f64 / n as f64 - 1.0;
        for px in 0..n {
            let cr = 2.0 * px as f64 / n as f64 - 1.5;
            let (mut zr, mut zi, mut tr, mut ti) = (0.0f64, 0.0f64, 0.0f64, 0.0f64);
            let mut k = 0;
            while k < iter && tr + ti <= 4.0 {
                zi = 2.0 * zr * zi + ci;
                zr = tr - ti + cr;
                tr = zr * zr;
                ti = zi * zi;
                k += 1;
            }
            total += k;
        }
    }
    total
}
