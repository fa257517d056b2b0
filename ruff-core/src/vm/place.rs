//! Places: a root variable and a path. Reading and writing through them, and loans.
//!
//! Nothing on a path is counted or kept: a read goes through references as long as the containers hold values, a write makes
//! each container on the path unshared. A loan moves the value out of its place and leaves `OnLoan` in the root; the rest of the
//! root waits in the register before the value's.
//!
//! This file is unsafe: roots are addressed by pointers.

#![allow(unsafe_code)]

use super::Machine;
use super::access::{absence_error, field_slot};
use super::path::SLOW_METHOD;
use crate::bytecode::function::Immutable;
use crate::bytecode::{Place, PlaceRoot, PlaceStep, Site};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::help;
use crate::value::array::Elements;
use crate::value::closure::CellObject;
use crate::value::{Absence, Value, ops};

/// Where a path leads.
pub(super) enum Slot<'a> {
    Value(&'a mut Value),
    /// Into an object of the host, with the steps from that index on.
    InHost(Value, usize),
}

/// The write of a value into an object of the host.
struct HostWrite<'p> {
    object: Value,
    steps: &'p [PlaceStep],
    value: Value,
}

/// A variable whose value is changed by code that may run scripts. It is on loan until that is over, also by a panic.
struct Loan {
    root: *mut Value,
    value: Value,
}

impl Loan {
    /// # Safety
    /// `root` is a variable, and outlives the loan.
    unsafe fn of(root: *mut Value) -> Loan {
        // SAFETY: the caller's.
        Loan { root, value: unsafe { std::ptr::replace(root, Value::Absent(Absence::OnLoan)) } }
    }
}

impl Drop for Loan {
    #[inline]
    fn drop(&mut self) {
        let value = std::mem::replace(&mut self.value, Value::Null);
        // SAFETY: as in `of`.
        drop(unsafe { std::ptr::replace(self.root, value) });
    }
}

impl Machine {
    /// A place of the running function.
    pub(super) fn place<'a>(&self, index: u32) -> Result<&'a Place> {
        self.function().places.get(index as usize).ok_or_else(|| Fault::bug("a place that the function does not have"))
    }

    /// The address of a root variable.
    pub(super) fn root(&self, place: &Place) -> Result<*mut Value> {
        let address = match place.root {
            PlaceRoot::Register(register) => Some(self.register(register.0)),
            PlaceRoot::Cell(register) => match self.value(register.0) {
                Value::Cell(cell) => Some(CellObject::as_ptr(cell)),
                _ => None,
            },
            // SAFETY: a frame is active.
            PlaceRoot::Capture(index) => match unsafe { &(*self.frame).closure } {
                Some(closure) => closure.captures().get(index as usize).map(|cell| CellObject::as_ptr(cell)),
                None => None,
            },
            PlaceRoot::Global(global) => self.running().global(global.0 as usize),
        };
        address.ok_or_else(|| Fault::bug("a place without its root"))
    }

    /// The address of a root variable that has a value.
    pub(super) fn defined_root(&self, place: &Place) -> Result<*mut Value> {
        let root = self.root(place)?;
        // SAFETY: roots are variables of the frame, its closure or its instance.
        match unsafe { &*root } {
            absent @ Value::Absent(_) => Err(absence_error(absent, &place.name)),
            _ => Ok(root),
        }
    }

    /// The value at a place, if it has one and lies in arrays, dicts and structs only. The reference is good until the script goes on.
    #[inline(always)]
    pub(super) fn value_at<'a>(&self, place: &Place) -> Option<&'a Value> {
        // SAFETY: the frame is active and has the place; variables and what they hold stay while the script does not go on.
        let value = unsafe { super::path::find(self.frame, place).map(|value| &*value) };
        value.filter(|value| !matches!(value, Value::Absent(_)))
    }

    /// Does a call of the method that a site has cached for the struct at a place lend it?
    pub(super) fn lends_receiver(&self, site: &Site, place: &Place) -> bool {
        match self.value_at(place) {
            Some(Value::Struct(object)) if site.in_out.is_empty() => {
                site.cache.get(object.shape()).is_some_and(|slot| slot & SLOW_METHOD != 0)
            }
            _ => false,
        }
    }

    /// May the content of the place change?
    pub(super) fn check_mutable(place: &Place) -> Result<()> {
        let kind = match place.immutable {
            None => return Ok(()),
            Some(Immutable::Let) => "immutable let",
            Some(Immutable::Const) => "const",
        };
        let message = format!("Cannot mutate {kind} binding: {}", place.name);
        Err(Fault::error(Code::IMMUTABLE_BINDING, message).with_help(help::immutable(&place.name)))
    }

