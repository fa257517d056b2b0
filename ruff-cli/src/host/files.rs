//! Files (section 15.1).

use super::digest;
use super::{Arguments, HostFunction, give, io_failure};
use ruff_core::Data;
use ruff_core::native::{Arity, Capability, Ctx, Fault, Result, Value};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{SystemTime, UNIX_EPOCH};

/// The largest file that is read into memory at once.
const FILE_BYTES_MAX: u64 = 8 << 20;

const FS: Option<Capability> = Some(Capability::Fs);

/// A row for a function that needs files.
const fn file_function(
    name: &'static str,
    arity: Arity,
    function: fn(&mut Ctx<'_>, Arguments<'_>) -> Result<Value>,
    docs: &'static str,
) -> HostFunction {
    HostFunction { name, arity, capability: FS, docs, function }
}

pub(super) const FUNCTIONS: &[HostFunction] = &[
    file_function("read_file", Arity::exactly(1), read_file, "read_file(path): the text of a file"),
    file_function(
        "read_file_lossy",
        Arity::exactly(1),
        read_file_lossy,
        "read_file_lossy(path): the text of a file, invalid bytes replaced",
    ),
    file_function(
        "read_lines",
        Arity::exactly(1),
        read_lines,
        "read_lines(path): the lines of a file without their ends",
    ),
    file_function(
        "read_binary_file",
        Arity::exactly(1),
        read_binary_file,
        "read_binary_file(path): the bytes of a file",
    ),
    file_function(
        "write_file",
        Arity::between(2, 3),
        write_file,
        "write_file(path, text_or_bytes[, overwrite]): writes a file",
    ),
    file_function(
        "write_binary_file",
        Arity::between(2, 3),
        write_binary_file,
        "write_binary_file(path, bytes[, overwrite]): writes a file",
    ),
    file_function(
        "append_file",
        Arity::exactly(2),
        append_file,
        "append_file(path, text): adds text at the end of a file",
    ),
    file_function("file_exists", Arity::exactly(1), file_exists, "file_exists(path): is there something of that name"),
    file_function("file_size", Arity::exactly(1), file_size, "file_size(path): the bytes of a file"),
    file_function("list_dir", Arity::exactly(1), list_dir, "list_dir(path): the sorted names of a folder's entries"),
    file_function("create_dir", Arity::exactly(1), create_dir, "create_dir(path): makes a folder and those above it"),
    file_function("delete_file", Arity::exactly(1), delete_file, "delete_file(path): removes a file"),
    file_function("rename_file", Arity::exactly(2), rename_file, "rename_file(from, to): renames a file"),
    file_function("copy_file", Arity::exactly(2), copy_file, "copy_file(from, to): copies a file"),
    file_function("io_read_bytes", Arity::exactly(2), io_read_bytes, "io_read_bytes(path, n): the first n bytes"),
    file_function(
        "io_write_bytes",
        Arity::exactly(2),
        io_write_bytes,
        "io_write_bytes(path, bytes): replaces the file",
    ),
    file_function(
        "io_append_bytes",
        Arity::exactly(2),
        io_append_bytes,
        "io_append_bytes(path, bytes): adds bytes at the end",
    ),
    file_function("io_read_at", Arity::exactly(3), io_read_at, "io_read_at(path, offset, n): n bytes from an offset"),
    file_function(
        "io_write_at",
        Arity::exactly(3),
        io_write_at,
        "io_write_at(path, bytes, offset): overwrites bytes in place",
    ),
    file_function(
        "io_seek_read",
        Arity::exactly(2),
        io_seek_read,
        "io_seek_read(path, offset): the bytes from an offset to the end",
    ),
    file_function(
        "io_file_metadata",
        Arity::exactly(1),
        io_file_metadata,
        "io_file_metadata(path): size, kind and times",
    ),
    file_function("io_truncate", Arity::exactly(2), io_truncate, "io_truncate(path, n): cuts a file to n bytes"),
    file_function(
        "io_copy_range",
        Arity::exactly(4),
        io_copy_range,
        "io_copy_range(from, to, offset, n): copies n bytes from an offset to another file",
    ),
    file_function("sha256_file", Arity::exactly(1), sha256_file, "sha256_file(path): the SHA-256 digest in hex"),
];

