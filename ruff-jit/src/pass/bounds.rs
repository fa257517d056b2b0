//! Small bounds: what is computed from the counters of loops is mostly far from overflowing, but a bound that comes from a parameter
//! or a global could be any int.
//!
//! Where a loop has checked arithmetic on its counters, guards before the loop take what they start as and what they are compared
//! with for no further from zero than [`BOUND_MAX`]. [`range`](super::range) then knows the counters well enough to drop the
//! checks. Where such a guard keeps failing, the block before the loop says that there shall be none.

use crate::hir::graph::{Graph, Loop, Loops};
use crate::hir::{Binary, Block, Checked, Cond, Entry, Function, Inst, LoopEntry, Target, Terminator, Ty, Val};
use ruff_core::jit::ExitReason;

/// The greatest bound that is taken for small: products of two counters, and sums of a few of these, are words.
const BOUND_MAX: i64 = 1 << 30;

/// Runs the pass.
pub fn run(function: &mut Function) {
    let is_checked = |val: &Val| matches!(function.inst(*val), Inst::Checked(..));
    if !function.blocks.iter().any(|data| data.insts.iter().any(is_checked)) {
        return;
    }
    let graph = Graph::new(function);
    let loops = Loops::new(function, &graph);
    let scene = Scene { home: graph.homes(function), graph: &graph };
    let found: Vec<Counting> = loops.list.iter().filter_map(|found| scene.counting(function, found)).collect();
    let mut is_counter = vec![false; function.values.len()];
    for counter in found.iter().flat_map(|counting| &counting.counters) {
        is_counter[counter.0 as usize] = true;
    }
    for counting in &found {
        if !counting.guards.is_empty() && scene.computes(function, counting, &is_counter) {
            counting.guards.iter().for_each(|guard| counting.insert(function, *guard));
        }
    }
}

/// What the function was before the pass.
struct Scene<'a> {
    graph: &'a Graph,
    /// The block of each value.
    home: Vec<Block>,
}

/// How a loop counts.
struct Counting<'a> {
    of: &'a Loop,
    preheader: Block,
    entry: LoopEntry,
    /// Parameters of the header that rise up to a bound, and what they are in the next round.
    counters: Vec<Val>,
    /// What is to be taken for granted: how what could be any int compares with a constant.
    guards: Vec<(Cond, Val, i64)>,
}

impl Scene<'_> {
    /// How a loop counts, if it may be compiled for small bounds.
    fn counting<'l>(&self, f: &Function, found: &'l Loop) -> Option<Counting<'l>> {
        let preheader = found.preheader?;
        let entry = f.block(preheader).loop_entry.filter(|entry| entry.has_small_bounds)?;
        let into = |block: Block| f.block(block).end.targets().find(|target| target.block == found.header);
        let start = into(preheader)?;
        let backs: Vec<&Target> = found.latches.iter().filter_map(|latch| into(*latch)).collect();
        // Parameters of the header: what they start as, and what they are in the next round, whichever way it is reached.
        let params: Vec<(Val, Val, Val)> = (0..start.args.len())
            .filter(|index| backs.iter().all(|back| back.args[*index] == backs[0].args[*index]))
            .map(|index| (f.block(found.header).params[index], start.args[index], backs[0].args[index]))
            .collect();
        let mut counting = Counting { of: found, preheader, entry, counters: Vec::new(), guards: Vec::new() };
        for (counter, bound) in found.blocks.iter().filter_map(|block| compared(f, found, *block)) {
            let rises = |(param, _, next): &&(Val, Val, Val)| {
                (*param == counter || *next == counter) && is_rising(f, *param, *next)
            };
            let Some((param, start, next)) = params.iter().find(rises) else { continue };
            if counting.counters.contains(param) || !self.is_fixed(f, preheader, bound) {
                continue;
            }
            counting.counters.extend([*param, *next]);
            self.guard(f, &mut counting, Cond::Le, bound);
            self.guard(f, &mut counting, Cond::Ge, *start);
            // What `for` counts for itself is its variable a round later.
            for (lagging, start, _) in params.iter().filter(|(.., next)| next == param) {
                counting.counters.push(*lagging);
                self.guard(f, &mut counting, Cond::Ge, *start);
            }
        }
        Some(counting)
    }

    /// Notes that something is to be small that could be any int.
    fn guard(&self, f: &Function, counting: &mut Counting<'_>, cond: Cond, val: Val) {
        if f.inst(val).is_const() || counting.guards.iter().any(|(other, of, _)| (*other, *of) == (cond, val)) {
            return;
        }
        let limit = match cond {
            // The counter of a loop that is entered in the middle.
            Cond::Ge if f.entry == Entry::Loop && self.home(val) == Block(0) => 0,
            Cond::Ge => -BOUND_MAX,
            _ => BOUND_MAX,
        };
        counting.guards.push((cond, val, limit));
    }

    fn home(&self, val: Val) -> Block {
        self.home.get(val.0 as usize).copied().unwrap_or(Block(0))
    }

    /// Is it the same in all rounds?
    fn is_fixed(&self, f: &Function, preheader: Block, val: Val) -> bool {
        f.inst(val).is_const() || self.graph.dominates(self.home(val), preheader)
    }

    /// Has the loop checked arithmetic on its counters that small bounds may make needless?
    fn computes(&self, f: &Function, counting: &Counting<'_>, is_counter: &[bool]) -> bool {
        let mut derived = counting.counters.clone();
        let mut known: Vec<Val> = Vec::new();
        for block in counting.of.blocks.iter().filter(|block| !f.block(**block).is_cold) {
            for val in &f.block(*block).insts {
                let (is_checked, op, a, b) = match *f.inst(*val) {
                    Inst::Checked(op, a, b, _) => (true, op.wrapping(), a, b),
                    Inst::Binary(op, a, b) if f.ty(*val) == Ty::Int => (false, op, a, b),
                    _ => continue,
                };
                let is_known = |val: Val| {
                    is_counter[val.0 as usize] || known.contains(&val) || self.is_fixed(f, counting.preheader, val)
                };
                if !is_known(a) || !is_known(b) {
                    continue;
                }
                known.push(*val);
                if !derived.contains(&a) && !derived.contains(&b) {
                    continue;
                }
                // Whatever the bound is, the next rounds do not overflow.
                let is_step = op == Binary::Add && is_counter[a.0 as usize] && f.as_int(b).is_some();
                if is_checked && !is_step {
                    return true;
                }
                derived.push(*val);
            }
        }
        false
    }
}

