//! A host that does anything in any order, beside a model that says what must come of it.
//!
//! There are two engines and up to four VMs, with handles of values and functions that outlive what they belong to. The model
//! knows of each VM its variables, what is left of its ticks, its limit of memory, and whether an interrupt waits.

use super::Choices;
use crate::run::Mode;
use ruff_core::{Ctx, Engine, Error, ErrorKind, Function, Interrupt, Limits, Program, Root, Vm};
use std::collections::BTreeMap;
use std::thread;

/// What every VM has loaded.
const SCRIPT: &str = "
xs := []
n := 0
func add(a, b) { return a + b }
func burn(k) { i := 0  while i < k { i += 1 }  return i }
func grow(k) { xs.push(k)  return len(xs) }
func fail(code) { throw code }
func adder(k) { return func(m) { return m + k } }
func through(k) { return back(func(m) { return m * 2 }, k) + 1 }
func careful(k) { try { refuse(k) } except e { return e.kind } }
func large(k) { s := repeat(\"x\", k)  return len(s) }
func tight(k) { tighten(k)  i := 0  while true { i += 1 }  return i }
";

/// VMs that exist at a time.
const VMS_MAX: usize = 4;
/// Handles that are kept at a time.
const HANDLES_MAX: usize = 8;

type Unary = Function<fn(i64) -> i64>;

/// What each operation of the script costs in ticks.
#[derive(Clone, Copy)]
struct Costs {
    add: u64,
    /// Without the iterations.
    burn: u64,
    fail: u64,
    through: u64,
    careful: u64,
    adder: u64,
}

struct Host {
    engines: [Engine; 2],
    programs: [Program; 2],
    costs: Costs,
    next_id: u64,
    vms: Vec<Guest>,
    roots: Vec<(u64, Root, Vec<i64>)>,
    /// With the number that the function adds.
    functions: Vec<(u64, Unary, i64)>,
}

/// A VM and what the model knows of it.
struct Guest {
    id: u64,
    vm: Vm,
    engine: usize,
    xs: Vec<i64>,
    variables: BTreeMap<&'static str, i64>,
    ticks: Option<u64>,
    memory_bytes: Option<usize>,
    interrupt: Interrupt,
    is_interrupted: bool,
}

/// What must come of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expected {
    Done,
    OutOfTicks,
    Interrupted,
}

/// Does what the bytes say; how many operations that were.
///
/// # Panics
/// Where something else comes of it than the model says.
pub fn run(bytes: &[u8]) -> usize {
    let mut choices = Choices::new(bytes);
    // Compiling takes most of the time where there is a native tier.
    let mode = match choices.byte() {
        0..16 => &Mode::NATIVE,
        16..32 => &Mode::DEOPT,
        _ => &Mode::INTERPRETER,
    };
    let mut host = Host::new(mode);
    let mut steps = 0;
    while !choices.is_empty() {
        host.step(&mut choices);
        steps += 1;
    }
    for guest in &mut host.vms {
        guest.check_variables();
    }
    steps
}

fn engine(mode: &Mode) -> Engine {
    let back = |ctx: &mut Ctx, f: Unary, k: i64| f.call(ctx, (k,));
    let refuse = |k: i64| Err::<i64, String>(format!("not {k}"));
    let tighten = |ctx: &mut Ctx, ticks: u64| ctx.set_limits(&Limits { ticks: Some(ticks), ..limits(None, None) });
    let builder = Engine::builder().function("back", back).function("refuse", refuse).function("tighten", tighten);
    mode.configure(builder.limits(limits(None, None)).seed(1)).build()
}

fn limits(ticks: Option<u64>, memory_bytes: Option<usize>) -> Limits {
    Limits { ticks, memory_bytes, ..Limits::trusted() }
}

impl Host {
    fn new(mode: &Mode) -> Host {
        let engines = [engine(mode), engine(mode)];
        let programs = [0, 1].map(|at: usize| engines[at].compile("script", SCRIPT).expect("it compiles"));
        let costs = costs(&engines[0], &programs[0]);
        let mut host =
            Host { engines, programs, costs, next_id: 0, vms: Vec::new(), roots: Vec::new(), functions: Vec::new() };
        host.add_vm(0);
        host
    }

    fn add_vm(&mut self, engine: usize) {
        let mut vm = Vm::new(&self.engines[engine]);
        vm.run(&self.programs[engine]).expect("nothing stops it");
        let interrupt = vm.interrupt();
        let id = self.next_id;
        self.next_id += 1;
        let variables = BTreeMap::from([("n", 0)]);
        let guest = Guest {
            id,
            vm,
            engine,
            xs: Vec::new(),
            variables,
            ticks: None,
            memory_bytes: None,
            interrupt,
            is_interrupted: false,
        };
        self.vms.push(guest);
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        let at = choices.below(self.vms.len());
        let (costs, count) = (self.costs, self.vms.len());
        let guest = &mut self.vms[at];
        match choices.below(24) {
            0 if count < VMS_MAX => self.add_vm(choices.below(2)),
            1 if count > 1 => drop(self.vms.swap_remove(at)),
            2 => guest.set_limits(choices),
            3 => guest.interrupt(choices),
            4 => guest.add(choices, costs),
            5 | 6 => guest.burn(choices, costs),
            7 | 8 => guest.grow(choices),
            9 => guest.fail(choices, costs),
            10 => guest.through(choices, costs),
            11 => guest.careful(costs),
            12 => guest.large(choices),
            13 => guest.tight(choices),
            14 => guest.set_variable(choices),
            15 => guest.eval(choices),
            16 => guest.misuse(choices),
            17 => self.keep_root(at),
            18 => self.use_root(at, choices),
            19 => self.keep_function(at, choices),
            20 => self.use_function(at, choices),
            21 => self.drop_handle(choices),
            22 => self.move_vm(at, choices),
            23 => self.run_foreign_program(at),
            _ => guest.check_variables(),
        }
    }

    fn keep_root(&mut self, at: usize) {
        let guest = &self.vms[at];
        if self.roots.len() < HANDLES_MAX {
            // A root is the value of now, whatever becomes of the variable.
            self.roots.push((guest.id, guest.vm.global("xs").expect("it is there"), guest.xs.clone()));
        }
    }

    fn use_root(&mut self, at: usize, choices: &mut Choices<'_>) {
        if self.roots.is_empty() {
            return;
        }
        let guest = &mut self.vms[at];
        let (owner, root, expected) = &self.roots[choices.below(self.roots.len())];
        let result = root.get::<Vec<i64>>(&mut guest.vm);
        if *owner == guest.id {
            assert_eq!(&result.expect("it is a value of this VM"), expected);
            assert_eq!(root.kind(&mut guest.vm).expect("it is"), "array");
            assert!(root.get::<bool>(&mut guest.vm).is_err());
            return;
        }
        assert_eq!(code(&result.expect_err("it is a value of another VM")), "RUF1012");
        assert!(guest.vm.set_global("n", root).is_err(), "it is a value of another VM");
    }

    fn keep_function(&mut self, at: usize, choices: &mut Choices<'_>) {
        let k = choices.wide() as i64;
        let guest = &mut self.vms[at];
        if self.functions.len() < HANDLES_MAX {
            let expected = guest.expect(self.costs.adder);
            let result = guest.vm.call::<Unary>("adder", (k,));
            if let Some(function) = guest.check(expected, self.costs.adder, result) {
                self.functions.push((guest.id, function, k));
            }
        }
    }

    fn use_function(&mut self, at: usize, choices: &mut Choices<'_>) {
        if self.functions.is_empty() {
            return;
        }
        let guest = &mut self.vms[at];
        let (owner, function, k) = &self.functions[choices.below(self.functions.len())];
        let m = choices.wide() as i64;
        if *owner != guest.id {
            let error = function.call(&mut guest.vm, (m,)).expect_err("it is a function of another VM");
            assert_eq!(code(&error), "RUF1012");
            return;
        }
        let expected = guest.expect(self.costs.add);
        let result = function.call(&mut guest.vm, (m,));
        if let Some(sum) = guest.check(expected, self.costs.add, result) {
            assert_eq!(sum, m + k);
        }
    }

    fn drop_handle(&mut self, choices: &mut Choices<'_>) {
        let index = choices.below(HANDLES_MAX);
        let elsewhere = choices.below(2) == 1;
        let root = (index < self.roots.len()).then(|| self.roots.swap_remove(index));
        let function = (index < self.functions.len()).then(|| self.functions.swap_remove(index));
        if elsewhere {
            thread::scope(|scope| drop(scope.spawn(|| drop((root, function)))));
        }
    }

    /// The VM works in another thread for a while.
    fn move_vm(&mut self, at: usize, choices: &mut Choices<'_>) {
        let mut guest = self.vms.swap_remove(at);
        let costs = self.costs;
        let k = choices.byte() as u64;
        let work = move || {
            guest.burn_for(k, costs);
            guest
        };
        self.vms.push(thread::spawn(work).join().expect("the other thread finds what the model says"));
    }

    fn run_foreign_program(&mut self, at: usize) {
        let guest = &mut self.vms[at];
        let error = guest.vm.run(&self.programs[1 - guest.engine]).expect_err("it is a program of another engine");
        assert_eq!(error.kind(), ErrorKind::Host);
    }
}

/// What the functions of the script cost, from a VM that does nothing else.
fn costs(engine: &Engine, program: &Program) -> Costs {
    let mut vm = Vm::new(engine);
    vm.run(program).expect("nothing stops it");
    let mut cost = |call: &dyn Fn(&mut Vm)| {
        let before = vm.ticks_used();
        call(&mut vm);
        vm.ticks_used() - before
    };
    Costs {
        add: cost(&|vm| drop(vm.call::<i64>("add", (1, 2)))),
        burn: cost(&|vm| drop(vm.call::<i64>("burn", (0,)))),
        fail: cost(&|vm| drop(vm.call::<i64>("fail", (1,)))),
        through: cost(&|vm| drop(vm.call::<i64>("through", (1,)))),
        careful: cost(&|vm| drop(vm.call::<String>("careful", (1,)))),
        adder: cost(&|vm| drop(vm.call::<Root>("adder", (1,)))),
    }
}

fn code(error: &Error) -> String {
    error.code().to_string()
}

impl Guest {
    /// What must come of a call that costs so many ticks.
    fn expect(&self, cost: u64) -> Expected {
        match self.ticks {
            _ if self.is_interrupted => Expected::Interrupted,
            Some(left) if left < cost => Expected::OutOfTicks,
            _ => Expected::Done,
        }
    }

    /// Compares what came with what must; the value, if there is one.
    fn check<T>(&mut self, expected: Expected, cost: u64, result: Result<T, Error>) -> Option<T> {
        match (expected, result) {
            (Expected::Done, Ok(value)) => {
                self.spend(cost);
                Some(value)
            }
            (expected, Err(error)) if expected != Expected::Done => {
                self.stopped(expected, &error);
                None
            }
            (expected, Ok(_)) => panic!("{expected:?}, but it was done with {:?} ticks left", self.vm.ticks_left()),
            (expected, Err(error)) => panic!("{expected:?}, but {error}"),
        }
    }

    fn spend(&mut self, cost: u64) {
        self.ticks = self.ticks.map(|left| left - cost);
        assert_eq!(self.vm.ticks_left(), self.ticks);
    }

    fn stopped(&mut self, expected: Expected, error: &Error) {
        match expected {
            Expected::Interrupted => {
                assert_eq!((error.kind(), code(error).as_str()), (ErrorKind::Interrupted, "RUF2005"));
                self.is_interrupted = false;
            }
            _ => {
                assert_eq!((error.kind(), code(error).as_str()), (ErrorKind::Limit, "RUF2001"), "{error}");
                self.ticks = Some(0);
            }
        }
        assert_eq!(self.vm.ticks_left(), self.ticks);
    }

    fn set_limits(&mut self, choices: &mut Choices<'_>) {
        self.ticks =
            choices.pick(&[None, Some(0), Some(1), Some(5), Some(50), Some(1_000), Some(100_000), Some(u64::MAX)]);
        self.memory_bytes = choices.pick(&[None, Some(1 << 20), Some(8 << 20)]);
        self.vm.set_limits(&limits(self.ticks, self.memory_bytes));
        // A budget is counted from the ticks that were used before, as far as numbers go.
        self.ticks = self.ticks.map(|ticks| ticks.min(u64::MAX - self.vm.ticks_used()));
        assert_eq!(self.vm.ticks_left(), self.ticks);
    }

    fn interrupt(&mut self, choices: &mut Choices<'_>) {
        let (interrupt, withdraws) = (self.interrupt.clone(), choices.below(3) == 0);
        let send = move || if withdraws { interrupt.clear() } else { interrupt.interrupt() };
        thread::spawn(send).join().expect("it only sets a flag");
        self.is_interrupted = !withdraws;
    }

    fn add(&mut self, choices: &mut Choices<'_>, costs: Costs) {
        let (a, b) = (choices.wide() as i64, choices.wide() as i64);
        let expected = self.expect(costs.add);
        let result = self.vm.call::<i64>("add", (a, b));
        if let Some(sum) = self.check(expected, costs.add, result) {
            assert_eq!(sum, a + b);
        }
    }

    fn burn(&mut self, choices: &mut Choices<'_>, costs: Costs) {
        self.burn_for(choices.wide() % 5_000, costs);
    }

    fn burn_for(&mut self, k: u64, costs: Costs) {
        let cost = costs.burn + k;
        let expected = self.expect(cost);
        let result = self.vm.call::<u64>("burn", (k,));
        if let Some(count) = self.check(expected, cost, result) {
            assert_eq!(count, k);
        }
    }

    /// Changes a variable of the script; what a push costs depends on the array.
    fn grow(&mut self, choices: &mut Choices<'_>) {
        let k = choices.wide() as i64;
        let before = self.vm.ticks_used();
        match self.vm.call::<usize>("grow", (k,)) {
            Ok(len) => {
                assert!(!self.is_interrupted);
                self.xs.push(k);
                assert_eq!(len, self.xs.len());
                let cost = self.vm.ticks_used() - before;
                assert!(cost <= 5, "{cost} ticks to push a number");
                self.spend(cost);
            }
            Err(error) => {
                let is_out = self.ticks.is_some_and(|left| left < 5);
                assert!(self.is_interrupted || is_out, "{error}");
                let expected = if self.is_interrupted { Expected::Interrupted } else { Expected::OutOfTicks };
                self.stopped(expected, &error);
                // It may have been stopped before or behind the push.
                let now = self.vm.global::<Vec<i64>>("xs").expect("it is an array");
                assert!(now == self.xs || now.split_last() == Some((&k, &self.xs)), "{now:?} after {:?}", self.xs);
                self.xs = now;
            }
        }
    }

    fn fail(&mut self, choices: &mut Choices<'_>, costs: Costs) {
        let thrown = choices.byte() as i64;
        let expected = self.expect(costs.fail);
        let error = self.vm.call::<i64>("fail", (thrown,)).expect_err("it throws");
        if expected != Expected::Done {
            return self.stopped(expected, &error);
        }
        assert_eq!((error.kind(), code(&error).as_str()), (ErrorKind::Runtime, "RUF1000"));
        assert_eq!(error.message(), thrown.to_string());
        self.spend(costs.fail);
    }

    /// From the host to the script, to the host, to the script.
    fn through(&mut self, choices: &mut Choices<'_>, costs: Costs) {
        let k = choices.wide() as i64;
        let expected = self.expect(costs.through);
        let result = self.vm.call::<i64>("through", (k,));
        if let Some(value) = self.check(expected, costs.through, result) {
            assert_eq!(value, k * 2 + 1);
        }
    }

    fn careful(&mut self, costs: Costs) {
        let expected = self.expect(costs.careful);
        let result = self.vm.call::<String>("careful", (3,));
        if let Some(kind) = self.check(expected, costs.careful, result) {
            assert_eq!(kind, "RUF4002");
        }
    }

    /// A long text, which costs a tick for each 64 bytes.
    fn large(&mut self, choices: &mut Choices<'_>) {
        let megabytes = choices.pick(&[0, 1, 4, 20]);
        let before = self.vm.ticks_used();
        let result = self.vm.call::<usize>("large", (megabytes << 20,));
        if self.is_interrupted {
            return self.stopped(Expected::Interrupted, &result.expect_err("an interrupt waits"));
        }
        let (cost, room) = ((megabytes << 20) as u64 / 64, self.memory_bytes.unwrap_or(usize::MAX));
        match result {
            Ok(len) => {
                assert_eq!(len, megabytes << 20);
                assert!(len <= room && self.ticks.is_none_or(|left| left >= cost));
                let spent = self.vm.ticks_used() - before;
                assert!((cost..cost + 10).contains(&spent), "{spent} ticks for {len} bytes");
                self.spend(spent);
            }
            Err(error) if code(&error) == "RUF2001" => {
                assert!(self.ticks.is_some_and(|left| left < cost + 10), "{error}");
                self.stopped(Expected::OutOfTicks, &error);
            }
            Err(error) => {
                assert_eq!(code(&error), "RUF2002", "{error}");
                assert!((megabytes << 20) + self.vm.memory_bytes() > room, "{error} with {room} bytes");
                self.spend(self.vm.ticks_used() - before);
            }
        }
    }

    /// A function of the host sets the limits of the running VM.
    fn tight(&mut self, choices: &mut Choices<'_>) {
        let ticks = choices.byte() as u64;
        let error = self.vm.call::<i64>("tight", (ticks,)).expect_err("it runs until it is stopped");
        if self.is_interrupted {
            return self.stopped(Expected::Interrupted, &error);
        }
        if self.ticks.is_none_or(|left| left >= 2) {
            self.memory_bytes = None;
        }
        self.stopped(Expected::OutOfTicks, &error);
    }

    fn set_variable(&mut self, choices: &mut Choices<'_>) {
        let name = choices.pick(&["n", "a", "b"]);
        let value = choices.wide() as i64;
        self.vm.set_global(name, value).expect("a number fits");
        self.variables.insert(name, value);
    }

    /// A line of a session: it changes a variable, or asks for one that may be missing.
    fn eval(&mut self, choices: &mut Choices<'_>) {
        let name = choices.pick(&["n", "a", "b"]);
        let k = choices.byte() as i64;
        if self.is_interrupted || self.ticks.is_some_and(|left| left < 5) {
            return;
        }
        let before = self.vm.ticks_used();
        let result = self.vm.eval("line", &format!("{name} := {name} + {k}\n{name}"));
        match self.variables.get_mut(name) {
            Some(value) => {
                *value += k;
                assert_eq!(result.expect("the variable is there"), Some(value.to_string()));
            }
            None => assert_eq!(code(&result.expect_err("there is no such variable")), "RUF1001"),
        }
        self.spend(self.vm.ticks_used() - before);
    }

    /// What the API refuses, without an effect.
    fn misuse(&mut self, choices: &mut Choices<'_>) {
        if self.is_interrupted || self.ticks.is_some_and(|left| left < 5) {
            return;
        }
        let before = self.vm.ticks_used();
        let (error, expected) = match choices.below(7) {
            0 => (self.vm.call::<i64>("missing", ()).err(), "RUF1001"),
            1 => (self.vm.call::<i64>("add", (1,)).err(), "RUF1003"),
            2 => (self.vm.call::<String>("add", (1, 2)).err(), "RUF1012"),
            3 => (self.vm.function::<fn(i64) -> i64>("add").err(), "RUF1003"),
            4 => (self.vm.function::<fn(i64) -> i64>("xs").err(), "RUF1012"),
            5 => (self.vm.global::<bool>("xs").err(), "RUF1012"),
            _ => (self.vm.eval("line", "1 +").err(), "RUF0101"),
        };
        assert_eq!(code(&error.expect("it is refused")), expected);
        self.spend(self.vm.ticks_used() - before);
    }

    fn check_variables(&mut self) {
        assert_eq!(self.vm.global::<Vec<i64>>("xs").expect("it is an array"), self.xs);
        for name in ["n", "a", "b"] {
            assert_eq!(self.vm.global::<i64>(name).ok(), self.variables.get(name).copied());
        }
        assert_eq!(self.vm.ticks_left(), self.ticks);
    }
}
