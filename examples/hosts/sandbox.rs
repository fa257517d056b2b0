//! Untrusted scripts: each hits a limit and is stopped, and its machine can be used on.

use ruff_core::{Engine, Error, Limits, Vm};

const SCRIPTS: [(&str, &str); 6] = [
    ("endless loop", "func main() { while true { } }"),
    ("too much memory", r#"func main() { s := "x"  while true { s := s + s } }"#),
    ("too much output", r#"func main() { while true { print("spam") } }"#),
    ("deep recursion", "func down(n) { return down(n + 1) + 1 }  func main() { return down(0) }"),
    ("huge number", "func main() { n := 2  while true { n := n * n } }"),
    ("file access", r#"func main() { return read_file("/etc/passwd") }"#),
];

fn main() -> Result<(), Error> {
    // Ticks bound each run; a limit of time would need a clock.
    let mut limits = Limits { run_time: None, ..Limits::untrusted() };
    limits.ticks = Some(1_000_000);
    limits.memory_bytes = Some(8 << 20);
    limits.output_bytes = Some(1000);
    limits.int_bits = Some(4096);
    let engine = Engine::builder().limits(limits).build();
    for (name, text) in SCRIPTS {
        let mut vm = Vm::new(&engine);
        vm.set_output(|_: &str| ());
        let outcome = engine.compile("guest.ruff", text).and_then(|program| {
            vm.run(&program)?;
            vm.call::<()>("main", ())
        });
        match outcome {
            Ok(()) => println!("{name}: ran"),
            Err(error) => println!("{name}: {:?} {}", error.kind(), error.code()),
        }
        // A budget of ticks that is spent stays spent.
        let after = vm.eval("after", "1 + 1").map_or_else(|e| e.code().to_string(), |text| text.unwrap_or_default());
        println!("  afterwards: {after}");
    }
    Ok(())
}
