//! Variables: where they live, reading and writing them.

use super::{Lower, Operand, Origin};
use crate::bytecode::function::{Immutable, RaiseEntry};
use crate::bytecode::{Const, Declaration, FuncId, GlobalId, Op, PlaceRoot, Reg};
use crate::code::Code;
use crate::compile::resolve::{Use, VarId, immutable_message};
use crate::help;
use crate::syntax::ast::{Expr, Name};
use crate::syntax::source::Span;

/// Where a variable lives, seen from the current function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Access {
    Register(Reg),
    Cell(Reg),
    Capture(u16),
    Global(GlobalId),
}

/// A variable that a place begins with.
#[derive(Clone, Debug)]
pub(super) struct Root {
    pub access: Access,
    pub name: Name,
    pub immutable: Option<Immutable>,
    pub variable: Option<VarId>,
    pub is_field: bool,
}

impl Root {
    pub fn place_root(&self) -> PlaceRoot {
        match self.access {
            Access::Register(reg) => PlaceRoot::Register(reg),
            Access::Cell(reg) => PlaceRoot::Cell(reg),
            Access::Capture(index) => PlaceRoot::Capture(index as u32),
            Access::Global(id) => PlaceRoot::Global(id),
        }
    }
}

impl Lower<'_, '_> {
    pub(super) fn access(&self, id: VarId) -> Access {
        let Some(variable) = self.input.names.variable(id) else { return Access::Register(Reg(0)) };
        if let Some(global) = variable.global {
            return Access::Global(global);
        }
        if variable.function != self.frame.depth {
            return Access::Capture(self.frame.captures.get(&id).copied().unwrap_or(0) as u16);
        }
        let reg = self.registers.get(id.0 as usize).copied().flatten().unwrap_or(Reg(0));
        if variable.captured { Access::Cell(reg) } else { Access::Register(reg) }
    }

    /// The variable that the name at `span` refers to.
    pub(super) fn root(&self, name: &Name, span: Span) -> Option<Root> {
        let name = name.clone();
        let global = |id, immutable| Root {
            access: Access::Global(id),
            name: name.clone(),
            immutable,
            variable: None,
            is_field: false,
        };
        match self.input.names.name_at(span) {
            Use::Variable(id) | Use::Declare(id) => {
                let variable = self.input.names.variable(id)?;
                let (immutable, is_field) = (variable.immutable, variable.is_field);
                Some(Root { access: self.access(id), name, immutable, variable: Some(id), is_field })
            }
            Use::External(id) => Some(global(id, Some(Immutable::Let))),
            Use::Outside(id, immutable) => Some(global(id, immutable)),
            Use::Session(id) => Some(global(id, None)),
            Use::Duplicate | Use::Builtin | Use::Undefined => None,
        }
    }

    /// The plain local variable that an expression is.
    pub(super) fn local_variable(&self, e: &Expr) -> Option<(VarId, Reg)> {
        let (name, span) = super::effects::name_of(e)?;
        let root = self.root(name, span)?;
        match root.access {
            Access::Register(reg) if !root.is_field => Some((root.variable?, reg)),
            _ => None,
        }
    }

    /// The function that a global variable always is.
    pub(super) fn constant_function(&self, access: Access) -> Option<FuncId> {
        let Access::Global(id) = access else { return None };
        let global = self.input.program.globals.get(id.0 as usize)?;
        global.function().filter(|_| global.module == self.input.module)
    }

    /// Is a global variable always the definition of a struct or of an enum?
    pub(super) fn is_definition(&self, access: Access) -> bool {
        matches!(access, Access::Global(id) if self.input.program.definitions.contains_key(&id))
    }

    /// The global variable that code reads where it names one.
    fn read_global(&self, id: GlobalId) -> GlobalId {
        self.input.program.definitions.get(&id).copied().unwrap_or(id)
    }

    /// The definition in `src`, which a declaration makes, is what its variable always is.
    pub(super) fn keep_definition(&mut self, id: VarId, declared: Declaration, src: Reg, span: Span) {
        let Access::Global(id) = self.access(id) else { return };
        let Some(own) = self.input.program.definitions.get(&id).copied() else { return };
        self.input.program.set_constant(own, declared);
        if own != id {
            self.code().a_bc(Op::SetGlobal, src, own.0, span);
            self.code().a_bc(Op::GetGlobal, src, own.0, span);
        }
    }

