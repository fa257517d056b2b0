//! Small structs and pairs that come and go: those that native code may never make.

use super::Generator;
use super::scope::{Callable, Kind};
use crate::program::Stmt;

/// What the statements about small structs name.
#[derive(Default)]
pub(super) struct Vectors {
    /// A struct with the fields `x`, an int, and `y`, anything.
    vector: String,
    /// A struct of two of them, `low` and `high`, and an int `n`.
    span: String,
    /// A function that gives a pair of ints for two ints.
    split: String,
}

impl Generator {
    /// The declarations.
    pub(super) fn vectors(&mut self, out: &mut Vec<Stmt>) {
        let (vector, span, split) = (self.fresh("Vector"), self.fresh("Span"), self.fresh("split"));
        let (modulus, at) = (self.random.pick(&["997", "4099", "18446744073709551557"]), self.random.below(29));
        let body = [
            "x".to_string(),
            "y".to_string(),
            format!("func plus(self, o) {{ return {vector} {{ x: (self.x + o.x) % {modulus}, y: o.y }} }}"),
            format!("func scaled(self, k) {{ return {vector} {{ x: self.x * k % {modulus}, y: self.y }} }}"),
            format!(
                "func slide(mut self, k) {{ self.x := (self.x + k) % {modulus}; if k % 29 == {at} {{ self.y := [k] }}; return self.x }}"
            ),
            format!("func op_add(self, o) {{ return self.plus({vector} {{ x: o.x % 97, y: self.y }}) }}"),
            format!("func op_neg(self) {{ return {vector} {{ x: -self.x, y: self.y }} }}"),
            "func op_lt(self, o) { return self.x < o.x }".to_string(),
        ];
        out.push(Stmt::block(format!("struct {vector} {{"), body.into_iter().map(Stmt::line).collect()));
        let fields = ["low", "high", "n"].map(Stmt::line).to_vec();
        out.push(Stmt::block(format!("struct {span} {{"), fields));
        out.push(Stmt::line(format!("func {split}(a, b) {{ return [a / b, a % b] }}")));
        let spiral = self.fresh("spiral");
        let body = [
            format!("p := {vector} {{ x: x % 97, y: 2 }}"),
            format!("for i in count {{ p := p.plus({vector} {{ x: i, y: i }}); yield (p.x + p.y) % 1009 }}"),
        ];
        let body = body.into_iter().map(Stmt::line).collect();
        out.push(Stmt::block(format!("func* {spiral}(count, x) {{"), body));
        self.functions.generators.push(Callable { name: spiral, params: vec![Kind::Int; 2], ticks: 20 });
        self.vectors = Vectors { vector, span, split };
    }

    /// A loop that keeps such a struct, and a pair of them, in variables.
    pub(super) fn vector_loop(&mut self, out: &mut Vec<Stmt>) -> bool {
        let rounds = self.random.between(3, 12);
        if self.place.is_leaf || !self.afford(8 * rounds) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let (p, kept, span, i) = (self.fresh("p"), self.fresh("kept"), self.fresh("span"), self.fresh("i"));
        let first = self.vector();
        out.push(Stmt::line(format!("{p} := {first}")));
        out.push(Stmt::line(format!("{kept} := {}", if self.random.chance(50) { "null" } else { &p })));
        let n = self.int_small();
        let name = self.vectors.span.clone();
        out.push(Stmt::line(format!("{span} := {name} {{ low: {p}, high: {}, n: {n} }}", self.vector())));
        let mut body = Vec::new();
        for _ in 0..self.random.between(2, 5) {
            let line = self.vector_line(&sum, (&p, &kept, &span, &i));
            let rarely = self.rarely();
            match self.random.chance(20) {
                true => body.push(Stmt::block(format!("if {rarely} {{"), vec![Stmt::line(line)])),
                false => body.push(Stmt::line(line)),
            }
        }
        out.push(Stmt::block(format!("for {i} in 0..{rounds} {{"), body));
        out.push(Stmt::line(format!(
            "{sum} := ({sum} + digest({p}) + digest({kept}) * 3 + digest({span}.low) + {span}.n) % 1000003"
        )));
        true
    }

