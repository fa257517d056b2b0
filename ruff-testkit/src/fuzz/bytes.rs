//! Targets that read text: the front end, JSON, regular expressions.

use ruff_core::syntax::diagnostic::Diagnostics;
use ruff_core::syntax::print::print_module;
use ruff_core::syntax::source::decode;
use ruff_core::syntax::{is_incomplete, parse};
use ruff_core::{Diagnostic, Engine, Error, ErrorKind, Limits, Source, Vm, render_diagnostics};

/// Ticks that a text may run for.
const TICKS_MAX: u64 = 3_000;

/// Bytes of a file: they are parsed, printed, checked and compiled, what is wrong is rendered, and what compiles runs for a while.
pub fn source(bytes: &[u8]) {
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(diagnostic) => {
            let lossy = String::from_utf8_lossy(bytes);
            render(&Source::new("bytes", lossy), &[diagnostic], 0);
            return;
        }
    };
    parse_and_print(text);
    let limits = Limits { ticks: Some(TICKS_MAX), memory_bytes: Some(16 << 20), ..Limits::untrusted() };
    let engine = Engine::builder().limits(limits).seed(1).build();
    let (source, diagnostics, dropped) = engine.check("bytes", text);
    render(&source, &diagnostics, dropped);
    match engine.compile("bytes", text) {
        Ok(program) => {
            program.bytecode().verify().expect("the compiler makes what the verifier accepts");
            program.disassemble();
            let mut vm = Vm::new(&engine);
            if let Err(error) = vm.run(&program) {
                check_error(&error);
            }
            assert!(vm.ticks_used() <= TICKS_MAX);
            vm.set_limits(&Limits::untrusted());
            assert_eq!(vm.eval("canary", "1 + 1").unwrap().as_deref(), Some("2"));
        }
        Err(error) => check_error(&error),
    }
}

/// A tree without errors is printed as a text that reads as the same tree.
fn parse_and_print(text: &str) {
    is_incomplete(text);
    let printed = |text: &str| {
        let mut diagnostics = Diagnostics::default();
        let tree = parse(&Source::new("printed", text), &mut diagnostics);
        (print_module(&tree), diagnostics.has_errors())
    };
    let (once, has_errors) = printed(text);
    if !has_errors {
        assert_eq!(printed(&once), (once.clone(), false), "printed once:\n{once}");
    }
}

/// Every form of what is wrong can be shown, and has its place in the text.
fn render(source: &Source, diagnostics: &[Diagnostic], dropped: usize) {
    for diagnostic in diagnostics {
        assert!(diagnostic.span.start <= diagnostic.span.end, "{diagnostic:?}");
        assert!(diagnostic.span.end as usize <= source.text().len(), "{diagnostic:?}");
    }
    for colour in [false, true] {
        let text = render_diagnostics(Some(source), diagnostics, dropped, colour);
        assert_eq!(text.is_empty(), diagnostics.is_empty() && dropped == 0);
    }
    render_diagnostics(None, diagnostics, dropped, false);
}

fn check_error(error: &Error) {
    assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
    assert!(!error.render(true).is_empty() && !error.to_string().is_empty() && !format!("{error:?}").is_empty());
    assert!(error.labels().count() < 100 && error.position().is_none_or(|at| at.line > 0 && at.column > 0));
}

/// A VM with small limits and some texts in global variables.
fn vm_with(globals: &[(&str, &str)]) -> Vm {
    let limits = Limits { ticks: Some(1_000_000), memory_bytes: Some(32 << 20), ..Limits::untrusted() };
    let mut vm = Vm::new(&Engine::builder().limits(limits).seed(1).build());
    for (name, text) in globals {
        vm.set_global(name, *text).expect("it fits");
    }
    vm
}

/// A JSON text: it is refused with an error, or what is read is written as a text that reads the same.
pub fn json(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut vm = vm_with(&[("text", &text)]);
    let script = "value := parse_json(text)\nonce := to_json(value)\nvalue == parse_json(once) && once == to_json(parse_json(to_json_pretty(value)))";
    match vm.eval("json", script) {
        Ok(agrees) => assert_eq!(agrees.as_deref(), Some("true"), "{text}"),
        Err(error) => {
            assert_eq!(error.code().to_string(), "RUF1013", "{text}: {error}");
            check_error(&error);
        }
    }
}

/// A regular expression, a line end, and a text: the expression is refused, or all builtins agree on whether it is found.
pub fn pattern(bytes: &[u8]) {
    let both = String::from_utf8_lossy(bytes);
    let (pattern, text) = both.split_once('\n').unwrap_or((&both, ""));
    let mut vm = vm_with(&[("pattern", pattern), ("text", text)]);
    let script = "found := regex_find_all(text, pattern)\n\
        pieces := regex_split(text, pattern)\n\
        same := regex_replace(text, pattern, \"\\$0\")\n\
        regex_match(text, pattern) == (len(found) > 0) && len(pieces) == len(found) + 1 && same == text";
    match vm.eval("pattern", script) {
        Ok(agrees) => assert_eq!(agrees.as_deref(), Some("true"), "{pattern:?} in {text:?}"),
        Err(error) => {
            let code = error.code().to_string();
            assert!(["RUF1012", "RUF2001"].contains(&&*code), "{pattern:?} in {text:?}: {error}");
            check_error(&error);
        }
    }
}
