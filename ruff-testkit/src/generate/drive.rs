//! The frame of a program: hot functions, and the top-level loops that call them.

use super::scope::{Callable, Kind};
use super::{Generator, Place};
use crate::feature::Feature;
use crate::program::Stmt;

impl Generator {
    pub(super) fn program(&mut self) -> Vec<Stmt> {
        let mut out = Vec::new();
        self.declarations(&mut out);
        for _ in 0..self.random.between(1, self.scale.functions_max) {
            let may_fail = self.random.chance(30);
            let work = self.work(&mut out, may_fail);
            self.calls(&mut out, &work, may_fail);
        }
        if self.random.chance(self.scale.top_level_percent) {
            self.top_level_loop(&mut out);
        }
        if self.random.chance(self.scale.deep_percent) {
            self.deep_recursion(&mut out);
        }
        if self.random.chance(30) {
            self.ending(&mut out);
        }
        out.extend(self.readable(Kind::Holder).map(|name| Stmt::line(format!("print({name})"))));
        let globals: Vec<String> = self.variables.iter().filter(|v| v.is_global).map(|v| v.name.clone()).collect();
        let digest = if self.scale.digests { "digest" } else { "" };
        out.extend(globals.into_iter().map(|name| Stmt::line(format!("print(\"{name}\", {digest}({name}))"))));
        out
    }

    /// A function `(a, v)` with variables of many kinds and a loop over random statements.
    fn work(&mut self, out: &mut Vec<Stmt>, may_fail: bool) -> Callable {
        let (name, a, v) = (self.fresh("work"), self.fresh("a"), self.fresh("v"));
        (self.ticks, self.repeats) = (0, 1);
        self.ticks_max = self.scale.function_ticks[self.random.below(self.scale.function_ticks.len() as u64) as usize];
        let outside = self.place.clone();
        self.place =
            Place { result: Some(Kind::Any), is_in_loop: false, is_guarded: may_fail, is_leaf: false, depth: 0 };
        let body = self.body(|g, out| {
            g.declare(&a, Kind::Int);
            g.declare(&v, Kind::Any);
            g.locals(out);
            let rest = g.with_preamble(|g, out| {
                if g.random.chance(80) {
                    let count = g.iterations().unwrap_or(2);
                    let (least, most) = g.scale.statements;
                    let statements = g.random.between(least, most);
                    g.loop_of(out, count, statements);
                }
                let count = g.random.between(0, g.scale.statements.1 / 2);
                g.statements(out, count);
            });
            out.extend(rest);
            g.result(out);
        });
        self.variables.retain(|v| !v.is_hoisted);
        self.place = outside;
        out.push(Stmt::block(format!("func {name}({a}, {v}) {{"), body));
        Callable { name, params: vec![Kind::Int, Kind::Any], ticks: self.ticks.max(1) }
    }

    fn locals(&mut self, out: &mut Vec<Stmt>) {
        let structs = self.structs.len() as u64;
        self.declare_value(out, Kind::Int);
        for _ in 0..self.random.between(1, self.scale.locals_max) {
            let index = self.random.below(structs) as usize;
            let kinds = [
                Kind::Int,
                Kind::Float,
                Kind::Str,
                Kind::Any,
                Kind::Ints,
                Kind::Mixed,
                Kind::Grid,
                Kind::Dict,
                Kind::Struct(index),
                Kind::Poly,
                Kind::Holder,
                Kind::Func,
            ];
            let kind = kinds[self.random.below(kinds.len() as u64) as usize].clone();
            self.declare_value(out, kind);
        }
    }

    /// Returns what the function has worked on.
    fn result(&mut self, out: &mut Vec<Stmt>) {
        let seen: Vec<_> = self.variables.iter().filter(|v| v.kind != Kind::Func && !v.is_global).collect();
        let digests = self.scale.digests;
        let item = |name: &String| if digests { format!("digest({name})") } else { name.clone() };
        let items: Vec<String> = seen.iter().map(|v| item(&v.name)).collect();
        // The digest of an array or a text.
        self.spend(40 * items.len() as u64);
        out.push(Stmt::line(format!("return [{}]", items.join(", "))));
    }

