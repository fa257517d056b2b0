//! The help lines of names that refer to nothing, and of errors at run time.

use ruff_core::{Engine, Error, MapLoader, Vm};
use std::time::{Duration, Instant};

fn engine() -> Engine {
    Engine::builder().function("price_of", |_: i64| 1).build()
}

fn failure(text: &str) -> Error {
    let engine = engine();
    let program = engine.compile("t.ruff", text).unwrap();
    Vm::new(&engine).run(&program).unwrap_err()
}

/// The same help from a run and from `ruff check`.
fn assert_undefined(text: &str, help: Option<&str>) {
    assert_eq!(failure(text).help(), help, "{text}");
    let (_, diagnostics, _) = engine().check("t.ruff", text);
    assert_eq!(diagnostics[0].help.as_deref(), help, "{text}");
}

#[test]
fn a_name_is_compared_with_those_in_scope() {
    for (text, name) in [
        ("prnt(1)", "print"),
        ("count := 1\nprint(cuont)", "count"),
        ("func total(xs) { return 1 }\nprint(totl([1]))", "total"),
        ("func f(amount) { return ammount }\nf(1)", "amount"),
        ("func f() { return totals }\ntotal := f()", "total"),
        ("struct Shape { side; func area() { return sied * 2 } }\nShape { side: 1 }.area()", "side"),
        ("struct Point { x }\nPoin { x: 1 }", "Point"),
        ("enum Color { Red }\nColour::Red", "Color"),
        ("price_off(1)", "price_of"),
        ("parseInt(\"1\")", "parse_int"),
        ("toCamelCase(\"a\")", "to_camel_case"),
        ("x := nulll", "null"),
        ("x := 1\nretrun x", "return"),
        ("whlie true { }", "while"),
        ("total := 1\ntotl += 1", "total"),
    ] {
        assert_eq!(failure(text).help(), Some(format!("did you mean `{name}`?").as_str()), "{text}");
    }
    assert_undefined("prnt(1)", Some("did you mean `print`?"));
    for text in ["func f(a) { }\nx := b", "print(x)", "other_thing(1)", "x := retrun1"] {
        assert_undefined(text, None);
    }
}

#[test]
fn names_of_imported_modules_are_compared() {
    let engine = Engine::builder().loader(MapLoader::new().module("m", "export amount := 1")).build();
    let program = engine.compile("t.ruff", "import m\nprint(amuont)").unwrap();
    assert_eq!(Vm::new(&engine).run(&program).unwrap_err().help(), Some("did you mean `amount`?"));
}

#[test]
fn words_of_other_languages_are_known() {
    let interpolation = "a string with the value of `x` in it is written `\"${x}\"`";
    let variable = "a variable is declared with `mut x := …`, or with `let` if it never changes";
    let mathematics = "its functions are builtins: `sqrt(x)`, `floor(x)`, `PI`";
    for (text, help) in [
        ("if false { } elif true { }", "write `else if`"),
        ("if false { } elif (true) { }", "write `else if`"),
        ("x := 1\ny := f\"{x}\"", interpolation),
        ("var x = 1", variable),
        ("local x = 1", variable),
        ("x := nil", "write `null`"),
        ("x := undefined", "write `null`"),
        ("while True { }", "write `true`"),
        ("raise \"no\"", "write `throw`"),
        ("raise(\"no\")", "write `throw`"),
        ("class P { }", "write `struct P { … }`, with fields and methods"),
        ("struct P { x }\np := new P(1)", "a struct is made without `new`: `P { x: 1 }`"),
        (
            "struct P { x; func m() { return this.x } }\nP { x: 1 }.m()",
            "the receiver of a method is `self`, its first parameter",
        ),
        ("func f() { pass }\nf()", "an empty block is `{ }`"),
        ("foreach x in [1] { }", "write `for x in xs { … }`"),
        ("unless true { }", "write `if` with `!`"),
        ("console.log(1)", "to print, call `print`"),
        ("math.sqrt(2)", mathematics),
        ("x := Math.PI", mathematics),
        ("JSON.parse(\"1\")", "its functions are builtins: `parse_json(text)`, `to_json(value)`"),
        ("typeof(1)", "the kind of a value is `type(v)`"),
        ("String(1)", "to convert a value, call `to_string`"),
        ("length([1])", "how many elements or characters there are is `len(v)`"),
        ("x := {a: 1}", "a key that is text stands in quotes: `{\"a\": 1}`"),
        ("x := {\"b\": 2, a: 1}", "a key that is text stands in quotes: `{\"a\": 1}`"),
    ] {
        assert_undefined(text, Some(help));
    }
    // As names of the program they are like others.
    for text in
        ["x := local", "print(new)", "x := [length]", "print(math)", "x := pass", "match 1 { case x if aa: { } }"]
    {
        assert_undefined(text, None);
    }
}

