//! The `ruff` command from outside: exit statuses, messages, standard streams.

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own for a test, gone at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("ruff-command-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn with(self, name: &str, text: impl AsRef<[u8]>) -> Folder {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ruff"));
        command.args(args).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    fn run_with_input(&self, args: &[&str], input: &str) -> Ran {
        let mut child = spawn(self.command(args).stdin(Stdio::piped()));
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[derive(Debug)]
struct Ran {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Ends with that status and output; nothing on standard error.
    #[track_caller]
    fn prints(self, out: &str) {
        assert_eq!((self.status, self.out.as_str(), self.err.as_str()), (Some(0), out, ""));
    }

    #[track_caller]
    fn fails(self, status: i32, out: &str, err: &str) {
        assert_eq!((self.status, self.out.as_str(), self.err.as_str()), (Some(status), out, err));
    }
}

fn run_code(code: &str) -> Ran {
    Folder::new().run(&["-e", code])
}

#[test]
fn scripts_run_from_files_with_arguments() {
    let folder = Folder::new().with("a.ruff", "print(args())");
    folder.run(&["a.ruff"]).prints("[]\n");
    folder.run(&["a.ruff", "x", "--json", "-e"]).prints("[x, --json, -e]\n");
    folder.run(&["run", "a.ruff", "-", "y"]).prints("[-, y]\n");
}

#[test]
fn scripts_run_from_the_command_line_and_standard_input() {
    run_code("print(1 + 1)").prints("2\n");
    Folder::new().run(&["-e", "print(args())", "x", "-y"]).prints("[x, -y]\n");
    let folder = Folder::new();
    folder.run_with_input(&[], "print(\"piped\")").prints("piped\n");
    folder.run_with_input(&["-"], "print(\"dash\")").prints("dash\n");
    folder.run_with_input(&["run", "-", "a"], "print(args())").prints("[a]\n");
}

#[test]
fn an_uncaught_error_shows_source_and_call_stack() {
    let folder = Folder::new()
        .with("divide.ruff", "func divide(a, b) {\n    return a / b\n}\nprint(divide(4, 2))\ndivide(1, 0)\n");
    let expected = "error[RUF1007]: Division by zero\n  --> divide.ruff:2:12\n   |\n 2 |     return a / b\n   |            ^^^^^\n\
                    Call stack:\n  0 at divide (divide.ruff:2:12)\n  1 at main (divide.ruff:5:1)\n";
    folder.run(&["divide.ruff"]).fails(4, "2\n", expected);
}

#[test]
fn statuses_tell_what_went_wrong() {
    let status = |code: &str| run_code(code).status;
    assert_eq!(status("print(1)"), Some(0));
    assert_eq!(status("x := )"), Some(3));
    assert_eq!(status("x := \"open"), Some(3));
    assert_eq!(status("break"), Some(4));
    assert_eq!(status("throw 1"), Some(4));
    assert_eq!(status("exit(7)"), Some(7));
    assert_eq!(status("try { exit(3) } except { } finally { print(1) }"), Some(3));
    assert_eq!(status("exit()"), Some(0));
    let folder = Folder::new().with("bad.ruff", b"print(1)\n\xFF\xFE");
    assert_eq!(folder.run(&["missing.ruff"]).status, Some(5));
    assert_eq!(folder.run(&["run", "."]).status, Some(5));
    assert_eq!(folder.run(&["bad.ruff"]).status, Some(3));
    assert_eq!(folder.run(&["emit", "--kind", "nonsense", "bad.ruff"]).status, Some(2));
    assert_eq!(folder.run(&["run"]).status, Some(2));
}

#[test]
fn an_unreadable_file_is_named() {
    Folder::new().run(&["no.ruff"]).fails(5, "", "ruff: cannot read 'no.ruff': No such file or directory\n");
}

#[test]
fn source_that_is_not_text_is_refused_with_its_place() {
    let ran = Folder::new().with("bad.ruff", b"print(1)\nx\xFF").run(&["bad.ruff"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(3), ""));
    assert!(ran.err.starts_with("error[RUF0009]: Source is not valid UTF-8\n  --> bad.ruff:2:2\n"), "{}", ran.err);
}

#[test]
fn all_syntax_errors_are_reported_and_nothing_runs() {
    let folder = Folder::new().with("a.ruff", "print(1)\nf() := 1\nx := y := 2\n");
    let ran = folder.run(&["a.ruff"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(3), ""));
    let headers: Vec<&str> = ran.err.lines().filter(|l| l.starts_with("error[")).collect();
    assert_eq!(headers.len(), 2, "{}", ran.err);
    assert!(headers[0].starts_with("error[RUF0103]") && headers[1].starts_with("error[RUF0104]"), "{}", ran.err);
}

#[test]
fn output_comes_before_errors_and_exit() {
    run_code("print(1)\neprint(2)\nprint(3)\nexit(9)").fails(9, "1\n3\n", "2\n");
    let ran = run_code("for i in 3 { print(i) }\nthrow \"stop\"");
    assert_eq!((ran.status, ran.out.as_str()), (Some(4), "0\n1\n2\n"));
}

#[test]
fn input_is_read_line_by_line() {
    let code = "name := input(\"name? \")\nprint(\"hello\", name)\nprint([input(), input(), input()])";
    Folder::new().run_with_input(&["-e", code], "Ada\r\nsecond\nthird").prints("name? hello Ada\n[second, third, ]\n");
}

#[test]
fn check_reports_everything_without_running() {
    let folder = Folder::new()
        .with("bad.ruff", "print(nosuch)\nlet n: int := \"five\"\n")
        .with("good.ruff", "print(1)\n")
        .with("warn.ruff", "x := 1\n-x\n");
    let ran = folder.run(&["check", "bad.ruff"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(4), ""));
    assert!(ran.err.contains("error[RUF0201]: Undefined variable: nosuch\n  --> bad.ruff:1:7\n"), "{}", ran.err);
    assert!(ran.err.contains("error[RUF0212]"), "{}", ran.err);
    folder.run(&["check", "good.ruff"]).prints("");
    let ran = folder.run(&["check", "warn.ruff"]);
    assert_eq!(ran.status, Some(0));
    assert!(ran.err.starts_with("warning[RUF0301]: Expression has no effect"), "{}", ran.err);
    assert_eq!(folder.run(&["check", "--deny-warnings", "warn.ruff"]).status, Some(1));
}

#[test]
fn errors_come_with_help() {
    let folder =
        Folder::new().with("elif.ruff", "if false {\n} elif true {\n  print(1)\n}\n").with("name.ruff", "prnt(1)\n");
    let ran = folder.run(&["elif.ruff"]);
    assert_eq!(ran.status, Some(3));
    assert!(ran.err.ends_with("   = help: write `else if`\n"), "{}", ran.err);
    let help = "   = help: did you mean `print`?\n";
    for args in [["run", "name.ruff"], ["check", "name.ruff"]] {
        let ran = folder.run(&args);
        assert!(ran.err.ends_with(help), "{}", ran.err);
    }
    assert!(folder.run(&["run", "--tier", "native", "name.ruff"]).err.ends_with(help));
}

#[test]
fn check_writes_json_to_standard_output() {
    let folder = Folder::new().with("bad.ruff", "print(nosuch)\n").with("worse.ruff", "x := )\n");
    let ran = folder.run(&["check", "--json", "bad.ruff"]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(4), ""));
    let line = "{\"severity\": \"error\", \"code\": \"RUF0201\", \"message\": \"Undefined variable: nosuch\", \
                \"line\": 1, \"column\": 7, \"end_line\": 1, \"end_column\": 13, \"help\": null}";
    assert!(ran.out.contains(line), "{}", ran.out);
    assert_eq!(folder.run(&["check", "--json", "worse.ruff"]).status, Some(3));
}

