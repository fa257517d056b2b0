"use strict";
const SIZE = 400;

function make() {
  let seed = 42;
  const cost = [];
  for (let i = 0; i < SIZE * SIZE; i++) {
    seed = seed * 16807 % 2147483647;
    cost.push(1 + seed % 9);
  }
  return cost;
}

class Heap {
  constructor() {
    this.items = [];
  }

  push(distance, at) {
    const items = this.items;
    let i = items.length;
    items.push(null);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (items[parent].distance <= distance) break;
      items[i] = items[parent];
      i = parent;
    }
    items[i] = { distance, at };
  }

  pop() {
    const items = this.items;
    const top = items[0];
    const last = items.pop();
    const n = items.length;
    if (n > 0) {
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= n) break;
        if (child + 1 < n && items[child + 1].distance < items[child].distance) child++;
        if (last.distance <= items[child].distance) break;
        items[i] = items[child];
        i = child;
      }
      items[i] = last;
    }
    return top;
  }
}

function shortest(cost) {
  const distance = new Array(SIZE * SIZE).fill(-1);
  const heap = new Heap();
  heap.push(0, 0);
  while (heap.items.length > 0) {
    const { distance: d, at } = heap.pop();
    if (distance[at] >= 0) continue;
    distance[at] = d;
    const x = at % SIZE, y = Math.floor(at / SIZE);
    if (x > 0) heap.push(d + cost[at - 1], at - 1);
    if (x < SIZE - 1) heap.push(d + cost[at + 1], at + 1);
    if (y > 0) heap.push(d + cost[at - SIZE], at - SIZE);
    if (y < SIZE - 1) heap.push(d + cost[at + SIZE], at + SIZE);
  }
  return distance;
}

function bench() {
  return shortest(make()).reduce((total, d) => total + d, 0);
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
