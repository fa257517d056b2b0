"use strict";
const N = 1000000;

function bench() {
  const k = 3;
  const xs = Array.from({ length: N }, (_, i) => i);
  const ys = xs.map((x) => x * k + 1);
  const zs = ys.filter((x) => x % 2 === 0);
  return zs.reduce((acc, x) => (acc + x) % 1000000007, 0);
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
