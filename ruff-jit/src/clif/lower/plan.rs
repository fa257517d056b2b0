//! What the lowering decides before it emits anything: the order of blocks, which values are computed where they are defined and
//! which only in the exits that store them, and where the record of the call is written.

use super::recompute::recomputed_operands;
use crate::hir::graph::{Graph, Loops};
use crate::hir::{Binary, Block, Callee, Function, Inst, Val, Width};
use ruff_core::jit::Stub;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// A value that only exits use is computed in each of them if that takes at most this many instructions.
const EXIT_COST_MAX: u32 = 4;

/// Where a value is computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Nowhere: nothing uses it.
    Nowhere,
    /// In the exits that store it.
    Exits,
    /// Where it is defined.
    Here,
}

/// The decisions for one function.
pub struct Plan {
    /// The blocks that can be reached, each behind those that dominate it.
    pub order: Vec<Block>,
    /// Of each value.
    pub places: Vec<Place>,
    /// Of each exit: something may take it.
    is_taken: Vec<bool>,
    /// It calls native code, which may call it.
    pub calls_native: bool,
    /// The block that starts with writing the record: the last one before all calls that look at it.
    pub record_at: Option<Block>,
    /// Of each block: the record is written when its instructions run.
    is_recorded: Vec<bool>,
    /// Where there is a record, the parameters that it holds are read from it: there are not enough registers to keep them
    /// across calls. A loop keeps them.
    pub reads_record: bool,
    /// Each checked instruction whose exit computes an operand back, with that operand.
    pub recomputed: FxHashMap<Val, Val>,
    /// Of each block: how many loops it lies in.
    depths: Vec<u32>,
}

/// The sum of a narrow word and a constant that an instruction stores in a narrow word: an addition on as many bits, which need
/// not be in a register. So a reference is counted.
pub fn stored_sum(function: &Function, inst: &Inst) -> Option<(Val, i64)> {
    let Inst::Store(access, _, sum) = *inst else { return None };
    let Inst::Binary(Binary::Add, summand, constant) = *function.inst(sum) else { return None };
    let Inst::Load(from, _) = *function.inst(summand) else { return None };
    let are_narrow = access.width == Width::Half && from.width == Width::Half;
    are_narrow.then_some((summand, function.as_int(constant)?))
}

impl Plan {
    pub fn new(function: &Function) -> Plan {
        let graph = Graph::new(function);
        let mut plan = Plan {
            places: vec![Place::Nowhere; function.values.len()],
            is_taken: vec![false; function.exits.len()],
            calls_native: false,
            record_at: None,
            is_recorded: vec![!function.entry.has_own_record(); function.blocks.len()],
            reads_record: false,
            recomputed: FxHashMap::default(),
            depths: vec![0; function.blocks.len()],
            order: graph.order.clone(),
        };
        let loops = Loops::new(function, &graph);
        for block in loops.list.iter().flat_map(|found| &found.blocks) {
            plan.depths[block.0 as usize] += 1;
        }
        let callers = plan.look_at_calls(function);
        if function.entry.has_own_record() {
            plan.place_record(&graph, !loops.list.is_empty(), &callers);
        }
        plan.find_exits(function);
        plan.place_values(function);
        plan.recomputed = recomputed_operands(function, &plan);
        plan
    }

    /// Is the record written when the instructions of the block run?
    pub fn is_recorded(&self, block: Block) -> bool {
        self.is_recorded[block.0 as usize]
    }

    /// Is control less likely to stay near with `a` than with `b`?
    pub fn is_farther(&self, function: &Function, a: Block, b: Block) -> bool {
        let distance = |block: Block| (function.block(block).is_cold, Reverse(self.depths[block.0 as usize]));
        distance(a) > distance(b)
    }

