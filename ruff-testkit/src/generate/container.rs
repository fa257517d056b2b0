//! Statements on containers: updates, aliases, widening, nested paths, structs.

use super::Generator;
use super::scope::{Kind, LEN};
use crate::program::Stmt;

impl Generator {
    pub(super) fn array_update(&mut self, out: &mut Vec<Stmt>) -> bool {
        let is_float = self.random.chance(25);
        let name = self.place_of(out, if is_float { Kind::Floats } else { Kind::Ints });
        let value = if is_float { self.float(1) } else { self.cut_int(2) };
        let index = self.index();
        match self.random.below(8) {
            0..=2 => out.push(Stmt::line(format!("{name}[{index}] := {value}"))),
            3 => out.push(Stmt::line(format!("{name}[{index}] += {}", self.random.below(50)))),
            4 => out.push(Stmt::block(
                format!("if len({name}) < {} {{", self.random.between(LEN, 30)),
                vec![Stmt::line(format!("{name}.push({value})"))],
            )),
            5 => {
                let sum = self.place_of(out, if is_float { Kind::Float } else { Kind::Int });
                let sign = self.random.pick(&["+=", "-="]);
                let pop = vec![Stmt::line(format!("{sum} {sign} {name}.pop()"))];
                out.push(Stmt::block(format!("if len({name}) > {LEN} {{"), pop));
            }
            6 => out.push(Stmt::line(format!("{name}.{}()", self.random.pick(&["reverse", "sort"])))),
            _ => out.push(Stmt::line(match self.random.below(3) {
                0 => format!("{name} := [...{name}[..{LEN}], {value}]"),
                1 => format!("{name} := push({name}[1..], {value})"),
                _ => format!("{name} := concat({name}, [{value}])[-{}..]", LEN + 1),
            })),
        }
        true
    }

    /// An array of one kind of element gets another kind in some iteration.
    pub(super) fn widening(&mut self, out: &mut Vec<Stmt>) -> bool {
        let name = self.place_of(out, Kind::Mixed);
        let (value, index) = (self.any(), self.index());
        let change = match self.random.below(3) {
            0 => Stmt::block(format!("if len({name}) < 20 {{"), vec![Stmt::line(format!("{name}.push({value})"))]),
            _ => Stmt::line(format!("{name}[{index}] := {value}")),
        };
        if self.random.chance(60) {
            let rarely = self.rarely();
            out.push(Stmt::block(format!("if {rarely} {{"), vec![change]));
        } else {
            out.push(change);
        }
        match self.random.below(4) {
            0 => out.push(Stmt::line(format!("{name}[{}] := {}", self.index(), self.int(1)))),
            1 => {
                let all_ints = (0..LEN).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
                let rarely = self.rarely();
                out.push(Stmt::block(format!("if {rarely} {{"), vec![Stmt::line(format!("{name} := [{all_ints}]"))]));
            }
            _ => {
                let sum = self.place_of(out, Kind::Int);
                let index = self.index();
                self.spend(30);
                out.push(Stmt::line(format!("{sum} := ({sum} * 31 + digest({name}[{index}])) % 1000003")));
            }
        }
        true
    }

    pub(super) fn nested_path(&mut self, out: &mut Vec<Stmt>) -> bool {
        match self.random.below(3) {
            0 | 1 => {
                let name = self.place_of(out, Kind::Grid);
                let (row, column) = (self.index(), self.index());
                let line = match self.random.below(5) {
                    0 | 1 => format!("{name}[{row}][{column}] := {}", self.cut_int(1)),
                    2 => format!("{name}[{row}][{column}] += {}", self.random.below(50)),
                    3 => format!("{name}[{row}] := {name}[{column}]"),
                    _ => format!("{name}[{row}].sort()"),
                };
                out.push(Stmt::line(line));
                if self.random.chance(40) {
                    let value = self.cut_int(1);
                    let head = format!("if len({name}[{row}]) < 12 {{");
                    out.push(Stmt::block(head, vec![Stmt::line(format!("{name}[{row}].push({value})"))]));
                }
            }
            _ => {
                let Some(index) = self.any_struct() else { return false };
                let name = self.place_of(out, Kind::Structs(index));
                let (at, other) = (self.index(), self.index());
                let line = match self.random.below(4) {
                    0 => format!("{name}[{at}].n := {}", self.cut_int(1)),
                    1 => format!("{name}[{at}].n += {name}[{other}].n % 10"),
                    2 => format!("{name}[{at}].grow({})", self.optional_int()),
                    _ => format!("{name}[{at}] := {name}[{other}]"),
                };
                self.spend(2);
                out.push(Stmt::line(line));
            }
        }
        true
    }

