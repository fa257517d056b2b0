//! Expressions by kind. They have no effects but those of the functions they call.

use super::Generator;
use super::scope::{Kind, LEN};

/// Ints at which representations change.
const EDGES: &[&str] = &[
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775806",
    "4611686018427387904",
    "2147483647",
    "-2147483648",
    "4294967296",
    "9007199254740993",
    "18446744073709551616",
    "3037000500",
];

/// Floats that are special, or hard to keep apart from ints.
const FLOATS: &[&str] =
    &["0.0", "-0.0", "0.5", "1.5", "-2.25", "3.0", "1e308", "9007199254740992.0", "1e-300", "0.1", "100.0"];

/// Words for strings.
const WORDS: &[&str] = &["\"\"", "\"a\"", "\"xyz\"", "\"é日\"", "\"0\"", "\"-7\"", "\"tail \""];

impl Generator {
    /// An int expression with at most so many levels of operators.
    pub(super) fn int(&mut self, depth: u32) -> String {
        if depth == 0 || self.random.chance(15) {
            return self.int_atom();
        }
        let below = depth - 1;
        match self.random.below(15) {
            0..=2 => format!("({} + {})", self.int(below), self.int(below)),
            3 | 4 => format!("({} - {})", self.int(below), self.int(below)),
            5 | 6 => format!("({} * {})", self.int(below), self.int(below)),
            7 => format!("({} / {})", self.int(below), self.divisor()),
            8 => format!("({} % {})", self.int(below), self.divisor()),
            9 => {
                let operator = self.random.pick(&["&", "|", "^"]);
                format!("({} {operator} {})", self.int(below), self.int(below))
            }
            10 => format!("({} {} {})", self.int(below), self.random.pick(&["<<", ">>"]), self.random.below(9)),
            11 => format!("({}{})", self.random.pick(&["-", "~"]), self.int(below)),
            12 => format!("(if {} {{ {} }} else {{ {} }})", self.condition(below), self.int(below), self.int(below)),
            13 => self.measured(),
            _ => match self.random.below(3) {
                0 => format!("abs({})", self.int(below)),
                1 => format!("min({}, {})", self.int(below), self.int(below)),
                _ => format!("((({}) & 7) ** {})", self.int(below), self.random.between(2, 3)),
            },
        }
    }

    fn int_atom(&mut self) -> String {
        match self.random.below(12) {
            0 | 1 => self.random.below(10).to_string(),
            2 => self.random.below(5000).to_string(),
            3 if self.random.chance(50) => self.edge(),
            4 => self.element(),
            _ => self.readable(Kind::Int).unwrap_or_else(|| self.random.below(100).to_string()),
        }
    }

    /// An int at which representations change, or one near it.
    pub(super) fn edge(&mut self) -> String {
        let edge = self.random.pick(EDGES);
        match self.random.below(3) {
            0 => format!("({edge} - {})", self.random.below(3)),
            1 => format!("({edge} + {})", self.random.below(3)),
            _ => format!("({edge})"),
        }
    }

    /// A divisor that is not zero.
    fn divisor(&mut self) -> String {
        match self.random.below(3) {
            0 => format!("({} | 1)", self.int_atom()),
            1 => format!("-{}", self.random.between(1, 9)),
            _ => self.random.between(1, 1000).to_string(),
        }
    }

    /// An int read out of a container or a struct.
    pub(super) fn element(&mut self) -> String {
        let found = match self.random.below(6) {
            0 | 1 => self.readable(Kind::Ints).map(|name| format!("{name}[{}]", self.index())),
            2 => self.readable(Kind::Grid).map(|name| format!("{name}[{}][{}]", self.index(), self.index())),
            3 => self.readable(Kind::Dict).map(|name| match self.random.below(4) {
                0 => format!("{name}[\"a\"]"),
                1 => format!("{name}.b"),
                2 => format!("({name}?.k{} ?? 2)", self.random.below(5)),
                _ => format!("{name}.get(\"k{}\", 3)", self.random.below(5)),
            }),
            4 => {
                self.variable(|v| matches!(v.kind, Kind::Structs(_))).map(|v| format!("{}[{}].n", v.name, self.index()))
            }
            _ => self.variable(|v| matches!(v.kind, Kind::Struct(_) | Kind::Poly)).map(|v| format!("{}.n", v.name)),
        };
        found.unwrap_or_else(|| self.random.below(20).to_string())
    }

    /// An int that a length, a sum or a text gives.
    fn measured(&mut self) -> String {
        let arrays = [Kind::Ints, Kind::Floats, Kind::Mixed, Kind::Grid];
        match self.random.below(4) {
            0 => self.variable(|v| arrays.contains(&v.kind)).map_or("3".into(), |v| format!("len({})", v.name)),
            1 => self.readable(Kind::Ints).map_or("5".into(), |name| format!("sum({name})")),
            2 => self.readable(Kind::Str).map_or("1".into(), |name| format!("{name}.len()")),
            _ => self.readable(Kind::Any).map_or("7".into(), |name| format!("len(\"${{{name}}}\")")),
        }
    }

