//! `scn env`

use crate::support::Test;

#[test]
fn environments_are_listed_and_the_default_is_marked() {
    Test::new(&["env", "list"])
        .file("scn.toml", "environment = \"local\"\n")
        .file("environments/local.toml", "")
        .file("environments/staging.toml", "")
        .stdout("* local    environments/local.toml\n  staging  environments/staging.toml\n")
        .run();
}

#[test]
fn without_environments_that_is_said() {
    Test::new(&["env", "list"])
        .stderr("error: there is no folder `environments` with any, here or above\n")
        .status(2)
        .run();
}

#[test]
fn an_environment_is_shown_with_what_it_extends() {
    Test::new(&["env", "show", "local"])
        .file("environments/base.toml", "[vars]\nrate = 1\nport = 9000\n")
        .file(
            "environments/local.toml",
            "extends = \"base.toml\"\n[vars]\nrate = 2\n",
        )
        .stdout("[vars]\nrate = 2\nport = 9000\n")
        .run();
}

#[test]
fn an_environment_that_is_not_there_is_told_with_the_one_that_was_meant() {
    Test::new(&["env", "show", "loca"])
        .file("environments/local.toml", "")
        .stderr(
            "error: there is no environment `loca`: there is local; `local` was probably meant\n",
        )
        .status(2)
        .run();
}

#[test]
fn an_environment_that_is_wrong_is_told_at_the_place() {
    Test::new(&["env", "show", "local"])
        .file(
            "environments/local.toml",
            "[vars]\nrate = 1\n[comands.x]\nrun = [\"true\"]\n",
        )
        .stderr_matches(
            r"^E303\n.*local.toml:3:2\].* 3 │ \[comands.x\]\n +· +\^\^\^\^\^\^\^\n.*commands",
        )
        .status(2)
        .run();
}

#[test]
fn what_differs_is_told_and_the_exit_status_says_that_there_is_something() {
    let test = || {
        Test::new(&["env", "diff", "a", "b"])
            .file("environments/a.toml", "[vars]\nrate = 1\nport = 2\n")
    };
    test()
        .file("environments/b.toml", "[vars]\nrate = 2\nport = 2\n")
        .stdout("vars.rate\n  - 1\n  + 2\n")
        .status(1)
        .run();
    test()
        .file("environments/b.toml", "[vars]\nrate = 1\nport = 2\n")
        .run();
}

#[test]
fn a_wrong_environment_is_told_as_json_where_that_is_asked_for() {
    Test::new(&["check", "--json", "--env", "local", "a.scn"])
        .file("environments/local.toml", "[comands.x]\nrun = [\"true\"]\n")
        .file("a.scn", "echo x\n")
        .stdout_matches(r#"^\{"file":"[^"]*local.toml","environment":"local","place":\{"line":1,"column":2,[^\n]*"code":"E303"[^\n]*\n$"#)
        .status(2)
        .run();
}

#[test]
fn where_systemd_or_docker_could_tell_and_is_not_there_that_is_an_error() {
    for (selector, program) in [("unit", "systemctl"), ("container", "docker")] {
        Test::new(&["run", "-q", "--env", "local", "a.scn"])
            .file(
                "environments/local.toml",
                &format!("[components.Engine]\nprocess = {{ {selector} = \"engine\" }}\n"),
            )
            .file("a.scn", "kill Engine\n")
            .env("PATH", "/nowhere")
            .stderr_matches(&format!(
                "^ERROR a.scn:1 kill Engine: the process of Engine cannot be found: there is no program `{program}` \\(searched /nowhere\\)"
            ))
            .status(3)
            .run();
    }
}

#[test]
fn the_schema_is_printed() {
    let came = Test::new(&["env", "schema"])
        .stdout_matches(r"^\{\n.*\}\n$")
        .run();
    let schema: serde_json::Value = serde_json::from_str(&came.stdout).unwrap();
    assert!(schema["$schema"].is_string());
    for key in [
        "extends",
        "vars",
        "calendar",
        "setup",
        "hosts",
        "components",
        "commands",
        "plugins",
        "secrets",
    ] {
        assert!(
            schema["properties"][key]["description"].is_string(),
            "{key}"
        );
    }
}

#[test]
fn what_is_wrong_in_an_environment_is_told_once_for_all_scenarios() {
    for verb in ["check", "run"] {
        let came = Test::new(&[verb, "--env", "local", "a.scn", "b.scn"])
            .file(
                "environments/local.toml",
                "[commands.x]\nrun = [\"true\"]\nundo = \"nothing\"\n",
            )
            .file("a.scn", "echo x\n")
            .file("b.scn", "echo x\n")
            .stderr_matches("^E103")
            .status(2)
            .run();
        assert_eq!(came.stderr.matches("E103").count(), 1, "{}", came.stderr);
    }
}

/// Every file under a folder.
fn files_in(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let inside = entries.flat_map(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files_in(&path),
            false => vec![path],
        }
    });
    inside.collect()
}

#[test]
fn no_file_of_a_run_holds_a_secret() {
    let came = Test::new(&["run", "-q", "--env", "local", "a.scn"])
        .file(
            "environments/local.toml",
            "[secrets]\npassword = { env = \"DB_PASSWORD\" }\n\
             [components.Engine]\nstart = { sh = 'echo \"$P\"; printf hunter2; sleep 0.1; echo -secret; sleep 60', env = { P = \"#{password}\" } }\n",
        )
        .file(
            "a.scn",
            "start Engine\nsh '(sleep 0.05; echo \"late $1\"; printf hunter2; sleep 0.1; echo -secret) &' #{password}\n\
             retry within 30s every 50ms\n  sh 'cd .scn/runs/*; test \"$(cat Engine.log step-2.stdout | wc -l)\" = 4'\nend\n",
        )
        .env("DB_PASSWORD", "hunter2-secret")
        .stderr_matches("^PASS")
        .run();
    let files = files_in(&came.folder.path().join(".scn"));
    let read = |name: &str| {
        let found = files
            .iter()
            .find(|path| path.ends_with(name))
            .unwrap_or_else(|| panic!("no {name} in {files:?}"));
        std::fs::read_to_string(found).unwrap()
    };
    assert_eq!(read("Engine.log"), "********\n********\n");
    assert_eq!(read("step-2.stdout"), "late ********\n********\n");
    for path in &files {
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        assert!(
            !text.contains("hunter2-secret"),
            "{}: {text}",
            path.display()
        );
    }
}
