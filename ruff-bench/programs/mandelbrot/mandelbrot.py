from time import process_time as clock

N = 400
ITER = 50

def bench():
    total = 0
    for py in range(N):
        ci = 2.0 * py / N - 1.0
        for px in range(N):
            cr = 2.0 * px / N - 1.5
            zr = 0.0
            zi = 0.0
            tr = 0.0
            ti = 0.0
            k = 0
            while k < ITER and tr + ti <= 4.0:
                zi = 2.0 * zr * zi + ci
                zr = tr - ti + cr
                tr = zr * zr
                ti = zi * zi
                k += 1
            total += k
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
