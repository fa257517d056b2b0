//! Value numbering along the dominator tree: what was computed, loaded or checked above is not computed, loaded or checked again.
//!
//! - Instructions without effect, and checked arithmetic, give way to an equal one above.
//! - Below a guard, and on either side of a branch, the condition is known, and so are those that follow from it; a value that
//!   was compared with a constant is that constant.
//! - A load gives way to an earlier load or store of the same place if nothing in between may write there; a store of what is
//!   there already, or that is overwritten before anything can see it, goes. So does a look for a key that was looked for.
//!
//! Edges may go, but none is added, so the graph of the start stays right on the safe side.

mod available;
mod facts;
mod table;

use super::edit::Renames;
use super::memory::{Place, Writes};
use crate::hir::graph::Graph;
use crate::hir::{Binary, Block, Cond, Function, Inst, Terminator, Ty, Unary, Val};
use available::{Available, Lookup, Ways, dead_stores, is_kept_by};
use facts::Facts;
use table::{Key, Table};

/// Runs the pass.
pub fn run(function: &mut Function) {
    let graph = Graph::new(function);
    let ways = Ways::new(function);
    let mut numbering = Numbering {
        renames: Renames::new(function),
        table: Table::new(function),
        facts: Facts::new(function),
        ends: vec![Available::default(); function.blocks.len()],
        ways,
        f: function,
        graph: &graph,
    };
    numbering.walk();
    numbering.renames.apply_to_exits(function);
}

/// What a call that puts a key in is told of an earlier look for it.
const FOUND_ARG: usize = 2;

/// What to do next in the walk.
enum Step {
    Enter(Block),
    /// Go back to so many entries and facts.
    Leave(Block, usize, usize),
}

struct Numbering<'a> {
    f: &'a mut Function,
    graph: &'a Graph,
    renames: Renames,
    table: Table,
    facts: Facts,
    /// What memory holds at the ends of the blocks above.
    ends: Vec<Available>,
    ways: Ways,
}

/// What becomes of an instruction.
enum Outcome {
    Keep,
    Become(Inst),
    Same(Val),
    Remove,
}

use Outcome::{Become, Keep, Remove, Same};

