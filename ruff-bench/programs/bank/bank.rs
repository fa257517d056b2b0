use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const ACCOUNTS: i64 = 500;
const TRANSFERS: i64 = 500_000;

struct InsufficientFunds(String);

struct Account {
    owner: String,
    balance: i64,
    operations: i64,
}

impl Account {
    fn withdraw(&mut self, amount: i64) -> Result<(), InsufficientFunds> {
        if amount > self.balance {
            return Err(InsufficientFunds(self.owner.clone()));
        }
        self.balance -= amount;
        self.operations += 1;
        Ok(())
    }

    fn deposit(&mut self, amount: i64) {
        self.balance += amount;
        self.operations += 1;
    }
}

struct Entry {
    source: usize,
    target: usize,
    amount: i64,
}

struct Bank {
    accounts: Vec<Account>,
    ledger: Vec<Entry>,
}

impl Bank {
    fn new() -> Self {
        let account = |i| Account { owner: format!("owner{i}"), balance: 1000 + i, operations: 0 };
        Self { accounts: (0..ACCOUNTS).map(account).collect(), ledger: Vec::new() }
    }

    fn transfer(&mut self, source: usize, target: usize, amount: i64) -> Result<(), InsufficientFunds> {
        self.accounts[source].withdraw(amount)?;
        self.accounts[target].deposit(amount);
        self.ledger.push(Entry { source, target, amount });
        Ok(())
    }
}

fn bench() -> i64 {
    let mut bank = Bank::new();
    let mut total = 0;
    let mut seed = 42i64;
    for _ in 0..bb(TRANSFERS) {
        seed = seed * 16807 % 2147483647;
        let (source, target) = ((seed % ACCOUNTS) as usize, (seed / 1000 % ACCOUNTS) as usize);
        if let Err(InsufficientFunds(owner)) = bank.transfer(source, target, seed / 7 % 900) {
            bb(owner);
            total += 1;
        }
    }
    for entry in &bank.ledger {
        total += entry.amount * (entry.source as i64 % 3 + entry.target as i64 % 5);
    }
    for (i, account) in bank.accounts.iter().enumerate() {
        total += account.balance * (i as i64 % 7) + account.operations;
    }
    total
}
