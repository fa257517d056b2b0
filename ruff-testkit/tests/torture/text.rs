//! Part C: strings, bytes, regular expressions, formatting.

use crate::Row;
use crate::bench::{Bench, Expect, limits, with_ticks};

pub const ROWS: &[Row] = &[
    Row { name: "C01_huge_results", scenario: huge_results },
    Row { name: "C03_appending_to_an_alias", scenario: appending_to_an_alias },
    Row { name: "C04_every_position", scenario: every_position },
    Row { name: "C06_regular_expressions", scenario: regular_expressions },
    Row { name: "C07_formats", scenario: formats },
    Row { name: "C08_case_mapping", scenario: case_mapping },
    Row { name: "C11_keys", scenario: keys },
];

fn huge_results(bench: &mut Bench) {
    let limited = [
        "x := repeat(\"x\", 99999999999)",
        "x := repeat(\"ab\", 9223372036854775807)",
        "x := repeat(\"ab\", 10 ** 30)",
        "x := pad_left(\"s\", 10 ** 12, \" \")",
        "x := pad_right(\"s\", 9223372036854775807, \"é\")",
        "s := repeat(\"x\", 1000000)\nx := [].map(len)\nfor i in 1000 { x.push(s) }\nx := x.join(\",\")",
        "x := replace(repeat(\"a\", 1000000), \"a\", repeat(\"b\", 1000))",
        "s := repeat(\"x\", 10000000)\nx := \"${s}${s}${s}${s}${s}${s}${s}${s}${s}${s}${s}${s}${s}${s}${s}\"",
        "x := regex_replace(repeat(\"a\", 1000000), \"a\", repeat(\"b\", 1000))",
        "s := repeat(\"x\", 1000000)\nx := []\nfor i in 200 { x.push(s) }\nx := to_json(x)",
        "s := repeat(\"x\", 1000000)\nx := []\nfor i in 200 { x.push(s) }\nx := str(x)",
        "x := split(repeat(\"a\", 10000000), \"\")",
    ];
    for script in limited {
        bench.check_once(&limits(), script, Expect::Limit("RUF2002"));
        for name in ["x", "s"] {
            bench.vm.set_global(name, ()).unwrap();
        }
    }
    bench.check("print(len(repeat(\"\", 9223372036854775807)), len(repeat(\"x\", -5)))", Expect::Prints("0 0"));
    bench.check("print(len(\"\".pad_left(5, \"\")), truncate(\"abc\", 10 ** 30, \"\"))", Expect::Defined);
    // Without a limit on memory such requests are refused too, not tried.
    let unlimited = ruff_core::Limits::trusted();
    for script in [
        "x := repeat(\"x\", 10 ** 15)",
        "x := range(10 ** 15)",
        "x := pad_left(\"s\", 10 ** 15, \" \")",
        "x := repeat(\"ab\", 9223372036854775807)",
        "x := 1 << 10 ** 15",
        "x := chunk(range(10), 10 ** 18)",
        "x := [0..10 ** 15]",
    ] {
        bench.check_once(&unlimited, script, Expect::Defined);
    }
}

fn appending_to_an_alias(bench: &mut Bench) {
    bench.check("s := \"\"\nfor i in 300000 { s += \"x\" }\nprint(len(s))", Expect::Prints("300000"));
    // Fields and entries grow in place too, through a receiver and an argument that are lent.
    for (call, append) in [
        ("x.add(t)", "func add(mut self, t) { self.out += t }"),
        ("x.add(t)", "func add(mut self, t) { self.out := self.out + t }"),
        ("put(mut x, t)", "}\nfunc put(mut x, t) { x.out += t"),
    ] {
        let script = format!(
            "struct S {{ out = \"\"\n{append} }}\nfunc run(t) {{ x := S {{}}\nfor i in 100000 {{ {call} }}\nreturn len(x.out) }}\nprint(run(\"ab\"))"
        );
        bench.check_once(&with_ticks(1_000_000), &script, Expect::Prints("200000"));
    }
    bench.check_once(
        &with_ticks(100_000_000),
        "s := \"\"\nt := s\nfor i in 20000 { t := s\ns += \"x\" }\nprint(len(s), len(t))",
        Expect::Prints("20000 19999"),
    );
    bench.check("s := \"ab\"\nt := s\ns += s\ns += t\nprint(s, t)", Expect::Prints("ababab ab"));
}

