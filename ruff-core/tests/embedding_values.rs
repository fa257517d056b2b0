//! Values across the boundary: conversions at the edges of their ranges, roots, typed functions, natives.

use ruff_core::{
    BigInt, CapabilitySet, Ctx, Data, Engine, Error, ErrorKind, Function, Limits, Module, Program, Rest, Root, Vm,
};
use std::collections::{BTreeMap, HashMap};
use std::error::Error as StdError;
use std::fmt;

fn vm() -> Vm {
    Vm::new(&Engine::new())
}

fn session(lines: &[&str]) -> Vm {
    let mut vm = vm();
    for line in lines {
        vm.eval("test", line).unwrap();
    }
    vm
}

fn text(vm: &mut Vm, code: &str) -> String {
    vm.eval("test", code).unwrap().unwrap_or_default()
}

#[test]
fn auto_traits() {
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    fn is_send<T: Send>() {}
    fn is_error<T: StdError + Send + Sync + 'static>() {}
    is_shared::<Engine>();
    is_shared::<Engine<std::cell::Cell<u8>>>();
    is_shared::<Program>();
    is_shared::<Root>();
    is_shared::<Function<fn(i64, &str) -> i64>>();
    is_shared::<Data>();
    is_shared::<Limits>();
    is_shared::<ruff_core::Interrupt>();
    is_shared::<ruff_core::HostRef<Vec<u8>>>();
    is_shared::<ruff_core::MapLoader>();
    is_shared::<ruff_core::Source>();
    is_send::<Vm>();
    is_send::<Vm<std::cell::Cell<u8>>>();
    is_error::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

macro_rules! round_trips {
    ($($int:ty),*) => {$(
        let mut vm = session(&["func same(x) { return x }"]);
        for int in [<$int>::MIN, <$int>::MAX, 0, 1] {
            assert_eq!(vm.call::<$int>("same", (int,)).unwrap(), int);
        }
        vm.set_global("max", <$int>::MAX).unwrap();
        vm.set_global("min", <$int>::MIN).unwrap();
        vm.eval("test", "above := max + 1\nbelow := min - 1").unwrap();
        let message = vm.global::<$int>("above").unwrap_err().message().to_owned();
        assert!(message.starts_with("above: expected int"), "{message}");
        assert!(vm.global::<$int>("below").is_err());
        assert!(vm.global::<BigInt>("below").is_ok());
    )*};
}

#[test]
fn ints_of_all_widths_keep_their_range() {
    round_trips!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);
}

#[test]
fn other_types_cross_both_ways() {
    let mut vm = session(&["func same(x) { return x }"]);
    assert_eq!(vm.call::<f64>("same", (1.5,)).unwrap(), 1.5);
    assert_eq!(vm.call::<f64>("same", (2,)).unwrap(), 2.0);
    assert!(vm.call::<i64>("same", (2.0,)).is_err());
    assert_eq!(vm.call::<Option<i64>>("same", ((),)).unwrap(), None);
    assert_eq!(vm.call::<Option<String>>("same", ("é",)).unwrap().as_deref(), Some("é"));
    assert_eq!(vm.call::<Vec<Option<u8>>>("same", (vec![Some(1u8), None],)).unwrap(), [Some(1), None]);
    assert_eq!(vm.call::<(i64, String, bool)>("same", ((1, "a", true),)).unwrap(), (1, "a".to_owned(), true));
    assert!(vm.call::<(i64, i64)>("same", ((1, 2, 3),)).is_err());
    let map = BTreeMap::from([("1".to_owned(), vec![1.0]), ("a".to_owned(), vec![])]);
    assert_eq!(vm.call::<BTreeMap<String, Vec<f64>>>("same", (map.clone(),)).unwrap(), map);
    let hash: HashMap<String, Vec<f64>> = map.into_iter().collect();
    assert_eq!(vm.call::<HashMap<String, Vec<f64>>>("same", (hash.clone(),)).unwrap(), hash);
    let data = Data::Dict(vec![("k".into(), Data::Array(vec![Data::Null, Data::Bytes(vec![0, 255])]))]);
    assert_eq!(vm.call::<Data>("same", (data.clone(),)).unwrap(), data);
    let digits = "-170141183460469231731687303715884105729";
    assert_eq!(vm.call::<BigInt>("same", (BigInt::parse(digits).unwrap(),)).unwrap().digits(), digits);
}

