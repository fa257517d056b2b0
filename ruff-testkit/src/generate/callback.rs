//! Statements that pass functions around: callbacks, closures, callees that change.

use super::Generator;
use super::scope::Kind;
use crate::program::Stmt;

impl Generator {
    /// A function from an int to an int that reads, and sometimes changes, what is visible here.
    pub(super) fn lambda(&mut self) -> String {
        let parameter = self.fresh("k");
        let (variables, place) = (self.variables.len(), self.place.clone());
        self.place.is_leaf = true;
        self.declare(&parameter, Kind::Int);
        let changed = self.variable(|v| v.kind == Kind::Int && v.is_assignable && v.name != parameter);
        let result = self.cut_int(2);
        self.variables.truncate(variables);
        self.place = place;
        match changed {
            Some(v) if self.random.chance(30) => {
                format!("func({parameter}) {{ {0} := ({0} + {parameter}) % 65537; return {result} }}", v.name)
            }
            _ => format!("func({parameter}) {{ return {result} }}"),
        }
    }

    pub(super) fn callback(&mut self, out: &mut Vec<Stmt>) -> bool {
        if !self.afford(60) {
            return false;
        }
        let Some(ints) = self.readable(Kind::Ints) else {
            self.declare_value(out, Kind::Ints);
            return true;
        };
        let sum = self.place_of(out, Kind::Int);
        let lambda = self.lambda();
        let function = match self.functions.leaves.is_empty() || self.random.chance(50) {
            true => lambda,
            false => self.leaf_name(),
        };
        let line = match self.random.below(9) {
            0 => format!("{sum} += sum({ints}.map({function})) % 1009"),
            1 => format!("{sum} += len({ints}.filter(func(k) {{ return k % 3 == {} }}))", self.random.below(3)),
            2 => format!("{sum} := {ints}.reduce({sum}, func(a, k) {{ return (a * 3 + k) % 65537 }})"),
            3 => format!("{sum} += sort({ints}, func(a, b) {{ return b - a }})[0] % 1009"),
            4 => format!("{sum} += sort({ints}, {function})[1] % 1009"),
            5 => format!("{sum} += find({ints}, func(k) {{ return k > {} }}) ?? -1", self.random.below(60)),
            6 => format!("{sum} += if any({ints}, func(k) {{ return k == {sum} }}) {{ 1 }} else {{ 2 }}"),
            7 => {
                let condition = self.rarely();
                format!(
                    "{sum} += len({ints}.map(func(k) {{ return if {condition} {{ \"t\" }} else {{ k }} }}).filter(is_int))"
                )
            }
            _ => {
                let name = self.place_of(out, Kind::Ints);
                format!("{name} := {ints}.map({function}).take(6)")
            }
        };
        out.push(Stmt::line(line));
        true
    }

    pub(super) fn leaf_name(&mut self) -> String {
        let at = self.random.below(self.functions.leaves.len() as u64) as usize;
        self.functions.leaves[at].name.clone()
    }

    /// Closures made in a loop, each with its own loop variable, called after it.
    pub(super) fn loop_closure(&mut self, out: &mut Vec<Stmt>) -> bool {
        let count = self.random.between(2, 6);
        if self.place.is_leaf || !self.afford(4 * count) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let (list, at, function) = (self.fresh("fs"), self.fresh("i"), self.fresh("f"));
        let step = self.random.below(20);
        let made = match self.random.below(3) {
            0 => format!("func(k) {{ return {at} * 10 + k }}"),
            1 => format!("func(k) {{ {at} += k; return {at} }}"),
            _ => format!("func(k) {{ {sum} := ({sum} + {at}) % 65537; return {sum} + k }}"),
        };
        out.push(Stmt::line(format!("{list} := []")));
        let push = vec![Stmt::line(format!("{list}.push({made})"))];
        out.push(Stmt::block(format!("for {at} in {count} {{"), push));
        let calls = vec![Stmt::line(format!("{sum} := ({sum} + {function}({step}) + {list}[0](1)) % 1000003"))];
        out.push(Stmt::block(format!("for {function} in {list} {{"), calls));
        true
    }

