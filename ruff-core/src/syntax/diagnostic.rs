//! Diagnostics of the front end: what is wrong, where, and what may help.

use super::source::Span;
use crate::code::Code;
use crate::limits::DIAGNOSTICS_MAX;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// The program does not run.
    Error,
    /// The program runs, but is hardly meant so.
    Warning,
}

/// A problem found before a program runs.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The stable code.
    pub code: Code,
    /// The exact message of the language reference.
    pub message: String,
    /// Where it is.
    pub span: Span,
    /// Other places that explain it.
    pub labels: Vec<(Span, String)>,
    /// What the reader may do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        let message = message.into();
        Diagnostic { severity: Severity::Error, code, message, span, labels: Vec::new(), help: None }
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    /// The same with a help line.
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }
}

/// The diagnostics of one compilation, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    dropped: usize,
    errors: usize,
}

impl Diagnostics {
    /// Adds one; past [`DIAGNOSTICS_MAX`] it is only counted.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += (diagnostic.severity == Severity::Error) as usize;
        if self.list.len() < DIAGNOSTICS_MAX {
            self.list.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    /// Adds all of `other`.
    pub fn append(&mut self, other: Diagnostics) {
        self.dropped += other.dropped;
        self.errors += other.errors - other.list.iter().filter(|d| d.severity == Severity::Error).count();
        other.list.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// Is there an error among them?
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Those that were kept, in the order of their positions.
    pub fn sorted(mut self) -> (Vec<Diagnostic>, usize) {
        self.list.sort_by_key(|d| (d.span.start, d.span.end));
        (self.list, self.dropped)
    }

    /// The last one that was kept.
    pub fn last_mut(&mut self) -> Option<&mut Diagnostic> {
        self.list.last_mut()
    }

    /// Those that were kept, as found.
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.list
    }
}
