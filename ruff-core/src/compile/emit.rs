//! Writing the code of one function: instructions, registers, labels, tables.
//!
//! Registers are allocated like a stack: variables and temporaries in the order of their scopes, so that the window of a call is
//! always on top. Jumps name labels until [`FunctionBuilder::finish`], which gives a fused jump that is too long for its 16 bits a
//! long jump of its own.

use super::program::FunctionTables;
use crate::bytecode::function::{Handler, Place, RaiseEntry, RangePattern, Site, VariantPattern};
use crate::bytecode::{Capture, Function, Instr, Op, Pc, Reg};
use crate::limits::REGISTERS_MAX;
use crate::syntax::ast::Name;
use crate::syntax::source::Span;
use std::collections::HashMap;
use std::sync::Arc;

/// A place in the code that jumps go to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

/// A protected region that may have several parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegionId(u32);

#[derive(Clone, Copy, PartialEq, Eq)]
enum JumpField {
    /// The 16 bits of `c`.
    Short,
    /// The 32 bits of `b` and `c`.
    Long,
    /// `x` of the extension word.
    ExtensionX,
    /// `y` of the extension word.
    ExtensionY,
}

struct Fixup {
    pc: u32,
    label: Label,
    field: JumpField,
}

struct Region {
    target: Label,
    register: Reg,
    is_catch: bool,
}

/// The builder of one function.
#[derive(Default)]
pub struct FunctionBuilder {
    code: Vec<Instr>,
    spans: Vec<Span>,
    labels: Vec<Option<u32>>,
    fixups: Vec<Fixup>,
    tables: FunctionTables,
    const_index: HashMap<u32, u32>,
    raise_index: HashMap<RaiseEntry, u32>,
    regions: Vec<Region>,
    /// Parts of regions: start, end and the region, inner ones first.
    parts: Vec<(u32, u32, RegionId)>,
    open: Vec<(RegionId, u32)>,
    /// The first register that is free.
    next: u32,
    /// Registers used at most.
    max: u32,
    too_large: bool,
}

/// What remains to say about a function when its code is complete.
pub struct FunctionShell {
    pub id: crate::bytecode::FuncId,
    pub module: crate::bytecode::ModuleId,
    pub name: Option<Arc<str>>,
    pub span: Span,
    pub is_generator: bool,
    pub is_builtin: bool,
    pub is_method: bool,
    pub has_mut_self: bool,
    pub params: Vec<crate::bytecode::Parameter>,
    pub has_rest: bool,
    pub captures: u32,
}

impl FunctionBuilder {
    // ---- registers

    /// The first free register, now taken.
    pub fn alloc(&mut self) -> Reg {
        self.alloc_run(1)
    }

    /// The first of `count` consecutive registers, now taken.
    pub fn alloc_run(&mut self, count: u32) -> Reg {
        let first = self.next;
        self.next = first.saturating_add(count);
        self.max = self.max.max(self.next);
        if self.next > REGISTERS_MAX {
            self.too_large = true;
            self.next = REGISTERS_MAX;
        }
        Reg(first.min(REGISTERS_MAX) as u16)
    }

    /// The register that the next [`FunctionBuilder::alloc`] gives.
    pub fn mark(&self) -> u32 {
        self.next
    }

    /// Frees the registers that were taken since the mark.
    pub fn release(&mut self, mark: u32) {
        self.next = mark;
    }

    /// Does the function need more registers than a frame may have?
    pub fn is_too_large(&self) -> bool {
        self.too_large
    }

    // ---- instructions

    /// The position of the next instruction.
    pub fn pc(&self) -> Pc {
        Pc(self.code.len() as u32)
    }

    fn push(&mut self, word: Instr, span: Span) {
        self.code.push(word);
        self.spans.push(span);
    }

    /// An instruction with three operands.
    pub fn abc(&mut self, op: Op, a: Reg, b: u16, c: u16, span: Span) {
        self.push(Instr::abc(op, a.0, b, c), span);
    }

    /// An instruction with a register and a 32-bit operand.
    pub fn a_bc(&mut self, op: Op, a: Reg, bc: u32, span: Span) {
        self.push(Instr::a_bc(op, a.0, bc), span);
    }

