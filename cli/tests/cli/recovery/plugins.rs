//! What a plug-in did before its runner was killed.

use std::fs;

use super::Scene;

/// A plug-in that notes what it is called.
const BANK: &str = r#"
while IFS= read -r line; do
  id=${line#*\"id\":}; id=${id%%,*}; result='{}'
  case $line in
    *'"method":"initialize"'*) result='{"protocol":1,"name":"bank","version":"1","commands":[
      {"name":"open","params":[{"name":"who"}],"undo":"close #{result.id}"},{"name":"close","params":[{"name":"id"}]}]}' ;;
    *'"command":"open"'*) echo opened >> log; result='{"value":{"id":"A1"}}' ;;
    *'"command":"close"'*) args=${line#*\"id\":\"}; echo "closed ${args%%\"*}" >> log ;;
  esac
  printf '%s' "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":$result}" | tr -d '\n'; echo
done
"#;

/// A run with that plug-in, killed in its last step.
fn killed_with_plugin() -> Scene {
    let scene = Scene::new(&[
        ("bank.sh", BANK),
        (
            "environments/local.toml",
            "[plugins.bank]\nprogram = ['sh', 'bank.sh']\n",
        ),
        (
            "a.scn",
            "sh 'echo begun >> log'\ndefer sh 'echo deferred >> log'\nopen ann\nsh 'echo last >> log; sleep 60'\n",
        ),
    ]);
    scene.killed_at(&["run", "--env", "local", "a.scn"], "last");
    scene
}

#[test]
fn what_a_plugin_is_owed_is_done_by_who_cleans_up() {
    let scene = killed_with_plugin();
    let came = scene.scn(&["cleanup"]);
    assert_eq!(came.status, Some(3), "{}", came.err);
    let log = ["begun", "opened", "last", "closed A1", "deferred"];
    assert_eq!(scene.log(), log, "{}", came.err);
}

#[test]
fn a_plugin_that_is_gone_keeps_nothing_else_from_being_done() {
    let scene = killed_with_plugin();
    fs::remove_file(scene.path("bank.sh")).unwrap();
    let came = scene.scn(&["cleanup"]);
    assert_eq!(came.status, Some(3), "{}", came.err);
    assert_eq!(scene.log(), ["begun", "opened", "last", "deferred"]);
    let failed = "bank.close A1";
    assert!(came.err.contains(failed), "{}", came.err);
    // It is judged again without being started.
    let id = scene.run().id;
    let again = scene.scn(&["replay", &id]);
    assert!(!again.err.contains("E350"), "{}", again.err);
    assert!(again.err.contains("open ann"), "{}", again.err);
}
