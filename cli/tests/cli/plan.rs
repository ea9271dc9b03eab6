//! `scn plan`

use crate::support::Test;

/// A project with two hosts, components, aliases of every kind and a file to be used.
fn project(scenario: &str) -> Test {
    Test::new(&["plan", "a.scn", "--env", "lab"])
        .file("environments/lab.toml", LAB)
        .file("lib.scn", LIB)
        .file("a.scn", scenario)
        .env("DB_PASSWORD", "hunter2")
}

const LAB: &str = r##"
[vars]
load_rate = 1000
base = "http://gw1:#{8000 + 80}"
id = "#{uuid()}"

[secrets]
db_password = { env = "DB_PASSWORD" }

[hosts.matching]
agent = "matching"
[hosts.gateway]
ssh = "tester@gw1"

[components.Primary]
host = "matching"
attrs = { port = 9001, folder = "run/primary", control = "#{free_port()}" }
process = { pidfile = "#{folder}/primary.pid" }
start = { run = ["engine", "--port", "#{port}", "--control", "#{control}"], user = "engine", cwd = "/opt", env = { A = "b c" } }
stop = { signal = "INT", within = "20s" }
ready = { port = "#{port}", within = "30s" }

[components.Server]
each = [0, 1, 2, 3, 4]
attrs = { port = "#{7000 + each}" }
process = { match = "server --port #{port}" }
start = { run = ["true", "--port", "#{port}", "--dir", "#{run.dir}/#{each}"] }

[commands.start_load]
run = ["bin/load", "--rate", "#{load_rate}"]
background = true
undo = "stop_load #{args}"
[commands.stop_load]
run = ["true"]

[commands.query]
params = ["id:int", "words..."]
run = ["cat", "-p", "#{30000 + id}", "#{*words}"]

[commands.count]
params = ["from:int", "to:int=9", "words..."]
sh = 'seq "$1" "$2"'

[commands.around]
run = ["printf", "%s", "#{args}", "end", "#{base}", "#{Primary.port + 1}", "#{id}"]

[commands.exec_smoke]
sh = '''
cd tests
python3 smoke.py "$@" | tail -1
'''
on = "Primary"
timeout = "60s"
cwd = "tools"
env = { LANG = "C", URL = "#{base}/x" }
secrets = ["db_password"]
"##;

const LIB: &str = "step greet who n=3\n  repeat n\n    query 7 GET #{who}\n  end\nend\n";

#[test]
fn aliases_are_resolved_with_what_is_known_of_their_words() {
    project(
        "@param rate = 5\n@param must\nstart_load fast #{rate * 2} x=#{must}\nquery 5 SET 'a b' #{rate}\nset ids = [1, 2]\nquery #{ids[0]} GET #{ids[0]}\nquery 1 #{*ids}\naround 'it is' #{db_password}\n",
    )
    .stdout(
        "\
a.scn on lab
3  start_load fast #{rate * 2} x=#{must}
      → bin/load --rate 1000 fast 10 x=#{must}
        in the background, as start_load
        it could not be started now: there is no program `FOLDER/bin/load`
        undone by stop_load fast 10 x=#{must}
4  query 5 SET 'a b' #{rate}
      → cat -p 30005 SET 'a b' 5
        program /usr/bin/cat
5  set ids = [1, 2]
6  query #{ids[0]} GET #{ids[0]}
      → cat -p #{30000 + id} GET #{ids[0]}
        program /usr/bin/cat
7  query 1 #{*ids}
      → cat -p #{30000 + id} 1 #{*ids}
        program /usr/bin/cat
8  around 'it is' #{db_password}
      → printf %s 'it is' #{db_password} end http://gw1:8080 9002 #{id}
        program /usr/bin/printf

What stands in #{…} is known only as it runs.
",
    )
    .run();
}

