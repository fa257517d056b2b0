//! Part E: calls, closures, errors, generators.

use crate::Row;
use crate::bench::{Bench, Expect, limits, with_ticks};
use crate::child::resident_bytes;
use ruff_core::ErrorKind;
use std::fmt::Write;
use std::thread;
use std::time::Duration;

pub const ROWS: &[Row] = &[
    Row { name: "E01_infinite_recursion", scenario: infinite_recursion },
    Row { name: "E02_recursion_caught_often", scenario: recursion_caught_often },
    Row { name: "E03_exact_depth", scenario: exact_depth },
    Row { name: "E05_traps_pass_handlers", scenario: traps_pass_handlers },
    Row { name: "E06_interrupt_in_try", scenario: interrupt_in_try },
    Row { name: "E07_endless_cleanup", scenario: endless_cleanup },
    Row { name: "E08_closures", scenario: closures },
    Row { name: "E10_tasks", scenario: tasks },
    Row { name: "E11_wrong_calls", scenario: wrong_calls },
    Row { name: "E12_tail_calls", scenario: tail_calls },
    Row { name: "E14_large_match", scenario: large_match },
    Row { name: "E15_generators", scenario: generators },
];

/// Ways to call without end.
const RECURSIONS: &[&str] = &[
    "func f(n) { return f(n + 1) + 1 }\nf(0)",
    "func f(n) { return g(n) }\nfunc g(n) { return f(n) }\nf(0)",
    "f := func(n) { return f(n) + 1 }\nf(0)",
    "struct S { n; func m(self) { return self.m() } }\nS { n: 1 }.m()",
    "struct S { n; func m(mut self) { return self.m() } }\ns := S { n: 1 }\ns.m()",
    "func f(a = f()) { return a }\nf()",
    "struct S { n; func to_string(self) { return \"${self}\" } }\nx := \"${S { n: 1 }}\"",
    "struct S { n; func op_eq(self, o) { return self == o } }\nx := S { n: 1 } == S { n: 1 }",
    "struct S { n; func op_eq(self, o) { return [self] == [o] } }\nx := [S { n: 1 }] == [S { n: 1 }]",
    "struct S { n; func op_add(self, o) { return self + o } }\nx := S { n: 1 } + 1",
    "struct S { n; func op_index(self, i) { return self[i] } }\nx := S { n: 1 }[0]",
    "struct S { n; func op_call(self, i) { return self(i) } }\nS { n: 1 }(0)",
    "struct S { n; func op_iter(self) { return [...self] } }\nx := [...S { n: 1 }]",
    "struct S { n; func op_lt(self, o) { return sort([self, o])[0] } }\nsort([S { n: 1 }, S { n: 2 }])",
    "func f(x) { return sort([2, 1], func(a, b) { return f(a) }) }\nf(0)",
    "func f(x) { return map([1], f) }\nf(0)",
    "func f(x) { return reduce([1, 2], 0, func(a, b) { return f(b) }) }\nf(0)",
    "func* g(n) { for x in g(n + 1) { yield x } }\ng(0).next()",
    "func* g(n) { yield [...g(n + 1)] }\ng(0).next()",
    "func f(mut x) { f(mut x) }\ny := 1\nf(mut y)",
    "struct S { n = S { } }\nx := S { }",
    "func f(n) { try { f(n) } finally { n += 1 } }\nf(0)",
    "struct S { n; func op_eq(self, o) { return o in Set([self]) } }\nx := S { n: 1 } in Set([S { n: 1 }])",
    "struct S { n; func to_string(self) { return [self].join(\",\") } }\nprint(S { n: 1 })",
    "struct S { n; func op_neg(self) { return -self } }\nx := -S { n: 1 }",
    "func f(xs) { return f([xs]) }\nf([])",
    "func f(x) { return x |> f }\nf(0)",
    "func f(x) { return any([1], func(v) { return f(v) }) }\nf(0)",
    "func f(x) { throw f(x) }\nf(0)",
    "struct S { n; func to_string(self) { throw self } }\nthrow S { n: 1 }",
    "struct S { message; func to_string(self) { return \"${self}\" } }\nthrow [S { message: 1 }]",
];

fn infinite_recursion(bench: &mut Bench) {
    for script in RECURSIONS {
        if script.starts_with("struct S { n; func to_string(self) { throw") {
            bench.check(script, Expect::Error("RUF1000"));
            continue;
        }
        // Generators are limited by their number as well, and one that asks itself is refused.
        bench.check(script, Expect::Error("RUF1016"));
    }
    let program = bench.engine.compile("torture", RECURSIONS[0]).unwrap();
    let error = bench.vm.run(&program).unwrap_err();
    assert!(error.message().len() < 200 && error.render(false).len() < 10_000);
    assert!(error.trace().len() <= 10_001);
}

fn recursion_caught_often(bench: &mut Bench) {
    let script =
        "func f(n) { return f(n + 1) + 1 }\nc := 0\nfor i in 100 { try { f(0) } except e { c += 1 } }\nprint(c)";
    bench.check(script, Expect::Prints("100"));
    let before = resident_bytes();
    bench.check(script, Expect::Prints("100"));
    assert!(resident_bytes() < before + (16 << 20), "{} then {}", before, resident_bytes());
}

