//! Part D: collections.

use crate::Row;
use crate::bench::{Bench, Expect, limits, with_ticks};
use crate::child::cpu_time;
use ruff_core::{ErrorKind, Limits};
use std::fmt::Write;
use std::thread;
use std::time::Duration;

pub const ROWS: &[Row] = &[
    Row { name: "D01_change_while_iterating", scenario: change_while_iterating },
    Row { name: "D03_comparators", scenario: comparators },
    Row { name: "D04_change_in_callbacks", scenario: change_in_callbacks },
    Row { name: "D05_indexes", scenario: indexes },
    Row { name: "D06_sparse_growth", scenario: sparse_growth },
    Row { name: "D07_keys_that_collide", scenario: keys_that_collide },
    Row { name: "D11_deep_nesting", scenario: deep_nesting },
    Row { name: "D13_many_structs", scenario: many_structs },
    Row { name: "D14_second_owner", scenario: second_owner },
    Row { name: "D15_slices", scenario: slices },
    Row { name: "D16_shared_trees", scenario: shared_trees },
];

/// A value of 61 small arrays, each of which the next one has twice: a walk over it never ends.
pub const SHARED_TREE: &str = "x := [1]\nfor i in 0..60 { x := [x, x] }\n";

/// Walks over a shared tree.
const WALKS: &[&str] = &[
    "x == x",
    "x != x",
    "x in [x]",
    "x in Queue([x])",
    "x in Stack([x])",
    "index_of([x], x)",
    "xs := [x]\nxs.remove(x)",
    "assert_equal(x, x)",
    "assert_contains([x], x)",
    "{\"a\": x} == {\"a\": x}",
    "Queue([x]) == Queue([x])",
    "Stack([x]) == Stack([x])",
    "Ok(x) == Ok(x)",
    "struct S { f }\nS { f: x } == S { f: x }",
    "match x { case [a, b] if a == b { } }",
    "unique([x, 1])",
    "Set([x])",
    "s := Set([])\ns.add(x)",
    "x in Set([1])",
    "Set([{\"a\": x}])",
    "Set([Queue([x]), Stack([x]), Ok(x)])",
    "str(x)",
    "\"${x}\"",
    "to_json(x)",
    "debug(x)",
    "throw x",
];

/// Small values that take long to go through: each walk meets the limits.
fn shared_trees(bench: &mut Bench) {
    let mut late = Vec::new();
    for walk in WALKS {
        let script = format!("{SHARED_TREE}func f() {{ {walk} }}\nfor i in 3 {{ f() }}");
        bench.agrees(&script.replacen("0..60", "0..10", 1));
        let start = cpu_time();
        bench.check_once(&with_ticks(20_000), &script, Expect::Limit("RUF2001"));
        let by_ticks = cpu_time() - start;
        // Without a limit of ticks an interrupt is seen soon.
        let program = bench.engine.compile("walk", &script).unwrap();
        bench.vm.set_limits(&limits());
        let interrupt = bench.vm.interrupt();
        let fired = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            interrupt.interrupt();
        });
        let start = cpu_time();
        let error = bench.vm.run(&program).unwrap_err();
        let by_interrupt = cpu_time() - start;
        fired.join().unwrap();
        bench.vm.interrupt().clear();
        assert!(matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Limit), "{walk}: {error}");
        if by_ticks.max(by_interrupt) > Duration::from_millis(400) {
            late.push(format!("{walk}: {by_ticks:?} for 20,000 ticks, {by_interrupt:?} before an interrupt"));
        }
    }
    bench.vm.set_global("x", ()).unwrap();
    assert!(late.is_empty(), "{}", late.join("\n"));
}

