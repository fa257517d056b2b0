//! Syntax tree to an indented listing of its nodes, for people who want to see how a program was read.

use super::ast::*;
use super::print::{print_bind_pattern, print_pattern, print_type, quoted};
use std::fmt::Write;

/// A line for each node of a module, children indented below their parents. Patterns and types are one line each.
pub fn dump_module(module: &Module) -> String {
    let mut dumper = Dumper { out: String::new(), depth: 0 };
    dumper.node("module", |d| d.statements(&module.body));
    dumper.out
}

struct Dumper {
    out: String,
    depth: usize,
}

impl Dumper {
    fn leaf(&mut self, text: impl AsRef<str>) {
        let indent = self.depth * 2;
        let _ = writeln!(self.out, "{:indent$}{}", "", text.as_ref());
    }

    fn node(&mut self, text: impl AsRef<str>, children: impl FnOnce(&mut Self)) {
        self.leaf(text);
        self.depth += 1;
        children(self);
        self.depth -= 1;
    }

    fn statements(&mut self, body: &[Stmt]) {
        body.iter().for_each(|statement| self.statement(statement));
    }

    fn block(&mut self, name: &str, block: &Block) {
        self.node(name, |d| d.statements(&block.body));
    }

    fn statement(&mut self, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Binding(binding) => self.binding(binding),
            StmtKind::Func(decl) => self.function(&with_export("func", decl.export), Some(&decl.name), &decl.function),
            StmtKind::Struct(decl) => self.struct_decl(decl),
            StmtKind::Enum(decl) => self.enum_decl(decl),
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::While { condition, body } => self.node("while", |d| {
                d.expr(condition);
                d.block("body", body);
            }),
            StmtKind::Loop { condition, body } => self.node("loop", |d| {
                condition.iter().for_each(|condition| d.expr(condition));
                d.block("body", body);
            }),
            StmtKind::For(for_) => self.for_(for_),
            StmtKind::Try(try_) => self.try_(try_),
            StmtKind::Import(import) => self.import(import),
            StmtKind::Test(test) => match &test.kind {
                TestKind::Test(name) => self.block(&format!("test {}", quoted(name)), &test.body),
                TestKind::Group(name) => self.block(&format!("test_group {}", quoted(name)), &test.body),
                TestKind::Setup => self.block("test_setup", &test.body),
                TestKind::Teardown => self.block("test_teardown", &test.body),
            },
            StmtKind::Break => self.leaf("break"),
            StmtKind::Continue => self.leaf("continue"),
            StmtKind::Return(value) => self.node("return", |d| value.iter().for_each(|value| d.expr(value))),
            StmtKind::Expr(expr) => self.node("expression", |d| d.expr(expr)),
            StmtKind::Error => self.leaf("error"),
        }
    }

    fn binding(&mut self, binding: &Binding) {
        let mode = match binding.mode {
            BindingMode::Let => "let",
            BindingMode::Mut => "mut",
            BindingMode::Const => "const",
            BindingMode::Bare => "destructuring",
        };
        let ty = annotation(&binding.ty);
        let text = format!("{} {}{ty}", with_export(mode, binding.export), print_bind_pattern(&binding.pattern));
        self.node(text, |d| d.expr(&binding.value));
    }

    fn assign(&mut self, assign: &Assign) {
        let sign = assign.op.map_or(":", BinaryOp::sign);
        self.node(format!("{} {sign}=", with_export("assign", assign.export)), |d| {
            d.place(&assign.place);
            d.expr(&assign.value);
        });
    }

    fn place(&mut self, place: &Place) {
        self.node(format!("place {}", place.root.name), |d| {
            for step in &place.path {
                match step {
                    PathStep::Field(name) => d.leaf(format!(".{}", name.name)),
                    PathStep::Index(index) => d.node("index", |d| d.expr(index)),
                }
            }
        });
    }

    fn for_(&mut self, for_: &For) {
        let second = for_.second.as_ref().map_or(String::new(), |second| format!(", {}", print_bind_pattern(second)));
        self.node(format!("for {}{second}", print_bind_pattern(&for_.first)), |d| {
            d.expr(&for_.subject);
            d.block("body", &for_.body);
        });
    }

    fn try_(&mut self, try_: &Try) {
        self.node("try", |d| {
            d.block("body", &try_.body);
            if let Some(except) = &try_.except {
                let name = except.name.as_ref().map_or(String::new(), |name| format!(" {}", name.name));
                d.block(&format!("except{name}"), &except.body);
            }
            try_.finally.iter().for_each(|finally| d.block("finally", finally));
        });
    }

    fn import(&mut self, import: &Import) {
        let path = import.path.iter().map(|part| &*part.name).collect::<Vec<_>>().join(".");
        match &import.names {
            ImportNames::All => self.leaf(format!("import {path}")),
            ImportNames::Namespace(name) => self.leaf(format!("import {path} as {}", name.name)),
            ImportNames::List(names) => self.node(format!("from {path}"), |d| {
                names.iter().for_each(|(name, local)| d.leaf(format!("{} as {}", name.name, local.name)));
            }),
        }
    }

    fn function(&mut self, word: &str, name: Option<&Ident>, function: &Function) {
        let prefix = if function.is_async { "async " } else { "" };
        let star = if function.is_generator { "*" } else { "" };
        let name = name.map_or(String::new(), |name| format!(" {}", name.name));
        self.node(format!("{prefix}{word}{star}{name}"), |d| {
            for param in &function.params {
                let sign = match param.kind {
                    ParamKind::Value => "",
                    ParamKind::InOut => "mut ",
                    ParamKind::Rest => "...",
                };
                let text = format!("param {sign}{}{}", param.name.name, annotation(&param.ty));
                d.node(text, |d| param.default.iter().for_each(|default| d.expr(default)));
            }
            if let Some(result) = &function.result {
                d.leaf(format!("result {}", print_type(result)));
            }
            d.block("body", &function.body);
        });
    }

    fn struct_decl(&mut self, decl: &StructDecl) {
        self.node(format!("{} {}", with_export("struct", decl.export), decl.name.name), |d| {
            for field in &decl.fields {
                let text = format!("field {}{}", field.name.name, annotation(&field.ty));
                d.node(text, |d| field.default.iter().for_each(|default| d.expr(default)));
            }
            decl.methods.iter().for_each(|method| d.function("method", Some(&method.name), &method.function));
        });
    }

    fn enum_decl(&mut self, decl: &EnumDecl) {
        self.node(format!("{} {}", with_export("enum", decl.export), decl.name.name), |d| {
            for variant in &decl.variants {
                let names = variant.payload.iter().flatten();
                let names: Vec<String> = names.map(|(name, ty)| format!("{}{}", name.name, annotation(ty))).collect();
                let list = if variant.payload.is_some() { format!("({})", names.join(", ")) } else { String::new() };
                d.leaf(format!("variant {}{list}", variant.name.name));
            }
        });
    }
}

