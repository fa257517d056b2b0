//! Functions by hand, of the shapes that the tier will make.

#![allow(unsafe_code)]

use super::ir::condcodes::IntCC;
use super::ir::types::{F64, I64};
use super::ir::{BlockArg, Value};
use super::*;
use crate::code::CodeMemory;

fn compiler() -> Compiler {
    Compiler::new(CodeMemory::new(8 << 20).unwrap()).unwrap()
}

/// A result with what it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
struct Pair {
    payload: i64,
    tag: i64,
}

const OK: i64 = 0;
const OVERFLOW: i64 = 1;

/// # Safety
/// The unit is an `extern "C"` function from an `i64` to a pair.
unsafe fn call_with_int(unit: &CompiledUnit, n: i64) -> Pair {
    // SAFETY: as the caller promises; the unit is alive.
    unsafe { std::mem::transmute::<NonNull<u8>, extern "C" fn(i64) -> Pair>(unit.entry())(n) }
}

/// Goes on in the block that it returns if `(sum, overflowed)` did not overflow.
fn guard_overflow(builder: &mut FunctionBuilder, (sum, overflowed): (Value, Value), exit: ir::Block) -> Value {
    let next = builder.create_block();
    builder.ins().brif(overflowed, exit, &[], next, &[]);
    builder.switch_to_block(next);
    sum
}

/// Calls `fib` and goes on with its payload if its tag is [`OK`].
fn call_fib(builder: &mut FunctionBuilder, fib: FuncRef, n: Value, exit: ir::Block) -> Value {
    let call = builder.ins().call(fib, &[n]);
    let &[payload, tag] = builder.inst_results(call) else { panic!("fib returns a pair") };
    let next = builder.create_block();
    builder.ins().brif(tag, exit, &[], next, &[]);
    builder.switch_to_block(next);
    payload
}

fn return_pair(builder: &mut FunctionBuilder, payload: Value, tag: i64) {
    let tag = builder.ins().iconst(I64, tag);
    builder.ins().return_(&[payload, tag]);
}

/// `fib(n - 1) + fib(n - 2)`, where every operation is checked and overflow is a tag, as the tier has it.
fn build_fib(builder: &mut FunctionBuilder) {
    let fib = import_self(builder);
    let entry = builder.create_block();
    let (small, large) = (builder.create_block(), builder.create_block());
    let exit = create_cold_block(builder);
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let n = builder.block_params(entry)[0];
    let is_small = builder.ins().icmp_imm_s(IntCC::SignedLessThan, n, 2);
    builder.ins().brif(is_small, small, &[], large, &[]);

    builder.switch_to_block(small);
    return_pair(builder, n, OK);

    builder.switch_to_block(large);
    let (one, two) = (builder.ins().iconst(I64, 1), builder.ins().iconst(I64, 2));
    let less_one = builder.ins().ssub_overflow(n, one);
    let less_one = guard_overflow(builder, less_one, exit);
    let x = call_fib(builder, fib, less_one, exit);
    let less_two = builder.ins().ssub_overflow(n, two);
    let less_two = guard_overflow(builder, less_two, exit);
    let y = call_fib(builder, fib, less_two, exit);
    let sum = builder.ins().sadd_overflow(x, y);
    let sum = guard_overflow(builder, sum, exit);
    return_pair(builder, sum, OK);

    builder.switch_to_block(exit);
    let zero = builder.ins().iconst(I64, 0);
    return_pair(builder, zero, OVERFLOW);
}

fn compile_fib(compiler: &Compiler) -> CompiledUnit {
    compiler.compile("fib", compiler.stub_signature(&[I64], &[I64, I64]), build_fib).unwrap()
}

fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[test]
fn recursion_with_checks_agrees_with_rust() {
    let unit = compile_fib(&compiler());
    for n in [-5, 0, 1, 2, 3, 10, 24] {
        // SAFETY: the signature is that of the function.
        assert_eq!(unsafe { call_with_int(&unit, n) }, Pair { payload: fib(n), tag: OK }, "fib({n})");
    }
}

