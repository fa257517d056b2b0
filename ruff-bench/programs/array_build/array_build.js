"use strict";
const N = 1000000;

function bench() {
  const arr = [];
  for (let i = 0; i < N; i++) {
    arr.push(i);
  }
  let total = 0;
  for (const x of arr) {
    total = total + x;
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
