//! Changes that several passes make: values take the place of others, parameters go, blocks are emptied.

use crate::hir::{Block, Function, Inst, Terminator, Val};

/// Which value stands for which: a forest whose roots stay.
pub struct Renames {
    of: Vec<Val>,
}

impl Renames {
    /// Each value stands for itself.
    pub fn new(function: &Function) -> Renames {
        Renames { of: (0..function.values.len() as u32).map(Val).collect() }
    }

    /// `to` stands for `from` from now on.
    pub fn set(&mut self, from: Val, to: Val) {
        let to = self.get(to);
        // Values that were made since stand for themselves.
        if from.0 as usize >= self.of.len() {
            self.of.extend((self.of.len() as u32..=from.0).map(Val));
        }
        if to != from {
            self.of[from.0 as usize] = to;
        }
    }

    /// What stands for the value.
    pub fn get(&mut self, val: Val) -> Val {
        let mut root = val;
        while let Some(&next) = self.of.get(root.0 as usize)
            && next != root
        {
            root = next;
        }
        let mut at = val;
        while at != root {
            at = std::mem::replace(&mut self.of[at.0 as usize], root);
        }
        root
    }

    /// Renames the operands of an instruction.
    pub fn rename_inst(&mut self, function: &mut Function, val: Val) {
        function.values[val.0 as usize].inst.for_each_use(|used| *used = self.get(*used));
    }

    /// Renames everywhere.
    pub fn apply(&mut self, function: &mut Function) {
        for block in 0..function.blocks.len() {
            for index in 0..function.blocks[block].insts.len() {
                let val = function.blocks[block].insts[index];
                self.rename_inst(function, val);
            }
            function.blocks[block].end.for_each_use(|used| *used = self.get(*used));
        }
        self.apply_to_exits(function);
    }

    /// Renames in all exits.
    pub fn apply_to_exits(&mut self, function: &mut Function) {
        for exit in &mut function.exits {
            exit.for_each_use(|used| *used = self.get(*used));
        }
    }
}

/// Removes the parameters that are marked, by value, with their arguments.
pub fn remove_params(function: &mut Function, is_removed: &[bool]) {
    let removed = |val: &Val| is_removed[val.0 as usize];
    let changed: Vec<Block> =
        function.block_ids().filter(|block| function.block(*block).params.iter().any(removed)).collect();
    if changed.is_empty() {
        return;
    }
    let mut is_changed = vec![false; function.blocks.len()];
    for block in &changed {
        is_changed[block.0 as usize] = true;
    }
    for block in 0..function.blocks.len() {
        let mut end = std::mem::replace(&mut function.blocks[block].end, Terminator::NOWHERE);
        for target in end.targets_mut().filter(|target| is_changed[target.block.0 as usize]) {
            let params = &function.block(target.block).params;
            let mut position = 0;
            target.args.retain(|_| {
                position += 1;
                !removed(&params[position - 1])
            });
        }
        function.blocks[block].end = end;
    }
    for block in changed {
        let mut params = std::mem::take(&mut function.block_mut(block).params);
        params.retain(|param| !removed(param));
        for (index, param) in params.iter().enumerate() {
            function.values[param.0 as usize].inst = Inst::Param(block, index as u32);
        }
        function.block_mut(block).params = params;
    }
}

/// Empties a block that nothing reaches.
pub fn clear_block(function: &mut Function, block: Block) {
    let data = function.block_mut(block);
    data.params.clear();
    data.insts.clear();
    data.end = Terminator::NOWHERE;
    data.loop_entry = None;
}
