//! The smallest host: one function of its own, one script, one call into it.

use ruff_core::{Engine, Error, Vm};

fn main() -> Result<(), Error> {
    let engine = Engine::builder().function("shout", |text: String| text.to_uppercase()).build();
    let program = engine.compile(
        "hello.ruff",
        r#"
        func greet(name) {
            print("greeting ${name}")
            return shout("hello ${name}!")
        }
        "#,
    )?;
    let mut vm = Vm::new(&engine);
    vm.set_output(|text: &str| print!("{text}"));
    vm.run(&program)?;
    let greeting: String = vm.call("greet", ("Ada",))?;
    println!("{greeting}");
    Ok(())
}
