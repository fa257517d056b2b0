//! `ruff check`: all diagnostics of a program, as text or JSON.

use crate::arguments::Input;
use crate::arguments::Tiers;
use crate::output::Output;
use crate::report::{report_diagnostics, report_source_error, status_of_diagnostics};
use crate::session;
use crate::source;
use crate::status::Status;
use ruff_core::Source;
use ruff_core::syntax::diagnostic::{Diagnostic, Severity};
use std::fmt::Write;

/// Checks a program and reports what is wrong.
pub fn check(input: &Input, json: bool, deny_warnings: bool, output: &Output) -> Status {
    let (source, diagnostics, dropped) = match source::read(input) {
        Ok(source) => session::engine(&Tiers::default()).check(source.name(), source.text()),
        Err(source::SourceError::NotText(source, diagnostic)) => (source, vec![diagnostic], 0),
        Err(error) => return report_source_error(&error),
    };
    if json {
        output.print(&to_json(&source, &diagnostics, dropped));
    } else {
        report_diagnostics(&source, &diagnostics, dropped);
    }
    match status_of_diagnostics(&diagnostics) {
        Status::Success if deny_warnings && !diagnostics.is_empty() => Status::Failed,
        status => status,
    }
}

/// One object: the file, its diagnostics in the order of their places, and how many more there were.
fn to_json(source: &Source, diagnostics: &[Diagnostic], dropped: usize) -> String {
    let list: Vec<String> = diagnostics.iter().map(|d| diagnostic_to_json(source, d)).collect();
    let list = if list.is_empty() { "[]".to_string() } else { format!("[\n    {}\n  ]", list.join(",\n    ")) };
    format!("{{\n  \"file\": {},\n  \"diagnostics\": {list},\n  \"dropped\": {dropped}\n}}\n", quoted(source.name()))
}

fn diagnostic_to_json(source: &Source, diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let (start, end) = (source.position(diagnostic.span.start), source.position(diagnostic.span.end));
    let help = diagnostic.help.as_deref().map_or("null".to_string(), quoted);
    format!(
        "{{\"severity\": \"{severity}\", \"code\": \"{}\", \"message\": {}, \"line\": {}, \"column\": {}, \
         \"end_line\": {}, \"end_column\": {}, \"help\": {help}}}",
        diagnostic.code,
        quoted(&diagnostic.message),
        start.line,
        start.column,
        end.line,
        end.column
    )
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(json, "\\u{:04x}", c as u32);
            }
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruff_core::native::Code;
    use ruff_core::syntax::source::Span;

    #[test]
    fn json_has_a_line_for_each_diagnostic() {
        let source = Source::new("a \"b\".ruff", "x\ny");
        let diagnostic = Diagnostic::error(Code::NULL_BYTE, Span::new(2, 3), "Null \u{1} byte").with_help("remove it");
        assert_eq!(
            to_json(&source, &[diagnostic], 0),
            "{\n  \"file\": \"a \\\"b\\\".ruff\",\n  \"diagnostics\": [\n    {\"severity\": \"error\", \"code\": \"RUF0002\", \
             \"message\": \"Null \\u0001 byte\", \"line\": 2, \"column\": 1, \"end_line\": 2, \"end_column\": 2, \
             \"help\": \"remove it\"}\n  ],\n  \"dropped\": 0\n}\n"
        );
        assert_eq!(to_json(&source, &[], 0).lines().nth(2), Some("  \"diagnostics\": [],"));
    }
}
