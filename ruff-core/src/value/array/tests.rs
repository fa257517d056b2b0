//! Tests of arrays: kinds, editing, sharing, budget and deep nests.

use super::*;
use crate::value::string::StrObject;

fn text(array: &ArrayObject) -> String {
    format!("{:?}", array.iter().collect::<Vec<_>>())
}

#[test]
fn kinds_adapt_and_widen() {
    let heap = Heap::new(usize::MAX, 1);
    let mut a = ArrayObject::new(&heap);
    let object = a.get_mut().unwrap();
    object.push(Value::Float(1.5)).unwrap();
    assert_eq!(object.kind(), ElementKind::Floats);
    object.push(Value::Int(2)).unwrap();
    assert_eq!(object.kind(), ElementKind::Values);
    object.push(Value::Str(StrObject::new(&heap, "text").unwrap())).unwrap();
    assert_eq!(text(object), "[1.5, 2, \"text\"]");
    object.clear();
    object.push(Value::Int(2)).unwrap();
    assert_eq!(object.kind(), ElementKind::Ints);
    assert!(object.set(0, Value::Null).unwrap());
    assert!(!object.set(1, Value::Null).unwrap());
    assert_eq!(text(object), "[null]");
    drop(a);
    assert_eq!(heap.used_bytes(), 0);
}

#[test]
fn capacity_of_an_empty_array_serves_any_kind() {
    let heap = Heap::new(usize::MAX, 1);
    let mut a = ArrayObject::with_capacity(&heap, 100).unwrap();
    let used = heap.used_bytes();
    for i in 0..100 {
        a.get_mut().unwrap().push(if i % 2 == 0 { Value::Int(i) } else { Value::Null }).unwrap();
    }
    drop(a);
    let mut a = ArrayObject::with_kind(&heap, ElementKind::Ints, 7).unwrap();
    for i in 0..3 {
        let object = a.get_mut().unwrap();
        object.push(Value::Null).unwrap();
        object.push(Value::Int(i)).unwrap();
        object.clear();
        object.push(Value::Int(i)).unwrap();
        object.pop();
    }
    assert!(heap.used_bytes() < used);
    drop(a);
    assert_eq!(heap.used_bytes(), 0);
}

#[test]
fn editing() {
    let heap = Heap::new(usize::MAX, 1);
    let mut a = ArrayObject::from_ints(&heap, [0, 1, 2, 3, 4].into_iter()).unwrap();
    let object = a.get_mut().unwrap();
    assert!(object.insert(1, Value::Int(9)).unwrap());
    assert!(!object.insert(9, Value::Int(9)).unwrap());
    assert!(matches!(object.remove(0), Some(Value::Int(0))));
    assert!(object.remove(5).is_none());
    object.reverse();
    assert_eq!(text(object), "[4, 3, 2, 1, 9]");
    object.swap(0, 4);
    object.swap(0, 5);
    object.truncate(2);
    assert_eq!(text(object), "[9, 3]");
    *object.slot_mut(1).unwrap().unwrap() = Value::Bool(true);
    assert!(object.slot_mut(2).unwrap().is_none());
    let other = ArrayObject::from_floats(&heap, [0.5, 1.5].into_iter()).unwrap();
    object.extend(&other).unwrap();
    assert_eq!(text(object), "[9, true, 0.5, 1.5]");
    assert_eq!(text(&object.slice(&heap, 1, 3).unwrap()), "[true, 0.5]");
    assert_eq!(text(&object.slice(&heap, 3, 1).unwrap()), "[]");
    drop((a, other));
    assert_eq!(heap.used_bytes(), 0);
}

#[test]
fn truth_values_are_packed() {
    let heap = Heap::new(usize::MAX, 1);
    let mut a = ArrayObject::from_values(&heap, [true, false, true].map(Value::Bool)).unwrap();
    let object = a.get_mut().unwrap();
    for i in 0..100 {
        object.push(Value::Bool(i % 3 == 0)).unwrap();
    }
    assert_eq!((object.kind(), object.len()), (ElementKind::Bools, 103));
    assert!(object.set(1, Value::Bool(true)).unwrap() && object.insert(1, Value::Bool(false)).unwrap());
    object.reverse();
    object.swap(0, 103);
    object.truncate(2);
    assert_eq!(text(object), "[true, false]");
    assert!(object.set(0, Value::Int(5)).unwrap());
    assert_eq!((object.kind(), text(object)), (ElementKind::Values, "[5, false]".to_string()));
    drop(a);
    assert_eq!(heap.used_bytes(), 0);
}

