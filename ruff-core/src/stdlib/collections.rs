//! Section 9: sets, queues and stacks, in insertion order.

use super::argument::{array, invalid, not_an_array, wrong_kind};
use super::arrays::pair;
use super::{Builtin, builtin};
use crate::fault::{Fault, Result};
use crate::jit::Intrinsic;
use crate::value::array::ArrayObject;
use crate::value::collections::{QueueObject, StackObject};
use crate::value::set::SetObject;
use crate::value::{Ref, Value};
use crate::vm::Ctx;
use crate::vm::native::take;

/// The error of another kind of collection.
#[cold]
fn wrong_collection(name: &str, kind: &str) -> Fault {
    invalid(format!("{name}() requires a {kind} argument"))
}

fn only_set<'a>(name: &str, args: &'a mut [Value]) -> Result<&'a mut Ref<SetObject>> {
    match args.first_mut() {
        Some(Value::Set(set)) => Ok(set),
        _ => Err(wrong_collection(name, "set")),
    }
}

fn only_queue<'a>(name: &str, args: &'a mut [Value]) -> Result<&'a mut Ref<QueueObject>> {
    match args.first_mut() {
        Some(Value::Queue(queue)) => Ok(queue),
        _ => Err(wrong_collection(name, "queue")),
    }
}

fn only_stack<'a>(name: &str, args: &'a mut [Value]) -> Result<&'a mut Ref<StackObject>> {
    match args.first_mut() {
        Some(Value::Stack(stack)) => Ok(stack),
        _ => Err(wrong_collection(name, "stack")),
    }
}

fn first(args: &mut [Value]) -> Value {
    args.first_mut().map_or(Value::Null, take)
}

// ---- sets

/// Adds a value. Was it new? A struct's `op_eq` may fail, so that nothing of the arguments is taken before.
pub fn add_to(ctx: &mut Ctx<'_>, set: &mut Ref<SetObject>, value: &Value) -> Result<bool> {
    if set.contains(ctx, value)? {
        return Ok(false);
    }
    set.make_mut()?.insert(ctx, value.clone())
}

/// Removes a value. Was it there?
pub fn remove_from(ctx: &mut Ctx<'_>, set: &mut Ref<SetObject>, value: &Value) -> Result<bool> {
    if !set.contains(ctx, value)? {
        return Ok(false);
    }
    set.make_mut()?.remove(ctx, value)
}

fn new_set(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args {
        [] => Ok(Value::Set(SetObject::new(ctx.heap()))),
        [Value::Array(xs)] => {
            ctx.charge_for(xs.len())?;
            Ok(Value::Set(SetObject::from_values(ctx, xs.iter())?))
        }
        [other, ..] => Err(not_an_array("Set constructor requires an array argument", other)),
    }
}

fn set_add(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Set(set), value] = args else { return Err(wrong_collection("set_add", "set")) };
    add_to(ctx, set, value)?;
    Ok(first(args))
}

fn set_remove(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Set(set), value] = args else { return Err(wrong_collection("set_remove", "set")) };
    remove_from(ctx, set, value)?;
    Ok(first(args))
}

fn set_has(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Set(set), value] = args else { return Err(wrong_collection("set_has", "set")) };
    Ok(Value::Bool(set.contains(ctx, value)?))
}

fn set_union(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Set(a), Value::Set(b)] = args else { return Err(wrong_collection("set_union", "set")) };
    ctx.charge_for(b.len())?;
    // A copy, because `op_eq` may fail in the middle.
    let mut union = a.clone();
    let out = union.make_mut()?;
    for value in b.iter() {
        out.insert(ctx, value.clone())?;
    }
    Ok(Value::Set(union))
}

/// The elements of the first set that are, or are not, in the second.
fn select(ctx: &mut Ctx<'_>, name: &str, args: &mut [Value], wanted: bool) -> Result<Value> {
    let [Value::Set(a), Value::Set(b)] = args else { return Err(wrong_collection(name, "set")) };
    ctx.charge_for(a.len())?;
    let mut kept = SetObject::new(ctx.heap());
    let out = kept.make_mut()?;
    for value in a.iter() {
        if b.contains(ctx, value)? == wanted {
            out.insert(ctx, value.clone())?;
        }
    }
    Ok(Value::Set(kept))
}

fn set_intersect(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    select(ctx, "set_intersect", args, true)
}

fn set_difference(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    select(ctx, "set_difference", args, false)
}

fn set_to_array(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let set = only_set("set_to_array", args)?;
    ctx.charge_for(set.len())?;
    array(ctx, set.iter().cloned())
}

// ---- queues

fn new_queue(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args {
        [] => Ok(Value::Queue(QueueObject::new(ctx.heap()))),
        [Value::Array(xs)] => {
            ctx.charge_for(xs.len())?;
            Ok(Value::Queue(QueueObject::from_values(ctx.heap(), xs.iter())?))
        }
        _ => Err(wrong_kind("Queue", "array", 1, &first(args))),
    }
}

