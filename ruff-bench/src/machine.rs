//! Where and when figures were taken.

use serde::{Deserialize, Serialize};
use std::process::Command;
use std::time::SystemTime;

/// The machine and the time of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// The processor, as the system names it.
    pub processor: String,
    /// How many threads it runs at the same time.
    pub threads: usize,
    /// The operating system and its kernel.
    pub system: String,
    /// Start of the run, UTC.
    pub date: String,
    /// The system's load at the start: how many processes asked for a processor, on average of a minute.
    #[serde(default)]
    pub load: f64,
}

impl Machine {
    /// This machine, now.
    pub fn here() -> Machine {
        Machine {
            processor: processor().unwrap_or_else(|| std::env::consts::ARCH.to_string()),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            system: first_line("uname", &["-sr"]).unwrap_or_else(|| std::env::consts::OS.to_string()),
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            load: load().unwrap_or_default(),
        }
    }
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_string())
}

fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// The first line that a command prints on either stream.
pub fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_string)
}
