//! Where programs come from: files, standard input, the command line.

use crate::arguments::Input;
use crate::status::Status;
use ruff_core::native::Code;
use ruff_core::syntax::diagnostic::Diagnostic;
use ruff_core::syntax::source::Span;
use ruff_core::{Limits, Source};
use std::fs::File;
use std::io::{self, Read};

/// Why there is no source text to work on.
pub enum SourceError {
    /// `ruff: cannot read 'x.ruff': No such file or directory`
    Unreadable(String),
    /// The text is not UTF-8; its valid start is kept for the message.
    NotText(Source, Diagnostic),
}

impl SourceError {
    /// What the process ends with.
    pub fn status(&self) -> Status {
        match self {
            SourceError::Unreadable(_) => Status::Unreadable,
            SourceError::NotText(..) => Status::Syntax,
        }
    }
}

/// Reads a program. More than the limit of a source text is not read to its end: the engine refuses it all the same.
pub fn read(input: &Input) -> Result<Source, SourceError> {
    let (name, bytes) = match input {
        Input::Code(code) => return Ok(Source::new("<command>", code.as_str())),
        Input::Stdin => ("<stdin>".to_string(), read_up_to_limit(io::stdin().lock())),
        Input::File(path) => (path.display().to_string(), File::open(path).and_then(read_up_to_limit)),
    };
    let bytes = bytes.map_err(|e| SourceError::Unreadable(format!("ruff: cannot read '{name}': {}", reason(&e))))?;
    String::from_utf8(bytes).map(|text| Source::new(name.as_str(), text)).map_err(|e| not_text(&name, e))
}

fn read_up_to_limit(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(Limits::trusted().source_bytes as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_text(name: &str, error: std::string::FromUtf8Error) -> SourceError {
    let at = error.utf8_error().valid_up_to();
    let valid = String::from_utf8_lossy(&error.as_bytes()[..at]).into_owned();
    let diagnostic = Diagnostic::error(Code::INVALID_UTF8, Span::new(at, at), "Source is not valid UTF-8");
    SourceError::NotText(Source::new(name, valid), diagnostic)
}

/// The text of an error without the number of the system.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_string()
}
