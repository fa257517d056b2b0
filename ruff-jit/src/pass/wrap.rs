//! Arithmetic that may wrap: where a mask takes the high bits away, a result need not fit.
//!
//! Ints are exact, and bits are those of infinite two's complement. The low 64 bits of a sum, difference, product or shift to the left
//! are computed from the low 64 bits of its operands, and so are those of `&`, `|` and `^`; and what `& mask` leaves of them
//! with a mask that is not negative is an int. So a chain of these that ends in such masks, as in
//! `(h << 5) + h & 0xFFFFFFFF`, needs no check for overflow, if nothing else looks at what lies between: no other instruction and
//! no exit.
//!
//! Users come before what they use, so that each chain is found from its end. It runs before passes conclude anything from checks.

use crate::hir::graph::Graph;
use crate::hir::{Binary, Block, Cond, ExitId, Function, Inst, Ty, Val, ValueData};
use ruff_core::jit::ExitReason;

/// Runs the pass.
pub fn run(function: &mut Function) {
    let ends_chain = |value: &ValueData| match value.inst {
        Inst::Binary(Binary::And, a, b) => {
            is_mask(function, b) && may_wrap(function, a) || is_mask(function, a) && may_wrap(function, b)
        }
        _ => false,
    };
    if !function.values.iter().any(ends_chain) {
        return;
    }
    let graph = Graph::new(function);
    let mut demand = Demand::new(function, &graph);
    for block in graph.order.iter().rev() {
        demand.visit_block(*block);
    }
}

fn is_mask(function: &Function, val: Val) -> bool {
    function.as_int(val).is_some_and(|mask| mask >= 0)
}

/// Is it computed by what could do without a check?
fn may_wrap(function: &Function, val: Val) -> bool {
    match *function.inst(val) {
        Inst::Checked(..) => true,
        Inst::Binary(op, ..) => {
            matches!(op, Binary::Add | Binary::Sub | Binary::Mul | Binary::Shl | Binary::And | Binary::Or | Binary::Xor)
        }
        _ => false,
    }
}

/// Who needs what of which value.
struct Demand<'a> {
    f: &'a mut Function,
    /// The instructions that use a value, by value.
    users: Vec<Vec<Val>>,
    /// Ends of blocks and exits that use it.
    others: Vec<u32>,
    /// Instructions, ends of blocks and starts of loops that take an exit.
    takers: Vec<u32>,
    /// Nothing needs more of the value than its low 64 bits.
    is_masked: Vec<bool>,
}

impl Demand<'_> {
    fn new<'a>(f: &'a mut Function, graph: &Graph) -> Demand<'a> {
        let (mut users, mut others) = (vec![Vec::new(); f.values.len()], vec![0; f.values.len()]);
        let mut takers = vec![0; f.exits.len()];
        for block in &graph.order {
            let data = f.block(*block);
            for val in &data.insts {
                let inst = f.inst(*val);
                inst.visit_uses(|used| users[used.0 as usize].push(*val));
                if let Some(exit) = inst.exit() {
                    takers[exit.0 as usize] += 1;
                }
            }
            data.end.visit_uses(|used| others[used.0 as usize] += 1);
            for exit in data.end.exit().into_iter().chain(data.loop_entry.map(|entry| entry.exit)) {
                takers[exit.0 as usize] += 1;
            }
        }
        for (exit, _) in f.exits.iter().zip(&takers).filter(|(_, takers)| **takers > 0) {
            exit.visit_uses(|used| others[used.0 as usize] += 1);
        }
        let is_masked = vec![false; f.values.len()];
        Demand { f, users, others, takers, is_masked }
    }

    fn visit_block(&mut self, block: Block) {
        for index in (0..self.f.block(block).insts.len()).rev() {
            let val = self.f.block(block).insts[index];
            if self.f.ty(val) != Ty::Int {
                continue;
            }
            let guard = self.guard_of_shift(block, val);
            if !self.needs_low_bits_only(val, guard) {
                continue;
            }
            self.is_masked[val.0 as usize] = true;
            if let Inst::Checked(op, a, b, exit) = *self.f.inst(val) {
                self.f.values[val.0 as usize].inst = Inst::Binary(op.wrapping(), a, b);
                self.release(exit);
            }
            if let Some(Guard { fits, val: guard, exit, .. }) = guard {
                self.f.block_mut(block).insts.retain(|kept| *kept != guard);
                self.users[fits.0 as usize].clear();
                self.release(exit);
            }
        }
    }

    /// Is it used, and only where its low bits do, and for the guard that it fits?
    fn needs_low_bits_only(&self, val: Val, guard: Option<Guard>) -> bool {
        let users = &self.users[val.0 as usize];
        self.others[val.0 as usize] == 0
            && !users.is_empty()
            && users.iter().all(|user| {
                let is_guarded = guard.is_some_and(|guard| guard.back == *user);
                let masked = self.is_masked[user.0 as usize];
                is_guarded
                    || match *self.f.inst(*user) {
                        Inst::Binary(Binary::And, a, b) => {
                            masked || a == val && is_mask(self.f, b) || b == val && is_mask(self.f, a)
                        }
                        Inst::Binary(Binary::Add | Binary::Sub | Binary::Mul | Binary::Or | Binary::Xor, ..) => masked,
                        Inst::Binary(Binary::Shl, _, amount) => masked && amount != val,
                        // It was compared for a guard that has been removed.
                        Inst::Compare(..) => self.is_unused(*user),
                        _ => false,
                    }
            })
    }

    fn is_unused(&self, val: Val) -> bool {
        self.others[val.0 as usize] == 0 && self.users[val.0 as usize].is_empty()
    }

    /// The guard that a shift to the left fits, if it stands in the same block and nothing else needs what it is computed from.
    fn guard_of_shift(&self, block: Block, shifted: Val) -> Option<Guard> {
        let Inst::Binary(Binary::Shl, a, amount) = *self.f.inst(shifted) else { return None };
        let only_user = |val: Val| match self.users[val.0 as usize].as_slice() {
            [user] if self.others[val.0 as usize] == 0 => Some(*user),
            _ => None,
        };
        self.users[shifted.0 as usize].iter().find_map(|back| {
            let fits = match *self.f.inst(*back) {
                Inst::Binary(Binary::Shr, of, by) if (of, by) == (shifted, amount) => only_user(*back)?,
                _ => return None,
            };
            let val = match *self.f.inst(fits) {
                Inst::Compare(Cond::Eq, x, y) if (x, y) == (*back, a) || (x, y) == (a, *back) => only_user(fits)?,
                _ => return None,
            };
            match *self.f.inst(val) {
                Inst::Guard(_, exit, ExitReason::Overflow) if self.f.block(block).insts.contains(&val) => {
                    Some(Guard { back: *back, fits, val, exit })
                }
                _ => None,
            }
        })
    }

    /// One taker of an exit less.
    fn release(&mut self, exit: ExitId) {
        let takers = &mut self.takers[exit.0 as usize];
        *takers -= 1;
        if *takers == 0 {
            self.f.exit(exit).visit_uses(|used| self.others[used.0 as usize] -= 1);
        }
    }
}

/// The guard that a shift fits.
#[derive(Clone, Copy)]
struct Guard {
    /// The shift back, and its comparison with what was shifted.
    back: Val,
    fits: Val,
    val: Val,
    exit: ExitId,
}

#[cfg(test)]
mod tests;
