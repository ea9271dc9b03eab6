//! Programs are found, started with what they were given and nothing else, and if they cannot be,
//! the error says why.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{block_on, ready, run, sh, start};
use scn_process::{Collect, GRACE, Input, Output, SpawnError, Spec, spawn};
use tempfile::{TempDir, tempdir};

fn error(spec: &Spec) -> SpawnError {
    block_on(async { spawn(spec).unwrap_err() })
}

/// Written by another program: what this one has open for writing, another test's child has too between its fork and
/// its exec, and what anybody has open for writing cannot be executed.
fn script(folder: &TempDir, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.path().join(name);
    let mut writer = Command::new("tee")
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let written = writer.stdin.take().unwrap().write_all(text.as_bytes());
    written.unwrap();
    assert!(writer.wait().unwrap().success());
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

fn stdout(spec: &Spec) -> String {
    let (exit, output) = block_on(run(spec));
    assert!(exit.success(), "{exit:?} {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn words_arrive_as_they_are() {
    let words = ["printf", "%s|", "a b", "$HOME", "'", "", "*", "ü"];
    assert_eq!(stdout(&Spec::new(words)), "a b|$HOME|'||*|ü|");
}

#[test]
fn a_program_is_searched_in_its_own_path() {
    let folder = tempdir().unwrap();
    script(&folder, "mine", "#!/bin/sh\necho \"$0 mine\"\n", 0o755);
    let mut spec = Spec::new(["mine"]);
    let missing = error(&spec);
    assert!(
        matches!(missing, SpawnError::NotFound { .. }),
        "{missing:?}"
    );
    spec.env
        .set("PATH", format!("/nonexistent:{}", folder.path().display()));
    assert!(stdout(&spec).ends_with("/mine mine\n"));
}

#[test]
fn an_empty_element_and_a_relative_one_of_the_path_are_in_the_working_directory() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("bin")).unwrap();
    script(&folder, "here", "#!/bin/sh\necho here\n", 0o755);
    script(&folder, "bin/there", "#!/bin/sh\necho there\n", 0o755);
    for (program, path) in [("here", ":/bin"), ("there", "bin:/bin")] {
        let mut spec = Spec::new([program]);
        spec.cwd = Some(folder.path().into());
        spec.env.set("PATH", path);
        assert_eq!(stdout(&spec), format!("{program}\n"));
    }
}

#[test]
fn a_path_is_relative_to_the_working_directory() {
    let folder = tempdir().unwrap();
    script(&folder, "tool", "#!/bin/sh\npwd\n", 0o755);
    let mut spec = Spec::new(["./tool"]);
    spec.cwd = Some(folder.path().into());
    let folder = folder.path().canonicalize().unwrap();
    assert_eq!(stdout(&spec), format!("{}\n", folder.display()));
}

#[test]
fn without_a_path_the_usual_folders_are_searched() {
    let mut spec = Spec::new(["sh", "-c", "echo found"]);
    spec.env.remove("PATH");
    assert_eq!(stdout(&spec), "found\n");
}

