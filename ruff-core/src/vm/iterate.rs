//! Iteration over everything that section 8 of the reference lists.
//!
//! Three registers hold the state. An int in the first means counting: the next int, the end, the start. Otherwise the first
//! holds the subject, kept alive and unchanged by the reference, and the second the position in it; for strings the second is a
//! byte offset and the third counts characters.
//!
//! This file is unsafe: its fast path works on registers of the loop.

#![allow(unsafe_code)]

use super::Machine;
use super::coroutine::Asker;
use super::stack;
use crate::bytecode::Instr;
use crate::bytecode::function::feedback;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::array::{ArrayObject, Elements};
use crate::value::range::RangeObject;
use crate::value::{Ref, Value};

/// Writes the next element of an array to `to`. False at the end, and for other states.
///
/// # Safety
/// `state` is the first register of an iteration, `to` a register of the same frame.
#[inline(always)]
pub(super) unsafe fn next_array_element(state: *mut Value, to: *mut Value) -> bool {
    // SAFETY: the caller's; the second register of such a state is an int.
    unsafe {
        let Value::Array(array) = &*state else { return false };
        let at = stack::int_of(state.add(1)) as usize;
        if at >= array.len() {
            return false;
        }
        stack::set_int(state.add(1), at as i64 + 1);
        match array.elements() {
            Elements::Ints(ints) => stack::set_int(to, *ints.get_unchecked(at)),
            Elements::Floats(floats) => stack::set_float(to, *floats.get_unchecked(at)),
            Elements::Values(values) => stack::copy(to, values.get_unchecked(at)),
            Elements::Bools(bools) => stack::set_bool(to, *bools.get_unchecked(at)),
        }
        true
    }
}

impl Machine {
    /// `ForPrepare`.
    #[inline(never)]
    pub(super) fn for_prepare(&mut self, i: Instr) -> Result<()> {
        let mut subject = self.take(i.a());
        while let Value::Struct(_) | Value::Host(_) = &subject {
            match self.call_method_nested(&subject, "op_iter", &[])? {
                Some(result) => subject = result,
                None => break,
            }
        }
        self.start_iteration(i.a(), subject)
    }

    fn start_iteration(&mut self, state: u16, subject: Value) -> Result<()> {
        self.record(iteration_kind(&subject));
        match subject {
            Value::Int(end) => self.count(state, 0, end),
            Value::Float(end) if end.is_finite() => self.count(state, 0, end as i64),
            Value::BigInt(end) => self.count(state, 0, if end.is_negative() { 0 } else { i64::MAX }),
            Value::Range(range) => match counted(&range) {
                Some((start, end)) => self.count(state, start, end),
                None => self.walk(state, Value::Range(range)),
            },
            Value::Array(_)
            | Value::Str(_)
            | Value::Dict(_)
            | Value::Set(_)
            | Value::Queue(_)
            | Value::Stack(_)
            | Value::Bytes(_)
            | Value::Generator(_) => self.walk(state, subject),
            other => {
                let message = format!("Cannot iterate over non-iterable type: {}", other.kind_name());
                return Err(Fault::error(Code::INVALID_OPERATION, message));
            }
        }
        Ok(())
    }

    fn count(&mut self, state: u16, start: i64, end: i64) {
        self.put(state, Value::Int(start));
        self.put(state + 1, Value::Int(end));
        self.put(state + 2, Value::Int(start));
    }

    fn walk(&mut self, state: u16, subject: Value) {
        self.put(state, subject);
        self.put(state + 1, Value::Int(0));
        self.put(state + 2, Value::Int(0));
    }

    /// `ForPrepareSpan`.
    pub(super) fn for_prepare_span(&mut self, i: Instr) -> Result<()> {
        let (Value::Int(start), Value::Int(end)) = (self.value(i.a()), self.value(i.a() + 1)) else {
            return Err(Self::wrong_bounds());
        };
        let (start, end, is_inclusive) = (*start, *end, i.c() == 1);
        match behind(end, is_inclusive) {
            Some(behind) => self.count(i.a(), start, behind),
            None => {
                let range = RangeObject::alloc(self.heap(), start, end, is_inclusive);
                self.walk(i.a(), Value::Range(range));
            }
        }
        Ok(())
    }

