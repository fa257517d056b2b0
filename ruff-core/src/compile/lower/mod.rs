//! Syntax tree to code, statement by statement. What names mean is known from [`super::resolve`].
//!
//! An expression is lowered into a register that the caller names ([`Lower::expr_to`]) or to an operand ([`Lower::operand`]), which
//! for a plain local variable is the variable's own register. A register that holds a variable is written only when the value of
//! the whole expression is complete, so that the expression can still read it.

mod arguments;
mod assign;
mod bind;
mod call;
mod condition;
mod decl;
mod effects;
mod expr;
mod flow;
mod function;
mod import;
mod literal;
mod matching;
mod operator;
mod pairs;
mod path;
mod postfix;
mod stmt;
mod tests;
mod update;
mod variable;

use super::emit::FunctionBuilder;
use super::modules::ImportTable;
use super::program::ProgramBuilder;
use super::resolve::{Resolution, VarId};
use super::{BuiltinScope, CompileOptions};
use crate::bytecode::{FuncId, ModuleId, Op, RaiseEntry, Reg};
use crate::code::Code;
use crate::syntax::ast::{Module as Tree, Name};
use crate::syntax::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::source::Span;
use std::collections::HashMap;
use std::sync::atomic::AtomicU32;

use flow::{FlowScope, Stub};

/// What lowering a module needs.
pub struct LowerInput<'a> {
    pub program: &'a mut ProgramBuilder,
    pub names: &'a Resolution,
    pub builtins: &'a dyn BuiltinScope,
    pub imports: &'a ImportTable,
    pub ids: &'a AtomicU32,
    pub options: CompileOptions,
    pub module: ModuleId,
}

/// Lowers a module; gives the function of its top-level code.
pub fn lower_module(tree: &Tree, input: LowerInput<'_>, diagnostics: &mut Diagnostics) -> FuncId {
    let registers = vec![None; input.names.variables.len()];
    let mut lower = Lower { input, diagnostics, registers, frame: Frame::new(FrameKind::Main, 0) };
    lower.main_function(tree)
}

/// What kind of function is being lowered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FrameKind {
    /// Top-level code: `?` has nowhere to return to.
    Main,
    Function,
}

/// The function that is being lowered.
struct Frame {
    code: FunctionBuilder,
    kind: FrameKind,
    /// How many functions are around it.
    depth: u32,
    captures: HashMap<VarId, u32>,
    flow: Vec<FlowScope>,
    stubs: Vec<Stub>,
    /// Registers that hold variables.
    variables: Vec<bool>,
    /// Enums that patterns of the match that is being lowered have read, by their paths.
    known_enums: Vec<(Vec<Name>, Reg)>,
    /// In-out parameters that live in cells, which the function empties when it ends.
    boxed_in_out: Vec<Reg>,
    /// Registers of in-out parameters and of the receiver of `mut self`.
    in_out: Vec<Reg>,
}

impl Frame {
    fn new(kind: FrameKind, depth: u32) -> Frame {
        Frame {
            code: FunctionBuilder::default(),
            kind,
            depth,
            captures: HashMap::new(),
            flow: Vec::new(),
            stubs: Vec::new(),
            variables: Vec::new(),
            known_enums: Vec::new(),
            boxed_in_out: Vec::new(),
            in_out: Vec::new(),
        }
    }
}

/// The pass over one module.
struct Lower<'a, 'd> {
    input: LowerInput<'a>,
    diagnostics: &'d mut Diagnostics,
    /// Where the variables of frames live.
    registers: Vec<Option<Reg>>,
    frame: Frame,
}

/// Where the value of an expression is.
#[derive(Clone, Copy, Debug)]
struct Operand {
    reg: Reg,
    origin: Origin,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Origin {
    /// The register of a local variable.
    Variable(VarId),
    /// A temporary that may share a container with a variable.
    Shared,
    /// A temporary of its own.
    Temporary,
}

impl Lower<'_, '_> {
    fn code(&mut self) -> &mut FunctionBuilder {
        &mut self.frame.code
    }

    fn alloc(&mut self) -> Reg {
        self.frame.code.alloc()
    }

    fn mark(&self) -> u32 {
        self.frame.code.mark()
    }

    /// Frees the registers that were taken since the mark.
    fn release(&mut self, mark: u32) {
        self.frame.variables.truncate(mark as usize);
        self.frame.code.release(mark);
    }

    /// Runs `inner` and frees the registers that it took.
    fn scoped<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.mark();
        let result = inner(self);
        self.release(mark);
        result
    }

    fn set_variable_register(&mut self, id: VarId, reg: Reg) {
        if let Some(slot) = self.registers.get_mut(id.0 as usize) {
            *slot = Some(reg);
        }
        let index = reg.0 as usize;
        if self.frame.variables.len() <= index {
            self.frame.variables.resize(index + 1, false);
        }
        if let Some(slot) = self.frame.variables.get_mut(index) {
            *slot = true;
        }
    }

    fn is_variable_register(&self, reg: Reg) -> bool {
        self.frame.variables.get(reg.0 as usize).copied().unwrap_or(false)
    }

    /// A register that may be written before the value of its expression is complete: `dst`, unless it holds a variable.
    fn scratch_for(&mut self, dst: Reg) -> Reg {
        if self.is_variable_register(dst) { self.alloc() } else { dst }
    }

    fn move_to(&mut self, dst: Reg, src: Reg, span: Span) {
        if dst != src {
            self.code().abc(Op::Move, dst, src.0, 0, span);
        }
    }

    fn copy_to(&mut self, dst: Reg, src: Reg, span: Span) {
        if dst != src {
            self.code().abc(Op::Copy, dst, src.0, 0, span);
        }
    }

    /// The value of an operand in `dst`: moved if it is a temporary.
    fn operand_to(&mut self, operand: Operand, dst: Reg, span: Span) {
        match operand.origin {
            Origin::Variable(_) => self.copy_to(dst, operand.reg, span),
            _ => self.move_to(dst, operand.reg, span),
        }
    }

    /// Releases what a temporary holds, if a variable may share it.
    fn drop_shared(&mut self, operand: Operand, span: Span) {
        if operand.origin == Origin::Shared {
            self.code().a_bc(Op::Drop, operand.reg, 0, span);
        }
    }

    fn raise(&mut self, code: Code, message: &str, span: Span) {
        self.raise_entry(RaiseEntry { code, message: message.into(), help: None }, span);
    }

    fn raise_undefined(&mut self, what: &str, name: &Name, span: Span) {
        let message = format!("Undefined {what}: {name}").into();
        let help = self.input.names.help_at(span);
        self.raise_entry(RaiseEntry { code: Code::UNDEFINED, message, help }, span);
    }

    fn raise_entry(&mut self, entry: RaiseEntry, span: Span) {
        let index = self.code().raise_entry(entry);
        self.code().a_bc(Op::Raise, Reg(0), index, span);
    }

    fn too_large(&mut self, span: Span, what: &str) {
        self.diagnostics.push(Diagnostic::error(Code::PROGRAM_TOO_LARGE, span, format!("Too many {what}")));
    }
}
