//! Operations one by one.

use super::*;

/// A loop function with one block: `body` gives the result.
fn run_straight(world: &mut World, body: impl FnOnce(&mut Writer, Val) -> Val) -> (u64, u64) {
    let mut w = Writer::new(Entry::Loop, &[]);
    let base = w.context(2);
    let result = body(&mut w, base);
    w.return_int(result);
    world.call(&compile_function(&compiler(), &w.function).unit)
}

#[test]
fn int_operations() {
    let cases: [(Binary, i64, i64, i64); 10] = [
        (Binary::Add, i64::MAX, 1, i64::MIN),
        (Binary::Sub, 5, 7, -2),
        (Binary::Mul, -3, 7, -21),
        (Binary::Div, -7, 2, -3),
        (Binary::Rem, -7, 2, -1),
        (Binary::And, 12, 10, 8),
        (Binary::Or, 12, 10, 14),
        (Binary::Xor, 12, 10, 6),
        (Binary::Shl, 3, 62, -1 << 62),
        (Binary::Shr, -8, 1, -4),
    ];
    for (op, a, b, expected) in cases {
        let mut world = World::new();
        world.set_slot(0, tag::INT, a as u64);
        world.set_slot(1, tag::INT, b as u64);
        let (payload, _) = run_straight(&mut world, |w, base| {
            let a = w.load(Width::Word, Region::Slots, base, VALUE_PAYLOAD);
            let b = w.load(Width::Word, Region::Slots, base, VALUE_BYTES + VALUE_PAYLOAD);
            w.binary(op, a, b)
        });
        assert_eq!(payload as i64, expected, "{op:?}");
    }
}

#[test]
fn the_low_half_of_anything_is_masked() {
    const OPS: [Binary; 7] = [Binary::Add, Binary::Sub, Binary::Mul, Binary::Shl, Binary::Shr, Binary::Xor, Binary::Or];
    const LEFT: [i64; 6] = [0, -1, 0x1234_5678_9ABC_DEF0, 0xFFFF_FFFF, i64::MIN, 1 << 31];
    const RIGHT: [i64; 6] = [0, 1, 13, 31, 32, 40];
    for (op, right) in OPS.iter().flat_map(|op| RIGHT.map(|right| (*op, right))) {
        let mut w = Writer::new(Entry::Loop, &[]);
        let left = w.load(Width::Word, Region::Slots, w.context(2), VALUE_PAYLOAD);
        let (right_val, mask) = (w.int(right), w.int(0xFFFF_FFFF));
        let result = w.binary(op, left, right_val);
        let low = w.binary(Binary::And, result, mask);
        w.return_int(low);
        let code = compile_function(&compiler(), &w.function);
        for left in LEFT {
            let mut world = World::new();
            world.set_slot(0, tag::INT, left as u64);
            let exact = match op {
                Binary::Add => left.wrapping_add(right),
                Binary::Sub => left.wrapping_sub(right),
                Binary::Mul => left.wrapping_mul(right),
                Binary::Shl => left << right,
                Binary::Shr => left >> right,
                Binary::Xor => left ^ right,
                _ => left | right,
            };
            assert_eq!(world.call(&code.unit).0, exact as u32 as u64, "{left} {op:?} {right}");
        }
    }
}

#[test]
fn division_by_constants_is_division() {
    const DIVISORS: [i64; 15] =
        [1, 2, -2, 3, -3, 5, 7, 10, -10, 641, 1 << 40, -1 << 40, i64::MAX, i64::MIN + 1, i64::MIN];
    const DIVIDENDS: [i64; 12] = [0, 1, -1, 6, -6, 7, -7, 640, 1 << 40, i64::MAX, i64::MIN, i64::MIN + 1];
    for (op, divisor) in DIVISORS.iter().flat_map(|d| [(Binary::Div, *d), (Binary::Rem, *d)]) {
        let mut w = Writer::new(Entry::Loop, &[]);
        let dividend = w.load(Width::Word, Region::Slots, w.context(2), VALUE_PAYLOAD);
        let constant = w.int(divisor);
        let result = w.binary(op, dividend, constant);
        w.return_int(result);
        let code = compile_function(&compiler(), &w.function);
        for dividend in DIVIDENDS {
            let mut world = World::new();
            world.set_slot(0, tag::INT, dividend as u64);
            let expected = if op == Binary::Div { dividend / divisor } else { dividend % divisor };
            assert_eq!(world.call(&code.unit).0 as i64, expected, "{dividend} {op:?} {divisor}");
        }
    }
}

#[test]
fn float_operations() {
    let cases: [(Unary, f64, f64); 6] = [
        (Unary::FloatNeg, 1.5, -1.5),
        (Unary::FloatAbs, -1.5, 1.5),
        (Unary::FloatSqrt, 6.25, 2.5),
        (Unary::FloatFloor, -1.5, -2.0),
        (Unary::FloatCeil, -1.5, -1.0),
        (Unary::FloatTrunc, -1.5, -1.0),
    ];
    for (op, a, expected) in cases {
        let mut world = World::new();
        world.set_slot(0, tag::FLOAT, a.to_bits());
        let (payload, _) = run_straight(&mut world, |w, base| {
            let a = w.load(Width::Float, Region::Slots, base, VALUE_PAYLOAD);
            let result = w.unary(op, a, Ty::Float);
            w.unary(Unary::FloatBits, result, Ty::Int)
        });
        assert_eq!(f64::from_bits(payload), expected, "{op:?}");
    }
    for (float, int) in [(1e300, i64::MAX), (f64::NAN, 0), (-2.9, -2), (f64::NEG_INFINITY, i64::MIN)] {
        let (payload, _) = run_straight(&mut World::new(), |w, _| {
            let float = w.push(Inst::Float(f64::to_bits(float)), Ty::Float);
            w.unary(Unary::FloatToInt, float, Ty::Int)
        });
        assert_eq!(payload as i64, int, "{float}");
    }
}

