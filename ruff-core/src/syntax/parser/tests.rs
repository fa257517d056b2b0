//! The parser through its public door.

use crate::syntax::ast::Module;
use crate::syntax::diagnostic::Diagnostics;
use crate::syntax::dump::dump_module;
use crate::syntax::print::print_module;
use crate::syntax::source::Source;

fn parse(text: &str) -> (Module, Vec<String>) {
    let source = Source::new("t", text);
    let mut diagnostics = Diagnostics::default();
    let module = crate::syntax::parse(&source, &mut diagnostics);
    let line = |d: &crate::syntax::diagnostic::Diagnostic| format!("{}: {}", d.code, d.message);
    (module, diagnostics.sorted().0.iter().map(line).collect())
}

fn errors(text: &str) -> Vec<String> {
    parse(text).1
}

/// The printed text means the same and is a fixed point.
fn assert_prints(text: &str) {
    let (module, errors) = parse(text);
    assert_eq!(errors, [""; 0], "in\n{text}");
    let printed = print_module(&module);
    let (again, errors) = parse(&printed);
    assert_eq!(errors, [""; 0], "in\n{printed}");
    assert_eq!(dump_module(&again), dump_module(&module), "in\n{printed}");
    assert_eq!(print_module(&again), printed);
}

/// The fenced blocks of a document: tag and text.
fn blocks(document: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(tag) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((tag.to_owned(), text.join("\n")));
        }
    }
    blocks
}

#[test]
fn examples_of_the_reference() {
    for document in [include_str!("../../../../docs/language.md"), include_str!("../../../../docs/builtins.md")] {
        let blocks = blocks(document);
        let mut programs = 0;
        for (index, (tag, text)) in blocks.iter().enumerate() {
            if !tag.starts_with("ruff") {
                continue;
            }
            programs += 1;
            let mut expected = Vec::new();
            for (tag, text) in blocks[index + 1..].iter().take_while(|(tag, _)| !tag.starts_with("ruff")) {
                if tag == "error" {
                    let lines = text.lines().filter(|l| l.starts_with("RUF00") || l.starts_with("RUF01"));
                    expected.extend(lines.map(str::to_owned));
                }
            }
            assert_eq!(errors(text), expected, "in\n{text}");
            if expected.is_empty() {
                assert_prints(text);
            }
        }
        assert!(programs > 5);
    }
}

/// Parses on a thread with a stack of one MiB.
fn errors_on_small_stack(text: String) -> Vec<String> {
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let handle = thread.spawn(move || errors(&text)).unwrap();
    handle.join().unwrap()
}

const TOO_DEEP: &str = "RUF2007: Nesting too deep: more than 256 levels";

#[test]
fn nesting_is_limited() {
    let openers = [
        "(",
        "[",
        "{a: ",
        "!",
        "- ",
        "not ",
        "2 ** ",
        "await ",
        "throw ",
        "[yield ",
        "spawn { ",
        "if true {",
        "if if ",
        "match match ",
        "if a { } else { ",
        "while a {",
        "loop {",
        "for x in y {",
        "for x in func() {",
        "try {",
        "func() {",
        "func f() {",
        "func(a = ",
        "struct S { func f() { ",
        "test_group \"a\" {",
        "match a { case b { ",
        "x ?? (",
        "x |> y ?? z || w && v == u < 1..2 | 3 ^ 4 & 5 << 6 + 7 * (",
        "f(",
        "f(a: ",
        "f(...",
        "a[",
        "a[..",
        "a?[",
        "P { x: ",
        "f(func() { g(",
    ];
    let after = [
        ("match a { case ", "["),
        ("match a { case ", "Ok("),
        ("match a { case ", "{a: "),
        ("match a { case ", "("),
        ("let ", "["),
        ("let ", "{a: "),
        ("let a: ", "array<"),
        ("let a: ", "("),
        ("let a: ", "func("),
        ("let a: ", "func() -> "),
    ];
    let texts = openers.iter().map(|opener| opener.repeat(100_000));
    let texts = texts.chain(after.iter().map(|(start, opener)| format!("{start}{}", opener.repeat(100_000))));
    for text in texts {
        let shown = text[..40].to_owned();
        assert_eq!(errors_on_small_stack(text), [TOO_DEEP], "{shown}");
    }
    assert_eq!(errors_on_small_stack(format!("x := {}1{}", "(".repeat(256), ")".repeat(256))), [""; 0]);
    assert_eq!(errors_on_small_stack(format!("x := {}1{}", "(".repeat(257), ")".repeat(257))), [TOO_DEEP]);
    let blocks = |n: usize| format!("{}1{}", "if true { ".repeat(n), "}".repeat(n));
    assert_eq!(errors_on_small_stack(blocks(256)), [""; 0]);
    assert_eq!(errors_on_small_stack(blocks(257)), [TOO_DEEP]);
}

