from time import process_time as clock

ROUNDS = 30000

def fib(n, memo):
    if n < 2:
        return n
    if n in memo:
        return memo[n]
    value = (fib(n - 1, memo) + fib(n - 2, memo)) % 1000000007
    memo[n] = value
    return value

def bench():
    total = 0
    for i in range(ROUNDS):
        memo = {}
        total += fib(90 + i % 5, memo) + len(memo)
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
