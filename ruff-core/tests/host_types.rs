//! Objects of Rust types in scripts, through the public API.

use ruff_core::{AccessError, Engine, Host, HostRef, HostType, Operator, Rest, Vm};

struct Position {
    x: f64,
    y: f64,
}

struct Player {
    name: String,
    health: i64,
    items: Vec<String>,
    position: Position,
}

impl Player {
    fn named(name: String) -> Player {
        Player { name, health: 100, items: Vec::new(), position: Position { x: 0.0, y: 0.0 } }
    }
}

struct Vector(f64, f64);

fn engine() -> Engine {
    let position = HostType::new("Position")
        .field("x", |p: &Position| p.x, |p: &mut Position, x: f64| p.x = x)
        .field("y", |p: &Position| p.y, |p: &mut Position, y: f64| p.y = y)
        .method("move_by", |p: &mut Position, x: f64, y: f64| {
            p.x += x;
            p.y += y;
        });
    let player = HostType::new("Player")
        .constructor(Player::named)
        .getter("name", |p: &Player| p.name.clone())
        .field("health", |p: &Player| p.health, set_health)
        .field("items", |p: &Player| p.items.clone(), |p: &mut Player, items: Vec<String>| p.items = items)
        .part("position", |p: &Player| &p.position, |p: &mut Player| &mut p.position)
        .method("heal", |p: &mut Player, points: i64| {
            p.health += points;
            p.health
        })
        .method("take_from", |p: &mut Player, other: HostRef<Player>| {
            let items = other.with_mut(|o| std::mem::take(&mut o.items))?;
            p.items.extend(items);
            Ok::<_, ruff_core::AccessError>(())
        })
        .method_ref("greets", |p: &Player, other: HostRef<Player>| {
            other.with(|o| format!("{} greets {}", p.name, o.name))
        })
        .iterate(|p: &Player| p.items.clone())
        .display(|p: &Player| format!("{} ({})", p.name, p.health));
    let vector = HostType::new("Vector")
        .constructor(|x: f64, y: f64| Vector(x, y))
        .operator(Operator::Add, |a: &Vector, b: HostRef<Vector>| b.with(|b| Host(Vector(a.0 + b.0, a.1 + b.1))))
        .operator(Operator::Mul, |a: &Vector, factor: f64| Host(Vector(a.0 * factor, a.1 * factor)))
        .operator(Operator::Neg, |a: &Vector| Host(Vector(-a.0, -a.1)))
        .operator(Operator::Eq, |a: &Vector, b: HostRef<Vector>| b.with(|b| a.0 == b.0 && a.1 == b.1))
        .operator(Operator::Index, |a: &Vector, i: i64| if i == 0 { a.0 } else { a.1 })
        .operator_mut(Operator::SetIndex, |a: &mut Vector, i: i64, v: f64| if i == 0 { a.0 = v } else { a.1 = v })
        .operator(Operator::Call, |a: &Vector| (a.0 * a.0 + a.1 * a.1).sqrt());
    Engine::builder().host_type(position).host_type(player).host_type(vector).build()
}

fn set_health(player: &mut Player, health: i64) -> Result<(), String> {
    if health < 0 {
        return Err(format!("health must not be negative, got {health}"));
    }
    player.health = health;
    Ok(())
}

/// Runs a program and gives the text of its last expression.
fn eval(text: &str) -> Result<String, ruff_core::Error> {
    Ok(Vm::new(&engine()).eval("test", text)?.unwrap_or_else(|| "null".into()))
}

fn gives(text: &str, expected: &str) {
    match eval(text) {
        Ok(result) => assert_eq!(result, expected, "{text}"),
        Err(error) => panic!("{text}: {error:#}"),
    }
}

fn fails(text: &str, expected: &str) {
    match eval(text) {
        Ok(result) => panic!("{text}: gives {result}"),
        Err(error) => assert_eq!(format!("{}: {}", error.code(), error.message()), expected, "{text}"),
    }
}

