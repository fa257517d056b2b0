//! Part A: source text and the front end.

use crate::Row;
use crate::bench::{Bench, Expect, limits};
use crate::child::cpu_time;
use ruff_core::{Engine, Limits};
use std::fmt::Write;
use std::time::Duration;

pub const ROWS: &[Row] = &[
    Row { name: "A01_nesting", scenario: nesting },
    Row { name: "A02_long_chains", scenario: long_chains },
    Row { name: "A03_many_statements", scenario: many_statements },
    Row { name: "A04_huge_tokens", scenario: huge_tokens },
    Row { name: "A06_odd_characters", scenario: odd_characters },
    Row { name: "A07_numbers", scenario: numbers },
    Row { name: "A09_operand_widths", scenario: operand_widths },
    Row { name: "A10_many_errors", scenario: many_errors },
    Row { name: "A11_misplaced", scenario: misplaced },
];

/// Repetitions of what nests.
const MANY: usize = 1_000_000;
/// A source of that many repetitions is compiled in less than this; the row says 50 ms of an optimised build on a free machine.
/// What takes the square of the time takes hours.
const TIME_MAX: Duration = Duration::from_secs(8);

fn nesting(bench: &mut Bench) {
    let parts = [
        "(",
        "[",
        "{\"a\":",
        "!",
        "-",
        "~",
        "not ",
        "if true {",
        "func(){",
        "x ?? (",
        "1 + (",
        "f(",
        "x[",
        "while true {",
        "match x { case 1 {",
        "2 ** ",
        "await ",
        "struct S { func m() {",
        "try {",
        "\"${",
        "let [",
        "for [",
        "throw ",
        "case [",
        "x |> f(",
        "spawn {",
        "[...",
        "{...",
        "let x: (",
        "func f(a = ",
        "func(",
        "x := if ",
        "x.m(",
        "match [",
        "let {a: [",
        "enum E { A(",
        "if a { } else ",
        "S { f: ",
        "return ",
        "yield ",
        "a => ",
    ];
    for part in parts {
        let source = part.repeat(MANY.min((16 << 20) / part.len() - 1));
        let start = cpu_time();
        bench.check(&source, Expect::Defined);
        let time = cpu_time() - start;
        assert!(time < TIME_MAX, "{part}: {time:?}");
    }
    for part in ["(", "[", "!", "if true {", "func(){"] {
        bench.check(&part.repeat(MANY), Expect::Refused("RUF2007"));
    }
}

fn long_chains(bench: &mut Bench) {
    let terms = 200_000;
    let chains = [
        ("x := 1", " + 1"),
        ("x := true", " && true"),
        ("x := 1", " == 1"),
        ("x := null", " ?? null"),
        ("x := \"x\"", " + \"x\""),
        ("d := {}\nx := d", "?.b"),
        ("func f() { return f }\nx := f", "()"),
        ("func f(v) { return v }\nx := 1", " |> f"),
        ("a := [1]\nx := a", "[0..]"),
        ("x := 2", " ** 1"),
        ("if false { }", " else if false { }"),
        ("match 1 { case 0", " | 0"),
        ("x := 1", " - 1 * 2"),
        ("let x: int = 1\nlet y: int", " | int"),
    ];
    for (start, part) in chains {
        bench.check(&format!("{start}{}", part.repeat(terms)), Expect::Defined);
    }
    bench.check(&format!("print(1{})", " + 1".repeat(200)), Expect::Prints("201"));
}

fn many_statements(bench: &mut Bench) {
    let count = 100_000;
    bench.check(&"x := 1\n".repeat(count), Expect::Ends);
    bench.check(&format!("func f() {{\n{}\n}}\nf()", "x := 1\n".repeat(count)), Expect::Ends);
    let mut functions = String::new();
    for at in 0..count / 4 {
        let _ = writeln!(functions, "func f{at}() {{ return {at} }}");
    }
    bench.check(&format!("{functions}\nprint(f7())"), Expect::Prints("7"));
    let mut arms = String::from("x := 7\nmatch x {\n");
    for at in 0..count / 4 {
        let _ = writeln!(arms, "case {at} {{ print({at}) }}");
    }
    bench.check(&format!("{arms}}}"), Expect::Prints("7"));
    let elses = " else if x == 1 { print(1) }".repeat(count / 4);
    bench.check(&format!("x := 2\nif x == 0 {{ }}{elses} else {{ print(\"last\") }}"), Expect::Defined);
    let items = "1, ".repeat(count);
    bench.check(&format!("xs := [{items}]\nprint(len(xs))"), Expect::Prints("100000"));
    let mut pairs = String::new();
    for at in 0..count / 2 {
        let _ = write!(pairs, "\"k{at}\": {at}, ");
    }
    bench.check(&format!("d := {{{pairs}}}\nprint(len(d))"), Expect::Prints("50000"));
    bench.check(&format!("func f(...xs) {{ return len(xs) }}\nprint(f({items}))"), Expect::Defined);
}

