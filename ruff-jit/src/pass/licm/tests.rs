use super::run;
use crate::hir::sample::Sample;
use crate::hir::*;
use ruff_core::jit::{ExitReason, FuncId, Pc, Stub};

/// A loop `while i < n` over the parameters `base, n`, with `fill` in its body.
fn loop_with(fill: impl FnOnce(&mut Sample, Val)) -> Sample {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Int]);
    let (header, i) = s.block(&[Ty::Int]);
    let (body, after) = (s.block(&[]).0, s.block(&[]).0);
    let zero = s.int(0);
    let entry = s.exit(1, &[(0, SlotValue::Int(zero))]);
    s.f.block_mut(Block(0)).loop_entry = Some(LoopEntry { exit: entry, has_small_bounds: false });
    s.jump(header, &[zero]);
    s.at = header;
    let less = s.cmp(Cond::Lt, i[0], Val(1));
    s.branch(less, (body, &[]), (after, &[]));
    s.at = body;
    fill(&mut s, i[0]);
    let one = s.int(1);
    let next = s.op(Binary::Add, i[0], one);
    s.jump(header, &[next]);
    s.at = after;
    s.ret(i[0], zero);
    s
}

/// The lines before the loop.
fn before_loop(s: &mut Sample) -> Vec<String> {
    let text = s.after(run);
    let lines = text.lines().skip(1).take_while(|line| !line.starts_with('b'));
    lines.map(|line| line.trim().to_string()).collect()
}

/// Guards the tag of a slot and loads the address beside it.
fn guarded_array(s: &mut Sample, slot: i32, exit: ExitId) -> Val {
    let tag = s.load(Width::Byte, Region::Slots, Val(0), slot * 16);
    let array = s.int(9);
    let is_array = s.cmp(Cond::Eq, tag, array);
    s.guard(is_array, exit, ExitReason::Kind);
    s.load_ptr(Region::Slots, Val(0), slot * 16 + 8)
}

#[test]
fn the_head_of_an_array_moves_out() {
    let mut s = loop_with(|s, i| {
        let exit = s.exit(2, &[(0, SlotValue::Int(i))]);
        let array = guarded_array(s, 3, exit);
        let length = s.load(Width::Word, Region::Arrays, array, 16);
        let inside = s.cmp(Cond::Below, i, length);
        s.guard(inside, exit, ExitReason::Bounds);
        let data = s.load_ptr(Region::Arrays, array, 8);
        let element = s.offset(data, i);
        s.store(Width::Word, Region::Ints, element, 0, i);
    });
    let moved = before_loop(&mut s);
    assert_eq!(
        moved,
        [
            "v3 = int 0",
            "v5 = load.byte slots[v0 + 48]",
            "v6 = int 9",
            "v7 = eq v5, v6",
            "guard v7 exit 0 kind",
            "v9 = load.ptr slots[v0 + 56]",
            "v10 = load.word arrays[v9 + 16]",
            "v13 = load.ptr arrays[v9 + 8]",
            "v16 = int 1",
            "jump b1(v3)",
        ]
    );
}

#[test]
fn an_address_stays_behind_the_condition_on_its_tag() {
    // The tag is stored in the loop, so its guard stays, and with it what is read through the address; another array moves.
    let mut s = loop_with(|s, i| {
        let exit = s.exit(2, &[(0, SlotValue::Int(i))]);
        let array = guarded_array(s, 3, exit);
        s.load(Width::Word, Region::Arrays, array, 16);
        let other = guarded_array(s, 4, exit);
        s.load(Width::Word, Region::Arrays, other, 16);
        let null = s.int(0);
        s.store(Width::Byte, Region::Slots, Val(0), 48, null);
    });
    let moved = before_loop(&mut s).join("\n");
    assert!(moved.contains("v9 = load.ptr slots[v0 + 56]") && !moved.contains("arrays[v9 + 16]"), "{moved}");
    assert!(moved.contains("load.byte slots[v0 + 64]") && moved.contains("arrays[v15 + 16]"), "{moved}");
}

