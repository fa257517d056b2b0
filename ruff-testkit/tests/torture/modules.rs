//! Part H: modules and the environment.

use crate::Row;
use crate::bench::{Bench, Expect, limits, with_ticks};
use ruff_core::{CapabilitySet, Limits, MapLoader, ModuleLoader, Source};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub const ROWS: &[Row] = &[
    Row { name: "H01_imports", scenario: imports },
    Row { name: "H02_names_of_modules", scenario: names_of_modules },
    Row { name: "H04_no_authority", scenario: no_authority },
    Row { name: "H05_output_flood", scenario: output_flood },
    Row { name: "H07_malformed_text", scenario: malformed_text },
];

fn imports(bench: &mut Bench) {
    let mut loader = MapLoader::new()
        .module("itself", "import itself")
        .module("a", "import b\nexport x := 1")
        .module("b", "import a\nexport y := 2")
        .module("broken", "x := )")
        .module("half", "export before := 1\nthrow \"half way\"\nexport after := 2")
        .module("endless", "while true { }")
        .module("recursive", "export func f() { return f() }\nf()")
        .module("good", "export n := 7\nexport func f() { n += 1\nreturn n }");
    for at in 0..2_000 {
        loader = loader.module(format!("chain{at}"), format!("import chain{}\nexport v := 1", at + 1));
    }
    bench.extend(|builder| builder.loader(loader));
    bench.check("import itself", Expect::Error("RUF3005"));
    bench.check("import a", Expect::Error("RUF3005"));
    bench.check("import broken", Expect::Error("RUF3003"));
    bench.check("import nowhere", Expect::Error("RUF3001"));
    bench.check("import half", Expect::Error("RUF3004"));
    bench.check(
        "try { import half } except e { }\ntry { import half } except e { print(e.kind) }",
        Expect::Prints("RUF3004"),
    );
    bench.check("try { import half } except { }\nprint(half.before)", Expect::Defined);
    bench.check("import recursive", Expect::Defined);
    bench.check("import chain0", Expect::Defined);
    bench.check_under(&with_ticks(10_000), "try { import endless } except { }", Expect::Limit("RUF2001"));
    bench.check("t := 0\nfor i in 100000 { import good\nt += 1 }\nprint(t)", Expect::Prints("100000"));
    bench.check(
        "func f() { from good import n\nreturn n }\nfor i in 1000 { f() }\nprint(f() > 0)",
        Expect::Prints("true"),
    );
    for path in ["..", "/etc/passwd", "a/b", "good.", ".good", "good..good", "a\\u{0}b"] {
        bench.check(&format!("import {path}"), Expect::Defined);
    }
    bench.check(&format!("import {}", "m.".repeat(100_000) + "m"), Expect::Defined);
    bench.check(&format!("import {}", "m".repeat(1_000_000)), Expect::Error("RUF3001"));
}

/// Answers for every name, and counts how often it was asked for which.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<BTreeMap<String, u32>>>);

impl ModuleLoader for Asked {
    fn load(&self, path: &str, _importer: &str) -> std::io::Result<Option<Source>> {
        *self.0.lock().unwrap_or_else(|e| e.into_inner()).entry(path.into()).or_default() += 1;
        Ok(Some(Source::new(path, "export n := 1")))
    }
}

/// What a script can ask a loader for: names with dots, each once for a program.
fn names_of_modules(bench: &mut Bench) {
    let asked = Asked::default();
    let loader = asked.clone();
    bench.extend(|builder| builder.loader(loader));
    let refused = [
        "import ../a",
        "import /a",
        "import \"a\"",
        "import a/b",
        "import a\\b",
        "import .a",
        "import a.",
        "import a..b",
        "import ~",
        "import a:b",
        "import %2e",
        "import é",
        "import \u{202e}a",
        "import a\0b",
        "import C:a",
        "import if",
        "import a.-b",
    ];
    for script in refused {
        assert!(bench.engine.compile("names", script).is_err(), "{script}");
    }
    assert_eq!(*asked.0.lock().unwrap(), BTreeMap::new());
    let long = "m".repeat(10_000);
    let several = format!(
        "import a\nimport a\nimport a as b\nfrom a import n\nimport A\nimport a.b\nimport aé\nimport ae\u{301}\nimport {long}\nfunc f() {{ import a\nimport late\nreturn a.n }}\nfor i in 50 {{ f() }}\nprint(a.n)"
    );
    if bench.engine.compile("names", &several).is_err() {
        // Combining characters are no part of names.
        let several = several.replace("import ae\u{301}\n", "");
        asked.0.lock().unwrap().clear();
        bench.check_once(&limits(), &several, Expect::Prints("1"));
    }
    let counts = asked.0.lock().unwrap().clone();
    let names: Vec<&str> = counts.keys().map(String::as_str).collect();
    assert_eq!(names, ["A", "a", "a.b", "aé", "late", &long]);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
}

