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

function quicksort(arr) {
  const stack = [0, arr.length - 1];
  while (stack.length > 0) {
    const hi0 = stack.pop();
    const lo = stack.pop();
    let hi = hi0;
    while (lo < hi) {
      const p = arr[Math.floor((lo + hi) / 2)];
      let i = lo, j = hi;
      while (i <= j) {
        while (arr[i] < p) i++;
        while (arr[j] > p) j--;
        if (i <= j) {
          const t = arr[i];
          arr[i] = arr[j];
          arr[j] = t;
          i++;
          j--;
        }
      }
      if (i < hi) {
        stack.push(i);
        stack.push(hi);
      }
      hi = j;
    }
  }
  return arr;
}

function bench() {
  const arr = quicksort(make(N));
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
