from time import process_time as clock

N = 3000000

def numbers(n):
    x = 42
    for _ in range(n):
        x = (x * 1103 + 12345) % 65536
        yield x

def odd(source):
    for x in source:
        if x % 2 == 1:
            yield x

def scaled(source, factor):
    for x in source:
        yield x * factor % 10007

def running(source):
    total = 0
    for x in source:
        total = (total + x) % 1000003
        yield total

def bench():
    total = 0
    for x in running(scaled(odd(numbers(N)), 7)):
        total += x
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