    fn any_struct(&mut self) -> Option<usize> {
        let count = self.structs.len() as u64;
        (count > 0).then(|| self.random.below(count) as usize)
    }

    pub(super) fn dict(&mut self, out: &mut Vec<Stmt>) -> bool {
        let name = self.place_of(out, Kind::Dict);
        match self.random.below(6) {
            0 | 1 => out.push(Stmt::line(format!("{name}[\"k${{{} % 7}}\"] := {}", self.int(1), self.cut_int(1)))),
            2 => out.push(Stmt::line(format!("{name}[{} % 5] := {}", self.int(1), self.cut_int(1)))),
            3 => out.push(Stmt::line(format!(
                "{name}[\"{}\"] += {}",
                self.random.pick(&["a", "b"]),
                self.random.below(9)
            ))),
            4 => out.push(Stmt::line(format!("{name}.remove(\"k{}\")", self.random.below(7)))),
            _ => {
                if !self.afford(15) {
                    return false;
                }
                let sum = self.place_of(out, Kind::Int);
                let (key, value) = (self.fresh("key"), self.fresh("n"));
                let body = vec![Stmt::line(format!("{sum} := ({sum} * 3 + {value} + len({key})) % 1000003"))];
                out.push(Stmt::block(format!("for {key}, {value} in {name} {{"), body));
            }
        }
        true
    }

    /// A loop over a container, or a text, that changes it.
    pub(super) fn mutated_subject(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.afford(40) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let (item, key) = (self.fresh("x"), self.fresh("key"));
        let add = format!("{sum} := ({sum} * 3 + {item}) % 1000003");
        match self.random.below(7) {
            5 => {
                let name = self.place_of(out, Kind::Ints);
                let kind = if self.random.below(2) == 0 { Kind::Ints } else { Kind::Mixed };
                let other = self.place_of(out, kind);
                let body = [
                    format!("{other}[-1] := {item}"),
                    format!("{name}[{item} % {LEN}] := {sum} % 97"),
                    format!("{sum} := ({sum} * 3 + digest({key}) + {item}) % 1000003"),
                ];
                let source = match self.random.below(4) {
                    0 => format!("enumerate({name})"),
                    1 => format!("{name}.enumerate()"),
                    2 => format!("zip({other}, {name})"),
                    _ => format!("{other}.zip({name})"),
                };
                self.spend(20);
                out.push(Stmt::block(format!("for [{key}, {item}] in {source} {{"), body.map(Stmt::line).to_vec()));
            }
            6 => {
                let name = self.place_of(out, Kind::Dict);
                let body = [format!("{name}[{key}] := ({item} + 1) % 97"), format!("{name}.remove(\"k3\")"), add];
                let source = match self.random.below(4) {
                    0 => format!("entries({name})"),
                    1 => format!("{name}.entries()"),
                    2 => format!("items({name})"),
                    _ => format!("{name}.items()"),
                };
                out.push(Stmt::block(format!("for [{key}, {item}] in {source} {{"), body.map(Stmt::line).to_vec()));
            }
            0 => {
                let name = self.place_of(out, Kind::Ints);
                let grow = format!("if len({name}) < 12 {{ {name}.push({item} % 97) }}");
                let body = [grow, format!("{name}[0] := {sum} % 97"), add].map(Stmt::line).to_vec();
                out.push(Stmt::block(format!("for {item} in {name} {{"), body));
            }
            1 => {
                let name = self.place_of(out, Kind::Ints);
                let body = [format!("{name}[{key} % {LEN}] := {item} % 89 + {key}"), add].map(Stmt::line).to_vec();
                out.push(Stmt::block(format!("for {key}, {item} in {name} {{"), body));
            }
            2 => {
                let name = self.place_of(out, Kind::Dict);
                let body = [
                    format!("{name}[{key}] := ({item} + 1) % 97"),
                    format!("if len({name}) < 14 {{ {name}[\"n${{{item} % 3}}\"] := {item} }}"),
                    add,
                ];
                out.push(Stmt::block(format!("for {key}, {item} in {name} {{"), body.map(Stmt::line).to_vec()));
            }
            3 => {
                let name = self.place_of(out, Kind::Str);
                let body = [
                    format!("if len({name}) < 9 {{ {name} := {name} + {item} }}"),
                    format!("{sum} := ({sum} * 3 + len({name})) % 1000003"),
                ];
                out.push(Stmt::block(format!("for {item} in {name} {{"), body.map(Stmt::line).to_vec()));
            }
            _ => {
                let name = self.place_of(out, Kind::Mixed);
                let body = [
                    format!("{name}[{key} % {LEN}] := {item}"),
                    format!("{name}[-1] := {}", self.any()),
                    format!("{sum} := ({sum} * 3 + digest({item})) % 1000003"),
                ];
                self.spend(60);
                out.push(Stmt::block(format!("for {key}, {item} in {name} {{"), body.map(Stmt::line).to_vec()));
            }
        }
        true
    }

