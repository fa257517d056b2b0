from time import process_time as clock

N = 10000000

def make_counter():
    count = 0
    def increment():
        nonlocal count
        count += 1
        return count
    return increment

def bench():
    counter = make_counter()
    last = 0
    for _ in range(N):
        last = counter()
    return last

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
