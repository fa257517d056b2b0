from time import process_time as clock

N = 3000

def bench():
    total = 0
    i = 0
    while i < N:
        j = 0
        while j < N:
            total = total + i * j % 7
            j = j + 1
        i = i + 1
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
