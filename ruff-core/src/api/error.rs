//! The public error: what went wrong, where, and how the script came there.

use super::copy_out::CopyOut;
use super::data::Data;
use super::root::Root;
use crate::code::Code;
use crate::fault::{Fault, FaultKind, FrameKind, TraceFrame};
use crate::help;
use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::render::{Note, Snippet};
use crate::syntax::source::{Position, Source, Span};
use crate::value::Heap;
use std::borrow::Cow;
use std::fmt;

/// An error of a compilation or of a run. One word wide.
///
/// `{}` is one line; `{:#}` draws the source line with the place underlined, the notes and the call stack, as section 19 of the
/// language reference shows.
pub struct Error(Box<ErrorRecord>);

struct ErrorRecord {
    kind: ErrorKind,
    code: Code,
    message: String,
    source: Option<Source>,
    span: Span,
    notes: Vec<String>,
    /// Of a run; that of a compilation is in its diagnostics.
    help: Option<Cow<'static, str>>,
    trace: Vec<TraceFrame>,
    diagnostics: Vec<Diagnostic>,
    dropped: usize,
    /// What the script threw, as far as a short copy can tell it, and the value itself.
    thrown: Option<(Option<Data>, Root)>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The classes of errors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source has lexical or syntax errors.
    Syntax,
    /// The source has other errors that are found before it runs.
    Compile,
    /// The script raised an error that it did not catch.
    Runtime,
    /// A limit was reached.
    Limit,
    /// The host or the user interrupted the script.
    Interrupted,
    /// The script called `exit` with this status.
    Exit(i32),
    /// A function of the host failed.
    Host,
    /// An invariant of the engine broke; please report it.
    Internal,
}

impl Error {
    /// The error of a compilation: all diagnostics in the order of their places, and how many more there were.
    pub(crate) fn from_diagnostics(source: &Source, diagnostics: Vec<Diagnostic>, dropped: usize) -> Error {
        let first = diagnostics.iter().find(|d| d.severity == Severity::Error);
        let (code, message, span) = match first {
            Some(d) => (d.code, d.message.clone(), d.span),
            None => (Code(0), String::from("no diagnostic"), Span::default()),
        };
        let is_syntax = code < Code::UNDEFINED_NAME || matches!(code, Code::LIMIT_SOURCE | Code::LIMIT_NESTING);
        Error(Box::new(ErrorRecord {
            kind: if is_syntax { ErrorKind::Syntax } else { ErrorKind::Compile },
            code,
            message,
            source: Some(source.clone()),
            span,
            notes: Vec::new(),
            help: None,
            trace: Vec::new(),
            diagnostics,
            dropped,
            thrown: None,
            cause: None,
        }))
    }

    /// The error of a run in the machine with this heap.
    #[cold]
    pub(crate) fn from_fault(mut fault: Fault, heap: &Heap) -> Error {
        let thrown = fault.thrown.take();
        let mut error = Error::without_values(fault);
        error.0.thrown = thrown.map(|value| {
            let data = Data::from_script(&value, &mut CopyOut::reported(heap)).ok();
            (data, Root::new(heap, value))
        });
        error
    }

    /// The fault that goes on when a native returns an error of a call back into the script.
    #[cold]
    pub(crate) fn into_fault(mut self, heap: &Heap) -> Fault {
        let message = std::mem::take(&mut self.0.message);
        let mut fault = match self.0.kind {
            ErrorKind::Limit | ErrorKind::Interrupted => Fault::trap(self.0.code, message),
            ErrorKind::Exit(status) => Fault::exit(status),
            ErrorKind::Internal => Fault::bug(message),
            ErrorKind::Runtime | ErrorKind::Host => Fault::error(self.0.code, message),
            ErrorKind::Syntax | ErrorKind::Compile => {
                let mut fault = Fault::error(Code::HOST, message.clone());
                self.0.message = message;
                fault.source = Some(Box::new(self));
                return fault;
            }
        };
        fault.trace = std::mem::take(&mut self.0.trace);
        fault.notes = std::mem::take(&mut self.0.notes);
        fault.help = self.0.help.take();
        fault.source = self.0.cause.take();
        fault.thrown = self.0.thrown.take().and_then(|(_, root)| root.value(heap).ok());
        fault
    }

