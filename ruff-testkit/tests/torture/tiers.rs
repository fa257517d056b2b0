//! Part G: the native tier. Scripts do the same as in the interpreter, and compiling is bounded.

use crate::Row;
use crate::bench::{Bench, Expect, limits};
use crate::child::{cpu_time, resident_bytes};
use ruff_core::{Ctx, Data, Error, Function, Limits, Vm};
use ruff_testkit::Mode;
use std::fmt::Write;
use std::time::Duration;

pub const ROWS: &[Row] = &[
    Row { name: "F12_many_hot_functions", scenario: many_hot_functions },
    Row { name: "F13_huge_functions", scenario: huge_functions },
    Row { name: "F14_deadline_while_compiling", scenario: deadline_while_compiling },
    Row { name: "G04_exits_in_inlined_calls", scenario: exits_in_inlined_calls },
    Row { name: "G05_loops_entered_midway", scenario: loops_entered_midway },
    Row { name: "G07_megamorphic", scenario: megamorphic },
    Row { name: "G08_alternating_types", scenario: alternating_types },
    Row { name: "G09_bounds", scenario: bounds },
    Row { name: "G11_equal_expressions", scenario: equal_expressions },
    Row { name: "G12_objects_that_escape", scenario: objects_that_escape },
    Row { name: "G13_stores_before_exits", scenario: stores_before_exits },
    Row { name: "G15_collect_at_every_tick", scenario: collect_at_every_tick },
    Row { name: "G16_code_that_is_replaced", scenario: code_that_is_replaced },
    Row { name: "G20_many_operands", scenario: many_operands },
    Row { name: "G21_mixed_recursion", scenario: mixed_recursion },
    Row { name: "G22_code_that_never_stays", scenario: code_that_never_stays },
    Row { name: "G23_dropped_programs", scenario: dropped_programs },
    Row { name: "G24_constants_of_code", scenario: constants_of_code },
];

/// Functions and loops that were compiled, each build counted.
fn compiled(bench: &Bench) -> u64 {
    bench.statistics.functions() + bench.statistics.loops()
}

fn many_hot_functions(bench: &mut Bench) {
    let count = if cfg!(debug_assertions) { 300 } else { 2_000 };
    let mut script = String::new();
    for at in 0..count {
        let _ = writeln!(script, "func f{at}(n) {{ t := {at}; for i in 30 {{ t += i * n % 7 }}; return t }}");
        let _ = writeln!(script, "for i in 50 {{ total := f{at}(i) }}");
    }
    let before = resident_bytes();
    bench.check_once(&limits(), &format!("total := 0\n{script}print(total)"), Expect::Ends);
    assert!(resident_bytes() < before + (200 << 20));
    for _ in 0..10 {
        bench.check_once(&limits(), "func g(n) { return n + 1 }\nfor i in 2000 { g(i) }", Expect::Ends);
    }
}

/// Functions of a size that compilers do not like.
fn huge() -> Vec<(&'static str, String)> {
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<Vec<_>>().join("\n");
    let nest = |depth: usize, open: &str, close: &str| format!("{} t += 1 {}", open.repeat(depth), close.repeat(depth));
    vec![
        ("blocks", many(20_000, &|at| format!("if n % {} == 0 {{ t += {at} }}", at + 2))),
        (
            "variables",
            format!("{}\n{}", many(200, &|at| format!("v{at} := n + {at}")), many(200, &|at| format!("t += v{at}"))),
        ),
        (
            "variables that stay",
            format!(
                "{}\n{}",
                many(2_500, &|at| format!("v{at} := n + {at}")),
                many(2_500, &|at| format!("t += v{at}"))
            ),
        ),
        ("too many variables", many(70_000, &|at| format!("v{at} := n"))),
        ("loops", nest(60, "for i in 1 { ", "} ")),
        ("conditions", nest(120, "if n >= 0 { ", "} ")),
        ("calls", many(5_000, &|at| format!("t += leaf(n + {at})"))),
        ("almost too large", many(400, &|at| format!("t := (t * 3 + n) % {}", at + 100))),
        ("attempts", many(300, &|at| format!("try {{ t += leaf(n) / (n - {at}) }} except e {{ t -= 1 }}"))),
        ("elements", many(500, &|at| format!("xs[{at} % 4] := xs[(n + {at}) % 4] + {at} % 3"))),
    ]
}

