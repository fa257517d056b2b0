//! Small sources, each with what is reported of it.

use crate::compile::CompileOptions;
use crate::compile::tests::compile_with;
use crate::syntax::diagnostic::Severity;

/// `CODE message` of each diagnostic, in the order of their places.
fn reports(text: &str) -> Vec<String> {
    let options = CompileOptions { check: true, ..CompileOptions::default() };
    let (_, diagnostics) = compile_with(text, options);
    let (list, _) = diagnostics.sorted();
    list.iter().map(|d| format!("{} {}", d.code, d.message)).collect()
}

#[track_caller]
fn clean(text: &str) {
    assert_eq!(reports(text), Vec::<String>::new(), "{text}");
}

#[track_caller]
fn one(text: &str, report: &str) {
    assert_eq!(reports(text), [report], "{text}");
}

#[track_caller]
fn mismatch(text: &str, kinds: &str) {
    one(text, &format!("RUF0212 Type mismatch: {kinds}"));
}

#[test]
fn warnings_are_no_errors() {
    let options = CompileOptions { check: true, ..CompileOptions::default() };
    let (program, diagnostics) = compile_with("x := 1\n-x", options);
    assert!(program.is_some() && !diagnostics.has_errors());
    assert_eq!(diagnostics.as_slice().iter().map(|d| d.severity).collect::<Vec<_>>(), [Severity::Warning]);
}

#[test]
fn values_must_fit_annotations() {
    mismatch("let n: int := \"five\"", "expected int, found string");
    mismatch("mut n: int := 1\nn := null", "expected int, found null");
    mismatch("let b: bool? := if len([]) { 1 } else { \"a\" }", "expected bool?, found int|string");
    mismatch("let xs: array<int> := [1, \"a\"]", "expected int, found string");
    mismatch("let d: dict<string, int> := {\"a\": 1.5}", "expected int, found float");
    mismatch("func f(x: int = \"a\") { }", "expected int, found string");
    mismatch("let u: int|string? := true", "expected int|string?, found bool");
    mismatch("func f() -> string { return len([]) }", "expected string, found int");
    mismatch("func f(x: string) -> int { return x }", "expected int, found string");
    clean("let a: float := 1\nlet b: int? := null\nlet c: int | string := \"a\"\nlet d: any := 1\nlet e: Foo := 1");
    clean("func f(w: float) -> int { return w * 2 }\nlet u: int|string? := null");
    clean("let f: func(int) -> int := len\nlet g: func := func(x) { return x }\nlet h: int := len([]) + 1");
    clean("func f() -> int { throw \"never\" }\nlet x: int := f()\nlet y: int := if x { 1 } else { throw \"no\" }");
    clean("func* g() -> int { yield \"a\" }\nlet x: array<int> := [...[1]]");
}

#[test]
fn arguments_must_fit_parameters() {
    let area = "func area(w: float, h: float = 1, ...rest: int) { return w * h }\n";
    mismatch(&format!("{area}area(\"3\", 2)"), "expected float, found string");
    mismatch(&format!("{area}area(1, h: null)"), "expected float, found null");
    mismatch(&format!("{area}1 |> area(\"h\")"), "expected float, found string");
    mismatch(&format!("{area}\"w\" |> area"), "expected float, found string");
    mismatch("let f := func(x: int) { return x }\nf([])", "expected int, found array");
    clean(&format!("{area}area(1, 2, \"rest\")\narea(...[\"3\"])\narea(len)\n"));
    clean("func f(x: int) { return x }\nf := len\nf(\"a\")");
    clean("func f(x: int) { return x }\nfunc f(x: string) { return x }\nf(\"a\")");
    clean("func f(x: int) { return x }\nfunc g(f) { f(\"a\") }\ng(f)");
}

