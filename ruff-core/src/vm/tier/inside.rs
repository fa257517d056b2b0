//! Stubs that look into objects or make them, and cannot fail.
//!
//! This file is unsafe: native code trusts it with addresses.

#![allow(unsafe_code)]

use super::super::instance::instance_of;
use super::super::make::closure_of;
use super::machine;
use crate::bytecode::EnumDecl;
use crate::bytecode::function::ClosureTemplate;
use crate::jit::{MadeObject, MadePart};
use crate::value::Ref;
use crate::value::Value;
use crate::value::array::{ArrayObject, ElementKind};
use crate::value::closure::{CellObject, ClosureObject, LinkedFunction};
use crate::value::dict::{DictKey, DictObject};
use crate::value::heap::{Heap, HeapObject};
use crate::value::ops::compare::BYTES_PER_TICK;
use crate::value::ops::{self, Search};
use crate::value::record::{EnumDefObject, StructDefObject, StructObject, VariantObject};
use crate::value::set::SetObject;
use crate::value::string::StrObject;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

/// An object that native code has found by its tag.
unsafe fn object<'a, T>(address: usize) -> &'a T {
    let object = std::ptr::with_exposed_provenance::<T>(address);
    debug_assert!(object.is_aligned() && !object.is_null());
    // SAFETY: a live object of that type.
    unsafe { &*object }
}

/// The reference that the caller keeps to an object.
unsafe fn borrowed<T: HeapObject>(address: usize) -> std::mem::ManuallyDrop<Ref<T>> {
    // SAFETY: the caller's: a live object of that type.
    unsafe {
        let object = std::ptr::NonNull::new_unchecked(std::ptr::with_exposed_provenance_mut(address));
        std::mem::ManuallyDrop::new(Ref::from_raw(object))
    }
}

/// The address of an object for native code, which takes the reference over.
fn handed_over<T: HeapObject>(object: Ref<T>) -> usize {
    std::mem::ManuallyDrop::new(object).as_ptr().as_ptr().expose_provenance()
}

fn address_of(value: Option<&Value>) -> usize {
    value.map_or(0, |value| std::ptr::from_ref(value).expose_provenance())
}

pub(crate) unsafe extern "C" fn rt_string_length(text: usize) -> usize {
    // SAFETY: native code passes a string.
    unsafe { object::<StrObject>(text).chars() }
}

pub(crate) unsafe extern "C" fn rt_strings_equal(x: usize, y: usize) -> usize {
    // SAFETY: native code passes two strings.
    unsafe { object::<StrObject>(x).equals(object::<StrObject>(y)) as usize }
}

pub(crate) unsafe extern "C" fn rt_strings_order(x: usize, y: usize) -> i64 {
    // SAFETY: native code passes two strings.
    let (x, y) = unsafe { (object::<StrObject>(x), object::<StrObject>(y)) };
    if x.len().min(y.len()) >= BYTES_PER_TICK { 2 } else { x.as_str().cmp(y.as_str()) as i64 }
}

pub(crate) unsafe extern "C" fn rt_search_text(search: usize, text: usize, part: usize) -> i64 {
    let search = Search::ALL.get(search).copied().unwrap_or(Search::Contains);
    // SAFETY: native code passes two strings.
    unsafe { search.short_answer(object(text), object(part)).unwrap_or(-2) }
}

pub(crate) unsafe extern "C" fn rt_short_contains(value: usize, container: usize) -> usize {
    // SAFETY: native code passes the addresses of two values.
    unsafe { ops::contains::short_contains(object(value), object(container)).map_or(2, usize::from) }
}

pub(crate) unsafe extern "C" fn rt_set_contains(set: usize, value: usize) -> usize {
    // SAFETY: native code passes a set and the address of a value.
    unsafe { object::<SetObject>(set).contains_plain(object(value)).map_or(2, usize::from) }
}

pub(crate) unsafe extern "C" fn rt_int_string(m: usize, int: i64) -> usize {
    // SAFETY: native code passes its machine.
    handed_over(StrObject::from_int(unsafe { machine(m) }.heap(), int))
}

pub(crate) unsafe extern "C" fn rt_join_short(x: usize, y: usize) -> usize {
    // SAFETY: native code passes two strings.
    unsafe { ops::arith::short_sum(&borrowed(x), object(y)).map_or(0, handed_over) }
}

pub(crate) unsafe extern "C" fn rt_join_int(text: usize, int: i64) -> usize {
    // SAFETY: native code passes a string.
    unsafe { ops::arith::short_sum_int(&borrowed(text), int).map_or(0, handed_over) }
}

pub(crate) unsafe extern "C" fn rt_append_short(x: usize, y: usize) -> usize {
    // SAFETY: native code passes two strings, and keeps its reference to the first if the answer is 0.
    unsafe {
        let mut text = borrowed::<StrObject>(x);
        if x != y && ops::arith::append_short(&mut text, object(y)) {
            text.as_ptr().as_ptr().expose_provenance()
        } else {
            0
        }
    }
}