#[test]
fn where_a_step_runs_and_with_what_is_said() {
    project("exec_smoke 'a b' 2\non gateway sh 'ls | wc -l'\nrun ls\ncount 2 to=4 x\ncount 3\n")
        .stdout(
            "\
a.scn on lab
1  exec_smoke 'a b' 2
      → sh: cd tests
        python3 smoke.py \"$@\" | tail -1
        on matching (agent matching)
        $1 is 'a b'
        $2 is 2
        in the folder tools
        with LANG=C URL=http://gw1:8080/x
        given the secret db_password
        at most 1m
2  on gateway sh 'ls | wc -l'
      → run sh -c 'ls | wc -l' sh
        on gateway (ssh tester@gw1)
3  run ls
      → run ls
        program /usr/bin/ls
4  count 2 to=4 x
      → sh: seq \"$1\" \"$2\"
        $1 is 2
        $2 is 4
        $3 is x
5  count 3
      → sh: seq \"$1\" \"$2\"
        $1 is 3
        $2 is 9
",
        )
        .run();
}

#[test]
fn of_components_it_says_how_they_are_found_started_and_stopped() {
    project("start Primary\nkill -9 Server[1]\nstop Primary\nrestart Server[0]\npause Server\nresume Server\n")
        .stdout(
            "\
a.scn on lab
1  start Primary
      → start Primary
        on matching (agent matching)
        started by engine --port 9001 --control #{control}
        in the folder /opt
        with 'A=b c'
        as the user engine
        ready when port 9001 accepts a connection, within 30s
        undone by stop Primary
2  kill -9 Server[1]
      → signal KILL to Server[1]
        its process: matching /server --port 7001/
3  stop Primary
      → stop Primary
        on matching (agent matching)
        its process: pid file run/primary/primary.pid
        stopped by INT, within 20s
4  restart Server[0]
      → stop, then start Server[0]
        its process: matching /server --port 7000/
        stopped by TERM, within 10s
        started by true --port 7000 --dir #{run.dir}/0
        program /usr/bin/true
5  pause Server
      → pause Server
        Server[0]: its process: matching /server --port 7000/
        Server[1]: its process: matching /server --port 7001/
        Server[2]: its process: matching /server --port 7002/
        Server[3]: its process: matching /server --port 7003/
        … and 1 more of Server
        undone by resume Server
6  resume Server
      → resume Server
        Server[0]: its process: matching /server --port 7000/
        Server[1]: its process: matching /server --port 7001/
        Server[2]: its process: matching /server --port 7002/
        Server[3]: its process: matching /server --port 7003/
        … and 1 more of Server

What stands in #{…} is known only as it runs.
",
        )
        .run();
}

#[test]
fn blocks_are_shown_and_the_files_that_are_used() {
    project(
        "use 'lib.scn' as l\nl.greet bob\nset name = 'echo'\ncall #{name} hi\ndefer write owed.txt \"two words\"\nrun \\\n  no-such \\\n  \"an #{name}\"\nif true then run touch x else run touch y\nif false\n  goto out\nelse if false\n  pass\nelse\n  parallel\n    run touch y\n    do\n      sleep 1s\n    end\n  end\nend\nout:\nfinally\n  echo bye\nend\n",
    )
    .stdout(
        "\
a.scn on lab

a.scn
 1  use 'lib.scn' as l
 2  l.greet bob
       → the step l.greet of lib.scn
 3  set name = 'echo'
 4  call #{name} hi
       → the command that #{name} names
 5  defer write owed.txt \"two words\"
       → write owed.txt 'two words'
         when the scenario ends
 6  run no-such \"an #{name}\"
       → run no-such \"an #{name}\"
         it could not be started now: there is no program `no-such` (searched /usr/local/bin, /usr/bin, /bin)
 9  if true then run touch x else run touch y
       → run touch x
         program /usr/bin/touch
       → run touch y
         program /usr/bin/touch
10  if false
11    goto out
12  else if false
13    pass
    else
15    parallel
16      run touch y
           → run touch y
             program /usr/bin/touch
17      do
18        sleep 1s
             → wait for 1s
22  out:
23  finally
24    echo bye
         → say: bye

lib.scn
1  step greet who n=3
2    repeat n
3      query 7 GET #{who}
          → cat -p 30007 GET #{who}
            program /usr/bin/cat

What stands in #{…} is known only as it runs.
",
    )
    .stderr_matches("")
    .run();
}

