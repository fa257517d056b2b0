#![allow(unsafe_code)]

use super::*;
use crate::hir::sample::Sample;
use crate::hir::{Binary, Checked, Cond, Region};
use ruff_core::jit::Stub;

const SETTING: Setting = Setting { quantum_offset: 8, steps_max: 10_000, memory: None };

fn address<T>(place: &mut T) -> u64 {
    (&raw mut *place).expose_provenance() as u64
}

#[test]
fn a_loop_sums() {
    let mut s = Sample::new(&[Ty::Int]);
    let (header, params) = s.block(&[Ty::Int, Ty::Int]);
    let (body, after) = (s.block(&[]).0, s.block(&[]).0);
    let (zero, one) = (s.int(0), s.int(1));
    let exit = s.exit(0, &[]);
    s.jump(header, &[zero, zero]);
    s.at = header;
    let less = s.cmp(Cond::Lt, params[0], Val(0));
    s.branch(less, (body, &[]), (after, &[]));
    s.at = body;
    let sum = s.checked(Checked::Add, params[1], params[0], exit);
    let next = s.op(Binary::Add, params[0], one);
    s.jump(header, &[next, sum]);
    s.at = after;
    s.ret(params[1], one);
    // SAFETY: it accesses no memory and calls nothing.
    let outcome = unsafe { evaluate(&s.f, &[10], &SETTING) };
    assert_eq!(outcome, Ok(Outcome::Returned { payload: 45, tag: 1 }));
    // SAFETY: the same.
    let endless = unsafe { evaluate(&s.f, &[10], &Setting { steps_max: 20, ..SETTING }) };
    assert_eq!(endless, Err(EvalError::Endless));
}

#[test]
fn exits_store_their_slots() {
    let mut machine = [0u64; 2];
    let mut slots = [0xAAAA_AAAA_AAAA_AAAAu64; 14];
    let mut object = [7u32; 2];
    let mut s = Sample::new(&[Ty::Ptr, Ty::Ptr, Ty::Ptr, Ty::Ptr]);
    let (five, truth) = (s.int(5), s.bool(true));
    let half = s.add(Inst::Float(0.5f64.to_bits()), Ty::Float);
    let values = [
        (0, SlotValue::Int(five)),
        (1, SlotValue::Float(half)),
        (2, SlotValue::Bool(truth)),
        (3, SlotValue::Null),
        (4, SlotValue::Tagged(five, five)),
        (5, SlotValue::Shared(tag::ARRAY, Val(3))),
        (6, SlotValue::SharedPair(five, Val(3))),
    ];
    let exit = s.exit(0, &values);
    s.f.exits[0].quantum = Some(five);
    let wrong = s.cmp(Cond::Ne, five, five);
    s.guard(wrong, exit, ExitReason::Shape);
    s.ret(five, five);
    let args = [address(&mut machine), 0, address(&mut slots), address(&mut object)];
    // SAFETY: the base has room for seven slots, and the machine has its quantum.
    let outcome = unsafe { evaluate(&s.f, &args, &SETTING) };
    assert_eq!(outcome, Ok(Outcome::Exited { exit, reason: ExitReason::Shape }));
    let tags: Vec<u8> = slots.iter().step_by(2).map(|word| *word as u8).collect();
    assert_eq!(tags, [tag::INT, tag::FLOAT, tag::BOOL, tag::NULL, 5, tag::ARRAY, 5]);
    let payloads: Vec<u64> = slots.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(payloads, [5, 0.5f64.to_bits(), 1, 0xAAAA_AAAA_AAAA_AAAA, 5, args[3], args[3]]);
    assert_eq!((machine, object), ([0, 5], [7, 7]), "the machine counts what is shared");
}

