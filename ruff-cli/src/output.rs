//! Standard output of a script: buffered where nobody watches, written at once on a terminal.

use ruff_core::native::OutputSink;
use std::io::{self, IsTerminal, Stdout, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that are collected before they are written to a pipe or a file.
const BUFFER_BYTES: usize = 64 << 10;

/// Standard output. Clones share one buffer.
#[derive(Clone)]
pub struct Output(Arc<Mutex<Buffer>>);

struct Buffer {
    out: Stdout,
    pending: Vec<u8>,
    is_terminal: bool,
}

impl Output {
    /// Standard output of this process.
    pub fn stdout() -> Output {
        let out = io::stdout();
        let is_terminal = out.is_terminal();
        Output(Arc::new(Mutex::new(Buffer { out, pending: Vec::new(), is_terminal })))
    }

    /// Writes text.
    pub fn print(&self, text: &str) {
        self.buffer().write(text);
    }

    /// Writes what is pending: before errors, before reading input, and at the end.
    pub fn flush(&self) {
        self.buffer().flush();
    }

    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buffer {
    fn write(&mut self, text: &str) {
        self.pending.extend_from_slice(text.as_bytes());
        if self.pending.len() >= BUFFER_BYTES || (self.is_terminal && text.ends_with('\n')) {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let written = self.out.write_all(&self.pending).and_then(|()| self.out.flush());
        self.pending.clear();
        if let Err(error) = written {
            leave_on(&error);
        }
    }
}

/// Nobody reads the output any more: the process ends. A closed pipe is no failure.
fn leave_on(error: &io::Error) -> ! {
    if error.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    eprintln!("ruff: cannot write output: {error}");
    std::process::exit(crate::status::Status::Internal.number());
}

impl OutputSink for Output {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.print(text);
        Ok(())
    }
}

/// Standard error of a script. What it printed before comes first.
pub struct ErrorOutput(pub Output);

impl OutputSink for ErrorOutput {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.0.flush();
        // A closed standard error is no reason to stop.
        let _ = io::stderr().write_all(text.as_bytes());
        Ok(())
    }
}

/// Does standard error show colours?
pub fn stderr_has_colour() -> bool {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    !forbidden && io::stderr().is_terminal()
}
