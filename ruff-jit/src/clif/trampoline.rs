//! Trampolines: calls that change no register of the caller.
//!
//! A call clobbers most registers, and all that hold floats, so that what lives across it is in memory: a loop with a call on a
//! path that it seldom takes would load and store its values in each round. On such paths functions are called through
//! trampolines, which save what the function may change. Each has one, made when it is first needed.
//!
//! Results cannot be in registers then: they are written to a slot of the caller's frame, whose address is the last argument.

use super::ir::{self, InstBuilder, MemFlagsData, Signature, StackSlotData, StackSlotKind, types::I64};
use super::{CallConv, CompileError, CompiledUnit, Compiler, FunctionBuilder, call_address, signature};
use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

/// The most that a function returns.
const RESULTS_MAX: usize = 2;
const RESULT_BYTES: usize = 8;

/// The trampolines of a compiler, by the addresses of the functions that they call.
#[derive(Default)]
pub struct Trampolines(Mutex<HashMap<usize, CompiledUnit>>);

/// Where a function has the results of what it calls through trampolines, once it calls any.
#[derive(Default)]
pub struct ResultSlot(Option<ir::StackSlot>);

impl ResultSlot {
    fn get(&mut self, builder: &mut FunctionBuilder) -> ir::StackSlot {
        let size = (RESULTS_MAX * RESULT_BYTES) as u32;
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size, RESULT_BYTES.ilog2() as u8);
        *self.0.get_or_insert_with(|| builder.create_sized_stack_slot(data))
    }
}

impl Compiler {
    /// As [`call_address`], for the results; but no register changes. For paths that are seldom taken.
    pub fn call_preserving(
        &self,
        builder: &mut FunctionBuilder,
        callee: &Signature,
        address: NonNull<u8>,
        arguments: &[ir::Value],
        slot: &mut ResultSlot,
    ) -> Vec<ir::Value> {
        let Ok(trampoline) = self.trampoline(callee, address) else {
            let call = call_address(builder, callee.clone(), address, arguments);
            return builder.inst_results(call).to_vec();
        };
        let mut arguments = arguments.to_vec();
        let results = (!callee.returns.is_empty()).then(|| {
            let slot = slot.get(builder);
            builder.ins().stack_addr(I64, slot, 0)
        });
        arguments.extend(results);
        call_address(builder, preserving(callee), trampoline, &arguments);
        let Some(results) = results else { return Vec::new() };
        let types = callee.returns.iter().zip((0..).step_by(RESULT_BYTES));
        types.map(|(ty, at)| builder.ins().load(ty.value_type, MemFlagsData::trusted(), results, at)).collect()
    }

    /// The trampoline of a function.
    fn trampoline(&self, callee: &Signature, address: NonNull<u8>) -> Result<NonNull<u8>, CompileError> {
        let mut known = self.trampolines.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unit) = known.get(&address.addr().get()) {
            return Ok(unit.entry());
        }
        let unit = self.compile("trampoline", preserving(callee), |builder| {
            let block = builder.create_block();
            builder.append_block_params_for_function_params(block);
            builder.switch_to_block(block);
            let params = builder.block_params(block).to_vec();
            let (arguments, slot) = params.split_at(callee.params.len());
            let call = call_address(builder, callee.clone(), address, arguments);
            let results = builder.inst_results(call).to_vec();
            for (result, at) in results.iter().zip((0..).step_by(RESULT_BYTES)) {
                builder.ins().store(MemFlagsData::trusted(), *result, slot[0], at);
            }
            builder.ins().return_(&[]);
        })?;
        let entry = unit.entry();
        known.insert(address.addr().get(), unit);
        Ok(entry)
    }
}

/// The type of the trampoline of a function.
fn preserving(callee: &Signature) -> Signature {
    let slot = (!callee.returns.is_empty()).then_some(I64);
    let params: Vec<ir::Type> = callee.params.iter().map(|p| p.value_type).chain(slot).collect();
    signature(CallConv::PreserveAll, &params, &[])
}