#[test]
fn narrow_accesses_extend_with_zeros() {
    let mut memory = [u64::MAX; 2];
    let mut s = Sample::new(&[Ty::Ptr]);
    let k = s.int(0x1234);
    s.store(Width::Byte, Region::Ints, Val(0), 0, k);
    let half = s.load(Width::Half, Region::Ints, Val(0), 0);
    let byte = s.load(Width::Byte, Region::Ints, Val(0), 8);
    s.ret(half, byte);
    let start = address(&mut memory) as usize;
    let memory = std::iter::once(start..start + 9).collect();
    let setting = Setting { memory: Some(memory), ..SETTING };
    // SAFETY: the memory is the array.
    let outcome = unsafe { evaluate(&s.f, &[start as u64], &setting) };
    assert_eq!(outcome, Ok(Outcome::Returned { payload: 0xFFFF_FF34, tag: 0xFF }));
    // SAFETY: the same.
    let outcome = unsafe { evaluate(&s.f, &[start as u64 + 1], &setting) };
    assert!(matches!(outcome, Err(EvalError::Address { .. })), "{outcome:?}");
}

extern "C" fn callee(a: u64, b: u64, c: u64, d: u64, e: u64, x: f64) -> Pair {
    Pair { payload: a + 2 * b + 3 * c + 4 * d + 5 * e, tag: x as u64 }
}

#[test]
fn calls_go_to_stubs_and_cells() {
    let mut cell = callee as *const () as usize;
    let mut s = Sample::new(&[Ty::Int, Ty::Float, Ty::Float]);
    let rest = s.call(Stub::FloatRem, &[Val(1), Val(2)], Ty::Float);
    let mut args = vec![Val(0); 5];
    args.push(rest);
    let callee = Callee::Cell(address(&mut cell) as usize);
    let first = s.add(Inst::Call(Box::new(Call::new(callee, args.clone()))), Ty::Int);
    let second = s.add(Inst::Second(first), Ty::Int);
    s.ret(first, second);
    let given = [10, 7.5f64.to_bits(), 4f64.to_bits()];
    // SAFETY: the cell holds a function of five words and a float.
    let outcome = unsafe { evaluate(&s.f, &given, &SETTING) };
    assert_eq!(outcome, Ok(Outcome::Returned { payload: 150, tag: 3 }));
    args.extend([rest, rest]);
    let Inst::Call(call) = &mut s.f.values[first.0 as usize].inst else { panic!("the call") };
    call.args = args;
    // SAFETY: it is not called.
    let outcome = unsafe { evaluate(&s.f, &given, &SETTING) };
    assert_eq!(outcome, Err(EvalError::Signature { inst: first, words: 5, floats: 3 }));
}

extern "C" fn clear_two_slots(base: *mut [u64; 2]) -> Pair {
    // SAFETY: the test passes an array of three slots.
    unsafe {
        base.write([0; 2]);
        base.add(2).write([0; 2]);
    }
    Pair { payload: 0, tag: 0 }
}

#[test]
fn calls_write_no_slots_but_those_that_they_say() {
    let mut cell = clear_two_slots as *const () as usize;
    let mut outcome = |ranges: Vec<Range<u32>>| {
        let mut slots = [[2u64, 7]; 3];
        let mut s = Sample::new(&[Ty::Ptr, Ty::Ptr, Ty::Ptr]);
        s.f.slots = 3;
        let mut call = Call::new(Callee::Cell(address(&mut cell) as usize), vec![Val(2)]);
        call.slots = Some(ranges);
        let call = s.add(Inst::Call(Box::new(call)), Ty::Int);
        s.ret(call, call);
        // SAFETY: the cell holds a function of an address with three slots.
        unsafe { evaluate(&s.f, &[0, 0, address(&mut slots)], &SETTING) }
    };
    assert!(matches!(outcome(vec![0..1, 2..u32::MAX]), Ok(Outcome::Returned { .. })));
    assert!(matches!(outcome(vec![0..1, 1..2]), Err(EvalError::Slot { slot: 2, .. })));
    assert!(matches!(outcome(vec![]), Err(EvalError::Slot { slot: 0, .. })));
}
