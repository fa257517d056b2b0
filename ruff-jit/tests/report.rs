//! What reports say of code that is refused, left and built anew.
#![cfg(all(unix, target_arch = "x86_64"))]

use ruff_core::jit::ExitReason;
use ruff_core::{Engine, Program, Vm};
use ruff_jit::report::{FunctionReport, RefusalReason};
use ruff_jit::{Cranelift, Options, Report, Statistics};
use std::sync::Arc;

struct Ran {
    vm: Vm,
    program: Program,
    statistics: Arc<Statistics>,
}

impl Ran {
    fn new(text: &str, options: Options) -> Ran {
        let native = Cranelift::with_options(options).unwrap();
        let statistics = native.statistics();
        let engine = Engine::builder().jit(native).build();
        let program = engine.compile("test.ruff", text).unwrap();
        let mut vm = Vm::new(&engine);
        vm.run(&program).unwrap();
        Ran { vm, program, statistics }
    }

    fn report(&self) -> Report {
        ruff_jit::report(&self.program).expect("something was hot")
    }

    fn result(&self) -> i64 {
        self.vm.global("result").unwrap()
    }
}

fn with_threshold(threshold: u32) -> Options {
    Options { threshold, ..Options::default() }
}

fn function<'r>(report: &'r Report, name: &str) -> &'r FunctionReport {
    report.functions.iter().find(|f| f.name == name).unwrap()
}

/// A function of about four words of bytecode a line, which is called often.
fn long_function(lines: usize) -> String {
    let body = "    x := (x * 3 + n) % 1000\n".repeat(lines);
    format!(
        "func long(n) {{\n    x := n\n{body}    return x\n}}\nresult := 0\nfor i in range(400) {{ result := long(i) }}\n"
    )
}

#[test]
fn a_function_that_is_too_large_is_refused_once_with_its_reason() {
    let text = long_function(4_000);
    let ran = Ran::new(&text, with_threshold(10));
    let report = ran.report();
    let refusal = function(&report, "long").refusal.as_ref().expect("it is refused");
    assert_eq!(refusal.reason, RefusalReason::TooLarge);
    assert!(refusal.text.contains("words of bytecode exceed the limit of 8000"), "{refusal}");
    assert_eq!(ran.statistics.refusals(), 1, "{report}");
    assert!(function(&report, "long").units.is_empty());
    let engine = Engine::new();
    let mut vm = Vm::new(&engine);
    vm.run(&engine.compile("test.ruff", &text).unwrap()).unwrap();
    assert_eq!(ran.result(), vm.global::<i64>("result").unwrap());
}

#[test]
fn what_has_too_many_values_is_refused() {
    // A function just small enough to be tried, in which each word makes many values.
    let body = "    p.xs[n] := n\n".repeat(20) + "    if n > 90 { x := 1 }\n";
    let text = format!(
        "struct P {{ xs }}\nfunc wide(p, n) {{\n    x := 0\n{}    return x\n}}\n\
         result := 0\nfor i in range(40) {{ result := wide(P {{ xs: [1, 2, 3, 4] }}, i % 4) }}\n",
        body.repeat(170)
    );
    let ran = Ran::new(&text, with_threshold(10));
    let report = ran.report();
    let refusal = function(&report, "wide").refusal.as_ref().expect("it is refused");
    assert_eq!(refusal.reason, RefusalReason::TooLarge);
    assert!(refusal.text.contains("values of HIR and slots of exits exceed the limit of 60000"), "{refusal}");
}

#[test]
fn one_block_that_is_too_large_is_refused_before_it_is_built() {
    // Each addition may leave, and each exit stores all variables.
    let lines = |text: &dyn Fn(usize) -> String| (0..2_500).map(text).collect::<String>();
    let text = format!(
        "func live(n) {{\n{}    t := 0\n{}    return t\n}}\nresult := 0\nfor i in range(40) {{ result := live(i) }}\n",
        lines(&|at| format!("    v{at} := n + {at}\n")),
        lines(&|at| format!("    t += v{at}\n"))
    );
    let ran = Ran::new(&text, with_threshold(10));
    let report = ran.report();
    let refusal = function(&report, "live").refusal.as_ref().expect("it is refused");
    assert_eq!(refusal.reason, RefusalReason::TooLarge);
    let values: usize = refusal.text.split(' ').find_map(|word| word.parse().ok()).expect("a number");
    assert!(values < 70_000, "{refusal}");
    assert_eq!(ran.result(), 2_500 * 39 + (0..2_500).sum::<i64>());
}

