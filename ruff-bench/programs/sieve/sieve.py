from time import process_time as clock

N = 5000000

def bench():
    flags = [True] * (N + 1)
    count = 0
    for i in range(2, N + 1):
        if flags[i]:
            count += 1
            j = i * 2
            while j <= N:
                flags[j] = False
                j += i
    return count

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