#[test]
fn native_code_calls_native_code_through_an_entry() {
    let compiler = compiler();
    let signature = compiler.native_signature(&[I64], &[I64, I64]);
    let inner = compiler.compile("fib", signature.clone(), build_fib).unwrap();
    let entry = compiler.compile("entry", compiler.stub_signature(&[I64], &[I64, I64]), |builder| {
        let block = builder.create_block();
        builder.append_block_params_for_function_params(block);
        builder.switch_to_block(block);
        let n = builder.block_params(block)[0];
        let call = call_address(builder, signature, inner.entry(), &[n]);
        let results = builder.inst_results(call).to_vec();
        builder.ins().return_(&results);
    });
    // SAFETY: the signature is that of the function, and `inner` is alive.
    assert_eq!(unsafe { call_with_int(&entry.unwrap(), 20) }, Pair { payload: fib(20), tag: OK });
}

/// Sums `0..n` by a stub, or by itself if there is none; overflow leaves through a cold block.
fn build_sum(builder: &mut FunctionBuilder, stub: Option<(Signature, NonNull<u8>)>) {
    let entry = builder.create_block();
    let (head, body, done) = (builder.create_block(), builder.create_block(), builder.create_block());
    let exit = create_cold_block(builder);
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let n = builder.block_params(entry)[0];
    let zero = builder.ins().iconst(I64, 0);
    builder.ins().jump(head, &[BlockArg::Value(zero), BlockArg::Value(zero)]);

    let (i, sum) = (builder.append_block_param(head, I64), builder.append_block_param(head, I64));
    builder.switch_to_block(head);
    let goes_on = builder.ins().icmp(IntCC::SignedLessThan, i, n);
    builder.ins().brif(goes_on, body, &[], done, &[]);

    builder.switch_to_block(body);
    let next = match stub {
        Some((signature, address)) => {
            let call = call_address(builder, signature, address, &[sum, i]);
            builder.inst_results(call)[0]
        }
        None => {
            let next = builder.ins().sadd_overflow(sum, i);
            guard_overflow(builder, next, exit)
        }
    };
    let after = builder.ins().iadd_imm_s(i, 1);
    builder.ins().jump(head, &[BlockArg::Value(after), BlockArg::Value(next)]);

    builder.switch_to_block(done);
    return_pair(builder, sum, OK);
    builder.switch_to_block(exit);
    return_pair(builder, sum, OVERFLOW);
}

extern "C" fn add_stub(x: i64, y: i64) -> i64 {
    x.wrapping_add(y)
}

#[test]
fn a_loop_calls_a_stub() {
    let compiler = compiler();
    let stub = compiler.stub_signature(&[I64, I64], &[I64]);
    let address = NonNull::new((add_stub as *mut ()).cast::<u8>()).unwrap();
    let signature = compiler.stub_signature(&[I64], &[I64, I64]);
    let unit = compiler.compile("sum", signature, |b| build_sum(b, Some((stub, address)))).unwrap();
    // SAFETY: the signature is that of the function.
    assert_eq!(unsafe { call_with_int(&unit, 1000) }, Pair { payload: 499_500, tag: OK });
}

/// Uses registers of all kinds.
extern "C" fn busy_stub(x: i64, y: f64) -> Pair {
    let floats: [f64; 32] = std::array::from_fn(|i| std::hint::black_box(y) * i as f64);
    Pair { payload: x + floats.iter().sum::<f64>() as i64, tag: x }
}

#[test]
fn a_trampoline_changes_no_register() {
    const VALUES: i64 = 24;
    let compiler = compiler();
    let stub = compiler.stub_signature(&[I64, F64], &[I64, I64]);
    let address = NonNull::new((busy_stub as *mut ()).cast::<u8>()).unwrap();
    let signature = compiler.stub_signature(&[I64], &[I64, I64]);
    let unit = compiler.compile("caller", signature, |builder| {
        let block = builder.create_block();
        builder.append_block_params_for_function_params(block);
        builder.switch_to_block(block);
        let n = builder.block_params(block)[0];
        // More ints and floats than there are registers live across both calls.
        let ints: Vec<Value> = (0..VALUES).map(|k| builder.ins().iadd_imm_s(n, k)).collect();
        let floats: Vec<Value> = ints.iter().map(|int| builder.ins().fcvt_from_sint(F64, *int)).collect();
        let mut slot = ResultSlot::default();
        let first = compiler.call_preserving(builder, &stub, address, &[n, floats[1]], &mut slot);
        let second = compiler.call_preserving(builder, &stub, address, &[first[0], floats[2]], &mut slot);
        let mut sum = builder.ins().iadd(second[0], second[1]);
        for (int, float) in ints.iter().zip(&floats) {
            let float = builder.ins().fcvt_to_sint_sat(I64, *float);
            let both = builder.ins().iadd(*int, float);
            sum = builder.ins().iadd(sum, both);
        }
        return_pair(builder, sum, OK);
    });
    let n = 5;
    let busy = |x: i64, y: i64| x + (0..32).map(|i| i * y).sum::<i64>();
    let (first, values) = (busy(n, n + 1), (0..VALUES).map(|k| 2 * (n + k)).sum::<i64>());
    // SAFETY: the signature is that of the function.
    let result = unsafe { call_with_int(&unit.unwrap(), n) };
    assert_eq!(result.payload, busy(first, n + 2) + first + values);
    assert_eq!(compiler.memory().units(), 1, "the trampoline stays, for all calls");
}