#[test]
fn self_must_be_declared() {
    let text = "struct P { x; func area() { return self.x } }\nP { x: 1 }.area()";
    assert_undefined(text, Some("declare it as the first parameter: `func area(self)`"));
    let text = "struct P { x; func area() { return [1].map(func(v) { return self.x }) } }\nP { x: 1 }.area()";
    assert_undefined(text, Some("declare it as the first parameter: `func area(self)`"));
    assert_undefined(
        "struct P { func m(self) { } }\nfunc f() { return self }\nf()",
        Some("only a method, a function inside `struct { … }`, has `self`"),
    );
}

#[test]
fn a_name_may_be_declared_elsewhere() {
    assert_undefined("print(later)\nlater := 1", Some("`later` is declared further down in the file"));
    let elsewhere = "`inner` is declared in another block or function, and visible only there";
    assert_undefined("if true { inner := 1 }\nprint(inner)", Some(elsewhere));
    assert_undefined("func f(inner) { }\nprint(inner)", Some(elsewhere));
}

#[test]
fn an_assignment_may_mean_a_local_variable() {
    let help =
        |name: &str| format!("it means the variable of the file; a local one is declared with `mut {name} := …`");
    let text = "func f() { total := 0; return total }\ntotal := 1000";
    assert_eq!(engine().check("t.ruff", text).1[0].help, Some(help("total")));
    let text = "func f() { total := 0; return total }\nlet total := 1000\nf()";
    assert_eq!(failure(text).help(), Some(help("total").as_str()));
    assert_eq!(engine().check("t.ruff", text).1[0].help, Some(help("total")));
    let text = "let total := 1000\nfunc f() { total := 0; return total }\nf()";
    assert_eq!(failure(text).help(), None);
}

#[test]
fn a_session_compares_with_its_variables() {
    let mut vm = Vm::new(&engine());
    vm.eval("1", "amount := 1").unwrap();
    let mut help = |text: &str| vm.eval("2", text).unwrap_err().help().map(str::to_owned);
    assert_eq!(help("print(amuont)").as_deref(), Some("did you mean `amount`?"));
    assert_eq!(help("prnt(1)").as_deref(), Some("did you mean `print`?"));
    assert_eq!(help("x := True").as_deref(), Some("write `true`"));
    assert_eq!(help("print(strange)"), None);
    assert_eq!(help("func f() { return 1 / 0 }\nf()"), None);
}

