//! Syntax tree to canonical source text: printing what was parsed from a printed text gives the same text.
//!
//! Parentheses are nodes of the tree, so precedence needs no care here. Comments are not in the tree, except those that
//! document a declaration.

use super::ast::*;
use super::token::TokenKind;
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

/// Is it a name or a reserved word?
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
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

/// Types.
impl Printer {
    fn annotation(&mut self, ty: &Option<Type>) {
        if let Some(ty) = ty {
            self.put(": ");
            self.type_(ty);
        }
    }

    fn type_(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Named { path, args } => {
                self.path(path);
                if !args.is_empty() {
                    self.put("<");
                    self.list(args, Self::type_);
                    self.put(">");
                }
            }
            TypeKind::Func { params, result } => {
                self.put("func");
                if let Some(params) = params {
                    self.put("(");
                    self.list(params, Self::type_);
                    self.put(")");
                }
                if let Some(result) = result {
                    self.put(" -> ");
                    self.type_(result);
                }
            }
            TypeKind::Optional(inner) => {
                let is_optional = matches!(inner.kind, TypeKind::Optional(_));
                self.type_atom(inner, is_optional);
                self.put("?");
            }
            TypeKind::Union(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    self.put(if index > 0 { " | " } else { "" });
                    self.type_atom(part, false);
                }
            }
            TypeKind::Error => self.put("/* error */"),
        }
    }

    /// A part of a longer type, in parentheses if it would take in what follows.
    fn type_atom(&mut self, ty: &Type, is_open: bool) {
        if is_open || matches!(ty.kind, TypeKind::Union(_) | TypeKind::Func { result: Some(_), .. }) {
            self.put("(");
            self.type_(ty);
            self.put(")");
        } else {
            self.type_(ty);
        }
    }
}

/// Patterns.
impl Printer {
    fn bind_pattern(&mut self, pattern: &BindPattern) {
        match pattern {
            BindPattern::Name(name) => self.ident(name),
            BindPattern::Ignore(_) => self.put("_"),
            BindPattern::Array { items, rest, .. } => {
                self.put("[");
                self.list(items, Self::bind_pattern);
                self.bind_rest(rest, items.is_empty());
                self.put("]");
            }
            BindPattern::Dict { entries, rest, .. } => {
                self.put("{");
                self.list(entries, |p, (key, pattern)| {
                    p.key(&key.name);
                    p.put(": ");
                    p.bind_pattern(pattern);
                });
                self.bind_rest(rest, entries.is_empty());
                self.put("}");
            }
        }
    }

    fn bind_rest(&mut self, rest: &Option<Ident>, is_first: bool) {
        if let Some(name) = rest {
            self.put(if is_first { "..." } else { ", ..." });
            self.ident(name);
        }
    }

