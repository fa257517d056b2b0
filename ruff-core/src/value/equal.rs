//! Equality (section 3.1 of the language reference): by content for containers, exact between ints and floats, `op_eq` for structs
//! that have it, wherever they are.
//!
//! Pairs of containers that are being compared are on a stack of frames, so that no depth overflows the native stack. A frame is
//! true if all its pairs are equal; only that of two sets tries alternatives.

use super::array::{ArrayObject, Elements};
use super::collections::{QueueObject, SetObject};
use super::dict::{DictKey, DictObject};
use super::ops::compare::order;
use super::range::RangeObject;
use super::record::StructObject;
use super::set::Candidates;
use super::work::{WORK_PER_TICK, Work};
use super::{Hooks, Ref, Value};
use crate::code::Code;
use crate::fault::{Fault, Result};
use std::cmp::Ordering;

/// `a == b`.
///
/// # Errors
/// What an `op_eq` method raises, `RUF1002` if it gives no bool, and the traps of limits.
#[inline]
pub fn equal(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<bool> {
    equal_counted(hooks, &mut Work::default(), a, b)
}

/// The same for one of many comparisons, whose work adds up.
///
/// # Errors
/// As [`equal`].
#[inline]
pub fn equal_counted(hooks: &mut dyn Hooks, work: &mut Work, a: &Value, b: &Value) -> Result<bool> {
    match plain_equal(a, b) {
        Some(result) => Ok(result),
        None => equal_slow(hooks, work, a, b),
    }
}

/// The same for the commonest kinds, where the answer costs no tick and nobody has to be asked.
#[inline(always)]
pub fn plain_equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a == b),
        (Value::Str(a), Value::Str(b)) => Some(a.equals(b)),
        (Value::Float(a), Value::Float(b)) => Some(a == b),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        (Value::Int(_), Value::Str(_)) | (Value::Str(_), Value::Int(_)) => Some(false),
        (Value::Null, _) => Some(matches!(b, Value::Null)),
        // Only what has `op_eq` could call itself equal to null.
        (a, Value::Null) if !matches!(a, Value::Struct(_) | Value::Host(_)) => Some(false),
        _ => None,
    }
}

/// The same for two arrays that are short and hold only such values.
pub fn plain_equal_arrays(a: &ArrayObject, b: &ArrayObject) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    if a.len() >= WORK_PER_TICK {
        return None;
    }
    match (a.elements(), b.elements()) {
        (Elements::Values(x), Elements::Values(y)) => {
            for (x, y) in x.iter().zip(y) {
                if !plain_equal(x, y)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        (x, y) => equal_packed(x, y).or(a.is_empty().then_some(true)),
    }
}

/// Are unboxed elements the same? `None` if they are not of one kind.
#[inline(always)]
fn equal_packed(a: Elements<'_>, b: Elements<'_>) -> Option<bool> {
    match (a, b) {
        (Elements::Ints(x), Elements::Ints(y)) => Some(x == y),
        (Elements::Floats(x), Elements::Floats(y)) => Some(x == y),
        (Elements::Bools(x), Elements::Bools(y)) => Some(x == y),
        _ => None,
    }
}

#[inline(never)]
fn equal_slow(hooks: &mut dyn Hooks, work: &mut Work, a: &Value, b: &Value) -> Result<bool> {
    match decide(hooks, work, a, b)? {
        Decision::Known(result) => Ok(result),
        Decision::Nested(frame) => run(hooks, work, frame),
    }
}

fn run(hooks: &mut dyn Hooks, work: &mut Work, first: Frame<'_>) -> Result<bool> {
    let mut open = vec![first];
    let mut last = None;
    while let Some(frame) = open.last_mut() {
        match frame.step(hooks, work, last.take())? {
            Decision::Nested(inner) => open.push(inner),
            Decision::Known(result) => {
                open.pop();
                last = Some(result);
            }
        }
    }
    Ok(last.unwrap_or(true))
}

/// The answer, or the containers that have to be gone through to find it.
enum Decision<'a> {
    Known(bool),
    Nested(Frame<'a>),
}

/// Two containers that are being compared, and how far.
enum Frame<'a> {
    Values(&'a [Value], &'a [Value], usize),
    /// Arrays of different element kinds.
    Arrays(&'a ArrayObject, &'a ArrayObject, usize),
    Queues(&'a QueueObject, &'a QueueObject, usize),
    /// The position is one of the first dict.
    Dicts(&'a DictObject, &'a DictObject, usize),
    Sets(SetFrame<'a>),
}

/// Looks for each element of `b` in `a`, which has as many; so that the elements of `a` are asked, being on the left.
struct SetFrame<'a> {
    a: &'a SetObject,
    b: &'a SetObject,
    position: usize,
    candidates: Option<Candidates>,
}