/// Expressions.
impl Dumper {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null => self.leaf("null"),
            ExprKind::Bool(value) => self.leaf(format!("bool {value}")),
            ExprKind::Int(value) => self.leaf(format!("int {value}")),
            ExprKind::BigInt(digits) => self.leaf(format!("int {digits}")),
            ExprKind::Float(value) => self.leaf(format!("float {value:?}")),
            ExprKind::Str(text) => self.leaf(format!("string {}", quoted(text))),
            ExprKind::Template(parts) => self.node("template", |d| parts.iter().for_each(|part| d.part(part))),
            ExprKind::Name(name) => self.leaf(format!("name {name}")),
            ExprKind::Array(elements) => self.node("array", |d| elements.iter().for_each(|e| d.element(e))),
            ExprKind::Dict(entries) => self.node("dict", |d| entries.iter().for_each(|entry| d.entry(entry))),
            ExprKind::Lambda(function) => self.function("lambda", None, function),
            ExprKind::If(if_) => self.if_(if_),
            ExprKind::Match(match_) => self.match_(match_),
            ExprKind::Spawn(block) => self.block("spawn", block),
            ExprKind::Throw(value) => self.node("throw", |d| d.expr(value)),
            ExprKind::Yield(value) => self.node("yield", |d| value.iter().for_each(|value| d.expr(value))),
            ExprKind::Await(value) => self.node("await", |d| d.expr(value)),
            ExprKind::Unary { op, operand } => self.node(format!("unary {}", op.sign()), |d| d.expr(operand)),
            ExprKind::Binary { first, rest } => self.node("binary", |d| {
                d.expr(first);
                rest.iter().for_each(|(op, operand)| d.node(op.sign(), |d| d.expr(operand)));
            }),
            ExprKind::Range { start, end, inclusive } => self.node(range_sign(*inclusive), |d| {
                d.expr(start);
                d.expr(end);
            }),
            ExprKind::Postfix { base, suffixes } => self.node("postfix", |d| {
                d.expr(base);
                suffixes.iter().for_each(|suffix| d.suffix(suffix));
            }),
            ExprKind::Paren(inner) => self.node("parentheses", |d| d.expr(inner)),
            ExprKind::Error => self.leaf("error"),
        }
    }

    fn part(&mut self, part: &TemplatePart) {
        match part {
            TemplatePart::Text(text) => self.leaf(format!("text {}", quoted(text))),
            TemplatePart::Expr(expr) => self.expr(expr),
        }
    }

    fn element(&mut self, element: &Element) {
        match element {
            Element::Value(value) => self.expr(value),
            Element::Spread(value) => self.node("spread", |d| d.expr(value)),
        }
    }

    fn entry(&mut self, entry: &DictEntry) {
        match entry {
            DictEntry::Pair(key, value) => self.node("pair", |d| {
                d.expr(key);
                d.expr(value);
            }),
            DictEntry::Spread(value) => self.node("spread", |d| d.expr(value)),
        }
    }

    fn if_(&mut self, if_: &If) {
        self.node("if", |d| {
            for (condition, body) in &if_.arms {
                d.expr(condition);
                d.block("then", body);
            }
            if_.otherwise.iter().for_each(|otherwise| d.block("else", otherwise));
        });
    }

    fn match_(&mut self, match_: &Match) {
        self.node("match", |d| {
            d.expr(&match_.subject);
            for arm in &match_.arms {
                d.node(format!("case {}", print_pattern(&arm.pattern)), |d| {
                    arm.guard.iter().for_each(|guard| d.node("guard", |d| d.expr(guard)));
                    d.block("body", &arm.body);
                });
            }
            match_.default.iter().for_each(|default| d.block("default", default));
        });
    }

    fn suffix(&mut self, suffix: &Suffix) {
        match &suffix.kind {
            SuffixKind::Call(args) => self.node("call", |d| args.iter().for_each(|arg| d.arg(arg))),
            SuffixKind::Index(index) => self.index("index", index),
            SuffixKind::OptionalIndex(index) => self.index("optional index", index),
            SuffixKind::Field(name) => self.leaf(format!(".{}", name.name)),
            SuffixKind::OptionalField(name) => self.leaf(format!("?.{}", name.name)),
            SuffixKind::Try => self.leaf("?"),
            SuffixKind::Variant(name) => self.leaf(format!("::{}", name.name)),
            SuffixKind::Struct(fields) => self.node("struct literal", |d| {
                fields.iter().for_each(|(name, value)| d.node(format!("field {}", name.name), |d| d.expr(value)));
            }),
        }
    }

    fn index(&mut self, word: &str, index: &Index) {
        match index {
            Index::At(index) => self.node(word, |d| d.expr(index)),
            Index::Slice { start, end, inclusive } => self.node(format!("{word} {}", range_sign(*inclusive)), |d| {
                start.iter().for_each(|start| d.node("from", |d| d.expr(start)));
                end.iter().for_each(|end| d.node("to", |d| d.expr(end)));
            }),
        }
    }

    fn arg(&mut self, arg: &Arg) {
        match arg {
            Arg::Positional(value) => self.expr(value),
            Arg::Spread(value) => self.node("spread", |d| d.expr(value)),
            Arg::InOut(place) => self.node("mut", |d| d.place(place)),
            Arg::Named(name, value) => self.node(format!("named {}", name.name), |d| d.expr(value)),
        }
    }
}

fn with_export(word: &str, export: bool) -> String {
    if export { format!("export {word}") } else { word.to_owned() }
}

fn annotation(ty: &Option<Type>) -> String {
    ty.as_ref().map_or(String::new(), |ty| format!(": {}", print_type(ty)))
}

fn range_sign(inclusive: bool) -> &'static str {
    if inclusive { "..=" } else { ".." }
}