    /// An instruction with an extension word.
    pub fn ext(&mut self, op: Op, abc: (Reg, u16, u16), x: u32, y: u32, span: Span) {
        self.push(Instr::abc(op, abc.0.0, abc.1, abc.2), span);
        self.push(Instr::extension(x, y), span);
    }

    // ---- labels and jumps

    /// A label that stands nowhere yet.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// The label stands before the next instruction.
    pub fn place_label(&mut self, label: Label) {
        let at = self.pc().0;
        if let Some(slot) = self.labels.get_mut(label.0 as usize) {
            *slot = Some(at);
        }
    }

    /// A label before the next instruction.
    pub fn label_here(&mut self) -> Label {
        let label = self.label();
        self.place_label(label);
        label
    }

    /// A jump with a 32-bit offset, conditional on `a` or not.
    pub fn jump(&mut self, op: Op, a: Reg, label: Label, span: Span) {
        self.fixups.push(Fixup { pc: self.pc().0, label, field: JumpField::Long });
        self.a_bc(op, a, 0, span);
    }

    /// An unconditional jump.
    pub fn jump_to(&mut self, label: Label, span: Span) {
        self.jump(Op::Jump, Reg(0), label, span);
    }

    /// A fused comparison and jump.
    pub fn compare_jump(&mut self, op: Op, a: Reg, b: u16, label: Label, span: Span) {
        self.fixups.push(Fixup { pc: self.pc().0, label, field: JumpField::Short });
        self.abc(op, a, b, 0, span);
    }

    /// An instruction whose extension word has a jump in `x`.
    pub fn ext_jump_x(&mut self, op: Op, abc: (Reg, u16, u16), label: Label, y: u32, span: Span) {
        self.fixups.push(Fixup { pc: self.pc().0, label, field: JumpField::ExtensionX });
        self.ext(op, abc, 0, y, span);
    }

    /// An instruction whose extension word has a jump in `y`.
    pub fn ext_jump_y(&mut self, op: Op, abc: (Reg, u16, u16), x: u32, label: Label, span: Span) {
        self.fixups.push(Fixup { pc: self.pc().0, label, field: JumpField::ExtensionY });
        self.ext(op, abc, x, 0, span);
    }

    // ---- protected regions

    /// Opens a region at the next instruction.
    pub fn open_region(&mut self, target: Label, register: Reg, is_catch: bool) -> RegionId {
        let id = RegionId(self.regions.len() as u32);
        self.regions.push(Region { target, register, is_catch });
        self.reopen_region(id);
        id
    }

    /// Opens a further part of a region at the next instruction.
    pub fn reopen_region(&mut self, id: RegionId) {
        self.open.push((id, self.pc().0));
    }

    /// Closes the innermost open region before the next instruction.
    pub fn close_region(&mut self) {
        if let Some((id, start)) = self.open.pop()
            && start < self.pc().0
        {
            self.parts.push((start, self.pc().0, id));
        }
    }

    /// The innermost region that is open: what protects code also protects what runs out of line for it.
    pub fn innermost_region(&self) -> Option<RegionId> {
        self.open.last().map(|(id, _)| *id)
    }

    /// Is any region open?
    pub fn is_protected(&self) -> bool {
        !self.open.is_empty()
    }

    // ---- tables

    /// The function's index of a program constant.
    pub fn constant(&mut self, program_index: u32) -> u32 {
        let consts = &mut self.tables.consts;
        *self.const_index.entry(program_index).or_insert_with(|| {
            consts.push(program_index);
            consts.len() as u32 - 1
        })
    }

    /// A new site.
    pub fn site(&mut self, site: Site) -> u32 {
        self.tables.sites.push(site);
        self.tables.sites.len() as u32 - 1
    }

    /// A new site that only has a name.
    pub fn named_site(&mut self, name: &Name) -> u32 {
        self.site(Site { name: Some(name.clone()), ..Site::default() })
    }

    /// A new place.
    pub fn add_place(&mut self, place: Place) -> u32 {
        self.tables.places.push(place);
        self.tables.places.len() as u32 - 1
    }

