//! Part B: numbers, operators, folding.

use crate::Row;
use crate::bench::{Bench, Expect, limits, with_ticks};
use crate::child::cpu_time;
use ruff_core::{ErrorKind, Limits};
use ruff_testkit::edges::{EDGES, is_flat};
use std::fmt::Write;
use std::time::Duration;

pub const ROWS: &[Row] = &[
    Row { name: "B01_operators", scenario: operators },
    Row { name: "B02_division", scenario: division },
    Row { name: "B03_late_overflow", scenario: late_overflow },
    Row { name: "B05_shifts", scenario: shifts },
    Row { name: "B06_mixed_equality", scenario: mixed_equality },
    Row { name: "B07_nan", scenario: nan },
    Row { name: "B09_texts_of_numbers", scenario: texts_of_numbers },
    Row { name: "B12_folding", scenario: folding },
    Row { name: "B13_loop_bounds", scenario: loop_bounds },
    Row { name: "B14_long_literals", scenario: long_literals },
];

const BINARY: &[&str] = &[
    "+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", "<", "<=", ">", ">=", "==", "!=", "&&", "||", "??", "in",
];

/// Each operator on each pair: as literals, through variables, and through the parameters of a function that has seen all pairs
/// before. Results, and the messages of errors, are the same.
fn operators(bench: &mut Bench) {
    for operator in BINARY {
        let small = matches!(*operator, "**" | "<<");
        let right: Vec<&str> = (0..EDGES.len()).filter(|at| !small || is_flat(*at)).map(|at| EDGES[at]).collect();
        let mut literal = String::new();
        let mut pairs = String::new();
        for x in EDGES {
            for y in &right {
                // A negative literal before `**` is an operator applied to the power.
                let _ =
                    writeln!(literal, "try {{ a.push(str(({x}) {operator} ({y}))) }} except e {{ a.push(e.message) }}");
                let _ = write!(pairs, "[{x}, {y}], ");
            }
        }
        let script = format!(
            "a := []\n{literal}\nb := []\nfor [x, y] in [{pairs}] {{\n\
             try {{ b.push(str(x {operator} y)) }} except e {{ b.push(e.message) }} }}\n\
             func f(x, y) {{ return x {operator} y }}\n\
             func g(x, y) {{ return if x {operator} y {{ true }} else {{ false }} }}\n\
             c := []\nfor round in 2 {{ c := []\nfor [x, y] in [{pairs}] {{\n\
             try {{ c.push(str(f(x, y))) ; if g(x, y) != is_truthy(f(x, y)) {{ print(\"branch\", x, y) }} }} \
             except e {{ c.push(e.message) }} }} }}\n\
             func first(p, q) {{ for i in len(p) {{ if p[i] != q[i] {{ return [i, p[i], q[i]] }} }}; return \"same\" }}\n\
             print(first(a, b), first(a, c), len(a) == {})",
            EDGES.len() * right.len()
        );
        bench.check_once(&limits(), &script, Expect::Prints("same same true"));
    }
    for operator in ["-", "!", "~"] {
        let mut script = format!("func f(x) {{ return {operator}x }}\n");
        for x in EDGES {
            let _ = writeln!(
                script,
                "a := try_text(func() {{ return {operator}({x}) }})\nb := try_text(func() {{ return f({x}) }})\n\
                 if a != b {{ print(\"differs\", a, b) }}"
            );
        }
        let helper = "func try_text(g) { try { return str(g()) } except e { return e.message } }\n";
        bench.check(&format!("{helper}{script}print(\"same\")"), Expect::Prints("same"));
    }
}

/// Ints have any size, so the edges are values; only zero divisors fail.
fn division(bench: &mut Bench) {
    bench.check(
        "m := -9223372036854775808\nprint(m / -1, m % -1, -m, abs(m), m * -1, m / 1, m % 9223372036854775807)",
        Expect::Prints(
            "9223372036854775808 0 9223372036854775808 9223372036854775808 9223372036854775808 -9223372036854775808 -1",
        ),
    );
    bench.check("x := 0\nprint(-9223372036854775808 + 9223372036854775808 == x)", Expect::Prints("true"));
    for (code, message) in [
        ("1 / 0", "Division by zero"),
        ("1 % 0", "Modulo by zero"),
        ("1 / 0.0", "Division by zero"),
        ("1.5 % 0", "Modulo by zero"),
        ("0 ** -1", "Division by zero"),
        ("divmod(1, 0)", "Division by zero"),
    ] {
        bench.check(&format!("try {{ {code} }} except e {{ print(e.message) }}"), Expect::Prints(message));
    }
    bench.check("a := 7\nfor i in 3 { a /= (2 - i) }", Expect::Error("RUF1007"));
}

