//! Part I: careless hosts.

use crate::Row;
use crate::bench::{Bench, Expect, limits, with_ticks};
use crate::child::cpu_time;
use crate::collections::SHARED_TREE;
use ruff_core::{Ctx, Data, Engine, ErrorKind, Function, Limits, Rest, Root, Vm};
use ruff_testkit::generate;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub const ROWS: &[Row] = &[
    Row { name: "I02_reentry", scenario: reentry },
    Row { name: "I03_handles_of_others", scenario: handles_of_others },
    Row { name: "I04_threads", scenario: vms_move_between_threads },
    Row { name: "I05_interrupts", scenario: interrupts },
    Row { name: "I06_panics", scenario: panics },
    Row { name: "I11_conversions", scenario: conversions },
    Row { name: "I12_many_functions", scenario: many_functions },
    Row { name: "I14_one_engine_in_many_threads", scenario: one_engine_in_many_threads },
    Row { name: "I15_dropped_in_the_middle", scenario: dropped_in_the_middle },
    Row { name: "I19_hostile_output", scenario: hostile_output },
    Row { name: "I20_copies_for_the_host", scenario: copies_for_the_host },
];

/// What the host gets as a copy is larger than what the script holds: the copy meets the script's limits.
fn copies_for_the_host(bench: &mut Bench) {
    bench.extend(|builder| {
        builder
            .function("log", |_: Data| ())
            .function("texts", |_: Vec<String>| ())
            .function("all", |_: Rest<Data>| ())
            .function("lists", |_: Vec<Vec<Vec<Vec<Vec<()>>>>>| ())
            .function("note", |_: BTreeMap<String, Data>| ())
            .function("keep", |ctx: &mut Ctx, _: String, f: Function<fn() -> i64>| f.call(ctx, ()))
            .function("fail", |ctx: &mut Ctx, f: Function<fn() -> i64>| f.call(ctx, ()).is_err())
            .function("back", |ctx: &mut Ctx, f: Root| f.call::<Data>(ctx, ()).map(drop))
            .function("tree", |ctx: &mut Ctx| ctx.global::<Data>("x").map(drop))
            .function("got", |ctx: &mut Ctx, x: Root| x.get::<Data>(ctx).map(drop))
    });
    let large = "s := repeat(\"ab\", 5000000)\nxs := []\nfor i in 0..1000 { xs.push(s) }\n";
    let lists = "xs := range(1000).map(func(i) { return null })\n\
                 for level in 0..4 { xs := range(1000).map(func(i) { return xs }) }\n";
    for (setup, copies) in [
        (SHARED_TREE, "log(x)\nnote({\"a\": x})\nall(1, x)\nback(func() { return x })\ntree()\ngot(x)"),
        (large, "log(xs)\ntexts(xs)\nall(xs)\nback(func() { return xs })\ngot(xs)"),
        (lists, "lists(xs)"),
    ] {
        for copy in copies.lines() {
            // Lists of nothing have few bytes.
            if setup != lists {
                let limits = Limits { memory_bytes: Some(32 << 20), ..limits() };
                bench.check_once(&limits, &format!("{setup}{copy}"), Expect::Limit("RUF2002"));
            }
            bench.vm.set_limits(&limits());
            bench.vm.eval("setup", setup).unwrap();
            bench.vm.set_limits(&with_ticks(20_000));
            let start = cpu_time();
            let error = bench.vm.eval("copy", copy).unwrap_err();
            assert_eq!(error.code().to_string(), "RUF2001", "{copy}: {error}");
            let time = cpu_time() - start;
            assert!(time < Duration::from_millis(400), "{copy}: {time:?} for 20,000 ticks");
        }
    }
    for name in ["x", "s", "xs"] {
        bench.vm.set_global(name, ()).unwrap();
    }
    // Copies of arguments count until the call is over.
    let nested = "s := repeat(\"ab\", 5000000)\nn := 0\n\
                  func f() { n += 1\nif n == 100 { return n }\nreturn keep(s, f) }\nf()";
    bench.check(nested, Expect::Limit("RUF2002"));
    bench.check("for i in 0..100 { keep(repeat(\"ab\", 5000000), func() { return 1 }) }", Expect::Ends);

    // Neither do the results of calls and the values of variables escape them, nor does what was thrown.
    bench.vm.set_limits(&limits());
    bench.vm.eval("x", SHARED_TREE).unwrap();
    bench.vm.eval("f", "func f() { return x }").unwrap();
    for error in [
        bench.vm.global::<Data>("x").unwrap_err(),
        bench.vm.call::<Data>("f", ()).unwrap_err(),
        bench.vm.global::<Root>("x").unwrap().get::<Data>(&mut bench.vm).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.code().to_string().as_str()), (ErrorKind::Limit, "RUF2002"), "{error}");
    }
    let start = cpu_time();
    let error = bench.vm.eval("throw", "struct E { message, p }\nthrow E { message: \"m\", p: x }").unwrap_err();
    assert_eq!((error.kind(), error.message(), error.thrown()), (ErrorKind::Runtime, "m", None));
    assert!(error.thrown_root().is_some());
    let caught = "for i in 0..1000 { fail(func() { throw E { message: \"m\", p: x } }) }";
    bench.vm.eval("fail", caught).unwrap();
    assert!(cpu_time() - start < Duration::from_secs(1));
    bench.vm.set_global("x", ()).unwrap();
}

