//! A client that knows the protocol and no more.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value as Json, json};

/// So long an answer may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// An editor with a project open.
pub struct Client {
    pub folder: tempfile::TempDir,
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Json>,
    /// What came beside answers.
    told: RefCell<Vec<Json>>,
    next: i64,
    pub capabilities: Json,
}

pub const ENVIRONMENT: &str = r#"[vars]
rate = 1000

[components.Engine]
attrs = { port = 9001 }
log = [{ path = "e.log", parse = [{ regex = 'state=(?<STATE>\w+)' }] }]

[commands.start_load]
help = "Sends orders."
run = ["sleep", "60"]
background = true
undo = "stop_load"

[commands.stop_load]
run = ["true"]

[commands.order]
params = ["side", "qty:int"]
run = ["true"]
"#;

impl Client {
    /// With a project that has an environment.
    pub fn project(files: &[(&str, &str)]) -> Self {
        let mut all = vec![
            ("scn.toml", "environment = \"local\"\n"),
            ("environments/local.toml", ENVIRONMENT),
        ];
        all.extend(files);
        Self::with(&all, json!({}), json!({}))
    }

    /// With these files, options and capabilities.
    pub fn with(files: &[(&str, &str)], options: Json, capabilities: Json) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_scn"))
            .arg("lsp")
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut client = Self {
            input: child.stdin.take(),
            child,
            messages,
            told: RefCell::default(),
            next: 0,
            capabilities: Json::Null,
            folder,
        };
        let root = client.uri("");
        let answer = client.ask(
            "initialize",
            json!({
                "processId": null,
                "rootUri": root,
                "workspaceFolders": [{ "uri": root, "name": "project" }],
                "capabilities": capabilities,
                "initializationOptions": options,
            }),
        );
        client.capabilities = answer["capabilities"].clone();
        client.tell("initialized", json!({}));
        client
    }

    /// How long the thread that answers has computed.
    pub fn computed(&self) -> Duration {
        let pid = self.child.id();
        let stat = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/schedstat")).unwrap();
        Duration::from_nanos(stat.split_whitespace().next().unwrap().parse().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn uri(&self, name: &str) -> String {
        let path = self.path(name).display().to_string();
        format!("file://{}", path.trim_end_matches('/'))
    }

    fn send(&mut self, message: &Json) {
        let text = message.to_string();
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    pub fn tell(&mut self, method: &str, params: Json) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks without waiting; gives the question's number.
    pub fn begin(&mut self, method: &str, params: Json) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// The whole answer to a question.
    pub fn answer(&mut self, id: i64) -> Json {
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("an answer");
            match message.get("method") {
                None if message["id"] == id => return message,
                None => panic!("another answer: {message}"),
                Some(_) => self.told.borrow_mut().push(message),
            }
        }
    }

    #[track_caller]
    pub fn ask(&mut self, method: &str, params: Json) -> Json {
        let id = self.begin(method, params);
        let answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Why a question is not answered.
    pub fn refusal(&mut self, method: &str, params: Json) -> String {
        let id = self.begin(method, params);
        let answer = self.answer(id);
        answer["error"]["message"]
            .as_str()
            .expect("it is refused")
            .to_owned()
    }

    /// The next message of that kind which came, or comes, from the server itself.
    pub fn told(&mut self, method: &str, fits: impl Fn(&Json) -> bool) -> Json {
        loop {
            let known = self
                .told
                .borrow()
                .iter()
                .position(|one| one["method"] == method && fits(&one["params"]));
            if let Some(known) = known {
                return self.told.borrow_mut().remove(known);
            }
            let message = self.messages.recv_timeout(PATIENCE).expect("a message");
            self.told.borrow_mut().push(message);
        }
    }

    pub fn respond(&mut self, id: &Json, result: Json) {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
    }

    pub fn open(&mut self, name: &str, text: &str) -> Json {
        let document = json!({
            "uri": self.uri(name), "languageId": "scn", "version": 1, "text": text,
        });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        json!({ "uri": self.uri(name) })
    }

    pub fn change(&mut self, name: &str, version: i64, changes: Json) {
        let document = json!({ "uri": self.uri(name), "version": version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.tell("textDocument/didChange", params);
    }

    /// Opens a text in which `|` is the caret, and asks something of that place.
    #[track_caller]
    pub fn at(&mut self, method: &str, name: &str, text: &str, more: Json) -> Json {
        let params = self.place(name, text, more);
        self.ask(method, params)
    }

    pub fn place(&mut self, name: &str, text: &str, more: Json) -> Json {
        let caret = text.find('|').expect("a caret");
        let (line, column) = position(text, caret);
        let document = self.open(name, &text.replacen('|', "", 1));
        let mut params = json!({
            "textDocument": document,
            "position": { "line": line, "character": column },
        });
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        params
    }

    /// The findings of a file, the next time that it is said which it has.
    pub fn findings(&mut self, name: &str) -> Vec<Json> {
        let uri = self.uri(name);
        let told = self.told("textDocument/publishDiagnostics", |params| {
            params["uri"] == uri
        });
        told["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// Ends it as an editor does; gives its exit status.
    pub fn end(mut self) -> Option<i32> {
        self.ask("shutdown", Json::Null);
        self.tell("exit", Json::Null);
        self.child.wait().unwrap().code()
    }

    /// Goes without a word.
    pub fn vanish(mut self) -> Option<i32> {
        drop(self.input.take());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(output: &mut impl BufRead) -> Option<Json> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().ok()?,
            None if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// Line and column in UTF-16 of a byte.
pub fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (
        before.matches('\n').count(),
        before[start..].encode_utf16().count(),
    )
}

/// The byte of a line and a column in UTF-16.
pub fn offset(text: &str, place: &Json) -> usize {
    let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
    let column = usize::try_from(place["character"].as_u64().unwrap()).unwrap();
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut units = 0;
    for (at, c) in text[start..].char_indices() {
        if units >= column || c == '\n' {
            return start + at;
        }
        units += c.len_utf16();
    }
    text.len()
}

/// A text as edits change it.
pub fn edited(text: &str, edits: &Json) -> String {
    let mut edits: Vec<(usize, usize, String)> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            let new = edit["newText"].as_str().unwrap().to_owned();
            (
                offset(text, &range["start"]),
                offset(text, &range["end"]),
                new,
            )
        })
        .collect();
    edits.sort();
    let mut text = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, &new);
    }
    text
}

/// The labels of a completion.
pub fn labels(list: &Json) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["label"].as_str().unwrap())
        .collect()
}

/// What a file of the project holds.
pub fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
