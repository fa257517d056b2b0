from time import process_time as clock
import heapq

SIZE = 400

def make():
    seed = 42
    cost = []
    for _ in range(SIZE * SIZE):
        seed = seed * 16807 % 2147483647
        cost.append(1 + seed % 9)
    return cost

def shortest(cost):
    distance = [-1] * (SIZE * SIZE)
    heap = [(0, 0)]
    while heap:
        d, at = heapq.heappop(heap)
        if distance[at] >= 0:
            continue
        distance[at] = d
        x, y = at % SIZE, at // SIZE
        if x > 0:
            heapq.heappush(heap, (d + cost[at - 1], at - 1))
        if x < SIZE - 1:
            heapq.heappush(heap, (d + cost[at + 1], at + 1))
        if y > 0:
            heapq.heappush(heap, (d + cost[at - SIZE], at - SIZE))
        if y < SIZE - 1:
            heapq.heappush(heap, (d + cost[at + SIZE], at + SIZE))
    return distance

def bench():
    total = 0
    for d in shortest(make()):
        total += d
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