#[test]
fn arrays_of_taken_values() {
    let heap = Heap::new(usize::MAX, 1);
    for last in [Value::Int(3), Value::Float(1.0), Value::Null] {
        let mut values = [Value::Int(1), Value::Int(2), last.clone()];
        let array = ArrayObject::from_taken(&heap, &mut values).unwrap();
        assert_eq!(text(&array), format!("[1, 2, {last:?}]"));
        assert_eq!(array.kind() == ElementKind::Ints, matches!(last, Value::Int(_)));
        assert!(values.iter().all(|v| matches!(v, Value::Null)));
    }
    assert!(ArrayObject::from_taken(&heap, &mut []).unwrap().is_empty());
    assert_eq!(heap.used_bytes(), 0);
}

#[test]
fn few_elements_lie_in_the_object() {
    let heap = Heap::new(usize::MAX, 1);
    for kind in ElementKind::ALL {
        for n in 0..40 {
            let value = |i: usize| match kind {
                ElementKind::Ints => Value::Int(i as i64),
                ElementKind::Floats => Value::Float(i as f64 + 0.5),
                ElementKind::Bools => Value::Bool(i.is_multiple_of(3)),
                ElementKind::Values => Value::Str(StrObject::new(&heap, &format!("text {i}")).unwrap()),
            };
            let mut array = ArrayObject::with_kind(&heap, kind, n).unwrap();
            let object = array.get_mut().unwrap();
            assert_eq!(object.is_inline(), (1..=ROOM_BYTES_MAX / kind.bytes()).contains(&n), "{kind:?} {n}");
            let mut expected = Vec::new();
            for i in 0..2 * n {
                object.push(value(i)).unwrap();
                expected.push(value(i));
            }
            assert_eq!(text(object), format!("{expected:?}"));
            object.truncate(n / 2);
            assert!(object.insert(0, Value::Null).unwrap());
            expected.truncate(n / 2);
            expected.insert(0, Value::Null);
            assert_eq!(text(object), format!("{expected:?}"));
            object.clear();
            object.push(Value::Bool(true)).unwrap();
            assert_eq!((object.kind(), text(object).as_str()), (ElementKind::Bools, "[true]"));
            let copy = object.slice(&heap, 0, 1).unwrap();
            assert!(copy.is_inline());
        }
    }
    let used = heap.used_bytes();
    let pair = ArrayObject::from_ints(&heap, [1, 2].into_iter()).unwrap();
    assert_eq!(heap.used_bytes() - used, size_of::<ArrayObject>() + 16);
    drop(pair);
    assert_eq!(heap.used_bytes(), 0);
}

#[test]
fn shared_arrays_are_copied_once() {
    let heap = Heap::new(usize::MAX, 1);
    let inner = ArrayObject::from_values(&heap, [Value::Int(1)]).unwrap();
    let mut a = ArrayObject::from_values(&heap, [Value::Array(inner), Value::Null]).unwrap();
    let b = a.clone();
    for _ in 0..10 {
        a.make_mut().unwrap().push(Value::Null).unwrap();
    }
    assert_eq!((heap.copies(), a.len(), b.len()), (1, 12, 2));
    drop((a, b));
    assert_eq!(heap.used_bytes(), 0);
}

#[test]
fn the_budget_stops_growth() {
    let heap = Heap::new(100_000, 1);
    let mut a = ArrayObject::new(&heap);
    let mut pushed = 0;
    while a.get_mut().unwrap().push(Value::Int(pushed)).is_ok() {
        pushed += 1;
    }
    assert!(pushed > 8_000 && a.len() == pushed as usize);
    assert!(ArrayObject::with_capacity(&heap, usize::MAX).is_err());
    assert!(ArrayObject::with_capacity(&heap, usize::MAX / 16).is_err());
    assert!(a.get_mut().unwrap().reserve(usize::MAX).is_err());
}

#[test]
fn deep_nesting_is_released_without_recursion() {
    let thread = std::thread::Builder::new().stack_size(128 * 1024).spawn(|| {
        let heap = Heap::new(usize::MAX, 1);
        let mut value = Value::Int(1);
        for _ in 0..1_000_000 {
            value = Value::Array(ArrayObject::from_values(&heap, [value]).unwrap());
        }
        drop(value);
        assert_eq!(heap.used_bytes(), 0);
    });
    thread.unwrap().join().unwrap();
}
