//! A long script reports progress, and another thread stops it.

use ruff_core::{Engine, Error, ErrorKind, Vm};
use std::sync::mpsc;
use std::thread;

fn main() -> Result<(), Error> {
    let (sender, progress) = mpsc::sync_channel::<i64>(0);
    let engine = Engine::builder().function("report", move |done: i64| sender.send(done).is_ok()).build();
    let program = engine.compile(
        "long.ruff",
        r#"
        done := 0
        func main() {
            while true {
                done += 1
                report(done)
            }
        }
        "#,
    )?;
    let mut vm = Vm::new(&engine);
    vm.run(&program)?;
    let interrupt = vm.interrupt();
    let watcher = thread::spawn(move || {
        for done in progress.iter() {
            println!("progress: {done}");
            if done == 3 {
                interrupt.interrupt();
                break;
            }
        }
        // The channel is closed here, so that no report waits for a reader.
    });
    let outcome = vm.call::<()>("main", ());
    watcher.join().ok();
    match outcome {
        Err(error) if error.kind() == ErrorKind::Interrupted => println!("stopped: {}", error.code()),
        other => other?,
    }
    println!("the machine goes on: {}", vm.global::<i64>("done")? >= 3);
    Ok(())
}
