"use strict";
const LINES = 25000;

function make() {
  let seed = 42;
  const lines = [];
  for (let i = 0; i < LINES; i++) {
    seed = seed * 16807 % 2147483647;
    lines.push(`let value_${seed % 100} = (total + ${seed % 977}) * 3.25; // note ${i % 10}`);
    lines.push(`if value_${seed % 50} >= limit { print("case ${seed % 7}"); }`);
  }
  return lines.join("\n");
}

const TEXT = make();
const KEYWORDS = new Set(["let", "if", "else", "while", "return"]);

const isWord = (c) => (c >= "a" && c <= "z") || c === "_";
const isDigit = (c) => c >= "0" && c <= "9";

function tokenize(text) {
  const tokens = [];
  const n = text.length;
  let i = 0;
  while (i < n) {
    const c = text[i];
    if (c === " " || c === "\n") {
      i++;
    } else if (isWord(c)) {
      const start = i;
      while (i < n && (isWord(text[i]) || isDigit(text[i]))) i++;
      const word = text.slice(start, i);
      tokens.push({ kind: KEYWORDS.has(word) ? "keyword" : "name", text: word });
    } else if (isDigit(c)) {
      const start = i;
      while (i < n && (isDigit(text[i]) || text[i] === ".")) i++;
      tokens.push({ kind: "number", text: text.slice(start, i) });
    } else if (c === '"') {
      const start = i + 1;
      i = text.indexOf('"', start);
      tokens.push({ kind: "string", text: text.slice(start, i) });
      i++;
    } else if (text.startsWith("//", i)) {
      while (i < n && text[i] !== "\n") i++;
    } else if (text.startsWith(">=", i)) {
      tokens.push({ kind: "operator", text: ">=" });
      i += 2;
    } else {
      tokens.push({ kind: "operator", text: c });
      i++;
    }
  }
  return tokens;
}

function bench() {
  const counts = {};
  let length = 0;
  for (const { kind, text } of tokenize(TEXT)) {
    counts[kind] = (counts[kind] ?? 0) + 1;
    length += text.length;
  }
  return counts.keyword * 7 + counts.name * 5 + counts.number * 3 + counts.string * 2 + counts.operator + length;
}

const REPS = 1;
for (let rep = 0; rep < REPS; rep++) {
  const start = process.cpuUsage();
  const r = bench();
  const { user, system } = process.cpuUsage(start);
  console.log("R " + r);
  console.log("T " + ((user + system) / 1e6).toFixed(6));
}
