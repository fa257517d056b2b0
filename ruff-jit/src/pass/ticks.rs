//! Strip-mined ticks: a loop that counts up to a bound, and charges one tick a round, looks at the quantum of ticks only where the
//! quantum or the loop ends.
//!
//! In such a loop the quantum falls as the counter rises, so that their sum is fixed until the quantum is filled up. That sum, the
//! *base*, takes the quantum's place, and each round compares the counter once with a *limit*, which is the lower of the bound and of
//! where the quantum ends. Below the limit the round goes on; else it makes the two tests that it made before. What exits and cold
//! code need to know of the quantum is the difference of base and counter.

use crate::hir::graph::{Graph, Loop, Loops};
use crate::hir::{Binary, Block, Checked, Cond, ExitId, Function, Inst, Target, Terminator, Ty, Val};

/// Larger loops gain nothing.
const LOOP_SIZE_MAX: usize = 16;

/// Runs the pass.
pub fn run(function: &mut Function) {
    let graph = Graph::new(function);
    let loops = Loops::new(function, &graph);
    if loops.list.is_empty() {
        return;
    }
    let scene = Scene { graph: &graph, home: graph.homes(function) };
    let found: Vec<Ticking> = loops.list.iter().filter_map(|found| scene.find(function, found)).collect();
    for ticking in found {
        // Only innermost loops are found: they have no block in common.
        scene.rewrite(function, &ticking);
    }
}

/// What the function was before the pass.
struct Scene<'a> {
    graph: &'a Graph,
    /// The block of each value.
    home: Vec<Block>,
}

/// A loop that charges a tick a round.
struct Ticking {
    preheader: Block,
    header: Block,
    latch: Block,
    /// The parameters of the header, and their positions.
    quantum: (usize, Val),
    counter: (usize, Val),
    /// The counter of the next round.
    next: Val,
    charge: Charge,
    test: Test,
}

/// Where a tick is charged.
#[derive(Clone, Copy)]
struct Charge {
    /// The block that ends with the test whether the quantum is used up.
    tick: Block,
    /// Where the quantum is filled up.
    refill: Block,
    /// Where control goes on, with the quantum before the tick as its parameter, and the quantum after the tick.
    charged: Block,
    before: Val,
    after: Val,
}

/// The test whether the loop is over.
struct Test {
    /// The block that ends with it.
    block: Block,
    /// It is made behind the tick.
    is_behind: bool,
    /// It compares the counter of the next round.
    takes_next: bool,
    bound: Val,
    /// The loop goes on where the condition holds.
    goes_on: bool,
}

