"use strict";
const N = 9;
const ROUNDS = 10;

function safe(queens, row, col) {
  for (let r = 0; r < row; r++) {
    const c = queens[r];
    if (c === col || c - col === row - r || col - c === row - r) return false;
  }
  return true;
}

function place(queens, row, n) {
  if (row === n) return 1;
  let count = 0;
  for (let col = 0; col < n; col++) {
    if (safe(queens, row, col)) {
      queens[row] = col;
      count += place(queens, row + 1, n);
    }
  }
  return count;
}

function bench() {
  let total = 0;
  for (let i = 0; i < ROUNDS; i++) {
    total += place(new Array(N).fill(0), 0, N);
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
