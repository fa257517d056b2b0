//! Loops with two counters, evaluated before and after.
//!
//! This file is unsafe: the evaluator trusts functions.

#![allow(unsafe_code)]

use super::*;
use crate::eval::{Outcome, Setting, evaluate};
use crate::hir::Cond;
use crate::hir::sample::Sample;
use crate::hir::verify::verify;

/// Sums up `follower` while `leader < n`; what each starts as, and what the follower gets in each round.
fn sum(starts: (i64, i64), follows: bool) -> Function {
    let mut s = Sample::new(&[Ty::Int]);
    let (header, params) = s.block(&[Ty::Int, Ty::Int, Ty::Int]);
    let (body, _) = s.block(&[]);
    let (after, _) = s.block(&[]);
    let (zero, one) = (s.int(0), s.int(1));
    let (leader, follower) = (s.int(starts.0), s.int(starts.1));
    s.jump(header, &[leader, follower, zero]);
    s.at = header;
    let has_next = s.cmp(Cond::Lt, params[0], Val(0));
    s.branch(has_next, (body, &[]), (after, &[]));
    s.at = body;
    let total = s.op(Binary::Add, params[2], params[1]);
    let next = s.op(Binary::Add, params[0], one);
    s.jump(header, &[next, if follows { params[0] } else { params[1] }, total]);
    s.at = after;
    s.ret(params[2], one);
    s.f
}

fn result(function: &Function) -> u64 {
    let setting = Setting { quantum_offset: 0, steps_max: 10_000, memory: None };
    // SAFETY: it accesses no memory and calls nothing.
    match unsafe { evaluate(function, &[10], &setting) } {
        Ok(Outcome::Returned { payload, .. }) => payload,
        other => panic!("{other:?}\n{function}"),
    }
}

#[test]
fn a_counter_that_follows_another_is_computed() {
    let mut function = sum((1, 0), true);
    assert_eq!(result(&function), (0..9).sum());
    run(&mut function);
    verify(&function).unwrap();
    assert_eq!(function.block(Block(1)).params.len(), 2, "{function}");
    assert_eq!(result(&function), (0..9).sum());
}

#[test]
fn others_stay() {
    for (starts, follows) in [((1, 3), true), ((1, 0), false)] {
        let mut function = sum(starts, follows);
        let before = result(&function);
        run(&mut function);
        assert_eq!(function.block(Block(1)).params.len(), 3, "{function}");
        assert_eq!(result(&function), before);
    }
}
