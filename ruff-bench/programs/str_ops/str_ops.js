"use strict";
const TEXT = Array.from({ length: 200000 }, (_, i) => "item" + i % 1000).join(",");

function bench() {
  let total = 0;
  for (let round = 0; round < 5; round++) {
    const parts = TEXT.split(",");
    const joined = parts.join("-");
    const replaced = joined.replaceAll("item1", "thing");
    const upper = replaced.toUpperCase();
    total += parts.length + replaced.length + upper.indexOf("THING99");
    for (const p of parts) {
      if (p.startsWith("item9")) total += p.length;
    }
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
