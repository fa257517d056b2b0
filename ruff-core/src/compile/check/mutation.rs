//! Methods that change their receiver, called on what cannot change.

use super::Checker;
use super::kind::{Kind, Known};
use super::postfix::has_self;
use crate::bytecode::function::Immutable;
use crate::code::Code;
use crate::compile::resolve::{Use, immutable_message};
use crate::syntax::ast::*;

impl Checker<'_, '_> {
    /// `base.before.method(…)`, where `receiver` is known of the value before the method.
    pub(super) fn check_receiver(&mut self, base: &Expr, before: &[Suffix], receiver: &Known, method: &Ident) {
        if !self.changes_receiver(receiver, &method.name) {
            return;
        }
        let root = match &base.kind {
            ExprKind::Paren(_) => return,
            ExprKind::Name(root) if before.iter().all(|suffix| is_path_step(&suffix.kind)) => root,
            _ => return self.report_temporary(method),
        };
        let immutable = match self.names.name_at(base.span) {
            Use::Variable(id) => self.names.variable(id).and_then(|v| v.immutable),
            Use::External(_) => Some(Immutable::Let),
            Use::Outside(_, immutable) => immutable,
            _ => None,
        };
        if let Some(immutable) = immutable {
            self.error(Code::IMMUTABLE, base.span, immutable_message("mutate", immutable, root));
        }
    }

    fn report_temporary(&mut self, method: &Ident) {
        let message = format!("Cannot call mutating method '{}' on a temporary value", method.name);
        self.error(Code::IMMUTABLE, method.span, message);
    }

    /// Does the method certainly change its receiver? On null there is no such method.
    fn changes_receiver(&self, receiver: &Known, method: &str) -> bool {
        receiver.clone().without_null().all(|kind| match kind {
            Kind::Struct(id) => {
                let methods = self.declared.struct_at(id).map_or(&[][..], |decl| &decl.methods);
                let function = methods.iter().find(|m| &*m.name.name == method).map(|m| &m.function);
                let is_in_out = |f: &Function| f.params.first().is_some_and(|p| p.kind == ParamKind::InOut);
                function.is_some_and(|f| has_self(f) && is_in_out(f))
            }
            kind => is_in_place(kind, method),
        })
    }
}

/// What may stand between the root and the method of a place.
pub(super) fn is_path_step(suffix: &SuffixKind) -> bool {
    matches!(
        suffix,
        SuffixKind::Field(_)
            | SuffixKind::OptionalField(_)
            | SuffixKind::Index(Index::At(_))
            | SuffixKind::OptionalIndex(Index::At(_))
    )
}

/// The in-place methods (section 11 of the reference of builtins).
fn is_in_place(kind: Kind, method: &str) -> bool {
    let methods: &[&str] = match kind {
        Kind::Array => &["push", "append", "pop", "insert", "remove_at", "remove", "sort", "reverse", "clear"],
        Kind::Dict => &["remove", "update", "clear"],
        Kind::Set => &["add", "remove", "clear"],
        Kind::Queue => &["enqueue", "dequeue", "clear"],
        Kind::Stack => &["push", "pop", "clear"],
        _ => &[],
    };
    methods.contains(&method)
}
