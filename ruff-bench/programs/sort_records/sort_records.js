"use strict";
const N = 120000;

function make() {
  let seed = 42;
  const people = [];
  for (let i = 0; i < N; i++) {
    seed = seed * 16807 % 2147483647;
    people.push({ ident: i, name: "name" + seed % 5000, score: Math.floor(seed / 7) % 100 });
  }
  return people;
}

function compare(a, b) {
  if (a.score !== b.score) return b.score - a.score;
  if (a.name < b.name) return -1;
  if (a.name > b.name) return 1;
  return a.ident - b.ident;
}

function check(people) {
  let total = 0;
  people.forEach((p, i) => { total += p.ident * (i % 10); });
  return total;
}

function bench() {
  const people = make();
  const key = (p) => p.score * N + p.ident;
  const byScore = people.slice().sort(compare);
  const byKey = people.slice().sort((a, b) => key(a) - key(b));
  return check(byScore) + check(byKey);
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
