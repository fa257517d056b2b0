//! Behaviour of the machine that scripts alone cannot show: limits, what is left after faults, memory.

use super::{Arity, Capability, CapabilitySet, Ctx, Machine, MachineConfig, NativeEntry};
use crate::bytecode::{Const, ProgramData};
use crate::code::Code;
use crate::compile::{BuiltinScope, CompileInput, CompileOptions, Loaded, compile};
use crate::fault::{Fault, Result};
use crate::limits::Limits;
use crate::stdlib;
use crate::syntax::diagnostic::Diagnostics;
use crate::syntax::source::Source;
use crate::value::Heap;
use crate::value::Value;
use crate::vm::{Clock, Library, PreludeSource};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

static DECLARATION_IDS: AtomicU32 = AtomicU32::new(1);

/// The names of the standard library; those of the prelude's natives too if it is compiled.
struct Names<'a> {
    library: &'a Library,
    is_prelude: bool,
}

impl BuiltinScope for Names<'_> {
    fn contains(&self, name: &str) -> bool {
        let is_visible = self.is_prelude || !stdlib::prelude::is_private(name);
        let is_prelude_function = !self.is_prelude && stdlib::prelude::is_function(name);
        is_visible && (self.library.find(name).is_some() || is_prelude_function || self.constant(name).is_some())
    }

    fn constant(&self, name: &str) -> Option<Const> {
        stdlib::constant(name)
    }
}

fn program(library: &Library, text: &str, is_prelude: bool) -> Arc<ProgramData> {
    let mut diagnostics = Diagnostics::default();
    let names = Names { library, is_prelude };
    let input = CompileInput {
        source: Source::new("test", text),
        builtins: &names,
        loader: &mut |_, _| Loaded::NotFound,
        prelude: None,
        declaration_ids: &DECLARATION_IDS,
        options: CompileOptions { builtin: is_prelude, session: !is_prelude, ..CompileOptions::default() },
    };
    let program = compile(input, &mut diagnostics);
    let Some(program) = program else { panic!("{:?}", diagnostics.as_slice()) };
    Arc::new(program)
}

struct Prelude(Arc<Library>);

impl PreludeSource for Prelude {
    fn contains(&self, name: &str) -> bool {
        stdlib::prelude::is_function(name)
    }

    fn program(&self) -> Option<Arc<ProgramData>> {
        Some(program(&self.0, stdlib::prelude::SOURCE, true))
    }
}

/// A machine with the standard library and what it has printed.
struct Bench {
    machine: Machine,
    library: Arc<Library>,
    output: Arc<Mutex<String>>,
}

impl Bench {
    fn new(limits: Limits) -> Bench {
        Bench::with(MachineConfig { limits, ..MachineConfig::default() })
    }

    fn with(config: MachineConfig) -> Bench {
        let library = Arc::new(stdlib::library());
        let prelude: Option<Arc<dyn PreludeSource>> = Some(Arc::new(Prelude(library.clone())));
        let mut machine = Machine::new(MachineConfig { library: library.clone(), prelude, ..config });
        let output = Arc::new(Mutex::new(String::new()));
        let sink = output.clone();
        machine.services.set_output(Box::new(move |text: &str| sink.lock().expect("output").push_str(text)));
        Bench { machine, library, output }
    }

    fn run(&mut self, text: &str) -> Result<Value> {
        let program = program(&self.library, text, false);
        let id = self.machine.load(program)?;
        self.machine.run_main(id)
    }

    fn fault(&mut self, text: &str) -> Fault {
        match self.run(text) {
            Ok(value) => panic!("{value:?} instead of a fault"),
            Err(fault) => fault,
        }
    }

    fn output(&self) -> String {
        std::mem::take(&mut self.output.lock().expect("output"))
    }
}

