from time import process_time as clock

N = 300000

def make(n):
    seed = 42
    values = []
    for _ in range(n):
        seed = seed * 16807 % 2147483647
        values.append(seed)
    return values

def heapsort(a):
    n = len(a)
    start = n // 2
    end = n
    while end > 1:
        if start > 0:
            start -= 1
            root = start
            v = a[root]
        else:
            end -= 1
            root = 0
            v = a[end]
            a[end] = a[0]
        child = 2 * root + 1
        while child < end:
            if child + 1 < end and a[child] < a[child + 1]:
                child += 1
            if v >= a[child]:
                break
            a[root] = a[child]
            root = child
            child = 2 * root + 1
        a[root] = v

def bench():
    values = make(N)
    heapsort(values)
    total = 0
    for i, v in enumerate(values):
        total += v % 1000 * (i % 10)
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
