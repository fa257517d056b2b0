//! Operators, and the builtins that native code does itself, on all pairs of edge values: as constants, which are folded, through
//! variables, and in functions and loops that became native for one class of operands before. All agree, in all modes.

use ruff_testkit::edges::{EDGES, FLOATS, INTS, is_flat};
use ruff_testkit::{Case, Mode, Outcome, run};
use std::fmt::Write;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Edges that are written into the code of hot functions.
const CONSTANTS: &[usize] = &[1, 5, 6, 7, 8, 11, 13, 16, 18, 19, 21, 22, 24, 27, 31, 34, 36, 38, 42];

const BINARY: &[&str] = &[
    "x + y",
    "x - y",
    "x * y",
    "x / y",
    "x % y",
    "x & y",
    "x | y",
    "x ^ y",
    "x >> y",
    "x < y",
    "x <= y",
    "x > y",
    "x >= y",
    "x == y",
    "x != y",
    "x && y",
    "x || y",
    "x ?? y",
    "x in y",
    "x not in y",
    "min(x, y)",
    "max(x, y)",
    "[x, 1] == [y, 1]",
    "x + y * x - y",
    "(x < y) == (y > x)",
    "-x - y",
    "y[x]",
];

/// Operators whose result is as large as their right side says.
const STEEP: &[&str] = &["x ** y", "x << y"];

const UNARY: &[&str] = &[
    "-x",
    "!x",
    "~x",
    "-(-x)",
    "abs(x)",
    "floor(x)",
    "ceil(x)",
    "round(x)",
    "sqrt(x)",
    "to_int(x)",
    "to_float(x)",
    "str(x)",
    "len(x)",
    "type(x)",
    "x * x",
    "x - x",
    "x / x",
    "x % x",
    "x ^ x",
    "x == x",
    "x < x",
    "[x][0]",
    "is_int(x)",
    "is_float(x)",
    "if x { 1 } else { 2 }",
];

/// What a function sees before it sees edges.
const CLASSES: &[[&str; 2]] = &[
    ["7", "3"],
    ["2.5", "1.5"],
    ["7", "1.5"],
    ["2.5", "3"],
    ["\"ab\"", "\"c\""],
    ["true", "false"],
    ["[1]", "[2]"],
    ["1 << 70", "3"],
];

/// An operation as it is checked.
struct Operation {
    text: &'static str,
    /// The edges that `y` takes; one is enough where there is no `y`.
    right: Vec<usize>,
    is_binary: bool,
}

impl Operation {
    fn all() -> Vec<Operation> {
        let any = || 0..EDGES.len();
        let binary = BINARY.iter().map(|text| Operation { text, right: any().collect(), is_binary: true });
        let steep = STEEP.iter().map(|text| Operation {
            text,
            right: any().filter(|at| is_flat(*at)).collect(),
            is_binary: true,
        });
        let unary = UNARY.iter().map(|text| Operation { text, right: vec![0], is_binary: false });
        binary.chain(steep).chain(unary).collect()
    }

    /// The operation with other operands.
    fn on(&self, x: &str, y: &str) -> String {
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        let mut result = String::new();
        let mut rest = self.text.chars().peekable();
        let mut before = None;
        while let Some(c) = rest.next() {
            let is_word = !is_letter(before) && !is_letter(rest.peek().copied());
            match c {
                'x' if is_word => result.push_str(x),
                'y' if is_word => result.push_str(y),
                _ => result.push(c),
            }
            before = Some(c);
        }
        result
    }

    /// A script that prints the results through variables, and then each other way that does not give the same.
    fn script(&self) -> String {
        let all: Vec<usize> = (0..EDGES.len()).collect();
        let mut s = String::from(PREAMBLE);
        let _ = writeln!(s, "lefts := {}\nrights := {}\nexpected := []", list(&all), list(&self.right));
        let _ = writeln!(
            s,
            "for x in lefts {{ for y in rights {{ try {{ expected.push(shown({})) }} except e {{ expected.push(failed(e)) }} }} }}",
            self.text
        );
        s.push_str("print(expected.join(\"\\n\"))\n");
        self.constants(&mut s);
        for (at, class) in CLASSES.iter().enumerate() {
            self.hot_functions(&mut s, at, class);
        }
        self.hot_loops(&mut s, "ints", &INTS);
        self.hot_loops(&mut s, "floats", &FLOATS);
        if self.is_binary {
            self.constant_operands(&mut s);
        }
        s
    }

    /// Both operands as constants.
    fn constants(&self, s: &mut String) {
        for (i, x) in EDGES.iter().enumerate() {
            for (j, y) in self.right.iter().enumerate() {
                let text = self.on(&format!("({x})"), &format!("({})", EDGES[*y]));
                let _ = writeln!(s, "{}", self.attempt("constant", &i.to_string(), &j.to_string(), &text));
            }
        }
    }

    /// Functions that were hot for one class of operands.
    fn hot_functions(&self, s: &mut String, at: usize, [x, y]: &[&str; 2]) {
        let text = self.text;
        let _ = writeln!(
            s,
            "func value{at}(x, y) {{ return {text} }}\n\
             func branch{at}(x, y) {{ if {text} {{ return true }} else {{ return false }} }}\n\
             func assigned{at}(x, y) {{ n := 0; try {{ n := 1; x := {text}; n := 2 }} finally {{ if n == 0 {{ print(\"lost\") }} }}; return x }}\n\
             for round in 50 {{ try {{ value{at}({x}, {y}); branch{at}({x}, {y}); assigned{at}({x}, {y}) }} except e {{ e := 0 }} }}",
        );
        let value = self.attempt(&format!("value{at}"), "i", "j", &format!("value{at}(x, y)"));
        let assigned = self.attempt(&format!("assigned{at}"), "i", "j", &format!("assigned{at}(x, y)"));
        let branch = format!(
            "try {{ if branch{at}(x, y) != is_truthy(value{at}(x, y)) {{ print(\"branch{at}\", x, y) }} }} except e {{ e := 0 }}"
        );
        let _ = writeln!(
            s,
            "for i in len(lefts) {{ for j in len(rights) {{ x := lefts[i]; y := rights[j]\n{value}\n{assigned}\n{branch} }} }}"
        );
    }

