use super::run;
use crate::hir::sample::{Sample, assert_text};
use crate::hir::*;
use ruff_core::jit::{ExitReason, Stub};

#[test]
fn equal_values_above_are_reused() {
    let mut s = Sample::new(&[Ty::Int, Ty::Int]);
    let exit = s.exit(0, &[]);
    let (next, _) = s.block(&[]);
    let sum = s.checked(Checked::Add, Val(0), Val(1), exit);
    s.jump(next, &[]);
    s.at = next;
    let again = s.checked(Checked::Add, Val(1), Val(0), exit);
    let wrapping = s.op(Binary::Add, Val(0), Val(1));
    let less = s.cmp(Cond::Lt, Val(0), Val(1));
    let greater = s.cmp(Cond::Gt, Val(1), Val(0));
    s.guard(less, exit, ExitReason::Kind);
    s.guard(greater, exit, ExitReason::Bounds);
    let not_less = s.cmp(Cond::Ge, Val(0), Val(1));
    let word = s.add(Inst::Unary(Unary::BoolToInt, not_less), Ty::Int);
    let all = s.op(Binary::Mul, again, wrapping);
    s.ret(all, word);
    assert_text(
        &s.after(run),
        "b0(v0: int, v1: int):
           v2 = checked_add v0, v1 exit 0
           jump b1
         b1:
           v5 = lt v0, v1
           guard v5 exit 0 kind
           v9 = bool false
           v10 = int 0
           v11 = mul v2, v2
           return v11, v10
         exit 0: f0 base 0 pc 0",
    );
    assert_eq!((sum, not_less), (Val(2), Val(9)));
}

#[test]
fn both_sides_of_a_branch_know_the_condition() {
    let mut s = Sample::new(&[Ty::Int, Ty::Int]);
    let exit = s.exit(0, &[]);
    let (yes, no) = (s.block(&[]).0, s.block(&[]).0);
    let (merge, flag) = s.block(&[Ty::Bool]);
    let less = s.cmp(Cond::Lt, Val(0), Val(1));
    s.branch(less, (yes, &[]), (no, &[]));
    s.at = yes;
    s.guard(less, exit, ExitReason::Kind);
    s.jump(merge, &[less]);
    s.at = no;
    let not = s.cmp(Cond::Le, Val(1), Val(0));
    s.guard(not, exit, ExitReason::Kind);
    let inner = s.add(Inst::Select(less, Val(0), Val(1)), Ty::Int);
    s.store(Width::Word, Region::Slots, inner, 0, inner);
    s.jump(merge, &[less]);
    s.at = merge;
    let word = s.add(Inst::Unary(Unary::BoolToInt, flag[0]), Ty::Int);
    s.guard(less, exit, ExitReason::Shape);
    s.ret(word, word);
    assert_text(
        &s.after(run),
        "b0(v0: int, v1: int):
           v3 = lt v0, v1
           branch v3, b1, b2
         b1:
           v11 = bool true
           jump b3(v11)
         b2:
           v5 = bool true
           store.word slots[v1], v1
           v12 = bool false
           jump b3(v12)
         b3(v2: bool):
           v9 = bool_to_int v2
           guard v3 exit 0 shape
           return v9, v9
         exit 0: f0 base 0 pc 0",
    );
}

#[test]
fn values_compared_with_constants_are_constants() {
    let mut s = Sample::new(&[Ty::Ptr]);
    let exit = s.exit(0, &[]);
    let tag = s.load(Width::Byte, Region::Slots, Val(0), 16);
    let (three, four) = (s.int(3), s.int(4));
    let is_three = s.cmp(Cond::Eq, tag, three);
    s.guard(is_three, exit, ExitReason::Kind);
    let is_four = s.cmp(Cond::Ne, tag, four);
    s.guard(is_four, exit, ExitReason::Kind);
    s.store(Width::Byte, Region::Slots, Val(0), 16, three);
    let seven = s.op(Binary::Add, tag, four);
    s.ret(seven, tag);
    let text = s.after(run);
    assert_text(
        &text,
        "b0(v0: ptr):
           v1 = load.byte slots[v0 + 16]
           v2 = int 3
           v3 = int 4
           v4 = eq v1, v2
           guard v4 exit 0 kind
           v6 = bool true
           v9 = add v2, v3
           return v9, v1
         exit 0: f0 base 0 pc 0",
    );
}

