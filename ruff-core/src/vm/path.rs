//! Fast paths of the loop for places and methods: what needs no lookup, no copy and no error.
//!
//! Each gives up without any effect where it does not apply; the functions of `place` and `method` do it then.
//!
//! This file is unsafe: it works on registers of the loop.

#![allow(unsafe_code)]

use super::frame::Frame;
use super::instance::Instance;
use super::method::DEFINITION_KEYS;
use super::stack;
use crate::bytecode::decl::Receiver;
use crate::bytecode::{Place, PlaceRoot, PlaceStep, Site};
use crate::value::Value;
use crate::value::array::Elements;
use crate::value::closure::{CellObject, ClosureObject, LinkedFunction};
use crate::value::{Absence, Ref};

/// Set in the slot that a method site caches if the call needs `method`: the receiver is in-out, or arguments are marked.
pub(super) const SLOW_METHOD: u32 = 1 << 31;

/// A place of the running function.
///
/// # Safety
/// The frame is active and its function has the place.
#[inline(always)]
unsafe fn place_of<'a>(frame: *const Frame, place: u32) -> &'a Place {
    // SAFETY: the caller's; programs outlive frames, and a linked function has the places of its function.
    unsafe { &*(*(*frame).function).places.add(place as usize) }
}

#[inline(always)]
unsafe fn site_of<'a>(frame: *const Frame, site: u32) -> &'a Site {
    // SAFETY: the frame is active and verified code names sites of its function.
    unsafe { &*(*(*frame).function).sites.add(site as usize) }
}

/// The address of a place's root.
#[inline(always)]
unsafe fn root_of(frame: *const Frame, place: &Place) -> *mut Value {
    // SAFETY: the frame is active, and verified places name its registers, captures and globals.
    unsafe {
        match place.root {
            PlaceRoot::Register(register) => (*frame).base.add(register.0 as usize),
            PlaceRoot::Cell(register) => super::access::cell_variable((*frame).base.add(register.0 as usize)),
            PlaceRoot::Capture(index) => match &(*frame).closure {
                Some(closure) => CellObject::as_ptr(closure.captures().get_unchecked(index as usize)),
                None => std::hint::unreachable_unchecked(),
            },
            PlaceRoot::Global(global) => {
                let instance = &*(*(*frame).function).instance.cast::<Instance>();
                instance.global_unchecked(global.0 as usize)
            }
        }
    }
}

/// The address of a place that is a whole register; else that of a value that is nothing's receiver.
///
/// # Safety
/// The frame is active and its function has the place.
#[inline(always)]
pub(super) unsafe fn local_root(frame: *const Frame, place: u32) -> *const Value {
    static NOTHING: NoReceiver = NoReceiver(Value::Absent(Absence::Undefined));
    // SAFETY: the caller's.
    unsafe {
        let place = place_of(frame, place);
        match place.root {
            PlaceRoot::Register(register) if place.steps.is_empty() => (*frame).base.add(register.0 as usize),
            _ => &NOTHING.0,
        }
    }
}

/// A value without reference count.
struct NoReceiver(Value);

// SAFETY: an absent value is plain data.
unsafe impl Sync for NoReceiver {}

/// A step of a place for reading: names are keys of dicts.
#[inline(always)]
unsafe fn follow(frame: *const Frame, current: *const Value, place: &Place, at: usize) -> Option<*const Value> {
    // SAFETY: as for `follow_mutable`.
    unsafe {
        if let (PlaceStep::Field(site), Value::Dict(dict)) = (*place.steps.get_unchecked(at), &*current) {
            place.note_dict(at);
            let name = site_of(frame, site).name.as_deref()?;
            return dict.get_str(name).map(std::ptr::from_ref);
        }
        follow_mutable(frame, current, place, at)
    }
}

/// A step of a place, by its index, from a container to what it holds.
#[inline(always)]
unsafe fn follow_mutable(frame: *const Frame, current: *const Value, place: &Place, at: usize) -> Option<*const Value> {
    // SAFETY: `current` is a value that lives at least until the next write of the script.
    unsafe {
        match (*place.steps.get_unchecked(at), &*current) {
            (PlaceStep::Index(register), Value::Array(array)) => {
                let Value::Int(at) = &*(*frame).base.add(register.0 as usize) else { return None };
                match array.elements() {
                    Elements::Values(values) => values.get(*at as u64 as usize).map(std::ptr::from_ref),
                    _ => None,
                }
            }
            (PlaceStep::Index(register), Value::Dict(dict)) => {
                place.note_dict(at);
                dict.get_value(&*(*frame).base.add(register.0 as usize)).map(std::ptr::from_ref)
            }
            (PlaceStep::Field(site), Value::Struct(_)) => super::access::cached_field(frame, site, current),
            _ => None,
        }
    }
}

