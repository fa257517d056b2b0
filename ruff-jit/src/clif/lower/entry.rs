//! How native code is entered: the check for room, the record of the call, and the code between conventions.

use super::super::ir::{
    self, InstBuilder, Signature,
    condcodes::IntCC,
    types::{F64, I8, I64},
};
use super::super::{CompileError, CompiledUnit, Compiler, FunctionBuilder, call_address, create_cold_block};
use super::StubAddress;
use super::memory::{load, store, store_byte, type_of, value_of_word, word_of};
use crate::hir::{BASE_PARAM, Ty};
use ruff_core::jit::layout::{
    FRAME_BASE, FRAME_BYTES, FRAME_CLOSURE, FRAME_DST, FRAME_FUNCTION, FRAME_KEEPS_RECEIVER, FRAME_MODE,
    MACHINE_FRAMES_END, MACHINE_STACK_END, MACHINE_STACK_LOW, VALUE_BYTES, VALUE_PAYLOAD, VALUE_TAG,
};
use ruff_core::jit::{Stub, StubResult, StubType, tag};

/// The first five parameters of all native code.
#[derive(Clone, Copy)]
pub struct Context {
    pub machine: ir::Value,
    pub frame: ir::Value,
    pub base: ir::Value,
    pub linked: ir::Value,
    pub closure: ir::Value,
}

/// How many parameters a [`Context`] is.
pub const CONTEXT_PARAMS: usize = 5;
/// The parameter with the address of the linked function.
pub const LINKED_PARAM: u32 = 3;
/// The parameter with the address of the closure.
pub const CLOSURE_PARAM: u32 = 4;

impl Context {
    pub fn new(params: &[ir::Value]) -> Context {
        let &[machine, frame, base, linked, closure, ..] = params else {
            panic!("native code has at least {CONTEXT_PARAMS} parameters")
        };
        Context { machine, frame, base, linked, closure }
    }

    fn values(&self) -> [ir::Value; CONTEXT_PARAMS] {
        [self.machine, self.frame, self.base, self.linked, self.closure]
    }
}

/// The signature of native code with these scalars. It is that of `extern "C"`, so that code without scalars needs no wrapper;
/// Cranelift's own conventions are not faster, and return pairs in other registers than stubs do.
pub fn native_signature(compiler: &Compiler, scalars: impl Iterator<Item = Ty>) -> Signature {
    let params: Vec<ir::Type> = [I64; CONTEXT_PARAMS].into_iter().chain(scalars.map(type_of)).collect();
    compiler.stub_signature(&params, &[I64, I64])
}

/// The signature of a stub, whose arguments and results are words and floats.
pub fn stub_signature(compiler: &Compiler, stub: Stub) -> Signature {
    let clif_type = |ty: &StubType| match ty {
        StubType::Word => I64,
        StubType::Float => F64,
    };
    let params: Vec<ir::Type> = stub.params().iter().map(clif_type).collect();
    let returns = match stub.result() {
        StubResult::Nothing => vec![],
        StubResult::One(ty) => vec![clif_type(&ty)],
        StubResult::Pair => vec![I64, I64],
    };
    compiler.stub_signature(&params, &returns)
}

/// Calls a stub.
pub fn call_stub(
    compiler: &Compiler,
    builder: &mut FunctionBuilder,
    stub: Stub,
    address: StubAddress,
    args: &[ir::Value],
) -> Vec<ir::Value> {
    let call = call_address(builder, stub_signature(compiler, stub), address(stub), args);
    builder.inst_results(call).to_vec()
}

/// Calls the stub that does for the interpreter what the code is called for, and returns what it gives.
pub fn return_interpreted(
    compiler: &Compiler,
    builder: &mut FunctionBuilder,
    context: Context,
    stub: Stub,
    address: StubAddress,
) {
    let pair = call_stub(compiler, builder, stub, address, &context.values());
    builder.ins().return_(&pair);
}

/// The room that a call needs.
pub struct Room {
    /// The function calls native code, so that calls can nest until the stack ends.
    pub calls_native: bool,
    pub inlined_levels: u32,
    pub slots: u32,
}