    /// A name as an operand.
    pub(super) fn name_operand(&mut self, name: &Name, span: Span) -> Operand {
        if let Some(Root { access: Access::Register(reg), variable: Some(id), is_field, .. }) = self.root(name, span) {
            if is_field {
                self.code().note_variable(name);
                self.code().a_bc(Op::CheckDefined, reg, 0, span);
            }
            return Operand { reg, origin: Origin::Variable(id) };
        }
        let reg = self.alloc();
        self.name_to(name, span, reg);
        let is_constant = self.root(name, span).is_none_or(|root| self.constant_function(root.access).is_some());
        Operand { reg, origin: if is_constant { Origin::Temporary } else { Origin::Shared } }
    }

    /// The value of a name.
    pub(super) fn name_to(&mut self, name: &Name, span: Span, dst: Reg) {
        if let Some(root) = self.root(name, span) {
            return self.read_root(&root, span, dst);
        }
        match self.input.names.name_at(span) {
            Use::Builtin => {
                let constant = self.input.builtins.constant(name).unwrap_or_else(|| Const::Native(name.clone()));
                self.constant_to(constant, dst, span);
            }
            _ => self.raise_undefined("variable", name, span),
        }
    }

    /// The value of a variable.
    pub(super) fn read_root(&mut self, root: &Root, span: Span, dst: Reg) {
        if let Some(function) = self.constant_function(root.access) {
            return self.code().a_bc(Op::LoadFunction, dst, function.0, span);
        }
        if !matches!(root.access, Access::Register(_)) || root.is_field {
            self.code().note_variable(&root.name);
        }
        match root.access {
            Access::Register(reg) => {
                if root.is_field {
                    self.code().a_bc(Op::CheckDefined, reg, 0, span);
                }
                self.copy_to(dst, reg, span);
            }
            Access::Cell(reg) => self.code().abc(Op::GetCell, dst, reg.0, 0, span),
            Access::Capture(index) => self.code().abc(Op::GetCapture, dst, index, 0, span),
            Access::Global(id) => {
                let id = self.read_global(id);
                self.code().a_bc(Op::GetGlobal, dst, id.0, span);
            }
        }
    }

    /// The variable gets the value taken from `src`.
    pub(super) fn write_root(&mut self, root: &Root, src: Reg, span: Span) {
        if !matches!(root.access, Access::Register(_)) {
            self.code().note_variable(&root.name);
        }
        match root.access {
            Access::Register(reg) => self.move_to(reg, src, span),
            Access::Cell(reg) => self.code().abc(Op::SetCell, reg, src.0, 0, span),
            Access::Capture(index) => self.code().abc(Op::SetCapture, src, index, 0, span),
            Access::Global(id) => self.code().a_bc(Op::SetGlobal, src, id.0, span),
        }
    }

    pub(super) fn raise_immutable(&mut self, verb: &str, immutable: Immutable, name: &Name, span: Span) {
        let message = immutable_message(verb, immutable, name).into();
        let help = self.input.names.help_at(span).or_else(|| help::immutable(name).map(Into::into));
        self.raise_entry(RaiseEntry { code: Code::IMMUTABLE_BINDING, message, help }, span);
    }

    /// Makes the variable that the occurrence at `span` declares, with the value that `value` puts into a register.
    pub(super) fn declare(&mut self, id: VarId, span: Span, sees_itself: bool, value: impl FnOnce(&mut Self, Reg)) {
        let Some(variable) = self.input.names.variable(id) else { return };
        let (name, captured, early, global) =
            (variable.name.clone(), variable.captured, variable.early, variable.global);
        if global.is_some() || captured && early {
            let access = self.access(id);
            let root = Root { access, name, immutable: None, variable: Some(id), is_field: false };
            return self.scoped(|this| {
                let temp = this.alloc();
                value(this, temp);
                this.write_root(&root, temp, span);
            });
        }
        let reg = self.alloc();
        if captured && sees_itself {
            self.code().a_bc(Op::NewEmptyCell, reg, 0, span);
            self.set_variable_register(id, reg);
            return self.scoped(|this| {
                let temp = this.alloc();
                value(this, temp);
                this.code().abc(Op::SetCell, reg, temp.0, 0, span);
            });
        }
        value(self, reg);
        if captured {
            self.code().abc(Op::NewCell, reg, reg.0, 0, span);
        }
        self.set_variable_register(id, reg);
    }
}