#[test]
fn a_listing_shows_each_stage() {
    let compiler = compiler();
    let signature = compiler.stub_signature(&[I64], &[I64, I64]);
    let (unit, listing) = compiler.compile_with_listing("sum", signature, |b| build_sum(b, None)).unwrap();
    assert!(listing.clif.contains("sadd_overflow") && listing.clif.contains("cold"), "{}", listing.clif);
    assert!(listing.optimised.starts_with("function"), "{}", listing.optimised);
    assert!(listing.asm.contains("ret"), "{}", listing.asm);
    assert_eq!((unit.name(), unit.clif_instructions() > 8, unit.code_bytes() > 20), ("sum", true, true));
    // SAFETY: the signature is that of the function.
    assert_eq!(unsafe { call_with_int(&unit, 10) }, Pair { payload: 45, tag: OK });
}

#[test]
fn one_compiler_serves_several_threads() {
    let compiler = compiler();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..10 {
                    let unit = compile_fib(&compiler);
                    // SAFETY: the signature is that of the function.
                    assert_eq!(unsafe { call_with_int(&unit, n) }.payload, fib(n));
                }
            });
        }
    });
    assert_eq!((compiler.memory().units(), compiler.memory().free_runs()), (0, 1));
}

#[test]
fn code_of_one_thread_runs_on_another() {
    let unit = compile_fib(&compiler());
    // SAFETY: the signature is that of the function.
    let other = std::thread::scope(|scope| scope.spawn(|| unsafe { call_with_int(&unit, 15) }).join().unwrap());
    assert_eq!(other.payload, fib(15));
}

#[test]
fn without_room_there_is_an_error_and_no_unit() {
    let compiler = Compiler::new(CodeMemory::new(64).unwrap()).unwrap();
    let signature = compiler.stub_signature(&[I64], &[I64, I64]);
    let error = compiler.compile("fib", signature, build_fib).unwrap_err();
    assert!(matches!(error, CompileError::Memory(CodeError::LimitExceeded { limit: 64, .. })), "{error}");
    assert_eq!(compiler.memory().units(), 0);
}

#[test]
fn a_function_that_is_too_large_is_refused_by_size() {
    let compiler = compiler();
    let error = compiler.compile("long", compiler.stub_signature(&[I64], &[I64]), |builder| {
        let block = builder.create_block();
        builder.append_block_params_for_function_params(block);
        builder.switch_to_block(block);
        let mut value = builder.block_params(block)[0];
        for _ in 0..INSTRUCTIONS_MAX {
            value = builder.ins().imul(value, value);
        }
        builder.ins().return_(&[value]);
    });
    let message = error.unwrap_err().to_string();
    assert_eq!(message, "long is too large to compile: 20001 instructions");
}

/// Cranelift verifies where there are debug assertions, and trusts its input elsewhere.
#[cfg(debug_assertions)]
#[test]
fn ir_of_a_wrong_type_is_rejected() {
    let compiler = compiler();
    let result = compiler.compile("wrong", compiler.stub_signature(&[I64], &[I64]), |builder| {
        let block = builder.create_block();
        builder.append_block_params_for_function_params(block);
        builder.switch_to_block(block);
        builder.ins().return_(&[]);
    });
    assert!(matches!(result, Err(CompileError::Rejected { .. })));
}
