use super::run;
use crate::hir::sample::{Sample, assert_text};
use crate::hir::*;
use ruff_core::jit::ExitReason;

#[test]
fn constants_and_identities() {
    let mut s = Sample::new(&[Ty::Int]);
    let exit = s.exit(0, &[]);
    let (zero, two, three) = (s.int(0), s.int(2), s.int(3));
    let six = s.op(Binary::Mul, two, three);
    let same = s.op(Binary::Add, zero, Val(0));
    let sum = s.checked(Checked::Add, six, three, exit);
    let nine = s.cmp(Cond::Eq, sum, six);
    let not = s.not(nine);
    s.guard(not, exit, ExitReason::Kind);
    let x = s.op(Binary::Add, same, two);
    let y = s.op(Binary::Sub, x, three);
    s.ret(y, sum);
    s.after(run);
    assert_text(
        &s.after(crate::pass::dce::run),
        "b0(v0: int):
           v6 = int 9
           v13 = int -1
           v11 = add v0, v13
           return v11, v6",
    );
}

#[test]
fn overflow_of_constants_leaves() {
    let mut s = Sample::new(&[]);
    let exit = s.exit(5, &[]);
    let (max, one) = (s.int(i64::MAX), s.int(1));
    let sum = s.checked(Checked::Add, max, one, exit);
    s.ret(sum, one);
    s.after(run);
    assert_text(&s.after(crate::pass::dce::run), "b0:\n exit 0 overflow\n exit 0: f0 base 0 pc 5");
}

#[test]
fn comparisons_of_truth_values() {
    let mut s = Sample::new(&[Ty::Int, Ty::Int]);
    let (yes, no) = (s.block(&[]).0, s.block(&[]).0);
    let less = s.cmp(Cond::Lt, Val(0), Val(1));
    let word = s.add(Inst::Unary(Unary::BoolToInt, less), Ty::Int);
    let zero = s.int(0);
    let is_zero = s.cmp(Cond::Eq, word, zero);
    s.branch(is_zero, (yes, &[]), (no, &[]));
    s.at = yes;
    s.ret(Val(0), zero);
    s.at = no;
    s.ret(Val(1), zero);
    s.after(run);
    assert_text(
        &s.after(crate::pass::dce::run),
        "b0(v0: int, v1: int):
           v2 = lt v0, v1
           v4 = int 0
           branch v2, b2, b1
         b1:
           return v0, v4
         b2:
           return v1, v4",
    );
}

#[test]
fn floats_keep_nan_apart() {
    let mut s = Sample::new(&[Ty::Float, Ty::Float]);
    let less = s.add(Inst::FloatCompare(Cond::Lt, Val(0), Val(1)), Ty::Bool);
    let not = s.not(less);
    let word = s.add(Inst::Unary(Unary::BoolToInt, not), Ty::Int);
    s.ret(word, word);
    let text = s.after(run);
    assert!(text.contains("float_lt v0, v1") && text.contains("bool_not"), "{text}");
}

#[test]
fn redundant_parameters_and_detours_go() {
    // A short-circuit condition: the merge block branches on its parameter, which is a constant on one edge.
    let mut s = Sample::new(&[Ty::Int, Ty::Int]);
    let (second, (merge, both)) = (s.block(&[]).0, s.block(&[Ty::Bool, Ty::Int]));
    let (yes, no) = (s.block(&[]).0, s.block(&[]).0);
    let zero = s.int(0);
    let no_const = s.bool(false);
    let first = s.cmp(Cond::Gt, Val(0), zero);
    s.branch(first, (second, &[]), (merge, &[no_const, zero]));
    s.at = second;
    let other = s.cmp(Cond::Gt, Val(1), zero);
    s.jump(merge, &[other, zero]);
    s.at = merge;
    s.branch(both[0], (yes, &[]), (no, &[]));
    s.at = yes;
    s.ret(both[1], both[1]);
    s.at = no;
    s.ret(Val(1), both[1]);
    s.after(run);
    assert_text(
        &s.after(crate::pass::dce::run),
        "b0(v0: int, v1: int):
           v4 = int 0
           v6 = gt v0, v4
           branch v6, b1, b4
         b1:
           v7 = gt v1, v4
           branch v7, b3, b4
         b3:
           return v4, v4
         b4:
           return v1, v4",
    );
}

#[test]
fn a_known_truth_passes_a_branch_on_its_side() {
    // `||`: the merge block branches on its parameter, which is true on one edge.
    let mut s = Sample::new(&[Ty::Int, Ty::Int]);
    let (second, (merge, either)) = (s.block(&[]).0, s.block(&[Ty::Bool]));
    let (yes, no) = (s.block(&[]).0, s.block(&[]).0);
    let zero = s.int(0);
    let yes_const = s.bool(true);
    let first = s.cmp(Cond::Gt, Val(0), zero);
    s.branch(first, (merge, &[yes_const]), (second, &[]));
    s.at = second;
    let other = s.cmp(Cond::Gt, Val(1), zero);
    s.jump(merge, &[other]);
    s.at = merge;
    s.branch(either[0], (yes, &[]), (no, &[]));
    s.at = yes;
    s.ret(Val(0), zero);
    s.at = no;
    s.ret(Val(1), zero);
    s.after(run);
    let text = s.after(crate::pass::dce::run);
    let [first, second] = ["branch v5, b3, b1", "branch v6, b3, b4"];
    assert!(text.contains(first) && text.contains(second) && text.contains("b3:\n  return v0"), "{text}");
}

#[test]
fn an_int_as_a_float_beside_zero_is_compared_as_an_int() {
    let mut s = Sample::new(&[Ty::Int]);
    let float = s.add(Inst::Unary(Unary::IntToFloat, Val(0)), Ty::Float);
    let zero = s.add(Inst::Float((-0.0f64).to_bits()), Ty::Float);
    let differs = s.add(Inst::FloatCompare(Cond::Ne, float, zero), Ty::Bool);
    let word = s.add(Inst::Unary(Unary::BoolToInt, differs), Ty::Int);
    s.ret(word, word);
    assert!(s.after(run).contains("= ne v0, "));
}

#[test]
fn loops_keep_their_shape() {
    let mut s = Sample::new(&[Ty::Int]);
    let (pre, (header, i)) = (s.block(&[]).0, s.block(&[Ty::Int]));
    let (latch, after) = (s.block(&[]).0, s.block(&[]).0);
    let exit = s.exit(1, &[]);
    s.f.block_mut(pre).loop_entry = Some(LoopEntry { exit, has_small_bounds: false });
    let zero = s.int(0);
    let c = s.cmp(Cond::Gt, Val(0), zero);
    s.branch(c, (pre, &[]), (after, &[]));
    s.at = pre;
    s.jump(header, &[zero]);
    s.at = header;
    let next = s.op(Binary::Add, i[0], Val(0));
    let c = s.cmp(Cond::Lt, next, Val(0));
    s.branch(c, (latch, &[]), (after, &[]));
    s.at = latch;
    s.jump(header, &[next]);
    s.at = after;
    s.ret(Val(0), zero);
    let before = s.text();
    assert_text(&s.after(run), &before);
}