#[test]
fn where_code_has_no_room_functions_are_refused_once_each() {
    let text = "func f(n) { return n * 2 }\nfunc g(n) { return f(n) + 1 }\nresult := 0\n\
        for i in range(5000) { result += g(i) }\n";
    let ran = Ran::new(text, Options { code_bytes_max: 64, inlines: false, ..with_threshold(10) });
    assert_eq!(ran.result(), (0..5000).map(|i| i * 2 + 1).sum::<i64>());
    let report = ran.report();
    let refusals: Vec<RefusalReason> =
        report.functions.iter().filter_map(|f| f.refusal.as_ref()).map(|r| r.reason).collect();
    assert!(!refusals.is_empty() && refusals.iter().all(|r| *r == RefusalReason::NoMemory), "{report}");
    assert_eq!(ran.statistics.refusals(), refusals.len() as u64);
    assert_eq!(report.units().count(), 0);
}

/// Kinds change with each call: of arguments, results, fields, elements and callees.
const ALTERNATING: &str = "
struct A { v }
struct B { w, v }
func double(x) { return x + x }
func negate(x) { return 0 - x }
func same(a, b) { return a == b }
func apply(f, x) { return f(x) }
func run(rounds) {
    values := [1, 1.5, 9007199254740993, 4611686018427387904, 2, 0.5]
    objects := [A { v: 1 }, B { w: 2, v: 1.5 }, B { w: 1.5, v: 1 }]
    count := 0
    for i in range(rounds) {
        v := values[i % 6]
        f := double
        if i % 2 == 0 { f := negate }
        if same(double(v), apply(f, v)) { count += 1 }
        o := objects[i % 3]
        o.v += v
        objects[i % 3] := o
        if i % 5 == 0 { values[i % 6] := v }
        if i % 7 == 0 { v := \"text\" }
        if same(v, \"text\") { count += 1 }
    }
    return count
}
";

#[test]
fn alternating_kinds_end_in_code_that_stays() {
    for threshold in [1, 10, 1_000] {
        let run = |rounds| Ran::new(&format!("{ALTERNATING}result := run({rounds})\n"), with_threshold(threshold));
        let (short, long) = (run(20_000), run(80_000));
        let interpreted = {
            let engine = Engine::new();
            let mut vm = Vm::new(&engine);
            vm.run(&engine.compile("t", &format!("{ALTERNATING}result := run(80000)\n")).unwrap()).unwrap();
            vm.global::<i64>("result").unwrap()
        };
        assert_eq!(long.result(), interpreted);
        let builds = |ran: &Ran| ran.statistics.functions() + ran.statistics.loops();
        assert!(builds(&long) <= builds(&short) + 4, "threshold {threshold}: {}\n{}", short.report(), long.report());
        for function in &long.report().functions {
            let units = function.units.len() + function.loops.iter().map(|l| l.units.len()).sum::<usize>();
            assert!(units <= 24, "threshold {threshold}: {units} builds\n{function}");
        }
    }
}

#[test]
fn a_guard_that_fails_is_widened_and_its_exits_have_their_place() {
    let text = "struct S { v }\nfunc get(s) {\n    return s.v + 1\n}\ns := S { v: 1 }\nresult := 0\n\
        for i in range(1000) { result += get(s) }\ns.v := 0.5\nfor i in range(1000) { result := 7 * to_int(get(s)) }\n";
    let ran = Ran::new(text, Options { inlines: false, ..with_threshold(10) });
    assert_eq!(ran.result(), 7);
    let report = ran.report();
    let get = function(&report, "get");
    let first = &get.units[0];
    assert!(first.is_retired && first.version == 1 && first.code_bytes > 0, "{report}");
    let exit = &first.exits[0];
    assert_eq!((exit.guard.location.source.as_str(), exit.guard.location.position.line), ("test.ruff", 3), "{report}");
    assert!(exit.count >= 3, "{report}");
    assert!(get.units.iter().any(|unit| !unit.is_retired), "{report}");
    assert_eq!(report.exits(), ruff_core::jit::ExitReason::ALL.iter().map(|r| ran.statistics.exits(*r)).sum::<u64>());
}

#[test]
fn listings_are_kept_where_they_are_asked_for() {
    let text = "result := 0\nfor i in range(1000) { result += i }\n";
    let ran = Ran::new(text, Options { keeps_listings: true, ..with_threshold(10) });
    let report = ran.report();
    let (function, at, unit) = report.units().next().expect("the loop is hot");
    assert_eq!((function.name.as_str(), at.map(|l| l.location.position.line)), ("main", Some(2)));
    let listing = unit.listing.as_ref().expect("it was asked for");
    assert!(
        listing.hir.starts_with("function main:2 (loop)") && listing.clif.contains("block0") && !listing.asm.is_empty()
    );
    assert!(Ran::new(text, with_threshold(10)).report().units().all(|(.., unit)| unit.listing.is_none()));
}

#[test]
fn an_observer_is_told_of_all_code() {
    let names = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = names.clone();
    let native = Cranelift::observed(with_threshold(10), move |code| {
        assert!(code.address > 0 && code.bytes > 0);
        seen.lock().unwrap().push(code.name.to_string());
    });
    let engine = Engine::builder().jit(native.unwrap()).build();
    let program = engine.compile("t", "x := 0\nfor i in range(1000) { x += i }").unwrap();
    Vm::new(&engine).run(&program).unwrap();
    assert!(names.lock().unwrap().contains(&"main:2".to_string()));
}

#[test]
fn generators_go_on_natively_wherever_they_are_asked() {
    let text = "func* numbers(n) { for i in n { yield i * 3 } }
func* odd(source) { for x in source { if x % 2 == 1 { yield x } } }
func total(n) {
    sum := 0
    for x in odd(numbers(n)) { sum += x }
    for x in numbers(n).map(func(x) { return x + 1 }) { sum += x }
    return sum
}
result := 0
for i in range(20) { result := total(2000) }
";
    let ran = Ran::new(text, with_threshold(100));
    let report = ran.report();
    for name in ["numbers", "odd"] {
        let generator = function(&report, name);
        assert!(generator.resumptions.iter().any(|r| r.units.len() == 1 && !r.units[0].is_retired), "{report}");
    }
    assert!(!function(&report, "total").loops.iter().all(|l| l.units.is_empty()), "{report}");
    assert!(ran.statistics.resumptions() >= 2 && report.exits() < 200, "{report}");
    assert_eq!(ran.result(), 3_000_000 + 5_997_000 + 2_000);
}

#[test]
fn a_handler_that_has_caught_an_error_is_a_part_of_the_code() {
    let text = "func risky(i) { if i % 3 == 0 { throw \"three\" } return i }
func total(n) {
    sum := 0
    for i in n { try { sum += risky(i) } except e { sum += len(e.message) } }
    return sum
}
result := 0
for i in range(20) { result := total(1000) }
";
    let ran = Ran::new(text, with_threshold(100));
    let report = ran.report();
    let total = function(&report, "total");
    let units = total.units.iter().chain(total.loops.iter().flat_map(|l| &l.units));
    let left: u64 = units.flat_map(|unit| &unit.exits).map(|exit| exit.count).sum();
    assert!(left < 20, "{report}");
    assert_eq!(ran.result(), 332_667 + 334 * 5);
}

/// The HIR of all code that is in use.
fn listings(text: &str) -> String {
    let ran = Ran::new(text, Options { threshold: 100, keeps_listings: true, ..Options::default() });
    let report = ran.report();
    let units = report.units().map(|(.., unit)| unit).filter(|unit| !unit.is_retired);
    units.filter_map(|unit| unit.listing.as_ref()).map(|listing| listing.hir.as_str()).collect()
}

#[test]
fn operators_of_structs_are_no_steps_of_the_interpreter() {
    let text = "struct Vec { x
    func op_add(self, o) { return Vec { x: self.x + o.x } }
    func op_mul(self, k) { return Vec { x: self.x * k % 1009 } }
    func op_pow(self, k) { return self.x + k }
    func op_neg(self) { return Vec { x: 1 - self.x } }
    func op_not(self) { return self.x == 0 }
    func op_eq(self, o) { return self.x == o.x }
    func op_lt(self, o) { return self.x < o.x }
    func op_index(self, i) { return self.x + i }
    func op_call(self, a, b) { return self.x * a + b }
}
func total(n) {
    p := Vec { x: 1 }
    q := Vec { x: 5 }
    sum := 0
    for i in n {
        p := -(p + q) * 3
        if p == q { sum += 1 }
        if p != q { sum += 2 }
        if p < q { sum += 3 }
        equal := p == q
        if equal or !p { sum += 4 }
        sum += p[1] + p(2, 3) + p ** 2
    }
    return sum
}
result := 0
for i in range(20) { result := total(1000) }
";
    let hir = listings(text);
    assert!(hir.contains("rt_alloc_struct"), "{hir}");
    for step in ["rt_binary", "rt_unary", "rt_compare", "rt_compare_now", "rt_get_index", "rt_call_value", "rt_step"] {
        assert!(!hir.contains(&format!("{step}(")) && !hir.contains(&format!("{step} ")), "{step}: {hir}");
    }
}

#[test]
fn structs_and_pairs_that_nothing_keeps_are_not_made() {
    let text = "struct Vec { x, y
    func op_add(self, o) { return Vec { x: self.x + o.x, y: self.y + o.y } }
    func slide(mut self, k) { self.x := (self.x + k) % 1009 }
}
struct Span { low, high }
func divided(a, b) { return [a / b, a % b] }
func total(n) {
    p := Vec { x: 1, y: 2 }
    s := Span { low: p, high: p }
    sum := 0
    for i in n {
        [q, r] := divided(i, 7)
        p := p + Vec { x: q, y: r }
        p.slide(i)
        if p.x > 1000 { s.high := p } else { s.low.y += 1 }
        sum += s.high.x + s.low.y
    }
    return sum + p.y
}
result := 0
for i in range(1000) { result := total(20) }
";
    let ran = Ran::new(text, Options { threshold: 100, keeps_listings: true, ..Options::default() });
    let report = ran.report();
    let units = function(&report, "total").units.iter().filter(|unit| !unit.is_retired);
    let listings: Vec<&str> = units.filter_map(|unit| Some(unit.listing.as_ref()?.hir.as_str())).collect();
    assert!(!listings.is_empty(), "{report}");
    for hir in listings {
        assert!(!hir.contains("rt_alloc_struct") && !hir.contains("rt_alloc_array"), "{hir}");
        assert!(hir.contains("= struct of slot "), "exits say how they are made: {hir}");
    }
}

