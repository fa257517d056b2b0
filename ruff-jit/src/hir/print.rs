//! The text form of a function, which tests compare.
//!
//! ```text
//! function sum (call)
//! b0(v0: ptr, v1: int):
//!   v2 = int 1
//!   v3 = checked_add v1, v2 exit 0
//!   store.word slots[v0 + 8], v3
//!   jump b1(v3)
//! exit 0: f2 base 0 pc 4; slot 0 = int v1
//! ```
//!
//! Exits that nothing takes and blocks that were emptied because nothing reaches them are not listed.

use super::{
    Access, Binary, Block, Callee, Checked, Cond, Entry, Exit, ExitId, Function, Holder, Inst, Region, SlotValue,
    Target, Terminator, Ty, Unary, Val, Width,
};
use ruff_core::jit::{MadeObject, MadePart, ReturnMode};
use std::fmt::{self, Display, Formatter};
use std::ops::Range;

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let entry = match self.entry {
            Entry::Call => "call",
            Entry::Loop => "loop",
            Entry::Resume => "resume",
        };
        writeln!(f, "function {} ({entry})", self.name)?;
        let mut exits = vec![false; self.exits.len()];
        for block in self.block_ids() {
            self.print_block(block, f)?;
            self.visit_exits(block, |exit| {
                if let Some(seen) = exits.get_mut(exit.0 as usize) {
                    *seen = true;
                }
            });
        }
        for (number, exit) in self.exits.iter().enumerate().filter(|(number, _)| exits[*number]) {
            writeln!(f, "exit {number}: {exit}")?;
        }
        Ok(())
    }
}

impl Function {
    fn print_block(&self, block: Block, f: &mut Formatter<'_>) -> fmt::Result {
        let data = self.block(block);
        if block.0 > 0 && data.insts.is_empty() && data.end == Terminator::NOWHERE {
            return Ok(());
        }
        write!(f, "{block}")?;
        print_list(f, &data.params, |f, param| write!(f, "{param}: {}", self.ty(*param)))?;
        let cold = if data.is_cold { " cold" } else { "" };
        match data.loop_entry {
            Some(entry) => writeln!(f, "{cold} before loop, exit {}:", entry.exit.0)?,
            None => writeln!(f, "{cold}:")?,
        }
        for val in &data.insts {
            f.write_str("  ")?;
            self.print_inst(*val, f)?;
            writeln!(f)?;
        }
        writeln!(f, "  {}", data.end)
    }

    fn print_inst(&self, val: Val, f: &mut Formatter<'_>) -> fmt::Result {
        if self.ty(val) != Ty::None {
            write!(f, "{val} = ")?;
        }
        match self.inst(val) {
            Inst::Param(block, index) => write!(f, "param {index} of {block}"),
            Inst::Int(k) => write!(f, "int {k}"),
            Inst::Float(bits) => write!(f, "float {:?}", f64::from_bits(*bits)),
            Inst::Bool(k) => write!(f, "bool {k}"),
            Inst::Address(address) => write!(f, "address {address:#x}"),
            Inst::Unary(op, a) => write!(f, "{op} {a}"),
            Inst::Binary(op, a, b) => write!(f, "{op} {a}, {b}"),
            Inst::Checked(op, a, b, exit) => write!(f, "{op} {a}, {b} exit {}", exit.0),
            Inst::Compare(cond, a, b) => write!(f, "{cond} {a}, {b}"),
            Inst::FloatCompare(cond, a, b) => write!(f, "float_{cond} {a}, {b}"),
            Inst::Select(c, a, b) => write!(f, "select {c}, {a}, {b}"),
            Inst::Load(access, address) => {
                write!(f, "load.{} ", if self.ty(val) == Ty::Ptr { "ptr" } else { width_name(access.width) })?;
                print_place(f, access, *address)
            }
            Inst::Store(access, address, value) => {
                write!(f, "store.{} ", width_name(access.width))?;
                print_place(f, access, *address)?;
                write!(f, ", {value}")
            }
            Inst::Guard(condition, exit, reason) => write!(f, "guard {condition} exit {} {reason}", exit.0),
            Inst::Call(call) => {
                match call.callee {
                    Callee::Stub(stub) => write!(f, "call {}", stub.name())?,
                    Callee::Entry => f.write_str("call entry")?,
                    Callee::Cell(address) => write!(f, "call [{address:#x}]")?,
                }
                f.write_str("(")?;
                print_separated(f, &call.args)?;
                f.write_str(")")?;
                for (i, range) in call.slots.iter().flatten().enumerate() {
                    let Range { start, end } = range;
                    f.write_str(if i == 0 { " slots " } else { ", " })?;
                    match *end {
                        u32::MAX => write!(f, "{start}..")?,
                        end if end == start + 1 => write!(f, "{start}")?,
                        end => write!(f, "{start}..{end}")?,
                    }
                }
                Ok(())
            }
            Inst::Second(call) => write!(f, "second {call}"),
        }
    }
}