/// Script to host to script, without end: on the stack that natives have left.
fn reentry(bench: &mut Bench) {
    let back = |ctx: &mut Ctx, f: Function<fn(i64) -> i64>, n: i64| f.call(ctx, (n,));
    bench.extend(|builder| builder.function("back", back));
    bench.check(
        "func enter(n) { return if n == 0 { 0 } else { back(enter, n - 1) + 1 } }\nprint(enter(20))",
        Expect::Prints("20"),
    );
    bench.check("func enter(n) { return back(enter, n + 1) }\nenter(0)", Expect::Error("RUF1016"));
    bench.check(
        "func enter(n) { try { return back(enter, n + 1) } except { return 5 } }\nprint(enter(0))",
        Expect::Prints("5"),
    );
    bench.check(
        "func enter(n) { return sort([2, 1], func(a, b) { return back(enter, n) })[0] }\nenter(0)",
        Expect::Error("RUF1016"),
    );
}

fn handles_of_others(bench: &mut Bench) {
    let mut other = Vm::new(&bench.engine);
    bench.vm.eval("a", "func f(n) { return n + 1 }").unwrap();
    other.eval("a", "func f(n) { return n + 2 }").unwrap();
    let f: Function<fn(i64) -> i64> = bench.vm.function("f").unwrap();
    assert_eq!(f.call(&mut bench.vm, (1,)).unwrap(), 2);
    assert!(f.call(&mut other, (1,)).is_err());
    let program = Engine::new().compile("foreign", "x := 1").unwrap();
    assert_eq!(bench.vm.run(&program).unwrap_err().kind(), ErrorKind::Host);
    let lost: Function<fn(i64) -> i64> = {
        let mut short = Vm::new(&bench.engine);
        short.eval("a", "func f(n) { return n }").unwrap();
        short.function("f").unwrap()
    };
    assert!(lost.call(&mut other, (1,)).is_err());
    drop(lost);
    drop(other);
    assert_eq!(f.call(&mut bench.vm, (1,)).unwrap(), 2);
}

fn vms_move_between_threads(bench: &mut Bench) {
    fn is_send<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    is_send::<Vm>();
    is_shared::<Engine>();
    is_shared::<ruff_core::Program>();
    is_shared::<ruff_core::Error>();
    is_shared::<Data>();
    let mut vm = Vm::new(&bench.engine);
    vm.eval("a", "func* steps() { loop { yield [1, \"x\"] } }\ng := steps()\nf := func() { return g.next() }\nf()")
        .unwrap();
    for round in 0..20 {
        vm = thread::spawn(move || {
            vm.eval("b", "f()\nfor i in 100 { h := func() { return [h, f()] }\nh() }").unwrap();
            vm
        })
        .join()
        .unwrap();
        if round % 5 == 0 {
            vm.eval("c", "f := null\nf := func() { return g.next() }").unwrap();
        }
    }
    thread::spawn(move || drop(vm)).join().unwrap();
}

