use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || nbody(bb(500_000))
}

#[derive(Clone)]
struct Body {
    x: f64,
    y: f64,
    z: f64,
    vx: f64,
    vy: f64,
    vz: f64,
    mass: f64,
}

fn nbody(steps: i64) -> i64 {
    use std::f64::consts::PI;
    const SM: f64 = 4.0 * PI * PI;
    const D: f64 = 365.24;
    let b = |x, y, z, vx, vy, vz, mass| Body { x, y, z, vx, vy, vz, mass };
    let mut bodies = vec![
        b(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SM),
        b(
            4.841_431_442_464_721,
            -1.160_320_044_027_428_4,
            -1.036_220_444_711_231_1e-1,
            1.660_076_642_744_037e-3 * D,
            7.699_011_184_197_404e-3 * D,
            -6.904_600_169_720_63e-5 * D,
            9.547_919_384_243_266e-4 * SM,
        ),
        b(
            8.343_366_718_244_58,
            4.124_798_564_124_305,
            -4.035_234_171_143_214e-1,
            -2.767_425_107_264_119e-3 * D,
            4.998_528_012_349_172e-3 * D,
            2.304_172_975_737_639_3e-5 * D,
            2.858_859_806_661_308e-4 * SM,
        ),
        b(
            1.289_436_956_213_913_1e1,
            -1.511_115_140_169_863_1e1,
            -2.233_075_788_926_557_3e-1,
            2.964_601_375_647_616e-3 * D,
            2.378_471_739_594_809_5e-3 * D,
            -2.965_895_685_402_375_6e-5 * D,
            4.366_244_043_351_563e-5 * SM,
        ),
        b(
            1.537_969_711_485_091_7e1,
            -2.591_931_460_998_796_4e1,
            1.792_587_729_503_711_8e-1,
            2.680_677_724_903_893_2e-3 * D,
            1.628_241_700_382_423e-3 * D,
            -9.515_922_545_197_159e-5 * D,
            5.151_389_020_466_114_5e-5 * SM,
        ),
    ];
    let (mut px, mut py, mut pz) = (0.0, 0.0, 0.0);
    for b in &bodies {
        px += b.vx * b.mass;
        py += b.vy * b.mass;
        pz += b.vz * b.mass;
    }
    bodies[0].vx = -px / SM;
    bodies[0].vy = -py / SM;
    bodies[0].vz = -pz / SM;
    for _ in 0..steps {
        advance(&mut bodies, 0.01);
    }
    (energy(&bodies) * -1000000000.0).floor() as i64
}

fn advance(bodies: &mut [Body], dt: f64) {
    let n = bodies.len();
    for i in 0..n {
        let (head, tail) = bodies.split_at_mut(i + 1);
        let a = &mut head[i];
        for b in tail.iter_mut() {
            let dx = a.x - b.x;
            let dy = a.y - b.y;
            let dz = a.z - b.z;
            let d2 = dx * dx + dy * dy + dz * dz;
            let mag = dt / (d2 * d2.sqrt());
            let am = a.mass * mag;
            let bm = b.mass * mag;
            a.vx -= dx * bm;
            a.vy -= dy * bm;
            a.vz -= dz * bm;
            b.vx += dx * am;
            b.vy += dy * am;
            b.vz += dz * am;
        }
    }
    for b in bodies {
        b.x += dt * b.vx;
        b.y += dt * b.vy;
        b.z += dt * b.vz;
    }
}

fn energy(bodies: &[Body]) -> f64 {
    let mut e = 0.0;
    for i in 0..bodies.len() {
        let a = &bodies[i];
        e += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz);
        for b in &bodies[i + 1..] {
            let dx = a.x - b.x;
            let dy = a.y - b.y;
            let dz = a.z - b.z;
            e -= (a.mass * b.mass) / (dx * dx + dy * dy + dz * dz).sqrt();
        }
    }
    e
}
