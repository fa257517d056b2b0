//! From HIR to Cranelift's IR: one function at a time, each instruction to a few of Cranelift's.
//!
//! Guards become branches to cold blocks, one for each exit of HIR, which store what the exit says and hand over to the
//! interpreter. What only exits need is computed in them ([`plan`]). [`entry`] is what surrounds a function: the check for room,
//! the record of its call, wrappers and thunks.

mod divide;
mod entry;
mod exit;
mod inst;
pub mod memory;
mod plan;
mod recompute;
#[cfg(all(test, unix, target_arch = "x86_64"))]
mod tests;

pub use entry::{compile_adapter, compile_thunk, compile_wrapper};

use super::ir::condcodes::CondCode;
use super::ir::{self, BlockArg, InstBuilder};
use super::{CompileError, CompiledUnit, Compiler, FunctionBuilder, Listing, ResultSlot};
use crate::hir::{self, Block, Entry, ExitId, Function, Target, Terminator, Ty, Val};
use entry::{CONTEXT_PARAMS, Context, Room};
use exit::Way;
use memory::{load, type_of, word_of};
use plan::{Place, Plan};
use ruff_core::jit::layout::{MODE_EXIT, MODE_GENERATOR_EXIT};
use ruff_core::jit::{ExitPoint, ExitReason, Stub, TAG_RESUME};
use rustc_hash::FxHashMap;
use std::ptr::NonNull;

/// Where the code of a stub is.
type StubAddress = fn(Stub) -> NonNull<u8>;

fn stub_address(stub: Stub) -> NonNull<u8> {
    NonNull::new(std::ptr::with_exposed_provenance_mut(stub.address())).expect("functions have addresses")
}

/// Compiles a function. `exits` are the ways out that its exits stand for, in their order; they must live as long as the code.
///
/// Code for [`Entry::Loop`] is of type [`LoopEntry`](ruff_core::jit::LoopEntry); code for [`Entry::Call`] is called through cells
/// and by [`compile_wrapper`], or, if it has no scalars, as a [`CallEntry`](ruff_core::jit::CallEntry).
///
/// # Errors
/// See [`CompileError`].
///
/// # Panics
/// On HIR that is not well formed: see [`hir::verify`].
pub fn compile(
    compiler: &Compiler,
    function: &Function,
    exits: &[Box<ExitPoint>],
    listing: bool,
) -> Result<(CompiledUnit, Option<Listing>), CompileError> {
    compile_with(compiler, function, exits, listing, stub_address)
}

fn compile_with(
    compiler: &Compiler,
    function: &Function,
    exits: &[Box<ExitPoint>],
    listing: bool,
    stubs: StubAddress,
) -> Result<(CompiledUnit, Option<Listing>), CompileError> {
    assert_eq!(exits.len(), function.exits.len(), "each exit of {} has its way out", function.name);
    let scalars = scalars(function);
    let types = scalars.iter().map(|s| s.1);
    let signature = entry::native_signature(compiler, types);
    let build = |builder: &mut FunctionBuilder| Lowering::new(compiler, builder, function, exits, stubs).run(&scalars);
    if listing {
        let (unit, listing) = compiler.compile_with_listing(&function.name, signature, build)?;
        Ok((unit, Some(listing)))
    } else {
        Ok((compiler.compile(&function.name, signature, build)?, None))
    }
}

/// The scalar parameters of a function, by slot and type.
fn scalars(function: &Function) -> Vec<(u32, Ty)> {
    let params = &function.block(Block(0)).params;
    let types = params.iter().skip(CONTEXT_PARAMS).map(|val| function.ty(*val));
    function.scalars.iter().copied().zip(types).collect()
}

/// A function that is being lowered.
struct Lowering<'a, 'b> {
    compiler: &'a Compiler,
    builder: &'a mut FunctionBuilder<'b>,
    function: &'a Function,
    points: &'a [Box<ExitPoint>],
    stubs: StubAddress,
    plan: Plan,
    context: Context,
    blocks: Vec<Option<ir::Block>>,
    values: Vec<Option<ir::Value>>,
    /// Values that were read from narrow words, as they were read: comparisons with constants use them. They are extended where
    /// they are used otherwise.
    narrow: FxHashMap<Val, ir::Value>,
    /// What is computed anew in each block that uses it, as far as it is in the present one.
    local: FxHashMap<Val, ir::Value>,
    /// The second results of calls.
    seconds: FxHashMap<Val, ir::Value>,
    results: ResultSlot,
    /// The blocks that guards go to, by exit, reason, and whether there is a record then.
    exit_blocks: FxHashMap<(ExitId, ExitReason, bool), ir::Block>,
    ways: Vec<Way>,
    /// Where all exits hand over.
    leave: Option<ir::Block>,
    /// The block that is being lowered has a record.
    is_recorded: bool,
    /// The block that is being lowered is seldom entered.
    is_cold: bool,
}

