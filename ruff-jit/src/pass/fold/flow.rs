//! Control flow without detours: blocks with one way in join the block before, empty blocks are passed by.

use super::super::edit::{Renames, clear_block};
use crate::hir::graph::Graph;
use crate::hir::{Block, Function, Inst, Target, Terminator, Val};

/// Empty blocks that one edge passes by at most.
const DETOURS_MAX: usize = 8;

/// Runs the step; whether something changed. The graph is that of the function, before and after.
pub fn run(function: &mut Function, graph: &mut Graph) -> bool {
    let threaded = thread_edges(function, graph);
    if threaded {
        *graph = Graph::new(function);
    }
    let merged = merge_blocks(function, graph);
    if merged {
        *graph = Graph::new(function);
    }
    threaded || merged
}

/// A block that only one jump leads to becomes the end of the block that jumps.
fn merge_blocks(function: &mut Function, graph: &Graph) -> bool {
    let can_merge = |f: &Function, block: &Block| matches!(&f.block(*block).end, Terminator::Jump(target) if graph.preds(target.block).len() == 1);
    if !graph.order.iter().any(|block| can_merge(function, block)) {
        return false;
    }
    let mut renames = Renames::new(function);
    let mut changed = false;
    for block in &graph.order {
        while let Terminator::Jump(target) = &function.block(*block).end
            && target.block != *block
            && target.block != Block(0)
            && graph.preds(target.block).len() == 1
        {
            let next = target.block;
            let args = target.args.clone();
            let data = function.block(next).clone();
            for (param, arg) in data.params.iter().zip(args) {
                renames.set(*param, arg);
            }
            let into = function.block_mut(*block);
            into.insts.extend(data.insts);
            into.end = data.end;
            into.loop_entry = data.loop_entry;
            into.is_cold |= data.is_cold;
            clear_block(function, next);
            changed = true;
        }
    }
    if changed {
        renames.apply(function);
    }
    changed
}

/// Leads edges past empty blocks to where these lead for them.
fn thread_edges(function: &mut Function, graph: &Graph) -> bool {
    let candidates: Vec<bool> = function.block_ids().map(|block| is_passable(function, graph, block)).collect();
    if !candidates.contains(&true) {
        return false;
    }
    let is_local = local_params(function, &candidates);
    let mut changed = false;
    for block in &graph.order {
        let mut end = std::mem::replace(&mut function.block_mut(*block).end, Terminator::NOWHERE);
        let is_cold = function.block(*block).is_cold;
        for target in end.targets_mut() {
            for _ in 0..DETOURS_MAX {
                let through = target.block;
                let data = function.block(through);
                let can_pass = candidates[through.0 as usize]
                    && through != *block
                    && data.params.iter().all(|param| is_local[param.0 as usize])
                    && data.is_cold <= is_cold;
                let Some(next) = can_pass.then(|| way_on(function, target)).flatten() else { break };
                if graph.is_header(next.block) {
                    break;
                }
                *target = next;
                changed = true;
            }
        }
        function.block_mut(*block).end = end;
    }
    changed
}

/// Is it an empty block that is no part of a loop's frame?
fn is_passable(function: &Function, graph: &Graph, block: Block) -> bool {
    let data = function.block(block);
    block != Block(0)
        && graph.is_reachable(block)
        && data.insts.is_empty()
        && data.loop_entry.is_none()
        && matches!(data.end, Terminator::Jump(_) | Terminator::Branch(..))
        && !graph.is_header(block)
}

/// Of the parameters of the candidates, those that only the end of their block uses.
fn local_params(function: &Function, candidates: &[bool]) -> Vec<bool> {
    let mut is_local = vec![true; function.values.len()];
    for block in function.block_ids() {
        let data = function.block(block);
        for val in &data.insts {
            function.inst(*val).visit_uses(|used| is_local[used.0 as usize] = false);
        }
        data.end.visit_uses(|used| {
            if !matches!(function.inst(used), Inst::Param(owner, _) if *owner == block) || !candidates[block.0 as usize]
            {
                is_local[used.0 as usize] = false;
            }
        });
    }
    for exit in &function.exits {
        exit.visit_uses(|used| is_local[used.0 as usize] = false);
    }
    is_local
}

/// Where an edge to an empty block goes on to, if that is known for its arguments.
fn way_on(function: &Function, edge: &Target) -> Option<Target> {
    let data = function.block(edge.block);
    let arg_for = |val: Val| data.params.iter().position(|param| *param == val).map_or(val, |index| edge.args[index]);
    let next = match &data.end {
        Terminator::Jump(next) => next,
        Terminator::Branch(condition, yes, no) => match function.as_bool(arg_for(*condition))? {
            true => yes,
            false => no,
        },
        Terminator::Return(..) | Terminator::Exit(..) => return None,
    };
    Some(Target { block: next.block, args: next.args.iter().map(|arg| arg_for(*arg)).collect() })
}
