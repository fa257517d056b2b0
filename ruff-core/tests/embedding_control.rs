//! Threads, limits, interruption and lent state.

use ruff_core::native::Clock;
use ruff_core::{Ctx, Engine, ErrorKind, FrameKind, Limits, Root, Vm};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

struct TestClock(Instant);

impl Clock for TestClock {
    fn unix_time(&mut self) -> Duration {
        self.0.elapsed()
    }

    fn monotonic(&mut self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&mut self, duration: Duration) {
        thread::sleep(duration);
    }
}

fn clock() -> TestClock {
    TestClock(Instant::now())
}

#[test]
fn one_program_runs_in_many_threads() {
    let engine = Engine::builder_for::<u64>().function("mine", |ctx: &mut Ctx<u64>| *ctx.state()).build();
    let code = "func sum(n) { t := 0\nfor i in 0..n { t += i * mine() }\nreturn t }";
    let program = engine.compile("main", code).unwrap();
    let results: Vec<u64> = thread::scope(|scope| {
        let run = |index: u64| {
            let (engine, program) = (&engine, &program);
            scope.spawn(move || {
                let mut vm = Vm::with_host_state(engine, index);
                vm.run(program).unwrap();
                vm.call("sum", (10_000,)).unwrap()
            })
        };
        let threads: Vec<_> = (0..8).map(run).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(results, (0..8).map(|i| i * 49_995_000).collect::<Vec<u64>>());
}

#[test]
fn each_limit_is_hit_and_survived() {
    let small = Limits {
        ticks: Some(200_000),
        memory_bytes: Some(4 << 20),
        output_bytes: Some(100),
        run_time: Some(Duration::from_secs(20)),
        source_bytes: 1000,
        int_bits: Some(1000),
        generators: 10,
        call_depth: 50,
    };
    let engine = Engine::builder().limits(small.clone()).clock(clock).output(|_| ()).build();
    let mut vm = Vm::new(&engine);
    let cases = [
        ("while true {}", "RUF2001"),
        ("s := \"x\"\nwhile true { s := s + s }", "RUF2002"),
        ("xs := []\nwhile true { xs := push(xs, [1, \"a\"]) }", "RUF2002"),
        ("while true { print(\"hello\") }", "RUF2003"),
        ("2 ** 5000", "RUF2008"),
        ("func f(n) { return f(n + 1) + 1 }\nf(0)", "RUF1016"),
    ];
    for (code, expected) in cases {
        vm.set_limits(&small);
        let error = vm.eval("test", code).unwrap_err();
        assert_eq!(error.code().to_string(), expected, "{code}: {error}");
        let is_limit = error.kind() == ErrorKind::Limit;
        assert_eq!(is_limit, expected != "RUF1016", "{code}");
        for name in ["s", "xs", "gs"] {
            vm.set_global(name, ()).unwrap();
        }
        vm.set_limits(&small);
        assert_eq!(vm.eval("test", "20 + 22").unwrap().as_deref(), Some("42"), "after {code}");
    }
    let error = engine.compile("test", &"x := 1\n".repeat(1000)).unwrap_err();
    assert_eq!(error.code().to_string(), "RUF2006");
    vm.set_limits(&Limits { run_time: Some(Duration::from_millis(10)), ..Limits::trusted() });
    let start = Instant::now();
    assert_eq!(vm.eval("test", "while true {}").unwrap_err().code().to_string(), "RUF2004");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(vm.eval("test", "1").unwrap().as_deref(), Some("1"));
}

#[test]
fn run_time_without_a_clock_is_an_error_unless_ticks_are_limited() {
    let limits = Limits { run_time: Some(Duration::from_secs(1)), ..Limits::trusted() };
    let mut vm = Vm::new(&Engine::builder().limits(limits).build());
    let error = vm.eval("test", "1").unwrap_err();
    assert!(error.message().contains("needs a clock, or a limit of ticks beside it"), "{error}");

    vm.set_limits(&Limits { ticks: Some(100_000), ..Limits::untrusted() });
    assert_eq!(vm.eval("test", "1").unwrap().as_deref(), Some("1"));
    assert_eq!(vm.eval("test", "while true {}").unwrap_err().code().to_string(), "RUF2001");

    vm.set_clock(clock());
    vm.set_limits(&Limits { ticks: Some(u64::MAX), run_time: Some(Duration::from_millis(10)), ..Limits::untrusted() });
    assert_eq!(vm.eval("test", "while true {}").unwrap_err().code().to_string(), "RUF2004");
}

#[test]
fn limits_change_during_a_call() {
    let tighten = |ctx: &mut Ctx| ctx.set_limits(&Limits { ticks: Some(100), ..Limits::trusted() });
    let engine = Engine::builder().function("tighten", tighten).build();
    let mut vm = Vm::new(&engine);
    let before = vm.ticks_used();
    let error = vm.eval("test", "tighten()\nwhile true {}").unwrap_err();
    assert_eq!(error.code().to_string(), "RUF2001");
    assert!(vm.ticks_used() - before < 200);
    assert_eq!(vm.ticks_left(), Some(0));
}

#[test]
fn an_interrupt_stops_any_loop() {
    let engine = Engine::new();
    for code in ["while true {}", "while true { try { while true {} } except e {} finally { } }"] {
        let program = engine.compile("main", code).unwrap();
        let mut vm = Vm::new(&engine);
        let interrupt = vm.interrupt();
        let sent = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            let now = Instant::now();
            interrupt.interrupt();
            now
        });
        let error = vm.run(&program).unwrap_err();
        let stopped = Instant::now();
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{code}");
        let delay = stopped.duration_since(sent.join().unwrap());
        assert!(delay < Duration::from_millis(200), "{code}: {delay:?}");
        assert_eq!(vm.eval("test", "1 + 1").unwrap().as_deref(), Some("2"));
    }
}

