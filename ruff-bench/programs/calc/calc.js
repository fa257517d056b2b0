"use strict";
const LINES = 3000;
const VARS = 100;
const ROUNDS = 40;

function makeSource() {
  let seed = 42;
  const lines = [];
  for (let i = 0; i < LINES; i++) {
    seed = seed * 16807 % 2147483647;
    const a = `v${Math.floor(seed / 7) % VARS}`;
    const b = `v${Math.floor(seed / 1000) % VARS}`;
    const c = `v${Math.floor(seed / 100000) % VARS}`;
    const d = Math.floor(seed / 11) % 97 + 1;
    switch (seed % 4) {
      case 0: lines.push(`${a} = (${b} * ${d} + ${c}) % 1009;`); break;
      case 1: lines.push(`${a} = (${b} - (${c} + ${d}) * -3) % 10007;`); break;
      case 2: lines.push(`if ${a} < ${b} { ${a} = ${a} + ${d}; } else { ${b} = ${b} - ${d}; }`); break;
      default: lines.push(`n = 5; while n > 0 { ${a} = (${a} + n * ${d}) % 10007; n = n - 1; }`);
    }
  }
  return lines.join("\n");
}

const SOURCE = makeSource();

const isDigit = (c) => c >= "0" && c <= "9";
const isLetter = (c) => c >= "a" && c <= "z";

function tokenize(source) {
  const tokens = [];
  for (const line of source.split("\n")) {
    let i = 0;
    while (i < line.length) {
      const c = line[i];
      const start = i++;
      if (c === " ") continue;
      if (isDigit(c)) {
        while (i < line.length && isDigit(line[i])) i++;
        tokens.push({ kind: "num", text: line.slice(start, i) });
      } else if (isLetter(c)) {
        while (i < line.length && (isLetter(line[i]) || isDigit(line[i]))) i++;
        tokens.push({ kind: "name", text: line.slice(start, i) });
      } else {
        tokens.push({ kind: "op", text: c });
      }
    }
  }
  tokens.push({ kind: "eof", text: "" });
  return tokens;
}

class Num {
  constructor(value) { this.value = value; }
  eval() { return this.value; }
}

class Var {
  constructor(name) { this.name = name; }
  eval(env) { return env.get(this.name); }
}

class Neg {
  constructor(operand) { this.operand = operand; }
  eval(env) { return -this.operand.eval(env); }
}

class Binary {
  constructor(op, left, right) {
    this.op = op;
    this.left = left;
    this.right = right;
  }

  eval(env) {
    const left = this.left.eval(env);
    const right = this.right.eval(env);
    switch (this.op) {
      case "+": return left + right;
      case "-": return left - right;
      case "*": return left * right;
      case "%": return (left % right + right) % right;
      case "<": return left < right ? 1 : 0;
      default: return left > right ? 1 : 0;
    }
  }
}

class Assign {
  constructor(name, value) { this.name = name; this.value = value; }
  run(env) { env.set(this.name, this.value.eval(env)); }
}

class If {
  constructor(cond, then, other) { this.cond = cond; this.then = then; this.other = other; }
  run(env) { for (const s of this.cond.eval(env) !== 0 ? this.then : this.other) s.run(env); }
}

class While {
  constructor(cond, body) { this.cond = cond; this.body = body; }
  run(env) {
    while (this.cond.eval(env) !== 0) {
      for (const s of this.body) s.run(env);
    }
  }
}

class Parser {
  constructor(tokens) {
    this.tokens = tokens;
    this.pos = 0;
  }

  text() { return this.tokens[this.pos].text; }
  advance() { return this.tokens[this.pos++]; }

  expect(text) {
    const found = this.advance().text;
    if (found !== text) throw new SyntaxError(`expected ${text}, got ${found}`);
  }

  program() {
    const out = [];
    while (this.tokens[this.pos].kind !== "eof") out.push(this.statement());
    return out;
  }

  block() {
    this.expect("{");
    const out = [];
    while (this.text() !== "}") out.push(this.statement());
    this.expect("}");
    return out;
  }

  statement() {
    const word = this.advance().text;
    if (word === "if") {
      const cond = this.expression();
      const then = this.block();
      let other = [];
      if (this.text() === "else") {
        this.advance();
        other = this.block();
      }
      return new If(cond, then, other);
    }
    if (word === "while") {
      const cond = this.expression();
      return new While(cond, this.block());
    }
    this.expect("=");
    const value = this.expression();
    this.expect(";");
    return new Assign(word, value);
  }

  expression() {
    const left = this.sum();
    const op = this.text();
    if (op !== "<" && op !== ">") return left;
    this.advance();
    return new Binary(op, left, this.sum());
  }

  sum() {
    let left = this.term();
    for (let op = this.text(); op === "+" || op === "-"; op = this.text()) {
      this.advance();
      left = new Binary(op, left, this.term());
    }
    return left;
  }

  term() {
    let left = this.factor();
    for (let op = this.text(); op === "*" || op === "%"; op = this.text()) {
      this.advance();
      left = new Binary(op, left, this.factor());
    }
    return left;
  }

  factor() {
    const { kind, text } = this.advance();
    if (kind === "num") return new Num(Number(text));
    if (kind === "name") return new Var(text);
    if (text === "-") return new Neg(this.factor());
    if (text === "(") {
      const inner = this.expression();
      this.expect(")");
      return inner;
    }
    throw new SyntaxError(`unexpected ${text}`);
  }
}

function bench() {
  const program = new Parser(tokenize(SOURCE)).program();
  const env = new Map([["n", 0]]);
  for (let i = 0; i < VARS; i++) env.set(`v${i}`, i);
  for (let round = 0; round < ROUNDS; round++) {
    for (const s of program) s.run(env);
  }
  let total = 0;
  for (let i = 0; i < VARS; i++) total += env.get(`v${i}`) * (i + 1);
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
