from time import process_time as clock

W = 64
H = 64
GENERATIONS = 800

def make():
    seed = 42
    grid = []
    for _ in range(H):
        row = []
        for _ in range(W):
            seed = seed * 16807 % 2147483647
            row.append(1 if seed % 3 == 0 else 0)
        grid.append(row)
    return grid

def step(grid):
    out = []
    for y in range(H):
        up, mid, down = grid[(y + H - 1) % H], grid[y], grid[(y + 1) % H]
        row = []
        for x in range(W):
            l = (x + W - 1) % W
            r = (x + 1) % W
            n = up[l] + up[x] + up[r] + mid[l] + mid[r] + down[l] + down[x] + down[r]
            row.append(1 if n == 3 or (n == 2 and mid[x] == 1) else 0)
        out.append(row)
    return out

def bench():
    grid = make()
    for _ in range(GENERATIONS):
        grid = step(grid)
    return sum(sum(row) for row in grid)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
