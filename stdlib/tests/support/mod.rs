#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses another part"
)]

//! A run in small: binds words to a command, gives it a context, and keeps what it does.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Context, Left, Outcome, Registry, World};
use scn_protocol::component::Component;
use scn_protocol::{Handle, HandleKind, Map, Param, Report, Stream, Type, Value, quantity};
use scn_stdlib::{LocalWorld, registry};
use tempfile::TempDir;
use tokio::sync::watch;

/// A world, the commands on it, and a context that they are called with.
pub struct Bench {
    pub folder: TempDir,
    pub world: Rc<LocalWorld>,
    pub commands: Registry,
    pub context: Fake,
    pub reports: Rc<RefCell<Vec<Report>>>,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(Vec::new())
    }

    /// With these components.
    pub fn with(components: Vec<Component>) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), components)
    }

    /// With these components, in this folder.
    pub fn in_folder(folder: TempDir, components: Vec<Component>) -> Self {
        let outputs = folder.path().join("outputs");
        let world = LocalWorld::new(&run_name(folder.path()), move || Ok(outputs.clone()));
        let reports: Rc<RefCell<Vec<Report>>> = Rc::default();
        let components: Vec<Rc<Component>> = components.into_iter().map(Rc::new).collect();
        let kept = Rc::clone(&reports);
        world.begin(
            folder.path(),
            &components,
            Rc::new(move |report| kept.borrow_mut().push(report)),
        );
        Self {
            commands: registry(&world),
            context: Fake::new(folder.path(), components),
            world,
            folder,
            reports,
        }
    }

    /// The next runner of a run with these components, in a folder of which an earlier one left this.
    pub fn taking_over(folder: &Path, components: Vec<Component>, left: Vec<Left>) -> Self {
        let outputs = folder.join("outputs");
        let world = LocalWorld::new(&run_name(folder), move || Ok(outputs.clone()));
        let components: Vec<Rc<Component>> = components.into_iter().map(Rc::new).collect();
        world.left(left);
        world.begin(folder, &components, Rc::new(|_| {}));
        Self {
            commands: registry(&world),
            context: Fake::new(folder, components),
            world,
            folder: tempfile::tempdir().unwrap(),
            reports: Rc::default(),
        }
    }

    /// Runs a step: its command and its words, which bind as they do in a scenario.
    pub async fn run(&self, words: &[Value]) -> Outcome {
        let mut call = bound(self, words);
        call.input = self.context.input.borrow_mut().take();
        call_of(self, &words[0].to_text(), call).await
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// The call of a step: its command and its words.
pub fn bound(bench: &Bench, words: &[Value]) -> Call {
    let (name, words) = words.split_first().unwrap();
    let command = bench.commands.find(&name.to_text()).unwrap();
    bind(command.signature(), words, &bench.context)
}

/// Runs a step whose words are bound already.
pub async fn call_of(bench: &Bench, name: &str, call: Call) -> Outcome {
    let command = bench.commands.find(name).unwrap();
    let outcome = command.call(call, &bench.context).await;
    bench.world.refresh();
    outcome
}

/// Words as values: `words!["run", "ls", 3]`.
#[macro_export]
macro_rules! words {
    ($($word:expr),* $(,)?) => { &[$(scn_protocol::Value::from($word)),*] };
}

/// Does `body` as a run does: on one thread.
pub fn on_one_thread<T>(body: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, body)
}

/// Nothing that is expected to happen takes longer, on the slowest machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Waits until something is so, and panics if that takes too long.
pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < LIMIT, "{what}: still not so");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until a process that a shell began has become the `sleep` that it is to be: before, it has the words of
/// that shell, and may still react to signals as it does.
pub async fn until_sleeps(pid: u32) {
    until("it is a sleep", || {
        std::fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|words| words.starts_with(b"sleep\0"))
    })
    .await;
}

/// A name that no other test has: what a run leaves behind is known by it.
fn run_name(folder: &Path) -> String {
    folder.file_name().unwrap().to_string_lossy().into_owned()
}

/// Whether a process lives; a dead one that nobody has waited for yet does not.
pub fn alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap()
            .trim_start()
            .starts_with(['Z', 'X'])
    })
}

/// A context that keeps what it is told.
pub struct Fake {
    root: PathBuf,
    run: String,
    components: Vec<Rc<Component>>,
    pub stdout: RefCell<Vec<u8>>,
    pub stderr: RefCell<Vec<u8>>,
    pub said: RefCell<Vec<String>>,
    pub logged: RefCell<Vec<String>>,
    pub attached: RefCell<Vec<(PathBuf, String)>>,
    pub pids: RefCell<Vec<u32>>,
    pub input: RefCell<Option<Value>>,
    pub jobs: RefCell<Vec<(String, u32)>>,
    pub ending: RefCell<Vec<u32>>,
    pub hidden: Vec<String>,
    pub full: Cell<bool>,
    pub cancel: watch::Sender<bool>,
}

impl Fake {
    fn new(root: &Path, components: Vec<Rc<Component>>) -> Self {
        Self {
            root: root.to_owned(),
            run: run_name(root),
            components,
            stdout: RefCell::default(),
            stderr: RefCell::default(),
            said: RefCell::default(),
            logged: RefCell::default(),
            attached: RefCell::default(),
            pids: RefCell::default(),
            input: RefCell::default(),
            jobs: RefCell::default(),
            ending: RefCell::default(),
            hidden: vec!["SECRET_OF_ANOTHER".to_owned()],
            full: Cell::new(false),
            cancel: watch::Sender::new(false),
        }
    }