/// A loop goes over the value that its subject had: containers are values.
fn change_while_iterating(bench: &mut Bench) {
    let changes = [
        "xs.push(x)",
        "xs.clear()",
        "xs.pop()",
        "xs.insert(0, 9)",
        "xs.remove_at(0)",
        "xs := []",
        "xs.sort(func(a, b) { return b - a })",
        "xs[0] := \"s\"",
        "alias := xs\nalias.push(1)\nxs := alias",
        "change()",
        "xs := null",
    ];
    for change in changes {
        let script = format!(
            "xs := [1, 2, 3, 4]\nfunc change() {{ xs := concat(xs ?? [], [5]) }}\nseen := []\n\
             for x in xs {{ seen.push(x)\nif len(seen) < 3 {{ {change} }} }}\nprint(seen)"
        );
        bench.check(&script, Expect::Prints("[1, 2, 3, 4]"));
    }
    for change in ["d[\"z\" + k] := 1", "d.clear()", "d.remove(\"b\")", "d := {}", "d.update({\"q\": 1})"] {
        let script = format!(
            "d := {{\"a\": 1, \"b\": 2, \"c\": 3}}\nseen := \"\"\nfor k in d {{ seen += k\n{change} }}\nprint(seen)"
        );
        bench.check(&script, Expect::Prints("abc"));
    }
    for change in ["s.add(9)", "s.clear()", "s.remove(2)"] {
        bench.check(
            &format!("s := Set([1, 2, 3])\nn := 0\nfor x in s {{ n += x\n{change} }}\nprint(n)"),
            Expect::Prints("6"),
        );
    }
    for change in ["q.enqueue(9)", "q.clear()", "q.dequeue()"] {
        bench.check(
            &format!("q := Queue([1, 2, 3])\nn := 0\nfor x in q {{ n += x\n{change} }}\nprint(n)"),
            Expect::Prints("6"),
        );
    }
    bench.check("s := \"abc\"\nt := \"\"\nfor c in s { s += c\nt += c }\nprint(t, s)", Expect::Prints("abc abcabc"));
    bench.check("n := 3\nt := 0\nfor i in n { n := 100\ni := 50\nt += 1 }\nprint(t)", Expect::Prints("3"));
}

fn comparators(bench: &mut Bench) {
    let good = [
        "func(a, b) { return 1 }",
        "func(a, b) { return -1 }",
        "func(a, b) { return 0 }",
        "func(a, b) { calls += 1; return calls % 3 - 1 }",
        "func(a, b) { return to_float(\"nan\") }",
        "func(a, b) { return a * b % 7 - 3 }",
        "func(a, b) { return len(sort(xs, func(c, d) { return d - c })) - 8 }",
        "func(a, b) { other := xs\nother.push(1)\nreturn a - b }",
        "func(a, b) { xs.push(1)\nreturn a - b }",
        "func(a, b) { xs := []\nreturn a - b }",
        "func(a) { return -a }",
        "func(a) { return 10 ** 30 - a }",
    ];
    let numbers: Vec<String> = (0..60).map(|i| (i * 37 % 61).to_string()).collect();
    let numbers = numbers.join(", ");
    for comparator in good {
        let script = format!(
            "xs := [{numbers}]\nbefore := xs\ncalls := 0\nys := sort(before, {comparator})\n\
             print(sort(ys) == sort(before), len(before))"
        );
        bench.check(&script, Expect::Prints("true 60"));
    }
    for comparator in [
        "func(a, b) { return \"x\" }",
        "func(a, b) { return null }",
        "func(a, b) { return [1] }",
        "func(a) { return to_float(\"nan\") }",
        "func(a) { return if a > 30 { \"s\" } else { a } }",
    ] {
        bench.check(&format!("sort([{numbers}], {comparator})"), Expect::Defined);
    }
    let raising = format!(
        "total := 0\nfor k in 400 {{ xs := [{numbers}]\ncalls := 0\ntry {{ xs.sort(func(a, b) {{ calls += 1\n\
         if calls == k {{ throw \"stop\" }}; return a - b }}) }} except e {{ total += 1 }}\n\
         if sort(xs) != sort([{numbers}]) {{ print(\"lost at\", k) }} }}\nprint(total > 100)"
    );
    bench.check_once(&with_ticks(10_000_000), &raising, Expect::Prints("true"));
    bench.check_under(&with_ticks(100_000), "sort([2, 1], func(a, b) { while true { } })", Expect::Limit("RUF2001"));
    bench.check("xs := [3, 1]\nxs.sort(func(a, b) { return len(xs) })", Expect::Error("RUF1017"));
    bench.check("sort([1, \"a\", null])", Expect::Error("RUF1002"));
    bench.check(
        "struct S { n; func op_lt(self, o) { return true } }\nprint(len(sort([S { n: 1 }, S { n: 2 }, S { n: 3 }])))",
        Expect::Prints("3"),
    );
    bench.check(
        "struct S { n; func op_lt(self, o) { throw 1 } }\nsort([S { n: 1 }, S { n: 2 }, S { n: 3 }])",
        Expect::Error("RUF1000"),
    );
    bench.check_once(
        &limits(),
        "x := range(300000)\nx := sort(reverse(x))\nprint(x[0], len(x))",
        Expect::Prints("0 300000"),
    );
}

