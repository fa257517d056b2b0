//! Sums that overwrite an operand: where an operand of a checked sum is needed afterwards only by the exit for overflow, the exit
//! computes it back from the wrapped sum, so that both need not be in registers at once. In a loop that adds up, this saves a
//! move in each round.

use super::plan::{Place, Plan};
use crate::hir::{Block, Checked, ExitId, Function, Inst, Terminator, Val};
use rustc_hash::{FxHashMap, FxHashSet};

/// Each checked instruction whose exit computes an operand back, with that operand.
pub fn recomputed_operands(function: &Function, plan: &Plan) -> FxHashMap<Val, Val> {
    let candidates = candidates(function, plan);
    if candidates.is_empty() {
        return FxHashMap::default();
    }
    let operands = candidates.iter().map(|c| c.operand).collect();
    let uses = Uses::new(function, plan, &operands);
    let mut found = FxHashMap::default();
    for candidate in candidates {
        if !found.contains_key(&candidate.inst) && uses.is_dead_after(function, &candidate) {
            found.insert(candidate.inst, candidate.operand);
        }
    }
    found
}

struct Candidate {
    inst: Val,
    operand: Val,
    /// Where the instruction is.
    block: Block,
    index: usize,
}

fn candidates(function: &Function, plan: &Plan) -> Vec<Candidate> {
    let mut list = Vec::new();
    for block in &plan.order {
        for (index, inst) in function.block(*block).insts.iter().enumerate() {
            let (operands, exit) = match function.inst(*inst) {
                Inst::Checked(Checked::Add, a, b, exit) if a != b => (vec![*a, *b], *exit),
                Inst::Checked(Checked::Sub, a, b, exit) if a != b => (vec![*a], *exit),
                _ => continue,
            };
            // Sums with constants are checked by a comparison of both.
            let Inst::Checked(_, a, b, _) = function.inst(*inst) else { continue };
            if [a, b].iter().any(|val| matches!(function.inst(**val), Inst::Int(_))) {
                continue;
            }
            for operand in operands {
                if exit_values(function, exit).contains(&operand) {
                    list.push(Candidate { inst: *inst, operand, block: *block, index });
                }
            }
        }
    }
    list
}

fn exit_values(function: &Function, exit: ExitId) -> Vec<Val> {
    let mut values = Vec::new();
    function.exit(exit).clone().for_each_use(|val| values.push(*val));
    values
}

/// Where some values are defined and used. The index of a use by the end of a block is behind all instructions.
struct Uses {
    definitions: FxHashMap<Val, Block>,
    uses: FxHashMap<Val, Vec<(Block, usize)>>,
    /// Those that exits use to compute others.
    in_exits: FxHashSet<Val>,
}

impl Uses {
    fn new(function: &Function, plan: &Plan, vals: &FxHashSet<Val>) -> Uses {
        let mut found =
            Uses { definitions: FxHashMap::default(), uses: FxHashMap::default(), in_exits: FxHashSet::default() };
        for block in &plan.order {
            let data = function.block(*block);
            for val in data.params.iter().chain(&data.insts).filter(|val| vals.contains(val)) {
                found.definitions.insert(*val, *block);
            }
            for (index, inst) in data.insts.iter().enumerate() {
                let operands = function.inst(*inst).uses();
                match plan.place(*inst) {
                    Place::Nowhere => {}
                    Place::Exits => found.in_exits.extend(operands),
                    Place::Here => found.add(vals, *block, index, operands),
                }
                if let Some(exit) = function.inst(*inst).exit() {
                    found.add(vals, *block, index, exit_values(function, exit));
                }
            }
            let mut at_end = Vec::new();
            data.end.clone().for_each_use(|val| at_end.push(*val));
            if let Terminator::Exit(exit, _) = &data.end {
                at_end.extend(exit_values(function, *exit));
            }
            found.add(vals, *block, usize::MAX, at_end);
        }
        found
    }

    fn add(&mut self, vals: &FxHashSet<Val>, block: Block, index: usize, used: Vec<Val>) {
        for val in used.into_iter().filter(|val| vals.contains(val)) {
            self.uses.entry(val).or_default().push((block, index));
        }
    }

    /// Is the operand of no use once the instruction has not overflowed?
    fn is_dead_after(&self, function: &Function, candidate: &Candidate) -> bool {
        let Candidate { operand, block, index, .. } = *candidate;
        let (Some(definition), Some(uses)) = (self.definitions.get(&operand), self.uses.get(&operand)) else {
            return false;
        };
        if self.in_exits.contains(&operand) || uses.iter().any(|(b, i)| *b == block && *i > index) {
            return false;
        }
        // Where control can go before the operand is defined anew.
        let mut visited = FxHashSet::default();
        let mut pending = vec![block];
        while let Some(from) = pending.pop() {
            for target in function.block(from).end.targets() {
                if target.block != *definition && visited.insert(target.block) {
                    pending.push(target.block);
                }
            }
        }
        uses.iter().all(|(block, _)| !visited.contains(block))
    }
}