/// Decides about two values as far as that is possible without going into containers.
fn decide<'a>(hooks: &mut dyn Hooks, work: &mut Work, a: &'a Value, b: &'a Value) -> Result<Decision<'a>> {
    let result = match (a, b) {
        (Value::Struct(x), _) if x.def().decl().method_index("op_eq").is_some() => return asked(hooks, a, b),
        (Value::Host(x), _) if x.method("op_eq").is_some() => return asked(hooks, a, b),
        (Value::Struct(x), Value::Struct(y)) => return decide_structs(hooks, work, x, y),
        (Value::Array(x), Value::Array(y)) => return decide_arrays(hooks, work, x, y),
        (Value::Dict(x), Value::Dict(y)) => return open(hooks, work, x.len(), y.len(), Frame::Dicts(x, y, 0)),
        (Value::Variant(x), Value::Variant(y)) => {
            if x.def().decl().id != y.def().decl().id || x.variant() != y.variant() {
                return Ok(Decision::Known(false));
            }
            let (x, y) = (x.payload(), y.payload());
            return open(hooks, work, x.len(), y.len(), Frame::Values(x, y, 0));
        }
        (Value::Set(x), Value::Set(y)) => return Ok(decide_sets(x, y)),
        (Value::Queue(x), Value::Queue(y)) => return open(hooks, work, x.len(), y.len(), Frame::Queues(x, y, 0)),
        (Value::Stack(x), Value::Stack(y)) => return decide_arrays(hooks, work, x.items(), y.items()),
        (Value::Str(x), Value::Str(y)) => {
            if x.len() == y.len() {
                work.add_long(hooks, x.len())?;
            }
            x.equals(y)
        }
        (Value::Bytes(x), Value::Bytes(y)) => {
            work.add_long(hooks, x.len().min(y.len()))?;
            x.as_slice() == y.as_slice()
        }
        (Value::BigInt(x), Value::BigInt(y)) => {
            work.add_long(hooks, x.get().limbs().min(y.get().limbs()) as usize)?;
            x.get() == y.get()
        }
        (Value::Null, Value::Null) => true,
        (Value::Bool(x), Value::Bool(y)) => x == y,
        (Value::Range(x), Value::Range(y)) => equal_ranges(x, y),
        (Value::Native(x), Value::Native(y)) => x == y,
        (Value::Closure(x), Value::Closure(y)) => x.same(y),
        (Value::Constructor(x), Value::Constructor(y)) => {
            x.def().decl().id == y.def().decl().id && x.variant() == y.variant()
        }
        (Value::Generator(x), Value::Generator(y)) => x.same(y),
        (Value::StructDef(x), Value::StructDef(y)) => x.same(y),
        (Value::EnumDef(x), Value::EnumDef(y)) => x.same(y),
        (Value::Module(x), Value::Module(y)) => x.same(y),
        (Value::Host(x), Value::Host(y)) => x.identity() == y.identity(),
        _ => order(a, b).flatten() == Some(Ordering::Equal),
    };
    Ok(Decision::Known(result))
}

/// Asks the `op_eq` of the struct on the left side.
fn asked<'a>(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Decision<'a>> {
    match hooks.call_method(a, "op_eq", std::slice::from_ref(b))? {
        Some(Value::Bool(result)) => Ok(Decision::Known(result)),
        other => {
            let kind = other.map_or("null", |value| value.kind_name());
            Err(Fault::error(Code::INVALID_OPERATION, format!("op_eq must return a bool, got {kind}")))
        }
    }
}

fn decide_structs<'a>(
    hooks: &mut dyn Hooks,
    work: &mut Work,
    a: &'a Ref<StructObject>,
    b: &'a Ref<StructObject>,
) -> Result<Decision<'a>> {
    if a.shape() != b.shape() {
        return Ok(Decision::Known(false));
    }
    let (x, y) = (a.fields(), b.fields());
    open(hooks, work, x.len(), y.len(), Frame::Values(x, y, 0))
}