#[test]
fn data_that_means_no_value_is_refused() {
    let mut vm = vm();
    for digits in ["1_000", "+5", "", "-", "--1", "1e3", " 1", "0x10"] {
        let error = vm.set_global("n", Data::BigInt(digits.into())).unwrap_err();
        assert_eq!(error.message(), format!("Cannot convert '{digits}' to int"));
        assert_eq!(error.code(), ruff_core::Code::CONVERSION);
    }
    vm.set_global("n", Data::Array(vec![Data::BigInt("-007".into()), Data::BigInt("0".into())])).unwrap();
    assert_eq!(text(&mut vm, "n"), "[-7, 0]");
    let range = |step| Data::Range { start: 0, end: 5, inclusive: false, step };
    let error = vm.set_global("r", Data::Array(vec![range(0)])).unwrap_err();
    assert_eq!(error.message(), "Cannot convert data: the step of a range must not be 0");
    vm.set_global("r", range(2)).unwrap();
    assert_eq!(text(&mut vm, "r"), "(0..5).step(2)");
}

#[test]
fn ints_of_the_host_meet_the_limit_of_ints() {
    let engine = Engine::builder().function("given", |n: BigInt| BigInt::parse(&format!("{}0", n.digits()))).build();
    let mut vm = Vm::new(&engine);
    vm.set_limits(&Limits { int_bits: Some(100), ..Limits::trusted() });
    let largest = "1267650600228229401496703205375";
    let message = "Integer too large: more than 100 bits";
    for digits in ["1267650600228229401496703205376".to_owned(), "9".repeat(1_000_000)] {
        let error = vm.set_global("n", Data::BigInt(digits.clone())).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Limit, message));
        let error = vm.set_global("n", BigInt::parse(&digits).unwrap()).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Limit, message));
    }
    assert_eq!(vm.set_global("n", u128::MAX).unwrap_err().message(), message);
    vm.set_global("n", BigInt::parse(largest).unwrap()).unwrap();
    assert_eq!(text(&mut vm, "n"), largest);
    let error = vm.eval("test", "try { given(n) } except { }").unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Limit, message));
    assert!(vm.global::<u128>("n").is_ok());
    vm.set_limits(&Limits::trusted());
    vm.eval("test", "n := 2 ** 200").unwrap();
    assert!(vm.global::<u128>("n").is_err());
}

#[test]
fn copies_for_the_host_count_as_memory_and_ticks() {
    let engine = Engine::builder()
        .function("log", |_: Data| ())
        .function("used", |ctx: &mut Ctx, _: Option<Vec<i64>>| ctx.memory_bytes())
        .build();
    let mut vm = Vm::new(&engine);
    vm.eval("test", "xs := range(64000)").unwrap();
    let ticks = |vm: &mut Vm, code: &str| {
        let before = vm.ticks_used();
        vm.eval("test", code).unwrap();
        vm.ticks_used() - before
    };
    let few = ticks(&mut vm, "log([1])");
    assert_eq!(ticks(&mut vm, "log(xs)"), few + 1000);
    let before = vm.memory_bytes();
    // While the call runs, the copy counts; afterwards it is the host's.
    let held: usize = text(&mut vm, "used(xs) - used()").parse().unwrap();
    assert!((512_000..513_000).contains(&held), "{held}");
    assert!(vm.memory_bytes() <= before + 1000);
}

#[test]
fn data_has_a_depth() {
    let mut deep = Data::Null;
    for _ in 0..600 {
        deep = Data::Array(vec![deep]);
    }
    let mut vm = vm();
    assert!(vm.set_global("x", deep).is_err());
    vm.eval("test", "x := []\nfor i in 0..100000 { x := [x] }").unwrap();
    assert!(vm.global::<Data>("x").is_err());
}

