//! Type annotations. Inside them `>>`, `>=` and `>>=` are separate signs.

use super::{Parsed, Parser, T};
use crate::syntax::ast::{Ident, Type, TypeKind};
use crate::syntax::source::Span;
use crate::syntax::token::Token;

impl Parser<'_> {
    /// `: type`, if it is there.
    pub(super) fn annotation(&mut self) -> Parsed<Option<Type>> {
        if self.eat(T::Colon) { Ok(Some(self.type_()?)) } else { Ok(None) }
    }

    pub(super) fn type_(&mut self) -> Parsed<Type> {
        let start = self.token().span();
        let first = self.type_part()?;
        if self.kind() != T::Pipe {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.eat(T::Pipe) {
            parts.push(self.type_part()?);
        }
        Ok(Type { kind: TypeKind::Union(parts), span: self.span_from(start) })
    }

    fn nested_type(&mut self) -> Parsed<Type> {
        self.enter()?;
        let ty = self.type_()?;
        self.depth -= 1;
        Ok(ty)
    }

    fn type_part(&mut self) -> Parsed<Type> {
        let start = self.token().span();
        let kind = self.type_atom()?;
        let ty = Type { kind, span: self.span_from(start) };
        if !self.eat(T::Question) {
            return Ok(ty);
        }
        Ok(Type { kind: TypeKind::Optional(Box::new(ty)), span: self.span_from(start) })
    }

    fn type_atom(&mut self) -> Parsed<TypeKind> {
        match self.kind() {
            T::IntType | T::FloatType | T::Bool | T::StringType | T::Null => {
                let token = self.advance();
                Ok(TypeKind::Named { path: vec![self.ident_of(token)], args: Vec::new() })
            }
            T::Name => self.named_type(),
            T::Func => self.func_type(),
            T::LParen => {
                let open = self.advance().span();
                let inner = self.nested_type()?;
                self.expect_closer(T::RParen, open, "')' to close type")?;
                Ok(inner.kind)
            }
            _ => Err(self.expected("a type")),
        }
    }

    fn named_type(&mut self) -> Parsed<TypeKind> {
        let path = self.path("a type")?;
        let mut args = Vec::new();
        if self.kind() == T::Lt {
            let open = self.advance().span();
            args.push(self.nested_type()?);
            while self.eat(T::Comma) {
                args.push(self.nested_type()?);
            }
            self.type_arguments_end(open)?;
        }
        Ok(TypeKind::Named { path, args })
    }

    /// `NAME { "." NAME }`
    pub(super) fn path(&mut self, what: &str) -> Parsed<Vec<Ident>> {
        let mut path = vec![self.name(what)?];
        while self.eat(T::Dot) {
            path.push(self.name("a name after '.'")?);
        }
        Ok(path)
    }

    fn func_type(&mut self) -> Parsed<TypeKind> {
        self.advance();
        if self.kind() != T::LParen {
            return Ok(TypeKind::Func { params: None, result: None });
        }
        let open = self.advance().span();
        let mut params = Vec::new();
        if self.kind() != T::RParen {
            params.push(self.nested_type()?);
            while self.eat(T::Comma) {
                params.push(self.nested_type()?);
            }
        }
        self.expect_closer(T::RParen, open, "')' to close parameter types")?;
        let result = if self.eat(T::Arrow) { Some(Box::new(self.nested_type()?)) } else { None };
        Ok(TypeKind::Func { params: Some(params), result })
    }

    /// `>`, which may be the start of a longer sign.
    fn type_arguments_end(&mut self, open: Span) -> Parsed<()> {
        let token = self.token();
        let rest = match token.kind {
            T::Shr => T::Gt,
            T::GtEq => T::Eq,
            T::ShrEq => T::GtEq,
            _ => return self.expect_closer(T::Gt, open, "'>' to close type arguments").map(|_| ()),
        };
        if let Some(slot) = self.lexed.tokens.get_mut(self.at) {
            *slot = Token { kind: rest, newline_before: false, start: token.start + 1, end: token.end };
        }
        Ok(())
    }
}
