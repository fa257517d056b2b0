//! Part F: limits and interruption.

use crate::Row;
use crate::bench::{Bench, Expect, limits, with_ticks};
use crate::child::cpu_time;
use ruff_core::{Ctx, ErrorKind, Limits};
use std::thread;
use std::time::{Duration, Instant};

pub const ROWS: &[Row] = &[
    Row { name: "F01_endless_loops", scenario: endless_loops },
    Row { name: "F02_work_is_charged", scenario: work_is_charged },
    Row { name: "F02_copies_are_charged", scenario: copies_are_charged },
    Row { name: "F02_work_is_interrupted", scenario: work_is_interrupted },
    Row { name: "F03_every_tick_budget", scenario: every_tick_budget },
    Row { name: "F06_every_memory_limit", scenario: every_memory_limit },
    Row { name: "F08_garbage", scenario: garbage },
    Row { name: "F09_fragmentation", scenario: fragmentation },
    Row { name: "F10_limits_change", scenario: limits_change },
];

fn endless_loops(bench: &mut Bench) {
    let scripts = [
        "loop { }",
        "while true { }",
        "for i in 0..9223372036854775807 { }",
        "while true { len([]) }",
        "while true { continue }",
        "func f() { g() }\nfunc g() { try { f() } except { } }\nwhile true { f() }",
        "func* g() { loop { yield 1 } }\nfor x in g() { }",
        "func* g() { loop { yield 1 } }\ng().collect()",
        "func* g() { loop { yield 1 } }\ng().find(func(x) { return false })",
        "func* g() { loop { yield 1 } }\nx := [...g()]",
        "func* g() { loop { yield 1 } }\ng().skip(10 ** 18).next()",
        "(0..10 ** 18).any(func(x) { return false })",
        "(0..10 ** 18).find(func(x) { return false })",
        "struct S { func op_iter(self) { return 0..10 ** 18 } }\nfor x in (S { }) { }",
        "x := 1 in 0..10 ** 18\nwhile true { x := 1.5 in 0..10 ** 18 }",
    ];
    for script in scripts {
        let before = bench.vm.ticks_used();
        bench.check_once(&with_ticks(200_000), script, Expect::Limit("RUF2001"));
        assert_eq!(bench.vm.ticks_used() - before, 200_000, "{script}");
    }
}

