//! Statements on data: enums, texts, dicts as values, JSON.

use super::Generator;
use super::scope::{Callable, EnumShape, Kind};
use crate::program::Stmt;

/// Variants and their payloads.
const VARIANTS: &[(&str, usize)] = &[("Dot", 0), ("Line", 1), ("Box", 2), ("Text", 1), ("Nest", 2)];

impl Generator {
    /// An enum, and a function that takes its values apart.
    pub(super) fn enum_declaration(&mut self, out: &mut Vec<Stmt>) {
        let name = self.fresh("Form");
        let count = self.random.between(2, VARIANTS.len() as u64) as usize;
        let variants: Vec<String> = VARIANTS[..count]
            .iter()
            .map(|(variant, len)| match len {
                0 => (*variant).to_string(),
                1 => format!("{variant}(a)"),
                _ => format!("{variant}(a, b)"),
            })
            .collect();
        out.push(Stmt::line(format!("enum {name} {{ {} }}", variants.join(", "))));
        let area = self.fresh("area");
        let (first, second) = (self.random.between(1, 9), self.random.between(1, 9));
        let mut arms: Vec<String> = VARIANTS[..count]
            .iter()
            .map(|(variant, len)| match len {
                0 => format!("case {name}::{variant} {{ return {first} }}"),
                1 => format!("case {name}::{variant}(a) {{ return (digest(a) * {first}) % 4099 }}"),
                _ => format!("case {name}::{variant}(a, b) {{ return (digest(a) + digest(b) * {second}) % 4099 }}"),
            })
            .collect();
        if self.random.chance(40) {
            arms.insert(0, format!("case {name}::Line(a) if is_int(a) && a > 20 {{ return a % 89 }}"));
        }
        if self.random.chance(30) {
            arms.truncate(arms.len() - 1);
        }
        arms.push("default { return 3 }".to_string());
        let body = vec![Stmt::block("match form {", arms.into_iter().map(Stmt::line).collect())];
        out.push(Stmt::block(format!("func {area}(form) {{"), body));
        let area = Callable { name: area, params: vec![Kind::Any], ticks: 60 };
        self.enums.push(EnumShape { name, variants: count, area });
    }

    /// A value of the enum with that index.
    pub(super) fn variant(&mut self, index: usize) -> String {
        let shape = self.enums[index].clone();
        let (variant, len) = VARIANTS[self.random.below(shape.variants as u64) as usize];
        let payload: Vec<String> = (0..len).map(|_| self.payload()).collect();
        match len {
            0 => format!("{}::{variant}", shape.name),
            _ => format!("{}::{variant}({})", shape.name, payload.join(", ")),
        }
    }

    fn payload(&mut self) -> String {
        match self.random.below(6) {
            0 => self.float(0),
            1 => "\"t\"".into(),
            2 => "[1, 2]".into(),
            _ => self.cut_int(0),
        }
    }

    /// Values of an enum: made, compared, and taken apart, by a function or on the spot.
    pub(super) fn enum_use(&mut self, out: &mut Vec<Stmt>) -> bool {
        let count = self.enums.len() as u64;
        if count == 0 || self.place.is_leaf || !self.afford(70) {
            return false;
        }
        let index = self.random.below(count) as usize;
        let shape = self.enums[index].clone();
        let name = self.place_of(out, Kind::Form(index));
        let sum = self.place_of(out, Kind::Int);
        let other = self.variant(index);
        match self.random.below(6) {
            0 | 1 => {
                let rarely = self.rarely();
                let change = vec![Stmt::line(format!("{name} := {other}"))];
                out.push(Stmt::block(format!("if {rarely} {{"), change));
                out.push(Stmt::line(format!("{sum} := ({sum} + {}({name})) % 65537", shape.area.name)));
            }
            2 => {
                let part = self.fresh("part");
                let arms = [
                    format!("case {}::Line({part}) {{ {sum} += digest({part}) % 7 }}", shape.name),
                    format!("case {}::Dot {{ {name} := {other} }}", shape.name),
                    format!("default {{ {sum} -= 1 }}"),
                ];
                out.push(Stmt::block(format!("match {name} {{"), arms.map(Stmt::line).to_vec()));
            }
            3 => out.push(Stmt::line(format!("if {name} == {other} {{ {sum} += 5 }}"))),
            4 => {
                let made = format!("map([{}, {}], {}::Line)", self.cut_int(0), self.payload(), shape.name);
                out.push(Stmt::line(format!("{sum} := ({sum} * 3 + digest({made}[1])) % 65537")));
            }
            _ => {
                let item = self.fresh("form");
                let add = format!("{sum} := ({sum} * 5 + {}({item})) % 65537", shape.area.name);
                self.spend(120);
                out.push(Stmt::block(format!("for {item} in [{name}, {other}] {{"), vec![Stmt::line(add)]));
            }
        }
        true
    }

