//! `ruff repl`: reads an input of one or more lines, runs it, shows its value, and goes on after errors.

mod editing;

use crate::arguments::Tiers;
use crate::interrupt;
use crate::output::Output;
use crate::report::{report, write_error};
use crate::session;
use crate::status::Status;
use editing::{InputHelper, Names};
use ruff_core::{Engine, ErrorKind, Vm};
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, Config, Editor};
use std::io::IsTerminal;
use std::path::PathBuf;

type LineEditor = Editor<InputHelper, FileHistory>;

/// Inputs that the history keeps.
const HISTORY_MAX: usize = 1000;

/// Runs until the end of input or `exit()`.
pub fn repl(output: &Output) -> Status {
    let engine = session::engine(&Tiers::default());
    let mut vm = session::vm(&engine, Vec::new(), output);
    let names = Names::default();
    let mut editor = match editor(&names) {
        Ok(editor) => editor,
        Err(error) => {
            write_error(&format!("ruff: no line editor: {error}\n"));
            return Status::Internal;
        }
    };
    if std::io::stdin().is_terminal() {
        output.print(&format!("Ruff {}. Ctrl-D ends, Ctrl-C stops a script.\n", env!("CARGO_PKG_VERSION")));
    }
    let history = history_file();
    if let Some(file) = &history {
        // The first session has no history yet.
        let _ = editor.load_history(file);
    }
    let status = read_and_run(&mut editor, &engine, &mut vm, &names, output);
    if let Some(file) = &history
        && let Err(error) = editor.save_history(file)
    {
        write_error(&format!("ruff: cannot save the history: {error}\n"));
    }
    status
}

fn editor(names: &Names) -> rustyline::Result<LineEditor> {
    let mut editor = LineEditor::with_config(Config::default())?;
    editor.set_max_history_size(HISTORY_MAX)?;
    editor.set_auto_add_history(true);
    let has_colour = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    editor.set_color_mode(if has_colour { ColorMode::Enabled } else { ColorMode::Disabled });
    editor.set_helper(Some(InputHelper::new(names.clone())));
    Ok(editor)
}

/// `$XDG_STATE_HOME/ruff/history`, or below `~/.local/state`; the folder is made.
fn history_file() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local").join("state")))?;
    let folder = state.join("ruff");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

fn read_and_run(editor: &mut LineEditor, engine: &Engine, vm: &mut Vm, names: &Names, output: &Output) -> Status {
    for number in 1u32.. {
        names.set(engine.builtin_names().chain(vm.global_names()).map(str::to_string).collect());
        output.flush();
        let text = match editor.readline("> ") {
            Ok(text) => text,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => {
                write_error(&format!("ruff: cannot read input: {error}\n"));
                return Status::Unreadable;
            }
        };
        interrupt::clear();
        vm.interrupt().clear();
        if let Some(status) = run_input(vm, &format!("<input {number}>"), &text, output) {
            return status;
        }
    }
    Status::Success
}

/// Runs an input and shows its value unless it is null; gives a status if the session ends.
fn run_input(vm: &mut Vm, name: &str, text: &str, output: &Output) -> Option<Status> {
    match vm.eval(name, text) {
        Ok(value) => {
            value.inspect(|text| output.print(&format!("{text}\n")));
            None
        }
        Err(error) => {
            let status = report(&error, output);
            matches!(error.kind(), ErrorKind::Exit(_) | ErrorKind::Internal).then_some(status)
        }
    }
}
