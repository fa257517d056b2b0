"use strict";
const N = 3000;
const ROUNDS = 300;

function factorial(n) {
  let result = 1n;
  for (let i = 2; i <= n; i++) result *= BigInt(i);
  return result;
}

function binomial(n, k) {
  let result = 1n;
  for (let i = 0; i < k; i++) result = result * BigInt(n - i) / BigInt(i + 1);
  return result;
}

function bench() {
  let total = 0;
  for (let i = 0; i < ROUNDS; i++) {
    total += Number(factorial(N + i) % 1000000007n);
    total += Number(binomial(N, 500 + i) % 1000003n);
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
