//! What the operating system knows of a process: its CPU time and peak memory. The only `unsafe` of this crate.

use std::io;
use std::process::Child;
use std::time::{Duration, Instant};

/// What a process has used when it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Seconds of CPU time in user mode, all threads together.
    pub user_seconds: f64,
    /// The most memory it held at one time, in bytes.
    pub peak_bytes: u64,
    /// Whether it ended by itself with status 0.
    pub success: bool,
    /// Whether it was ended because it took too long.
    pub timed_out: bool,
}

/// CPU seconds of this process up to now.
pub fn process_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid `timespec` for the call to fill, and the clock exists on every Unix.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Waits for `child` and says what it used. A child that runs longer than `limit` is ended.
pub fn wait(child: &mut Child, limit: Duration) -> io::Result<Usage> {
    let deadline = Instant::now() + limit;
    let mut timed_out = false;
    loop {
        if let Some(usage) = poll(child)? {
            return Ok(Usage { timed_out, ..usage });
        }
        if !timed_out && Instant::now() >= deadline {
            timed_out = true;
            child.kill()?;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What `child` has used, if it has ended. The child is reaped here, so that the caller must not wait for it again.
fn poll(child: &Child) -> io::Result<Option<Usage>> {
    let mut status = 0;
    // SAFETY: `rusage` is a plain record of integers, for which zeros are a valid value.
    let mut used: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `status` and `used` are valid for the call to fill; the process is a child of ours that was not reaped
    // yet, because `Child` is borrowed and `wait` stops at the first answer.
    let pid = unsafe { libc::wait4(child.id() as libc::pid_t, &mut status, libc::WNOHANG, &mut used) };
    match pid {
        0 => Ok(None),
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(Some(Usage {
            user_seconds: used.ru_utime.tv_sec as f64 + used.ru_utime.tv_usec as f64 * 1e-6,
            peak_bytes: peak_bytes(&used),
            success: libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0,
            timed_out: false,
        })),
    }
}

/// `ru_maxrss` is in kibibytes, on macOS in bytes.
fn peak_bytes(used: &libc::rusage) -> u64 {
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    used.ru_maxrss as u64 * unit
}
