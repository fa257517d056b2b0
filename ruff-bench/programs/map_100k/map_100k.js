"use strict";
const N = 100000;

function bench() {
  const m = new Map();
  for (let i = 0; i < N; i++) m.set(i, i * 2);
  let total = 0;
  for (let i = 0; i < N; i++) total += m.get(i);
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