    pub(super) fn struct_use(&mut self, out: &mut Vec<Stmt>) -> bool {
        let Some(index) = self.any_struct() else { return false };
        let name = self.place_of(out, Kind::Struct(index));
        let fields = self.structs[index].fields.clone();
        let (field, kind) = fields[self.random.below(fields.len() as u64) as usize].clone();
        self.spend(2);
        match self.random.below(6) {
            0 | 1 => {
                let value = match kind {
                    Kind::Int => self.cut_int(1),
                    Kind::Ints => "[4, 3, 2, 1]".into(),
                    _ => self.any(),
                };
                out.push(Stmt::line(format!("{name}.{field} := {value}")));
            }
            2 => out.push(Stmt::line(format!("{name}.n += {}", self.random.below(20)))),
            3 => out.push(Stmt::line(format!("{name}.grow({})", self.optional_int()))),
            4 if kind == Kind::Ints => {
                out.push(Stmt::line(format!("{name}.{field}[{}] := {}", self.index(), self.cut_int(1))));
            }
            _ => {
                let sum = self.place_of(out, Kind::Int);
                out.push(Stmt::line(format!("{sum} += {name}.weigh({})", self.optional_int())));
            }
        }
        true
    }

    /// One call site whose receiver is sometimes of another struct.
    pub(super) fn polymorphic_method(&mut self, out: &mut Vec<Stmt>) -> bool {
        if self.structs.len() < 2 {
            return false;
        }
        let name = self.place_of(out, Kind::Poly);
        let sum = self.place_of(out, Kind::Int);
        let (head, other) = (format!("if {} {{", self.rarely()), self.value(&Kind::Poly));
        out.push(Stmt::block(head, vec![Stmt::line(format!("{name} := {other}"))]));
        self.spend(3);
        let line = match self.random.below(3) {
            0 => format!("{name}.grow({})", self.optional_int()),
            1 => format!("{name}.n := {}", self.cut_int(1)),
            _ => format!("{sum} := ({sum} + {name}.weigh()) % 1000003"),
        };
        out.push(Stmt::line(line));
        true
    }

    pub(super) fn operator_method(&mut self, out: &mut Vec<Stmt>) -> bool {
        let Some(index) = self.any_struct() else { return false };
        let operators = self.structs[index].operators.clone();
        if operators.is_empty() {
            return false;
        }
        let name = self.place_of(out, Kind::Struct(index));
        let other = self.readable(Kind::Struct(index)).unwrap_or_else(|| name.clone());
        let sum = self.place_of(out, Kind::Int);
        self.spend(3);
        let line = match self.random.pick(&operators) {
            "op_add" => format!("{name} := {name} + {other}"),
            "op_sub" | "op_eq" | "op_ne" | "op_ge" | "op_not" => return self.failing_operator(out, index, name),
            "op_pow" => format!("{sum} += len(to_string({name} ** {}))", self.int_small()),
            "op_lt" => format!("{sum} += if {name} < {other} {{ 3 }} else {{ 4 }}"),
            "op_index" => format!("{sum} += {name}[{}]", self.int_small()),
            "op_call" => format!("{sum} += {name}({})", self.int_small()),
            "op_neg" => format!("{name} := -{name}"),
            _ => format!("{sum} += len(\"${{{name}}}\")"),
        };
        out.push(Stmt::line(line));
        true
    }

