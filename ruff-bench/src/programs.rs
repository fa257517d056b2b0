//! The bench programs: a folder for each, with a file for each language.

use std::io;
use std::path::{Path, PathBuf};

/// The programs that stand for what users of a first version measured, in the order of their table.
pub const SEED_ROWS: [&str; 5] = ["fib30", "fib_big", "sum_1m", "map_100k", "fib_prints"];

/// The program that measures nothing but the start of a process.
pub const START_UP: &str = "hello";

/// A language that the programs are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Ruff,
    Python,
    Lua,
    /// Lua as LuaJIT understands it: a program may have a version of its own, where 5.4 has other operators.
    LuaJit,
    JavaScript,
    /// Compiled into the program `native` and chosen by name.
    Rust,
}

impl Language {
    fn suffixes(self) -> &'static [&'static str] {
        match self {
            Language::Ruff => &["ruff"],
            Language::Python => &["py"],
            Language::Lua => &["lua"],
            Language::LuaJit => &["luajit.lua", "lua"],
            Language::JavaScript => &["js"],
            Language::Rust => &["rs"],
        }
    }

    /// What a file of this language ends with.
    pub fn extension(self) -> &'static str {
        self.suffixes().last().copied().unwrap_or_default()
    }
}

/// A bench program.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Its name.
    pub name: String,
    folder: PathBuf,
}

impl Program {
    /// The file of a language, if the program exists in it. `hello` in Rust is part of the runner.
    pub fn file(&self, language: Language) -> Option<PathBuf> {
        let files = language.suffixes().iter().map(|suffix| self.folder.join(format!("{}.{suffix}", self.name)));
        files.into_iter().find(|file| file.is_file() || (language == Language::Rust && self.is_start_up()))
    }

    /// Whether the program measures nothing but the start of a process: it prints its name and has no call to repeat.
    pub fn is_start_up(&self) -> bool {
        self.name == START_UP
    }
}

/// The folder of the programs.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs")
}

/// All programs in order of their names.
pub fn all() -> io::Result<Vec<Program>> {
    let mut programs = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        let folder = entry?.path();
        if let Some(name) = folder.file_name().and_then(|name| name.to_str()).filter(|_| folder.is_dir()) {
            programs.push(Program { name: name.to_string(), folder: folder.clone() });
        }
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

/// The text of a program that makes its call `repetitions` times instead of once; none if it has no line that says how often.
pub fn with_repetitions(text: &str, repetitions: usize) -> Option<String> {
    let mut found = false;
    let lines = text.lines().map(|line| match repetition_prefix(line) {
        Some(prefix) if !found => {
            found = true;
            format!("{prefix}{repetitions}{}", &line[prefix.len() + 1..])
        }
        _ => line.to_string(),
    });
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    found.then_some(text)
}

/// The part before the `1` of `REPS = 1`, `REPS := 1`, `local REPS = 1` or `const REPS = 1`.
fn repetition_prefix(line: &str) -> Option<&str> {
    let name = line.strip_prefix("local ").or_else(|| line.strip_prefix("const ")).unwrap_or(line);
    let value = name.strip_prefix("REPS = ").or_else(|| name.strip_prefix("REPS := "))?;
    value.starts_with('1').then(|| &line[..line.len() - value.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_are_replaced_once() {
        let text = with_repetitions("x\nlocal REPS = 1\nREPS = 1\n", 5);
        assert_eq!(text.as_deref(), Some("x\nlocal REPS = 5\nREPS = 1\n"));
        assert_eq!(with_repetitions("const REPS = 1;\n", 5).as_deref(), Some("const REPS = 5;\n"));
        assert_eq!(with_repetitions("REPS := 1\n", 5).as_deref(), Some("REPS := 5\n"));
        assert_eq!(with_repetitions("reps = 1\n", 5), None);
    }

    #[test]
    fn every_program_can_be_compared() {
        let programs = all().expect("the folder of the programs");
        assert!(programs.len() >= 34);
        for program in &programs {
            for language in [Language::Ruff, Language::Python, Language::JavaScript, Language::Rust] {
                let file = program.file(language).unwrap_or_else(|| panic!("{}: no {language:?}", program.name));
                if language != Language::Rust && !program.is_start_up() {
                    let text = std::fs::read_to_string(&file).expect("a readable program");
                    assert!(with_repetitions(&text, 2).is_some(), "{}: nothing to repeat", file.display());
                }
            }
        }
        assert!(SEED_ROWS.iter().all(|name| programs.iter().any(|program| program.name == *name)));
    }
}
