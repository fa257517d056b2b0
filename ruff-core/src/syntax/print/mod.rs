//! Syntax tree to canonical source text: printing what was parsed from a printed text gives the same text.
//!
//! Parentheses are nodes of the tree, so precedence needs no care here. Comments are not in the tree, except those that
//! document a declaration.

mod expr;
mod pattern;

use super::ast::{
    Assign, BinaryOp, BindPattern, Binding, BindingMode, Block, EnumDecl, Expr, ExprKind, For, FuncDecl, Function,
    Ident, Import, ImportNames, Module, Param, ParamKind, PathStep, Pattern, Place, Stmt, StmtKind, StructDecl, Test,
    TestKind, Try, Type,
};
use std::fmt::Write;

/// The canonical source of a module.
pub fn print_module(module: &Module) -> String {
    let mut printer = Printer { out: String::new(), indent: 0 };
    for statement in &module.body {
        printer.statement(statement);
    }
    printer.out
}

/// The canonical source of a pattern of a binding, in one line.
pub fn print_bind_pattern(pattern: &BindPattern) -> String {
    let mut printer = Printer { out: String::new(), indent: 0 };
    printer.bind_pattern(pattern);
    printer.out
}

/// The canonical source of a pattern, in one line.
pub fn print_pattern(pattern: &Pattern) -> String {
    let mut printer = Printer { out: String::new(), indent: 0 };
    printer.pattern(pattern);
    printer.out
}

/// The canonical source of a type, in one line.
pub fn print_type(ty: &Type) -> String {
    let mut printer = Printer { out: String::new(), indent: 0 };
    printer.type_(ty);
    printer.out
}

/// A string literal with this value.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    push_escaped(&mut out, text);
    out.push('"');
    out
}

fn push_escaped(out: &mut String, text: &str) {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            '\u{1B}' => out.push_str("\\e"),
            '\\' | '"' => out.extend(['\\', character]),
            '$' if characters.peek() == Some(&'{') => out.push_str("\\$"),
            control if control.is_control() => {
                let _ = write!(out, "\\u{{{:X}}}", control as u32);
            }
            other => out.push(other),
        }
    }
}

/// Names that start a construct when certain tokens follow.
const CONTEXTUAL: [&str; 6] = ["as", "from", "test", "test_group", "test_setup", "test_teardown"];

struct Printer {
    out: String,
    indent: usize,
}

/// Layout.
impl Printer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn start_line(&mut self) {
        let indent = self.indent;
        let _ = write!(self.out, "{:indent$}", "");
    }

    /// `items` with `, ` between them.
    fn list<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T)) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.put(", ");
            }
            print(self, item);
        }
    }

    /// `{`, `items` on lines of their own, `}`.
    fn braces<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T)) {
        if items.is_empty() {
            return self.put("{ }");
        }
        self.put("{\n");
        self.indent += 4;
        items.iter().for_each(|item| print(self, item));
        self.indent -= 4;
        self.start_line();
        self.put("}");
    }

    fn block(&mut self, block: &Block) {
        self.braces(&block.body, Self::statement);
    }

    fn doc(&mut self, doc: Option<&str>) {
        for line in doc.iter().flat_map(|doc| doc.split('\n')) {
            self.put(if line.is_empty() { "///" } else { "/// " });
            self.put(line);
            self.put("\n");
            self.start_line();
        }
    }

    fn ident(&mut self, ident: &Ident) {
        self.put(&ident.name);
    }

    fn path(&mut self, path: &[Ident]) {
        for (index, ident) in path.iter().enumerate() {
            self.put(if index > 0 { "." } else { "" });
            self.ident(ident);
        }
    }
}

/// Statements.
impl Printer {
    fn statement(&mut self, statement: &Stmt) {
        self.start_line();
        self.statement_kind(&statement.kind);
        self.put("\n");
    }