    pub(super) fn captured_counter(&mut self, out: &mut Vec<Stmt>) -> bool {
        if self.place.is_leaf || !self.afford(4) {
            return false;
        }
        let makers = self.functions.counter_makers.clone();
        match self.random.below(3) {
            0 => {
                let maker = &makers[self.random.below(makers.len() as u64) as usize];
                let step = self.random.below(9);
                self.declare_with(out, "count", Kind::Func, format!("{}({step})", maker.name));
            }
            1 => {
                let lambda = self.lambda();
                self.declare_with(out, "bump", Kind::Func, lambda);
            }
            _ => {
                let Some(function) = self.readable(Kind::Func) else { return false };
                let sum = self.place_of(out, Kind::Int);
                out.push(Stmt::line(format!("{sum} := ({sum} + {function}({})) % 1000003", self.int(1))));
            }
        }
        true
    }

    /// A call site that sees several functions.
    pub(super) fn changing_callee(&mut self, out: &mut Vec<Stmt>) -> bool {
        if self.place.is_leaf || !self.afford(6) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let (first, second) = (self.leaf_name(), self.leaf_name());
        let argument = self.int(1);
        match self.random.below(3) {
            0 => {
                let choice = format!("[{first}, {second}, {}][{} % 3]", self.lambda(), self.int(0));
                let function = self.declare_with(out, "f", Kind::Func, choice);
                out.push(Stmt::line(format!("{sum} := ({sum} + {function}({argument})) % 1000003")));
            }
            1 => {
                let function = self.place_of(out, Kind::Func);
                let rarely = self.rarely();
                let replaced = vec![Stmt::line(format!("{function} := {first}"))];
                out.push(Stmt::block(format!("if {rarely} {{"), replaced));
                out.push(Stmt::line(format!("{sum} := ({sum} + {function}({argument})) % 1000003")));
            }
            _ => {
                let rarely = self.rarely();
                out.push(Stmt::line(format!(
                    "{sum} := ({sum} + (if {rarely} {{ {first} }} else {{ {second} }})({argument})) % 1000003"
                )));
            }
        }
        true
    }

    /// One function value and arguments of several kinds.
    pub(super) fn changing_kind(&mut self, out: &mut Vec<Stmt>) -> bool {
        if self.place.is_leaf || !self.afford(45) {
            return false;
        }
        let sum = self.place_of(out, Kind::Int);
        let (function, parameter, total) = (self.fresh("f"), self.fresh("x"), self.fresh("t"));
        let body = match self.random.below(5) {
            0 => format!("return {parameter} + {parameter}"),
            1 => format!("return [{parameter}, {parameter}]"),
            2 => format!("if is_int({parameter}) {{ {total} += 1; return {parameter} * 2 }}; return {parameter}"),
            3 => format!("{total} := {total} + 0.5; return if {parameter} == 2.5 {{ {total} }} else {{ {parameter} }}"),
            _ => format!("{total} := {parameter}; return {total}"),
        };
        out.push(Stmt::line(format!("{total} := 0")));
        out.push(Stmt::line(format!("{function} := func({parameter}) {{ {body} }}")));
        let values = [(); 4].map(|()| self.any()).join(", ");
        let values = format!("[1, 2.5, \"a\", [3], {}, {values}]", self.edge());
        let index = self.int(1);
        let (error, item) = (self.fresh("e"), self.fresh("v"));
        let call = format!("{sum} := ({sum} * 3 + digest({function}({item}))) % 1000003");
        let head = match self.random.chance(30) {
            true => format!("for {item} in {values} {{"),
            false => format!("for {item} in [{values}[{index} % 9], 4] {{"),
        };
        let attempt = Stmt::clauses([
            ("try {".to_string(), vec![Stmt::line(call)]),
            (format!("}} except {error} {{"), vec![Stmt::line(format!("{sum} += len({error}.kind)"))]),
        ]);
        out.push(Stmt::block(head, vec![attempt]));
        out.push(Stmt::line(format!("{sum} += digest({total}) % 1009")));
        true
    }

    /// A declared function is replaced by another one, or by a lambda, in some iteration.
    pub(super) fn redefinition(&mut self, out: &mut Vec<Stmt>) -> bool {
        if self.place.is_leaf || !self.afford(6) {
            return false;
        }
        let (replaced, other) = (self.leaf_name(), self.leaf_name());
        let value = match self.random.chance(40) {
            true => format!("func(k) {{ return k * {} % 4099 }}", self.random.between(2, 90)),
            false => other,
        };
        let rarely = self.rarely();
        out.push(Stmt::block(format!("if {rarely} {{"), vec![Stmt::line(format!("{replaced} := {value}"))]));
        let sum = self.place_of(out, Kind::Int);
        let argument = self.int(1);
        out.push(Stmt::line(format!("{sum} := ({sum} + {replaced}({argument})) % 1000003")));
        true
    }
}