impl Counting<'_> {
    /// Puts a guard where the exit before the loop is right: what this needs is defined there, and what has effects is done. What
    /// is computed behind that may profit too.
    fn insert(&self, f: &mut Function, (cond, val, limit): (Cond, Val, i64)) {
        let mut needed = vec![val];
        f.exit(self.entry.exit).visit_uses(|used| needed.push(used));
        let insts = &f.block(self.preheader).insts;
        let is_before = |val: &Val| f.inst(*val).has_effect() || needed.contains(val);
        let at = insts.iter().rposition(is_before).map_or(0, |last| last + 1);
        let limit = f.new_value(Inst::Int(limit), Ty::Int);
        let is_small = f.new_value(Inst::Compare(cond, val, limit), Ty::Bool);
        let guard = f.new_value(Inst::Guard(is_small, self.entry.exit, ExitReason::Overflow), Ty::None);
        f.block_mut(self.preheader).insts.splice(at..at, [limit, is_small, guard]);
    }
}

/// What a loop counts and the bound of that, where a comparison at the end of a block decides whether it goes on.
fn compared(f: &Function, found: &Loop, block: Block) -> Option<(Val, Val)> {
    let Terminator::Branch(condition, yes, no) = &f.block(block).end else { return None };
    let Inst::Compare(cond, a, b) = *f.inst(*condition) else { return None };
    let leaves = |target: Block| !found.blocks.contains(&target);
    let goes_on = match (leaves(yes.block), leaves(no.block)) {
        (false, true) => true,
        (true, false) => false,
        _ => return None,
    };
    match (cond, goes_on) {
        _ if f.ty(a) != Ty::Int || f.ty(b) != Ty::Int => None,
        (Cond::Lt | Cond::Le, true) | (Cond::Gt | Cond::Ge, false) => Some((a, b)),
        (Cond::Gt | Cond::Ge, true) | (Cond::Lt | Cond::Le, false) => Some((b, a)),
        _ => None,
    }
}

/// Does a round add a constant to the parameter?
fn is_rising(f: &Function, param: Val, next: Val) -> bool {
    match *f.inst(next) {
        Inst::Checked(Checked::Add, a, b, _) | Inst::Binary(Binary::Add, a, b) => {
            a == param && f.ty(param) == Ty::Int && f.as_int(b).is_some_and(|step| step > 0)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
