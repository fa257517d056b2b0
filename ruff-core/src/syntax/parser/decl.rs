//! Declarations: functions, structs, enums, imports and tests.

use super::{Mode, Parsed, Parser, T};
use crate::code::Code;
use crate::syntax::ast::{
    EnumDecl, FieldDecl, FuncDecl, Function, Ident, Import, ImportNames, MethodDecl, Param, ParamKind, StmtKind,
    StructDecl, Test, TestKind, Type, VariantDecl,
};
use crate::syntax::source::Span;
use std::sync::Arc;

/// Functions.
impl Parser<'_> {
    /// Does `func` or `async func` start a declaration, not a lambda?
    pub(super) fn at_func_decl(&self) -> bool {
        let mut distance = (self.kind() == T::Async) as usize;
        if self.ahead(distance).kind != T::Func {
            return false;
        }
        distance += 1;
        distance += (self.ahead(distance).kind == T::Star) as usize;
        self.ahead(distance).kind != T::LParen
    }

    pub(super) fn func_decl(&mut self, export: bool, first: usize) -> Parsed<StmtKind> {
        let start = self.token().span();
        let is_async = self.eat(T::Async);
        self.advance();
        let is_generator = self.eat(T::Star);
        let name = self.name("a name after 'func'")?;
        let function = self.function(start, is_async, is_generator, false)?;
        Ok(StmtKind::Func(FuncDecl { name, function, export, doc: self.doc(first) }))
    }

    /// Parameters, result type and body. A function counts as one level of nesting, its body as another.
    pub(super) fn function(
        &mut self,
        start: Span,
        is_async: bool,
        is_generator: bool,
        is_method: bool,
    ) -> Parsed<Function> {
        self.enter()?;
        let params = self.params(is_method)?;
        let result = if self.eat(T::Arrow) { Some(self.type_()?) } else { None };
        let body = self.block("function body")?;
        self.depth -= 1;
        Ok(Function { is_async, is_generator, params, result, body, span: self.span_from(start) })
    }

    fn params(&mut self, is_method: bool) -> Parsed<Vec<Param>> {
        let open = self.expect(T::LParen, "'(' to start parameter list")?.span();
        let mode = self.set_mode(Mode::BRACKETS);
        let mut params: Vec<Param> = Vec::new();
        while self.kind() != T::RParen {
            let param = self.param(is_method && params.is_empty())?;
            self.check_param_order(&params, &param);
            params.push(param);
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.expect_closer(T::RParen, open, "')' to close parameter list")?;
        self.mode = mode;
        Ok(params)
    }

    fn param(&mut self, may_be_self: bool) -> Parsed<Param> {
        let kind = match self.kind() {
            T::Ellipsis => ParamKind::Rest,
            T::Mut => ParamKind::InOut,
            _ => ParamKind::Value,
        };
        if kind != ParamKind::Value {
            self.advance();
        }
        let is_self = may_be_self && kind != ParamKind::Rest && self.kind() == T::SelfWord;
        let name = if is_self { self.word("a name")? } else { self.name("a parameter name")? };
        let ty = self.annotation()?;
        let has_default = kind != ParamKind::Rest && matches!(self.kind(), T::ColonEq | T::Eq);
        let default = if has_default {
            self.advance();
            Some(self.expr()?)
        } else {
            None
        };
        Ok(Param { kind, name, ty, default })
    }

    fn check_param_order(&mut self, before: &[Param], param: &Param) {
        let Some(last) = before.last() else { return };
        let message = if last.kind == ParamKind::Rest {
            "Rest parameter must be last".to_owned()
        } else if last.default.is_some() && param.default.is_none() && param.kind != ParamKind::Rest {
            format!("Parameter '{}' without a default follows a parameter with a default", param.name.name)
        } else {
            return;
        };
        let span = if last.kind == ParamKind::Rest { last.name.span } else { param.name.span };
        self.error(Code::PARAMETER_ORDER, span, message);
    }

    /// The documentation comments before the token at `first`, without their slashes.
    fn doc(&self, first: usize) -> Option<Arc<str>> {
        let line = |span: Span| {
            let text = self.text.get(span.start as usize + 3..span.end as usize).unwrap_or("");
            text.strip_prefix(' ').unwrap_or(text).trim_end().to_owned()
        };
        let lines: Vec<String> = self.lexed.docs(first).map(line).collect();
        if lines.is_empty() { None } else { Some(lines.join("\n").into()) }
    }
}