    /// A valid index of every array.
    pub(super) fn index(&mut self) -> String {
        match self.random.below(3) {
            0 => self.random.below(LEN).to_string(),
            1 => format!("{} % {LEN}", self.int_atom()),
            _ => match self.counters.last() {
                Some(counter) => format!("{} % {LEN}", counter.name),
                None => format!("-{}", self.random.between(1, LEN)),
            },
        }
    }

    /// An int cut to a size that any number of additions leaves small.
    pub(super) fn cut_int(&mut self, depth: u32) -> String {
        let modulus = self.random.pick(&["97", "1009", "65537", "1000003", "4294967311"]);
        format!("{} % {modulus}", self.int(depth))
    }

    pub(super) fn float(&mut self, depth: u32) -> String {
        if depth == 0 || self.random.chance(20) {
            return match self.random.below(4) {
                0 => format!("({})", self.random.pick(FLOATS)),
                1 => self.readable(Kind::Floats).map_or("2.5".into(), |name| format!("{name}[{}]", self.index())),
                _ => self.readable(Kind::Float).unwrap_or_else(|| format!("{}.25", self.random.below(50))),
            };
        }
        let below = depth - 1;
        match self.random.below(8) {
            0 | 1 => format!("({} {} {})", self.float(below), self.random.pick(&["+", "-", "*"]), self.float(below)),
            2 => format!("({} * {})", self.int_atom(), self.float(below)),
            3 => format!("({} + {})", self.float(below), self.int_atom()),
            4 => format!("({} / {}.5)", self.float(below), self.random.below(7)),
            5 => format!("({} % 7.5)", self.float(below)),
            6 => format!("sqrt(abs({}))", self.float(below)),
            _ => format!("to_float({})", self.int_atom()),
        }
    }

    /// A short string.
    pub(super) fn string(&mut self, depth: u32) -> String {
        if depth == 0 || self.random.chance(30) {
            return match self.random.below(2) {
                0 => self.random.pick(WORDS).to_string(),
                _ => self.readable(Kind::Str).unwrap_or_else(|| self.random.pick(WORDS).to_string()),
            };
        }
        let below = depth - 1;
        match self.random.below(7) {
            0 | 1 => format!("\"<${{{}}}>\"", self.int(below)),
            2 => format!("({} + {})", self.string(below), self.string(below)),
            3 => format!("\"${{{}}}-${{{}}}\"", self.any(), self.string(0)),
            4 => format!("{}.to_upper()", self.string(below)),
            5 => format!("({})[..{}]", self.string(below), self.random.below(6)),
            _ => format!("str({})", self.float(below)),
        }
    }

    /// A bool expression.
    pub(super) fn condition(&mut self, depth: u32) -> String {
        let below = depth.saturating_sub(1);
        let order = self.random.pick(&["<", "<=", ">", ">=", "==", "!="]);
        match self.random.below(9) {
            0..=2 => format!("({} {order} {})", self.int(below), self.int(below)),
            3 => format!("({} {order} {})", self.float(below), self.float(below)),
            4 => format!("({} {order} {})", self.int_atom(), self.float(below)),
            5 => format!("({} {order} {})", self.string(below), self.string(below)),
            6 if depth > 0 => {
                let operator = self.random.pick(&["&&", "||", "and", "or"]);
                format!("({} {operator} {})", self.condition(below), self.condition(below))
            }
            7 => match self.readable(Kind::Any) {
                Some(name) => match self.random.below(3) {
                    0 => format!("(type({name}) == \"{}\")", self.random.pick(&["int", "string", "array", "option"])),
                    _ => {
                        let tests = ["is_int", "is_string", "is_array", "is_float", "is_truthy", "is_null", "!"];
                        format!("{}({name})", self.random.pick(&tests))
                    }
                },
                None => format!("!{}", self.readable(Kind::Bool).unwrap_or("true".into())),
            },
            _ => self.membership(),
        }
    }

    /// Whether a container has a value.
    fn membership(&mut self) -> String {
        let operator = self.random.pick(&["in", "not in"]);
        match self.random.below(6) {
            0 => format!("({} {operator} Set([{}, \"a\", 2.0]))", self.int_atom(), self.int_atom()),
            5 => {
                let (a, b, c) = (self.int_atom(), self.int_atom(), self.int_atom());
                format!("([{a}, 1] {operator} Set([[{b}, 1], [1.5], [{c}, \"a\"]]))")
            }
            1 => format!("({} {operator} {})", self.string(0), self.string(1)),
            2 => self.readable(Kind::Any).map_or("true".into(), |v| format!("({v} {operator} [null, 3, \"a\", 2.5])")),
            3 => self.readable(Kind::Mixed).map_or("false".into(), |c| format!("({} {operator} {c})", self.int_atom())),
            _ => match self.readable(Kind::Ints) {
                Some(name) => format!("({} {operator} {name})", self.int_atom()),
                None => self.readable(Kind::Bool).unwrap_or("false".into()),
            },
        }
    }