    pub fn stdout_text(&self) -> String {
        String::from_utf8(self.stdout.borrow().clone()).unwrap()
    }
}

impl Context for Fake {
    fn output(&self, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        if self.full.get() {
            return Err(io::Error::other("the disk is full"));
        }
        let kept = match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        };
        kept.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    fn say(&self, text: &str) {
        self.said.borrow_mut().push(text.to_owned());
    }

    fn log(&self, level: &str, message: &str) {
        self.logged.borrow_mut().push(format!("{level}: {message}"));
    }

    fn metric(&self, _: &str, _: &str, _: Value) {}

    fn event(&self, _: &str, _: &str, _: Map) {}

    fn attach(&self, path: &Path, name: &str) -> io::Result<String> {
        self.attached
            .borrow_mut()
            .push((path.to_owned(), name.to_owned()));
        Ok(format!("attached/{name}"))
    }

    fn started(&self, pid: u32, _: u64) {
        self.pids.borrow_mut().push(pid);
    }

    fn cancelled(&self) -> LocalBoxFuture<'static, ()> {
        let mut cancelled = self.cancel.subscribe();
        Box::pin(async move {
            if cancelled.wait_for(|cancelled| *cancelled).await.is_err() {
                std::future::pending().await
            }
        })
    }

    fn root(&self) -> &Path {
        &self.root
    }

    fn run(&self) -> &str {
        &self.run
    }

    fn step(&self) -> u64 {
        7
    }

    fn host(&self) -> &'static str {
        ""
    }

    fn hidden_variables(&self) -> Vec<String> {
        self.hidden.clone()
    }

    fn secret(&self, _: &str) -> Option<Value> {
        None
    }

    fn component(&self, name: &str) -> Option<Rc<Component>> {
        self.components
            .iter()
            .find(|known| known.name == name)
            .cloned()
    }

    fn family(&self, name: &str) -> Vec<Rc<Component>> {
        let prefix = format!("{name}[");
        let members = self.components.iter();
        members
            .filter(|member| member.name.starts_with(&prefix))
            .cloned()
            .collect()
    }

    fn ending_job(&self, name: &str) -> Option<u32> {
        let jobs = self.jobs.borrow();
        jobs.iter()
            .find(|(job, _)| job == name)
            .map(|(_, pid)| *pid)
    }

    fn ending_process(&self, pid: u32) {
        self.ending.borrow_mut().push(pid);
    }
}

/// Binds words as the interpreter does: `name=value` by name where it is declared, the others
/// in order, each read as its parameter's type.
fn bind(signature: &scn_protocol::Signature, words: &[Value], context: &Fake) -> Call {
    let mut named: Vec<Option<Value>> = vec![None; signature.params.len()];
    let mut rest = Vec::new();
    for word in words {
        let text = word.to_text();
        let by_name = text.split_once('=').and_then(|(name, value)| {
            let place = signature
                .params
                .iter()
                .position(|param| param.name == name)?;
            Some((place, Value::from(value)))
        });
        let next = named.iter().position(Option::is_none);
        match (by_name, next, &signature.rest) {
            (Some((place, value)), _, _) => {
                named[place] = Some(read(&signature.params[place], &value, context))
            }
            (None, Some(place), _) => {
                named[place] = Some(read(&signature.params[place], word, context))
            }
            (None, None, Some(param)) => rest.push(read(param, word, context)),
            (None, None, None) => panic!("{} takes no such word: {word}", signature.name),
        }
    }
    assert!(
        rest.len() >= signature.rest_least,
        "{} needs words",
        signature.name
    );
    let params = named.into_iter().zip(&signature.params);
    Call {
        args: params
            .map(|(value, param)| value.or_else(|| param.default.clone()).unwrap())
            .collect(),
        rest,
        input: None,
    }
}

fn read(param: &Param, word: &Value, context: &Fake) -> Value {
    let Value::Text(text) = word else {
        return word.clone();
    };
    let kind = |kind, name: &str| {
        let name = name.to_owned();
        Value::Handle(Handle { kind, name }.into())
    };
    match param.kind {
        Type::Int => Value::Int(text.parse().unwrap()),
        Type::Bool => Value::Bool(text.parse().unwrap()),
        Type::Duration => Value::Duration(quantity::parse_duration(text).unwrap()),
        Type::Component if context.component(text).is_some() => kind(HandleKind::Component, text),
        Type::Component if !context.family(text).is_empty() => kind(HandleKind::Family, text),
        Type::Component if context.ending_job(text).is_some() => kind(HandleKind::Job, text),
        Type::Component => text.parse().map_or_else(|_| word.clone(), Value::Int),
        _ => word.clone(),
    }
}

/// An HTTP server of one answer a connection, on loopback.
pub struct Server {
    pub address: SocketAddr,
    count: Arc<AtomicUsize>,
}

impl Server {
    /// `answer` gets the whole request, and how many came before; what it gives is sent as it is.
    pub fn answering(answer: impl Fn(&str, usize) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let count: Arc<AtomicUsize> = Arc::default();
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = request(&mut stream);
                let answer = answer(&request, counted.fetch_add(1, Ordering::SeqCst));
                // Whoever asked may have gone away.
                let _ = stream.write_all(&answer);
            }
        });
        Self { address, count }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many requests there were.
    pub fn requests(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// Reads a request with its body.
fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut piece = [0; 4096];
    loop {
        let read = stream.read(&mut piece).unwrap_or(0);
        text.push_str(&String::from_utf8_lossy(&piece[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(read > 0, "an unfinished request: {text}");
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().unwrap())
        });
        if read == 0 || body.len() >= length.unwrap_or(0) {
            return text;
        }
    }
}