    /// A copy of the value at a place.
    pub(super) fn read_place(&mut self, place: &Place) -> Result<Value> {
        let root = self.defined_root(place)?;
        // SAFETY: the root is a variable; methods that run on the way get copies.
        let mut current: &Value = unsafe { &*root };
        let mut owned;
        for step in &place.steps {
            let next = match (step, current) {
                (PlaceStep::Index(register), subject) => {
                    let index = self.value(register.0);
                    match element(subject, index) {
                        Some(element) => {
                            current = element;
                            continue;
                        }
                        None => ops::get_index(self, &subject.clone(), index)?,
                    }
                }
                (PlaceStep::Field(site), Value::Struct(object)) => {
                    let site = self.site(*site);
                    match cached_slot(site, object).and_then(|slot| object.fields().get(slot)) {
                        Some(field) => {
                            current = field;
                            continue;
                        }
                        None => ops::get_field(current, site.name.as_deref().unwrap_or(""))?,
                    }
                }
                (PlaceStep::Field(site), subject @ Value::Host(_)) => {
                    let object = subject.clone();
                    self.host_field(&object, self.site(*site).name.as_deref().unwrap_or(""))?
                }
                (PlaceStep::Field(site), subject) => {
                    let name = self.site(*site).name.as_deref().unwrap_or("");
                    ops::get_field(subject, name).map_err(|fault| self.with_help_for_method(fault, subject, name))?
                }
            };
            owned = next;
            current = &owned;
        }
        Ok(current.clone())
    }

    /// `GetPath`.
    #[inline(never)]
    pub(super) fn get_path(&mut self, register: u16, place: u32) -> Result<()> {
        let result = self.read_place(self.place(place)?);
        self.put_result(register, result)
    }

    /// `SetPath`.
    #[inline(never)]
    pub(super) fn set_path(&mut self, register: u16, place: u32) -> Result<()> {
        let place = self.place(place)?;
        Self::check_mutable(place)?;
        let root = self.defined_root(place)?;
        let value = self.take(register);
        // SAFETY: the root is a variable, and nothing of the script runs before the value is stored.
        let rest = self.store(unsafe { &mut *root }, place, value)?;
        self.store_in_host(rest)
    }

