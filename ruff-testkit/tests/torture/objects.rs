//! Part I: objects and values of the host, and what it asks of a VM meanwhile.

use crate::Row;
use crate::bench::{Bench, Expect, limits, with_ticks};
use ruff_core::{Ctx, Data, Function, HostRef, HostType, Limits, Root, Vm};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

pub const ROWS: &[Row] = &[
    Row { name: "B10_patterns_of_bits", scenario: patterns_of_bits },
    Row { name: "I09_cycles_and_forgotten_handles", scenario: cycles_and_forgotten_handles },
    Row { name: "I10_lent_objects", scenario: lent_objects },
    Row { name: "I18_no_memory_from_the_system", scenario: no_memory_from_the_system },
    Row { name: "I22_questions_at_any_time", scenario: questions_at_any_time },
];

/// Floats that look like the tags, pointers and NaNs of engines that pack values in NaNs.
fn patterns_of_bits(bench: &mut Bench) {
    let patterns: Vec<u64> = (0..16)
        .flat_map(|high| [0x7FF0u64, 0x7FF8, 0xFFF0, 0xFFF8, 0x8000].map(|top| (top | high) << 48))
        .flat_map(|base| [0, 1, 0x1234_5678, 0xFFFF_FFFF_FFFF].map(|low| base | low))
        .collect();
    let count = patterns.len();
    let next = Arc::new(AtomicU64::new(0));
    let give = move || f64::from_bits(patterns[next.fetch_add(1, Ordering::Relaxed) as usize % count]);
    let take = |x: f64| -> i64 { x.is_nan() as i64 };
    bench.extend(|builder| builder.function("give", give).function("take", take).function("data", |d: Data| d));
    bench.check(
        &format!(
            "func work(n) {{\nbad := 0\nxs := [0.5]\nfor i in n {{ x := give(); y := x * 1.0 + 0.0; xs[0] := y\n\
             if type(x) != \"float\" || type(y) != \"float\" || type(xs[0]) != \"float\" || type(-x) != \"float\" {{ bad += 1 }}\n\
             if (x == x) != (take(x) == 0) || (xs[0] == y) != (y == y) {{ bad += 1 }}\n\
             if len(\"${{x}}\") == 0 || type(data([x, {{\"k\": y}}])[0]) != \"float\" {{ bad += 1 }} }}\n\
             return bad }}\nprint(work({}))",
            count * 3
        ),
        Expect::Prints("0"),
    );
}

/// An object of the host that keeps what scripts give it.
#[derive(Default)]
struct Keeper {
    kept: Vec<Root>,
    n: i64,
}

fn keeper() -> HostType<Keeper> {
    HostType::new("Keeper")
        .constructor(Keeper::default)
        .method("keep", |k: &mut Keeper, value: Root| k.kept.push(value))
        .method_ref("count", |k: &Keeper| k.kept.len() as i64)
        .field("n", |k: &Keeper| k.n, |k: &mut Keeper, n: i64| k.n = n)
}

fn cycles_and_forgotten_handles(bench: &mut Bench) {
    bench.extend(|builder| builder.host_type(keeper()));
    let script = "func cycle(i) { k := Keeper(); f := func() { return [k, i] }; k.keep(f); k.keep([k, f]); return k.count() }\n\
                  t := 0\nfor i in 200 { t += cycle(i) }\nprint(t)";
    bench.check_once(&limits(), script, Expect::Prints("400"));
    bench.vm.eval("f", "func f(n) { return n + 1 }\nkept := Keeper()\nkept.keep(kept)").unwrap();
    for _ in 0..20 {
        let function: Function<fn(i64) -> i64> = bench.vm.function("f").unwrap();
        std::mem::forget(function);
        let root: Root = bench.vm.global("kept").unwrap();
        std::mem::forget(root.clone());
        drop(root);
    }
    let engine = bench.engine.clone();
    let mut short = Vm::new(&engine);
    short.eval("f", "x := Keeper()\nx.keep(func() { return x })\nfunc g(n) { return n }").unwrap();
    std::mem::forget(short.function::<fn(i64) -> i64>("g").unwrap());
    let handle: Function<fn(i64) -> i64> = short.function("g").unwrap();
    drop(short);
    assert!(handle.call(&mut bench.vm, (1,)).is_err());
    bench.vm.set_global("kept", ()).unwrap();
}

struct World {
    time: i64,
}