/// Goes on in a new block if there is room for the call. Gives the block for calls without room.
pub fn check_room(builder: &mut FunctionBuilder, context: Context, room: &Room) -> ir::Block {
    let no_room = create_cold_block(builder);
    if room.calls_native {
        let pointer = builder.ins().get_stack_pointer(I64);
        let low = load(builder, I64, context.machine, MACHINE_STACK_LOW);
        go_on_unless(builder, IntCC::UnsignedLessThan, pointer, low, no_room);
    }
    let records = i64::from(room.inlined_levels) * i64::from(FRAME_BYTES);
    let last = builder.ins().iadd_imm_s(context.frame, records);
    let end = load(builder, I64, context.machine, MACHINE_FRAMES_END);
    go_on_unless(builder, IntCC::UnsignedGreaterThanOrEqual, last, end, no_room);
    let slots = i64::from(room.slots) * i64::from(VALUE_BYTES);
    let behind = builder.ins().iadd_imm_s(context.base, slots);
    let end = load(builder, I64, context.machine, MACHINE_STACK_END);
    go_on_unless(builder, IntCC::UnsignedGreaterThan, behind, end, no_room);
    no_room
}

/// Compares, and goes on in a new block, or in `other` if the comparison is true.
fn go_on_unless(builder: &mut FunctionBuilder, cond: IntCC, a: ir::Value, b: ir::Value, other: ir::Block) {
    let next = builder.create_block();
    let is_other = builder.ins().icmp(cond, a, b);
    builder.ins().brif(is_other, other, &[], next, &[]);
    builder.switch_to_block(next);
}

/// Writes the record of a call but the position, which is written where something is called.
pub fn write_record(builder: &mut FunctionBuilder, context: Context, mode: u8, keeps_receiver: bool) {
    const MODE_SHIFT: i32 = (FRAME_MODE - FRAME_DST) * 8;
    const KEEPS_RECEIVER_SHIFT: i32 = (FRAME_KEEPS_RECEIVER - FRAME_DST) * 8;
    let Context { frame, linked, base, closure, .. } = context;
    for (value, offset) in [(linked, FRAME_FUNCTION), (base, FRAME_BASE), (closure, FRAME_CLOSURE)] {
        store(builder, value, frame, offset);
    }
    let flags = i64::from(mode) << MODE_SHIFT | i64::from(keeps_receiver) << KEEPS_RECEIVER_SHIFT;
    let flags = builder.ins().iconst(ir::types::I32, flags);
    store(builder, flags, frame, FRAME_DST);
}

/// Where the record of a call has what is passed as this parameter.
pub fn offset_in_record(param: u32) -> Option<i32> {
    match param {
        BASE_PARAM => Some(FRAME_BASE),
        LINKED_PARAM => Some(FRAME_FUNCTION),
        CLOSURE_PARAM => Some(FRAME_CLOSURE),
        _ => None,
    }
}

/// The tag of the values of a type, if it is the type of a scalar.
fn tag_of(ty: Ty) -> Option<u8> {
    match ty {
        Ty::Int => Some(tag::INT),
        Ty::Float => Some(tag::FLOAT),
        Ty::Bool => Some(tag::BOOL),
        Ty::Ptr | Ty::None => None,
    }
}

/// Stores scalars in their slots, as values.
pub fn store_scalars(builder: &mut FunctionBuilder, base: ir::Value, scalars: &[(u32, Ty)], values: &[ir::Value]) {
    for ((slot, ty), value) in scalars.iter().zip(values) {
        if let Some(tag) = tag_of(*ty) {
            store_value(builder, base, *slot, tag, *value);
        }
    }
}

/// Stores a value of a known kind in a slot.
pub fn store_value(builder: &mut FunctionBuilder, base: ir::Value, slot: u32, tag: u8, value: ir::Value) {
    let at = slot_offset(slot);
    let word = match builder.func.dfg.value_type(value) {
        I8 => word_of(builder, value),
        _ => value,
    };
    store_byte(builder, tag, base, at + VALUE_TAG);
    store(builder, word, base, at + VALUE_PAYLOAD);
}

/// Where a slot begins, from the first one on.
pub fn slot_offset(slot: u32) -> i32 {
    slot as i32 * VALUE_BYTES
}

/// Compiles code of type [`CallEntry`](ruff_core::jit::CallEntry) that calls the code in the cell at the address `cell`, which
/// takes these scalars, by slot and type. If one has another type, the call is interpreted.
///
/// # Errors
/// See [`CompileError`].
pub fn compile_wrapper(compiler: &Compiler, scalars: &[(u32, Ty)], cell: usize) -> Result<CompiledUnit, CompileError> {
    compile_wrapper_with(compiler, scalars, cell, super::stub_address)
}

