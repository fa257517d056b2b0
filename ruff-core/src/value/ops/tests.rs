//! Tests of the operators over edge values: results, messages, limits and work.

use super::testing::TestHooks;
use super::*;
use crate::bytecode::Const;
use crate::value::array::ArrayObject;
use crate::value::bytes::BytesObject;
use crate::value::dict::DictObject;
use crate::value::int::{as_big, from_big, from_i128};
use crate::value::range::RangeObject;
use crate::value::string::StrObject;
use crate::value::text::text;
use crate::value::{Absence, Heap};

fn string(heap: &Heap, text: &str) -> Value {
    Value::Str(StrObject::new(heap, text).unwrap())
}

fn ints(heap: &Heap, ints: &[i64]) -> Value {
    Value::Array(ArrayObject::from_ints(heap, ints.iter().copied()).unwrap())
}

fn outcome(hooks: &mut TestHooks, result: Result<Value>) -> String {
    match result {
        Ok(value) => text(hooks, &value).unwrap().as_str().to_string(),
        Err(fault) => format!("{}: {}", fault.code, fault.message),
    }
}

fn check(op: BinaryOperator, a: Value, b: Value, expected: &str) {
    let mut hooks = TestHooks::new();
    let result = apply(&mut hooks, op, &a, &b);
    assert_eq!(outcome(&mut hooks, result), expected, "{a:?} {} {b:?}", op.symbol());
}

/// Values at which representations change, and their neighbours.
fn edges() -> Vec<i128> {
    let mut edges = vec![0, 1, 2, 3, 7, 63, 64, 10_000_000_019];
    for power in [31, 32, 53, 62, 63, 64, 90] {
        edges.extend([(1i128 << power) - 1, 1 << power, (1 << power) + 1]);
    }
    let negative: Vec<i128> = edges.iter().map(|e| -e).collect();
    edges.extend(negative);
    edges
}

fn oracle(op: BinaryOperator, a: &BigInt, b: &BigInt) -> Option<BigInt> {
    match op {
        BinaryOperator::Add => Some(a + b),
        BinaryOperator::Sub => Some(a - b),
        BinaryOperator::Mul => Some(a * b),
        BinaryOperator::Div => a.checked_div(b),
        BinaryOperator::Mod => a.checked_div(b).map(|quotient| a - quotient * b),
        BinaryOperator::BitAnd => Some(a & b),
        BinaryOperator::BitOr => Some(a | b),
        BinaryOperator::BitXor => Some(a ^ b),
        _ => None,
    }
}

#[test]
fn ints_agree_with_big_integers_and_are_normalised() {
    use BinaryOperator::*;
    let mut hooks = TestHooks::new();
    for op in [Add, Sub, Mul, Div, Mod, BitAnd, BitOr, BitXor] {
        for a in edges() {
            for b in edges() {
                let (x, y) = (from_i128(hooks.heap(), a), from_i128(hooks.heap(), b));
                let expected = oracle(op, &BigInt::from(a), &BigInt::from(b));
                let result = apply(&mut hooks, op, &x, &y).ok();
                assert_eq!(result.as_ref().and_then(as_big), expected, "{a} {op:?} {b}");
                if let Some(Value::BigInt(big)) = &result {
                    assert!(big.get().to_i64().is_none(), "{a} {op:?} {b} is not normalised");
                }
                let in_place = apply_take(&mut hooks, op, x, &y);
                assert_eq!(in_place.as_ref().ok().and_then(as_big), expected, "{a} {op:?}= {b}");
            }
        }
    }
}

