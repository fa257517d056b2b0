//! `ruff test`: runs the test blocks of files (section 17 of the language reference).

use crate::arguments::Input;
use crate::arguments::Tiers;
use crate::output::Output;
use crate::report::{report, report_source_error, write_error};
use crate::session;
use crate::source;
use crate::status::Status;
use ruff_core::{Engine, ErrorKind, Program};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many tests ran, and how many of them failed.
#[derive(Default)]
struct Tally {
    total: usize,
    failed: usize,
}

/// Runs the tests of a file, or of all `.ruff` files of a folder.
pub fn test(path: &Path, output: &Output) -> Status {
    let files = match files_of(path) {
        Ok(files) => files,
        Err(error) => {
            write_error(&format!("ruff: cannot read '{}': {error}\n", path.display()));
            return Status::Unreadable;
        }
    };
    let engine = session::engine(&Tiers::default());
    let mut tally = Tally::default();
    for file in files {
        if let Err(status) = test_file(&engine, file, &mut tally, output) {
            return status;
        }
    }
    let Tally { total, failed } = tally;
    output.print(&format!("Tests: {total} total, {} passed, {failed} failed\n", total - failed));
    if failed > 0 { Status::Failed } else { Status::Success }
}

/// The file itself, or the scripts under a folder in the order of their names.
fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut entries = fs::read_dir(path)?.map(|e| e.map(|e| e.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            files.extend(files_of(&entry)?);
        } else if entry.extension().is_some_and(|e| e == "ruff") {
            files.push(entry);
        }
    }
    Ok(files)
}

fn test_file(engine: &Engine, file: PathBuf, tally: &mut Tally, output: &Output) -> Result<(), Status> {
    let name = file.display().to_string();
    let source = source::read(&Input::File(file)).map_err(|e| report_source_error(&e))?;
    let program = engine.compile_tests(source.name(), source.text()).map_err(|e| report(&e, output))?;
    for at in 0..program.tests().len() {
        tally.total += 1;
        tally.failed += !run_test(engine, &program, at, &name, output)? as usize;
    }
    Ok(())
}

/// Runs one test in a machine of its own; gives whether it passed. Only an interrupt ends the run of all tests.
fn run_test(engine: &Engine, program: &Program, at: usize, file: &str, output: &Output) -> Result<bool, Status> {
    let mut vm = session::vm(engine, Vec::new(), output);
    let Err(error) = vm.run_test(program, at) else { return Ok(true) };
    output.flush();
    let name = program.tests().nth(at).unwrap_or_default();
    write_error(&format!("FAILED {file}: {name}\n"));
    report(&error, output);
    if error.kind() == ErrorKind::Interrupted { Err(Status::Interrupted) } else { Ok(false) }
}
