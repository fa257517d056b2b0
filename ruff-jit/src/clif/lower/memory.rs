//! Memory accesses, and the words that the engine shares with native code. No access traps: guards stand before it.

use super::super::FunctionBuilder;
use super::super::ir::{
    self, InstBuilder, MemFlagsData,
    types::{F64, I8, I32, I64},
};
use crate::hir::{Ty, Width};

/// Loads a value of that type.
pub fn load(builder: &mut FunctionBuilder, ty: ir::Type, address: ir::Value, offset: i32) -> ir::Value {
    builder.ins().load(ty, MemFlagsData::trusted(), address, offset)
}

/// Stores a value.
pub fn store(builder: &mut FunctionBuilder, value: ir::Value, address: ir::Value, offset: i32) {
    builder.ins().store(MemFlagsData::trusted(), value, address, offset);
}

/// Stores a byte that is known.
pub fn store_byte(builder: &mut FunctionBuilder, byte: u8, address: ir::Value, offset: i32) {
    let byte = builder.ins().iconst(I8, i64::from(byte));
    store(builder, byte, address, offset);
}

/// The type of a value.
pub fn type_of(ty: Ty) -> ir::Type {
    match ty {
        Ty::Int | Ty::Ptr | Ty::None => I64,
        Ty::Float => F64,
        Ty::Bool => I8,
    }
}

/// The type that an access has in memory.
pub fn type_in_memory(width: Width) -> ir::Type {
    match width {
        Width::Byte => I8,
        Width::Half => I32,
        Width::Word => I64,
        Width::Float => F64,
    }
}

/// A value as a word of 64 bits: truth values as 0 or 1, floats as their bits.
pub fn word_of(builder: &mut FunctionBuilder, value: ir::Value) -> ir::Value {
    match builder.func.dfg.value_type(value) {
        F64 => builder.ins().bitcast(I64, MemFlagsData::new(), value),
        I64 => value,
        _ => builder.ins().uextend(I64, value),
    }
}

/// What a word of 64 bits is as a value of a type.
pub fn value_of_word(builder: &mut FunctionBuilder, word: ir::Value, ty: Ty) -> ir::Value {
    match ty {
        Ty::Float => builder.ins().bitcast(F64, MemFlagsData::new(), word),
        Ty::Bool => builder.ins().ireduce(I8, word),
        Ty::Int | Ty::Ptr | Ty::None => word,
    }
}
