//! `ruff emit`: what a program is compiled to.

use crate::arguments::Tiers;
use crate::arguments::{EmitKind, Input};
use crate::output::Output;
use crate::report::{report, report_diagnostics, report_source_error, status_of_diagnostics};
use crate::session;
use crate::source;
use crate::status::Status;
use ruff_core::syntax::diagnostic::Diagnostics;
use ruff_core::{Source, syntax};

/// Prints a stage of the pipeline for a program.
pub fn emit(input: &Input, kind: EmitKind, output: &Output) -> Status {
    let source = match source::read(input) {
        Ok(source) => source,
        Err(error) => return report_source_error(&error),
    };
    match kind {
        EmitKind::Ast => emit_ast(&source, output),
        EmitKind::Bytecode => emit_bytecode(&source, output),
    }
}

/// The tree is printed even if the program has errors: parsing never fails.
fn emit_ast(source: &Source, output: &Output) -> Status {
    let mut diagnostics = Diagnostics::default();
    let module = syntax::parse(source, &mut diagnostics);
    output.print(&syntax::dump::dump_module(&module));
    let (diagnostics, dropped) = diagnostics.sorted();
    output.flush();
    report_diagnostics(source, &diagnostics, dropped);
    status_of_diagnostics(&diagnostics)
}

fn emit_bytecode(source: &Source, output: &Output) -> Status {
    match session::engine(&Tiers::default()).compile(source.name(), source.text()) {
        Ok(program) => {
            output.print(&program.disassemble());
            Status::Success
        }
        Err(error) => report(&error, output),
    }
}