/// Single calls whose work is large, each with a result that is small or shared.
const LARGE_WORK: &[(&str, &str)] = &[
    ("xs := range(1000000)", "sort(xs)"),
    ("xs := range(1000000)", "reverse(xs)"),
    ("xs := range(1000000)", "sum(xs)"),
    ("xs := range(1000000)", "max(xs)"),
    ("xs := range(1000000)", "xs == concat(xs, [])"),
    ("xs := range(1000000)", "-1 in xs"),
    ("xs := range(1000000)", "index_of(xs, -1)"),
    ("xs := range(1000000)", "unique(xs)"),
    ("xs := range(1000000)", "Set(xs)"),
    ("xs := range(1000000)", "slice(xs, 0, 999999)"),
    ("xs := range(1000000)", "enumerate(xs)"),
    ("xs := range(1000000)", "chunk(xs, 2)"),
    ("xs := range(1000000)", "zip(xs, xs)"),
    ("xs := range(1000000)", "xs.join(\"\")"),
    ("xs := range(1000000)", "str(xs)"),
    ("xs := range(1000000)", "to_json(xs)"),
    ("xs := range(1000000)", "[...xs]"),
    ("xs := range(1000000)", "xs[1..]"),
    ("xs := range(1000000)", "flatten([xs, xs])"),
    ("xs := range(1000000)", "insert(xs, 0, 1)"),
    ("xs := range(1000000)", "remove_at(xs, 0)"),
    ("xs := range(1000000)", "take(xs, 999999)"),
    ("s := repeat(\"ab\", 5000000)", "s.to_upper()"),
    ("s := repeat(\"ab\", 5000000)", "replace(s, \"c\", \"\")"),
    ("s := repeat(\"ab\", 5000000)", "split(s, \"c\")"),
    ("s := repeat(\"ab\", 5000000)", "index_of(s, \"ba0\")"),
    ("s := repeat(\"ab\", 5000000)", "s.contains(\"ba0\")"),
    ("s := repeat(\"ab\", 5000000)", "str_reverse(s)"),
    ("s := repeat(\"ab\", 5000000)", "s.trim()\ns + \"x\""),
    ("s := repeat(\"ab\", 5000000)", "s == s + \"\""),
    ("s := repeat(\"ab\", 5000000)", "s[1..]"),
    ("s := repeat(\"é\", 5000000)", "s[4999999]"),
    ("s := repeat(\"é\", 5000000)", "s[1..]"),
    ("s := repeat(\"ab\", 5000000)", "lines(s)"),
    ("s := repeat(\"ab\", 5000000)", "words(s)"),
    ("s := repeat(\"ab\", 5000000)", "slugify(s)"),
    ("s := repeat(\"ab\", 5000000)", "regex_match(s, \"c$\")"),
    ("s := repeat(\"ab\", 5000000)", "regex_find_all(s, \"c\")"),
    ("s := repeat(\"ab\", 5000000)", "{s: 1}"),
    ("s := repeat(\" \", 5000000)", "parse_int(s + \"1\")"),
    ("s := \"[\" + repeat(\"1,\", 1000000) + \"1]\"", "parse_json(s)"),
    ("s := repeat(\"9\", 20000)", "parse_int(s)"),
    ("n := 10 ** 60000", "str(n)"),
    ("n := 10 ** 60000", "n * n"),
    ("n := 10 ** 60000", "n / (n - 1)"),
    ("n := 10 ** 60000", "n % (10 ** 30000 + 1)"),
    ("n := 10 ** 60000", "isqrt(n)"),
    ("n := 10 ** 20000", "gcd(n, n + 7)"),
    ("n := 10 ** 60000", "n + 1"),
    ("n := 10 ** 60000", "n == n + 0"),
    ("d := {}\nfor i in 100000 { d[\"k${i}\"] := i }", "keys(d)"),
    ("d := {}\nfor i in 100000 { d[\"k${i}\"] := i }", "items(d)"),
    ("d := {}\nfor i in 100000 { d[\"k${i}\"] := i }", "merge(d, d)"),
    ("d := {}\nfor i in 100000 { d[\"k${i}\"] := i }", "invert(d)"),
    ("d := {}\nfor i in 100000 { d[\"k${i}\"] := i }", "str(d)"),
    ("d := {}\nfor i in 100000 { d[\"k${i}\"] := i }", "d == merge(d, {})"),
    ("b := bytes(range(200))", "bytes(range(200))"),
    ("xs := range(1000000)", "xs.insert(0, 1)\nxs.pop()"),
    ("xs := range(1000000)", "xs.push(xs[0])\nxs.remove_at(0)"),
    ("xs := range(1000000)", "xs.push(-5)\nxs.remove(-5)"),
    ("xs := range(1000000)", "xs.reverse()"),
    ("xs := range(1000000)", "xs[0] := 0.5\nxs[0] := 1"),
    ("d := {}\nfor i in 100000 { d[\"k${i}\"] := i }", "d.remove(\"k1\")\nd[\"k1\"] := 1"),
    ("q := Queue(range(1000000))", "q.enqueue(1)\nq.dequeue()"),
];

/// Work in a loop costs ticks in proportion: a loop that would take minutes ends within a budget.
fn work_is_charged(bench: &mut Bench) {
    let mut cheap = Vec::new();
    for (setup, work) in LARGE_WORK {
        let setup = bench.engine.compile("setup", setup).unwrap_or_else(|e| panic!("{setup}: {e}"));
        bench.vm.set_limits(&limits());
        bench.vm.run(&setup).unwrap();
        let script = format!("func work() {{ {work} }}\nwhile true {{ work() }}");
        bench.vm.set_limits(&with_ticks(10_000));
        let start = cpu_time();
        let error = bench.vm.eval("work", &script).unwrap_err();
        assert_eq!(error.code().to_string(), "RUF2001", "{work}: {error}");
        let time = cpu_time() - start;
        if time > Duration::from_millis(400) {
            cheap.push(format!("{work}: {time:?}"));
        }
        for name in ["xs", "s", "n", "d", "q", "b"] {
            bench.vm.set_global(name, ()).unwrap();
        }
    }
    assert!(cheap.is_empty(), "too much work for 10,000 ticks:\n{}", cheap.join("\n"));
}