    /// An operator of a struct whose method may fail, into a variable or in a jump.
    fn failing_operator(&mut self, out: &mut Vec<Stmt>, index: usize, name: String) -> bool {
        let operators = self.structs[index].operators.clone();
        let other = self.readable(Kind::Struct(index)).unwrap_or_else(|| name.clone());
        let sum = self.place_of(out, Kind::Int);
        let (error, truth) = (self.fresh("e"), self.fresh("t"));
        let mut lines = Vec::new();
        for operator in operators {
            let condition = match operator {
                "op_sub" => {
                    lines.push(format!("{sum} := ({sum} + ({name} - {})) % 1000003", self.int_small()));
                    continue;
                }
                "op_eq" => format!("{name} == {other}"),
                "op_ne" => format!("{name} != {other}"),
                "op_ge" => format!("{name} >= {other}"),
                "op_not" => format!("!{name}"),
                _ => continue,
            };
            match self.random.below(3) {
                0 => lines.push(format!("if {condition} {{ {sum} += 1 }} else {{ {sum} += 2 }}")),
                1 => lines.push(format!("if not ({condition}) {{ {sum} += 3 }}")),
                _ => lines.extend([format!("{truth} := {condition}"), format!("{sum} += len(to_string({truth}))")]),
            }
        }
        self.spend(40);
        out.push(Stmt::clauses([
            ("try {".to_string(), lines.into_iter().map(Stmt::line).collect()),
            (format!("}} except {error} {{"), vec![Stmt::line(format!("{sum} += len({error}.message)"))]),
        ]));
        true
    }

    pub(super) fn int_small(&mut self) -> String {
        format!("({} % 50)", self.int(1))
    }

    /// A container gets a second owner and one side changes.
    pub(super) fn alias(&mut self, out: &mut Vec<Stmt>) -> bool {
        let kinds = [Kind::Ints, Kind::Mixed, Kind::Grid, Kind::Dict, Kind::Floats];
        let Some(original) = self.variable(|v| kinds.contains(&v.kind) || matches!(v.kind, Kind::Struct(_))) else {
            let kind = kinds[self.random.below(kinds.len() as u64) as usize].clone();
            self.declare_value(out, kind);
            return true;
        };
        let (name, kind) = (original.name, original.kind);
        let other = self.variable(|v| v.kind == kind && v.name != name && v.is_assignable).map(|v| v.name);
        let copy = match other {
            Some(other) if self.random.chance(60) => {
                let rarely = self.rarely();
                let line = vec![Stmt::line(format!("{other} := {name}"))];
                out.push(Stmt::block(format!("if {rarely} {{"), line));
                other
            }
            _ => self.declare_with(out, "copy", kind.clone(), name.clone()),
        };
        let changed = if original.is_assignable && self.random.chance(50) { name } else { copy };
        let index = self.index();
        let line = match kind {
            Kind::Ints => format!("{changed}[{index}] := {}", self.cut_int(1)),
            Kind::Floats => format!("{changed}[{index}] := {}", self.float(1)),
            Kind::Mixed => format!("{changed}[{index}] := {}", self.any()),
            Kind::Grid => format!("{changed}[{index}][{}] := {}", self.index(), self.cut_int(1)),
            Kind::Dict => format!("{changed}[\"b\"] := {}", self.cut_int(1)),
            _ => format!("{changed}.n := {}", self.cut_int(1)),
        };
        out.push(Stmt::line(line));
        true
    }