fn change_in_callbacks(bench: &mut Bench) {
    for call in [
        "xs.map(f)",
        "xs.filter(f)",
        "xs.reduce(0, func(a, v) { return f(v) })",
        "xs.find(func(v) { f(v)\nreturn false })",
        "xs.any(func(v) { f(v)\nreturn false })",
        "xs.all(func(v) { f(v)\nreturn true })",
        "sort(xs, f)",
        "map(xs, f)",
    ] {
        for change in ["xs.push(v)", "xs.clear()", "xs := []", "xs[0] := null", "xs.pop()"] {
            let script = format!(
                "xs := [1, 2, 3]\nseen := []\nfunc f(v) {{ seen.push(v)\nif len(xs) > 0 {{ {change} }}\nreturn v }}\n{call}\nprint(seen)"
            );
            bench.check(&script, Expect::Prints("[1, 2, 3]"));
        }
    }
    bench.check("xs := [3, 1, 2]\nxs.sort(func(a, b) { xs.push(1)\nreturn a - b })", Expect::Error("RUF1017"));
    bench.check("d := {\"a\": [1]}\nd[\"a\"].sort(func(a) { d := 1\nreturn a })\nprint(d)", Expect::Defined);
    bench.check("d := {\"a\": [2, 1]}\nd[\"a\"].sort(func(a) { return len(d) })", Expect::Error("RUF1017"));
    bench.check("map([1, 2], func(v) { throw v })", Expect::Error("RUF1000"));
}

fn indexes(bench: &mut Bench) {
    for index in ["9223372036854775807", "-9223372036854775808", "10 ** 30", "-10 ** 30", "3", "-4", "3.0"] {
        bench.check(&format!("a := [1, 2, 3]\na[{index}]"), Expect::Error("RUF1008"));
        bench.check(&format!("a := [1, 2, 3]\na[{index}] := 1"), Expect::Error("RUF1008"));
    }
    for index in ["1.5", "\"1\"", "null", "true", "[0]", "to_float(\"nan\")", "1e308 * 10", "0..2.5"] {
        bench.check(&format!("a := [1, 2, 3]\na[{index}]"), Expect::Defined);
        bench.check(&format!("a := [1, 2, 3]\na[{index}] := 1"), Expect::Defined);
        bench.check(&format!("a := [[1], 2, 3]\na[{index}][0] += 1"), Expect::Defined);
    }
    let bounds =
        ["-9223372036854775808", "-10 ** 30", "-3", "-1", "0", "2", "3", "9", "9223372036854775807", "10 ** 30"];
    for from in bounds {
        for to in bounds {
            for subject in
                ["[1, 2, 3]", "\"héo\"", "bytes([1, 2, 3])", "(0..3)", "(0..9223372036854775807)", "[1.5, 2.5]"]
            {
                bench.check(
                    &format!("a := {subject}\nprint(len(a[{from}..{to}]) + len(a[{from}..={to}]) >= 0)"),
                    Expect::Defined,
                );
            }
            bench.check(
                &format!("print(len(slice([1, 2], {from}, {to})), len(substring(\"abc\", {from}, {to})))"),
                Expect::Defined,
            );
        }
        for call in [
            "take([1, 2], N)",
            "skip([1, 2], N)",
            "windows([1, 2], N)",
            "chunk([1, 2], N)",
            "remove_at([1], N)",
            "insert([1], N, 2)",
            "(0..10).step(N)",
            "(0..10)[N]",
            "bytes([1])[N]",
            "Queue(N)",
            "bytes([N])",
            "char_at(\"é\", N)",
            "(0..5).take(N)",
        ] {
            bench.check(&call.replace('N', &format!("({from})")), Expect::Defined);
        }
    }
}

