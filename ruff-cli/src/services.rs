//! Input, clock and randomness of scripts, from the operating system.

use crate::interrupt;
use crate::output::Output;
use ruff_core::native::{Clock, InputSource, RandomSource};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Lines of standard input.
pub struct StdinLines(pub Output);

impl InputSource for StdinLines {
    fn read_line(&mut self) -> io::Result<Option<String>> {
        self.0.flush();
        let mut line = Vec::new();
        let count = interrupt::while_waiting(|| io::BufRead::read_until(&mut io::stdin().lock(), b'\n', &mut line))?;
        if count == 0 {
            return Ok(None);
        }
        if line.ends_with(b"\n") {
            line.pop();
            if line.ends_with(b"\r") {
                line.pop();
            }
        }
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }
}

/// The clock of the system.
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock that counts from now.
    pub fn new() -> SystemClock {
        SystemClock { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn unix_time(&mut self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic(&mut self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// Seeds from the operating system, by way of the keys that the standard library takes for its hash maps.
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn seed(&mut self) -> u64 {
        RandomState::new().hash_one(Instant::now())
    }
}