impl Scene<'_> {
    fn find(&self, f: &Function, found: &Loop) -> Option<Ticking> {
        let (header, preheader) = (found.header, found.preheader?);
        let [latch] = *found.latches.as_slice() else { return None };
        let Terminator::Jump(back) = &f.block(latch).end else { return None };
        let params: Vec<(usize, Val)> = f.block(header).params.iter().copied().enumerate().collect();
        let (quantum, charge) = params.iter().find_map(|quantum| {
            let charge = self.charge(f, header, quantum.1, back.args[quantum.0])?;
            Some((*quantum, charge))
        })?;
        let is_small = self.size(f, found) <= LOOP_SIZE_MAX;
        if !is_small || !self.graph.dominates(charge.tick, latch) {
            return None;
        }
        for counter in params {
            let next = back.args[counter.0];
            if is_successor(f, next, counter.1) {
                let before = self.test_before(f, header, charge, (counter.1, next));
                let test = before.or_else(|| self.test_behind(f, latch, charge, next));
                let fits = |test: &Test| {
                    self.graph.dominates(self.home(test.bound), preheader)
                        && self.comes_back(f, header, test, charge, &back.args)
                };
                if let Some(test) = test.filter(fits) {
                    return Some(Ticking { preheader, header, latch, quantum, counter, next, charge, test });
                }
            }
        }
        None
    }

    /// Instructions of a round, without those that are rare.
    fn size(&self, f: &Function, found: &Loop) -> usize {
        let blocks = found.blocks.iter().map(|block| f.block(*block)).filter(|data| !data.is_cold);
        blocks.map(|data| data.insts.iter().filter(|inst| !f.inst(**inst).is_const()).count()).sum()
    }

    /// Does control only come back to the header behind tick and test, with values that were known before?
    fn comes_back(&self, f: &Function, header: Block, test: &Test, charge: Charge, args: &[Val]) -> bool {
        let known = if test.is_behind { charge.tick } else { test.block };
        let mut at = match (&f.block(test.block).end, test.is_behind) {
            (Terminator::Branch(_, yes, no), true) => {
                if test.goes_on {
                    yes.block
                } else {
                    no.block
                }
            }
            _ => charge.charged,
        };
        let is_known = |val: &Val| {
            let moves = !test.is_behind && self.home(*val) == charge.tick;
            *val == charge.after || moves || self.graph.dominates(self.home(*val), known)
        };
        let is_idle = |block: Block| f.block(block).insts.iter().all(|inst| f.inst(*inst).is_pure());
        while at != header {
            let Terminator::Jump(next) = &f.block(at).end else { return false };
            if !is_idle(at) || next.block != header && !next.args.is_empty() {
                return false;
            }
            at = next.block;
        }
        args.iter().all(is_known) && (test.is_behind || is_idle(charge.tick))
    }

    fn home(&self, val: Val) -> Block {
        self.home[val.0 as usize]
    }

    /// The one place where a round charges a tick, if the quantum is that parameter of the header.
    fn charge(&self, f: &Function, header: Block, quantum: Val, after: Val) -> Option<Charge> {
        let Inst::Binary(Binary::Add, before, one) = *f.inst(after) else { return None };
        let Inst::Param(charged, 0) = *f.inst(before) else { return None };
        if f.as_int(one) != Some(-1) || f.block(charged).params.len() != 1 || charged == header {
            return None;
        }
        let [first, second] = *self.graph.preds(charged) else { return None };
        [(first, second), (second, first)].into_iter().find_map(|(tick, refilled)| {
            let Terminator::Branch(condition, refill, on) = &f.block(tick).end else { return None };
            let Inst::Compare(Cond::Eq, tested, zero) = *f.inst(*condition) else { return None };
            let refill = refill.block;
            let fits = (tested, f.as_int(zero)) == (quantum, Some(0))
                && (on.block, on.args.as_slice()) == (charged, &[quantum])
                && f.block(refill).is_cold
                && f.block(refill).params.is_empty()
                && self.graph.preds(refill) == [tick]
                && self.graph.dominates(refill, refilled)
                && !f.block(tick).is_cold;
            fits.then_some(Charge { tick, refill, charged, before, after })
        })
    }

    /// The test of the counter, or of the next one, by which control comes to the tick.
    fn test_before(&self, f: &Function, header: Block, charge: Charge, (counter, next): (Val, Val)) -> Option<Test> {
        let [block] = *self.graph.preds(charge.tick) else { return None };
        let Terminator::Branch(condition, yes, no) = &f.block(block).end else { return None };
        let goes_on = yes.block == charge.tick;
        let is_alone = f.block(charge.tick).params.is_empty() && yes.block != no.block;
        let fits = is_alone && self.graph.dominates(header, block);
        let bound_of = |val| bound(f, *condition, val, goes_on).filter(|_| fits);
        let (takes_next, bound) = match bound_of(counter) {
            Some(bound) => (false, bound),
            None => (true, bound_of(next)?),
        };
        Some(Test { block, is_behind: false, takes_next, bound, goes_on })
    }

    /// The test of the next counter behind the tick, with nothing else between.
    fn test_behind(&self, f: &Function, latch: Block, charge: Charge, next: Val) -> Option<Test> {
        let data = f.block(charge.charged);
        let Terminator::Branch(condition, yes, no) = &data.end else { return None };
        let is_plain = |val: &Val| *val == charge.after || *val == *condition || f.inst(*val).is_const();
        if !data.insts.iter().all(is_plain) {
            return None;
        }
        [(yes, true), (no, false)].into_iter().find_map(|(way, goes_on)| {
            let is_alone = way.args.is_empty() && self.graph.preds(way.block) == [charge.charged];
            let stays = is_alone && self.graph.dominates(way.block, latch) && !f.block(way.block).is_cold;
            let bound = bound(f, *condition, next, goes_on).filter(|_| stays)?;
            Some(Test { block: charge.charged, is_behind: true, takes_next: true, bound, goes_on })
        })
    }

    /// The blocks that all ways from the start to which go through this one.
    fn below(&self, top: Block) -> impl Iterator<Item = Block> + '_ {
        self.graph.order.iter().copied().filter(move |block| self.graph.dominates(top, *block))
    }

    fn rewrite(&self, f: &mut Function, ticking: &Ticking) {
        let (at, quantum) = ticking.quantum;
        // The header has the base where it had the quantum, and the limit behind all others.
        let base = f.new_value(Inst::Param(ticking.header, at as u32), Ty::Int);
        f.block_mut(ticking.header).params[at] = base;
        let limit = f.add_param(ticking.header, Ty::Int);
        f.values[quantum.0 as usize].inst = Inst::Binary(Binary::Sub, base, ticking.counter.1);
        f.block_mut(ticking.header).insts.insert(0, quantum);
        enter(f, ticking);
        let Terminator::Jump(back) = f.block(ticking.latch).end.clone() else { return };
        go_back(f, ticking, ticking.latch, back.clone(), [base, limit]);
        // Where the limit is reached, control comes back to the header with new ones.
        let resumed = new_cold_block(f);
        match ticking.test.is_behind {
            true => self.rewrite_behind(f, ticking, (base, limit), resumed),
            false => self.rewrite_before(f, ticking, (base, limit), resumed),
        }
        let left = match f.block(resumed).params.first() {
            Some(filled) => {
                let (filled, one) = (*filled, f.push(resumed, Inst::Int(-1), Ty::Int));
                Writer { f, block: resumed }.op(Binary::Add, filled, one)
            }
            None => ticking.charge.after,
        };
        let next = Writer { f, block: resumed }.limits(ticking, ticking.next, left);
        go_back(f, ticking, resumed, back, next);
    }

    /// The test comes first: where it fails for the limit, it is made as before.
    fn rewrite_before(&self, f: &mut Function, ticking: &Ticking, (base, limit): (Val, Val), resumed: Block) {
        let quantum = ticking.quantum.1;
        let Charge { tick, charged, refill, before, .. } = ticking.charge;
        f.add_param(resumed, Ty::Int);
        for block in self.below(refill) {
            for target in f.block_mut(block).end.targets_mut().filter(|target| target.block == charged) {
                target.block = resumed;
            }
        }
        let test = ticking.test.block;
        // What stands between test and tick has no effect. Rare rounds, which come to the tick another way, may need it.
        let between = std::mem::take(&mut f.block_mut(tick).insts);
        f.block_mut(test).insts.extend(between);
        let Terminator::Branch(_, yes, no) = end_of(f, test) else { return };
        let mut way_out = if ticking.test.goes_on { no } else { yes };
        let slow = new_cold_block(f);
        let mut writer = Writer { f, block: slow };
        let left = writer.op(Binary::Sub, base, ticking.counter.1);
        let is_over = writer.is_over(ticking);
        way_out.args.iter_mut().for_each(|arg| rename(arg, quantum, left));
        let used_up = test_quantum(f, ticking, left, Target::new(resumed, &[left]));
        // The way out comes first, so that its block is placed behind the loop.
        f.block_mut(slow).end = Terminator::Branch(is_over, way_out, Target::new(used_up, &[]));
        let counter = if ticking.test.takes_next { ticking.next } else { ticking.counter.1 };
        let is_reached = Writer { f, block: test }.compare(Cond::Ge, counter, limit);
        f.block_mut(test).end = Terminator::Branch(is_reached, Target::new(slow, &[]), Target::new(tick, &[]));
        f.block_mut(charged).params.clear();
        f.block_mut(tick).end = Terminator::Jump(Target::new(charged, &[]));
        self.rename_below(f, charged, (before, quantum));
        self.rename_below(f, refill, (quantum, left));
    }

    /// The tick comes first: below the limit, control goes to what is behind the test.
    fn rewrite_behind(&self, f: &mut Function, ticking: &Ticking, (base, limit): (Val, Val), resumed: Block) {
        let Charge { tick, charged, refill, .. } = ticking.charge;
        let Terminator::Branch(_, yes, no) = end_of(f, charged) else { return };
        let (on, way_out) = if ticking.test.goes_on { (yes, no) } else { (no, yes) };
        let is_over = Writer { f, block: charged }.is_over(ticking);
        f.block_mut(charged).end = Terminator::Branch(is_over, way_out, Target::new(resumed, &[]));
        f.block_mut(charged).is_cold = true;
        let slow = new_cold_block(f);
        let left = Writer { f, block: slow }.op(Binary::Sub, base, ticking.counter.1);
        let used_up = test_quantum(f, ticking, left, Target::new(charged, &[left]));
        f.block_mut(slow).end = Terminator::Jump(Target::new(used_up, &[]));
        let is_reached = Writer { f, block: tick }.compare(Cond::Ge, ticking.next, limit);
        f.block_mut(tick).end = Terminator::Branch(is_reached, Target::new(slow, &[]), on);
        self.rename_below(f, refill, (ticking.quantum.1, left));
    }

    /// One value takes the place of another in what is below a block; exits of it that need the value are its own then.
    fn rename_below(&self, f: &mut Function, top: Block, (from, to): (Val, Val)) {
        let mut own: Vec<(ExitId, ExitId)> = Vec::new();
        for block in self.below(top) {
            for index in 0..f.block(block).insts.len() {
                let val = f.block(block).insts[index];
                f.values[val.0 as usize].inst.for_each_use(|used| rename(used, from, to));
                if let Some(exit) = f.inst(val).exit() {
                    let exit = own_exit(f, exit, (from, to), &mut own);
                    if let Inst::Guard(_, old, _) | Inst::Checked(.., old) = &mut f.values[val.0 as usize].inst {
                        *old = exit;
                    }
                }
            }
            let mut end = end_of(f, block);
            end.for_each_use(|used| rename(used, from, to));
            if let Terminator::Exit(exit, _) = &mut end {
                *exit = own_exit(f, *exit, (from, to), &mut own);
            }
            f.block_mut(block).end = end;
        }
    }
}