fn huge_script(body: &str, calls: u64) -> String {
    format!(
        "func leaf(n) {{ return n + 1 }}\nfunc large(n) {{ t := 0; xs := [1, 2, 3, 4]\n{body}\nreturn t + xs[0] }}\n\
         total := 0\nfor i in {calls} {{ total := (total + large(i % 9)) % 1000003 }}\nprint(total)"
    )
}

/// Compiling takes a bounded time: what is too large is left to the interpreter.
fn huge_functions(bench: &mut Bench) {
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 3 });
    for (what, body) in huge() {
        let start = cpu_time();
        bench.check_once(&limits(), &huge_script(&body, 12), Expect::Defined);
        let time = cpu_time() - start;
        assert!(time < limit, "{what}: {time:?}");
    }
    for (_, body) in huge().iter().filter(|(what, _)| matches!(*what, "variables" | "loops" | "attempts" | "elements"))
    {
        bench.agrees(&huge_script(body, 30));
    }
}

fn deadline_while_compiling(bench: &mut Bench) {
    let short = Limits { run_time: Some(Duration::from_millis(10)), ..limits() };
    for (what, body) in huge() {
        let Ok(program) = bench.engine.compile("large", &huge_script(&body, 1_000_000_000)) else { continue };
        bench.vm.set_limits(&short);
        let start = cpu_time();
        let error = bench.vm.run(&program).unwrap_err();
        let time = cpu_time() - start;
        assert_eq!(error.code().to_string(), "RUF2004", "{what}: {error}");
        assert!(time < Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 }), "{what}: {time:?}");
    }
}

/// A guard fails in a call that is inlined in others, at each depth; then an error is raised there.
fn exits_in_inlined_calls(bench: &mut Bench) {
    for levels in 1..=5 {
        for (late, fails) in [("2.5", false), ("2 ** 70", false), ("\"x\"", true), ("null", true), ("[1]", true)] {
            for at in [1, 57, 120] {
                let mut script =
                    String::from("log := []\nfunc f0(a, b) { kept := [a]; c := a * 2 + b; return c + kept[0] }\n");
                for level in 1..=levels {
                    let _ = writeln!(
                        script,
                        "func f{level}(a, b) {{ x := a + {level}; y := [b, x]; r := f{}(x, b); return r + y[1] }}",
                        level - 1
                    );
                }
                let call = format!("f{levels}(i, if i == {at} {{ {late} }} else {{ i }})");
                let _ = writeln!(
                    script,
                    "for i in 130 {{ try {{ t := {call}; if i % 40 == 0 {{ print(t) }} }} except e {{ print(e.message, e.line, e.column, e.stack) }} }}"
                );
                bench.agrees(&script);
                if fails {
                    bench.agrees(&format!(
                        "{script}\nfunc outer(n) {{ t := 0; for i in n {{ t := {call} }}; return t }}\nouter(130)"
                    ));
                }
            }
        }
    }
}

