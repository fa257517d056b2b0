//! Objects inside objects: methods of fields and elements, and loans that are passed on through several calls.

use super::Generator;
use super::scope::{Callable, Kind, LEN, Variable};
use crate::program::Stmt;

impl Generator {
    /// A struct that holds others, a global variable with one, and functions that pass on the place that they were lent.
    pub(super) fn holder(&mut self, out: &mut Vec<Stmt>) {
        let name = self.fresh("Holder");
        let edit = self.functions.in_out[0].name.clone();
        let (inner, items) = (self.value(&Kind::Poly), (0..LEN).map(|_| self.value(&Kind::Poly)).collect::<Vec<_>>());
        let at = self.random.below(31);
        let body = [
            format!("inner = {inner}"),
            format!("items = [{}]", items.join(", ")),
            "ints = [4, 3, 2, 1]".to_string(),
            "n: int = 1".to_string(),
            "func heavy(self) { return (self.inner.weigh() + self.items[1].weigh() * 3 + self.n) % 65537 }".to_string(),
            format!(
                "func tend(mut self, k) {{ self.inner.grow(k); self.items[k % {LEN}].grow(k + 1); self.n := (self.n + k) % 997; return self.n }}"
            ),
            format!("func edit(mut self, k) {{ return {edit}(mut self.ints, k) + {edit}(mut self.ints, k + 1) }}"),
            format!(
                "func sink(mut self, depth, k) {{ if depth <= 0 {{ self.tend(k); if k % 31 == {at} {{ throw \"sunk\" }}; return self.n }}; r := self.sink(depth - 1, k + 1); self.items[depth % {LEN}].n := r % 97; return r + depth }}"
            ),
        ];
        out.push(Stmt::block(format!("struct {name} {{"), body.into_iter().map(Stmt::line).collect()));
        self.holder = name;
        let relay = self.fresh("relay");
        out.push(Stmt::block(
            format!("func {relay}(mut place, k) {{"),
            vec![
                Stmt::line(format!("if k % 5 == 0 {{ return {edit}(mut place, k) }}")),
                Stmt::line("r := 0"),
                Stmt::block("for i in 0..2 {", vec![Stmt::line(format!("r += {edit}(mut place, k + i)"))]),
                Stmt::line("place[0] := r % 97"),
                Stmt::line("return r"),
            ],
        ));
        self.functions.in_out.push(Callable { name: relay.clone(), params: vec![Kind::Ints, Kind::Int], ticks: 14 });
        let through = self.fresh("through");
        out.push(Stmt::line(format!(
            "func {through}(mut place, k) {{ return place.tend(k) + {relay}(mut place.ints, k) + place.items[k % {LEN}].weigh() }}"
        )));
        self.functions.in_out.push(Callable { name: through, params: vec![Kind::Holder, Kind::Int], ticks: 30 });
        let global = self.fresh("global");
        out.push(Stmt::line(format!("{global} := {}", self.value(&Kind::Holder))));
        let variable =
            Variable { name: global, kind: Kind::Holder, is_assignable: true, is_global: true, is_hoisted: false };
        self.variables.push(variable);
    }

    /// Methods and assignments through a path whose objects may be of several declarations.
    pub(super) fn object_path(&mut self, out: &mut Vec<Stmt>) -> bool {
        if self.place.is_leaf || !self.afford(12) {
            return false;
        }
        let name = self.place_of(out, Kind::Holder);
        let sum = self.place_of(out, Kind::Int);
        let (index, argument) = (self.index(), self.cut_int(1));
        let line = match self.random.below(11) {
            0 => format!("{sum} += {name}.items[{index}].weigh()"),
            1 => format!("{name}.items[{index}].grow({argument})"),
            2 => format!("{sum} += {name}.inner.weigh()"),
            3 => format!("{name}.inner.grow({argument})"),
            4 => format!("{name}.items[{index}].n += {}", self.random.below(9)),
            5 => format!("{sum} := ({sum} + {name}.heavy()) % 1000003"),
            6 => format!("{sum} += {name}.tend({argument})"),
            7 => {
                let (rarely, other) = (self.rarely(), self.value(&Kind::Poly));
                let place = if self.random.chance(50) { "inner".into() } else { format!("items[{index}]") };
                out.push(Stmt::block(
                    format!("if {rarely} {{"),
                    vec![Stmt::line(format!("{name}.{place} := {other}"))],
                ));
                format!("{sum} += {name}.{place}.weigh()")
            }
            8 => {
                let copy = self.declare_with(out, "copy", Kind::Holder, name);
                format!("{copy}.inner.grow({argument})")
            }
            9 => {
                let function =
                    format!("func(k) {{ {name}.inner.grow(k % 50); return {name}.items[1].weigh() + {name}.inner.n }}");
                self.declare_with(out, "tend", Kind::Func, function);
                return true;
            }
            _ => {
                let function = self.fresh("each");
                let body = vec![Stmt::line(format!("{sum} := ({sum} * 3 + {function}.weigh()) % 1000003"))];
                out.push(Stmt::block(format!("for {function} in {name}.items {{"), body));
                return true;
            }
        };
        out.push(Stmt::line(line));
        true
    }

    /// A place on loan through several calls, some of which fail.
    pub(super) fn loan_chain(&mut self, out: &mut Vec<Stmt>) -> bool {
        if self.place.is_leaf || !self.afford(35) {
            return false;
        }
        let name = self.place_of(out, Kind::Holder);
        let sum = self.place_of(out, Kind::Int);
        let (argument, depth) = (self.cut_int(1), self.random.below(5));
        match self.random.below(3) {
            0 => out.push(Stmt::line(format!("{sum} += {name}.edit({argument})"))),
            _ => {
                let (error, call) = (self.fresh("e"), format!("{sum} += {name}.sink({depth}, {argument})"));
                out.push(Stmt::clauses([
                    ("try {".to_string(), vec![Stmt::line(call)]),
                    (format!("}} except {error} {{"), vec![Stmt::line(format!("{sum} += len({error}.stack)"))]),
                ]));
                out.push(Stmt::line(format!("{sum} := ({sum} + {name}.n) % 1000003")));
            }
        }
        true
    }
}