#[test]
fn comparisons_are_exact() {
    let mut hooks = TestHooks::new();
    for a in edges() {
        for b in edges() {
            let (x, y) = (from_i128(hooks.heap(), a), from_i128(hooks.heap(), b));
            for op in [BinaryOperator::Lt, BinaryOperator::Le, BinaryOperator::Eq, BinaryOperator::Ne] {
                let expected = scalar::holds(op, Some(a.cmp(&b)));
                assert_eq!(compare_is_true(&mut hooks, op, &x, &y).ok(), Some(expected), "{a} {op:?} {b}");
            }
            // The edges as floats are exact or rounded; compared with their own exact value.
            let float = b as f64;
            let expected = a.cmp(&(float as i128));
            let order = compare::order(&x, &Value::Float(float)).flatten();
            assert_eq!(order, Some(expected), "{a} <=> {float}");
            let order = compare::order(&Value::Float(float), &x).flatten();
            assert_eq!(order, Some(expected.reverse()), "{float} <=> {a}");
        }
        let x = from_i128(hooks.heap(), a);
        assert_eq!(compare::order(&x, &Value::Float(f64::NAN)), Some(None));
        assert_eq!(compare::order(&x, &Value::Float(f64::INFINITY)).flatten(), Some(std::cmp::Ordering::Less));
        assert_eq!(compare::order(&x, &Value::Float(f64::NEG_INFINITY)).flatten(), Some(std::cmp::Ordering::Greater));
    }
    check(BinaryOperator::Lt, Value::Int(2), Value::Float(2.5), "true");
    check(BinaryOperator::Gt, Value::Int(-2), Value::Float(-2.5), "true");
    check(BinaryOperator::Lt, Value::Bool(true), Value::Int(1), "RUF1002: Invalid binary operation: bool < int");
}

#[test]
fn division_and_powers() {
    use BinaryOperator::*;
    let heap = Heap::new(usize::MAX, 0);
    let big = |power: u32| from_big(&heap, BigInt::from(1) << power);
    check(Div, Value::Int(-7), Value::Int(2), "-3");
    check(Mod, Value::Int(-7), Value::Int(3), "-1");
    check(Mod, Value::Int(7), Value::Int(-3), "1");
    check(Mod, Value::Float(7.5), Value::Int(2), "1.5");
    check(Mod, Value::Int(i64::MIN), Value::Int(-1), "0");
    check(Div, Value::Int(i64::MIN), Value::Int(-1), "9223372036854775808");
    check(Div, Value::Int(i64::MIN), big(63), "-1");
    check(Div, Value::Int(7), Value::Float(2.0), "3.5");
    for zero in [Value::Int(0), Value::Float(0.0), Value::Float(-0.0)] {
        for a in [Value::Int(1), Value::Float(1.0), big(70)] {
            check(Div, a.clone(), zero.clone(), "RUF1007: Division by zero");
            check(Mod, a, zero.clone(), "RUF1007: Modulo by zero");
        }
    }
    check(Pow, Value::Int(2), Value::Int(100), "1267650600228229401496703205376");
    check(Pow, Value::Int(2), Value::Int(-1), "0.5");
    check(Pow, Value::Int(0), Value::Int(0), "1");
    check(Pow, Value::Int(0), Value::Int(-1), "RUF1007: Division by zero");
    check(Pow, Value::Float(0.0), Value::Int(-1), "inf");
    check(Pow, Value::Int(-1), big(70), "1");
    check(Pow, Value::Int(-1), from_big(&heap, (BigInt::from(1) << 70) + 1), "-1");
    check(Pow, Value::Int(-1), Value::Int(i64::MAX), "-1");
    check(Pow, Value::Int(1), big(70), "1");
    check(Pow, Value::Int(0), big(70), "0");
    check(Pow, Value::Int(-3), Value::Int(41), "-36472996377170786403");
    check(Pow, Value::Int(4), Value::Float(0.5), "2");
    check(Pow, big(64), Value::Int(2), "340282366920938463463374607431768211456");
    check(Mul, big(64), Value::Float(0.5), "9223372036854776000");
    check(Add, Value::Str(StrObject::new(&heap, "a").unwrap()), string(&heap, "é"), "aé");
    check(Add, string(&heap, "x"), Value::Int(5), "RUF1002: Invalid binary operation: string + int");
    check(Pow, Value::Null, Value::Int(5), "RUF1002: Invalid binary operation: null ** int");
}

