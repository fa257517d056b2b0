//! Work in a process of its own: what it breaks, it breaks alone.
//!
//! This file is unsafe: it forks.

#![allow(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Seconds that the work may take.
const SECONDS_MAX: u32 = 10;

/// How the work has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It gave this number.
    Gave(u8),
    /// It was killed: by itself, or because it took too long.
    Killed,
}

/// What stands for a panic.
pub const PANICKED: u8 = 101;

/// Does the work in a copy of the process.
pub fn apart(work: impl FnOnce() -> u8) -> End {
    // SAFETY: the copy has this thread alone, and uses nothing that others might have been at: the test has only one that works.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: the system calls have no preconditions.
            unsafe {
                libc::alarm(SECONDS_MAX);
                let null = libc::open(c"/dev/null".as_ptr(), libc::O_WRONLY);
                libc::dup2(null, 2);
            }
            let gave = catch_unwind(AssertUnwindSafe(work)).unwrap_or(PANICKED);
            // SAFETY: it does not return.
            unsafe { libc::_exit(gave.into()) }
        }
        -1 => panic!("no process can be made"),
        child => {
            let mut status = 0;
            // SAFETY: the pointer refers to a number that lives until the function returns.
            let waited = unsafe { libc::waitpid(child, &mut status, 0) };
            assert_eq!(waited, child, "the process is gone");
            match libc::WIFEXITED(status) {
                true => End::Gave(libc::WEXITSTATUS(status) as u8),
                false => End::Killed,
            }
        }
    }
}