    /// Builtins on a text; the result is digested.
    pub(super) fn string_method(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.afford(110) {
            return false;
        }
        let (name, sum) = (self.place_of(out, Kind::Str), self.place_of(out, Kind::Int));
        let (index, part) = (self.index(), self.string(1));
        let result = match self.random.below(16) {
            0 => format!("{name}.split(\"a\").take(4)"),
            1 => format!("[{index}, {name}, 2.5].join({part})[..20]"),
            2 => format!("{name}.replace(\"a\", {part})[..20]"),
            3 => format!("{name}.to_upper()"),
            4 => format!("{name}.trim().pad_left(9, \"é\")"),
            5 => format!("{name}.index_of({part})"),
            6 => format!("{name}.starts_with({part})"),
            7 => format!("substring({name}, {index}, 6)"),
            8 => format!("char_at({name}, {index})"),
            9 => format!("str_reverse({name})"),
            10 => format!("format(\"%s-%d\", {name}[..4], {index})"),
            11 => format!("regex_replace({name}, \"[0-9]+\", \"<\\$0>\")[..20]"),
            12 => format!("regex_match({name}, \"^a|z\\$\")"),
            13 => format!("({name} < {part})"),
            14 => format!("{name}.words().take(3)"),
            _ => format!("({part} in {name})"),
        };
        out.push(Stmt::line(format!("{sum} := ({sum} * 3 + digest({result})) % 1000003")));
        true
    }

    /// Dicts as values: merged, spread, asked, and written as JSON and read again.
    pub(super) fn dict_value(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.afford(120) {
            return false;
        }
        let (name, sum) = (self.place_of(out, Kind::Dict), self.place_of(out, Kind::Int));
        let (n, key) = (self.cut_int(1), format!("\"k{}\"", self.random.below(7)));
        let result = match self.random.below(12) {
            11 => {
                let records = self.fresh("records");
                let record = format!("{{\"inner\": {name}, \"a_name_without_room\": {n}}}");
                out.push(Stmt::line(format!("let {records} := [{record}, {record}]")));
                format!("({records}[0].inner.a + {records}[1].a_name_without_room + len({records}[0].inner))")
            }
            0 => format!("{name}.get({key}, 5)"),
            1 => format!("{name}.keys().join(\",\")[..20]"),
            2 => format!("values({name}).take(5)"),
            3 => format!("{name}.has_key({key})"),
            4 => format!("{name}.entries()[0]"),
            5 => format!("({key} in {name})"),
            6 => format!("to_json({name})[..20]"),
            7 => format!("(parse_json(to_json({name})) == {name})"),
            8 => {
                let change = match self.random.below(3) {
                    0 => format!("{name} := merge({name}, {{{key}: {n}}})"),
                    1 => format!("{name} := {{...{name}, {key}: {n}}}"),
                    _ => format!("{name} := {{\"a\": 1, \"b\": {n}, ...{{{key}: 2}}}}"),
                };
                let rarely = self.rarely();
                out.push(Stmt::block(format!("if {rarely} {{"), vec![Stmt::line(change)]));
                format!("len({name})")
            }
            9 => {
                let (key, rest) = (self.fresh("key"), self.fresh("rest"));
                out.push(Stmt::line(format!("let {{a: {key}, ...{rest}}} := {name}")));
                format!("({key} + len({rest}))")
            }
            _ => format!("({name} == {{...{name}}})"),
        };
        out.push(Stmt::line(format!("{sum} := ({sum} * 3 + digest({result})) % 1000003")));
        true
    }

    /// Values that go through JSON.
    pub(super) fn json(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.afford(90) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let name = match self.random.below(3) {
            0 => self.place_of(out, Kind::Grid),
            1 => self.place_of(out, Kind::Str),
            _ => self.place_of(out, Kind::Ints),
        };
        let result = match self.random.below(3) {
            0 => format!("to_json([{name}, null, {}])[..24]", self.edge()),
            1 => format!("(parse_json(to_json({{\"v\": {name}}})).v == {name})"),
            _ => format!("parse_json(\"[1, 2.5, {}]\")", self.random.pick(&["true", "1e3", "\\\"x\\\"", "[]"])),
        };
        out.push(Stmt::line(format!("{sum} := ({sum} * 3 + digest({result})) % 1000003")));
        true
    }
}