    /// A new closure template.
    pub fn closure(&mut self, function: crate::bytecode::FuncId, captures: Vec<Capture>) -> u32 {
        self.tables.closures.push(crate::bytecode::function::ClosureTemplate { function, captures });
        self.tables.closures.len() as u32 - 1
    }

    /// An entry of the error list.
    pub fn raise_entry(&mut self, entry: RaiseEntry) -> u32 {
        let raises = &mut self.tables.raises;
        *self.raise_index.entry(entry.clone()).or_insert_with(|| {
            raises.push(entry);
            raises.len() as u32 - 1
        })
    }

    /// A new range pattern.
    pub fn range_pattern(&mut self, pattern: RangePattern) -> u32 {
        self.tables.range_patterns.push(pattern);
        self.tables.range_patterns.len() as u32 - 1
    }

    /// A new variant pattern.
    pub fn variant_pattern(&mut self, pattern: VariantPattern) -> u32 {
        self.tables.variant_patterns.push(pattern);
        self.tables.variant_patterns.len() as u32 - 1
    }

    /// A new key list.
    pub fn key_list(&mut self, keys: Vec<u32>) -> u32 {
        self.tables.key_lists.push(keys);
        self.tables.key_lists.len() as u32 - 1
    }

    /// The next instruction reads or writes the variable of that name.
    pub fn note_variable(&mut self, name: &Name) {
        let pc = self.pc();
        self.tables.variable_names.push((pc, name.clone()));
    }

    // ---- the end

    /// The finished function.
    pub fn finish(mut self, shell: FunctionShell) -> Function {
        self.lengthen_jumps();
        self.patch();
        let handlers = self.handlers();
        let feedback = self.code.iter().map(|_| Default::default()).collect();
        let FunctionTables { consts, closures, places, sites, raises, .. } = self.tables;
        let FunctionTables { range_patterns, variant_patterns, key_lists, variable_names, .. } = FunctionTables {
            range_patterns: self.tables.range_patterns,
            variant_patterns: self.tables.variant_patterns,
            key_lists: self.tables.key_lists,
            variable_names: self.tables.variable_names,
            ..FunctionTables::default()
        };
        Function {
            id: shell.id,
            module: shell.module,
            name: shell.name,
            span: shell.span,
            is_generator: shell.is_generator,
            is_builtin: shell.is_builtin,
            is_method: shell.is_method,
            has_mut_self: shell.has_mut_self,
            params: shell.params,
            has_rest: shell.has_rest,
            registers: self.max,
            captures: shell.captures,
            code: self.code,
            spans: self.spans,
            consts,
            closures,
            places,
            sites,
            raises,
            range_patterns,
            variant_patterns,
            key_lists,
            handlers,
            variable_names,
            feedback,
            native: Default::default(),
        }
    }

    fn label_pc(&self, label: Label) -> u32 {
        self.labels.get(label.0 as usize).copied().flatten().unwrap_or(0)
    }

    /// Code at most doubles here, so that a short jump of half the reach stays short enough.
    fn lengthen_jumps(&mut self) {
        let reach = i16::MAX as i64 / 2 - 2;
        let distance = |builder: &FunctionBuilder, f: &Fixup| builder.label_pc(f.label) as i64 - f.pc as i64;
        let is_long = |b: &FunctionBuilder, f: &Fixup| f.field == JumpField::Short && distance(b, f).abs() > reach;
        let long: Vec<u32> = self.fixups.iter().filter(|f| is_long(self, f)).map(|f| f.pc).collect();
        if long.is_empty() {
            return;
        }
        let moved = self.insert_long_jumps(&long);
        let new_pc = |old: u32| moved.get(old as usize).copied().unwrap_or(old);
        self.labels.iter_mut().flatten().for_each(|pc| *pc = new_pc(*pc));
        self.parts.iter_mut().for_each(|(start, end, _)| (*start, *end) = (new_pc(*start), new_pc(*end)));
        self.tables.variable_names.iter_mut().for_each(|(pc, _)| *pc = Pc(new_pc(pc.0)));
        for fixup in &mut self.fixups {
            let is_long = long.binary_search(&fixup.pc).is_ok();
            fixup.pc = new_pc(fixup.pc) + is_long as u32;
            if is_long {
                fixup.field = JumpField::Long;
            }
        }
    }

