"use strict";
const N = 300000;

function make(n) {
  let seed = 42;
  const arr = [];
  for (let i = 0; i < n; i++) {
    seed = seed * 16807 % 2147483647;
    arr.push(seed);
  }
  return arr;
}

function bench() {
  const arr = make(N);
  arr.sort((a, b) => a - b);
  let s = 0;
  for (let i = 0; i < N; i++) {
    s = s + arr[i] % 1000 * (i % 10);
  }
  return s;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
