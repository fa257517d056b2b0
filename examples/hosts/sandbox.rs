//! Untrusted scripts: each hits a limit and is stopped, and its machine can be used on.

use ruff_core::native::Clock;
use ruff_core::{Engine, Error, Limits, Vm};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const SCRIPTS: [(&str, &str); 9] = [
    ("endless loop", "func main() { while true { } }"),
    ("too much memory", r#"func main() { s := "x"  while true { s := s + s } }"#),
    ("many small objects", "func main() { list := []  while true { list := [list] } }"),
    ("too much output", r#"func main() { while true { print("spam") } }"#),
    ("deep recursion", "func down(n) { return down(n + 1) + 1 }  func main() { return down(0) }"),
    ("huge number", "func main() { n := 2  while true { n := n * n } }"),
    ("waiting", "func main() { while true { sleep(5) } }"),
    ("limits are not caught", "func main() { try { while true { } } except e { } }"),
    ("file access", r#"func main() { return read_file("/etc/passwd") }"#),
];

fn limits() -> Limits {
    Limits {
        ticks: Some(1_000_000),
        memory_bytes: Some(8 << 20),
        output_bytes: Some(1000),
        run_time: Some(Duration::from_millis(500)),
        source_bytes: 1000,
        int_bits: Some(4096),
        ..Limits::untrusted()
    }
}

/// The clock of the system; the engine has none of its own.
struct SystemClock(Instant);

impl Clock for SystemClock {
    fn unix_time(&mut self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic(&mut self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

fn run(engine: &Engine, vm: &mut Vm, text: &str) -> Result<(), Error> {
    let program = engine.compile("guest.ruff", text)?;
    vm.run(&program)?;
    vm.call("main", ())
}

fn main() {
    let engine = Engine::builder().limits(limits()).output(|_| ()).clock(|| SystemClock(Instant::now())).build();
    for (name, text) in SCRIPTS {
        let mut vm = Vm::new(&engine);
        match run(&engine, &mut vm, text) {
            Ok(()) => println!("{name}: ran"),
            Err(error) => println!("{name}: {:?} {}", error.kind(), error.code()),
        }
        // A budget of ticks that is spent stays spent until the host gives another.
        vm.set_limits(&limits());
        let after = vm.eval("after", "1 + 1").map_or_else(|e| e.code().to_string(), |text| text.unwrap_or_default());
        println!("  afterwards: {after}");
    }
    for (name, text) in [("long source", "x := 1\n".repeat(1000)), ("deep source", "(".repeat(900))] {
        match engine.compile("guest.ruff", &text) {
            Ok(_) => println!("{name}: compiled"),
            Err(error) => println!("{name}: {:?} {}", error.kind(), error.code()),
        }
    }
}
