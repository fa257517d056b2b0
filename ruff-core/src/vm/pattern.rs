//! Tests and parts of values for patterns and destructuring (section 12 of the reference).

use super::Machine;
use super::access::elements_bit;
use super::call::Outcome;
use crate::bytecode::function::feedback;
use crate::bytecode::{EnumDecl, EnumKind, Instr, VariantPattern, VariantSource};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::help;
use crate::value::array::ArrayObject;
use crate::value::dict::{DictKey, DictObject};
use crate::value::record::EnumDefObject;
use crate::value::{Ref, Value, ops, text};
use std::cmp::Ordering;

/// Has the value the length of an array pattern?
pub(super) fn match_array(value: &Value, len: u16, has_rest: bool) -> bool {
    match value {
        Value::Array(array) if has_rest => array.len() >= len as usize,
        Value::Array(array) => array.len() == len as usize,
        _ => false,
    }
}

/// Is an int in a range? `None` if a bound is another number.
fn is_int_inside(int: i64, start: Option<&Value>, end: Option<&Value>, inclusive: bool) -> Option<bool> {
    let above = match start {
        None => true,
        Some(Value::Int(start)) => int >= *start,
        Some(_) => return None,
    };
    let below = match end {
        None => true,
        Some(Value::Int(end)) => int < *end || inclusive && int == *end,
        Some(_) => return None,
    };
    Some(above && below)
}

impl Machine {
    /// `MatchConst`: never asks `op_eq`.
    pub(super) fn match_const(&mut self, value: &Value, constant: &Value) -> Result<bool> {
        if let Value::Struct(_) = value { Ok(false) } else { ops::equals(self, value, constant) }
    }

    /// `MatchRange`.
    pub(super) fn match_range(&mut self, value: &Value, index: u32) -> Result<bool> {
        let function = self.function();
        let Some(pattern) = function.range_patterns.get(index as usize) else {
            return Err(Fault::bug("a range that the function does not have"));
        };
        let bound = |index: Option<u32>| index.map(|index| self.const_at(index));
        if let Value::Int(int) = value
            && let Some(is_inside) = is_int_inside(*int, bound(pattern.start), bound(pattern.end), pattern.inclusive)
        {
            return Ok(is_inside);
        }
        let is_number = matches!(value, Value::Int(_) | Value::Float(_) | Value::BigInt(_));
        let above = bound(pattern.start).is_none_or(|start| {
            matches!(ops::compare::order(value, start), Some(Some(Ordering::Greater | Ordering::Equal)))
        });
        let below = bound(pattern.end).is_none_or(|end| match ops::compare::order(value, end) {
            Some(Some(Ordering::Less)) => true,
            Some(Some(Ordering::Equal)) => pattern.inclusive,
            _ => false,
        });
        Ok(is_number && above && below)
    }

    /// `MatchVariant`.
    pub(super) fn match_variant(&mut self, i: Instr, index: u32) -> Result<bool> {
        let Some(pattern) = self.function().variant_patterns.get(index as usize) else {
            return Err(Fault::bug("a variant that the function does not have"));
        };
        let id = match pattern.source {
            VariantSource::Result => EnumDecl::RESULT_ID,
            VariantSource::Option => EnumDecl::OPTION_ID,
            VariantSource::Register => match self.value(i.b()) {
                Value::EnumDef(def) => def.id(),
                _ => return Err(self.undefined("enum")),
            },
        };
        let index = match pattern.cache.get(id) {
            Some(index) => index,
            None => self.look_up_variant(i, pattern)?,
        };
        let Value::Variant(variant) = self.value(i.a()) else { return Ok(false) };
        if variant.variant() != index || variant.def().id() != id {
            return Ok(false);
        }
        let len = variant.payload().len();
        Ok(pattern.arity.is_none_or(|n| if pattern.has_rest { len >= n as usize } else { len == n as usize }))
    }