#[test]
fn chains_do_not_nest() {
    let n = 1_000_000;
    let chains = [
        format!("x := 1{}", " + 1".repeat(n)),
        format!("x := a{}", ".b".repeat(n)),
        format!("x := f{}", "()".repeat(n)),
        format!("x := a{}", " |> f".repeat(n)),
        format!("x := a{}", " < 1 == 2 + 3 * 4".repeat(n / 10)),
        format!("if a {{ }}{}", " else if b { }".repeat(n / 10)),
    ];
    for chain in chains {
        assert_eq!(errors_on_small_stack(chain), [""; 0]);
    }
}

/// The listing of the module without its first line.
fn tree(text: &str) -> String {
    let (module, errors) = parse(text);
    assert_eq!(errors, [""; 0], "in {text}");
    dump_module(&module).lines().skip(1).map(|line| format!("{}\n", &line[2..])).collect()
}

#[test]
fn one_error_each() {
    let table = [
        // One mistake, not two.
        ("for i := 0; i < 3; i += 1 { print(i) }", "Expected 'in' after loop variable but found ':='"),
        ("for i = 0; i < 3; i++ {\n  print(i)\n}", "Expected 'in' after loop variable but found '='"),
        ("f := (x) => x + 1", "Chained assignment is not supported; split the assignment into separate statements"),
        // Names and reserved words.
        ("func", "Expected a name after 'func' but found end of file"),
        ("func 5() { }", "Expected a name after 'func' but found '5'"),
        ("func if() { }", "Cannot use reserved word 'if' as a name"),
        ("let match := 1", "Cannot use reserved word 'match' as a name"),
        ("let 5 := 1", "Expected a name after 'let' but found '5'"),
        ("let\nif x { }", "Expected a name after 'let' but found end of line"),
        ("in := 1", "Cannot use reserved word 'in' as a name"),
        ("string := 1", "Cannot use reserved word 'string' as a name"),
        ("x := string", "Cannot use reserved word 'string' as a name"),
        ("func f(self) { }", "Cannot use reserved word 'self' as a name"),
        ("struct S { func f(a, self) { } }", "Cannot use reserved word 'self' as a name"),
        ("for null in x { }", "Cannot use reserved word 'null' as a name"),
        ("{if} := x", "Cannot use reserved word 'if' as a name"),
        // Expressions.
        ("x :=", "Expected expression"),
        ("x := )", "Expected expression"),
        ("x := else", "Expected expression"),
        ("\"${}\"", "Expected expression"),
        ("\"${1 2}\"", "Expected '}' to close interpolation but found '2'"),
        ("\"${(1}\"", "Expected ')' to close parentheses but found '}'"),
        ("print(1.)", "Expected a name after '.' but found ')'"),
        ("f(1 2)", "Expected ')' to close argument list but found '2'"),
        ("[1 2]", "Expected ']' to close array but found '2'"),
        ("x := {a 1}", "Expected ':' after dict key but found '1'"),
        ("P { x: 1 y: 2 }", "Expected '}' to close struct literal but found 'y'"),
        ("P { x: 1", "Expected '}' to close struct literal but found end of file"),
        ("throw", "Expected expression"),
        ("throw\n1", "Expected expression"),
        ("throw()", "throw() requires exactly one argument"),
        ("x ?? throw(1, 2)", "throw() requires exactly one argument"),
        ("f(a: 1, 2)", "Positional argument after a named argument"),
        ("f(a: 1, ...x)", "Positional argument after a named argument"),
        ("0..1..2", "Ranges cannot be chained"),
        ("x[1 == 2..]", "Expected expression"),
        ("async x", "Expected 'func' after 'async' but found 'x'"),
        ("x := func f() { }", "Expected '(' to start parameter list but found 'f'"),
        // The word `not`.
        ("not a == b", "Ambiguous 'not': add parentheses"),
        ("x := c && not a + 1 in b", "Ambiguous 'not': add parentheses"),
        ("not a < b == c", "Ambiguous 'not': add parentheses"),
        // Assignments.
        ("f() := 1", "Invalid assignment target"),
        ("a[1..2] := 1", "Invalid assignment target"),
        ("a?.b := 1", "Invalid assignment target"),
        ("a + b += 1", "Invalid assignment target"),
        ("null := 1", "Invalid assignment target"),
        ("(a) := 1", "Invalid assignment target"),
        ("[a, b.c] := x", "Invalid assignment target"),
        ("[1] := x", "Invalid assignment target"),
        ("a := b += c := 1", "Chained assignment is not supported; split the assignment into separate statements"),
        ("let a := b := 1", "Chained assignment is not supported; split the assignment into separate statements"),
        ("let a", "Expected ':=' or '=' before the value but found end of file"),
        ("let a\nb", "Expected ':=' or '=' before the value but found end of line"),
        // Blocks.
        ("if x\nprint(1)", "Expected '{' to start if block but found end of line"),
        ("if x = 1 {\n  y\n}", "Expected '{' to start if block but found '='"),
        ("if x { 1 } else 2", "Expected '{' to start else block but found '2'"),
        ("while x {", "Expected '}' to close while block but found end of file"),
        ("func f() { (1 }", "Expected ')' to close parentheses but found '}'"),
        ("try { }", "Expected 'except' or 'finally' after try block but found end of file"),
        ("try { }\nx", "Expected 'except' or 'finally' after try block but found end of line"),
        ("for x of y { }", "Expected 'in' after loop variable but found 'of'"),
        ("}", "Expected expression"),
        // Functions and declarations.
        ("func f(a := 1, b) { }", "Parameter 'b' without a default follows a parameter with a default"),
        ("func f(...a, b) { }", "Rest parameter must be last"),
        ("func f(a b) { }", "Expected ')' to close parameter list but found 'b'"),
        ("struct S { 5 }", "Expected '}' to close struct declaration but found '5'"),
        ("enum E { A B }", "Expected '}' to close enum declaration but found 'B'"),
        ("let a: 5 := 1", "Expected a type but found '5'"),
        ("let a: array<int := 1", "Expected '>' to close type arguments but found ':='"),
        ("import", "Expected a module name after 'import' but found end of file"),
        ("from a.b import", "Expected a name after 'import' but found end of file"),
        ("from a b", "Expected 'import' after module name but found 'b'"),
        ("if x { export let a := 1 }", "export is only allowed at the top level of a file"),
        ("export while x { }", "Expected a declaration or an assignment after 'export' but found 'while'"),
        ("export x", "Expected ':=' after exported name but found end of file"),
        ("test \"a ${b}\" { }", "Expected a string without interpolation as the name of the test but found '\"a ${'"),
        // Matches.
        ("match x { default { } case 1 { } }", "default must be the last arm"),
        ("match x { 1 { } }", "Expected '}' to close match block but found '1'"),
        ("match x { case +1 { } }", "Expected a pattern but found '+'"),
        ("match x { case 1..=  { } }", "Expected a number in pattern but found '{'"),
        ("match x { case [...a, ...b] { } }", "Expected a pattern but found '...'"),
    ];
    for (text, message) in table {
        let errors = errors(text);
        let messages: Vec<&str> = errors.iter().map(|error| &error[9..]).collect();
        assert_eq!(messages, [message], "in {text}");
    }
}