    /// The error of a fault that carries no value.
    #[cold]
    pub(crate) fn without_values(mut fault: Fault) -> Error {
        let kind = match fault.kind {
            FaultKind::Error if fault.code == Code::HOST => ErrorKind::Host,
            FaultKind::Error => ErrorKind::Runtime,
            FaultKind::Trap if fault.code == Code::INTERRUPTED => ErrorKind::Interrupted,
            FaultKind::Trap => ErrorKind::Limit,
            FaultKind::Exit(status) => ErrorKind::Exit(status),
            FaultKind::Bug => ErrorKind::Internal,
        };
        let trace = std::mem::take(&mut fault.trace);
        let (source, span) = trace
            .iter()
            .find(|f| f.kind == FrameKind::Script)
            .map_or((None, Span::default()), |f| (f.source.clone(), f.span));
        let code = fault.code;
        let help_in = |source: &Source| match code {
            Code::MISSING_KEY | Code::INDEX_OUT_OF_BOUNDS => {
                let occurrence = help::Occurrence::new(source.text(), span.start, span.end);
                occurrence.help_for_missing(code == Code::MISSING_KEY).map(Cow::Borrowed)
            }
            _ => None,
        };
        let help = fault.help.take().or_else(|| source.as_ref().and_then(help_in));
        Error(Box::new(ErrorRecord {
            kind,
            code,
            message: fault.message.to_string(),
            source,
            span,
            notes: std::mem::take(&mut fault.notes),
            help,
            trace,
            diagnostics: Vec::new(),
            dropped: 0,
            thrown: None,
            cause: fault.source.take(),
        }))
    }

    /// An error of the host API itself, without a place in a script.
    pub(crate) fn host(code: Code, message: impl Into<String>) -> Error {
        Error::without_values(Fault::error(code, message.into()))
    }

