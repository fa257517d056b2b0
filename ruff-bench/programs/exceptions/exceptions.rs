use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || exceptions(bb(200_000))
}

#[derive(Debug)]
pub struct AppError(String);

#[inline(never)]
fn risky(i: i64) -> Result<i64, AppError> {
    if i % 2 == 0 {
        return Err(AppError("bad".to_string()));
    }
    Ok(i)
}

fn exceptions(n: i64) -> i64 {
    let (mut caught, mut total) = (0, 0);
    for i in 0..n * 2 {
        match risky(i) {
            Ok(v) => total += v,
            Err(e) => {
                bb(e.0);
                caught += 1
            }
        }
    }
    total + caught
}
