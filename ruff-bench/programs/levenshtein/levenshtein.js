"use strict";
const LENGTH = 900;
const PAIRS = 4;

function make(seed) {
  let text = "";
  for (let i = 0; i < LENGTH; i++) {
    seed = seed * 16807 % 2147483647;
    text += "acgt"[Math.floor(seed / 16) % 4];
  }
  return text;
}

function distance(a, b) {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const cost = a[i] === b[j] ? 0 : 1;
      row.push(Math.min(previous[j + 1] + 1, row[j] + 1, previous[j] + cost));
    }
    previous = row;
  }
  return previous[b.length];
}

function bench() {
  let total = 0;
  for (let k = 0; k < PAIRS; k++) {
    total += distance(make(k + 1), make(k + 1000)) * (k + 1);
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
