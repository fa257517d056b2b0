//! Dead code: values that nothing needs, parameters with their arguments, blocks that nothing reaches, exits that nothing takes.
//!
//! Needed is what has an effect, what ends of blocks and reachable exits use, and the operands of what is needed. Checked
//! arithmetic is not needed for its own sake: its exit only makes a result that does not fit.

use super::edit::{clear_block, remove_params};
use crate::hir::graph::Graph;
use crate::hir::{Block, Function, Inst, Terminator, Val};

/// Runs the pass.
pub fn run(function: &mut Function) {
    let graph = Graph::new(function);
    for block in function.block_ids() {
        if !graph.is_reachable(block) {
            clear_block(function, block);
        }
    }
    let mut marks = Marks {
        needed: vec![false; function.values.len()],
        exits: vec![false; function.exits.len()],
        work: Vec::new(),
    };
    for block in &graph.order {
        marks.add_effects(function, *block);
    }
    while let Some(val) = marks.work.pop() {
        match function.inst(val) {
            Inst::Param(block, index) => {
                for pred in graph.preds(*block) {
                    for target in function.block(*pred).end.targets().filter(|target| target.block == *block) {
                        marks.need(target.args[*index as usize]);
                    }
                }
            }
            inst => marks.add_operands(function, inst),
        }
    }
    let Marks { needed, exits, .. } = marks;
    for block in &graph.order {
        function.block_mut(*block).insts.retain(|val| needed[val.0 as usize]);
    }
    let mut is_dead: Vec<bool> = needed.into_iter().map(|needed| !needed).collect();
    for param in &function.block(Block(0)).params {
        is_dead[param.0 as usize] = false;
    }
    remove_params(function, &is_dead);
    for (exit, _) in function.exits.iter_mut().zip(exits).filter(|(_, is_taken)| !is_taken) {
        exit.slots.clear();
        exit.quantum = None;
    }
}

struct Marks {
    needed: Vec<bool>,
    exits: Vec<bool>,
    work: Vec<Val>,
}

impl Marks {
    fn need(&mut self, val: Val) {
        if !std::mem::replace(&mut self.needed[val.0 as usize], true) {
            self.work.push(val);
        }
    }

    fn add_operands(&mut self, function: &Function, inst: &Inst) {
        inst.visit_uses(|used| self.need(used));
        if let Some(exit) = inst.exit() {
            self.add_exit(function, exit);
        }
    }

    fn add_exit(&mut self, function: &Function, exit: crate::hir::ExitId) {
        if !std::mem::replace(&mut self.exits[exit.0 as usize], true) {
            function.exit(exit).visit_uses(|used| self.need(used));
        }
    }

    /// What a block needs whatever becomes of its values.
    fn add_effects(&mut self, function: &Function, block: Block) {
        let data = function.block(block);
        for val in data.insts.iter().filter(|val| function.inst(**val).has_effect()) {
            self.need(*val);
        }
        match &data.end {
            Terminator::Branch(condition, ..) => self.need(*condition),
            Terminator::Return(payload, tag) => {
                self.need(*payload);
                self.need(*tag);
            }
            Terminator::Jump(_) | Terminator::Exit(..) => {}
        }
        for exit in data.end.exit().into_iter().chain(data.loop_entry.map(|entry| entry.exit)) {
            self.add_exit(function, exit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::hir::sample::{Sample, assert_text};
    use crate::hir::*;
    use ruff_core::jit::ExitReason;

    #[test]
    fn what_nothing_needs_goes() {
        let mut s = Sample::new(&[Ty::Ptr, Ty::Int]);
        let (header, params) = s.block(&[Ty::Int, Ty::Int]);
        let (after, unreachable) = (s.block(&[]).0, s.block(&[]).0);
        let zero = s.int(0);
        let in_exit = s.op(Binary::Add, Val(1), Val(1));
        let exit = s.exit(1, &[(0, SlotValue::Int(in_exit))]);
        let not_taken = s.exit(2, &[(0, SlotValue::Int(zero))]);
        s.jump(header, &[zero, zero]);
        s.at = header;
        let dead = s.checked(Checked::Add, params[0], zero, not_taken);
        let next = s.op(Binary::Add, params[1], Val(1));
        let c = s.cmp(Cond::Lt, next, Val(1));
        s.guard(c, exit, ExitReason::Kind);
        s.load(Width::Word, Region::Slots, Val(0), 8);
        s.branch(c, (header, &[dead, next]), (after, &[]));
        s.at = after;
        s.store(Width::Word, Region::Slots, Val(0), 8, Val(1));
        s.ret(Val(1), zero);
        s.at = unreachable;
        s.ret(Val(1), Val(1));
        assert_text(
            &s.after(run),
            "b0(v0: ptr, v1: int):
               v4 = int 0
               v5 = add v1, v1
               jump b1(v4)
             b1(v3: int):
               v7 = add v3, v1
               v8 = lt v7, v1
               guard v8 exit 0 kind
               branch v8, b1(v7), b2
             b2:
               store.word slots[v0 + 8], v1
               return v1, v4
             exit 0: f0 base 0 pc 1; slot 0 = int v5",
        );
        assert!(s.f.exit(not_taken).slots.is_empty());
    }
}