    /// A key of a dict pattern.
    fn key(&mut self, key: &str) {
        if is_word(key) { self.put(key) } else { self.put(&quoted(key)) }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Wildcard => self.put("_"),
            PatternKind::Bind(name) => self.put(name),
            PatternKind::Literal(literal) => self.literal(literal),
            PatternKind::Range { start, end, inclusive } => {
                start.iter().for_each(|start| self.literal(start));
                self.put(if *inclusive { "..=" } else { ".." });
                end.iter().for_each(|end| self.literal(end));
            }
            PatternKind::Variant { path, variant, payload } => {
                self.path(path);
                if let Some(variant) = variant {
                    self.put("::");
                    self.ident(variant);
                }
                if let Some(payload) = payload {
                    self.put("(");
                    self.list(payload, Self::pattern_item);
                    self.put(")");
                }
            }
            PatternKind::Struct { path, fields } => {
                self.path(path);
                self.put(" {");
                self.list(fields, Self::key_pattern);
                self.put("}");
            }
            PatternKind::Array(items) => {
                self.put("[");
                self.list(items, Self::pattern_item);
                self.put("]");
            }
            PatternKind::Dict { entries, rest } => {
                self.put("{");
                self.list(entries, Self::key_pattern);
                if let Some(rest) = rest {
                    self.put(if entries.is_empty() { "" } else { ", " });
                    self.rest(rest);
                }
                self.put("}");
            }
            PatternKind::Or(alternatives) => {
                for (index, alternative) in alternatives.iter().enumerate() {
                    self.put(if index > 0 { " | " } else { "" });
                    self.alternative(alternative);
                }
            }
            PatternKind::Error => self.put("/* error */"),
        }
    }

    fn alternative(&mut self, pattern: &Pattern) {
        let is_or = matches!(pattern.kind, PatternKind::Or(_));
        self.put(if is_or { "(" } else { "" });
        self.pattern(pattern);
        self.put(if is_or { ")" } else { "" });
    }

    fn pattern_item(&mut self, item: &PatternItem) {
        match item {
            PatternItem::Pattern(pattern) => self.pattern(pattern),
            PatternItem::Rest(rest) => self.rest(rest),
        }
    }

    fn rest(&mut self, rest: &Rest) {
        self.put("...");
        rest.name.iter().for_each(|name| self.ident(name));
    }

    fn key_pattern(&mut self, (key, pattern): &(Ident, Pattern)) {
        self.key(&key.name);
        self.put(": ");
        self.pattern(pattern);
    }

    fn literal(&mut self, literal: &Literal) {
        let _ = match literal {
            Literal::Null => write!(self.out, "null"),
            Literal::Bool(value) => write!(self.out, "{value}"),
            Literal::Int(value) => write!(self.out, "{value}"),
            Literal::BigInt(digits) => write!(self.out, "{digits}"),
            Literal::Float(value) => write!(self.out, "{value:?}"),
            Literal::Str(text) => write!(self.out, "{}", quoted(text)),
        };
    }
}

