//! What crosses the border between scripts and code of the host, in all modes: panics and what they leave behind, and variables.

use ruff_core::native::Clock;
use ruff_core::{Ctx, Engine, EngineBuilder, ErrorKind, Function, HostRef, HostType, MapLoader, Operator, Vm};
use ruff_testkit::Mode;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Runs a test in each mode. Its panics are not printed; what fails is.
fn in_all_modes(extend: impl Fn(EngineBuilder) -> EngineBuilder, test: impl Fn(&Engine, &Mode)) {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let is_of_host = info.payload().downcast_ref::<&str>().is_some_and(|text| text.starts_with("host: "));
            if !is_of_host && !info.payload().is::<Loud>() {
                hook(info);
            }
        }));
    });
    for mode in Mode::ALL {
        test(&mode.configure(extend(Engine::builder().seed(1))).build(), mode);
    }
}

/// Evaluates a line of a session.
fn text(vm: &mut Vm, code: &str) -> String {
    vm.eval("test", code).unwrap().unwrap_or_default()
}

/// An object whose every member panics.
struct Careless;

fn careless(builder: EngineBuilder) -> EngineBuilder {
    let careless = HostType::new("Careless")
        .constructor(|| Careless)
        .method_ref("read", |_: &Careless| -> i64 { panic!("host: read") })
        .method("change", |_: &mut Careless, _: i64| -> i64 { panic!("host: change") })
        .getter("got", |_: &Careless| -> i64 { panic!("host: got") })
        .setter("set", |_: &mut Careless, _: i64| -> i64 { panic!("host: set") })
        .part("part", |_: &Careless| -> &Careless { panic!("host: part") }, |_| panic!("host: part"))
        .operator(Operator::Add, |_: &Careless, _: i64| -> i64 { panic!("host: add") })
        .operator(Operator::Lt, |_: &Careless, _: i64| -> bool { panic!("host: lt") })
        .operator(Operator::Eq, |_: &Careless, _: i64| -> bool { panic!("host: eq") })
        .operator(Operator::Neg, |_: &Careless| -> i64 { panic!("host: neg") })
        .operator(Operator::Index, |_: &Careless, _: i64| -> i64 { panic!("host: index") })
        .operator(Operator::Call, |_: &Careless| -> i64 { panic!("host: call") })
        .operator_mut(Operator::SetIndex, |_: &mut Careless, _: i64, _: i64| -> i64 { panic!("host: set_index") })
        .iterate(|_: &Careless| -> Vec<i64> { panic!("host: iter") })
        .display(|_: &Careless| panic!("host: display"));
    builder.host_type(careless)
}

#[test]
fn panics_in_members_are_errors_of_the_script() {
    const MEMBERS: [(&str, &str, &str); 14] = [
        ("h.read()", "read", "read"),
        ("h.change(1)", "change", "change"),
        ("h.got", "got", "got"),
        ("h.set := 1", "set", "set"),
        ("h.part.got", "got", "part"),
        ("h + 1", "op_add", "add"),
        ("h < 1", "op_lt", "lt"),
        ("h == 1", "op_eq", "eq"),
        ("-h", "op_neg", "neg"),
        ("h[1]", "op_index", "index"),
        ("h()", "op_call", "call"),
        ("h[1] := 1", "op_set_index", "set_index"),
        ("for x in h { }", "op_iter", "iter"),
        ("y := \"${h}\"", "to_string", "display"),
    ];
    in_all_modes(careless, |engine, mode| {
        for (code, member, panic) in MEMBERS {
            let mut vm = Vm::new(engine);
            vm.eval("use", &format!("h := Careless()\nfunc use() {{\n    {code}\n}}")).unwrap();
            vm.eval("caught", "func caught() { log := []  try { use() } except e { log := [e.message, e.kind, e.line] } finally { log.push(1) }  return log }")
                .unwrap();
            let message = format!("Careless.{member}() panicked: host: {panic}");
            for _ in 0..3 {
                let log = text(&mut vm, "caught()");
                assert_eq!(log, format!("[{message}, RUF4002, 3, 1]"), "{code} in {}", mode.name);
                let error = vm.call::<()>("use", ()).unwrap_err();
                assert_eq!((error.kind(), error.message()), (ErrorKind::Host, &*message), "{code} in {}", mode.name);
                assert_eq!(error.position().map(|at| at.line), Some(3), "{code} in {}", mode.name);
                let names: Vec<&str> = error.trace().iter().map(|frame| &*frame.function).collect();
                assert_eq!(names, [&*format!("Careless.{member}"), "use"], "{code} in {}", mode.name);
            }
        }
    });
}