fn every_position(bench: &mut Bench) {
    for text in ["abc", "aé日😀", "e\u{301}x", "👨\u{200d}👩\u{200d}👧", "\u{fffd}\\u{0}\u{7f}", ""] {
        let script = format!(
            "s := \"{text}\"\nn := len(s)\nseen := 0\nfor i in -2..n + 3 {{\n\
             try {{ seen += len(s[i]) }} except e {{ }}\n\
             seen += len(char_at(s, i)) + len(s[i..]) + len(s[..i]) + len(s[..=i])\n\
             for j in -2..n + 3 {{\n\
             a := s[i..j]\nb := substring(s, i, j)\n\
             if len(a) > 0 {{ if index_of(s, a) < 0 || not (a in s) {{ print(\"lost\", i, j) }} }}\n\
             seen += len(split(s, a)) + len(replace(s, b, a)) + len(pad_left(s, j, a)) + len(truncate(s, i, b))\n\
             seen += len(s.starts_with(a) && s.ends_with(b) |> str) }} }}\nprint(\"ok\")"
        );
        bench.check(&script, Expect::Prints("ok"));
    }
    bench.check(
        "b := bytes([1, 2, 255])\nfor i in -5..6 { for j in -5..6 { b[i..j] } }\nprint(b[-1])",
        Expect::Prints("255"),
    );
    for script in [
        "\"a\"[9223372036854775807]",
        "\"a\"[-9223372036854775808]",
        "\"a\"[10 ** 30]",
        "\"a\"[1.5]",
        "\"é\"[1e300]",
        "\"a\"[null]",
    ] {
        bench.check(script, Expect::Defined);
    }
    bench.check(
        "print(\"é日\"[-9223372036854775808..9223372036854775807], \"é日\"[-10 ** 30..10 ** 30])",
        Expect::Defined,
    );
}

fn regular_expressions(bench: &mut Bench) {
    bench.check_once(
        &limits(),
        "print(regex_match(repeat(\"a\", 100000) + \"b\", \"(a+)+$\"))",
        Expect::Prints("false"),
    );
    bench.check_once(&limits(), "print(regex_match(repeat(\"a\", 100000), \"^(a|a)*b\"))", Expect::Prints("false"));
    bench.check_once(&limits(), "print(regex_match(repeat(\"x\", 20000), \"(.*a){25}\"))", Expect::Defined);
    // Each search reads the rest of the text before it falls back to one character.
    for call in ["find_all(t, p)", "split(t, p)", "replace(t, p, \"-\")"] {
        let script = format!("t := repeat(\"a\", 300000)\np := \"a*b|a\"\nx := regex_{call}");
        bench.check_once(&with_ticks(1_000_000), &script, Expect::Limit("RUF2001"));
    }
    let large = "regex_match(\"x\", repeat(\"(?i)\\\\pL\", 8000))";
    bench.check_once(&with_ticks(1_000_000), large, Expect::Error("RUF1012"));
    bench.check_once(
        &with_ticks(1_000_000),
        "i := 0\nwhile true { i += 1\nregex_match(\"abc\", \"\\\\w{15}\" + str(i)) }",
        Expect::Limit("RUF2001"),
    );
    for pattern in [
        "a{1000}{1000}",
        "a{1000}{1000}{1000}",
        "(((",
        "[",
        "(?P<n>a)(?P<n>b)",
        "\\\\p{Nope}",
        "a{2,1}",
        "*",
        "(?=a)",
        "\\\\1",
        "(?i",
        "[z-a]",
        "\\\\xZZ",
        "(?:a{0,500}){0,500}",
    ] {
        bench.check(&format!("print(len(regex_find_all(\"aaaa\", \"{pattern}\")))"), Expect::Defined);
    }
    bench.check("regex_match(\"a\", repeat(\"(\", 100000))", Expect::Error("RUF1012"));
    bench.check("regex_match(\"a\", repeat(\"(\", 10000) + repeat(\")\", 10000))", Expect::Defined);
    bench.check("regex_match(\"a\", repeat(\"(a)\", 10000))", Expect::Defined);
    bench.check("regex_match(\"a\", repeat(\"a|\", 500000))", Expect::Defined);
    bench.check("print(regex_replace(\"abc\", \"(b)\", \"[$1$2${9}\\$1]\"), regex_find_all(\"é日\", \"\"), regex_split(\"\", \"\"))", Expect::Defined);
    // Many patterns do not fill memory.
    bench.check_once(
        &with_ticks(10_000_000),
        "for i in 20000 { regex_match(\"a\", \"a\" + str(i)) }\nprint(1)",
        Expect::Prints("1"),
    );
    bench.check_under(
        &with_ticks(10_000),
        "while true { regex_match(repeat(\"a\", 100000), \"(a+)+$\") }",
        Expect::Limit("RUF2001"),
    );
}

