//! Fields: reading and writing with a dot (sections 5, 7 and 16.1 of the language reference).

use super::index::missing_key_of;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::help;
use crate::value::module::ModuleObject;
use crate::value::record::StructObject;
use crate::value::text::clip;
use crate::value::{Absence, Ref, Value};

/// `base.name`.
///
/// # Errors
/// `RUF1011`, `RUF1009` for a missing entry of a dict, `RUF3002` for a missing member of a module.
pub fn get_field(base: &Value, name: &str) -> Result<Value> {
    match base {
        Value::Struct(object) => object.field(name).cloned().ok_or_else(|| no_such_field(object, name)),
        Value::Dict(dict) => dict.get_str(name).cloned().ok_or_else(|| missing_key_of(dict, name)),
        Value::Module(module) => get_member(module, name),
        _ => Err(not_a_struct(base, name)),
    }
}

/// `base?.name` for a base that is not null: as [`get_field`], but a missing entry of a dict gives null.
///
/// # Errors
/// As [`get_field`].
pub fn get_field_or_null(base: &Value, name: &str) -> Result<Value> {
    match base {
        Value::Dict(dict) => Ok(dict.get_str(name).cloned().unwrap_or(Value::Null)),
        _ => get_field(base, name),
    }
}

/// `base.name := value`.
///
/// # Errors
/// `RUF1011`, `RUF1005` for a member of a module, and the trap `RUF2002`; nothing is changed then.
pub fn set_field(base: &mut Value, name: &str, value: Value) -> Result<()> {
    let old = std::mem::replace(field_slot(base, name)?, value);
    drop(old);
    Ok(())
}

/// The place of a field: a step on the path to what is changed.
///
/// # Errors
/// As [`set_field`].
pub fn field_slot<'a>(base: &'a mut Value, name: &str) -> Result<&'a mut Value> {
    match base {
        Value::Struct(object) => {
            let Some(index) = object.def().decl().field_index(name) else { return Err(no_such_field(object, name)) };
            object.make_mut()?.fields_mut().get_mut(index).ok_or_else(|| Fault::bug("a declared field is missing"))
        }
        Value::Module(module) => Err(member_assignment(module, name)),
        _ => Err(not_a_struct(base, name)),
    }
}

/// The current value of an exported variable.
fn get_member(module: &Ref<ModuleObject>, name: &str) -> Result<Value> {
    match module.get(name) {
        Some(Value::Absent(Absence::OnLoan)) => {
            let message = format!("Cannot use '{}' while it is lent to a mut parameter", clip(name));
            Err(Fault::error(Code::ON_LOAN, message))
        }
        Some(Value::Absent(_)) => Err(Fault::error(Code::UNDEFINED, format!("Undefined variable: {}", clip(name)))),
        Some(value) => Ok(value),
        None => Err(symbol_not_found(module, name)),
    }
}

#[cold]
fn symbol_not_found(module: &ModuleObject, name: &str) -> Fault {
    let message = format!("Symbol '{}' not found in module '{}'", clip(name), clip(module.name()));
    Fault::error(Code::MODULE_SYMBOL, message).with_help(help::member(name, module.names()))
}

#[cold]
fn member_assignment(module: &ModuleObject, name: &str) -> Fault {
    let message = format!("Cannot assign to module member: {}.{}", clip(module.name()), clip(name));
    Fault::error(Code::IMMUTABLE_BINDING, message)
}

/// The error of a field that a type does not declare, which has these.
#[cold]
pub fn field_not_found<'a>(name: &str, fields: impl Iterator<Item = &'a str>) -> Fault {
    Fault::error(Code::NO_SUCH_MEMBER, format!("Field not found: {}", clip(name))).with_help(help::member(name, fields))
}

#[cold]
fn no_such_field(object: &StructObject, name: &str) -> Fault {
    field_not_found(name, object.def().decl().field_names())
}

#[cold]
fn not_a_struct(base: &Value, name: &str) -> Fault {
    let message = format!("Cannot access field or method '{}' on non-struct value", clip(name));
    let help = match base {
        Value::Dict(_) => Some(format!("an entry is assigned by its key: `d[\"{}\"]`", clip(name)).into()),
        Value::EnumDef(def) => help::variant(&def.decl().name, name, def.decl().variant_names()),
        _ => help::member(name, std::iter::empty()),
    };
    Fault::error(Code::NO_SUCH_MEMBER, message).with_help(help)
}
