from time import process_time as clock

COUNT = 1000
STEPS = 3000

class Particle:
    def __init__(self, x, y, vx, vy):
        self.x = x
        self.y = y
        self.vx = vx
        self.vy = vy

    def move(self, dt):
        self.x += self.vx * dt
        self.y += self.vy * dt
        self.vy -= 9.5 * dt

    def bounce(self, size):
        if self.x < 0.0 or self.x > size:
            self.vx = -self.vx
        if self.y < 0.0:
            self.y = -self.y
            self.vy = -self.vy * 0.5

    def energy(self):
        return 0.5 * (self.vx * self.vx + self.vy * self.vy) + 9.5 * self.y

def make():
    seed = 42
    particles = []
    for _ in range(COUNT):
        seed = seed * 16807 % 2147483647
        particles.append(Particle(seed % 100 * 1.0, seed % 37 * 1.0, seed % 11 - 5.0, seed % 7 * 0.5))
    return particles

def bench():
    particles = make()
    for _ in range(STEPS):
        for p in particles:
            p.move(0.0625)
            p.bounce(100.0)
    total = 0.0
    for p in particles:
        total += p.energy()
    return int(total * 1000.0)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