fn huge_tokens(bench: &mut Bench) {
    let size = 8 << 20;
    bench.check(&format!("x := \"{}\"\nprint(len(x))", "y".repeat(size)), Expect::Prints("8388608"));
    bench.check(&format!("{} := 1", "y".repeat(size)), Expect::Defined);
    bench.check(&format!("# {}", "y".repeat(size)), Expect::Ends);
    bench.check(&format!("/* {} */", "y".repeat(size)), Expect::Ends);
    bench.check(&format!("/* {}", "/* ".repeat(size / 3)), Expect::Refused("RUF0004"));
    bench.check(&format!("\"{}", "y".repeat(size)), Expect::Refused("RUF0003"));
    bench.check(&"y".repeat((16 << 20) + 1), Expect::Refused("RUF2006"));
}

fn odd_characters(bench: &mut Bench) {
    bench.check("\u{feff}print(1)", Expect::Prints("1"));
    bench.check("print(1)\0", Expect::Refused("RUF0002"));
    bench.check("a\u{2028}b := 1", Expect::Refused("RUF0001"));
    bench.check("ab\u{200d}c := 1", Expect::Refused("RUF0001"));
    bench.check("\u{202e}x := 1", Expect::Refused("RUF0001"));
    bench.check("x := 1\ry := 2\rprint(y)", Expect::Prints("2"));
    bench.check("print(\"\u{202e}\u{200d}\u{2028}\".len())", Expect::Prints("3"));
    bench.check("$", Expect::Refused("RUF0001"));
    for junk in
        ["é := 1", "\u{1F600}", "@@@@", "\\", "`", "''", "#", "//", "/*/", "\"", "\"\"\"", "r\"", "\"\\u{", "\"\\x"]
    {
        bench.check(junk, Expect::Defined);
    }
    // The column counts characters, not bytes.
    let error = bench.engine.compile("torture", "x := \"é日😀\" @").unwrap_err();
    assert_eq!(error.position().map(|p| (p.line, p.column)), Some((1, 12)));
    // Every start of a program that has everything is read without a panic, cut in characters too.
    let whole = "struct P { x: int = 1; func m(mut self) { self.x += 1 } }\nenum E { A(b), C }\nfunc* g(a, b = [1], ...c) \
                 { yield \"é${a + \"q${b}\"}日\" }\nmatch E::A(1) { case E::A(n) if n > 0 { try { throw n } except e { \
                 print(e?.message ?? r\"\\\") } finally { } } default { } }\n\"\"\"\n  a\n  \"\"\"\nfor [k, v] in x[1..] |> f \
                 { continue }";
    for (end, _) in whole.char_indices() {
        bench.check(&whole[..end], Expect::Defined);
        bench.check(&whole[end..], Expect::Defined);
    }
}

fn numbers(bench: &mut Bench) {
    for text in ["0x", "1e", "0b2", "0o8", "1__2", "1_", "0x_1", "1abc"] {
        bench.check(&format!("x := {text}"), Expect::Refused("RUF0007"));
    }
    bench.check("x := 1e99999", Expect::Refused("RUF0006"));
    bench.check(
        "print(9223372036854775808, -9223372036854775808)",
        Expect::Prints("9223372036854775808 -9223372036854775808"),
    );
    bench.check(&format!("print({} % 7)", "9".repeat(100_000)), Expect::Prints("3"));
    bench.check(&format!("print(0x{} % 2)", "f".repeat(100_000)), Expect::Prints("1"));
    bench.check(&format!("x := 0.{}1", "0".repeat(100_000)), Expect::Defined);
    bench.check(&format!("x := 1e-{}", "9".repeat(1000)), Expect::Defined);
    let small = Limits { int_bits: Some(1000), ..limits() };
    bench.check_under(&small, &format!("print({})", "9".repeat(100_000)), Expect::Defined);
}

