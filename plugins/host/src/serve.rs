//! The process that a shared library is loaded into: the library on one side, the protocol of
//! plug-ins on the other.
//!
//! Whatever the library does ends this process and nothing else. What it prints goes where a
//! plug-in's log goes: the messages themselves are moved to descriptors of their own first.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use scn_process::Spin;
use scn_protocol::plugin::{Ask, Blame, Failed, Given, MAX_LINE, Tell, VERSION, codes, value_line};
use scn_protocol::{Map, Stream, Value};

use crate::library::{AtOnce, Job, Library, Listener, Runner, STACK, Ticket, Words, stdio};
use crate::lines::{Cut, Lines};

/// The first descriptor that the messages may go over: one that a plug-in does not come upon by
/// chance, as it may close or open those that follow its own.
const PRIVATE: i32 = 400;

/// So much output goes into one message.
const PIECE: usize = 1024 * 1024;

/// So long after its time is up a call finds that by itself: whether it is up is for the clock of `scn` to say first.
const SLACK: Duration = Duration::from_millis(20);

/// How long calls that are cancelled may take to end, when all is to end.
const ENDING: Duration = Duration::from_secs(3);

/// The exit status of a process that can speak with nobody: `EX_IOERR` of sysexits.h.
const MUTE: i32 = 74;

/// What is to be served.
#[derive(Clone, Debug, Default)]
pub struct Serve {
    /// The library's file.
    pub library: PathBuf,
    /// The secrets that it was granted: each is in this process's environment, in upper case.
    pub secrets: Vec<String>,
    /// The most memory that it may take, in bytes, beyond what this process has anyway.
    pub memory: Option<u64>,
}

impl Serve {
    /// Serves until the other side asks to end or has gone, and ends this process.
    pub fn run(self) -> ! {
        let (input, output) = match take_wire() {
            Ok(wire) => wire,
            Err(error) => {
                eprintln!("the plug-in's host cannot set up its descriptors: {error}");
                stdio::exit_now(MUTE);
            }
        };
        stdio::by_lines();
        if let Some(memory) = self.memory
            && let Err(error) = limit(memory)
        {
            eprintln!("the plug-in's memory cannot be limited: {error}");
            stdio::exit_now(MUTE);
        }
        if let Err(error) = end_with_scn(&input) {
            eprintln!("the plug-in's host cannot see that scn has gone: {error}");
            stdio::exit_now(MUTE);
        }
        let host = Arc::new(Host {
            serve: self,
            output: Mutex::new(output),
            open: Mutex::default(),
        });
        host.listen(input)
    }
}

/// Moves the messages to descriptors of their own: what the library reads is empty then, and what
/// it prints is its log.
fn take_wire() -> io::Result<(File, File)> {
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let first = i32::try_from(most.saturating_sub(10)).map_or(PRIVATE, |most| most.min(PRIVATE));
    let own = |fd: &dyn Fn() -> rustix::io::Result<OwnedFd>| fd().map(File::from);
    let input = own(&|| fcntl_dupfd_cloexec(rustix::stdio::stdin(), first))?;
    let output = own(&|| fcntl_dupfd_cloexec(rustix::stdio::stdout(), first))?;
    // Whoever listens asks for what is there, and waits elsewhere.
    fcntl_setfl(&input, fcntl_getfl(&input)? | OFlags::NONBLOCK)?;
    let nothing = rustix::fs::open("/dev/null", OFlags::RDONLY, Mode::empty())?;
    rustix::stdio::dup2_stdin(nothing)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok((input, output))
}

/// Whatever the library does, this process ends a while after scn has gone: also where the thread
/// that listens is in a call that does not return.
fn end_with_scn(input: &File) -> io::Result<()> {
    let input = input.try_clone()?;
    let watch = move || {
        // No event is asked for, so that all that wakes it is that the other side was closed.
        let mut gone = [PollFd::new(&input, PollFlags::empty())];
        while matches!(poll(&mut gone, None), Ok(0) | Err(Errno::INTR)) {}
        thread::sleep(scn_process::GRACE);
        stdio::exit_now(MUTE);
    };
    thread::Builder::new().spawn(watch)?;
    Ok(())
}

/// Memory that the library asks for beyond that is not given to it.
fn limit(memory: u64) -> io::Result<()> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let own = status.lines().find_map(|line| line.strip_prefix("VmData:"));
    let own = own.and_then(|own| own.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let own = own.ok_or_else(|| io::Error::other("the system does not say what it has now"))?;
    // The stack of the thread that calls it is no memory of its own, nor is what surrounds that.
    let own = own.saturating_mul(1024).saturating_add(2 * STACK as u64);
    let most = Some(own.saturating_add(memory));
    let maximum = getrlimit(Resource::Data).maximum;
    let current = most.into_iter().chain(maximum).min();
    let maximum = current;
    Ok(setrlimit(Resource::Data, Rlimit { current, maximum })?)
}