#[test]
fn an_interrupt_before_a_call_stops_it() {
    let mut vm = Vm::new(&Engine::new());
    vm.interrupt().interrupt();
    assert_eq!(vm.eval("test", "1").unwrap_err().kind(), ErrorKind::Interrupted);
    assert!(vm.eval("test", "1").is_ok());
}

#[derive(Default)]
struct World {
    score: i64,
}

fn world_engine() -> Engine<World> {
    let add = |ctx: &mut Ctx<World>, n: i64| {
        ctx.state_mut().score += n;
        ctx.state().score
    };
    Engine::builder_for::<World>().function("add", add).build()
}

#[test]
fn state_is_lent_for_a_call() {
    let mut vm = Vm::new(&world_engine());
    let (mut first, mut second) = (World { score: 10 }, World { score: 100 });
    vm.with_state(&mut first, |vm| {
        vm.eval("test", "add(1)").unwrap();
        vm.with_state(&mut second, |vm| vm.eval("test", "add(2)").unwrap());
        vm.eval("test", "add(3)").unwrap();
    });
    vm.eval("test", "add(5)").unwrap();
    assert_eq!((first.score, second.score, vm.state().score), (14, 102, 5));
}

#[test]
fn lent_state_comes_back_after_a_panic_and_after_an_exchange_of_vms() {
    let mut vm = Vm::new(&world_engine());
    let mut world = World { score: 1 };
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        vm.with_state(&mut world, |vm| {
            vm.eval("test", "add(1)").unwrap();
            panic!("host");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!((world.score, vm.state().score), (2, 0));
    let mut other = Vm::with_host_state(vm.engine(), World { score: 50 });
    vm.with_state(&mut world, |vm| std::mem::swap(vm, &mut other));
    assert_eq!(other.state().score, 2);
    other.eval("test", "add(1)").unwrap();
}

#[test]
fn a_seed_makes_runs_alike() {
    let engine = Engine::builder().seed(42).build();
    let numbers = || Vm::new(&engine).eval("test", "[random(), random_int(0, 1000)]").unwrap();
    assert_eq!(numbers(), numbers());
}

#[test]
fn state_that_is_not_sync_works() {
    let engine = Engine::builder_for::<std::cell::Cell<u8>>()
        .function("get", |ctx: &mut Ctx<std::cell::Cell<u8>>| ctx.state().get())
        .build();
    let vm = Vm::with_host_state(&engine, std::cell::Cell::new(3));
    let mut vm = thread::spawn(move || vm).join().unwrap();
    assert_eq!(vm.eval("test", "get()").unwrap().as_deref(), Some("3"));
}

/// Frames as text, innermost first.
fn frames(error: &ruff_core::Error) -> Vec<String> {
    let frame = |f: &ruff_core::TraceFrame| match f.kind {
        FrameKind::Native => format!("{} (native)", f.function),
        FrameKind::Script => {
            format!("{}:{}", f.function, f.source.as_ref().map_or(0, |s| s.position(f.span.start).line))
        }
    };
    error.trace().iter().map(frame).collect()
}

#[test]
fn traces_show_the_functions_of_the_host() {
    let engine = Engine::builder()
        .function("visit", |ctx: &mut Ctx<'_, ()>, f: Root| f.call::<i64>(ctx, ()))
        .function("refuse", |_: Option<i64>| -> Result<i64, std::fmt::Error> { Err(std::fmt::Error) })
        .build();
    let mut vm = Vm::new(&engine);
    let fails = "func f() {\n    return 1 / 0\n}\nfunc g() {\n    return visit(f)\n}\ng()";
    assert_eq!(frames(&vm.eval("a", fails).unwrap_err()), ["f:2", "visit (native)", "g:5", "main:7"]);
    let refused = "func f() {\n    return map([1], func(x) {\n        return refuse()\n    })\n}\nf()";
    let error = vm.eval("a", refused).unwrap_err();
    assert_eq!(frames(&error)[0], "refuse (native)");
    assert_eq!(error.position().map(|p| p.line), Some(3));
    assert!(format!("{error:#}").contains("0 at refuse (native)\n  1 at"), "{error:#}");
    let direct = "func f() {\n    return [1].map(refuse)\n}\nf()";
    assert_eq!(frames(&vm.eval("a", direct).unwrap_err()), ["refuse (native)", "f:2", "main:4"]);
    // An error that the script catches and throws again keeps no frame of the host in its `stack`.
    let caught = "func f() {\n    try { refuse() } except e { return e.stack }\n}\nf()";
    assert_eq!(vm.eval("a", caught).unwrap().as_deref(), Some("[f]"));
}

/// A clock whose time only passes while scripts wait, and the longest wait that it was told.
#[derive(Clone, Default)]
struct LogicalClock(Arc<Mutex<(Duration, Duration)>>);

impl Clock for LogicalClock {
    fn unix_time(&mut self) -> Duration {
        self.monotonic()
    }

    fn monotonic(&mut self) -> Duration {
        self.0.lock().unwrap().0
    }

    fn sleep(&mut self, duration: Duration) {
        let (time, longest) = &mut *self.0.lock().unwrap();
        *time += duration;
        *longest = duration.max(*longest);
    }
}

#[test]
fn sleep_waits_in_parts() {
    let clock = LogicalClock::default();
    let installed = clock.clone();
    let mut vm = Vm::new(&Engine::builder().clock(move || installed.clone()).build());
    for (milliseconds, expected) in
        [("0", 0), ("5", 5_000), ("20", 20_000), ("1234.5", 1_234_500), ("100000", 100_000_000)]
    {
        let before = clock.0.lock().unwrap().0;
        vm.eval("test", &format!("sleep({milliseconds})")).unwrap();
        let (now, longest) = *clock.0.lock().unwrap();
        assert_eq!(now - before, Duration::from_micros(expected), "{milliseconds}");
        assert!(longest <= Duration::from_millis(20), "{longest:?}");
    }
    let before = vm.ticks_used();
    vm.eval("test", "sleep(2000)").unwrap();
    assert!((100..110).contains(&(vm.ticks_used() - before)));
}

#[test]
fn sleep_ends_with_the_limits() {
    let clock = LogicalClock::default();
    let installed = clock.clone();
    let mut vm = Vm::new(&Engine::builder().clock(move || installed.clone()).build());
    for run_time in [Duration::ZERO, Duration::from_micros(70_300), Duration::from_millis(200)] {
        vm.set_limits(&Limits { run_time: Some(run_time), ..Limits::trusted() });
        for milliseconds in ["10000", "2 ** 70", "1e300"] {
            let before = clock.0.lock().unwrap().0;
            let error = vm.eval("test", &format!("try {{ sleep({milliseconds}) }} except e {{ }}")).unwrap_err();
            assert_eq!(error.code().to_string(), "RUF2004", "{milliseconds}");
            let waited = clock.0.lock().unwrap().0 - before;
            assert!(waited > run_time && waited <= run_time + Duration::from_millis(1), "{waited:?}");
        }
    }
    // A clock that does not move.
    vm.set_clock(StoppedClock);
    vm.set_limits(&Limits { ticks: Some(1000), ..Limits::trusted() });
    assert_eq!(vm.eval("test", "sleep(1000)").unwrap().as_deref(), Some("0"));
    assert_eq!(vm.eval("test", "sleep(2 ** 70)").unwrap_err().code().to_string(), "RUF2001");
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn unix_time(&mut self) -> Duration {
        Duration::ZERO
    }

    fn monotonic(&mut self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&mut self, _duration: Duration) {}
}

#[test]
fn an_interrupt_ends_a_sleep() {
    let mut vm = Vm::new(&Engine::builder().clock(clock).build());
    let interrupt = vm.interrupt();
    let start = Instant::now();
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        interrupt.interrupt();
    });
    assert_eq!(vm.eval("test", "sleep(60000)").unwrap_err().kind(), ErrorKind::Interrupted);
    assert!(start.elapsed() < Duration::from_secs(20));
    thread.join().unwrap();
}