#[test]
fn a_copied_address_stays_behind_the_tag_of_the_copy() {
    // Slot 4 is a copy of slot 3, and the loop clears it; the address is known from the copying.
    let mut s = loop_with(|s, i| {
        let exit = s.exit(2, &[(0, SlotValue::Int(i))]);
        let array = guarded_array(s, 4, exit);
        s.load(Width::Word, Region::Arrays, array, 16);
        let null = s.int(0);
        s.store(Width::Byte, Region::Slots, Val(0), 64, null);
    });
    s.at = Block(0);
    let tag = s.load(Width::Byte, Region::Slots, Val(0), 48);
    let payload = s.load_ptr(Region::Slots, Val(0), 56);
    s.store(Width::Byte, Region::Slots, Val(0), 64, tag);
    s.store(Width::Word, Region::Slots, Val(0), 72, payload);
    crate::pass::gvn::run(&mut s.f);
    assert!(s.text().contains("arrays[v16 + 16]"), "{}", s.text());
    let moved = before_loop(&mut s).join("\n");
    assert!(!moved.contains("arrays"), "{moved}");
}

#[test]
fn limits_and_counts_protect_nothing() {
    let mut s = loop_with(|s, i| {
        let exit = s.exit(2, &[(0, SlotValue::Int(i))]);
        let zero = s.int(0);
        s.call(Stub::Refill, &[Val(0), Val(0), zero], Ty::None);
        let granted = s.load(Width::Word, Region::Machine, Val(0), 672);
        let fine = s.cmp(Cond::Ne, granted, zero);
        s.guard(fine, exit, ExitReason::Thrown);
        let array = guarded_array(s, 3, exit);
        let count = s.load(Width::Half, Region::Counts, array, 0);
        let unshared = s.cmp(Cond::Ne, count, zero);
        s.guard(unshared, exit, ExitReason::Shared);
        s.load(Width::Word, Region::Arrays, array, 16);
    });
    let moved = before_loop(&mut s).join("\n");
    assert!(moved.contains("arrays[v14 + 16]") && !moved.contains("counts"), "{moved}");
}

#[test]
fn a_number_protects_nothing_however_far_it_comes() {
    let moved = |number: fn(&mut Sample) -> Val| {
        let mut s = loop_with(|s, i| {
            let mut number = number(s);
            for _ in 0..30 {
                let (next, params) = s.block(&[Ty::Int]);
                s.jump(next, &[number]);
                s.at = next;
                number = s.op(Binary::Sub, params[0], Val(1));
            }
            let exit = s.exit(2, &[(0, SlotValue::Int(i))]);
            let fine = s.cmp(Cond::Ne, number, Val(1));
            s.guard(fine, exit, ExitReason::Overflow);
            let array = guarded_array(s, 3, exit);
            s.load(Width::Word, Region::Arrays, array, 16);
        });
        before_loop(&mut s).join("\n").contains("arrays")
    };
    assert!(moved(|s| s.load(Width::Word, Region::Machine, Val(0), 672)));
    assert!(!moved(|s| s.load(Width::Byte, Region::Slots, Val(0), 64)));
}

#[test]
fn a_branch_on_a_tag_protects_too() {
    let mut s = loop_with(|s, i| {
        let (known, next) = (s.block(&[]).0, s.block(&[]).0);
        let tag = s.load(Width::Byte, Region::Slots, Val(0), 48);
        let array = s.int(9);
        let is_array = s.cmp(Cond::Eq, tag, array);
        s.branch(is_array, (known, &[]), (next, &[]));
        s.at = known;
        let object = s.load_ptr(Region::Slots, Val(0), 56);
        s.load(Width::Word, Region::Arrays, object, 16);
        let exit = s.exit(2, &[(0, SlotValue::Int(i))]);
        let never = s.cmp(Cond::Ne, tag, array);
        s.guard(never, exit, ExitReason::Kind);
        s.jump(next, &[]);
        s.at = next;
    });
    let moved = before_loop(&mut s).join("\n");
    assert!(moved.contains("load.ptr slots[v0 + 56]"), "{moved}");
    assert!(!moved.contains("arrays") && !moved.contains("guard"), "{moved}");
}

#[test]
fn elements_stay_below_any_condition() {
    let mut s = loop_with(|s, i| {
        let exit = s.exit(2, &[(0, SlotValue::Int(i))]);
        let array = guarded_array(s, 3, exit);
        let data = s.load_ptr(Region::Arrays, array, 8);
        s.load(Width::Word, Region::Ints, data, 0);
    });
    let moved = before_loop(&mut s).join("\n");
    assert!(moved.contains("load.ptr arrays") && !moved.contains("ints"), "{moved}");
}

