//! Statements that call declared functions, by what is special about them.

use super::Generator;
use super::scope::{Callable, Kind};
use crate::program::Stmt;

impl Generator {
    /// One of these functions that a call of is affordable.
    fn callable(&mut self, list: impl Fn(&Generator) -> &Vec<Callable>) -> Option<Callable> {
        let count = list(self).len() as u64;
        if count == 0 || self.place.is_leaf {
            return None;
        }
        let at = self.random.below(count) as usize;
        let called = list(self)[at].clone();
        self.afford(called.ticks).then_some(called)
    }

    /// One call site whose arguments are of one kind most of the time.
    pub(super) fn generic_call(&mut self, out: &mut Vec<Stmt>) -> bool {
        let Some(called) = self.callable(|g| &g.functions.generic) else { return false };
        if !self.afford(30) {
            return false;
        }
        let usual = self.generic_arguments(called.params.len());
        let result = self.fresh("v");
        match self.random.chance(70) {
            true => {
                let (unusual, rarely) = (self.generic_arguments(called.params.len()), self.rarely());
                let call = |arguments: String| vec![Stmt::line(format!("{result} := {}({arguments})", called.name))];
                out.push(Stmt::line(format!("{result} := null")));
                out.push(Stmt::clauses([
                    (format!("if {rarely} {{"), call(unusual)),
                    ("} else {".to_string(), call(usual)),
                ]));
            }
            false => out.push(Stmt::line(format!("{result} := {}({usual})", called.name))),
        }
        self.declare(&result, Kind::Out);
        let sum = self.place_of(out, Kind::Int);
        out.push(Stmt::line(format!("{sum} := ({sum} * 31 + digest({result})) % 1000003")));
        true
    }