/// A block that tests whether the quantum is used up, and goes on there if not.
fn test_quantum(f: &mut Function, ticking: &Ticking, left: Val, on: Target) -> Block {
    let test = new_cold_block(f);
    let zero = f.push(test, Inst::Int(0), Ty::Int);
    let is_used_up = Writer { f, block: test }.compare(Cond::Eq, left, zero);
    f.block_mut(test).end = Terminator::Branch(is_used_up, Target::new(ticking.charge.refill, &[]), on);
    test
}

/// The exit with one value in the place of another.
fn own_exit(f: &mut Function, exit: ExitId, (from, to): (Val, Val), own: &mut Vec<(ExitId, ExitId)>) -> ExitId {
    if let Some((_, renamed)) = own.iter().find(|(old, _)| *old == exit) {
        return *renamed;
    }
    let mut uses_it = false;
    f.exit(exit).visit_uses(|used| uses_it |= used == from);
    if !uses_it {
        return exit;
    }
    let mut renamed = f.exit(exit).clone();
    renamed.for_each_use(|used| rename(used, from, to));
    f.exits.push(renamed);
    let id = ExitId(f.exits.len() as u32 - 1);
    own.push((exit, id));
    id
}

fn rename(used: &mut Val, from: Val, to: Val) {
    if *used == from {
        *used = to;
    }
}

