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

#[test]
fn who_writes_a_plug_in_is_told_what_it_does_wrong() {
    let good = GOOD.replace("EXPECTED", "2");
    Test::new(&["plugin", "check", "--examples", "sh", "good.sh"])
        .file("good.sh", &good)
        .stdout_matches(
            "^ok      starts[^\n]*\n\
             ok      declares[^\n]*: 1 of them\n\
             ok      answers a call of a command that it has not with an error: no such command\n\
             ok      passes over what it does not know\n\
             ok      ends when it is asked to[^\n]*\n\
             ok      survives a line that is no message, or says so: it survives\n\
             ok      passes over a `cancel` that comes too late\n\
             ok      ends when its input ends\n\
             ok      does what its example shows: add\n\
             it keeps to the protocol\n$",
        )
        .run();
    Test::new(&["plugin", "check", "--examples", "sh", "good.sh"])
        .file("good.sh", &GOOD.replace("EXPECTED", "3"))
        .stdout_matches("BROKEN  does what its example shows: add: it is to say\n3\nand says\n2\none point is broken\n$")
        .status(1)
        .run();
    Test::new(&["plugin", "check", "cat"])
        .stdout_matches("^BROKEN  starts")
        .status(1)
        .run();
    Test::new(&["plugin", "check", "sh", "slow.sh"])
        .file("slow.sh", &good.replace("exit 0 ;;", "sleep 60 ;;"))
        .stdout_matches("BROKEN  ends when it is asked to: it was still there after 5s, and was ended\n.*one point is broken")
        .status(1)
        .run();
}
