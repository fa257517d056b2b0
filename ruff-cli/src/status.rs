//! Exit statuses (section 19 of the language reference).

use std::process::ExitCode;

/// How the process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    Success,
    /// A test failed, warnings were denied, or the function to list has no code.
    Failed,
    Syntax,
    /// A compile error, an uncaught error or a limit.
    Error,
    /// The file cannot be read.
    Unreadable,
    Internal,
    Interrupted,
    /// `exit(n)`
    Exit(i32),
}

impl Status {
    /// The number that the parent process sees, before the system cuts it.
    pub fn number(self) -> i32 {
        match self {
            Status::Success => 0,
            Status::Failed => 1,
            Status::Syntax => 3,
            Status::Error => 4,
            Status::Unreadable => 5,
            Status::Internal => 6,
            Status::Interrupted => 130,
            Status::Exit(number) => number,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status.number() as u8)
    }
}