impl<'a, 'b> Lowering<'a, 'b> {
    fn new(
        compiler: &'a Compiler,
        builder: &'a mut FunctionBuilder<'b>,
        function: &'a Function,
        points: &'a [Box<ExitPoint>],
        stubs: StubAddress,
    ) -> Lowering<'a, 'b> {
        let context = entry::enter(builder);
        Lowering {
            compiler,
            builder,
            function,
            points,
            stubs,
            plan: Plan::new(function),
            context,
            blocks: vec![None; function.blocks.len()],
            values: vec![None; function.values.len()],
            narrow: FxHashMap::default(),
            local: FxHashMap::default(),
            seconds: FxHashMap::default(),
            results: ResultSlot::default(),
            exit_blocks: FxHashMap::default(),
            ways: Vec::new(),
            leave: None,
            is_recorded: false,
            is_cold: false,
        }
    }

    fn run(mut self, scalars: &[(u32, Ty)]) {
        self.create_blocks();
        self.lower_entry(scalars);
        for block in self.plan.order.clone() {
            self.lower_block(block);
        }
        self.lower_exits();
    }

    fn create_blocks(&mut self) {
        for block in &self.plan.order {
            let code = self.builder.create_block();
            let block_data = self.function.block(*block);
            if block_data.is_cold {
                self.builder.set_cold_block(code);
            }
            for param in &block_data.params {
                let ty = type_of(self.function.ty(*param));
                self.values[param.0 as usize] = Some(self.builder.append_block_param(code, ty));
            }
            self.blocks[block.0 as usize] = Some(code);
        }
    }

    /// From the entry of the code to the first block.
    fn lower_entry(&mut self, scalars: &[(u32, Ty)]) {
        let entry = self.builder.current_block().expect("the entry has been created");
        let params = self.builder.block_params(entry).to_vec();
        let args: Vec<BlockArg> = params.iter().map(|value| BlockArg::Value(*value)).collect();
        let first = self.block(Block(0));
        let has_own_record = self.function.entry.has_own_record();
        if !has_own_record && self.function.inlined_levels == 0 {
            self.builder.ins().jump(first, &args);
            return;
        }
        let room = Room {
            // The engine has looked at the stack before it enters a loop.
            calls_native: has_own_record && self.plan.calls_native,
            inlined_levels: self.function.inlined_levels,
            slots: self.function.slots,
        };
        let no_room = entry::check_room(self.builder, self.context, &room);
        self.builder.ins().jump(first, &args);
        self.switch_to(no_room);
        if !has_own_record {
            let nothing = self.builder.ins().iconst(ir::types::I64, 0);
            let resume = self.builder.ins().iconst(ir::types::I64, i64::from(TAG_RESUME));
            self.builder.ins().return_(&[nothing, resume]);
            return;
        }
        let scalar_values = &params[CONTEXT_PARAMS..];
        entry::store_scalars(self.builder, self.context.base, scalars, scalar_values);
        let stub = if self.function.entry == Entry::Resume { Stub::Resume } else { Stub::Interpret };
        entry::return_interpreted(self.compiler, self.builder, self.context, stub, self.stubs);
    }

    fn lower_block(&mut self, block: Block) {
        let code = self.block(block);
        self.switch_to(code);
        self.is_recorded = self.plan.is_recorded(block);
        self.is_cold = self.function.block(block).is_cold;
        if self.plan.record_at == Some(block) {
            self.write_record();
        }
        let data = self.function.block(block);
        for val in &data.insts {
            if self.plan.place(*val) == Place::Here {
                self.lower_inst(*val);
            }
        }
        self.lower_end(&data.end);
    }

