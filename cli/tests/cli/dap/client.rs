//! A client of the Debug Adapter Protocol that knows that and no more.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

pub const SCENARIO: &str = "set n = 1
set all = [1, {a: 2}]
defer sh 'echo undone >> log'
for round in [1, 2, 3]
  greet \"round #{round}\"
end
assert n == 2
sh 'echo last >> log'
step greet what
  set inner = what
  sh 'echo greeted >> log'
end
";

pub struct Client {
    pub folder: TempDir,
    pub child: Child,
    pub input: ChildStdin,
    pub output: BufReader<ChildStdout>,
    seq: u64,
    /// What came that was not asked for, in its order.
    pub events: Vec<Json>,
}

impl Client {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("a.scn"), SCENARIO).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_scn"))
            .arg("dap")
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self {
            folder,
            child,
            input,
            output,
            seq: 0,
            events: Vec::new(),
        }
    }

    pub fn program(&self) -> PathBuf {
        self.folder.path().join("a.scn")
    }

    pub fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub fn send(&mut self, command: &str, arguments: Json) -> u64 {
        self.seq += 1;
        let message = json!({
            "seq": self.seq, "type": "request", "command": command, "arguments": arguments,
        });
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.input.flush().unwrap();
        self.seq
    }

    pub fn message(&mut self) -> Json {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it has ended");
            match line.trim_end().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().unwrap(),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// The answer to a request, whether it could be done or not.
    pub fn answer(&mut self, seq: u64) -> Json {
        loop {
            let message = self.message();
            if message["type"] == "response" && message["request_seq"] == seq {
                return message;
            }
            self.events.push(message);
        }
    }

    pub fn ask(&mut self, command: &str, arguments: Json) -> Json {
        let seq = self.send(command, arguments);
        let answer = self.answer(seq);
        assert_eq!(answer["success"], true, "{command}: {answer}");
        answer["body"].clone()
    }

    pub fn event(&mut self, name: &str) -> Json {
        loop {
            let known = self.events.iter().position(|event| event["event"] == name);
            if let Some(at) = known {
                return self.events.remove(at)["body"].clone();
            }
            let message = self.message();
            self.events.push(message);
        }
    }

    /// Launches with these breakpoints, and says that all is said.
    pub fn launch(&mut self, more: Json, lines: Json) -> Json {
        self.ask("initialize", json!({ "adapterID": "scn" }));
        let mut arguments = json!({ "program": self.program() });
        for (name, value) in more.as_object().unwrap() {
            arguments[name] = value.clone();
        }
        let launch = self.send("launch", arguments);
        self.event("initialized");
        let path = self.program();
        let set = self.ask(
            "setBreakpoints",
            json!({ "source": { "path": path }, "breakpoints": lines }),
        );
        self.ask("configurationDone", json!({}));
        let answer = self.answer(launch);
        assert_eq!(answer["success"], true, "{answer}");
        set["breakpoints"].clone()
    }

    pub fn variables(&mut self, reference: &Json) -> Vec<(String, String)> {
        let body = self.ask("variables", json!({ "variablesReference": reference }));
        let all = body["variables"].as_array().unwrap().iter();
        let text = |of: &Json| of.as_str().unwrap().to_owned();
        all.map(|one| (text(&one["name"]), text(&one["value"])))
            .collect()
    }

    pub fn place(&mut self) -> (String, u64) {
        let body = self.ask("stackTrace", json!({ "threadId": 1 }));
        let first = &body["stackFrames"][0];
        (
            first["name"].as_str().unwrap().to_owned(),
            first["line"].as_u64().unwrap(),
        )
    }

    pub fn evaluate(&mut self, text: &str, context: &str) -> Json {
        let seq = self.send(
            "evaluate",
            json!({ "expression": text, "frameId": 0, "context": context }),
        );
        self.answer(seq)
    }

    /// All that was told as output so far.
    pub fn said(&self) -> String {
        let told = self
            .events
            .iter()
            .filter(|event| event["event"] == "output");
        told.filter_map(|event| event["body"]["output"].as_str())
            .collect()
    }

    pub fn over(mut self) -> (i64, Vec<String>) {
        let exited = self.event("exited")["exitCode"].as_i64().unwrap();
        self.event("terminated");
        drop(self.input);
        assert!(self.child.wait().unwrap().success());
        let text = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        (exited, text.lines().map(str::to_owned).collect())
    }
}