pub(super) fn compile_wrapper_with(
    compiler: &Compiler,
    scalars: &[(u32, Ty)],
    cell: usize,
    address: StubAddress,
) -> Result<CompiledUnit, CompileError> {
    let signature = native_signature(compiler, std::iter::empty());
    let inner = native_signature(compiler, scalars.iter().map(|s| s.1));
    compiler.compile("wrapper", signature, |builder| {
        let context = enter(builder);
        let other = create_cold_block(builder);
        for (slot, ty) in scalars {
            let Some(expected) = tag_of(*ty) else { continue };
            let tag = load(builder, I8, context.base, slot_offset(*slot) + VALUE_TAG);
            let expected = builder.ins().iconst(I8, expected as i64);
            go_on_unless(builder, IntCC::NotEqual, tag, expected, other);
        }
        let mut args = context.values().to_vec();
        for (slot, ty) in scalars {
            let payload = slot_offset(*slot) + VALUE_PAYLOAD;
            let word = load(builder, I64, context.base, payload);
            args.push(value_of_word(builder, word, *ty));
        }
        let pair = call_cell(builder, inner, cell, &args);
        builder.ins().return_(&pair);
        builder.switch_to_block(other);
        return_interpreted(compiler, builder, context, Stub::Interpret, address);
    })
}

/// Compiles what a cell points to while its function has no code for these scalars: it stores them in their slots and has the
/// call interpreted.
///
/// # Errors
/// See [`CompileError`].
pub fn compile_thunk(compiler: &Compiler, scalars: &[(u32, Ty)]) -> Result<CompiledUnit, CompileError> {
    compile_thunk_with(compiler, scalars, super::stub_address)
}

pub(super) fn compile_thunk_with(
    compiler: &Compiler,
    scalars: &[(u32, Ty)],
    address: StubAddress,
) -> Result<CompiledUnit, CompileError> {
    let signature = native_signature(compiler, scalars.iter().map(|s| s.1));
    compiler.compile("thunk", signature, |builder| {
        let context = enter(builder);
        let block = builder.current_block().expect("it has been entered");
        let values = builder.block_params(block)[CONTEXT_PARAMS..].to_vec();
        store_scalars(builder, context.base, scalars, &values);
        return_interpreted(compiler, builder, context, Stub::Interpret, address);
    })
}

/// Compiles what the cell of an older signature points to, which passed these scalars: it stores those that are not `passed` any more
/// in their slots, and calls the code in the cell at the address `cell` with the others.
///
/// # Errors
/// See [`CompileError`].
pub fn compile_adapter(
    compiler: &Compiler,
    scalars: &[(u32, Ty)],
    passed: &[(u32, Ty)],
    cell: usize,
) -> Result<CompiledUnit, CompileError> {
    let signature = native_signature(compiler, scalars.iter().map(|s| s.1));
    let inner = native_signature(compiler, passed.iter().map(|s| s.1));
    compiler.compile("adapter", signature, |builder| {
        let context = enter(builder);
        let block = builder.current_block().expect("it has been entered");
        let values = builder.block_params(block)[CONTEXT_PARAMS..].to_vec();
        let mut args = context.values().to_vec();
        for (scalar, value) in scalars.iter().zip(values) {
            match passed.contains(scalar) {
                true => args.push(value),
                false => store_scalars(builder, context.base, &[*scalar], &[value]),
            }
        }
        let pair = call_cell(builder, inner, cell, &args);
        builder.ins().return_(&pair);
    })
}

/// Creates the entry block and goes on there.
pub fn enter(builder: &mut FunctionBuilder) -> Context {
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    Context::new(builder.block_params(block))
}

/// Calls the native code whose address is in a cell.
pub fn call_cell(
    builder: &mut FunctionBuilder,
    signature: Signature,
    cell: usize,
    args: &[ir::Value],
) -> Vec<ir::Value> {
    let signature = builder.import_signature(signature);
    let cell = builder.ins().iconst(I64, cell as i64);
    let code = load(builder, I64, cell, 0);
    let call = builder.ins().call_indirect(signature, code, args);
    builder.inst_results(call).to_vec()
}

/// Calls the code at an address, the first argument, as the engine does.
pub fn call_entry(compiler: &Compiler, builder: &mut FunctionBuilder, args: &[ir::Value]) -> Vec<ir::Value> {
    let signature = compiler.stub_signature(&[I64; CONTEXT_PARAMS], &[I64, I64]);
    let signature = builder.import_signature(signature);
    let (code, args) = args.split_first().expect("the first argument is the code");
    let call = builder.ins().call_indirect(signature, *code, args);
    builder.inst_results(call).to_vec()
}
