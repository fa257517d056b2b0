//! What crosses the border between a host and its scripts: calls both ways, values, fields of host objects, errors.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ruff_core::{Engine, Function, HostRef, HostType, Vm};
use std::hint::black_box;

/// How often a script does what is measured, so that the call that starts it does not count.
const REPEAT: i64 = 1000;

const SCRIPT: &str = r#"
func add(a, b) { return a + b }
func next(n) { return n + 1 }
func greet(name) { return name }
func empty_loop(n) { for i in n { } }
func call_host(n) {
    total := 0
    for i in n { total := host_add(total, i) }
    return total
}
func call_host_one(n) {
    for i in n { host_next(i) }
}
func call_host_text(n) {
    for i in n { host_length("some text") }
}
func throw_and_catch(n) {
    caught := 0
    for i in n {
        try { throw "no" } except e { caught += 1 }
    }
    return caught
}
func catch_across_calls(n) {
    caught := 0
    for i in n {
        try { fail(i) } except { caught += 1 }
    }
    return caught
}
func fail(i) { return i / 0 }
func read_field(n) {
    total := 0
    for i in n { total += player.health }
    return total
}
func write_field(n) {
    for i in n { player.health := i }
}
func read_part(n) {
    total := 0
    for i in n { total += player.position.x }
    return total
}
func write_part(n) {
    for i in n { player.position.x := i }
}
func call_method(n) {
    for i in n { player.hurt(1) }
}
setting := 1
player := null
"#;

struct Position {
    x: i64,
}

struct Player {
    health: i64,
    position: Position,
}

fn vm() -> Vm {
    let position = HostType::new("Position").field("x", |p: &Position| p.x, |p: &mut Position, x: i64| p.x = x);
    let player = HostType::new("Player")
        .field("health", |p: &Player| p.health, |p: &mut Player, health: i64| p.health = health)
        .part("position", |p: &Player| &p.position, |p: &mut Player| &mut p.position)
        .method("hurt", |p: &mut Player, points: i64| p.health -= points);
    let engine = Engine::builder()
        .host_type(position)
        .host_type(player)
        .function("host_add", |a: i64, b: i64| a + b)
        .function("host_next", |n: i64| n + 1)
        .function("host_length", |text: String| text.len() as i64)
        .build();
    let program = engine.compile("host.ruff", SCRIPT).expect("a program");
    let mut vm = Vm::new(&engine);
    vm.run(&program).expect("a run");
    vm.set_global("player", HostRef::new(Player { health: 100, position: Position { x: 0 } })).expect("a global");
    vm
}

fn host_to_script(c: &mut Criterion) {
    let mut vm = vm();
    let next: Function<fn(i64) -> i64> = vm.function("next").expect("a function");
    let mut group = c.benchmark_group("host_to_script");
    group.bench_function("one_int_by_ticket", |b| b.iter(|| next.call(&mut vm, (black_box(1),))));
    group.bench_function("two_ints", |b| b.iter(|| vm.call::<i64>("add", (black_box(1i64), black_box(2i64)))));
    group.bench_function("text", |b| b.iter(|| vm.call::<String>("greet", (black_box("some text".to_string()),))));
    group.finish();
}

/// A group whose members run a function of the script that repeats something.
fn repeated(c: &mut Criterion, name: &str, functions: &[&str]) {
    let mut vm = vm();
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(REPEAT as u64));
    for function in functions {
        group.bench_function(*function, |b| b.iter(|| vm.call::<Option<i64>>(function, (REPEAT,)).expect("a result")));
    }
    group.finish();
}

fn script_to_host(c: &mut Criterion) {
    repeated(c, "script_to_host", &["empty_loop", "call_host_one", "call_host", "call_host_text"]);
}

fn host_fields(c: &mut Criterion) {
    repeated(c, "host_fields", &["read_field", "write_field", "read_part", "write_part", "call_method"]);
}

fn errors(c: &mut Criterion) {
    repeated(c, "errors", &["throw_and_catch", "catch_across_calls"]);
}

fn globals(c: &mut Criterion) {
    let mut vm = vm();
    let mut group = c.benchmark_group("globals");
    group.bench_function("get", |b| b.iter(|| vm.global::<i64>(black_box("setting"))));
    group.bench_function("set", |b| b.iter(|| vm.set_global(black_box("setting"), black_box(2i64))));
    group.finish();
}

criterion_group!(benches, host_to_script, script_to_host, host_fields, errors, globals);
criterion_main!(benches);