/// Expressions.
impl Printer {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null => self.put("null"),
            ExprKind::Bool(value) => self.literal(&Literal::Bool(*value)),
            ExprKind::Int(value) => self.literal(&Literal::Int(*value)),
            ExprKind::BigInt(digits) => self.put(digits),
            ExprKind::Float(value) => self.literal(&Literal::Float(*value)),
            ExprKind::Str(text) => self.put(&quoted(text)),
            ExprKind::Template(parts) => self.template(parts),
            ExprKind::Name(name) => self.put(name),
            ExprKind::Array(elements) => self.array(elements),
            ExprKind::Dict(entries) => self.dict(entries),
            ExprKind::Lambda(function) => self.function(function, None),
            ExprKind::If(if_) => self.if_(if_),
            ExprKind::Match(match_) => self.match_(match_),
            ExprKind::Spawn(block) => {
                self.put("spawn ");
                self.block(block);
            }
            ExprKind::Throw(value) => self.prefixed("throw ", value),
            ExprKind::Yield(None) => self.put("yield"),
            ExprKind::Yield(Some(value)) => self.prefixed("yield ", value),
            ExprKind::Await(value) => self.prefixed("await ", value),
            ExprKind::Unary { op, operand } => self.prefixed(op.sign(), operand),
            ExprKind::Binary { first, rest } => self.binary(first, rest),
            ExprKind::Range { start, end, inclusive } => {
                self.expr(start);
                self.range_sign(*inclusive);
                self.expr(end);
            }
            ExprKind::Postfix { base, suffixes } => {
                self.expr(base);
                self.suffixes(suffixes);
            }
            ExprKind::Paren(inner) => {
                self.put("(");
                self.expr(inner);
                self.put(")");
            }
            ExprKind::Error => self.put("/* error */"),
        }
    }

    fn prefixed(&mut self, prefix: &str, operand: &Expr) {
        self.put(prefix);
        self.expr(operand);
    }

    fn binary(&mut self, first: &Expr, rest: &[(BinaryOp, Expr)]) {
        self.expr(first);
        for (op, operand) in rest {
            let _ = write!(self.out, " {} ", op.sign());
            self.expr(operand);
        }
    }

    fn template(&mut self, parts: &[TemplatePart]) {
        self.put("\"");
        for part in parts {
            match part {
                TemplatePart::Text(text) => push_escaped(&mut self.out, text),
                TemplatePart::Expr(expr) => {
                    self.put("${");
                    self.expr(expr);
                    self.put("}");
                }
            }
        }
        self.put("\"");
    }

    fn array(&mut self, elements: &[Element]) {
        self.put("[");
        self.list(elements, |p, element| match element {
            Element::Value(value) => p.expr(value),
            Element::Spread(value) => p.prefixed("...", value),
        });
        self.put("]");
    }

    fn dict(&mut self, entries: &[DictEntry]) {
        self.put("{");
        self.list(entries, |p, entry| match entry {
            DictEntry::Pair(key, value) => {
                p.expr(key);
                p.prefixed(": ", value);
            }
            DictEntry::Spread(value) => p.prefixed("...", value),
        });
        self.put("}");
    }

    fn if_(&mut self, if_: &If) {
        for (index, (condition, body)) in if_.arms.iter().enumerate() {
            self.prefixed(if index > 0 { " else if " } else { "if " }, condition);
            self.put(" ");
            self.block(body);
        }
        if let Some(otherwise) = &if_.otherwise {
            self.put(" else ");
            self.block(otherwise);
        }
    }

    fn match_(&mut self, match_: &Match) {
        self.prefixed("match ", &match_.subject);
        self.put(" {\n");
        self.indent += 4;
        for arm in &match_.arms {
            self.start_line();
            self.put("case ");
            self.pattern(&arm.pattern);
            if let Some(guard) = &arm.guard {
                self.prefixed(" if ", guard);
            }
            self.put(" ");
            self.block(&arm.body);
            self.put("\n");
        }
        if let Some(default) = &match_.default {
            self.start_line();
            self.put("default ");
            self.block(default);
            self.put("\n");
        }
        self.indent -= 4;
        self.start_line();
        self.put("}");
    }

    /// `..` or `..=`, which must not touch a `?`.
    fn range_sign(&mut self, inclusive: bool) {
        self.put(if self.out.ends_with('?') { " " } else { "" });
        self.put(if inclusive { "..=" } else { ".." });
    }

    fn suffixes(&mut self, suffixes: &[Suffix]) {
        for (index, suffix) in suffixes.iter().enumerate() {
            let after_try = index > 0 && matches!(suffixes[index - 1].kind, SuffixKind::Try);
            self.put(if after_try { " " } else { "" });
            self.suffix(suffix);
        }
    }

    fn suffix(&mut self, suffix: &Suffix) {
        match &suffix.kind {
            SuffixKind::Call(args) => {
                self.put("(");
                self.list(args, Self::arg);
                self.put(")");
            }
            SuffixKind::Index(index) => self.index("[", index),
            SuffixKind::OptionalIndex(index) => self.index("?[", index),
            SuffixKind::Field(name) => {
                self.put(".");
                self.ident(name);
            }
            SuffixKind::OptionalField(name) => {
                self.put("?.");
                self.ident(name);
            }
            SuffixKind::Try => self.put("?"),
            SuffixKind::Variant(name) => {
                self.put("::");
                self.ident(name);
            }
            SuffixKind::Struct(fields) => {
                self.put(" {");
                self.list(fields, |p, (name, value)| {
                    p.ident(name);
                    p.prefixed(": ", value);
                });
                self.put("}");
            }
        }
    }

    fn index(&mut self, open: &str, index: &Index) {
        self.put(open);
        match index {
            Index::At(index) => self.expr(index),
            Index::Slice { start, end, inclusive } => {
                start.iter().for_each(|start| self.expr(start));
                self.range_sign(*inclusive);
                end.iter().for_each(|end| self.expr(end));
            }
        }
        self.put("]");
    }

    fn arg(&mut self, arg: &Arg) {
        match arg {
            Arg::Positional(value) => self.expr(value),
            Arg::Spread(value) => self.prefixed("...", value),
            Arg::InOut(place) => {
                self.put("mut ");
                self.place(place);
            }
            Arg::Named(name, value) => {
                self.ident(name);
                self.prefixed(": ", value);
            }
        }
    }
}
