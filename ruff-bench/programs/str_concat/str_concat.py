from time import process_time as clock

N = 200000

def bench():
    s = ""
    for i in range(N):
        s = s + str(i % 10)
    return len(s)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
