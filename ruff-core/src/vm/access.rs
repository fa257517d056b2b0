//! Reading and writing variables, elements and fields.
//!
//! This file is unsafe: its fast paths work on registers of the loop.

#![allow(unsafe_code)]

use super::Machine;
use super::frame::{Frame, ReturnMode};
use super::stack::{self, tag};
use crate::bytecode::function::feedback;
use crate::bytecode::{Instr, OperatorMethod};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::array::{ElementKind, Elements};
use crate::value::closure::CellObject;
use crate::value::ops;
use crate::value::record::StructObject;
use crate::value::{Absence, Value};

/// The variable in the cell that a register holds.
///
/// # Safety
/// The register holds a cell.
#[inline(always)]
pub(super) unsafe fn cell_variable(register: *const Value) -> *mut Value {
    // SAFETY: verified code reads cells only from registers that hold them; the payload is the pointer to the object.
    unsafe {
        debug_assert!(matches!(*register, Value::Cell(_)));
        (*(*register.cast::<*const CellObject>().add(1))).as_ptr()
    }
}

/// A captured variable of the running closure.
///
/// # Safety
/// The frame is active and its closure has that many captures.
#[inline(always)]
pub(super) unsafe fn captured_variable(frame: *const Frame, index: u16) -> *mut Value {
    // SAFETY: the caller's.
    unsafe {
        match &(*frame).closure {
            Some(closure) => CellObject::as_ptr(closure.captures().get_unchecked(index as usize)),
            None => std::hint::unreachable_unchecked(),
        }
    }
}

/// The bit of feedback for an array that an element was read from.
#[inline(always)]
pub(super) fn elements_bit(kind: ElementKind) -> u16 {
    if matches!(kind, ElementKind::Values) { feedback::IN_VALUES } else { feedback::IN_PACKED }
}

/// `to := subject[index]`, if the subject is an array and the index one of its positions: how the array stores its elements.
///
/// # Safety
/// All are registers.
#[inline(always)]
pub(super) unsafe fn array_element(to: *mut Value, subject: *const Value, index: *const Value) -> Option<ElementKind> {
    // SAFETY: the caller's.
    unsafe {
        let (Value::Array(array), Value::Int(at)) = (&*subject, &*index) else { return None };
        let at = *at as u64 as usize;
        if at >= array.len() {
            return None;
        }
        // Writing the element may release the array.
        let kind = array.kind();
        match array.elements() {
            Elements::Ints(ints) => stack::set_int(to, *ints.get_unchecked(at)),
            Elements::Floats(floats) => stack::set_float(to, *floats.get_unchecked(at)),
            Elements::Values(values) => stack::copy(to, values.get_unchecked(at)),
            Elements::Bools(bools) => stack::set_bool(to, *bools.get_unchecked(at)),
        }
        Some(kind)
    }
}

/// `subject[index] := value`, taken, if the subject is an unshared array that stores values of that kind.
///
/// # Safety
/// All are registers.
#[inline(always)]
pub(super) unsafe fn set_array_element(subject: *mut Value, index: *const Value, value: *mut Value) -> bool {
    // SAFETY: the caller's.
    unsafe {
        let (Value::Array(array), Value::Int(at)) = (&mut *subject, &*index) else { return false };
        let at = *at as u64 as usize;
        let Some(array) = array.get_mut() else { return false };
        if at >= array.len() {
            return false;
        }
        match array.kind() {
            ElementKind::Values => match array.values_mut() {
                Ok(values) => stack::take_into(values.get_unchecked_mut(at), value),
                Err(_) => return false,
            },
            ElementKind::Ints if stack::tag_of(value) == tag::INT => match array.ints_mut() {
                Some(ints) => *ints.get_unchecked_mut(at) = stack::int_of(value),
                None => return false,
            },
            ElementKind::Floats if stack::tag_of(value) == tag::FLOAT => match array.floats_mut() {
                Some(floats) => *floats.get_unchecked_mut(at) = stack::float_of(value),
                None => return false,
            },
            ElementKind::Bools => match (array.bools_mut(), &*value) {
                (Some(bools), Value::Bool(bool)) => *bools.get_unchecked_mut(at) = *bool,
                _ => return false,
            },
            _ => return false,
        }
        true
    }
}

