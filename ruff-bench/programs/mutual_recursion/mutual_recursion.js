"use strict";
const N = 78;

function female(n) {
  return n === 0 ? 1 : n - male(female(n - 1));
}

function male(n) {
  return n === 0 ? 0 : n - female(male(n - 1));
}

function isEven(n) {
  return n === 0 ? true : isOdd(n - 1);
}

function isOdd(n) {
  return n === 0 ? false : isEven(n - 1);
}

function bench() {
  let total = 0;
  for (let i = 0; i < N; i++) total += female(i) * 3 + male(i);
  for (let i = 0; i < 800; i++) {
    if (isEven(i)) total += i;
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
