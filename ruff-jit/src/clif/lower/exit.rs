//! The code of exits: it makes the slots what the interpreter expects, and hands over.

use super::super::ir::{
    self, BlockArg, InstBuilder,
    types::{I8, I64},
};
use super::super::{FunctionBuilder, create_cold_block};
use super::memory::{store, store_byte, word_of};
use super::{Entry, ExitId, Lowering, Val, entry};
use crate::hir::{Checked, Exit, SlotValue};
use ruff_core::jit::layout::{FRAME_BASE, MACHINE_QUANTUM, VALUE_PAYLOAD, VALUE_TAG};
use ruff_core::jit::{ExitReason, Stub, tag};

/// The blocks of an exit.
#[derive(Default)]
pub struct ExitCode {
    /// The exit; it has the reason as a parameter if there are several.
    block: Option<ir::Block>,
    /// For each reason of several, the block that goes to the exit with it, so that the code that leaves need not load it.
    reasons: Vec<(ExitReason, ir::Block)>,
}

impl ExitCode {
    /// The block to go to for that reason; one of several if `is_shared`.
    pub fn block_for(&mut self, builder: &mut FunctionBuilder, reason: ExitReason, is_shared: bool) -> ir::Block {
        let block = *self.block.get_or_insert_with(|| {
            let block = create_cold_block(builder);
            if is_shared {
                builder.append_block_param(block, I64);
            }
            block
        });
        if !is_shared {
            return block;
        }
        if let Some((_, block)) = self.reasons.iter().find(|r| r.0 == reason) {
            return *block;
        }
        let block = create_cold_block(builder);
        self.reasons.push((reason, block));
        block
    }
}

/// The exit of one instruction for overflow.
pub struct OwnExit {
    block: ir::Block,
    exit: ExitId,
    is_recorded: bool,
    operand: Val,
    inverse: Inverse,
}

/// How an operand is computed back.
#[derive(Clone, Copy)]
pub struct Inverse {
    pub op: Checked,
    /// What the instruction gives, wrapped.
    pub result: ir::Value,
    pub other: ir::Value,
}

impl Lowering<'_, '_> {
    /// The block of an exit for overflow that computes an operand back.
    pub fn own_exit_block(&mut self, exit: ExitId, operand: Val, inverse: Inverse) -> ir::Block {
        let block = create_cold_block(self.builder);
        self.own_exits.push(OwnExit { block, exit, is_recorded: self.is_recorded, operand, inverse });
        block
    }

    fn lower_own_exits(&mut self) {
        for own in std::mem::take(&mut self.own_exits) {
            self.switch_to(own.block);
            self.is_recorded = own.is_recorded;
            let Inverse { op, result, other } = own.inverse;
            let operand = match op {
                Checked::Sub => self.builder.ins().iadd(result, other),
                Checked::Add | Checked::Mul => self.builder.ins().isub(result, other),
            };
            let known = self.values[own.operand.0 as usize].replace(operand);
            let reason = self.builder.ins().iconst(I64, ExitReason::Overflow as i64);
            self.lower_exit(own.exit, reason);
            self.values[own.operand.0 as usize] = known;
        }
    }

    /// Emits the exits that have been used.
    pub fn lower_exits(&mut self) {
        self.is_cold = true;
        self.lower_own_exits();
        let all = (0..self.exits.len()).flat_map(|index| [(index, 0), (index, 1)]);
        for (index, recorded) in all {
            let code = std::mem::take(&mut self.exits[index][recorded]);
            let Some(block) = code.block else { continue };
            for (reason, from) in &code.reasons {
                self.switch_to(*from);
                let reason = self.builder.ins().iconst(I64, *reason as i64);
                self.builder.ins().jump(block, &[BlockArg::Value(reason)]);
            }
            self.switch_to(block);
            let reason = match self.builder.block_params(block).first() {
                Some(reason) => *reason,
                None => {
                    let reason = self.plan.reasons[index][recorded].first().copied().unwrap_or(ExitReason::Forced);
                    self.builder.ins().iconst(I64, reason as i64)
                }
            };
            self.is_recorded = recorded == 1;
            self.lower_exit(ExitId(index as u32), reason);
        }
        self.lower_leave();
    }