/// The field of a struct in a register that a site has cached.
///
/// # Safety
/// The frame is active, its function has the site, and the register is in the frame.
#[inline(always)]
pub(super) unsafe fn cached_field(frame: *const Frame, site: u32, register: *const Value) -> Option<*const Value> {
    // SAFETY: a site caches, for a shape, the index of a field that its declaration has.
    unsafe {
        let Value::Struct(object) = &*register else { return None };
        let site = &*(*(*frame).function).sites.add(site as usize);
        let slot = site.cache.get(object.shape())?;
        let object: *const StructObject = &**object;
        Some(object.cast::<u8>().add(StructObject::FIELDS_OFFSET).cast::<Value>().add(slot as usize))
    }
}

/// `register.field := value`, taken, if the register holds an unshared struct whose field a site has cached.
///
/// # Safety
/// As [`cached_field`]; `value` is a register too.
#[inline(always)]
pub(super) unsafe fn set_cached_field(frame: *const Frame, site: u32, register: *mut Value, value: *mut Value) -> bool {
    // SAFETY: the caller's; an object with one reference belongs to the register.
    unsafe {
        let Some(field) = cached_field(frame, site, register) else { return false };
        let is_unshared = matches!(&*register, Value::Struct(object) if object.is_unique());
        if is_unshared {
            stack::take_into(field.cast_mut(), value);
        }
        is_unshared
    }
}

impl Machine {
    // ---- variables

    /// The error of reading a variable that has no value. Absent values that are not variables pass.
    #[cold]
    #[inline(never)]
    pub(super) fn absent_variable(&self, variable: &Value) -> Result<()> {
        Err(absence_error(variable, self.variable_name()))
    }

    /// A variable without a value may be assigned, unless it is on loan.
    #[cold]
    #[inline(never)]
    pub(super) fn check_not_lent(&self, variable: &Value) -> Result<()> {
        match variable {
            Value::Absent(Absence::OnLoan) => Err(absence_error(variable, self.variable_name())),
            _ => Ok(()),
        }
    }

    /// The variable that the running instruction reads or writes.
    fn variable_name<'a>(&self) -> &'a str {
        // SAFETY: a frame is active.
        let pc = unsafe { (*self.frame).pc_index() } as u32;
        let names = &self.function().variable_names;
        match names.binary_search_by_key(&pc, |(at, _)| at.0) {
            Ok(index) => names.get(index).map_or("?", |(_, name)| name),
            // An instruction of two words is listed under its first.
            Err(index) => names.get(index.wrapping_sub(1)).map_or("?", |(_, name)| name),
        }
    }

    /// `NewCell`.
    pub(super) fn new_cell(&mut self, i: Instr) {
        let value = self.take(i.b());
        let cell = CellObject::alloc(self.heap(), value);
        self.put(i.a(), Value::Cell(cell));
    }

    /// `NewEmptyCell`.
    pub(super) fn new_empty_cell(&mut self, register: u16) {
        let cell = CellObject::alloc(self.heap(), Value::Absent(Absence::Undefined));
        self.put(register, Value::Cell(cell));
    }

    // ---- elements

    /// `GetIndex` and `GetIndexOrNull`.
    #[inline(never)]
    pub(super) fn get_index(&mut self, i: Instr, or_null: bool) -> Result<()> {
        let (subject, index) = (self.value(i.b()), self.value(i.c()));
        let kind = feedback::subject(subject.tag());
        if let Some(method) = self.operator_method(subject, Some(OperatorMethod::Index)) {
            self.record(kind | feedback::READ_OTHER);
            return self.push_operator(&method, subject, Some(index), (i.a(), ReturnMode::Normal));
        }
        let result =
            if or_null { ops::get_index_or_null(self, subject, index) } else { ops::get_index(self, subject, index) };
        if let Ok(value) = &result {
            self.record(kind | feedback::kind(value.tag()));
        }
        self.put_result(i.a(), result)
    }

