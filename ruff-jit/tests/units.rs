//! Units come and go without a trace. A test of its own process, because it looks at the memory of the process.

#![allow(unsafe_code)]
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use ruff_jit::clif::FunctionBuilder;
use ruff_jit::clif::ir::types::I64;
use ruff_jit::clif::ir::{InstBuilder, Value};
use ruff_jit::{CodeMemory, CompiledUnit, Compiler};
use std::time::{Duration, Instant};

const CYCLES: usize = if cfg!(debug_assertions) { 1_000 } else { 10_000 };
/// What the allocator of the process may keep beyond what it had after the first cycles.
const RESIDENT_GROWTH_MAX: usize = 4 << 20;

/// A polynomial of `terms` terms.
fn build(builder: &mut FunctionBuilder, terms: i64) {
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let x = builder.block_params(block)[0];
    let mut sum: Value = builder.ins().iconst(I64, 0);
    for term in 0..terms {
        let factor = builder.ins().iconst(I64, term + 1);
        let product = builder.ins().imul(sum, x);
        sum = builder.ins().iadd(product, factor);
    }
    builder.ins().return_(&[sum]);
}

fn compile(compiler: &Compiler, terms: i64) -> CompiledUnit {
    let signature = compiler.stub_signature(&[I64], &[I64]);
    compiler.compile("polynomial", signature, |builder| build(builder, terms)).unwrap()
}

fn run(unit: &CompiledUnit, x: i64) -> i64 {
    // SAFETY: `compile` gives functions of this type, and the unit is alive.
    unsafe { std::mem::transmute::<*const u8, extern "C" fn(i64) -> i64>(unit.entry().as_ptr())(x) }
}

fn evaluate(terms: i64, x: i64) -> i64 {
    (0..terms).fold(0i64, |sum, term| sum.wrapping_mul(x).wrapping_add(term + 1))
}

fn resident_bytes() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn compiled_and_dropped_units_leave_no_memory_behind() {
    let compiler = Compiler::new(CodeMemory::new(1 << 20).unwrap()).unwrap();
    let (mut instructions, mut time) = (0, Duration::ZERO);
    let mut resident_before = 0;
    for cycle in 0..CYCLES {
        let terms = 1 + (cycle % 40) as i64;
        let start = Instant::now();
        let unit = compile(&compiler, terms);
        time += start.elapsed();
        instructions += unit.clif_instructions();
        assert_eq!(run(&unit, 3), evaluate(terms, 3));
        if cycle == CYCLES / 10 {
            resident_before = resident_bytes();
        }
    }
    let memory = compiler.memory();
    assert_eq!((memory.used_bytes(), memory.units(), memory.free_runs()), (0, 0, 1));
    let grown = resident_bytes().saturating_sub(resident_before);
    assert!(grown < RESIDENT_GROWTH_MAX, "{grown} bytes more after {CYCLES} units");
    println!("{:.2} µs per IR instruction", time.as_secs_f64() * 1e6 / instructions as f64);
}
