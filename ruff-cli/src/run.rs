//! `ruff FILE`, `ruff run FILE`, `ruff -e CODE`, `ruff -`.

use crate::arguments::{Input, Tiers};
use crate::output::Output;
use crate::report::{report, report_source_error};
use crate::session;
use crate::source;
use crate::status::Status;

/// Runs a program with the arguments that `args()` gives.
pub fn run(input: &Input, args: Vec<String>, tiers: &Tiers, output: &Output) -> Status {
    let source = match source::read(input) {
        Ok(source) => source,
        Err(error) => return report_source_error(&error),
    };
    let engine = session::engine(tiers);
    let program = match engine.compile(source.name(), source.text()) {
        Ok(program) => program,
        Err(error) => return report(&error, output),
    };
    let mut vm = session::vm(&engine, args, output);
    match vm.run(&program) {
        Ok(_) => Status::Success,
        Err(error) => report(&error, output),
    }
}