fn no_authority(bench: &mut Bench) {
    for call in [
        "exit(0)",
        "random()",
        "now()",
        "sleep(1)",
        "env(\"HOME\")",
        "read_file(\"x\")",
        "execute(\"ls\")",
        "input()",
        "args()",
        "os_getcwd()",
        "performance_now()",
        "uuid_v4()",
    ] {
        bench.check(call, Expect::Defined);
    }
    bench.extend(|builder| builder.capabilities(CapabilitySet::NONE.with(ruff_core::Capability::Output)));
    for (call, code) in
        [("exit(0)", "RUF4001"), ("random()", "RUF4001"), ("now()", "RUF4001"), ("read_file(\"x\")", "RUF1001")]
    {
        bench.check(call, Expect::Error(code));
    }
    bench.check("try { exit(3) } except e { print(e.kind) } finally { }", Expect::Prints("RUF4001"));
}

fn output_flood(bench: &mut Bench) {
    let small = Limits { output_bytes: Some(1 << 20), ..limits() };
    bench.check_under(&small, "while true { print(\"a line of text\") }", Expect::Limit("RUF2003"));
    bench.check_under(&small, "print(repeat(\"x\", 50000000))", Expect::Limit("RUF2003"));
    bench.check_under(&small, "try { while true { debug([1, 2, 3]) } } finally { print(1) }", Expect::Limit("RUF2003"));
    let charged = Limits { output_bytes: None, ..with_ticks(10_000) };
    bench.check_under(&charged, "s := repeat(\"x\", 100000)\nwhile true { print(s) }", Expect::Limit("RUF2001"));
}

fn malformed_text(bench: &mut Bench) {
    let json = [
        "",
        "[",
        "]",
        "{",
        "{\\\"a\\\"",
        "{\\\"a\\\":",
        "[1,]",
        "nul",
        "tru",
        "01",
        "1.",
        "1e",
        "-",
        "\\\"",
        "\\\"\\\\u12",
        "\\\"\\\\ud800\\\"",
        "\\\"\\\\ud800\\\\ud800\\\"",
        "[1 2]",
        "{1:2}",
        "1e999",
        "-0",
        "\\u{0}",
        "\\u{feff}1",
        "[NaN]",
        "\\\"\\n\\\"",
    ];
    for text in json {
        bench.check(&format!("print(parse_json(\"{text}\"))"), Expect::Defined);
    }
    bench.check_once(&with_ticks(1_000_000), "print(type(parse_json(repeat(\"9\", 50000))))", Expect::Defined);
    bench.check_once(
        &limits(),
        "x := parse_json(\"[\" + repeat(\"[],\", 1000000) + \"[]]\")\nprint(len(x))\nx := null",
        Expect::Defined,
    );
    for call in [
        "parse_date(\"9999999999-1-1\", \"YYYY-MM-DD\")",
        "parse_date(\"\", \"YYYY-MM-DD\")",
        "parse_date(\"2020-13-45\", \"YYYY-MM-DD\")",
        "format_date(1e18, repeat(\"YYYY\", 100000))",
        "to_json(1e308 * 10)",
        "to_json(to_float(\"nan\"))",
        "to_json(len)",
        "set_random_seed(10 ** 30)",
        "random_int(-10 ** 30, 10 ** 30)",
        "random_int(5, 1)",
        "random_id(-1)",
        "random_id(10 ** 12)",
        "random_choice([])",
        "random_int(-9223372036854775808, 9223372036854775807)",
    ] {
        bench.check(call, Expect::Defined);
    }
}
