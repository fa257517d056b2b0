//! `Data` and serde types, both ways, and data in a format.

use ruff_core::{Data, Engine, Vm};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Settings {
    name: String,
    port: u16,
    ratio: f64,
    verbose: bool,
    letter: char,
    note: Option<String>,
    nothing: (),
    pair: (i8, String),
    #[serde(default)]
    workers: Vec<Worker>,
    by_id: BTreeMap<i32, Size>,
    by_flag: HashMap<bool, u8>,
    large: u64,
    larger: i128,
    largest: u128,
    wrapped: Wrapped,
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Wrapped(u32);

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Worker {
    threads: u8,
    size: Size,
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
enum Size {
    Default,
    Fixed(u32),
    Between(u32, u32),
    Grown { from: u32, step: Option<u32> },
}

fn settings() -> Settings {
    Settings {
        name: "é".into(),
        port: 8080,
        ratio: 0.5,
        verbose: true,
        letter: 'x',
        note: None,
        nothing: (),
        pair: (-1, "one".into()),
        workers: vec![
            Worker { threads: 1, size: Size::Default },
            Worker { threads: 2, size: Size::Fixed(7) },
            Worker { threads: 3, size: Size::Between(1, 9) },
            Worker { threads: 4, size: Size::Grown { from: 1, step: Some(2) } },
        ],
        by_id: BTreeMap::from([(-1, Size::Default), (10, Size::Fixed(1))]),
        by_flag: HashMap::from([(true, 1)]),
        large: u64::MAX,
        larger: i128::MIN,
        largest: u128::MAX,
        wrapped: Wrapped(5),
    }
}

#[test]
fn a_type_comes_back_from_data() {
    let data = Data::from_serde(&settings()).unwrap();
    assert_eq!(data.into_serde::<Settings>().unwrap(), settings());
}

#[test]
fn a_type_comes_back_through_a_script() {
    let mut vm = Vm::new(&Engine::new());
    vm.set_global("settings", Data::from_serde(&settings()).unwrap()).unwrap();
    vm.eval("1", r#"settings["port"] += 1  settings["workers"][1]["size"] := {"Fixed": settings["larger"] * 0 + 8}"#)
        .unwrap();
    let back: Settings = vm.global::<Data>("settings").unwrap().into_serde().unwrap();
    let mut expected = settings();
    expected.port += 1;
    expected.workers[1].size = Size::Fixed(8);
    assert_eq!(back, expected);
}

#[test]
fn kinds_of_scripts_become_types() {
    let mut vm = Vm::new(&Engine::new());
    vm.eval("1", "struct Worker { threads, size }\nenum Size { Default, Fixed(n), Between(a, b) }").unwrap();
    let mut read = |code: &str| {
        vm.eval("2", &format!("x := {code}")).unwrap();
        vm.global::<Data>("x").unwrap()
    };
    let worker = read("Worker { threads: 2, size: Size::Between(1, 2) }").into_serde::<Worker>();
    assert_eq!(worker, Ok(Worker { threads: 2, size: Size::Between(1, 2) }));
    assert_eq!(read("[Size::Default, Size::Fixed(3)]").into_serde(), Ok(vec![Size::Default, Size::Fixed(3)]));
    assert_eq!(read("[Some(1), None, null]").into_serde(), Ok(vec![Some(1), None, None]));
    assert_eq!(read("Ok(1)").into_serde(), Ok(Ok::<u8, u8>(1)));
    assert_eq!(read("0..3").into_serde(), Ok(0..3));
    assert_eq!(read("2 ** 64").into_serde(), Ok(1u128 << 64));
    assert_eq!(read("1").into_serde(), Ok(1.0));
    assert_eq!(read("[1, 2]").into_serde(), Ok((1, 2)));
    assert_eq!(Data::Bytes(vec![1, 255]).into_serde(), Ok(vec![1u8, 255]));
}

#[test]
fn errors_name_the_place() {
    let place = |change: fn(&mut serde_json::Value)| {
        let mut json = serde_json::to_value(settings().workers).unwrap();
        change(&mut json);
        let data = Data::Dict(vec![("workers".into(), Data::from_serde(&json).unwrap())]);
        data.into_serde::<HashMap<String, Vec<Worker>>>().unwrap_err().to_string()
    };
    let cases = [
        (place(|w| w[1]["threads"] = 300.into()), "workers[1].threads: invalid value: integer `300`, expected u8"),
        (place(|w| w[0] = serde_json::json!({"threads": 1})), "workers[0]: missing field `size`"),
        (
            place(|w| w[1]["size"] = serde_json::json!({"Fixed": "x"})),
            "workers[1].size.Fixed: invalid type: string \"x\", expected u32",
        ),
        (
            place(|w| w[2]["size"]["Between"] = serde_json::json!([1, 2, 3])),
            "workers[2].size.Between: invalid length 3, expected 2 elements",
        ),
        (place(|w| w[0]["size"] = "Small".into()), "workers[0].size: unknown variant"),
    ];
    for (error, expected) in cases {
        assert!(error.starts_with(expected), "{error}");
    }
    let keys = BTreeMap::from([(vec![1], 1)]);
    assert_eq!(Data::from_serde(&keys).unwrap_err().to_string(), "a key of a dict must be text, an int or a bool");
}

#[test]
fn nesting_has_a_limit() {
    #[derive(Serialize)]
    struct Nest(Vec<Nest>);
    let deep = (0..600).fold(Nest(Vec::new()), |inner, _| Nest(vec![inner]));
    let error = Data::from_serde(&deep).unwrap_err().to_string();
    assert!(error.ends_with("nested too deeply (limit 512)"), "{error}");
}

#[test]
fn data_is_written_and_read_as_json() {
    let json = r#"{"a":[1,-2.5,"x",null,true,18446744073709551615],"b":{"c":{}}}"#;
    let data: Data = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&data).unwrap(), json);
    let mut vm = Vm::new(&Engine::new());
    vm.set_global("data", data).unwrap();
    assert_eq!(vm.eval("1", r#"data["a"][5] + 1"#).unwrap().as_deref(), Some("18446744073709551616"));

    vm.eval("2", "struct P { x }\nenum E { A, B(x), C(x, y) }").unwrap();
    let cases = [
        ("[P { x: 1 }]", r#"[{"x":1}]"#),
        ("[E::A, E::B(1), E::C(1, 2)]", r#"["A",{"B":1},{"C":[1,2]}]"#),
        ("[Some(1), None]", "[1,null]"),
        ("Err(\"no\")", r#"{"Err":"no"}"#),
        ("1..=4", r#"{"start":1,"end":4,"inclusive":true}"#),
        ("[2 ** 100, 2 ** 200 == 0]", "[1267650600228229401496703205376,false]"),
        ("{1: \"a\"}", r#"{"1":"a"}"#),
    ];
    for (code, expected) in cases {
        vm.eval("3", &format!("x := {code}")).unwrap();
        assert_eq!(serde_json::to_string(&vm.global::<Data>("x").unwrap()).unwrap(), expected, "{code}");
    }
}

#[test]
fn a_float_takes_any_int() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Measure {
        size: f64,
        small: f32,
        exact: u64,
    }
    let mut vm = Vm::new(&Engine::new());
    vm.eval("1", r#"m := {"size": 2 ** 100 + 1, "small": 2 ** 63, "exact": 2 ** 63}"#).unwrap();
    let measure: Measure = vm.global::<Data>("m").unwrap().into_serde().unwrap();
    assert_eq!(measure, Measure { size: 2_f64.powi(100), small: 2_f32.powi(63), exact: 1 << 63 });
    assert!(Data::Str("7".into()).into_serde::<f64>().is_err());
}