#[test]
fn functions_check_arity_and_kinds() {
    let mut vm = session(&["func add(a, b) { return a + b }", "func any(...xs) { return len(xs) }", "n := 3"]);
    let add: Function<fn(i64, i64) -> i64> = vm.function("add").unwrap();
    assert_eq!(add.call(&mut vm, (40, 2)).unwrap(), 42);
    assert_eq!(add.call(&mut vm, (i64::MAX, 1)).unwrap_err().message(), "add() should return int, got int");
    let messages = [
        (vm.function::<fn(i64) -> i64>("add").unwrap_err(), "add takes 2 arguments, but the host's signature has 1"),
        (vm.function::<fn() -> i64>("n").unwrap_err(), "n: expected function, got int"),
        (vm.function::<fn() -> i64>("nothing").unwrap_err(), "Undefined variable: nothing"),
        (vm.call::<bool>("add", (1, 2)).unwrap_err(), "add() should return bool, got int"),
    ];
    for (error, message) in messages {
        assert_eq!(error.message(), message);
    }
    let strings: Function<fn(&str, &str) -> String> = vm.function("add").unwrap();
    assert_eq!(strings.call(&mut vm, ("a", "b")).unwrap(), "ab");
    type Any = fn(i64, i64, bool, (), f64) -> usize;
    let many: Function<Any> = vm.function("any").unwrap();
    assert_eq!(many.call(&mut vm, (1, 2, true, (), 0.5)).unwrap(), 5);
}

#[test]
fn roots_belong_to_their_vm() {
    let mut vm = session(&["func f(x) { return [x] }", "x := {\"a\": 1}"]);
    let mut other = session(&["func f(x) { return 0 }"]);
    let x: Root = vm.global("x").unwrap();
    let f: Function<fn(i64) -> Vec<i64>> = vm.function("f").unwrap();
    vm.eval("test", "x := null").unwrap();
    assert_eq!(x.get::<HashMap<String, i64>>(&mut vm).unwrap()["a"], 1);
    assert_eq!(vm.call::<Vec<HashMap<String, i64>>>("f", (&x,)).unwrap()[0]["a"], 1);
    for error in [
        x.get::<Data>(&mut other).unwrap_err(),
        f.call(&mut other, (1,)).unwrap_err(),
        other.call::<()>("f", (&x,)).unwrap_err(),
        other.set_global("x", &x).unwrap_err(),
    ] {
        assert_eq!(error.message(), "The value belongs to another VM");
    }
    drop(vm);
    assert!(x.get::<Data>(&mut other).is_err());
}

#[test]
fn dropped_roots_let_their_values_go() {
    let mut vm = session(&["func big() { return \"x\".repeat(800000) }"]);
    let before = vm.memory_bytes();
    for _ in 0..10 {
        let root: Root = vm.call("big", ()).unwrap();
        std::thread::spawn(move || drop(root)).join().unwrap();
    }
    vm.eval("test", "1").unwrap();
    assert!(vm.memory_bytes() < before + 800_000, "{} {before}", vm.memory_bytes());
}

#[test]
fn natives_take_optional_variadic_and_borrowed_arguments() {
    let engine = Engine::builder()
        .function("cut", |text: &str, count: Option<usize>| text.chars().take(count.unwrap_or(1)).collect::<String>())
        .function("join", |sep: &str, Rest(parts): Rest<String>| parts.join(sep))
        .function("size", |bytes: &[u8]| bytes.len())
        .function("maybe", |text: Option<&str>| text.map(str::len))
        .function(
            "twelve",
            |a: i8, b: i16, c: i32, d: i64, e: u8, f: u16, g: u32, h: u64, i: f32, j: f64, k: bool, (): ()| {
                format!("{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}")
            },
        )
        .build();
    let mut vm = Vm::new(&engine);
    assert_eq!(text(&mut vm, "[cut(\"héllo\", 2), cut(\"abc\"), cut(\"x\", null)]"), "[hé, a, x]");
    assert_eq!(text(&mut vm, "[join(\"-\"), join(\"-\", \"a\", \"b\")]"), "[, a-b]");
    assert_eq!(text(&mut vm, "[maybe(), maybe(\"abc\")]"), "[null, 3]");
    assert_eq!(text(&mut vm, "twelve(1, 2, 3, 4, 5, 6, 7, 8, 9.5, 10, true, null)"), "123456789.510true");
    for (code, message) in [
        ("cut()", "cut expects 1 to 2 arguments, got 0"),
        ("cut(\"a\", -1)", "cut() expects int from 0 to 18446744073709551615 or null as argument 2, got int"),
        ("join(1)", "join() expects string as argument 1, got int"),
        ("join(\"\", \"a\", 2)", "join() expects string as argument 3, got int"),
    ] {
        assert_eq!(vm.eval("test", code).unwrap_err().message(), message, "{code}");
    }
}

#[derive(Debug)]
struct OutOfStock(u32);

