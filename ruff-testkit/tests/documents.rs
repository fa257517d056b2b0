//! The pages that promise something about the code, compared with the code.

use ruff_core::Limits;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The Rust files of the workspace and their text, by their path from its root.
fn sources() -> BTreeMap<String, String> {
    let members = ["ruff-core", "ruff-jit", "ruff-cli", "ruff-bench", "ruff-derive", "ruff-testkit", "examples"];
    let mut folders: Vec<PathBuf> = members.iter().map(|member| root().join(member)).collect();
    let mut found = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The cells of the rows of the table below a heading, the head of the table left out.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let section = page.split(heading).nth(1).unwrap_or_else(|| panic!("no section {heading:?}"));
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| `") || line.starts_with("| ["));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_string()).collect();
    lines.map(cells).collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The names of test functions, and of the rows of the torture suite.
fn tests(sources: &BTreeMap<String, String>) -> BTreeSet<String> {
    let functions = sources.values().flat_map(|text| text.split("fn ").skip(1));
    let rows = sources.values().flat_map(|text| text.split("Row { name: \"").skip(1));
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    functions.chain(rows).map(name).collect()
}

// ---- limits

/// A number of the page: `none`, `10,000`, `64 MiB`, `5 s`.
fn number(cell: &str) -> Option<u64> {
    if cell == "none" {
        return None;
    }
    let (digits, unit) = cell.split_once(' ').unwrap_or((cell, ""));
    let unit = match unit {
        "" | "s" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        other => panic!("{cell}: what is {other}?"),
    };
    Some(digits.replace(',', "").parse::<u64>().unwrap_or_else(|e| panic!("{cell}: {e}")) * unit)
}

/// The limits of a host by their names, each in its smallest unit; a field more does not compile.
fn fields(limits: Limits) -> BTreeMap<&'static str, Option<u64>> {
    let Limits { ticks, memory_bytes, output_bytes, run_time, source_bytes, int_bits, generators, call_depth } = limits;
    BTreeMap::from([
        ("ticks", ticks),
        ("memory_bytes", memory_bytes.map(|n| n as u64)),
        ("output_bytes", output_bytes),
        ("run_time", run_time.map(|time| time.as_secs())),
        ("source_bytes", Some(source_bytes as u64)),
        ("int_bits", int_bits),
        ("generators", Some(generators as u64)),
        ("call_depth", Some(call_depth as u64)),
    ])
}

/// The constants of a file that has one a line.
fn constants(text: &str) -> BTreeMap<&str, Option<u64>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("pub const "));
    lines
        .map(|line| {
            let (name, rest) = line.split_once(':').unwrap();
            let value = rest.split_once('=').unwrap().1.trim().trim_end_matches(';');
            (name, Some(constant(value)))
        })
        .collect()
}

/// The value of an expression as the files of limits have them.
fn constant(expression: &str) -> u64 {
    let literal = |digits: &str| digits.trim().replace('_', "").parse::<u64>().unwrap();
    match expression.split_once("<<") {
        Some((left, right)) => literal(left) << literal(right),
        None if expression.starts_with("u16::MAX") => u16::MAX.into(),
        None if expression.starts_with("u32::MAX") => u32::MAX.into(),
        None => literal(expression),
    }
}

/// The values in a column of a table by the names in its first.
fn column(rows: &[Vec<String>], column: usize) -> BTreeMap<&str, Option<u64>> {
    rows.iter().map(|row| (quoted(&row[0]).next().unwrap(), number(&row[column]))).collect()
}

#[test]
fn limits_are_those_of_the_code() {
    let page = read("docs/limits.md");
    let host = table(&page, "\n## Set by the host");
    assert_eq!(column(&host, 2), fields(Limits::trusted()));
    assert_eq!(column(&host, 3), fields(Limits::untrusted()));
    let (fixed, native) = (table(&page, "\n## Fixed"), table(&page, "\n## The native tier"));
    assert_eq!(column(&fixed, 2), constants(&read("ruff-core/src/limits.rs")));
    assert_eq!(column(&native, 2), constants(&read("ruff-jit/src/limits.rs")));

    let (codes, tests) = (read("ruff-core/src/code.rs"), tests(&sources()));
    for row in host.iter().chain(&fixed).chain(&native) {
        let test = quoted(row.last().unwrap()).next().unwrap();
        assert!(tests.contains(test), "{}: no test {test}", row[0]);
        for code in row.iter().filter_map(|cell| cell.strip_prefix("RUF")) {
            let number = code.trim_start_matches('0');
            assert!(codes.contains(&format!(" = {number};")), "{}: no code {code}", row[0]);
        }
    }
}

// ---- unsafe code

/// The lines of a file that are no comments.
fn code_of(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.fold(String::new(), |code, line| code + line + "\n")
}

/// Has the code a block, a function, a trait or an implementation that is unsafe? The type of an unsafe function is none.
fn has_unsafe(code: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices("unsafe").any(|(at, word)| {
        let rest = &code[at + word.len()..];
        let is_whole = !code[..at].ends_with(is_word) && !rest.starts_with(is_word);
        is_whole && !rest.starts_with(" extern \"C\" fn(")
    })
}

#[test]
fn unsafe_code_is_where_the_page_says() {
    let (page, sources) = (read("docs/unsafe.md"), sources());
    let me = "ruff-testkit/tests/documents.rs";
    let unsafe_files: BTreeSet<&str> =
        sources.iter().filter(|(name, text)| *name != me && has_unsafe(&code_of(text))).map(|(n, _)| &**n).collect();
    let allowing: BTreeSet<&str> = sources
        .iter()
        .filter(|(name, text)| *name != me && text.contains("#![allow(unsafe_code)]"))
        .map(|(name, _)| &**name)
        .collect();
    assert_eq!(unsafe_files, allowing, "the files that allow unsafe code are those that have some");
    let rows =
        ["\n## Values", "\n## The machine", "\n## The native tier", "\n## Outside the engine"].map(|h| table(&page, h));
    let listed: BTreeSet<&str> = rows.iter().flatten().flat_map(|row| quoted(&row[0])).collect();
    assert_eq!(unsafe_files, listed, "the page lists them");

    let tests = tests(&sources);
    for row in rows.iter().flatten() {
        let [file, _, checks] = row.as_slice() else { panic!("{row:?}") };
        let text = &sources[quoted(file).next().unwrap()];
        assert!(quoted(checks).next().is_some(), "{file}: nothing checks it");
        for check in quoted(checks) {
            let is_there = match check {
                "debug_assert" => text.contains("debug_assert"),
                "const" => text.contains("const _: () = "),
                path if path.contains('/') => root().join(path).exists(),
                test => tests.contains(test),
            };
            assert!(is_there, "{file}: there is no {check}");
        }
    }
}

#[test]
fn only_the_list_is_exempt() {
    assert!(read("Cargo.toml").contains("unsafe_code = \"deny\""));
    for member in ["ruff-core", "ruff-jit", "ruff-cli", "ruff-bench", "ruff-derive", "ruff-testkit", "examples"] {
        assert!(read(&format!("{member}/Cargo.toml")).contains("[lints]\nworkspace = true"), "{member}");
    }
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    let mut silent = Vec::new();
    for (name, text) in &sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let begins = line.contains("unsafe {") || line.trim_start().starts_with("unsafe impl");
            // The comment stands above the statement, which may have begun some lines before.
            let above = &lines[at.saturating_sub(10)..=at];
            if begins && !line.trim_start().starts_with("//") && !above.iter().any(|l| l.contains("SAFETY:")) {
                silent.push(format!("{name}:{}", at + 1));
            }
        }
    }
    silent.retain(|place| !place.starts_with("ruff-testkit/tests/documents.rs"));
    assert!(silent.is_empty(), "no SAFETY comment:\n{}", silent.join("\n"));
}

// ---- links

#[test]
fn the_promise_is_linked() {
    for page in ["README.md", "docs/embedding.md", "ARCHITECTURE.md"] {
        assert!(read(page).contains("SECURITY.md"), "{page}");
    }
    for page in ["docs/limits.md", "docs/unsafe.md"] {
        assert!(read("SECURITY.md").contains(page), "{page}");
    }
}

#[test]
fn tests_that_the_promise_names_exist() {
    let (page, tests) = (read("SECURITY.md"), tests(&sources()));
    let section = page.split("\n## What checks it").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let names: Vec<&str> = rows.flat_map(|row| quoted(row.split(" | ").last().unwrap())).collect();
    assert!(names.len() > 10);
    for name in names {
        assert!(tests.contains(name) || root().join(name).exists(), "{name}");
    }
}
