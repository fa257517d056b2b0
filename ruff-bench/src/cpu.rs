//! What the operating system knows of a process: its CPU time and peak memory. The only `unsafe` of this crate.

#![allow(unsafe_code)]

use std::io;
use std::process::Child;
use std::time::{Duration, Instant};

/// What a process has used when it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Seconds of CPU time in user mode, all threads together.
    pub user_seconds: f64,
    /// Seconds of CPU time in user mode and in the system.
    pub cpu_seconds: f64,
    /// Seconds from its start to its end, to about a millisecond.
    pub wall_seconds: f64,
    /// The most memory it held at one time, in bytes.
    pub peak_bytes: u64,
    /// Whether it ended by itself with status 0.
    pub success: bool,
    /// Whether it was ended because it took too long.
    pub timed_out: bool,
}

impl Usage {
    /// The usage as one line of numbers.
    pub fn to_line(&self) -> String {
        let Usage { user_seconds, cpu_seconds, wall_seconds, peak_bytes, success, timed_out } = self;
        format!("{user_seconds} {cpu_seconds} {wall_seconds} {peak_bytes} {success} {timed_out}")
    }

    /// The usage that a line of [`Usage::to_line`] says.
    pub fn from_line(line: &str) -> Option<Usage> {
        let mut words = line.split(' ');
        Some(Usage {
            user_seconds: words.next()?.parse().ok()?,
            cpu_seconds: words.next()?.parse().ok()?,
            wall_seconds: words.next()?.parse().ok()?,
            peak_bytes: words.next()?.parse().ok()?,
            success: words.next()?.parse().ok()?,
            timed_out: words.next()?.parse().ok()?,
        })
    }
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
    let start = Instant::now();
    let mut timed_out = false;
    loop {
        if let Some(usage) = poll(child)? {
            return Ok(Usage { timed_out, wall_seconds: start.elapsed().as_secs_f64(), ..usage });
        }
        if !timed_out && start.elapsed() >= limit {
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
            user_seconds: seconds(used.ru_utime),
            cpu_seconds: seconds(used.ru_utime) + seconds(used.ru_stime),
            wall_seconds: 0.0,
            peak_bytes: peak_bytes(&used),
            success: libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0,
            timed_out: false,
        })),
    }
}

fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 * 1e-6
}

/// `ru_maxrss` is in kibibytes, on macOS in bytes.
fn peak_bytes(used: &libc::rusage) -> u64 {
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    used.ru_maxrss as u64 * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn usage_of_a_process() {
        let mut child = Command::new("sh")
            .args(["-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"])
            .spawn()
            .expect("a shell");
        let usage = wait(&mut child, Duration::from_secs(60)).expect("a usage");
        assert!(usage.success && !usage.timed_out && usage.peak_bytes > 100_000, "{usage:?}");
        assert!(usage.user_seconds <= usage.cpu_seconds, "{usage:?}");
        assert_eq!(Usage::from_line(&usage.to_line()), Some(usage));
    }

    #[test]
    fn a_process_that_takes_too_long_is_ended() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("a sleeper");
        let usage = wait(&mut child, Duration::from_millis(10)).expect("a usage");
        assert!(usage.timed_out && !usage.success);
    }
}