#[test]
fn bits_are_infinite_twos_complement() {
    use BinaryOperator::*;
    let heap = Heap::new(usize::MAX, 0);
    let big = |power: u32| from_big(&heap, BigInt::from(1) << power);
    check(Shl, Value::Int(1), Value::Int(70), "1180591620717411303424");
    check(Shl, Value::Int(1), Value::Int(63), "9223372036854775808");
    check(Shl, Value::Int(3), Value::Int(62), "13835058055282163712");
    check(Shl, Value::Int(i64::MAX), Value::Int(1), "18446744073709551614");
    check(Shr, big(70), Value::Int(68), "4");
    check(Shr, Value::Int(-5), Value::Int(1), "-3");
    check(Shr, Value::Int(-5), Value::Int(1000), "-1");
    check(Shr, from_big(&heap, -(BigInt::from(1u8) << 70u32)), big(80), "-1");
    check(Shr, big(70), big(80), "0");
    check(Shl, Value::Int(0), big(80), "0");
    check(Shl, Value::Int(-1), Value::Int(63), "-9223372036854775808");
    check(Shl, Value::Int(-1), Value::Int(64), "-18446744073709551616");
    check(BitAnd, Value::Int(-1), big(70), "1180591620717411303424");
    check(Shl, Value::Int(1), Value::Int(-1), "RUF1012: Shift amount must not be negative: -1");
    check(Shr, Value::Int(0), Value::Int(-2), "RUF1012: Shift amount must not be negative: -2");
    check(Shl, Value::Int(1), Value::Float(1.0), "RUF1002: Invalid binary operation: int << float");
    check(BitOr, Value::Bool(true), Value::Int(1), "RUF1002: Invalid binary operation: bool | int");
    let mut hooks = TestHooks::new();
    let hooks = &mut hooks;
    let result = bit_not(hooks, &big(64));
    assert_eq!(outcome(hooks, result), "-18446744073709551617");
    let result = neg(hooks, &big(63));
    assert_eq!(outcome(hooks, result), "-9223372036854775808");
    let result = neg(hooks, &Value::Int(i64::MIN));
    assert_eq!(outcome(hooks, result), "9223372036854775808");
    let result = neg(hooks, &Value::Bool(true));
    assert_eq!(outcome(hooks, result), "RUF1002: Invalid unary operation: - bool");
    let result = bit_not(hooks, &Value::Float(1.0));
    assert_eq!(outcome(hooks, result), "RUF1002: Invalid unary operation: ~ float");
    let result = not(hooks, &string(&heap, ""));
    assert_eq!(outcome(hooks, result), "true");
}

#[test]
fn the_size_limit_of_ints_is_exact() {
    use BinaryOperator::*;
    let mut hooks = TestHooks::new();
    hooks.heap.set_int_bits_max(100);
    let too_large = "RUF2008: Integer too large: more than 100 bits";
    let largest = from_big(&hooks.heap, (BigInt::from(1) << 100) - 1);
    let two_to_50 = Value::Int(1 << 50);
    let just_below = Value::Int((1 << 50) - 1);
    for (op, a, b, fits) in [
        (Add, &largest, &Value::Int(0), true),
        (Add, &largest, &Value::Int(1), false),
        (Mul, &two_to_50, &just_below, true),
        (Mul, &two_to_50, &two_to_50, false),
        (Pow, &Value::Int(2), &Value::Int(99), true),
        (Pow, &Value::Int(2), &Value::Int(100), false),
        (Pow, &Value::Int(3), &Value::Int(63), true),
        (Pow, &Value::Int(3), &Value::Int(64), false),
        (Pow, &Value::Int(3), &Value::Int(i64::MAX), false),
        (Pow, &Value::Int(3), &largest, false),
        (Shl, &Value::Int(1), &Value::Int(99), true),
        (Shl, &Value::Int(1), &Value::Int(100), false),
        (Shl, &Value::Int(1), &largest, false),
    ] {
        let result = apply(&mut hooks, op, a, b);
        let shown = outcome(&mut hooks, result);
        assert_eq!(shown != too_large, fits, "{a:?} {op:?} {b:?}: {shown}");
    }
    let result = add_take(&mut hooks, largest, &Value::Int(1));
    assert_eq!(outcome(&mut hooks, result), too_large);
}