/// Changes of a shared container, each of which copies it.
const COPIES: &[&str] = &[
    "ys := xs\nys[0] := 5",
    "ys := xs\nys[0] += 5",
    "ys := xs\nys.push(1)",
    "ys := xs\nys := push(ys, 1)",
    "ys := [xs]\nys[0][1] := 2",
    "ys := {\"k\": xs}\nys[\"k\"][1] := 2",
    "ys := S { xs: xs }\nys.xs[3] := 1",
    "ys := S { xs: xs }\nys.xs.pop()",
    "ys := S { xs: xs }\nys.change()",
    "ys := xs\nchange(mut ys)",
    "ys := [xs]\nchange(mut ys[0])",
    "func(zs) { zs[0] := 1 }(xs)",
    "ys := d\nys[\"k1\"] := 5",
    "ys := d\nys.remove(\"k1\")",
    "ys := s\nys.add(-1)",
    "ys := q\nys.enqueue(1)",
    "ys := k\nys.push(1)",
    "ys := xs\ntry { ys[0] := 1; ys[-1] := 1 / 0 } except { }",
];

/// The copy that the first change of a shared container makes is charged: a loop of such changes ends within a budget.
fn copies_are_charged(bench: &mut Bench) {
    const SETUP: &str = "xs := range(100000)\nd := {}\nfor i in 100000 { d[\"k${i}\"] := i }\ns := Set(xs)\nq := Queue(xs)\nk := Stack(xs)\n\
                         struct S { xs; func change(mut self) { self.xs[0] := 7 } }\nfunc change(mut place) { place[0] := 7 }";
    bench.vm.eval("setup", SETUP).unwrap();
    for change in COPIES {
        let script = format!("func work() {{ {change} }}\nfor i in 40 {{ work() }}");
        let (ticks, copies) = (bench.vm.ticks_used(), bench.vm.container_copies());
        bench.vm.set_limits(&limits());
        bench.vm.eval("work", &script).unwrap();
        let (ticks, copies) = (bench.vm.ticks_used() - ticks, bench.vm.container_copies() - copies);
        assert!(copies >= 40 && ticks >= 40 * 100_000 / 64, "{change}: {ticks} ticks for {copies} copies");
        let endless = format!("func work() {{ {change} }}\nwhile true {{ work() }}");
        bench.vm.set_limits(&with_ticks(20_000));
        let error = bench.vm.eval("work", &endless).unwrap_err();
        assert_eq!(error.code().to_string(), "RUF2001", "{change}: {error}");
    }
    for name in ["xs", "d", "s", "q", "k"] {
        bench.vm.set_global(name, ()).unwrap();
    }
}

/// The row says 1 ms of an optimised build on a free machine; some builtins look at the flag before they begin and not again.
const DELAY_MAX: Duration = Duration::from_secs(2);

