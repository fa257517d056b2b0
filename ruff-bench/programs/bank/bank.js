"use strict";
const ACCOUNTS = 500;
const TRANSFERS = 500000;

class InsufficientFunds extends Error {}

class Account {
  constructor(owner, balance) {
    this.owner = owner;
    this.balance = balance;
    this.operations = 0;
  }

  withdraw(amount) {
    if (amount > this.balance) throw new InsufficientFunds(this.owner);
    this.balance -= amount;
    this.operations++;
  }

  deposit(amount) {
    this.balance += amount;
    this.operations++;
  }
}

class Bank {
  constructor() {
    this.accounts = Array.from({ length: ACCOUNTS }, (_, i) => new Account("owner" + i, 1000 + i));
    this.ledger = [];
  }

  transfer(source, target, amount) {
    this.accounts[source].withdraw(amount);
    this.accounts[target].deposit(amount);
    this.ledger.push({ source, target, amount });
  }
}

function bench() {
  const bank = new Bank();
  let refused = 0;
  let seed = 42;
  for (let i = 0; i < TRANSFERS; i++) {
    seed = seed * 16807 % 2147483647;
    try {
      bank.transfer(seed % ACCOUNTS, Math.floor(seed / 1000) % ACCOUNTS, Math.floor(seed / 7) % 900);
    } catch (e) {
      if (!(e instanceof InsufficientFunds)) throw e;
      refused++;
    }
  }
  let total = refused;
  for (const { source, target, amount } of bank.ledger) total += amount * (source % 3 + target % 5);
  bank.accounts.forEach((account, i) => { total += account.balance * (i % 7) + account.operations; });
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
