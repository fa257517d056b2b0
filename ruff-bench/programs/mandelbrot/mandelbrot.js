"use strict";
const N = 400;
const ITER = 50;

function bench() {
  let total = 0;
  for (let py = 0; py < N; py++) {
    const ci = 2.0 * py / N - 1.0;
    for (let px = 0; px < N; px++) {
      const cr = 2.0 * px / N - 1.5;
      let zr = 0.0, zi = 0.0, tr = 0.0, ti = 0.0;
      let k = 0;
      while (k < ITER && tr + ti <= 4.0) {
        zi = 2.0 * zr * zi + ci;
        zr = tr - ti + cr;
        tr = zr * zr;
        ti = zi * zi;
        k++;
      }
      total += k;
    }
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
