//! What programs write that a step left behind.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use scn_interpreter::environment::MaskStream;
use scn_process::{Leftover, Sink, Stream};

use super::LocalWorld;

impl LocalWorld {
    /// Takes what is written to a step's outputs after its end, into a file for each, made
    /// when there is anything: as long as these are read, what holds them can live.
    pub(super) fn keep(&self, mut leftover: Leftover, step: u64) {
        let mut sink = Files {
            folder: (self.outputs)().ok(),
            step,
            stdout: (self.mask_stream(), None),
            stderr: (self.mask_stream(), None),
        };
        tokio::task::spawn_local(async move {
            // Nobody can be told any more; and what is left must not die of a full disk.
            while leftover.pump(&mut sink).await.is_err() && sink.folder.is_some() {
                sink.folder = None;
            }
            let _ = sink.finish();
        });
    }
}

struct Files {
    /// None once nothing can be kept.
    folder: Option<PathBuf>,
    step: u64,
    stdout: (MaskStream, Option<File>),
    stderr: (MaskStream, Option<File>),
}

impl Files {
    /// What was held back because a secret might have begun with it.
    fn finish(&mut self) -> io::Result<()> {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let rest = self.of(stream).0.finish();
            self.write(stream, &rest)?;
        }
        Ok(())
    }

    fn of(&mut self, stream: Stream) -> &mut (MaskStream, Option<File>) {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn write(&mut self, stream: Stream, chunk: &[u8]) -> io::Result<()> {
        let (Some(folder), false) = (self.folder.clone(), chunk.is_empty()) else {
            return Ok(());
        };
        let name = match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        };
        let path = folder.join(format!("step-{}.{name}", self.step));
        let file = &mut self.of(stream).1;
        let file = match file {
            Some(file) => file,
            None => {
                DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(folder)?;
                file.insert(File::options().create(true).append(true).open(path)?)
            }
        };
        file.write_all(chunk)
    }
}

impl Sink for Files {
    fn output(&mut self, stream: Stream, chunk: &[u8]) -> io::Result<()> {
        let masked = self.of(stream).0.push(chunk).into_owned();
        self.write(stream, &masked)
    }
}
