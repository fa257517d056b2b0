"use strict";
const N = 200;

function make(n, seed) {
  const m = [];
  for (let i = 0; i < n; i++) {
    const row = [];
    for (let j = 0; j < n; j++) {
      row.push((i - j) * 0.5 * seed);
    }
    m.push(row);
  }
  return m;
}

function matmul(a, b, n) {
  const c = [];
  for (let i = 0; i < n; i++) {
    const row = [];
    const ai = a[i];
    for (let j = 0; j < n; j++) {
      let s = 0.0;
      for (let k = 0; k < n; k++) {
        s += ai[k] * b[k][j];
      }
      row.push(s);
    }
    c.push(row);
  }
  return c;
}

function bench() {
  const a = make(N, 1.0);
  const b = make(N, 2.0);
  const c = matmul(a, b, N);
  let t = 0.0;
  for (let i = 0; i < N; i++) {
    t += c[i][i];
  }
  return Math.trunc(t);
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
