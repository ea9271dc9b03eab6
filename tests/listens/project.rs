//! A project in which everything is used that speaks with something.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Who listens is the test: a component's URL.
const ENVIRONMENT: &str = r##"
[components.Engine]
attrs = { port = "#{free_port()}" }
start = { run = ["sleep", "1000"] }
probe = [{ http = "http://127.0.0.1:PORT/", every = "100ms" }]
log = [{ path = "engine.log", parse = [{ regex = 'state=(?<STATE>\w+)' }] }]
[plugins.p]
program = ["sh", "p.sh"]
[vars]
url = "http://127.0.0.1:PORT/"
"##;

/// Has a command `ask`.
const PLUGIN: &str = r#"
while IFS= read -r line; do
  id=${line#*\"id\":}; id=${id%%,*}; id=${id%\}}
  case $line in
    *'"method":"initialize"'*) result='{"protocol":1,"name":"p","version":"1","commands":[{"name":"ask"}]}' ;;
    *) result='{}' ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"
done
"#;

/// What a scenario has that speaks.
const ALL: &str = "\
start Engine
always Engine.asked == 1
background job sleep 1000s
wait until Engine.asked == 1 within 30s
http GET #{url}
ask
sh 'echo state=UP >> engine.log'
wait until Engine.STATE == 'UP' within 30s
parallel
  ask
  sh 'true'
end
";

/// Its folder.
pub struct Project(TempDir);

impl Project {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Self(folder);
        let port = serve().to_string();
        fs::create_dir(project.path("environments")).unwrap();
        project.write("environments/e.toml", &ENVIRONMENT.replace("PORT", &port));
        project.write("p.sh", PLUGIN);
        project.write("all.scn", ALL);
        let held = "sh 'touch held; until test -e go; do sleep 0.01; done'\n";
        project.write("held.scn", &format!("{ALL}{held}"));
        project.write(
            "killed.scn",
            &format!("{ALL}sh 'kill -9 $PPID'\n").replace("always Engine.asked == 1\n", ""),
        );
        project
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// A program in the folder, closed to the world around.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command
            .current_dir(self.0.path())
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .env("HOME", self.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn scn(&self, words: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_scn"));
        command.args(words);
        command
    }
}

/// Answers whoever asks, as long as the test runs; gives the port.
fn serve() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            std::thread::spawn(move || {
                // Who asks may go before the answer: that is no concern of this.
                let _ = stream.read(&mut [0; 4096]);
                let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{\"asked\":1}";
                let _ = stream.write_all(answer.as_bytes());
            });
        }
    });
    port
}
