//! Loops that count and charge ticks, evaluated before and after.
//!
//! This file is unsafe: the evaluator reads and writes the memory that it is given.

#![allow(unsafe_code)]

use super::*;
use crate::eval::{Outcome, Setting, evaluate};
use crate::hir::sample::Sample;
use crate::hir::verify::verify;
use crate::hir::{Region, Width};
use crate::pass::{dce, fold};
use ruff_core::jit::ExitReason;

/// What a loop leaves: its sum, and the quantum.
#[derive(PartialEq, Eq, Debug)]
struct Left {
    sum: u64,
    quantum: u64,
}

const QUANTUM_OFFSET: i32 = 0;
/// What fills the quantum up, in the second word of the machine.
const REFILL_OFFSET: i32 = 8;

/// Sums up the numbers below the parameter behind the machine, with a tick before each round but the first. The test comes
/// before the tick, or behind it.
fn sum(tests_first: bool) -> Sample {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Int]);
    let (machine, n) = (Val(0), Val(1));
    let (start, _) = s.block(&[]);
    let (header, params) = s.block(&[Ty::Int, Ty::Int, Ty::Int]);
    let (test, _) = s.block(&[]);
    let (tick, _) = s.block(&[]);
    let (refill, _) = s.block(&[]);
    let (charged, before) = s.block(&[Ty::Int]);
    let (latch, _) = s.block(&[]);
    let (after, results) = s.block(&[Ty::Int, Ty::Int]);
    s.f.block_mut(refill).is_cold = true;
    let (zero, one, minus_one) = (s.int(0), s.int(1), s.int(-1));
    let quantum = s.load(Width::Word, Region::Machine, machine, QUANTUM_OFFSET);
    let is_some = s.cmp(Cond::Lt, zero, n);
    s.branch(is_some, (start, &[]), (after, &[zero, quantum]));
    s.at = start;
    s.jump(header, &[zero, zero, quantum]);
    s.at = header;
    let exit = s.exit(1, &[]);
    s.f.exits[0].quantum = Some(params[2]);
    let (i, left) = (params[1], params[2]);
    let total = s.checked(Checked::Add, params[0], i, exit);
    let next = s.op(Binary::Add, i, one);
    s.jump(if tests_first { test } else { tick }, &[]);
    s.at = tick;
    let is_used_up = s.cmp(Cond::Eq, left, zero);
    s.branch(is_used_up, (refill, &[]), (charged, &[left]));
    s.at = refill;
    s.store(Width::Word, Region::Machine, machine, QUANTUM_OFFSET, left);
    let more = s.load(Width::Word, Region::Machine, machine, REFILL_OFFSET);
    s.jump(charged, &[more]);
    s.at = charged;
    let rest = s.op(Binary::Add, before[0], minus_one);
    s.jump(if tests_first { latch } else { test }, &[]);
    s.at = test;
    let goes_on = s.cmp(Cond::Lt, next, n);
    let (on, out) = if tests_first { (tick, left) } else { (latch, rest) };
    s.branch(goes_on, (on, &[]), (after, &[total, out]));
    s.at = latch;
    s.jump(header, &[total, next, rest]);
    s.at = after;
    s.store(Width::Word, Region::Machine, machine, QUANTUM_OFFSET, results[1]);
    s.ret(results[0], zero);
    // What the builder gives has no blocks that only jump.
    fold::run(&mut s.f);
    dce::run(&mut s.f);
    s
}

fn run_sum(function: &Function, n: u64, quantum: u64, refill: u64) -> Left {
    let mut machine = [quantum, refill];
    let address = machine.as_mut_ptr().expose_provenance() as u64;
    let setting = Setting { quantum_offset: QUANTUM_OFFSET, steps_max: 100_000, memory: None };
    // SAFETY: it reads and writes the two words of the machine.
    match unsafe { evaluate(function, &[address, n], &setting) } {
        Ok(Outcome::Returned { payload, .. }) => Left { sum: payload, quantum: machine[0] },
        other => panic!("{other:?}\n{function}"),
    }
}

#[test]
fn each_round_is_charged() {
    for tests_first in [true, false] {
        let mut s = sum(tests_first);
        let before = s.f.clone();
        run(&mut s.f);
        verify(&s.f).unwrap();
        assert_ne!(before.blocks.len(), s.f.blocks.len(), "the loop was found:\n{}", s.f);
        for n in [0, 1, 2, 7, 8, 9, 100, (-1i64) as u64] {
            for quantum in [0, 1, 6, 7, 8, 9, 1000] {
                for refill in [1, 2, 7, 1000] {
                    let expected = run_sum(&before, n, quantum, refill);
                    assert_eq!(run_sum(&s.f, n, quantum, refill), expected, "{n} rounds, {quantum}, {refill}\n{}", s.f);
                }
            }
        }
    }
}

#[test]
fn exits_know_the_quantum() {
    for tests_first in [true, false] {
        let mut s = sum(tests_first);
        run(&mut s.f);
        let mut machine = [5u64, 7];
        let address = machine.as_mut_ptr().expose_provenance() as u64;
        let setting = Setting { quantum_offset: QUANTUM_OFFSET, steps_max: 1000, memory: None };
        // The sum overflows in the fourth round, when three ticks were charged.
        let header = s.f.block_ids().find(|block| s.f.block(*block).params.len() == 4).unwrap();
        let start = s.f.new_value(Inst::Int(i64::MAX - 3), Ty::Int);
        for block in s.f.block_ids().collect::<Vec<_>>() {
            let mut end = end_of(&mut s.f, block);
            for target in end.targets_mut().filter(|target| target.block == header) {
                if s.f.as_int(target.args[0]) == Some(0) {
                    target.args[0] = start;
                    s.f.block_mut(block).insts.push(start);
                }
            }
            s.f.block_mut(block).end = end;
        }
        verify(&s.f).unwrap();
        // SAFETY: it reads and writes the two words of the machine.
        let outcome = unsafe { evaluate(&s.f, &[address, 100], &setting) };
        assert!(matches!(outcome, Ok(Outcome::Exited { reason: ExitReason::Overflow, .. })), "{outcome:?}\n{}", s.f);
        assert_eq!(machine[0], 2, "{}", s.f);
    }
}

#[test]
fn a_loop_without_a_bound_stays() {
    let mut s = sum(true);
    for val in &mut s.f.values {
        if let Inst::Compare(cond @ Cond::Lt, ..) = &mut val.inst {
            *cond = Cond::Ne;
        }
    }
    let before = s.f.to_string();
    run(&mut s.f);
    assert_eq!(s.f.to_string(), before);
}
