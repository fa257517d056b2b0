from time import process_time as clock

N = 300000

def make(n):
    seed = 42
    arr = []
    for _ in range(n):
        seed = seed * 16807 % 2147483647
        arr.append(seed)
    return arr

def quicksort(arr):
    stack = [0, len(arr) - 1]
    while len(stack) > 0:
        hi = stack.pop()
        lo = stack.pop()
        while lo < hi:
            p = arr[(lo + hi) // 2]
            i = lo
            j = hi
            while i <= j:
                while arr[i] < p:
                    i += 1
                while arr[j] > p:
                    j -= 1
                if i <= j:
                    t = arr[i]
                    arr[i] = arr[j]
                    arr[j] = t
                    i += 1
                    j -= 1
            if i < hi:
                stack.append(i)
                stack.append(hi)
            hi = j
    return arr

def bench():
    arr = quicksort(make(N))
    s = 0
    for i in range(N):
        s = s + arr[i] % 1000 * (i % 10)
    return s

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
