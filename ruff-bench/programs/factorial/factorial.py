from time import process_time as clock

N = 3000
ROUNDS = 300

def factorial(n):
    result = 1
    for i in range(2, n + 1):
        result *= i
    return result

def binomial(n, k):
    result = 1
    for i in range(k):
        result = result * (n - i) // (i + 1)
    return result

def bench():
    total = 0
    for i in range(ROUNDS):
        total += factorial(N + i) % 1000000007
        total += binomial(N, 500 + i) % 1000003
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
