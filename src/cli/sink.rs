//! Where an answer goes: standard output, or a file that exists whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::base::text::for_terminal;

/// Takes an answer; [`Sink::finish`] has to be called at its end.
pub(super) struct Sink {
    out: Box<dyn Write>,
    /// The file that is being written, and the name it gets.
    file: Option<(PathBuf, PathBuf)>,
}

impl Sink {
    /// Opens a new file, or standard output; fails where the file is there already.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            let out = BufWriter::with_capacity(1 << 16, io::stdout());
            return Ok(Sink { out: Box::new(out), file: None });
        };
        let shown = for_terminal(&path.display().to_string()).into_owned();
        if fs::symlink_metadata(path).is_ok() {
            bail!("{shown} exists; choose another name");
        }
        let Some(name) = path.file_name() else { bail!("{shown} names no file") };
        let partial = path.with_file_name(format!(
            ".{}.partial-{}",
            name.to_string_lossy(),
            std::process::id()
        ));
        let file = File::create_new(&partial).with_context(|| format!("writing {shown}"))?;
        let out = BufWriter::with_capacity(1 << 18, file);
        Ok(Sink { out: Box::new(out), file: Some((partial, path.to_owned())) })
    }

    /// Fails where bytes that no person can read would go to a terminal.
    pub(super) fn refuse_terminal(&self, format: &str) -> anyhow::Result<()> {
        if self.file.is_none() && io::stdout().is_terminal() {
            bail!("{format} is no text: give a file with -o, or send it into a pipe");
        }
        Ok(())
    }

    /// Ends the answer and gives a file its name.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.out.flush()?;
        if let Some((partial, path)) = self.file.take() {
            fs::rename(&partial, &path).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Takes an answer whose status tells something as well: where somebody stops reading it
/// (`azscope ... | grep -q`), the rest is written to nobody.
pub(super) struct Unheard<W> {
    out: W,
    is_left: bool,
}

impl<W: Write> Unheard<W> {
    pub(super) fn new(out: W) -> Self {
        Unheard { out, is_left: false }
    }

    fn or_nobody<T>(&mut self, done: io::Result<T>, unread: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_left = true;
                Ok(unread)
            }
            done => done,
        }
    }
}

impl<W: Write> Write for Unheard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_left {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes);
        self.or_nobody(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_left {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.or_nobody(flushed, ())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Some((partial, _)) = &self.file {
            // Nobody is left to hear of a failure, and the name says what the file is.
            let _ = fs::remove_file(partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_reads_any_more_is_no_failure() {
        struct Ends(io::ErrorKind);
        impl Write for Ends {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(self.0.into())
            }
        }
        let mut out = Unheard::new(Ends(io::ErrorKind::BrokenPipe));
        assert!(out.write_all(b"x").is_ok() && out.flush().is_ok() && out.is_left);
        let mut full = Unheard::new(Ends(io::ErrorKind::StorageFull));
        assert!(full.write_all(b"x").is_err() && full.flush().is_err());
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all_and_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        let count = || fs::read_dir(folder.path()).unwrap().count();
        let mut sink = Sink::open(Some(&path)).unwrap();
        sink.write_all(b"half").unwrap();
        drop(sink);
        assert_eq!(count(), 0);
        let mut sink = Sink::open(Some(&path)).unwrap();
        sink.write_all(b"whole").unwrap();
        sink.finish().unwrap();
        assert_eq!((fs::read(&path).unwrap(), count()), (b"whole".to_vec(), 1));
        assert!(Sink::open(Some(&path)).err().unwrap().to_string().contains("exists"));
        assert!(Sink::open(Some(Path::new(".."))).is_err());
    }
}
