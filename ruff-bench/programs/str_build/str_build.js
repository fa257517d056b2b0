"use strict";
const N = 200000;

function bench() {
  const parts = [];
  for (let i = 0; i < N; i++) {
    parts.push("item" + i);
  }
  const s = parts.join(",");
  return s.length;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