/// An interrupt stops a single call soon.
fn work_is_interrupted(bench: &mut Bench) {
    let calls = [
        "xs := range(3000000)\nsort(xs, func(a, b) { return b - a })",
        "xs := map(range(1000000), str)\nwhile true { sort(xs) }",
        "n := 3 ** 2000000\nm := str(n)",
        "n := 3 ** 1500000\nwhile true { n := n * n % (n - 1) }",
        "s := repeat(\"a\", 20000000)\nwhile true { regex_match(s, \"(a|aa)+b\") }",
        "s := repeat(\"ab\", 20000000)\nwhile true { replace(s, \"b\", \"c\") }",
        "n := parse_int(repeat(\"7\", 1000000))",
        "isqrt(10 ** 400000)",
        "xs := range(3000000)\nwhile true { unique(xs) }",
        "xs := range(2000000)\nwhile true { to_json(xs) }",
    ];
    let mut late = Vec::new();
    for script in calls {
        let program = bench.engine.compile("torture", script).unwrap();
        bench.vm.set_limits(&limits());
        let interrupt = bench.vm.interrupt();
        let fired = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            interrupt.interrupt();
            Instant::now()
        });
        let result = bench.vm.run(&program);
        let ended = Instant::now();
        let fired = fired.join().unwrap();
        // A script that was done before, or that memory stopped, had nothing to interrupt.
        if let Err(error) = result {
            assert!(matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Limit), "{script}: {error}");
        }
        let delay = ended.saturating_duration_since(fired);
        if delay > DELAY_MAX {
            late.push(format!("{script}: stopped after {delay:?}"));
        }
        bench.vm.interrupt().clear();
        for name in ["xs", "s", "n", "m"] {
            bench.vm.set_global(name, ()).unwrap();
        }
    }
    assert!(late.is_empty(), "{}", late.join("\n"));
}

/// A script with all kinds of effects.
const VARIED: &str = r#"
struct Box {
    v
    func grow(mut self) { self.v.push(len(self.v)); print("grown", len(self.v)) }
    func op_add(self, o, ...more) { print("added"); return Box { v: concat(self.v, o.v) } }
    func op_eq(self, o, exact = [1]) { return len(self.v) == len(o.v) }
    func op_lt(self, o) { return len(self.v) < len(o.v) }
    func op_index(self, i) { return self.v[i] }
    func op_call(self, x, ...rest) { return [x, rest] }
    func* op_iter(self) { for x in self.v { yield [x] } }
    func to_string(self) { return "Box of ${len(self.v)}" }
}
func* steps(n) { for i in n { print("step", i); yield i } }
func deep(n) { if n == 0 { throw ["bottom"] }; try { deep(n - 1) } finally { print("up", n) } }
func edit(mut xs, ...more) { xs.push(more); if len(xs) > 3 { throw "full" }; return len(xs) }
func run() {
    box := Box { v: [] }
    for s in steps(4) { box.grow(); print(map([[1], [2]], func(x) { return [x, s] })) }
    try { deep(4) } except e { print(e.message, len(e.stack)) }
    both := box + Box { v: [[9]] }
    print(both, both == box, both[-1], both("a", "b"), [...both], sort([both, box])[0], [both] == [box], box in Set([both]))
    counts := {}
    for w in split("a b a c", " ") { counts[w] := counts.get(w, 0) + 1 }
    held := [[1], [2]]
    try { loop { print(edit(mut held, "x", [counts])) } } except e { print(e.message, held) }
    fs := []
    for i in 3 { fs.push(func() { i += 1; return [i, held] }) }
    print(fs[0]()[0], counts, sort([3, 1, 2], func(a, b) { return b - a }), 3 ** 50, "x".repeat(5))
    [first, ...rest] := [...steps(2), {"k": box}]
    print(first, rest, to_json({"a": [first]}), parse_json("[1, [2]]"), regex_find_all("a1b2", "[0-9]"))
    return box
}
print(run())
"#;