/// Reads what came, or what comes next: the next call follows its answer within microseconds where a
/// scenario does nothing else.
fn hear(input: &File, piece: &mut [u8], spin: &mut Spin) -> rustix::io::Result<usize> {
    let mut read = || match rustix::io::read(input, &mut *piece) {
        Err(Errno::AGAIN | Errno::INTR) => None,
        read => Some(read),
    };
    if let Some(read) = spin.until(&mut read) {
        return read;
    }
    loop {
        match poll(&mut [PollFd::new(input, PollFlags::IN)], None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
        if let Some(read) = read() {
            return read;
        }
    }
}

struct Host {
    serve: Serve,
    output: Mutex<File>,
    /// Calls that are open: what cancels each.
    open: Mutex<HashMap<u64, Open>>,
}

struct Open {
    cancelled: Arc<AtomicBool>,
    ticket: Option<Ticket>,
}

impl Host {
    fn listen(self: Arc<Self>, input: File) -> ! {
        let mut lines = Lines::new(MAX_LINE);
        let mut runner = None;
        let mut piece = vec![0; 64 * 1024];
        let mut spin = Spin::default();
        loop {
            let read = match hear(&input, &mut piece, &mut spin) {
                Ok(0) => self.end(runner.as_deref(), None),
                Ok(read) => read,
                Err(error) => mute(&error.into()),
            };
            lines.push(&piece[..read], |line| match line {
                Cut::Line([]) => {}
                Cut::Line(line) => self.heed(line, &mut runner),
                Cut::TooLong => self.refuse(None, codes::REQUEST, "a line of more than 64 MiB"),
            });
        }
    }

    fn heed(self: &Arc<Self>, line: &[u8], runner: &mut Option<Arc<Runner>>) {
        match Ask::parse(line) {
            Ok(Ask::Initialize {
                id,
                protocol,
                config,
                ..
            }) => match self.load(protocol, config) {
                Ok(loaded) => {
                    let said = loaded.library().declaration().to_json();
                    *runner = Some(loaded);
                    let (id, result) = (Some(id), Ok(Given::from(&said)));
                    self.tell(&Tell::Answer { id, result });
                }
                Err(why) => self.fail(id, Failed::new(Blame::Plugin, why)),
            },
            Ok(Ask::Call {
                id,
                command,
                args,
                rest,
                input,
                run,
                step,
                time_left,
            }) => {
                let words = Words {
                    rest,
                    input,
                    run,
                    step,
                    ..Words::default()
                };
                match runner {
                    Some(runner) => self.call(runner, id, &command, &args, words, time_left),
                    None => self.refuse(Some(id), codes::REQUEST, "`initialize` comes first"),
                }
            }
            Ok(Ask::Cancel { call }) => self.cancel(runner.as_ref(), call),
            Ok(Ask::Shutdown { id }) => self.end(runner.as_deref(), Some(id)),
            Err(refused) if refused.silent => {}
            Err(refused) => self.refuse(refused.id, refused.code, &refused.message),
        }
    }

    fn load(&self, protocol: i64, config: Value) -> Result<Arc<Runner>, String> {
        if protocol != VERSION {
            return Err(format!(
                "this is version {VERSION} of the plug-in protocol, and not {protocol}"
            ));
        }
        let file = &self.serve.library;
        let library = Library::load(file).map_err(|why| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            format!("`{name}` {why}")
        })?;
        Ok(Runner::new(library, config))
    }

    fn call(
        self: &Arc<Self>,
        runner: &Arc<Runner>,
        id: u64,
        name: &str,
        args: &Map,
        words: Words,
        time_left: Option<Duration>,
    ) {
        let declared = &runner.library().declaration().commands;
        let Some(command) = declared.iter().position(|known| known.name == name) else {
            let why = format!("there is no command `{name}`");
            return self.refuse(Some(id), codes::METHOD, &why);
        };
        let params = declared[command].params.iter();
        let args = params.map(|param| {
            let given = args.get(&param.name).or(param.default.as_ref());
            given
                .cloned()
                .ok_or_else(|| format!("`{}` is lacking", param.name))
        });
        let args = match args.collect::<Result<_, _>>() {
            Ok(args) => args,
            Err(why) => return self.refuse(Some(id), codes::PARAMS, &why),
        };
        let cancelled = Arc::new(AtomicBool::new(false));
        let words = Words { args, ..words };
        let listener: Arc<dyn Listener> = Arc::new(Wire {
            host: Arc::clone(self),
            call: id,
            cancelled: Arc::clone(&cancelled),
            until: time_left.and_then(|left| Instant::now().checked_add(left)),
            keeps_listener: runner.library().is_quick(command),
        });
        // Nobody has to wake up for what returns at once.
        let (words, listener) = match runner.library().is_quick(command) {
            true => match runner.at_once(command, words, listener) {
                AtOnce::Done(result) => return self.say(id, result),
                AtOnce::NotNow(words, listener) => (words, listener),
            },
            false => (words, listener),
        };
        let open = Open {
            cancelled,
            ticket: None,
        };
        self.open_calls().insert(id, open);
        let host = Arc::clone(self);
        let ticket = runner.submit(Job {
            command,
            words,
            listener,
            done: Box::new(move |result| host.answer(id, result)),
        });
        if let Some(open) = self.open_calls().get_mut(&id) {
            open.ticket = Some(ticket);
        }
    }

    fn cancel(&self, runner: Option<&Arc<Runner>>, call: u64) {
        let ticket = match self.open_calls().get(&call) {
            Some(open) => {
                open.cancelled.store(true, Ordering::Relaxed);
                open.ticket
            }
            None => None,
        };
        if let (Some(runner), Some(ticket)) = (runner, ticket) {
            runner.withdraw(ticket);
        }
    }

    fn answer(&self, id: u64, result: Result<Value, Failed>) {
        self.open_calls().remove(&id);
        self.say(id, result);
    }

    /// The answer of a call that is not open, or no longer.
    fn say(&self, id: u64, result: Result<Value, Failed>) {
        match result {
            Ok(value) => {
                let line = value_line(id, &value);
                if line.len() > MAX_LINE {
                    let why = "what it returned is larger than the 64 MiB of a message";
                    return self.fail(id, Failed::new(Blame::Plugin, why));
                }
                self.write(&line);
            }
            Err(failed) => self.fail(id, failed),
        }
    }

    /// All is to end: calls are cancelled, the library is closed, and the request answered.
    fn end(&self, runner: Option<&Runner>, asked: Option<u64>) -> ! {
        for open in self.open_calls().values() {
            open.cancelled.store(true, Ordering::Relaxed);
        }
        let closed = runner.is_none_or(|runner| runner.close(ENDING));
        if !closed {
            eprintln!("a call did not end when all was to end");
        }
        if let Some(id) = asked {
            let (id, result) = (Some(id), Ok(Given::from(&serde_json::json!({}))));
            self.tell(&Tell::Answer { id, result });
        }
        match closed && asked.is_some() {
            // What the library registered to be done at exit is done.
            true => std::process::exit(0),
            false => stdio::exit_now(0),
        }
    }

    fn refuse(&self, id: Option<u64>, code: i64, message: &str) {
        let failed = Failed::new(Blame::Plugin, message);
        let result = Err(Failed { code, ..failed });
        self.tell(&Tell::Answer { id, result });
    }

    fn fail(&self, id: u64, failed: Failed) {
        let (id, result) = (Some(id), Err(failed));
        self.tell(&Tell::Answer { id, result });
    }

    fn tell(&self, tell: &Tell) {
        self.write(&tell.to_line());
    }

    fn write(&self, line: &[u8]) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = output.write_all(line) {
            mute(&error);
        }
    }

    fn open_calls(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody can be spoken with any more.
fn mute(error: &io::Error) -> ! {
    if error.kind() != io::ErrorKind::BrokenPipe {
        eprintln!(
            "the plug-in's host cannot speak with scn any more: {error}; did the plug-in close a descriptor that is not its own?"
        );
    }
    stdio::exit_now(MUTE)
}

/// What a call of the library reaches: all of it goes over the wire.
struct Wire {
    host: Arc<Host>,
    call: u64,
    cancelled: Arc<AtomicBool>,
    until: Option<Instant>,
    /// It may be called on the thread that listens, so that nobody hears that it is to end.
    keeps_listener: bool,
}

impl Listener for Wire {
    fn log(&self, level: &str, message: String) {
        self.host.tell(&Tell::Log {
            call: Some(self.call),
            level: level.to_owned(),
            message,
        });
    }

    fn metric(&self, subject: String, name: String, value: Value, unit: Option<String>) {
        self.host.tell(&Tell::Metric {
            call: Some(self.call),
            subject,
            name,
            value,
            unit,
        });
    }

    fn event(&self, subject: String, message: String, data: Map) {
        self.host.tell(&Tell::Event {
            call: Some(self.call),
            subject,
            message,
            data,
        });
    }

    fn output(&self, stream: Stream, bytes: &[u8]) -> bool {
        for bytes in bytes.chunks(PIECE) {
            self.host.tell(&Tell::Output {
                call: Some(self.call),
                stream,
                bytes: bytes.to_vec(),
            });
        }
        true
    }

    fn secret(&self, name: &str) -> Option<Vec<u8>> {
        use std::os::unix::ffi::OsStringExt;
        let granted = self
            .host
            .serve
            .secrets
            .iter()
            .any(|granted| granted == name);
        let value = granted.then(|| std::env::var_os(name.to_uppercase()));
        value.flatten().map(OsStringExt::into_vec)
    }

    fn cancelled(&self) -> bool {
        let late = || {
            let until = self.until.and_then(|until| until.checked_add(SLACK));
            until.is_some_and(|until| until <= Instant::now())
        };
        self.cancelled.load(Ordering::Relaxed) || self.keeps_listener && late()
    }

    fn time_left(&self) -> Option<Duration> {
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        self.until.map(left)
    }
}
