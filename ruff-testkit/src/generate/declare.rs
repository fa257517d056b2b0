//! Declarations: the structs and functions that the statements of a program use.

use super::Generator;
use super::scope::{Callable, Kind, LEN, StructShape, Variable};
use crate::program::Stmt;

/// `digest(v)`: an int that depends on all of a value, by a call site that sees every kind.
const DIGEST: &str = r#"func digest(v) {
    if is_int(v) { return v % 1000003 }
    if is_array(v) {
        total := len(v)
        for item in v { total := (total * 31 + digest(item)) % 1000003 }
        return total
    }
    total := 7
    for char in "${v}"[..24] { total := (total * 17 + index_of("0123456789.-+einfNatrulsx ", char)) % 1000003 }
    return total
}"#;

/// The same in a few instructions, from the length and the start of the text.
const SHORT_DIGEST: &str = r#"func digest(v) {
    return if is_int(v) { v % 1000003 } else { len("${v}") * 31 + index_of("0123456789.-+einfNatrulsx [{", "${v} "[..1]) }
}"#;

impl Generator {
    pub(super) fn declarations(&mut self, out: &mut Vec<Stmt>) {
        let digest = if self.scale.digests { DIGEST } else { SHORT_DIGEST };
        out.extend(digest.lines().map(Stmt::line));
        let shapes = if self.random.chance(20) { self.random.between(4, 6) } else { self.random.between(1, 3) };
        for _ in 0..shapes {
            self.struct_declaration(out);
        }
        self.enum_declaration(out);
        if self.random.chance(60) {
            self.module_declarations(out);
        }
        self.globals(out);
        for _ in 0..self.random.between(2, 4) {
            self.leaf(out);
        }
        self.generic(out);
        self.recursive(out);
        self.mutual(out);
        self.in_out(out);
        self.flexible(out);
        self.generator_functions(out);
        self.counter_maker(out);
        self.fallible(out);
        self.risky(out);
        self.deep_functions(out);
        self.holder(out);
        self.vectors(out);
    }

    fn globals(&mut self, out: &mut Vec<Stmt>) {
        for kind in [Kind::Int, Kind::Any, Kind::Ints, Kind::Dict, Kind::Float, Kind::Str] {
            if kind == Kind::Int || self.random.chance(60) {
                let name = self.fresh("global");
                out.push(Stmt::line(format!("{name} := {}", self.value(&kind))));
                self.variables.push(Variable { name, kind, is_assignable: true, is_global: true, is_hoisted: false });
            }
        }
    }

    /// Writes a function whose body sees globals and these parameters, and no function variables.
    fn function(
        &mut self,
        head: String,
        params: &[(&str, Kind)],
        write: impl FnOnce(&mut Generator, &mut Vec<Stmt>),
    ) -> Stmt {
        let place = self.place.clone();
        self.place.is_leaf = true;
        let body = self.body(|g, out| {
            for (name, kind) in params {
                g.declare(name, kind.clone());
            }
            write(g, out);
        });
        self.place = place;
        Stmt::block(head, body)
    }

