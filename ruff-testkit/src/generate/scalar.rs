//! Statements on single values: numbers, strings, values whose kind changes, globals, options.

use super::Generator;
use super::scope::Kind;
use crate::program::Stmt;

impl Generator {
    /// Declares a variable of a kind with a literal.
    pub(super) fn declare_value(&mut self, out: &mut Vec<Stmt>, kind: Kind) -> String {
        let stem = match &kind {
            Kind::Int => "n",
            Kind::Float => "x",
            Kind::Str => "s",
            Kind::Bool => "flag",
            Kind::Any | Kind::Out => "v",
            Kind::Ints => "ints",
            Kind::Floats => "floats",
            Kind::Mixed => "mixed",
            Kind::Grid => "grid",
            Kind::Dict => "dict",
            Kind::Struct(_) | Kind::Poly => "p",
            Kind::Structs(_) => "ps",
            Kind::Holder => "holder",
            Kind::Form(_) => "form",
            Kind::Meter => "meter",
            Kind::Func => "f",
            Kind::Collection(_) => "c",
        };
        let value = self.value(&kind);
        self.declare_with(out, stem, kind, value)
    }

    pub(super) fn arithmetic(&mut self, out: &mut Vec<Stmt>) -> bool {
        match self.random.below(8) {
            0..=3 => {
                let name = self.place_of(out, Kind::Int);
                let value = self.cut_int(3);
                out.push(Stmt::line(format!("{name} := {value}")));
            }
            4 => {
                let name = self.place_of(out, Kind::Int);
                out.push(Stmt::line(format!("{name} {} {}", self.random.pick(&["+=", "-="]), self.random.below(300))));
            }
            5 | 6 => {
                let name = self.place_of(out, Kind::Float);
                out.push(Stmt::line(format!("{name} := {}", self.float(2))));
            }
            _ => {
                let name = self.place_of(out, Kind::Bool);
                out.push(Stmt::line(format!("{name} := {}", self.condition(2))));
            }
        }
        true
    }

    /// An int grows past an edge, step by step or at once, and falls back.
    pub(super) fn int_edge(&mut self, out: &mut Vec<Stmt>) -> bool {
        let name = self.place_of(out, Kind::Int);
        let edge = self.edge();
        match self.random.below(4) {
            0 => {
                let rarely = self.rarely();
                let start = format!("{name} := {edge}");
                out.push(Stmt::block(format!("if {rarely} {{"), vec![Stmt::line(start)]));
                out.push(Stmt::line(format!("{name} {} {}", self.random.pick(&["+=", "-="]), self.random.below(3))));
            }
            1 => out.push(Stmt::line(format!("{name} := {name} * 3 + {}", self.random.below(9)))),
            2 => out.push(Stmt::line(format!("{name} := {} + {edge}", self.int(1)))),
            _ => out.push(Stmt::line(format!("{name} := {name} + {name} - {edge}"))),
        }
        let bound = self.random.pick(&["9223372036854775807", "10 ** 24", "2 ** 100", "4611686018427387904"]);
        let cut = self.cut_back(&name);
        out.push(Stmt::block(format!("if {name} > {bound} || {name} < -({bound}) {{"), vec![Stmt::line(cut)]));
        true
    }