pub(crate) unsafe extern "C" fn rt_slice_string(text: usize, start: usize, end: usize) -> usize {
    // SAFETY: native code passes a string.
    unsafe { ops::slice::short_text(&borrowed(text), start, end).map_or(0, handed_over) }
}

pub(crate) unsafe extern "C" fn rt_slice_array(array: usize, start: usize, end: usize) -> usize {
    // SAFETY: native code passes an array.
    match unsafe { ops::slice::short_array(&borrowed(array), start, end) } {
        Some(Ok(part)) => handed_over(part),
        Some(Err(_)) | None => 0,
    }
}

pub(crate) unsafe extern "C" fn rt_dict_length(dict: usize) -> usize {
    // SAFETY: native code passes a dict.
    unsafe { object::<DictObject>(dict).len() }
}

pub(crate) unsafe extern "C" fn rt_find_entry(dict: usize, key: usize) -> usize {
    // SAFETY: native code passes a dict and the address of a value.
    unsafe { address_of(object::<DictObject>(dict).get_value(object::<Value>(key))) }
}

pub(crate) unsafe extern "C" fn rt_find_int_entry(dict: usize, key: i64) -> usize {
    // SAFETY: native code passes a dict.
    unsafe { address_of(object::<DictObject>(dict).get_int(key)) }
}

pub(crate) unsafe extern "C" fn rt_find_string_entry(dict: usize, key: usize) -> usize {
    // SAFETY: native code passes a dict and a string.
    unsafe { address_of(object::<DictObject>(dict).get_string(object::<StrObject>(key))) }
}

pub(crate) unsafe extern "C" fn rt_find_short_entry(
    dict: usize,
    _text: usize,
    low: usize,
    high: usize,
    hint: usize,
) -> usize {
    // SAFETY: native code passes what `rt_find_named_entry` asks for.
    unsafe { rt_find_named_entry(dict, low, high, hint) }
}

pub(crate) unsafe extern "C" fn rt_find_named_entry(dict: usize, low: usize, high: usize, hint: usize) -> usize {
    // SAFETY: native code passes a dict, the words of a short key and the address of a word of its own.
    unsafe {
        let (dict, hint) = (object::<DictObject>(dict), object::<AtomicU32>(hint));
        let Some(position) = dict.find(&DictKey::from_words([low as u64, high as u64])) else { return 0 };
        // Native code compares its index with the number of entries, which fits.
        hint.store(position as u32, Ordering::Relaxed);
        address_of(dict.value_at(position))
    }
}

pub(crate) unsafe extern "C" fn rt_find_text_entry(dict: usize, text: usize, len: usize) -> usize {
    // SAFETY: native code passes a dict, and a text of its program.
    unsafe {
        let text = std::slice::from_raw_parts(std::ptr::with_exposed_provenance::<u8>(text), len);
        address_of(object::<DictObject>(dict).get_str(std::str::from_utf8_unchecked(text)))
    }
}

/// The address of the value under a key of a dict that only native code refers to; 0 if the interpreter must see to it.
#[inline(always)]
unsafe fn entry(dict: usize, key: DictKey) -> usize {
    // SAFETY: the caller's: an unshared dict.
    let dict = unsafe { &mut *std::ptr::with_exposed_provenance_mut::<DictObject>(dict) };
    match dict.entry(key) {
        Ok(Some(value)) => std::ptr::from_mut(value).expose_provenance(),
        Ok(None) | Err(_) => 0,
    }
}

pub(crate) unsafe extern "C" fn rt_entry(dict: usize, key: usize) -> usize {
    // SAFETY: native code passes an unshared dict and the address of a value.
    unsafe {
        match object::<Value>(key) {
            Value::Int(int) => entry(dict, DictKey::Int(*int)),
            Value::Str(text) => entry(dict, DictKey::from_string(text)),
            _ => 0,
        }
    }
}

pub(crate) unsafe extern "C" fn rt_int_entry(dict: usize, key: i64, found: usize) -> usize {
    if found != 0 {
        return found;
    }
    // SAFETY: native code passes an unshared dict.
    unsafe { entry(dict, DictKey::Int(key)) }
}

pub(crate) unsafe extern "C" fn rt_string_entry(dict: usize, key: usize, found: usize) -> usize {
    if found != 0 {
        return found;
    }
    // SAFETY: native code passes an unshared dict and a string.
    unsafe { entry(dict, DictKey::from_string(&borrowed(key))) }
}

pub(crate) unsafe extern "C" fn rt_set_add(set: usize, value: usize) -> usize {
    // SAFETY: native code passes an unshared set and the address of a value.
    let (set, value) = unsafe { (&mut *std::ptr::with_exposed_provenance_mut::<SetObject>(set), object(value)) };
    set.insert_plain(value).map_or(2, usize::from)
}