    /// The same with help for the name at its place, if that is a variable that a session does not know. In a program the
    /// compiler gives it.
    #[cold]
    pub(crate) fn with_help_for_name<'a>(mut self, names: impl Iterator<Item = &'a str>) -> Error {
        if self.0.code == Code::UNDEFINED
            && self.0.help.is_none()
            && let Some(source) = &self.0.source
            && let name = source.slice(self.0.span)
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            let occurrence = help::Occurrence::new(source.text(), self.0.span.start, self.0.span.end);
            let nearest = || help::nearest(name, names.chain(help::LONE_WORDS.iter().copied()));
            let known = occurrence.help().map(Cow::Borrowed);
            self.0.help = known.or_else(|| Some(format!("did you mean `{}`?", nearest()?).into()));
        }
        self
    }

    /// The class of the error.
    ///
    /// ```
    /// use ruff_core::{Engine, ErrorKind, Vm};
    /// let engine = Engine::new();
    /// let kind = |text: &str| Vm::new(&engine).eval("1", text).unwrap_err().kind();
    /// assert_eq!(kind("1 +"), ErrorKind::Syntax);
    /// assert_eq!(kind("1 / 0"), ErrorKind::Runtime);
    /// assert_eq!(kind("exit(3)"), ErrorKind::Exit(3));
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable code; section 22 of the language reference lists them.
    ///
    /// ```
    /// use ruff_core::{Code, Engine, Vm};
    /// let error = Vm::new(&Engine::new()).eval("1", "1 / 0").unwrap_err();
    /// assert_eq!(error.code(), Code::DIVISION_BY_ZERO);
    /// assert_eq!(error.code().to_string(), "RUF1007");
    /// ```
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The message without code and place. For a compilation it is that of the first error.
    ///
    /// ```
    /// let error = ruff_core::Engine::new().compile("a.ruff", "x := \"a").unwrap_err();
    /// assert_eq!(error.message(), "Unterminated string literal");
    /// ```
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The name of the source, if the error has a place.
    ///
    /// ```
    /// let error = ruff_core::Engine::new().compile("a.ruff", "x := (").unwrap_err();
    /// assert_eq!(error.source_name(), Some("a.ruff"));
    /// ```
    pub fn source_name(&self) -> Option<&str> {
        self.0.source.as_ref().map(Source::name)
    }

    /// The place, if the error has one.
    ///
    /// ```
    /// use ruff_core::{Engine, Position, Vm};
    /// let error = Vm::new(&Engine::new()).eval("1", "x := 0\ny := 1 / x").unwrap_err();
    /// assert_eq!(error.position().map(|at| (at.line, at.column)), Some((2, 6)));
    /// ```
    pub fn position(&self) -> Option<Position> {
        self.0.source.as_ref().map(|s| s.position(self.0.span.start))
    }

    /// The place as offsets in the source, if the error has one.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let text = "x := 0\ny := 1 / x";
    /// let span = Vm::new(&Engine::new()).eval("1", text).unwrap_err().span().unwrap();
    /// assert_eq!(&text[span.start as usize..span.end as usize], "1 / x");
    /// ```
    pub fn span(&self) -> Option<Span> {
        self.0.source.as_ref().map(|_| self.0.span)
    }

    /// Other places that explain the first error of a compilation.
    ///
    /// ```
    /// let error = ruff_core::Engine::new().compile("a.ruff", "x := [1, 2").unwrap_err();
    /// let labels: Vec<_> = error.labels().map(|(at, text)| (at.column, text)).collect();
    /// assert_eq!(labels, [(6, "opened here")]);
    /// ```
    pub fn labels(&self) -> impl Iterator<Item = (Position, &str)> {
        let labels = self.first_diagnostic().into_iter().flat_map(|d| d.labels.iter());
        let source = self.0.source.as_ref();
        labels.filter_map(move |(span, text)| Some((source?.position(span.start), text.as_str())))
    }

    /// What may be done about it, or about the first error of a compilation.
    ///
    /// ```
    /// let error = ruff_core::Engine::new().compile("a.ruff", "match 1 { case a: {} case 2: {} }").unwrap_err();
    /// assert_eq!(error.help(), Some("to match the string, write `case \"a\"`"));
    /// let error = ruff_core::Vm::new(&ruff_core::Engine::new()).eval("1", "prnt(1)").unwrap_err();
    /// assert_eq!(error.help(), Some("did you mean `print`?"));
    /// ```
    pub fn help(&self) -> Option<&str> {
        self.first_diagnostic().map_or(self.0.help.as_deref(), |d| d.help.as_deref())
    }

    fn first_diagnostic(&self) -> Option<&Diagnostic> {
        self.0.diagnostics.iter().find(|d| d.severity == Severity::Error)
    }

    /// What the script threw; `None` if it threw nothing, or a value that is not data, or one whose copy would have more than
    /// 64 KiB: a small value can refer to another so often that a copy never ends. [`Error::thrown_root`] has any value.
    ///
    /// ```
    /// use ruff_core::{Data, Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// let error = vm.eval("1", "throw([1, 2])").unwrap_err();
    /// assert_eq!(error.thrown(), Some(&Data::Array(vec![Data::Int(1), Data::Int(2)])));
    /// ```
    pub fn thrown(&self) -> Option<&Data> {
        self.0.thrown.as_ref()?.0.as_ref()
    }

    /// The value that the script threw, of any kind and size, to be used with the VM that it is in.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// let error = vm.eval("1", "throw(range(100000))").unwrap_err();
    /// assert_eq!(error.thrown(), None);
    /// assert_eq!(error.thrown_root().unwrap().get::<Vec<i64>>(&mut vm)?.len(), 100000);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn thrown_root(&self) -> Option<&Root> {
        self.0.thrown.as_ref().map(|(_, root)| root)
    }

    /// The host's own error, if a native returned one of that type.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let engine = Engine::builder().function("port", |text: &str| text.parse::<u16>()).build();
    /// let error = Vm::new(&engine).eval("1", "port(\"x\")").unwrap_err();
    /// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
    /// ```
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.0.cause.as_deref()?.downcast_ref()
    }

    /// Lines of detail.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let error = Vm::new(&Engine::new()).eval("1", "assert_equal([1], [2])").unwrap_err();
    /// assert!(error.notes().iter().any(|note| note.contains("[2]")), "{:?}", error.notes());
    /// ```
    pub fn notes(&self) -> &[String] {
        &self.0.notes
    }

    /// All diagnostics of a compilation, warnings among them.
    ///
    /// ```
    /// let error = ruff_core::Engine::new().compile("a.ruff", "break\ncontinue").unwrap_err();
    /// assert_eq!(error.diagnostics().len(), 2);
    /// ```
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0.diagnostics
    }

    /// The active functions when a run failed, innermost first: those of the script, and those of the host that were called by it.
    /// Builtins are not among them.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let error = Vm::new(&Engine::new()).eval("1", "func f() { return 1 / 0 }\nf()").unwrap_err();
    /// assert_eq!(error.trace().iter().map(|frame| &*frame.function).collect::<Vec<_>>(), ["f", "main"]);
    /// ```
    pub fn trace(&self) -> &[TraceFrame] {
        &self.0.trace
    }

    /// The text that `{:#}` prints, with or without colour.
    ///
    /// ```
    /// let error = ruff_core::Engine::new().compile("a.ruff", "x := \"a").unwrap_err();
    /// assert!(error.render(false).contains(" 1 | x := \"a"));
    /// assert!(error.render(true).contains("\x1b["));
    /// ```
    pub fn render(&self, colour: bool) -> String {
        if !self.0.diagnostics.is_empty() {
            return render_diagnostics(self.0.source.as_ref(), &self.0.diagnostics, self.0.dropped, colour);
        }
        let header = format!("error[{}]: {}", self.0.code, self.0.message);
        let notes = self.0.notes.iter().map(|n| Note::note(n));
        let notes: Vec<Note> = notes.chain(self.0.help.as_deref().map(Note::help)).collect();
        let snippet =
            Snippet { source: self.0.source.as_ref(), span: self.0.span, header: &header, labels: &[], notes: &notes };
        let mut text = snippet.render(colour);
        if self.0.trace.len() > 1 {
            text.push_str("Call stack:\n");
            write_trace(&mut text, &self.0.trace);
        }
        text
    }
}

