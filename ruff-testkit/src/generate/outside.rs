//! What is outside the program: modules that it imports, and functions and objects of the host.

use super::Generator;
use super::scope::Kind;
use crate::program::Stmt;

/// The functions of the host, for the names in [`with_host`](crate::run::with_host).
const APPLY: &str = "host_apply";

impl Generator {
    /// Writes two modules, the second of which imports the first, and imports them.
    pub(super) fn module_declarations(&mut self, out: &mut Vec<Stmt>) {
        let (factor, modulus) = (self.random.between(2, 90), self.random.pick(&["1009", "4099", "65537"]));
        let at = self.random.below(40);
        let (base, upper) = (self.fresh("base"), self.fresh("upper"));
        let text = format!(
            "export made := 0
export const FACTOR := {factor}
export struct Cell {{
    v: int = 1
    func bump(mut self, k) {{ self.v := (self.v + k * FACTOR) % 997; return self.v }}
}}
export func scale(k) {{ return k * FACTOR % {modulus} }}
export func note(k) {{ made := (made + k) % 1009; return made }}
export func each(xs, f) {{ total := 0; for x in xs {{ total += f(x) % 1009 }}; return total }}
export func* steps(n) {{ for i in 0..n {{ yield (i * FACTOR + made) % 97 }} }}
export func touch(mut xs, k) {{ xs[k % 4] := k % 89; return xs[0] }}
export func fail(k) {{ if k % 40 == {at} {{ throw \"module ${{k}}\" }}; return k }}
"
        );
        self.modules.push((base.clone(), text));
        let text = format!(
            "import {base} as base
calls := 0
export func twice(k) {{ calls += 1; return base.scale(base.scale(k)) + calls % 3 }}
export func relay(f, k) {{ return f(base.note(k)) }}
export cell := base.Cell {{ v: 5 }}
export func poke(k) {{ return cell.bump(k) }}
"
        );
        self.modules.push((upper.clone(), text));
        let (base_name, upper_name) = (self.fresh("lib"), self.fresh("lib"));
        out.push(Stmt::line(format!("import {base} as {base_name}")));
        out.push(Stmt::line(format!("import {upper} as {upper_name}")));
        self.libraries = Some((base_name, upper_name));
    }

    /// Uses what a module exports.
    pub(super) fn module_use(&mut self, out: &mut Vec<Stmt>) -> bool {
        let Some((base, upper)) = self.libraries.clone() else { return false };
        if self.place.is_leaf || !self.afford(40) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let argument = format!("({}) % 4099", self.int(1));
        let value = match self.random.below(11) {
            0 => format!("{base}.scale({argument})"),
            1 => format!("{base}.note({argument})"),
            2 => format!("{base}.made + {base}.FACTOR"),
            3 => format!("{upper}.twice({argument})"),
            4 => format!("{upper}.relay(func(k) {{ return k % 31 }}, {argument})"),
            5 => format!("{upper}.poke({argument})"),
            6 => {
                let ints = self.place_of(out, Kind::Ints);
                format!("{base}.each({ints}, {}) % 65537", self.lambda())
            }
            7 => {
                let ints = self.place_of(out, Kind::Ints);
                format!("{base}.touch(mut {ints}, {})", self.random.below(30))
            }
            8 => format!("sum({base}.steps({}).collect())", self.random.below(6)),
            9 => {
                let cell = self.fresh("cell");
                out.push(Stmt::line(format!("{cell} := {base}.Cell {{ v: {} }}", self.random.below(90))));
                format!("{cell}.bump({argument})")
            }
            _ => {
                let error = self.fresh("e");
                out.push(Stmt::clauses([
                    ("try {".to_string(), vec![Stmt::line(format!("{sum} += {base}.fail({argument})"))]),
                    (format!("}} except {error} {{"), vec![Stmt::line(format!("{sum} += len({error}.message)"))]),
                ]));
                return true;
            }
        };
        out.push(Stmt::line(format!("{sum} := ({sum} * 3 + {value}) % 1000003")));
        true
    }

    /// Calls functions of the host, which call back, and methods of its objects.
    pub(super) fn host_call(&mut self, out: &mut Vec<Stmt>) -> bool {
        if self.place.is_leaf || !self.afford(45) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let argument = format!("({}) % 4099", self.int(1));
        let leaf = self.leaf_name();
        let value = match self.random.below(9) {
            0 | 1 => format!("{APPLY}(func(k) {{ return {leaf}(k) % 65537 }}, {argument})"),
            2 => {
                let captured = self.place_of(out, Kind::Int);
                format!("{APPLY}(func(k) {{ {captured} := ({captured} + k) % 1009; return {captured} }}, {argument})")
            }
            3 => {
                let inner = format!("func(j) {{ return {leaf}(j) % 97 }}");
                format!("{APPLY}(func(k) {{ return {APPLY}({inner}, k) + 1 }}, {argument})")
            }
            4 => {
                let ints = self.place_of(out, Kind::Ints);
                format!("host_sum({ints}.take(8).map(func(k) {{ return k % 97 }}))")
            }
            5 => {
                let meter = self.place_of(out, Kind::Meter);
                format!("{meter}.add({argument})")
            }
            6 => {
                let meter = self.place_of(out, Kind::Meter);
                out.push(Stmt::line(format!("{meter}.total += {}", self.random.below(50))));
                format!("{meter}.total % 65537")
            }
            7 => {
                let meter = self.place_of(out, Kind::Meter);
                format!("({meter} + {}).total % 65537", self.random.below(50))
            }
            _ => {
                let error = self.fresh("e");
                let call = match self.random.chance(50) {
                    true => format!("{sum} += host_fail({argument})"),
                    false => format!("{sum} += {APPLY}(func(k) {{ return host_fail(k) }}, {argument})"),
                };
                let seen = format!("{sum} += len({error}.kind) + len({error}.message)");
                out.push(Stmt::clauses([
                    ("try {".to_string(), vec![Stmt::line(call)]),
                    (format!("}} except {error} {{"), vec![Stmt::line(seen)]),
                ]));
                return true;
            }
        };
        out.push(Stmt::line(format!("{sum} := ({sum} * 3 + {value}) % 1000003")));
        true
    }
}