struct BadClock;

impl Clock for BadClock {
    fn unix_time(&mut self) -> Duration {
        panic!("host: no time")
    }

    fn monotonic(&mut self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&mut self, _duration: Duration) {}
}

/// An engine without the time, which `now()` finds out.
fn timeless(builder: EngineBuilder) -> EngineBuilder {
    let call = |ctx: &mut Ctx, f: Function<fn() -> i64>| f.call(ctx, ());
    let catch = |ctx: &mut Ctx, f: Function<fn() -> i64>| catch_unwind(AssertUnwindSafe(|| f.call(ctx, ()))).is_err();
    let late = "log := []\nfunc look() { return now() }\nlook()\nexport done := 1";
    let builder = builder.clock(|| BadClock).loader(MapLoader::new().module("late", late));
    builder.function("call", call).function("catch", catch)
}

/// What is run, what is asked afterwards, and the answer.
const SERVICES: &[(&str, &str, &str, &str)] = &[
    ("k := [3, 2, 1]  func m(mut xs) { xs.push(4)  now() }", "m(mut k)", "k", "[3, 2, 1, 4]"),
    (
        "k := [3, 2, 1]  func m(mut xs) { xs.push(4)  n(mut xs) }  func n(mut xs) { xs.push(5)  now() }",
        "m(mut k)",
        "k",
        "[3, 2, 1, 4, 5]",
    ),
    (
        "d := {\"a\": {\"b\": [1]}}  func m(mut xs) { xs.push(2)  now() }",
        "m(mut d[\"a\"][\"b\"])",
        "d[\"a\"][\"b\"]",
        "[1, 2]",
    ),
    ("struct S { n = 1  func f(mut self) { self.n += 1  now() } }  s := S {}", "s.f()", "s.n", "2"),
    ("k := [3, 2, 1]", "k.sort(func(a, b) { now()  return a - b })", "len(k)", "3"),
    ("struct S { n = 1  func op_lt(self, o) { now()  return false } }  k := [S {}, S {}]", "k.sort()", "len(k)", "2"),
    (
        "struct S { n = 1  func op_eq(self, o) { now()  return false } }  k := [S {}, S {}]",
        "k.remove(1)",
        "len(k)",
        "2",
    ),
    ("func* g() { y := [1]  yield y  now()  yield 2 }  x := g()  x.next()", "x.next()", "x.next()", "None"),
    ("func* g() { yield 1  now()  yield 2 }  x := g()", "for v in x { }", "x.next()", "None"),
    (
        "func* g() { yield 1  for v in h() { yield v } }  func* h() { yield 1  now() }  x := g()",
        "for v in x { }",
        "x.next()",
        "None",
    ),
    (
        "k := [1]  func* g(n) { yield 1  m(mut k)  yield 2 }  func m(mut xs) { now() }  x := g(1)",
        "for v in x { }",
        "[k, x.next()]",
        "[[1], None]",
    ),
    (
        "k := [1]  func m(mut xs) { try { now() } except e { xs.push(2) } finally { xs.push(3) } }",
        "m(mut k)",
        "k",
        "[1]",
    ),
    ("k := [1]  func m(mut xs) { for i in 0..50 { xs.push(i)  if i == 40 { now() } } }", "m(mut k)", "len(k)", "42"),
    ("k := [1]  func m(mut xs, n) { if n == 0 { now() }  m(mut xs, n - 1) }", "m(mut k, 30)", "k", "[1]"),
];

