"use strict";
const N = 200000;

class AppError extends Error {}

function risky(i) {
  if (i % 2 === 0) throw new AppError("bad");
  return i;
}

function bench() {
  let caught = 0;
  let total = 0;
  for (let i = 0; i < N * 2; i++) {
    try {
      total += risky(i);
    } catch (e) {
      caught++;
    }
  }
  return total + caught;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
