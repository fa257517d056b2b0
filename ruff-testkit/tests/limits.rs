//! Limits that are not the host's, each met from both sides. `docs/limits.md` lists them; what the host sets is met in the tests that the page names.

use ruff_core::{Ctx, Data, Engine, Error, ErrorKind, Function, Limits, Vm};
use std::fmt::Write as _;

/// Runs a script without any limit of the host; what it printed.
fn run(text: &str) -> Result<String, Error> {
    run_on(&Engine::new(), text)
}

fn run_on(engine: &Engine, text: &str) -> Result<String, Error> {
    let mut vm = Vm::new(engine);
    let result = vm.eval("limits", text).map(|value| value.unwrap_or_default());
    // Whatever was met, the VM goes on.
    assert_eq!(vm.eval("canary", "sort([3, 1, 2])[0] + len(\"ab\")").unwrap().as_deref(), Some("3"));
    result
}

/// The code and the first line of the error that a script ends with.
fn refusal(text: &str) -> (String, String) {
    let error = run(text).expect_err("the limit is met");
    (error.code().to_string(), error.message().to_string())
}

/// A function with so many parameters and variables.
fn with_variables(count: usize) -> String {
    let mut text = String::from("func f() {\n");
    for at in 0..count {
        let _ = writeln!(text, "v{at} := {at}");
    }
    let _ = writeln!(text, "return v{}\n}}\nf()", count - 1);
    text
}

#[test]
fn a_function_has_so_many_variables() {
    // Some registers are temporary.
    assert_eq!(run(&with_variables(64_990)).unwrap(), "64989");
    let (code, message) = refusal(&with_variables(65_001));
    assert_eq!(code, "RUF0216");
    assert_eq!(message, "Too many variables and temporary values in one function");
}

/// A lambda in a function that captures variables of that function and of the one around it.
fn with_captures(outer: usize, inner: usize) -> String {
    let mut text = String::from("func f() {\n");
    for at in 0..outer {
        let _ = writeln!(text, "a{at} := 1");
    }
    text.push_str("g := func() {\n");
    for at in 0..inner {
        let _ = writeln!(text, "b{at} := 1");
    }
    text.push_str("h := func() {\nsum := 0\n");
    for (name, count) in [("a", outer), ("b", inner)] {
        for at in 0..count {
            let _ = writeln!(text, "sum += {name}{at}");
        }
    }
    text.push_str("return sum\n}\nreturn h()\n}\nreturn g()\n}\nf()");
    text
}

#[test]
fn a_function_captures_so_many_variables() {
    assert_eq!(run(&with_captures(40_000, 25_535)).unwrap(), "65535");
    let (code, message) = refusal(&with_captures(40_000, 25_536));
    assert_eq!(code, "RUF0216");
    assert_eq!(message, "Too many captured variables in one function");
}

#[test]
fn large_frames_use_up_the_registers() {
    let mut text = String::from("func f(n) {\nif n == 0 { return 0 }\n");
    for at in 0..60_000 {
        let _ = writeln!(text, "v{at} := n");
    }
    text.push_str("return f(n - 1) + 1\n}\n");
    // 2,097,152 registers are 34 frames of 60,000 and some.
    assert_eq!(run(&format!("{text}f(33)")).unwrap(), "33");
    let (code, message) = refusal(&format!("{text}f(35)"));
    assert_eq!(code, "RUF1016");
    assert!(message.ends_with("exceeded while calling f"), "{message}");
    assert_eq!(run(&format!("{text}try {{ f(100) }} except e {{ e.kind }}")).unwrap_or_default(), "");
}