/// Diagnostics in the form of section 19, one after the other.
///
/// ```
/// use ruff_core::{Engine, render_diagnostics};
/// let (source, diagnostics, dropped) = Engine::new().check("a.ruff", "x := y");
/// assert!(render_diagnostics(Some(&source), &diagnostics, dropped, false).contains("Undefined variable: y"));
/// ```
pub fn render_diagnostics(source: Option<&Source>, diagnostics: &[Diagnostic], dropped: usize, colour: bool) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&crate::syntax::render::render_diagnostic(source, diagnostic, colour));
    }
    if dropped > 0 {
        text.push_str(&format!("… and {dropped} more\n"));
    }
    text
}

/// Frames of a long trace that are shown at each end.
const TRACE_ENDS: usize = 10;

fn write_trace(text: &mut String, trace: &[TraceFrame]) {
    let skipped = trace.len().saturating_sub(2 * TRACE_ENDS);
    for (i, frame) in trace.iter().enumerate() {
        if skipped > 0 && i == TRACE_ENDS {
            text.push_str(&format!("  … {skipped} more\n"));
        }
        if skipped > 0 && (TRACE_ENDS..TRACE_ENDS + skipped).contains(&i) {
            continue;
        }
        text.push_str(&format!("  {i} at {}", frame.function));
        if frame.kind == FrameKind::Native {
            text.push_str(" (native)");
        } else if let Some(source) = &frame.source {
            let at = source.position(frame.span.start);
            text.push_str(&format!(" ({}:{}:{})", source.name(), at.line, at.column));
        }
        text.push('\n');
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return f.write_str(self.render(false).trim_end());
        }
        write!(f, "{}: {}", self.0.code, self.0.message)?;
        match (self.source_name(), self.position()) {
            (Some(name), Some(at)) => write!(f, " ({name}:{}:{})", at.line, at.column),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_deref().map(|e| e as &(dyn std::error::Error + 'static))
    }
}

const _: () = assert!(size_of::<Error>() == size_of::<usize>());
