from time import process_time as clock

DEPTH = 14

class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right

def make(d):
    if d == 0:
        return Node(None, None)
    return Node(make(d - 1), make(d - 1))

def check(t):
    if t.left is None:
        return 1
    return 1 + check(t.left) + check(t.right)

def bench():
    total = check(make(DEPTH + 1))
    long_lived = make(DEPTH)
    d = 4
    while d <= DEPTH:
        iters = 2 ** (DEPTH - d + 4)
        c = 0
        for _ in range(iters):
            c += check(make(d))
        total += c
        d += 2
    return total + check(long_lived)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