#[test]
fn functions_of_structs_are_no_steps_of_the_interpreter() {
    let text = "struct P { x, y
    func make(a) { return P { x: a, y: -a } }
    func next(mut n) { n += 1; return n }
}
func total(n) {
    sum := 0
    k := 0
    p := P.make(1)
    for i in n {
        p.y := i - 500
        sum += P.make(i).x + P.next(mut k) + p.y.abs()
    }
    return sum
}
result := 0
for i in range(20) { result := total(1000) }
";
    let hir = listings(text);
    for step in ["rt_call_method", "rt_call_place_method", "rt_prepare_method", "rt_step"] {
        assert!(!hir.contains(&format!("{step}(")), "{step}: {hir}");
    }
}

#[test]
fn closures_and_their_variables_are_no_steps_of_the_interpreter() {
    let text = "func compose(f, g) { return func(x) { return g(f(x)) } }
func total(n) {
    sum := 0
    for i in n {
        add := func(x) { return x + i }
        double := func(x) { return x * 2 }
        h := compose(add, double)
        [a, b] := [i, i + 1]
        sum += h(i) % 7 + a - b
    }
    return sum
}
result := 0
for i in range(20) { result := total(1000) }
";
    let hir = listings(text);
    assert!(hir.contains("rt_alloc_closure") && hir.contains("rt_alloc_cell"), "{hir}");
    for step in ["rt_get_element", "rt_call_value", "rt_call_function", "rt_step"] {
        assert!(!hir.contains(step), "{step}: {hir}");
    }
}

