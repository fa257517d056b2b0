//! Binding arguments to parameters (section 9 of the reference).
//!
//! Binding leaves one value for each parameter in the window: the given argument, an absent value for a default that the callee
//! computes, an array for the rest.
//!
//! This file is unsafe: it writes registers of a window.

#![allow(unsafe_code)]

use super::Machine;
use super::call::{Call, Outcome, arity};
use super::frame::Callee;
use super::native::Arity;
use super::stack;
use crate::bytecode::{Function, Instr, ParamMode, Site};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::array::ArrayObject;
use crate::value::{Absence, Value};
use std::sync::Arc;

/// As many elements of a spread array are arguments of a call where they are written.
const SPREAD_IN_PLACE_MAX: usize = 32;

/// The arguments of a call with spread or named ones.
pub(super) struct LooseArguments<'a> {
    /// The receiver of a method in front.
    pub receiver: Option<Value>,
    pub positional: Vec<Value>,
    pub names: &'a [Arc<str>],
    pub named: Vec<Value>,
}

impl Machine {
    /// Binds positional arguments in place. There is room for all parameters.
    ///
    /// # Errors
    /// `RUF1003`; the window is then unchanged.
    pub(super) fn bind(&mut self, function: &Function, call: Call<'_>) -> Result<()> {
        let receiver = function.is_method as usize;
        let given = call.count.saturating_sub(receiver);
        let arity = arity(function);
        if !arity.accepts(given) {
            return Err(arity.error(function.display_name(), given));
        }
        check_marks(function, call.marks, given)?;
        let fixed = function.params.len() - function.has_rest as usize;
        // SAFETY: the caller checked that all slots are in the stack; they hold values.
        unsafe {
            let first = call.window.add(receiver);
            for index in given..fixed {
                stack::set(first.add(index), Value::Absent(Absence::Missing));
            }
            if function.has_rest {
                let extra = (fixed..given).map(|index| stack::take(first.add(index)));
                let rest = ArrayObject::from_values(self.heap(), extra)?;
                stack::set(first.add(fixed), Value::Array(rest));
            }
        }
        Ok(())
    }

    /// Binds spread and named arguments, and calls.
    ///
    /// # Errors
    /// `RUF1003`, and as [`Machine::call_value`].
    pub(super) fn call_loose(&mut self, callee: &Value, loose: LooseArguments<'_>, call: Call<'_>) -> Result<Outcome> {
        match callee {
            Value::Closure(closure) => {
                let callee =
                    Callee { linked: closure.linked(), closure: super::call::held(closure), keeps_receiver: false };
                self.call_linked_loose(callee, loose, call)
            }
            Value::Struct(object) if object.def().method("op_call").is_some() => {
                let Some(method) = object.def().method("op_call") else { return Err(Fault::bug("op_call")) };
                let loose = LooseArguments { receiver: Some(callee.clone()), ..loose };
                let held = super::call::held(method);
                let callee = Callee { linked: method.linked(), closure: held, keeps_receiver: false };
                self.call_linked_loose(callee, loose, call)
            }
            other => {
                if let Some(name) = loose.names.first() {
                    return Err(self.no_named_parameters(other, name));
                }
                let mut arguments = loose.positional;
                self.call_with_values(other, &mut arguments, call)
            }
        }
    }

    /// Binds spread and named arguments of a script function, and calls it.
    pub(super) fn call_linked_loose(
        &mut self,
        callee: Callee,
        loose: LooseArguments<'_>,
        call: Call<'_>,
    ) -> Result<Outcome> {
        // SAFETY: linked functions live as long as the machine.
        let linked = unsafe { callee.linked.as_ref() };
        let bound = self.bind_loose(linked.function(), loose)?;
        let slots = bound.len().max(linked.registers as usize);
        if call.window.wrapping_add(slots) > self.stack_end {
            return Err(self.depth_error(linked.function().display_name()));
        }
        let count = bound.len();
        for (index, value) in bound.into_iter().enumerate() {
            // SAFETY: the slots are in the stack and hold values.
            unsafe { stack::set(call.window.add(index), value) };
        }
        self.call_bound(callee, Call { count, marks: &[], ..call })
    }

    /// One value for each parameter, the receiver in front.
    fn bind_loose(&self, function: &Function, loose: LooseArguments<'_>) -> Result<Vec<Value>> {
        let name = function.display_name();
        let fixed = function.params.len() - function.has_rest as usize;
        let given = loose.positional.len();
        let arity = arity(function);
        let is_wrong =
            if loose.names.is_empty() { !arity.accepts(given) } else { arity.max.is_some_and(|m| given > m as usize) };
        if is_wrong {
            return Err(arity.error(name, given + loose.names.len()));
        }
        let mut bound: Vec<Value> = Vec::with_capacity(function.params.len() + 1);
        let mut positional = loose.positional.into_iter();
        bound.extend(positional.by_ref().take(fixed));
        bound.resize_with(fixed, || Value::Absent(Absence::Missing));
        for (argument, value) in loose.names.iter().zip(loose.named) {
            let index = function.params.iter().take(fixed).position(|p| p.name == *argument);
            match index.and_then(|i| bound.get_mut(i)) {
                None => return Err(arguments_error(format!("{name} has no parameter named '{argument}'"))),
                Some(slot) if matches!(slot, Value::Absent(_)) => *slot = value,
                Some(_) => return Err(arguments_error(format!("{name} got parameter '{argument}' twice"))),
            }
        }
        let missing = function.params.iter().zip(&bound).find(|(p, v)| !p.has_default && matches!(v, Value::Absent(_)));
        if let Some((param, _)) = missing {
            return Err(arguments_error(format!("{name} is missing parameter '{}'", param.name)));
        }
        if function.has_rest {
            bound.push(Value::Array(ArrayObject::from_values(self.heap(), positional)?));
        }
        if function.is_method {
            bound.insert(0, loose.receiver.unwrap_or(Value::Absent(Absence::Undefined)));
        }
        Ok(bound)
    }

