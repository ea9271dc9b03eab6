//! `scn resume`, `scn cleanup` and `scn replay`: a run whose runner was killed.

mod asked;
mod cleanup;
mod plugins;
mod replay;
mod resume;
mod secrets;
mod several;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use scn_record::runs;
use tempfile::TempDir;

use crate::prompted::typed_at;
use crate::support::{log_in, scn_in};

/// A folder with files, in which a run is killed and taken up again.
struct Scene {
    folder: TempDir,
}

/// What came of a command line.
struct Came {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Came {
    fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Scene {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        scn_in(self.folder.path(), args)
    }

    fn scn(&self, args: &[&str]) -> Came {
        Came::of(&mut self.command(args))
    }

    /// The same, at a terminal of its own, at which these are typed, each once what stands before it has come.
    fn at_terminal(&self, args: &[&str], keys: &[(&str, &str)]) -> Came {
        let mut command = self.command(args);
        let program = command.get_program().to_owned();
        // Without a terminal that is its own, Ctrl-C is a sign like any other.
        let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = Command::new("setsid");
        command
            .args(["--ctty", "--wait"])
            .arg(program)
            .args(args)
            .current_dir(self.folder.path());
        let (out, status) = typed_at(command, keys);
        let err = String::new();
        Came { status, out, err }
    }

    /// Runs until the log has that line, and kills the runner then.
    fn killed_at(&self, args: &[&str], line: &str) {
        let mut runner = self.command(args).spawn().unwrap();
        self.until(&mut runner, line);
        runner.kill().unwrap();
        runner.wait().unwrap();
    }

    fn until(&self, runner: &mut Child, line: &str) {
        let began = Instant::now();
        while !self.log().iter().any(|known| known == line) {
            assert!(began.elapsed() < Duration::from_secs(60), "{line}");
            assert_eq!(runner.try_wait().unwrap(), None, "it ended before {line}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The lines of the log.
    fn log(&self) -> Vec<String> {
        log_in(self.folder.path())
    }

    fn run(&self) -> scn_record::Run {
        runs(&self.path(".scn/runs")).unwrap().pop().unwrap()
    }
}

const SCENARIO: &str = "\
@param word = 'a'
set x = random()
defer sh 'echo undo >> log'
background job sleep 1000
for i in [1, 2, 3]
  sh 'echo \"step$1\" >> log; test \"$1\" != 2 || until [ -e killed ]; do sleep 0.02; done' #{i}
end
check job.running
echo \"#{word} #{x == x}\"
finally
  sh 'echo finally >> log'
end
";

/// That scenario, whose runner was killed in its second step.
fn killed() -> Scene {
    let scene = Scene::new(&[("a.scn", &SCENARIO.replace("sleep 1000", "run sleep 1000"))]);
    scene.killed_at(&["run", "--set", "word=b", "a.scn"], "step2");
    fs::write(scene.path("killed"), "").unwrap();
    scene
}

fn sleeps(folder: &Path) -> bool {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let of_run = |pid: &Path| {
        let here = fs::read_link(pid.join("cwd")).is_ok_and(|cwd| cwd == folder);
        let stat = fs::read_to_string(pid.join("stat"));
        here && stat.is_ok_and(|stat| !stat.contains(") Z "))
    };
    all.map(|entry| entry.path()).any(|pid| of_run(&pid))
}
