"use strict";
const W = 64;
const H = 64;
const GENERATIONS = 800;

function make() {
  let seed = 42;
  const grid = [];
  for (let y = 0; y < H; y++) {
    const row = [];
    for (let x = 0; x < W; x++) {
      seed = seed * 16807 % 2147483647;
      row.push(seed % 3 === 0 ? 1 : 0);
    }
    grid.push(row);
  }
  return grid;
}

function step(grid) {
  const out = [];
  for (let y = 0; y < H; y++) {
    const up = grid[(y + H - 1) % H], mid = grid[y], down = grid[(y + 1) % H];
    const row = [];
    for (let x = 0; x < W; x++) {
      const l = (x + W - 1) % W;
      const r = (x + 1) % W;
      const n = up[l] + up[x] + up[r] + mid[l] + mid[r] + down[l] + down[x] + down[r];
      row.push(n === 3 || (n === 2 && mid[x] === 1) ? 1 : 0);
    }
    out.push(row);
  }
  return out;
}

function bench() {
  let grid = make();
  for (let g = 0; g < GENERATIONS; g++) grid = step(grid);
  let total = 0;
  for (const row of grid) {
    for (const cell of row) total += cell;
  }
  return total;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
