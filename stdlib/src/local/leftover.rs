//! What programs write that a step left behind.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use scn_process::{Leftover, Sink, Stream};

use super::LocalWorld;

impl LocalWorld {
    /// Takes what is written to a step's outputs after its end, into a file for each, made
    /// when there is anything: as long as these are read, what holds them can live.
    pub(super) fn keep(&self, mut leftover: Leftover, step: u64) {
        let mut sink = Files {
            folder: (self.outputs)().ok(),
            step,
            stdout: None,
            stderr: None,
        };
        tokio::task::spawn_local(async move {
            // Nobody can be told any more; and what is left must not die of a full disk.
            while leftover.pump(&mut sink).await.is_err() && sink.folder.is_some() {
                sink.folder = None;
            }
        });
    }
}

struct Files {
    /// None once nothing can be kept.
    folder: Option<PathBuf>,
    step: u64,
    stdout: Option<File>,
    stderr: Option<File>,
}

impl Sink for Files {
    fn output(&mut self, stream: Stream, chunk: &[u8]) -> io::Result<()> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let (file, name) = match stream {
            Stream::Stdout => (&mut self.stdout, "stdout"),
            Stream::Stderr => (&mut self.stderr, "stderr"),
        };
        let file = match file {
            Some(file) => file,
            None => {
                fs::create_dir_all(folder)?;
                let path = folder.join(format!("step-{}.{name}", self.step));
                file.insert(File::options().create(true).append(true).open(path)?)
            }
        };
        file.write_all(chunk)
    }
}
