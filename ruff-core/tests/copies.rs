//! Updates that look like copies are done in place: for each idiom the machine may copy a container once, never in each round.
//! Each is tried with a variable of the top level, of a function, captured by a closure, and as a field.

use ruff_core::native::{Arity, Ctx, NativeEntry, Value};
use ruff_core::{Engine, Vm};

/// Rounds of each idiom.
const ROUNDS: i64 = 300;

/// What is declared before, the variable's first value, and one round that changes `x`.
struct Idiom {
    name: &'static str,
    before: &'static str,
    start: &'static str,
    round: &'static str,
}

const fn idiom(name: &'static str, start: &'static str, round: &'static str) -> Idiom {
    Idiom { name, before: "", start, round }
}

const IDIOMS: &[Idiom] = &[
    idiom("x := push(x, v)", "[]", "x := push(x, i)"),
    idiom("x.push(v)", "[]", "x.push(i)"),
    Idiom { name: "f(mut x)", before: "func f(mut a) { a.push(1) }", start: "[]", round: "f(mut x)" },
    idiom("x[i] += 1", "[0, 0]", "x[i % 2] += 1"),
    idiom("x[k] += 1", "{\"a\": 0}", "x[\"a\"] += 1"),
    idiom("x[k] := v of new keys", "{}", "x[i] := i"),
    idiom("x[i][j] := v", "[[0], [0]]", "x[i % 2][0] := i"),
    idiom("x[k][i] := v", "{\"a\": [0, 0]}", "x[\"a\"][i % 2] := i"),
    idiom("x[k].push(v)", "{\"a\": []}", "x[\"a\"].push(i)"),
    Idiom {
        name: "x.items[0].v := v",
        before: "struct S { items, v }",
        start: "S { items: [S { v: 0 }] }",
        round: "x.items[0].v := i",
    },
    Idiom {
        name: "x.method() with mut self",
        before: "struct S { items = [], func add(mut self, v) { self.items.push(v) } }",
        start: "S {}",
        round: "x.add(i)",
    },
    idiom("x := x + s", "\"\"", "x := x + \"s\""),
    idiom("x += s", "\"\"", "x += \"s\""),
    idiom("x.add(v) of a set", "Set()", "x.add(i)"),
    idiom("x.enqueue(v) and x.dequeue()", "Queue([1])", "x.enqueue(i); x.dequeue()"),
    idiom("x.push(v) and x.pop() of a stack", "Stack()", "x.push(i); x.push(i); x.pop()"),
    idiom("x.push(v) and x.pop()", "[]", "x.push(i); x.push(i); x.pop()"),
    idiom("x := insert(x, 0, v)", "[]", "x := insert(x, 0, i)"),
    idiom("swap of elements", "[1, 2, 3]", "t := x[0]; x[0] := x[1]; x[1] := t"),
];

/// Updates by script functions, which run while the old value must still be there for whoever can see the variable. Nobody else
/// sees a variable of a function that no closure captures, so that its value moves into the call.
const LOCAL_IDIOMS: &[Idiom] = &[
    Idiom { name: "x := f(x)", before: "func f(a) { a.push(1); return a }", start: "[]", round: "x := f(x)" },
    idiom("x := sort(x)", "[3, 1, 2]", "x := sort(x)"),
    idiom("value of an if", "[]", "x := if i > 0 { push(x, i) } else { x }"),
];

/// Programs around an idiom that count how often a container was copied, for each place where the variable may live.
const LOCAL_SETTINGS: &[(&str, &str)] = &[
    (
        "function",
        "func run() {\n x := START\n start := copies()\n for i in ROUNDS { ROUND }\n return copies() - start\n}",
    ),
    ("parameter", "func run(x = START) {\n start := copies()\n for i in ROUNDS { ROUND }\n return copies() - start\n}"),
];

const SHARED_SETTINGS: &[(&str, &str)] = &[
    (
        "top level",
        "x := START\nstart := copies()\nfor i in ROUNDS { ROUND }\nn := copies() - start\nfunc run() { return n }",
    ),
    (
        "captured",
        "func run() {\n x := START\n round := func(i) { ROUND }\n start := copies()\n for i in ROUNDS { round(i) }\n \
         return copies() - start\n}",
    ),
];

fn copies_of(idiom: &Idiom, setting: &str) -> i64 {
    let text = format!("{}\n{setting}\n", idiom.before)
        .replace("START", idiom.start)
        .replace("ROUNDS", &ROUNDS.to_string())
        .replace("ROUND", idiom.round);
    let copies = |ctx: &mut Ctx<'_>, _: &mut [Value]| Ok(Value::Int(ctx.heap().copies() as i64));
    let engine = Engine::builder().native(NativeEntry::new("copies", Arity::exactly(0), copies)).build();
    let mut vm = Vm::new(&engine);
    let program = engine.compile("copies.ruff", &text).unwrap_or_else(|e| panic!("{}: {e:#}\n{text}", idiom.name));
    vm.run(&program).unwrap_or_else(|e| panic!("{}: {e:#}", idiom.name));
    vm.call("run", ()).unwrap_or_else(|e| panic!("{}: {e:#}", idiom.name))
}

/// The idioms that copied more than once.
fn failures(idioms: &[Idiom], settings: &[(&str, &str)]) -> Vec<String> {
    let pairs = idioms.iter().flat_map(|idiom| settings.iter().map(move |setting| (idiom, setting)));
    let counted = pairs.map(|(idiom, (place, setting))| (idiom.name, place, copies_of(idiom, setting)));
    let failed = counted.filter(|(.., copies)| *copies > 1);
    failed.map(|(name, place, copies)| format!("{name} ({place}): {copies} copies in {ROUNDS} rounds")).collect()
}

#[test]
fn no_idiom_copies_more_than_once() {
    let failed =
        [failures(IDIOMS, LOCAL_SETTINGS), failures(IDIOMS, SHARED_SETTINGS), failures(LOCAL_IDIOMS, LOCAL_SETTINGS)];
    assert!(failed.concat().is_empty(), "{}", failed.concat().join("\n"));
}

/// The counter counts: a change of a shared container is a copy.
#[test]
fn a_shared_container_is_copied_at_each_change() {
    let shared = idiom("shared", "[1, 2, 3]", "y := x; x[0] := i");
    assert!(copies_of(&shared, LOCAL_SETTINGS[0].1) >= ROUNDS);
}