    /// Arguments of one kind, so that they can be added and compared.
    fn generic_arguments(&mut self, count: usize) -> String {
        let argument: fn(&mut Generator) -> String = match self.random.below(6) {
            0 => |g| g.float(1),
            1 => |g| g.string(1),
            2 => |g| g.edge(),
            3 => |g| if g.random.chance(50) { g.float(0) } else { g.int(0) },
            _ => |g| g.int(1),
        };
        (0..count).map(|_| argument(self)).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn recursion(&mut self, out: &mut Vec<Stmt>) -> bool {
        let Some(called) = self.callable(|g| &g.functions.recursive) else { return false };
        let sum = self.place_of(out, Kind::Int);
        let (depth, argument) = (self.random.between(0, 6), self.int(1));
        let depth = match self.counters.last() {
            Some(counter) if self.random.chance(50) => format!("{} % 7", counter.name),
            _ => depth.to_string(),
        };
        out.push(Stmt::line(format!("{sum} := ({sum} + {}({depth}, {argument} % 1009)) % 1000003", called.name)));
        true
    }

    /// Calls with left-out, named, rest and spread arguments of `name(a, b = …, c = …, ...rest)`.
    pub(super) fn argument_forms(&mut self, out: &mut Vec<Stmt>) -> bool {
        let takes_rest = self.random.chance(50);
        let functions: fn(&Generator) -> &Vec<Callable> = match takes_rest {
            true => |g| &g.functions.flexible,
            false => |g| &g.functions.optional,
        };
        let Some(called) = self.callable(functions) else { return false };
        let sum = self.place_of(out, Kind::Int);
        let (first, second) = (self.int(1), self.int(1));
        let arguments = match self.random.below(if takes_rest { 7 } else { 4 }) {
            0 => first,
            1 => format!("{first}, {second}"),
            2 => format!("{first}, c: {second}"),
            3 => format!("c: {first}, a: {second}"),
            4 => format!("{first}, {second}, 3, {}, 5", self.int(0)),
            5 => match self.readable(Kind::Ints) {
                Some(ints) => format!("{first}, ...{ints}"),
                None => format!("...[{first}, {second}]"),
            },
            _ => format!("...[{first}, 2], {second}"),
        };
        out.push(Stmt::line(format!("{sum} := ({sum} + {}({arguments})) % 1000003", called.name)));
        true
    }

    /// An argument for a parameter with a default, or none.
    pub(super) fn optional_int(&mut self) -> String {
        if self.random.chance(30) { String::new() } else { self.int(1) }
    }

    /// A loop over a generator, left early at times, or a chain of lazy methods.
    pub(super) fn generator_loop(&mut self, out: &mut Vec<Stmt>) -> bool {
        let Some(called) = self.callable(|g| &g.functions.generators) else { return false };
        if !self.can_nest() || !self.afford(60) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let (count, start) = (self.random.between(2, 9), self.int(0));
        let call = format!("{}({count}, {start})", called.name);
        match self.random.below(4) {
            0 | 1 => {
                let item = self.fresh("y");
                let body = self.loop_body(count, |g, out| {
                    g.declare(&item, Kind::Int);
                    out.push(Stmt::line(format!("{sum} := ({sum} * 3 + {item}) % 1000003")));
                    g.statement(out);
                });
                out.push(Stmt::block(format!("for {item} in {call} {{"), body));
            }
            2 => {
                let asked = self.declare_with(out, "gen", Kind::Out, call);
                out.push(Stmt::line(format!("{sum} += unwrap_or({asked}.next(), 4) % 1009")));
                out.push(Stmt::line(format!("{sum} += sum({asked}.take(3).collect()) % 1009")));
            }
            _ => out.push(Stmt::line(format!(
                "{sum} += sum({call}.map(func(k) {{ return k * 3 % 1009 }}).filter(func(k) {{ return k % 2 == 0 }}).collect())"
            ))),
        }
        true
    }

    /// Generators that wait while others run: in a list, in turns, or never asked again.
    pub(super) fn suspended(&mut self, out: &mut Vec<Stmt>) -> bool {
        let Some(called) = self.callable(|g| &g.functions.generators) else { return false };
        let Some(other) = self.callable(|g| &g.functions.generators) else { return false };
        if !self.can_nest() || !self.afford(70) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let (list, at) = (self.fresh("gens"), self.fresh("i"));
        let (first, second) = (self.int(0), self.int(0));
        let (count, length) = (self.random.between(2, 9), self.random.between(1, 6));
        out.push(Stmt::line(format!("{list} := [{}({length}, {first}), {}(4, {second})]", called.name, other.name)));
        let body = match self.random.below(3) {
            0 => vec![format!("{sum} := ({sum} * 3 + unwrap_or({list}[{at} % 2].next(), 5)) % 1000003")],
            1 => {
                let value = self.fresh("y");
                vec![
                    format!("{value} := {list}[0].next()"),
                    format!("if is_none({value}) {{ {list}[0] := {}(2, {at}) }}", other.name),
                    format!("{sum} := ({sum} * 3 + digest({value})) % 1000003"),
                ]
            }
            _ => vec![
                format!("{list}.push({}({at} % 3, {at}))", called.name),
                format!("{sum} := ({sum} + unwrap_or({list}[-1].next(), 2)) % 1000003"),
            ],
        };
        self.spend(40 * count);
        out.push(Stmt::block(format!("for {at} in 0..{count} {{"), body.into_iter().map(Stmt::line).collect()));
        true
    }

    /// An element, a field or a value of a dict on loan.
    pub(super) fn element_loan(&mut self, out: &mut Vec<Stmt>) -> bool {
        let wanted = if self.random.chance(50) { Kind::Int } else { Kind::Ints };
        let found: Vec<Callable> = self.functions.in_out.iter().filter(|c| c.params[0] == wanted).cloned().collect();
        let at = self.random.below(found.len().max(1) as u64) as usize;
        let Some(called) = found.get(at).cloned() else { return false };
        if self.place.is_leaf || !self.afford(called.ticks + 2) {
            return false;
        }
        let place = match (wanted, self.random.below(3)) {
            (Kind::Int, 0) => format!("{}[\"{}\"]", self.place_of(out, Kind::Dict), self.random.pick(&["a", "b"])),
            (Kind::Int, 1) => format!("{}.n", self.place_of(out, Kind::Holder)),
            (Kind::Int, _) => format!("{}.items[{}].n", self.place_of(out, Kind::Holder), self.random.below(4)),
            (_, 0) => format!("{}.ints", self.place_of(out, Kind::Holder)),
            _ => format!("{}[{}]", self.place_of(out, Kind::Grid), self.random.below(4)),
        };
        let sum = self.place_of(out, Kind::Int);
        out.push(Stmt::line(format!(
            "{sum} := ({sum} + {}(mut {place}, {})) % 1000003",
            called.name,
            self.random.below(30)
        )));
        true
    }

    /// Calls as steps of a pipe.
    pub(super) fn pipe(&mut self, out: &mut Vec<Stmt>) -> bool {
        if self.place.is_leaf || !self.afford(12) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let (first, second, start) = (self.leaf_name(), self.leaf_name(), self.int(1));
        let steps = match self.random.below(3) {
            0 => format!("{start} |> {first} |> {second}"),
            1 => format!("{start} |> func(k) {{ return k % 97 }} |> {first}"),
            _ => format!("[{start} % 97, 2] |> sum |> {first}"),
        };
        out.push(Stmt::line(format!("{sum} := ({sum} + ({steps})) % 1000003")));
        true
    }
}