    /// The index of the variant that a pattern names.
    #[cold]
    fn look_up_variant(&self, i: Instr, pattern: &VariantPattern) -> Result<u32> {
        let decl = match (pattern.source, self.value(i.b())) {
            (VariantSource::Result, _) => self.heap().result_def().decl(),
            (VariantSource::Option, _) => self.heap().option_def().decl(),
            (VariantSource::Register, Value::EnumDef(def)) => def.decl(),
            (VariantSource::Register, _) => return Err(self.undefined("enum")),
        };
        let index = decl.variant_index(&pattern.variant).ok_or_else(|| unknown_variant(decl, &pattern.variant))?;
        pattern.cache.put(decl.id, index as u32);
        Ok(index as u32)
    }

    /// `MatchStruct`.
    pub(super) fn match_struct(&mut self, i: Instr) -> Result<bool> {
        let Value::StructDef(def) = self.value(i.b()) else { return Err(self.undefined("struct")) };
        Ok(matches!(self.value(i.a()), Value::Struct(object) if object.shape() == def.decl().id))
    }

    #[cold]
    fn undefined(&self, what: &str) -> Fault {
        Fault::error(Code::UNDEFINED, format!("Undefined {what}: {}", self.instruction_text()))
    }

    /// `MatchKey`.
    pub(super) fn match_key(&mut self, i: Instr, key: &Value) -> bool {
        let Value::Dict(dict) = self.value(i.a()) else { return false };
        let Some(value) = dict.get_value(key).cloned() else { return false };
        self.put(i.b(), value);
        true
    }

    /// `GetPayload`.
    pub(super) fn get_payload(&mut self, i: Instr) {
        let value = match self.value(i.b()) {
            Value::Variant(variant) => variant.payload().get(i.c() as usize).unwrap_or(&Value::Null),
            _ => &Value::Null,
        };
        self.put(i.a(), value.clone());
    }

    /// `GetPayloadRest`.
    pub(super) fn get_payload_rest(&mut self, i: Instr) -> Result<()> {
        let payload = match self.value(i.b()) {
            Value::Variant(variant) => variant.payload(),
            _ => &[],
        };
        let rest = ArrayObject::from_values(self.heap(), payload.iter().skip(i.c() as usize).cloned())?;
        self.put(i.a(), Value::Array(rest));
        Ok(())
    }

    /// `GetElement`. Gives the feedback for the array.
    pub(super) fn get_element(&mut self, i: Instr) -> u16 {
        let (value, elements) = match self.value(i.b()) {
            Value::Array(array) => (array.get(i.c() as usize), elements_bit(array.kind())),
            _ => (None, 0),
        };
        self.put(i.a(), value.unwrap_or(Value::Null));
        elements
    }

    /// `GetElementRest`.
    pub(super) fn get_element_rest(&mut self, i: Instr) -> Result<()> {
        let rest = match self.value(i.b()) {
            Value::Array(array) => array.slice(self.heap(), i.c() as usize, array.len())?,
            _ => ArrayObject::new(self.heap()),
        };
        self.put(i.a(), Value::Array(rest));
        Ok(())
    }

    /// `GetEntry`.
    pub(super) fn get_entry(&mut self, i: Instr, key: &Value) {
        let value = match self.value(i.b()) {
            Value::Dict(dict) => dict.get_value(key).unwrap_or(&Value::Null),
            _ => &Value::Null,
        };
        self.put(i.a(), value.clone());
    }

    /// `GetEntryRest`.
    pub(super) fn get_entry_rest(&mut self, i: Instr) -> Result<()> {
        let mut rest = DictObject::new(self.heap());
        if let Value::Dict(dict) = self.value(i.b()) {
            let named = self.function().key_lists.get(self.extension().x() as usize);
            let named = named.into_iter().flatten().map(|index| DictKey::from_value(self.const_at(*index)));
            let named: Vec<DictKey> = named.filter_map(Result::transpose).collect::<Result<_>>()?;
            for (key, value) in dict.iter().filter(|(key, _)| !named.contains(key)) {
                rest.make_mut()?.insert(key, value.clone())?;
            }
        }
        self.put(i.a(), Value::Dict(rest));
        Ok(())
    }

