from time import process_time as clock
from functools import reduce

N = 1000000

def bench():
    k = 3
    xs = range(N)
    ys = list(map(lambda x: x * k + 1, xs))
    zs = list(filter(lambda x: x % 2 == 0, ys))
    return reduce(lambda acc, x: (acc + x) % 1000000007, zs, 0)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