fn loops_entered_midway(bench: &mut Bench) {
    let mut locals = String::new();
    for at in 0..100 {
        let _ = writeln!(locals, "v{at} := {at} * {}", if at % 3 == 0 { "0.5" } else { "2" });
    }
    let sum = (0..100).map(|at| format!("v{at}")).collect::<Vec<_>>().join(" + ");
    let scripts = [
        "func f() { t := 0; for i in 9 { for j in 200 { t += i * j; if j == 150 && i == 7 { t := t + 0.5 } } }; return t }".into(),
        format!("func f() {{\n{locals}\nfor i in 300 {{ v7 += i; v9 := v9 + v7 % 5; if i == 200 {{ v11 := \"text\" }} }}\nv11 := 1\nreturn {sum} }}"),
        "func f() { t := 0; for i in 200 { try { t += i; if i % 50 == 49 { throw \"x${i}\" } } except e { t += len(e.message) } finally { t += 1 } }; return t }".into(),
        "func* g() { t := 0; for i in 300 { t += i; if i % 60 == 0 { yield [t, i] } }; yield t }\nfunc f() { return g().collect() }".into(),
        "func f() { last := null; also := 0.5; for i in 300 { last := i; if i == 250 { also := [i] } }; return [last, also] }".into(),
        "func f() { n := 0; add := func(k) { n += k; return n }; for i in 300 { add(i); n += 1; if i == 200 { n := n * 1.5 } }; return n }".into(),
        "func f() { fs := []; for i in 120 { k := i; if i % 30 == 0 { fs.push(func() { k += 1; return [k, i] }) }; k += 1 }; return fs.map(func(h) { return [h(), h()] }) }".into(),
        "func f() { t := 0; i := 0; while true { i += 1; if i % 7 == 3 { continue }; if i > 400 { break }; t += i }; return [t, i] }".into(),
        "func f() { xs := [1, 2, 3]; for i in 300 { xs[i % 3] += i; if i == 250 { xs[1] := \"s\"; xs[1] := 5 } }; return xs }".into(),
        "func f() { t := 0; for x in range(300).map(func(x) { return if x == 222 { 0.5 } else { x } }) { t += x }; return t }".into(),
    ];
    for script in scripts {
        bench.agrees(&format!("{script}\nfor round in 5 {{ print(f()) }}"));
    }
}

/// A call site that sees up to 64 types, in several orders, and then one again.
fn megamorphic(bench: &mut Bench) {
    for count in [1, 2, 3, 4, 5, 8, 16, 64] {
        let mut script = String::new();
        for at in 0..count {
            let _ = writeln!(
                script,
                "struct S{at} {{ a = 0; v{at} = {at}; n: int = {at}; func m(self, k) {{ return self.n + k * {at} }} }}"
            );
        }
        let all = (0..count).map(|at| format!("S{at} {{ n: {at} }}")).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            script,
            "shapes := [{all}]\nfunc visit(s, k) {{ s.n := s.n + 1; return s.m(k) + s.n }}\n\
             func all(k) {{ t := 0; for i in 200 {{ t += visit(shapes[(i * 7 + k * k) % {count}], i) }}; return t }}\n\
             func one() {{ t := 0; for i in 300 {{ t += visit(shapes[0], i) }}; return t }}\n\
             for k in 12 {{ print(all(k), one()) }}"
        );
        bench.agrees(&script);
        let before = compiled(bench);
        bench.check_once(&limits(), &script, Expect::Ends);
        let builds = compiled(bench) - before;
        assert!(builds <= 150, "{count} types: {builds} builds");
    }
}

/// Types that alternate in each iteration cost little more than in the interpreter.
fn alternating_types(bench: &mut Bench) {
    let rounds = if cfg!(debug_assertions) { 60_000 } else { 600_000 };
    let script = format!(
        "func add(a, b) {{ return a + b }}\nfunc pick(i) {{ return if i % 2 == 0 {{ i }} else {{ 0.5 }} }}\n\
         func work(n) {{ t := 0; x := 0; for i in n {{ x := if i % 2 == 0 {{ 0.5 }} else {{ 3 }}; t := add(x, pick(i)) + x }}; return t }}\nwork({rounds})"
    );
    let time = |mode: &'static Mode| {
        let mut bench = Bench::new(mode);
        let start = cpu_time();
        bench.check_once(&limits(), &script, Expect::Ends);
        cpu_time() - start
    };
    let (interpreted, native) = (time(&Mode::INTERPRETER), time(bench.mode));
    let slack = Duration::from_millis(if cfg!(debug_assertions) { 3_000 } else { 300 });
    assert!(native < interpreted * 2 + slack, "{native:?}, interpreted {interpreted:?}");
}