#[test]
fn fields_and_payloads_must_fit() {
    let point = "struct P { x: int = 0, y: string, func at(self, k: int) -> int { return k } }\n";
    mismatch(&format!("{point}p := P {{ x: \"a\" }}"), "expected int, found string");
    mismatch(&format!("{point}let p := P {{}}\np.at(\"a\")"), "expected int, found string");
    mismatch(&format!("{point}func f(p: P) {{ p.x := null\nreturn p }}"), "expected int, found null");
    mismatch(&format!("{point}let p: P := 5"), "expected P, found int");
    mismatch("enum E { V(n: int) }\nprint(E::V(\"a\"))", "expected int, found string");
    mismatch("enum E { A }\nstruct P { }\nlet e: E := P {}", "expected E, found P");
    clean(&format!("{point}let p := P {{}}\nlet s: null := p.y\nlet t: string := p.y\nprint(p.y == null)"));
    clean("enum Result { Ok(v), Err(e) }\nlet r: Result := Ok(1)");
    clean("func f() { struct P { } }\nstruct P { }\nlet p: P := 5");
}

#[test]
fn comparisons_of_different_kinds() {
    one("print(len([]) == \"1\")", "RUF0214 Comparison is always false: int == string");
    one("print(len([]) != null)", "RUF0214 Comparison is always true: int != null");
    one("let x := 1\nprint((1 in [x]) == 1)", "RUF0214 Comparison is always false: bool == int");
    clean("print(len([]) == 1.0)\nfunc f(x: int) { return x == null }\nlet f2 := len\nprint(f2([]) == \"\")");
    clean("struct P { func op_eq(self, o) { return true } }\nlet p := P {}\nprint(p == 1)");
    clean("func len(x) { return x }\nprint(len(\"a\") == \"a\")");
}

#[test]
fn comparisons_that_are_false() {
    one("print(1 == 2)", "RUF0302 Comparison is always false");
    one("print(\"1\" == 1)", "RUF0302 Comparison is always false");
    one("x := 1\nprint(x < x)", "RUF0302 Comparison is always false");
    clean("x := 1\nprint(x != x, x == x, x <= x, 1 == 1.0, 1 < 2, \"a\" != 1)");
    clean("struct M { func op_lt(self, o) { return true } }\nm := M {}\nprint(m < m)");
}

#[test]
fn methods_do_not_change_immutable_bindings() {
    one("let xs := [1]\nxs.push(2)", "RUF0203 Cannot mutate immutable let binding: xs");
    one("const D := {}\nfunc f() { D.clear() }", "RUF0203 Cannot mutate const binding: D");
    one("[1].push(2)", "RUF0203 Cannot call mutating method 'push' on a temporary value");
    let counter = "struct C { n: int = 0, func up(mut self) { self.n += 1 } }\n";
    one(&format!("{counter}let c := C {{}}\nc.up()"), "RUF0203 Cannot mutate immutable let binding: c");
    clean(&format!(
        "{counter}mut c := C {{}}\nc.up()\nxs := [1]\nxs.push(2)\nfunc f(let_) {{ let_.push(1)\nreturn let_ }}"
    ));
    clean("struct S { func push(self, v) { return v } }\nlet s := S {}\ns.push(1)\nlet t := len\nt.push(1)");
}

#[test]
fn statements_without_effect() {
    let warning = "RUF0301 Expression has no effect";
    one("a := 1\nx := a\n- a", warning);
    one("func f() { 5 }", warning);
    one("if true { \"a\" } else { print(1) }", warning);
    clean("x := if true { \"a\" } else { 5 }\nprint(x)\ntry { 1 / 0 } except { print(2) }");
    clean("f := func(x) { return match x { case 1 { \"a\" } default { if x { 2 } } } }\nprint(f(1))");
    clean("x := null\nx?.f()\nprint(x ?? throw \"e\")");
}

#[test]
fn unused_variables() {
    one("func f() { let a := 1 }", "RUF0303 Unused variable: a");
    one("func f() { let [a, b] := [1, 2]\nreturn b }", "RUF0303 Unused variable: a");
    clean("let a := 1\nfunc f() { let _a := 1\nlet b := 2\nmut c := 3\nreturn func() { return b } }");
    clean("func f(d) { let {k, ...rest} := d\nreturn rest }");
}

#[test]
fn code_that_is_never_reached() {
    one("func f() { return 1\nprint(2)\nprint(3) }", "RUF0304 Unreachable code");
    one("while true { break\nprint(1) }", "RUF0304 Unreachable code");
    one("func f() { throw \"a\"\nprint(1) }", "RUF0304 Unreachable code");
    clean("func f() { return g()\nfunc g() { return 1 } }\nfunc h(x) { if x { return 1 }\nreturn 2 }");
}
