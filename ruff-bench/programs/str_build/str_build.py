from time import process_time as clock

N = 200000

def bench():
    parts = []
    for i in range(N):
        parts.append("item" + str(i))
    s = ",".join(parts)
    return len(s)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
