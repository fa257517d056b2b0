"use strict";
const ROUNDS = 1000;

function fib(n) {
  let a = 0, b = 1;
  for (let i = 0; i < n; i++) {
    console.log("fib number", i, "is", a);
    [a, b] = [b, a + b];
  }
  return a;
}

function bench() {
  let total = 0;
  for (let round = 0; round < ROUNDS; round++) total += fib(30);
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