#[test]
fn a_stub_takes_and_gives_floats() {
    let (payload, _) = run_straight(&mut World::new(), |w, _| {
        let (x, y) = (w.int(17), w.int(5));
        let (x, y) = (w.unary(Unary::IntToFloat, x, Ty::Float), w.unary(Unary::IntToFloat, y, Ty::Float));
        let call = Call::new(Callee::Stub(Stub::FloatRem), vec![x, y]);
        let rem = w.push(Inst::Call(Box::new(call)), Ty::Float);
        w.unary(Unary::FloatToInt, rem, Ty::Int)
    });
    assert_eq!(payload, 2);
}

/// Leaves with the scalars in slots 6 and 7 if `a op b` overflows.
fn write_checked(op: Checked, constant: Option<i64>, is_left: bool) -> Function {
    let mut w = Writer::new(Entry::Call, &[Ty::Int, Ty::Int]);
    let (a, b) = (w.scalar(0), w.scalar(1));
    let exit = w.exit(&[(6, SlotValue::Int(a)), (7, SlotValue::Int(b))]);
    let b = constant.map_or(b, |k| w.int(k));
    let (a, b) = if is_left { (b, a) } else { (a, b) };
    let result = w.checked(op, a, b, exit);
    w.return_int(result);
    w.function
}

#[test]
fn overflow_leaves() {
    const ENDS: [i64; 9] = [0, 1, -1, 2, 7, i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1];
    for op in [Checked::Add, Checked::Sub, Checked::Mul] {
        for (constant, is_left) in
            ENDS.iter().flat_map(|k| [(Some(*k), false), (Some(*k), true)]).chain([(None, false)])
        {
            let function = callable(Box::default(), &write_checked(op, constant, is_left));
            for (a, b) in ENDS.iter().flat_map(|a| ENDS.map(|b| (*a, b))) {
                let k = constant.unwrap_or(b);
                let (x, y) = if is_left { (k, a) } else { (a, k) };
                let expected = match op {
                    Checked::Add => x.checked_add(y),
                    Checked::Sub => x.checked_sub(y),
                    Checked::Mul => x.checked_mul(y),
                };
                let left = (left_at(&function.code.exits, 0, ExitReason::Overflow), LEFT_CALL);
                let expected = expected.map_or(left, |int| (int as u64, INT as u64));
                let mut world = World::new();
                world.set_slot(0, tag::INT, a as u64);
                world.set_slot(1, tag::INT, b as u64);
                assert_eq!(world.call(&function.wrapper), expected, "{op:?} {x} {y}");
                if expected == left {
                    assert_eq!((world.slot(6).1 as i64, world.slot(7).1 as i64), (a, b), "{op:?} {x} {y}");
                }
            }
        }
    }
}

#[test]
fn narrow_words_have_no_sign() {
    for (byte, k, cond, expected) in [
        (200, 200, Cond::Eq, 1),
        (200, 7, Cond::Lt, 0),
        (200, 456, Cond::Eq, 0),
        (200, -56, Cond::Eq, 0),
        (3, 7, Cond::Lt, 1),
    ] {
        let mut world = World::new();
        world.set_slot(0, byte, 0);
        let (payload, _) = run_straight(&mut world, |w, base| {
            let tag = w.load(Width::Byte, Region::Slots, base, 0);
            let k = w.int(k);
            let is_so = w.compare(cond, tag, k);
            w.unary(Unary::BoolToInt, is_so, Ty::Int)
        });
        assert_eq!(payload, expected, "{byte} {cond:?} {k}");
    }
}

#[test]
fn narrow_stores_leave_their_neighbours() {
    let mut world = World::new();
    world.set_slot(0, 0, u64::MAX);
    run_straight(&mut world, |w, base| {
        let (seven, large) = (w.int(7), w.int(-2));
        w.store(Width::Byte, Region::Slots, base, VALUE_PAYLOAD, seven);
        w.store(Width::Half, Region::Slots, base, VALUE_PAYLOAD + 4, large);
        seven
    });
    assert_eq!(world.slots[0][1], 0xFFFF_FFFE_FFFF_FF07);
}

#[test]
fn comparisons_of_floats_know_what_is_no_number() {
    for (cond, ordered, unordered) in
        [(Cond::Eq, 0, 0), (Cond::Ne, 1, 1), (Cond::Lt, 1, 0), (Cond::Le, 1, 0), (Cond::Gt, 0, 0), (Cond::Ge, 0, 0)]
    {
        for (b, expected) in [(2.0, ordered), (f64::NAN, unordered)] {
            let (payload, _) = run_straight(&mut World::new(), |w, _| {
                let (a, b) =
                    (w.push(Inst::Float(1f64.to_bits()), Ty::Float), w.push(Inst::Float(b.to_bits()), Ty::Float));
                let is_so = w.push(Inst::FloatCompare(cond, a, b), Ty::Bool);
                let (yes, no) = (w.int(1), w.int(0));
                w.push(Inst::Select(is_so, yes, no), Ty::Int)
            });
            assert_eq!(payload, expected, "1 {cond:?} {b}");
        }
    }
}