fn bounds(bench: &mut Bench) {
    let scripts = [
        "func f(xs) { t := 0; for i in 200 { k := 99 - i; t += xs[k] }; return t }\nprint(f(range(100)))",
        "func f(xs) { t := 0; i := 150; while true { t += xs[i]; i -= 1; if t < 0 { return t } } }\nf(range(100))",
        "func f(xs, s) { t := 0; for i in 200 { t += xs[i * s] }; return t }\nprint(f(range(1000), 3))\nprint(f(range(500), 3))",
        "func f(xs, s) { t := 0; for i in 200 { t += xs[i * s] }; return t }\nf(range(10), 4611686018427387904)",
        "func f(xs, ys) { t := 0; for i in len(xs) { t += xs[i] * ys[i] }; return t }\nprint(f(range(90), range(90)))\nf(range(90), range(80))",
        "func cut(mut xs) { xs.pop(); return 0 }\nfunc f(n) { xs := range(n); t := 0; for i in n { t += xs[i]; if i > 50 { cut(mut xs) } }; return t }\nf(100)",
        "func f(n) { xs := range(n); ys := xs; for i in n { xs.pop(); ys[i] += 1; if i > 60 { ys := xs } }; return ys }\nf(100)",
        "func f(n) { xs := range(n); drop := func() { xs.pop() }; t := 0; for i in n { t += xs[i]; if i == 70 { for k in 40 { drop() } } }; return t }\nf(100)",
        "func f(n) { xs := range(n); k := 0; for i in 300 { k := if i % 2 == 0 { k + 1 } else { k - 2 }; xs[k] += 1 }; return xs }\nf(100)",
        "func f(xs, i) { return xs[i] }\nfor i in 120 { f(range(9), i % 9) }\nfor at in [-1, -9, -10, 9, 2.0, 1.5, 2 ** 63, -(2 ** 63), \"1\", null] { try { print(f(range(9), at)) } except e { print(e.message) } }",
        "func f(xs, i) { xs[i] := 1; return len(xs) }\nfor i in 120 { f(range(9), i % 9) }\nfor at in [-1, -9, -10, 9, 2.0, 1.5, 2 ** 63, \"1\", null] { try { print(f(range(9), at)) } except e { print(e.message) } }",
        "func f(s) { t := 0; for i in 200 { t += len(s[i % 50]) }; return t }\nprint(f(\"x\".repeat(50)))\ntry { f(\"x\".repeat(49)) } except e { print(e.message) }\nprint(f(\"é\".repeat(50)))",
        "func f(g) { t := 0; for i in 60 { for j in 60 { t += g[i][j] } }; return t }\ng := map(range(60), func(i) { return range(60 - i / 59) })\nf(g)",
    ];
    scripts.iter().for_each(|script| bench.agrees(script));
}

fn equal_expressions(bench: &mut Bench) {
    let scripts = [
        "func f(x, y) { a := x / y; b := x / y; return [a == b, a == a, a != a, x - x == 0, 1 / (x * 0.0 + 1)] }",
        "func f(x, y) { a := x * 0.0; b := -x * 0.0; return [\"${a}\", \"${b}\", a == b, \"${a + b}\", \"${a - b}\", \"${x + 0.0}\"] }",
        "func f(x, y) { return [x == y, x + 0 == y + 0.0, x < y, y < x, x <= y, min(x, y), max(y, x)] }",
        "func f(x, y) { xs := [x, y]; a := xs[0]; xs[0] := y; b := xs[0]; return [a, b, xs] }",
        "func f(x, y) { a := [x]; b := [x]; a[0] := y; return [a, b, a == b] }",
        "struct P { n }\nfunc f(x, y) { p := P { n: x }; q := p; a := q.n; p.n := y; return [a, p.n, q.n, p == q] }",
        "struct P { n }\nfunc f(x, y) { p := P { n: x }; t := p.n; for i in 3 { p.n := p.n + y; t += p.n }; return [t, p.n] }",
        "func f(x, y) { c := 0; g := func() { c += 1; return x + y }; a := g() + g(); return [a, c] }",
        "func f(x, y) { return [(x + y) - y == x, x * y / (if y == 0 { 1 } else { y }), (x * 2) / 2, -(-x), x % 3 + x / 3 * 3 == x] }",
    ];
    for script in scripts {
        bench.agrees(&format!(
            "{script}\nvalues := [0, 1, -1, 7, 0.0, -0.0, 0.1, 1e308, 1e308 * 10, 1e308 * 10 - 1e308 * 10, 9007199254740993, \
             9007199254740992.0, 2 ** 62, 2 ** 63 - 1, -(2 ** 63)]\nfor i in 60 {{ try {{ f(i, i + 1) }} except e {{ print(e.message) }} }}\n\
             for i in 60 {{ try {{ f(i + 0.5, i * 1.0) }} except e {{ print(e.message) }} }}\n\
             for x in values {{ for y in values {{ try {{ print(x, y, f(x, y)) }} except e {{ print(x, y, e.message) }} }} }}"
        ));
    }
}

