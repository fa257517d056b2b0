from time import process_time as clock

N = 300000
VOCAB = 5000

def make_text():
    seed = 42
    words = []
    for _ in range(N):
        seed = seed * 16807 % 2147483647
        words.append("word" + str(seed % VOCAB))
    return " ".join(words)

TEXT = make_text()

def bench():
    counts = {}
    for w in TEXT.split(" "):
        if w in counts:
            counts[w] = counts[w] + 1
        else:
            counts[w] = 1
    check = len(counts)
    for k in counts:
        check = check + counts[k] * counts[k]
    return check

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
