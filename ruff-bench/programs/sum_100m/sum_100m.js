"use strict";
const N = 100000000;

function bench() {
  let total = 0;
  for (let i = 0; i < N; i++) {
    total = total + i;
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