#[test]
fn loads_of_known_places_go() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Ptr, Ty::Int]);
    let first = s.load(Width::Word, Region::Slots, Val(0), 8);
    s.store(Width::Word, Region::Slots, Val(0), 24, Val(2));
    let kept = s.load(Width::Word, Region::Slots, Val(0), 8);
    let stored = s.load(Width::Word, Region::Slots, Val(0), 24);
    let length = s.load(Width::Word, Region::Arrays, Val(1), 16);
    s.store(Width::Word, Region::Slots, Val(1), 0, Val(2));
    let again = s.load(Width::Word, Region::Slots, Val(0), 8);
    let same_length = s.load(Width::Word, Region::Arrays, Val(1), 16);
    s.call(Stub::Release, &[Val(0)], Ty::None);
    let after_call = s.load(Width::Word, Region::Slots, Val(0), 24);
    let still = s.load(Width::Word, Region::Arrays, Val(1), 16);
    let mut sum = first;
    for val in [kept, stored, length, again, same_length, after_call, still] {
        sum = s.op(Binary::Add, sum, val);
    }
    s.ret(sum, first);
    let text = s.after(run);
    let loads: Vec<&str> = text.lines().filter(|line| line.contains("load.")).map(str::trim).collect();
    assert_eq!(
        loads,
        [
            "v3 = load.word slots[v0 + 8]",
            "v7 = load.word arrays[v1 + 16]",
            "v9 = load.word slots[v0 + 8]",
            "v12 = load.word slots[v0 + 24]",
        ]
    );
}

#[test]
fn fields_of_different_structs_are_apart() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Ptr, Ty::Ptr, Ty::Int]);
    let field = |holder| Access { holder, ..Access::new(Width::Word, Region::Fields, 24) };
    let (one, other) = (field(Holder::Struct(1)), field(Holder::Struct(2)));
    let first = s.add(Inst::Load(one, Val(0)), Ty::Int);
    s.add(Inst::Store(other, Val(1), Val(3)), Ty::None);
    s.add(Inst::Store(field(Holder::Variant), Val(2), Val(3)), Ty::None);
    let kept = s.add(Inst::Load(one, Val(0)), Ty::Int);
    s.add(Inst::Store(one, Val(1), Val(3)), Ty::None);
    let again = s.add(Inst::Load(one, Val(0)), Ty::Int);
    s.store(Width::Word, Region::Fields, Val(2), 24, Val(3));
    let last = s.add(Inst::Load(one, Val(0)), Ty::Int);
    let sum = [kept, again, last].into_iter().fold(first, |sum, val| s.op(Binary::Add, sum, val));
    s.ret(sum, first);
    let text = s.after(run);
    let loads: Vec<&str> = text.lines().filter(|line| line.contains("load.")).map(str::trim).collect();
    let expected =
        ["v4 = load.word", "v9 = load.word", "v11 = load.word"].map(|load| format!("{load} fields(1)[v0 + 24]"));
    assert_eq!(loads, expected);
}

#[test]
fn what_is_not_shared_stays_so_where_counts_go_down() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Ptr, Ty::Int]);
    let first = s.load(Width::Half, Region::Sharing, Val(0), 0);
    s.store(Width::Half, Region::Counts, Val(1), 0, Val(2));
    s.call(Stub::Release, &[Val(1)], Ty::None);
    let kept = s.load(Width::Half, Region::Sharing, Val(0), 0);
    s.store(Width::Half, Region::Sharing, Val(1), 0, Val(2));
    let raised = s.load(Width::Half, Region::Sharing, Val(0), 0);
    let count = s.load(Width::Half, Region::Counts, Val(0), 0);
    s.store(Width::Half, Region::Sharing, Val(1), 0, Val(2));
    let other_count = s.load(Width::Half, Region::Counts, Val(0), 0);
    let sum = [kept, raised, count, other_count].into_iter().fold(first, |sum, val| s.op(Binary::Add, sum, val));
    s.ret(sum, first);
    let text = s.after(run);
    let loads: Vec<&str> = text.lines().filter(|line| line.contains("load.")).map(str::trim).collect();
    assert_eq!(
        loads,
        [
            "v3 = load.half sharing[v0]",
            "v8 = load.half sharing[v0]",
            "v9 = load.half counts[v0]",
            "v11 = load.half counts[v0]",
        ]
    );
}