#[test]
fn parsing_goes_on_after_an_error() {
    let expected = "RUF0101: Expected expression";
    for (text, count) in [
        ("x := )\ny := )\nz := 1", 2),
        ("x := ); y := ); z := 1", 2),
        ("func f() {\n x := )\n y := )\n}\nz := )", 3),
        ("f(func() { x := ) })\ny := )", 2),
        ("x := [1,\n  ),\n  2]\ny := )", 2),
        ("x := {\n  a: ),\n  b: 2,\n}\ny := )", 2),
        ("if ) {\n  x\n}\ny := )", 2),
        ("if x { y := ) } else { z := ) }", 2),
        ("match ) {\n  case 1 { }\n}\ny := )", 2),
        ("struct S { a := ) }\ny := )", 2),
        ("}\n)\n]", 3),
    ] {
        assert_eq!(errors(text), vec![expected; count], "in {text}");
    }
    assert_eq!(errors(&")\n".repeat(500)).len(), 100);
}

#[test]
fn line_breaks_end_statements_in_blocks_only() {
    let count = |text: &str| parse(text).0.body.len();
    for text in [
        "a\n(b)",
        "a\n[b]",
        "a\n-b",
        "a\n!b",
        "a\n~b",
        "a\nnot b",
        "a\n{ }",
        "return\na",
        "x := yield\na",
        "a;b",
        "a b",
    ] {
        assert_eq!((count(text), errors(text).len()), (2, 0), "{text}");
    }
    for text in [
        "a\n+ b",
        "a\n.b",
        "a\n?.b",
        "a\n?[b]",
        "a\n?",
        "a\n|> b",
        "a\n:= b",
        "a\nnot in b",
        "a\n::b",
        "a\n* b",
        "a\nand b",
        "a\n.. b",
        "a\n+= b",
        "if a\n{ }",
        "if a { }\nelse\n{ }",
        "(a\n(b)\n[c]\n- d)",
        "[a\n- b]",
        "f(a\n- b)",
        "\"${a\n- b}\"",
        "P { x: a\n- b }",
    ] {
        assert_eq!((count(text), errors(text).len()), (1, 0), "{text}");
    }
    assert_eq!(parse("f(func() {\n a\n -b\n})").0.body.len(), 1);
    assert!(tree("f(func() {\n a\n -b\n})").contains("unary -"));
}

