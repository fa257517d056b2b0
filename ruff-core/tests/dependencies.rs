//! Which part of the crate may know which, and that no code generator comes in with it.
//!
//! The table is section 2 of `ARCHITECTURE.md`. It is checked against the paths that begin with `crate::` in the sources, tests
//! left out, which may use what they like.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a part of the crate may import beside itself: paths below `crate`, each with all that lies under it; `a::*` is the types
/// that `a` has or exports again, and no module of it.
struct Rule {
    /// A folder of `src`, or a file without its extension.
    part: &'static str,
    may_use: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule { part: "code", may_use: &[] },
    Rule { part: "help", may_use: &[] },
    Rule { part: "limits", may_use: &[] },
    Rule { part: "syntax", may_use: &["code", "help", "limits"] },
    Rule { part: "bytecode", may_use: &["code", "syntax::source", "value::repr::tag"] },
    Rule { part: "fault", may_use: &["code", "syntax::source", "value::Value"] },
    Rule { part: "value", may_use: &["bytecode", "code", "fault", "help", "limits"] },
    Rule { part: "compile", may_use: &["bytecode", "code", "help", "limits", "syntax", "value::ops"] },
    Rule { part: "vm", may_use: &["bytecode", "code", "fault", "help", "jit", "limits", "syntax::source", "value"] },
    Rule {
        part: "stdlib",
        may_use: &[
            "bytecode::Const",
            "bytecode::EnumKind",
            "code",
            "fault",
            "jit::Intrinsic",
            "limits",
            "value",
            "vm::*",
            "vm::native::take",
        ],
    },
    Rule { part: "jit", may_use: &["bytecode", "compile::liveness", "value", "vm"] },
    Rule {
        part: "api",
        may_use: &["bytecode", "code", "compile", "fault", "help", "jit", "limits", "stdlib", "syntax", "value", "vm"],
    },
    Rule { part: "lib", may_use: &["api", "code", "fault", "value", "vm::native", "vm::services"] },
];

#[test]
fn parts_import_only_what_the_table_allows() {
    let mut problems = Vec::new();
    for file in sources() {
        let part = part_of(&file);
        let Some(rule) = RULES.iter().find(|r| r.part == part) else {
            problems.push(format!("{}: no rule for {part}", file.display()));
            continue;
        };
        let text = without_tests(&fs::read_to_string(&file).unwrap());
        for path in crate_paths(&text) {
            if !is_under(&path, part.as_str()) && !rule.may_use.iter().any(|allowed| is_under(&path, allowed)) {
                problems.push(format!("{}: {part} must not use crate::{path}", file.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_permission_is_used() {
    let used: BTreeSet<(String, String)> = sources()
        .iter()
        .flat_map(|file| {
            let paths = crate_paths(&without_tests(&fs::read_to_string(file).unwrap()));
            paths.into_iter().map(|path| (part_of(file), path))
        })
        .collect();
    let permissions = RULES.iter().flat_map(|rule| rule.may_use.iter().map(|allowed| (rule.part, *allowed)));
    let unused =
        permissions.filter(|(part, allowed)| !used.iter().any(|(p, path)| p == part && is_under(path, allowed)));
    let unused: Vec<String> = unused.map(|(part, allowed)| format!("{part} does not use crate::{allowed}")).collect();
    assert!(unused.is_empty(), "the table can be tighter:\n{}", unused.join("\n"));
}

#[test]
fn no_code_generator_is_in_the_tree() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "ruff-core", "--edges", "normal", "--prefix", "none", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.contains("ruff-core"), "{tree}");
    for name in tree.lines().filter_map(|line| line.split_whitespace().next()) {
        let is_generator =
            ["cranelift", "wasmtime", "regalloc", "ruff-jit", "llvm"].iter().any(|g| name.starts_with(g));
        assert!(!is_generator, "ruff-core depends on {name}");
    }
}

#[test]
fn every_dependency_has_its_reason_in_the_guide() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let guide = fs::read_to_string(folder.join("../docs/embedding.md")).unwrap();
    let section = guide.split("## What `ruff-core` depends on").nth(1).unwrap();
    let dependencies = manifest.split("[dependencies]\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: BTreeSet<&str> = dependencies.lines().map(|line| line.split([' ', '.']).next().unwrap()).collect();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let explained: BTreeSet<&str> =
        rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2)).collect();
    assert_eq!(names, explained);
}

/// The Rust files of the crate, but for those that hold only tests.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![source_folder()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = matches!(path.file_stem().and_then(|s| s.to_str()), Some("tests" | "testing"));
            if path.is_dir() {
                folders.push(path);
            } else if !is_test && path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 50, "the sources are not where they were");
    found
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The folder of `src` that a file lies in, or its own name.
fn part_of(file: &Path) -> String {
    let below = file.strip_prefix(source_folder()).unwrap();
    Path::new(below.iter().next().unwrap()).file_stem().unwrap().to_str().unwrap().to_string()
}

/// The code of a file without comments and without its module of tests, which stands last.
fn without_tests(text: &str) -> String {
    let is_start =
        |lines: &[&str]| lines[0] == "#[cfg(test)]" && lines[1].starts_with("mod ") && lines[1].ends_with('{');
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.windows(2).position(is_start).unwrap_or(lines.len());
    let code = lines[..end].iter().filter(|line| !line.trim_start().starts_with("//"));
    code.fold(String::new(), |text, line| text + line + "\n")
}

/// What stands behind each `crate::`, with lists in braces taken apart.
fn crate_paths(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, found) in text.match_indices("crate::") {
        let is_word_end = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if !is_word_end {
            expand(&mut text[at + found.len()..].chars().peekable(), String::new(), &mut paths);
        }
    }
    paths
}

/// Reads a path, or a list of paths, that continues `prefix`.
fn expand(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, prefix: String, paths: &mut Vec<String>) {
    let mut path = prefix;
    while let Some(&c) = rest.peek() {
        match c {
            '{' => {
                rest.next();
                while rest.peek().is_some_and(|&c| c != '}') {
                    expand(rest, path.clone(), paths);
                    while rest.next_if(|&c| c == ',' || c.is_whitespace()).is_some() {}
                }
                rest.next();
                return;
            }
            c if c.is_alphanumeric() || c == '_' || c == ':' || c == '*' => path.push(c),
            c if c.is_whitespace() && path.ends_with(':') => {}
            ' ' => {
                skip_alias(rest);
                break;
            }
            _ => break,
        }
        rest.next();
    }
    if !path.is_empty() {
        paths.push(path.trim_end_matches(':').to_string());
    }
}

/// Leaves out `as name`.
fn skip_alias(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while rest.next_if(|&c| c.is_alphanumeric() || c == ' ' || c == '_').is_some() {}
}

fn is_under(path: &str, allowed: &str) -> bool {
    if let Some(types_of) = allowed.strip_suffix('*') {
        return path.strip_prefix(types_of).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
    }
    path.strip_prefix(allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn lists_of_imports_are_taken_apart() {
    let text = "use crate::a::{B, c::{D, E as F},\n    g};\nlet x = crate::h::i(1);\nuse $crate::{j};";
    assert_eq!(crate_paths(text), ["a::B", "a::c::D", "a::c::E", "a::g", "h::i", "j"]);
}
