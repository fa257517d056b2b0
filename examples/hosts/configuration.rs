//! A configuration file that is a script: it computes, and the host reads typed values out of it.

use ruff_core::{Data, Engine, Error, Limits, Vm};
use std::collections::BTreeMap;

const CONFIGURATION: &str = r#"
base := "/srv/app"
port := 8000 + (if production { 80 } else { 0 })
paths := {"logs": "${base}/logs", "cache": "${base}/cache"}
workers := [{"name": "mail", "threads": 2}, {"name": "web", "threads": 2 * 4}]
"#;

fn main() -> Result<(), Error> {
    let engine = Engine::builder().limits(Limits::untrusted()).build();
    let mut vm = Vm::new(&engine);
    vm.set_global("production", true)?;
    vm.eval("app.ruff", CONFIGURATION)?;

    let port: u16 = vm.global("port")?;
    let paths: BTreeMap<String, String> = vm.global("paths")?;
    let workers: Vec<BTreeMap<String, Data>> = vm.global("workers")?;
    println!("port {port}");
    for (name, path) in paths {
        println!("{name} in {path}");
    }
    println!("{} workers, the last {:?}", workers.len(), workers.last().and_then(|w| w.get("threads")));

    match vm.global::<u8>("port") {
        Ok(port) => println!("port {port}"),
        Err(error) => println!("{}", error.message()),
    }
    Ok(())
}
