use super::run;
use crate::hir::sample::Sample;
use crate::hir::*;
use ruff_core::jit::ExitReason;

/// `for (i = start; cond(i); i += step) fill`, over the parameters `array, n`; gives the text after the pass.
fn loop_text(
    start: i64,
    step: i64,
    condition: impl FnOnce(&mut Sample, Val) -> Val,
    fill: impl FnOnce(&mut Sample, Val, ExitId),
) -> String {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Int]);
    let (header, i) = s.block(&[Ty::Int]);
    let (body, after) = (s.block(&[]).0, s.block(&[]).0);
    let first = s.int(start);
    s.jump(header, &[first]);
    s.at = header;
    let goes_on = condition(&mut s, i[0]);
    s.branch(goes_on, (body, &[]), (after, &[]));
    s.at = body;
    let exit = s.exit(2, &[(0, SlotValue::Int(i[0]))]);
    fill(&mut s, i[0], exit);
    let step = s.int(step);
    let next = s.checked(Checked::Add, i[0], step, exit);
    s.jump(header, &[next]);
    s.at = after;
    s.ret(i[0], first);
    s.after(run)
}

fn length(s: &mut Sample) -> Val {
    s.load(Width::Word, Region::Arrays, Val(0), 16)
}

/// Guards that an index is inside the array.
fn bounds(s: &mut Sample, index: Val, length: Val, exit: ExitId) {
    let inside = s.cmp(Cond::Below, index, length);
    s.guard(inside, exit, ExitReason::Bounds);
}

#[test]
fn counting_up_to_an_int_does_not_overflow() {
    let text = loop_text(0, 1, |s, i| s.cmp(Cond::Lt, i, Val(1)), |_, _, _| {});
    assert!(!text.contains("checked"), "{text}");
    // A step of two may pass the end.
    let text = loop_text(0, 2, |s, i| s.cmp(Cond::Lt, i, Val(1)), |_, _, _| {});
    assert!(text.contains("checked"), "{text}");
    // The other way round.
    let text = loop_text(100, -1, |s, i| s.cmp(Cond::Gt, i, Val(1)), |_, _, _| {});
    assert!(!text.contains("checked"), "{text}");
    let text = loop_text(0, 1, |s, i| s.cmp(Cond::Ne, i, Val(1)), |_, _, _| {});
    assert!(text.contains("checked"), "{text}");
}

#[test]
fn a_loop_that_tests_at_its_end_does_not_overflow_either() {
    for (cond, is_checked) in [(Cond::Lt, false), (Cond::Le, true), (Cond::Ne, true)] {
        let mut s = Sample::new(&[Ty::Int]);
        let (header, i) = s.block(&[Ty::Int]);
        let after = s.block(&[]).0;
        let (first, step) = (s.int(0), s.int(1));
        s.jump(header, &[first]);
        s.at = header;
        let exit = s.exit(2, &[(0, SlotValue::Int(i[0]))]);
        let next = s.checked(Checked::Add, i[0], step, exit);
        let goes_on = s.cmp(cond, next, Val(0));
        s.branch(goes_on, (header, &[next]), (after, &[]));
        s.at = after;
        s.ret(i[0], first);
        let text = s.after(run);
        assert_eq!(text.contains("checked"), is_checked, "{cond:?} {text}");
    }
}

#[test]
fn indices_below_the_length_are_inside() {
    let text = loop_text(
        0,
        1,
        |s, i| {
            let length = length(s);
            s.cmp(Cond::Lt, i, length)
        },
        |s, i, exit| bounds(s, i, Val(4), exit),
    );
    assert!(!text.contains("guard"), "{text}");
    // From -1 on, the index may be negative.
    let text = loop_text(
        -1,
        1,
        |s, i| {
            let length = length(s);
            s.cmp(Cond::Lt, i, length)
        },
        |s, i, exit| bounds(s, i, Val(4), exit),
    );
    assert!(text.contains("guard"), "{text}");
}

#[test]
fn an_index_that_may_be_the_length_is_not_inside() {
    let text = loop_text(
        0,
        1,
        |s, i| {
            let length = length(s);
            s.cmp(Cond::Le, i, length)
        },
        |s, i, exit| bounds(s, i, Val(4), exit),
    );
    assert!(text.contains("guard") && !text.contains("checked"), "{text}");
    // An int may be the greatest there is.
    let text = loop_text(0, 1, |s, i| s.cmp(Cond::Le, i, Val(1)), |_, _, _| {});
    assert!(text.contains("checked"), "{text}");
}

#[test]
fn neighbours_are_inside_too() {
    // i from 1 while i < length - 1: i - 1 and i + 1 are inside, i + 2 is not.
    let neighbour = |distance: i64| {
        loop_text(
            1,
            1,
            |s, i| {
                let (length, one) = (length(s), s.int(1));
                let last = s.op(Binary::Sub, length, one);
                s.cmp(Cond::Lt, i, last)
            },
            |s, i, exit| {
                let distance = s.int(distance);
                let index = s.checked(Checked::Add, i, distance, exit);
                bounds(s, index, Val(4), exit);
            },
        )
    };
    for distance in [-1, 0, 1] {
        let text = neighbour(distance);
        assert!(!text.contains("guard") && !text.contains("checked"), "{distance}: {text}");
    }
    for distance in [-2, 2] {
        assert!(neighbour(distance).contains("guard"), "{distance}");
    }
}

