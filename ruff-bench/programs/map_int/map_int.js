"use strict";
const N = 100000;
const ROUNDS = 10;

function bench() {
  let total = 0;
  for (let r = 0; r < ROUNDS; r++) {
    const m = new Map();
    for (let i = 0; i < N; i++) {
      m.set(i * 7, i + r);
    }
    for (let i = 0; i < N; i++) {
      total = total + m.get(i * 7);
    }
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