    /// `SetIndex`.
    #[inline(never)]
    pub(super) fn set_index(&mut self, i: Instr) -> Result<()> {
        let (subject, index) = (self.value_mut(i.a()), self.value(i.b()));
        self.record(feedback::subject(subject.tag()));
        let value = self.take(i.c());
        if let Value::Host(_) = subject {
            return self.set_host_element(&subject.clone(), &index.clone(), value);
        }
        let stored = ops::set_index(self, subject, index, value);
        self.charge_copies(stored)
    }

    /// `Slice` and `SliceInclusive`.
    pub(super) fn slice(&mut self, i: Instr, inclusive: bool) -> Result<()> {
        let (subject, start, end) = (self.value(i.b()), self.value(i.c()), self.value(i.c() + 1));
        let result = ops::slice(self, subject, start, end, inclusive);
        if let Ok(value) = &result {
            self.record(feedback::subject(subject.tag()) | feedback::kind(value.tag()));
        }
        self.put_result(i.a(), result)
    }

    // ---- fields

    /// `GetField` and `GetFieldOrNull`.
    #[inline(never)]
    pub(super) fn get_field(&mut self, i: Instr, or_null: bool) -> Result<()> {
        let site = self.site(self.extension().x());
        let name = site.name.as_deref().unwrap_or("");
        let subject = self.value(i.b());
        if let Value::Struct(object) = subject
            && let Some(slot) = object.def().decl().field_index(name)
        {
            site.cache.put(object.shape(), slot as u32);
        }
        if let Value::Dict(_) = subject {
            self.record(feedback::IN_DICT);
        }
        if let Value::Host(_) = subject {
            let value = self.host_field(&subject.clone(), name)?;
            self.put(i.a(), value);
            return Ok(());
        }
        let result = if or_null { ops::get_field_or_null(subject, name) } else { ops::get_field(subject, name) };
        let result = result.map_err(|fault| self.with_help_for_method(fault, subject, name));
        self.put_result(i.a(), result)
    }

    /// `SetField`.
    #[inline(never)]
    pub(super) fn set_field(&mut self, i: Instr) -> Result<()> {
        let site = self.site(self.extension().x());
        let subject = self.value_mut(i.a());
        if let Value::Host(_) = subject {
            let value = self.take(i.b());
            return self.set_host_field(subject.clone(), site.name.as_deref().unwrap_or(""), value);
        }
        let slot = field_slot(site, subject);
        let slot = self.charge_copies(slot)?;
        let old = std::mem::replace(slot, self.take(i.b()));
        drop(old);
        Ok(())
    }

    /// `GetOwnField`.
    pub(super) fn get_own_field(&mut self, i: Instr) -> Result<()> {
        let site = self.site(self.extension().x());
        let value = match self.value(i.b()) {
            Value::Struct(object) => object.field(site.name.as_deref().unwrap_or("")).cloned(),
            _ => None,
        };
        self.put(i.a(), value.unwrap_or(Value::Absent(Absence::Undefined)));
        Ok(())
    }
}

/// The place of a field of an unshared struct, by the cache of the site or by name.
pub(super) fn field_slot<'a>(site: &crate::bytecode::Site, subject: &'a mut Value) -> Result<&'a mut Value> {
    let name = site.name.as_deref().unwrap_or("");
    let cached = match subject {
        Value::Struct(object) => site.cache.get(object.shape()).or_else(|| {
            let slot = object.def().decl().field_index(name)? as u32;
            site.cache.put(object.shape(), slot);
            Some(slot)
        }),
        _ => None,
    };
    match (subject, cached) {
        (Value::Struct(object), Some(slot)) => {
            let fields = object.make_mut()?.fields_mut();
            fields.get_mut(slot as usize).ok_or_else(|| Fault::bug("a cached field that the struct does not have"))
        }
        (subject, _) => ops::field_slot(subject, name),
    }
}

/// The error of using a variable that has no value.
#[cold]
pub(super) fn absence_error(variable: &Value, name: &str) -> Fault {
    match variable {
        Value::Absent(Absence::OnLoan) => {
            Fault::error(Code::ON_LOAN, format!("Cannot use '{name}' while it is lent to a mut parameter"))
        }
        _ => Fault::error(Code::UNDEFINED, format!("Undefined variable: {name}")),
    }
}
