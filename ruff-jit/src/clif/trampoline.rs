//! Trampolines: calls that change no register of the caller.
//!
//! A call clobbers most registers, and all that hold floats, so that what lives across it is in memory: a loop with a call on a
//! path that it seldom takes would load and store its values in each round. On such paths functions are called through
//! trampolines, which save what the function may change. Each has one, made when it is first needed.
//!
//! Results cannot be in registers then: they are written to a slot of the caller's frame, whose address is the last argument.

use super::ir::{
    self, InstBuilder, MemFlagsData, Signature, StackSlotData, StackSlotKind,
    condcodes::IntCC,
    types::{I8, I32, I64},
};
use super::lower::memory::{load, store, store_byte};
use super::{
    CallConv, CompileError, CompiledUnit, Compiler, FunctionBuilder, call_address, create_cold_block, signature,
};
use ruff_core::jit::layout::{
    ARRAY_KIND, ARRAY_ROOM, BLOCK_BYTES, BLOCK_HEAP, CLASS_STEP, FREE_NEXT, HEAP_FREE, HEAP_IS_WATCHED, HEAP_USED,
    OBJECT_AUX, OBJECT_COUNT, STR_DATA, STR_INLINE, VALUE_PAYLOAD, VALUE_TAG,
};
use ruff_core::jit::{ElementKind, tag};
use rustc_hash::FxHashMap;
use std::ptr::NonNull;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The most that a function returns.
const RESULTS_MAX: usize = 2;
const RESULT_BYTES: usize = 8;

