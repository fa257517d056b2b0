from time import process_time as clock

N = 78

def female(n):
    return 1 if n == 0 else n - male(female(n - 1))

def male(n):
    return 0 if n == 0 else n - female(male(n - 1))

def is_even(n):
    return True if n == 0 else is_odd(n - 1)

def is_odd(n):
    return False if n == 0 else is_even(n - 1)

def bench():
    total = 0
    for i in range(N):
        total += female(i) * 3 + male(i)
    for i in range(800):
        if is_even(i):
            total += i
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