fn queue_enqueue(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Queue(queue), value] = args else { return Err(wrong_collection("queue_enqueue", "queue")) };
    queue.make_mut()?.enqueue(take(value))?;
    Ok(first(args))
}

fn queue_dequeue(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let queue = only_queue("queue_dequeue", args)?;
    let front = if queue.is_empty() { None } else { queue.make_mut()?.dequeue() };
    pair(ctx, first(args), front.unwrap_or(Value::Null))
}

fn queue_peek(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    Ok(only_queue("queue_peek", args)?.peek().cloned().unwrap_or(Value::Null))
}

fn queue_size(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Queue(queue)] = args else { return Err(invalid("queue_size requires a Queue argument")) };
    Ok(Value::Int(queue.len() as i64))
}

fn queue_is_empty(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    Ok(Value::Bool(only_queue("queue_is_empty", args)?.is_empty()))
}

fn queue_to_array(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let queue = only_queue("queue_to_array", args)?;
    ctx.charge_for(queue.len())?;
    array(ctx, queue.iter().cloned())
}

// ---- stacks

fn new_stack(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let items = match args {
        [] => ArrayObject::new(ctx.heap()),
        [Value::Array(xs)] => xs.clone(),
        _ => return Err(wrong_kind("Stack", "array", 1, &first(args))),
    };
    Ok(Value::Stack(StackObject::alloc(ctx.heap(), items)))
}

fn stack_push(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Stack(stack), value] = args else { return Err(wrong_collection("stack_push", "stack")) };
    stack.make_mut()?.push(take(value))?;
    Ok(first(args))
}

fn stack_pop(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let stack = only_stack("stack_pop", args)?;
    let top = if stack.is_empty() { None } else { stack.make_mut()?.pop()? };
    pair(ctx, first(args), top.unwrap_or(Value::Null))
}

fn stack_peek(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    Ok(only_stack("stack_peek", args)?.peek().unwrap_or(Value::Null))
}

fn stack_size(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Stack(stack)] = args else { return Err(invalid("stack_size requires a Stack argument")) };
    Ok(Value::Int(stack.len() as i64))
}

fn stack_is_empty(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    Ok(Value::Bool(only_stack("stack_is_empty", args)?.is_empty()))
}

fn stack_to_array(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    Ok(Value::Array(only_stack("stack_to_array", args)?.items().clone()))
}

/// The rows of this section. Their methods have other names; see [`super::sequences`].
pub const ENTRIES: &[Builtin] = &[
    builtin!("Set", 0..=1, new_set, "Set([xs]) -> set: the distinct elements of an array"),
    builtin!("set_add", 2, set_add, "set_add(s, v) -> set: with v"),
    builtin!("set_remove", 2, set_remove, "set_remove(s, v) -> set: without v"),
    builtin!("set_has", 2, set_has, "set_has(s, v) -> bool: is v an element?").known_as(Intrinsic::HasElement),
    builtin!("set_union", 2, set_union, "set_union(a, b) -> set: a, then the new ones of b"),
    builtin!("set_intersect", 2, set_intersect, "set_intersect(a, b) -> set: those of a that are in b"),
    builtin!("set_difference", 2, set_difference, "set_difference(a, b) -> set: those of a that are not in b"),
    builtin!("set_to_array", 1, set_to_array, "set_to_array(s) -> array: in insertion order"),
    builtin!("Queue", 0..=1, new_queue, "Queue([xs]) -> queue: front first"),
    builtin!("queue_enqueue", 2, queue_enqueue, "queue_enqueue(q, v) -> queue: with v at the end"),
    builtin!("queue_dequeue", 1, queue_dequeue, "queue_dequeue(q) -> array: [rest, front]"),
    builtin!("queue_peek", 1, queue_peek, "queue_peek(q) -> value: the front, null when empty"),
    builtin!("queue_size", 1, queue_size, "queue_size(q) -> int: the number of elements"),
    builtin!("queue_is_empty", 1, queue_is_empty, "queue_is_empty(q) -> bool: is the length 0?"),
    builtin!("queue_to_array", 1, queue_to_array, "queue_to_array(q) -> array: front first"),
    builtin!("Stack", 0..=1, new_stack, "Stack([xs]) -> stack: bottom first"),
    builtin!("stack_push", 2, stack_push, "stack_push(s, v) -> stack: with v on top"),
    builtin!("stack_pop", 1, stack_pop, "stack_pop(s) -> array: [rest, top]"),
    builtin!("stack_peek", 1, stack_peek, "stack_peek(s) -> value: the top, null when empty"),
    builtin!("stack_size", 1, stack_size, "stack_size(s) -> int: the number of elements"),
    builtin!("stack_is_empty", 1, stack_is_empty, "stack_is_empty(s) -> bool: is the length 0?"),
    builtin!("stack_to_array", 1, stack_to_array, "stack_to_array(s) -> array: bottom first"),
];