fn objects_that_escape(bench: &mut Bench) {
    let scripts = [
        "struct P { a, b }\nfunc f(i) { p := P { a: i, b: [i] }; q := p; if i == 130 { p.a := p.a + \"x\" }; q.b.push(1); return p.a + q.b[0] + len(p.b) }",
        "struct P { a, b }\nfunc f(i) { p := P { a: i, b: i }; try { if i % 40 == 39 { throw p }; p.b := 5 } except e { return [e.value, p] }; return p }",
        "struct P { a, b }\nkept := null\nfunc f(i) { p := P { a: i, b: i * 2 }; if i == 149 { kept := func() { p.a += 1; return p } }; p.b += 1; return p.a + p.b }",
        "struct P { a, b }\nfunc f(i) { p := P { a: i, b: P { a: i, b: 0 } }; p.b.b := p.a * 2; r := p.b; r.a := if i == 120 { 0.5 } else { i }; return [p.b.a + r.a, p == P { a: i, b: r }] }",
        "enum E { A(x), B(x, y) }\nfunc f(i) { e := if i % 3 == 0 { E::A(i) } else { E::B(i, [i]) }; return match e { case E::A(x) { x } case E::B(x, y) { y[0] + (if i == 140 { 0.5 } else { x }) } } }",
        "func f(i) { xs := [i, i + 1]; ys := [xs, xs]; ys[0][0] := if i == 111 { \"s\" } else { 9 }; return [xs, ys] }",
        "func f(i) { d := {\"a\": i}; e := d; e[\"b\"] := i; return [len(d), len(e), if i == 133 { d[\"b\"] } else { e[\"b\"] }] }",
    ];
    for script in scripts {
        bench.agrees(&format!(
            "{script}\nfunc run() {{ for i in 150 {{ try {{ r := f(i); if i % 19 == 0 || i > 140 {{ print(i, r) }} }} except e {{ print(i, e.message, e.column) }} }} }}\nrun()"
        ));
    }
    bench.agrees(&format!("{}\nfor i in 150 {{ f(i) }}\nprint(kept(), kept())", scripts[2]));
}

fn stores_before_exits(bench: &mut Bench) {
    for bad in ["\"x\"", "null", "0.5", "2 ** 64"] {
        let scripts = [
            format!(
                "g := 0\nh := 0\nfunc f(i) {{ g := i; h := g + 1; g := h + (if i == 90 {{ {bad} }} else {{ 1 }}); h := g }}"
            ),
            format!(
                "g := [0, 0]\nh := 0\nfunc f(i) {{ g[0] := i; g[1] := (if i == 90 {{ {bad} }} else {{ 1 }}) + g[0]; g[0] := -1; h := g[1] }}"
            ),
            format!(
                "struct P {{ a = 0, b = 0 }}\ng := P {{}}\nh := 0\nfunc f(i) {{ g.a := i; g.b := g.a * 2; g.a := g.b + (if i == 90 {{ {bad} }} else {{ 1 }}); h += 1 }}"
            ),
            format!(
                "g := 0\nh := 0\nfunc f(i) {{ for k in 3 {{ g := k; h := g * i; g := 1 / (if i == 90 && k == 2 {{ 0 }} else {{ {bad} }}) }} }}"
            ),
        ];
        for script in scripts {
            bench.agrees(&format!(
                "{script}\nfor i in 100 {{ try {{ f(i) }} except e {{ print(i, e.message, g, h) }}; if i % 30 == 0 {{ print(g, h) }} }}\nprint(g, h)"
            ));
        }
    }
}

