use super::run;
use crate::hir::sample::{Sample, assert_text};
use crate::hir::*;
use ruff_core::jit::ExitReason;

#[test]
fn a_chain_that_ends_in_a_mask_may_wrap() {
    let mut s = Sample::new(&[Ty::Int, Ty::Int]);
    // (a * b << 5) + b & 0xFF, each with an exit that stores what the one before has computed.
    let first = s.exit(1, &[]);
    let product = s.checked(Checked::Mul, Val(0), Val(1), first);
    let second = s.exit(2, &[(3, SlotValue::Int(product))]);
    let shifted = s.checked_shift(product, 5, second);
    let third = s.exit(3, &[(3, SlotValue::Int(shifted))]);
    let sum = s.checked(Checked::Add, shifted, Val(1), third);
    let mask = s.int(0xFF);
    let low = s.op(Binary::And, sum, mask);
    s.ret(low, mask);
    let text = s.after(run);
    crate::pass::dce::run(&mut s.f);
    assert_text(
        &s.text(),
        "b0(v0: int, v1: int):
           v2 = mul v0, v1
           v3 = int 5
           v4 = shl v2, v3
           v8 = add v4, v1
           v9 = int 255
           v10 = and v8, v9
           return v10, v9",
    );
    assert!(!text.contains("guard") && !text.contains("checked"), "{text}");
}

#[test]
fn what_something_else_looks_at_has_to_fit() {
    type Use = fn(&mut Sample, Val);
    let uses: [Use; 6] = [
        |s, sum| s.store(Width::Word, Region::Machine, Val(0), 8, sum),
        |s, sum| {
            let (next, _) = s.block(&[Ty::Int]);
            s.jump(next, &[sum]);
            s.at = next;
        },
        |s, sum| {
            let exit = s.exit(2, &[(3, SlotValue::Int(sum))]);
            let is_positive = s.cmp(Cond::Gt, Val(1), Val(2));
            s.guard(is_positive, exit, ExitReason::Domain);
        },
        |s, sum| {
            let shifted = s.op(Binary::Shr, sum, Val(1));
            let mask = s.int(0xFF);
            s.op(Binary::And, shifted, mask);
        },
        |s, sum| {
            let mask = s.int(-2);
            s.op(Binary::And, sum, mask);
        },
        |s, sum| {
            let mask = s.int(0xFF);
            let shifted = s.op(Binary::Shl, Val(1), sum);
            s.op(Binary::And, shifted, mask);
        },
    ];
    for (index, other) in uses.into_iter().enumerate() {
        let mut s = Sample::new(&[Ty::Ptr, Ty::Int, Ty::Int]);
        let exit = s.exit(1, &[]);
        let sum = s.checked(Checked::Add, Val(1), Val(2), exit);
        let mask = s.int(0xFF);
        let low = s.op(Binary::And, sum, mask);
        other(&mut s, sum);
        s.ret(low, low);
        let text = s.after(run);
        assert!(text.contains("checked_add"), "{index}: {text}");
    }
}

#[test]
fn a_shift_that_something_else_looks_at_keeps_its_guard() {
    for is_masked in [true, false] {
        let mut s = Sample::new(&[Ty::Int, Ty::Int]);
        let exit = s.exit(1, &[]);
        let shifted = s.checked_shift(Val(0), 3, exit);
        let mask = s.int(0xFF);
        let low = s.op(Binary::And, shifted, mask);
        s.ret(low, if is_masked { low } else { shifted });
        assert_eq!(s.after(run).contains("guard"), !is_masked);
    }
}