#[test]
fn members_and_calls_at_run_time() {
    let length = "how many elements or characters there are is `len(v)`";
    let interpolation = "a string with the value of `x` in it is written `\"${x}\"`";
    for (text, help) in [
        ("xs := [1]\nprint(xs.length)", length),
        ("print(\"abc\".length)", length),
        ("print([1].size())", length),
        ("\"a\".toUpperCase()", "write `.to_upper()`"),
        ("\"a\".strip()", "write `.trim()`"),
        ("[1].forEach(func(x) { })", "write `for x in xs { … }`"),
        ("struct P { x, y }\nP(1, 2)", "a struct is made without a call: `P { x: …, y: … }`"),
        ("struct P { x, y }\nP(x: 1, y: 2)", "a struct is made without a call: `P { x: …, y: … }`"),
        ("struct P { }\nP()", "a struct is made without a call: `P { }`"),
        ("throw Error(\"no\")", "a struct is made without a call: `Error { message: … }`"),
        ("print(\"n: \" + 5)", interpolation),
        ("print(5 + \" pieces\")", interpolation),
        ("print([1] + [2])", "arrays are joined as `[...a, ...b]`"),
        ("print({\"a\": 1} + {})", "dicts are joined as `{...a, ...b}`"),
        ("import math", "its functions are builtins: `sqrt(x)`, `floor(x)`, `PI`"),
    ] {
        assert_eq!(failure(text).help(), Some(help), "{text}");
    }
    for text in [
        "print(null.x)",
        "[1].other()",
        "x := 5\nx.append(3)",
        "[1].keys()",
        "\"a\".sort_of()",
        "x := 1\nx()",
        "print(null + 5)",
        "import other",
    ] {
        assert_eq!(failure(text).help(), None, "{text}");
    }
}

#[test]
fn a_member_is_compared_with_those_of_its_value() {
    for (text, name) in [
        ("xs := [1]\nxs.psuh(2)", "push"),
        ("Queue().deQueue()", "dequeue"),
        ("\"a\".toUpper()", "to_upper"),
        ("struct P { width; func area(self) { return 1 } }\nP { width: 1 }.aera()", "area"),
        ("struct P { width }\np := P { width: 1 }\np.widht", "width"),
        ("struct P { width }\np := P { width: 1 }\np.widht := 2", "width"),
        ("struct P { width }\nP { widht: 1 }", "width"),
        ("struct P { width; func unit() { return 1 } }\nP.uint()", "unit"),
    ] {
        assert_eq!(failure(text).help(), Some(format!("did you mean `{name}`?").as_str()), "{text}");
    }
    for text in ["[1].something_else()", "struct P { width }\nP { width: 1 }.height"] {
        assert_eq!(failure(text).help(), None, "{text}");
    }
    let engine = Engine::builder().loader(MapLoader::new().module("m", "export amount := 1")).build();
    let program = engine.compile("t.ruff", "import m\nprint(m.amuont)").unwrap();
    let error = Vm::new(&engine).run(&program).unwrap_err();
    assert_eq!(error.help(), Some("did you mean `amount`?"), "{error}");
}