    /// A condition that holds in few iterations, or in a few first or last ones, of a loop around.
    pub(super) fn rarely(&mut self) -> String {
        let Some(at) = self.random.weighted((1..=self.counters.len() as u64).map(|n| n * n)) else {
            return self.condition(1);
        };
        let (name, count) = (self.counters[at].name.clone(), self.counters[at].count);
        let at = self.random.below(count.max(1));
        match self.random.below(6) {
            0..=2 => format!("{name} == {at}"),
            3 => format!("{name} % {} == {}", self.random.between(5, 40), self.random.below(5)),
            4 => format!("{name} > {}", count - count / 8),
            _ => format!("{name} < {}", count / 8 + 1),
        }
    }

    /// A small value of any kind.
    pub(super) fn any(&mut self) -> String {
        match self.random.below(12) {
            0 | 1 => self.int(1),
            2 | 3 => self.float(1),
            4 | 5 => self.random.pick(WORDS).to_string(),
            6 => self.random.pick(&["true", "false"]).to_string(),
            7 => "null".into(),
            8 => format!("[{}, {}]", self.int_atom(), self.random.below(9)),
            9 => match self.random.below(3) {
                0 => "None".into(),
                1 => format!("Some({})", self.int_atom()),
                _ => format!("Ok({})", self.int_atom()),
            },
            10 => format!("{{\"a\": {}}}", self.int_atom()),
            _ => match self.structs.is_empty() {
                true => self.edge(),
                false => {
                    let index = self.random.below(self.structs.len() as u64) as usize;
                    self.struct_literal(index)
                }
            },
        }
    }

    /// A value of a kind, as new as a literal.
    pub(super) fn value(&mut self, kind: &Kind) -> String {
        let list = |items: Vec<String>| format!("[{}]", items.join(", "));
        let length = LEN + self.random.below(5);
        match kind {
            Kind::Int => self.cut_int(1),
            Kind::Float => self.float(1),
            Kind::Str => self.random.pick(WORDS).to_string(),
            Kind::Bool => self.condition(1),
            Kind::Any | Kind::Out => self.any(),
            Kind::Ints => match self.random.below(3) {
                0 => format!("range({length})"),
                _ => list((0..length).map(|_| self.random.below(60).to_string()).collect()),
            },
            Kind::Floats => list((0..length).map(|_| format!("{}.5", self.random.below(60))).collect()),
            Kind::Mixed => match self.random.below(3) {
                0 => list((0..length).map(|_| self.any()).collect()),
                1 => list((0..length).map(|at| format!("{at}.0")).collect()),
                _ => list((0..length).map(|at| at.to_string()).collect()),
            },
            Kind::Grid => list((0..LEN).map(|at| list((0..length).map(|n| (n * at).to_string()).collect())).collect()),
            Kind::Dict => format!("{{\"a\": {}, \"b\": {}}}", self.random.below(9), self.random.below(99)),
            Kind::Struct(index) => self.struct_literal(*index),
            Kind::Structs(index) => list((0..length).map(|_| self.struct_literal(*index)).collect()),
            Kind::Poly => {
                let index = self.random.below(self.structs.len() as u64) as usize;
                self.struct_literal(index)
            }
            Kind::Holder => format!("{} {{ n: {} }}", self.holder, self.random.below(50)),
            Kind::Form(index) => self.variant(*index),
            Kind::Meter => format!("Meter({})", self.random.below(90)),
            Kind::Func => self.lambda(),
            Kind::Collection(constructor) => format!("{constructor}([1, 2, 3])"),
        }
    }

    pub(super) fn struct_literal(&mut self, index: usize) -> String {
        let shape = self.structs[index].clone();
        let fields: Vec<String> = shape
            .fields
            .iter()
            .map(|(name, kind)| match kind {
                Kind::Int => format!("{name}: {}", self.random.below(50)),
                Kind::Ints => format!("{name}: [1, 2, 3, 4]"),
                _ => format!("{name}: {}", self.random.pick(WORDS)),
            })
            .collect();
        // Fields that are left out have a default.
        let kept = 1 + self.random.below(fields.len() as u64) as usize;
        format!("{} {{ {} }}", shape.name, fields[..kept].join(", "))
    }

    /// `digest` of a variable: an int that depends on all of its value.
    pub(super) fn digest(&mut self) -> Option<String> {
        let variable = self.variable(|v| v.kind != Kind::Func)?;
        self.spend(30);
        Some(format!("digest({})", variable.name))
    }
}