/// Items in parentheses; nothing if there are none.
fn print_list<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    print: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        f.write_str(if i == 0 { "(" } else { ", " })?;
        print(f, item)?;
    }
    f.write_str(if items.is_empty() { "" } else { ")" })
}

fn print_separated(f: &mut Formatter<'_>, items: &[Val]) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
    }
    Ok(())
}

fn print_place(f: &mut Formatter<'_>, access: &Access, address: Val) -> fmt::Result {
    f.write_str(region_name(access.region))?;
    match access.holder {
        Holder::Any => {}
        Holder::Struct(id) => write!(f, "({id})")?,
        Holder::Variant => f.write_str("(variant)")?,
    }
    write!(f, "[{address}")?;
    match access.offset {
        0 => f.write_str("]"),
        offset if offset < 0 => write!(f, " - {}]", offset.unsigned_abs()),
        offset => write!(f, " + {offset}]"),
    }
}

fn width_name(width: Width) -> &'static str {
    match width {
        Width::Byte => "byte",
        Width::Half => "half",
        Width::Word => "word",
        Width::Float => "float",
    }
}

fn region_name(region: Region) -> &'static str {
    match region {
        Region::Slots => "slots",
        Region::Counts => "counts",
        Region::Sharing => "sharing",
        Region::Arrays => "arrays",
        Region::Strings => "strings",
        Region::Ints => "ints",
        Region::Floats => "floats",
        Region::Bools => "bools",
        Region::Values => "values",
        Region::Fields => "fields",
        Region::Cells => "cells",
        Region::Globals => "globals",
        Region::Machine => "machine",
        Region::Frames => "frames",
        Region::Heap => "heap",
        Region::Generators => "generators",
        Region::Dicts => "dicts",
        Region::Definitions => "definitions",
        Region::Constant => "constant",
    }
}

impl Display for Val {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl Display for Block {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "b{}", self.0)
    }
}

impl Display for ExitId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "exit {}", self.0)
    }
}

impl Display for Ty {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ty::Int => "int",
            Ty::Float => "float",
            Ty::Bool => "bool",
            Ty::Ptr => "ptr",
            Ty::None => "none",
        })
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.block)?;
        print_list(f, &self.args, |f, arg| write!(f, "{arg}"))
    }
}

impl Display for Terminator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Terminator::Jump(target) => write!(f, "jump {target}"),
            Terminator::Branch(condition, yes, no) => write!(f, "branch {condition}, {yes}, {no}"),
            Terminator::Return(payload, tag) => write!(f, "return {payload}, {tag}"),
            Terminator::Exit(exit, reason) => write!(f, "{exit} {reason}"),
        }
    }
}

impl Display for Exit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_throw { "throw" } else { "" })?;
        for (i, frame) in self.frames.iter().enumerate() {
            let gap = if i == 0 && !self.is_throw { "" } else { " " };
            write!(f, "{gap}f{} base {} pc {}", frame.function.0, frame.base, frame.pc.0)?;
            if i > 0 {
                write!(f, " dst {}", frame.dst)?;
            }
            if let Some(closure) = frame.closure {
                write!(f, " closure {closure}")?;
            }
            f.write_str(if frame.keeps_receiver { " receiver" } else { "" })?;
            if frame.mode != ReturnMode::Normal {
                write!(f, " {:?}", frame.mode)?;
            }
            f.write_str(if i + 1 < self.frames.len() { "," } else { "" })?;
        }
        for (slot, value) in &self.slots {
            write!(f, "; slot {slot} = {value}")?;
        }
        for (slot, object) in &self.made {
            write!(f, "; slot {slot} = ")?;
            write_made(f, object)?;
        }
        match self.quantum {
            Some(quantum) => write!(f, "; quantum {quantum}"),
            None => Ok(()),
        }
    }
}

fn write_made(f: &mut Formatter<'_>, object: &MadeObject) -> fmt::Result {
    let parts = match object {
        MadeObject::Struct { definition, fields } => {
            write!(f, "struct of slot {definition} (")?;
            fields
        }
        MadeObject::Array { elements } => {
            f.write_str("array (")?;
            elements
        }
        MadeObject::Outcome { id, variant, values } => {
            write!(f, "variant {id} of slot {variant} (")?;
            values
        }
    };
    for (i, part) in parts.iter().enumerate() {
        f.write_str(if i > 0 { ", " } else { "" })?;
        match part {
            MadePart::Slot(slot) => write!(f, "slot {slot}")?,
            MadePart::Object(object) => write_made(f, object)?,
        }
    }
    f.write_str(")")
}