/// The value at a place, if it lies in arrays, dicts and structs only.
///
/// # Safety
/// The frame is active and its function has the place.
#[inline(always)]
pub(super) unsafe fn find(frame: *const Frame, place: &Place) -> Option<*const Value> {
    // SAFETY: the caller's.
    unsafe {
        let mut current: *const Value = root_of(frame, place);
        for at in 0..place.steps.len() {
            current = follow(frame, current, place, at)?;
        }
        Some(current)
    }
}

/// `to := place`: the feedback on the array that an element was read from, if it was one.
///
/// # Safety
/// The frame is active, its function has the place, and `to` is its register.
#[inline(never)]
pub(super) unsafe fn read(frame: *const Frame, place: u32, to: *mut Value) -> Option<u16> {
    // SAFETY: the caller's.
    unsafe {
        let place = place_of(frame, place);
        let mut current: *const Value = root_of(frame, place);
        let (last, path) = place.steps.split_last()?;
        if let [PlaceStep::Index(register)] = path
            && let PlaceStep::Field(site) = last
            && let Value::Array(array) = &*current
            && let Value::Int(at) = &*(*frame).base.add(register.0 as usize)
            && let Elements::Values(values) = array.elements()
            && let Some(element) = values.get(*at as u64 as usize)
            && let Some(field) = super::access::cached_field(frame, *site, element)
        {
            // The commonest path, `rows[i].name`, without the loop.
            stack::copy(to, field);
            return Some(0);
        }
        for at in 0..path.len() {
            current = follow(frame, current, place, at)?;
        }
        if let PlaceStep::Index(register) = last
            && let Some(kind) = super::access::array_element(to, current, (*frame).base.add(register.0 as usize))
        {
            return Some(super::access::elements_bit(kind));
        }
        if let Value::Str(_) = &*current {
            place.note_string(path.len());
            return None;
        }
        stack::copy(to, follow(frame, current, place, path.len())?);
        Some(0)
    }
}

/// A step for changing: only into what is not shared.
#[inline(always)]
unsafe fn follow_unshared(frame: *const Frame, current: *mut Value, place: &Place, at: usize) -> Option<*mut Value> {
    // SAFETY: as for `follow`; an object with one reference belongs to its container.
    unsafe {
        let is_unshared = match &*current {
            Value::Array(array) => array.is_unique(),
            Value::Dict(dict) => dict.is_unique(),
            Value::Struct(object) => object.is_unique(),
            _ => false,
        };
        if is_unshared { follow_mutable(frame, current, place, at).map(<*const Value>::cast_mut) } else { None }
    }
}

/// `place := value`, taken.
///
/// # Safety
/// The frame is active, its function has the place, and `value` is its register.
#[inline(never)]
pub(super) unsafe fn write(frame: *const Frame, place: u32, value: *mut Value) -> bool {
    // SAFETY: the caller's.
    unsafe {
        let place = place_of(frame, place);
        if place.immutable.is_some() {
            return false;
        }
        store(frame, root_of(frame, place), place, value)
    }
}

/// Takes a value into a variable at the end of a path that has steps.
#[inline(always)]
unsafe fn store(frame: *const Frame, root: *mut Value, place: &Place, value: *mut Value) -> bool {
    // SAFETY: the frame is active, the place is one of its function, and the value is in a register.
    unsafe {
        let mut current = root;
        let Some((last, path)) = place.steps.split_last() else { return false };
        for at in 0..path.len() {
            match follow_unshared(frame, current, place, at) {
                Some(next) => current = next,
                None => return false,
            }
        }
        if let PlaceStep::Index(register) = last
            && let Value::Array(_) = &*current
        {
            return super::access::set_array_element(current, (*frame).base.add(register.0 as usize), value);
        }
        match follow_unshared(frame, current, place, path.len()) {
            Some(slot) => {
                stack::take_into(slot, value);
                true
            }
            None => false,
        }
    }
}

/// The method that a site has cached for the struct in `receiver`, if a call with `count` arguments needs no preparation.
///
/// # Safety
/// The frame is active and its function has the site.
#[inline(always)]
pub(super) unsafe fn simple_method(
    frame: *const Frame,
    site: u32,
    receiver: *const Value,
    count: u16,
) -> Option<*const ClosureObject> {
    // SAFETY: the caller's; a slot that is cached for a shape is the index of a method of its declaration.
    unsafe {
        let Value::Struct(object) = &*receiver else { return None };
        let slot = site_of(frame, site).cache.get(object.shape())?;
        if slot & SLOW_METHOD != 0 {
            return None;
        }
        let method = object.def().methods().get_unchecked(slot as usize);
        let linked = method.linked();
        if !linked.as_ref().is_direct.get() || linked.as_ref().params != count as u32 + 1 {
            return None;
        }
        Some(method.as_ptr().as_ptr())
    }
}

/// Has the site of a method met a struct first?
///
/// # Safety
/// The frame is active and its function has the site.
#[inline(always)]
pub(super) unsafe fn sees_structs(frame: *const Frame, site: u32) -> bool {
    // SAFETY: the caller's.
    let first = unsafe { site_of(frame, site).cache.first_key() };
    first != 0 && first < DEFINITION_KEYS
}

