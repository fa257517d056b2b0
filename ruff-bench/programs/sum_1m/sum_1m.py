from time import process_time as clock

N = 1000000

def bench():
    total = 0
    for i in range(N):
        total = total + i
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
