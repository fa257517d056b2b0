//! The parser through its public door.

use crate::syntax::ast::Module;
use crate::syntax::diagnostic::Diagnostics;
use crate::syntax::dump::dump_module;
use crate::syntax::print::print_module;
use crate::syntax::source::Source;

fn parse(text: &str) -> (Module, Vec<String>) {
    let source = Source::new("t", text);
    let mut diagnostics = Diagnostics::default();
    let module = crate::syntax::parse(&source, &mut diagnostics);
    let line = |d: &crate::syntax::diagnostic::Diagnostic| format!("{}: {}", d.code, d.message);
    (module, diagnostics.sorted().0.iter().map(line).collect())
}

fn errors(text: &str) -> Vec<String> {
    parse(text).1
}

/// The printed text means the same and is a fixed point.
fn assert_prints(text: &str) {
    let module = parse(text).0;
    let printed = print_module(&module);
    let (again, errors) = parse(&printed);
    assert_eq!(errors, [""; 0], "in\n{printed}");
    assert_eq!(dump_module(&again), dump_module(&module), "in\n{printed}");
    assert_eq!(print_module(&again), printed);
}

/// The fenced blocks of a document: tag and text.
fn blocks(document: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(tag) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((tag.to_owned(), text.join("\n")));
        }
    }
    blocks
}

#[test]
fn examples_of_the_reference() {
    for document in [include_str!("../../../../docs/language.md"), include_str!("../../../../docs/builtins.md")] {
        let blocks = blocks(document);
        let mut programs = 0;
        for (index, (tag, text)) in blocks.iter().enumerate() {
            if !tag.starts_with("ruff") {
                continue;
            }
            programs += 1;
            let mut expected = Vec::new();
            for (tag, text) in blocks[index + 1..].iter().take_while(|(tag, _)| !tag.starts_with("ruff")) {
                if tag == "error" {
                    let lines = text.lines().filter(|l| l.starts_with("RUF00") || l.starts_with("RUF01"));
                    expected.extend(lines.map(str::to_owned));
                }
            }
            assert_eq!(errors(text), expected, "in\n{text}");
            if expected.is_empty() {
                assert_prints(text);
            }
        }
        assert!(programs > 5);
    }
}

/// Parses on a thread with a stack of one MiB.
fn errors_on_small_stack(text: String) -> Vec<String> {
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let handle = thread.spawn(move || errors(&text)).unwrap();
    handle.join().unwrap()
}

const TOO_DEEP: &str = "RUF2007: Nesting too deep: more than 256 levels";

#[test]
fn nesting_is_limited() {
    let openers = [
        "(",
        "[",
        "{a: ",
        "!",
        "- ",
        "not ",
        "2 ** ",
        "await ",
        "throw ",
        "[yield ",
        "spawn { ",
        "if true {",
        "if if ",
        "match match ",
        "if a { } else { ",
        "while a {",
        "loop {",
        "for x in y {",
        "for x in func() {",
        "try {",
        "func() {",
        "func f() {",
        "func(a = ",
        "struct S { func f() { ",
        "test_group \"a\" {",
        "match a { case b { ",
        "x ?? (",
        "x |> y ?? z || w && v == u < 1..2 | 3 ^ 4 & 5 << 6 + 7 * (",
        "f(",
        "f(a: ",
        "f(...",
        "a[",
        "a[..",
        "a?[",
        "P { x: ",
        "f(func() { g(",
    ];
    let after = [
        ("match a { case ", "["),
        ("match a { case ", "Ok("),
        ("match a { case ", "{a: "),
        ("match a { case ", "("),
        ("let ", "["),
        ("let ", "{a: "),
        ("let a: ", "array<"),
        ("let a: ", "("),
        ("let a: ", "func("),
        ("let a: ", "func() -> "),
    ];
    let texts = openers.iter().map(|opener| opener.repeat(100_000));
    let texts = texts.chain(after.iter().map(|(start, opener)| format!("{start}{}", opener.repeat(100_000))));
    for text in texts {
        let shown = text[..40].to_owned();
        assert_eq!(errors_on_small_stack(text), [TOO_DEEP], "{shown}");
    }
    assert_eq!(errors_on_small_stack(format!("x := {}1{}", "(".repeat(256), ")".repeat(256))), [""; 0]);
    assert_eq!(errors_on_small_stack(format!("x := {}1{}", "(".repeat(257), ")".repeat(257))), [TOO_DEEP]);
    let blocks = |n: usize| format!("{}1{}", "if true { ".repeat(n), "}".repeat(n));
    assert_eq!(errors_on_small_stack(blocks(256)), [""; 0]);
    assert_eq!(errors_on_small_stack(blocks(257)), [TOO_DEEP]);
}

#[test]
fn chains_do_not_nest() {
    let n = 1_000_000;
    let chains = [
        format!("x := 1{}", " + 1".repeat(n)),
        format!("x := a{}", ".b".repeat(n)),
        format!("x := f{}", "()".repeat(n)),
        format!("x := a{}", " |> f".repeat(n)),
        format!("x := a{}", " < 1 == 2 + 3 * 4".repeat(n / 10)),
        format!("if a {{ }}{}", " else if b { }".repeat(n / 10)),
    ];
    for chain in chains {
        assert_eq!(errors_on_small_stack(chain), [""; 0]);
    }
}
