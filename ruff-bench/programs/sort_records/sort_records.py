from time import process_time as clock
from functools import cmp_to_key

N = 120000

class Person:
    def __init__(self, ident, name, score):
        self.ident = ident
        self.name = name
        self.score = score

def make():
    seed = 42
    people = []
    for i in range(N):
        seed = seed * 16807 % 2147483647
        people.append(Person(i, "name" + str(seed % 5000), seed // 7 % 100))
    return people

def compare(a, b):
    if a.score != b.score:
        return b.score - a.score
    if a.name < b.name:
        return -1
    if a.name > b.name:
        return 1
    return a.ident - b.ident

def check(people):
    total = 0
    for i, p in enumerate(people):
        total += p.ident * (i % 10)
    return total

def bench():
    people = make()
    by_score = sorted(people, key=cmp_to_key(compare))
    by_key = sorted(people, key=lambda p: p.score * N + p.ident)
    return check(by_score) + check(by_key)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
