//! Objects of the host: their fields, methods and operators, and paths that lead into them.
//!
//! All of them are natives that the type names; nothing here knows what an object is. A field that gives a container gives a
//! copy, so a write to a place inside it stores the changed copy back; a field that gives an object ends that, because a handle
//! shares its object.

use super::Machine;
use super::bind::check_method_arity;
use super::native::Arity;
use crate::bytecode::PlaceStep;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::text::clip;
use crate::value::{NativeId, Value, ops};

impl Machine {
    /// `object.name`.
    ///
    /// # Errors
    /// `RUF1011`, and what the getter raises.
    #[inline(never)]
    pub(super) fn host_field(&mut self, object: &Value, name: &str) -> Result<Value> {
        let Value::Host(host) = object else { return ops::get_field(object, name) };
        match host.decl().fields.get(name).map(|f| f.get) {
            Some(Some(getter)) => self.call_native_with(getter, &mut [object.clone()], &[]),
            Some(None) => {
                Err(field_error(format!("Field of {} can only be written: {}", host.kind_name(), clip(name))))
            }
            None => Err(ops::field::field_not_found(name, host.decl().fields.keys().map(|name| &**name))),
        }
    }

    /// `object.name := value`.
    ///
    /// # Errors
    /// `RUF1011`, and what the setter raises.
    #[inline(never)]
    pub(super) fn set_host_field(&mut self, object: Value, name: &str, value: Value) -> Result<()> {
        let Value::Host(host) = &object else { return Err(Fault::bug("a field of what is no host object")) };
        match host.decl().fields.get(name).map(|f| f.set) {
            Some(Some(setter)) => self.call_native_with(setter, &mut [object, value], &[]).map(drop),
            Some(None) => Err(field_error(format!("Field of {} is read-only: {}", host.kind_name(), clip(name)))),
            None => Err(ops::field::field_not_found(name, host.decl().fields.keys().map(|name| &**name))),
        }
    }

    /// Calls a method of an object from native code: operators, text, iteration. `None` if it has no such method.
    ///
    /// # Errors
    /// What the method raises.
    pub(super) fn call_host_method(&mut self, object: &Value, name: &str, args: &[Value]) -> Result<Option<Value>> {
        let Value::Host(host) = object else { return Ok(None) };
        let Some(method) = host.method(name) else { return Ok(None) };
        let given = args.len();
        check_method_arity(self.method_arity(method), host.kind_name(), name, given)?;
        let mut arguments: Vec<Value> = Vec::with_capacity(given + 1);
        arguments.push(object.clone());
        arguments.extend_from_slice(args);
        self.call_native_with(method, &mut arguments, &[]).map(Some)
    }

    /// The arguments that a native takes as a method.
    pub(super) fn method_arity(&self, native: NativeId) -> Arity {
        self.library.native(native).map_or(Arity::ANY, |entry| entry.arity.without_receiver())
    }

    /// Reads along a path.
    ///
    /// # Errors
    /// Those of the steps.
    fn read_steps(&mut self, subject: Value, steps: &[PlaceStep]) -> Result<Value> {
        let mut current = subject;
        for step in steps {
            current = self.read_step(&current, step)?;
        }
        Ok(current)
    }

    fn read_step(&mut self, subject: &Value, step: &PlaceStep) -> Result<Value> {
        match step {
            PlaceStep::Index(register) => {
                let index = self.value(register.0).clone();
                ops::get_index(self, subject, &index)
            }
            PlaceStep::Field(site) => self.host_field(subject, self.site(*site).name.as_deref().unwrap_or("")),
        }
    }

    /// Stores a value in the place to which a path leads from an object.
    ///
    /// # Errors
    /// Those of the steps. What a setter has changed stays changed.
    pub(super) fn write_in_host(&mut self, object: Value, steps: &[PlaceStep], value: Value) -> Result<()> {
        let Some((_, path)) = steps.split_last() else { return Err(Fault::bug("a place in an object without a step")) };
        let mut subjects = vec![object];
        for step in path {
            let Some(last) = subjects.last().cloned() else { break };
            subjects.push(self.read_step(&last, step)?);
        }
        let mut value = value;
        for (mut subject, step) in subjects.into_iter().zip(steps).rev() {
            match step {
                PlaceStep::Field(site) => {
                    let name = self.site(*site).name.as_deref().unwrap_or("");
                    if let Value::Host(_) = subject {
                        return self.set_host_field(subject, name, value);
                    }
                    let stored = ops::set_field(&mut subject, name, value);
                    self.charge_copies(stored)?;
                }
                PlaceStep::Index(register) => {
                    let index = self.value(register.0).clone();
                    if let Value::Host(_) = subject {
                        return self.set_host_element(&subject, &index, value);
                    }
                    let stored = ops::set_index(self, &mut subject, &index, value);
                    self.charge_copies(stored)?;
                }
            }
            value = subject;
        }
        Err(Fault::bug("a path that does not begin at an object"))
    }

    /// `object[index] := value`: the method `op_set_index`.
    ///
    /// # Errors
    /// `RUF1010` if it has none, and what it raises.
    pub(super) fn set_host_element(&mut self, object: &Value, index: &Value, value: Value) -> Result<()> {
        match self.call_host_method(object, "op_set_index", &[index.clone(), value])? {
            Some(_) => Ok(()),
            // The error of a kind without elements.
            None => ops::set_index(self, &mut object.clone(), index, Value::Null),
        }
    }

    /// Calls `change` with a copy of the value to which a path leads from an object, and stores it back.
    ///
    /// # Errors
    /// Those of the steps and of `change`.
    pub(super) fn update_in_host<T>(
        &mut self,
        object: Value,
        steps: &[PlaceStep],
        change: impl FnOnce(&mut Machine, &mut Value) -> Result<T>,
    ) -> Result<T> {
        let mut value = self.read_steps(object.clone(), steps)?;
        let result = change(self, &mut value)?;
        self.write_in_host(object, steps, value)?;
        Ok(result)
    }
}

#[cold]
fn field_error(message: String) -> Fault {
    Fault::error(Code::NO_SUCH_MEMBER, message)
}