    /// Calls what is not a script function with values from anywhere.
    fn call_with_values(&mut self, callee: &Value, values: &mut [Value], call: Call<'_>) -> Result<Outcome> {
        match callee {
            Value::Native(id) => self.call_native_with(*id, values, call.marks).map(Outcome::Value),
            Value::Constructor(constructor) => {
                self.tick()?;
                let payload = values.iter_mut().map(|v| std::mem::replace(v, Value::Null));
                super::call::make_variant(constructor.def(), constructor.variant(), payload).map(Outcome::Value)
            }
            other => self.call_value(other, Call { count: 0, ..call }),
        }
    }

    #[cold]
    fn no_named_parameters(&self, callee: &Value, argument: &str) -> Fault {
        let name = match callee {
            Value::Native(id) => self.library.native_name(*id).to_string(),
            Value::Constructor(c) => {
                let variant = c.def().decl().variants.get(c.variant() as usize);
                format!("{}::{}", c.def().decl().name, variant.map_or("", |v| &v.name))
            }
            _ => return super::call::not_callable(callee),
        };
        arguments_error(format!("{name} has no parameter named '{argument}'"))
    }

    /// Takes the arguments of a `CallSpread` from `first` on: `count` registers laid out as `site` says.
    pub(super) fn take_loose<'a>(&mut self, site: &'a Site, first: u16, count: usize) -> LooseArguments<'a> {
        let direct = site.positional as usize;
        let mut positional: Vec<Value> = self.take_window(first, direct.min(count)).collect();
        let mut rest = self.take_window(first + direct as u16, count.saturating_sub(direct));
        if let Some(Value::Array(spread)) = rest.next() {
            positional.extend(spread.iter());
        }
        LooseArguments { receiver: None, positional, names: &site.names, named: rest.collect() }
    }

    /// Puts the elements of the array behind `direct` arguments in its place, if they are few. Gives the number of all arguments.
    fn spread_in_place(&mut self, first: u16, direct: usize) -> Option<usize> {
        let at = first + direct as u16;
        let Value::Array(array) = self.value(at) else { return None };
        let (count, place) = (array.len(), self.register(at));
        if count > SPREAD_IN_PLACE_MAX || place.wrapping_add(count) > self.stack_end {
            return None;
        }
        let Value::Array(array) = self.take(at) else { return None };
        for (index, value) in array.iter().enumerate() {
            // SAFETY: the slots are in the stack and hold values.
            unsafe { stack::set(place.add(index), value) };
        }
        Some(direct + count)
    }

    /// `CallSpread`.
    pub(super) fn call_spread(&mut self, i: Instr) -> Result<()> {
        let ext = self.extension();
        let site = self.site(ext.x());
        let callee = self.value(ext.y() as u16).clone();
        if let Value::Closure(closure) = &callee {
            check_spread_marks(closure.function(), site)?;
        }
        if site.names.is_empty()
            && site.in_out.is_empty()
            && let Some(count) = self.spread_in_place(i.b(), site.positional as usize)
        {
            let call = self.call_of(i, count, &[]);
            let outcome = self.call_value(&callee, call).inspect_err(|_| {
                // SAFETY: the slots hold values; those above the frame belong to nobody else.
                unsafe { stack::clear_all(call.window, count) };
            })?;
            self.finish(i.a(), outcome);
            return Ok(());
        }
        let call = self.call_of(i, 0, &site.in_out);
        let loose = self.take_loose(site, i.b(), i.c() as usize);
        let outcome = self.call_loose(&callee, loose, call)?;
        self.finish(i.a(), outcome);
        Ok(())
    }
}

/// The error of wrong arguments.
#[cold]
fn arguments_error(message: String) -> Fault {
    Fault::error(Code::ARGUMENTS, message)
}

/// Do the arguments marked `mut` fit the parameters?
fn check_marks(function: &Function, marks: &[u32], given: usize) -> Result<()> {
    if marks.is_empty() && !function.has_in_out() {
        return Ok(());
    }
    for (index, param) in function.params.iter().enumerate() {
        let is_marked = marks.contains(&(index as u32));
        let is_in_out = param.mode == ParamMode::InOut;
        if is_in_out && !is_marked && index < given {
            let message = format!("{} needs 'mut' for parameter '{}'", function.display_name(), param.name);
            return Err(arguments_error(message).with_help(Some("mark the variable that is passed: `mut x`")));
        }
        if is_marked && !is_in_out {
            let message = format!("parameter '{}' of {} is not mut", param.name, function.display_name());
            return Err(arguments_error(message));
        }
    }
    match marks.iter().find(|m| **m as usize >= function.params.len()).and(function.params.last()) {
        Some(rest) => {
            let message = format!("parameter '{}' of {} is not mut", rest.name, function.display_name());
            Err(arguments_error(message))
        }
        None => Ok(()),
    }
}

/// As [`check_marks`] for a call with spread or named arguments, whose marks count the arguments before the first spread.
fn check_spread_marks(function: &Function, site: &Site) -> Result<()> {
    check_marks(function, &site.in_out, site.positional as usize)
}

/// The arity of a builtin method, which does not count its receiver.
pub(super) fn check_method_arity(arity: Arity, kind: &str, name: &str, given: usize) -> Result<()> {
    if arity.accepts(given) { Ok(()) } else { Err(arity.error(&format!("{kind}.{name}"), given)) }
}