fn exact_depth(bench: &mut Bench) {
    let call = |n: usize| format!("func f(n) {{ return if n == 1 {{ 1 }} else {{ f(n - 1) + 1 }} }}\nprint(f({n}))");
    bench.check(&call(9_999), Expect::Prints("9999"));
    bench.check(&call(10_000), Expect::Prints("10000"));
    bench.check(&call(10_001), Expect::Error("RUF1016"));
    let small = ruff_core::Limits { call_depth: 50, ..limits() };
    bench.check_under(&small, &call(50), Expect::Prints("50"));
    bench.check_under(&small, &call(51), Expect::Error("RUF1016"));
    let through_builtins = "func f(n) { return if n == 0 { 0 } else { map([n - 1], f)[0] + 1 } }\nprint(f(1000))";
    bench.check(through_builtins, Expect::Prints("1000"));
}

fn traps_pass_handlers(bench: &mut Bench) {
    let wrap = |body: &str| {
        format!("try {{ {body} }} except e {{ print(\"caught\") }} finally {{ print(\"finally\") }}\nprint(\"after\")")
    };
    let cases = [
        ("while true { }", "RUF2001"),
        ("x := \"x\"\nwhile true { x := x + x }", "RUF2002"),
        ("x := [1]\nwhile true { x := concat(x, x) }", "RUF2002"),
        ("x := repeat(\"ab\", 10 ** 10)", "RUF2002"),
        ("x := 2 ** (10 ** 7)", "RUF2008"),
        ("while true { print(\"some text\") }", "RUF2003"),
        ("gs := []\nfunc* g() { yield 1 }\nwhile true { gs.push(g()) }", "RUF2009"),
    ];
    let small = ruff_core::Limits {
        ticks: Some(3_000_000),
        memory_bytes: Some(8 << 20),
        output_bytes: Some(10_000),
        int_bits: Some(65_536),
        generators: 100,
        ..limits()
    };
    for (body, code) in cases {
        bench.check_once(&small, &wrap(body), Expect::Limit(code));
        for name in ["x", "gs"] {
            bench.vm.set_global(name, ()).unwrap();
        }
        let program = bench.engine.compile("torture", &wrap(body)).unwrap();
        bench.vm.set_limits(&small);
        bench.printed();
        bench.vm.run(&program).unwrap_err();
        let printed = bench.printed();
        assert!(!["caught", "finally", "after"].iter().any(|t| printed.contains(t)), "{body}: {printed}");
        for name in ["x", "gs"] {
            bench.vm.set_global(name, ()).unwrap();
        }
    }
}

fn interrupt_in_try(bench: &mut Bench) {
    let scripts = [
        "while true { try { while true { throw 1 } } except { } }",
        "while true { try { while true { } } finally { continue } }",
        "func f() { try { f() } except { f() } }\nwhile true { f() }",
        "while true { x := sort(range(100000), func(a, b) { return b - a }) }",
        "while true { [1, 2, 3].map(func(x) { return x }) }",
        "func* g() { loop { yield 1 } }\nfor x in g() { }",
    ];
    for script in scripts {
        let program = bench.engine.compile("torture", script).unwrap();
        bench.vm.set_limits(&limits());
        let interrupt = bench.vm.interrupt();
        let firing = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            interrupt.interrupt();
        });
        assert_eq!(bench.vm.run(&program).unwrap_err().kind(), ErrorKind::Interrupted, "{script}");
        firing.join().unwrap();
    }
}

fn endless_cleanup(bench: &mut Bench) {
    let limits = with_ticks(100_000);
    let scripts = [
        "try { while true { } } finally { while true { } }",
        "func f() { try { f() } finally { while true { } } }\nf()",
        "func* g() { try { yield 1 } finally { while true { } } }\nfor x in g() { break }\nwhile true { }",
        "while true { try { throw 1 } except { continue } finally { continue } }",
    ];
    for script in scripts {
        bench.check_under(&limits, script, Expect::Limit("RUF2001"));
    }
}