/// Uses closures, generators, loans, errors, methods, natives and operator methods.
const MIXED: &str = "
    struct P { x = [1], func grow(mut self) { self.x.push(len(self.x)); return self }
               func op_add(self, o) { return P { x: self.x + o } }
               func op_index(self, i) { return self.x[i] } }
    func add(mut xs, v) { try { xs.push(v); if v == 3 { throw \"three\" } } finally { xs.push(0) } }
    func* count(n) { for i in n { try { yield i } finally { print(i) } } }
    list := []
    for i in 5 { try { add(mut list, i) } except e { print(e.message, e.line) } }
    p := P {}
    p.grow()
    p.grow()
    total := 0
    for v in count(4) { total += v + p[0] }
    fs := map([1, 2], func(k) { return func() { total += k; return total } })
    for f in fs { print(f()) }
    print(list, p, total, sort([3, 1, 2], func(a, b) { return b - a }), \"${p}\", {\"k\": [total]})
";

#[test]
fn fuel_is_exact_and_every_cut_is_clean() {
    let mut whole = Bench::new(Limits::default());
    let before = whole.machine.ticks_used();
    whole.run(MIXED).expect("no fault");
    let (ticks, expected) = (whole.machine.ticks_used() - before, whole.output());
    for fuel in 0..=ticks {
        let mut bench = Bench::new(Limits { ticks: Some(fuel), ..Limits::default() });
        let result = bench.run(MIXED);
        assert!(expected.starts_with(&bench.output()), "fuel {fuel}");
        if fuel == ticks {
            result.expect("enough fuel");
        } else {
            let fault = result.expect_err("too little fuel");
            assert_eq!(
                (fault.code, &*fault.message),
                (Code::LIMIT_FUEL, &*format!("Fuel exhausted after {fuel} ticks"))
            );
            assert_eq!(bench.machine.ticks_used(), fuel);
            bench.machine.set_ticks_max(None);
            bench.run(MIXED).expect("the machine is usable");
            assert_eq!(bench.output(), expected);
        }
    }
}

#[test]
fn every_memory_limit_is_met_cleanly() {
    for limit in (0..60_000).step_by(97) {
        let mut bench = Bench::new(Limits::default());
        let used = bench.machine.heap().used_bytes();
        bench.machine.heap().set_limit_bytes(used + limit);
        if let Err(fault) = bench.run(MIXED) {
            assert_eq!(fault.code, Code::LIMIT_MEMORY, "{}", fault.message);
            bench.machine.heap().set_limit_bytes(usize::MAX);
            bench.output();
            bench.run("print([1, 2].map(func(x) { return x * 2 }))").expect("the machine is usable");
            assert_eq!(bench.output(), "[2, 4]\n");
        }
    }
}

#[test]
fn a_trap_ends_loans() {
    let mut bench = Bench::new(Limits::default());
    bench.machine.set_ticks_max(Some(1000));
    let text = "
        struct C { n = 0, func spin(mut self) { self.n += 1; loop { } } }
        func spin(mut xs) { xs.push(1); loop { } }
        list := []
        cell := C {}
        func outer() { spin(mut list) }
        outer()";
    assert_eq!(bench.fault(text).code, Code::LIMIT_FUEL);
    bench.machine.set_ticks_max(Some(1000));
    assert_eq!(bench.fault("cell.spin()").code, Code::LIMIT_FUEL);
    bench.machine.set_ticks_max(None);
    bench.run("print(list, cell.n)").expect("no loan is left");
    assert_eq!(bench.output(), "[1] 1\n");
}

#[test]
fn handlers_do_not_see_traps() {
    let mut bench = Bench::new(Limits { ticks: Some(100), ..Limits::default() });
    let fault = bench.fault("try { loop { } } except { print(1) } finally { print(2) }");
    assert_eq!((fault.code, bench.output().as_str()), (Code::LIMIT_FUEL, ""));
}

#[test]
fn an_interrupt_stops_a_loop() {
    let config = MachineConfig::default();
    let interrupt = config.interrupt.clone();
    let mut bench = Bench::with(config);
    interrupt.store(true, Ordering::Relaxed);
    assert_eq!(bench.fault("loop { }").code, Code::INTERRUPTED);
    interrupt.store(false, Ordering::Relaxed);
    bench.run("for i in 10000 { }").expect("no interrupt");
}

/// A clock that goes a millisecond on each time it is asked.
struct StepClock(Arc<AtomicU32>);

impl Clock for StepClock {
    fn unix_time(&mut self) -> Duration {
        self.monotonic()
    }

    fn monotonic(&mut self) -> Duration {
        Duration::from_millis(self.0.fetch_add(1, Ordering::Relaxed) as u64)
    }

    fn sleep(&mut self, _duration: Duration) {}
}

#[test]
fn a_deadline_stops_a_loop() {
    let now = Arc::new(AtomicU32::new(0));
    let limit = Duration::from_millis(20);
    let mut bench = Bench::new(Limits { run_time: Some(limit), ..Limits::default() });
    bench.machine.services.set_clock(Box::new(StepClock(now)));
    let fault = bench.fault("loop { }");
    assert_eq!((fault.code, &*fault.message), (Code::LIMIT_TIME, "Time limit exceeded: 20 ms"));
}

#[test]
fn calls_nest_to_the_limit() {
    let mut bench = Bench::new(Limits { call_depth: 50, ..Limits::default() });
    bench
        .run("func down(n) { return if n == 0 { 0 } else { 1 + down(n - 1) } }\nprint(down(49))")
        .expect("not too deep");
    assert_eq!(bench.output(), "49\n");
    let fault = bench.fault("down(50)");
    assert_eq!(&*fault.message, "Maximum call stack depth of 50 exceeded while calling down");
    assert_eq!(fault.trace.len(), 51);
}

#[test]
fn cycles_are_released_with_the_machine() {
    let mut bench = Bench::new(Limits::default());
    let text = "
        func knot() { f := null; f := func() { return f }; return f }
        kept := knot()
        for i in 5000 { knot() }
        func* endless() { me := [null]; loop { yield me } }
        g := endless()
        g.next()";
    bench.run(text).expect("no fault");
    assert!(bench.machine.heap().tracked.len() < 3000);
    bench.machine.release_all();
    assert_eq!(bench.machine.heap().used_bytes(), 0);
}

#[test]
fn denied_capabilities_are_named() {
    let granted = CapabilitySet::NONE.with(Capability::Random);
    let mut bench = Bench::with(MachineConfig { granted, ..MachineConfig::default() });
    let fault = bench.fault("print(1)");
    assert_eq!((fault.code, &*fault.message), (Code::CAPABILITY, "Capability denied: output required for print"));
}

#[test]
fn traces_skip_builtins_written_in_the_language() {
    let mut bench = Bench::new(Limits::default());
    let fault = bench.fault("func f(x) { return 1 / x }\nfunc g() {\n    return map([0], f)\n}\ng()");
    let names: Vec<&str> = fault.trace.iter().map(|f| &*f.function).collect();
    assert_eq!(names, ["f", "g", "main"]);
    let fault = bench.fault("map(1, 2)");
    assert_eq!((&*fault.message, fault.trace.len()), ("map expects an array and a function", 1));
}

#[test]
fn the_host_calls_functions_and_sees_globals() {
    let mut bench = Bench::new(Limits::default());
    bench.machine.set_global("base", Value::Int(40)).expect("no loan");
    bench.run("base := 41\nfunc plus(n) { return base + n }").expect("no fault");
    let plus = bench.machine.global("plus").expect("no loan").expect("a function");
    let one = |_: &Heap, window: &mut [Value]| {
        window.fill(Value::Int(1));
        Ok(())
    };
    assert!(matches!(bench.machine.call(&plus, 1, one), Ok(Value::Int(42))));
    assert!(
        matches!(bench.machine.call(&Value::Null, 0, |_, _| Ok(())), Err(fault) if fault.code == Code::NOT_CALLABLE)
    );
    assert!(matches!(bench.machine.global("missing"), Ok(None)));
}

#[test]
fn a_panic_of_a_native_leaves_a_usable_machine() {
    let engine = crate::Engine::builder()
        .native(NativeEntry::new("boom", Arity::exactly(1), |_: &mut Ctx<'_>, _: &mut [Value]| panic!("boom")))
        .build();
    let other = crate::Engine::new();
    let mut vm = crate::Vm::new(&engine);
    let text = "func f(x) { return \"${[x]}\" }\nstruct S { func to_string(self) { return boom([1]) } }\nf(S {})";
    let program = engine.compile("panic.ruff", text).expect("a program");
    let error = vm.run(&program).expect_err("a panic");
    assert_eq!(error.message(), "boom() panicked: boom");
    assert_eq!(vm.call::<String>("f", (1,)).expect("the machine is usable"), "[1]");
    let error = crate::Vm::new(&other).run(&program).expect_err("a program of another engine");
    assert_eq!(error.message(), "the program was compiled by another engine");
}
