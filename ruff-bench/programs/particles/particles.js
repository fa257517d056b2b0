"use strict";
const COUNT = 1000;
const STEPS = 3000;

class Particle {
  constructor(x, y, vx, vy) {
    this.x = x;
    this.y = y;
    this.vx = vx;
    this.vy = vy;
  }

  move(dt) {
    this.x += this.vx * dt;
    this.y += this.vy * dt;
    this.vy -= 9.5 * dt;
  }

  bounce(size) {
    if (this.x < 0 || this.x > size) this.vx = -this.vx;
    if (this.y < 0) {
      this.y = -this.y;
      this.vy = -this.vy * 0.5;
    }
  }

  energy() {
    return 0.5 * (this.vx * this.vx + this.vy * this.vy) + 9.5 * this.y;
  }
}

function make() {
  let seed = 42;
  const particles = [];
  for (let i = 0; i < COUNT; i++) {
    seed = seed * 16807 % 2147483647;
    particles.push(new Particle(seed % 100, seed % 37, seed % 11 - 5, seed % 7 * 0.5));
  }
  return particles;
}

function bench() {
  const particles = make();
  for (let step = 0; step < STEPS; step++) {
    for (const p of particles) {
      p.move(0.0625);
      p.bounce(100);
    }
  }
  let total = 0;
  for (const p of particles) total += p.energy();
  return Math.floor(total * 1000);
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