#[test]
fn panics_of_services_leave_nothing_behind() {
    in_all_modes(timeless, |engine, mode| {
        for (first, code, question, answer) in SERVICES {
            for is_wrapped in [false, true] {
                let mut vm = Vm::new(engine);
                vm.eval("first", first).unwrap();
                let code = if is_wrapped { format!("func run() {{ {code} }}  run()") } else { (*code).to_string() };
                let error = vm.eval("run", &code).unwrap_err();
                let what = format!("{first} {code} in {}", mode.name);
                assert_eq!(error.message(), "service() panicked: host: no time", "{what}");
                assert_eq!(text(&mut vm, question), *answer, "{what}");
                let depth = "f := func(n) { return if n == 0 { 0 } else { 1 + f(n - 1) } }  f(50)";
                assert_eq!(text(&mut vm, depth), "50", "{what}");
                let program = engine.compile("again", &format!("{first}\n{code}")).unwrap();
                let bytes = [(); 4].map(|()| {
                    vm.run(&program).unwrap_err();
                    vm.collect_cycles();
                    vm.memory_bytes()
                });
                assert_eq!(bytes[2], bytes[3], "{what}");
            }
        }
    });
}

#[test]
fn a_module_whose_body_panics_can_be_imported_again() {
    in_all_modes(timeless, |engine, mode| {
        let program = engine.compile("a", "import late").unwrap();
        let mut vm = Vm::new(engine);
        for _ in 0..2 {
            let error = vm.run(&program).unwrap_err();
            assert_eq!(error.message(), "service() panicked: host: no time", "{}", mode.name);
        }
    });
}

#[test]
fn a_panic_below_a_function_of_the_host_is_its_own() {
    in_all_modes(timeless, |engine, mode| {
        let mut vm = Vm::new(engine);
        let functions = "
            k := [1]
            func m(mut xs) { xs.push(1)  return now() }
            func inner() { return m(mut k) }
            func called() { try { return call(inner) } except e { return e.message } }
            func caught(n) { x := [n]  y := catch(inner)  return [x, y, [n + 1]] }
            func* values() { yield catch(inner)  yield called() }";
        vm.eval("a", functions).unwrap();
        for n in 1..4 {
            assert_eq!(text(&mut vm, "called()"), "call() panicked: host: no time", "{}", mode.name);
            assert_eq!(text(&mut vm, "caught(7)"), "[[7], true, [8]]", "{}", mode.name);
            assert_eq!(text(&mut vm, "[...values()]"), "[true, call() panicked: host: no time]", "{}", mode.name);
            assert_eq!(text(&mut vm, "len(k)"), (1 + 4 * n).to_string(), "{}", mode.name);
        }
    });
}

/// The payload of a panic whose destructor panics too.
struct Loud;

impl Drop for Loud {
    fn drop(&mut self) {
        panic!("host: a payload")
    }
}

static DROPPED: AtomicUsize = AtomicUsize::new(0);

/// An object whose destructor panics, with a payload that does so too.
struct Mine;

impl Drop for Mine {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
        std::panic::panic_any(Loud)
    }
}

