from time import process_time as clock

N = 9

def safe(queens, row, col):
    for r in range(row):
        c = queens[r]
        if c == col or c - col == row - r or col - c == row - r:
            return False
    return True

def place(queens, row, n):
    if row == n:
        return 1
    count = 0
    for col in range(n):
        if safe(queens, row, col):
            queens[row] = col
            count += place(queens, row + 1, n)
    return count

ROUNDS = 10

def bench():
    total = 0
    for _ in range(ROUNDS):
        total += place([0] * N, 0, N)
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
