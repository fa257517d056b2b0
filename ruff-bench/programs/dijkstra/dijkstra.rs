use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const SIZE: usize = 400;

fn make() -> Vec<i64> {
    let mut seed = 42i64;
    let mut cost = Vec::new();
    for _ in 0..SIZE * SIZE {
        seed = seed * 16807 % 2147483647;
        cost.push(1 + seed % 9);
    }
    cost
}

fn shortest(cost: &[i64]) -> Vec<i64> {
    let mut distance = vec![-1; SIZE * SIZE];
    let mut heap = BinaryHeap::from([Reverse((0, 0))]);
    while let Some(Reverse((d, at))) = heap.pop() {
        if distance[at] >= 0 {
            continue;
        }
        distance[at] = d;
        let (x, y) = (at % SIZE, at / SIZE);
        if x > 0 {
            heap.push(Reverse((d + cost[at - 1], at - 1)));
        }
        if x < SIZE - 1 {
            heap.push(Reverse((d + cost[at + 1], at + 1)));
        }
        if y > 0 {
            heap.push(Reverse((d + cost[at - SIZE], at - SIZE)));
        }
        if y < SIZE - 1 {
            heap.push(Reverse((d + cost[at + SIZE], at + SIZE)));
        }
    }
    distance
}

fn bench() -> i64 {
    shortest(bb(&make())).iter().sum()
}