/// Cycles are looked for, and the interrupt flag is, in each tick, while native frames are active.
fn collect_at_every_tick(bench: &mut Bench) {
    let script = "struct N { v; next = null }\nfunc cycle(n) { a := []; f := func() { return a }; a := [f, n]; return len(a) }\n\
                  func list(n) { l := null; for i in n { l := N { v: [i], next: l }; cycle(i) }; return l }\n\
                  func total(l) { t := 0; while l != null { t += l.v[0]; l := l.next }; return t }\n\
                  func text(n) { s := \"\"; for i in n { s += \"${i},\"; cycle(s) }; return s }\n\
                  func* steps(n) { for i in n { cycle([i]); yield [i, \"s${i}\"] } }\n\
                  for i in 12 { print(total(list(i * 3)), text(i), steps(i).collect(), sort(range(i), func(a, b) { cycle(a); return b - a })) }";
    let program = bench.engine.compile("collect", script).unwrap();
    bench.vm.set_limits(&limits());
    bench.printed();
    bench.vm.run(&program).unwrap();
    let expected = bench.printed();
    bench.vm.faults().interrupt_from(Some(u64::MAX));
    for _ in 0..3 {
        bench.vm.run(&program).unwrap();
        assert_eq!(bench.printed(), expected);
    }
    bench.vm.faults().interrupt_from(None);
}

fn code_that_is_replaced(bench: &mut Bench) {
    let scripts = [
        "func f(n) { return n + 1 }\nfunc g(n) { return n * 2 }\nt := 0\nfor i in 300 { t += f(i); if i == 150 { f := g }; if i == 250 { f := func(n) { return 0.5 } } }\nprint(t)",
        "func f(n) { if n == 77 { f := func(k) { return k - 1 } }; return n + 1 }\nt := 0\nfor i in 200 { t += f(i) }\nprint(t)",
        "func inner(n) { if n == 100 { outer := func(k) { return -k } }; return n }\nfunc outer(n) { return inner(n) + inner(n + 1) }\nt := 0\nfor i in 200 { t += outer(i) }\nprint(t)",
        "struct P { n; func m(self) { return self.n } }\nstruct Q { n; func m(self) { return self.n * 10 } }\np := P { n: 1 }\nt := 0\nfor i in 300 { t += p.m(); if i == 200 { p := Q { n: 2 } } }\nprint(t)",
        "limit := 10\nfunc f(n) { t := 0; for i in n { t += limit; if i == 120 { limit := 0.5 }; if i == 160 { limit := \"x\" } }; return t }\nf(200)",
        "func f(n) { for i in n { if i == 100 { len := func(x) { return 7 }; return len([]) }; t := len([i]) } }\nfor k in 5 { print(f(150)) }",
    ];
    scripts.iter().for_each(|script| bench.agrees(script));
    // A host that compiles and runs other programs meanwhile.
    let other = |ctx: &mut Ctx, f: Function<fn(i64) -> i64>, n: i64| f.call(ctx, (n,));
    bench.extend(|builder| builder.function("through", other));
    bench.check(
        "func f(n) { return n * 2 }\nt := 0\nfor i in 400 { t += through(f, i); if i == 200 { f := func(n) { return 1 } } }\nprint(t)",
        Expect::Prints("40399"),
    );
}

