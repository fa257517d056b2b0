from time import process_time as clock

LENGTH = 900
PAIRS = 4

def make(seed):
    letters = []
    for _ in range(LENGTH):
        seed = seed * 16807 % 2147483647
        letters.append("acgt"[seed // 16 % 4])
    return "".join(letters)

def distance(a, b):
    previous = list(range(len(b) + 1))
    for i in range(len(a)):
        row = [i + 1]
        for j in range(len(b)):
            cost = 0 if a[i] == b[j] else 1
            row.append(min(previous[j + 1] + 1, row[j] + 1, previous[j] + cost))
        previous = row
    return previous[len(b)]

def bench():
    total = 0
    for k in range(PAIRS):
        total += distance(make(k + 1), make(k + 1000)) * (k + 1)
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
