from time import process_time as clock

N = 200000

class AppError(Exception):
    pass

def risky(i):
    if i % 2 == 0:
        raise AppError("bad")
    return i

def bench():
    caught = 0
    total = 0
    for i in range(N * 2):
        try:
            total += risky(i)
        except AppError:
            caught += 1
    return total + caught

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