#[test]
fn a_count_that_is_looked_at_is_stored() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Int, Ty::Int]);
    s.store(Width::Half, Region::Counts, Val(0), 0, Val(1));
    let seen = s.load(Width::Half, Region::Sharing, Val(0), 0);
    s.store(Width::Half, Region::Counts, Val(0), 0, Val(2));
    s.ret(seen, seen);
    let text = s.after(run);
    assert_eq!(text.matches("store.").count(), 2, "{text}");
}

#[test]
fn narrow_stores_give_back_only_what_fits() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Int]);
    let tag = s.int(5);
    s.store(Width::Byte, Region::Slots, Val(0), 0, tag);
    let a = s.load(Width::Byte, Region::Slots, Val(0), 0);
    s.store(Width::Byte, Region::Slots, Val(0), 0, Val(1));
    let b = s.load(Width::Byte, Region::Slots, Val(0), 0);
    s.store(Width::Word, Region::Slots, Val(0), 8, Val(1));
    let c = s.load(Width::Half, Region::Slots, Val(0), 8);
    let sum = s.op(Binary::Add, a, b);
    s.ret(sum, c);
    let text = s.after(run);
    assert!(text.contains("add v2, v6"), "{text}");
    assert_eq!(text.matches("load.").count(), 2, "{text}");
}

#[test]
fn what_a_loop_writes_is_not_known_in_it() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Ptr, Ty::Int]);
    let (header, i) = s.block(&[Ty::Int]);
    let (body, after) = (s.block(&[]).0, s.block(&[]).0);
    let a = s.load(Width::Word, Region::Ints, Val(0), 0);
    let b = s.load(Width::Word, Region::Floats, Val(0), 0);
    s.jump(header, &[a]);
    s.at = header;
    let c = s.load(Width::Word, Region::Ints, Val(0), 0);
    let d = s.load(Width::Word, Region::Floats, Val(0), 0);
    let less = s.cmp(Cond::Lt, i[0], c);
    s.branch(less, (body, &[]), (after, &[]));
    s.at = body;
    s.store(Width::Word, Region::Ints, Val(1), 0, d);
    let next = s.op(Binary::Add, i[0], b);
    s.jump(header, &[next]);
    s.at = after;
    let e = s.load(Width::Word, Region::Ints, Val(0), 0);
    s.ret(e, d);
    let text = s.after(run);
    assert_eq!(text.matches("load.word ints").count(), 2, "{text}");
    assert_eq!(text.matches("load.word floats").count(), 1, "{text}");
    assert!(text.contains("return v6, v5"), "{text}");
}

#[test]
fn stores_that_nobody_sees_go() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Int, Ty::Bool]);
    let exit = s.exit(0, &[]);
    s.store(Width::Word, Region::Slots, Val(0), 8, Val(1));
    let one = s.int(1);
    s.store(Width::Word, Region::Slots, Val(0), 8, one);
    s.store(Width::Word, Region::Slots, Val(0), 8, one);
    s.guard(Val(2), exit, ExitReason::Kind);
    s.store(Width::Word, Region::Slots, Val(0), 8, Val(1));
    s.ret(one, one);
    assert_text(
        &s.after(run),
        "b0(v0: ptr, v1: int, v2: bool):
           v4 = int 1
           store.word slots[v0 + 8], v4
           guard v2 exit 0 kind
           store.word slots[v0 + 8], v1
           return v4, v4
         exit 0: f0 base 0 pc 0",
    );
}

#[test]
fn stores_that_a_narrower_load_sees_stay() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Int]);
    s.store(Width::Word, Region::Slots, Val(0), 8, Val(1));
    let half = s.load(Width::Half, Region::Slots, Val(0), 12);
    s.store(Width::Word, Region::Slots, Val(0), 8, half);
    s.ret(half, half);
    let before = s.text();
    assert_text(&s.after(run), &before);
}

