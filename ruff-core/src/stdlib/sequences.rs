//! Section 10: methods whose names differ from the functions they call, and those of ranges.

use super::argument::{invalid, whole};
use super::{Builtin, builtin};
use crate::fault::Result;
use crate::value::Value;
use crate::vm::{Ctx, Library, ReceiverKind};

fn step(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Range(range), n] = args else { return Err(invalid("range step must be an integer")) };
    match whole("step", n)? {
        None => Err(invalid("range step must be an integer")),
        Some(0) => Err(invalid("range step cannot be zero")),
        Some(n) => Ok(Value::Range(range.stepped(ctx.heap(), n))),
    }
}

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[builtin!("__range_step", 2, step, "__range_step(r, n) -> range: every n-th int")];

/// Adds the methods.
pub fn install_methods(library: &mut Library) {
    use ReceiverKind::{Array, Queue, Range, Set, Stack};
    library.method(&[Range], "step", "__range_step");
    for name in ["collect", "to_array"] {
        library.method(&[Array, Range, Set, Queue, Stack], name, "__to_array");
    }
    library.method(&[Set], "has", "set_has");
    library.method(&[Set], "union", "set_union");
    library.method(&[Set], "intersect", "set_intersect");
    library.method(&[Set], "difference", "set_difference");
    library.method(&[Queue], "peek", "queue_peek");
    library.method(&[Stack], "peek", "stack_peek");
}
