//! The instructions of HIR.

use super::super::create_cold_block;
use super::super::ir::{
    self, InstBuilder, MemFlagsData,
    condcodes::{FloatCC, IntCC},
    types::{F64, I8, I32, I64},
};
use super::exit::Inverse;
use super::memory::{load, store, type_in_memory, type_of, value_of_word, word_of};
use super::plan::stored_sum;
use super::{ExitReason, Lowering, Ty, Val, divide, entry};
use crate::hir::{Access, Binary, Call, Callee, Checked, Cond, ExitId, Inst, Unary, Width};
use ruff_core::jit::{Stub, layout};

/// The mask of the lower 32 bits.
const LOW_HALF: i64 = 0xFFFF_FFFF;

impl Lowering<'_, '_> {
    /// Emits an instruction whose operands are known.
    pub fn lower_inst(&mut self, val: Val) {
        let ty = self.function.ty(val);
        let value = match self.function.inst(val) {
            Inst::Param(..) | Inst::Int(_) | Inst::Bool(_) | Inst::Address(_) => return,
            Inst::Float(bits) => self.builder.ins().f64const(ir::immediates::Ieee64::with_bits(*bits)),
            Inst::Unary(op, a) => self.lower_unary(*op, *a),
            Inst::Binary(op, a, b) => self.lower_binary(*op, *a, *b),
            Inst::Checked(op, a, b, exit) => self.lower_checked(val, *op, *a, *b, *exit),
            Inst::Compare(cond, a, b) => self.lower_compare(*cond, *a, *b),
            Inst::FloatCompare(cond, a, b) => {
                let (a, b) = (self.value(*a), self.value(*b));
                self.builder.ins().fcmp(float_condition(*cond), a, b)
            }
            Inst::Select(condition, a, b) => {
                let (condition, is_inverted) = self.condition(*condition);
                let (a, b) = if is_inverted { (b, a) } else { (a, b) };
                let (a, b) = (self.value(*a), self.value(*b));
                self.builder.ins().select(condition, a, b)
            }
            Inst::Load(access, address) => match self.lower_load(val, ty, *access, *address) {
                Some(value) => value,
                None => return,
            },
            Inst::Store(access, address, value) => {
                let sum = stored_sum(self.function, self.function.inst(val));
                return self.lower_store(*access, *address, *value, sum);
            }
            Inst::Guard(condition, exit, reason) => return self.lower_guard(*condition, *exit, *reason),
            Inst::Call(call) => match self.lower_call(val, ty, call) {
                Some(value) => value,
                None => return,
            },
            Inst::Second(call) => {
                let second = self.seconds[call];
                value_of_word(self.builder, second, ty)
            }
        };
        self.values[val.0 as usize] = Some(value);
    }

    fn lower_unary(&mut self, op: Unary, a: Val) -> ir::Value {
        let a = match (op, self.narrow.get(&a)) {
            (Unary::IntToBool, Some(narrow)) => *narrow,
            _ => self.value(a),
        };
        let ins = self.builder.ins();
        match op {
            Unary::Not => ins.bnot(a),
            Unary::Neg => ins.ineg(a),
            Unary::FloatNeg => ins.fneg(a),
            Unary::FloatAbs => ins.fabs(a),
            Unary::FloatSqrt => ins.sqrt(a),
            Unary::FloatFloor => ins.floor(a),
            Unary::FloatCeil => ins.ceil(a),
            Unary::FloatTrunc => ins.trunc(a),
            Unary::IntToFloat => ins.fcvt_from_sint(F64, a),
            Unary::FloatToInt => ins.fcvt_to_sint_sat(I64, a),
            Unary::FloatBits => ins.bitcast(I64, MemFlagsData::new(), a),
            Unary::BitsToFloat => ins.bitcast(F64, MemFlagsData::new(), a),
            Unary::BoolToInt => ins.uextend(I64, a),
            Unary::IntToBool => ins.icmp_imm_s(IntCC::NotEqual, a, 0),
            Unary::BoolNot => ins.icmp_imm_s(IntCC::Equal, a, 0),
        }
    }

