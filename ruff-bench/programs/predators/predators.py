from time import process_time as clock

SIZE = 48
STEPS = 900

class Animal:
    def __init__(self, x, y, energy):
        self.x = x
        self.y = y
        self.energy = energy

class World:
    def __init__(self):
        self.seed = 42
        self.grass = [[self.random(8) for _ in range(SIZE)] for _ in range(SIZE)]
        self.prey = [Animal(self.random(SIZE), self.random(SIZE), 10) for _ in range(300)]
        self.predators = [Animal(self.random(SIZE), self.random(SIZE), 30) for _ in range(40)]

    def random(self, n):
        self.seed = self.seed * 16807 % 2147483647
        return self.seed // 8 % n

    def grow(self):
        for row in self.grass:
            for x in range(SIZE):
                if row[x] < 8:
                    row[x] += 1

    def wander(self, animal):
        animal.x = (animal.x + self.random(3) - 1 + SIZE) % SIZE
        animal.y = (animal.y + self.random(3) - 1 + SIZE) % SIZE

    def graze(self):
        alive = []
        for animal in self.prey:
            self.wander(animal)
            bite = min(self.grass[animal.y][animal.x], 4)
            self.grass[animal.y][animal.x] -= bite
            animal.energy += bite - 2
            if animal.energy > 24:
                animal.energy //= 2
                alive.append(Animal(animal.x, animal.y, animal.energy))
            if animal.energy > 0:
                alive.append(animal)
        self.prey = alive

    def hunt(self):
        herds = {}
        for i, animal in enumerate(self.prey):
            herds.setdefault(animal.y * SIZE + animal.x, []).append(i)
        eaten = set()
        alive = []
        for animal in self.predators:
            self.wander(animal)
            herd = herds.get(animal.y * SIZE + animal.x)
            if herd:
                eaten.add(herd.pop())
                animal.energy += 12
            animal.energy -= 1
            if animal.energy > 60:
                animal.energy //= 2
                alive.append(Animal(animal.x, animal.y, animal.energy))
            if animal.energy > 0:
                alive.append(animal)
        self.predators = alive
        self.prey = [animal for i, animal in enumerate(self.prey) if i not in eaten]

def bench():
    world = World()
    total = 0
    for step in range(STEPS):
        world.grow()
        world.graze()
        world.hunt()
        total += len(world.prey) * (step % 7 + 1) + len(world.predators) * 100
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
