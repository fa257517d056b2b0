"use strict";
const LENGTH = 500000;

function make() {
  let seed = 42;
  const letters = [];
  for (let i = 0; i < LENGTH; i++) {
    seed = seed * 16807 % 2147483647;
    letters.push("acgt"[Math.floor(seed / 16) % 4]);
  }
  return letters.join("");
}

const TEXT = make();

function count(text, k) {
  const counts = new Map();
  for (let i = 0; i + k <= text.length; i++) {
    const kmer = text.slice(i, i + k);
    counts.set(kmer, (counts.get(kmer) ?? 0) + 1);
  }
  return counts;
}

function bench() {
  let total = 0;
  for (const k of [3, 6, 9]) {
    const counts = count(TEXT, k);
    total += counts.size;
    for (const n of counts.values()) total += n * n % 1000;
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