#[test]
fn fields_are_read_and_written() {
    gives(r#"p := Player("Ada")  p.health := 5  p.health += 2  "${p.name} ${p.health}""#, "Ada 7");
    gives(r#"func f(p) { p.health := 1 }  p := Player("Ada")  f(p)  p.health"#, "1");
    gives(r#"ps := [Player("Ada"), Player("Bob")]  ps[1].health := 3  "${ps[0].health} ${ps[1].health}""#, "100 3");
    fails(r#"p := Player("Ada")  p.name := "Bob""#, "RUF1011: Field of Player is read-only: name");
    fails(r#"p := Player("Ada")  p.age"#, "RUF1011: Field not found: age");
    fails(r#"p := Player("Ada")  p.age := 1"#, "RUF1011: Field not found: age");
    fails(r#"p := Player("Ada")  p.health := -1"#, "RUF4002: health must not be negative, got -1");
    fails(r#"p := Player("Ada")  p.health := "x""#, "RUF1012: Player.health() expects int as argument 1, got string");
}

#[test]
fn nested_fields_are_places() {
    gives(r#"p := Player("Ada")  p.position.x := 3  p.position.x += 1  p.position.x"#, "4");
    gives(
        r#"p := Player("Ada")  q := p.position  q.y := 2  p.position.move_by(1, 1)  "${p.position.x} ${q.y}""#,
        "1 3",
    );
    gives(r#"p := Player("Ada")  p.position == p.position"#, "true");
    gives(r#"d := {"p": [Player("Ada")]}  d["p"][0].position.x := 9  d["p"][0].position.x"#, "9");
    fails(r#"p := Player("Ada")  p.position := 1"#, "RUF1011: Field of Player is read-only: position");
}

#[test]
fn containers_in_fields_are_places() {
    gives(r#"p := Player("Ada")  p.items := ["a", "b"]  p.items[1] := "c"  p.items"#, "[a, c]");
    gives(r#"p := Player("Ada")  p.items.push("a")  p.items.push("b")  p.items"#, "[a, b]");
    gives(
        r#"func add(mut xs, x) { xs.push(x) }
           func main() { p := Player("Ada")  add(mut p.items, "a")  return p.items }
           main()"#,
        "[a]",
    );
}

#[test]
fn methods() {
    gives(r#"p := Player("Ada")  p.heal(5)  p.heal(5)"#, "110");
    gives(r#"p := Player("Ada")  q := p  q.heal(5)  p.health"#, "105");
    gives(r#"Player("Ada").greets(Player("Bob"))"#, "Ada greets Bob");
    gives(r#"p := Player("Ada")  p.greets(p)"#, "Ada greets Ada");
    fails(r#"p := Player("Ada")  p.fly()"#, "RUF1011: Unknown method: fly");
    fails(r#"p := Player("Ada")  p.heal("much")"#, "RUF1012: Player.heal() expects int as argument 1, got string");
    fails(r#"p := Player("Ada")  p.heal()"#, "RUF1003: Player.heal expects 1 arguments, got 0");
    fails(r#"Player(1)"#, "RUF1012: Player() expects string as argument 1, got int");
}

#[test]
fn a_borrow_conflict_is_an_error_that_can_be_caught() {
    fails(r#"p := Player("Ada")  p.take_from(p)"#, "RUF4002: Host object is already in use");
    gives(
        r#"p := Player("Ada")  p.items := ["a"]
           try { p.take_from(p) } except e { p.heal(1) }
           q := Player("Bob")  q.take_from(p)  "${p.items} ${q.items} ${p.health}""#,
        "[] [a] 101",
    );
}

#[test]
fn operators() {
    gives("v := Vector(1, 2) + Vector(3, 4);  [v[0], v[1]]", "[4, 6]");
    gives("v := -(Vector(1, 2) * 2);  [v[0], v[1]]", "[-2, -4]");
    gives("v := Vector(3, 0)  v[1] := 4  v()", "5");
    gives(
        "[Vector(1, 2) == Vector(1, 2), Vector(1, 2) != Vector(1, 2), Vector(1, 2) == Vector(1, 3)]",
        "[true, false, false]",
    );
    gives(r#"p := Player("Ada")  q := p;  [p == q, p == Player("Ada")]"#, "[true, false]");
    fails("Vector(1, 2) - 1", "RUF1002: Invalid binary operation: Vector - int");
    fails(
        r#"Player("Ada")()"#,
        "RUF1004: Cannot call non-function; the value being called is not callable. Pass a function, closure, or imported callable value instead.",
    );
}

#[test]
fn text_kind_and_iteration() {
    gives(r#"p := Player("Ada")  "${p} ${type(p)} ${[p]}""#, "Ada (100) Player [Ada (100)]");
    gives(r#"p := Player("Ada")  "${p.position}""#, "<host Position>");
    gives(
        r#"p := Player("Ada")  p.items := ["a", "b"]  s := ""  for item in p { s := s + item }  s + "${[...p]}""#,
        "ab[a, b]",
    );
    fails(r#"for x in Vector(1, 2) { }"#, "RUF1002: Cannot iterate over non-iterable type: Vector");
}

#[test]
fn the_host_shares_objects_with_scripts() {
    let engine = engine();
    let mut vm = Vm::new(&engine);
    let ada = HostRef::new(Player::named("Ada".into()));
    vm.set_global("ada", ada.clone()).unwrap();
    vm.eval("1", "ada.position.x := 7").unwrap();
    assert_eq!(ada.with(|p| p.position.x), Ok(7.0));
    assert_eq!(vm.global::<HostRef<Player>>("ada").unwrap(), ada);
    let busy = ada.with_mut(|_| vm.eval("2", "ada.health").unwrap_err());
    assert_eq!(busy.unwrap().message(), "Host object is already in use");
    assert_eq!(vm.eval("3", "ada.health").unwrap().as_deref(), Some("100"));
}

#[test]
fn lent_objects_go_back() {
    let mut vm = Vm::new(&engine());
    vm.eval("1", "kept := null  part := null").unwrap();
    vm.eval("2", "func use(p) { p.heal(1)  p.position.x += 1  kept := p  part := p.position }").unwrap();
    let mut ada = Player::named("Ada".into());
    let handle = HostRef::lend(&mut ada, |ada| {
        vm.call::<()>("use", (ada.clone(),)).unwrap();
        vm.call::<()>("use", (ada.clone(),)).unwrap();
        assert_eq!(vm.eval("3", "kept.health").unwrap().as_deref(), Some("102"));
        ada.clone()
    });
    assert_eq!((ada.health, ada.position.x), (102, 2.0));
    for code in ["kept.health", "kept.health := 1", "part.x", "kept.position.x", "kept.heal(1)"] {
        let error = vm.eval("4", code).unwrap_err();
        assert_eq!(error.to_string(), "RUF4004: Host object is no longer valid (4:1:1)", "{code}");
    }
    assert_eq!(handle.with(|p| p.health), Err(AccessError::Gone));
    assert_eq!(handle.with_mut(|p| p.health), Err(AccessError::Gone));
    vm.eval("5", "code := null  try { kept.heal(1) } except e { code := e.kind }").unwrap();
    assert_eq!(vm.global::<String>("code").unwrap(), "RUF4004");
}

#[test]
fn a_lent_object_goes_back_after_a_panic() {
    let mut ada = Player::named("Ada".into());
    let mut kept = None;
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        HostRef::lend(&mut ada, |ada| {
            kept = Some(ada.clone());
            ada.with_mut(|_| panic!("host")).unwrap()
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(kept.unwrap().with(|p| p.health), Err(AccessError::Gone));
    assert_eq!(ada.health, 100);
}

#[test]
fn lending_ends_when_other_threads_are_done() {
    let mut ada = Player::named("Ada".into());
    let (started, start) = std::sync::mpsc::channel();
    let thread = HostRef::lend(&mut ada, |ada| {
        let ada = ada.clone();
        let thread = std::thread::spawn(move || {
            ada.with_mut(|p| {
                started.send(()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(20));
                p.health = 1;
            })
        });
        start.recv().unwrap();
        thread
    });
    assert_eq!(ada.health, 1);
    assert_eq!(thread.join().unwrap(), Ok(()));
}

#[test]
fn members_take_the_arguments_of_host_functions() {
    let note = HostType::new("Note")
        .constructor(|text: &str, tags: Rest<String>| (text.to_owned(), tags.0))
        .field(
            "text",
            |n: &(String, Vec<String>)| n.0.clone(),
            |n: &mut (String, Vec<String>), text: &str| {
                n.0 = text.trim().to_owned();
            },
        )
        .method("add", |n: &mut (String, Vec<String>), text: &str, end: Option<&str>| {
            n.0 = n.0.clone() + text + end.unwrap_or(".");
        })
        .method_ref("has", |n: &(String, Vec<String>), tag: &str| n.1.iter().any(|t| t == tag));
    let mut vm = Vm::new(&Engine::builder().host_type(note).build());
    vm.eval("1", r#"n := Note("a", "x", "y")  n.text := " b "  n.add("c")  n.add("d", "!")"#).unwrap();
    assert_eq!(vm.eval("2", r#"[n.text, n.has("x"), n.has("z")]"#).unwrap().as_deref(), Some("[bc.d!, true, false]"));
    let error = vm.eval("3", "n.text := 1").unwrap_err();
    assert_eq!(error.message(), "Note.text() expects string as argument 1, got int");
}

#[test]
fn a_change_of_an_object_is_not_lost() {
    let warnings = |engine: Engine| engine.check("t.ruff", "func hurt(p) { p.health := 1 }").1.len();
    assert_eq!((warnings(Engine::new()), warnings(engine())), (1, 0));
}
