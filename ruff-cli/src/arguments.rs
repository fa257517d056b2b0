//! The command line: what the user asks for.

use clap::builder::{PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ruff_core::Tier;
use std::ffi::OsString;
use std::path::PathBuf;

/// What to do.
#[derive(Debug, PartialEq)]
pub enum Request {
    /// Run a program with arguments.
    Run(Input, Vec<String>, Tiers),
    /// Report the diagnostics of a program.
    Check { file: Input, json: bool, deny_warnings: bool },
    /// Print a stage of the pipeline.
    Emit { file: Input, kind: EmitKind, native: NativeListing },
    /// Run the test blocks of a file, or of all files of a folder.
    Test(PathBuf),
    /// Read and run lines until the end of input.
    Repl,
    /// Nothing was asked for: the prompt on a terminal, else the program on standard input.
    Default,
}

/// In which tiers a program runs, and what is told of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tiers {
    pub tier: Tier,
    /// Ticks that make a function or a loop hot; the default of the native tier if `None`.
    pub threshold: Option<u32>,
    /// What was compiled, and why not, is printed at the end.
    pub explains: bool,
    /// Ticks, memory and machine code are printed at the end.
    pub has_stats: bool,
    /// A map of the machine code is written for `perf`.
    pub has_perf_map: bool,
}

/// Which machine code `ruff emit` prints.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NativeListing {
    /// Only that of the functions with this name.
    pub function: Option<String>,
    /// Ticks that make a function or a loop hot; [`EMIT_THRESHOLD`] if `None`.
    pub threshold: Option<u32>,
}

/// What makes code hot for `ruff emit`: soon, but the interpreter has seen each kind of value by then.
pub const EMIT_THRESHOLD: u32 = 100;

/// Where a program comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    File(PathBuf),
    /// `-`
    Stdin,
    /// `-e CODE`
    Code(String),
}

/// A stage that `ruff emit` can print.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EmitKind {
    Ast,
    Bytecode,
    /// The form between bytecode and machine code, after all passes.
    Hir,
    /// Cranelift's form.
    Clif,
    /// The instructions of this machine.
    Asm,
}

