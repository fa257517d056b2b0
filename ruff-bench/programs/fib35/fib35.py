from time import process_time as clock

def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)

N = 35

def bench():
    return fib(N)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
