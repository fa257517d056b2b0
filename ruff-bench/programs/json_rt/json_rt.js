"use strict";
const N = 6000;
const ROUNDS = 5;

function make() {
  const users = [];
  for (let i = 0; i < N; i++) {
    users.push({
      id: i,
      name: "User" + i,
      email: "user" + i + "@example.com",
      age: 20 + i % 50,
      score: i % 100 + 0.5,
      active: i % 2 === 0,
      tags: ["tag" + i % 5, "tag" + (i + 1) % 5],
      profile: { bio: "This is \"user\" " + i, posts: i * 3, next: null },
    });
  }
  return { version: "1.0", total: N, users };
}

const TEXT = JSON.stringify(make());

function bench() {
  let text = TEXT;
  let total = 0;
  for (let r = 0; r < ROUNDS; r++) {
    const doc = JSON.parse(text);
    for (const u of doc.users) {
      total += u.id + u.profile.posts + u.tags.length;
    }
    text = JSON.stringify(doc);
    if (text.length > 900000) total += 1;
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
