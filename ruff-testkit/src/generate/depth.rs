//! Exits and errors that cross several loops or calls, and deep recursion.

use super::Generator;
use super::scope::{Callable, Kind};
use crate::feature::Feature;
use crate::program::Stmt;

impl Generator {
    /// Functions that call each other and catch the errors of those below, and a recursion as deep as its argument says.
    pub(super) fn deep_functions(&mut self, out: &mut Vec<Stmt>) {
        let [a, b, c, d] = [(); 4].map(|()| self.fresh("climb"));
        let at = self.random.below(7);
        let text = [
            format!("func {a}(k) {{ if k % 7 == {at} {{ throw \"a${{k}}\" }}; return k % 97 }}"),
            format!(
                "func {b}(k) {{ try {{ return {a}(k) + 1 }} except e {{ if k % 2 == 0 {{ throw e.message + \"b\" }}; return -e.line }} }}"
            ),
            format!(
                "func {c}(k) {{ t := 0; try {{ t += {b}(k); t += {b}(k + 1) }} except e {{ if k % 3 == 0 {{ throw Error {{ message: e.message + \"c\" }} }}; t -= 5 }} finally {{ t += 1 }}; return t }}"
            ),
            format!(
                "func {d}(k) {{ for i in 0..3 {{ try {{ return {c}(k + i) }} except e {{ if i == 2 {{ return len(e.stack) * 100 + len(e.message) }} }} }}; return 0 }}"
            ),
        ];
        out.extend(text.map(Stmt::line));
        self.functions.climbing = vec![Callable { name: d, params: vec![Kind::Int], ticks: 25 }];
    }

    /// An error that is caught, changed and raised again on its way up.
    pub(super) fn deep_throw(&mut self, out: &mut Vec<Stmt>) -> bool {
        let climbing = self.functions.climbing[0].clone();
        if self.place.is_leaf || !self.afford(climbing.ticks) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        out.push(Stmt::line(format!("{sum} := ({sum} + {}({})) % 1000003", climbing.name, self.cut_int(1))));
        true
    }

    /// Loops in loops, with exits through `finally` at each level.
    pub(super) fn nested_exit(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.can_nest() || !self.afford(130) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let [a, b, c] = [(); 3].map(|()| self.fresh("i"));
        let (product, rest, bound) = (self.random.below(20), self.random.below(4), self.random.below(12));
        let mut innermost = vec![
            Stmt::line(format!("if {c} * {a} > {bound} {{ break }}")),
            Stmt::line(format!("{sum} := ({sum} * 3 + {c}) % 65537")),
        ];
        if self.place.result.is_some() {
            innermost.push(Stmt::line(format!("if {} {{ return [{sum}, {a}] }}", self.rarely())));
        }
        let attempt = vec![
            Stmt::line(format!("if ({a} + {b}) % 4 == {rest} {{ continue }}")),
            Stmt::block(format!("for {c} in [1, 2, 3] {{"), innermost),
        ];
        let second = vec![
            Stmt::line(format!("if {a} * {b} == {product} {{ break }}")),
            Stmt::clauses([
                ("try {".to_string(), attempt),
                ("} finally {".to_string(), vec![Stmt::line(format!("{sum} += 1"))]),
            ]),
        ];
        let first = vec![
            Stmt::block(format!("for {b} in 0..5 {{"), second),
            Stmt::line(format!("if {} {{ break }}", self.rarely())),
        ];
        out.push(Stmt::block(format!("for {a} in 0..6 {{"), first));
        true
    }

    /// Calls that nest by the thousand, with and without end.
    pub(super) fn deep_recursion(&mut self, out: &mut Vec<Stmt>) {
        self.features.insert(Feature::DeepRecursion);
        let (deep, endless) = (self.fresh("deep"), self.fresh("endless"));
        let depth = self.random.between(1_500, 4_000);
        let step = self.random.pick(&["n % 3", "1", "0.5", "x % 2"]);
        let body = match self.random.below(3) {
            0 => format!("return if n <= 0 {{ x }} else {{ {deep}(n - 1, x + 1) + {step} }}"),
            1 => format!("if n <= 0 {{ return x }}; r := {deep}(n - 1, [n][0] + x % 9); return r + {step}"),
            _ => {
                format!("return if n <= 0 {{ x }} else {{ [n].map(func(k) {{ return k }})[0] % 7 + {deep}(n - 2, x) }}")
            }
        };
        out.push(Stmt::line(format!("func {deep}(n, x) {{ {body} }}")));
        out.push(Stmt::block("for i in 0..12 {", vec![Stmt::line(format!("print({deep}(i * 7, i))"))]));
        out.push(Stmt::line(format!("print({deep}({depth}, 1), {deep}(40, 2.5))")));
        if self.random.chance(50) {
            let body = match self.random.below(3) {
                0 => format!("return {endless}(n + 1)"),
                1 => format!(
                    "try {{ return {endless}(n + 1) + 1 }} except e {{ if n % 4096 != 0 {{ throw e }}; return len(e.stack) }}"
                ),
                _ => format!("xs := [n]; r := {endless}(xs[0] + 1); return r + len(xs)"),
            };
            out.push(Stmt::line(format!("func {endless}(n) {{ {body} }}")));
            out.push(Stmt::clauses([
                ("try {".to_string(), vec![Stmt::line(format!("print({endless}(0))"))]),
                ("} except e {".to_string(), vec![Stmt::line("print(e.kind, e.message, e.line, len(e.stack))")]),
            ]));
        }
    }
}