    /// Gives the blocks with calls that look at the record.
    fn look_at_calls(&mut self, function: &Function) -> Vec<Block> {
        let own_record = function.block(Block(0)).params.get(1).copied();
        let mut callers = Vec::new();
        for block in &self.order {
            for val in &function.block(*block).insts {
                let Inst::Call(call) = function.inst(*val) else { continue };
                let needs_record = match call.callee {
                    Callee::Cell(_) | Callee::Entry => {
                        self.calls_native = true;
                        true
                    }
                    // They look at the records below the one that they are given.
                    Callee::Stub(Stub::RefillCall | Stub::Resume) if call.args.get(1).copied() == own_record => false,
                    Callee::Stub(stub) => stub.needs_record(),
                };
                if needs_record {
                    callers.push(*block);
                }
            }
        }
        callers
    }

    fn place_record(&mut self, graph: &Graph, has_loop: bool, callers: &[Block]) {
        let Some(first) = callers.first() else { return };
        let mut at = Block(0);
        if !has_loop {
            at = *first;
            while let Some(up) = graph.idom(at).filter(|_| !callers.iter().all(|c| graph.dominates(at, *c))) {
                at = up;
            }
        }
        self.record_at = Some(at);
        self.reads_record = !has_loop;
        for block in &self.order {
            self.is_recorded[block.0 as usize] = graph.dominates(at, *block);
        }
    }

    fn find_exits(&mut self, function: &Function) {
        for block in self.order.iter().map(|block| function.block(*block)) {
            let guards = block.insts.iter().filter_map(|val| function.inst(*val).exit());
            for exit in guards.chain(block.end.exit()) {
                self.is_taken[exit.0 as usize] = true;
            }
        }
    }

    fn place_values(&mut self, function: &Function) {
        let mut pending = Vec::new();
        for block in &self.order {
            let block = function.block(*block);
            for val in &block.insts {
                let inst = function.inst(*val);
                if inst.has_effect() || inst.exit().is_some() {
                    pending.push(*val);
                }
            }
            block.end.visit_uses(|val| pending.push(val));
        }
        self.place_here(function, pending);
        self.place_what_exits_use(function);
        self.bound_exit_costs(function);
    }

    fn place_here(&mut self, function: &Function, mut pending: Vec<Val>) {
        while let Some(val) = pending.pop() {
            if self.place(val) != Place::Here {
                self.places[val.0 as usize] = Place::Here;
                match (function.inst(val), stored_sum(function, function.inst(val))) {
                    (Inst::Store(_, address, _), Some((summand, _))) => pending.extend([*address, summand]),
                    (inst, _) => inst.visit_uses(|used| pending.push(used)),
                }
            }
        }
    }

    fn place_what_exits_use(&mut self, function: &Function) {
        let mut pending = Vec::new();
        for (exit, _) in function.exits.iter().zip(&self.is_taken).filter(|(_, is_taken)| **is_taken) {
            exit.visit_uses(|val| pending.push(val));
        }
        while let Some(val) = pending.pop() {
            if self.place(val) != Place::Nowhere {
                continue;
            }
            let inst = function.inst(val);
            if inst.is_pure() {
                self.places[val.0 as usize] = Place::Exits;
                inst.visit_uses(|used| pending.push(used));
            } else {
                self.place_here(function, vec![val]);
            }
        }
    }

    /// Moves what is too costly for exits to where it is defined.
    fn bound_exit_costs(&mut self, function: &Function) {
        let mut costs = vec![0; function.values.len()];
        for i in 0..self.order.len() {
            for val in &function.block(self.order[i]).insts {
                if self.place(*val) != Place::Exits {
                    continue;
                }
                let mut cost = 1u32;
                function.inst(*val).visit_uses(|used| cost = cost.saturating_add(costs[used.0 as usize]));
                if cost <= EXIT_COST_MAX {
                    costs[val.0 as usize] = cost;
                } else {
                    self.place_here(function, vec![*val]);
                }
            }
        }
    }

    pub fn place(&self, val: Val) -> Place {
        self.places[val.0 as usize]
    }
}
