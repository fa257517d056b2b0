//! Ranges of ints: what cannot overflow is not checked, what cannot be outside its array is not guarded.
//!
//! One walk over the dominator tree, in the order in which blocks run. A value has a range from where it is defined; below a
//! guard or on one side of a branch it may have a narrower one, and so may two values have a known order. Parameters have the
//! joined ranges of their arguments, those of loops what [`induction`] finds.

mod induction;
mod interval;
mod order;

use crate::hir::graph::Graph;
use crate::hir::{Binary, Block, Checked, Cond, ExitId, Function, Inst, Region, Terminator, Ty, Unary, Val, Width};
use interval::Interval;
use order::Order;
use ruff_core::jit::{ExitReason, layout};

/// No array is longer.
const LENGTH_MAX: i128 = 1 << 48;
/// Conditions in conditions that are followed.
const DEPTH_MAX: u32 = 4;

/// Runs the pass.
pub fn run(function: &mut Function) {
    let graph = Graph::new(function);
    let values = function.values.len();
    let home = graph.homes(function);
    let mut ranges = Ranges {
        intervals: vec![Interval::WORD; values],
        arriving: vec![None; values],
        is_done: vec![false; function.blocks.len()],
        narrowed: Vec::new(),
        order: Order::new(values),
        home,
        graph: &graph,
        f: function,
    };
    ranges.walk();
}

/// The range of what a load gives.
fn interval_of_load(inst: &Inst) -> Interval {
    match inst {
        Inst::Load(access, _) => match (access.width, access.region, access.offset) {
            (Width::Byte, ..) => Interval::new(0, 0xFF),
            (Width::Half, ..) => Interval::new(0, 0xFFFF_FFFF),
            (Width::Word, Region::Arrays, layout::ARRAY_LEN) => Interval::new(0, LENGTH_MAX),
            _ => Interval::WORD,
        },
        _ => Interval::WORD,
    }
}

struct Ranges<'a> {
    f: &'a mut Function,
    graph: &'a Graph,
    home: Vec<Block>,
    intervals: Vec<Interval>,
    /// Of each parameter, the joined ranges of the arguments on edges from blocks that are done.
    arriving: Vec<Option<Interval>>,
    is_done: Vec<bool>,
    /// The ranges before they were narrowed, to go back to.
    narrowed: Vec<(Val, Interval)>,
    order: Order,
}

enum Step {
    Enter(Block),
    Leave { narrowed: usize, order: usize },
}

