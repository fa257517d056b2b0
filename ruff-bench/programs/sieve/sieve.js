"use strict";
const N = 5000000;

function bench() {
  const flags = [];
  for (let i = 0; i <= N; i++) flags.push(true);
  let count = 0;
  for (let i = 2; i <= N; i++) {
    if (flags[i]) {
      count++;
      for (let j = i * 2; j <= N; j += i) {
        flags[j] = false;
      }
    }
  }
  return count;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
