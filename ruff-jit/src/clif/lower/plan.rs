//! What the lowering decides before it emits anything: the order of blocks, which values are computed where they are defined and
//! which only in the exits that store them, and for what reasons each exit is taken.

use crate::hir::{Block, Callee, ExitId, Function, Inst, Val};
use ruff_core::jit::{ExitReason, Stub};

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
    /// Of each exit: why it is taken; nothing if it is not.
    pub reasons: Vec<Vec<ExitReason>>,
    /// Something that it calls looks at the record of its call.
    pub needs_record: bool,
    /// It calls native code, which may call it.
    pub calls_native: bool,
}

impl Plan {
    pub fn new(function: &Function) -> Plan {
        let order = order(function);
        let mut plan = Plan {
            places: vec![Place::Nowhere; function.values.len()],
            reasons: vec![Vec::new(); function.exits.len()],
            needs_record: false,
            calls_native: false,
            order,
        };
        plan.look_at_calls(function);
        plan.collect_reasons(function);
        plan.place_values(function);
        plan
    }

    fn look_at_calls(&mut self, function: &Function) {
        let own_record = function.blocks.first().and_then(|entry| entry.params.get(1)).copied();
        for block in &self.order {
            for val in &function.block(*block).insts {
                let Inst::Call(call) = function.inst(*val) else { continue };
                match call.callee {
                    Callee::Cell(_) => {
                        self.calls_native = true;
                        self.needs_record = true;
                    }
                    // It looks at the records below the one that it is given.
                    Callee::Stub(Stub::RefillCall) if call.args.get(1).copied() == own_record => {}
                    Callee::Stub(stub) => self.needs_record |= stub.needs_record(),
                }
            }
        }
    }

    fn collect_reasons(&mut self, function: &Function) {
        for i in 0..self.order.len() {
            let block = function.block(self.order[i]);
            for val in &block.insts {
                match function.inst(*val) {
                    Inst::Guard(_, exit, reason) => self.add_reason(*exit, *reason),
                    Inst::Checked(.., exit) => self.add_reason(*exit, ExitReason::Overflow),
                    _ => {}
                }
            }
            if let crate::hir::Terminator::Exit(exit, reason) = &block.end {
                self.add_reason(*exit, *reason);
            }
        }
    }

    fn add_reason(&mut self, exit: ExitId, reason: ExitReason) {
        let reasons = &mut self.reasons[exit.0 as usize];
        if !reasons.contains(&reason) {
            reasons.push(reason);
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
            block.end.clone().for_each_use(|val| pending.push(*val));
        }
        self.place_here(function, pending);
        self.place_what_exits_use(function);
        self.bound_exit_costs(function);
    }

    fn place_here(&mut self, function: &Function, mut pending: Vec<Val>) {
        while let Some(val) = pending.pop() {
            if self.place(val) != Place::Here {
                self.places[val.0 as usize] = Place::Here;
                pending.extend(function.inst(val).uses());
            }
        }
    }

    fn place_what_exits_use(&mut self, function: &Function) {
        let mut pending = Vec::new();
        for (exit, reasons) in function.exits.iter().zip(&self.reasons) {
            if !reasons.is_empty() {
                exit.clone().for_each_use(|val| pending.push(*val));
            }
        }
        while let Some(val) = pending.pop() {
            if self.place(val) != Place::Nowhere {
                continue;
            }
            let inst = function.inst(val);
            if inst.is_pure() {
                self.places[val.0 as usize] = Place::Exits;
                pending.extend(inst.uses());
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
                let operands = function.inst(*val).uses();
                let cost = operands.iter().map(|v| costs[v.0 as usize]).fold(1u32, u32::saturating_add);
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

/// The blocks that can be reached, in reverse post-order.
fn order(function: &Function) -> Vec<Block> {
    let mut visited = vec![false; function.blocks.len()];
    let mut post_order = Vec::new();
    // A block, and how many of its targets have been visited.
    let mut path = vec![(Block(0), 0)];
    visited[0] = true;
    while let Some((block, next)) = path.last_mut() {
        match function.block(*block).end.targets().nth(*next) {
            Some(target) => {
                *next += 1;
                if !std::mem::replace(&mut visited[target.block.0 as usize], true) {
                    path.push((target.block, 0));
                }
            }
            None => {
                post_order.push(*block);
                path.pop();
            }
        }
    }
    post_order.reverse();
    post_order
}