#[test]
fn destructors_that_panic_do_so_for_nobody_to_see() {
    let mines = |builder: EngineBuilder| {
        let mine =
            HostType::new("Mine").constructor(|| Mine).method_ref("fail", |_: &Mine| -> i64 { panic!("host: fail") });
        timeless(builder.host_type(mine)).function("loud", || -> i64 { std::panic::panic_any(Loud) })
    };
    in_all_modes(mines, |engine, mode| {
        DROPPED.store(0, Ordering::Relaxed);
        let mut vm = Vm::new(engine);
        let functions = "
            func overwritten() { m := Mine()  m := 1  return m }
            func in_array() { xs := [Mine(), [Mine()]]  xs.pop()  xs := [1]  return xs }
            func returned() { m := Mine()  return 7 }
            func thrown() { try { m := Mine()  throw(\"x\") } except e { return e.message } }
            func failed() { try { return Mine().fail() } except e { return e.message } }
            func captured() { m := Mine()  f := func() { return m }  f()  return 1 }
            func* yields() { m := Mine()  yield 1  yield 2 }
            func left() { for v in yields() { return v } }
            func looping() { for i in 0..20 { m := Mine() }  return 1 }
            func stopped() { m := Mine()  now() }";
        vm.eval("a", functions).unwrap();
        let code = "[overwritten(), in_array(), returned(), thrown(), failed(), captured(), left(), looping()]";
        for round in 1..4 {
            let expected = "[1, [1], 7, x, Mine.fail() panicked: host: fail, 1, 1, 1]";
            assert_eq!(text(&mut vm, code), expected, "{}", mode.name);
            let error = vm.call::<()>("stopped", ()).unwrap_err();
            assert_eq!(error.message(), "service() panicked: host: no time", "{}", mode.name);
            let error = vm.eval("b", "loud()").unwrap_err();
            assert_eq!(error.message(), "loud() panicked: no message", "{}", mode.name);
            assert_eq!(DROPPED.load(Ordering::Relaxed), round * 29, "{}", mode.name);
        }
        vm.eval("c", "kept := [Mine(), {\"m\": Mine()}]").unwrap();
        drop(vm);
        assert_eq!(DROPPED.load(Ordering::Relaxed), 3 * 29 + 2, "{}", mode.name);
    });
}

#[test]
fn the_host_cannot_use_what_is_lent() {
    let looks = |builder: EngineBuilder| {
        let get = |ctx: &mut Ctx, name: &str| ctx.global::<Vec<i64>>(name).map(|k| k.len());
        let set = |ctx: &mut Ctx, name: &str| ctx.set_global(name, 5);
        builder.function("get", get).function("set", set)
    };
    in_all_modes(looks, |engine, mode| {
        let functions = "
            k := [1]
            func tried(f, name) { try { return f(name) } except e { return [e.kind, e.message] } }
            func both(mut xs) { xs.push(1)  return [tried(get, \"k\"), tried(set, \"k\"), tried(get, \"none\")] }
            func run() { return both(mut k) }";
        let mut vm = Vm::new(engine);
        vm.eval("a", functions).unwrap();
        for round in 0..3 {
            let lent = "[RUF1017, Cannot use 'k' while it is lent to a mut parameter]";
            let expected = format!("[{lent}, {lent}, [RUF1001, Undefined variable: none]]");
            assert_eq!(text(&mut vm, "run()"), expected, "{}", mode.name);
            assert_eq!(text(&mut vm, "len(k)"), (round + 2).to_string(), "{}", mode.name);
        }
        assert_eq!(text(&mut vm, "set(\"k\")  k"), "5", "{}", mode.name);
    });
}

#[test]
fn the_host_sets_what_a_program_has_declared() {
    in_all_modes(
        |builder| builder,
        |engine, mode| {
            let program = engine.compile("a", "scale := 0\nfunc scaled(n) { return n * scale }").unwrap();
            let mut vm = Vm::new(engine);
            vm.run(&program).unwrap();
            for scale in 0..5 {
                vm.set_global("scale", scale).unwrap();
                assert_eq!(vm.call::<i64>("scaled", (7,)).unwrap(), 7 * scale, "{}", mode.name);
            }
        },
    );
}

#[test]
fn objects_are_unequal_to_other_kinds() {
    struct Euro(i64);
    let euros = |builder: EngineBuilder| {
        let euro = HostType::new("Euro")
            .constructor(Euro)
            .operator(Operator::Eq, |a: &Euro, b: HostRef<Euro>| b.with(|b| a.0 == b.0))
            .operator(Operator::Lt, |a: &Euro, b: HostRef<Euro>| b.with(|b| a.0 < b.0));
        let odd = HostType::new("Odd")
            .constructor(|| 0_u8)
            .operator(Operator::Eq, |_: &u8, n: i64| n % 2 == 1)
            .operator(Operator::Ne, |_: &u8, n: i64| n % 2 == 0);
        builder.host_type(euro).host_type(odd)
    };
    in_all_modes(euros, |engine, mode| {
        let functions = "
            e := Euro(5)
            o := Odd()
            func equal(x, y) { return [x == y, x != y] }
            func all() {
                return [equal(e, Euro(5)), equal(e, Euro(6)), equal(e, 5), equal(e, null), equal(e, [e]), equal(e, o), equal(5, e),
                    equal(o, 3), equal(o, 4), equal(o, \"3\"), e in [1, \"a\", e], [1, e].index_of(e)]
            }
            func less() { try { return e < 1 } except x { return x.message } }";
        let mut vm = Vm::new(engine);
        vm.eval("a", functions).unwrap();
        for _ in 0..3 {
            let expected = "[[true, false], [false, true], [false, true], [false, true], [false, true], [false, true], [false, true], \
                            [true, false], [false, true], [false, true], true, 1]";
            assert_eq!(text(&mut vm, "all()"), expected, "{}", mode.name);
            let message = "Euro.op_lt() expects Euro as argument 1, got int";
            assert_eq!(text(&mut vm, "less()"), message, "{}", mode.name);
        }
    });
}