#[test]
fn host_functions_that_call_back_nest_to_a_limit() {
    let back = |ctx: &mut Ctx, f: Function<fn(i64) -> i64>, n: i64| f.call(ctx, (n,));
    let engine = Engine::builder().function("back", back).build();
    let text = |n: usize| {
        format!("func enter(n) {{ return if n == 0 {{ 0 }} else {{ back(enter, n - 1) + 1 }} }}\nenter({n})")
    };
    // The call of the host is one of 180.
    assert_eq!(run_on(&engine, &text(179)).unwrap(), "179");
    let error = run_on(&engine, &text(180)).unwrap_err();
    assert_eq!((error.code().to_string().as_str(), error.kind()), ("RUF1016", ErrorKind::Runtime));
}

#[test]
fn sizes_have_ceilings_without_limits() {
    assert_eq!(Limits::trusted().memory_bytes, None);
    for text in ["1 << 4294967296", "2 ** 4294967296", "(2 ** 62) ** (2 ** 62)"] {
        assert_eq!(refusal(text), ("RUF2008".into(), "Integer too large: more than 4294967295 bits".into()), "{text}");
    }
    for text in ["repeat(\"x\", 4294967296)", "pad_left(\"x\", 10 ** 12, \" \")", "repeat(\"ab\", 2147483648)"] {
        assert_eq!(refusal(text).0, "RUF2002", "{text}");
    }
    assert_eq!(refusal("range(4294967296)").0, "RUF2002");
}

#[test]
fn a_source_has_a_ceiling() {
    let limits = Limits { source_bytes: usize::MAX, ..Limits::trusted() };
    let engine = Engine::builder().limits(limits).build();
    let error = engine.compile("large", &" ".repeat((128 << 20) + 1)).unwrap_err();
    assert_eq!(error.code().to_string(), "RUF2006");
    assert!(error.to_string().contains("Source too large: 134217728 bytes"), "{error}");
}

#[test]
fn levels_of_json_and_data_are_limited() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert_eq!(run(&format!("len(parse_json(\"{}\"))", nested(512))).unwrap(), "1");
    let (code, message) = refusal(&format!("parse_json(\"{}\")", nested(513)));
    assert_eq!(code, "RUF1013");
    assert_eq!(message, "JSON parse error: recursion limit exceeded at line 1 column 513");

    let deep = |levels: usize| (1..levels).fold(Data::Array(Vec::new()), |inner, _| Data::Array(vec![inner]));
    let mut vm = Vm::new(&Engine::new());
    vm.set_global("deep", deep(512)).unwrap();
    assert_eq!(vm.set_global("deeper", deep(513)).unwrap_err().code().to_string(), "RUF1013");
    assert!(vm.global::<Data>("deep").is_ok());
    vm.eval("1", "deep := [deep]").unwrap();
    assert!(vm.global::<Data>("deep").is_err());
}

#[test]
fn large_thrown_values_are_left_to_their_root() {
    let thrown = |bytes: usize| {
        let mut vm = Vm::new(&Engine::new());
        let error = vm.eval("limits", &format!("throw {{\"text\": repeat(\"x\", {bytes})}}")).unwrap_err();
        let root = error.thrown_root().unwrap().get::<Data>(&mut vm).unwrap();
        assert!(error.thrown().is_none_or(|data| *data == root));
        error.thrown().is_some()
    };
    // The dict, its entry and the key count too.
    assert!(thrown((64 << 10) - 200));
    assert!(!thrown(64 << 10));
}

#[test]
fn regular_expressions_are_limited() {
    let matches = |pattern: &str| format!("regex_match(\"aaa\", \"{pattern}\")");
    assert_eq!(run(&matches(&"a?".repeat(1_000))).unwrap(), "true");
    let (code, message) = refusal(&matches(&"a".repeat((64 << 10) + 1)));
    assert_eq!(code, "RUF1012");
    assert!(message.ends_with("pattern of 65537 bytes exceeds the limit of 65536"), "{message}");
    let (code, message) = refusal(&matches("a{1000}{1000}"));
    assert_eq!(code, "RUF1012");
    assert!(message.ends_with("compiled pattern exceeds the limit of 1048576 bytes"), "{message}");
}