#[test]
fn addition_reuses_the_limbs_of_a_dying_operand() {
    let mut hooks = TestHooks::new();
    let a = from_big(hooks.heap(), BigInt::from(1) << 1000);
    let b = from_big(hooks.heap(), BigInt::from(1) << 900);
    let Value::BigInt(object) = &a else { panic!("big") };
    let address = object.as_ptr();
    let Ok(Value::BigInt(sum)) = add_take(&mut hooks, a, &b) else { panic!("big") };
    assert_eq!(sum.as_ptr(), address);
    let shared = Value::BigInt(sum.clone());
    let Ok(Value::BigInt(copy)) = add_take(&mut hooks, shared, &b) else { panic!("big") };
    assert_ne!(copy.as_ptr(), address);
    assert_eq!(copy.to_big() - sum.to_big(), BigInt::from(1) << 900);
}

#[test]
fn products_take_the_place_of_a_dying_factor() {
    let mut hooks = TestHooks::new();
    for bits in [100_u32, 1000, 100_000] {
        let (x, y): (BigInt, BigInt) = ((BigInt::from(1) << bits) - 1, (BigInt::from(3) << 200_u32) + 7);
        let (a, b) = (from_big(hooks.heap(), x.clone()), from_big(hooks.heap(), -&y));
        let Value::BigInt(object) = &a else { panic!("big") };
        let address = object.as_ptr();
        let Ok(Value::BigInt(product)) = mul_take(&mut hooks, a, &b) else { panic!("big") };
        assert_eq!((product.as_ptr(), product.to_big()), (address, -&x * &y));
        let shared = Value::BigInt(product.clone());
        let Ok(Value::BigInt(other)) = mul_take(&mut hooks, shared, &b) else { panic!("big") };
        assert_ne!(other.as_ptr(), address);
        assert_eq!((other.to_big(), product.to_big()), (&x * &y * &y, -&x * &y));
    }
    assert_eq!(hooks.heap().used_bytes(), 0);
}

#[test]
fn memory_of_limbs_is_given_back() {
    let mut hooks = TestHooks::new();
    let mut a = from_big(hooks.heap(), BigInt::from(1) << 1000);
    for _ in 0..100 {
        let b = apply(&mut hooks, BinaryOperator::Mul, &a, &Value::Int(1 << 40)).unwrap();
        a = add_take(&mut hooks, a, &b).unwrap();
    }
    assert!(hooks.heap().used_bytes() >= 5000 / 8 && hooks.ticks > 0);
    drop(a);
    assert_eq!(hooks.heap().used_bytes(), 0);
}

