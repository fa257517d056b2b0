"use strict";
const N = 1200000;

function describe(i) {
  const name = `user${i % 1000}`;
  return `${name} <${name}@example.com> has ${i * 3} points, rank ${i % 17 + 1} of ${N}`;
}

function bench() {
  const lines = [];
  let length = 0;
  for (let i = 0; i < N; i++) {
    const line = describe(i);
    length += line.length;
    if (i % 100 === 0) lines.push(line);
  }
  const text = lines.join("\n");
  return length * 10 + text.length;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
