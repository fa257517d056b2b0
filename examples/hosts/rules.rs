//! A rules engine: one compiled program serves many threads, each with a machine of its own, under limits. Errors of the host
//! reach the script, and errors of the script reach the host.

use ruff_core::{Engine, Error, Limits, Vm};
use std::thread;

const RULES: &str = r#"
func price(order) {
    total := order["count"] * unit_price(order["item"])
    if order["count"] >= 10 { total -= total / 10 }
    return total
}

func checked_price(order) {
    try { return price(order) } except e { return -1 }
}
"#;

fn unit_price(item: String) -> Result<i64, String> {
    match item.as_str() {
        "apple" => Ok(30),
        "melon" => Ok(250),
        other => Err(format!("no price for {other}")),
    }
}

fn main() -> Result<(), Error> {
    let engine = Engine::builder().function("unit_price", unit_price).limits(Limits::untrusted()).build();
    let program = engine.compile("rules.ruff", RULES)?;

    let workers: Vec<_> = (0..4)
        .map(|worker: i64| {
            let (engine, program) = (engine.clone(), program.clone());
            thread::spawn(move || -> Result<i64, Error> {
                let mut vm = Vm::new(&engine);
                vm.run(&program)?;
                let mut sum = 0;
                for count in 1..=100 {
                    let price: i64 = vm.call("price", (order("apple", count + worker),))?;
                    sum += price;
                }
                Ok(sum)
            })
        })
        .collect();
    for (index, worker) in workers.into_iter().enumerate() {
        let sum = worker.join().map_err(std::panic::resume_unwind).unwrap_or(Ok(0))?;
        println!("worker {index}: {sum}");
    }

    let mut vm = Vm::new(&engine);
    vm.run(&program)?;
    println!("caught by the script: {}", vm.call::<i64>("checked_price", (order("pear", 1),))?);
    match vm.call::<i64>("price", (order("pear", 1),)) {
        Ok(price) => println!("{price}"),
        Err(error) => println!("seen by the host: {}: {}", error.code(), error.message()),
    }
    Ok(())
}

fn order(item: &str, count: i64) -> ruff_core::Data {
    use ruff_core::Data;
    Data::Dict(vec![("item".into(), Data::Str(item.into())), ("count".into(), Data::Int(count))])
}
