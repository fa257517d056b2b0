//! Memory accesses: flags by region, and the words that the engine shares with native code.

use super::super::FunctionBuilder;
use super::super::ir::{
    self, AliasRegion, AliasRegionData, InstBuilder, MemFlagsData,
    types::{F64, I8, I32, I64},
};
use crate::hir::{Region, Ty, Width};
use ruff_core::jit::layout::FRAME_BYTES;

/// The alias regions of a function: those of HIR, that of the cells with the addresses of code, and what the record of its call
/// keeps of its parameters.
pub struct Memory {
    regions: [AliasRegion; Region::ALL.len()],
    code_cells: AliasRegion,
    /// One for each word, so that neither hides what is known of another.
    own_record: [AliasRegion; OWN_RECORD_WORDS],
}

/// The words of a record that keep parameters are among the first of it.
const OWN_RECORD_WORDS: usize = FRAME_BYTES as usize / 8;

impl Memory {
    pub fn new(builder: &mut FunctionBuilder) -> Memory {
        let mut declare = |user_id: usize, description: String| {
            let data = AliasRegionData { user_id: user_id as u32, description: description.into() };
            builder.func.dfg.alias_regions.insert(data)
        };
        Memory {
            regions: Region::ALL.map(|region| declare(region as usize, format!("{region:?}"))),
            code_cells: declare(Region::ALL.len(), "CodeCells".to_string()),
            own_record: std::array::from_fn(|i| declare(Region::ALL.len() + 1 + i, format!("OwnRecord{i}"))),
        }
    }

    /// The flags of an access. No access traps: guards stand before it. A load of what does not change may move to wherever its
    /// address is known if `is_valid` says that the address is valid everywhere.
    pub fn flags(&self, region: Region, is_load: bool, is_valid: bool) -> MemFlagsData {
        let flags = MemFlagsData::trusted().with_alias_region(Some(self.regions[region as usize]));
        match (region, is_load, is_valid) {
            (Region::Constant, true, true) => flags.with_readonly().with_can_move(),
            (Region::Constant, true, false) => flags.with_readonly(),
            _ => flags,
        }
    }

    pub fn code_cell_flags(&self) -> MemFlagsData {
        MemFlagsData::trusted().with_alias_region(Some(self.code_cells))
    }

    /// The flags of accesses to what the record of the call keeps of its parameters.
    pub fn own_record_flags(&self, offset: i32) -> MemFlagsData {
        MemFlagsData::trusted().with_alias_region(Some(self.own_record[offset as usize / 8]))
    }

    pub fn load_word(
        &self,
        builder: &mut FunctionBuilder,
        region: Region,
        address: ir::Value,
        offset: i32,
    ) -> ir::Value {
        builder.ins().load(I64, self.flags(region, true, false), address, offset)
    }

    pub fn store(
        &self,
        builder: &mut FunctionBuilder,
        region: Region,
        value: ir::Value,
        address: ir::Value,
        offset: i32,
    ) {
        builder.ins().store(self.flags(region, false, false), value, address, offset);
    }

    /// Stores a byte that is known.
    pub fn store_byte(&self, builder: &mut FunctionBuilder, region: Region, byte: u8, address: ir::Value, offset: i32) {
        let byte = builder.ins().iconst(I8, byte as i64);
        self.store(builder, region, byte, address, offset);
    }
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
