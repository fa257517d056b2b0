//! Plugins: modules in memory that programs import by name. Each plugin exports `apply`.

use ruff_core::{Engine, Error, MapLoader, Vm};

fn main() -> Result<(), Error> {
    let plugins = [
        ("upper", "export func apply(text) { return text.to_upper() }"),
        ("quote", "import marks\nexport func apply(text) { return marks.open + text + marks.close }"),
    ];
    let mut loader = MapLoader::new().module("marks", "export open := \"<\"\nexport close := \">\"");
    for (name, text) in plugins {
        loader = loader.module(name, text);
    }
    let engine = Engine::builder().loader(loader).build();
    for (name, _) in plugins {
        let main = format!("import {name}\nfunc main(text) {{ return {name}.apply(text) }}");
        let program = engine.compile("main.ruff", &main)?;
        let mut vm = Vm::new(&engine);
        vm.run(&program)?;
        println!("{name}: {}", vm.call::<String>("main", ("hello",))?);
    }
    let missing = engine.compile("main.ruff", "import absent").and_then(|program| Vm::new(&engine).run(&program));
    if let Err(error) = missing {
        println!("absent: {}", error.code());
    }
    Ok(())
}
