//! The control flow of a function's bytecode, with rotated loops.
//!
//! A loop that tests at its top gets a copy of the test at its bottom, so that each round takes one jump and what the first test
//! has established holds in the body. A handler that has caught an error is entered from the instructions whose errors it has
//! caught; those that have caught none are left out, and entered by the interpreter.

use ruff_core::jit::{Decoded, Flow, Function, Handler, Op, Pc};

/// The longest test that is copied, in instructions.
const ROTATED_MAX: usize = 12;

/// An index of a node.
pub type Node = usize;

/// A run of instructions that is entered at its start and left at its end.
#[derive(Clone, Debug)]
pub struct NodeData {
    pub start: u32,
    /// The word behind the last instruction.
    pub end: u32,
    /// Where control goes if the last instruction does not jump.
    pub next: Option<Node>,
    /// Where its jump goes.
    pub target: Option<Node>,
    /// Handlers that have caught errors of its instructions.
    pub catches: Vec<Node>,
}

/// The nodes that are reached from an entry.
#[derive(Debug)]
pub struct Graph {
    pub nodes: Vec<NodeData>,
    /// Reverse postorder.
    pub order: Vec<Node>,
    /// The position of each node in `order`; `usize::MAX` if it is not reached.
    position: Vec<usize>,
    /// The members of the loop that begins at a node; empty for other nodes.
    pub loops: Vec<Vec<Node>>,
}

impl Graph {
    /// The graph of a function from the instruction at `entry` on; `None` if the code is not well formed.
    pub fn of(function: &Function, entry: Pc) -> Option<Graph> {
        let mut nodes = split(function, entry)?;
        let start = nodes.iter().position(|n| n.start == 0)?;
        let inside = nodes.iter().position(|n| n.start == entry.0)?;
        if inside != start && postorder(&nodes, start).contains(&inside) {
            rotate(function, &mut nodes, start)?;
            let mut graph = Graph::from(nodes, start);
            let first = graph.copy_loop_at(entry.0);
            return Some(Graph::from(graph.nodes, first.unwrap_or(inside)));
        }
        rotate(function, &mut nodes, inside)?;
        Some(Graph::from(nodes, inside))
    }

    fn from(nodes: Vec<NodeData>, first: Node) -> Graph {
        let mut graph = Graph { nodes, order: Vec::new(), position: Vec::new(), loops: Vec::new() };
        graph.order = postorder(&graph.nodes, first);
        graph.order.reverse();
        graph.position = vec![usize::MAX; graph.nodes.len()];
        for (at, node) in graph.order.iter().enumerate() {
            graph.position[*node] = at;
        }
        graph.find_loops();
        graph
    }

    /// Gives the innermost loop with the instruction at `pc` a copy, for an entry there: so the loops around it keep their
    /// headers, and what is invariant in them stays so. Gives the node to enter.
    fn copy_loop_at(&mut self, pc: u32) -> Option<Node> {
        let loops = self.loops.iter().filter(|members| members.iter().any(|n| self.nodes[*n].start == pc));
        let members = loops.min_by_key(|members| members.len())?.clone();
        let inside = *members.iter().find(|n| self.nodes[**n].start == pc)?;
        let first = self.nodes.len();
        let copy_of = |node: Node| members.iter().position(|m| *m == node).map_or(node, |at| first + at);
        for node in &members {
            let mut copy = self.nodes[*node].clone();
            copy.next = copy.next.map(copy_of);
            copy.target = copy.target.map(copy_of);
            copy.catches.iter_mut().for_each(|node| *node = copy_of(*node));
            self.nodes.push(copy);
        }
        // The bottom test of a rotated loop is entered through a copy outside, so that the loop begins at its body.
        let is_test = jumps(&self.nodes[inside]).any(|to| !members.contains(&to));
        if !is_test || copy_of(inside) == first {
            return Some(copy_of(inside));
        }
        self.nodes.push(self.nodes[copy_of(inside)].clone());
        Some(self.nodes.len() - 1)
    }

    /// Does an edge go back?
    pub fn is_back(&self, from: Node, to: Node) -> bool {
        self.position[to] <= self.position[from]
    }

    /// Does a loop begin at the node?
    pub fn is_header(&self, node: Node) -> bool {
        !self.loops[node].is_empty()
    }

    fn find_loops(&mut self) {
        self.loops = vec![Vec::new(); self.nodes.len()];
        let predecessors = predecessors(&self.nodes, self.order.iter().copied());
        for &header in &self.order {
            let back: Vec<Node> =
                predecessors[header].iter().copied().filter(|from| self.is_back(*from, header)).collect();
            if !back.is_empty() {
                self.loops[header] = members(&predecessors, &self.position, header, back);
            }
        }
    }
}

/// Where control goes from a node, unless there is an error.
fn jumps(node: &NodeData) -> impl Iterator<Item = Node> {
    node.target.into_iter().chain(node.next)
}

fn successors(node: &NodeData) -> impl Iterator<Item = Node> + '_ {
    jumps(node).chain(node.catches.iter().copied())
}

/// The instructions of a run of code.
pub fn instructions(function: &Function, start: u32, end: u32) -> Option<Vec<Decoded>> {
    let mut list = Vec::new();
    let mut pc = start;
    while pc < end {
        let at = Decoded::at(&function.code, Pc(pc)).ok()?;
        pc = at.next().0;
        list.push(at);
    }
    Some(list)
}