/// Constants, locals, parameters and jumps on both sides of the widths of operands.
fn operand_widths(bench: &mut Bench) {
    for count in [254, 255, 256, 257, 65_534, 65_535, 65_536, 65_537, 70_000] {
        let mut constants = String::from("t := 0.0\n");
        for at in 0..count {
            let _ = writeln!(constants, "t := t + {at}.5");
        }
        let sum = (0..count).map(|at| at as f64 + 0.5).sum::<f64>();
        bench.check(&format!("{constants}print(t)"), Expect::Prints(&sum.to_string()));
        let mut jump = String::from("func f(c) {\n t := 0\n if c {\n");
        jump.push_str(&"t += 1\n".repeat(count));
        bench.check(
            &format!("{jump}}} else {{ t := 7 }}\nreturn t }}\nprint(f(true) + f(false))"),
            Expect::Prints(&(count + 7).to_string()),
        );
    }
    for count in [200, 249, 254, 255, 256, 257, 1_000, 70_000] {
        let mut locals = String::from("func f() {\n");
        for at in 0..count {
            let _ = writeln!(locals, "v{at} := {at}");
        }
        let _ = writeln!(locals, "return v0 + v{} }}\nprint(f())", count - 1);
        bench.check(&locals, Expect::Defined);
        let mut captures = String::from("func f() {\n");
        for at in 0..count {
            let _ = writeln!(captures, "v{at} := {at}");
        }
        captures.push_str("return func() { return 0");
        for at in 0..count {
            let _ = write!(captures, "\n + v{at}");
        }
        bench.check(&format!("{captures} }} }}\nprint(f()())"), Expect::Defined);
        let names: Vec<String> = (0..count).map(|at| format!("p{at}")).collect();
        bench.check(&format!("func f({}) {{ return p0 }}\nprint(f())", names.join(", ")), Expect::Defined);
        let fields: Vec<String> = (0..count).map(|at| format!("f{at} = {at}")).collect();
        bench.check(
            &format!("struct S {{ {} }}\ns := S {{ }}\nprint(s.f{})", fields.join(", "), count - 1),
            Expect::Defined,
        );
        let mut globals = String::new();
        for at in 0..count {
            let _ = writeln!(globals, "g{at} := {at}");
        }
        bench.check(
            &format!("{globals}func f() {{ return g{} }}\nprint(f())", count - 1),
            Expect::Prints(&(count - 1).to_string()),
        );
    }
}

fn many_errors(bench: &mut Bench) {
    for line in ["x := )\n", "@\n", "break\n", "\"\\q\"\n", "f() := 1\n"] {
        let error = bench.engine.compile("torture", &line.repeat(100_000)).unwrap_err();
        assert!(error.diagnostics().len() <= 100, "{line}");
        assert!(error.render(false).contains("more"), "{line}");
    }
}

fn misplaced(bench: &mut Bench) {
    let cases = [
        ("for i in 3 { func() { break } }", "RUF0204"),
        ("while true { f := func() { continue } }", "RUF0204"),
        ("func f(a, a) { }", "RUF0202"),
        ("yield 1", "RUF0205"),
        ("if := 1", "RUF0105"),
        ("f() := 1", "RUF0103"),
        ("if true { export x := 1 }", "RUF0112"),
        ("match 1 { default { } case 1 { } }", "RUF0111"),
        ("match 1 { case a { } case b { } }", "RUF0207"),
        ("func f(mut a, mut b) { }\nx := 1\nf(mut x, mut x)", "RUF0211"),
    ];
    for (source, code) in cases {
        bench.check(source, Expect::Refused(code));
    }
    bench.check("return\nprint(1)", Expect::Prints(""));
    bench.check("print(x)\nx := 1", Expect::Error("RUF1001"));
    bench.check("let x := 1\nlet x := 2", Expect::Error("RUF1006"));
    bench.check("let print := 3\nx := print + 1", Expect::Ends);
    let (_, diagnostics, _) = Engine::new().check("torture", "print(y)");
    assert!(diagnostics.iter().any(|d| d.code.to_string() == "RUF0201"));
}
