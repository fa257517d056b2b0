"use strict";
const ROUNDS = 30000;

function fib(n, memo) {
  if (n < 2) return n;
  if (memo.has(n)) return memo.get(n);
  const value = (fib(n - 1, memo) + fib(n - 2, memo)) % 1000000007;
  memo.set(n, value);
  return value;
}

function bench() {
  let total = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const memo = new Map();
    total += fib(90 + i % 5, memo) + memo.size;
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