fn every_tick_budget(bench: &mut Bench) {
    let program = bench.engine.compile("varied", VARIED).unwrap();
    bench.vm.set_limits(&limits());
    // The first run pays for what the VM keeps: compiled patterns.
    bench.vm.run(&program).unwrap();
    bench.printed();
    let before = bench.vm.ticks_used();
    bench.vm.run(&program).unwrap();
    let (whole, ticks) = (bench.printed(), bench.vm.ticks_used() - before);
    assert!(ticks < 3_000, "{ticks}: too many for as many runs");
    let mut longest = String::new();
    for budget in 0..=ticks {
        // The same budget again leaves nothing more behind.
        let mut bytes = [0; 2];
        for after in &mut bytes {
            bench.vm.set_limits(&with_ticks(budget));
            let _ = bench.vm.run(&program);
            *after = bench.vm.memory_bytes();
        }
        assert_eq!(bytes[0], bytes[1], "at {budget}");
        bench.printed();
        bench.vm.set_limits(&with_ticks(budget));
        let result = bench.vm.run(&program);
        let printed = bench.printed();
        assert!(whole.starts_with(&printed), "at {budget}");
        assert!(printed.starts_with(&longest) || printed == longest, "a larger budget of {budget} did less");
        longest = printed;
        match result {
            Ok(()) => assert_eq!(budget, ticks),
            Err(error) => assert_eq!(error.code().to_string(), "RUF2001", "at {budget}: {error}"),
        }
    }
    assert_eq!(longest, whole);
}

fn every_memory_limit(bench: &mut Bench) {
    let program = bench.engine.compile("varied", VARIED).unwrap();
    // The first run pays for what the VM keeps.
    bench.vm.run(&program).unwrap();
    let mut ended = 0;
    for bytes in (0..60_000).step_by(37) {
        bench.vm.set_limits(&Limits { memory_bytes: Some(bytes), ..limits() });
        match bench.vm.run(&program) {
            Ok(()) => ended += 1,
            Err(error) => assert_eq!(error.code().to_string(), "RUF2002", "at {bytes}: {error}"),
        }
        let before = bench.vm.memory_bytes();
        let _ = bench.vm.run(&program);
        assert_eq!(bench.vm.memory_bytes(), before, "at {bytes}");
    }
    assert!(ended > 0);
    bench.printed();
}

fn garbage(bench: &mut Bench) {
    let small = Limits { memory_bytes: Some(1 << 20), ..limits() };
    let scripts = [
        "for i in 500000 { x := [i, \"s${i}\"] }",
        "for i in 300000 { x := {\"a\": i, \"b\": [i]} }",
        "struct S { a, b }\nfor i in 300000 { x := S { a: i, b: [i] } }",
        "for i in 200000 { f := func() { return f } }",
        "for i in 200000 { try { throw [i] } except e { x := e } }",
        "x := 1\nfor i in 200000 { x := 10 ** 30 + i }",
        "func* g() { yield [1] }\nfor i in 100000 { for v in g() { x := v } }",
        "for i in 100000 { x := split(\"a,b,c\", \",\").map(func(s) { return s + \"x\" }) }",
    ];
    for script in scripts {
        bench.check_once(&small, &format!("{script}\nprint(\"flat\")"), Expect::Prints("flat"));
    }
}

fn fragmentation(bench: &mut Bench) {
    let script = "func churn() { kept := []\nfor i in 100000 { x := repeat(\"x\", i % 300)\nif i % 100 == 0 { kept.push(x) } }\n\
                  return len(kept) }\nfor r in 4 { churn() }\nprint(churn())";
    bench.check_once(&Limits { memory_bytes: Some(2 << 20), ..limits() }, script, Expect::Prints("1000"));
    assert!(crate::child::resident_bytes() < 200 << 20);
}

fn limits_change(bench: &mut Bench) {
    let tighten = |ctx: &mut Ctx, ticks: u64, bytes: usize| {
        ctx.set_limits(&Limits { memory_bytes: Some(bytes), ..with_ticks(ticks) });
    };
    bench.extend(|builder| builder.function("tighten", tighten));
    let large = 64 << 20;
    bench.check(&format!("tighten(1000, {large})\nwhile true {{ }}"), Expect::Limit("RUF2001"));
    bench.check("x := range(100000)\ntighten(1000000, 1000)\nfor i in 10 { y := [i] }", Expect::Limit("RUF2002"));
    bench.vm.set_global("x", ()).unwrap();
    bench.check(&format!("tighten(0, {large})\nprint(1)\nwhile true {{ }}"), Expect::Limit("RUF2001"));
    bench.check(&format!("func f(n) {{ tighten(5000, {large})\nreturn f(n + 1) }}\nf(0)"), Expect::Error("RUF1016"));
}
