//! `scn plugin check`: whoever writes a plug-in is told what it does wrong.

use crate::support::Test;

/// The least that a plug-in has to do.
pub const GOOD: &str = r#"
while IFS= read -r line; do
  id=${line#*\"id\":}
  id=${id%%,*}
  case $line in
    *'"method":"initialize"'*)
      printf '%s\n' '{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"good","version":"2.0","commands":[{"name":"add","help":"Adds one.","params":[{"name":"n","type":"int"}],"returns":"int","examples":[{"scenario":"set x add 1\necho #{x}","output":"EXPECTED"}]}]}}' ;;
    *'"method":"shutdown"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{}}\n' "${id%\}}"; exit 0 ;;
    *'"command":"add"'*)
      n=${line#*\"n\":}
      printf '{"jsonrpc":"2.0","id":%s,"result":{"value":%s}}\n' "$id" "$((${n%%\}*} + 1))" ;;
    *'"method":"call"'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such command"}}\n' "$id" ;;
  esac
done
"#;

/// With a method that it does not know answered too.
pub fn good(expected: &str) -> String {
    let unknown = r#"*'"id":'*'scn_no_such_method'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such method"}}\n' "$id" ;;"#;
    GOOD.replace("EXPECTED", expected)
        .replace("  esac\n", &format!("{unknown}\n  esac\n"))
}

#[test]
fn one_that_keeps_to_the_protocol_is_told_so_point_by_point() {
    Test::new(&["plugin", "check", "--examples", "sh", "good.sh"])
        .file("good.sh", &good("2"))
        .stdout_matches(
            "^ok      starts[^\n]*\n\
             ok      declares[^\n]*: 1 of them\n\
             ok      answers a call of a command that it has not with an error: no such command\n\
             ok      answers a method that it does not know with an error\n\
             ok      passes over a notification that it does not know\n\
             ok      answers a call that lacks what it needs with an error\n\
             ok      reads a message that comes in pieces\n\
             ok      answers each of 50 requests that come at once\n\
             ok      reads values of every kind\n\
             ok      reads a message of 1 MiB\n\
             ok      passes over a `cancel` that comes too late\n\
             ok      survives a line that is no message: it survives\n\
             ok      ends when it is asked to[^\n]*\n\
             ok      ends when its input ends\n\
             ok      declares the same each time\n\
             ok      says which protocol it speaks to a scn that speaks a newer one: [^\n]*\n\
             ok      does what its example shows: add\n\
             it keeps to the protocol\n$",
        )
        .run();
}

#[test]
fn what_means_nothing_in_what_it_says_of_itself_is_told() {
    let odd = good("2").replace(
        "\"params\":[{\"name\":\"n\",",
        "\"parms\":[],\"params\":[{\"name\":\"n\",\"color\":1,",
    );
    Test::new(&["plugin", "check", "sh", "odd.sh"])
        .file("odd.sh", &odd)
        .stdout_matches("\nadvice  declares[^\n]*: it declares of `add` a `parms`, which means nothing: did it mean `params`\\?; it declares of `add: n` a `color`, which means nothing: [^\n]*\n.*it keeps to the protocol\n$")
        .run();
}

/// What is told of a plug-in that differs from a good one in one place.
fn broken(from: &str, to: &str, told: &str) {
    let good = good("2");
    assert!(good.contains(from), "{from}");
    Test::new(&["plugin", "check", "sh", "bad.sh"])
        .file("bad.sh", &good.replace(from, to))
        .stdout_matches(told)
        .status(1)
        .run();
}

#[test]
fn who_writes_a_plug_in_is_told_what_it_does_wrong() {
    Test::new(&["plugin", "check", "--examples", "sh", "good.sh"])
        .file("good.sh", &good("3"))
        .stdout_matches("BROKEN  does what its example shows: add, example 1: it is to say\n3\nand says\n2\n +the example is\n +set x add 1\n +echo #.x.\none point is broken\n$")
        .status(1)
        .run();
    Test::new(&["plugin", "check", "cat"])
        .stdout_matches("^BROKEN  starts[^\n]*: it sent the request `initialize` back: it writes what it reads, and answers nothing\n")
        .status(1)
        .run();
    Test::new(&["plugin", "check", "false"])
        .stdout_matches("^BROKEN  starts[^\n]*: it ended by itself, with exit status 1\n +it was sent `.\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"")
        .status(1)
        .run();
    Test::new(&["plugin", "check", "no-such-program"])
        .stdout_matches("^BROKEN  starts[^\n]*: it could not be started: there is no program")
        .status(1)
        .run();
    broken(
        "exit 0 ;;",
        "sleep 60 ;;",
        "BROKEN  ends when it is asked to: it was still there after 5s, and was ended\n.*one point is broken",
    );
    broken(
        "\"protocol\":1",
        "\"protocol\":2",
        "BROKEN  declares[^\n]*: it speaks version 2 of the protocol, and this scn speaks version 1\n",
    );
    broken(
        "\"type\":\"int\"",
        "\"type\":\"integer\"",
        "BROKEN  declares[^\n]*: `commands\\[0\\]`: add: `params\\[0\\]`: n: `type` is no type: \"integer\"; there are any, text, int",
    );
    broken(
        "while IFS",
        "echo starting\nwhile IFS",
        "BROKEN  starts[^\n]*: it wrote a line that is no message: [^\n]*\n +it wrote `starting`\n +its standard output is for messages alone; a log goes to standard error\n",
    );
    // It was meant as a message, so nothing is said of logs.
    broken(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\"",
        "{\"id\":1,\"result\"",
        "BROKEN  starts[^\n]*: it wrote a line that is no message: it lacks \"jsonrpc\":\"2.0\"\n +it wrote [^\n]*\n +it was sent ",
    );
    broken(
        "\"error\":{\"code\":-32601,\"message\":\"no such command\"}",
        "\"result\":{\"value\":1}",
        "BROKEN  answers a call of a command that it has not with an error: it says that this was done: its result is `.\"value\":1.`\n",
    );
    broken(
        "\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"no such command\"}",
        "\"id\":1,\"error\":{\"code\":1,\"message\":\"%s\"}",
        "BROKEN  [^\n]*: it answered with the `id` 1, and not with 2\n",
    );
    broken(
        "\"help\":\"Adds one.\"",
        "\"help\":\"'$$'\"",
        "BROKEN  declares the same each time: its `commands` are others than when it was asked first",
    );
    broken(
        "  case $line in",
        "  [ ${#line} -lt 65536 ] || { echo too long >&2; exit 4; }\n  case $line in",
        "BROKEN  reads a message of 1 MiB: it ended by itself, with exit status 4; its log ends with: too long\n.*lines of up to 64 MiB may come",
    );
}

#[test]
fn what_would_be_better_is_advised_and_breaks_nothing() {
    let good = good("2");
    for (from, to, told) in [
        (
            "exit 0 ;;",
            "exit 3 ;;",
            "advice  ends when it is asked to: with exit status 3\n",
        ),
        (
            "\"help\":\"Adds one.\",",
            "",
            "advice  declares[^\n]*: `add` has no `help`\n",
        ),
        (
            "\"code\":-32601,\"message\":\"no such method\"",
            "\"code\":1,\"message\":\"no such method\"",
            "advice  answers a method[^\n]*: the error's code is 1; JSON-RPC has -32601 for this\n",
        ),
        (
            "  case $line in",
            "  case $line in\n 'this is'*) exit 5 ;;",
            "advice  survives a line that is no message: it ended by itself, with exit status 5\n",
        ),
    ] {
        Test::new(&["plugin", "check", "sh", "good.sh"])
            .file("good.sh", &good.replace(from, to))
            .stdout_matches(&format!("{told}.*it keeps to the protocol\n$"))
            .run();
    }
}

#[test]
fn a_call_that_is_cancelled_is_answered_once() {
    let free = r#""params":[{"name":"n","type":"int","default":1}]"#;
    let good = good("2").replace(r#""params":[{"name":"n","type":"int"}]"#, free);
    Test::new(&["plugin", "check", "--examples", "sh", "good.sh"])
        .file("good.sh", &good)
        .stdout_matches("ok      answers a call once, though it is cancelled: add\n")
        .run();
    let cancel = r#"*'"method":"cancel"'*'"call":2'*) printf '{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"cancelled"}}\n' ;;"#;
    Test::new(&["plugin", "check", "--examples", "sh", "bad.sh"])
        .file(
            "bad.sh",
            &good.replace("  esac\n", &format!("{cancel}\n  esac\n")),
        )
        .stdout_matches(
            "BROKEN  answers a call once[^\n]*: it answered with the `id` 2, and not with 3\n",
        )
        .status(1)
        .run();
}

#[test]
fn with_an_environment_its_examples_have_what_is_in_that() {
    let secret = |good: String| {
        good.replace(
            "set x add 1",
            "@needs Engine\\nassert room == 7\\nset x add 1",
        )
    };
    let environment =
        "[vars]\nroom = 7\n[components.Engine]\n[plugins.own]\nprogram = [\"sh\", \"good.sh\"]\n";
    // Without what it needs it is not looked at, which is told, and is no fault.
    Test::new(&["plugin", "check", "--examples", "sh", "good.sh"])
        .file("good.sh", &secret(good("2")))
        .stdout_matches(
            "skipped does what its example shows: add: the environment has no Engine\nskipped answers calls as it should: no command was called: no example came to a call\nas far as that was tried, it keeps to the protocol\n$",
        )
        .run();
    Test::new(&["plugin", "check", "--examples", "--env", "lab", "own"])
        .file("good.sh", &secret(good("2")))
        .file("environments/lab.toml", environment)
        .stdout_matches("ok      does what its example shows: add\nit keeps to the protocol\n$")
        .run();
    Test::new(&["plugin", "check", "--env", "lab", "other"])
        .file("environments/lab.toml", environment)
        .stderr_matches("which `other` is not: the environment `lab` has own")
        .status(2)
        .run();
}

#[test]
fn an_undo_may_be_a_command_that_is_there_everywhere() {
    let undone = |by: &str| {
        good("2").replace(
            "\"help\":\"Adds one.\"",
            &format!("\"help\":\"Adds one.\",\"undo\":\"{by}\""),
        )
    };
    Test::new(&["plugin", "check", "sh", "good.sh"])
        .file("good.sh", &undone("log"))
        .stdout_matches("ok      undoes its commands with what can be run: 1 of them\n")
        .run();
    Test::new(&["plugin", "check", "sh", "good.sh"])
        .file("good.sh", &undone("nothing"))
        .stdout_matches(
            "advice  undoes [^\n]*: the undo of `add`: there is no command `nothing`[^\n]*; it has to be one that the environment has\n",
        )
        .run();
    Test::new(&["plugin", "check", "sh", "good.sh"])
        .file("good.sh", &good("2").replace("\"name\":\"add\"", "\"name\":\"log\""))
        .stdout_matches("advice  declares[^\n]*: `log` hides the command of that name that is there everywhere\n")
        .run();
}

/// What it declares lies where nobody sees that it is another: it is asked again as it starts. What it has more than when
/// it was checked is no matter; what it has not any more is, before anything of it is done, and the next check asks anew.
#[test]
fn a_declaration_that_has_changed_is_seen_as_it_starts() {
    const PLUGIN: &str = r#"while read -r line; do
case "$line" in
*initialize*) printf '{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"x","version":"1","commands":%s}}\n' "$(cat kept/declared)" ;;
*'"call"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"value":1}}\n' "$(printf '%s' "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')" ;;
*shutdown*) exit ;;
esac
done
"#;
    let one = |kind: &str| {
        format!(
            r#"{{"name":"one","help":"","params":[{{"name":"a","type":"{kind}"}}],"rest":false}}"#
        )
    };
    let two = r#"{"name":"two","help":"","params":[],"rest":false}"#;
    let files = Test::new(&[])
        .file("x.sh", PLUGIN)
        .file(
            "environments/local.toml",
            "[plugins.x]\nprogram = [\"sh\", \"x.sh\"]\n",
        )
        .file("kept/declared", "")
        .file("a.scn", "one 5\n")
        .file("b.scn", "two\n");
    let scn = |declared: &str, file: &str| {
        std::fs::write(files.path().join("kept/declared"), format!("[{declared}]")).unwrap();
        let mut command = files.command();
        let output = command.args(["run", "-q", "--env", "local", file]).output();
        let output = output.unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), told)
    };
    let (first, more, other) = (one("int"), format!("{two},{}", one("int")), one("text"));
    for (declared, file, status, says) in [
        (&first, "a.scn", 0, "PASS"),
        (&more, "a.scn", 0, "PASS"),
        (&more, "b.scn", 0, "PASS"),
        (
            &other,
            "a.scn",
            3,
            "declares other commands than when it was checked (`two` is gone, `one` is another): put back",
        ),
        (&other, "a.scn", 0, "PASS"),
        (&other, "b.scn", 2, "E103"),
    ] {
        let (came, told) = scn(declared, file);
        assert_eq!(came, Some(status), "{file} {declared}: {told}");
        assert!(told.contains(says), "{file} {declared}: {told}");
    }
}
