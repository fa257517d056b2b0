from time import process_time as clock

N = 1000000

def bench():
    arr = []
    for i in range(N):
        arr.append(i)
    total = 0
    for x in arr:
        total = total + x
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