    /// An array with a container in several places, one of them behind a copy of the array itself.
    pub(super) fn nest(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.afford(15) {
            return false;
        }
        let inner = self.variable(|v| matches!(v.kind, Kind::Ints | Kind::Mixed | Kind::Struct(_)));
        let inner = inner.map_or("[1, 2]".into(), |v| v.name);
        let sum = self.place_of(out, Kind::Int);
        let is_array = |kind: &Kind| matches!(kind, Kind::Ints | Kind::Mixed | Kind::Grid | Kind::Floats);
        let global = self.variable(|v| v.is_global && v.is_assignable && is_array(&v.kind));
        if let Some(name) = global.map(|v| v.name).filter(|_| self.random.chance(70)) {
            out.push(Stmt::line(format!("{name}.push({name})")));
            out.push(Stmt::line(format!("{sum} := ({sum} * 3 + len({name}[len({name}) - 1])) % 1000003")));
            out.push(Stmt::line(format!("{name}.pop()")));
            return true;
        }
        let (nest, rarely, value) = (self.fresh("nest"), self.rarely(), self.any());
        out.push(Stmt::line(format!("{nest} := [{inner}, {inner}]")));
        out.push(Stmt::line(format!("{nest}.push({nest})")));
        out.push(Stmt::line(format!("{nest}.push({nest}[{}])", self.random.below(3))));
        out.push(Stmt::block(format!("if {rarely} {{"), vec![Stmt::line(format!("{nest}.push({value})"))]));
        out.push(Stmt::line(format!("{nest}[{}] := {nest}[2]", self.random.below(2))));
        let last = self.fresh("last");
        out.push(Stmt::line(format!("{last} := {nest}.pop()")));
        out.push(Stmt::line(format!(
            "{sum} := ({sum} * 3 + len({nest}) + len({nest}[2]) + (if {last} == {inner} {{ 7 }} else {{ 1 }})) % 1000003"
        )));
        true
    }

    /// A picture of texts: a row is now and then one of other characters, or an array.
    pub(super) fn picture(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.afford(30) {
            return false;
        }
        let (rows, row, column) = (self.fresh("rows"), self.fresh("row"), self.fresh("column"));
        let (sum, rarely) = (self.place_of(out, Kind::Int), self.rarely());
        let other = self.random.pick(&["\"#é#\"", "[\"#\", 2, \"#\"]", "\"####\""]).to_string();
        let wanted = self.random.pick(&["#", ".", "é"]).to_string();
        out.push(Stmt::line(format!("{rows} := [\"#.#\", \"..#\", \"###\"]")));
        out.push(Stmt::block(format!("if {rarely} {{"), vec![Stmt::line(format!("{rows}[1] := {other}"))]));
        let count = vec![Stmt::line(format!("if {rows}[{row}][{column}] == \"{wanted}\" {{ {sum} += {row} + 1 }}"))];
        let columns = vec![Stmt::block(format!("for {column} in 3 {{"), count)];
        out.push(Stmt::block(format!("for {row} in 3 {{"), columns));
        true
    }

    pub(super) fn mut_parameter(&mut self, out: &mut Vec<Stmt>) -> bool {
        let callables = self.functions.in_out.clone();
        let called = &callables[self.random.below(callables.len() as u64) as usize];
        if !self.afford(called.ticks) {
            return false;
        }
        let name = match (&called.params[0], self.random.chance(25)) {
            (Kind::Ints, true) => self.assignable(Kind::Grid).map(|grid| format!("{grid}[{}]", self.index())),
            _ => None,
        };
        let place = name.unwrap_or_else(|| self.place_of(out, called.params[0].clone()));
        let sum = self.place_of(out, Kind::Int);
        // A place cannot be read in the argument beside it by another name than its root.
        out.push(Stmt::line(format!("{sum} += {}(mut {place}, {})", called.name, self.random.below(30))));
        true
    }

    pub(super) fn collection(&mut self, out: &mut Vec<Stmt>) -> bool {
        let constructor = self.random.pick(&["Set", "Queue", "Stack"]);
        let constructor = ["Set", "Queue", "Stack"].into_iter().find(|c| *c == constructor).unwrap_or("Set");
        let name = self.place_of(out, Kind::Collection(constructor));
        let sum = self.place_of(out, Kind::Int);
        let value = self.cut_int(1);
        let (add, take) = match constructor {
            "Set" => {
                let value = match self.random.below(4) {
                    0 => format!("[{value}, {}]", self.random.below(3)),
                    1 => format!("[\"s\", {value}]"),
                    _ => value,
                };
                (format!("{name}.add({value})"), format!("if {name}.remove({value}) {{ {sum} += 1 }}"))
            }
            "Queue" => (format!("{name}.enqueue({value})"), format!("{sum} += {name}.dequeue() ?? 5")),
            _ => (format!("{name}.push({value})"), format!("{sum} += {name}.pop() ?? 6")),
        };
        match self.random.below(3) {
            0 => out.push(Stmt::line(take)),
            _ => out.push(Stmt::block(format!("if {name}.len() < 20 {{"), vec![Stmt::line(add)])),
        }
        out.push(Stmt::line(format!("{sum} += {name}.len()")));
        true
    }
}
