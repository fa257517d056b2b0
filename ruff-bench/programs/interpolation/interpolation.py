from time import process_time as clock

N = 1200000

def describe(i):
    name = f"user{i % 1000}"
    return f"{name} <{name}@example.com> has {i * 3} points, rank {i % 17 + 1} of {N}"

def bench():
    lines = []
    length = 0
    for i in range(N):
        line = describe(i)
        length += len(line)
        if i % 100 == 0:
            lines.append(line)
    text = "\n".join(lines)
    return length * 10 + len(text)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