impl Ranges<'_> {
    fn walk(&mut self) {
        let mut steps = vec![Step::Enter(Block(0))];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(block) => {
                    steps.push(Step::Leave { narrowed: self.narrowed.len(), order: self.order.len() });
                    self.enter(block);
                    steps.extend(self.graph.children(block).iter().rev().map(|child| Step::Enter(*child)));
                }
                Step::Leave { narrowed, order } => {
                    while self.narrowed.len() > narrowed
                        && let Some((val, interval)) = self.narrowed.pop()
                    {
                        self.intervals[val.0 as usize] = interval;
                    }
                    self.order.truncate(order);
                }
            }
        }
    }

    fn interval(&self, val: Val) -> Interval {
        match *self.f.inst(val) {
            Inst::Int(k) => Interval::one(k),
            _ => self.intervals.get(val.0 as usize).copied().unwrap_or(Interval::WORD),
        }
    }

    /// The block where a value is defined; constants that were made since are everywhere.
    fn home(&self, val: Val) -> Block {
        self.home.get(val.0 as usize).copied().unwrap_or(Block(0))
    }

    fn enter(&mut self, block: Block) {
        self.enter_params(block);
        if let Some(dominator) = self.graph.idom(block)
            && self.graph.preds(block) == [dominator]
            && let Terminator::Branch(condition, yes, _) = &self.f.block(dominator).end
        {
            let (condition, truth) = (*condition, yes.block == block);
            self.learn(condition, truth, DEPTH_MAX);
        }
        let insts = std::mem::take(&mut self.f.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for val in insts {
            if self.visit(&mut kept, val) {
                kept.push(val);
            }
        }
        self.f.block_mut(block).insts = kept;
        self.finish_end(block);
        self.is_done[block.0 as usize] = true;
    }

    fn enter_params(&mut self, block: Block) {
        let is_complete = self.graph.preds(block).iter().all(|pred| self.is_done[pred.0 as usize]);
        let is_header = self.graph.is_header(block);
        for index in 0..self.f.block(block).params.len() {
            let param = self.f.block(block).params[index];
            if self.f.ty(param) != Ty::Int {
                continue;
            }
            let interval = match self.arriving[param.0 as usize] {
                Some(joined) if is_complete => joined,
                Some(start) if is_header && self.arrives_outside(block) => match self.induction(block, index, start) {
                    Some(found) => {
                        self.order_from_start(block, index, &found);
                        found.interval
                    }
                    None => Interval::WORD,
                },
                _ => Interval::WORD,
            };
            self.intervals[param.0 as usize] = interval;
        }
    }

    /// Are all edges from outside the loop done?
    fn arrives_outside(&self, header: Block) -> bool {
        let mut outside = self.graph.preds(header).iter().filter(|pred| !self.graph.is_back_edge(**pred, header));
        outside.all(|pred| self.is_done[pred.0 as usize])
    }

    /// A parameter that only rises is never less than what it starts as, and the other way round.
    fn order_from_start(&mut self, header: Block, index: usize, found: &induction::Induction) {
        let mut outside = self.graph.preds(header).iter().filter(|pred| !self.graph.is_back_edge(**pred, header));
        let (Some(pred), None) = (outside.next(), outside.next()) else { return };
        let Some(target) = self.f.block(*pred).end.targets().find(|target| target.block == header) else { return };
        let (param, start) = (self.f.block(header).params[index], target.args[index]);
        let (start, distance) = self.root(start);
        if found.never_falls {
            self.order.add(start, param, -distance);
        }
        if found.never_rises {
            self.order.add(param, start, distance);
        }
    }

    /// Looks at an instruction; does it stay?
    fn visit(&mut self, kept: &mut Vec<Val>, val: Val) -> bool {
        match *self.f.inst(val) {
            Inst::Guard(condition, ..) => {
                if self.evaluate(condition, DEPTH_MAX) == Some(true) {
                    return false;
                }
                self.learn(condition, true, DEPTH_MAX);
            }
            Inst::Compare(..) => {
                if let Some(truth) = self.evaluate(val, DEPTH_MAX) {
                    self.f.values[val.0 as usize].inst = Inst::Bool(truth);
                }
            }
            Inst::Checked(op, a, b, exit) => return self.visit_checked(kept, op, (a, b), exit, val),
            Inst::Binary(op, a, b) if self.f.ty(val) == Ty::Int => self.visit_binary(kept, op, a, b, val),
            Inst::Unary(op, a) => self.intervals[val.0 as usize] = self.unary(op, a),
            Inst::Select(_, a, b) if self.f.ty(val) == Ty::Int => {
                self.intervals[val.0 as usize] = self.interval(a).join(self.interval(b));
            }
            Inst::Load(..) => self.intervals[val.0 as usize] = interval_of_load(self.f.inst(val)),
            _ => {}
        }
        true
    }

    fn visit_checked(&mut self, kept: &mut Vec<Val>, op: Checked, (a, b): (Val, Val), exit: ExitId, val: Val) -> bool {
        let exact = Interval::apply(op.wrapping(), self.interval(a), self.interval(b));
        self.intervals[val.0 as usize] = exact;
        if exact.fits() {
            self.f.values[val.0 as usize].inst = Inst::Binary(op.wrapping(), a, b);
            return true;
        }
        let Some((cond, from)) = self.right_side(op, a, b) else { return true };
        self.f.values[val.0 as usize].inst = Inst::Binary(op.wrapping(), a, b);
        let fits = self.f.new_value(Inst::Compare(cond, val, from), Ty::Bool);
        let guard = self.f.new_value(Inst::Guard(fits, exit, ExitReason::Overflow), Ty::None);
        kept.extend([val, fits, guard]);
        false
    }

    /// How a wrapped sum or difference compares with one of its operands exactly if it has not overflowed: for that, the sign of the
    /// other one is known. Sums with constants are compared in any case.
    fn right_side(&self, op: Checked, a: Val, b: Val) -> Option<(Cond, Val)> {
        if self.f.as_int(a).is_some() || self.f.as_int(b).is_some() {
            return None;
        }
        let (x, y) = (self.interval(a), self.interval(b));
        match op {
            Checked::Add if y.lo >= 0 => Some((Cond::Ge, a)),
            Checked::Add if x.lo >= 0 => Some((Cond::Ge, b)),
            Checked::Add if y.hi <= 0 => Some((Cond::Le, a)),
            Checked::Add if x.hi <= 0 => Some((Cond::Le, b)),
            Checked::Sub if y.lo >= 0 => Some((Cond::Le, a)),
            Checked::Sub if y.hi <= 0 => Some((Cond::Ge, a)),
            _ => None,
        }
    }

    fn visit_binary(&mut self, kept: &mut Vec<Val>, op: Binary, a: Val, b: Val, val: Val) {
        let (x, y) = (self.interval(a), self.interval(b));
        let exact = Interval::apply(op, x, y);
        // A sum of words that does not fit wraps to any word; one of what is no word could be anything.
        self.intervals[val.0 as usize] = match exact.fits() {
            true => exact,
            false if x.fits() && y.fits() => Interval::WORD,
            false => Interval::ALL,
        };
        let power = y.single().filter(|k| *k > 0 && k.count_ones() == 1);
        let (op, constant) = match (op, power) {
            (Binary::Rem, Some(k)) if x.lo >= 0 && x.fits() => (Binary::And, k - 1),
            (Binary::Div, Some(k)) if x.lo >= 0 && x.fits() => (Binary::Shr, i64::from(k.ilog2())),
            _ => return,
        };
        let constant = self.f.new_value(Inst::Int(constant), Ty::Int);
        kept.push(constant);
        self.f.values[val.0 as usize].inst = Inst::Binary(op, a, constant);
    }

    fn unary(&self, op: Unary, a: Val) -> Interval {
        let x = self.interval(a);
        match op {
            Unary::BoolToInt => Interval::new(0, 1),
            Unary::Neg if x.fits() && x.lo > Interval::WORD.lo => Interval::new(-x.hi, -x.lo),
            Unary::Not if x.fits() => Interval::new(-1 - x.hi, -1 - x.lo),
            Unary::Neg | Unary::Not => Interval::ALL,
            _ => Interval::WORD,
        }
    }

    /// A branch whose way is known is a jump; arguments arrive at their parameters.
    fn finish_end(&mut self, block: Block) {
        let mut end = std::mem::replace(&mut self.f.block_mut(block).end, Terminator::NOWHERE);
        if let Terminator::Branch(condition, yes, no) = &end
            && let Some(truth) = self.evaluate(*condition, DEPTH_MAX)
        {
            end = Terminator::Jump(if truth { yes.clone() } else { no.clone() });
        }
        let condition = match &end {
            Terminator::Branch(condition, ..) => Some(*condition),
            _ => None,
        };
        for (index, target) in end.targets().enumerate().filter(|(_, target)| !target.args.is_empty()) {
            let (narrowed, order) = (self.narrowed.len(), self.order.len());
            if let Some(condition) = condition {
                self.learn(condition, index == 0, DEPTH_MAX);
            }
            for (param, arg) in self.f.block(target.block).params.iter().zip(&target.args) {
                let interval = self.interval(*arg);
                let arriving = &mut self.arriving[param.0 as usize];
                *arriving = Some(arriving.map_or(interval, |joined| joined.join(interval)));
            }
            while self.narrowed.len() > narrowed
                && let Some((val, interval)) = self.narrowed.pop()
            {
                self.intervals[val.0 as usize] = interval;
            }
            self.order.truncate(order);
        }
        self.f.block_mut(block).end = end;
    }

    // ---- conditions

    /// What a condition is known to be here.
    fn evaluate(&self, condition: Val, depth: u32) -> Option<bool> {
        match *self.f.inst(condition) {
            Inst::Bool(truth) => Some(truth),
            _ if depth == 0 => None,
            Inst::Unary(Unary::BoolNot, inner) => self.evaluate(inner, depth - 1).map(|truth| !truth),
            Inst::Binary(op @ (Binary::BoolAnd | Binary::BoolOr), a, b) => {
                let decides = op == Binary::BoolOr;
                match (self.evaluate(a, depth - 1), self.evaluate(b, depth - 1)) {
                    (Some(truth), _) | (_, Some(truth)) if truth == decides => Some(truth),
                    (Some(truth), Some(_)) => Some(truth),
                    _ => None,
                }
            }
            Inst::Compare(cond, a, b) if self.f.ty(a) == Ty::Int && self.f.ty(b) == Ty::Int => self.compare(cond, a, b),
            _ => None,
        }
    }

    fn compare(&self, cond: Cond, a: Val, b: Val) -> Option<bool> {
        let by_range = Interval::compare(cond, self.interval(a), self.interval(b));
        by_range.or_else(|| match cond {
            Cond::Lt => self.is_less(a, b),
            Cond::Gt => self.is_less(b, a),
            Cond::Le => self.is_less(b, a).map(|truth| !truth),
            Cond::Ge => self.is_less(a, b).map(|truth| !truth),
            Cond::Below if self.interval(a).lo >= 0 => {
                self.is_less(a, b).filter(|is_less| *is_less || self.interval(b).lo >= 0)
            }
            Cond::Eq if self.is_less(a, b) == Some(true) || self.is_less(b, a) == Some(true) => Some(false),
            Cond::Ne if self.is_less(a, b) == Some(true) || self.is_less(b, a) == Some(true) => Some(true),
            _ => None,
        })
    }

    /// Is one less than the other, or known not to be?
    fn is_less(&self, a: Val, b: Val) -> Option<bool> {
        let ((root_a, more_a), (root_b, more_b)) = (self.root(a), self.root(b));
        if self.order.is_known(root_a, root_b, more_b - more_a - 1) {
            Some(true)
        } else if self.order.is_known(root_b, root_a, more_a - more_b) {
            Some(false)
        } else {
            None
        }
    }

    /// A value as another and a constant that is added without wrapping.
    fn root(&self, mut val: Val) -> (Val, i128) {
        let mut distance = 0;
        for _ in 0..DEPTH_MAX {
            let (base, step) = match *self.f.inst(val) {
                Inst::Checked(Checked::Add, a, b, _) | Inst::Binary(Binary::Add, a, b) => {
                    (a, self.f.as_int(b).map(i128::from))
                }
                Inst::Checked(Checked::Sub, a, b, _) | Inst::Binary(Binary::Sub, a, b) => {
                    (a, self.f.as_int(b).map(|k| -i128::from(k)))
                }
                _ => break,
            };
            let Some(step) = step else { break };
            if !matches!(self.f.inst(val), Inst::Checked(..)) && !self.interval(base).moved(step).fits() {
                break;
            }
            val = base;
            distance += step;
        }
        (val, distance)
    }

    /// A condition is known from here on.
    fn learn(&mut self, condition: Val, truth: bool, depth: u32) {
        match *self.f.inst(condition) {
            _ if depth == 0 => {}
            Inst::Unary(Unary::BoolNot, inner) => self.learn(inner, !truth, depth - 1),
            Inst::Binary(Binary::BoolAnd, a, b) if truth => {
                self.learn(a, true, depth - 1);
                self.learn(b, true, depth - 1);
            }
            Inst::Binary(Binary::BoolOr, a, b) if !truth => {
                self.learn(a, false, depth - 1);
                self.learn(b, false, depth - 1);
            }
            Inst::Unary(Unary::IntToBool, a) if truth => self.exclude(a, Interval::one(0)),
            Inst::Unary(Unary::IntToBool, a) => self.narrow(a, Interval::one(0)),
            Inst::Compare(cond, a, b) if self.f.ty(a) == Ty::Int && self.f.ty(b) == Ty::Int => {
                let cond = if truth { Some(cond) } else { cond.inverse() };
                self.learn_comparison(cond, a, b);
            }
            _ => {}
        }
    }

    /// A comparison holds; none: the first is not below the second.
    fn learn_comparison(&mut self, cond: Option<Cond>, a: Val, b: Val) {
        let (x, y) = (self.interval(a), self.interval(b));
        match cond {
            Some(Cond::Lt) => self.learn_less(a, b, 1),
            Some(Cond::Le) => self.learn_less(a, b, 0),
            Some(Cond::Gt) => self.learn_less(b, a, 1),
            Some(Cond::Ge) => self.learn_less(b, a, 0),
            Some(Cond::Eq) => {
                self.narrow(a, y);
                self.narrow(b, x);
            }
            Some(Cond::Ne) => {
                self.exclude(a, y);
                self.exclude(b, x);
            }
            Some(Cond::Below) if y.lo >= 0 => {
                self.narrow(a, Interval::new(0, y.hi));
                self.learn_less(a, b, 1);
            }
            None if x.lo >= 0 && y.lo >= 0 => self.learn_less(b, a, 0),
            Some(Cond::Below) | None => {}
        }
    }

    /// `a + gap <= b`.
    fn learn_less(&mut self, a: Val, b: Val, gap: i128) {
        let (x, y) = (self.interval(a), self.interval(b));
        self.narrow(a, Interval { lo: x.lo, hi: y.hi - gap });
        self.narrow(b, Interval { lo: x.lo + gap, hi: y.hi });
        let ((root_a, more_a), (root_b, more_b)) = (self.root(a), self.root(b));
        self.order.add(root_a, root_b, more_b - more_a - gap);
    }

    /// The value is none of an interval of one int; only an end can be cut off.
    fn exclude(&mut self, val: Val, excluded: Interval) {
        let interval = self.interval(val);
        if excluded.lo != excluded.hi {
            return;
        }
        if interval.lo == excluded.lo {
            self.narrow(val, Interval { lo: interval.lo + 1, ..interval });
        } else if interval.hi == excluded.hi {
            self.narrow(val, Interval { hi: interval.hi - 1, ..interval });
        }
    }

    /// The value is also in this interval, and what it is the sum of and a constant is in a moved one.
    fn narrow(&mut self, val: Val, within: Interval) {
        let (root, distance) = self.root(val);
        self.narrow_one(val, within);
        if root != val {
            self.narrow_one(root, within.moved(-distance));
        }
    }

    fn narrow_one(&mut self, val: Val, within: Interval) {
        let interval = self.interval(val);
        // Nothing is left where control never comes.
        if let Some(met) = interval.meet(within)
            && met != interval
            && !self.f.inst(val).is_const()
            && let Some(place) = self.intervals.get_mut(val.0 as usize)
        {
            self.narrowed.push((val, interval));
            *place = met;
        }
    }
}

#[cfg(test)]
mod tests;