/// The help lines of the errors.
fn help(text: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    crate::syntax::parse(&Source::new("t", text), &mut diagnostics);
    diagnostics.sorted().0.into_iter().filter_map(|d| d.help).collect()
}

#[test]
fn the_name_of_a_kind_is_refused_with_the_function_that_converts() {
    for (text, function) in [("x := int(y)", "to_int"), ("string := 1", "to_string"), ("print(float(1))", "to_float")] {
        assert_eq!(help(text), [format!("to convert a value, call `{function}`")], "{text}");
    }
}

#[test]
fn what_other_languages_write_gets_help() {
    let interpolation = "a string with the value of `x` in it is written `\"${x}\"`";
    let lambda = "a function without a name is written `func(x) { return … }`";
    let braces = "a block stands in braces: `{ … }`";
    let conditional = "write `if condition { a } else { b }`, which is an expression";
    let counting = "to count, write `for i in 0..10 { … }`";
    let except = "write `except e { … }`";
    let comment = "`//` begins a comment; `/` divides ints without a rest";
    let rounding = "`round(x, 2)` keeps two decimals, `pad_left(to_string(x), 8, \" \")` fills up to a width";
    let list = "to take an array apart, write `let [a, b] := xs`";
    let fields = "the fields of a struct are written `P { x: 1, y: 2 }`";
    for (text, expected) in [
        // Words before something that no name can stand before.
        ("if a { } elif b { c() }", "write `else if`"),
        ("if a {\n}\nelif (b) {\n  c()\n}", "write `else if`"),
        ("if a { } else if b {\n}\nelsif not c {\n  d()\n}", "write `else if`"),
        ("func f() {\n  if a { }\n  elif b { c() }\n}", "write `else if`"),
        ("def f(x) { return x }", "write `func`"),
        ("def f(x):\n    return x", "write `func`"),
        ("f := function(x) { return x }", "write `func`"),
        ("async fn f() { }", "write `func`"),
        ("f := lambda x: x + 1", lambda),
        ("class P { x := 1 }", "write `struct P { … }`, with fields and methods"),
        ("switch x { case 1 { } }", "write `match value { case … { … } }`"),
        ("unless x { y := 1 }", "write `if` with `!`"),
        ("do { x := 1 } while x < 2", "write `while condition { … }` or `loop { … }`"),
        ("print(typeof 1)", "the kind of a value is `type(v)`"),
        ("print(x is null)", "write `==`"),
        ("whlie x { y() }", "did you mean `while`?"),
        ("fucn f(x) { return x }", "did you mean `func`?"),
        // Signs.
        ("print(f\"{x}\")", interpolation),
        ("print(f\"${x}\")", interpolation),
        ("print(a === b)", "write `==`"),
        ("print(a !== b)", "write `!=`"),
        ("print(a <> b)", "write `!=`"),
        ("if a ~= b { }", "write `!=`"),
        ("f := (x) => x + 1", lambda),
        ("f := x => x + 1", lambda),
        ("xs.map(|x| x + 1)", lambda),
        ("xs.map(x => x * 2)", lambda),
        ("xs.map((x) => x * 2)", lambda),
        ("f := (a, b) => a + b", lambda),
        ("i++", "to add one, write `i += 1`"),
        ("a := 1\n++i\nb := 2", "to add one, write `i += 1`"),
        ("i--;", "to subtract one, write `i -= 1`"),
        ("x := c ? a : b", conditional),
        ("x := f(c) > 0 ? g(a) : b", conditional),
        ("print(c ? 1 : 2)", conditional),
        ("x := a ?: b", "a value in place of null is written `x ?? y`"),
        ("print(7 // 2)\nprint(1)", comment),
        ("x := (7 // 2) + 1", comment),
        ("print(\"${x:.2f}\")", rounding),
        ("print(\"${x:.2}\")", rounding),
        ("print(\"${x:5}\")", rounding),
        ("f(*xs)", "an array is spread as `...xs`"),
        ("xs[0:2]", "a slice is written `xs[0..2]`"),
        ("xs[:2]", "a slice is written `xs[0..2]`"),
        ("f(a=1)", "a named argument is written `name: value`"),
        ("assert 1 == 2, \"x\"", "write `assert(condition, message)`"),
        ("s := {1, 2}", "a set is made by `Set([1, 2])`"),
        ("enum E { A = 1 }", "variants are no numbers, but may have values: `V(x)`"),
        ("match 1 { case 1: print(1) }", "a block stands in braces: `{ … }`"),
        ("print(type(1) == int)", "kinds have texts as names: `type(v) == \"int\"`"),
        ("import \"foo.ruff\"", "without quotes: `import foo`"),
        ("x := (1, 2)", "there are no tuples; an array is written `[a, b]`"),
        ("[x for x in xs]", "write `xs.map(func(x) { return … })`"),
        ("P { x = 1 }", fields),
        ("P { x, y }", fields),
        // Blocks.
        ("if x:\n  y()", braces),
        ("while (x):\n  y()", braces),
        ("for x in xs:\n  y()", braces),
        ("func f(x):\n  return x", braces),
        ("if x then y() end", braces),
        ("while x do\n  y()\nend", braces),
        ("if x = 1 { }", "to compare, write `==`"),
        ("x := 1 if y else 2", "write `if condition { a } else { b }`"),
        ("func f(x): int { }", "the type of the result follows `->`"),
        ("func f(x) => x", "the body of a function stands in braces: `{ return … }`"),
        ("struct P(x, y)", "the fields stand in braces: `struct P { x, y }`"),
        ("struct P { area(self) { } }", "a method is written `func name(self) { … }`"),
        ("match x { 1 => { } }", "an arm is written `case pattern { … }`"),
        ("match x { case 1, 2 { } }", "alternatives are written `case 1 | 2`"),
        ("enum E { A func f() { } }", "an enum has no methods: declare a function that takes its values"),
        ("match x { case 1 => { } }", "an arm is written `case pattern { … }`"),
        // Statements.
        ("try { } catch e { }", except),
        ("try { } except Error as e { }", except),
        ("try { } except (e) { }", except),
        ("for (i = 0; i < 3; i++) { }", counting),
        ("for i = 1, 10 { }", counting),
        ("for i := 0; i < 3; i += 1 { print(i) }", counting),
        ("for i := 0; i < 3; i++ {\n  print(i)\n}", counting),
        ("for (x in xs) { }", "without parentheses: `for x in xs { … }`"),
        ("for x of xs { }", "write `in`"),
        ("let x", "a variable needs a first value, such as `null`"),
        ("let mut x := 1", "write `mut x := …`, without `let`"),
        ("let (a, b) := xs", list),
        ("let a, b := xs", list),
        ("a, b := xs", "to assign several variables, write `[a, b] := [1, 2]`"),
        ("func f() { a, b := xs }", "to assign several variables, write `[a, b] := [1, 2]`"),
        ("func f() { return 1, 2 }", "to return several values, return an array: `[a, b]`"),
        ("return a, b", "to return several values, return an array: `[a, b]`"),
        ("import x from y", "write `from y import x`"),
        ("import {x} from \"y\"", "write `from module import name`"),
        ("import \"y\"", "without quotes: `import y`"),
        ("from m import {a}", "without brackets: `from module import a, b`"),
        ("from m import *", "`import module` makes all its names visible"),
        ("impl P { }", "methods are declared inside `struct P { … }`"),
        ("func f(self) { }", "only the first parameter of a method, a function inside `struct { … }`, is `self`"),
        ("func f(*args) { }", "the parameter for all other arguments is `...args`"),
        // Characters.
        ("x := 'a' + 'b'", "a string stands in double quotes: `\"…\"`"),
        ("x := “a”", "a string stands in double quotes: `\"…\"`"),
        ("x := `a`", interpolation),
    ] {
        assert_eq!(help(text), [expected], "{text}");
    }
}

