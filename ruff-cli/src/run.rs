//! `ruff FILE`, `ruff run FILE`, `ruff -e CODE`, `ruff -`.

use crate::arguments::{Input, Tiers};
use crate::output::Output;
use crate::report::{report, report_source_error, write_error};
use crate::session;
use crate::source;
use crate::statistics::Usage;
use crate::status::Status;
use ruff_core::{Engine, Program};
use std::time::Instant;

/// Runs a program with the arguments that `args()` gives.
pub fn run(input: &Input, args: Vec<String>, tiers: &Tiers, output: &Output) -> Status {
    let source = match source::read(input) {
        Ok(source) => source,
        Err(error) => return report_source_error(&error),
    };
    let began = Instant::now();
    let (engine, native) = session::engine_and_statistics(tiers);
    let program = match engine.compile(source.name(), source.text()) {
        Ok(program) => program,
        Err(error) => return report(&error, output),
    };
    let mut vm = session::vm(&engine, args, output);
    let status = match vm.run(&program) {
        Ok(_) => Status::Success,
        Err(error) => report(&error, output),
    };
    if tiers.explains || tiers.has_stats {
        output.flush();
    }
    if tiers.explains {
        write_error(&explanation(&engine, &program));
    }
    if tiers.has_stats {
        write_error(&Usage::of(&vm, began.elapsed(), native.as_deref()).to_string());
    }
    // The process ends: the system takes all memory back at once.
    std::mem::forget((vm, program, engine));
    status
}

/// What was compiled of the program and of the library.
fn explanation(engine: &Engine, program: &Program) -> String {
    match (ruff_jit::report(program), ruff_jit::library_report(engine)) {
        (None, None) => "nothing was hot: no native code\n".to_string(),
        (program, library) => {
            let program = program.map(|report| report.to_string()).unwrap_or_default();
            // Of the library, what is cold is of no interest.
            let library = library.map(|report| report.functions).unwrap_or_default();
            let library = library.iter().filter(|f| !f.is_cold()).map(ToString::to_string);
            program + &library.collect::<String>()
        }
    }
}