    /// A loop over elements of typed arrays.
    fn hot_loops(&self, s: &mut String, name: &str, edges: &Range<usize>) {
        let right: Vec<usize> = self.right.iter().copied().filter(|at| edges.contains(at) || !self.is_binary).collect();
        let first = self.right.iter().position(|at| right.first() == Some(at)).unwrap_or(0);
        let attempt =
            self.attempt(name, &format!("i + {}", edges.start), &format!("j + {first}"), &self.on("xs[i]", "ys[j]"));
        let _ = writeln!(
            s,
            "func over_{name}(xs, ys) {{ for i in len(xs) {{ for j in len(ys) {{\n{attempt} }} }} }}\n\
             for round in 3 {{ over_{name}({}, {}) }}",
            list(&edges.clone().collect::<Vec<_>>()),
            list(&right)
        );
    }

    /// One operand as a constant, the other through a parameter that was an int and then a float.
    fn constant_operands(&self, s: &mut String) {
        for at in CONSTANTS {
            let constant = format!("({})", EDGES[*at]);
            let _ = writeln!(s, "func left{at}(y) {{ return {} }}", self.on(&constant, "y"));
            let _ = writeln!(
                s,
                "for y in [2, 2.5] {{ for round in 50 {{ try {{ left{at}(y) }} except e {{ e := 0 }} }} }}"
            );
            let attempt = self.attempt(&format!("left{at}"), &at.to_string(), "j", &format!("left{at}(rights[j])"));
            let _ = writeln!(s, "for j in len(rights) {{\n{attempt} }}");
            let Some(j) = self.right.iter().position(|right| right == at) else { continue };
            let _ = writeln!(s, "func right{at}(x) {{ return {} }}", self.on("x", &constant));
            let _ = writeln!(
                s,
                "for x in [2, 2.5] {{ for round in 50 {{ try {{ right{at}(x) }} except e {{ e := 0 }} }} }}"
            );
            let attempt = self.attempt(&format!("right{at}"), "i", &j.to_string(), &format!("right{at}(lefts[i])"));
            let _ = writeln!(s, "for i in len(lefts) {{\n{attempt} }}");
        }
    }

    /// Compares what an expression gives with what the pair gave before.
    fn attempt(&self, way: &str, i: &str, j: &str, text: &str) -> String {
        let place = format!("\"{way}\", ({i}) * {} + {j}", self.right.len());
        format!("try {{ same({place}, shown({text})) }} except e {{ same({place}, failed(e)) }}")
    }

    /// Runs the script in the interpreter and these modes.
    fn check(&self, modes: &[Mode]) -> Result<usize, String> {
        let case = Case::new("operators", self.script());
        let expected = run(&case, &Mode::INTERPRETER);
        let results = EDGES.len() * self.right.len();
        if expected.failure.is_some() || expected.output.lines().count() != results {
            return Err(format!("{}: {}", self.text, differences(&expected, results)));
        }
        for mode in modes {
            let actual = run(&case, mode);
            if actual != expected {
                return Err(format!("{} in {}: {}", self.text, mode.name, differences(&actual, results)));
            }
        }
        Ok(results)
    }
}

const PREAMBLE: &str = r#"
func shown(v) { return "${type(v)} ${v}" }
func failed(e) { return "${e.kind} ${e.message}" }
func same(way, at, got) { if got != expected[at] { print("differs:", way, at, got, "-", expected[at]) } }
"#;

fn list(edges: &[usize]) -> String {
    let items: Vec<&str> = edges.iter().map(|at| EDGES[*at]).collect();
    format!("[{}]", items.join(", "))
}

/// What is printed after the results, or why nothing is.
fn differences(outcome: &Outcome, results: usize) -> String {
    let lines: Vec<&str> = outcome.output.lines().skip(results).take(20).collect();
    let failure = outcome.failure.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{failure}{}", lines.join("\n"))
}

/// Native modes of an operation: a few of them where compiling is slow.
fn modes_of(at: usize) -> Vec<Mode> {
    let modes = &Mode::ALL[1..];
    let count = if cfg!(debug_assertions) { 1 } else { modes.len() };
    (0..count).map(|turn| modes[(at + turn) % modes.len()]).collect()
}

#[test]
fn every_way_gives_the_same() {
    let (operations, next) = (Operation::all(), AtomicUsize::new(0));
    let work = || {
        let (mut results, mut failures) = (0, Vec::new());
        while let Some(operation) = operations.get(next.fetch_add(1, Ordering::Relaxed)) {
            let at = operations.iter().position(|o| o.text == operation.text).unwrap_or(0);
            match operation.check(&modes_of(at)) {
                Ok(count) => results += count,
                Err(failure) => failures.push(failure),
            }
        }
        (results, failures)
    };
    let parts = thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect::<Vec<_>>()
    });
    let results: usize = parts.iter().map(|p| p.0).sum();
    println!("{} operations, {results} pairs", operations.len());
    let failures: Vec<String> = parts.into_iter().flat_map(|p| p.1).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
