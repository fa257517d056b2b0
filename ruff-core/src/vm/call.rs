//! Calls.

use crate::value::Value;

/// Can the value be called?
pub fn is_callable(value: &Value) -> bool {
    match value {
        Value::Native(_) | Value::Closure(_) | Value::Constructor(_) => true,
        Value::Struct(s) => s.def().decl().method_index("op_call").is_some(),
        _ => false,
    }
}