    fn lower_binary(&mut self, op: Binary, a: Val, b: Val) -> ir::Value {
        let divisor = self.constant(b);
        if op == Binary::And && divisor == Some(LOW_HALF) {
            return self.lower_low_half(a);
        }
        let (a, b) = (self.value(a), self.value(b));
        let by_constant = match (op, divisor) {
            (Binary::Div, Some(divisor)) => divide::quotient(self.builder, a, divisor),
            (Binary::Rem, Some(divisor)) => divide::remainder(self.builder, a, divisor),
            _ => None,
        };
        if let Some(result) = by_constant {
            return result;
        }
        let ins = self.builder.ins();
        match op {
            Binary::Add => ins.iadd(a, b),
            Binary::Sub => ins.isub(a, b),
            Binary::Mul => ins.imul(a, b),
            Binary::Div => ins.sdiv(a, b),
            Binary::Rem => ins.srem(a, b),
            Binary::And | Binary::BoolAnd => ins.band(a, b),
            Binary::Or | Binary::BoolOr => ins.bor(a, b),
            Binary::Xor => ins.bxor(a, b),
            Binary::Shl => ins.ishl(a, b),
            Binary::Shr => ins.sshr(a, b),
            Binary::FloatAdd => ins.fadd(a, b),
            Binary::FloatSub => ins.fsub(a, b),
            Binary::FloatMul => ins.fmul(a, b),
            Binary::FloatDiv => ins.fdiv(a, b),
        }
    }

    /// An instruction on 32 bits clears the others: there is no mask to load. That of a sum, a difference, a product or a shift is
    /// computed from the low halves of the operands.
    fn lower_low_half(&mut self, val: Val) -> ir::Value {
        let low = match *self.function.inst(val) {
            Inst::Binary(op @ (Binary::Add | Binary::Sub | Binary::Mul), a, b) if self.function.ty(val) == Ty::Int => {
                let (a, b) = (self.low_half(a), self.low_half(b));
                let ins = self.builder.ins();
                match op {
                    Binary::Add => ins.iadd(a, b),
                    Binary::Sub => ins.isub(a, b),
                    _ => ins.imul(a, b),
                }
            }
            Inst::Binary(Binary::Shl, a, bits) if self.constant(bits).is_some_and(|bits| (0..32).contains(&bits)) => {
                let (a, bits) = (self.low_half(a), self.value(bits));
                self.builder.ins().ishl(a, bits)
            }
            _ => self.low_half(val),
        };
        self.builder.ins().uextend(I64, low)
    }

    fn low_half(&mut self, val: Val) -> ir::Value {
        match self.constant(val) {
            Some(constant) => self.builder.ins().iconst(I32, constant & LOW_HALF),
            None => {
                let val = self.value(val);
                self.builder.ins().ireduce(I32, val)
            }
        }
    }

    /// Where the sign of an operand is known, overflow is a comparison, which is one instruction with its branch; otherwise it
    /// takes four.
    fn lower_checked(&mut self, val: Val, op: Checked, a: Val, b: Val, exit: ExitId) -> ir::Value {
        let recomputed = self.plan.recomputed.get(&val).copied();
        // The result takes the place of the first operand.
        let (a, b) = if recomputed == Some(b) { (b, a) } else { (a, b) };
        let (x, y) = (self.value(a), self.value(b));
        let (left, right) = (self.constant(a), self.constant(b));
        let ins = self.builder.ins();
        let (result, overflowed) = match (op, left, right) {
            (Checked::Add, _, Some(k)) => {
                let sum = ins.iadd(x, y);
                (sum, self.builder.ins().icmp(wrong_side(k >= 0), sum, x))
            }
            (Checked::Add, Some(k), _) => {
                let sum = ins.iadd(x, y);
                (sum, self.builder.ins().icmp(wrong_side(k >= 0), sum, y))
            }
            (Checked::Sub, _, Some(k)) => {
                let difference = ins.isub(x, y);
                (difference, self.builder.ins().icmp(wrong_side(k < 0), difference, x))
            }
            (Checked::Add, ..) => ins.sadd_overflow(x, y),
            (Checked::Sub, ..) => ins.ssub_overflow(x, y),
            (Checked::Mul, ..) => ins.smul_overflow(x, y),
        };
        let exit = match recomputed {
            Some(operand) => self.own_exit_block(exit, operand, Inverse { op, result, other: y }),
            None => self.exit_block(exit, ExitReason::Overflow),
        };
        self.branch_away(overflowed, exit, false);
        result
    }

    pub fn constant(&self, val: Val) -> Option<i64> {
        match self.function.inst(val) {
            Inst::Int(int) => Some(*int),
            _ => None,
        }
    }

    fn lower_compare(&mut self, cond: Cond, a: Val, b: Val) -> ir::Value {
        if let Some(value) = self.compare_narrow(cond, a, b) {
            return value;
        }
        let (a, b) = (self.value(a), self.value(b));
        self.builder.ins().icmp(int_condition(cond), a, b)
    }