    /// `ForPrepareRange`.
    pub(super) fn for_prepare_range(&mut self, i: Instr) -> Result<()> {
        let count = i.c() as usize;
        let mut numbers = [0i64; 3];
        for (number, value) in numbers.iter_mut().zip(self.window(i.a(), count)) {
            *number = match value {
                Value::Int(int) => *int,
                Value::Float(float) if float.is_finite() => *float as i64,
                Value::BigInt(int) => {
                    if int.is_negative() {
                        i64::MIN
                    } else {
                        i64::MAX
                    }
                }
                Value::Float(_) => return Err(range_error("range() expects a finite number")),
                _ => return Err(range_error("range() requires numeric arguments")),
            };
        }
        let (start, end, step) = match count {
            1 => (0, numbers[0], 1),
            2 => (numbers[0], numbers[1], 1),
            _ => (numbers[0], numbers[1], numbers[2]),
        };
        match step {
            0 => return Err(range_error("range() step cannot be zero")),
            1 => self.count(i.a(), start, end),
            step => {
                let range = RangeObject::with_step(self.heap(), start, end, false, step);
                self.walk(i.a(), Value::Range(range));
            }
        }
        Ok(())
    }

    /// `ForNext` outside the fast paths of the loop.
    #[inline(never)]
    pub(super) fn for_next(&mut self, i: Instr) -> Result<()> {
        // The register keeps the generator until the loop is over.
        if let Value::Generator(generator) = self.value(i.a()) {
            return self.resume(generator, Asker::For).map(drop);
        }
        let variable = Some(i.b());
        let goes_on = match self.value(i.a()) {
            Value::Dict(_) => self.step(i.a(), variable, None)?,
            _ => self.step(i.a(), None, variable)?,
        };
        if goes_on { self.jump_back() } else { self.end_iteration(i.a()) }
    }

    /// `ForNextPair`.
    #[inline(never)]
    pub(super) fn for_next_pair(&mut self, i: Instr) -> Result<()> {
        if let Value::Generator(generator) = self.value(i.a()) {
            return self.resume(generator, Asker::For).map(drop);
        }
        let second = self.extension().y() as u16;
        if self.step(i.a(), Some(i.b()), Some(second))? { self.jump_back() } else { self.end_iteration(i.a()) }
    }

    fn end_iteration(&mut self, state: u16) -> Result<()> {
        self.put(state, Value::Null);
        Ok(())
    }

    fn position(&self, state: u16) -> i64 {
        match self.value(state + 1) {
            Value::Int(at) => *at,
            _ => 0,
        }
    }

    /// Where counting began, or how many characters or elements there were. Only [`Self::for_next_pair`] needs it: for other loops the
    /// register is not kept, and may hold anything.
    fn origin(&self, state: u16) -> i64 {
        match self.value(state + 2) {
            Value::Int(origin) => *origin,
            _ => 0,
        }
    }

    /// Puts the next key, or the position, and the element to the registers that want them; false at the end.
    #[inline(always)]
    fn step(&mut self, state: u16, key: Option<u16>, element: Option<u16>) -> Result<bool> {
        let at = self.position(state);
        let index = at as usize;
        match self.value(state) {
            Value::Int(next) => {
                let next = *next;
                let position = next.wrapping_sub(self.origin(state));
                if next >= at {
                    return Ok(false);
                }
                self.put(state, Value::Int(next + 1));
                self.put_wanted(key, Value::Int(position));
                self.put_wanted(element, Value::Int(next));
                return Ok(true);
            }
            Value::Array(_) => {
                let Some(to) = element else { return Ok(false) };
                // SAFETY: the registers are those of the loop.
                let is_found = unsafe { next_array_element(self.register(state), self.register(to)) };
                if is_found {
                    self.record(feedback::kind(self.value(to).tag()));
                    self.put_wanted(key, Value::Int(at));
                }
                return Ok(is_found);
            }
            Value::Range(range) => {
                let Some(int) = range.get(at as u64) else { return Ok(false) };
                self.put_wanted(element, Value::Int(int));
            }
            Value::Bytes(bytes) => {
                let Some(byte) = bytes.as_slice().get(index) else { return Ok(false) };
                let byte = i64::from(*byte);
                self.put_wanted(element, Value::Int(byte));
            }
            Value::Queue(queue) => {
                let Some(value) = queue.get(index).map(std::ptr::from_ref) else { return Ok(false) };
                // SAFETY: the register of the state keeps the queue.
                unsafe { self.copy_wanted(element, value) };
            }
            Value::Stack(stack) => {
                let Some(value) = stack.items().get(index) else { return Ok(false) };
                self.put_wanted(element, value);
            }
            Value::Str(text) => {
                let rest = text.as_str().get(index..).unwrap_or("");
                let Some(char) = rest.chars().next() else { return Ok(false) };
                let position = self.origin(state);
                let string = self.heap().char_str(char)?;
                self.put(state + 1, Value::Int(at + char.len_utf8() as i64));
                self.put(state + 2, Value::Int(position.wrapping_add(1)));
                self.record(feedback::IN_STRING | feedback::READ_OTHER);
                self.put_wanted(key, Value::Int(position));
                self.put_wanted(element, Value::Str(string));
                return Ok(true);
            }
            Value::Dict(dict) => {
                let Some(position) = dict.next_position(index) else { return Ok(false) };
                let Some((text, value)) = dict.entry_at(position) else { return Ok(false) };
                let value = std::ptr::from_ref(value);
                // SAFETY: the register of the state keeps the dict; the key has another, and the position one that holds an int.
                unsafe {
                    if let Some(key) = key {
                        text.put_text(self.heap(), &mut *self.register(key))?;
                    }
                    self.copy_wanted(element, value);
                    stack::set_int(self.register(state + 1), position as i64 + 1);
                }
                self.record(feedback::IN_DICT | feedback::READ_OTHER);
                return Ok(true);
            }
            Value::Set(set) => {
                let Some(position) = set.next_position(index) else { return Ok(false) };
                let Some(value) = set.element_at(position).map(std::ptr::from_ref) else { return Ok(false) };
                let count = self.origin(state);
                // SAFETY: the register of the state keeps the set.
                unsafe { self.copy_wanted(element, value) };
                self.put_wanted(key, Value::Int(count));
                self.put(state + 1, Value::Int(position as i64 + 1));
                self.put(state + 2, Value::Int(count.wrapping_add(1)));
                return Ok(true);
            }
            _ => return Ok(false),
        }
        self.put_wanted(key, Value::Int(at));
        self.put(state + 1, Value::Int(at + 1));
        Ok(true)
    }

