"use strict";
const N = 1000;
const ROUNDS = 2000;

class Circle {
  constructor(r) { this.r = r; }
  area() { return 3.0 * this.r * this.r; }
  sides() { return 0; }
}

class Square {
  constructor(s) { this.s = s; }
  area() { return this.s * this.s; }
  sides() { return 4; }
}

class Rect {
  constructor(w, h) { this.w = w; this.h = h; }
  area() { return this.w * this.h; }
  sides() { return 4; }
}

class Triangle {
  constructor(b, h) { this.b = b; this.h = h; }
  area() { return 0.5 * this.b * this.h; }
  sides() { return 3; }
}

function make(n) {
  const shapes = [];
  for (let i = 0; i < n; i++) {
    const k = i % 4;
    const v = i % 10 + 1.0;
    if (k === 0) shapes.push(new Circle(v));
    else if (k === 1) shapes.push(new Square(v));
    else if (k === 2) shapes.push(new Rect(v, v + 1.0));
    else shapes.push(new Triangle(v, v + 2.0));
  }
  return shapes;
}

function bench() {
  const shapes = make(N);
  let total = 0.0;
  let sides = 0;
  for (let r = 0; r < ROUNDS; r++) {
    for (const s of shapes) {
      total += s.area();
      sides += s.sides();
    }
  }
  return Math.trunc(total) + sides;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