fn decide_arrays<'a>(
    hooks: &mut dyn Hooks,
    work: &mut Work,
    a: &'a ArrayObject,
    b: &'a ArrayObject,
) -> Result<Decision<'a>> {
    if a.len() != b.len() {
        return Ok(Decision::Known(false));
    }
    work.add(hooks, a.len())?;
    Ok(match (a.elements(), b.elements()) {
        _ if a.is_empty() => Decision::Known(true),
        (Elements::Values(x), Elements::Values(y)) => Decision::Nested(Frame::Values(x, y, 0)),
        (x, y) => match equal_packed(x, y) {
            Some(result) => Decision::Known(result),
            None => Decision::Nested(Frame::Arrays(a, b, 0)),
        },
    })
}

/// The work is counted where an element is asked: how many have to be is seen only then.
fn decide_sets<'a>(a: &'a SetObject, b: &'a SetObject) -> Decision<'a> {
    if a.len() != b.len() || a.is_empty() {
        return Decision::Known(a.len() == b.len());
    }
    Decision::Nested(Frame::Sets(SetFrame { a, b, position: 0, candidates: None }))
}

/// Goes into two containers if they have the same number of elements, and any.
fn open<'a>(hooks: &mut dyn Hooks, work: &mut Work, a: usize, b: usize, frame: Frame<'a>) -> Result<Decision<'a>> {
    if a != b || a == 0 {
        return Ok(Decision::Known(a == b));
    }
    work.add(hooks, a)?;
    Ok(Decision::Nested(frame))
}

/// Ranges compare as sequences: without a second element the step does not count.
fn equal_ranges(a: &RangeObject, b: &RangeObject) -> bool {
    let len = a.len();
    len == b.len() && (len == 0 || a.start() == b.start() && (len == 1 || a.step() == b.step()))
}

impl<'a> Frame<'a> {
    /// Goes on until a pair needs a frame of its own or the answer is known. `last` is the answer about the pair before.
    fn step(&mut self, hooks: &mut dyn Hooks, work: &mut Work, last: Option<bool>) -> Result<Decision<'a>> {
        if let Frame::Sets(sets) = self {
            return sets.step(hooks, work, last);
        }
        if last == Some(false) {
            return Ok(Decision::Known(false));
        }
        loop {
            hooks.pace(1)?;
            let decision = match self.next_pair(hooks, work)? {
                Pair::Values(a, b) => decide(hooks, work, a, b)?,
                Pair::Known(result) => Decision::Known(result),
                Pair::None => return Ok(Decision::Known(true)),
            };
            match decision {
                Decision::Known(true) => {}
                other => return Ok(other),
            }
        }
    }

    fn next_pair(&mut self, hooks: &mut dyn Hooks, work: &mut Work) -> Result<Pair<'a>> {
        let pair = match self {
            Frame::Values(a, b, at) => {
                let pair = a.get(*at).zip(b.get(*at));
                *at += 1;
                pair
            }
            Frame::Queues(a, b, at) => {
                let pair = a.get(*at).zip(b.get(*at));
                *at += 1;
                pair
            }
            Frame::Arrays(a, b, at) => {
                let pair = a.get(*at).zip(b.get(*at));
                *at += 1;
                // One side is a number, so that only a struct on the left side can have a say.
                return match pair {
                    None => Ok(Pair::None),
                    Some((x, y)) => match decide(hooks, work, &x, &y)? {
                        Decision::Known(result) => Ok(Pair::Known(result)),
                        Decision::Nested(_) => Ok(Pair::Known(false)),
                    },
                };
            }
            Frame::Dicts(a, b, at) => {
                let Some(position) = a.next_position(*at) else { return Ok(Pair::None) };
                *at = position + 1;
                let Some((key, value)) = a.entry_at(position) else { return Ok(Pair::None) };
                if let DictKey::Str(text) = &key {
                    work.add_long(hooks, text.len())?;
                }
                match b.get(&key) {
                    Some(other) => Some((value, other)),
                    None => return Ok(Pair::Known(false)),
                }
            }
            Frame::Sets(_) => None,
        };
        Ok(pair.map_or(Pair::None, |(a, b)| Pair::Values(a, b)))
    }
}