impl fmt::Display for OutOfStock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "only {} left", self.0)
    }
}

impl StdError for OutOfStock {}

#[test]
fn errors_of_the_host_come_back() {
    let engine = Engine::builder().function("take", |n: u32| if n > 3 { Err(OutOfStock(3)) } else { Ok(n) }).build();
    let mut vm = Vm::new(&engine);
    let error = vm.eval("test", "x := 1\ntake(5)").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Host);
    assert_eq!(error.downcast_ref::<OutOfStock>().map(|e| e.0), Some(3));
    assert!(StdError::source(&error).is_some());
    assert_eq!(error.position().map(|at| at.line), Some(2));
    assert_eq!(error.to_string(), "RUF4002: only 3 left (test:2:1)");
    assert!(format!("{error:#}").contains("take(5)"));
    assert_eq!(text(&mut vm, "func f() { try { take(9) } except e { return e.message } }\nf()"), "only 3 left");
}

#[test]
fn a_panicking_native_is_an_error() {
    let engine = Engine::builder()
        .function("fail", |n: i64| -> i64 { panic!("no {n}") })
        .function("call", |ctx: &mut Ctx, f: Function<fn() -> i64>| f.call(ctx, ()))
        .output(|_| panic!("sink"))
        .build();
    let mut vm = Vm::new(&engine);
    let error = vm.eval("test", "fail(3)").unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Host, "fail() panicked: no 3"));
    let error = vm.eval("test", "call(func() { return fail(4) })").unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Host, "fail() panicked: no 4"));
    assert_eq!(vm.eval("test", "print(1)").unwrap_err().message(), "output() panicked: sink");
    assert_eq!(text(&mut vm, "1 + 1"), "2");
}

#[test]
fn a_panicking_loader_is_an_error_of_the_import() {
    struct Careless;
    impl ruff_core::ModuleLoader for Careless {
        fn load(&self, path: &str, _importer: &str) -> std::io::Result<Option<ruff_core::Source>> {
            panic!("no {path} today")
        }
    }
    let engine = Engine::builder().loader(Careless).build();
    let error = Vm::new(&engine).eval("1", "import a").unwrap_err();
    assert_eq!(error.code().to_string(), "RUF4002");
    assert_eq!(error.message(), "load() panicked: no a today");
}

#[test]
fn a_panic_that_unwinds_through_the_machine_leaves_a_usable_vm() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;
    struct BadClock;
    impl ruff_core::native::Clock for BadClock {
        fn unix_time(&mut self) -> Duration {
            panic!("no time")
        }
        fn monotonic(&mut self) -> Duration {
            Duration::ZERO
        }
        fn sleep(&mut self, _duration: Duration) {}
    }
    let mut vm = Vm::new(&Engine::builder().clock(|| BadClock).build());
    let run = catch_unwind(AssertUnwindSafe(|| vm.eval("test", "func f(x) { return [x, now()] }\nf([1] + [2])")));
    assert!(run.is_err() || run.is_ok_and(|r| r.is_err()));
    assert_eq!(text(&mut vm, "len([1, 2])"), "2");
}