fn many_operands(bench: &mut Bench) {
    for count in [0, 1, 2, 5, 6, 7, 15, 16, 17, 31, 32, 60, 120] {
        let names = (0..count).map(|at| format!("p{at}")).collect::<Vec<_>>().join(", ");
        let sum = (0..count).map(|at| format!("p{at}")).chain(["0".into()]).collect::<Vec<_>>().join(" + ");
        let arguments = |kind: &dyn Fn(usize) -> String| (0..count).map(kind).collect::<Vec<_>>().join(", ");
        let mixed = arguments(&|at| ["i".into(), format!("i * 0.5 + {at}"), format!("xs[{at} % 4]")][at % 3].clone());
        let objects = arguments(&|at| ["[i]".into(), format!("\"s{at}\""), "null".into(), "i".into()][at % 4].clone());
        bench.agrees(&format!(
            "func f({names}) {{ return {sum} }}\nfunc g({names}) {{ all := [{names}]; f := func() {{ return all }}; return [len(all), f()] }}\n\
             func h({names}{}...rest) {{ return len(rest) }}\n\
             func run() {{ xs := [1, 2, 3, 4]; for i in 80 {{ r := f({mixed}); q := g({objects}); if i % 20 == 0 {{ print(r, q, h(...q), h(...q[1])) }} }} }}\nrun()",
            if count == 0 { "" } else { ", " }
        ));
    }
    let mut live = String::from("func f(a, x) {\n");
    for at in 0..120 {
        let _ = writeln!(live, "i{at} := a + {at}\nx{at} := x * {at}.5\ns{at} := [i{at}]");
    }
    let sum = (0..120).map(|at| format!("i{at} + x{at} + s{at}[0]")).collect::<Vec<_>>().join(" + ");
    bench.agrees(&format!("{live}return {sum} }}\nfor i in 40 {{ t := f(i, if i == 35 {{ 2 }} else {{ i * 0.25 }}); if i > 30 {{ print(t) }} }}"));
}

/// Recursion through script, library and host, in which errors are raised and caught.
fn mixed_recursion(bench: &mut Bench) {
    let script = "func down(n) { if n <= 0 { return 1 / n }; return if n % 3 == 0 { map([n - 1], down)[0] } else if n % 3 == 1 { through(down, n - 1) } else { down(n - 1) + 1 } }\n\
                  func safe(n) { try { return down(n) } except e { return [e.message, e.stack, e.line] } }\n\
                  for i in 24 { print(safe(i)) }\n\
                  func climb(n) { try { if n == 0 { throw \"top\" }; return through(climb, n - 1) } except e { if n % 4 == 3 { return n }; throw e.message + \"!\" } finally { print(\"left\", n) } }\n\
                  for i in 12 { try { print(climb(i)) } except e { print(e.message) } }\n\
                  down(20)";
    let outcome = |mode: &'static Mode| {
        let back = |ctx: &mut Ctx, f: Function<fn(i64) -> Data>, n: i64| f.call(ctx, (n,));
        let mut bench = Bench::with(mode, |builder| builder.function("through", back));
        let program = bench.engine.compile("mixed", script).unwrap();
        let error = bench.vm.run(&program).unwrap_err();
        let trace = |e: &Error| e.trace().iter().map(|f| format!("{} {:?}", f.function, f.span)).collect::<Vec<_>>();
        (bench.printed(), error.to_string(), trace(&error), bench.vm.ticks_used())
    };
    assert_eq!(outcome(bench.mode), outcome(&Mode::INTERPRETER));
}

