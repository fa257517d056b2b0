"use strict";
const N = 300000;

function make(n) {
  let seed = 42;
  const values = [];
  for (let i = 0; i < n; i++) {
    seed = seed * 16807 % 2147483647;
    values.push(seed);
  }
  return values;
}

function heapsort(a) {
  const n = a.length;
  let start = Math.floor(n / 2);
  let end = n;
  while (end > 1) {
    let root, v;
    if (start > 0) {
      start--;
      root = start;
      v = a[root];
    } else {
      end--;
      root = 0;
      v = a[end];
      a[end] = a[0];
    }
    let child = 2 * root + 1;
    while (child < end) {
      if (child + 1 < end && a[child] < a[child + 1]) child++;
      if (v >= a[child]) break;
      a[root] = a[child];
      root = child;
      child = 2 * root + 1;
    }
    a[root] = v;
  }
}

function bench() {
  const values = make(N);
  heapsort(values);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    total += values[i] % 1000 * (i % 10);
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