    fn struct_declaration(&mut self, out: &mut Vec<Stmt>) {
        let name = self.fresh("Shape");
        let mut fields = vec![("n".to_string(), Kind::Int)];
        for (field, kind) in [("tag", Kind::Any), ("items", Kind::Ints), ("m", Kind::Int)] {
            if self.random.chance(50) {
                fields.insert(self.random.below(fields.len() as u64 + 1) as usize, (field.into(), kind));
            }
        }
        let all = [
            "op_add",
            "op_sub",
            "op_pow",
            "op_eq",
            "op_ne",
            "op_lt",
            "op_ge",
            "op_index",
            "op_call",
            "op_neg",
            "op_not",
            "to_string",
        ];
        let operators: Vec<&'static str> = all.into_iter().filter(|_| self.random.chance(40)).collect();
        let mut body: Vec<Stmt> = fields
            .iter()
            .map(|(field, kind)| match kind {
                Kind::Int => Stmt::line(format!("{field}: int = {}", self.random.below(9))),
                Kind::Ints => Stmt::line(format!("{field} = [5, 6, 7, 8]")),
                _ => Stmt::line(format!("{field} = null")),
            })
            .collect();
        let (factor, modulus) = (self.random.between(1, 9), self.random.pick(&["997", "4099", "65537"]));
        let items = if fields.iter().any(|f| f.0 == "items") { " + self.items[1]" } else { "" };
        let weigh = format!("func weigh(self, k = 3) {{ return (self.n * {factor}{items} + k % 7) % {modulus} }}");
        let grow = match items.is_empty() {
            true => format!("func grow(mut self, k = 5) {{ self.n := (self.n + k) % {modulus} }}"),
            false => {
                format!(
                    "func grow(mut self, k = self.n % 5) {{ self.items[k % {LEN}] += 1; self.n := (self.n + k) % {modulus} }}"
                )
            }
        };
        body.extend([Stmt::line(weigh), Stmt::line(grow)]);
        for operator in &operators {
            let text = match *operator {
                "op_add" => format!("func op_add(self, o) {{ return {name} {{ n: (self.n + o.n * 3) % {modulus} }} }}"),
                "op_sub" => format!(
                    "func op_sub(self, k) {{ if k % 41 == {} {{ throw \"sub\" }}; for i in 3 {{ k += i }}; return (self.n - k) % {modulus} }}",
                    self.random.below(60)
                ),
                "op_pow" => "func op_pow(self, k) { return if k % 3 == 0 { self } else { [self.n, k] } }".to_string(),
                "op_eq" if self.random.chance(15) => {
                    "func op_eq(self, o) { return if self.n % 30 == 7 { self.n } else { self.n % 3 == 0 } }".to_string()
                }
                "op_eq" => "func op_eq(self, o) { return self.n % 5 == o.n % 5 }".to_string(),
                "op_ne" => "func op_ne(self, o) { return if self.n % 4 == 0 { null } else { self.n % 3 } }".to_string(),
                "op_ge" => format!(
                    "func op_ge(self, o) {{ if self.n % 17 == 0 {{ return self.n % 2 == 0 }}; return ({name} {{ n: self.n - 1 }}) >= o }}"
                ),
                "op_not" => "func op_not(self) { return self.n % 3 == 1 }".to_string(),
                "op_lt" => "func op_lt(self, o) { return self.n < o.n }".to_string(),
                "op_index" => "func op_index(self, i) { return self.n + i }".to_string(),
                "op_call" => format!("func op_call(self, k) {{ return (self.n * k) % {modulus} }}"),
                "op_neg" => format!("func op_neg(self) {{ return {name} {{ n: -self.n }} }}"),
                _ => format!("func to_string(self) {{ return \"{name}(${{self.n}})\" }}"),
            };
            body.push(Stmt::line(text));
        }
        out.push(Stmt::block(format!("struct {name} {{"), body));
        self.structs.push(StructShape { name, fields, operators });
    }

    fn leaf(&mut self, out: &mut Vec<Stmt>) {
        let name = self.fresh("leaf");
        let parameter = self.fresh("a");
        let function = self.function(format!("func {name}({parameter}) {{"), &[(&parameter, Kind::Int)], |g, out| {
            if g.random.chance(40) {
                let (head, early) = (format!("if {} {{", g.condition(1)), g.cut_int(1));
                out.push(Stmt::block(head, vec![Stmt::line(format!("return {early}"))]));
            }
            let count = g.random.below(2);
            for _ in 0..count {
                g.arithmetic(out);
            }
            out.push(Stmt::line(format!("return {}", g.cut_int(2))));
        });
        out.push(function);
        self.functions.leaves.push(Callable { name, params: vec![Kind::Int], ticks: 2 });
    }

    fn generic(&mut self, out: &mut Vec<Stmt>) {
        let bodies: &[(usize, &str)] = &[
            (1, "return a + a"),
            (1, "return [a, a]"),
            (2, "return a + b"),
            (2, "return if a < b { [a, b] } else { b }"),
            (2, "return a == b"),
            (3, "a += b; a += c; return a"),
        ];
        for _ in 0..2 {
            let (count, body) = bodies[self.random.below(bodies.len() as u64) as usize];
            let name = self.fresh("generic");
            out.push(Stmt::line(format!("func {name}({}) {{ {body} }}", ["a", "a, b", "a, b, c"][count - 1])));
            self.functions.generic.push(Callable { name, params: vec![Kind::Any; count], ticks: 2 });
        }
    }