pub(crate) unsafe extern "C" fn rt_make_room(array: usize, tag: usize) -> usize {
    // SAFETY: native code passes an unshared array.
    let array = unsafe { &mut *std::ptr::with_exposed_provenance_mut::<ArrayObject>(array) };
    array.make_room(ElementKind::of_tag(tag as u8)).is_ok_and(|is_made| is_made) as usize
}

/// The definition of results or of options, by its id.
pub(super) fn outcome_definition(heap: &Heap, id: u32) -> &Ref<EnumDefObject> {
    if id == EnumDecl::RESULT_ID { heap.result_def() } else { heap.option_def() }
}

/// An object that native code has not made.
///
/// # Safety
/// The slots from `base` on have its parts, and live definitions.
pub(super) unsafe fn made_object(heap: &Heap, base: *mut Value, object: &MadeObject) -> Value {
    // SAFETY: as the caller promises.
    let slot = |slot: u32| unsafe { (*base.add(slot as usize)).take() };
    let part = |part: &MadePart| match part {
        MadePart::Slot(index) => slot(*index),
        // SAFETY: as the caller promises.
        MadePart::Object(object) => unsafe { made_object(heap, base, object) },
    };
    match object {
        MadeObject::Struct { definition, fields } => {
            let Value::Int(address) = slot(*definition) else { return Value::Null };
            // SAFETY: as the caller promises.
            let definition = unsafe { borrowed::<StructDefObject>(address as usize) };
            Value::Struct(StructObject::alloc(&definition, fields.iter().map(part)))
        }
        MadeObject::Array { elements } => {
            let mut elements: Vec<Value> = elements.iter().map(part).collect();
            // They have room in the object, so that nothing fails.
            ArrayObject::from_taken(heap, &mut elements).map_or(Value::Null, Value::Array)
        }
        MadeObject::Outcome { id, variant, values } => {
            let Value::Int(variant) = slot(*variant) else { return Value::Null };
            let definition = outcome_definition(heap, *id);
            Value::Variant(VariantObject::alloc(definition, variant as u32, values.iter().map(part)))
        }
    }
}

pub(crate) unsafe extern "C" fn rt_alloc_struct(def: usize) -> usize {
    // SAFETY: native code passes a definition, and writes the fields next.
    unsafe { StructObject::alloc_empty(&borrowed::<StructDefObject>(def)).as_ptr().expose_provenance() }
}

pub(crate) unsafe extern "C" fn rt_alloc_variant(def: usize, variant: usize, len: usize) -> usize {
    // SAFETY: native code passes a definition and one of its variants, and writes the payload next.
    unsafe {
        let def = borrowed::<EnumDefObject>(def);
        VariantObject::alloc_empty(&def, variant as u32, len).as_ptr().expose_provenance()
    }
}

pub(crate) unsafe extern "C" fn rt_alloc_array(m: usize, kind: usize, len: usize) -> usize {
    let kind = ElementKind::ALL.get(kind).copied().unwrap_or(ElementKind::Values);
    // SAFETY: native code passes its machine, takes the reference over, and writes the elements next.
    match unsafe { ArrayObject::unwritten(machine(m).heap(), kind, len) } {
        Ok(array) => handed_over(array),
        Err(_) => 0,
    }
}

pub(crate) unsafe extern "C" fn rt_alloc_cell(m: usize) -> usize {
    // SAFETY: native code passes its machine, and takes the reference over.
    let heap = unsafe { machine(m) }.heap();
    handed_over(CellObject::alloc(heap, Value::Null))
}

pub(crate) unsafe extern "C" fn rt_alloc_closure(
    m: usize,
    linked: usize,
    template: usize,
    registers: usize,
    closure: usize,
) -> usize {
    // SAFETY: native code passes its machine, a linked function with its template, the registers of the frame and the closure that is
    // running there, and takes the reference over.
    unsafe {
        let registers = std::ptr::with_exposed_provenance::<Value>(registers);
        let captures = if closure == 0 { &[][..] } else { object::<ClosureObject>(closure).captures() };
        let linked = NonNull::from(object::<LinkedFunction>(linked));
        let register = |index: u16| &*registers.add(index as usize);
        let closure = closure_of(machine(m).heap(), linked, object::<ClosureTemplate>(template), register, captures);
        handed_over(closure)
    }
}

pub(crate) unsafe extern "C" fn rt_function_value(m: usize, linked: usize) -> usize {
    // SAFETY: native code passes its machine and one of its linked functions. The instance keeps the closure: the reference that is
    // dropped is not the last.
    unsafe {
        let linked = object::<LinkedFunction>(linked);
        match instance_of(linked).closure(machine(m), linked.function().id.0) {
            Value::Closure(closure) => closure.as_ptr().as_ptr().expose_provenance(),
            _ => 0,
        }
    }
}