fn formats(bench: &mut Bench) {
    bench.check("print(format(\"%s %d %f %% %x %n\", 1, 2, 3))", Expect::Defined);
    bench.check("print(len(format(repeat(\"%%\", 100000))))", Expect::Prints("100000"));
    bench.check("format(\"%s\")", Expect::Error("RUF1012"));
    bench.check("format(repeat(\"%s\", 100000), 1)", Expect::Error("RUF1012"));
    bench.check("print(format(\"%1000000000d\", 1), format(\"%.999999999f\", 1))", Expect::Defined);
    bench.check("print(format(\"%\", 1), format(\"é%\", 1), format(\"%é\", 1))", Expect::Defined);
    bench.check("print(format(\"%d\", 10 ** 40), format(\"%d\", 1e300) == str(to_int(1e300)))", Expect::Defined);
    bench.check("format(\"%d\", to_float(\"nan\"))", Expect::Defined);
    bench.check(
        "print(round(1.5, 10 ** 18), round(1.5, -10 ** 18), round(1e308, 300), round(5, -400))",
        Expect::Defined,
    );
    bench.check("print(format_duration(1e308), format_duration(-1), format_date(1e300, \"YYYY\"), format_date(-1e18, \"YYYY\"))", Expect::Defined);
}

fn case_mapping(bench: &mut Bench) {
    bench.check(
        "print(\"straße ﬃ İ ǅ\".to_upper(), \"İ\".to_lower().len(), \"ß\".capitalize())",
        Expect::Prints("STRASSE FFI İ Ǆ 2 SS"),
    );
    bench.check_once(&limits(), "x := repeat(\"ﬃ\", 10000000).to_upper()\nprint(len(x))\nx := null", Expect::Defined);
    bench.check("x := repeat(\"ﬃ\", 30000000)\nx := x.to_upper()", Expect::Limit("RUF2002"));
    bench.check(
        "print(slugify(\"İß__--é\"), to_snake_case(\"ÄÖßX\"), to_camel_case(\"é-ß-İ\"), to_kebab_case(\"\"))",
        Expect::Defined,
    );
}

fn keys(bench: &mut Bench) {
    bench.check("d := {\"é\": 1, \"e\u{301}\": 2}\nprint(len(d), d[\"é\"])", Expect::Prints("2 1"));
    bench.check(
        "k := repeat(\"k\", 10000000)\nd := {k: 1}\nfor i in 20 { d[k] += 1 }\nprint(d[k])",
        Expect::Prints("21"),
    );
    bench.check("d := {\"1\": 1, 1: 2, \"01\": 3, \"-1\": 4, -1: 5, \"9223372036854775808\": 6, 9223372036854775808: 7, \"-0\": 8, 0: 9}\nprint(len(d), d)", Expect::Prints("6 {\"-0\": 8, \"-1\": 5, \"0\": 9, \"01\": 3, \"1\": 2, \"9223372036854775808\": 7}"));
}