#[test]
fn methods_of_other_languages_are_known() {
    for (text, call) in [
        ("xs := []\nxs.add(1)", "push(…)"),
        ("s := Set()\ns.push(1)", "add(…)"),
        ("q := Queue()\nq.push(1)", "enqueue(…)"),
        ("s := Stack()\ns.add(1)", "push(…)"),
        ("xs := [1]\nxs.shift()", "remove_at(0)"),
        ("d := {}\nd.delete(\"a\")", "remove(…)"),
        ("{}.hasKey(\"a\")", "has_key(…)"),
        ("{}.has(\"a\")", "has_key(…)"),
        ("[1].has(1)", "contains(…)"),
        ("\"a\".includes(\"a\")", "contains(…)"),
        ("\"a\".find(\"a\")", "index_of(…)"),
        ("\"a\".uppercase()", "to_upper()"),
        ("\"a\".startswith(\"a\")", "starts_with(…)"),
        ("\"1\".isdigit()", "regex_match(\"^[0-9]+$\")"),
        ("\"a\".isalpha()", "regex_match(\"^\\\\pL+$\")"),
        ("1.5.toFixed(2)", "round(2)"),
        ("[1].fold(0, max)", "reduce(…)"),
    ] {
        assert_eq!(failure(text).help(), Some(format!("write `.{call}`").as_str()), "{text}");
    }
    for (text, help) in [
        ("\", \".join([\"a\"])", "the array comes first: `xs.join(\", \")`"),
        ("\"abc\".count(\"a\")", "how often a text occurs is `len(s.split(t)) - 1`"),
        ("[1].count(1)", "how many elements are such is `len(xs.filter(func(x) { return … }))`"),
        ("{}.count()", "how many elements or characters there are is `len(v)`"),
        ("\"a\".push(\"b\")", "texts are joined as `s + t`"),
        ("d := {}\nd.add(\"a\", 1)", "an entry is added by `d[k] := v`"),
        ("[1].extend([2])", "arrays are joined as `[...a, ...b]`"),
        ("[1].last()", "the last element is `xs[-1]`"),
        ("(0..5).join(\",\")", "`.collect()` makes an array of it, which has that"),
        ("func* g() { yield 1 }\ng().sort()", "`.collect()` makes an array of it, which has that"),
        ("enum E { A, B }\nprint(E.A)", "write `E::A`"),
        ("enum E { A(x), B }\nprint(E.A(1))", "write `E::A`"),
        ("enum Color { Red, Green }\nprint(Color.Geren)", "did you mean `Green`?"),
        ("enum Color { Red, Green }\nprint(Color::Geren)", "did you mean `Green`?"),
        ("enum Color { Red, Green }\nmatch Color::Red { case Color::Rde { } }", "did you mean `Red`?"),
        ("d := {}\nd.a := 2", "an entry is assigned by its key: `d[\"a\"]`"),
        ("ord(\"a\")", "characters have no codes: `<` compares them, and `index_of` finds them in a text"),
        ("\"a\".ord()", "characters have no codes: `<` compares them, and `index_of` finds them in a text"),
        ("sorted([1])", "`sort(xs)` gives a sorted copy"),
        ("reversed([1])", "`reverse(xs)` gives a reversed copy"),
        ("xs := [1]\nprint(xs.len)", "a method is called with parentheses: `.len()`"),
        ("print([1].sum)", "a method is called with parentheses: `.sum()`"),
        ("print(\"a\".upper)", "a method is called with parentheses: `.upper()`"),
        ("d := {\"use\": func(x) { }}\nd.use(1)", "what an entry holds is called as `d[\"use\"](…)`"),
        ("d := {\"a\": 1}\ndel d[\"a\"]", "an entry is removed by `d.remove(k)`, an element by `xs.remove_at(i)`"),
    ] {
        assert_eq!(failure(text).help(), Some(help), "{text}");
    }
}