#[test]
fn no_help_where_something_else_may_be_meant() {
    for text in [
        "x := )",
        "f(1 2)",
        "x.new y := )",
        "def := )",
        "new(1) + )",
        "a ++ b",
        "a - - )",
        "x = = 2",
        "f(g()?, a b: 1)",
        "{a: b?, c}",
        "if x {",
        "try { }",
        "struct S { 5 }",
        "x := {a 1}",
        "print(1",
        "@",
        "hello world := )",
        "f(1 // the first\n2)",
        "f(1 // the first (of two)\n2)",
        "print(\"${ {a:.2f} }\")",
    ] {
        assert_eq!(help(text), [""; 0], "{text}");
    }
}

#[test]
fn help_costs_little_on_long_lines() {
    let text = "a ) ".repeat(100_000);
    assert_eq!(help(&text), [""; 0]);
    let text = "def ) ".repeat(100_000);
    assert_eq!(help(&text), [""; 0]);
}

#[test]
fn operators_bind_as_the_table_says() {
    let table = [
        ("-2 ** 2", "unary -\n  binary\n    int 2\n    **\n      int 2\n"),
        (
            "2 ** -3 ** 4",
            "binary\n  int 2\n  **\n    unary -\n      binary\n        int 3\n        **\n          int 4\n",
        ),
        ("1 + 2 * 3 - 4", "binary\n  int 1\n  +\n    binary\n      int 2\n      *\n        int 3\n  -\n    int 4\n"),
        ("await a.b ** c", "binary\n  await\n    postfix\n      name a\n      .b\n  **\n    name c\n"),
        ("!a in b", "binary\n  unary !\n    name a\n  in\n    name b\n"),
        ("5 & 1 == 1", "binary\n  binary\n    int 5\n    &\n      int 1\n  ==\n    int 1\n"),
        (
            "a ?? throw b + c",
            "binary\n  name a\n  ??\n    throw\n      binary\n        name b\n        +\n          name c\n",
        ),
        ("0..n + 1", "..\n  int 0\n  binary\n    name n\n    +\n      int 1\n"),
        ("a[i..]", "postfix\n  name a\n  index ..\n    from\n      name i\n"),
        (
            "a[..=j + 1]",
            "postfix\n  name a\n  index ..=\n    to\n      binary\n        name j\n        +\n          int 1\n",
        ),
        (
            "a[i | 1..j]",
            "postfix\n  name a\n  index ..\n    from\n      binary\n        name i\n        |\n          int 1\n    to\n      name j\n",
        ),
        (
            "f(mut a.b[0], ...c, if: 1)",
            "postfix\n  name f\n  call\n    mut\n      place a\n        .b\n        index\n          int 0\n    spread\n      name c\n    named if\n      int 1\n",
        ),
        ("m.P { if: 1 }.x", "postfix\n  name m\n  .P\n  struct literal\n    field if\n      int 1\n  .x\n"),
    ];
    for (text, expected) in table {
        let expected: String = expected.lines().map(|line| format!("  {line}\n")).collect();
        assert_eq!(tree(text), format!("expression\n{expected}"), "{text}");
    }
}