#[test]
fn what_starts_it_is_listed_and_the_setup_goes_before() {
    Test::new(&["plan", "a.scn", "--env", "local"])
        .file(
            "environments/local.toml",
            "[setup]\nsteps = [\"begin first\", \"if true then begin second\"]\n[commands.begin]\nrun = [\"true\"]\nundo = \"finish #{args} now\"\n[commands.finish]\nrun = [\"true\"]\n",
        )
        .file(
            "a.scn",
            "@on schedule '*/10 * * * *'\n@on webhook release\n@each row in csv('orders.csv')\nbegin #{row.name}\n",
        )
        .stdout_matches(
            r"^a\.scn on local, once for each row in csv\('orders\.csv'\)
on schedule '\*/10 \* \* \* \*'
(   next \d{4}-[^
]* UTC
){3}on webhook release

environments/local\.toml \[setup\]
2  begin first
      → true first
        program /usr/bin/true
        undone by finish first now
2  if true then begin second
      → true second
        program /usr/bin/true
        undone by finish second now

a\.scn
4  begin #\{row\.name\}
      → true #\{row\.name\}
        program /usr/bin/true
        undone by finish #\{row\.name\} now

What stands in #\{…\} is known only as it runs\.
$",
        )
        .run();
}

#[test]
fn a_plan_touches_nothing_and_asks_for_no_secret() {
    let came = Test::new(&["plan", "a.scn", "--env", "local"])
        .file(
            "environments/local.toml",
            "[secrets]\nkey = { command = [\"touch\", \"asked\"] }\n[commands.go]\nsh = 'touch ran'\nsecrets = [\"key\"]\n",
        )
        .file("a.scn", "go #{key}\nrun touch x\nwrite #{run.dir}/y z\n")
        .stdout_matches("given the secret key")
        .run();
    let mut left: Vec<_> = std::fs::read_dir(came.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["a.scn", "environments"]);
}

#[test]
fn a_plug_in_is_shown_with_its_program() {
    Test::new(&["plan", "a.scn", "--env", "local"])
        .file(
            "environments/local.toml",
            "[plugins.fix]\nprogram = [\"sh\", \"fix.sh\"]\n",
        )
        .file("fix.sh", FIX)
        .file("a.scn", "send_order buy\n")
        .stdout(
            "a.scn on local\n1  send_order buy\n      → fix.send_order buy (plug-in: sh fix.sh)\n        undone by cancel_order buy\n",
        )
        .run();
    Test::new(&["plan", "a.scn", "--env", "local"])
        .file(
            "environments/local.toml",
            "[plugins.fix]\nprogram = [\"sh\", \"fix.sh\"]\ntimeout = \"90s\"\n",
        )
        .file("fix.sh", FIX)
        .file("a.scn", "send_order buy\n")
        .stdout_matches(
            "\n +→ fix.send_order buy [^\n]*\n +at most 1m30s\n +undone by cancel_order buy\n",
        )
        .run();
}

const FIX: &str = r#"read line
echo '{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"fix","version":"1","commands":[{"name":"send_order","help":"","params":[{"name":"side","type":"text"}],"undo":"cancel_order"},{"name":"cancel_order","help":"","params":[{"name":"side","type":"text"}]}]}}'
read line
"#;

#[test]
fn what_would_be_skipped_is_said() {
    Test::new(&["plan", "a.scn"])
        .file("a.scn", "@needs Primary\nkill Primary\n")
        .stdout("a.scn\nSKIP: no environment was chosen, so there is no Primary\n")
        .run();
}

#[test]
fn a_scenario_that_is_wrong_has_no_plan() {
    Test::new(&["plan", "a.scn"])
        .file("a.scn", "echoo\n")
        .stderr_matches("E103")
        .status(2)
        .run();
}
