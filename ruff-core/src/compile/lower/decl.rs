//! Declarations of structs and enums.

use super::function::{Body, Role, function_role, is_self};
use super::{Lower, Operand, Origin};
use crate::bytecode::decl::{FieldDecl, MethodDecl, Receiver};
use crate::bytecode::{Const, Declaration, EnumKind, FieldDefault, FuncId, Op, Operators, Reg};
use crate::compile::fold;
use crate::compile::resolve::Use;
use crate::syntax::ast;
use crate::syntax::ast::{Expr, Name, ParamKind};
use crate::syntax::source::Span;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Lower<'_, '_> {
    pub(super) fn struct_decl(&mut self, decl: &ast::StructDecl, span: Span) {
        let Use::Declare(id) = self.input.names.name_at(decl.name.span) else { return };
        let ids: Vec<FuncId> = decl.methods.iter().map(|_| self.input.program.reserve_function()).collect();
        let index = self.add_struct(decl, &ids);
        self.declare(id, span, false, |this, dst| {
            this.scoped(|this| {
                let window = this.mark() as u16;
                for (method, id) in decl.methods.iter().zip(ids) {
                    let reg = this.alloc();
                    this.method_to(&decl.name.name, method, id, reg);
                }
                for default in decl.fields.iter().filter_map(|f| computed_default(f.default.as_ref())) {
                    let reg = this.alloc();
                    this.thunk_to(default, reg);
                }
                let count = this.mark() as u16 - window;
                this.code().ext(Op::NewStructDef, (dst, window, count), index, 0, span);
            });
            this.keep_definition(id, Declaration::Struct(index), dst, span);
        });
    }

    fn method_to(&mut self, owner: &Name, method: &ast::MethodDecl, id: FuncId, dst: Reg) {
        let name: Name = format!("{owner}.{}", method.name.name).into();
        let role = Role { is_method: true, id: Some(id), ..function_role(self, &method.function, Some(name)) };
        self.function_to(role, Body::Block(&method.function.body), dst);
    }

    /// A function that computes the default of a field.
    fn thunk_to(&mut self, e: &Expr, dst: Reg) {
        let names = self.input.names.thunk_at(e.span);
        let role =
            Role { name: None, id: None, is_method: false, params: &[], is_generator: false, names, span: e.span };
        self.function_to(role, Body::Value(e), dst);
    }

    fn add_struct(&mut self, decl: &ast::StructDecl, ids: &[FuncId]) -> u32 {
        let fields: Vec<FieldDecl> = decl
            .fields
            .iter()
            .map(|field| FieldDecl {
                name: field.name.name.clone(),
                default: match (&field.default, computed_default(field.default.as_ref())) {
                    (_, Some(_)) => FieldDefault::Computed,
                    (Some(e), None) => FieldDefault::Const(fold::literal(e).unwrap_or(Const::Null)),
                    (None, None) => FieldDefault::Const(Const::Null),
                },
            })
            .collect();
        let methods = decl.methods.iter().zip(ids).map(|(m, id)| MethodDecl {
            name: m.name.name.clone(),
            receiver: match m.function.params.first() {
                Some(param) if is_self(param) && param.kind == ParamKind::InOut => Receiver::InOut,
                Some(param) if is_self(param) => Receiver::Value,
                _ => Receiver::Fields,
            },
            function: *id,
        });
        let methods: Vec<MethodDecl> = methods.collect();
        let mut sorted: Vec<u32> = (0..fields.len() as u32).collect();
        sorted.sort_by_key(|i| fields.get(*i as usize).map(|f| f.name.clone()));
        let program = &mut *self.input.program;
        program.structs.push(Arc::new(crate::bytecode::StructDecl {
            id: crate::bytecode::StructDecl::id_of(self.input.ids.fetch_add(1, Ordering::Relaxed), &methods),
            name: decl.name.name.clone(),
            operators: Operators::of(&methods),
            methods,
            fields,
            sorted_fields: sorted,
        }));
        program.structs.len() as u32 - 1
    }

    pub(super) fn enum_decl(&mut self, decl: &ast::EnumDecl, span: Span) {
        let Use::Declare(id) = self.input.names.name_at(decl.name.span) else { return };
        let builtin = restated_builtin(decl);
        let index = match builtin {
            Some(_) => 0,
            None => self.add_enum(decl),
        };
        self.declare(id, span, false, |this, dst| match builtin {
            Some(definition) => this.constant_to(definition, dst, span),
            None => {
                this.code().a_bc(Op::NewEnumDef, dst, index, span);
                this.keep_definition(id, Declaration::Enum(index), dst, span);
            }
        });
    }

    fn add_enum(&mut self, decl: &ast::EnumDecl) -> u32 {
        let variants = decl.variants.iter().map(|v| crate::bytecode::VariantDecl {
            name: v.name.name.clone(),
            arity: v.payload.as_ref().map(|p| p.len() as u32),
        });
        let program = &mut *self.input.program;
        program.enums.push(Arc::new(crate::bytecode::EnumDecl {
            id: self.input.ids.fetch_add(1, Ordering::Relaxed) << 1,
            name: decl.name.name.clone(),
            kind: EnumKind::Declared,
            variants: variants.collect(),
        }));
        program.enums.len() as u32 - 1
    }

    /// The definition that a path in a pattern names.
    pub(super) fn path_operand(&mut self, path: &[ast::Ident], is_struct: bool) -> Option<Operand> {
        let (first, rest) = path.split_first()?;
        let mut value = self.definition_operand(&first.name, first.span, is_struct);
        for step in rest {
            let reg = self.alloc();
            let site = self.code().named_site(&step.name);
            self.code().ext(Op::GetField, (reg, value.reg.0, 0), site, 0, first.span.to(step.span));
            value = Operand { reg, origin: Origin::Shared };
        }
        Some(value)
    }
}

/// A default that is not a constant.
fn computed_default(default: Option<&Expr>) -> Option<&Expr> {
    default.filter(|e| fold::literal(e).is_none())
}

/// `enum Result { Ok(v), Err(e) }` and the like say what is built in already.
pub(super) fn restated_builtin(decl: &ast::EnumDecl) -> Option<Const> {
    let all_among = |names: [&str; 2]| decl.variants.iter().all(|v| names.contains(&&*v.name.name));
    match &*decl.name.name {
        "Result" if all_among(["Ok", "Err"]) => Some(Const::ResultDef),
        "Option" if all_among(["Some", "None"]) => Some(Const::OptionDef),
        _ => None,
    }
}