    /// Puts a jump after each fused one in `long`, which skips it if the condition fails; returns where each old word went.
    fn insert_long_jumps(&mut self, long: &[u32]) -> Vec<u32> {
        let code = std::mem::take(&mut self.code);
        let spans = std::mem::take(&mut self.spans);
        let mut moved = Vec::with_capacity(code.len() + 1);
        let mut long = long.iter().copied().peekable();
        for (pc, (word, span)) in code.into_iter().zip(spans).enumerate() {
            moved.push(self.code.len() as u32);
            if long.next_if_eq(&(pc as u32)).is_none() {
                self.push(word, span);
                continue;
            }
            let op = Op::from_number(word.op_number()).and_then(inverse_jump).unwrap_or(Op::Jump);
            self.push(Instr::abc(op, word.a(), word.b(), 1), span);
            self.push(Instr::a_bc(Op::Jump, 0, 0), span);
        }
        moved.push(self.code.len() as u32);
        moved
    }

    fn patch(&mut self) {
        for fixup in std::mem::take(&mut self.fixups) {
            let words = matches!(fixup.field, JumpField::ExtensionX | JumpField::ExtensionY) as u32 + 1;
            let offset = (self.label_pc(fixup.label) as i64 - (fixup.pc + words) as i64) as i32;
            let at = (fixup.pc + words - 1) as usize;
            let Some(word) = self.code.get_mut(at) else { continue };
            *word = match fixup.field {
                JumpField::Short => Instr(word.0 & 0x0000_FFFF_FFFF_FFFF | (offset as i16 as u16 as u64) << 48),
                JumpField::Long | JumpField::ExtensionY => {
                    Instr(word.0 & 0x0000_0000_FFFF_FFFF | (offset as u32 as u64) << 32)
                }
                JumpField::ExtensionX => Instr(word.0 & 0xFFFF_FFFF_0000_0000 | offset as u32 as u64),
            };
        }
    }

    fn handlers(&self) -> Vec<Handler> {
        let part = |(start, end, id): &(u32, u32, RegionId)| {
            let region = self.regions.get(id.0 as usize)?;
            let target = Pc(self.label_pc(region.target));
            let (register, is_catch) = (region.register, region.is_catch);
            Some(Handler { start: Pc(*start), end: Pc(*end), target, register, is_catch, ignores_error: false })
        };
        self.parts.iter().filter_map(part).collect()
    }
}

/// The fused jump that jumps exactly when `op` does not.
pub fn inverse_jump(op: Op) -> Option<Op> {
    Some(match op {
        Op::JumpEq => Op::JumpNotEq,
        Op::JumpNe => Op::JumpNotNe,
        Op::JumpLt => Op::JumpNotLt,
        Op::JumpLe => Op::JumpNotLe,
        Op::JumpGt => Op::JumpNotGt,
        Op::JumpGe => Op::JumpNotGe,
        Op::JumpNotEq => Op::JumpEq,
        Op::JumpNotNe => Op::JumpNe,
        Op::JumpNotLt => Op::JumpLt,
        Op::JumpNotLe => Op::JumpLe,
        Op::JumpNotGt => Op::JumpGt,
        Op::JumpNotGe => Op::JumpGe,
        Op::JumpEqK => Op::JumpNotEqK,
        Op::JumpNeK => Op::JumpNotNeK,
        Op::JumpLtK => Op::JumpNotLtK,
        Op::JumpLeK => Op::JumpNotLeK,
        Op::JumpGtK => Op::JumpNotGtK,
        Op::JumpGeK => Op::JumpNotGeK,
        Op::JumpNotEqK => Op::JumpEqK,
        Op::JumpNotNeK => Op::JumpNeK,
        Op::JumpNotLtK => Op::JumpLtK,
        Op::JumpNotLeK => Op::JumpLeK,
        Op::JumpNotGtK => Op::JumpGtK,
        Op::JumpNotGeK => Op::JumpGeK,
        _ => return None,
    })
}