    fn lower_end(&mut self, end: &Terminator) {
        match end {
            Terminator::Jump(target) => {
                let (block, args) = self.target(target);
                self.builder.ins().jump(block, &args);
            }
            Terminator::Branch(condition, yes, no) => {
                let (condition, is_inverted) = self.condition(*condition);
                let (yes, no) = if is_inverted { (no, yes) } else { (yes, no) };
                // Cranelift lays out the second target first.
                let is_swapped = self.plan.is_farther(self.function, no.block, yes.block);
                let (condition, yes, no) =
                    if is_swapped { (self.inverse(condition), no, yes) } else { (condition, yes, no) };
                let (yes, yes_args) = self.target(yes);
                let (no, no_args) = self.target(no);
                self.builder.ins().brif(condition, yes, &yes_args, no, &no_args);
            }
            Terminator::Return(payload, tag) => {
                let (payload, tag) = (self.value(*payload), self.value(*tag));
                let pair = [word_of(self.builder, payload), word_of(self.builder, tag)];
                self.builder.ins().return_(&pair);
            }
            Terminator::Exit(exit, reason) => {
                let exit = self.exit_block(*exit, *reason);
                self.builder.ins().jump(exit, &[]);
            }
        }
    }

    fn target(&mut self, target: &Target) -> (ir::Block, Vec<BlockArg>) {
        let args = target.args.iter().map(|val| BlockArg::Value(self.value(*val))).collect();
        (self.block(target.block), args)
    }

    fn block(&self, block: Block) -> ir::Block {
        self.blocks[block.0 as usize].expect("the block can be reached")
    }

    fn write_record(&mut self) {
        let mode = if self.function.entry == Entry::Resume { MODE_GENERATOR_EXIT } else { MODE_EXIT };
        entry::write_record(self.builder, self.context, mode, self.function.keeps_receiver);
    }

    fn value(&mut self, val: Val) -> ir::Value {
        if let Some(value) = self.local_value(val) {
            return value;
        }
        match self.values[val.0 as usize] {
            Some(value) => value,
            None => panic!("{val:?} of {} is used before it is defined", self.function.name),
        }
    }

    /// Constants, narrow words and what is in the record are cheaper to have anew in each block than to keep in registers.
    fn local_value(&mut self, val: Val) -> Option<ir::Value> {
        if let Some(value) = self.local.get(&val) {
            return Some(*value);
        }
        let value = match self.function.inst(val) {
            hir::Inst::Int(int) => self.builder.ins().iconst(ir::types::I64, *int),
            hir::Inst::Address(address) => self.builder.ins().iconst(ir::types::I64, *address as i64),
            hir::Inst::Bool(is_true) => self.builder.ins().iconst(ir::types::I8, i64::from(*is_true)),
            hir::Inst::Float(bits) if self.is_cold || self.values[val.0 as usize].is_none() => {
                self.builder.ins().f64const(ir::immediates::Ieee64::with_bits(*bits))
            }
            hir::Inst::Param(Block(0), index) if self.is_recorded && self.plan.reads_record => {
                self.read_record(entry::offset_in_record(*index)?)
            }
            _ => word_of(self.builder, *self.narrow.get(&val)?),
        };
        self.local.insert(val, value);
        Some(value)
    }

    /// Goes on in another block.
    fn switch_to(&mut self, block: ir::Block) {
        self.local.clear();
        self.builder.switch_to_block(block);
    }

    /// The opposite of a truth value. That of a comparison is one too.
    fn inverse(&mut self, condition: ir::Value) -> ir::Value {
        let definition = self.builder.func.dfg.value_def(condition).inst();
        match definition.map(|inst| self.builder.func.dfg.insts[inst]) {
            Some(ir::InstructionData::IntCompare { cond, args: [a, b], .. }) => {
                self.builder.ins().icmp(cond.complement(), a, b)
            }
            Some(ir::InstructionData::FloatCompare { cond, args: [a, b], .. }) => {
                self.builder.ins().fcmp(cond.complement(), a, b)
            }
            _ => self.builder.ins().icmp_imm_s(ir::condcodes::IntCC::Equal, condition, 0),
        }
    }

    fn read_record(&mut self, offset: i32) -> ir::Value {
        load(self.builder, ir::types::I64, self.context.frame, offset)
    }

    /// The value that a branch depends on, and whether it goes the other way: it looks through negations.
    fn condition(&mut self, mut condition: Val) -> (ir::Value, bool) {
        let mut is_inverted = false;
        while let hir::Inst::Unary(hir::Unary::BoolNot, inner) = self.function.inst(condition) {
            condition = *inner;
            is_inverted = !is_inverted;
        }
        (self.value(condition), is_inverted)
    }
}
