//! Folding: constants and identities, parameters that are always the same value, a control flow without detours.
//!
//! Rounds of three steps repeat while something changes, but not for ever: [`ROUNDS_MAX`]. Loops keep their shape: no edge to
//! or from a header is threaded, and a block before a loop that has an exit for hoisted guards stays.

mod algebra;
mod flow;

use super::edit::{Renames, clear_block, remove_params};
use crate::hir::graph::Graph;
use crate::hir::{Block, Function, Inst, Terminator, Val};
use algebra::Outcome;

/// Rounds at most. Two or three are usual; what is left then is left for the next run of the pass.
const ROUNDS_MAX: usize = 6;

/// Runs the pass.
pub fn run(function: &mut Function) {
    let mut graph = Graph::new(function);
    for _ in 0..ROUNDS_MAX {
        for block in function.block_ids() {
            if !graph.is_reachable(block) && function.block(block).end != Terminator::NOWHERE {
                clear_block(function, block);
            }
        }
        let mut renames = Renames::new(function);
        let mut changes = fold_params(function, &graph, &mut renames);
        for block in &graph.order {
            changes = changes.max(fold_block(function, *block, &mut renames));
        }
        if changes != Changes::None {
            renames.apply(function);
        }
        if changes == Changes::Flow {
            graph = Graph::new(function);
        }
        if flow::run(function, &mut graph) {
            changes = Changes::Flow;
        }
        if changes == Changes::None {
            break;
        }
    }
}

/// What a step has changed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Changes {
    None,
    Values,
    /// Where control goes, and so the graph.
    Flow,
}

/// What the arguments for a parameter have in common.
#[derive(Clone, Copy)]
enum Meet {
    Nothing,
    One(Val),
    /// Different values that are the same constant.
    Const(Val),
    Many,
}

/// Parameters that get the same value on all edges, or themselves, are that value; those that get equal constants are constants.
fn fold_params(function: &mut Function, graph: &Graph, renames: &mut Renames) -> Changes {
    let mut meets = vec![Meet::Nothing; function.values.len()];
    for block in &graph.order {
        for target in function.block(*block).end.targets() {
            for (param, arg) in function.block(target.block).params.iter().zip(&target.args) {
                let meet = &mut meets[param.0 as usize];
                *meet = match *meet {
                    _ if arg == param => *meet,
                    Meet::Nothing => Meet::One(*arg),
                    Meet::One(other) if other == *arg => *meet,
                    Meet::One(other) | Meet::Const(other) if is_same_const(function, other, *arg) => Meet::Const(other),
                    Meet::One(_) | Meet::Const(_) | Meet::Many => Meet::Many,
                };
            }
        }
    }
    let mut is_removed = vec![false; function.values.len()];
    let mut consts = Vec::new();
    for block in graph.order.iter().skip(1) {
        for param in &function.block(*block).params {
            match meets[param.0 as usize] {
                Meet::One(arg) if renames.get(arg) != *param => renames.set(*param, arg),
                Meet::Const(arg) => consts.push((*param, function.inst(arg).clone())),
                _ => continue,
            }
            is_removed[param.0 as usize] = true;
        }
    }
    if !is_removed.contains(&true) {
        return Changes::None;
    }
    remove_params(function, &is_removed);
    for (param, inst) in consts {
        // In the entry, so that empty blocks stay empty.
        function.values[param.0 as usize].inst = inst;
        function.block_mut(Block(0)).insts.insert(0, param);
    }
    Changes::Values
}

fn is_same_const(function: &Function, a: Val, b: Val) -> bool {
    function.inst(a).is_const() && function.inst(a) == function.inst(b)
}

/// Folds the instructions and the end of a block.
fn fold_block(function: &mut Function, block: Block, renames: &mut Renames) -> Changes {
    let mut changes = Changes::None;
    let insts = std::mem::take(&mut function.block_mut(block).insts);
    let mut kept = Vec::with_capacity(insts.len());
    let mut end = None;
    for val in insts {
        renames.rename_inst(function, val);
        let outcome = algebra::simplify(function, &mut kept, val);
        if !matches!(outcome, Outcome::Keep) {
            changes = Changes::Values;
        }
        match outcome {
            Outcome::Keep => kept.push(val),
            Outcome::Become(inst) => {
                function.values[val.0 as usize].inst = inst;
                kept.push(val);
            }
            Outcome::Same(other) => renames.set(val, other),
            Outcome::Remove => {}
            Outcome::Leave(exit, reason) => {
                end = Some(Terminator::Exit(exit, reason));
                break;
            }
        }
    }
    let data = function.block_mut(block);
    data.insts = kept;
    match end {
        Some(end) => {
            data.end = end;
            data.loop_entry = None;
            Changes::Flow
        }
        None => {
            data.end.for_each_use(|used| *used = renames.get(*used));
            if fold_end(function, block) { Changes::Flow } else { changes }
        }
    }
}

/// A branch whose way is known is a jump.
fn fold_end(function: &mut Function, block: Block) -> bool {
    let Terminator::Branch(condition, yes, no) = &function.block(block).end else { return false };
    let end = match function.inst(*condition) {
        Inst::Bool(true) => Terminator::Jump(yes.clone()),
        Inst::Bool(false) => Terminator::Jump(no.clone()),
        _ if yes == no => Terminator::Jump(yes.clone()),
        Inst::Unary(crate::hir::Unary::BoolNot, inner) => Terminator::Branch(*inner, no.clone(), yes.clone()),
        _ => return false,
    };
    function.block_mut(block).end = end;
    true
}

#[cfg(test)]
mod tests;
