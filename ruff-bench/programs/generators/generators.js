"use strict";
const N = 3000000;

function* numbers(n) {
  let x = 42;
  for (let i = 0; i < n; i++) {
    x = (x * 1103 + 12345) % 65536;
    yield x;
  }
}

function* odd(source) {
  for (const x of source) {
    if (x % 2 === 1) yield x;
  }
}

function* scaled(source, factor) {
  for (const x of source) yield x * factor % 10007;
}

function* running(source) {
  let total = 0;
  for (const x of source) {
    total = (total + x) % 1000003;
    yield total;
  }
}

function bench() {
  let total = 0;
  for (const x of running(scaled(odd(numbers(N)), 7))) total += x;
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