/// Programs compiled and run by many threads at once do what they do alone.
fn one_engine_in_many_threads(bench: &mut Bench) {
    let engine = ruff_testkit::run::with_host(Engine::builder().seed(1)).build();
    let run = |program: &ruff_core::Program| {
        let text = Arc::new(Mutex::new(String::new()));
        let sink = text.clone();
        let mut vm = Vm::new(&engine);
        vm.set_output(move |part: &str| sink.lock().unwrap().push_str(part));
        let result = vm.run(program).map_err(|e| e.to_string());
        let printed = text.lock().unwrap().clone();
        (result, printed, vm.ticks_used())
    };
    let programs = (0..).map(generate).filter(|program| program.modules.is_empty()).take(6);
    let texts: Vec<String> = programs.map(|program| program.to_string()).collect();
    let compile = |index: usize| engine.compile("shared", &texts[index]).unwrap();
    let shared: Vec<_> = (0..texts.len()).map(compile).collect();
    let alone: Vec<_> = shared.iter().map(run).collect();
    thread::scope(|scope| {
        // Each VM reserves 32 MiB of addresses for its registers, and the address space is small.
        for at in 0..6 {
            let (shared, alone, run, compile) = (&shared, &alone, &run, &compile);
            let work = move || {
                for round in 0..4 {
                    let index = (at + round) % shared.len();
                    assert_eq!(run(&shared[index]), alone[index]);
                    assert_eq!(run(&compile(index)), alone[index]);
                }
            };
            thread::Builder::new().stack_size(1 << 20).spawn_scoped(scope, work).unwrap();
        }
    });
    bench.check("x := 1", Expect::Ends);
}

fn interrupts(bench: &mut Bench) {
    let program = bench.engine.compile("loop", "for i in 1000 { }").unwrap();
    let interrupt = bench.vm.interrupt();
    for _ in 0..1000 {
        interrupt.interrupt();
    }
    assert_eq!(bench.vm.run(&program).unwrap_err().kind(), ErrorKind::Interrupted);
    // One stop for all of them.
    bench.vm.run(&program).unwrap();
    let firing = thread::spawn(move || {
        for _ in 0..200_000 {
            interrupt.interrupt();
        }
        interrupt
    });
    for _ in 0..500 {
        if let Err(error) = bench.vm.run(&program) {
            assert_eq!(error.kind(), ErrorKind::Interrupted);
        }
    }
    let interrupt = firing.join().unwrap();
    interrupt.clear();
    bench.vm.run(&program).unwrap();
    let short = Vm::new(&bench.engine);
    let late = short.interrupt();
    drop(short);
    late.interrupt();
}

struct LoudDrop;

static DROPS: AtomicU32 = AtomicU32::new(0);

impl Drop for LoudDrop {
    fn drop(&mut self) {
        DROPS.fetch_add(1, Ordering::Relaxed);
    }
}

/// An error whose text cannot be had.
#[derive(Debug)]
struct Unprintable;

impl fmt::Display for Unprintable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no text")
    }
}

impl std::error::Error for Unprintable {}

fn panics(bench: &mut Bench) {
    std::panic::set_hook(Box::new(|_| {}));
    bench.extend(|builder| {
        builder
            .function("text", |_: i64| -> i64 { panic!("text of a panic") })
            .function("value", |_: i64| -> i64 { std::panic::panic_any(7u8) })
            .function("holding", |_: i64| -> i64 {
                let _held = LoudDrop;
                panic!("held")
            })
            .function("unprintable", |_: i64| -> Result<i64, Unprintable> { Err(Unprintable) })
            .function("again", |ctx: &mut Ctx, f: Function<fn(i64) -> i64>| -> i64 {
                let _ = f.call(ctx, (1,));
                panic!("after a call")
            })
    });
    for call in ["text(1)", "value(1)", "holding(1)", "unprintable(1)", "again(inner)"] {
        let script = format!("func inner(n) {{ return text(n) }}\n{call}");
        let program = bench.engine.compile("panics", &script).unwrap();
        for _ in 0..3 {
            let error = bench.vm.run(&program).unwrap_err();
            assert!(error.kind() != ErrorKind::Internal, "{call}: {error}");
        }
        let inside = format!("func inner(n) {{ return 1 }}\nmap([1, 2], func(x) {{ return {call} }})");
        bench.vm.eval("inside", &inside).unwrap_err();
    }
    assert!(DROPS.load(Ordering::Relaxed) >= 3);
    let _ = std::panic::take_hook();
}