#[test]
fn errors_go_through_natives_that_call_back() {
    let engine = Engine::builder()
        .function("call", |ctx: &mut Ctx, f: Root| f.call::<Data>(ctx, ()))
        .function("swallow", |ctx: &mut Ctx, f: Root| f.call::<Data>(ctx, ()).is_err())
        .build();
    let mut vm = Vm::new(&engine);
    let error = vm.eval("test", "call(func() { throw([1]) })").unwrap_err();
    assert_eq!((error.kind(), error.thrown()), (ErrorKind::Runtime, Some(&Data::Array(vec![Data::Int(1)]))));
    let error = vm.eval("test", "call(func() { return 1 / 0 })").unwrap_err();
    assert_eq!(error.code(), ruff_core::native::Code::DIVISION_BY_ZERO);
    assert_eq!(text(&mut vm, "swallow(func() { throw(1) })"), "true");
    vm.set_limits(&Limits { ticks: Some(1000), ..Limits::trusted() });
    let endless = "try { swallow(func() { while true {} }) } except e { }\nwhile true {}";
    assert_eq!(vm.eval("test", endless).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn modules_of_natives_are_imported() {
    let shapes = Module::new("geo.shapes")
        .doc("plane shapes")
        .function("area", |w: f64, h: f64| w * h)
        .doc("the area of a rectangle")
        .function("name", || "rectangle");
    let engine = Engine::builder().module(shapes).build();
    let mut vm = Vm::new(&engine);
    for code in ["import geo.shapes as s\nx := s.area(2, 3)", "from geo.shapes import area as a\nx := a(2, 3)"] {
        vm.run(&engine.compile("main", code).unwrap()).unwrap();
        assert_eq!(vm.global::<f64>("x").unwrap(), 6.0);
    }
    assert!(vm.eval("test", "area(1, 2)").is_err());
    let error = vm.eval("test", "import geo.shapes as s\ns.area(1, \"x\")").unwrap_err();
    assert_eq!(error.message(), "geo.shapes.area() expects number as argument 2, got string");
    let description = engine.describe();
    let area = description.functions.iter().find(|f| f.name == "area").unwrap();
    assert_eq!(
        (area.module.as_deref(), &*area.doc, area.is_host),
        (Some("geo.shapes"), "the area of a rectangle", true)
    );
    assert_eq!(area.signature, "geo.shapes.area(number, number) -> float");
    assert_eq!(description.modules, [("geo.shapes".to_owned(), "plane shapes".to_owned())]);
    assert!(description.functions.iter().any(|f| f.name == "map" && !f.is_host));
    assert!(
        description.methods.contains(&("string".to_owned(), "upper".to_owned())) || !description.methods.is_empty()
    );
}

#[test]
fn capabilities_can_be_asked_and_denied() {
    let engine = Engine::builder()
        .function("secret", || 1)
        .needs(ruff_core::Capability::Net)
        .capabilities(CapabilitySet::NONE)
        .build();
    let program = engine.compile("main", "secret()").unwrap();
    assert!(program.capabilities().contains(ruff_core::Capability::Net));
    let error = Vm::new(&engine).run(&program).unwrap_err();
    assert_eq!(error.message(), "Capability denied: net required for secret");
}

#[test]
fn a_float_takes_any_int() {
    let engine = Engine::builder()
        .function("half", |x: f64| x / 2.0)
        .function("single", |x: f32| x)
        .function("sum", |xs: Vec<f64>| xs.iter().sum::<f64>())
        .build();
    let mut vm = Vm::new(&engine);
    assert_eq!(text(&mut vm, "half(2 ** 64) == 2.0 ** 63"), "true");
    assert_eq!(text(&mut vm, "half(-(2 ** 70) - 1) == -(2.0 ** 69)"), "true");
    assert_eq!(text(&mut vm, "half(2 ** 63 + 1025) == 2.0 ** 62 + 1024"), "true");
    assert_eq!(text(&mut vm, "half(10 ** 400) > 1e308"), "true");
    assert_eq!(text(&mut vm, "single(2 ** 80) == 2.0 ** 80"), "true");
    assert_eq!(text(&mut vm, "sum([1, 2 ** 63, 0.5]) == 2.0 ** 63"), "true");
    vm.eval("test", "big := 2 ** 100").unwrap();
    assert_eq!(vm.global::<f64>("big").unwrap(), 2_f64.powi(100));
    assert!(vm.global::<i64>("big").is_err());
}

#[test]
fn options_and_results_go_both_ways() {
    let engine = Engine::builder()
        .function("back", |data: Data| data)
        .function("missing", || Data::Variant("Option".into(), "None".into(), vec![]))
        .build();
    let mut vm = Vm::new(&engine);
    for value in ["None", "Some(1)", "Ok([1, Some(null)])", "Err(\"x\")", "[None, {\"a\": Some(None)}]"] {
        assert_eq!(text(&mut vm, &format!("back({value}) == {value}")), "true", "{value}");
    }
    assert_eq!(text(&mut vm, "match missing() { case None: { [1] } case _: { [2] } }"), "[1]");
    let variant = |of: &str, name: &str, payload: Vec<Data>| Data::Variant(of.into(), name.into(), payload);
    for data in [
        variant("Option", "None", vec![Data::Null]),
        variant("Option", "Some", vec![]),
        variant("Result", "Ok", vec![Data::Null, Data::Null]),
        variant("Result", "Some", vec![Data::Null]),
        variant("Colour", "Red", vec![]),
    ] {
        let error = vm.set_global("x", data).unwrap_err();
        assert!(error.message().ends_with("needs its declaration"), "{error}");
    }
}
