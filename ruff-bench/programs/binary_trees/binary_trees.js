"use strict";
const DEPTH = 14;

class Node {
  constructor(left, right) {
    this.left = left;
    this.right = right;
  }
}

function make(d) {
  if (d === 0) return new Node(null, null);
  return new Node(make(d - 1), make(d - 1));
}

function check(t) {
  if (t.left === null) return 1;
  return 1 + check(t.left) + check(t.right);
}

function bench() {
  let total = check(make(DEPTH + 1));
  const longLived = make(DEPTH);
  let d = 4;
  while (d <= DEPTH) {
    const iters = 2 ** (DEPTH - d + 4);
    let c = 0;
    for (let i = 0; i < iters; i++) {
      c += check(make(d));
    }
    total += c;
    d += 2;
  }
  return total + check(longLived);
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
