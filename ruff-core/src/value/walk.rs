//! The children of a value: one place that knows what each kind refers to.
//!
//! This file is unsafe: it lends values that are stored as bare references.

#![allow(unsafe_code)]

use super::array::Elements;
use super::heap::HeapObject;
use super::repr::{Ref, Value};
use std::mem::ManuallyDrop;

/// Calls `visit` with each value that `value` refers to directly and that may refer to others: strings, numbers and the like
/// are left out. Objects of the host keep what they hold to themselves.
pub(super) fn visit_children(value: &Value, visit: &mut dyn FnMut(&Value)) {
    match value {
        Value::Array(array) => visit_elements(array.elements(), visit),
        Value::Stack(stack) => visit_elements(stack.items().elements(), visit),
        Value::Dict(dict) => visit_all(dict.values(), visit),
        Value::Set(set) => visit_all(set.iter(), visit),
        Value::Queue(queue) => visit_all(queue.iter(), visit),
        Value::Struct(object) => {
            lend(object.def(), Value::StructDef, visit);
            visit_all(object.fields(), visit);
        }
        Value::Variant(variant) => visit_all(variant.payload(), visit),
        Value::Closure(closure) => closure.captures().iter().for_each(|cell| lend(cell, Value::Cell, visit)),
        Value::Cell(cell) => {
            let content = cell.get();
            if has_children(&content) {
                visit_taken(content, visit);
            }
        }
        Value::StructDef(def) => {
            def.methods().iter().for_each(|method| lend(method, Value::Closure, visit));
            def.defaults().iter().flatten().for_each(|default| lend(default, Value::Closure, visit));
        }
        Value::Generator(generator) => {
            if let Some(closure) = generator.closure() {
                lend(closure, Value::Closure, visit);
            }
            visit_all(generator.registers(), visit);
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Native(_)
        | Value::Absent(_)
        | Value::BigInt(_)
        | Value::Str(_)
        | Value::Range(_)
        | Value::Bytes(_)
        | Value::Constructor(_)
        | Value::EnumDef(_)
        | Value::Module(_)
        | Value::Host(_) => {}
    }
}

/// Can a value of this kind refer to others?
pub(super) fn has_children(value: &Value) -> bool {
    matches!(
        value,
        Value::Array(_)
            | Value::Stack(_)
            | Value::Dict(_)
            | Value::Set(_)
            | Value::Queue(_)
            | Value::Struct(_)
            | Value::Variant(_)
            | Value::Closure(_)
            | Value::Cell(_)
            | Value::StructDef(_)
            | Value::Generator(_)
    )
}

fn visit_all<'a>(values: impl IntoIterator<Item = &'a Value>, visit: &mut dyn FnMut(&Value)) {
    values.into_iter().filter(|v| has_children(v)).for_each(visit);
}

fn visit_elements(elements: Elements<'_>, visit: &mut dyn FnMut(&Value)) {
    if let Elements::Values(values) = elements {
        visit_all(values, visit);
    }
}

/// Visits a copy whose count is given back before, so that the visitor sees the true counts.
fn visit_taken(copy: Value, visit: &mut dyn FnMut(&Value)) {
    if let Some(header) = copy.object_header() {
        header.count.set(header.count.get() - 1);
    }
    visit(&ManuallyDrop::new(copy));
}

/// Visits a reference as a value without counting it.
fn lend<T: HeapObject>(object: &Ref<T>, kind: fn(Ref<T>) -> Value, visit: &mut dyn FnMut(&Value)) {
    // SAFETY: the second reference is never dropped, and gone before the first.
    let value = ManuallyDrop::new(kind(unsafe { Ref::from_raw(object.as_ptr()) }));
    visit(&value);
}