    fn lower_exit(&mut self, id: ExitId, reason: ir::Value) {
        let exit = self.function.exit(id);
        let mut computed = Vec::new();
        if !self.is_recorded {
            self.write_record();
        }
        if !exit.slots.is_empty() {
            let base = if self.is_recorded { self.read_record(FRAME_BASE) } else { self.context.base };
            self.store_slots(exit, base, &mut computed);
        }
        if let Some(quantum) = exit.quantum {
            let quantum = self.value_in_exit(quantum, &mut computed);
            store(self.builder, quantum, self.context.machine, MACHINE_QUANTUM);
        }
        let point = (&raw const *self.points[id.0 as usize]).expose_provenance();
        let point = self.builder.ins().iconst(I64, point as i64);
        let leave = *self.leave.get_or_insert_with(|| {
            let block = create_cold_block(self.builder);
            self.builder.append_block_param(block, I64);
            self.builder.append_block_param(block, I64);
            block
        });
        self.builder.ins().jump(leave, &[BlockArg::Value(point), BlockArg::Value(reason)]);
        // They are not known in other blocks.
        for val in computed {
            self.values[val.0 as usize] = None;
        }
    }

    /// What all exits end with.
    fn lower_leave(&mut self) {
        let Some(block) = self.leave else { return };
        self.switch_to(block);
        let stub = match self.function.entry {
            Entry::Call | Entry::Resume => Stub::ExitCall,
            Entry::Loop => Stub::ExitLoop,
        };
        let params = self.builder.block_params(block);
        let args = [self.context.machine, self.context.frame, params[0], params[1]];
        let pair = entry::call_stub(self.compiler, self.builder, stub, self.stubs, &args);
        self.builder.ins().return_(&pair);
    }

    fn store_slots(&mut self, exit: &Exit, base: ir::Value, computed: &mut Vec<Val>) {
        for (slot, value) in &exit.slots {
            let at = entry::slot_offset(*slot);
            match value {
                SlotValue::Int(val) => self.store_scalar(base, *slot, tag::INT, *val, computed),
                SlotValue::Float(val) => self.store_scalar(base, *slot, tag::FLOAT, *val, computed),
                SlotValue::Bool(val) => self.store_scalar(base, *slot, tag::BOOL, *val, computed),
                SlotValue::Null => store_byte(self.builder, tag::NULL, base, at + VALUE_TAG),
                SlotValue::Absent(payload) => {
                    let payload = self.builder.ins().iconst(I64, i64::from(*payload));
                    entry::store_value(self.builder, base, *slot, tag::ABSENT, payload);
                }
                SlotValue::Tagged(tag, payload) | SlotValue::SharedPair(tag, payload) => {
                    let tag = match (self.constant(*tag), self.narrow.get(tag)) {
                        (Some(constant), _) => self.builder.ins().iconst(I8, constant & 0xFF),
                        (None, Some(narrow)) if self.type_of_value(*narrow) == I8 => *narrow,
                        _ => {
                            let tag = self.value_in_exit(*tag, computed);
                            self.builder.ins().ireduce(I8, tag)
                        }
                    };
                    let payload = self.value_in_exit(*payload, computed);
                    let payload = word_of(self.builder, payload);
                    store(self.builder, tag, base, at + VALUE_TAG);
                    store(self.builder, payload, base, at + VALUE_PAYLOAD);
                }
                SlotValue::Shared(tag, object) => {
                    let object = self.value_in_exit(*object, computed);
                    entry::store_value(self.builder, base, *slot, *tag, object);
                }
            }
        }
    }

    fn store_scalar(&mut self, base: ir::Value, slot: u32, tag: u8, val: Val, computed: &mut Vec<Val>) {
        let value = self.value_in_exit(val, computed);
        entry::store_value(self.builder, base, slot, tag, value);
    }

    /// A value, which is computed here if it is computed nowhere else; `computed` lists those.
    fn value_in_exit(&mut self, val: Val, computed: &mut Vec<Val>) -> ir::Value {
        if self.values[val.0 as usize].is_some() {
            return self.value(val);
        }
        if let Some(value) = self.local_value(val) {
            return value;
        }
        // `Plan` bounds how deep this nests.
        for operand in self.function.inst(val).uses() {
            self.value_in_exit(operand, computed);
        }
        self.lower_inst(val);
        computed.push(val);
        self.value(val)
    }
}
