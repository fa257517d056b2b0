from time import process_time as clock

N = 200

def make(n, seed):
    m = []
    for i in range(n):
        row = []
        for j in range(n):
            row.append((i - j) * 0.5 * seed)
        m.append(row)
    return m

def matmul(a, b, n):
    c = []
    for i in range(n):
        row = []
        ai = a[i]
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += ai[k] * b[k][j]
            row.append(s)
        c.append(row)
    return c

def bench():
    a = make(N, 1.0)
    b = make(N, 2.0)
    c = matmul(a, b, N)
    t = 0.0
    for i in range(N):
        t += c[i][i]
    return int(t)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