    /// Compares a narrow word as it is in memory, with another or with a constant. They have no sign.
    fn compare_narrow(&mut self, cond: Cond, a: Val, b: Val) -> Option<ir::Value> {
        let (x, y) = match (self.narrow.get(&a).copied(), self.narrow.get(&b).copied()) {
            (Some(x), None) => (x, self.narrow_constant(x, b)?),
            (None, Some(y)) => (self.narrow_constant(y, a)?, y),
            (Some(x), Some(y)) if self.type_of_value(x) == self.type_of_value(y) => (x, y),
            _ => return None,
        };
        Some(self.builder.ins().icmp(int_condition(cond).unsigned(), x, y))
    }

    /// A constant in the type of a narrow word.
    fn narrow_constant(&mut self, like: ir::Value, val: Val) -> Option<ir::Value> {
        let constant = self.constant(val)?;
        let ty = self.type_of_value(like);
        let fits = constant >= 0 && constant >> ty.bits() == 0;
        fits.then(|| self.builder.ins().iconst(ty, constant))
    }

    pub fn type_of_value(&self, value: ir::Value) -> ir::Type {
        self.builder.func.dfg.value_type(value)
    }

    /// Gives the value, but not that of a narrow word.
    fn lower_load(&mut self, val: Val, ty: Ty, access: Access, address: Val) -> Option<ir::Value> {
        let address = self.value(address);
        let loaded = load(self.builder, type_in_memory(access.width), address, access.offset);
        match (access.width, ty) {
            (Width::Byte, Ty::Bool) | (Width::Float, _) => Some(loaded),
            (Width::Byte | Width::Half, _) => {
                self.narrow.insert(val, loaded);
                None
            }
            (Width::Word, _) => Some(value_of_word(self.builder, loaded, ty)),
        }
    }

    /// Stores a value, which may be the sum of a narrow word and a constant.
    fn lower_store(&mut self, access: Access, address: Val, value: Val, sum: Option<(Val, i64)>) {
        let known = self.constant(value);
        let narrow = self.narrow.get(&value).copied();
        let address = self.value(address);
        let ty = type_in_memory(access.width);
        let summand = sum.and_then(|(summand, constant)| Some((self.narrow.get(&summand).copied()?, constant)));
        let stored = match (access.width, known, narrow) {
            _ if let Some((summand, constant)) = summand => {
                let constant = self.builder.ins().iconst(ty, constant & LOW_HALF);
                self.builder.ins().iadd(summand, constant)
            }
            (Width::Byte | Width::Half, Some(constant), _) => {
                let mask = (1i64 << ty.bits()) - 1;
                self.builder.ins().iconst(ty, constant & mask)
            }
            (_, _, Some(narrow)) if self.type_of_value(narrow) == ty => narrow,
            (Width::Byte | Width::Half, ..) => {
                let value = self.value(value);
                if self.type_of_value(value) == ty { value } else { self.builder.ins().ireduce(ty, value) }
            }
            (Width::Word, ..) => {
                let value = self.value(value);
                if self.type_of_value(value) == I8 { word_of(self.builder, value) } else { value }
            }
            (Width::Float, ..) => self.value(value),
        };
        store(self.builder, stored, address, access.offset);
    }

    fn lower_guard(&mut self, condition: Val, exit: ExitId, reason: ExitReason) {
        let (condition, is_inverted) = self.condition(condition);
        let exit = self.exit_block(exit, reason);
        self.branch_away(condition, exit, !is_inverted);
    }

    /// Goes on in a new block if the condition is `stays`, else in `other`.
    fn branch_away(&mut self, condition: ir::Value, other: ir::Block, stays: bool) {
        let next = self.builder.create_block();
        if self.is_cold {
            self.builder.set_cold_block(next);
        }
        // Cranelift lays out the second target first: its registers are those of what goes on.
        let condition = if stays { self.inverse(condition) } else { condition };
        self.builder.ins().brif(condition, other, &[], next, &[]);
        self.switch_to(next);
    }

    fn lower_call(&mut self, val: Val, ty: Ty, call: &Call) -> Option<ir::Value> {
        let args: Vec<ir::Value> = call.args.iter().map(|arg| self.value(*arg)).collect();
        let results = match call.callee {
            Callee::Stub(stub) => {
                let args: Vec<ir::Value> = args.iter().map(|arg| self.stub_argument(*arg)).collect();
                match (stub, args.as_slice()) {
                    (Stub::FindShortEntry, &[dict, _, low, high, hint])
                    | (Stub::FindNamedEntry, &[dict, low, high, hint])
                        if !self.is_cold =>
                    {
                        vec![self.find_short_entry(stub, &args, (dict, [low, high], hint))]
                    }
                    _ => self.call_stub(stub, &args),
                }
            }
            Callee::Entry => entry::call_entry(self.compiler, self.builder, &args),
            Callee::Cell(cell) => {
                let types = call.args.iter().skip(entry::CONTEXT_PARAMS).map(|arg| self.function.ty(*arg));
                let signature = entry::native_signature(self.compiler, types);
                entry::call_cell(self.builder, signature, cell, &args)
            }
        };
        if let Some(second) = results.get(1) {
            self.seconds.insert(val, *second);
        }
        let first = *results.first()?;
        Some(if self.type_of_value(first) == type_of(ty) { first } else { value_of_word(self.builder, first, ty) })
    }

