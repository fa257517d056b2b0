//! Section 11: methods that change their receiver. An error leaves it as it was.
//!
//! `sort` with a function is in the prelude.

use super::{arrays, collections, dicts};
use crate::fault::{Fault, Result};
use crate::jit::Intrinsic;
use crate::value::Value;
use crate::value::array::ArrayObject;
use crate::value::collections::{QueueObject, StackObject};
use crate::value::dict::DictObject;
use crate::value::set::SetObject;
use crate::vm::native::take;
use crate::vm::{Arity, Ctx, Library, ReceiverKind};

fn bug() -> Fault {
    Fault::bug("a method of another kind or arity")
}

// ---- arrays

fn push(_ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
    let [value] = args else { return Err(bug()) };
    arrays::push_to("push", receiver, value)?;
    Ok(Value::Null)
}

fn pop(_ctx: &mut Ctx<'_>, receiver: &mut Value, _args: &mut [Value]) -> Result<Value> {
    arrays::pop_from(receiver)
}

fn insert(ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
    let [index, value] = args else { return Err(bug()) };
    arrays::insert_into(ctx, receiver, index, value)?;
    Ok(Value::Null)
}

fn remove_at(ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
    let [index] = args else { return Err(bug()) };
    arrays::remove_index(ctx, receiver, index)
}

fn remove_element(ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
    let (Value::Array(xs), [item]) = (receiver, args) else { return Err(bug()) };
    Ok(Value::Bool(arrays::remove_equal(ctx, xs, item)?))
}

fn reverse(ctx: &mut Ctx<'_>, receiver: &mut Value, _args: &mut [Value]) -> Result<Value> {
    arrays::reverse_in_place(ctx, receiver)?;
    Ok(Value::Null)
}

/// Of every kind of collection: a unique one keeps its room.
fn clear(ctx: &mut Ctx<'_>, receiver: &mut Value, _args: &mut [Value]) -> Result<Value> {
    let heap = ctx.heap();
    match receiver {
        Value::Array(xs) => match xs.get_mut() {
            Some(xs) => xs.clear(),
            None => *xs = ArrayObject::new(heap),
        },
        Value::Dict(dict) => match dict.get_mut() {
            Some(dict) => dict.clear(),
            None => *dict = DictObject::new(heap),
        },
        Value::Set(set) => match set.get_mut() {
            Some(set) => set.clear(),
            None => *set = SetObject::new(heap),
        },
        Value::Queue(queue) => match queue.get_mut() {
            Some(queue) => queue.clear(),
            None => *queue = QueueObject::new(heap),
        },
        Value::Stack(stack) => *stack = StackObject::alloc(heap, ArrayObject::new(heap)),
        _ => return Err(bug()),
    }
    Ok(Value::Null)
}

// ---- dicts

fn remove_key(_ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
    let (Value::Dict(dict), [key]) = (receiver, args) else { return Err(bug()) };
    if !arrays::is_key(key) {
        return Err(arrays::remove_error());
    }
    if !dict.contains_value(key) {
        return Ok(Value::Null);
    }
    Ok(dict.make_mut()?.remove_value(key).unwrap_or(Value::Null))
}

fn update(ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
    let (Value::Dict(dict), [other]) = (receiver, args) else { return Err(bug()) };
    let Value::Dict(other) = other else {
        return Err(super::argument::invalid("update() requires a dict argument"));
    };
    dicts::update_with(ctx, dict, other)?;
    Ok(Value::Null)
}

// ---- sets, queues, stacks

fn add(ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
    let (Value::Set(set), [value]) = (receiver, args) else { return Err(bug()) };
    Ok(Value::Bool(collections::add_to(ctx, set, value)?))
}

fn remove_member(ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
    let (Value::Set(set), [value]) = (receiver, args) else { return Err(bug()) };
    Ok(Value::Bool(collections::remove_from(ctx, set, value)?))
}

fn enqueue(_ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
    let (Value::Queue(queue), [value]) = (receiver, args) else { return Err(bug()) };
    queue.make_mut()?.enqueue(take(value))?;
    Ok(Value::Null)
}

fn dequeue(_ctx: &mut Ctx<'_>, receiver: &mut Value, _args: &mut [Value]) -> Result<Value> {
    let Value::Queue(queue) = receiver else { return Err(bug()) };
    let front = if queue.is_empty() { None } else { queue.make_mut()?.dequeue() };
    Ok(front.unwrap_or(Value::Null))
}

fn push_on_stack(_ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
    let (Value::Stack(stack), [value]) = (receiver, args) else { return Err(bug()) };
    stack.make_mut()?.push(take(value))?;
    Ok(Value::Null)
}

fn pop_from_stack(_ctx: &mut Ctx<'_>, receiver: &mut Value, _args: &mut [Value]) -> Result<Value> {
    let Value::Stack(stack) = receiver else { return Err(bug()) };
    let top = if stack.is_empty() { None } else { stack.make_mut()?.pop()? };
    Ok(top.unwrap_or(Value::Null))
}

/// Adds the methods.
pub fn install_methods(library: &mut Library) {
    use ReceiverKind::{Array, Dict, Queue, Set, Stack};
    const NONE: Arity = Arity::exactly(0);
    const ONE: Arity = Arity::exactly(1);
    library.mutating_method(&[Array], "push", ONE, push);
    library.mutating_method(&[Array], "append", ONE, push);
    library.known_as(Array, "push", Intrinsic::Push);
    library.known_as(Array, "append", Intrinsic::Push);
    library.mutating_method(&[Array], "pop", NONE, pop);
    library.known_as(Array, "pop", Intrinsic::Pop);
    library.mutating_method(&[Array], "insert", Arity::exactly(2), insert);
    library.mutating_method(&[Array], "remove_at", ONE, remove_at);
    library.mutating_method(&[Array], "remove", ONE, remove_element);
    library.mutating_method(&[Array], "reverse", NONE, reverse);
    library.mutating_method(&[Array, Dict, Set, Queue, Stack], "clear", NONE, clear);
    library.mutating_method(&[Dict], "remove", ONE, remove_key);
    library.mutating_method(&[Dict], "update", ONE, update);
    library.mutating_method(&[Set], "add", ONE, add);
    library.known_as(Set, "add", Intrinsic::Add);
    library.mutating_method(&[Set], "remove", ONE, remove_member);
    library.mutating_method(&[Queue], "enqueue", ONE, enqueue);
    library.mutating_method(&[Queue], "dequeue", NONE, dequeue);
    library.mutating_method(&[Stack], "push", ONE, push_on_stack);
    library.mutating_method(&[Stack], "pop", NONE, pop_from_stack);
}