enum Pair<'a> {
    Values(&'a Value, &'a Value),
    Known(bool),
    None,
}

impl<'a> SetFrame<'a> {
    fn step(&mut self, hooks: &mut dyn Hooks, work: &mut Work, last: Option<bool>) -> Result<Decision<'a>> {
        let mut last = last;
        loop {
            hooks.pace(1)?;
            if last.take() == Some(true) {
                self.candidates = None;
                self.position += 1;
            }
            let candidates = match &mut self.candidates {
                Some(candidates) => candidates,
                none => {
                    let Some(at) = self.b.next_position(self.position) else { return Ok(Decision::Known(true)) };
                    self.position = at;
                    none.insert(self.a.candidates(self.b.hash_at(at)))
                }
            };
            let Some(sought) = self.b.element_at(self.position) else { return Ok(Decision::Known(true)) };
            let Some(element) = candidates.next(self.a).and_then(|at| self.a.element_at(at)) else {
                return Ok(Decision::Known(false));
            };
            work.add(hooks, 1)?;
            match decide(hooks, work, element, sought)? {
                Decision::Known(result) => last = Some(result),
                nested => return Ok(nested),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::heap::Heap;
    use crate::value::int;
    use crate::value::ops::testing::TestHooks;
    use crate::value::string::StrObject;

    fn check(hooks: &mut TestHooks, a: &Value, b: &Value, expected: bool) {
        assert_eq!(equal(hooks, a, b).unwrap(), expected, "{a:?} == {b:?}");
        assert_eq!(equal(hooks, b, a).unwrap(), expected, "{b:?} == {a:?}");
    }

    #[test]
    fn scalars() {
        let mut hooks = TestHooks::new();
        let h = &mut hooks;
        check(h, &Value::Int(1), &Value::Float(1.0), true);
        check(h, &Value::Int(9007199254740993), &Value::Float(9007199254740992.0), false);
        check(h, &Value::Float(f64::NAN), &Value::Float(f64::NAN), false);
        check(h, &Value::Float(-0.0), &Value::Int(0), true);
        check(h, &Value::Bool(true), &Value::Int(1), false);
        check(h, &Value::Null, &Value::Bool(false), false);
        check(h, &Value::Null, &Value::Null, true);
    }

    #[test]
    fn containers() {
        let mut hooks = TestHooks::new();
        let h = &mut hooks;
        let heap = Heap::new(usize::MAX, 1);
        let array = |values: &[Value]| Value::Array(ArrayObject::from_values(&heap, values.iter().cloned()).unwrap());
        let string = |text| Value::Str(StrObject::new(&heap, text).unwrap());
        let (ints, floats) = (array(&[Value::Int(1), Value::Int(2)]), array(&[Value::Float(1.0), Value::Float(2.0)]));
        let mixed = array(&[Value::Int(1), Value::Float(2.0)]);
        check(h, &ints, &floats, true);
        check(h, &ints, &mixed, true);
        check(h, &floats, &mixed, true);
        check(h, &ints, &array(&[Value::Int(1)]), false);
        check(h, &array(&[ints.clone(), string("a")]), &array(&[floats, string("a")]), true);
        check(h, &array(&[ints.clone(), string("a")]), &array(&[ints.clone(), string("b")]), false);
        check(h, &array(&[]), &array(&[]), true);
        let nan = array(&[Value::Float(f64::NAN)]);
        check(h, &nan, &nan, false);

        let dict = |entries: &[(&str, i64)]| {
            let mut dict = DictObject::new(&heap);
            for (key, value) in entries {
                dict.make_mut().unwrap().insert_str(key, Value::Int(*value)).unwrap();
            }
            Value::Dict(dict)
        };
        check(h, &dict(&[("a", 1), ("1", 2)]), &dict(&[("1", 2), ("a", 1)]), true);
        check(h, &dict(&[("a", 1), ("1", 2)]), &dict(&[("1", 2), ("b", 1)]), false);
        check(h, &dict(&[("a", 1)]), &dict(&[("a", 2)]), false);

        let range = |a, b, inclusive, step| Value::Range(RangeObject::with_step(&heap, a, b, inclusive, step));
        check(h, &range(0, 3, false, 1), &range(0, 2, true, 1), true);
        check(h, &range(0, 3, false, 5), &range(0, 1, false, 1), true);
        check(h, &range(5, 3, false, 5), &range(0, 0, false, 1), true);
        check(h, &range(0, 4, false, 2), &range(0, 2, false, 1), false);
    }

    #[test]
    fn sets() {
        let mut hooks = TestHooks::new();
        let heap = Heap::new(usize::MAX, 1);
        let mut set = |values: Vec<Value>| Value::Set(SetObject::from_values(&mut hooks, values).unwrap());
        let array = |int| Value::Array(ArrayObject::from_values(&heap, [Value::Int(int)]).unwrap());
        let a = set(vec![array(1), array(2), Value::Int(3)]);
        let b = set(vec![Value::Float(3.0), array(2), array(1)]);
        let c = set(vec![Value::Float(3.0), array(2), array(7)]);
        let (aa, bb, cc) = (set(vec![a.clone()]), set(vec![b.clone()]), set(vec![c.clone()]));
        let h = &mut TestHooks::new();
        check(h, &a, &b, true);
        check(h, &a, &c, false);
        check(h, &aa, &bb, true);
        check(h, &aa, &cc, false);
    }

    /// Hooks under which every struct has the method results that a test gives.
    struct Methods {
        heap: Box<Heap>,
        result: Value,
    }

    impl Hooks for Methods {
        fn heap(&self) -> &Heap {
            &self.heap
        }

        fn charge(&mut self, _ticks: u64) -> Result<()> {
            Ok(())
        }

        fn pace(&mut self, _work: usize) -> Result<()> {
            Ok(())
        }

        fn call_method(&mut self, _receiver: &Value, _name: &str, _args: &[Value]) -> Result<Option<Value>> {
            Ok(Some(self.result.clone()))
        }

        fn native_name(&self, _id: crate::value::NativeId) -> &str {
            ""
        }
    }

    fn struct_with(heap: &Heap, id: u32, methods: &[&str], field: Value) -> Value {
        use crate::bytecode::decl::{FieldDecl, MethodDecl, Receiver};
        use crate::bytecode::{Const, FieldDefault, FuncId, Operators, StructDecl};
        let method = |name: &&str| MethodDecl { name: (*name).into(), receiver: Receiver::Value, function: FuncId(0) };
        let methods: Vec<MethodDecl> = methods.iter().map(method).collect();
        let decl = StructDecl {
            id,
            name: "S".into(),
            fields: vec![FieldDecl { name: "x".into(), default: FieldDefault::Const(Const::Null) }],
            operators: Operators::of(&methods),
            methods,
            sorted_fields: vec![0],
        };
        let def = crate::value::record::StructDefObject::alloc(heap, decl.into(), Box::new([]), Box::new([None]));
        Value::Struct(StructObject::alloc(&def, [field].into_iter()))
    }

    #[test]
    fn structs_compare_by_declaration_and_fields() {
        let heap = Heap::new(usize::MAX, 1);
        let h = &mut TestHooks::new();
        let of = |id, x| struct_with(&heap, id, &[], x);
        check(h, &of(1, Value::Int(1)), &of(1, Value::Float(1.0)), true);
        check(h, &of(1, Value::Int(1)), &of(1, Value::Int(2)), false);
        check(h, &of(1, Value::Int(1)), &of(2, Value::Int(1)), false);
    }

    #[test]
    fn op_eq_decides_also_inside_containers_and_sets() {
        let heap = Heap::new(usize::MAX, 1);
        let mut hooks = Methods { heap: Heap::new(usize::MAX, 1), result: Value::Bool(true) };
        let asked = struct_with(&heap, 1, &["op_eq"], Value::Null);
        let array = |value| Value::Array(ArrayObject::from_values(&heap, [value]).unwrap());
        let (of_asked, of_int) = (array(asked.clone()), array(Value::Int(3)));
        assert!(equal(&mut hooks, &asked, &Value::Int(3)).unwrap());
        assert!(!equal(&mut hooks, &Value::Int(3), &asked).unwrap());
        assert!(equal(&mut hooks, &of_asked, &of_int).unwrap());
        let mut set = SetObject::from_values(&mut hooks, [Value::Int(3), of_asked.clone()]).unwrap();
        assert_eq!(set.len(), 2);
        assert!(set.contains(&mut hooks, &of_int).unwrap());
        assert!(!set.contains(&mut hooks, &Value::Int(4)).unwrap());
        let other = SetObject::from_values(&mut hooks, [of_int.clone(), Value::Int(3)]).unwrap();
        let (left, right) = (Value::Set(set.clone()), Value::Set(other));
        assert!(equal(&mut hooks, &left, &right).unwrap());
        assert!(!equal(&mut hooks, &right, &left).unwrap());
        drop((left, right));
        assert!(set.make_mut().unwrap().remove(&mut hooks, &of_int).unwrap());
        assert_eq!(set.len(), 1);
        hooks.result = Value::Int(1);
        let fault = equal(&mut hooks, &of_asked, &of_int).unwrap_err();
        assert_eq!(fault.message, "op_eq must return a bool, got int");
    }

    #[test]
    fn the_text_of_a_struct_is_what_to_string_gives() {
        let heap = Heap::new(usize::MAX, 1);
        let mut hooks = Methods { heap: Heap::new(usize::MAX, 1), result: Value::Int(1) };
        let plain = struct_with(&heap, 1, &[], Value::Int(1));
        let custom = struct_with(&heap, 2, &["to_string"], Value::Int(1));
        assert_eq!(crate::value::text::text(&mut hooks, &plain).unwrap().as_str(), "S { x: 1 }");
        let fault = crate::value::text::text(&mut hooks, &custom).err().unwrap();
        assert_eq!(fault.message, "to_string must return a string, got int");
        hooks.result = Value::Str(StrObject::new(&heap, "<s>").unwrap());
        let array = Value::Array(ArrayObject::from_values(&heap, [custom, plain]).unwrap());
        assert_eq!(crate::value::text::text(&mut hooks, &array).unwrap().as_str(), "[<s>, S { x: 1 }]");
    }

    #[test]
    fn the_work_on_small_containers_adds_up() {
        let heap = Heap::new(usize::MAX, 1);
        let array = |values: Vec<Value>| Value::Array(ArrayObject::from_values(&heap, values).unwrap());
        let ticks = |a: &Value| {
            let mut hooks = TestHooks::new();
            assert!(equal(&mut hooks, a, a).unwrap());
            hooks.ticks
        };
        let short = array((0..63).map(Value::Int).collect());
        assert_eq!(ticks(&short), 0);
        assert_eq!(ticks(&array((0..128).map(Value::Int).collect())), 2);
        assert_eq!(ticks(&array(vec![short.clone(); 64])), 63 + 1);
        let structs = (0..64).map(|_| struct_with(&heap, 1, &[], array(vec![Value::Null; 62])));
        assert_eq!(ticks(&array(structs.collect())), 1 + 1 + 62);
        let mut owner = TestHooks::new();
        let set = Value::Set(SetObject::from_values(&mut owner, [short]).unwrap());
        assert_eq!(ticks(&array(vec![set; 64])), 1 + 1 + 63);
        let long = Value::BigInt(match int::from_big(&heap, num_bigint::BigInt::from(1) << 6400) {
            Value::BigInt(int) => int,
            _ => unreachable!(),
        });
        assert_eq!(ticks(&long), 1);
        let tree = (0..16).fold(array(vec![Value::Null]), |inner, _| array(vec![inner.clone(), inner]));
        assert_eq!(ticks(&tree), (3 * (1 << 16) - 2) / 64);
    }

    #[test]
    fn deep_nesting_is_compared_without_recursion() {
        let thread = std::thread::Builder::new().stack_size(128 * 1024).spawn(|| {
            let mut hooks = TestHooks::new();
            let heap = Heap::new(usize::MAX, 1);
            let nest = |inner| {
                let mut value = Value::Int(inner);
                for _ in 0..1_000_000 {
                    value = Value::Array(ArrayObject::from_values(&heap, [value]).unwrap());
                }
                value
            };
            let (a, b, c) = (nest(1), nest(1), nest(2));
            check(&mut hooks, &a, &b, true);
            check(&mut hooks, &a, &c, false);
        });
        thread.unwrap().join().unwrap();
    }
}