/// What a file holds, at most [`FILE_BYTES_MAX`].
fn contents(path: &str) -> Result<Vec<u8>> {
    bytes_between(path, 0, None).map_err(|e| cannot("read", path, e))
}

/// Bytes from an offset on, `count` of them or all.
fn bytes_between(path: &str, offset: u64, count: Option<u64>) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    if offset > 0 {
        file.seek(SeekFrom::Start(offset))?;
    }
    let mut bytes = Vec::new();
    file.take(count.unwrap_or(u64::MAX).min(FILE_BYTES_MAX + 1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other(format!("more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

#[cold]
fn cannot(verb: &str, path: &str, error: io::Error) -> Fault {
    io_failure(format_args!("Cannot {verb} file '{path}'"), reason(&error))
}

/// The text of an error without the number of the system.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_string(),
        None => text,
    }
}

fn text_of(path: &str) -> Result<String> {
    let invalid = |_| io_failure(format_args!("Cannot read file '{path}'"), "not valid UTF-8");
    String::from_utf8(contents(path)?).map_err(invalid)
}

fn read_file(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let text = text_of(&args.text(0)?)?;
    ctx.charge_for(text.len())?;
    give(ctx, text)
}

fn read_file_lossy(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let bytes = contents(&args.text(0)?)?;
    ctx.charge_for(bytes.len())?;
    give(ctx, &*String::from_utf8_lossy(&bytes))
}

fn read_lines(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let text = text_of(&args.text(0)?)?;
    ctx.charge_for(text.len())?;
    give(ctx, text.lines().collect::<Vec<&str>>())
}

fn read_binary_file(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let bytes = contents(&args.text(0)?)?;
    ctx.charge_for(bytes.len())?;
    give(ctx, Data::Bytes(bytes))
}

/// Writes a whole file, unless it exists and `overwrite` (argument 2) is not given.
fn write_whole(ctx: &mut Ctx<'_>, args: &Arguments<'_>, bytes: &[u8]) -> Result<Value> {
    let path = args.text(0)?;
    let overwrite = args.flag(2)?;
    ctx.charge_for(bytes.len())?;
    let mut options = OpenOptions::new();
    options.write(true).truncate(true);
    if overwrite {
        options.create(true)
    } else {
        options.create_new(true)
    };
    match options.open(&path).and_then(|mut file| file.write_all(bytes)) {
        Ok(()) => Ok(Value::Bool(true)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let reason = "file already exists (pass overwrite=true to replace it)";
            Err(io_failure(format_args!("Cannot write file '{path}'"), reason))
        }
        Err(error) => Err(cannot("write", &path, error)),
    }
}

fn write_file(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let bytes = args.bytes_or_text(1)?;
    write_whole(ctx, &args, &bytes)
}

fn write_binary_file(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let bytes = args.bytes(1)?;
    write_whole(ctx, &args, &bytes)
}

fn append(ctx: &mut Ctx<'_>, path: &str, bytes: &[u8]) -> Result<Value> {
    ctx.charge_for(bytes.len())?;
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut f| f.write_all(bytes)).map_err(|e| cannot("open", path, e))?;
    Ok(Value::Bool(true))
}

fn append_file(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    append(ctx, &args.text(0)?, args.text(1)?.as_bytes())
}

fn file_exists(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    Ok(Value::Bool(fs::exists(args.text(0)?).unwrap_or(false)))
}

fn file_size(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let path = args.text(0)?;
    let size = |m: Metadata| Value::Int(m.len() as i64);
    fs::metadata(&path).map(size).map_err(|e| io_failure(format_args!("Cannot get file size for '{path}'"), reason(&e)))
}

fn list_dir(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let path = args.text(0)?;
    let names = names_in(&path).map_err(|e| io_failure(format_args!("Cannot list directory '{path}'"), reason(&e)))?;
    ctx.charge_for(names.len())?;
    give(ctx, names)
}

fn names_in(path: &str) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(path)?;
    let mut names: Vec<String> =
        entries.map(|e| Ok(e?.file_name().to_string_lossy().into_owned())).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

fn create_dir(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let path = args.text(0)?;
    fs::create_dir_all(&path).map_err(|e| io_failure(format_args!("Cannot create directory '{path}'"), reason(&e)))?;
    Ok(Value::Bool(true))
}

fn delete_file(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let path = args.text(0)?;
    fs::remove_file(&path).map_err(|e| cannot("delete", &path, e))?;
    Ok(Value::Bool(true))
}

fn rename_file(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let (from, to) = (args.text(0)?, args.text(1)?);
    fs::rename(&from, &to)
        .map_err(|e| io_failure(format_args!("Cannot rename file '{from}' to '{to}'"), reason(&e)))?;
    Ok(Value::Bool(true))
}

fn copy_file(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let (from, to) = (args.text(0)?, args.text(1)?);
    fs::copy(&from, &to).map_err(|e| io_failure(format_args!("Cannot copy file '{from}' to '{to}'"), reason(&e)))?;
    Ok(Value::Bool(true))
}

fn read_part(ctx: &mut Ctx<'_>, path: &str, offset: u64, count: Option<u64>) -> Result<Value> {
    let bytes = bytes_between(path, offset, count).map_err(|e| cannot("read", path, e))?;
    ctx.charge_for(bytes.len())?;
    give(ctx, Data::Bytes(bytes))
}

fn io_read_bytes(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    read_part(ctx, &args.text(0)?, 0, Some(args.count(1)?))
}

fn io_read_at(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    read_part(ctx, &args.text(0)?, args.count(1)?, Some(args.count(2)?))
}

fn io_seek_read(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    read_part(ctx, &args.text(0)?, args.count(1)?, None)
}

fn io_write_bytes(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let (path, bytes) = (args.text(0)?, args.bytes(1)?);
    ctx.charge_for(bytes.len())?;
    fs::write(&path, bytes).map_err(|e| cannot("write", &path, e))?;
    Ok(Value::Bool(true))
}

fn io_append_bytes(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    append(ctx, &args.text(0)?, &args.bytes(1)?)
}

fn io_write_at(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let (path, bytes, offset) = (args.text(0)?, args.bytes(1)?, args.count(2)?);
    ctx.charge_for(bytes.len())?;
    write_at(&path, offset, &bytes).map_err(|e| cannot("write", &path, e))?;
    Ok(Value::Bool(true))
}

fn write_at(path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(bytes)
}

fn io_file_metadata(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let path = args.text(0)?;
    let metadata =
        fs::metadata(&path).map_err(|e| io_failure(format_args!("Cannot get metadata for '{path}'"), reason(&e)))?;
    let entries = [
        ("size", Data::Int(metadata.len() as i64)),
        ("is_file", Data::Bool(metadata.is_file())),
        ("is_dir", Data::Bool(metadata.is_dir())),
        ("readonly", Data::Bool(metadata.permissions().readonly())),
        ("modified", seconds(metadata.modified())),
        ("created", seconds(metadata.created())),
        ("accessed", seconds(metadata.accessed())),
    ];
    give(ctx, Data::Dict(entries.into_iter().map(|(name, value)| (name.to_string(), value)).collect()))
}

/// Unix seconds; null where the system does not know the time.
fn seconds(time: io::Result<SystemTime>) -> Data {
    let since = time.ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    since.map_or(Data::Null, |d| Data::Int(d.as_secs() as i64))
}

fn io_truncate(_ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let (path, size) = (args.text(0)?, args.count(1)?);
    let file = OpenOptions::new().write(true).open(&path);
    file.and_then(|f| f.set_len(size)).map_err(|e| cannot("truncate", &path, e))?;
    Ok(Value::Bool(true))
}

fn io_copy_range(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let (from, to) = (args.text(0)?, args.text(1)?);
    let bytes = bytes_between(&from, args.count(2)?, Some(args.count(3)?)).map_err(|e| cannot("read", &from, e))?;
    ctx.charge_for(bytes.len())?;
    fs::write(&to, bytes).map_err(|e| cannot("write", &to, e))?;
    Ok(Value::Bool(true))
}

fn sha256_file(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let path = args.text(0)?;
    let mut file = File::open(&path).map_err(|e| cannot("read", &path, e))?;
    let (digest, size) = digest::sha256_of(&mut file).map_err(|e| cannot("read", &path, e))?;
    ctx.charge_for(size)?;
    give(ctx, digest)
}