#[test]
fn folding_gives_what_applying_gives() {
    let mut hooks = TestHooks::new();
    let numbers = edges().into_iter().filter_map(|e| i64::try_from(e).ok()).map(Const::Int);
    let floats = [0.0, -0.0, 1.5, -2.0, 1e300, f64::INFINITY, f64::NAN].map(Const::Float);
    let texts = ["", "a", "ab", "é"].map(|text| Const::Str(text.into()));
    let others = [Const::Null, Const::Bool(true), Const::Bool(false)];
    let consts: Vec<Const> = numbers.chain(floats).chain(texts).chain(others).collect();
    let value = |heap: &Heap, constant: &Const| match constant {
        Const::Int(x) => Value::Int(*x),
        Const::Float(x) => Value::Float(*x),
        Const::Bool(x) => Value::Bool(*x),
        Const::Str(x) => string(heap, x),
        _ => Value::Null,
    };
    let mut folded = 0;
    for a in &consts {
        for b in &consts {
            for op in BinaryOperator::ALL {
                let Some(constant) = fold(*op, a, b) else { continue };
                folded += 1;
                let expected = value(&hooks.heap, &constant);
                let (x, y) = (value(&hooks.heap, a), value(&hooks.heap, b));
                let result = apply(&mut hooks, *op, &x, &y).unwrap();
                assert_eq!(format!("{result:?}"), format!("{expected:?}"), "{a:?} {op:?} {b:?}");
            }
        }
        for op in UnaryOperator::ALL {
            let Some(constant) = fold_unary(*op, a) else { continue };
            let (expected, x) = (value(&hooks.heap, &constant), value(&hooks.heap, a));
            let result = apply_unary(&mut hooks, *op, &x).unwrap();
            assert_eq!(format!("{result:?}"), format!("{expected:?}"), "{op:?} {a:?}");
        }
    }
    assert!(folded > 5000);
    assert_eq!(fold(BinaryOperator::Div, &Const::Int(1), &Const::Int(0)), None);
    assert_eq!(fold(BinaryOperator::Add, &Const::Int(i64::MAX), &Const::Int(1)), None);
    assert_eq!(fold(BinaryOperator::Shl, &Const::Int(1), &Const::Int(64)), None);
}

#[test]
fn membership() {
    use BinaryOperator::{In, NotIn};
    let heap = Heap::new(usize::MAX, 0);
    let range = Value::Range(RangeObject::with_step(&heap, 0, 10, false, 3));
    let bytes = Value::Bytes(BytesObject::new(&heap, &[1, 255]).unwrap());
    let mut dict = DictObject::new(&heap);
    dict.make_mut().unwrap().insert_str("1", Value::Int(0)).unwrap();
    let dict = Value::Dict(dict);
    check(In, Value::Int(2), ints(&heap, &[1, 2]), "true");
    check(In, Value::Float(2.0), ints(&heap, &[1, 2]), "true");
    check(NotIn, Value::Null, ints(&heap, &[1, 2]), "true");
    check(In, string(&heap, "b"), string(&heap, "abc"), "true");
    check(In, Value::Int(1), dict.clone(), "true");
    check(In, Value::Float(1.0), dict, "false");
    check(In, Value::Int(9), range.clone(), "true");
    check(In, Value::Int(8), range.clone(), "false");
    check(In, Value::Float(3.0), range.clone(), "true");
    check(In, Value::Float(3.5), range, "false");
    check(In, Value::Int(255), bytes, "true");
    check(In, Value::Int(1), Value::Null, "RUF1002: Invalid binary operation: int in null");
    check(In, Value::Int(1), string(&heap, "1"), "RUF1002: Invalid binary operation: int in string");
}