    /// `Unwrap`: true if register `a` got the payload of a success, false if it got the failure.
    pub(super) fn unwrap_variant(&mut self, i: Instr) -> Result<bool> {
        let value = self.value(i.b());
        let Value::Variant(variant) = value else { return Err(try_error()) };
        if variant.def().decl().kind == EnumKind::Declared {
            return Err(try_error());
        }
        let is_success = variant.variant() == 0;
        let result = if is_success { variant.payload().first().cloned() } else { Some(value.clone()) };
        let result = result.unwrap_or(Value::Null);
        if is_success {
            self.record(feedback::kind(result.tag()));
        }
        self.put(i.a(), result);
        Ok(is_success)
    }

    /// `RaiseUnhandled`.
    #[cold]
    pub(super) fn raise_unhandled(&mut self, register: u16) -> Result<()> {
        let failure = self.value(register);
        let failure = text::message_text(self, failure)?;
        Err(Fault::error(Code::UNHANDLED_FAILURE, format!("Unhandled {failure} at top level")))
    }

    // ---- variants

    /// `GetVariant`.
    pub(super) fn get_variant(&mut self, i: Instr) -> Result<()> {
        let (def, index) = self.variant_of(self.value(i.b()))?;
        let decl = def.decl();
        let value = match (decl.kind, decl.variants.get(index as usize).and_then(|v| v.arity)) {
            (EnumKind::Option, Some(0)) => self.heap().none(),
            (_, Some(_)) => {
                Value::Constructor(crate::value::closure::ConstructorObject::alloc(self.heap(), def.clone(), index))
            }
            (_, None) => def.unit(index).ok_or_else(|| Fault::bug("an unknown variant"))?,
        };
        self.put(i.a(), value);
        Ok(())
    }

    /// `NewVariant`.
    pub(super) fn new_variant(&mut self, i: Instr) -> Result<()> {
        let (def, index) = self.variant_of(self.value(self.extension().y() as u16))?;
        self.check_payload(def, index, i.c() as usize)?;
        let payload = self.take_window(i.b(), i.c() as usize);
        let value = super::call::make_variant(def, index, payload)?;
        self.finish(i.a(), Outcome::Value(value));
        Ok(())
    }

    fn check_payload(&self, def: &Ref<EnumDefObject>, index: u32, len: usize) -> Result<()> {
        match def.decl().variants.get(index as usize).and_then(|v| v.arity) {
            Some(arity) if arity as usize != len => Err(super::call::payload_error(def, index, len)),
            _ => Ok(()),
        }
    }

    /// The definition and the index of the variant that the running instruction names.
    fn variant_of<'a>(&self, def: &'a Value) -> Result<(&'a Ref<EnumDefObject>, u32)> {
        let site = self.site(self.extension().x());
        let Value::EnumDef(def) = def else { return Err(self.undefined("enum")) };
        let decl = def.decl();
        let name = site.name.as_deref().unwrap_or("");
        let index = site.cache.get(decl.id).or_else(|| {
            let index = decl.variant_index(name)? as u32;
            site.cache.put(decl.id, index);
            Some(index)
        });
        match index {
            Some(index) => Ok((def, index)),
            None => Err(unknown_variant(decl, name)),
        }
    }
}

#[cold]
fn unknown_variant(decl: &EnumDecl, name: &str) -> Fault {
    let message = format!("Unknown variant: {}::{name}", decl.name);
    Fault::error(Code::UNDEFINED, message).with_help(help::variant(&decl.name, name, decl.variant_names()))
}

#[cold]
fn try_error() -> Fault {
    Fault::error(Code::UNHANDLED_FAILURE, "Try operator requires Result or Option")
}