    /// Where it is seldom called, the registers of the paths that are taken more often stay as they are.
    fn call_stub(&mut self, stub: Stub, args: &[ir::Value]) -> Vec<ir::Value> {
        if let (Stub::Release, [value]) = (stub, args) {
            let (signature, address) = (entry::stub_signature(self.compiler, stub), (self.stubs)(stub));
            self.compiler.call_release(self.builder, &signature, address, *value);
            return Vec::new();
        }
        if self.is_cold {
            return self.call_stub_preserving(stub, args);
        }
        entry::call_stub(self.compiler, self.builder, stub, self.stubs, args)
    }

    /// All registers but those of the results stay as they are.
    fn call_stub_preserving(&mut self, stub: Stub, args: &[ir::Value]) -> Vec<ir::Value> {
        let (signature, address) = (entry::stub_signature(self.compiler, stub), (self.stubs)(stub));
        self.compiler.call_preserving(self.builder, &signature, address, args, &mut self.results)
    }

    /// Looks for a key of a dict where it was found the last time, and calls the stub if it is not there.
    fn find_short_entry(
        &mut self,
        stub: Stub,
        args: &[ir::Value],
        (dict, key, hint): (ir::Value, [ir::Value; 2], ir::Value),
    ) -> ir::Value {
        let elsewhere = create_cold_block(self.builder);
        let found = self.builder.create_block();
        let address = self.builder.append_block_param(found, I64);
        let index = load(self.builder, I32, hint, 0);
        let len = load(self.builder, I32, dict, layout::DICT_LEN);
        let is_entry = self.builder.ins().icmp(IntCC::UnsignedLessThan, index, len);
        self.branch_away(is_entry, elsewhere, true);
        let index = self.builder.ins().uextend(I64, index);
        let distance = self.builder.ins().imul_imm_s(index, layout::ENTRY_BYTES);
        let entries = load(self.builder, I64, dict, layout::DICT_ENTRIES);
        let entry = self.builder.ins().iadd(entries, distance);
        for (word, offset) in key.into_iter().zip((0..).step_by(8)) {
            let actual = load(self.builder, I64, entry, offset);
            let is_same = self.builder.ins().icmp(IntCC::Equal, actual, word);
            self.branch_away(is_same, elsewhere, true);
        }
        let value = self.builder.ins().iadd_imm_s(entry, i64::from(layout::ENTRY_VALUE));
        self.builder.ins().jump(found, &[value.into()]);
        self.switch_to(elsewhere);
        let results = self.call_stub_preserving(stub, args);
        self.builder.ins().jump(found, &[results[0].into()]);
        self.switch_to(found);
        address
    }

    /// Stubs take words and floats.
    fn stub_argument(&mut self, value: ir::Value) -> ir::Value {
        if self.type_of_value(value) == I8 { word_of(self.builder, value) } else { value }
    }
}

/// What is true of the result and the operand whose sign is not known if the result is on the wrong side of it: below if it
/// should have `grown`, else above.
fn wrong_side(grown: bool) -> IntCC {
    if grown { IntCC::SignedLessThan } else { IntCC::SignedGreaterThan }
}

fn int_condition(cond: Cond) -> IntCC {
    match cond {
        Cond::Eq => IntCC::Equal,
        Cond::Ne => IntCC::NotEqual,
        Cond::Lt => IntCC::SignedLessThan,
        Cond::Le => IntCC::SignedLessThanOrEqual,
        Cond::Gt => IntCC::SignedGreaterThan,
        Cond::Ge => IntCC::SignedGreaterThanOrEqual,
        Cond::Below => IntCC::UnsignedLessThan,
    }
}

/// `Below` is not for floats.
fn float_condition(cond: Cond) -> FloatCC {
    match cond {
        Cond::Eq => FloatCC::Equal,
        Cond::Ne => FloatCC::NotEqual,
        Cond::Lt | Cond::Below => FloatCC::LessThan,
        Cond::Le => FloatCC::LessThanOrEqual,
        Cond::Gt => FloatCC::GreaterThan,
        Cond::Ge => FloatCC::GreaterThanOrEqual,
    }
}
