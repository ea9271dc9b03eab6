//! What the help of commands shows is so: each example is run, and says what it is said to say.

use scn_stdlib::{EXAMPLES_ENVIRONMENT, LocalWorld, registry};

use crate::support::Test;

#[test]
fn every_example_of_a_command_says_what_its_help_shows() {
    let commands = registry(&LocalWorld::without_a_run());
    for command in commands.iter() {
        for example in &command.signature().examples {
            let said = example.output.as_ref().unwrap();
            Test::new(&["run", "-q", "example.scn", "--env", "examples"])
                .file("example.scn", &example.scenario)
                .file("environments/examples.toml", EXAMPLES_ENVIRONMENT)
                .stdout(&format!("{said}\n"))
                .stderr_matches(r"^PASS example.scn \([^\n]*\)\n$")
                .run();
        }
    }
}
