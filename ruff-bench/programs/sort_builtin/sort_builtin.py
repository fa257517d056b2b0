from time import process_time as clock

N = 300000

def make(n):
    seed = 42
    arr = []
    for _ in range(n):
        seed = seed * 16807 % 2147483647
        arr.append(seed)
    return arr

def bench():
    arr = make(N)
    arr.sort()
    s = 0
    for i in range(N):
        s = s + arr[i] % 1000 * (i % 10)
    return s

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