#[test]
fn operands_that_die_are_released_however_many_declarations_are_asked() {
    let declarations: String =
        (0..7).map(|at| format!("struct V{at} {{ x  func op_add(self, o) {{ return [self.x, o] }} }}\n")).collect();
    let text = format!(
        "{declarations}func made(i) {{
    return if i % 7 == 0 {{ V0 {{ x: i }} }} else if i % 7 == 1 {{ V1 {{ x: i }} }} else if i % 7 == 2 {{ V2 {{ x: i }} }}
        else if i % 7 == 3 {{ V3 {{ x: i }} }} else if i % 7 == 4 {{ V4 {{ x: i }} }} else if i % 7 == 5 {{ V5 {{ x: i }} }} else {{ V6 {{ x: i }} }}
}}
func total(n) {{
    sum := 0
    for i in n {{
        p := made(i)
        t := p + i
        sum += len(t)
    }}
    return sum
}}
result := 0
for i in range(20) {{ result := total(1000) }}
"
    );
    let ran = Ran::new(&text, with_threshold(100));
    assert_eq!(ran.result(), 2_000);
    assert!(ran.vm.memory_bytes() < 20_000, "{} bytes", ran.vm.memory_bytes());
}

fn exits(report: &Report, reason: ExitReason) -> u64 {
    report.units().flat_map(|(.., unit)| &unit.exits).filter(|e| e.guard.reason == reason).map(|e| e.count).sum()
}

