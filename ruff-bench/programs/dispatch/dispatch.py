from time import process_time as clock

N = 1000
ROUNDS = 2000

class Circle:
    def __init__(self, r):
        self.r = r
    def area(self):
        return 3.0 * self.r * self.r
    def sides(self):
        return 0

class Square:
    def __init__(self, s):
        self.s = s
    def area(self):
        return self.s * self.s
    def sides(self):
        return 4

class Rect:
    def __init__(self, w, h):
        self.w = w
        self.h = h
    def area(self):
        return self.w * self.h
    def sides(self):
        return 4

class Triangle:
    def __init__(self, b, h):
        self.b = b
        self.h = h
    def area(self):
        return 0.5 * self.b * self.h
    def sides(self):
        return 3

def make(n):
    shapes = []
    for i in range(n):
        k = i % 4
        v = i % 10 + 1.0
        if k == 0:
            shapes.append(Circle(v))
        elif k == 1:
            shapes.append(Square(v))
        elif k == 2:
            shapes.append(Rect(v, v + 1.0))
        else:
            shapes.append(Triangle(v, v + 2.0))
    return shapes

def bench():
    shapes = make(N)
    total = 0.0
    sides = 0
    for _ in range(ROUNDS):
        for s in shapes:
            total += s.area()
            sides += s.sides()
    return int(total) + sides

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
