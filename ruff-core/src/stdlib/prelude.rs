//! The part of the library that is written in Ruff, and the natives that only it can name.
//!
//! The machine compiles [`SOURCE`] once per engine and links its functions like natives. Names that start with `__` are not
//! visible to scripts.

use super::argument::{invalid, not_an_array, whole};
use super::{Builtin, builtin};
use crate::fault::{Fault, Result};
use crate::value::Value;
use crate::vm::{Ctx, Library, ReceiverKind};
use std::sync::Arc;

/// The source text.
pub const SOURCE: &str = include_str!("prelude.ruff");

/// The name of the source in diagnostics.
pub const SOURCE_NAME: &str = "prelude";

/// Is it a name that only the prelude can use?
pub fn is_private(name: &str) -> bool {
    name.starts_with("__")
}

/// Is it a function of the prelude that scripts can call?
pub fn is_function(name: &str) -> bool {
    functions().any(|function| function == name)
}

/// The functions of the prelude that scripts can call.
pub fn functions() -> impl Iterator<Item = &'static str> {
    ["sort", "error"].into_iter().chain(SEQUENCE_METHODS.iter().copied())
}

/// The signatures of those functions of the prelude that always give the same kind.
pub fn signature(name: &str) -> Option<&'static str> {
    match name {
        "any" => Some("any(xs, f) -> bool"),
        "all" => Some("all(xs, f) -> bool"),
        "sort" => Some("sort(xs[, f]) -> array"),
        _ => None,
    }
}

/// The kinds with the methods of sequences.
const SEQUENCES: &[ReceiverKind] = &[ReceiverKind::Array, ReceiverKind::Range, ReceiverKind::Generator];

/// The functions of the prelude that are methods of sequences under their own names.
const SEQUENCE_METHODS: &[&str] = &[
    "map",
    "filter",
    "reduce",
    "find",
    "any",
    "all",
    "take",
    "skip",
    "enumerate",
    "zip",
    "chunk",
    "flatten",
    "windows",
];

/// The rows of the natives that the prelude uses.
pub const ENTRIES: &[Builtin] = &[
    builtin!("__is_lazy", 3, is_lazy, "__is_lazy(name, xs, f) -> bool: checks the arguments; is xs a generator?"),
    builtin!("__is_generator", 1, is_generator, "__is_generator(v) -> bool"),
    builtin!("__count", 3, count, "__count(name, xs, n) -> int: checks that xs is a sequence and n a count"),
    builtin!("__check_iterable", 1, check_iterable, "__check_iterable(v) -> null: can `for` go over it?"),
    builtin!("__check_sort", 2, check_sort, "__check_sort(xs, f) -> null: an array and a function?"),
    builtin!("__check_order", 1, check_order, "__check_order(v) -> null: is the answer of a comparator a number?"),
    builtin!("__needs_one_argument", 1, needs_one_argument, "__needs_one_argument(f) -> bool"),
    builtin!("__no_function", 0, no_function, "__no_function() -> null: stands for an argument that is left out"),
];

/// Adds the methods that are functions of the prelude.
pub fn install_methods(library: &mut Library) {
    for name in SEQUENCE_METHODS {
        library.prelude_method(SEQUENCES, name, name);
    }
    for name in ["collect", "to_array"] {
        library.prelude_method(&[ReceiverKind::Generator], name, "__collect");
    }
    library.add_method(&[ReceiverKind::Generator], "next", crate::vm::MethodAction::GeneratorNext);
    let sort = crate::vm::MethodAction::MutatingPrelude("__sort_in_place".into(), Arc::new(super::sort::sort_in_place));
    library.add_method(&[ReceiverKind::Array], "sort", sort);
}

/// Is it what the sequence functions accept?
fn is_sequence(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Range(_) | Value::Generator(_))
}

fn text(value: &Value) -> &str {
    if let Value::Str(s) = value { s.as_str() } else { "" }
}

fn is_lazy(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [name, xs, f] = args else { return Err(Fault::bug("arity of __is_lazy")) };
    if is_sequence(xs) && ctx.is_callable(f) {
        return Ok(Value::Bool(matches!(xs, Value::Generator(_))));
    }
    Err(invalid(match text(name) {
        "reduce" => "reduce expects an array, an initial value, and a function".to_owned(),
        name => format!("{name} expects an array and a function"),
    }))
}

fn is_generator(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    Ok(Value::Bool(matches!(args, [Value::Generator(_)])))
}

fn count(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [name, xs, n] = args else { return Err(Fault::bug("arity of __count")) };
    let name = text(name);
    if is_sequence(xs)
        && let Some(n) = whole(name, n)?
    {
        return Ok(Value::Int(n));
    }
    let wanted = if matches!(name, "take" | "skip") { "count" } else { "size" };
    Err(invalid(format!("{name}() requires 2 arguments: array and {wanted}")))
}

fn check_iterable(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [value] = args else { return Err(Fault::bug("arity of __check_iterable")) };
    let iterable = match &*value {
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Str(_) | Value::Array(_) | Value::Dict(_) => true,
        Value::Range(_) | Value::Bytes(_) | Value::Set(_) | Value::Queue(_) | Value::Stack(_) => true,
        Value::Generator(_) => true,
        Value::Struct(s) => s.def().method("op_iter").is_some(),
        Value::Host(h) => h.method("op_iter").is_some(),
        _ => false,
    };
    if iterable { Ok(Value::Null) } else { Err(invalid("zip() requires 2 array arguments")) }
}

fn check_sort(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs, f] = args else { return Err(Fault::bug("arity of __check_sort")) };
    if !matches!(xs, Value::Array(_)) {
        return Err(not_an_array("sort requires an array argument", xs));
    }
    if !ctx.is_callable(f) {
        return Err(invalid("sort requires a function as comparator"));
    }
    Ok(Value::Null)
}

fn check_order(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args {
        [Value::Int(_) | Value::BigInt(_) | Value::Float(_)] => Ok(Value::Null),
        [other] => Err(invalid(format!("sort comparator must return a number, got {}", other.kind_name()))
            .with_help(Some("below zero if the first comes first, above zero if the second does: `return a - b`"))),
        _ => Err(Fault::bug("arity of __check_order")),
    }
}

fn needs_one_argument(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [f] = args else { return Err(Fault::bug("arity of __needs_one_argument")) };
    Ok(Value::Bool(ctx.arity_of(f).is_some_and(|arity| arity.min == 1)))
}

fn no_function(_ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    Ok(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::diagnostic::Diagnostics;
    use crate::syntax::source::Source;

    #[test]
    fn the_prelude_parses() {
        let mut diagnostics = Diagnostics::default();
        crate::syntax::parse(&Source::new(SOURCE_NAME, SOURCE), &mut diagnostics);
        assert!(diagnostics.sorted().0.is_empty());
    }

    #[test]
    fn the_prelude_names_only_known_natives() {
        let library = crate::stdlib::library();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for word in SOURCE.lines().filter(|l| !l.starts_with("//")).flat_map(|l| l.split(|c| !is_name(c))) {
            let declared = SOURCE.contains(&format!("func {word}(")) || SOURCE.contains(&format!("func* {word}("));
            assert!(!is_private(word) || declared || library.find(word).is_some(), "{word}");
        }
    }
}