    /// An operator on ints that may be large, with a result that may be.
    pub(super) fn edge_operator(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.afford(30) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let operator = self.random.pick(&["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "**"]);
        let seconds: Vec<String> = match operator {
            "<<" | ">>" | "**" => [0, 1, 2, 31, 62, 63, 64, 65].iter().map(ToString::to_string).collect(),
            _ => [(); 6].map(|()| self.edge()).into_iter().chain(["0".into(), "-1".into(), "3".into()]).collect(),
        };
        let seconds = seconds.join(", ");
        let (first, second, error) = (self.fresh("x"), self.fresh("y"), self.fresh("e"));
        let firsts = [(); 5].map(|()| self.edge()).join(", ");
        let (at, by) = (self.int(1), self.int(0));
        out.push(Stmt::line(format!("{first} := [{firsts}, -3, 7][{at} % 7]")));
        out.push(Stmt::line(format!("{second} := [{seconds}][{by} % 8]")));
        let sign = self.random.pick(&["", "-", "~"]);
        let attempt = match self.random.chance(50) {
            true => format!("{sum} := ({sum} + digest({sign}({first} {operator} {second}))) % 1000003"),
            false => format!("{sum} := ({sum} + {first} {operator} {second} % 1009) % 1000003"),
        };
        out.push(Stmt::clauses([
            ("try {".to_string(), vec![Stmt::line(attempt)]),
            (format!("}} except {error} {{"), vec![Stmt::line(format!("{sum} += len({error}.kind)"))]),
        ]));
        true
    }

    fn cut_back(&mut self, name: &str) -> String {
        match self.random.below(4) {
            0 => format!("{name} := -7"),
            1 => format!("{name} := {name} / 4294967296 % 65536"),
            2 => format!("{name} := {name} & 1023"),
            _ => format!("{name} := {name} % 9973"),
        }
    }

    /// A variable gets a value of another kind: once, in turn, or by an operation that depends on what it holds.
    pub(super) fn kind_change(&mut self, out: &mut Vec<Stmt>) -> bool {
        let name = self.place_of(out, Kind::Any);
        match self.random.below(6) {
            0 | 1 => {
                let head = format!("if {} {{", self.rarely());
                let value = self.any();
                out.push(Stmt::block(head, vec![Stmt::line(format!("{name} := {value}"))]));
            }
            2 => {
                let arms = self.random.between(2, 4);
                let mut body = Vec::new();
                for at in 0..arms {
                    body.push(Stmt::line(format!("case {at} {{ {} }}", self.any())));
                }
                body.push(Stmt::line(format!("default {{ {} }}", self.any())));
                let subject = self.int(1);
                out.push(Stmt::block(format!("{name} := match {subject} % {} {{", arms + 1), body));
            }
            3 => {
                let number = self.random.pick(&["1", "0.5", "2147483647", "-3"]);
                let clauses = [
                    (format!("if is_int({name}) || is_float({name}) {{"), format!("{name} := {name} + {number}")),
                    (format!("}} else if is_string({name}) {{"), format!("{name} := \"${{len({name})}}\"")),
                    ("} else {".to_string(), format!("{name} := {}", self.any())),
                ];
                out.push(Stmt::clauses(clauses.map(|(head, line)| (head, vec![Stmt::line(line)]))));
            }
            4 => {
                let back = self.any();
                let attempt = vec![Stmt::line(format!("{name} := {name} + {}", self.random.below(40)))];
                out.push(Stmt::clauses([
                    ("try {".to_string(), attempt),
                    ("} except {".to_string(), vec![Stmt::line(format!("{name} := {back}"))]),
                ]));
            }
            _ => out.push(Stmt::line(format!("{name} := {}", self.any()))),
        }
        if self.random.chance(50) {
            let sum = self.place_of(out, Kind::Int);
            self.spend(30);
            out.push(Stmt::line(format!("{sum} := ({sum} * 31 + digest({name})) % 1000003")));
        }
        true
    }

    /// A string gets longer, and is cut where it is long.
    pub(super) fn string_build(&mut self, out: &mut Vec<Stmt>) -> bool {
        let name = self.place_of(out, Kind::Str);
        let part = self.string(2);
        match self.random.below(4) {
            0 => out.push(Stmt::line(format!("{name} += {part}"))),
            1 => out.push(Stmt::line(format!("{name} := {name} + {part}"))),
            2 => out.push(Stmt::line(format!("{name} := \"${{{name}}}|${{{}}}\"", self.int(1)))),
            _ => out.push(Stmt::line(format!("{name} := {part} + {name}"))),
        }
        let cut = match self.random.below(3) {
            0 => format!("{name} := {name}[-5..]"),
            1 => format!("{name} := \"\""),
            _ => format!("{name} := \"${{len({name})}}\""),
        };
        let most = self.random.between(10, 60);
        out.push(Stmt::block(format!("if len({name}) > {most} {{"), vec![Stmt::line(cut)]));
        true
    }

    pub(super) fn print(&mut self, out: &mut Vec<Stmt>) -> bool {
        let Some(value) = self.digest() else { return false };
        let text = self.string(1);
        let line = Stmt::line(format!("print({text}, {value})"));
        match self.place.result.is_none() && self.repeats <= 8 {
            true => out.push(line),
            false => {
                let rarely = self.rarely();
                out.push(Stmt::block(format!("if {rarely} {{"), vec![line]));
            }
        }
        true
    }

    pub(super) fn global_assign(&mut self, out: &mut Vec<Stmt>) -> bool {
        let Some(global) = self.variable(|v| v.is_global && v.is_assignable) else { return false };
        let name = global.name;
        let line = match global.kind {
            Kind::Int => match self.random.chance(50) {
                true => format!("{name} := ({name} + {}) % 1000003", self.int(1)),
                false => format!("{name} += 1"),
            },
            Kind::Any => format!("{name} := {}", self.any()),
            Kind::Ints => format!("{name}[{}] := {}", self.index(), self.cut_int(1)),
            Kind::Dict => format!("{name}[\"k${{{} % 6}}\"] := {}", self.int(1), self.cut_int(1)),
            Kind::Float => format!("{name} := {}", self.float(1)),
            Kind::Str => format!("{name} := ({})[..9]", self.string(1)),
            _ => return false,
        };
        out.push(Stmt::line(line));
        true
    }

    pub(super) fn destructuring(&mut self, out: &mut Vec<Stmt>) -> bool {
        let (a, b) = (self.place_of(out, Kind::Int), self.place_of(out, Kind::Int));
        match self.random.below(4) {
            0 if a != b => out.push(Stmt::line(format!("[{a}, {b}] := [{b}, {a}]"))),
            1 => {
                let Some(ints) = self.readable(Kind::Ints) else { return false };
                let (first, rest) = (self.fresh("n"), self.fresh("rest"));
                out.push(Stmt::line(format!("[{first}, _, ...{rest}] := {ints}")));
                out.push(Stmt::line(format!("{a} := ({first} + len({rest}) + sum({rest})) % 65537")));
                self.declare(&first, Kind::Int);
            }
            2 => {
                let Some(dict) = self.readable(Kind::Dict) else { return false };
                let (first, rest) = (self.fresh("n"), self.fresh("rest"));
                out.push(Stmt::line(format!("{{a: {first}, ...{rest}}} := {dict}")));
                out.push(Stmt::line(format!("{b} := ({first} * 7 + len({rest})) % 65537")));
                self.declare(&first, Kind::Int);
            }
            _ => {
                let (first, second) = (self.fresh("v"), self.fresh("v"));
                out.push(Stmt::line(format!("[{first}, {second}] := [{}, {}]", self.any(), self.any())));
                self.declare(&first, Kind::Any);
                self.declare(&second, Kind::Out);
            }
        }
        true
    }

    pub(super) fn optional(&mut self, out: &mut Vec<Stmt>) -> bool {
        let name = self.place_of(out, Kind::Int);
        let fallible = self.functions.fallible.clone();
        match self.random.below(4) {
            0 | 1 if !fallible.is_empty() => {
                let called = &fallible[self.random.below(fallible.len() as u64) as usize];
                if !self.afford(called.ticks) {
                    return false;
                }
                let argument = self.int(1);
                out.push(Stmt::line(format!("{name} += unwrap_or({}({argument}), -1)", called.name)));
            }
            2 => {
                let v = self.place_of(out, Kind::Any);
                out.push(Stmt::line(format!("{name} += digest({v} ?? {})", self.int(1))));
                self.spend(30);
            }
            _ => {
                let maybe = self.fresh("v");
                let (rarely, value) = (self.rarely(), self.value(&Kind::Dict));
                out.push(Stmt::line(format!("{maybe} := if {rarely} {{ null }} else {{ {value} }}")));
                let access = self.random.pick(&["?.b", "?[\"a\"]", "?.len()"]);
                out.push(Stmt::line(format!("{name} += {maybe}{access} ?? {}", self.random.below(9))));
            }
        }
        true
    }
}
