//! Who runs the programs: the tiers of Ruff and the peers that this machine has.

use crate::machine::first_line;
use crate::programs::{Language, Program};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The peer that every ratio is first given against.
pub const CPYTHON: &str = "python3";
/// The peer that is a limit rather than a rival: the programs in Rust.
pub const RUST: &str = "rust";
/// The program that has the bench programs in Rust.
pub const RUST_PROGRAM: &str = "native";
/// Ruff without native code.
pub const INTERPRETER: &str = "ruff-interpreter";
/// Ruff as it comes: what is hot runs as native code.
pub const NATIVE_TIER: &str = "ruff-native";

/// One implementation of a language.
#[derive(Clone, Debug)]
pub struct Runner {
    /// Its short name.
    pub name: String,
    /// What its programs are written in.
    pub language: Language,
    /// What it says its version is.
    pub version: String,
    command: PathBuf,
    arguments: Vec<String>,
}

struct Peer {
    name: &'static str,
    language: Language,
    /// Where to look for it; the first that exists is taken.
    commands: &'static [&'static str],
    arguments: &'static [&'static str],
    version: &'static str,
}

/// The distribution's `python3` goes before one in the user's folder: it is an optimised build, and the other often is not.
const PEERS: [Peer; 6] = [
    Peer {
        name: CPYTHON,
        language: Language::Python,
        commands: &["/usr/bin/python3", "python3"],
        arguments: &[],
        version: "--version",
    },
    Peer { name: "pypy3", language: Language::Python, commands: &["pypy3"], arguments: &[], version: "--version" },
    Peer { name: "lua5.4", language: Language::Lua, commands: &["lua5.4", "lua54"], arguments: &[], version: "-v" },
    Peer { name: "luajit", language: Language::LuaJit, commands: &["luajit"], arguments: &[], version: "-v" },
    Peer {
        name: "luajit-off",
        language: Language::LuaJit,
        commands: &["luajit"],
        arguments: &["-joff"],
        version: "-v",
    },
    Peer {
        name: "node",
        language: Language::JavaScript,
        commands: &["node", "nodejs"],
        arguments: &[],
        version: "--version",
    },
];

/// The names of all peers, found or not.
pub fn peer_names() -> impl Iterator<Item = &'static str> {
    PEERS.iter().map(|peer| peer.name).chain([RUST])
}

/// The peers that this machine has.
pub fn peers(rust_program: &Path) -> Vec<Runner> {
    PEERS.iter().filter_map(Peer::find).chain(rust_runner(rust_program)).collect()
}

/// The tiers that a `ruff` program offers; the fastest last. One without a choice of tiers has the interpreter only.
pub fn ruff_tiers(ruff: &Path) -> Vec<Runner> {
    let runner = |name: &str, arguments: &[&str]| Runner {
        name: name.to_string(),
        language: Language::Ruff,
        version: first_line(&ruff.to_string_lossy(), &["--version"]).unwrap_or_default(),
        command: ruff.to_path_buf(),
        arguments: arguments.iter().map(|argument| argument.to_string()).collect(),
    };
    if has_tiers(ruff) {
        vec![runner(INTERPRETER, &["run", "--tier", "interpreter"]), runner(NATIVE_TIER, &["run", "--tier", "auto"])]
    } else {
        vec![runner(INTERPRETER, &["run"])]
    }
}

fn has_tiers(ruff: &Path) -> bool {
    let output = std::process::Command::new(ruff).args(["run", "--help"]).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("--tier"))
}

impl Peer {
    fn find(&self) -> Option<Runner> {
        let command = self.commands.iter().find_map(|command| find_command(command))?;
        let version = first_line(&command.to_string_lossy(), &[self.version]).unwrap_or_default();
        let arguments = self.arguments.iter().map(|argument| argument.to_string()).collect();
        let Peer { name, language, .. } = *self;
        Some(Runner { name: name.to_string(), language, version, command, arguments })
    }
}

fn rust_runner(program: &Path) -> Option<Runner> {
    let version = first_line("rustc", &["--version"]).unwrap_or_default();
    let command = program.to_path_buf();
    let runner = Runner { name: RUST.into(), language: Language::Rust, version, command, arguments: Vec::new() };
    program.is_file().then_some(runner)
}

/// A command in the search path, or an absolute path that exists.
fn find_command(command: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Joining an absolute path gives that path.
    std::env::split_paths(&path).map(|folder| folder.join(command)).find(|file| file.is_file())
}

impl Runner {
    /// The command line that runs `program`, whose text is in `file`, `repetitions` times.
    pub fn command_line(&self, program: &Program, file: &Path, repetitions: usize) -> Vec<OsString> {
        let mut line = vec![self.command.clone().into_os_string()];
        line.extend(self.arguments.iter().map(OsString::from));
        match self.language {
            Language::Rust => line.extend([program.name.clone().into(), repetitions.to_string().into()]),
            _ => line.push(file.as_os_str().to_os_string()),
        }
        line
    }
}