#[test]
fn what_other_languages_do_with_values() {
    let repeat = "a text is repeated by `s.repeat(n)`; to compute with it, call `to_int`";
    let fill = "an array of n elements is `range(n).map(func(i) { return 0 })`";
    let keys = "the keys of a dict are strings and ints; a key of several values is a text such as \"${a},${b}\"";
    let new_key = "to begin with a value for a new key, write `d[k] := d.get(k, 0) + 1`";
    let new_container = "to begin with an empty dict or array for a new key, assign `{}` or `[]` first";
    let null = "the value is null: methods such as `xs.push(v)` and `xs.sort()` change their receiver and give null";
    let compare = "below zero if the first comes first, above zero if the second does: `return a - b`";
    let receiver = "a method that changes its receiver is declared with `mut self`";
    for (text, help) in [
        ("print(\"=\" * 10)", repeat),
        ("xs := [0] * 5", fill),
        ("n := \"5\"\nif n > 4 { }", "to compute with a text, call `to_int`"),
        ("print(10 - \"5\")", "to compute with a text, call `to_int`"),
        ("s := \"abc\"\ns[0] := \"x\"", "a text never changes: make a new one of its parts"),
        ("d := {[1, 2]: 3}", keys),
        ("d := {}\nd[[1, 2]] := 3", keys),
        ("d := {\"name\": 1}\nprint(d[\"nmae\"])", "did you mean `name`?"),
        (
            "d := {\"a_long_key_of_many_letters\": 1}\nprint(d.a_long_key_of_many_leters)",
            "did you mean `a_long_key_of_many_letters`?",
        ),
        ("d := {}\nd[\"a\"] += 1", new_key),
        ("d := {}\nd.a -= 1", new_key),
        ("d := {}\nd[1] **= 2", new_key),
        ("d := {}\nd[\"a\"].b := 1", new_container),
        ("d := {}\nd[\"a\"][\"b\"] := 1", new_container),
        ("d := {}\nd[\"a\"].push(1)", new_container),
        ("xs := [1]\nxs[1] := 2", "`xs.push(v)` adds an element"),
        ("xs := [1]\nxs.append(2).append(3)", null),
        ("xs := [1]\nys := xs.sort()\nfor y in ys { }", null),
        ("print(1 < 2 < 3)", "comparisons are joined by `and`: `a < b and b < c`"),
        ("struct P { x }\np := P { x: 1 }\nprint(p[\"x\"])", "a field is read by its name: `p.x`"),
        ("print([3, 1].sort())", "`sort(xs)` gives a sorted copy; a variable is sorted in place"),
        ("[1].push(2)", "only what a variable holds can be changed: give the value a name first"),
        ("xs := [3, 1]\nxs.sort(func(a, b) { return a < b })", compare),
        ("print(sort([3, 1], func(a, b) { return a < b }))", compare),
        ("print([...\"abc\"])", "to go over the characters, write `for ch in s { … }`"),
        ("print(sum(0..5))", "`.collect()` makes an array of a range"),
        ("print(join(Set([1]), \",\"))", "`.collect()` makes an array of a set"),
        ("func* g() { yield 1 }\nprint(sort(g()))", "`.collect()` makes an array of a generator"),
        ("func f(mut x) { x += 1 }\na := 1\nf(a)", "mark the variable that is passed: `mut x`"),
        ("struct P { x, func f(self) { self.x := 2 } }\nP { x: 1 }.f()", receiver),
        ("struct P { x, func f(self) { self.x.push(2) } }\nP { x: [1] }.f()", receiver),
        ("struct P { x, func f(self) { self := 2 } }\nP { x: [1] }.f()", receiver),
    ] {
        assert_eq!(failure(text).help(), Some(help), "{text}");
    }
    for text in [
        "print(null * 2)",
        "print(1 in \"1\")",
        "print({\"a\": 1}[\"b\"])",
        "d := {}\nprint(d[\"a\"] == 1)",
        "d := {}\nprint(d[\"a\"] >= 1)",
        "let x := [1]\nx.push(2)",
        "sum(5)",
    ] {
        assert_eq!(failure(text).help(), None, "{text}");
    }
    let text = "struct P { x, func f(self) { self.x := 2 } }";
    assert_eq!(engine().check("t.ruff", text).1[0].help.as_deref(), Some(receiver));
}

#[test]
fn help_is_drawn_below_the_source() {
    let expected = "\
error[RUF1001]: Undefined variable: prnt
  --> t.ruff:1:1
   |
 1 | prnt(1)
   | ^^^^
   = help: did you mean `print`?
";
    assert_eq!(failure("prnt(1)").render(false), expected);
}

#[test]
fn a_caught_error_and_one_of_the_host_keep_their_messages() {
    let engine = engine();
    let program = engine.compile("t.ruff", "try { prnt(1) } except e { throw e.message }").unwrap();
    let error = Vm::new(&engine).run(&program).unwrap_err();
    assert_eq!((error.message(), error.help()), ("Undefined variable: prnt", None));
}

#[test]
fn many_names_are_compared_in_bounded_time() {
    let declared: String = (0..20_000).map(|n| format!("{}{n:05} := 1\n", "a".repeat(27))).collect();
    let undefined: String = (0..20_000).map(|n| format!("{}{n:05}b\n", "a".repeat(26))).collect();
    let start = Instant::now();
    engine().compile("t.ruff", &format!("{declared}if false {{\n{undefined}}}\n")).unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
