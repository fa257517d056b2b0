use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || life(bb(64), 64, 800)
}

fn life(w: usize, h: usize, gens: usize) -> i64 {
    let mut seed = 42i64;
    let mut grid: Vec<Vec<i64>> = Vec::new();
    for _ in 0..h {
        let mut row = Vec::new();
        for _ in 0..w {
            seed = seed * 16807 % 2147483647;
            row.push(if seed % 3 == 0 { 1 } else { 0 });
        }
        grid.push(row);
    }
    for _ in 0..gens {
        let mut out = Vec::with_capacity(h);
        for y in 0..h {
            let (up, mid, down) = (&grid[(y + h - 1) % h], &grid[y], &grid[(y + 1) % h]);
            let mut row = Vec::with_capacity(w);
            for x in 0..w {
                let l = (x + w - 1) % w;
                let r = (x + 1) % w;
                let n = up[l] + up[x] + up[r] + mid[l] + mid[r] + down[l] + down[x] + down[r];
                row.push(if n == 3 || (n == 2 && mid[x] == 1) { 1 } else { 0 });
            }
            out.push(row);
        }
        grid = out;
    }
    grid.iter().flatten().sum()
}