#[test]
fn what_is_missing_is_named_with_what_was_searched() {
    let mut spec = Spec::new(["no-such-program"]);
    spec.env.set("PATH", "/bin:/usr/bin:");
    match error(&spec) {
        SpawnError::NotFound { program, searched } => {
            assert_eq!(program, "no-such-program");
            assert_eq!(searched, ["/bin", "/usr/bin", "."].map(PathBuf::from));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        error(&spec).to_string(),
        "there is no program `no-such-program` (searched /bin, /usr/bin, .)"
    );
    let mut spec = Spec::new(["bin/tool"]);
    spec.cwd = Some("/usr".into());
    assert_eq!(
        error(&spec).to_string(),
        "there is no program `/usr/bin/tool`"
    );
}

#[test]
fn kinds_of_programs_that_cannot_be_executed_are_told_apart() {
    let folder = tempdir().unwrap();
    let plain = script(&folder, "plain", "#!/bin/sh\n", 0o644);
    let orphan = script(&folder, "orphan", "#!/no/such/interpreter -x\n", 0o755);
    let refused = script(
        &folder,
        "refused",
        &format!("#!{}\n", plain.display()),
        0o755,
    );
    let binary = script(&folder, "binary", "\0\u{1}\u{2}garbage\0", 0o755);
    let path = |path: &Path| Spec::new([path]);
    let kind = |spec: &Spec| match error(spec) {
        SpawnError::NotExecutable(path) => ("not executable", path),
        SpawnError::IsFolder(path) => ("folder", path),
        SpawnError::WrongFormat(path) => ("wrong format", path),
        SpawnError::NoInterpreter { interpreter, .. } => ("interpreter", interpreter.unwrap()),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(&path(&plain)), ("not executable", plain.clone()));
    assert_eq!(kind(&path(&refused)), ("not executable", plain.clone()));
    assert_eq!(kind(&path(folder.path())), ("folder", folder.path().into()));
    assert_eq!(kind(&path(&binary)), ("wrong format", binary));
    assert_eq!(
        kind(&path(&orphan)),
        ("interpreter", "/no/such/interpreter".into())
    );
    let mut searched = Spec::new(["plain"]);
    searched.env.set("PATH", folder.path());
    assert_eq!(kind(&searched), ("not executable", plain));
}

#[test]
fn a_script_without_an_interpreter_line_is_the_shells() {
    let folder = tempdir().unwrap();
    let path = script(&folder, "old", "echo \"$1\"; echo \"$0\" >&2\n", 0o755);
    assert_eq!(
        stdout(&Spec::new([path.as_os_str(), "a b".as_ref()])),
        "a b\n"
    );
}

#[test]
fn a_missing_working_directory_is_told_from_a_missing_program() {
    let mut spec = Spec::new(["true"]);
    spec.cwd = Some("/no/such/folder".into());
    assert!(
        matches!(error(&spec), SpawnError::NoSuchFolder(path) if path == Path::new("/no/such/folder"))
    );
    spec.cwd = Some("/etc/passwd".into());
    assert!(matches!(error(&spec), SpawnError::NotFolder(_)));
}

#[test]
fn what_the_system_cannot_pass_on_is_an_error() {
    assert!(matches!(error(&Spec::default()), SpawnError::NoProgram));
    assert!(matches!(error(&Spec::new([""])), SpawnError::NoProgram));
    let nul = error(&Spec::new(["echo", "a\0b"]));
    assert_eq!(
        nul.to_string(),
        "`a\\0b` holds a NUL byte, which no program can be given"
    );
    let long = "x".repeat(4 << 20);
    let error = error(&Spec::new(["echo", &long]));
    assert!(matches!(error, SpawnError::Io { .. }), "{error}");
}

#[test]
fn variables_are_inherited_less_some_plus_some() {
    let mut spec = Spec::new(["env"]);
    spec.env.remove("HOME").set("A", "1").set("A", "2=3");
    let inherited = stdout(&spec);
    assert!(inherited.contains("PATH="), "{inherited}");
    assert!(!format!("\n{inherited}").contains("\nHOME="), "{inherited}");
    assert!(inherited.contains("A=2=3\n"), "{inherited}");
    let mut spec = Spec::new(["/usr/bin/env"]);
    spec.env.clean = true;
    spec.env.set("ONLY", "this");
    assert_eq!(stdout(&spec), "ONLY=this\n");
}

#[test]
fn input_is_empty_unless_given() {
    assert_eq!(stdout(&Spec::new(["wc", "-c"])).trim(), "0");
    let mut spec = Spec::new(["wc", "-c"]);
    spec.input = Input::Bytes(vec![b'x'; 3_000_000]);
    assert_eq!(stdout(&spec).trim(), "3000000");
}

#[test]
fn a_large_input_does_not_wait_for_a_large_output_nor_the_other_way_round() {
    let mut spec = Spec::new(["cat"]);
    let bytes: Vec<u8> = (0..5_000_000u32)
        .map(|number| (number % 251) as u8)
        .collect();
    spec.input = Input::Bytes(bytes.clone());
    let (exit, output) = block_on(run(&spec));
    assert!(exit.success());
    assert!(output.stdout == bytes);
}

#[test]
fn one_can_talk_with_a_program_through_its_input() {
    let mut spec = sh("read line; echo \"<$line>\"; wc -c; exec >&-; read never; exit 3");
    spec.input = Input::Piped;
    block_on(async {
        let mut child = start(&spec);
        let input = child.take_input().unwrap();
        assert!(child.take_input().is_none());
        assert_eq!(input.try_write(b"hello\n").unwrap(), 6);
        assert_eq!(ready(&mut child).await, "<hello>");
        // More than any pipe holds: it is written as the program reads.
        input.write_all(&vec![b'x'; 3_000_000]).await.unwrap();
        drop(input);
        let mut output = Collect::default();
        // It has closed its output, and may still run.
        child.until_closed(&mut output).await.unwrap();
        let exit = child.wait(&mut output).await.unwrap();
        assert_eq!(exit.code, Some(3));
        assert_eq!(output.stdout.trim_ascii(), b"3000000");
    });
}

#[test]
fn a_program_that_has_closed_its_output_is_told_from_one_that_has_ended() {
    block_on(async {
        let mut child = start(&sh("exec >&-; sleep 20"));
        assert!(!child.until_closed(&mut Collect::default()).await.unwrap());
        let exit = child.terminate(GRACE, &mut Collect::default()).await;
        assert_eq!(exit.unwrap().signal, Some("TERM"));
        let mut child = start(&sh("echo x; kill -SEGV $$"));
        let mut output = Collect::default();
        child.until_closed(&mut output).await.unwrap();
        let exit = child.terminate(GRACE, &mut output).await.unwrap();
        assert_eq!(
            (exit.signal, output.stdout.as_slice()),
            (Some("SEGV"), &b"x\n"[..])
        );
    });
}

#[test]
fn who_writes_to_a_program_that_is_gone_is_told() {
    let mut spec = sh("exit 0");
    spec.input = Input::Piped;
    block_on(async {
        let mut child = start(&spec);
        let input = child.take_input().unwrap();
        child.wait(&mut Collect::default()).await.unwrap();
        // Another test's child, between its fork and its exec, holds for a moment what this one read from: more than
        // a pipe takes is told then, too.
        let error = input.write_all(&vec![b'x'; 3_000_000]).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    });
}

#[test]
fn input_that_is_not_read_is_no_error() {
    let mut spec = Spec::new(["true"]);
    spec.input = Input::Bytes(vec![0; 1_000_000]);
    assert_eq!(stdout(&spec), "");
}

#[test]
fn output_can_go_to_files() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("out");
    let file = File::create(&path).unwrap();
    let mut spec = sh("echo one; echo two >&2");
    spec.output = Output::Files {
        stdout: file.try_clone().unwrap(),
        stderr: file,
    };
    assert_eq!(stdout(&spec), "");
    assert_eq!(fs::read_to_string(path).unwrap(), "one\ntwo\n");
}

#[test]
fn another_user_is_for_root_alone() {
    let mut spec = Spec::new(["sh", "-c", "id -un; echo $HOME; echo \"$0\" $USER"]);
    spec.user = Some("nobody".into());
    if rustix::process::geteuid().is_root() {
        let output = stdout(&spec);
        assert!(output.starts_with("nobody\n/nonexistent\n"), "{output}");
        assert!(output.ends_with("sh nobody\n"), "{output}");
    } else {
        assert!(error(&spec).to_string().contains("only root"));
    }
    spec.user = Some("no-such-user".into());
    assert_eq!(
        error(&spec).to_string(),
        "cannot run as user `no-such-user`: there is no such user"
    );
}
