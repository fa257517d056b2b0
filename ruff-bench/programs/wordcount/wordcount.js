"use strict";
const N = 300000;
const VOCAB = 5000;

function makeText() {
  let seed = 42;
  const words = [];
  for (let i = 0; i < N; i++) {
    seed = seed * 16807 % 2147483647;
    words.push("word" + seed % VOCAB);
  }
  return words.join(" ");
}

const TEXT = makeText();

function bench() {
  const counts = new Map();
  for (const w of TEXT.split(" ")) {
    if (counts.has(w)) {
      counts.set(w, counts.get(w) + 1);
    } else {
      counts.set(w, 1);
    }
  }
  let check = counts.size;
  for (const v of counts.values()) {
    check = check + v * v;
  }
  return check;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
