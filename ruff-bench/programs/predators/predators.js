"use strict";
const SIZE = 48;
const STEPS = 900;

class Animal {
  constructor(x, y, energy) {
    this.x = x;
    this.y = y;
    this.energy = energy;
  }
}

class World {
  constructor() {
    this.seed = 42;
    this.grass = Array.from({ length: SIZE }, () => Array.from({ length: SIZE }, () => this.random(8)));
    this.prey = Array.from({ length: 300 }, () => new Animal(this.random(SIZE), this.random(SIZE), 10));
    this.predators = Array.from({ length: 40 }, () => new Animal(this.random(SIZE), this.random(SIZE), 30));
  }

  random(n) {
    this.seed = this.seed * 16807 % 2147483647;
    return Math.floor(this.seed / 8) % n;
  }

  grow() {
    for (const row of this.grass) {
      for (let x = 0; x < SIZE; x++) {
        if (row[x] < 8) row[x]++;
      }
    }
  }

  wander(animal) {
    animal.x = (animal.x + this.random(3) - 1 + SIZE) % SIZE;
    animal.y = (animal.y + this.random(3) - 1 + SIZE) % SIZE;
  }

  graze() {
    const alive = [];
    for (const animal of this.prey) {
      this.wander(animal);
      const bite = Math.min(this.grass[animal.y][animal.x], 4);
      this.grass[animal.y][animal.x] -= bite;
      animal.energy += bite - 2;
      if (animal.energy > 24) {
        animal.energy = Math.floor(animal.energy / 2);
        alive.push(new Animal(animal.x, animal.y, animal.energy));
      }
      if (animal.energy > 0) alive.push(animal);
    }
    this.prey = alive;
  }

  hunt() {
    const herds = new Map();
    this.prey.forEach((animal, i) => {
      const at = animal.y * SIZE + animal.x;
      if (!herds.has(at)) herds.set(at, []);
      herds.get(at).push(i);
    });
    const eaten = new Set();
    const alive = [];
    for (const animal of this.predators) {
      this.wander(animal);
      const herd = herds.get(animal.y * SIZE + animal.x);
      if (herd && herd.length > 0) {
        eaten.add(herd.pop());
        animal.energy += 12;
      }
      animal.energy -= 1;
      if (animal.energy > 60) {
        animal.energy = Math.floor(animal.energy / 2);
        alive.push(new Animal(animal.x, animal.y, animal.energy));
      }
      if (animal.energy > 0) alive.push(animal);
    }
    this.predators = alive;
    this.prey = this.prey.filter((_, i) => !eaten.has(i));
  }
}

function bench() {
  const world = new World();
  let total = 0;
  for (let step = 0; step < STEPS; step++) {
    world.grow();
    world.graze();
    world.hunt();
    total += world.prey.length * (step % 7 + 1) + world.predators.length * 100;
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
