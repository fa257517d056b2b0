//! Paths (section 15.2). They are text with `/` between the parts.

use super::files::reason;
use super::{Arguments, HostFunction, give, invalid, io_failure};
use ruff_core::native::{Arity, Capability, Ctx, Result, Value};
use std::path::Path;
use std::{env, fs};

/// A row for a function that only looks at text, or one that needs files.
const fn path_function(
    name: &'static str,
    arity: Arity,
    capability: Option<Capability>,
    function: fn(&mut Ctx<'_>, Arguments<'_>) -> Result<Value>,
    docs: &'static str,
) -> HostFunction {
    HostFunction { name, arity, capability, docs, function }
}

const FS: Option<Capability> = Some(Capability::Fs);

pub(super) const FUNCTIONS: &[HostFunction] = &[
    path_function("path_join", Arity::ANY, None, path_join, "path_join(part, ...parts): the parts as one path"),
    path_function("join_path", Arity::ANY, None, path_join, "join_path(part, ...parts): the parts as one path"),
    path_function("dirname", Arity::exactly(1), None, dirname, "dirname(path): all but the last part"),
    path_function("basename", Arity::exactly(1), None, basename, "basename(path): the last part"),
    path_function(
        "path_extension",
        Arity::exactly(1),
        None,
        path_extension,
        "path_extension(path): the extension without the dot",
    ),
    path_function("path_exists", Arity::exactly(1), FS, path_exists, "path_exists(path): is there something"),
    path_function("path_is_dir", Arity::exactly(1), FS, path_is_dir, "path_is_dir(path): is it a folder"),
    path_function("path_is_file", Arity::exactly(1), FS, path_is_file, "path_is_file(path): is it a file"),
    path_function(
        "path_is_symlink",
        Arity::exactly(1),
        FS,
        path_is_symlink,
        "path_is_symlink(path): is it a symbolic link",
    ),
    path_function("path_absolute", Arity::exactly(1), FS, path_absolute, "path_absolute(path): the canonical path"),
    path_function("os_getcwd", Arity::exactly(0), FS, os_getcwd, "os_getcwd(): the current folder"),
    path_function("os_chdir", Arity::exactly(1), FS, os_chdir, "os_chdir(path): changes the current folder"),
    path_function("os_rmdir", Arity::exactly(1), FS, os_rmdir, "os_rmdir(path): removes an empty folder"),
];

fn path_join(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    if args.len() == 0 {
        return Err(invalid(format!("{} requires at least one string argument", args.name)));
    }
    let mut path = std::path::PathBuf::new();
    for at in 0..args.len() {
        let Value::Str(part) = args.value(at) else {
            return Err(invalid(format!("{} argument {} must be a string", args.name, at + 1)));
        };
        path.push(part.as_str());
    }
    give(ctx, &*path.to_string_lossy())
}

fn dirname(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let text = args.text(0)?;
    let path = Path::new(&text);
    give(ctx, &*path.parent().unwrap_or(path).to_string_lossy())
}

fn basename(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let text = args.text(0)?;
    give(ctx, &*Path::new(&text).file_name().unwrap_or_default().to_string_lossy())
}

fn path_extension(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let text = args.text(0)?;
    give(ctx, &*Path::new(&text).extension().unwrap_or_default().to_string_lossy())
}

fn path_exists(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    Ok(Value::Bool(Path::new(&args.text(0)?).exists()))
}

fn path_is_dir(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    Ok(Value::Bool(Path::new(&args.text(0)?).is_dir()))
}

fn path_is_file(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    Ok(Value::Bool(Path::new(&args.text(0)?).is_file()))
}

fn path_is_symlink(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let path = args.text(0)?;
    let metadata = fs::symlink_metadata(&path);
    let metadata = metadata.map_err(|e| io_failure(format_args!("Cannot get metadata for '{path}'"), reason(&e)))?;
    Ok(Value::Bool(metadata.is_symlink()))
}

fn path_absolute(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let path = args.text(0)?;
    let absolute = fs::canonicalize(&path);
    let absolute = absolute.map_err(|e| io_failure(format_args!("Cannot resolve path '{path}'"), reason(&e)))?;
    give(ctx, &*absolute.to_string_lossy())
}

fn os_getcwd(ctx: &mut Ctx<'_>, _args: Arguments<'_>) -> Result<Value> {
    let path = env::current_dir().map_err(|e| io_failure("Cannot get the current directory", reason(&e)))?;
    give(ctx, &*path.to_string_lossy())
}

fn os_chdir(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let path = args.text(0)?;
    env::set_current_dir(&path)
        .map_err(|e| io_failure(format_args!("Cannot change directory to '{path}'"), reason(&e)))?;
    Ok(Value::Bool(true))
}

fn os_rmdir(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let path = args.text(0)?;
    fs::remove_dir(&path).map_err(|e| io_failure(format_args!("Cannot remove directory '{path}'"), reason(&e)))?;
    Ok(Value::Bool(true))
}