/// Is a value the next number after another?
fn is_successor(f: &Function, next: Val, val: Val) -> bool {
    matches!(*f.inst(next), Inst::Binary(Binary::Add, a, b) | Inst::Checked(Checked::Add, a, b, _)
        if a == val && f.as_int(b) == Some(1))
}

/// What a counter is less than where a condition is that.
fn bound(f: &Function, condition: Val, counter: Val, truth: bool) -> Option<Val> {
    match (f.inst(condition), truth) {
        (Inst::Compare(Cond::Lt, a, b), true) | (Inst::Compare(Cond::Ge, a, b), false) => {
            (*a == counter && f.ty(*b) == Ty::Int).then_some(*b)
        }
        _ => None,
    }
}

/// The edge into the loop.
fn enter(f: &mut Function, ticking: &Ticking) {
    let Terminator::Jump(mut target) = end_of(f, ticking.preheader) else { return };
    let (counter, quantum) = (target.args[ticking.counter.0], target.args[ticking.quantum.0]);
    let [base, limit] = Writer { f, block: ticking.preheader }.limits(ticking, counter, quantum);
    target.args[ticking.quantum.0] = base;
    target.args.push(limit);
    f.block_mut(ticking.preheader).end = Terminator::Jump(target);
}

/// An edge back, with base and limit of the next round.
fn go_back(f: &mut Function, ticking: &Ticking, from: Block, mut back: Target, [base, limit]: [Val; 2]) {
    back.args[ticking.quantum.0] = base;
    back.args.push(limit);
    f.block_mut(from).end = Terminator::Jump(back);
}

