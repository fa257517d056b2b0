//! Calls, fields, indexes and other suffixes.

use super::Checker;
use super::declared::DeclId;
use super::kind::{Kind, Known};
use crate::syntax::ast::*;

/// What is called.
pub(super) enum Callee<'a> {
    Function(&'a Function),
    /// A method: `self` is not among the arguments.
    Method(&'a Function),
    Variant(DeclId, &'a VariantDecl),
    Builtin(&'a str),
    Unknown,
}

/// A value that a call gets from the left of `|>`.
pub(super) type Piped<'a> = Option<(Option<&'a Expr>, Known)>;

impl<'a> Checker<'a, '_> {
    /// What an expression calls if it is called.
    pub(super) fn callee(&self, e: &'a Expr) -> Callee<'a> {
        if let Some(name) = self.builtin_name(e) {
            return Callee::Builtin(name);
        }
        let is_name = matches!(e.kind, ExprKind::Name(_));
        let key = self.key(e.span).filter(|_| is_name);
        key.and_then(|key| self.declared.function(key)).map_or(Callee::Unknown, Callee::Function)
    }

    /// A value and its suffixes; the last call gets `piped` as its first argument.
    pub(super) fn postfix(&mut self, base: &'a Expr, suffixes: &'a [Suffix], mut piped: Piped<'a>) -> Known {
        let mut value = self.expr(base);
        let mut callee = self.callee(base);
        for (index, suffix) in suffixes.iter().enumerate() {
            let before = suffixes.get(..index).unwrap_or_default();
            let next = suffixes.get(index + 1).map(|suffix| &suffix.kind);
            let mut next_callee = Callee::Unknown;
            value = match &suffix.kind {
                SuffixKind::Call(args) => {
                    let piped = if next.is_none() { piped.take() } else { None };
                    self.call(&callee, args, piped)
                }
                SuffixKind::Field(name) if matches!(next, Some(SuffixKind::Call(_))) => {
                    self.check_receiver(base, before, &value, name);
                    next_callee = self.method(&value, name);
                    Known::anything()
                }
                SuffixKind::Field(name) => self.field(&value, name),
                SuffixKind::OptionalField(_) => Known::anything(),
                SuffixKind::Index(at) => {
                    self.index(at);
                    element(&value, at)
                }
                SuffixKind::OptionalIndex(at) => {
                    self.index(at);
                    Known::anything()
                }
                SuffixKind::Try => Known::anything(),
                SuffixKind::Variant(name) => {
                    let (known, variant) = self.variant(&value, name);
                    next_callee = variant;
                    known
                }
                SuffixKind::Struct(fields) => self.struct_literal(&value, fields),
            };
            callee = next_callee;
        }
        value
    }

    fn index(&mut self, index: &'a Index) {
        match index {
            Index::At(e) => drop(self.expr(e)),
            Index::Slice { start, end, .. } => start.iter().chain(end).for_each(|e| drop(self.expr(e))),
        }
    }

    /// The declaration of a field of a value.
    pub(super) fn field_decl(&self, value: &Known, name: &str) -> Option<&'a FieldDecl> {
        let Some(Kind::Struct(id)) = value.single() else { return None };
        self.declared.struct_at(id)?.fields.iter().find(|field| &*field.name.name == name)
    }

    /// A field without a default may have been left out: then it is null.
    fn field(&self, value: &Known, name: &Ident) -> Known {
        let Some(field) = self.field_decl(value, &name.name) else { return Known::anything() };
        let known = Known::declared(field.ty.as_ref().and_then(|ty| self.accepted(ty)));
        if field.default.is_some() { known } else { known.or(Kind::Null.into()) }
    }

    fn method(&self, receiver: &Known, name: &Ident) -> Callee<'a> {
        let (id, is_instance) = match receiver.single() {
            Some(Kind::Struct(id)) => (id, true),
            Some(Kind::StructDef(id)) => (id, false),
            _ => return Callee::Unknown,
        };
        let method = self.declared.struct_at(id).and_then(|s| s.methods.iter().find(|m| m.name.name == name.name));
        match method.map(|m| &m.function) {
            Some(function) if !has_self(function) => Callee::Function(function),
            Some(function) if is_instance => Callee::Method(function),
            _ => Callee::Unknown,
        }
    }

    /// `E::V`: what it is without a call, and what it is to be called.
    fn variant(&self, base: &Known, name: &Ident) -> (Known, Callee<'a>) {
        let unknown = || (Known::anything(), Callee::Unknown);
        let Some(Kind::EnumDef(id)) = base.single() else { return unknown() };
        let variants = self.declared.enum_at(id).map_or(&[][..], |decl| &decl.variants);
        let Some(variant) = variants.iter().find(|v| v.name.name == name.name) else { return unknown() };
        let kind = if variant.payload.is_some() { Kind::Function } else { Kind::Enum(id) };
        (kind.into(), Callee::Variant(id, variant))
    }

    fn struct_literal(&mut self, base: &Known, fields: &'a [(Ident, Expr)]) -> Known {
        let id = match base.single() {
            Some(Kind::StructDef(id)) => Some(id),
            _ => None,
        };
        let decl = id.and_then(|id| self.declared.struct_at(id));
        for (name, value) in fields {
            let known = self.expr(value);
            let field = decl.and_then(|decl| decl.fields.iter().find(|field| field.name.name == name.name));
            if let Some(ty) = field.and_then(|field| field.ty.as_ref()) {
                self.expect(ty, value, &known);
            }
        }
        id.map_or(Known::anything(), |id| Kind::Struct(id).into())
    }

    /// A call, with what its result is known to be.
    pub(super) fn call(&mut self, callee: &Callee<'a>, args: &'a [Arg], piped: Piped<'a>) -> Known {
        let args = self.arguments(args, piped);
        match callee {
            Callee::Function(function) => self.call_function(function, &function.params, &args),
            Callee::Method(function) => {
                self.call_function(function, function.params.get(1..).unwrap_or_default(), &args)
            }
            Callee::Variant(id, variant) => {
                let types = variant.payload.iter().flatten().map(|(_, ty)| ty.as_ref());
                for (ty, arg) in types.zip(&args.positional) {
                    self.expect_argument(ty, arg);
                }
                Kind::Enum(*id).into()
            }
            Callee::Builtin(name) => self.builtin_result(name),
            Callee::Unknown => Known::anything(),
        }
    }

    fn call_function(&mut self, function: &'a Function, params: &'a [Param], args: &Arguments<'a>) -> Known {
        for (param, arg) in params.iter().zip(&args.positional) {
            self.expect_argument(param.annotation(), arg);
        }
        for (name, value, known) in &args.named {
            let param = params.iter().find(|param| param.name.name == name.name);
            if let Some(ty) = param.and_then(Param::annotation) {
                self.expect(ty, value, known);
            }
        }
        match (function.is_async, function.is_generator) {
            (_, true) => Kind::Generator.into(),
            (true, _) => Kind::Promise.into(),
            _ => Known::declared(function.result.as_ref().and_then(|ty| self.accepted(ty))),
        }
    }

    fn expect_argument(&mut self, ty: Option<&'a Type>, arg: &Option<(&'a Expr, Known)>) {
        if let (Some(ty), Some((value, known))) = (ty, arg) {
            self.expect(ty, value, known);
        }
    }

    fn arguments(&mut self, args: &'a [Arg], piped: Piped<'a>) -> Arguments<'a> {
        let mut all = Arguments::default();
        all.positional.extend(piped.map(|(value, known)| Some((value?, known))));
        let mut is_counted = true;
        for arg in args {
            match arg {
                Arg::Positional(e) => {
                    let known = self.expr(e);
                    all.positional.extend(is_counted.then_some(Some((e, known))));
                }
                Arg::Spread(e) => {
                    self.expr(e);
                    is_counted = false;
                }
                Arg::InOut(place) => {
                    self.place(place);
                    all.positional.extend(is_counted.then_some(None));
                }
                Arg::Named(name, e) => {
                    let known = self.expr(e);
                    all.named.push((name, e, known));
                }
            }
        }
        all
    }
}

/// The arguments of a call: the positional ones before a spread, each with its place in the list, and the named ones.
#[derive(Default)]
struct Arguments<'a> {
    positional: Vec<Option<(&'a Expr, Known)>>,
    named: Vec<(&'a Ident, &'a Expr, Known)>,
}

impl Param {
    /// What one argument must fit.
    fn annotation(&self) -> Option<&Type> {
        self.ty.as_ref().filter(|_| self.kind != ParamKind::Rest)
    }
}

/// Is the first parameter `self`?
pub(super) fn has_self(function: &Function) -> bool {
    function.params.first().is_some_and(|param| &*param.name.name == "self")
}

/// An element or a part of a value.
fn element(value: &Known, index: &Index) -> Known {
    match (value.single(), index) {
        (Some(Kind::String | Kind::Array | Kind::Bytes | Kind::Range), Index::Slice { .. }) => value.clone(),
        _ => Known::anything(),
    }
}
