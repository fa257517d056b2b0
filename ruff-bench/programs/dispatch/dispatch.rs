use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || dispatch(bb(1000), 2000)
}

trait Shape {
    fn area(&self) -> f64;
    fn sides(&self) -> i64;
}

struct Circle {
    r: f64,
}

struct Square {
    s: f64,
}

struct Rect {
    w: f64,
    h: f64,
}

struct Triangle {
    b: f64,
    h: f64,
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        3.0 * self.r * self.r
    }
    fn sides(&self) -> i64 {
        0
    }
}

impl Shape for Square {
    fn area(&self) -> f64 {
        self.s * self.s
    }
    fn sides(&self) -> i64 {
        4
    }
}

impl Shape for Rect {
    fn area(&self) -> f64 {
        self.w * self.h
    }
    fn sides(&self) -> i64 {
        4
    }
}

impl Shape for Triangle {
    fn area(&self) -> f64 {
        0.5 * self.b * self.h
    }
    fn sides(&self) -> i64 {
        3
    }
}

fn dispatch(n: i64, rounds: i64) -> i64 {
    let shapes: Vec<Box<dyn Shape>> = (0..n)
        .map(|i| -> Box<dyn Shape> {
            let v = (i % 10) as f64 + 1.0;
            match i % 4 {
                0 => Box::new(Circle { r: v }),
                1 => Box::new(Square { s: v }),
                2 => Box::new(Rect { w: v, h: v + 1.0 }),
                _ => Box::new(Triangle { b: v, h: v + 2.0 }),
            }
        })
        .collect();
    let shapes = bb(shapes);
    let (mut total, mut sides) = (0.0, 0i64);
    for _ in 0..rounds {
        for s in &shapes {
            total += s.area();
            sides += s.sides();
        }
    }
    total as i64 + sides
}