#[test]
fn a_key_is_looked_for_once() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Int, Ty::Int]);
    let exit = s.exit(0, &[]);
    let (dict, key, other) = (Val(0), Val(1), Val(2));
    let nowhere = s.add(Inst::Address(0), Ty::Ptr);
    let found = s.call(Stub::FindIntEntry, &[dict, key], Ty::Ptr);
    let is_there = s.cmp(Cond::Ne, found, nowhere);
    s.guard(is_there, exit, ExitReason::Bounds);
    let again = s.call(Stub::FindIntEntry, &[dict, key], Ty::Ptr);
    let value = s.load(Width::Word, Region::Values, again, 8);
    let place = s.call(Stub::IntEntry, &[dict, key, nowhere], Ty::Ptr);
    s.store(Width::Word, Region::Values, place, 8, other);
    let after = s.call(Stub::FindIntEntry, &[dict, key], Ty::Ptr);
    // What is not known to be there may move the others.
    let maybe = s.call(Stub::FindIntEntry, &[dict, other], Ty::Ptr);
    let new = s.call(Stub::IntEntry, &[dict, other, nowhere], Ty::Ptr);
    let moved = s.call(Stub::FindIntEntry, &[dict, key], Ty::Ptr);
    s.store(Width::Word, Region::Values, after, 0, value);
    s.store(Width::Word, Region::Values, new, 0, value);
    s.store(Width::Word, Region::Slots, Val(0), 0, maybe);
    s.store(Width::Word, Region::Values, moved, 0, value);
    s.ret(value, value);
    assert_text(
        &s.after(run),
        "b0(v0: ptr, v1: int, v2: int):
           v3 = address 0x0
           v4 = call rt_find_int_entry(v0, v1)
           v5 = ne v4, v3
           guard v5 exit 0 bounds
           v8 = load.word values[v4 + 8]
           store.word values[v4 + 8], v2
           v12 = call rt_find_int_entry(v0, v2)
           v13 = call rt_int_entry(v0, v2, v12)
           v14 = call rt_find_int_entry(v0, v1)
           store.word values[v4], v8
           store.word values[v13], v8
           store.word slots[v0], v12
           store.word values[v14], v8
           return v8, v8
         exit 0: f0 base 0 pc 0",
    );
}

#[test]
fn a_call_that_names_its_slots_leaves_the_others_known() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Ptr, Ty::Ptr, Ty::Ptr]);
    let slots = [Val(2), Val(3)].map(|base| [0, 16, 32].map(|offset| s.load(Width::Word, Region::Slots, base, offset)));
    let call = s.call(Stub::Release, &[Val(3)], Ty::None);
    let Inst::Call(call) = &mut s.f.values[call.0 as usize].inst else { panic!("the call") };
    call.slots = Some(vec![1..2, 7..8]);
    let again = [Val(2), Val(3)].map(|base| [0, 16, 32].map(|offset| s.load(Width::Word, Region::Slots, base, offset)));
    let mut sum = slots[0][0];
    for val in slots.into_iter().chain(again).flatten() {
        sum = s.op(Binary::Add, sum, val);
    }
    s.ret(sum, sum);
    let text = s.after(run);
    let loads = text.lines().skip_while(|line| !line.contains("rt_release")).filter(|line| line.contains("load."));
    let places: Vec<&str> = loads.filter_map(|line| line.split_once("slots").map(|(_, place)| place)).collect();
    // Another address may be that of any slot.
    assert_eq!(places, ["[v2 + 16]", "[v3]", "[v3 + 16]", "[v3 + 32]"]);
}

#[test]
fn stores_to_other_objects_leave_what_lies_elsewhere_in_them() {
    let mut s = Sample::new(&[Ty::Ptr, Ty::Ptr, Ty::Int]);
    let read = |s: &mut Sample| {
        [(Region::Fields, 16), (Region::Fields, 32), (Region::Values, 8), (Region::Values, 0), (Region::Heap, 8)]
            .map(|(region, offset)| s.load(Width::Word, region, Val(0), offset))
    };
    let first = read(&mut s);
    s.store(Width::Word, Region::Fields, Val(1), 32, Val(2));
    s.store(Width::Word, Region::Values, Val(1), 40, Val(2));
    s.store(Width::Word, Region::Heap, Val(1), 64, Val(2));
    let second = read(&mut s);
    let mut sum = Val(2);
    for val in first.into_iter().chain(second) {
        sum = s.op(Binary::Add, sum, val);
    }
    s.ret(sum, sum);
    let text = s.after(run);
    let loads: Vec<&str> =
        text.lines().skip_while(|line| !line.contains("store.")).filter(|line| line.contains("load.")).collect();
    let places: Vec<&str> =
        loads.iter().filter_map(|line| line.split_once("load.word ").map(|(_, place)| place)).collect();
    assert_eq!(places, ["fields[v0 + 32]", "values[v0 + 8]", "heap[v0 + 8]"]);
}
