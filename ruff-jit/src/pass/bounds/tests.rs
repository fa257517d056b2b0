use super::run;
use crate::hir::sample::Sample;
use crate::hir::*;
use crate::pass::range;

/// `for (i = start; i < n; i += 1) fill`, over the parameters `base, n, m`.
fn loop_with(start: Option<Val>, has_small_bounds: bool, fill: impl FnOnce(&mut Sample, Val, ExitId)) -> Sample {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Int, Ty::Int]);
    let (header, i) = s.block(&[Ty::Int]);
    let (body, after) = (s.block(&[]).0, s.block(&[]).0);
    let start = start.unwrap_or_else(|| s.int(0));
    let exit = s.exit(1, &[(0, SlotValue::Int(start))]);
    s.f.block_mut(Block(0)).loop_entry = Some(LoopEntry { exit, has_small_bounds });
    s.jump(header, &[start]);
    s.at = header;
    let goes_on = s.cmp(Cond::Lt, i[0], Val(1));
    s.branch(goes_on, (body, &[]), (after, &[]));
    s.at = body;
    let exit = s.exit(2, &[(0, SlotValue::Int(i[0]))]);
    fill(&mut s, i[0], exit);
    let one = s.int(1);
    let next = s.op(Binary::Add, i[0], one);
    s.jump(header, &[next]);
    s.at = after;
    s.ret(i[0], i[0]);
    s
}

/// A product of the counter with itself, which is stored.
fn square(s: &mut Sample, i: Val, exit: ExitId) {
    let product = s.checked(Checked::Mul, i, i, exit);
    s.store(Width::Word, Region::Slots, Val(0), 8, product);
}

/// The guards of the block before the loop.
fn guards(s: &mut Sample) -> Vec<(Cond, Val, i64)> {
    s.after(run);
    let insts = s.f.block(Block(0)).insts.iter();
    let guards = insts.filter_map(|val| match *s.f.inst(*val) {
        Inst::Guard(condition, ExitId(0), _) => Some(s.f.inst(condition).clone()),
        _ => None,
    });
    let compared = guards.map(|condition| match condition {
        Inst::Compare(cond, val, limit) => (cond, val, s.f.as_int(limit).unwrap()),
        other => panic!("{other:?}"),
    });
    compared.collect()
}

#[test]
fn a_product_of_counters_needs_no_check() {
    let mut s = loop_with(None, true, square);
    assert_eq!(guards(&mut s), [(Cond::Le, Val(1), 1 << 30)]);
    let text = s.after(range::run);
    assert!(!text.contains("checked"), "{text}");
}

#[test]
fn what_a_counter_starts_as_is_small_too() {
    let mut s = loop_with(Some(Val(2)), true, square);
    assert_eq!(guards(&mut s), [(Cond::Le, Val(1), 1 << 30), (Cond::Ge, Val(2), -(1 << 30))]);
    let text = s.after(range::run);
    assert!(!text.contains("checked"), "{text}");
}

#[test]
fn a_guard_that_has_failed_is_not_made_again() {
    assert_eq!(guards(&mut loop_with(None, false, square)), []);
}

#[test]
fn sums_of_anything_else_ask_for_nothing() {
    let mut s = loop_with(None, true, |s, i, exit| {
        let loaded = s.load(Width::Word, Region::Slots, Val(0), 8);
        let sum = s.checked(Checked::Add, loaded, i, exit);
        s.store(Width::Word, Region::Slots, Val(0), 8, sum);
    });
    assert_eq!(guards(&mut s), []);
    // The counter of the next round does not overflow in any case.
    let mut s = loop_with(None, true, |s, i, exit| {
        let one = s.int(1);
        let next = s.checked(Checked::Add, i, one, exit);
        s.store(Width::Word, Region::Slots, Val(0), 8, next);
    });
    assert_eq!(guards(&mut s), []);
}

#[test]
fn counters_of_inner_loops_count_too() {
    // An inner loop up to `m` computes `i + j`.
    let mut s = loop_with(None, true, |s, i, exit| {
        let (header, j) = s.block(&[Ty::Int]);
        let (body, after) = (s.block(&[]).0, s.block(&[]).0);
        let zero = s.int(0);
        let before = s.exit(3, &[(0, SlotValue::Int(i))]);
        let at = s.at;
        s.f.block_mut(at).loop_entry = Some(LoopEntry { exit: before, has_small_bounds: true });
        s.jump(header, &[zero]);
        s.at = header;
        let goes_on = s.cmp(Cond::Lt, j[0], Val(2));
        s.branch(goes_on, (body, &[]), (after, &[]));
        s.at = body;
        let sum = s.checked(Checked::Add, i, j[0], exit);
        s.store(Width::Word, Region::Slots, Val(0), 8, sum);
        let one = s.int(1);
        let next = s.op(Binary::Add, j[0], one);
        s.jump(header, &[next]);
        s.at = after;
    });
    assert_eq!(guards(&mut s), [(Cond::Le, Val(1), 1 << 30)]);
    let text = s.after(range::run);
    assert!(!text.contains("checked"), "{text}");
}

#[test]
fn what_moved_before_the_loop_stands_behind_the_guard() {
    // A product with the bound, which the loop does not change.
    let mut s = loop_with(None, true, square);
    let product = s.f.new_value(Inst::Checked(Checked::Mul, Val(1), Val(1), ExitId(0)), Ty::Int);
    s.f.block_mut(Block(0)).insts.push(product);
    guards(&mut s);
    assert_eq!(s.f.block(Block(0)).insts.last(), Some(&product));
}
