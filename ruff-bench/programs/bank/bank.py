from time import process_time as clock

ACCOUNTS = 500
TRANSFERS = 500000

class InsufficientFunds(Exception):
    pass

class Account:
    def __init__(self, owner, balance):
        self.owner = owner
        self.balance = balance
        self.operations = 0

    def withdraw(self, amount):
        if amount > self.balance:
            raise InsufficientFunds(self.owner)
        self.balance -= amount
        self.operations += 1

    def deposit(self, amount):
        self.balance += amount
        self.operations += 1

class Entry:
    def __init__(self, source, target, amount):
        self.source = source
        self.target = target
        self.amount = amount

class Bank:
    def __init__(self):
        self.accounts = [Account("owner" + str(i), 1000 + i) for i in range(ACCOUNTS)]
        self.ledger = []

    def transfer(self, source, target, amount):
        self.accounts[source].withdraw(amount)
        self.accounts[target].deposit(amount)
        self.ledger.append(Entry(source, target, amount))

def bench():
    bank = Bank()
    refused = 0
    seed = 42
    for _ in range(TRANSFERS):
        seed = seed * 16807 % 2147483647
        try:
            bank.transfer(seed % ACCOUNTS, seed // 1000 % ACCOUNTS, seed // 7 % 900)
        except InsufficientFunds:
            refused += 1
    total = refused
    for entry in bank.ledger:
        total += entry.amount * (entry.source % 3 + entry.target % 5)
    for i, account in enumerate(bank.accounts):
        total += account.balance * (i % 7) + account.operations
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