fn conversions(bench: &mut Bench) {
    bench.extend(|builder| {
        builder
            .function("u64", |n: u64| n)
            .function("i8", |n: i8| n)
            .function("f32", |x: f32| x)
            .function("usize", |n: usize| n)
            .function("big", || u64::MAX)
            .function("wide", || i64::MIN)
            .function("nan", || f32::NAN)
            .function("text", || "a\0b".to_string())
            .function("data", |d: Data| d)
            .function("numbers", |v: Vec<i64>| v)
    });
    bench.check(
        "print(big(), wide(), nan(), len(text()), type(nan()))",
        Expect::Prints("18446744073709551615 -9223372036854775808 NaN 3 float"),
    );
    for call in [
        "u64(-1)",
        "u64(10 ** 30)",
        "i8(128)",
        "i8(-129)",
        "u64(1.5)",
        "usize(\"x\")",
        "i8(null)",
        "numbers([1, \"x\"])",
        "numbers(5)",
    ] {
        bench.check(call, Expect::Error("RUF1012"));
    }
    bench.check("print(f32(1e308), f32(0.1), u64(18446744073709551615))", Expect::Defined);
    for deep in ["x := [x]", "x := {\"k\": x}", "x := Some(x)"] {
        bench.check(
            &format!("x := [1]\nfor i in 200000 {{ {deep} }}\ny := data(x)\ny := null\nx := null"),
            Expect::Defined,
        );
        for name in ["x", "y"] {
            bench.vm.set_global(name, ()).unwrap();
        }
    }
    let mut deep = Data::Int(1);
    for _ in 0..200_000 {
        deep = Data::Array(vec![deep]);
    }
    let _ = bench.vm.set_global("deep", deep);
    let _ = bench.vm.global::<Data>("deep");
    bench.vm.set_global("deep", ()).unwrap();
}

fn many_functions(bench: &mut Bench) {
    bench.extend(|builder| {
        let many = (0..10_000).fold(builder, |b, at| b.function(&format!("f{at}"), move || at));
        let odd = ["", "if", "a b", "é", "\0", "len", "print ", "self", "true"];
        odd.into_iter().fold(many, |b, name| b.function(name, || 1)).function(&"n".repeat(100_000), || 2)
    });
    bench.check("f9999()", Expect::Ends);
    bench.check("len([])", Expect::Error("RUF1003"));
    bench.check(&format!("{}()", "n".repeat(100_000)), Expect::Ends);
    // The host has replaced `len`, which the canary needs.
    bench.extend(|builder| builder);
}

fn dropped_in_the_middle(bench: &mut Bench) {
    let mut vm = Vm::new(&bench.engine);
    vm.eval(
        "a",
        "func* g() { x := [1, \"s\"]\ntry { yield x; yield 2 } finally { while true { } } }\nh := g()\nh.next()",
    )
    .unwrap();
    vm.eval("b", "f := null\nfunc make() { a := []\nf := func() { return a }\na := [f, h]\nreturn f }\nf := make()")
        .unwrap();
    drop(vm);
    for cut in 0..200 {
        let mut vm = Vm::new(&bench.engine);
        vm.set_limits(&ruff_core::Limits { ticks: Some(cut), ..limits() });
        let _ = vm.eval("cut", "func* g(n) { for i in n { yield [i, \"x${i}\"] } }\nfor v in g(9).map(func(x) { return [x, x] }) { f := func() { return v } }");
        drop(vm);
    }
}

fn hostile_output(bench: &mut Bench) {
    std::panic::set_hook(Box::new(|_| {}));
    bench.vm.set_output(|_: &str| panic!("no output today"));
    for _ in 0..3 {
        let error = bench.vm.eval("a", "try { print(1) } finally { x := 1 }").unwrap_err();
        assert!(error.kind() != ErrorKind::Internal, "{error}");
    }
    let _ = std::panic::take_hook();
    bench.extend(|builder| builder);
}