    /// A top-level loop that calls a function often enough to be hot, with arguments whose kind changes.
    fn calls(&mut self, out: &mut Vec<Stmt>, work: &Callable, may_fail: bool) {
        let (least, most) = self.scale.calls;
        let affordable = (self.scale.calls_ticks / (work.ticks + 40)).clamp(least, most);
        let count = self.random.between(least, affordable);
        let (sum, at) = (self.fresh("total"), self.fresh("i"));
        if self.scale.digests {
            out.push(Stmt::line(format!("{sum} := 0")));
        }
        let body = self.loop_body(1, |g, out| {
            g.count_with(&at, count);
            let (first, usual) = (g.int(1), g.any());
            let argument = match g.random.chance(50) {
                true => usual,
                false => format!("if {} {{ {usual} }} else {{ {at} }}", g.rarely()),
            };
            let call = Stmt::line(format!("result := {}({first} % 4099, {argument})", work.name));
            match may_fail {
                true => {
                    out.push(Stmt::line("result := 0"));
                    let handler = "result := [error.kind, error.message, error.line, error.stack]";
                    out.push(Stmt::clauses([
                        ("try {".to_string(), vec![call]),
                        ("} except error {".to_string(), vec![Stmt::line(handler)]),
                    ]));
                }
                false => out.push(call),
            }
            if !g.scale.digests {
                return out.push(Stmt::line(format!("print({at}, result)")));
            }
            out.push(Stmt::line(format!("{sum} := ({sum} * 31 + digest(result)) % 1000003")));
            let every = g.random.between(7, 60);
            out.push(Stmt::line(format!("if {at} % {every} == 0 {{ print(\"{}\", {at}, {sum}) }}", work.name)));
        });
        out.push(Stmt::block(format!("for {at} in 0..{count} {{"), body));
        if self.scale.digests {
            out.push(Stmt::line(format!("print(\"{sum}\", {sum})")));
        }
    }

    /// A loop of the main program, whose variables are globals.
    fn top_level_loop(&mut self, out: &mut Vec<Stmt>) {
        (self.ticks, self.repeats, self.ticks_max) = (0, 1, self.scale.top_level_ticks);
        let first = self.variables.len();
        self.locals(out);
        let count = self.random.between(50, 400).min(self.ticks_max / 16);
        let statements = self.random.between(2, 5);
        let rest = self.with_preamble(|g, out| g.loop_of(out, count, statements));
        out.extend(rest);
        let declared: Vec<_> = self.variables.drain(first..).filter(|v| v.kind != Kind::Func).collect();
        out.extend(declared.iter().map(|v| Stmt::line(format!("print(\"{0}\", digest({0}))", v.name))));
    }

    /// An error that nothing catches, in some iteration of a hot loop, possibly some calls deep.
    fn ending(&mut self, out: &mut Vec<Stmt>) {
        self.features.insert(Feature::UncaughtError);
        let (name, count) = (self.fresh("i"), self.random.between(60, 300));
        (self.ticks, self.repeats, self.ticks_max) = (0, 1, self.scale.top_level_ticks);
        let (function, parameter) = (self.fresh("last"), self.fresh("a"));
        let inside = self.body(|g, out| {
            let outside = g.place.result.replace(Kind::Int);
            g.count_with(&parameter, count);
            g.declare_value(out, Kind::Int);
            g.arithmetic(out);
            let at = g.random.below(count);
            let failing = g.failing();
            out.push(Stmt::block(format!("if {parameter} == {at} {{"), vec![Stmt::line(failing.text)]));
            g.place.result = outside;
            out.push(Stmt::line(format!("return {}", g.cut_int(2))));
        });
        out.push(Stmt::block(format!("func {function}({parameter}) {{"), inside));
        let body = self.body(|g, out| {
            g.count_with(&name, count);
            out.push(Stmt::line(format!("result := {function}({name})")));
            out.push(Stmt::line(format!("if {name} % 20 == 0 {{ print(\"{function}\", {name}, result) }}")));
        });
        out.push(Stmt::block(format!("for {name} in 0..{count} {{"), body));
    }
}
