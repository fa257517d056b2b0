from time import process_time as clock

LENGTH = 500000

def make():
    seed = 42
    letters = []
    for _ in range(LENGTH):
        seed = seed * 16807 % 2147483647
        letters.append("acgt"[seed // 16 % 4])
    return "".join(letters)

TEXT = make()

def count(text, k):
    counts = {}
    for i in range(len(text) - k + 1):
        kmer = text[i:i + k]
        counts[kmer] = counts.get(kmer, 0) + 1
    return counts

def bench():
    total = 0
    for k in (3, 6, 9):
        counts = count(TEXT, k)
        total += len(counts)
        for n in counts.values():
            total += n * n % 1000
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
