"use strict";
const N = 3000;

function bench() {
  let total = 0;
  let i = 0;
  while (i < N) {
    let j = 0;
    while (j < N) {
      total = total + i * j % 7;
      j = j + 1;
    }
    i = i + 1;
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
