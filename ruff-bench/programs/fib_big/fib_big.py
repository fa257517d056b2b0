from time import process_time as clock

N = 100000

def bench():
    a, b = 0, 1
    for _ in range(N):
        a, b = b, a + b
    return a % 1000000007

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