/// Code that is left again and again, or refused, is not compiled for ever.
fn code_that_never_stays(bench: &mut Bench) {
    let large: String = (0..9_000).map(|at| format!("t := t + {at} % n\n")).collect();
    let scripts = [
        "func f(n) { throw n }\nc := 0\nfor i in 20000 { try { f(i) } except e { c += 1 } }\nprint(c)".to_string(),
        "func f(n) { return 1 / (n - n) }\nc := 0\nfor i in 20000 { try { f(i) } except { c += 1 } }\nprint(c)".into(),
        "kinds := [1, 0.5, \"s\", [1], null, true, {}, 2 ** 70]\nfunc f(a) { return [a, a == a, type(a)] }\nfor i in 20000 { f(kinds[i % 8]) }\nprint(1)".into(),
        "func f(n) { t := 9223372036854775000; for i in n { t += i }; return t }\nfor i in 500 { f(60) }\nprint(2)".into(),
        "func f(xs, i) { try { return xs[i] } except { return -1 } }\nfor i in 20000 { f([1, 2, 3], i % 5) }\nprint(3)".into(),
        "xs := [1]\nfor i in 5000 { ys := xs; ys[0] := i; xs := if i % 2 == 0 { [0.5] } else { [\"s\"] } }\nprint(4)".into(),
        format!("func large(n) {{ t := 0\n{large}return t }}\nfor i in 60 {{ large(i + 1) }}\nprint(5)"),
    ];
    for script in scripts {
        let before = (compiled(bench), bench.statistics.refusals());
        bench.check_once(&limits(), &script, Expect::Ends);
        let (builds, refusals) = (compiled(bench) - before.0, bench.statistics.refusals() - before.1);
        assert!(builds <= 100 && refusals <= 4, "{builds} builds, {refusals} refusals: {}", &script[..60]);
    }
}

/// Programs come and go in one VM; what their code has seen is gone with them.
fn dropped_programs(bench: &mut Bench) {
    bench.vm.eval("first", "func visit(v) { return v.n + v.weigh() }\nfunc call(f, n) { return f(n) }").unwrap();
    let rounds = if cfg!(debug_assertions) { 30 } else { 150 };
    for round in 0..rounds {
        let script = format!(
            "struct S{round} {{ n = {round}; func weigh(self) {{ return self.n * 2 }} }}\nt := 0\n\
             for i in 60 {{ t += visit(S{round} {{ n: i }}) + call(func(k) {{ return k + {round} }}, i) }}\nprint(t)"
        );
        bench.printed();
        bench.vm.eval("round", &script).unwrap();
        let expected = (0..60).map(|i| 3 * i + i + round).sum::<i64>();
        assert_eq!(bench.printed(), format!("{expected}\n"));
        if round % 10 == 9 {
            bench.vm.eval("again", "func visit(v) { return v.n + v.weigh() }").unwrap();
        }
    }
    for round in 0..rounds {
        let program = bench
            .engine
            .compile("other", "struct T { a = [1] }\nfunc f(t) { return t.a[0] }\nfor i in 60 { f(T {}) }")
            .unwrap();
        let mut vm = Vm::new(&bench.engine);
        vm.run(&program).unwrap();
        if round % 2 == 0 {
            drop(program);
            assert_eq!(vm.eval("late", "f(T {})").unwrap().as_deref(), Some("1"));
        } else {
            drop(vm);
            Vm::new(&bench.engine).run(&program).unwrap();
        }
    }
}

/// Strings and functions that only machine code refers to.
fn constants_of_code(bench: &mut Bench) {
    let script = "func f(n) { s := \"a constant text of some length\"; g := func(k) { return s[k % 20] + \"another\" }; return g(n) + s }\n\
                  kept := f\nf := null\nt := 0\nfor i in 80 { t += len(kept(i)) }\nprint(t)";
    bench.check(script, Expect::Prints("3040"));
    let mut functions = Vec::new();
    for round in 0..10 {
        let text = format!(
            "func made(n) {{ words := [\"word{round}\", \"text\"]; return words[n % 2] + \"-{round}\" }}\nfor i in 60 {{ made(i) }}"
        );
        bench.vm.eval("made", &text).unwrap();
        functions.push(bench.vm.function::<fn(i64) -> String>("made").unwrap());
        bench.vm.set_global("made", ()).unwrap();
    }
    for (round, function) in functions.iter().enumerate() {
        for n in 0..60 {
            let expected = format!("{}-{round}", if n % 2 == 0 { format!("word{round}") } else { "text".into() });
            assert_eq!(function.call(&mut bench.vm, (n,)).unwrap(), expected);
        }
    }
}