    /// Stores a value in the place whose root is `root`. A write into an object of the host is left to the caller, who must not
    /// hold the root meanwhile: a setter can run script code.
    fn store<'p>(&mut self, root: &mut Value, place: &'p Place, value: Value) -> Result<Option<HostWrite<'p>>> {
        let Some((last, path)) = place.steps.split_last() else {
            drop(std::mem::replace(root, value));
            return Ok(None);
        };
        let container = match self.slot(root, path)? {
            Slot::Value(Value::Host(object)) => {
                let steps = std::slice::from_ref(last);
                return Ok(Some(HostWrite { object: Value::Host(object.clone()), steps, value }));
            }
            Slot::Value(container) => container,
            Slot::InHost(object, at) => {
                let steps = place.steps.get(at..).unwrap_or(&[]);
                return Ok(Some(HostWrite { object, steps, value }));
            }
        };
        match last {
            PlaceStep::Index(register) => {
                let index = self.value(register.0);
                let stored = ops::set_index(self, container, index, value);
                self.charge_copies(stored)?;
            }
            PlaceStep::Field(site) => {
                let slot = field_slot(self.site(*site), container);
                drop(std::mem::replace(self.charge_copies(slot)?, value));
            }
        }
        Ok(None)
    }

    /// Does what [`Machine::store`] has left.
    fn store_in_host(&mut self, rest: Option<HostWrite<'_>>) -> Result<()> {
        match rest {
            Some(HostWrite { object, steps, value }) => self.write_in_host(object, steps, value),
            None => Ok(()),
        }
    }

    /// Goes along a path to what is changed; shared containers on the way are copied.
    pub(super) fn slot<'a>(&mut self, root: &'a mut Value, path: &[PlaceStep]) -> Result<Slot<'a>> {
        let mut current = root;
        for (at, step) in path.iter().enumerate() {
            if let Value::Host(_) = current {
                return Ok(Slot::InHost(current.clone(), at));
            }
            let next = match step {
                PlaceStep::Index(register) => {
                    let index = self.value(register.0);
                    ops::index_slot(self, current, index)
                }
                PlaceStep::Field(site) => field_slot(self.site(*site), current),
            };
            current = self.charge_copies(next)?;
        }
        Ok(Slot::Value(current))
    }

    /// Calls `change` with the value at a place. The root is on loan meanwhile, unless it is a register, which only the running
    /// frame can name.
    pub(super) fn update_place<T>(
        &mut self,
        place: &Place,
        change: impl FnOnce(&mut Machine, &mut Value) -> Result<T>,
    ) -> Result<T> {
        let root = self.defined_root(place)?;
        if let PlaceRoot::Register(_) = place.root {
            if place.steps.is_empty() {
                // SAFETY: as below.
                return change(self, unsafe { &mut *root });
            }
            // SAFETY: only the running frame can name the register, and it does not go on before `change` is done.
            return match self.slot(unsafe { &mut *root }, &place.steps)? {
                Slot::Value(slot) => change(self, slot),
                Slot::InHost(object, at) => self.update_in_host(object, place.steps.get(at..).unwrap_or(&[]), change),
            };
        }
        let _keep = self.root_cell(place);
        // SAFETY: the root is a variable that outlives the loan: a cell is kept alive by `_keep`.
        let mut loan = unsafe { Loan::of(root) };
        match self.slot(&mut loan.value, &place.steps)? {
            Slot::Value(slot) => change(self, slot),
            Slot::InHost(object, at) => self.update_in_host(object, place.steps.get(at..).unwrap_or(&[]), change),
        }
    }

    /// The cell of a root, to keep it alive.
    fn root_cell(&self, place: &Place) -> Option<Value> {
        match place.root {
            PlaceRoot::Cell(register) => Some(self.value(register.0).clone()),
            _ => None,
        }
    }

    /// `Lend`, and the loan of a method with `mut self`.
    pub(super) fn lend(&mut self, register: u16, place: u32) -> Result<()> {
        let rest_register = register.wrapping_sub(1);
        self.put(rest_register, Value::Null);
        let place = self.place(place)?;
        Self::check_mutable(place)?;
        let root = self.defined_root(place)?;
        if !place.steps.is_empty() {
            return self.lend_inside(register, place, root);
        }
        // SAFETY: the root is a variable.
        let value = unsafe { std::ptr::replace(root, Value::Absent(Absence::OnLoan)) };
        self.put(rest_register, Value::Absent(Absence::OnLoan));
        self.put(register, value);
        Ok(())
    }

    /// Lends a value that lies inside its root.
    #[inline(never)]
    fn lend_inside(&mut self, register: u16, place: &Place, root: *mut Value) -> Result<()> {
        let value = self.read_place(place)?;
        let value = if value.is_heap() {
            // SAFETY: the root is a variable, and nothing of the script runs meanwhile.
            match self.slot(unsafe { &mut *root }, &place.steps)? {
                Slot::Value(slot) => {
                    drop(value);
                    std::mem::replace(slot, Value::Null)
                }
                Slot::InHost(..) => value,
            }
        } else {
            value
        };
        // SAFETY: as above.
        let rest = unsafe { std::ptr::replace(root, Value::Absent(Absence::OnLoan)) };
        self.put(register.wrapping_sub(1), rest);
        self.put(register, value);
        Ok(())
    }

    /// `Restore`.
    pub(super) fn restore(&mut self, register: u16, place: u32) -> Result<()> {
        let rest = self.take(register.wrapping_sub(1));
        if matches!(rest, Value::Null) {
            return Ok(());
        }
        let place = self.place(place)?;
        if !place.steps.is_empty() {
            return self.restore_inside(register, place, rest);
        }
        let value = self.take(register);
        let root = self.root(place)?;
        // SAFETY: the root is a variable.
        drop(unsafe { std::ptr::replace(root, value) });
        Ok(())
    }

    /// Puts a value back to a place inside its root, of which `rest` is left.
    #[inline(never)]
    fn restore_inside(&mut self, register: u16, place: &Place, mut rest: Value) -> Result<()> {
        let value = self.take(register);
        let root = self.root(place)?;
        let write = self.store(&mut rest, place, value)?;
        // SAFETY: the root is a variable.
        drop(unsafe { std::ptr::replace(root, rest) });
        self.store_in_host(write)
    }
}

/// The slot of a site's field in a struct, by the cache or by name.
fn cached_slot(site: &crate::bytecode::Site, object: &crate::value::record::StructObject) -> Option<usize> {
    if let Some(slot) = site.cache.get(object.shape()) {
        return Some(slot as usize);
    }
    let slot = object.def().decl().field_index(site.name.as_deref().unwrap_or(""))?;
    site.cache.put(object.shape(), slot as u32);
    Some(slot)
}

/// The element of a container that holds values, by reference.
fn element<'a>(subject: &'a Value, index: &Value) -> Option<&'a Value> {
    match (subject, index) {
        (Value::Array(array), Value::Int(at)) => match array.elements() {
            Elements::Values(values) => values.get(usize::try_from(*at).ok()?),
            _ => None,
        },
        (Value::Dict(dict), Value::Int(_) | Value::Str(_)) => dict.get_value(index),
        _ => None,
    }
}