    /// A small struct.
    fn vector(&mut self) -> String {
        let x = match self.random.chance(10) {
            true => "9223372036854775807".to_string(),
            false => self.int_small(),
        };
        let y = self.random.pick(&["0", "1.5", "null", "\"é日\"", "true", "[1, 2]", "Ok(4)", "Some(7)"]);
        format!("{} {{ x: {x}, y: {y} }}", self.vectors.vector)
    }

    fn vector_line(&mut self, sum: &str, (p, kept, span, i): (&str, &str, &str, &str)) -> String {
        let (vector, split) = (self.vectors.vector.clone(), self.vectors.split.clone());
        let (at, k) = (self.random.below(9), self.random.between(2, 9));
        match self.random.below(20) {
            0 => format!("{p} := {p}.plus({vector} {{ x: {i}, y: {p}.y }})"),
            1 => format!("{p} := {p} + {}", self.vector()),
            2 => format!("{p} := -{p}"),
            3 => format!("{p}.x := ({p}.x + {i}) % 997"),
            4 => format!("{sum} := ({sum} + {p}.slide({i})) % 1000003"),
            5 => {
                let q = self.fresh("q");
                format!("{q} := {p}.scaled({k}); {sum} := ({sum} + {q}.plus({p}).x) % 1000003")
            }
            6 => {
                let (a, b) = (self.fresh("a"), self.fresh("b"));
                format!("[{a}, {b}] := {split}({i} + {sum} % 100, {k}); {sum} := ({sum} * 3 + {a} * 2 + {b}) % 1000003")
            }
            7 => {
                let other = format!("{} {{ low: {p}, high: {i}, n: {k} }}", self.vectors.span);
                format!("{kept} := {}", if self.random.chance(30) { &other } else { p })
            }
            8 => format!("{p} := {}", self.vector()),
            9 => {
                let error = self.fresh("e");
                let raise = format!("if {i} % 9 == {at} {{ throw \"v${{{p}.x}}\" }}");
                format!(
                    "try {{ {p} := -{p}; {raise}; {sum} := ({sum} + {p}.x) % 1000003 }} except {error} {{ {sum} += len({error}.message) }}"
                )
            }
            10 => format!("{span}.low.x := ({span}.low.x + {i}) % 97"),
            11 => format!("{span}.high := {p}; {span}.n := ({span}.n + {span}.high.x) % 997"),
            12 => format!("{sum} := ({sum} + digest({p})) % 1000003"),
            13 => format!("if {p} == {kept} {{ {sum} += 3 }}"),
            14 => {
                let f = self.fresh("f");
                format!("{f} := func() {{ return {p}.x }}; {sum} := ({sum} + {f}()) % 1000003")
            }
            15 => format!("if {p} < ({}) {{ {p}.y := {i} }} else {{ {p}.y := \"t${{{i}}}\" }}", self.vector()),
            16 => {
                let (good, bad) = self.random.pick(&[&("Ok", "Err"), &("Some", "Ok")]);
                let outcome = format!("if {i} % 9 == {at} {{ {bad}({i}) }} else {{ {good}({k}) }}");
                format!("{p} := {vector} {{ x: {i}, y: {outcome} }}")
            }
            17 => format!("if {i} == {at} {{ {p} := {vector} {{ x: {i}, y: Err({k}) }} }}"),
            18 => {
                let n = self.fresh("n");
                let arms = format!("case Ok({n}) | Some({n}) {{ {n} }} case Err({n}) {{ 5 - {n} }} default {{ 2 }}");
                format!("{sum} := ({sum} + match {p}.y {{ {arms} }}) % 1000003")
            }
            _ => format!(
                "{sum} += match [{i} % 3, {p}.x % 2] {{ case [0, _] {{ 1 }} case [1, 1] {{ 2 }} case [_, 0, ..._] {{ 3 }} default {{ 4 }} }}"
            ),
        }
    }
}
