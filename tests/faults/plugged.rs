//! Killed at random instants: a run with a plug-in, a set-up, a component that is followed, and watches.

use std::fs;
use std::time::{Duration, Instant};

use crate::kills::{Rules, at_instants, judge, killed_after};
use crate::support::{Chance, Scene, can, err};

const SCENARIO: &str = "\
defer close base
open first
do
  never event 'BAD *' from Engine
  always Engine.STATE != 'DOWN'
  eventually Engine.STATE == 'READY' within 10s
  parallel
    open left
    open right
  end
end
case 'after'
  open after
end
finally
  sh 'echo finally >> log'
end
";

const ENVIRONMENT: &str = r##"
[setup]
steps = ["open setup", "start Engine"]
[components.Engine]
start = { run = ["sh", "-c", "sleep 0.03; echo state=READY >> engine.log; exec sleep 1000"] }
log = [{ path = "engine.log", parse = [{ regex = 'state=(?<STATE>\w+)' }, { regex = '^(?<m>BAD .*)', event = "#{m}" }] }]
[plugins.system]
"##;

/// A plug-in whose commands are those of the other tests here.
const PLUGIN: &str = r#"
import json, sys, time
def log(line):
    with open("log", "a") as file:
        file.write(line + "\n")
name = {"name": "name", "type": "text"}
for line in sys.stdin:
    asked = json.loads(line)
    result = {}
    if asked["method"] == "initialize":
        result = {"protocol": 1, "name": "system", "version": "1", "commands": [
            {"name": "open", "help": "Opens.", "params": [name], "returns": "text", "undo": "close"},
            {"name": "close", "help": "Closes.", "params": [name], "returns": "text"}]}
    elif asked["method"] == "call":
        what = asked["params"]["args"]["name"]
        if asked["params"]["command"] == "open":
            log("open " + what)
            time.sleep(0.02)
        else:
            log("begin " + what)
            time.sleep(0.02)
            log("close " + what)
        result = {"value": what}
    if "id" in asked:
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
    if asked["method"] == "shutdown":
        break
"#;

const RULES: Rules = Rules {
    opened: 5,
    deaths: 0,
};

/// The run whose plug-in is a program.
pub fn scene() -> Scene {
    let scene = with_plugin("program = ['python3', 'plugin.py']");
    fs::write(scene.path().join("plugin.py"), PLUGIN).unwrap();
    scene
}

/// The run with this for a plug-in.
pub fn with_plugin(is: &str) -> Scene {
    Scene::with(SCENARIO, &format!("{ENVIRONMENT}{is}\n"))
}

/// How long such a run takes when nothing happens to it.
pub fn undisturbed(scene: &Scene) -> Duration {
    let began = Instant::now();
    let output = scene.begin().wait_with_output().unwrap();
    assert!(output.status.success(), "{}", err(&output));
    judge(scene, "undisturbed", RULES);
    began.elapsed()
}

/// Whoever takes it up is killed, too, a few times.
fn taken_up(verb: &[&str], scene: &Scene, chance: &mut Chance, longest: u64) -> String {
    let after = chance.below(longest);
    killed_after(scene.begin(), Duration::from_micros(after));
    let mut told = format!("killed after {after}us");
    for _ in 0..chance.below(3) {
        let after = chance.below(longest);
        let again = scene.scn(verb).spawn().unwrap();
        if killed_after(again, Duration::from_micros(after)) {
            told.push_str(&format!(", {} after {after}us", verb[0]));
        }
    }
    let output = scene.scn(verb).output().unwrap();
    format!("{told}\n{}", err(&output))
}

#[test]
fn a_runner_with_a_plugin_and_watches_is_cleaned_up_after() {
    if !can("a plug-in in Python", "python3 -c ''") {
        return;
    }
    at_instants(16, undisturbed(&scene()), |chance, longest| {
        let scene = scene();
        let told = taken_up(&["cleanup"], &scene, chance, longest);
        judge(&scene, &told, RULES)
    });
}

#[test]
fn a_run_with_a_plugin_and_watches_is_resumed() {
    if !can("a plug-in in Python", "python3 -c ''") {
        return;
    }
    at_instants(16, undisturbed(&scene()), |chance, longest| {
        let scene = scene();
        let verb = ["resume", "--assume", "not-done"];
        let told = taken_up(&verb, &scene, chance, longest);
        judge(&scene, &told, RULES)
    });
}
