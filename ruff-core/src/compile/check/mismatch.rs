//! Values that an annotation excludes.

use super::Checker;
use super::expr::literal;
use super::kind::Known;
use crate::code::Code;
use crate::syntax::ast::*;

impl Checker<'_, '_> {
    /// The value must fit the type; so must the elements of an array or dict literal.
    pub(super) fn expect(&mut self, ty: &Type, value: &Expr, known: &Known) {
        let Some(accepted) = self.accepted(ty) else { return };
        if let Some(found) = known.kinds.as_deref().filter(|found| known.is_excluded(&accepted, found)) {
            let message = format!("Type mismatch: expected {}, found {}", self.source.slice(ty.span), self.text(found));
            return self.error(Code::TYPE_MISMATCH, value.span, message);
        }
        let TypeKind::Named { path, args } = &ty.kind else { return };
        match (path.last().map(|ident| &*ident.name), args.as_slice(), &value.kind) {
            (Some("array"), [element], ExprKind::Array(elements)) => {
                for e in elements {
                    if let Element::Value(e) = e {
                        self.expect(element, e, &literal(e));
                    }
                }
            }
            (Some("dict"), [_, entry], ExprKind::Dict(entries)) => {
                for e in entries {
                    if let DictEntry::Pair(_, e) = e {
                        self.expect(entry, e, &literal(e));
                    }
                }
            }
            _ => {}
        }
    }
}