#[test]
fn strings_are_decoded() {
    assert_eq!(
        tree("x := \"a${b}c\\n\""),
        "assign :=\n  place x\n  template\n    text \"a\"\n    name b\n    text \"c\\n\"\n"
    );
    let nested = "\"\"\"\n    a\n      b ${r\"\"\"\n      c\n       d\"\"\"} \\t\r\n    \"\"\"";
    assert_eq!(
        tree(nested),
        "expression\n  template\n    text \"a\\n  b \"\n    string \"c\\n d\"\n    text \" \\t\"\n"
    );
    assert_eq!(tree("\"\"\"\"\"\""), "expression\n  string \"\"\n");
    assert_eq!(tree("r\"\\n${x}\""), "expression\n  string \"\\\\n\\${x}\"\n");
}

#[test]
fn contextual_words_are_names_elsewhere() {
    for text in [
        "test := 1",
        "from := test",
        "test_setup()",
        "as := case",
        "default.x := 1",
        "from + 1",
        "test(\"a\")",
        "test_group[0]",
        "test_setup\n{ }",
        "import a\nas := 1",
        "case(1)",
        "match default { case case { from } }",
    ] {
        assert_eq!(errors(text), [""; 0], "in {text}");
        assert_prints(text);
    }
}

#[test]
fn every_production_prints() {
    assert_prints(include_str!("productions.ruff"));
}

#[test]
fn deep_trees_print_on_small_stacks() {
    let text = format!("{}x{}", "f(func() { return [".repeat(64), "] })".repeat(64));
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    thread.spawn(move || assert_prints(&text)).unwrap().join().unwrap();
}
