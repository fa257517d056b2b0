use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const COUNT: usize = 1000;
const STEPS: usize = 3000;

struct Particle {
    x: f64,
    y: f64,
    vx: f64,
    vy: f64,
}

impl Particle {
    fn step(&mut self, dt: f64) {
        self.x += self.vx * dt;
        self.y += self.vy * dt;
        self.vy -= 9.5 * dt;
    }

    fn bounce(&mut self, size: f64) {
        if self.x < 0.0 || self.x > size {
            self.vx = -self.vx;
        }
        if self.y < 0.0 {
            self.y = -self.y;
            self.vy = -self.vy * 0.5;
        }
    }

    fn energy(&self) -> f64 {
        0.5 * (self.vx * self.vx + self.vy * self.vy) + 9.5 * self.y
    }
}

fn make() -> Vec<Particle> {
    let mut seed = 42i64;
    let mut particles = Vec::new();
    for _ in 0..COUNT {
        seed = seed * 16807 % 2147483647;
        particles.push(Particle {
            x: (seed % 100) as f64,
            y: (seed % 37) as f64,
            vx: (seed % 11) as f64 - 5.0,
            vy: (seed % 7) as f64 * 0.5,
        });
    }
    particles
}

fn bench() -> i64 {
    let mut particles = make();
    for _ in 0..bb(STEPS) {
        for p in &mut particles {
            p.step(0.0625);
            p.bounce(100.0);
        }
    }
    let mut total = 0.0;
    for p in &particles {
        total += p.energy();
    }
    (total * 1000.0) as i64
}