#[test]
fn emit_prints_tree_and_bytecode() {
    let folder = Folder::new().with("a.ruff", "func f(n) { return n + 1 }\nprint(f(1))\n");
    let tree = folder.run(&["emit", "--kind", "ast", "a.ruff"]);
    assert_eq!(tree.status, Some(0));
    assert!(tree.out.contains("f"), "{}", tree.out);
    let bytecode = folder.run(&["emit", "--kind", "bytecode", "a.ruff"]);
    assert_eq!(bytecode.status, Some(0));
    assert!(bytecode.out.contains(" f(n)  at a.ruff:1:1 "), "{}", bytecode.out);
    assert!(bytecode.out.contains("Return"), "{}", bytecode.out);
    assert_eq!(folder.run(&["emit", "a.ruff"]).out, bytecode.out);
}

const TESTS: &str = "test \"good\" { assert_equal(1, 1) }\ntest \"bad\" { assert_equal(1, 2) }\n";

#[test]
fn test_runs_a_file_or_a_folder() {
    let folder = Folder::new().with("t/a.ruff", TESTS).with("t/b/c.ruff", "test \"c\" { }").with("t/note.txt", "x");
    let ran = folder.run(&["test", "t/a.ruff"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(1), "Tests: 2 total, 1 passed, 1 failed\n"));
    assert!(ran.err.contains("bad"), "{}", ran.err);
    assert!(ran.err.contains("error[RUF1014]: Assertion failed: expected Int(2), got Int(1)"), "{}", ran.err);
    assert_eq!(folder.run(&["test", "t"]).out, "Tests: 3 total, 2 passed, 1 failed\n");
    assert_eq!(folder.run(&["test", "t/b"]).status, Some(0));
    assert_eq!(folder.run(&["test", "nowhere"]).status, Some(5));
}