#[test]
fn indices() {
    let heap = Heap::new(usize::MAX, 0);
    let mut hooks = TestHooks::new();
    let mut at = |base: &Value, index: Value| {
        let result = get_index(&mut hooks, base, &index);
        outcome(&mut hooks, result)
    };
    let array = ints(&heap, &[10, 20, 30]);
    assert_eq!(at(&array, Value::Int(0)), "10");
    assert_eq!(at(&array, Value::Int(-1)), "30");
    assert_eq!(at(&array, Value::Float(1.0)), "20");
    assert_eq!(at(&array, Value::Int(3)), "RUF1008: Index out of bounds: 3");
    assert_eq!(at(&array, Value::Int(-4)), "RUF1008: Index out of bounds: -4");
    assert_eq!(at(&array, Value::Float(1e30)), "RUF1008: Index out of bounds: 1e30");
    let big = from_big(&heap, BigInt::from(1) << 64);
    assert_eq!(at(&array, big.clone()), "RUF1008: Index out of bounds: 18446744073709551616");
    for wrong in [Value::Float(0.5), Value::Float(f64::NAN), Value::Null, Value::Bool(true), string(&heap, "0")] {
        assert_eq!(at(&array, wrong), "RUF1010: Invalid index operation");
    }
    let text = string(&heap, "hé😀");
    assert_eq!(at(&text, Value::Int(1)), "é");
    assert_eq!(at(&text, Value::Int(-1)), "😀");
    assert_eq!(at(&text, Value::Int(3)), "RUF1008: Index out of bounds: 3");
    let bytes = Value::Bytes(BytesObject::new(&heap, &[1, 255]).unwrap());
    assert_eq!(at(&bytes, Value::Int(-1)), "255");
    let range = Value::Range(RangeObject::with_step(&heap, 0, 10, false, 3));
    assert_eq!(at(&range, Value::Int(-1)), "9");
    let wide = Value::Range(RangeObject::alloc(&heap, i64::MIN, i64::MAX, true));
    assert_eq!(at(&wide, Value::Int(-1)), "9223372036854775807");
    assert_eq!(
        at(
            &wide,
            Value::BigInt(match &big {
                Value::BigInt(b) => b.clone(),
                _ => return,
            })
        ),
        "RUF1008: Index out of bounds: 18446744073709551616"
    );
    let stepless = Value::Range(RangeObject::alloc(&heap, 1, -1, true));
    assert_eq!(at(&array, stepless), "[20, 30]");
    assert_eq!(at(&array, range), "RUF1010: Invalid index operation");
    let mut dict = DictObject::new(&heap);
    dict.make_mut().unwrap().insert_str("2", Value::Int(7)).unwrap();
    let dict = Value::Dict(dict);
    assert_eq!(at(&dict, Value::Int(2)), "7");
    assert_eq!(at(&dict, Value::Int(3)), "RUF1009: Missing map key: 3");
    assert_eq!(at(&dict, big), "RUF1009: Missing map key: 18446744073709551616");
    assert_eq!(at(&dict, string(&heap, "zz")), "RUF1009: Missing map key: \"zz\"");
    assert_eq!(at(&dict, Value::Null), "RUF1010: Invalid index operation");
    assert_eq!(at(&Value::Null, Value::Int(0)), "RUF1010: Invalid index operation");
    assert!(matches!(get_index_or_null(&mut TestHooks::new(), &dict, &Value::Int(9)), Ok(Value::Null)));
    assert_eq!(outcome(&mut TestHooks::new(), get_field(&dict, "2")), "7");
    assert_eq!(outcome(&mut TestHooks::new(), get_field(&dict, "a")), "RUF1009: Missing map key: \"a\"");
    let expected = "RUF1011: Cannot access field or method 'a' on non-struct value";
    assert_eq!(outcome(&mut TestHooks::new(), get_field(&Value::Null, "a")), expected);
    assert!(matches!(get_field_or_null(&dict, "a"), Ok(Value::Null)));
}