    #[inline(always)]
    fn put_wanted(&mut self, register: Option<u16>, value: Value) {
        if let Some(register) = register {
            self.put(register, value);
        }
    }

    /// # Safety
    /// The value is alive, whatever the register releases.
    #[inline(always)]
    unsafe fn copy_wanted(&mut self, register: Option<u16>, value: *const Value) {
        if let Some(register) = register {
            // SAFETY: registers hold values; the rest is the caller's.
            unsafe { stack::copy(self.register(register), value) };
        }
    }

    /// Appends all elements of a value to an array.
    ///
    /// # Errors
    /// `RUF1002` if it cannot be spread, and what a generator or `op_iter` raises.
    pub(super) fn spread(&mut self, array: &mut Ref<ArrayObject>, source: Value) -> Result<()> {
        let mut source = source;
        while let Value::Struct(_) | Value::Host(_) = &source {
            source = self.call_method_nested(&source, "op_iter", &[])?.ok_or_else(|| spread_error(&source))?;
        }
        match &source {
            Value::Array(other) => {
                self.charge(other.len() as u64 / 64)?;
                array.make_mut()?.extend(other)
            }
            Value::Range(range) => {
                self.charge(range.len_saturating() as u64 / 64)?;
                let mut ints = (0..range.len_saturating() as u64).map_while(|at| range.get(at));
                ints.try_for_each(|int| array.make_mut()?.push(Value::Int(int)))
            }
            Value::Set(set) => set.iter().try_for_each(|v| array.make_mut()?.push(v.clone())),
            Value::Queue(queue) => queue.iter().try_for_each(|v| array.make_mut()?.push(v.clone())),
            Value::Stack(stack) => array.make_mut()?.extend(stack.items()),
            Value::Generator(generator) => {
                while let Some(value) = self.next_of_generator(generator)? {
                    self.tick()?;
                    array.make_mut()?.push(value)?;
                }
                Ok(())
            }
            other => Err(spread_error(other)),
        }
    }
}

/// The feedback of what a loop goes over.
fn iteration_kind(subject: &Value) -> u16 {
    match subject {
        Value::Int(_) | Value::Float(_) | Value::BigInt(_) => feedback::COUNTING,
        Value::Range(range) if counted(range).is_some() => feedback::COUNTING,
        Value::Range(_) => feedback::OVER_RANGE,
        Value::Array(_) => feedback::OVER_ARRAY,
        Value::Str(_) => feedback::OVER_STRING,
        Value::Generator(_) => feedback::OVER_GENERATOR,
        _ => feedback::OVER_OTHER,
    }
}

/// The start and end of a range that counts up by one and whose end is an int.
fn counted(range: &RangeObject) -> Option<(i64, i64)> {
    if range.step() != 1 {
        return None;
    }
    Some((range.start(), behind(range.end(), range.is_inclusive())?))
}

/// The int behind the last one of a span.
fn behind(end: i64, is_inclusive: bool) -> Option<i64> {
    if is_inclusive { end.checked_add(1) } else { Some(end) }
}

#[cold]
fn spread_error(value: &Value) -> Fault {
    let help = match value {
        Value::Str(_) => Some("to go over the characters, write `for ch in s { … }`"),
        Value::Dict(_) => {
            Some("a dict is spread in a dict: `{...d}`; its keys are `d.keys()`, its values `d.values()`")
        }
        _ => None,
    };
    Fault::error(Code::INVALID_OPERATION, "Can only spread arrays").with_help(help)
}

#[cold]
fn range_error(message: &'static str) -> Fault {
    Fault::error(Code::INVALID_ARGUMENT, message)
}
