//! What runs leave behind, and native code that is shared or refused.

use ruff_core::{Engine, Limits, Program, Vm};
use ruff_jit::{Cranelift, Options};
use ruff_testkit::script::scripts_below;
use ruff_testkit::{Action, Case, Mode, Script, generate, run};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

/// Runs a program once more; the bytes of values that are in use afterwards.
fn bytes_after(vm: &mut Vm, program: &Program) -> usize {
    // How it ends is not the question here.
    let _ = vm.run(program);
    vm.memory_bytes()
}

/// The second and the third run leave the same memory in use; the first one leaves what the VM keeps for later runs.
fn leaves_nothing(case: &Case, mode: &Mode) -> Result<(), String> {
    let engine = mode.configure(case.engine_builder().output(|_| ())).build();
    let Ok(program) = engine.compile(&case.name, &case.text) else { return Ok(()) };
    let mut vm = Vm::new(&engine);
    let bytes = [(); 3].map(|()| bytes_after(&mut vm, &program));
    match bytes[1] == bytes[2] {
        true => Ok(()),
        false => Err(format!("{} in {}: {bytes:?} bytes", case.name, mode.name)),
    }
}

#[test]
fn scripts_leave_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts");
    let scripts = scripts_below(&root).unwrap().into_iter().map(|path| Script::read(&path).unwrap());
    let cases: Vec<Case> = scripts.map(|s| s.case).filter(|c| c.action == Action::Run).collect();
    assert!(cases.len() > 20, "the scripts are not where they were");
    let of_modes = |case: &Case| Mode::ALL.iter().filter_map(|m| leaves_nothing(case, m).err()).collect::<Vec<_>>();
    let failures: Vec<String> = cases.iter().flat_map(of_modes).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn generated_programs_leave_nothing() {
    let seeds = if cfg!(debug_assertions) { 20 } else { 100 };
    let check = |seed| leaves_nothing(&Case::generated(&generate(seed)), &Mode::ALL[seed as usize % Mode::ALL.len()]);
    let failures: Vec<String> = (10_000..10_000 + seeds).filter_map(|seed| check(seed).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A program whose functions and loops become native, with objects in captured variables, fields and globals.
const HOT: &str = r#"
struct Tally {
    n = 0
    items = [1, 2, 3]
    func add(mut self, k) { self.n := self.n + k; self.items[k % 3] += 1; return self.n }
}
func fib(n) { return if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
func work(k) {
    tally := Tally {}
    words := []
    total := 0.5
    add := func(x) { total := total + x; return total }
    for i in 0..60 {
        tally.add(i)
        if i % 7 == 0 { words.push("w${i % 5}") }
        add(i * 0.5)
    }
    caught := 0
    for i in 0..20 { try { [1, 2][i % 3] } except { caught += 1 } }
    return [tally, len(words), total, caught, fib(9 + k % 3)]
}
for k in 0..12 { print(work(k)) }
"#;

#[test]
fn threads_share_the_code_of_a_program() {
    const THREADS: usize = 8;
    const RUNS: usize = 20;
    let expected = run(&Case::new("hot", HOT), &Mode::INTERPRETER);
    assert_eq!(expected.failure, None);
    for mode in Mode::ALL {
        let (builder, statistics) = mode.configure_counted(Engine::builder().seed(1));
        let engine = builder.build();
        let program = engine.compile("hot", HOT).unwrap();
        let work = || {
            let output = Arc::new(Mutex::new(String::new()));
            let sink = output.clone();
            let mut vm = Vm::new(&engine);
            vm.set_output(move |text: &str| sink.lock().unwrap().push_str(text));
            for _ in 0..RUNS {
                vm.run(&program).unwrap();
            }
            assert_eq!(vm.ticks_used(), expected.ticks * RUNS as u64, "{}", mode.name);
            drop(vm);
            output.lock().unwrap().clone()
        };
        let outputs: Vec<String> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        for output in outputs {
            assert!(output == expected.output.repeat(RUNS), "{}", mode.name);
        }
        assert_eq!(statistics.entries() > 0, (mode.options)().is_some(), "{}", mode.name);
    }
}

#[test]
fn without_memory_for_code_everything_is_interpreted() {
    let expected = run(&Case::new("hot", HOT), &Mode::INTERPRETER);
    // Too little for anything, and enough for some functions.
    for code_bytes_max in [0, 1 << 10, 4 << 10, 8 << 10] {
        let options = Options { threshold: 1, code_bytes_max, ..Options::default() };
        let backend = Cranelift::with_options(options).unwrap();
        let statistics = backend.statistics();
        let output = Arc::new(Mutex::new(String::new()));
        let sink = output.clone();
        let print = move |text: &str| sink.lock().unwrap().push_str(text);
        let engine = Engine::builder().seed(1).limits(Limits::trusted()).output(print).jit(backend).build();
        let mut vm = Vm::new(&engine);
        vm.run(&engine.compile("hot", HOT).unwrap()).unwrap();
        assert_eq!(vm.ticks_used(), expected.ticks, "{code_bytes_max}");
        drop(vm);
        assert_eq!(*output.lock().unwrap(), expected.output, "{code_bytes_max}");
        assert_eq!(statistics.entries() > 0, code_bytes_max > 1 << 10, "{code_bytes_max}: {statistics:?}");
        assert!(statistics.refusals() > 0, "{code_bytes_max}: {statistics:?}");
    }
}

/// What native code takes for granted of the slots above it holds though frames below it have ended blocks with objects.
#[test]
fn unused_registers_are_released() {
    let text = r#"
        struct N { x = 1 func op_add(self, o) { return self.x + o.x } }
        func deep(n) { a := n + 1; b := a + 1; c := b + 1; d := [c, b]; return len(d) + a + c }
        func native(n) { return deep(n) + deep(n + 1) }
        func plus(a) { return a + a }
        func* steps(n) { for i in n { yield i } }
        func work(n) {
            if true { c := range(50); d := [c]; e := [d]; h := [e]; k := c[0] + d[0][0] + len(e[0]) + len(h[0]) }
            total := plus(N {}) + native(3)
            if true { c := range(50); d := [c]; e := [d]; h := [e]; k := c[0] + d[0][0] + len(e[0]) + len(h[0]) }
            for i in steps(3) { total += i }
            return total + [1, 2].map(func(x) { return native(x) })[1]
        }
        for i in 0..300 { work(i) }
    "#;
    let failures: Vec<String> =
        Mode::ALL.iter().filter_map(|mode| leaves_nothing(&Case::new("unused", text), mode).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Texts that are too long for their objects and short enough for the heap's own buffers, which come to lie behind the objects.
#[test]
fn buffers_that_lie_behind_their_objects_are_released() {
    let text = r#"
        func texts(n) {
            last := ""
            for i in n {
                t := "x${i}".pad_right(490, ".")
                xs := [t, t + "!", map(0..20, func(j) { return j + i })]
                last := xs[i % 2]
            }
            return len(last)
        }
        total := texts(200)
    "#;
    let bytes_in = |mode: &Mode| {
        let case = Case::new("behind", text);
        let engine = mode.configure(case.engine_builder().output(|_| ())).build();
        let program = engine.compile(&case.name, &case.text).unwrap();
        bytes_after(&mut Vm::new(&engine), &program)
    };
    let expected = bytes_in(&Mode::INTERPRETER);
    for mode in Mode::ALL {
        assert_eq!(bytes_in(mode), expected, "{}", mode.name);
    }
}