fn closures(bench: &mut Bench) {
    bench.check(
        "fs := []\nfor i in 100000 { fs.push(func() { return i }) }\nprint(fs[99999]())\nfs := null",
        Expect::Prints("99999"),
    );
    bench.check("for i in 300000 { f := func() { i += 1; return f } }\nprint(1)", Expect::Prints("1"));
    let chain =
        "f := func() { return 0 }\nfor i in 10000 { g := f\nf := func() { return g } }\nprint(type(f()))\nf := null";
    bench.check(chain, Expect::Prints("function"));
    bench.check(
        "f := func() { return 1 }\nfor i in 5000 { g := f\nf := func() { return g() + 1 } }\nprint(f())",
        Expect::Prints("5001"),
    );
    let cycles = "func make() { a := []\nf := func() { return a }\na := [f, f]\nreturn 1 }\nfor i in 100000 { make() }\nprint(1)";
    let small = ruff_core::Limits { memory_bytes: Some(8 << 20), ..limits() };
    bench.check_once(&small, cycles, Expect::Prints("1"));
    let mut captures = String::from("func f() {\n");
    for at in 0..100 {
        let _ = writeln!(captures, "v{at} := {at}");
    }
    captures.push_str("g := func() { v0 += 1; return 0");
    for at in 0..100 {
        let _ = write!(captures, " + v{at}");
    }
    bench.check(&format!("{captures} }}\nv5 := 100\nreturn g() + g() }}\nprint(f())"), Expect::Prints("10093"));
}
/// The language has tasks, the engine not yet: it says so before anything runs.
fn tasks(bench: &mut Bench) {
    let scripts = [
        "async func f() { return 1 }\nprint(await f())",
        "xs := sort([2, 1], func(a, b) { return (await a) - b })",
        "f := async func() { }\nfor i in 100000 { f() }",
        "print(1)\nx := spawn { 1 }",
        "p := spawn { await p }",
        "struct S { async func m(self) { } }",
    ];
    for script in scripts {
        bench.check(script, Expect::Refused("RUF0215"));
    }
    for script in ["channel(1)", "promise_all([])", "parallel_map([1], len)"] {
        bench.check(script, Expect::Error("RUF1001"));
    }
}

fn wrong_calls(bench: &mut Bench) {
    let cases = [
        ("func f(a, b) { }\nf(1)", "RUF1003"),
        ("func f(a, b) { }\nf(1, 2, 3)", "RUF1003"),
        ("func f(a) { }\nf(...[1, 2])", "RUF1003"),
        ("func f(a) { }\nf(b: 1)", "RUF1003"),
        ("func f(a) { }\nf(1, a: 1)", "RUF1003"),
        ("func f(a) { }\nf(...3)", "RUF1002"),
        ("struct S { func m(self, a) { } }\nS { }.m()", "RUF1003"),
        ("len()", "RUF1003"),
        ("len(...range(1000))", "RUF1003"),
        ("\"x\".trim(1)", "RUF1003"),
        ("x := 5\nx()", "RUF1004"),
        ("null()", "RUF1004"),
        ("null.f()", "RUF1011"),
        ("map([1], 5)", "RUF1012"),
        ("x := [3, 1]\nx.sort(5)", "RUF1012"),
        ("func f(mut a) { }\nf(1)", "RUF1003"),
        ("func f(a) { }\nx := 1\nf(mut x)", "RUF1003"),
        ("enum E { A(x) }\nE::A()", "RUF1003"),
        ("map([1], func() { })", "RUF1003"),
        ("map([1], func(a, b) { })", "RUF1003"),
        ("sort([1, 2], func(a, b, c) { })", "RUF1003"),
    ];
    for (script, code) in cases {
        bench.check(script, Expect::Error(code));
    }
    bench.check("func f(...xs) { return len(xs) }\nprint(f(...range(100000)))", Expect::Defined);
}

fn tail_calls(bench: &mut Bench) {
    bench.check("func f(n) { return f(n - 1) }\nf(10000000)", Expect::Error("RUF1016"));
}

fn large_match(bench: &mut Bench) {
    let mut script = String::from("calls := []\nfunc guard(n) { calls.push(n); return n == 3 }\nmatch 5 {\n");
    for at in 0..10 {
        let _ = writeln!(script, "case n if guard({at}) {{ print(calls) }}");
    }
    bench.check(&format!("{script}}}"), Expect::Prints("[0, 1, 2, 3]"));
    bench.check("x := match 5 { case 1 { 2 } }\nprint(x)", Expect::Prints("null"));
}

fn generators(bench: &mut Bench) {
    bench.check("g := null\nfunc* f() { yield g.next() }\ng := f()\ng.next()", Expect::Error("RUF1018"));
    bench.check(
        "func* f() { yield 1; throw 2 }\ng := f()\ng.next()\ntry { g.next() } except { }\nprint(g.next())",
        Expect::Prints("None"),
    );
    bench.check(
        "func* f() { loop { yield 1 } }\nprint(f().map(func(x) { return x + 1 }).take(3).collect())",
        Expect::Prints("[2, 2, 2]"),
    );
    let chain = "func* f() { loop { yield 1 } }\ng := f()\nfor i in N { g := g.map(func(x) { return x + 1 }) }\nprint(g.next())\ng := null";
    bench.check(&chain.replace('N', "1000"), Expect::Prints("Some(1001)"));
    bench.check(&chain.replace('N', "20000"), Expect::Defined);
    let small = ruff_core::Limits { memory_bytes: Some(8 << 20), ..limits() };
    bench.check_once(
        &small,
        "func* f(x) { yield f(x) }\nfor i in 100000 { g := f(i)\ng.next() }\nprint(1)",
        Expect::Prints("1"),
    );
    bench.check_once(
        &small,
        "func* f() { h := null\nh := func() { return h }\nyield h }\nfor i in 100000 { f().next() }\nprint(1)",
        Expect::Prints("1"),
    );
}
