from time import process_time as clock

N = 100000

def bench():
    m = {}
    for i in range(N):
        m[i] = i * 2
    total = 0
    for i in range(N):
        total += m[i]
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