fn late_overflow(bench: &mut Bench) {
    bench.check(
        "x := 9223372036854775807 - 100000\nfor i in 100001 { x += 1 }\nprint(x, x - 1)",
        Expect::Prints("9223372036854775808 9223372036854775807"),
    );
    bench.check(
        "func step(x) { return x * 3 }\nx := 1\nfor i in 200 { x := step(x) }\nprint(x == 3 ** 200, x / 3 ** 199)",
        Expect::Prints("true 3"),
    );
    let fails = "x := 0\nfor i in 100000 { x := 100 / (99999 - i) }";
    let error = bench.engine.compile("late", fails).and_then(|p| bench.vm.run(&p)).unwrap_err();
    assert_eq!(error.position().map(|p| (p.line, p.column)), Some((2, 24)), "{error}");
}

fn shifts(bench: &mut Bench) {
    bench.check(
        "print(1 << 63, 1 << 64, -1 << 63, -1 >> 64, -9223372036854775808 >> 63, 1 >> 65, 5 << 0)",
        Expect::Prints("9223372036854775808 18446744073709551616 -9223372036854775808 -1 -1 0 5"),
    );
    bench.check("1 << -1", Expect::Error("RUF1012"));
    bench.check("1 >> -9223372036854775808", Expect::Error("RUF1012"));
    bench.check("1.5 << 1", Expect::Error("RUF1002"));
    for huge in [
        "1 << 9223372036854775807",
        "1 << 10 ** 30",
        "2 ** 9223372036854775807",
        "(1 << 62) ** (1 << 40)",
        "bit_shl(1, 10 ** 18)",
    ] {
        bench.check(huge, Expect::Defined);
    }
    bench.check(
        "print(1 >> 10 ** 30, -1 >> 10 ** 30, 0 << 10 ** 30, 1 ** 10 ** 30, (-1) ** (10 ** 30 + 1), 0 ** 10 ** 30)",
        Expect::Prints("0 -1 0 1 -1 0"),
    );
}

fn mixed_equality(bench: &mut Bench) {
    bench.check(
        "print(9007199254740993 == 9007199254740992.0, 9007199254740993 > 9007199254740992.0, 2 ** 70 == 2.0 ** 70, \
         10 ** 400 > 1e308, 1 in Set([1.0]), unique([1, 1.0, 0.0, -0.0, 2 ** 60, 2.0 ** 60]))",
        Expect::Prints("false true true true true [1, 0, 1152921504606846976]"),
    );
    bench.check(
        "print(sort([2, 1.5, 10 ** 20, -0.0, 1e19, 3]))",
        Expect::Prints("[-0, 1.5, 2, 3, 10000000000000000000, 100000000000000000000]"),
    );
}

fn nan(bench: &mut Bench) {
    let nan = "nan := to_float(\"nan\")\n";
    bench.check(
        &format!("{nan}print(nan == nan, nan < 1, nan in [nan], type(nan), -nan, [nan] == [nan])"),
        Expect::Prints("false false false float NaN false"),
    );
    bench.check(&format!("{nan}s := Set([nan, nan])\nn := len(s)\ns.clear()\nprint(n, len(s))"), Expect::Defined);
    bench.check(&format!("{nan}print(min(1, nan), max([nan, 1]))"), Expect::Prints("NaN NaN"));
    bench.check(&format!("{nan}match nan {{ case 0..10 {{ print(1) }} case x {{ print(2) }} }}"), Expect::Prints("2"));
    bench.check(&format!("{nan}to_int(nan)"), Expect::Error("RUF1013"));
    bench.check(&format!("{nan}[1][nan]"), Expect::Defined);
    bench.check(&format!("{nan}for i in nan {{ }}"), Expect::Error("RUF1002"));
    bench.check("for i in 1e308 * 10 { }", Expect::Error("RUF1002"));
}

fn texts_of_numbers(bench: &mut Bench) {
    bench.check_once(
        &with_ticks(100_000_000),
        "x := 0.1\nbad := 0\nfor i in 100000 { x := x * 1.37 + i\nif x > 1e300 { x := x / 1e305 }\n\
         if to_float(str(x)) != x { bad += 1 } }\nprint(bad)",
        Expect::Prints("0"),
    );
    for text in ["", "+", "-", "1 2", "१", "0x10", "1_000", "--1", "9 ", "1e5"] {
        bench.check(&format!("to_int(\"{text}\")"), Expect::Defined);
        bench.check(&format!("to_float(\"{text}\")"), Expect::Defined);
    }
    bench.check("parse_int(\"१\")", Expect::Error("RUF1013"));
    bench.check(
        "try { parse_int(repeat(\"x\", 100000)) } except e { print(len(e.message) < 300) }",
        Expect::Prints("true"),
    );
    bench.check(
        "print(parse_int(repeat(\"9\", 20000)) % 7 == parse_int(repeat(\"9\", 20000)) % 7)",
        Expect::Prints("true"),
    );
}

fn folding(bench: &mut Bench) {
    bench
        .check("if false { x := 1 / 0 }\nfunc never() { return 1 << -1 + (\"a\" - 1) }\nprint(1)", Expect::Prints("1"));
    bench.check("print(true || 1 / 0, false && 1 % 0, 1 ?? 1 / 0)", Expect::Prints("true false 1"));
    bench.check("x := 2 ** 2 ** 2 ** 2 ** 2", Expect::Defined);
    bench.check_once(&with_ticks(1_000_000), "if false { x := 9 ** 9 ** 9 }\nprint(2)", Expect::Prints("2"));
    bench.check_once(&with_ticks(1_000_000), "if false { x := 1 << 99999999999 }\nprint(2)", Expect::Prints("2"));
}

