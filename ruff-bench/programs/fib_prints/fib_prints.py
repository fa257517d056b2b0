from time import process_time as clock

ROUNDS = 1000

def fib(n):
    a, b = 0, 1
    for i in range(n):
        print("fib number", i, "is", a)
        a, b = b, a + b
    return a

def bench():
    total = 0
    for _ in range(ROUNDS):
        total += fib(30)
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