#[test]
fn what_the_loop_writes_stays() {
    let mut s = loop_with(|s, i| {
        s.load(Width::Word, Region::Slots, Val(0), 8);
        s.load(Width::Word, Region::Slots, Val(0), 24);
        s.store(Width::Word, Region::Slots, Val(0), 8, i);
        s.load(Width::Word, Region::Machine, Val(0), 0);
        let cold = s.f.new_block();
        let next = s.f.new_block();
        let zero = s.int(0);
        let c = s.cmp(Cond::Gt, i, zero);
        s.branch(c, (next, &[]), (cold, &[]));
        s.at = cold;
        s.f.block_mut(cold).is_cold = true;
        s.call(Stub::Refill, &[Val(0), Val(0), zero], Ty::None);
        s.jump(next, &[]);
        s.at = next;
    });
    let moved = before_loop(&mut s).join("\n");
    assert!(moved.contains("slots[v0 + 24]"), "{moved}");
    assert!(!moved.contains("slots[v0 + 8]") && !moved.contains("machine"), "{moved}");
}

#[test]
fn checked_arithmetic_leaves_before_the_loop() {
    let mut s = loop_with(|s, i| {
        let exit = s.exit(2, &[(0, SlotValue::Int(i))]);
        let twice = s.checked(Checked::Add, Val(1), Val(1), exit);
        let three = s.int(3);
        s.op(Binary::Rem, twice, three);
        s.op(Binary::Rem, three, twice);
    });
    let moved = before_loop(&mut s).join("\n");
    assert!(moved.contains("checked_add v1, v1 exit 0") && moved.matches("rem").count() == 1, "{moved}");
}

#[test]
fn what_only_some_rounds_check_stays() {
    let mut s = loop_with(|s, i| {
        let (some, next) = (s.block(&[]).0, s.block(&[]).0);
        let zero = s.int(0);
        let c = s.cmp(Cond::Gt, i, zero);
        s.branch(c, (some, &[]), (next, &[]));
        s.at = some;
        let exit = s.exit(2, &[(0, SlotValue::Int(i))]);
        s.checked(Checked::Add, Val(1), Val(1), exit);
        guarded_array(s, 3, exit);
        s.jump(next, &[]);
        s.at = next;
    });
    let moved = before_loop(&mut s).join("\n");
    assert!(!moved.contains("checked") && !moved.contains("guard"), "{moved}");
    assert!(moved.contains("load.byte slots[v0 + 48]"), "{moved}");
}

#[test]
fn inner_loops_give_to_outer_ones() {
    let mut s = loop_with(|s, i| {
        let pre = s.f.new_block();
        let (header, j) = s.block(&[Ty::Int]);
        let (body, after) = (s.f.new_block(), s.f.new_block());
        s.jump(pre, &[]);
        let inner_entry = s.exit(3, &[(0, SlotValue::Int(i))]);
        s.f.block_mut(pre).loop_entry = Some(LoopEntry { exit: inner_entry, has_small_bounds: false });
        s.at = pre;
        s.jump(header, &[i]);
        s.at = header;
        let less = s.cmp(Cond::Lt, j[0], Val(1));
        s.branch(less, (body, &[]), (after, &[]));
        s.at = body;
        let exit = s.exit(4, &[(1, SlotValue::Int(j[0]))]);
        let array = guarded_array(s, 3, exit);
        s.load(Width::Word, Region::Arrays, array, 16);
        let square = s.op(Binary::Mul, i, i);
        let next = s.op(Binary::Add, j[0], square);
        s.jump(header, &[next]);
        s.at = after;
    });
    let text = s.after(run);
    let outer: String = text.split("b1(").next().unwrap_or_default().to_string();
    assert!(outer.contains("guard v9 exit 0 kind") && outer.contains("arrays"), "{text}");
    let pre: String = text.split("b4 before loop").nth(1).unwrap_or_default().lines().take(2).collect();
    assert!(pre.contains("mul v2, v2"), "{text}");
}

#[test]
fn a_guard_that_moves_is_still_known_as_its_instruction() {
    let mut s = loop_with(|s, i| {
        let exit = s.exit(2, &[(0, SlotValue::Int(i))]);
        s.f.exits[exit.0 as usize].site = (FuncId(0), Pc(2));
        guarded_array(s, 3, exit);
    });
    let moved = before_loop(&mut s);
    assert!(moved.contains(&"guard v7 exit 2 kind".to_string()), "{moved:?}");
    let (before, made) = (&s.f.exits[0], &s.f.exits[2]);
    assert_eq!((&made.frames, &made.slots), (&before.frames, &before.slots));
    assert_eq!(made.site, (FuncId(0), Pc(2)));
}
