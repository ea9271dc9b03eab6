//! What SECURITY.md says of what programs are given, and of what starts none.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use crate::support::Test;

/// Notes that it ran, whether it has the descriptor that `scn` was started with, and which secrets.
const NOTE: &str = r#"
echo "$1" >> ran
[ ! -e /proc/$$/fd/9 ] || echo "$1" >> descriptors
[ -z "$TOKEN" ] || echo "$1" >> tokens
[ -z "$OTHER" ] || echo "$1" >> others
"#;

const PLUGIN: &str = r#"
sh note.sh plugin
while IFS= read -r line; do
  id=${line#*\"id\":}; id=${id%%,*}; id=${id%\}}
  case $line in
    *'"method":"initialize"'*) result='{"protocol":1,"name":"p","version":"1","commands":[{"name":"ask"}]}' ;;
    *) result='{}' ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"
done
"#;

/// Everything that an environment can have started.
const ENVIRONMENT: &str = r#"
[setup]
steps = ["run sh note.sh setup"]
[components.Engine]
start = { run = ["sh", "-c", "sh note.sh start; echo $$ > pid; exec sleep 1000"] }
stop = { run = ["sh", "-c", "sh note.sh stop; kill $(cat pid)"] }
ready = { run = ["sh", "note.sh", "ready"], within = "30s" }
probe = [{ run = ["sh", "-c", "sh note.sh probe; echo '{\"asked\": 1}'"], result = "json", every = "100ms" }]
[commands.trusted]
run = ["sh", "note.sh", "trusted"]
secrets = ["token"]
[commands.alias]
run = ["sh", "note.sh", "alias"]
undo = "undone"
[commands.undone]
sh = "sh note.sh undone"
[plugins.p]
program = ["sh", "p.sh"]
[secrets]
token = { env = "TOKEN" }
other = { env = "OTHER" }
made = { command = ["sh", "-c", "echo made >> ran; echo made-of-nothing"] }
"#;

const SCENARIO: &str = "start Engine
wait until Engine.asked == 1 within 30s
trusted
alias
run sh note.sh run
sh 'sh note.sh sh'
background job run sh note.sh job
await job
ask
defer run sh note.sh deferred
stop Engine
finally
  run sh note.sh finally
end
";

fn scene() -> Test {
    Test::new(&[])
        .file("note.sh", NOTE)
        .file("p.sh", PLUGIN)
        .file("environments/e.toml", ENVIRONMENT)
        .file("s.scn", SCENARIO)
        .file("open", "")
}

/// Runs it by a shell with descriptor 9 open, all for others to read, and both secrets in its variables.
fn shell(folder: &Path, text: &str) -> Output {
    let output = std::process::Command::new("sh")
        .args(["-c", &format!("umask 0; exec 9< open; {text}")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("SCN", env!("CARGO_BIN_EXE_scn"))
        .env("TOKEN", "token-0f-the-system")
        .env("OTHER", "other-0f-the-system")
        .output();
    output.unwrap()
}

/// Who noted that, each once.
fn noted(folder: &Path, file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_a_run_starts_gets_no_descriptor_and_no_secret_but_what_it_was_granted() {
    let test = scene();
    let folder = test.path();
    let output = shell(&folder, "\"$SCN\" run -q --env e s.scn");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.starts_with("PASS"), "{said}");
    let all = [
        "made", "setup", "start", "ready", "probe", "trusted", "alias", "run", "sh", "job",
        "plugin", "stop", "finally", "deferred", "undone",
    ];
    assert_eq!(noted(&folder, "ran"), set(&all), "{said}");
    assert_eq!(noted(&folder, "descriptors"), set(&[]));
    assert_eq!(noted(&folder, "tokens"), set(&["trusted"]));
    assert_eq!(noted(&folder, "others"), set(&[]));
    // Though the umask takes nothing away, the record is its owner's alone.
    let runs = folder.join(".scn/runs");
    let run = fs::read_dir(&runs).unwrap().flatten();
    let run = run.map(|entry| entry.path());
    let run = run
        .filter(|path| path.join("journal.jsonl").exists())
        .last();
    private(&run.unwrap());
}

/// Nobody else can read what is in a run's folder.
fn private(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let mode = entry.metadata().unwrap().permissions().mode();
        if entry.file_type().unwrap().is_file() {
            assert_eq!(mode & 0o077, 0, "{} {mode:o}", entry.path().display());
        } else {
            assert_eq!(mode & 0o022, 0, "{} {mode:o}", entry.path().display());
        }
    }
}

#[test]
fn what_only_looks_starts_nothing_but_plug_ins_to_be_asked_what_they_can_do() {
    for (verb, starts) in [
        ("check --all-envs s.scn", true),
        ("check --env e s.scn", true),
        ("plan --env e s.scn", true),
        ("plugin list --env e", true),
        ("help ask --env e", true),
        ("fmt --check s.scn", false),
        ("env list", false),
        ("env show e", false),
        ("runs list", false),
    ] {
        let test = scene();
        let folder = test.path();
        let output = shell(&folder, &format!("\"$SCN\" {verb}"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{verb}: {said}");
        let ran = noted(&folder, "ran");
        let expected = if starts { set(&["plugin"]) } else { set(&[]) };
        assert_eq!(ran, expected, "{verb}: {said}");
        for what in ["descriptors", "tokens", "others"] {
            assert_eq!(noted(&folder, what), set(&[]), "{verb}: {what}");
        }
    }
}