fn sparse_growth(bench: &mut Bench) {
    let small = Limits { memory_bytes: Some(32 << 20), ..limits() };
    bench.check("a := []\na[10 ** 9] := 1", Expect::Error("RUF1008"));
    bench.check("d := {}\nd[10 ** 18] := 1\nd[10 ** 40] := 2\nd[-1] := 3\nprint(len(d))", Expect::Prints("3"));
    bench.check_once(&small, "a := []\nwhile true { a.push(a) }", Expect::Limit("RUF2002"));
    bench.vm.set_global("a", ()).unwrap();
    bench.check_once(&small, "a := [1]\nwhile true { a := concat(a, a) }", Expect::Limit("RUF2002"));
    bench.vm.set_global("a", ()).unwrap();
    for script in [
        "a := [1]\nwhile true { a := [...a, ...a] }",
        "a := {}\ni := 0\nwhile true { a[i] := i\ni += 1 }",
        "a := Set()\ni := 0\nwhile true { a.add(i)\ni += 1 }",
        "a := Queue()\nwhile true { a.enqueue(1) }",
        "a := Stack()\nwhile true { a.push(\"x\") }",
        "a := bytes([1])\nb := []\nwhile true { b.push(b) }",
        "a := [1.5]\nwhile true { a := flatten([a, a]) }",
        "a := func() { return 0 }\nwhile true { b := a\na := func() { return b } }",
        "a := None\nwhile true { a := Some(a) }",
    ] {
        bench.check_once(&small, script, Expect::Limit("RUF2002"));
        for name in ["a", "b"] {
            bench.vm.set_global(name, ()).unwrap();
        }
    }
}

fn keys_that_collide(bench: &mut Bench) {
    let run = |bench: &mut Bench, key: &str| {
        let script = format!("d := {{}}\nfor i in 100000 {{ d[{key}] := i }}\nprint(len(d))\nd := null");
        let start = cpu_time();
        bench.check_once(&limits(), &script, Expect::Prints("100000"));
        cpu_time() - start
    };
    let plain = run(bench, "i * 7919 % 100003");
    for key in ["i << 32", "i << 57", "i", "100000 - i", "(i * 7919 % 100003) << 20", "i << 45"] {
        // Keys that do not fit 64 bits are texts.
        let slower = if key == "i << 57" { 30 } else { 8 };
        let time = run(bench, key);
        assert!(time < plain * slower, "{key}: {time:?}, others {plain:?}");
    }
    let strings = run(bench, "\"k${i}\"");
    assert!(strings < plain * 30, "{strings:?}, ints {plain:?}");
    bench.check(
        "s := Set()\nfor i in 50000 { s.add(i * 4294967296.0) }\nprint(len(s))\ns := null",
        Expect::Prints("50000"),
    );
}