impl Numbering<'_> {
    fn walk(&mut self) {
        let mut steps = vec![Step::Enter(Block(0))];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(block) => {
                    steps.push(Step::Leave(block, self.table.len(), self.facts.len()));
                    self.enter(block);
                    steps.extend(self.graph.children(block).iter().rev().map(|child| Step::Enter(*child)));
                }
                Step::Leave(block, entries, facts) => {
                    self.table.truncate(entries);
                    self.facts.truncate(facts);
                    self.ends[block.0 as usize] = Available::default();
                }
            }
        }
    }

    fn enter(&mut self, block: Block) {
        let mut available = Available::default();
        if let Some(dominator) = self.graph.idom(block) {
            available = self.ways.carry(self.graph, dominator, block, &self.ends[dominator.0 as usize]);
            if self.graph.preds(block) == [dominator]
                && let Terminator::Branch(condition, yes, _) = &self.f.block(dominator).end
            {
                self.facts.learn(self.f, &self.table, *condition, yes.block == block);
            }
        }
        let insts = std::mem::take(&mut self.f.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for val in insts {
            self.renames.rename_inst(self.f, val);
            match self.visit(&mut kept, &mut available, val) {
                Keep => kept.push(val),
                Become(inst) => {
                    if let Some(key) = Key::of(&inst) {
                        match self.table.find(&key) {
                            Some(other) => {
                                self.renames.set(val, other);
                                continue;
                            }
                            None => self.table.insert(key, val),
                        }
                    }
                    self.f.values[val.0 as usize].inst = inst;
                    kept.push(val);
                }
                Same(other) => self.renames.set(val, other),
                Remove => {}
            }
        }
        let dead = dead_stores(self.f, &kept);
        if !dead.is_empty() {
            kept.retain(|val| !dead.contains(val));
        }
        self.finish_end(block, &mut kept);
        self.f.block_mut(block).insts = kept;
        self.ends[block.0 as usize] = available;
    }

    fn visit(&mut self, kept: &mut Vec<Val>, available: &mut Available, val: Val) -> Outcome {
        if let Some(key) = Key::of(self.f.inst(val)) {
            return self.visit_computed(key, val);
        }
        match *self.f.inst(val) {
            Inst::Load(access, address) => {
                let place = Place { access, address };
                match available.find(&place) {
                    Some(known) if self.f.ty(known).fits(self.f.ty(val)) => return Same(known),
                    _ => available.add(place, val),
                }
            }
            Inst::Store(access, address, value) => {
                let place = Place { access, address };
                if available.find(&place).is_some_and(|known| self.is_same(known, value)) {
                    return Remove;
                }
                available.forget_place(&place);
                if is_kept_by(self.f, access.width, value) {
                    available.add(place, value);
                }
            }
            Inst::Guard(condition, exit, reason) => match self.facts.truth(self.f, condition) {
                Some(true) => return Remove,
                Some(false) if self.f.as_bool(condition).is_none() => {
                    return Become(Inst::Guard(self.bool_const(kept, false), exit, reason));
                }
                Some(false) => {}
                None => self.facts.learn(self.f, &self.table, condition, true),
            },
            Inst::Call(ref call) => {
                let writes = Writes::of_call(self.f, call);
                match Lookup::of(call) {
                    Some((lookup, inserts)) => match available.found(&lookup) {
                        Some(found) if !inserts || self.is_found(found) => return Same(found),
                        found => {
                            // If it is there, the engine need not look again.
                            let mut call = call.clone();
                            if let (Some(found), Some(known)) = (found, call.args.get_mut(FOUND_ARG)) {
                                *known = found;
                                self.f.values[val.0 as usize].inst = Inst::Call(call);
                            }
                            available.forget(&writes);
                            available.add_lookup(lookup, val);
                        }
                    },
                    None => available.forget(&writes),
                }
            }
            _ => {}
        }
        Keep
    }

    /// An instruction with a key.
    fn visit_computed(&mut self, key: Key, val: Val) -> Outcome {
        let inst = self.f.inst(val);
        let found = self.table.find(&key).or_else(|| self.table.find(&Key::of_checked(inst)?));
        if let Some(other) = found {
            return Same(other);
        }
        let opposite = Key::of_inverse(inst).and_then(|key| self.table.find(&key));
        if let Some(truth) = opposite.and_then(|opposite| self.facts.truth(self.f, opposite)) {
            return Become(Inst::Bool(!truth));
        }
        if let Some(outcome) = self.use_facts(val) {
            return outcome;
        }
        self.table.insert(key, val);
        Keep
    }

    /// Operands that are known here.
    fn use_facts(&mut self, val: Val) -> Option<Outcome> {
        let truth = |val| self.facts.truth(self.f, val);
        match *self.f.inst(val) {
            Inst::Unary(Unary::BoolNot, a) => Some(Become(Inst::Bool(!truth(a)?))),
            Inst::Unary(Unary::BoolToInt, a) => Some(Become(Inst::Int(i64::from(truth(a)?)))),
            Inst::Select(c, a, b) => Some(Same(if truth(c)? { a } else { b })),
            Inst::Binary(op @ (Binary::BoolAnd | Binary::BoolOr), a, b) => {
                let (known, other) = match (truth(a), truth(b)) {
                    (Some(known), _) => (known, b),
                    (None, known) => (known?, a),
                };
                Some(if known == (op == Binary::BoolAnd) { Same(other) } else { Become(Inst::Bool(known)) })
            }
            Inst::Compare(cond, a, b) => {
                let (x, y) = (self.facts.constant_or(a), self.facts.constant_or(b));
                match (self.f.as_int(x), self.f.as_int(y)) {
                    (Some(x), Some(y)) => Some(Become(Inst::Bool(cond.holds(x, y)))),
                    _ if (x, y) == (a, b) => None,
                    _ => Some(Become(Inst::Compare(cond, x, y))),
                }
            }
            Inst::Binary(op, a, b) if self.f.ty(a).is_word() && self.f.ty(b).is_word() => {
                let (x, y) = (self.facts.constant_or(a), self.facts.constant_or(b));
                ((x, y) != (a, b)).then_some(Become(Inst::Binary(op, x, y)))
            }
            _ => None,
        }
    }

    /// Is the address of an entry, which is 0 where there is none, known not to be?
    fn is_found(&self, entry: Val) -> bool {
        let test = |cond| {
            let nothing = self.table.find(&Key::of(&Inst::Address(0))?)?;
            let test = self.table.find(&Key::of(&Inst::Compare(cond, entry, nothing))?)?;
            self.facts.truth(self.f, test)
        };
        test(Cond::Ne) == Some(true) || test(Cond::Eq) == Some(false)
    }

    /// Are both values the same here?
    fn is_same(&self, a: Val, b: Val) -> bool {
        let (a, b) = (self.facts.constant_or(a), self.facts.constant_or(b));
        a == b || self.f.inst(a).is_const() && self.f.inst(a) == self.f.inst(b)
    }

    /// A truth value as a constant, made here if there is none.
    fn bool_const(&mut self, kept: &mut Vec<Val>, truth: bool) -> Val {
        let inst = Inst::Bool(truth);
        let key = Key::of(&inst);
        if let Some(val) = key.and_then(|key| self.table.find(&key)) {
            return val;
        }
        let val = self.f.new_value(inst, Ty::Bool);
        if let Some(key) = key {
            self.table.insert(key, val);
        }
        kept.push(val);
        val
    }

    /// Renames in the end of a block; a branch whose condition is known is a jump; arguments that are known are constants.
    fn finish_end(&mut self, block: Block, kept: &mut Vec<Val>) {
        let mut end = std::mem::replace(&mut self.f.block_mut(block).end, Terminator::NOWHERE);
        end.for_each_use(|used| *used = self.renames.get(*used));
        let mut branched = None;
        if let Terminator::Branch(condition, yes, no) = &end {
            match self.facts.truth(self.f, *condition) {
                Some(truth) => end = Terminator::Jump(if truth { yes.clone() } else { no.clone() }),
                None => branched = Some(*condition),
            }
        }
        for (index, target) in end.targets_mut().enumerate() {
            for arg in &mut target.args {
                if self.f.ty(*arg) != Ty::Bool {
                    *arg = self.facts.constant_or(*arg);
                } else if self.f.as_bool(*arg).is_none() {
                    let on_edge = (branched == Some(*arg)).then_some(index == 0);
                    if let Some(truth) = on_edge.or_else(|| self.facts.truth(self.f, *arg)) {
                        *arg = self.bool_const(kept, truth);
                    }
                }
            }
        }
        self.f.block_mut(block).end = end;
    }
}

#[cfg(test)]
mod tests;