/// Lends the struct at a place to the method with `mut self` that a site has cached for it, if a call with `count` arguments in
/// front of `stack_end` needs no other preparation. Gives the method.
///
/// # Safety
/// The frame is active, its function has the site and the place, and `window` is its register.
#[inline(never)]
pub(super) unsafe fn lend_receiver(
    frame: *const Frame,
    (site, place): (u32, u32),
    count: u16,
    window: *mut Value,
    stack_end: *mut Value,
) -> Option<*const ClosureObject> {
    // SAFETY: the caller's; a slot that is cached for a shape is the index of a method of its declaration.
    unsafe {
        let (site, place) = (site_of(frame, site), place_of(frame, place));
        let loan = lendable(frame, place)?;
        let Value::Struct(object) = &*loan.slot else { return None };
        let cached = site.cache.get(object.shape())?;
        if cached & SLOW_METHOD == 0 || !site.in_out.is_empty() {
            return None;
        }
        let method = object.def().methods().get_unchecked((cached & !SLOW_METHOD) as usize);
        let linked = method.linked();
        let linked = linked.as_ref();
        if !linked.is_direct.get()
            || linked.params != count as u32 + 1
            || window.wrapping_add(linked.registers as usize) > stack_end
        {
            return None;
        }
        let method = method.as_ptr().as_ptr();
        loan.give(window);
        Some(method)
    }
}

/// `Lend`.
///
/// # Safety
/// The frame is active, its function has the place, and `window` is its register, behind another one.
#[inline(never)]
pub(super) unsafe fn lend(frame: *const Frame, place: u32, window: *mut Value) -> bool {
    // SAFETY: the caller's.
    unsafe {
        match lendable(frame, place_of(frame, place)) {
            Some(loan) => loan.give(window),
            None => return false,
        }
    }
    true
}

/// A value that can be lent: its variable, and where in it it is.
struct Loan {
    root: *mut Value,
    slot: *mut Value,
}

/// The value at a place that may change, has a value and is in nothing that is shared.
#[inline(always)]
unsafe fn lendable(frame: *const Frame, place: &Place) -> Option<Loan> {
    // SAFETY: the frame is active and has the place.
    unsafe {
        let root = root_of(frame, place);
        if place.immutable.is_some() || matches!(&*root, Value::Absent(_)) {
            return None;
        }
        let mut slot = root;
        for at in 0..place.steps.len() {
            slot = follow_unshared(frame, slot, place, at)?;
        }
        Some(Loan { root, slot })
    }
}

impl Loan {
    /// Moves the value to a register. The rest of the variable waits in the register before.
    #[inline(always)]
    unsafe fn give(self, window: *mut Value) {
        // SAFETY: the register and the one before are registers; slot and root are a value and the variable it is in.
        unsafe {
            let rest = window.sub(1);
            stack::clear(window);
            stack::clear(rest);
            stack::copy_bits(window, self.slot);
            if self.slot == self.root {
                rest.write(Value::Absent(Absence::OnLoan));
            } else {
                if (*self.slot).is_heap() {
                    stack::forget(self.slot);
                }
                stack::copy_bits(rest, self.root);
            }
            self.root.write(Value::Absent(Absence::OnLoan));
        }
    }
}

/// `Restore` of what is lent.
///
/// # Safety
/// The frame is active, its function has the place, and `window` is the register that it was lent to.
#[inline(never)]
pub(super) unsafe fn restore(frame: *const Frame, place: u32, window: *mut Value) -> bool {
    // SAFETY: the caller's; the rest of the variable is in the register before.
    unsafe {
        let place = place_of(frame, place);
        let root = root_of(frame, place);
        let rest = window.sub(1);
        if place.steps.is_empty() {
            stack::take_into(root, window);
            stack::forget(rest);
            return true;
        }
        if !store(frame, rest, place, window) {
            return false;
        }
        stack::take_into(root, rest);
    }
    true
}

/// The function of a method.
///
/// # Safety
/// The method is alive.
#[inline(always)]
pub(super) unsafe fn method_function(method: *const ClosureObject) -> *const LinkedFunction {
    // SAFETY: the caller's.
    unsafe { (*method).linked().as_ptr() }
}

/// What the frame of a method must keep.
///
/// # Safety
/// The method is alive.
#[inline(always)]
pub(super) unsafe fn method_closure(method: *const ClosureObject) -> Option<Ref<ClosureObject>> {
    // SAFETY: the caller's; a reference that is kept is counted.
    unsafe {
        if (*method).captures().is_empty() {
            return None;
        }
        let borrowed = std::mem::ManuallyDrop::new(Ref::from_raw(std::ptr::NonNull::new_unchecked(method.cast_mut())));
        Some((*borrowed).clone())
    }
}

/// What a site caches for a method.
pub(super) fn method_slot(site: &Site, index: usize, receiver: Receiver) -> u32 {
    let is_slow = receiver == Receiver::InOut || !site.in_out.is_empty();
    index as u32 | if is_slow { SLOW_METHOD } else { 0 }
}
