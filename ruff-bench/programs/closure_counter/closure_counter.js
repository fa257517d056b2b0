"use strict";
const N = 10000000;

function makeCounter() {
  let count = 0;
  return () => {
    count++;
    return count;
  };
}

function bench() {
  const counter = makeCounter();
  let last = 0;
  for (let i = 0; i < N; i++) last = counter();
  return last;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
