from time import process_time as clock
from math import sqrt

N = 300

def a(i, j):
    return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1)

def mul_av(v, n):
    out = []
    for i in range(n):
        s = 0.0
        for j in range(n):
            s += a(i, j) * v[j]
        out.append(s)
    return out

def mul_atv(v, n):
    out = []
    for i in range(n):
        s = 0.0
        for j in range(n):
            s += a(j, i) * v[j]
        out.append(s)
    return out

def bench():
    u = [1.0] * N
    v = u
    for _ in range(10):
        v = mul_atv(mul_av(u, N), N)
        u = mul_atv(mul_av(v, N), N)
    vbv = 0.0
    vv = 0.0
    for i in range(N):
        vbv += u[i] * v[i]
        vv += v[i] * v[i]
    return int(sqrt(vbv / vv) * 1000000000.0)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