fn new_cold_block(f: &mut Function) -> Block {
    let block = f.new_block();
    f.block_mut(block).is_cold = true;
    block
}

/// Takes the end of a block, which gets another one.
fn end_of(f: &mut Function, block: Block) -> Terminator {
    std::mem::replace(&mut f.block_mut(block).end, Terminator::NOWHERE)
}

/// Adds instructions to a block.
struct Writer<'a> {
    f: &'a mut Function,
    block: Block,
}

impl Writer<'_> {
    fn op(&mut self, op: Binary, a: Val, b: Val) -> Val {
        self.f.push(self.block, Inst::Binary(op, a, b), Ty::Int)
    }

    fn compare(&mut self, cond: Cond, a: Val, b: Val) -> Val {
        self.f.push(self.block, Inst::Compare(cond, a, b), Ty::Bool)
    }

    /// Is the loop over? In branches on this the way out comes first, so that its block is placed behind the loop.
    fn is_over(&mut self, ticking: &Ticking) -> Val {
        let counter = if ticking.test.takes_next { ticking.next } else { ticking.counter.1 };
        self.compare(Cond::Ge, counter, ticking.test.bound)
    }

    /// Base and limit from a counter and the quantum before its round is charged. An end that does not fit is beyond every bound.
    fn limits(&mut self, ticking: &Ticking, counter: Val, quantum: Val) -> [Val; 2] {
        let base = self.op(Binary::Add, counter, quantum);
        let mut end = base;
        if ticking.test.takes_next {
            let one = self.f.push(self.block, Inst::Int(1), Ty::Int);
            end = self.op(Binary::Add, base, one);
        }
        let bound = ticking.test.bound;
        let (is_below, fits) = (self.compare(Cond::Lt, end, bound), self.compare(Cond::Ge, end, counter));
        let is_below = self.f.push(self.block, Inst::Binary(Binary::BoolAnd, is_below, fits), Ty::Bool);
        let limit = self.f.push(self.block, Inst::Select(is_below, end, bound), Ty::Int);
        [base, limit]
    }
}

#[cfg(test)]
mod tests;