fn loop_bounds(bench: &mut Bench) {
    let few = with_ticks(100_000);
    bench.check("n := 0\nfor i in 9223372036854775804..9223372036854775807 { n += 1 }\nprint(n)", Expect::Prints("3"));
    bench.check("n := 0\nfor i in 9223372036854775804..=9223372036854775807 { n += 1 }\nprint(n)", Expect::Prints("4"));
    bench.check("n := 0\nfor i in 9223372036854775806..9223372036854775810 { n := i }\nprint(n)", Expect::Defined);
    bench.check(
        "n := 0\nfor i in (-9223372036854775808..-9223372036854775805) { n += 1 }\nprint(n)",
        Expect::Prints("3"),
    );
    bench.check(
        "n := 0\nfor i in (9223372036854775800..9223372036854775807).step(5) { n += 1 }\nprint(n)",
        Expect::Prints("2"),
    );
    bench.check(
        "n := 0\nfor i in (-9223372036854775800..(-9223372036854775808)).step(-5) { n += 1 }\nprint(n)",
        Expect::Prints("2"),
    );
    bench.check("(1..2).step(0)", Expect::Error("RUF1012"));
    bench.check("range(1, 2, 0)", Expect::Error("RUF1012"));
    bench.check_under(&few, "for i in 0..9223372036854775807 { }", Expect::Limit("RUF2001"));
    bench.check_under(&few, "for i in 9223372036854775807 { }", Expect::Limit("RUF2001"));
    bench.check_under(&few, "for i in 10 ** 30 { }", Expect::Limit("RUF2001"));
    bench.check_under(&few, "for i in 1e300 { }", Expect::Limit("RUF2001"));
    bench.check("for i in -10 ** 30 { print(i) }\nprint(0)", Expect::Prints("0"));
    bench.check("print(len(0..9223372036854775807), len(0..10 ** 20), (0..10 ** 20)[-1])", Expect::Defined);
    bench.check("x := range(10 ** 12)", Expect::Limit("RUF2002"));
    bench.check("x := (0..10 ** 12).collect()", Expect::Limit("RUF2002"));
    bench.check_once(&limits(), "x := [...0..10 ** 12]", Expect::Limit("RUF2002"));
    bench.check_once(&limits(), "func f(...xs) { }\nf(...0..10 ** 12)", Expect::Defined);
    bench.check_once(&limits(), "x := range(-10 ** 30, 10 ** 30)", Expect::Defined);
    bench.check_once(&limits(), "x := range(0, 1e300)", Expect::Defined);
}

/// The limit of ints is that of literals too, wherever they stand, and a long one is work.
fn long_literals(bench: &mut Bench) {
    let limits = Limits { int_bits: Some(65_536), ..limits() };
    let literals = ["9".repeat(19_729), "9".repeat(1_000_000), format!("0x1{}", "0".repeat(16_384))];
    let [decimal, huge, hex] = literals;
    let nines = "9".repeat(19_728);
    for (script, column) in [
        (format!("x := {decimal}"), 6),
        (format!("x := -{decimal}"), 6),
        (format!("x := {hex}"), 6),
        (format!("x := {huge}"), 6),
        (format!("x := 0o7{}", "0".repeat(900_000)), 6),
        (format!("func f() {{ return {decimal} }}"), 19),
        (format!("match 1 {{ case {decimal} {{ }} default {{ }} }}"), 16),
    ] {
        let program = bench.engine.compile("literal", &script).unwrap();
        bench.vm.set_limits(&limits);
        let start = cpu_time();
        let error = bench.vm.run(&program).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Limit, "Integer too large: more than 65536 bits"));
        assert_eq!(error.position().map(|at| (at.line, at.column)), Some((1, column)), "{error}");
        assert!(cpu_time() - start < Duration::from_millis(100), "{column}");
    }
    bench.check_under(&limits, &format!("struct S {{ a = {decimal} }}\nx := S {{ }}"), Expect::Limit("RUF2008"));
    let fits = format!(
        "x := {nines}\nprint(x == 10 ** 19728 - 1, 0x{} == (1 << 65535) - 1 + (1 << 65535))",
        "f".repeat(16_384)
    );
    bench.check_under(&limits, &fits, Expect::Prints("true true"));
    let bases = format!("print(0x{} == 16 ** 40 - 1, -0b{} == 1 - 2 ** 130)", "f".repeat(40), "1".repeat(130));
    bench.check(&bases, Expect::Prints("true true"));
    // Without the limit of ints, that of ticks stops the reading.
    let many = format!("xs := [{}]", (1..8).map(|d| format!("{d}{huge}")).collect::<Vec<_>>().join(", "));
    bench.check_once(&with_ticks(100_000), &many, Expect::Limit("RUF2001"));
    bench.agrees(&format!("x := {nines}\nprint(x % 7)"));
}