    fn statement_kind(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::Binding(binding) => self.binding(binding),
            StmtKind::Func(decl) => self.func_decl(decl),
            StmtKind::Struct(decl) => self.struct_decl(decl),
            StmtKind::Enum(decl) => self.enum_decl(decl),
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::While { condition, body } => {
                self.put("while ");
                self.expr(condition);
                self.put(" ");
                self.block(body);
            }
            StmtKind::Loop { condition, body } => {
                self.put("loop ");
                if let Some(condition) = condition {
                    self.put("while ");
                    self.expr(condition);
                    self.put(" ");
                }
                self.block(body);
            }
            StmtKind::For(for_) => self.for_(for_),
            StmtKind::Try(try_) => self.try_(try_),
            StmtKind::Import(import) => self.import(import),
            StmtKind::Test(test) => self.test(test),
            StmtKind::Break => self.put("break"),
            StmtKind::Continue => self.put("continue"),
            StmtKind::Return(None) => self.put("return"),
            StmtKind::Return(Some(value)) => {
                self.put("return ");
                self.expr(value);
            }
            StmtKind::Expr(expr) => {
                self.expr(expr);
                if matches!(&expr.kind, ExprKind::Name(name) if CONTEXTUAL.contains(&&**name)) {
                    self.put(";");
                }
            }
            StmtKind::Error => self.put("/* error */"),
        }
    }

    fn export(&mut self, export: bool) {
        self.put(if export { "export " } else { "" });
    }

    fn binding(&mut self, binding: &Binding) {
        self.export(binding.export);
        self.put(match binding.mode {
            BindingMode::Let => "let ",
            BindingMode::Mut => "mut ",
            BindingMode::Const => "const ",
            BindingMode::Bare => "",
        });
        self.bind_pattern(&binding.pattern);
        self.annotation(&binding.ty);
        self.put(" := ");
        self.expr(&binding.value);
    }

    fn assign(&mut self, assign: &Assign) {
        self.export(assign.export);
        self.place(&assign.place);
        let sign = assign.op.map_or(":", BinaryOp::sign);
        let _ = write!(self.out, " {sign}= ");
        self.expr(&assign.value);
    }

    fn place(&mut self, place: &Place) {
        self.ident(&place.root);
        for step in &place.path {
            match step {
                PathStep::Field(name) => {
                    self.put(".");
                    self.ident(name);
                }
                PathStep::Index(index) => {
                    self.put("[");
                    self.expr(index);
                    self.put("]");
                }
            }
        }
    }

    fn for_(&mut self, for_: &For) {
        self.put("for ");
        self.bind_pattern(&for_.first);
        if let Some(second) = &for_.second {
            self.put(", ");
            self.bind_pattern(second);
        }
        self.put(" in ");
        self.expr(&for_.subject);
        self.put(" ");
        self.block(&for_.body);
    }

    fn try_(&mut self, try_: &Try) {
        self.put("try ");
        self.block(&try_.body);
        if let Some(except) = &try_.except {
            self.put(" except ");
            if let Some(name) = &except.name {
                self.ident(name);
                self.put(" ");
            }
            self.block(&except.body);
        }
        if let Some(finally) = &try_.finally {
            self.put(" finally ");
            self.block(finally);
        }
    }

    fn import(&mut self, import: &Import) {
        let is_list = matches!(import.names, ImportNames::List(_));
        self.put(if is_list { "from " } else { "import " });
        self.path(&import.path);
        match &import.names {
            ImportNames::All => {}
            ImportNames::Namespace(name) => {
                self.put(" as ");
                self.ident(name);
            }
            ImportNames::List(names) => {
                self.put(" import ");
                self.list(names, |p, (name, local)| {
                    p.ident(name);
                    if local.name != name.name {
                        p.put(" as ");
                        p.ident(local);
                    }
                });
            }
        }
    }

    fn test(&mut self, test: &Test) {
        match &test.kind {
            TestKind::Test(name) => self.put(&format!("test {} ", quoted(name))),
            TestKind::Group(name) => self.put(&format!("test_group {} ", quoted(name))),
            TestKind::Setup => self.put("test_setup "),
            TestKind::Teardown => self.put("test_teardown "),
        }
        self.block(&test.body);
    }
}

/// Declarations.
impl Printer {
    fn func_decl(&mut self, decl: &FuncDecl) {
        self.doc(decl.doc.as_deref());
        self.export(decl.export);
        self.function(&decl.function, Some(&decl.name));
    }

    fn function(&mut self, function: &Function, name: Option<&Ident>) {
        self.put(if function.is_async { "async " } else { "" });
        self.put(if function.is_generator { "func*" } else { "func" });
        if let Some(name) = name {
            self.put(" ");
            self.ident(name);
        }
        self.put("(");
        self.list(&function.params, Self::param);
        self.put(")");
        if let Some(result) = &function.result {
            self.put(" -> ");
            self.type_(result);
        }
        self.put(" ");
        self.block(&function.body);
    }

    fn param(&mut self, param: &Param) {
        self.put(match param.kind {
            ParamKind::Value => "",
            ParamKind::InOut => "mut ",
            ParamKind::Rest => "...",
        });
        self.ident(&param.name);
        self.annotation(&param.ty);
        self.default(&param.default);
    }

    fn default(&mut self, default: &Option<Expr>) {
        if let Some(default) = default {
            self.put(" := ");
            self.expr(default);
        }
    }

    fn struct_decl(&mut self, decl: &StructDecl) {
        self.doc(decl.doc.as_deref());
        self.export(decl.export);
        self.put("struct ");
        self.ident(&decl.name);
        self.put(" {");
        self.indent += 4;
        for field in &decl.fields {
            self.put("\n");
            self.start_line();
            self.ident(&field.name);
            self.annotation(&field.ty);
            self.default(&field.default);
            self.put(",");
        }
        for method in &decl.methods {
            self.put("\n");
            self.start_line();
            self.function(&method.function, Some(&method.name));
        }
        self.indent -= 4;
        if decl.fields.is_empty() && decl.methods.is_empty() {
            return self.put(" }");
        }
        self.put("\n");
        self.start_line();
        self.put("}");
    }

    fn enum_decl(&mut self, decl: &EnumDecl) {
        self.doc(decl.doc.as_deref());
        self.export(decl.export);
        self.put("enum ");
        self.ident(&decl.name);
        self.put(" ");
        self.braces(&decl.variants, |p, variant| {
            p.start_line();
            p.ident(&variant.name);
            if let Some(payload) = &variant.payload {
                p.put("(");
                p.list(payload, |p, (name, ty)| {
                    p.ident(name);
                    p.annotation(ty);
                });
                p.put(")");
            }
            p.put(",\n");
        });
    }
}