#[test]
fn what_falls_from_an_index_stays_below_the_length() {
    // for i in 0..length { j = i; while j > 0 { guard j below length; guard j - 1 below length; j -= 1 } }
    let text = loop_text(
        0,
        1,
        |s, i| {
            let length = length(s);
            s.cmp(Cond::Lt, i, length)
        },
        |s, i, exit| {
            let (header, j) = s.block(&[Ty::Int]);
            let (body, after) = (s.block(&[]).0, s.block(&[]).0);
            let zero = s.int(0);
            s.jump(header, &[i]);
            s.at = header;
            let positive = s.cmp(Cond::Gt, j[0], zero);
            s.branch(positive, (body, &[]), (after, &[]));
            s.at = body;
            bounds(s, j[0], Val(4), exit);
            let one = s.int(1);
            let below = s.checked(Checked::Sub, j[0], one, exit);
            bounds(s, below, Val(4), exit);
            s.jump(header, &[below]);
            s.at = after;
        },
    );
    assert!(!text.contains("guard") && !text.contains("checked"), "{text}");
}

#[test]
fn counters_through_other_blocks_never_fall() {
    // A count that only some rounds raise is never negative, but may overflow.
    let mut s = Sample::new(&[Ty::Bool, Ty::Int]);
    let exit = s.exit(0, &[]);
    let (header, params) = s.block(&[Ty::Int]);
    let (raise, (latch, count)) = (s.block(&[]).0, s.block(&[Ty::Int]));
    let after = s.block(&[]).0;
    let (zero, one) = (s.int(0), s.int(1));
    s.jump(header, &[zero]);
    s.at = header;
    s.branch(Val(0), (raise, &[]), (latch, &[params[0]]));
    s.at = raise;
    let more = s.checked(Checked::Add, params[0], one, exit);
    s.jump(latch, &[more]);
    s.at = latch;
    let fine = s.cmp(Cond::Ge, count[0], zero);
    s.guard(fine, exit, ExitReason::Domain);
    s.branch(Val(0), (header, &[count[0]]), (after, &[]));
    s.at = after;
    s.ret(params[0], zero);
    let text = s.after(run);
    assert!(!text.contains("guard") && text.contains("checked"), "{text}");
}

#[test]
fn small_numbers_do_not_overflow() {
    let mut s = Sample::new(&[Ty::Int, Ty::Int]);
    let exit = s.exit(0, &[]);
    let (mask, big, zero) = (s.int(0xFFFF), s.int(1 << 31), s.int(0));
    let a = s.op(Binary::And, Val(0), mask);
    let b = s.op(Binary::Rem, Val(1), big);
    let product = s.checked(Checked::Mul, a, b, exit);
    let square = s.checked(Checked::Mul, product, product, exit);
    let eight = s.int(8);
    let rest = s.op(Binary::Rem, a, eight);
    let signed = s.op(Binary::Rem, b, eight);
    s.store(Width::Word, Region::Ints, Val(0), 0, signed);
    let not_zero = s.cmp(Cond::Ne, eight, zero);
    s.guard(not_zero, exit, ExitReason::Domain);
    s.ret(square, rest);
    let text = s.after(run);
    assert!(text.contains("= mul v5, v6") && text.contains("checked_mul v7, v7"), "{text}");
    assert!(text.contains("and v5, ") && text.contains("rem v6, v9") && !text.contains("guard"), "{text}");
}

#[test]
fn sides_of_branches_narrow() {
    let mut s = Sample::new(&[Ty::Int]);
    let exit = s.exit(0, &[]);
    let (yes, no) = (s.block(&[]).0, s.block(&[]).0);
    let (ten, three) = (s.int(10), s.int(3));
    let small = s.cmp(Cond::Below, Val(0), ten);
    s.branch(small, (yes, &[]), (no, &[]));
    s.at = yes;
    let tripled = s.checked(Checked::Mul, Val(0), three, exit);
    s.ret(tripled, ten);
    s.at = no;
    let other = s.checked(Checked::Mul, Val(0), three, exit);
    let known = s.cmp(Cond::Ge, Val(0), ten);
    let word = s.add(Inst::Unary(Unary::BoolToInt, known), Ty::Int);
    s.ret(other, word);
    let text = s.after(run);
    assert_eq!(text.matches("checked_mul").count(), 1, "{text}");
    assert!(text.contains("= ge v0"), "{text}");
}

#[test]
fn a_result_that_would_not_fit_is_not_forgotten() {
    // If the sum is not used otherwise, it goes, and with it the exit; so the comparison must not count on the exit.
    let mut s = Sample::new(&[Ty::Int]);
    let exit = s.exit(0, &[]);
    let (one, max) = (s.int(1), s.int(i64::MAX));
    let sum = s.checked(Checked::Add, Val(0), one, exit);
    let fits = s.cmp(Cond::Le, sum, max);
    let word = s.add(Inst::Unary(Unary::BoolToInt, fits), Ty::Int);
    s.ret(word, one);
    let text = s.after(run);
    assert!(text.contains("le v3, v2"), "{text}");
}