#[test]
fn modules_are_found_beside_the_script_and_in_folders() {
    let folder = Folder::new()
        .with("app/main.ruff", "import a\nimport b.c\nimport d\nprint(a.x, c_of(), d.x)\nfunc c_of() { return c.x }")
        .with("app/a.ruff", "export x := 1")
        .with("app/b/c.ruff", "export x := 2")
        .with("modules/d.ruff", "export x := 3");
    folder.run(&["app/main.ruff"]).prints("1 2 3\n");
    let ran = folder.run(&["-e", "import nothing.here"]);
    assert_eq!(ran.status, Some(4));
    assert!(ran.err.starts_with("error[RUF3001]: Module not found: nothing.here"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_module_is_not_read_through_a_link_that_leads_out() {
    let outside = Folder::new().with("secret.ruff", "export x := 1");
    let folder = Folder::new()
        .with("main.ruff", "import inside\nprint(inside.x)\nimport leak")
        .with("real.ruff", "export x := 2");
    std::os::unix::fs::symlink(folder.0.join("real.ruff"), folder.0.join("inside.ruff")).unwrap();
    std::os::unix::fs::symlink(outside.0.join("secret.ruff"), folder.0.join("leak.ruff")).unwrap();
    let ran = folder.run(&["run", "main.ruff"]);
    assert_eq!((ran.status, &*ran.out), (Some(4), "2\n"), "{ran:?}");
    assert!(ran.err.contains("Cannot read module 'leak': 'leak.ruff' leads out of its folder"), "{ran:?}");
}

#[test]
fn files_can_be_written_read_and_removed() {
    let code = r#"
        print(write_file("a.txt", "one\ntwo\n"), file_exists("a.txt"), file_size("a.txt"), read_lines("a.txt"))
        try { write_file("a.txt", "x") } except e { print(e.kind, e.message) }
        write_file("a.txt", "new", true)
        append_file("a.txt", "er")
        print(read_file("a.txt"), read_binary_file("a.txt"))
        create_dir("d/e")
        copy_file("a.txt", "d/b.txt")
        rename_file("a.txt", "d/a.txt")
        print(list_dir("d"), list_dir("."), path_is_dir("d/e"))
        delete_file("d/a.txt")
        try { read_file("d/a.txt") } except e { print(e.kind, e.message) }
        print(io_read_at("d/b.txt", 1, 3), sha256_file("d/b.txt") == sha256("newer"))
    "#;
    run_code(code).prints(
        "true true 8 [one, two]\n\
         RUF4003 Cannot write file 'a.txt': file already exists (pass overwrite=true to replace it)\n\
         newer bytes([110, 101, 119, 101, 114])\n\
         [a.txt, b.txt, e] [d] true\n\
         RUF4003 Cannot read file 'd/a.txt': No such file or directory\n\
         bytes([101, 119, 101]) true\n",
    );
}

#[test]
fn paths_are_text() {
    let code = r#"
        print(path_join("a", "b", "c.txt"), join_path("a", "/b"), dirname("a/b.c"), dirname("a") == "", dirname("/"))
        print(basename("a/b.c"), path_extension("a/b.c"), path_extension("a") == "")
        path_join("a", 5)
    "#;
    let ran = run_code(code);
    assert_eq!(ran.out, "a/b/c.txt /b a true /\nb.c c true\n");
    assert!(ran.err.starts_with("error[RUF1012]: path_join argument 2 must be a string"), "{}", ran.err);
}

#[test]
fn the_environment_is_visible() {
    let code = r#"
        print(env("RUFF_A"), env("RUFF_NONE") == "", env_or("RUFF_NONE", 5), env_int("RUFF_A") + 1, env_bool("RUFF_B"))
        env_set("RUFF_A", "changed")
        print(env("RUFF_A"), env_list()["RUFF_A"])
        try { env_int("RUFF_B") } except e { print(e.message) }
        env_required("RUFF_NONE")
    "#;
    let folder = Folder::new();
    let ran = Ran::of(folder.command(&["-e", code]).env("RUFF_A", "41").env("RUFF_B", "yes").output().unwrap());
    let expected = "41 true 5 42 true\nchanged changed\nEnvironment variable 'RUFF_B' is not a valid integer\n";
    assert_eq!((ran.status, ran.out.as_str()), (Some(4), expected));
    assert!(ran.err.starts_with("error[RUF1012]: Required environment variable 'RUFF_NONE' is not set"), "{}", ran.err);
}

#[test]
fn data_formats_go_both_ways() {
    let code = r#"
        rows := parse_csv("name,n\n\"a, b\",1\nc,2.5\n")
        print(rows, to_csv(rows) == "name,n\n\"a, b\",1\nc,2.5\n")
        print(encode_base64("hi!"), decode_base64("aGkh") == bytes([104, 105, 33]))
        try { decode_base64("*") } except e { print(e.kind) }
    "#;
    run_code(code).prints("[{\"n\": 1, \"name\": a, b}, {\"n\": 2.5, \"name\": c}] true\naGkh true\nRUF1013\n");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = Folder::new();
    let mut child = spawn(&mut folder.command(&["-e", "loop { print(\"line\") }"]));
    let mut first = [0u8; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn no_colour_where_nobody_sees_it() {
    let folder = Folder::new();
    assert!(!folder.run(&["-e", "1 / 0"]).err.contains('\x1b'));
}

#[test]
fn the_prompt_goes_on_after_errors() {
    let input =
        "x := 20\n1 / 0\nfunc f(n) {\n  return n * 2\n}\nf(x) + 2\nprint(\"printed\")\nx := )\n\"text\"\nexit(5)\n";
    let folder = Folder::new();
    let mut command = folder.command(&["repl"]);
    command.env("XDG_STATE_HOME", &folder.0).stdin(Stdio::piped());
    let mut child = spawn(&mut command);
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, Some(5), "{ran:?}");
    for part in ["42\n", "printed\n", "text\n"] {
        assert!(ran.out.contains(part), "{ran:?}");
    }
    assert!(ran.err.contains("RUF1007") && ran.err.contains("RUF0101"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_script_with_status_130() {
    let folder = Folder::new();
    for code in
        ["print(\"ready\")\nprompt := input(\"\")", "eprint(\"ready\")\nloop { }", "eprint(\"ready\")\nsleep(60000)"]
    {
        let mut child = spawn(folder.command(&["-e", code]).stdin(Stdio::piped()));
        let _stdin = child.stdin.take();
        let mut ready = [0u8; 5];
        match code.starts_with("print") {
            true => child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap(),
            false => child.stderr.as_mut().unwrap().read_exact(&mut ready).unwrap(),
        }
        // The script may print before it waits.
        std::thread::sleep(std::time::Duration::from_millis(100));
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.status, Some(130), "{code}: {ran:?}");
    }
}
