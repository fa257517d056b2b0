//! Statements that steer: branches, loops, exits from them, errors.

use super::Generator;
use super::scope::{Counter, Kind};
use crate::feature::Feature;
use crate::program::Stmt;

impl Generator {
    pub(super) fn if_block(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.can_nest() {
            return false;
        }
        let condition = if self.random.chance(40) { self.rarely() } else { self.condition(2) };
        let count = self.random.between(1, 3);
        let mut clauses = vec![(format!("if {condition} {{"), self.body(|g, out| g.statements(out, count)))];
        if self.random.chance(30) {
            let condition = self.condition(1);
            clauses.push((format!("}} else if {condition} {{"), self.body(|g, out| g.statements(out, 1))));
        }
        if self.random.chance(50) {
            clauses.push(("} else {".into(), self.body(|g, out| g.statements(out, 1))));
        }
        out.push(Stmt::clauses(clauses));
        true
    }

    pub(super) fn match_block(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.can_nest() {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        if self.random.chance(50) {
            let subject = self.int(1);
            let mut arms = Vec::new();
            for at in 0..self.random.between(2, 4) {
                let pattern = match self.random.below(4) {
                    0 => format!("{at} | {}", at + 10),
                    1 => format!("{}..{}", at * 3, at * 3 + 2),
                    _ => at.to_string(),
                };
                let body = self.body(|g, out| g.statement(out));
                arms.push(Stmt::block(format!("case {pattern} {{"), body));
            }
            let body = self.body(|g, out| g.statement(out));
            arms.push(Stmt::block("default {", body));
            out.push(Stmt::block(format!("match {subject} % 9 {{"), arms));
            return true;
        }
        let subject = match self.variable(|v| matches!(v.kind, Kind::Any | Kind::Out)) {
            Some(v) => v.name,
            None => self.declare_value(out, Kind::Any),
        };
        let (n, text) = (self.fresh("m"), self.fresh("m"));
        let bound = self.random.below(50);
        let mut arms = vec![
            format!("case null | false {{ {sum} += 1 }}"),
            format!("case [{n}, ...{text}] {{ {sum} := ({sum} + len({text})) % 65537 }}"),
            format!("case {{\"a\": {n}}} {{ {sum} := ({sum} + digest({n})) % 65537 }}"),
            format!("case Some({n}) | Ok({n}) {{ {sum} := ({sum} * 5 + digest({n})) % 65537 }}"),
            format!("case {n} if is_int({n}) && {n} > {bound} {{ {sum} := ({sum} + {n}) % 65537 }}"),
            format!("case \"a\" | \"xyz\" {{ {sum} -= 2 }}"),
        ];
        if let Some(shape) = self.structs.first() {
            arms.push(format!("case {} {{ n: {n} }}: {{ {sum} := ({sum} + digest({n}) * 2) % 65537 }}", shape.name));
        }
        // Any arms, in any order.
        for at in 0..arms.len() {
            let with = self.random.between(at as u64, arms.len() as u64 - 1) as usize;
            arms.swap(at, with);
        }
        arms.truncate(self.random.between(2, 5) as usize);
        arms.push(format!("case {n} {{ {sum} := ({sum} + digest({n})) % 65537 }}"));
        self.spend(30);
        out.push(Stmt::block(format!("match {subject} {{"), arms.into_iter().map(Stmt::line).collect()));
        true
    }

    /// How often a loop may run here: hot if there is room, else a few times.
    pub(super) fn iterations(&mut self) -> Option<u64> {
        let left = self.ticks_max.saturating_sub(self.ticks) / self.repeats;
        // What an iteration costs before anything else is nested in it; the outermost loop is meant to get hot.
        let iteration = if self.counters.is_empty() { 6 } else { 16 };
        let most = (left / iteration).min(400);
        match most {
            0..=2 => None,
            3..=50 => Some(self.random.between(2, most)),
            _ if self.counters.is_empty() => Some(self.random.between(50, most)),
            _ => Some(self.random.between(2, most.min(30))),
        }
    }

    pub(super) fn loop_block(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.can_nest() {
            return false;
        }
        let Some(count) = self.iterations() else { return false };
        let statements = self.random.between(1, 4);
        self.loop_of(out, count, statements);
        true
    }

    /// A loop of so many iterations with so many statements.
    pub(super) fn loop_of(&mut self, out: &mut Vec<Stmt>, count: u64, statements: u64) {
        let name = self.fresh("i");
        if self.random.chance(25) {
            return self.while_of(out, &name, count, statements);
        }
        let start = self.random.below(5);
        let subject = match self.random.below(8) {
            0 => count.to_string(),
            1 => format!("range({count})"),
            2 => format!("1..={count}"),
            3 => format!("{start}..{}", start + count),
            4 => {
                let from = self.readable(Kind::Int).map_or(start.to_string(), |name| format!("({name} & 7)"));
                format!("{from}..={from} + {}", count - 1)
            }
            _ => format!("0..{count}"),
        };
        let body = self.loop_body(count, |g, out| {
            g.count_with(&name, count);
            g.statements(out, statements);
        });
        out.push(Stmt::block(format!("for {name} in {subject} {{"), body));
    }

    fn while_of(&mut self, out: &mut Vec<Stmt>, name: &str, count: u64, statements: u64) {
        out.push(Stmt::line(format!("{name} := 0")));
        let body = self.loop_body(count, |g, out| {
            g.count_with(name, count);
            // First, so that `continue` does not skip it.
            out.push(Stmt::line(format!("{name} += 1")));
            g.statements(out, statements);
        });
        let head = match self.random.below(3) {
            0 => format!("loop while {name} < {count} {{"),
            _ => format!("while {name} < {count} {{"),
        };
        out.push(Stmt::block(head, body));
    }

    /// Makes a counter known: it can be read, and is compared with numbers that it reaches.
    pub(super) fn count_with(&mut self, name: &str, count: u64) {
        self.declare(name, Kind::Int);
        if let Some(variable) = self.variables.last_mut() {
            variable.is_assignable = false;
        }
        self.counters.push(Counter { name: name.into(), count });
    }

    pub(super) fn range_step(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.can_nest() {
            return false;
        }
        let Some(count) = self.iterations() else { return false };
        let (name, step) = (self.fresh("i"), self.random.between(2, 7));
        let far = count * step;
        let subject = match self.random.below(4) {
            0 => format!("({far}..0).step(-{step})"),
            1 => format!("range({far}, 0, -{step})"),
            2 => format!("(-{step}..{}).step({step})", far.saturating_sub(step)),
            _ => format!("(0..{far}).step({step})"),
        };
        let body = self.loop_body(count, |g, out| {
            g.count_with(&name, far);
            g.statements(out, 2);
        });
        out.push(Stmt::block(format!("for {name} in {subject} {{"), body));
        true
    }

    pub(super) fn loop_exit(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.place.is_in_loop {
            return false;
        }
        let exit = if self.random.chance(60) { "continue" } else { "break" };
        let head = format!("if {} {{", self.rarely());
        out.push(Stmt::block(head, vec![Stmt::line(exit)]));
        true
    }

    pub(super) fn early_return(&mut self, out: &mut Vec<Stmt>) -> bool {
        let Some(kind) = self.place.result.clone() else { return false };
        if self.place.depth < 2 {
            return false;
        }
        let head = format!("if {} {{", self.rarely());
        let value = match &kind {
            Kind::Int => self.cut_int(1),
            _ => self.any(),
        };
        out.push(Stmt::block(head, vec![Stmt::line(format!("return {value}"))]));
        true
    }

    pub(super) fn try_block(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.can_nest() {
            return false;
        }
        let outside = std::mem::replace(&mut self.place.is_guarded, true);
        let count = self.random.between(1, 3);
        let attempt = self.body(|g, out| {
            g.statements(out, count);
            if g.random.chance(70) && g.raise(out) {
                g.features.insert(Feature::Raise);
            }
            if g.random.chance(40) {
                g.statement(out);
            }
        });
        self.place.is_guarded = outside;
        let sum = self.place_of(out, Kind::Int);
        let mut clauses = vec![("try {".to_string(), attempt)];
        // Without a handler the error must be caught further out.
        if !outside || self.random.chance(85) {
            let error = self.fresh("e");
            let handler = self.body(|g, out| {
                let seen = match g.random.below(4) {
                    0 => format!("{sum} += {error}.line * 3 + {error}.column"),
                    1 => format!("{sum} += len({error}.kind) + len({error}.stack)"),
                    _ => format!("{sum} := ({sum} * 7 + digest({error}.message)) % 65537"),
                };
                g.spend(30);
                out.push(Stmt::line(seen));
                if g.random.chance(30) {
                    let head = format!("if {} {{", g.rarely());
                    out.push(Stmt::block(head, vec![Stmt::line(format!("print({error}.kind, {error}.message)"))]));
                }
                if g.random.chance(30) {
                    g.statement(out);
                }
            });
            clauses.push((format!("}} except {error} {{"), handler));
        }
        if clauses.len() == 1 || self.random.chance(40) {
            let cleanup = self.body(|g, out| g.statements(out, 1));
            clauses.push(("} finally {".into(), cleanup));
        }
        out.push(Stmt::clauses(clauses));
        true
    }

    /// An error in some iterations, where something catches it.
    pub(super) fn raise(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.place.is_guarded {
            return false;
        }
        let failing = self.failing();
        match failing.is_conditional {
            true => out.push(Stmt::line(failing.text)),
            false => {
                let head = format!("if {} {{", self.rarely());
                out.push(Stmt::block(head, vec![Stmt::line(failing.text)]));
            }
        }
        true
    }

    /// A statement that raises an error.
    pub(super) fn failing(&mut self) -> Failing {
        let always = |text: String| Failing { text, is_conditional: false };
        let sum = self.assignable(Kind::Int).unwrap_or_else(|| "unbound".into());
        let has_sum = sum != "unbound";
        match self.random.below(12) {
            0 | 1 => always(format!("throw \"bad ${{{}}}\"", self.int(1))),
            2 => always(format!("throw {}", self.any())),
            3 if has_sum => always(format!("{sum} := {} / 0", self.int(1))),
            4 if has_sum => {
                let Some(counter) = self.counters.last().cloned() else { return always("throw 4".into()) };
                let at = self.random.below(counter.count.max(1));
                Failing { text: format!("{sum} += 100 / ({} - {at})", counter.name), is_conditional: true }
            }
            5 => match self.readable(Kind::Ints) {
                Some(name) => always(format!("print({name}[len({name}) + {}])", self.random.below(3))),
                None => always("throw null".into()),
            },
            6 if has_sum => always(format!("{sum} := {} + 1", self.readable(Kind::Str).unwrap_or("\"s\"".into()))),
            7 => match self.readable(Kind::Dict) {
                Some(name) => always(format!("print({name}[\"missing\"])")),
                None => always("print({\"a\": 1}[\"b\"])".into()),
            },
            8 => match self.functions.leaves.first() {
                Some(leaf) => always(format!("{}()", leaf.name)),
                None => always("print(null.x)".into()),
            },
            9 if has_sum => always(format!("{sum}(3)")),
            10 if !self.functions.risky.is_empty() => {
                let at = self.random.below(self.functions.risky.len() as u64) as usize;
                let risky = self.functions.risky[at].clone();
                let argument = self.counters.last().map_or("3".to_string(), |c| c.name.clone());
                self.spend(risky.ticks);
                match has_sum {
                    true => Failing { text: format!("{sum} += {}({argument})", risky.name), is_conditional: true },
                    false => Failing { text: format!("print({}({argument}))", risky.name), is_conditional: true },
                }
            }
            _ => match self.readable(Kind::Any) {
                Some(name) => Failing { text: format!("print({name} * 2 == {name} + {name})"), is_conditional: false },
                None => always("print([1] < [2])".into()),
            },
        }
    }
}

/// A statement that raises an error.
pub(super) struct Failing {
    pub text: String,
    /// Does it fail in some iterations only?
    pub is_conditional: bool,
}
