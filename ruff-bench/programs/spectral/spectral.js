"use strict";
const N = 300;

function a(i, j) {
  return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

function mulAv(v, n) {
  const out = [];
  for (let i = 0; i < n; i++) {
    let s = 0.0;
    for (let j = 0; j < n; j++) {
      s += a(i, j) * v[j];
    }
    out.push(s);
  }
  return out;
}

function mulAtv(v, n) {
  const out = [];
  for (let i = 0; i < n; i++) {
    let s = 0.0;
    for (let j = 0; j < n; j++) {
      s += a(j, i) * v[j];
    }
    out.push(s);
  }
  return out;
}

function bench() {
  let u = [];
  for (let i = 0; i < N; i++) u.push(1.0);
  let v = u;
  for (let k = 0; k < 10; k++) {
    v = mulAtv(mulAv(u, N), N);
    u = mulAtv(mulAv(v, N), N);
  }
  let vbv = 0.0, vv = 0.0;
  for (let i = 0; i < N; i++) {
    vbv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  return Math.floor(Math.sqrt(vbv / vv) * 1000000000.0);
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
