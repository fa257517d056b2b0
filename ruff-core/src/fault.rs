//! What stops a running script: catchable errors, traps, exits and broken invariants.

use crate::code::Code;
use crate::value::Value;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The result of everything that a script can make fail.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// Why execution left the normal path. One word, so that results stay in registers.
#[derive(Debug)]
pub struct Fault(Box<FaultRecord>);

/// What a [`Fault`] carries.
#[derive(Debug)]
pub struct FaultRecord {
    /// Who may do something about it.
    pub kind: FaultKind,
    /// The stable code.
    pub code: Code,
    /// The exact message of the reference.
    pub message: Cow<'static, str>,
    /// Lines of detail that follow the diagnostic, without `= note: `.
    pub notes: Vec<String>,
    /// What may be done about it, without `= help: `.
    pub help: Option<Cow<'static, str>>,
    /// A dict and the key that it does not have, for the help: not compared with others before it is known that nothing catches the error.
    pub missing: Option<(Value, Box<str>)>,
    /// What the script threw, for [`Code::THROWN`] and re-thrown errors.
    pub thrown: Option<Value>,
    /// The error of a host function.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// The host function that returned it, until the trace is filled in.
    pub raised_in: Option<Arc<str>>,
    /// The active functions, innermost first; filled in by the interpreter when it first sees the fault.
    pub trace: Vec<TraceFrame>,
}

/// Where an active function was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameKind {
    /// In the script.
    Script,
    /// In the host: it called into the script, or returned the error.
    Native,
}

/// One active function of a trace.
#[derive(Clone, Debug)]
pub struct TraceFrame {
    /// The function's name; `main` for top-level code.
    pub function: Arc<str>,
    /// Whether the script or the host has it.
    pub kind: FrameKind,
    /// Its source; none for a function of the host.
    pub source: Option<crate::syntax::source::Source>,
    /// The expression that was running.
    pub span: crate::syntax::source::Span,
}

/// The classes of faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// A script error: `except` catches it.
    Error,
    /// A limit or an interrupt: nothing of the script runs any more.
    Trap,
    /// `exit(code)`.
    Exit(i32),
    /// An invariant of the engine broke.
    Bug,
}

/// Runs code of the host where a panic must not go on: it ends here. What it carries may panic once more when it is dropped, and is
/// left in memory then.
pub fn contain(run: impl FnOnce()) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(run)) else { return };
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}

impl Fault {
    fn of_kind(kind: FaultKind, code: Code, message: impl Into<Cow<'static, str>>) -> Fault {
        Fault(Box::new(FaultRecord {
            kind,
            code,
            message: message.into(),
            notes: Vec::new(),
            help: None,
            missing: None,
            thrown: None,
            source: None,
            raised_in: None,
            trace: Vec::new(),
        }))
    }

    /// A catchable error.
    #[cold]
    pub fn error(code: Code, message: impl Into<Cow<'static, str>>) -> Fault {
        Fault::of_kind(FaultKind::Error, code, message)
    }

    /// A limit or an interrupt.
    #[cold]
    pub fn trap(code: Code, message: impl Into<Cow<'static, str>>) -> Fault {
        Fault::of_kind(FaultKind::Trap, code, message)
    }

    /// A value thrown by the script, with the message that stands for it.
    #[cold]
    pub fn thrown(value: Value, message: String) -> Fault {
        let mut fault = Fault::of_kind(FaultKind::Error, Code::THROWN, message);
        fault.0.thrown = Some(value);
        fault
    }

    /// `exit(code)`.
    #[cold]
    pub fn exit(code: i32) -> Fault {
        Fault::of_kind(FaultKind::Exit(code), Code(0), "exit")
    }

    /// An invariant of the engine broke.
    #[cold]
    pub fn bug(message: impl Into<Cow<'static, str>>) -> Fault {
        Fault::of_kind(FaultKind::Bug, Code(0), message)
    }

    /// The same with a line of detail.
    pub fn with_note(mut self, note: impl Into<String>) -> Fault {
        self.0.notes.push(note.into());
        self
    }

    /// The same with what may be done about it, if that is known.
    pub fn with_help(mut self, help: Option<impl Into<Cow<'static, str>>>) -> Fault {
        self.0.help = help.map(Into::into);
        self
    }
}

impl std::ops::Deref for Fault {
    type Target = FaultRecord;
    fn deref(&self) -> &FaultRecord {
        &self.0
    }
}

impl std::ops::DerefMut for Fault {
    fn deref_mut(&mut self) -> &mut FaultRecord {
        &mut self.0
    }
}