    fn recursive(&mut self, out: &mut Vec<Stmt>) {
        let name = self.fresh("rec");
        let modulus = self.random.pick(&["1009", "1000003", "18446744073709551557"]);
        let step = self.random.between(1, 50);
        let body = match self.random.below(3) {
            0 => format!("return ({name}(depth - 1, x + {step}) * 2 + {name}(depth - 1, x)) % {modulus}"),
            1 => format!("return (x + {name}(depth - 1, (x * {step} + depth) % {modulus})) % {modulus}"),
            _ => format!(
                "return if x % 2 == 0 {{ {name}(depth - 1, x + 1) }} else {{ {name}(depth - 1, x * 3) - depth }}"
            ),
        };
        let body = vec![Stmt::line("if depth <= 0 { return x % 65537 }"), Stmt::line(body)];
        out.push(Stmt::block(format!("func {name}(depth, x) {{"), body));
        // Two calls, six deep.
        self.functions.recursive.push(Callable { name, params: vec![Kind::Int; 2], ticks: 130 });
    }

    fn mutual(&mut self, out: &mut Vec<Stmt>) {
        let (ping, pong) = (self.fresh("ping"), self.fresh("pong"));
        let step = self.random.between(1, 9);
        out.push(Stmt::line(format!(
            "func {ping}(depth, x) {{ return if depth <= 0 {{ x }} else {{ {pong}(depth - 1, x * {step} % 8191) + 1 }} }}"
        )));
        out.push(Stmt::line(format!(
            "func {pong}(depth, x) {{ if depth <= 0 {{ return -x }}; return {ping}(depth - 1, x + depth) - {step} }}"
        )));
        self.functions.recursive.push(Callable { name: ping, params: vec![Kind::Int; 2], ticks: 8 });
    }

    /// Functions whose first parameter is `mut`; they return an int.
    fn in_out(&mut self, out: &mut Vec<Stmt>) {
        for kind in [Kind::Ints, Kind::Int, Kind::Mixed] {
            let (name, param) = (self.fresh("edit"), self.fresh("place"));
            let params = [(param.as_str(), kind.clone()), ("k", Kind::Int)];
            let function = self.function(format!("func {name}(mut {param}, k) {{"), &params, |g, out| {
                // The place may be a global, which must not be used while it is on loan.
                let outside: Vec<Variable> = std::mem::take(&mut g.variables);
                g.declare(&param, kind.clone());
                g.declare("k", Kind::Int);
                match kind {
                    Kind::Ints => g.array_update(out),
                    Kind::Mixed => g.widening(out),
                    _ => g.arithmetic(out),
                };
                let result = match kind {
                    Kind::Int => format!("{param} % 7"),
                    _ => format!("len({param})"),
                };
                out.push(Stmt::line(format!("return {result}")));
                g.variables = outside;
            });
            out.push(function);
            // Mixed elements are digested.
            let ticks = if kind == Kind::Mixed { 35 } else { 4 };
            self.functions.in_out.push(Callable { name, params: vec![kind, Kind::Int], ticks });
        }
    }

    fn flexible(&mut self, out: &mut Vec<Stmt>) {
        let optional = self.fresh("optional");
        let body = vec![Stmt::line("return (a + b * 5 - c) % 1000003")];
        out.push(Stmt::block(format!("func {optional}(a, b = a + 2, c = b % 9) {{"), body));
        self.functions.optional.push(Callable { name: optional, params: vec![Kind::Int], ticks: 1 });
        let name = self.fresh("flexible");
        let (b, c) = (self.random.pick(&["a + 1", "5", "-a"]), self.random.pick(&["b * 2", "[1][0]", "7"]));
        let body = vec![
            Stmt::line("for r in rest { a := (a * 3 + r) % 65537 }"),
            Stmt::line("return (a + b * 5 - c + len(rest)) % 1000003"),
        ];
        out.push(Stmt::block(format!("func {name}(a, b = {b}, c = {c}, ...rest) {{"), body));
        // A spread array has at most some thirty elements.
        self.functions.flexible.push(Callable { name, params: vec![Kind::Int], ticks: 35 });
    }