fn deep_nesting(bench: &mut Bench) {
    let nest = [
        ("x := []", "x := [x]"),
        ("x := {}", "x := {\"k\": x}"),
        ("struct S { v }\nx := null", "x := S { v: x }"),
        ("x := None", "x := Some(x)"),
        ("enum E { A(v) }\nx := 1", "x := E::A(x)"),
        ("x := null", "x := Set([x])"),
        ("x := null", "x := Queue([x])"),
        ("x := 1", "x := Err([x])"),
        ("x := 1", "x := [x, {\"a\": x}][..1]"),
    ];
    for (start, step) in nest {
        let script = |then: &str| format!("{start}\nfor i in 50000 {{ {step} }}\n{then}\nx := null\nprint(\"done\")");
        bench.check_once(&limits(), &script(""), Expect::Prints("done"));
        for then in [
            "s := str(x)\ns := null",
            "y := x\nprint(x == y)",
            "print(x in [x])",
            "s := Set([x, x])\ns := null",
            "s := unique([x, x])\ns := null",
            "j := to_json(x)\nj := null",
            "j := to_json_pretty(x)\nj := null",
            "throw x",
            "debug(x)",
            "assert_equal(x, 1)",
            "s := \"${x}\"\ns := null",
            "f := format(\"%s\", x)\nf := null",
            "s := sort([x, x])",
            "match x { case [[[[y]]]] { print(1) } case {k} { } default { } }",
        ] {
            bench.check_once(&limits(), &script(then), Expect::Defined);
            for name in ["x", "y", "s", "j", "f"] {
                bench.vm.set_global(name, ()).unwrap();
            }
        }
    }
    bench.check("x := []\nfor i in 100000 { x := [x] }\ny := []\nfor i in 100000 { y := [y] }\nprint(x == y)\nx := null\ny := null", Expect::Defined);
    bench.check("parse_json(repeat(\"[\", 1000000))", Expect::Error("RUF1013"));
    bench.check("parse_json(repeat(\"{\\\"a\\\":\", 1000000))", Expect::Error("RUF1013"));
    bench.check("x := parse_json(repeat(\"[\", 500) + repeat(\"]\", 500))\nx := null", Expect::Ends);
}

fn many_structs(bench: &mut Bench) {
    let mut script = String::new();
    for at in 0..300 {
        let _ = writeln!(script, "struct S{at} {{ a = {at}; b{at} = 1; func m(self) {{ return self.a }} }}");
    }
    let values: Vec<String> = (0..300).map(|at| format!("S{at} {{ }}")).collect();
    let _ = writeln!(
        script,
        "all := [{}]\nt := 0\nfor r in 50 {{ for s in all {{ t += s.m() + s.a\ns.a := 1 }} }}\nprint(t)",
        values.join(", ")
    );
    bench.check(&script, Expect::Prints("4485000"));
    let fields: Vec<String> = (0..10_000).map(|at| format!("f{at} = {at}")).collect();
    bench.check(
        &format!(
            "struct S {{ {} }}\ns := S {{ }}\ns.f9999 := 1\nprint(s.f9998 + s.f9999)\ns := null",
            fields.join("\n")
        ),
        Expect::Defined,
    );
}

/// The second owner appears in the middle of a loop that changes the container in place.
fn second_owner(bench: &mut Bench) {
    let owners = [
        ("kept := a", "kept"),
        ("kept := {\"k\": a}", "kept[\"k\"]"),
        ("kept := [a, 1]", "kept[0]"),
        ("kept := func() { return copy }\ncopy := a", "kept()"),
        ("kept := Some(a)", "unwrap(kept)"),
        ("kept := same(a)", "kept"),
        ("kept := S { v: a }", "kept.v"),
        ("kept := Set([a])", "kept.to_array()[0]"),
        ("[kept, _] := [a, 0]", "kept"),
        ("kept := hold(a)", "kept.next() |> unwrap"),
    ];
    for (make, read) in owners {
        for (start, change, length) in [
            ("a := [0]", "a.push(i)", "10001"),
            ("a := [0.5]", "a.push(1.5)", "10001"),
            ("a := {\"k\": 1}", "a[\"n${i}\"] := i", "10001"),
            ("a := \"x\"", "a += \"y\"", "10001"),
        ] {
            let script = format!(
                "struct S {{ v }}\nfunc same(v) {{ return v }}\nfunc* hold(v) {{ yield v }}\nkept := null\ncopy := null\nresult := null\n\
                 func work() {{ {start}\nfor i in 20000 {{ if i == 10000 {{ {make} }}\n{change} }}\n\
                 return [len({read}), len(a)] }}\nprint(work())\nkept := null\ncopy := null"
            );
            bench.check(&script, Expect::Prints(&format!("[{length}, 20001]")));
        }
    }
}

fn slices(bench: &mut Bench) {
    bench.check(
        "a := range(1000)\nparts := []\nfor i in 100 { parts.push(a[i..i + 10]) }\na.clear()\na := range(5)\n\
         s := \"\"\nfor i in 1000 { s += \"é\" }\nt := s[10..20]\ns := \"\"\nprint(sum(parts.map(sum)), t)",
        Expect::Prints("54000 éééééééééé"),
    );
}