impl Display for SlotValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            SlotValue::Int(v) => write!(f, "int {v}"),
            SlotValue::Float(v) => write!(f, "float {v}"),
            SlotValue::Bool(v) => write!(f, "bool {v}"),
            SlotValue::Null => f.write_str("null"),
            SlotValue::Absent(kind) => write!(f, "absent {kind}"),
            SlotValue::Tagged(tag, payload) => write!(f, "tagged {tag}, {payload}"),
            SlotValue::Shared(tag, object) => write!(f, "shared {tag}, {object}"),
            SlotValue::SharedPair(tag, payload) => write!(f, "shared pair {tag}, {payload}"),
        }
    }
}

impl Display for Unary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unary::Not => "not",
            Unary::Neg => "neg",
            Unary::FloatNeg => "float_neg",
            Unary::FloatAbs => "float_abs",
            Unary::FloatSqrt => "float_sqrt",
            Unary::FloatFloor => "float_floor",
            Unary::FloatCeil => "float_ceil",
            Unary::FloatTrunc => "float_trunc",
            Unary::IntToFloat => "int_to_float",
            Unary::FloatToInt => "float_to_int",
            Unary::FloatBits => "float_bits",
            Unary::BitsToFloat => "bits_to_float",
            Unary::BoolToInt => "bool_to_int",
            Unary::IntToBool => "int_to_bool",
            Unary::BoolNot => "bool_not",
        })
    }
}

impl Display for Binary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Binary::Add => "add",
            Binary::Sub => "sub",
            Binary::Mul => "mul",
            Binary::Div => "div",
            Binary::Rem => "rem",
            Binary::And => "and",
            Binary::Or => "or",
            Binary::Xor => "xor",
            Binary::Shl => "shl",
            Binary::Shr => "shr",
            Binary::FloatAdd => "float_add",
            Binary::FloatSub => "float_sub",
            Binary::FloatMul => "float_mul",
            Binary::FloatDiv => "float_div",
            Binary::BoolAnd => "bool_and",
            Binary::BoolOr => "bool_or",
        })
    }
}

impl Display for Checked {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Checked::Add => "checked_add",
            Checked::Sub => "checked_sub",
            Checked::Mul => "checked_mul",
        })
    }
}

impl Display for Cond {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cond::Eq => "eq",
            Cond::Ne => "ne",
            Cond::Lt => "lt",
            Cond::Le => "le",
            Cond::Gt => "gt",
            Cond::Ge => "ge",
            Cond::Below => "below",
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::hir::sample::{Sample, assert_text};
    use crate::hir::*;

    #[test]
    fn text_of_each_part() {
        let mut s = Sample::new(&[Ty::Ptr, Ty::Int]);
        let (next, params) = s.block(&[Ty::Float]);
        let exit = s.exit(7, &[(0, SlotValue::Int(Val(1))), (3, SlotValue::Shared(9, Val(0))), (4, SlotValue::Null)]);
        s.f.exits[0].quantum = Some(Val(1));
        let one = s.int(1);
        let sum = s.checked(Checked::Add, Val(1), one, exit);
        let less = s.cmp(Cond::Lt, sum, one);
        s.guard(less, exit, ExitReason::NeverRun);
        s.store(Width::Byte, Region::Slots, Val(0), 16, sum);
        let object = s.load_ptr(Region::Values, Val(0), -8);
        s.call(Stub::Release, &[object], Ty::None);
        let float = s.add(Inst::Float(2.5f64.to_bits()), Ty::Float);
        s.f.block_mut(next).is_cold = true;
        s.f.block_mut(Block(0)).loop_entry = Some(LoopEntry { exit, has_small_bounds: false });
        s.jump(next, &[float]);
        s.at = next;
        let bits = s.add(Inst::Unary(Unary::FloatBits, params[0]), Ty::Int);
        s.ret(bits, one);
        s.f.new_block();
        assert_text(
            &s.text(),
            "b0(v0: ptr, v1: int) before loop, exit 0:
               v3 = int 1
               v4 = checked_add v1, v3 exit 0
               v5 = lt v4, v3
               guard v5 exit 0 never run
               store.byte slots[v0 + 16], v4
               v8 = load.ptr values[v0 - 8]
               call rt_release(v8)
               v10 = float 2.5
               jump b1(v10)
             b1(v2: float) cold:
               v11 = float_bits v2
               return v11, v3
             exit 0: f0 base 0 pc 7; slot 0 = int v1; slot 3 = shared 9, v0; slot 4 = null; quantum v1",
        );
    }
}
