//! The range of a parameter of a loop's header, from what it starts as and the steps that rounds add to it.
//!
//! The values that may come back to the parameter are followed through parameters of other blocks of the loop to sums with a
//! constant, each with the bound that a comparison above it puts on what it adds to. What comes back has also passed the
//! comparisons between it and the end of the round.

use super::Ranges;
use super::interval::Interval;
use crate::hir::{Binary, Block, Checked, Cond, Inst, Terminator, Val};

/// Values that are followed for one parameter.
const VALUES_MAX: usize = 16;
/// Blocks above a sum in which a bound is looked for.
const BLOCKS_MAX: usize = 16;

/// How a parameter changes.
pub struct Induction {
    pub interval: Interval,
    /// No round makes it less.
    pub never_falls: bool,
    /// No round makes it greater.
    pub never_rises: bool,
}

/// A walk over the values that may come back to a parameter.
struct Web {
    header: Block,
    /// With the bounds that they have passed.
    seen: Vec<(Val, Interval)>,
    found: Induction,
}

impl Ranges<'_> {
    /// How the parameter of a header changes, which starts in `start`; `None` if that is not known.
    pub fn induction(&self, header: Block, index: usize, start: Interval) -> Option<Induction> {
        let param = self.f.block(header).params[index];
        let found = Induction { interval: start, never_falls: true, never_rises: true };
        let mut web = Web { header, seen: vec![(param, Interval::WORD)], found };
        for latch in self.graph.preds(header).iter().filter(|pred| self.graph.is_back_edge(**pred, header)) {
            for target in self.f.block(*latch).end.targets().filter(|target| target.block == header) {
                let arg = target.args[index];
                let passed = self.bounds_at_end(header, arg, *latch);
                self.follow(&mut web, arg, passed)?;
            }
        }
        Some(web.found)
    }

    fn follow(&self, web: &mut Web, val: Val, passed: Interval) -> Option<()> {
        if web.seen.contains(&(val, passed)) || web.seen.contains(&(val, Interval::WORD)) {
            return Some(());
        }
        if web.seen.len() == VALUES_MAX {
            return None;
        }
        web.seen.push((val, passed));
        let home = self.home(val);
        if !self.graph.dominates(web.header, home) || self.f.inst(val).is_const() {
            // A fixed value, which may be more or less than the parameter was.
            web.found.never_falls = false;
            web.found.never_rises = false;
            web.found.interval = web.found.interval.join(self.outside(web.header, val));
            return Some(());
        }
        match *self.f.inst(val) {
            Inst::Param(block, index) => {
                for pred in self.graph.preds(block) {
                    for target in self.f.block(*pred).end.targets().filter(|target| target.block == block) {
                        self.follow(web, target.args[index as usize], Interval::WORD)?;
                    }
                }
                Some(())
            }
            Inst::Checked(op @ (Checked::Add | Checked::Sub), a, b, _) => {
                self.step(web, op.wrapping(), (a, b), (home, passed), true)
            }
            Inst::Binary(op @ (Binary::Add | Binary::Sub), a, b) => self.step(web, op, (a, b), (home, passed), false),
            Inst::Binary(Binary::Rem | Binary::And, ..) | Inst::Load(..) => {
                web.found.never_falls = false;
                web.found.never_rises = false;
                web.found.interval = web.found.interval.join(self.outside(web.header, val));
                Some(())
            }
            _ => None,
        }
    }

    /// A sum of something that comes back and a constant.
    fn step(
        &self,
        web: &mut Web,
        op: Binary,
        (base, distance): (Val, Val),
        (home, passed): (Block, Interval),
        is_checked: bool,
    ) -> Option<()> {
        let distance = match op {
            Binary::Sub => -i128::from(self.f.as_int(distance)?),
            _ => i128::from(self.f.as_int(distance)?),
        };
        let bounds = self.bounds_above(web.header, base, home);
        let reached = bounds.moved(distance);
        if !is_checked
            && !(if distance > 0 { reached.hi <= Interval::WORD.hi } else { reached.lo >= Interval::WORD.lo })
        {
            return None;
        }
        let interval = &mut web.found.interval;
        if distance > 0 {
            web.found.never_rises = false;
            interval.hi = interval.hi.max(reached.hi.min(passed.hi));
        } else if distance < 0 {
            web.found.never_falls = false;
            interval.lo = interval.lo.min(reached.lo.max(passed.lo));
        }
        self.follow(web, base, Interval::WORD)
    }

    /// The range of a value as far as it is known outside the loop.
    fn outside(&self, header: Block, val: Val) -> Interval {
        match self.graph.dominates(header, self.home(val)) {
            false => self.interval(val),
            true => match *self.f.inst(val) {
                Inst::Int(k) => Interval::one(k),
                Inst::Binary(op @ (Binary::Rem | Binary::And), a, b) => {
                    let known = |val| self.f.as_int(val).map_or(Interval::WORD, Interval::one);
                    Interval::apply(op, known(a), known(b))
                }
                ref inst => super::interval_of_load(inst),
            },
        }
    }

    /// What the comparisons on the way from a header to the end of a round say of a value.
    fn bounds_at_end(&self, header: Block, val: Val, latch: Block) -> Interval {
        let bounds = self.bounds_above(header, val, latch);
        let bound = match &self.f.block(latch).end {
            Terminator::Branch(condition, yes, no) if yes.block != no.block => {
                self.bound(header, val, *condition, yes.block == header)
            }
            _ => None,
        };
        bound.and_then(|bound| bounds.meet(bound)).unwrap_or(bounds)
    }

    /// What the comparisons on the way from a header to a block say of a value.
    fn bounds_above(&self, header: Block, val: Val, block: Block) -> Interval {
        let mut bounds = Interval::WORD;
        let mut at = block;
        for _ in 0..BLOCKS_MAX {
            if at == header {
                break;
            }
            let Some(above) = self.graph.idom(at) else { break };
            if self.graph.preds(at) == [above]
                && let Terminator::Branch(condition, yes, _) = &self.f.block(above).end
                && let Some(bound) = self.bound(header, val, *condition, yes.block == at)
            {
                bounds = bounds.meet(bound).unwrap_or(bounds);
            }
            at = above;
        }
        bounds
    }

    /// What a condition says of a value.
    fn bound(&self, header: Block, val: Val, condition: Val, truth: bool) -> Option<Interval> {
        let Inst::Compare(cond, a, b) = *self.f.inst(condition) else { return None };
        let (cond, other) = match (a == val, b == val) {
            (true, false) => (cond, b),
            (false, true) => (cond.swapped()?, a),
            _ => return None,
        };
        let other = self.outside(header, other);
        let cond = if truth { cond } else { cond.inverse()? };
        Some(match cond {
            Cond::Lt => Interval { hi: other.hi - 1, ..Interval::WORD },
            Cond::Le => Interval { hi: other.hi, ..Interval::WORD },
            Cond::Gt => Interval { lo: other.lo + 1, ..Interval::WORD },
            Cond::Ge => Interval { lo: other.lo, ..Interval::WORD },
            Cond::Eq => other,
            Cond::Below if other.lo >= 0 => Interval { lo: 0, hi: other.hi - 1 },
            Cond::Ne | Cond::Below => return None,
        })
    }
}
