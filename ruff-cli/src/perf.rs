//! The map that gives machine code its names in Linux `perf`.

use ruff_jit::CodeRange;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};

/// `/tmp/perf-PID.map`: a line for each piece of code, with its address, its length and its name.
pub struct PerfMap(File);

impl PerfMap {
    /// The map of this process. It stays behind, because `perf report` reads it later.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create() -> io::Result<PerfMap> {
        let path = format!("/tmp/perf-{}.map", std::process::id());
        // That of an older process with this number. What somebody else has put there is not written through.
        let _ = fs::remove_file(&path);
        OpenOptions::new().write(true).create_new(true).open(path).map(PerfMap)
    }

    /// Adds a piece of code, in one write, so that lines of several threads do not mix. That nobody can profile is no reason
    /// to stop.
    pub fn add(&self, code: &CodeRange<'_>) {
        let line = format!("{:x} {:x} ruff:{}\n", code.address, code.bytes, code.name);
        let _ = (&self.0).write_all(line.as_bytes());
    }
}