impl EmitKind {
    const ALL: [(&'static str, EmitKind); 5] = [
        ("ast", EmitKind::Ast),
        ("bytecode", EmitKind::Bytecode),
        ("hir", EmitKind::Hir),
        ("clif", EmitKind::Clif),
        ("asm", EmitKind::Asm),
    ];
}

/// The request of this process; ends it with status 0 or 2 after `--help` and bad usage.
pub fn request() -> Request {
    read(command().get_matches())
}

fn command() -> Command {
    let file = || {
        Arg::new("file")
            .value_name("FILE")
            .value_parser(ValueParser::path_buf())
            .required(true)
            .help("The script, or - for standard input")
    };
    let rest = || {
        let arg = Arg::new("args").value_name("ARGS").value_parser(ValueParser::os_string()).action(ArgAction::Append);
        arg.num_args(0..).trailing_var_arg(true).allow_hyphen_values(true).help("Arguments of the script")
    };
    let threshold = || {
        let arg = Arg::new("jit-threshold").long("jit-threshold").value_name("TICKS");
        arg.value_parser(value_parser!(u32).range(1..)).help("How many calls and loop rounds make code hot")
    };
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new("ruff")
        .about("Runs, checks and tests Ruff scripts")
        .version(env!("CARGO_PKG_VERSION"))
        .args_conflicts_with_subcommands(true)
        .arg(Arg::new("code").short('e').value_name("CODE").help("Run CODE").allow_hyphen_values(true))
        .arg(rest().value_name("FILE ARGS").help("The script, or - for standard input, and its arguments"))
        .subcommand(
            Command::new("run")
                .about("Run a script")
                .arg(
                    Arg::new("tier")
                        .long("tier")
                        .value_parser(PossibleValuesParser::new(["auto", "interpreter", "native"]))
                        .default_value("auto")
                        .help("Where code runs: in the interpreter, as machine code from the start, or as machine code when hot"),
                )
                .arg(threshold())
                .arg(flag("explain-jit", "Tell at the end what was compiled, how often it was left, and why"))
                .arg(flag("stats", "Tell at the end what the script has used"))
                .arg(flag("perf-map", "Write /tmp/perf-PID.map, which names machine code for Linux perf"))
                .arg(file())
                .arg(rest()),
        )
        .subcommand(
            Command::new("check")
                .about("Report all diagnostics of a script without running it")
                .arg(flag("json", "Print the diagnostics as JSON"))
                .arg(flag("deny-warnings", "Fail if there are warnings"))
                .arg(file()),
        )
        .subcommand(
            Command::new("emit")
                .about("Print what a script is compiled to")
                .arg(
                    Arg::new("kind")
                        .long("kind")
                        .value_parser(PossibleValuesParser::new(EmitKind::ALL.map(|(name, _)| name)))
                        .default_value("bytecode")
                        .help("hir, clif and asm run the script, without its output, and print what was hot"),
                )
                .arg(Arg::new("fn").long("fn").value_name("NAME").help("For hir, clif and asm: this function only"))
                .arg(threshold())
                .arg(file()),
        )
        .subcommand(
            Command::new("test")
                .about("Run the test blocks of a file, or of all .ruff files of a folder")
                .arg(file().value_name("FILE|DIR").help("The file or folder")),
        )
        .subcommand(Command::new("repl").about("Read and run lines"))
}

fn read(matches: ArgMatches) -> Request {
    match matches.subcommand() {
        Some(("run", m)) => Request::Run(input(m), texts(m.get_many("args")), tiers(m)),
        Some(("check", m)) => {
            Request::Check { file: input(m), json: m.get_flag("json"), deny_warnings: m.get_flag("deny-warnings") }
        }
        Some(("emit", m)) => {
            let name = m.get_one::<String>("kind").map(String::as_str);
            let kind =
                EmitKind::ALL.iter().find(|(n, _)| Some(*n) == name).map_or(EmitKind::Bytecode, |(_, kind)| *kind);
            let threshold = m.get_one::<u32>("jit-threshold").copied();
            let native = NativeListing { function: m.get_one::<String>("fn").cloned(), threshold };
            Request::Emit { file: input(m), kind, native }
        }
        Some(("test", m)) => Request::Test(m.get_one::<PathBuf>("file").cloned().unwrap_or_default()),
        Some(("repl", _)) => Request::Repl,
        _ => read_without_command(&matches),
    }
}

/// `ruff -e CODE ARGS`, `ruff FILE ARGS` and `ruff`.
fn read_without_command(matches: &ArgMatches) -> Request {
    let code = matches.get_one::<String>("code").cloned();
    let mut args = matches.get_many::<OsString>("args").unwrap_or_default();
    if let Some(code) = code {
        return Request::Run(Input::Code(code), args.map(text).collect(), Tiers::default());
    }
    match args.next() {
        Some(file) => Request::Run(file_or_stdin(file.into()), args.map(text).collect(), Tiers::default()),
        None => Request::Default,
    }
}

fn tiers(matches: &ArgMatches) -> Tiers {
    let tier = match matches.get_one::<String>("tier").map(String::as_str) {
        Some("interpreter") => Tier::Interpreter,
        Some("native") => Tier::Native,
        _ => Tier::Auto,
    };
    let threshold = matches.get_one::<u32>("jit-threshold").copied();
    Tiers {
        tier,
        threshold,
        explains: matches.get_flag("explain-jit"),
        has_stats: matches.get_flag("stats"),
        has_perf_map: matches.get_flag("perf-map"),
    }
}

fn input(matches: &ArgMatches) -> Input {
    file_or_stdin(matches.get_one::<PathBuf>("file").cloned().unwrap_or_default())
}

fn file_or_stdin(path: PathBuf) -> Input {
    if path.as_os_str() == "-" { Input::Stdin } else { Input::File(path) }
}

fn texts(args: Option<clap::parser::ValuesRef<'_, OsString>>) -> Vec<String> {
    args.unwrap_or_default().map(text).collect()
}

/// Arguments are text for scripts; what is not Unicode is replaced.
fn text(arg: &OsString) -> String {
    arg.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&str]) -> Request {
        let words = std::iter::once("ruff").chain(line.iter().copied());
        read(command().try_get_matches_from(words).unwrap())
    }

    fn file(path: &str) -> Input {
        Input::File(path.into())
    }

    #[test]
    fn the_command_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn scripts_get_all_arguments_after_their_name() {
        let run =
            |input, args: &[&str]| Request::Run(input, args.iter().map(|a| a.to_string()).collect(), Tiers::default());
        assert_eq!(parse(&["a.ruff", "x", "--json"]), run(file("a.ruff"), &["x", "--json"]));
        assert_eq!(parse(&["run", "a.ruff", "-v", "-"]), run(file("a.ruff"), &["-v", "-"]));
        assert_eq!(parse(&["-", "x"]), run(Input::Stdin, &["x"]));
        assert_eq!(parse(&["-e", "1", "x"]), run(Input::Code("1".into()), &["x"]));
        assert_eq!(parse(&[]), Request::Default);
    }

    #[test]
    fn commands_have_their_options() {
        let check = Request::Check { file: file("a.ruff"), json: true, deny_warnings: false };
        assert_eq!(parse(&["check", "--json", "a.ruff"]), check);
        let emit = |kind, native| Request::Emit { file: file("a"), kind, native };
        assert_eq!(parse(&["emit", "--kind", "ast", "a"]), emit(EmitKind::Ast, NativeListing::default()));
        let native = NativeListing { function: Some("f".into()), threshold: Some(2) };
        let line = ["emit", "--kind", "asm", "--fn", "f", "--jit-threshold", "2", "a"];
        assert_eq!(parse(&line), emit(EmitKind::Asm, native));
        assert_eq!(parse(&["test", "dir"]), Request::Test("dir".into()));
        assert_eq!(parse(&["repl"]), Request::Repl);
        assert!(command().try_get_matches_from(["ruff", "emit", "--kind", "wat", "a"]).is_err());
    }
}
