from time import process_time as clock

N = 100000
ROUNDS = 10

def bench():
    total = 0
    for r in range(ROUNDS):
        m = {}
        for i in range(N):
            m[i * 7] = i + r
        for i in range(N):
            total = total + m[i * 7]
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
