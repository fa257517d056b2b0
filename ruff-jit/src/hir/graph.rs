//! The shape of a function: predecessors, reverse postorder, dominators and loops.
//!
//! All tables are indexed by block. Blocks that control cannot reach have no rank, no predecessors and no place in any list.

use super::{Block, Function, Terminator};

const NONE: u32 = u32::MAX;

/// Control flow and dominators.
#[derive(Debug)]
pub struct Graph {
    /// Reachable blocks in reverse postorder; the entry is first.
    pub order: Vec<Block>,
    /// The position in `order`.
    rank: Vec<u32>,
    /// Reachable predecessors, once for each edge.
    preds: Lists,
    /// The immediate dominator; of the entry, itself.
    idom: Vec<u32>,
    /// When a walk of the dominator tree enters a block, and when it has left it.
    enter: Vec<u32>,
    leave: Vec<u32>,
    /// Children in the dominator tree, in reverse postorder.
    children: Lists,
}

/// A list of blocks for each block, all in one.
#[derive(Debug)]
struct Lists {
    starts: Vec<u32>,
    items: Vec<Block>,
}

impl Lists {
    /// From pairs of a block and an item of its list, which `visit` gives twice in the same order.
    fn new(blocks: usize, visit: impl Fn(&mut dyn FnMut(Block, Block))) -> Lists {
        let mut starts = vec![0; blocks + 1];
        visit(&mut |block, _| starts[block.0 as usize + 1] += 1);
        for block in 0..blocks {
            starts[block + 1] += starts[block];
        }
        let mut items = vec![Block(0); starts[blocks] as usize];
        let mut next = starts.clone();
        visit(&mut |block, item| {
            let at = &mut next[block.0 as usize];
            items[*at as usize] = item;
            *at += 1;
        });
        Lists { starts, items }
    }

