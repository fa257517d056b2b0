"use strict";
const N = 100000;

function bench() {
  let a = 0n, b = 1n;
  for (let i = 0; i < N; i++) {
    const t = a + b;
    a = b;
    b = t;
  }
  return Number(a % 1000000007n);
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