#[test]
fn copies_and_dicts_that_the_interpreter_has_seen_need_no_exit() {
    let text = "func total(n) {
    base := [3, 1, 2]
    groups := {}
    for i in n {
        sorted := base
        sorted[i % 3] := i
        name := [\"a\", \"b\", \"c\"][i % 3]
        if name not in groups { groups[name] := {\"count\": 0, \"sum\": 0} }
        groups[name][\"count\"] += 1
        groups[name][\"sum\"] += sorted[i % 3] - base[0]
    }
    return groups[\"b\"][\"count\"] * 1000 + groups[\"c\"][\"sum\"]
}
result := total(3000)
";
    let ran = Ran::new(text, with_threshold(200));
    let report = ran.report();
    assert!(report.units().count() > 0, "{report}");
    assert_eq!((exits(&report, ExitReason::Shared), exits(&report, ExitReason::Kind)), (0, 0), "{report}");
    assert!(report.units().all(|(.., unit)| !unit.is_retired), "{report}");
    assert_eq!(ran.result(), 1_000_000 + 1_497_500);
}

/// A function that is hot before it takes its other branch, `rare` times.
fn with_rare_branch(rare: usize) -> Ran {
    let text = format!(
        "func pick(list, i, n) {{\n    if i < n {{ return i * 2 }}\n    return list[i % 2]\n}}
list := [5, 6]\nresult := 0\nfor i in range(5000) {{ result := pick(list, i, 9999) }}
for i in range({rare}) {{ result := pick(list, i, 0) }}\n"
    );
    Ran::new(&text, Options { inlines: false, ..with_threshold(500) })
}

#[test]
fn exits_that_cost_little_build_nothing_again() {
    for (rare, versions) in [(50, 1), (500, 2)] {
        let ran = with_rare_branch(rare);
        let report = ran.report();
        assert_eq!(function(&report, "pick").units.len(), versions, "{report}");
        assert!(exits(&report, ExitReason::NeverRun) >= 50, "{report}");
        assert_eq!(ran.result(), 6);
    }
}

#[test]
fn short_loops_of_a_function_are_entered_by_its_calls() {
    let text = "func count(text) {
    n := 0
    for c in text { if c == \"a\" { n += 1 } }
    for c in text { if c == \"b\" { n += 2 } }
    return n
}
result := 0
for i in range(3000) { result += count(\"abracadabra\") }
";
    let ran = Ran::new(text, with_threshold(2_500));
    let report = ran.report();
    let count = function(&report, "count");
    assert_eq!((count.units.len(), count.loops.iter().map(|l| l.units.len()).sum::<usize>()), (1, 0), "{report}");
    assert_eq!(ran.result(), 3000 * 9);
}

/// How often an operation stands in HIR.
fn count_of(hir: &str, operation: &str) -> usize {
    hir.matches(&format!("= {operation} ")).count()
}

#[test]
fn a_loop_that_ends_in_a_condition_is_built_once() {
    let text = "func run(n) {
    total := 0
    for i in n {
        total += i % 5
        if i % 3 == 0 { total += i % 7 }
    }
    return total
}
result := run(3000)
";
    let hir = listings(text);
    assert_eq!((count_of(&hir, "rem"), hir.matches("before loop").count()), (3, 1), "{hir}");
}

#[test]
fn the_outermost_loop_that_comes_round_soon_is_entered() {
    let text = "func run(rounds) {
    total := 0
    for i in rounds {
        for j in 10 { for k in 5 { total += i % 7 + j * k } }
    }
    return total
}
result := run(2000)
";
    let report = Ran::new(text, with_threshold(6_400)).report();
    let units: Vec<usize> = function(&report, "run").loops.iter().map(|l| l.units.len()).collect();
    assert_eq!(units, [1, 0, 0], "{report}");
    // Rounds that take longer are not waited for.
    let report = Ran::new(&text.replace("in 10", "in 1000"), with_threshold(6_400)).report();
    let units: Vec<usize> = function(&report, "run").loops.iter().map(|l| l.units.len()).collect();
    assert_eq!(units, [0, 1, 0], "{report}");
}

#[test]
fn what_has_not_run_behind_a_hot_loop_is_left() {
    let text = "func later(i) { return i * 2 % 9 }
func run(n) {
    total := 0
    for i in n { total += i % 5 }
    return total + later(total) + later(n)
}
result := run(3000)
";
    let ran = Ran::new(text, with_threshold(500));
    let report = ran.report();
    let units: Vec<_> = function(&report, "run").loops.iter().flat_map(|l| &l.units).collect();
    assert!(units.len() == 1 && units[0].inlined.is_empty(), "{report}");
    assert_eq!(exits(&report, ExitReason::NeverRun), 1, "{report}");
    assert_eq!(ran.result(), 6000 + 6000 * 2 % 9 + 3000 * 2 % 9);
}

#[test]
fn memberships_lengths_and_kinds_are_no_steps_of_the_interpreter() {
    let text = "seen := Set()
func count(text, some, v) {
    n := 0
    for i in len(text) {
        if text[i] in \"aeiou\" { n += 1 }
        if i in some { n += 2 }
        if v not in [\"x\", \"y\"] { n += 3 }
        if type(v) == \"string\" { n += len(v) }
    }
    for i in 3..=len(text) { n += 1 }
    return n
}
result := 0
for i in range(400) { seen.add(i % 7) }
for i in range(400) { result := count(\"abracadabra\", seen, \"y\") }
";
    let hir = listings(text);
    assert!(hir.contains("rt_short_contains("), "{hir}");
    for step in ["rt_call_builtin", "rt_new_range", "rt_for_prepare", "rt_step"] {
        assert!(!hir.contains(&format!("{step}(")), "{step}: {hir}");
    }
}

#[test]
fn values_of_enums_are_compared_natively() {
    let text = "enum State { Idle, Walk, Run }
func count(states, other) {
    n := 0
    for s in states {
        if s == State::Run { n += 1 }
        if s != other { n += 10 }
    }
    return n
}
states := []
result := 0
for i in range(99) { states.push(if i % 3 == 0 { State::Idle } else { State::Run }) }
for i in range(300) { result := count(states, State::Idle) }
";
    let hir = listings(text);
    for step in ["rt_get_variant", "rt_new_variant", "rt_alloc_variant", "rt_step"] {
        assert!(!hir.contains(&format!("{step}(")), "{step}: {hir}");
    }
    assert_eq!(Ran::new(text, with_threshold(100)).result(), 66 + 660);
}

#[test]
fn constants_that_count_from_the_end_do_not_leave() {
    let text = "func last(xs, text) { return xs[-1] + (if text[-2] == \"a\" { 1 } else { 2 }) + [[1], xs][-1][-2] }
result := 0
for i in range(3000) { result := last([i, 2, 3], \"abc\") }
";
    let ran = Ran::new(text, with_threshold(100));
    assert!(ran.report().exits() == 0, "{}", ran.report());
    assert_eq!(ran.result(), 3 + 2 + 2);
}

#[test]
fn numbers_in_arrays_with_other_values_are_read_through_paths() {
    let text = "func least(rows) {
    best := 0
    for i in len(rows) { if rows[i][0] < rows[best][0] { best := i } }
    return rows[best][0]
}
rows := []
for i in range(50) { rows.push([100 - i, \"row ${i}\"]) }
result := 0
for i in range(300) { result := least(rows) }
";
    let ran = Ran::new(text, with_threshold(100));
    assert_eq!(function(&ran.report(), "least").units.len(), 1, "{}", ran.report());
    assert!(ran.report().exits() == 0, "{}", ran.report());
    assert_eq!(ran.result(), 51);
}

#[test]
fn calls_with_other_kinds_than_the_first_become_native_too() {
    let text = "
        func count(v) {
            if is_array(v) {
                leaves := 0
                for x in v { leaves += count(x) }
                return leaves
            }
            return v
        }";
    let mut ran = Ran::new(text, with_threshold(200));
    for _ in 0..300 {
        assert_eq!(ran.vm.call::<i64>("count", (7,)).unwrap(), 7);
    }
    assert_eq!(function(&ran.report(), "count").units.len(), 1);
    for _ in 0..2000 {
        assert_eq!(ran.vm.call::<i64>("count", (vec![1, 2, 3],)).unwrap(), 6);
    }
    let report = ran.report();
    let versions: Vec<u32> = function(&report, "count").units.iter().map(|unit| unit.version).collect();
    assert_eq!(versions, [1, 2], "{report}");
}

#[test]
fn short_stretches_between_native_calls_get_hot() {
    // The interpreter never has more than a hundred ticks before native code runs.
    let text = "
        func work(n) {
            total := 0
            for k in n { total := (total + k * k) % 1000003 }
            return total
        }
        func tally(counts, n) {
            for i in 100 { counts[i % 16] += (n + i) % 7 }
            return counts
        }
        func sixth(n) {
            total := 0
            for i in 6 { total += work(60 + i % n) }
            return total
        }
        func main() {
            counts := range(16).map(func(_) { return 0 })
            total := 0
            for round in 3000 {
                counts := tally(counts, round)
                total += work(400)
                if round % 2 == 0 { total += sixth(3) }
            }
            return total + sum(counts)
        }
        result := main()";
    let ran = Ran::new(text, with_threshold(5000));
    let report = ran.report();
    for name in ["tally", "sixth"] {
        assert!(!function(&report, name).units.is_empty(), "{report}");
    }
}

#[test]
fn names_of_dicts_are_no_steps_of_the_interpreter() {
    let text = "items := []
for i in 50 { items.push({\"price\": i, \"tags\": {\"a_name_of_more_than_14_bytes\": i % 2}}) }
func count(items) {
    n := 0
    for i in len(items) {
        item := items[i]
        if items[i].tags.a_name_of_more_than_14_bytes == 1 { n += item.price }
        if item?.discount == null { n += 1 }
    }
    return n
}
result := 0
for i in range(60) { result := count(items) }
";
    let ran = Ran::new(text, with_threshold(100));
    let report = ran.report();
    assert_eq!(ran.result(), 675, "{report}");
    assert_eq!(function(&report, "count").units.len(), 1, "{report}");
    let hir = listings(text);
    assert!(hir.contains("rt_find_named_entry(") && hir.contains("rt_find_text_entry("), "{hir}");
    for step in ["rt_get_field", "rt_get_field_or_null", "rt_get_path"] {
        assert!(!hir.contains(&format!("{step}(")), "{step}: {hir}");
    }
}

#[test]
fn conditions_that_are_no_truth_values_need_no_exit() {
    let text = "func find(xs, at, n) {
    if at >= len(xs) { return null }
    if xs[at] == n { return at + 1 }
    a := xs[at] * 3 + n
    b := a * a % 17 + a * n % 13 - a * 5 % 7
    c := b * 2 % 5 + a * 2 % 11 + b * 3 % 19
    d := c * 2 % 5 + a * 7 % 11 + b * 4 % 19
    if find(xs, at + 1, n) { return c + d + 1 }
    return \"\"
}
result := 0
for i in range(600) { if find([1, 2, 3, 4], 0, i % 6) { result += 1 } }
";
    let ran = Ran::new(text, with_threshold(100));
    let report = ran.report();
    assert_eq!(ran.result(), 400, "{report}");
    assert_eq!(exits(&report, ExitReason::Result), 0, "{report}");
}

#[test]
fn what_was_given_away_is_copied_without_code_for_copies() {
    // The rows of each copy are shared until they are written for the first time.
    let text = "
        func relax(mut rows, n) {
            for k in n {
                for i in n {
                    for j in n {
                        t := rows[i][k] + rows[k][j]
                        if t < rows[i][j] { rows[i][j] := t }
                    }
                }
            }
        }
        func make(n) {
            rows := []
            for i in n {
                row := []
                for j in n { row.push(1000 - (i * 37 + j * 91) % 500) }
                row[i] := 1 - i
                rows.push(row)
            }
            return rows
        }
        rows := make(100)
        result := 0
        for round in range(12) {
            mine := rows
            relax(mut mine, 100)
            result += sum(mine[0])
        }";
    let ran = Ran::new(text, with_threshold(5000));
    let report = ran.report();
    let relax = function(&report, "relax");
    assert!(exits(&report, ExitReason::Shared) > 100, "{report}");
    assert!(relax.widened.iter().all(|guard| guard.reason != ExitReason::Shared), "{report}");
}

#[test]
fn a_container_that_is_copied_each_time_gets_code_for_it() {
    let text = "
        func changed(xs, i) {
            xs[i] := i
            return xs[i]
        }
        xs := range(8).to_array()
        result := 0
        for round in range(20000) { result += changed(xs, round % 8) }";
    let ran = Ran::new(text, with_threshold(5000));
    let report = ran.report();
    assert_eq!(ran.result(), 70000, "{report}");
    assert!(exits(&report, ExitReason::Shared) < 2000, "{report}");
}

#[test]
fn calls_that_go_on_in_the_code_of_a_loop_need_no_code_of_their_own() {
    let text = "
        func work(n) {
            total := 0
            for i in n { total := (total + i * i) % 1000003 }
            return total
        }
        func short(n) {
            total := 0
            for i in n { total := (total + i * 3) % 1009 }
            return total
        }
        result := 0
        for round in range(12) { result := work(20000) }
        for round in range(3000) { result += short(20) }";
    let ran = Ran::new(text, with_threshold(5000));
    let report = ran.report();
    assert!(function(&report, "work").units.is_empty(), "{report}");
    assert_eq!(
        function(&report, "short").units.len() + usize::from(function(&report, "short").is_inlined),
        1,
        "{report}"
    );
}

#[test]
fn bounds_that_are_large_end_as_code_without_a_guard() {
    let text = "
        func squares(from, to) {
            total := 0
            for i in range(from, to) { total := (total + i * i) % 1000003 }
            return total
        }
        result := 0
        for round in range(4000) { result := squares(2000000000, 2000000050) }";
    let ran = Ran::new(text, with_threshold(5000));
    let report = ran.report();
    let squares = function(&report, "squares");
    let builds = squares.units.len() + squares.loops.iter().map(|l| l.units.len()).sum::<usize>();
    assert!((1..=4).contains(&builds), "{report}");
    assert!(squares.widened.iter().any(|guard| guard.reason == ExitReason::Overflow), "{report}");
    assert!(exits(&report, ExitReason::Overflow) < 1000, "{report}");
}

#[test]
fn an_array_that_stores_its_elements_in_two_ways_is_widened_at_once_wherever_it_is_used() {
    let text = "
        func run(code, rounds) {
            stack := []
            total := 0
            for round in rounds {
                for op in code {
                    match op {
                        case 0 { stack.push(round) }
                        case 1 { stack.push(7) }
                        case 2 { b := stack.pop(); a := stack.pop(); stack.push(a + b) }
                        case 3 { b := stack.pop(); a := stack.pop(); stack.push(a * b) }
                        case 4 { b := stack.pop(); a := stack.pop(); stack.push(a < b) }
                        case 5 { if stack.pop() { total += 1 } }
                        case 6 { total += stack.pop() }
                        default { total += len(stack) }
                    }
                }
            }
            return total
        }
        result := run([0, 1, 2, 1, 3, 6, 0, 1, 0, 1, 4, 5, 2, 7, 6, 1, 0, 4, 5, 1, 1, 3, 6], 20000)";
    let ran = Ran::new(text, with_threshold(5000));
    let report = ran.report();
    assert_eq!(ran.result(), 1_602_059_999, "{report}");
    let run = function(&report, "run");
    let builds = run.units.len() + run.loops.iter().map(|l| l.units.len()).sum::<usize>();
    assert!((1..=4).contains(&builds), "{report}");
}