/// Structs and enums.
impl Parser<'_> {
    pub(super) fn struct_decl(&mut self, export: bool, first: usize) -> Parsed<StmtKind> {
        self.advance();
        let name = self.name("a name after 'struct'")?;
        let open = self.expect(T::LBrace, "'{' to start struct declaration")?.span();
        let mode = self.set_mode(Mode::BLOCK);
        let doc = self.doc(first);
        let mut decl = StructDecl { name, fields: Vec::new(), methods: Vec::new(), export, doc };
        self.members(&mut decl)?;
        self.expect_closer(T::RBrace, open, "'}' to close struct declaration")?;
        self.mode = mode;
        Ok(StmtKind::Struct(decl))
    }

    fn members(&mut self, decl: &mut StructDecl) -> Parsed<()> {
        loop {
            match self.kind() {
                T::Comma | T::Semicolon => {
                    self.advance();
                }
                T::Func | T::Async => self.method(&mut decl.methods)?,
                kind if kind.is_word() => self.field(&mut decl.fields)?,
                _ => return Ok(()),
            }
        }
    }

    fn field(&mut self, fields: &mut Vec<FieldDecl>) -> Parsed<()> {
        let name = self.word("a field name")?;
        let ty = self.annotation()?;
        let default = if matches!(self.kind(), T::ColonEq | T::Eq) {
            self.advance();
            Some(self.expr()?)
        } else {
            None
        };
        fields.push(FieldDecl { name, ty, default });
        Ok(())
    }

    fn method(&mut self, methods: &mut Vec<MethodDecl>) -> Parsed<()> {
        let start = self.token().span();
        let is_async = self.eat(T::Async);
        self.expect(T::Func, "'func' after 'async'")?;
        let is_generator = self.eat(T::Star);
        let name = self.word("a name after 'func'")?;
        let function = self.function(start, is_async, is_generator, true)?;
        methods.push(MethodDecl { name, function });
        Ok(())
    }

    pub(super) fn enum_decl(&mut self, export: bool, first: usize) -> Parsed<StmtKind> {
        self.advance();
        let name = self.name("a name after 'enum'")?;
        let open = self.expect(T::LBrace, "'{' to start enum declaration")?.span();
        let mode = self.set_mode(Mode::BLOCK);
        let mut variants = Vec::new();
        while self.kind() != T::RBrace {
            variants.push(self.variant()?);
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.expect_closer(T::RBrace, open, "'}' to close enum declaration")?;
        self.mode = mode;
        Ok(StmtKind::Enum(EnumDecl { name, variants, export, doc: self.doc(first) }))
    }

    fn variant(&mut self) -> Parsed<VariantDecl> {
        let name = self.name("a variant name")?;
        let payload = if self.kind() == T::LParen { Some(self.payload()?) } else { None };
        Ok(VariantDecl { name, payload })
    }

    fn payload(&mut self) -> Parsed<Vec<(Ident, Option<Type>)>> {
        let open = self.advance().span();
        let mut payload = Vec::new();
        while self.kind() != T::RParen {
            payload.push((self.word("a payload name")?, self.annotation()?));
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.expect_closer(T::RParen, open, "')' to close payload list")?;
        Ok(payload)
    }
}

/// Imports and tests.
impl Parser<'_> {
    pub(super) fn import(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let path = self.path("a module name after 'import'")?;
        let names = match self.alias()? {
            Some(name) => ImportNames::Namespace(name),
            None => ImportNames::All,
        };
        Ok(StmtKind::Import(Import { path, names }))
    }

    /// `as NAME`, if it is there. A word `as` that no name follows starts another statement.
    fn alias(&mut self) -> Parsed<Option<Ident>> {
        let next = self.ahead(1);
        let is_alias = self.at_word("as") && (next.kind.is_word() || !self.token().newline_before);
        if !is_alias {
            return Ok(None);
        }
        self.advance();
        Ok(Some(self.name("a name after 'as'")?))
    }

    pub(super) fn at_import_list(&self) -> bool {
        self.at_word("from") && self.ahead(1).kind == T::Name
    }

    pub(super) fn import_list(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let path = self.path("a module name after 'from'")?;
        self.expect(T::Import, "'import' after module name")?;
        let mut names = Vec::new();
        loop {
            let name = self.name("a name after 'import'")?;
            let local = self.alias()?.unwrap_or_else(|| name.clone());
            names.push((name, local));
            if !self.eat(T::Comma) {
                return Ok(StmtKind::Import(Import { path, names: ImportNames::List(names) }));
            }
        }
    }

    pub(super) fn at_test(&self) -> bool {
        let next = self.ahead(1);
        match self.text_of(self.token()) {
            "test" | "test_group" => matches!(next.kind, T::Str | T::TemplateHead),
            "test_setup" | "test_teardown" => next.kind == T::LBrace && !next.newline_before,
            _ => false,
        }
    }

    pub(super) fn test(&mut self) -> Parsed<StmtKind> {
        let word = self.advance();
        let (kind, what) = match self.text_of(word) {
            "test_setup" => (TestKind::Setup, "test_setup block"),
            "test_teardown" => (TestKind::Teardown, "test_teardown block"),
            "test" => (TestKind::Test(self.test_name()?), "test block"),
            _ => (TestKind::Group(self.test_name()?), "test_group block"),
        };
        Ok(StmtKind::Test(Test { kind, body: self.block(what)? }))
    }

    fn test_name(&mut self) -> Parsed<Arc<str>> {
        let token = self.expect(T::Str, "a string without interpolation as the name of the test")?;
        Ok(self.string_literal(token))
    }
}