    fn of(&self, block: Block) -> &[Block] {
        let at = block.0 as usize;
        &self.items[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

impl Graph {
    /// Looks at a function.
    pub fn new(function: &Function) -> Graph {
        let blocks = function.blocks.len();
        let order = reverse_postorder(function);
        let mut rank = vec![NONE; blocks];
        for (position, block) in order.iter().enumerate() {
            rank[block.0 as usize] = position as u32;
        }
        let preds = Lists::new(blocks, |add| {
            for block in &order {
                for target in function.block(*block).end.targets() {
                    add(target.block, *block);
                }
            }
        });
        let idom = dominators(&order, &rank, &preds);
        let children = Lists::new(blocks, |add| {
            for block in order.iter().skip(1) {
                add(Block(idom[block.0 as usize]), *block);
            }
        });
        let (enter, leave) = walk_times(&children, blocks);
        Graph { order, rank, preds, idom, enter, leave, children }
    }

    /// How many blocks there are, reachable or not.
    pub fn blocks(&self) -> usize {
        self.rank.len()
    }

    /// Can control reach the block?
    pub fn is_reachable(&self, block: Block) -> bool {
        self.rank[block.0 as usize] != NONE
    }

    /// Its position in reverse postorder, `u32::MAX` if it is not reachable.
    pub fn rank(&self, block: Block) -> u32 {
        self.rank[block.0 as usize]
    }

    /// Reachable predecessors, once for each edge.
    pub fn preds(&self, block: Block) -> &[Block] {
        self.preds.of(block)
    }

    /// The closest block that all ways to this one go through.
    pub fn idom(&self, block: Block) -> Option<Block> {
        match self.idom[block.0 as usize] {
            NONE => None,
            up if up == block.0 => None,
            up => Some(Block(up)),
        }
    }

    /// The blocks that this one is the closest dominator of, in reverse postorder.
    pub fn children(&self, block: Block) -> &[Block] {
        self.children.of(block)
    }

    /// Do all ways to `below` go through `above`? A block dominates itself.
    pub fn dominates(&self, above: Block, below: Block) -> bool {
        let (above, below) = (above.0 as usize, below.0 as usize);
        self.rank[above] != NONE
            && self.rank[below] != NONE
            && self.enter[above] <= self.enter[below]
            && self.leave[below] <= self.leave[above]
    }

    /// The block of each value, by number; the entry for values that are in no block that control can reach.
    pub fn homes(&self, function: &Function) -> Vec<Block> {
        let mut homes = vec![Block(0); function.values.len()];
        for block in &self.order {
            let data = function.block(*block);
            for val in data.params.iter().chain(&data.insts) {
                homes[val.0 as usize] = *block;
            }
        }
        homes
    }

    /// Is the edge one that closes a loop?
    pub fn is_back_edge(&self, from: Block, to: Block) -> bool {
        self.dominates(to, from)
    }

    /// Does a loop start at the block?
    pub fn is_header(&self, block: Block) -> bool {
        self.preds(block).iter().any(|pred| self.is_back_edge(*pred, block))
    }
}

fn reverse_postorder(function: &Function) -> Vec<Block> {
    let mut seen = vec![false; function.blocks.len()];
    let mut order = Vec::with_capacity(function.blocks.len());
    let mut stack = vec![(Block(0), 0)];
    seen[0] = true;
    while let Some((block, next)) = stack.last_mut() {
        // The first target is visited last, so that it comes first in the order.
        let targets = &function.block(*block).end;
        let target = match (targets, *next) {
            (Terminator::Branch(_, _, no), 0) => Some(no.block),
            (Terminator::Branch(_, yes, _), 1) => Some(yes.block),
            (Terminator::Jump(target), 0) => Some(target.block),
            _ => None,
        };
        *next += 1;
        match target {
            Some(target) if !std::mem::replace(&mut seen[target.0 as usize], true) => stack.push((target, 0)),
            Some(_) => {}
            None => {
                order.push(*block);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}

/// Immediate dominators, by Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
fn dominators(order: &[Block], rank: &[u32], preds: &Lists) -> Vec<u32> {
    // By rank while the algorithm runs.
    let mut idom = vec![NONE; order.len()];
    idom[0] = 0;
    let mut changed = true;
    while changed {
        changed = false;
        for (position, block) in order.iter().enumerate().skip(1) {
            let mut found = NONE;
            for pred in preds.of(*block) {
                let mut a = rank[pred.0 as usize];
                if idom[a as usize] == NONE {
                    continue;
                }
                if found == NONE {
                    found = a;
                    continue;
                }
                let mut b = found;
                while a != b {
                    if a > b {
                        a = idom[a as usize];
                    } else {
                        b = idom[b as usize];
                    }
                }
                found = a;
            }
            if idom[position] != found {
                idom[position] = found;
                changed = true;
            }
        }
    }
    let mut by_block = vec![NONE; rank.len()];
    for (position, block) in order.iter().enumerate() {
        by_block[block.0 as usize] = order[idom[position] as usize].0;
    }
    by_block
}

fn walk_times(children: &Lists, blocks: usize) -> (Vec<u32>, Vec<u32>) {
    let (mut enter, mut leave) = (vec![0; blocks], vec![0; blocks]);
    let mut time = 0;
    let mut stack = vec![(Block(0), 0)];
    while let Some((block, next)) = stack.last_mut() {
        let at = block.0 as usize;
        if *next == 0 {
            enter[at] = time;
            time += 1;
        }
        match children.of(*block).get(*next) {
            Some(child) => {
                *next += 1;
                stack.push((*child, 0));
            }
            None => {
                leave[at] = time;
                stack.pop();
            }
        }
    }
    (enter, leave)
}

/// A natural loop.
#[derive(Debug)]
pub struct Loop {
    /// Where it starts: the block that dominates all others.
    pub header: Block,
    /// All its blocks, those of inner loops too, in reverse postorder.
    pub blocks: Vec<Block>,
    /// The blocks that jump back to the header.
    pub latches: Vec<Block>,
    /// The only block outside that leads to the header, if it leads nowhere else.
    pub preheader: Option<Block>,
    /// How many loops it lies in, itself among them.
    pub depth: u32,
}

/// The loops of a function, inner ones before those that they lie in.
#[derive(Debug)]
pub struct Loops {
    pub list: Vec<Loop>,
}

impl Loops {
    /// Finds the loops.
    pub fn new(function: &Function, graph: &Graph) -> Loops {
        let mut list: Vec<Loop> = Vec::new();
        let mut depth = vec![0; function.blocks.len()];
        let mut member = vec![NONE; function.blocks.len()];
        for header in &graph.order {
            let latches: Vec<Block> =
                graph.preds(*header).iter().copied().filter(|pred| graph.is_back_edge(*pred, *header)).collect();
            if latches.is_empty() {
                continue;
            }
            let mark = list.len() as u32;
            let mut blocks = vec![*header];
            member[header.0 as usize] = mark;
            let mut work = latches.clone();
            while let Some(block) = work.pop() {
                if std::mem::replace(&mut member[block.0 as usize], mark) != mark {
                    blocks.push(block);
                    work.extend(graph.preds(block));
                }
            }
            blocks.sort_unstable_by_key(|block| graph.rank(*block));
            for block in &blocks {
                depth[block.0 as usize] += 1;
            }
            let preheader = preheader(function, graph, *header, &latches);
            list.push(Loop { header: *header, blocks, latches, preheader, depth: 0 });
        }
        for found in &mut list {
            found.depth = depth[found.header.0 as usize];
        }
        list.sort_by_key(|found| std::cmp::Reverse(found.depth));
        Loops { list }
    }
}

fn preheader(function: &Function, graph: &Graph, header: Block, latches: &[Block]) -> Option<Block> {
    let mut outside = graph.preds(header).iter().filter(|pred| !latches.contains(pred));
    match (outside.next(), outside.next()) {
        (Some(pred), None) if matches!(function.block(*pred).end, Terminator::Jump(_)) => Some(*pred),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hir::{Entry, Inst, Target, Ty, Val};

    /// A function with blocks that lead to the listed ones, by a condition that is its parameter.
    fn shape(edges: &[&[u32]]) -> Function {
        let mut f = Function::new("shape".into(), Entry::Call, &[Ty::Bool]);
        for _ in 1..edges.len() {
            f.new_block();
        }
        let zero = f.push(Block(0), Inst::Int(0), Ty::Int);
        for (block, targets) in edges.iter().enumerate() {
            let target = |i: usize| Target::new(Block(targets[i]), &[]);
            f.blocks[block].end = match targets.len() {
                0 => Terminator::Return(zero, zero),
                1 => Terminator::Jump(target(0)),
                _ => Terminator::Branch(Val(0), target(0), target(1)),
            };
        }
        f
    }

    #[test]
    fn dominators_of_a_diamond() {
        let f = shape(&[&[1, 2], &[3], &[3], &[], &[3]]);
        let graph = Graph::new(&f);
        assert_eq!(graph.order, [0, 1, 2, 3].map(Block));
        assert_eq!([1, 2, 3].map(|b| graph.idom(Block(b))), [Some(Block(0)); 3]);
        assert!(graph.dominates(Block(0), Block(3)) && !graph.dominates(Block(1), Block(3)));
        assert!(!graph.is_reachable(Block(4)) && !graph.dominates(Block(4), Block(3)));
        assert_eq!(graph.preds(Block(3)), [1, 2].map(Block));
    }

    #[test]
    fn loops_nest() {
        // 0 -> 1 (outer header) -> 2 (inner preheader) -> 3 (inner header) -> 4 -> 3; 3 -> 5 -> 1; 1 -> 6
        let f = shape(&[&[1], &[2, 6], &[3], &[4, 5], &[3], &[1], &[]]);
        let graph = Graph::new(&f);
        let loops = Loops::new(&f, &graph);
        let summary: Vec<_> = loops.list.iter().map(|l| (l.header.0, l.preheader.map(|b| b.0), l.depth)).collect();
        assert_eq!(summary, [(3, Some(2), 2), (1, Some(0), 1)]);
        assert_eq!(loops.list[0].blocks, [3, 4].map(Block));
        assert_eq!(loops.list[1].blocks, [1, 2, 3, 4, 5].map(Block));
        assert_eq!(loops.list[1].latches, [Block(5)]);
    }

    #[test]
    fn a_loop_entered_by_a_branch_has_no_preheader() {
        let f = shape(&[&[1, 2], &[1, 2], &[]]);
        let graph = Graph::new(&f);
        let loops = Loops::new(&f, &graph);
        assert_eq!((loops.list.len(), loops.list[0].preheader), (1, None));
        assert!(graph.is_header(Block(1)) && !graph.is_header(Block(2)));
    }
}
