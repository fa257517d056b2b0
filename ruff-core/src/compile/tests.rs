//! Small sources through the compiler and the verifier.

use super::*;
use crate::bytecode::verify::verify_program;
use crate::code::Code;

pub(super) struct TestScope;

impl BuiltinScope for TestScope {
    fn contains(&self, name: &str) -> bool {
        let names =
            ["print", "len", "push", "range", "Ok", "Err", "Some", "str", "map", "sort", "error", "assert_equal"];
        names.contains(&name) || self.constant(name).is_some()
    }

    fn signature(&self, name: &str) -> Option<&str> {
        (name == "len").then_some("len(v) -> int: how many elements")
    }
}

pub(super) fn compile_with(text: &str, options: CompileOptions) -> (Option<ProgramData>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let input = CompileInput {
        source: Source::new("test", text),
        builtins: &TestScope,
        loader: &mut |_, _| Loaded::NoLoader,
        prelude: None,
        declaration_ids: &AtomicU32::new(1),
        options,
    };
    let program = compile(input, &mut diagnostics);
    (program, diagnostics)
}

/// The program, verified.
fn compiled(text: &str) -> ProgramData {
    let (program, diagnostics) = compile_with(text, CompileOptions::default());
    let program = program.unwrap_or_else(|| panic!("{:?}", diagnostics.as_slice()));
    if let Err(error) = verify_program(&program) {
        panic!("{error}\n{text}");
    }
    program
}

fn codes(text: &str) -> Vec<Code> {
    let (_, diagnostics) = compile_with(text, CompileOptions::default());
    diagnostics.as_slice().iter().map(|d| d.code).collect()
}

/// All examples of the reference that have no syntax or compile errors pass the verifier.
#[test]
fn examples_of_the_reference_pass_the_verifier() {
    let reference = concat!(include_str!("../../../docs/language.md"), include_str!("../../../docs/builtins.md"));
    let mut count = 0;
    for block in reference.split("```ruff").skip(1) {
        let Some((_, rest)) = block.split_once('\n') else { continue };
        let Some((text, _)) = rest.split_once("```") else { continue };
        for tests in [false, true] {
            let options = CompileOptions { tests, ..CompileOptions::default() };
            let (program, _) = compile_with(text, options);
            if let Some(program) = program {
                count += 1;
                if let Err(error) = verify_program(&program) {
                    panic!("{error}\n{text}\n{}", crate::bytecode::disasm::disassemble(&program));
                }
            }
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn compile_errors_have_their_codes() {
    assert_eq!(codes("break"), [Code::OUTSIDE_LOOP]);
    assert_eq!(codes("func f(a, a) { }"), [Code::DUPLICATE_NAME]);
    assert_eq!(codes("func f() { yield 1 }"), [Code::OUTSIDE_GENERATOR]);
    assert_eq!(codes("match 1 { case a { } case b { } default { } }"), [Code::UNREACHABLE_ARM]);
    assert_eq!(codes("match 1 { case Foo { } }"), [Code::UNKNOWN_PATTERN_NAME]);
    assert_eq!(codes("match 1 { case a | 1 { } }"), [Code::ALTERNATIVE_NAMES]);
    assert_eq!(codes("func f(mut a, mut b) { }\nx := 1\nf(mut x, mut x)"), [Code::ALIASED_MUT_ARGUMENTS]);
    assert_eq!(codes("struct P { x, x }"), [Code::DUPLICATE_MEMBER]);
    assert_eq!(codes("async func f() { }"), [Code::UNSUPPORTED]);
}

#[test]
fn long_jumps_are_given_room() {
    let body = "x := x + 1\n".repeat(40_000);
    let program = compiled(&format!("func f(x, y) {{ while x < y {{ {body} }} return x }}"));
    assert!(program.functions.iter().any(|f| f.code.len() > 40_000));
}
