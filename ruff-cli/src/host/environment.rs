//! Arguments and environment variables (section 15.3).

use super::{Arguments, HostFunction, give, invalid};
use ruff_core::native::{Arity, Capability, Code, Ctx, Fault, Result, Value};
use std::collections::{BTreeMap, HashMap};
use std::env;

/// The arguments of the script; the state of `args()`.
#[derive(Default)]
pub struct ScriptArguments(pub Vec<String>);

/// Variables that the script has set: seen by it, not by the process.
#[derive(Default)]
struct SetVariables(HashMap<String, String>);

/// A row for a function that needs the environment.
const fn env_function(
    name: &'static str,
    arity: Arity,
    function: fn(&mut Ctx<'_>, Arguments<'_>) -> Result<Value>,
    docs: &'static str,
) -> HostFunction {
    HostFunction { name, arity, capability: Some(Capability::Env), docs, function }
}

pub(super) const FUNCTIONS: &[HostFunction] = &[
    env_function("args", Arity::exactly(0), args_of_script, "args(): the arguments of the script"),
    env_function("env", Arity::exactly(1), env_text, "env(name): an environment variable, empty if unset"),
    env_function("env_or", Arity::exactly(2), env_or, "env_or(name, default): an environment variable or the default"),
    env_function(
        "env_required",
        Arity::exactly(1),
        env_required,
        "env_required(name): an environment variable that must be set",
    ),
    env_function("env_int", Arity::exactly(1), env_int, "env_int(name): an environment variable as an int"),
    env_function("env_float", Arity::exactly(1), env_float, "env_float(name): an environment variable as a float"),
    env_function("env_bool", Arity::exactly(1), env_bool, "env_bool(name): an environment variable as a bool"),
    env_function(
        "env_set",
        Arity::exactly(2),
        env_set,
        "env_set(name, value): sets an environment variable for this script",
    ),
    env_function("env_list", Arity::exactly(0), env_list, "env_list(): all environment variables"),
    env_function("os_environ", Arity::exactly(0), env_list, "os_environ(): all environment variables"),
];

fn args_of_script(ctx: &mut Ctx<'_>, _args: Arguments<'_>) -> Result<Value> {
    let list = ctx.state::<ScriptArguments>().0.clone();
    give(ctx, list)
}

/// A variable that the script has set, or one of the process.
fn variable(ctx: &mut Ctx<'_>, name: &str) -> Option<String> {
    let set = ctx.state::<SetVariables>().0.get(name).cloned();
    // Names with `=` or NUL are not names of variables, and the standard library panics or fails on them.
    let is_name = !name.is_empty() && !name.contains(['=', '\0']);
    set.or_else(|| env::var_os(name).filter(|_| is_name).map(|v| v.to_string_lossy().into_owned()))
}

fn env_text(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let value = variable(ctx, &args.text(0)?).unwrap_or_default();
    give(ctx, value)
}

fn env_or(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    match variable(ctx, &args.text(0)?) {
        Some(value) => give(ctx, value),
        None => Ok(args.value(1).clone()),
    }
}

fn env_required(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let name = args.text(0)?;
    match variable(ctx, &name) {
        Some(value) => give(ctx, value),
        None => Err(invalid(format!("Required environment variable '{name}' is not set"))),
    }
}

/// A variable in another form.
fn converted<T>(ctx: &mut Ctx<'_>, args: &Arguments<'_>, kind: &str, parse: fn(&str) -> Option<T>) -> Result<T> {
    let name = args.text(0)?;
    let text = variable(ctx, &name);
    let text = text.ok_or_else(|| invalid(format!("Environment variable '{name}' not found")))?;
    parse(text.trim())
        .ok_or_else(|| Fault::error(Code::CONVERSION, format!("Environment variable '{name}' is not a valid {kind}")))
}

fn env_int(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    Ok(Value::Int(converted(ctx, &args, "integer", |t| t.parse().ok())?))
}

fn env_float(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    Ok(Value::Float(converted(ctx, &args, "float", |t| t.parse().ok())?))
}

fn env_bool(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    };
    Ok(Value::Bool(converted(ctx, &args, "boolean", parse)?))
}

fn env_set(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let (name, value) = (args.text(0)?, args.text(1)?);
    ctx.state::<SetVariables>().0.insert(name, value);
    Ok(Value::Null)
}

fn env_list(ctx: &mut Ctx<'_>, _args: Arguments<'_>) -> Result<Value> {
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let mut all: BTreeMap<String, String> = env::vars_os().map(|(k, v)| (lossy(k), lossy(v))).collect();
    all.extend(ctx.state::<SetVariables>().0.iter().map(|(k, v)| (k.clone(), v.clone())));
    give(ctx, all)
}
