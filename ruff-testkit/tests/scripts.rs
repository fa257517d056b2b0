//! Runs the scripts of `tests/scripts`, one test for each script and mode. [`Script::read`] says how they tell what must come out.

use libtest_mimic::{Arguments, Trial};
use ruff_testkit::{Script, script};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts");
    let scripts = script::scripts_below(&root).unwrap_or_else(|e| panic!("{e}"));
    let trials = scripts.iter().flat_map(|path| {
        let name = path.strip_prefix(&root).unwrap_or(path).with_extension("").display().to_string();
        let name = name.replace(['/', '\\'], "::");
        let script = Script::read(path).unwrap_or_else(|e| panic!("{e}"));
        script.modes().iter().map(move |mode| {
            let script = script.clone();
            Trial::test(format!("{name}::{}", mode.name), move || Ok(script.check(mode)?))
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
