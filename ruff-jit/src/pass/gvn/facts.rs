//! What is known where the walk stands: conditions that are true or false, values that equal a constant.

use super::table::{Key, Table};
use crate::hir::{Binary, Cond, Function, Inst, Unary, Val};

/// Facts, the newest of which can be taken back.
pub struct Facts {
    truth: Vec<Option<bool>>,
    equal: Vec<Option<Val>>,
    learnt: Vec<Fact>,
}

#[derive(Clone, Copy)]
enum Fact {
    Truth(Val),
    Equal(Val),
}

/// Conditions in conditions that are followed at most.
const DEPTH_MAX: u32 = 8;

impl Facts {
    /// Nothing is known.
    pub fn new(function: &Function) -> Facts {
        let values = function.values.len();
        Facts { truth: vec![None; values], equal: vec![None; values], learnt: Vec::new() }
    }

    /// What a condition is known to be.
    pub fn truth(&self, function: &Function, val: Val) -> Option<bool> {
        function.as_bool(val).or_else(|| self.truth.get(val.0 as usize).copied().flatten())
    }

    /// The constant that a value is known to be, else itself.
    pub fn constant_or(&self, val: Val) -> Val {
        self.equal.get(val.0 as usize).copied().flatten().unwrap_or(val)
    }

    /// A condition is known from here on, and with it what follows from it.
    pub fn learn(&mut self, function: &Function, table: &Table, condition: Val, truth: bool) {
        self.learn_nested(function, table, condition, truth, DEPTH_MAX);
    }

    fn learn_nested(&mut self, function: &Function, table: &Table, condition: Val, truth: bool, depth: u32) {
        let Some(known) = self.truth.get_mut(condition.0 as usize) else { return };
        if known.is_some() || depth == 0 {
            return;
        }
        *known = Some(truth);
        self.learnt.push(Fact::Truth(condition));
        let inst = function.inst(condition);
        if let Some(opposite) = Key::of_inverse(inst).and_then(|key| table.find(&key)) {
            self.learn_nested(function, table, opposite, !truth, depth - 1);
        }
        match *inst {
            Inst::Unary(Unary::BoolNot, inner) => self.learn_nested(function, table, inner, !truth, depth - 1),
            Inst::Binary(Binary::BoolAnd, a, b) if truth => {
                self.learn_nested(function, table, a, true, depth - 1);
                self.learn_nested(function, table, b, true, depth - 1);
            }
            Inst::Binary(Binary::BoolOr, a, b) if !truth => {
                self.learn_nested(function, table, a, false, depth - 1);
                self.learn_nested(function, table, b, false, depth - 1);
            }
            Inst::Compare(cond, a, b) if cond == (if truth { Cond::Eq } else { Cond::Ne }) => {
                let (val, constant) = if function.inst(a).is_const() { (b, a) } else { (a, b) };
                let is_word = matches!(function.inst(constant), Inst::Int(_) | Inst::Address(_));
                if is_word && !function.inst(val).is_const() && self.equal[val.0 as usize].is_none() {
                    self.equal[val.0 as usize] = Some(constant);
                    self.learnt.push(Fact::Equal(val));
                }
            }
            _ => {}
        }
    }

    /// How many facts there are.
    pub fn len(&self) -> usize {
        self.learnt.len()
    }

    /// Forgets all but the oldest `len` facts.
    pub fn truncate(&mut self, len: usize) {
        for fact in self.learnt.drain(len..) {
            match fact {
                Fact::Truth(val) => self.truth[val.0 as usize] = None,
                Fact::Equal(val) => self.equal[val.0 as usize] = None,
            }
        }
    }
}