#[test]
fn writing_at_a_path_copies_what_is_shared_only() {
    let heap = Heap::new(usize::MAX, 0);
    let mut hooks = TestHooks::new();
    let inner = ints(&heap, &[1, 2]);
    let mut outer = Value::Array(ArrayObject::from_values(&heap, [inner, Value::Null]).unwrap());
    let before = outer.clone();
    for i in 0..10 {
        let slot = index_slot(&mut hooks, &mut outer, &Value::Int(0)).unwrap();
        set_index(&mut hooks, slot, &Value::Int(-1), Value::Int(i)).unwrap();
    }
    assert_eq!(heap.copies(), 2);
    assert_eq!(outcome(&mut hooks, Ok(before)), "[[1, 2], null]");
    assert_eq!(outcome(&mut hooks, Ok(outer.clone())), "[[1, 9], null]");
    let copies = heap.copies();
    let kept = outer.clone();
    let mut fails = |index: Value, expected: &str| {
        let result = set_index(&mut hooks, &mut outer, &index, Value::Null).map(|()| Value::Null);
        assert_eq!(outcome(&mut hooks, result), expected);
        let result = index_slot(&mut hooks, &mut outer, &index).map(|slot| slot.clone());
        assert_eq!(outcome(&mut hooks, result), expected);
    };
    fails(Value::Int(2), "RUF1008: Index out of bounds: 2");
    fails(Value::Null, "RUF1010: Invalid index assignment");
    assert_eq!(heap.copies(), copies);
    drop(kept);

    let mut dict = Value::Dict(DictObject::new(&heap));
    let slot = index_slot(&mut hooks, &mut dict, &string(&heap, "a")).map(|slot| slot.clone());
    assert_eq!(outcome(&mut hooks, slot), "RUF1009: Missing map key: \"a\"");
    set_index(&mut hooks, &mut dict, &string(&heap, "a"), ints(&heap, &[1])).unwrap();
    let slot = index_slot(&mut hooks, &mut dict, &string(&heap, "a")).unwrap();
    set_index(&mut hooks, slot, &Value::Int(0), Value::Int(5)).unwrap();
    assert_eq!(outcome(&mut hooks, Ok(dict.clone())), "{\"a\": [5]}");
    let result = set_index(&mut hooks, &mut dict, &Value::Float(1.0), Value::Null).map(|()| Value::Null);
    assert_eq!(outcome(&mut hooks, result), "RUF1010: Invalid index assignment");
    let result = set_field(&mut dict, "a", Value::Null).map(|()| Value::Null);
    let expected = "RUF1011: Cannot access field or method 'a' on non-struct value";
    assert_eq!(outcome(&mut hooks, result), expected);
}

#[test]
fn slices_at_every_bound() {
    let heap = Heap::new(usize::MAX, 0);
    let mut hooks = TestHooks::new();
    let len = 4i64;
    let array = ints(&heap, &[0, 1, 2, 3]);
    let text = string(&heap, "aé😀d");
    let bytes = Value::Bytes(BytesObject::new(&heap, &[0, 1, 2, 3]).unwrap());
    let range = Value::Range(RangeObject::alloc(&heap, 0, 4, false));
    let chars: Vec<char> = "aé😀d".chars().collect();
    let open = Value::Absent(Absence::Missing);
    let bounds: Vec<Option<i64>> = (-6..=6).map(Some).chain([None, Some(i64::MIN), Some(i64::MAX)]).collect();
    for start in &bounds {
        for end in &bounds {
            for inclusive in [false, true] {
                let resolve = |bound: i64| if bound < 0 { bound.saturating_add(len) } else { bound };
                let first = start.map_or(0, resolve).clamp(0, len) as usize;
                let past = end.map_or(len, |end| resolve(end).saturating_add(i64::from(inclusive))).clamp(0, len);
                let expected: Vec<usize> = (first..past as usize).collect();
                let bound = |bound: &Option<i64>| bound.map_or(open.clone(), Value::Int);
                let mut cut = |base: &Value| {
                    let result = slice(&mut hooks, base, &bound(start), &bound(end), inclusive);
                    outcome(&mut hooks, result)
                };
                let listed = format!("{expected:?}");
                assert_eq!(cut(&array), listed, "{start:?} {end:?} {inclusive}");
                assert_eq!(cut(&bytes), format!("bytes({listed})"));
                assert_eq!(cut(&text), expected.iter().map(|i| chars[*i]).collect::<String>());
                let part = slice(&mut hooks, &range, &bound(start), &bound(end), inclusive).unwrap();
                let Value::Range(part) = part else { panic!("range") };
                assert_eq!(
                    (0..part.len_saturating() as u64)
                        .filter_map(|i| part.get(i))
                        .map(|i| i as usize)
                        .collect::<Vec<_>>(),
                    expected
                );
            }
        }
    }
    let result = slice(&mut hooks, &Value::Int(1), &open, &open, false);
    assert_eq!(outcome(&mut hooks, result), "RUF1010: Invalid index operation");
    let result = slice(&mut hooks, &array, &Value::Null, &open, false);
    assert_eq!(outcome(&mut hooks, result), "RUF1010: Invalid index operation");
}