    fn generator_functions(&mut self, out: &mut Vec<Stmt>) {
        let (name, parameter) = (self.fresh("gen"), self.fresh("x"));
        let body = match self.random.below(3) {
            0 => vec![Stmt::block(
                "for i in 0..count {",
                vec![Stmt::line(format!("yield ({parameter} + i * i) % 1009"))],
            )],
            1 => vec![Stmt::block(
                "while count > 0 {",
                vec![
                    Stmt::line("count -= 1"),
                    Stmt::line("if count == 2 { yield 1 }"),
                    Stmt::line(format!("yield {parameter} % 1009")),
                    Stmt::line(format!("{parameter} := {parameter} * 3 % 1009")),
                ],
            )],
            _ => vec![
                Stmt::line(format!("first := {parameter} % 97")),
                Stmt::clauses([
                    (
                        "try {".to_string(),
                        vec![Stmt::block(
                            "for i in count {",
                            vec![Stmt::line("yield first + i"), Stmt::line("if i == 5 { throw \"late\" }")],
                        )],
                    ),
                    ("} except {".to_string(), vec![Stmt::line("yield -1")]),
                ]),
            ],
        };
        out.push(Stmt::block(format!("func* {name}(count, {parameter}) {{"), body));
        self.functions.generators.push(Callable { name, params: vec![Kind::Int; 2], ticks: 20 });
    }

    fn counter_maker(&mut self, out: &mut Vec<Stmt>) {
        let name = self.fresh("counter");
        let body = match self.random.below(2) {
            0 => vec![Stmt::line("n := 0"), Stmt::line("return func(k) { n := (n + step + k) % 65537; return n }")],
            _ => vec![
                Stmt::line("n := step"),
                Stmt::line("add := func(k) { n += k % 97 }"),
                Stmt::line("return func(k) { add(k); add(1); if n > 5000 { n := 0 }; return n }"),
            ],
        };
        out.push(Stmt::block(format!("func {name}(step) {{"), body));
        self.functions.counter_makers.push(Callable { name, params: vec![Kind::Int], ticks: 3 });
    }

    fn fallible(&mut self, out: &mut Vec<Stmt>) {
        let (inner, outer) = (self.fresh("maybe"), self.fresh("maybe"));
        let modulus = self.random.between(2, 9);
        let (good, bad) = if self.random.chance(50) { ("Ok(k)", "Err(\"no\")") } else { ("Some(k)", "None") };
        let wrapped = if good.starts_with('O') { "Ok" } else { "Some" };
        out.push(Stmt::line(format!(
            "func {inner}(k) {{ return if k % {modulus} == 0 {{ {bad} }} else {{ {good} }} }}"
        )));
        out.push(Stmt::line(format!("func {outer}(k) {{ return {wrapped}({inner}(k + 1)? % 1009 + 1) }}")));
        for name in [inner, outer] {
            self.functions.fallible.push(Callable { name, params: vec![Kind::Int], ticks: 3 });
        }
    }

    /// A function that raises an error for some arguments, one call deeper.
    fn risky(&mut self, out: &mut Vec<Stmt>) {
        let (inner, outer) = (self.fresh("risky"), self.fresh("risky"));
        let at = self.random.below(40);
        let failing = match self.random.below(4) {
            0 => format!("if k % 40 == {at} {{ throw \"risky ${{k}}\" }}; return k"),
            1 => format!("return 1000 / (k % 40 - {at})"),
            2 => format!("return [1, 2, 3, 4][if k % 40 == {at} {{ 4 }} else {{ k % 4 }}]"),
            _ => format!("if k % 40 == {at} {{ throw Error {{ message: \"built ${{k}}\" }} }}; return k * 2 % 97"),
        };
        out.push(Stmt::line(format!("func {inner}(k) {{ {failing} }}")));
        let body = vec![Stmt::line(format!("r := {inner}(k)")), Stmt::line("return r + 1")];
        out.push(Stmt::block(format!("func {outer}(k) {{"), body));
        for name in [inner, outer] {
            self.functions.risky.push(Callable { name, params: vec![Kind::Int], ticks: 3 });
        }
    }
}
