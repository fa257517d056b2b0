//! Iteration over everything that section 8 of the reference lists.
//!
//! Three registers hold the state. An int in the first means counting: the next int, the end, the start. Otherwise the first
//! holds the subject, kept alive and unchanged by the reference, and the second the position in it; for strings the second is a
//! byte offset and the third counts characters. A loop over pairs that nobody makes may hold more in the third: for `zip` the other
//! array, for `items` the positions in the order of the keys, and null where the pairs were made after all.
//!
//! This file is unsafe: its fast path works on registers of the loop.

#![allow(unsafe_code)]

use super::Machine;
use super::coroutine::Asker;
use super::stack;
use crate::bytecode::function::feedback;
use crate::bytecode::{Instr, Op, PairSource};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::help;
use crate::value::array::{ArrayObject, Elements};
use crate::value::dict::DictObject;
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
        copy_element(array, at, to);
        true
    }
}

/// Writes an element of an array to `to`.
///
/// # Safety
/// `at` is less than the length, `to` a register.
#[inline(always)]
unsafe fn copy_element(array: &ArrayObject, at: usize, to: *mut Value) {
    // SAFETY: the caller's.
    unsafe {
        match array.elements() {
            Elements::Ints(ints) => stack::set_int(to, *ints.get_unchecked(at)),
            Elements::Floats(floats) => stack::set_float(to, *floats.get_unchecked(at)),
            Elements::Values(values) => stack::copy(to, values.get_unchecked(at)),
            Elements::Bools(bools) => stack::set_bool(to, *bools.get_unchecked(at)),
        }
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
                let help = matches!(other, Value::Null).then_some(help::GIVES_NULL);
                return Err(Fault::error(Code::INVALID_OPERATION, message).with_help(help));
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

    /// `ForPreparePairs`.
    #[inline(never)]
    pub(super) fn for_prepare_pairs(&mut self, i: Instr) -> Result<()> {
        let state = i.a();
        let source = PairSource::from_number(i.c() as u32);
        let third = match (source, self.value(state), self.value(state + 1)) {
            (Some(PairSource::Enumerate), Value::Array(_) | Value::Range(_) | Value::Generator(_), _) => None,
            (Some(PairSource::Entries), Value::Dict(_), _) => None,
            (Some(PairSource::Items), Value::Dict(dict), _) => self.order_of(&dict.clone())?,
            (Some(PairSource::Zip), Value::Array(_), Value::Array(_)) => Some(self.take(state + 1)),
            _ => {
                self.record(feedback::OVER_OTHER);
                self.jump_if(true, self.extension().y());
                return Ok(());
            }
        };
        let subject = self.take(state);
        self.start_iteration(state, subject)?;
        if let Some(third) = third {
            self.put(state + 2, third);
        }
        Ok(())
    }

    /// The positions of the entries of a dict in the order of the keys, unless that is how they lie there.
    fn order_of(&mut self, dict: &DictObject) -> Result<Option<Value>> {
        if dict.has_sorted_keys(self)? {
            return Ok(None);
        }
        let len = dict.len();
        self.context().charge_for(len.saturating_mul(len.checked_ilog2().unwrap_or(0) as usize + 1))?;
        self.heap().check_room(len.saturating_mul(size_of::<Value>()))?;
        let positions = dict.sorted_positions(self)?;
        let mut order = ArrayObject::with_capacity(self.heap(), positions.len())?;
        let ints = order.make_mut()?;
        positions.into_iter().try_for_each(|position| ints.push(Value::Int(i64::from(position))))?;
        Ok(Some(Value::Array(order)))
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

    /// `ForNextPair` and `ForNextParts`.
    #[inline(never)]
    pub(super) fn for_next_pair(&mut self, i: Instr) -> Result<()> {
        if i.op_number() == Op::ForNextParts as u16 {
            return self.for_next_parts(i);
        }
        if let Value::Generator(generator) = self.value(i.a()) {
            return self.resume(generator, Asker::For).map(drop);
        }
        let second = self.extension().y() as u16;
        if self.step(i.a(), Some(i.b()), Some(second))? { self.jump_back() } else { self.end_iteration(i.a()) }
    }

    fn for_next_parts(&mut self, i: Instr) -> Result<()> {
        let (state, first, second) = (i.a(), i.b(), self.extension().y() as u16);
        let goes_on = match (self.value(state), self.value(state + 2)) {
            (Value::Generator(generator), _) => return self.resume(generator, Asker::For).map(drop),
            (Value::Array(_), Value::Array(_)) => self.step_both(state, first, second),
            (Value::Dict(_), Value::Array(_)) => self.step_in_order(state, first, second)?,
            (subject, Value::Null) => {
                let is_dict = matches!(subject, Value::Dict(_));
                let goes_on = self.step(state, is_dict.then_some(first), (!is_dict).then_some(first))?;
                // For some subjects it counts there.
                self.put(state + 2, Value::Null);
                if goes_on {
                    self.take_apart(first, second);
                }
                goes_on
            }
            _ => self.step(state, Some(first), Some(second))?,
        };
        if goes_on { self.jump_back() } else { self.end_iteration(state) }
    }

    /// The element of one array and that of another at the same position.
    fn step_both(&mut self, state: u16, first: u16, second: u16) -> bool {
        let at = self.position(state) as usize;
        let Value::Array(other) = self.value(state + 2) else { return false };
        // SAFETY: the registers are those of the loop, and the one of the state keeps the array.
        unsafe {
            let other = &*std::ptr::from_ref::<ArrayObject>(other);
            if at >= other.len() || !next_array_element(self.register(state), self.register(first)) {
                return false;
            }
            copy_element(other, at, self.register(second));
        }
        let kinds = [first, second].map(|register| feedback::kind(self.value(register).tag()));
        let word = self.running_word();
        self.function().record(word - 1, kinds[0]);
        self.function().record(word, kinds[1]);
        true
    }

    /// The key and the value of the next entry of a dict, in the order that the third register tells.
    fn step_in_order(&mut self, state: u16, key: u16, element: u16) -> Result<bool> {
        let at = self.position(state);
        let (Value::Dict(dict), Value::Array(order)) = (self.value(state), self.value(state + 2)) else {
            return Ok(false);
        };
        let Some(Value::Int(position)) = order.get(at as usize) else { return Ok(false) };
        let Some((text, value)) = dict.entry_at(position as usize) else { return Ok(false) };
        let value = std::ptr::from_ref(value);
        // SAFETY: the register of the state keeps the dict; the others are other registers of the loop.
        unsafe {
            text.put_text(self.heap(), &mut *self.register(key))?;
            self.copy_wanted(Some(element), value);
            stack::set_int(self.register(state + 1), at + 1);
        }
        self.record(feedback::IN_DICT | feedback::READ_OTHER);
        Ok(true)
    }

    /// Puts the first two elements of the array in `first` into both registers; null for what is not there.
    pub(super) fn take_apart(&mut self, first: u16, second: u16) {
        let parts = match self.value(first) {
            Value::Array(pair) => [pair.get(0), pair.get(1)],
            _ => [None, None],
        };
        for (register, part) in [first, second].into_iter().zip(parts) {
            self.put(register, part.unwrap_or(Value::Null));
        }
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
        Value::Dict(_) => feedback::OVER_DICT,
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
