//! Imports.

use super::{Lower, Operand, Origin};
use crate::bytecode::{Op, Reg};
use crate::compile::resolve::Use;
use crate::syntax::ast::*;
use crate::syntax::source::Span;

impl Lower<'_, '_> {
    pub(super) fn import(&mut self, import: &Import, span: Span) {
        let Some(first) = import.path.first() else { return };
        let Some(module) = self.input.imports.get(&first.span.start).copied() else { return };
        let load = |this: &mut Self, dst: Reg| this.code().a_bc(Op::Import, dst, module.0, span);
        match &import.names {
            ImportNames::All => {
                if let Some(last) = import.path.last() {
                    self.bind_import(last, span, load);
                }
            }
            ImportNames::Namespace(name) => self.bind_import(name, span, load),
            ImportNames::List(names) => {
                // The namespace stays below the variables that the list declares.
                let namespace = self.alloc();
                load(self, namespace);
                for (name, local) in names {
                    let site = self.code().named_site(&name.name);
                    self.bind_import(local, span, |this, dst| {
                        this.code().ext(Op::ImportName, (dst, namespace.0, 0), site, 0, name.span);
                    });
                }
                self.drop_shared(Operand { reg: namespace, origin: Origin::Shared }, span);
            }
        }
    }

    fn bind_import(&mut self, ident: &Ident, span: Span, value: impl FnOnce(&mut Self, Reg)) {
        if let Use::Declare(id) = self.input.names.name_at(ident.span) {
            self.declare(id, span, false, value);
        }
    }
}
