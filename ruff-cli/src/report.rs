//! Errors and diagnostics on standard error, and what the process ends with.

use crate::output::{Output, stderr_has_colour};
use crate::source::SourceError;
use crate::status::Status;
use ruff_core::native::Code;
use ruff_core::syntax::diagnostic::{Diagnostic, Severity};
use ruff_core::{Error, ErrorKind, Source, render_diagnostics};
use std::io::Write;

/// Reports an error after what the script printed, unless it is a call of `exit`.
pub fn report(error: &Error, output: &Output) -> Status {
    output.flush();
    let status = status_of(error.kind());
    if !matches!(status, Status::Exit(_)) {
        write_error(&error.render(stderr_has_colour()));
    }
    status
}

/// What the process ends with after such an error.
pub fn status_of(kind: ErrorKind) -> Status {
    match kind {
        ErrorKind::Syntax => Status::Syntax,
        ErrorKind::Exit(number) => Status::Exit(number),
        ErrorKind::Interrupted => Status::Interrupted,
        ErrorKind::Internal => Status::Internal,
        _ => Status::Error,
    }
}

/// Reports that there is no program.
pub fn report_source_error(error: &SourceError) -> Status {
    match error {
        SourceError::Unreadable(message) => write_error(&format!("{message}\n")),
        SourceError::NotText(source, diagnostic) => report_diagnostics(source, std::slice::from_ref(diagnostic), 0),
    }
    error.status()
}

/// Reports diagnostics.
pub fn report_diagnostics(source: &Source, diagnostics: &[Diagnostic], dropped: usize) {
    write_error(&render_diagnostics(Some(source), diagnostics, dropped, stderr_has_colour()));
}

/// What a check or a compilation with these diagnostics ends with.
pub fn status_of_diagnostics(diagnostics: &[Diagnostic]) -> Status {
    let codes = || diagnostics.iter().filter(|d| d.severity == Severity::Error).map(|d| d.code);
    match codes().next() {
        None => Status::Success,
        Some(_) if codes().any(is_syntax) => Status::Syntax,
        Some(_) => Status::Error,
    }
}

/// Does the code stand for a lexical or syntax error, or for a limit of the source text?
fn is_syntax(code: Code) -> bool {
    code < Code::UNDEFINED_NAME || matches!(code, Code::LIMIT_SOURCE | Code::LIMIT_NESTING)
}

/// Writes to standard error; that nobody reads it is no reason to stop.
pub fn write_error(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
