//! `ruff emit`: what a program is compiled to.

use crate::arguments::{EMIT_THRESHOLD, EmitKind, Input, NativeListing, Tiers};
use crate::output::Output;
use crate::report::{report, report_diagnostics, report_source_error, status_of_diagnostics, write_error};
use crate::session;
use crate::source;
use crate::status::Status;
use ruff_core::syntax::diagnostic::Diagnostics;
use ruff_core::{Source, Tier, syntax};
use ruff_jit::report::{FunctionReport, Listing, LoopReport, UnitReport};
use ruff_jit::{Options, Report};
use std::fmt::Write;

/// Prints a stage of the pipeline for a program.
pub fn emit(input: &Input, kind: EmitKind, native: &NativeListing, output: &Output) -> Status {
    let source = match source::read(input) {
        Ok(source) => source,
        Err(error) => return report_source_error(&error),
    };
    match kind {
        EmitKind::Ast => emit_ast(&source, output),
        EmitKind::Bytecode => emit_bytecode(&source, output),
        EmitKind::Hir => emit_native(&source, native, output, |listing| &listing.hir),
        EmitKind::Clif => emit_native(&source, native, output, |listing| &listing.clif),
        EmitKind::Asm => emit_native(&source, native, output, |listing| &listing.asm),
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

/// The code of what was hot in a run. The script reads no input, and its output goes nowhere; an error that ends it comes after the listing.
fn emit_native(source: &Source, wanted: &NativeListing, output: &Output, text: fn(&Listing) -> &str) -> Status {
    let threshold = wanted.threshold.unwrap_or(EMIT_THRESHOLD);
    let options = Options { threshold, keeps_listings: true, ..Options::default() };
    let tiers = Tiers { tier: Tier::Auto, ..Tiers::default() };
    let (engine, _) = session::engine_with(&tiers, options);
    let program = match engine.compile(source.name(), source.text()) {
        Ok(program) => program,
        Err(error) => return report(&error, output),
    };
    let mut vm = session::vm(&engine, Vec::new(), output);
    vm.set_output(|_: &str| {});
    vm.set_error_output(|_: &str| {});
    let ran = vm.run(&program);
    let reports = [ruff_jit::report(&program), ruff_jit::library_report(&engine)];
    let listing: String = reports.iter().flatten().map(|report| listing_of(report, wanted, text)).collect();
    output.print(&listing);
    let status = match &ran {
        Ok(()) => Status::Success,
        Err(error) => report(error, output),
    };
    if !listing.is_empty() {
        return status;
    }
    let what = wanted.function.as_ref().map_or("nothing".to_string(), |name| format!("no function `{name}`"));
    write_error(&format!("ruff: {what} was compiled at a threshold of {threshold} ticks\n"));
    if wanted.function.is_some() && status == Status::Success { Status::Failed } else { status }
}

fn listing_of(report: &Report, wanted: &NativeListing, text: fn(&Listing) -> &str) -> String {
    let is_wanted = |function: &FunctionReport| wanted.function.as_ref().is_none_or(|name| *name == function.name);
    let mut out = String::new();
    for (function, at, unit) in report.units().filter(|(function, ..)| is_wanted(function)) {
        if let Some(listing) = &unit.listing {
            // Writing to a string does not fail.
            let _ = writeln!(out, "{}\n{}", header(function, at, unit), text(listing).trim_end());
        }
    }
    out
}

/// `;; fib at fib.ruff:1:1, version 1`
fn header(function: &FunctionReport, at: Option<&LoopReport>, unit: &UnitReport) -> String {
    let at = at.map_or(String::new(), |at| format!(", loop at line {}", at.location.position.line));
    format!(";; {} at {}{at}, version {}", function.name, function.location, unit.version)
}