/// The trampolines of a compiler, by the addresses of the functions that they call.
#[derive(Default)]
pub struct Trampolines {
    plain: Mutex<FxHashMap<usize, CompiledUnit>>,
    /// That of the function that releases a value.
    release: OnceLock<CompiledUnit>,
}

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

    /// As [`Compiler::call_preserving`], for the function that releases the value at an address, which is what there is to do most
    /// often: that is only called for last references, and not for those to short strings and arrays of a few numbers or truth values.
    pub fn call_release(
        &self,
        builder: &mut FunctionBuilder,
        callee: &Signature,
        address: NonNull<u8>,
        value: ir::Value,
    ) {
        let arguments = [value];
        if let Some(unit) = self.trampolines.release.get() {
            call_address(builder, preserving(callee), unit.entry(), &arguments);
            return;
        }
        match self.compile_release(callee, address) {
            Ok(unit) => {
                let unit = self.trampolines.release.get_or_init(|| unit);
                call_address(builder, preserving(callee), unit.entry(), &arguments);
            }
            Err(_) => {
                call_address(builder, callee.clone(), address, &arguments);
            }
        }
    }

    /// The trampoline of a release: it saves all registers only where the function is called.
    fn compile_release(&self, callee: &Signature, address: NonNull<u8>) -> Result<CompiledUnit, CompileError> {
        let last = self.trampoline(callee, address)?;
        self.compile("release", preserving(callee), |builder| {
            let block = builder.create_block();
            builder.append_block_params_for_function_params(block);
            builder.switch_to_block(block);
            let value = builder.block_params(block)[0];
            let [counted, last_one, shared, done] = std::array::from_fn(|_| builder.create_block());
            let other = create_cold_block(builder);
            let actual = load(builder, I8, value, VALUE_TAG);
            let is_counted =
                builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, actual, i64::from(tag::FIRST_HEAP));
            builder.ins().brif(is_counted, counted, &[], done, &[]);
            builder.switch_to_block(counted);
            let object = load(builder, I64, value, VALUE_PAYLOAD);
            let count = load(builder, I32, object, OBJECT_COUNT);
            let is_last = builder.ins().icmp_imm_u(IntCC::Equal, count, 1);
            builder.ins().brif(is_last, last_one, &[], shared, &[]);
            builder.switch_to_block(shared);
            let less = builder.ins().iadd_imm_s(count, -1);
            store(builder, less, object, OBJECT_COUNT);
            store_byte(builder, tag::NULL, value, VALUE_TAG);
            builder.ins().jump(done, &[]);
            builder.switch_to_block(last_one);
            if HEAP_IS_WATCHED {
                builder.ins().jump(other, &[]);
            } else {
                let bytes = bytes_inside(builder, actual, object, other);
                free_small(builder, object, bytes);
                store_byte(builder, tag::NULL, value, VALUE_TAG);
                builder.ins().jump(done, &[]);
            }
            builder.switch_to_block(other);
            call_address(builder, preserving(callee), last, &[value]);
            builder.ins().jump(done, &[]);
            builder.switch_to_block(done);
            builder.ins().return_(&[]);
        })
    }

    /// The trampoline of a function.
    fn trampoline(&self, callee: &Signature, address: NonNull<u8>) -> Result<NonNull<u8>, CompileError> {
        let mut known = self.trampolines.plain.lock().unwrap_or_else(PoisonError::into_inner);
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

/// The bytes of the text or of the packed elements that lie behind an object with this tag, where that is all that it owns; else goes
/// to `other`.
fn bytes_inside(builder: &mut FunctionBuilder, actual: ir::Value, object: ir::Value, other: ir::Block) -> ir::Value {
    let [string, no_string, array, packed, inside, owned] = std::array::from_fn(|_| builder.create_block());
    let bytes = builder.append_block_param(inside, I32);
    let is_string = builder.ins().icmp_imm_u(IntCC::Equal, actual, i64::from(tag::STR));
    builder.ins().brif(is_string, string, &[], no_string, &[]);
    builder.switch_to_block(string);
    let text = load(builder, I32, object, OBJECT_AUX);
    builder.ins().jump(inside, &[text.into()]);
    builder.switch_to_block(no_string);
    let is_array = builder.ins().icmp_imm_u(IntCC::Equal, actual, i64::from(tag::ARRAY));
    builder.ins().brif(is_array, array, &[], other, &[]);
    builder.switch_to_block(array);
    let kind = load(builder, I32, object, ARRAY_KIND);
    let has_values = builder.ins().icmp_imm_u(IntCC::Equal, kind, ElementKind::Values as i64);
    builder.ins().brif(has_values, other, &[], packed, &[]);
    builder.switch_to_block(packed);
    let room = load(builder, I32, object, ARRAY_ROOM);
    builder.ins().jump(inside, &[room.into()]);
    builder.switch_to_block(inside);
    // Where there are none, a buffer may lie behind the object by chance.
    let are_any = builder.ins().icmp_imm_u(IntCC::NotEqual, bytes, 0);
    let data = load(builder, I64, object, STR_DATA);
    let behind = builder.ins().iadd_imm_s(object, i64::from(STR_INLINE));
    let are_behind = builder.ins().icmp(IntCC::Equal, data, behind);
    let is_all = builder.ins().band(are_any, are_behind);
    builder.ins().brif(is_all, owned, &[], other, &[]);
    builder.switch_to_block(owned);
    bytes
}

/// Gives the memory of an object with so many bytes behind it back to its heap, as the heap does it: to the list of its size class.
fn free_small(builder: &mut FunctionBuilder, object: ir::Value, bytes: ir::Value) {
    let block = builder.ins().band_imm_s(object, -BLOCK_BYTES);
    let heap = load(builder, I64, block, BLOCK_HEAP);
    let bytes = builder.ins().uextend(I64, bytes);
    let bytes = builder.ins().iadd_imm_s(bytes, i64::from(STR_INLINE) + CLASS_STEP - 1);
    let bytes = builder.ins().band_imm_s(bytes, -CLASS_STEP);
    let used = load(builder, I64, heap, HEAP_USED);
    let used = builder.ins().isub(used, bytes);
    store(builder, used, heap, HEAP_USED);
    // A class is as many words as bytes are steps.
    let distance = builder.ins().ushr_imm_u(bytes, (CLASS_STEP / 8).ilog2() as i64);
    let class = builder.ins().iadd(heap, distance);
    let next = load(builder, I64, class, HEAP_FREE);
    if FREE_NEXT != 0 {
        let zero = builder.ins().iconst(I64, 0);
        store(builder, zero, object, 0);
    }
    store(builder, next, object, FREE_NEXT);
    store(builder, object, class, HEAP_FREE);
}

/// The type of the trampoline of a function.
fn preserving(callee: &Signature) -> Signature {
    let slot = (!callee.returns.is_empty()).then_some(I64);
    let params: Vec<ir::Type> = callee.params.iter().map(|p| p.value_type).chain(slot).collect();
    signature(CallConv::PreserveAll, &params, &[])
}
