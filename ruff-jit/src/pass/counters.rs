//! Counters that go the same way: where a parameter of a loop's header is what another one was a round before, that one is computed
//! from it.
//!
//! A `for` loop keeps the number that comes next beside the variable that the body sees, which is one less as long as the body does
//! not write it. One of them in a register is enough: the variable, whose successor is the number that comes next.

use super::edit::{Renames, remove_params};
use crate::hir::graph::{Graph, Loop, Loops};
use crate::hir::{Binary, Block, Function, Inst, Ty, Val};

/// Runs the pass.
pub fn run(function: &mut Function) {
    let graph = Graph::new(function);
    for found in &Loops::new(function, &graph).list {
        while let Some((leader, follower, step)) = pair(function, &graph, found) {
            let header = found.header;
            let mut renames = Renames::new(function);
            let distance = function.new_value(Inst::Int(step), Ty::Int);
            let computed = function.new_value(Inst::Binary(Binary::Add, follower, distance), Ty::Int);
            function.block_mut(header).insts.splice(0..0, [distance, computed]);
            renames.set(leader, computed);
            let mut is_removed = vec![false; function.values.len()];
            is_removed[leader.0 as usize] = true;
            remove_params(function, &is_removed);
            renames.apply(function);
        }
    }
}

/// A parameter of the header, another one that is what it was a round before, and what a round adds.
fn pair(function: &Function, graph: &Graph, found: &Loop) -> Option<(Val, Val, i64)> {
    let params = &function.block(found.header).params;
    let edges = edges(function, graph, found.header);
    let ints = || params.iter().enumerate().filter(|(_, param)| function.ty(**param) == Ty::Int);
    for (at, follower) in ints() {
        for (lead, leader) in ints().filter(|(lead, _)| *lead != at) {
            let mut steps = edges.iter().map(|(from, args)| match found.latches.contains(from) {
                true if args[at] == *leader => added(function, args[lead], *leader),
                true => None,
                false => distance(function, args[lead], args[at]),
            });
            let first = steps.next().flatten();
            if let Some(step) = first.filter(|_| steps.all(|step| step == first)) {
                return Some((*leader, *follower, step));
            }
        }
    }
    None
}

/// The edges to a block, with their arguments.
fn edges(function: &Function, graph: &Graph, block: Block) -> Vec<(Block, Vec<Val>)> {
    let mut preds = graph.preds(block).to_vec();
    preds.dedup();
    let targets = preds.iter().flat_map(|pred| {
        let targets = function.block(*pred).end.targets().filter(|target| target.block == block);
        targets.map(|target| (*pred, target.args.clone()))
    });
    targets.collect()
}

/// What is added to a value to get another.
fn added(function: &Function, val: Val, base: Val) -> Option<i64> {
    match *function.inst(val) {
        Inst::Binary(Binary::Add, a, b) if a == base => function.as_int(b),
        _ => None,
    }
}

/// How much greater a value is than another.
fn distance(function: &Function, val: Val, base: Val) -> Option<i64> {
    match (function.as_int(val), function.as_int(base)) {
        (Some(x), Some(y)) => Some(x.wrapping_sub(y)),
        _ => added(function, val, base),
    }
}

#[cfg(test)]
mod tests;