fn split(function: &Function, entry: Pc) -> Option<Vec<NodeData>> {
    let all = instructions(function, 0, function.code.len() as u32)?;
    let mut starts = vec![0, entry.0];
    for at in &all {
        starts.extend(at.target().map(|t| t.0));
        if at.op.flow() != Flow::Next || at.op == Op::Yield {
            starts.push(at.next().0);
        }
    }
    starts.extend(function.handlers.iter().map(|handler| handler.target.0));
    starts.retain(|s| (*s as usize) < function.code.len());
    starts.sort_unstable();
    starts.dedup();
    let node_at = |pc: u32| starts.binary_search(&pc).ok();
    let mut nodes = Vec::with_capacity(starts.len());
    let mut at = all.iter();
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(function.code.len() as u32);
        let (mut catches, mut last) = (Vec::new(), None);
        for instruction in at.by_ref() {
            if let Some(handler) = caught_by(function, instruction.next()) {
                let node = node_at(handler.target.0)?;
                if !catches.contains(&node) {
                    catches.push(node);
                }
            }
            if instruction.next().0 >= end {
                last = Some(instruction);
                break;
            }
        }
        let last = last?;
        // A generator goes on elsewhere: where it is resumed.
        let falls_through = last.falls_through() && last.op != Op::Yield;
        let next = if falls_through { Some(node_at(end)?) } else { None };
        let target = match last.target() {
            Some(pc) => Some(node_at(pc.0)?),
            None => None,
        };
        nodes.push(NodeData { start, end, next, target, catches });
    }
    Some(nodes)
}

/// The handler that has caught errors of the instruction before a word.
pub fn caught_by(function: &Function, next: Pc) -> Option<&Handler> {
    let word = next.0.checked_sub(1)?;
    let handler = function.handler_of(word as usize)?;
    (handler.is_catch && function.native.has_caught(word)).then_some(handler)
}

/// Gives each loop that tests at its top a copy of its test at the bottom.
fn rotate(function: &Function, nodes: &mut Vec<NodeData>, first: Node) -> Option<()> {
    let mut position = vec![usize::MAX; nodes.len()];
    for (at, node) in postorder(nodes, first).into_iter().rev().enumerate() {
        position[node] = at;
    }
    for header in 0..nodes.len() {
        let code = instructions(function, nodes[header].start, nodes[header].end)?;
        let tests = code.last().is_some_and(|last| last.op.flow() == Flow::Branch);
        if position[header] == usize::MAX || !tests || code.len() > ROTATED_MAX {
            continue;
        }
        let count = position.len();
        let goes_back = |from: Node| from < count && position[from] != usize::MAX && position[from] >= position[header];
        let back: Vec<Node> =
            (0..nodes.len()).filter(|n| goes_back(*n) && successors(&nodes[*n]).any(|to| to == header)).collect();
        if back.is_empty() {
            continue;
        }
        let reached = (0..count).filter(|node| position[*node] != usize::MAX);
        let members = members(&predecessors(nodes, reached), &position, header, back.clone());
        let is_outside = |to: Node| !members.contains(&to);
        // A test that stays in the loop either way would give it two entries. A node that goes back or leaves tests at the bottom
        // already.
        let has_exit = jumps(&nodes[header]).any(is_outside);
        if !has_exit || back.iter().any(|node| successors(&nodes[*node]).any(is_outside)) {
            continue;
        }
        let copy = nodes.len();
        nodes.push(nodes[header].clone());
        for node in back {
            let NodeData { next, target, .. } = &mut nodes[node];
            for edge in [next, target].into_iter().flatten() {
                if *edge == header {
                    *edge = copy;
                }
            }
        }
    }
    Some(())
}

/// The nodes, of some, that lead to each.
fn predecessors(nodes: &[NodeData], from: impl Iterator<Item = Node>) -> Vec<Vec<Node>> {
    let mut predecessors: Vec<Vec<Node>> = vec![Vec::new(); nodes.len()];
    for node in from {
        for to in successors(&nodes[node]) {
            predecessors[to].push(node);
        }
    }
    predecessors
}

/// The nodes of a loop, its header first: those from which the ones that go back are reached.
fn members(predecessors: &[Vec<Node>], position: &[usize], header: Node, back: Vec<Node>) -> Vec<Node> {
    let (mut members, mut work) = (vec![header], back);
    while let Some(node) = work.pop() {
        if !members.contains(&node) {
            members.push(node);
            // Members come after the header in reverse postorder, whatever the shape of the loop.
            work.extend(predecessors[node].iter().filter(|p| position[**p] > position[header]));
        }
    }
    members
}

fn postorder(nodes: &[NodeData], first: Node) -> Vec<Node> {
    let mut order = Vec::with_capacity(nodes.len());
    let mut seen = vec![false; nodes.len()];
    let mut stack = vec![(first, 0)];
    seen[first] = true;
    while let Some((node, visited)) = stack.pop() {
        // The jump's target first, so that the code that falls through comes first in reverse postorder.
        match successors(&nodes[node]).nth(visited) {
            Some(to) => {
                stack.push((node, visited + 1));
                if !std::mem::replace(&mut seen[to], true) {
                    stack.push((to, 0));
                }
            }
            None => order.push(node),
        }
    }
    order
}

/// Is the instruction one whose test a `for` loop makes?
pub fn is_iteration(op: Op) -> bool {
    matches!(op, Op::ForNext | Op::ForNextPair | Op::ForNextParts)
}
