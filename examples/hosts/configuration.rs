//! A configuration file that is a script: it computes, and the host reads it as a Rust type through serde. What does not fit
//! the type is reported with its place.

use ruff_core::{Data, Engine, Limits, Vm};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::error::Error;

const CONFIGURATION: &str = r#"
base := "/srv/app"
settings := {
    "port": 8000 + (if host.production { 80 } else { 0 }),
    "paths": {"logs": "${base}/logs", "cache": "${base}/cache"},
    "workers": [{"name": "mail", "threads": 2}, {"name": "web", "threads": 2 * host.cores}],
}
"#;

/// What the host tells the script.
#[derive(Serialize)]
struct Host {
    production: bool,
    cores: u8,
}

/// What the script tells the host.
#[derive(Deserialize)]
struct Settings {
    port: u16,
    paths: BTreeMap<String, String>,
    workers: Vec<Worker>,
}

#[derive(Deserialize)]
struct Worker {
    name: String,
    threads: u8,
}

fn read(engine: &Engine, host: &Host) -> Result<Settings, Box<dyn Error>> {
    let mut vm = Vm::new(engine);
    vm.set_global("host", Data::from_serde(host)?)?;
    vm.eval("app.ruff", CONFIGURATION)?;
    Ok(vm.global::<Data>("settings")?.into_serde()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::builder().limits(Limits::untrusted()).build();
    let settings = read(&engine, &Host { production: true, cores: 4 })?;
    println!("port {}", settings.port);
    for (name, path) in settings.paths {
        println!("{name} in {path}");
    }
    for worker in settings.workers {
        println!("{} has {} threads", worker.name, worker.threads);
    }
    match read(&engine, &Host { production: false, cores: 200 }) {
        Ok(settings) => println!("port {}", settings.port),
        Err(error) => println!("refused: {error}"),
    }
    Ok(())
}
