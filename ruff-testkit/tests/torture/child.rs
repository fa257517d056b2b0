//! Scenarios run in child processes, so that a crash, a hang or a full memory is a failed test.

#![allow(unsafe_code)]

use crate::bench::Bench;
use libtest_mimic::Failed;
use ruff_testkit::Mode;
use std::fs::File;
use std::io::Read;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Marks the arguments of a child.
pub const FLAG: &str = "--scenario";
/// Marks those of a child under valgrind, which needs addresses of its own.
pub const CHECKED_FLAG: &str = "--checked-scenario";

/// Is the build made for a memory checker?
const IS_CHECKED: bool = cfg!(any(memory_checker = "asan", memory_checker = "valgrind"));
/// Wall time of a scenario under a checker.
const CHECKED_TIME_MAX: Duration = Duration::from_secs(600);
/// Wall time of a scenario. Builds without optimisation, on machines that do other things too, get some more.
const TIME_MAX: Duration = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 10 });
/// The stack of the thread that runs a scenario. Functions that a sanitizer has instrumented take several times as much.
const STACK_BYTES: usize = if IS_CHECKED { 16 << 20 } else { 1 << 20 };
/// The address space of a child: 512 MiB, and what the native tier reserves for machine code, at two addresses.
const MEMORY_BYTES: u64 = (512 + 2 * 64) << 20;
/// How often the parent looks whether the child has ended.
const POLL: Duration = Duration::from_millis(5);

/// The child: runs a scenario and the canaries.
pub fn run(row: &str, mode: &str, is_checked: bool) -> ExitCode {
    let (Some(row), Some(mode)) = (crate::rows().find(|r| r.name == row), Mode::ALL.iter().find(|m| m.name == mode))
    else {
        return ExitCode::FAILURE;
    };
    limit_memory(is_checked || IS_CHECKED);
    let work = move || {
        let mut bench = Bench::new(mode);
        (row.scenario)(&mut bench);
        bench.canaries();
    };
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
    match thread.map(thread::JoinHandle::join) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn limit_memory(is_checked: bool) {
    // A checker keeps books of all addresses.
    let bytes = if is_checked { libc::RLIM_INFINITY } else { MEMORY_BYTES };
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    let no_core = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `setrlimit` reads the structs that the pointers refer to, which live until it returns.
    let results = unsafe { [libc::setrlimit(libc::RLIMIT_AS, &limit), libc::setrlimit(libc::RLIMIT_CORE, &no_core)] };
    assert_eq!(results, [0, 0], "limits cannot be set");
}

/// The parent: runs a child and fails with what it said if it does not end well in time.
pub fn watch(row: &str, mode: &str) -> Result<(), Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([FLAG, row, mode]);
    wait_for(command, if IS_CHECKED { CHECKED_TIME_MAX } else { TIME_MAX })
}

/// The same under valgrind, whose findings are failures too. Where it is not installed, nothing happens.
pub fn watch_checked(row: &str, mode: &str) -> Result<(), Failed> {
    let is_there = Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success());
    if !is_there {
        println!("skipped: valgrind is not on this machine");
        return Ok(());
    }
    let mut command = Command::new("valgrind");
    // Machine code is written while it runs.
    command.args(["--quiet", "--smc-check=all", "--error-exitcode=99"]).arg(std::env::current_exe()?);
    command.args([CHECKED_FLAG, row, mode]);
    wait_for(command, CHECKED_TIME_MAX)
}

fn wait_for(mut command: Command, time_max: Duration) -> Result<(), Failed> {
    let mut child = command
        .env("RUST_BACKTRACE", "0")
        // Else the allocator reserves 64 MiB of addresses for each thread.
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    // Read aside, so that a child that says much does not wait for the parent.
    let mut stderr = child.stderr.take().ok_or("no standard error")?;
    let said = thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stderr.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let start = Instant::now();
    let status: Option<ExitStatus> = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > time_max {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(POLL);
    };
    let said = said.join().unwrap_or_default();
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("{status}\n{said}").into()),
        None => Err(format!("ran longer than {time_max:?}\n{said}").into()),
    }
}

/// Time that the process has computed: other programs on the machine do not count.
pub fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer refers to a struct that lives until the function returns.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0, "there is no clock");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Bytes of memory that the process uses now.
pub fn resident_bytes() -> u64 {
    let mut text = String::new();
    let read = File::open("/proc/self/statm").and_then(|mut f| f.read_to_string(&mut text));
    let pages: u64 = match read {
        Ok(_) => text.split(' ').nth(1).and_then(|p| p.parse().ok()).unwrap_or(0),
        Err(_) => 0,
    };
    pages * 4096
}