fn lent_objects(bench: &mut Bench) {
    let world = HostType::new("World")
        .field("time", |w: &World| w.time, |w: &mut World, time: i64| w.time = time)
        .method_ref("ask", |w: &World, n: i64| w.time + n);
    bench.extend(|builder| builder.host_type(world));
    bench
        .vm
        .eval(
            "update",
            "kept := []\nfunc update(world) { for i in 100 { world.time += 1 }\nkept.push(world)\nkept.push(func() { return world.time })\n\
             d := {\"w\": world}\nkept.push(d)\nreturn world.ask(1) }\nfunc fail(world) { kept.push(world)\nthrow \"no\" }\n\
             func late(i) { t := 0; for k in 100 { t += kept[0].ask(k) }; return t }",
        )
        .unwrap();
    let mut world = World { time: 1 };
    for round in 0..5 {
        let asked = HostRef::lend(&mut world, |w| bench.vm.call::<i64>("update", (w.clone(),))).unwrap();
        assert_eq!((world.time, asked), (101 + round * 100, 102 + round * 100));
        HostRef::lend(&mut world, |w| bench.vm.call::<()>("fail", (w.clone(),))).unwrap_err();
    }
    for late in ["kept[0].time", "kept[1]()", "kept[2][\"w\"].ask(1)", "kept[0].time := 5", "late(1)", "kept[3].ask(2)"]
    {
        let error = bench.vm.eval("late", late).unwrap_err();
        assert_eq!(error.code().to_string(), "RUF4004", "{late}: {error}");
        bench.vm.eval("caught", &format!("try {{ {late} }} except e {{ print(e.kind) }}")).unwrap();
    }
    assert_eq!(world.time, 501);
    let text = bench.vm.eval("text", "[\"${kept[0]}\", kept[0] == kept[0], type(kept[0])]").unwrap();
    assert!(text.is_some());
    bench.vm.set_global("kept", ()).unwrap();
}

/// The address space of the process ends long before the limit of the VM: large values are refused as by the limit.
fn no_memory_from_the_system(bench: &mut Bench) {
    let wide = Limits { memory_bytes: Some(1 << 50), ..limits() };
    for script in [
        "s := \"x\"\nwhile true { s := s + s }",
        "s := repeat(\"ab\", 10 ** 10)",
        "xs := [1]\nwhile true { xs := concat(xs, xs) }",
        "xs := [1]\nloop { xs.push(1); xs := [...xs, ...xs] }",
        "n := 1 << 4200000000\nloop { n := n * n }",
        "xs := (0..10 ** 12).collect()",
        "s := pad_left(\"x\", 10 ** 12, \"y\")",
        "s := [repeat(\"x\", 10 ** 7)]\nwhile true { s := [s[0] + s[0]] }",
        "d := {}\nd[repeat(\"k\", 10 ** 10)] := 1",
        "b := bytes(range(255))\nxs := range(10 ** 10)",
    ] {
        bench.check_once(&wide, script, Expect::Limit("RUF2002"));
        for name in ["s", "xs", "n", "d", "b"] {
            bench.vm.set_global(name, ()).unwrap();
        }
        bench.check_once(&limits(), "print(1)", Expect::Prints("1"));
    }
}

/// Counters, listings and the state of the VM are asked for from host functions, after errors, and after limits.
fn questions_at_any_time(bench: &mut Bench) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let statistics = bench.statistics.clone();
    let look = move |ctx: &mut Ctx, n: i64| -> i64 {
        sink.lock().unwrap().push((ctx.ticks_used(), statistics.entries(), format!("{statistics:?}").len()));
        n + 1
    };
    bench.extend(|builder| builder.function("look", look));
    let script = "func f(n) { return look(n) * 2 }\nt := 0\nfor i in 200 { t += f(i); try { if i % 50 == 7 { throw i } } except e { t += look(1) } }\nprint(t)";
    bench.check(script, Expect::Prints("40208"));
    let program = bench.engine.compile("questions", script).unwrap();
    for cut in (0..600).step_by(7) {
        bench.vm.set_limits(&with_ticks(cut));
        let _ = bench.vm.run(&program);
        let _ = ruff_jit::report(&program).map(|r| r.to_string());
        let _ = ruff_jit::library_report(&bench.engine).map(|r| r.to_string());
        let names: Vec<&str> = bench.vm.global_names().collect();
        assert!(names.contains(&"f"));
        let _ = (bench.vm.ticks_left(), bench.vm.memory_bytes(), bench.vm.container_copies(), program.disassemble());
    }
    let ticks: Vec<u64> = seen.lock().unwrap().iter().map(|(ticks, ..)| *ticks).collect();
    assert!(ticks.len() > 600);
}
