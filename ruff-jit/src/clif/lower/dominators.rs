//! Dominators of a function's blocks, by the algorithm of Cooper, Harvey and Kennedy.

use crate::hir::{Block, Function};

/// The tree of dominators.
pub struct Dominators {
    /// The place of each block in reverse post-order.
    places: Vec<usize>,
    /// The immediate dominator of each block by its place, as a place; the entry dominates itself.
    parents: Vec<usize>,
}

impl Dominators {
    /// `order` is reverse post-order.
    pub fn new(function: &Function, order: &[Block]) -> Dominators {
        let mut places = vec![usize::MAX; function.blocks.len()];
        for (place, block) in order.iter().enumerate() {
            places[block.0 as usize] = place;
        }
        let mut predecessors = vec![Vec::new(); order.len()];
        for (place, block) in order.iter().enumerate() {
            for target in function.block(*block).end.targets() {
                predecessors[places[target.block.0 as usize]].push(place);
            }
        }
        let mut tree = Dominators { places, parents: vec![usize::MAX; order.len()] };
        tree.parents[0] = 0;
        while tree.improve(&predecessors) {}
        tree
    }

    fn improve(&mut self, predecessors: &[Vec<usize>]) -> bool {
        let mut is_changed = false;
        for (place, predecessors) in predecessors.iter().enumerate().skip(1) {
            let known = predecessors.iter().copied().filter(|p| self.parents[*p] != usize::MAX);
            let Some(parent) = known.reduce(|a, b| self.common_place(a, b)) else { continue };
            is_changed |= std::mem::replace(&mut self.parents[place], parent) != parent;
        }
        is_changed
    }

    fn common_place(&self, mut a: usize, mut b: usize) -> usize {
        while a != b {
            if a > b {
                a = self.parents[a];
            } else {
                b = self.parents[b];
            }
        }
        a
    }

    /// The place of a block in `order`.
    pub fn place(&self, block: Block) -> usize {
        self.places[block.0 as usize]
    }

    /// The place in `order` of the last block that dominates both.
    pub fn common(&self, a: Block, b: Block) -> usize {
        self.common_place(self.places[a.0 as usize], self.places[b.0 as usize])
    }

    /// Does each path to `block` lead through `dominator`?
    pub fn dominates(&self, dominator: Block, block: Block) -> bool {
        self.common(dominator, block) == self.places[dominator.0 as usize]
    }
}
