use rustc_hash::{FxHashMap, FxHashSet};
use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const SIZE: i64 = 48;
const STEPS: i64 = 900;

#[derive(Clone)]
struct Animal {
    x: i64,
    y: i64,
    energy: i64,
}

struct Random(i64);

impl Random {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0 * 16807 % 2147483647;
        self.0 / 8 % n
    }

    fn animal(&mut self, energy: i64) -> Animal {
        Animal { x: self.below(SIZE), y: self.below(SIZE), energy }
    }

    fn wander(&mut self, animal: &mut Animal) {
        animal.x = (animal.x + self.below(3) - 1 + SIZE) % SIZE;
        animal.y = (animal.y + self.below(3) - 1 + SIZE) % SIZE;
    }
}

struct World {
    random: Random,
    grass: Vec<Vec<i64>>,
    prey: Vec<Animal>,
    predators: Vec<Animal>,
}

/// Splits what has enough energy, drops what has none.
fn survive(animal: &mut Animal, split_above: i64, alive: &mut Vec<Animal>) {
    if animal.energy > split_above {
        animal.energy /= 2;
        alive.push(animal.clone());
    }
    if animal.energy > 0 {
        alive.push(animal.clone());
    }
}

impl World {
    fn new() -> Self {
        let mut random = Random(42);
        let grass = (0..SIZE).map(|_| (0..SIZE).map(|_| random.below(8)).collect()).collect();
        let prey = (0..300).map(|_| random.animal(10)).collect();
        let predators = (0..40).map(|_| random.animal(30)).collect();
        Self { random, grass, prey, predators }
    }

    fn grow(&mut self) {
        for cell in self.grass.iter_mut().flatten() {
            if *cell < 8 {
                *cell += 1;
            }
        }
    }

    fn graze(&mut self) {
        let mut alive = Vec::new();
        for animal in &mut self.prey {
            self.random.wander(animal);
            let cell = &mut self.grass[animal.y as usize][animal.x as usize];
            let bite = (*cell).min(4);
            *cell -= bite;
            animal.energy += bite - 2;
            survive(animal, 24, &mut alive);
        }
        self.prey = alive;
    }

    fn hunt(&mut self) {
        let mut herds: FxHashMap<i64, Vec<usize>> = FxHashMap::default();
        for (i, animal) in self.prey.iter().enumerate() {
            herds.entry(animal.y * SIZE + animal.x).or_default().push(i);
        }
        let mut eaten = FxHashSet::default();
        let mut alive = Vec::new();
        for animal in &mut self.predators {
            self.random.wander(animal);
            if let Some(victim) = herds.get_mut(&(animal.y * SIZE + animal.x)).and_then(Vec::pop) {
                eaten.insert(victim);
                animal.energy += 12;
            }
            animal.energy -= 1;
            survive(animal, 60, &mut alive);
        }
        self.predators = alive;
        let mut i = 0;
        self.prey.retain(|_| {
            i += 1;
            !eaten.contains(&(i - 1))
        });
    }
}

fn bench() -> i64 {
    let mut world = World::new();
    let mut total = 0;
    for step in 0..bb(STEPS) {
        world.grow();
        world.graze();
        world.hunt();
        total += world.prey.len() as i64 * (step % 7 + 1) + world.predators.len() as i64 * 100;
    }
    total
}
