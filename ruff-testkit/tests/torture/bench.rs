//! What scenarios work with: an engine of a mode, a VM, and expectations.

use ruff_core::native::Clock;
use ruff_core::{Engine, EngineBuilder, Error, ErrorKind, Limits, Program, Vm};
use ruff_jit::Statistics;
use ruff_testkit::{Case, Mode, compare};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// An engine with its VMs.
pub struct Bench {
    pub mode: &'static Mode,
    pub engine: Engine,
    pub vm: Vm,
    /// What the native tier has counted.
    pub statistics: Arc<Statistics>,
    second: Vm,
    output: Arc<Mutex<String>>,
}

/// What must come out of a script.
#[derive(Clone, Copy, Debug)]
pub enum Expect<'a> {
    /// It ends, and this is the last line it has printed.
    Prints(&'a str),
    /// It ends.
    Ends,
    /// It fails with this code, which scripts could have caught.
    Error(&'a str),
    /// It is stopped by the limit with this code.
    Limit(&'a str),
    /// It does not compile, and this is the code of its first error.
    Refused(&'a str),
    /// Anything that is not a bug of the engine.
    Defined,
}

/// Memory for values, far below what the child may use.
pub const MEMORY_BYTES: usize = 128 << 20;

/// What a script may use where a row says nothing else.
pub fn limits() -> Limits {
    Limits { memory_bytes: Some(MEMORY_BYTES), ..Limits::trusted() }
}

/// Limits with so many ticks.
pub fn with_ticks(ticks: u64) -> Limits {
    Limits { ticks: Some(ticks), ..limits() }
}

struct RealClock(Instant);

impl Clock for RealClock {
    fn unix_time(&mut self) -> Duration {
        self.0.elapsed()
    }

    fn monotonic(&mut self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

impl Bench {
    /// A bench with the usual engine.
    pub fn new(mode: &'static Mode) -> Bench {
        Bench::with(mode, |builder| builder)
    }

    /// A bench with an engine that has more in it.
    pub fn with(mode: &'static Mode, extend: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Bench {
        let output = Arc::new(Mutex::new(String::new()));
        let sink = output.clone();
        let print = move |text: &str| sink.lock().unwrap_or_else(|e| e.into_inner()).push_str(text);
        let builder = Engine::builder().limits(limits()).clock(|| RealClock(Instant::now())).output(print);
        let (builder, statistics) = mode.configure_counted(builder);
        let engine = extend(builder).build();
        Bench { mode, vm: Vm::new(&engine), statistics, second: Vm::new(&engine), engine, output }
    }

    /// Replaces the engine by one that has more in it.
    pub fn extend(&mut self, extend: impl FnOnce(EngineBuilder) -> EngineBuilder) {
        *self = Bench::with(self.mode, extend);
    }

    /// What has been printed since the last call of this.
    pub fn printed(&mut self) -> String {
        std::mem::take(&mut *self.output.lock().unwrap_or_else(|e| e.into_inner()))
    }

    /// Compiles and runs a script under the usual limits.
    pub fn check(&mut self, script: &str, expect: Expect) {
        self.check_under(&limits(), script, expect);
    }

    /// Compiles and runs a script under these limits, three times in one VM: the last time must not leave more memory in use. The
    /// first time may leave what the VM keeps for later runs.
    pub fn check_under(&mut self, limits: &Limits, script: &str, expect: Expect) {
        let program = self.compiled(script, expect);
        let Some(program) = program else { return };
        let mut bytes = [0; 3];
        for after in &mut bytes {
            self.run_once(&program, limits, script, expect);
            self.vm.collect_cycles();
            *after = self.vm.memory_bytes();
        }
        assert!(bytes[2] <= bytes[1], "values grow, in bytes: {bytes:?}: {}", shown(script));
    }

    /// Compiles and runs a script once, for what takes long.
    pub fn check_once(&mut self, limits: &Limits, script: &str, expect: Expect) {
        if let Some(program) = self.compiled(script, expect) {
            self.run_once(&program, limits, script, expect);
        }
    }

    fn compiled(&self, script: &str, expect: Expect) -> Option<Program> {
        match (self.engine.compile("torture", script), expect) {
            (Ok(_), Expect::Refused(code)) => panic!("compiles, must be {code}: {}", shown(script)),
            (Ok(program), _) => Some(program),
            (Err(error), Expect::Refused(code)) => {
                assert_eq!(error.code().to_string(), code, "{}: {}", error.message(), shown(script));
                None
            }
            (Err(error), Expect::Defined) if error.kind() != ErrorKind::Internal => None,
            (Err(error), _) => panic!("does not compile: {error}: {}", shown(script)),
        }
    }

    fn run_once(&mut self, program: &Program, limits: &Limits, script: &str, expect: Expect) {
        self.vm.set_limits(limits);
        self.printed();
        let result = self.vm.run(program);
        let printed = self.printed();
        let last = printed.lines().last().unwrap_or("");
        let failed = |error: &Error| panic!("{expect:?} expected, got {error}: {}", shown(script));
        match (result, expect) {
            (Ok(()), Expect::Prints(text)) => assert_eq!(last, text, "{}", shown(script)),
            (Ok(()), Expect::Ends | Expect::Defined) => {}
            (Ok(()), _) => panic!("{expect:?} expected, but it ends after printing {last}: {}", shown(script)),
            (Err(error), Expect::Error(code)) if error.kind() == ErrorKind::Runtime && is(&error, code) => {}
            (Err(error), Expect::Limit(code)) if error.kind() == ErrorKind::Limit && is(&error, code) => {}
            (Err(error), Expect::Defined) if error.kind() != ErrorKind::Internal => {}
            (Err(error), _) => failed(&error),
        }
    }

    /// Runs a script in the interpreter and in the mode of the bench: what it prints, how it ends, where, with which trace and after
    /// how many ticks.
    pub fn agrees(&self, script: &str) {
        if let Err(difference) = compare(&Case::new("torture", script), &[*self.mode]) {
            panic!("{difference}\n{script}");
        }
    }

    /// Both VMs still work.
    pub fn canaries(&mut self) {
        let program = self.engine.compile("canary", CANARY).unwrap_or_else(|e| panic!("canary: {e}"));
        self.vm.set_limits(&limits());
        self.vm.interrupt().clear();
        self.printed();
        self.vm.run(&program).unwrap_or_else(|e| panic!("canary: {e:#}"));
        assert_eq!(self.printed(), CANARY_OUTPUT, "canary");
        self.second.run(&program).unwrap_or_else(|e| panic!("canary of the second VM: {e:#}"));
        assert_eq!(self.printed(), CANARY_OUTPUT, "canary of the second VM");
    }
}

fn is(error: &Error, code: &str) -> bool {
    error.code().to_string() == code
}

/// The start of a script.
fn shown(script: &str) -> String {
    let start: String = script.chars().take(300).collect();
    format!("{start}{}", if start.len() < script.len() { "…" } else { "" })
}

const CANARY: &str = r#"
struct CanaryPoint { x, y; func sum(self) { return self.x + self.y } }
func canary_fib(n) { return if n < 2 { n } else { canary_fib(n - 1) + canary_fib(n - 2) } }
func* canary_steps(n) { for i in n { yield i * i } }
func canary() {
    counts := {}
    functions := []
    total := 0
    for i in 0..2000 {
        key := "k${i % 7}"
        counts[key] := counts.get(key, 0) + 1
        if i % 500 == 0 { functions.push(func() { return i + 1 }) }
        total += i * 3 % 11
    }
    caught := []
    for at in 3 {
        try { [1, 2][at] } except e { caught.push("${e.kind} ${e.message}") }
    }
    return [counts["k3"], functions.map(func(f) { return f() }), total, caught, canary_fib(12), 2 ** 70,
        sum(canary_steps(5).collect()), CanaryPoint { x: 1, y: 2 }.sum(), sort(["b", "a"]), "é"[0]]
}
print(canary())
"#;

const CANARY_OUTPUT: &str = "[286, [1, 501, 1001, 1501], 9997, [RUF1008 Index out of bounds: 2], 144, \
    1180591620717411303424, 30, 3, [a, b], é]\n";
