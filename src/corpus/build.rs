//! Reads all evidence once, on all cores.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;

use super::intake::{Intake, Output};
use super::merge::{Merge, Piece};
use super::own::evidence;
use super::plan::{Job, Range, plan};
use super::probe::{Probe, Sessions};
use super::source::{Compression, Layout, Source};
use super::stream;
use super::{Corpus, alerts, dedupe};
use crate::base::DateOrder;
use crate::base::hash::hex;
use crate::base::par;
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::diag::Code;
use crate::input::discover::{Found, Skipped};
use crate::input::layers::Around;
use crate::input::map::Map;
use crate::input::open::{Limits, sha256_begin};
use crate::input::sniff::{self, Codec};
use crate::input::split::{RecordLimit, Splitter, Stop};
use crate::input::window::Window;

/// How the evidence is read.
#[derive(Clone, Debug)]
pub struct Config {
    /// Files and folders to read.
    pub paths: Vec<PathBuf>,
    /// Files and folders that are no evidence even where they lie inside it: what the run writes.
    pub own: Vec<PathBuf>,
    /// Folder of the index; must exist.
    pub index: PathBuf,
    /// How dates are read that leave day and month open.
    pub date_order: DateOrder,
    /// Limits of decompression.
    pub expand: Limits,
    /// Limits of one record.
    pub record_limit: RecordLimit,
    /// Bytes of evidence that one job reads.
    pub job_bytes: usize,
}

/// Bytes of a big file that are at hand together: few enough to stay in the cache.
const AT_HAND: usize = 1 << 20;

/// Why the evidence could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No file was found.
    #[error("no readable input: {0}")]
    NoInput(String),
    /// The index could not be written.
    #[error("{0}")]
    Index(String),
    /// The folder of the index could not be made.
    #[error("cannot create {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// What all workers share.
pub(super) struct Shared<'a, 'p> {
    pub(super) config: &'a Config,
    pub(super) sessions: Sessions<'p>,
    pub(super) files: &'a [Found],
    progress: &'a dyn Progress,
}

/// What a job gave.
pub(super) enum Done {
    /// The hash of a file, or why it cannot be read.
    Hash(usize, Result<String, String>),
    /// Whole sources, in order; files that panicked among them.
    Files(Vec<Result<Output, LostFile>>),
    /// Part of a source, and where reading it ended.
    Range { output: Box<Output>, stop: Stop, splitter: Box<Splitter> },
}

/// A file whose reading panicked.
pub(super) struct LostFile {
    pub(super) file: usize,
    pub(super) panic: String,
}

/// Reads all evidence under `config.paths` and writes the index.
pub fn build(config: &Config, probe: &dyn Probe, progress: &dyn Progress) -> Result<Corpus, Error> {
    let (files, skipped) = evidence(&config.paths, &config.own);
    if files.is_empty() {
        let why = match skipped.first() {
            None => "the folder is empty".to_owned(),
            Some(Skipped::Case { shown, finished: true, .. }) => {
                format!("{shown} is a case, and no evidence")
            }
            Some(Skipped::Case { shown, .. }) => {
                format!("{shown} is a half-written case, and no evidence")
            }
            Some(other) => other.shown().to_owned(),
        };
        return Err(Error::NoInput(why));
    }
    let events = config.index.join("events");
    // A working folder that an interrupt took away is not made again.
    match fs::create_dir(&events) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made.map_err(|source| Error::Folder { path: events.clone(), source })?,
    }
    progress.stage("reading", files.iter().map(|f| f.bytes).sum());
    let shared = Shared { config, sessions: Sessions::new(probe), files: &files, progress };
    let jobs = plan(&files, config.job_bytes);
    let numbered: Vec<(usize, &Job)> = jobs.iter().enumerate().collect();
    let mut merge = Merge::new(&shared);
    par::pipeline(
        &numbered,
        |(number, job)| shared.run(*number, job),
        |number, result| merge.take(&Piece { number, job: &jobs[number] }, result),
    );
    let mut corpus = merge.finish(&skipped)?;
    if corpus.sources.iter().all(|s| s.sha256.is_empty()) {
        return Err(Error::NoInput("no file could be opened".to_owned()));
    }
    if let Some(why) = no_log(&corpus) {
        return Err(Error::NoInput(why));
    }
    progress.stage("removing duplicates", 0);
    dedupe::dedupe(&mut corpus, &config.index)?;
    alerts::join(&mut corpus);
    Ok(corpus)
}

/// Tells where every file that is not empty is something else than a log.
fn no_log(corpus: &Corpus) -> Option<String> {
    let mut others = 0;
    for diagnostic in &corpus.diagnostics {
        match diagnostic.code {
            Code::NotALog => others += 1,
            Code::EmptyFile => {}
            _ => return None,
        }
    }
    let is_none =
        |source: &Source| source.layout == Some(Layout::Foreign) && source.counts.records() == 0;
    let is_all = others > 0 && corpus.sources.iter().all(is_none);
    is_all.then(|| "no file is JSON or a table".to_owned())
}

impl<'a> Shared<'a, '_> {
    fn run(&'a self, number: usize, job: &Job) -> Done {
        match job {
            Job::Hash(file) => Done::Hash(*file, self.hash(*file)),
            Job::Files(files) => Done::Files(self.files(&part_name(number), files)),
            Job::Range(range) => self.range(number, range),
        }
    }

    /// Reads files together; where that panics, each by itself, so that it costs one file.
    fn files(&'a self, name: &str, files: &[usize]) -> Vec<Result<Output, LostFile>> {
        let alone = |(at, &file): (usize, &usize)| {
            self.together(&format!("{name}x{at:04}"), &[file])
                .map_err(|panic| LostFile { file, panic })
        };
        match (self.together(name, files), files) {
            (Ok(output), _) => vec![Ok(output)],
            (Err(panic), &[file]) => vec![Err(LostFile { file, panic })],
            (Err(_), files) => files.iter().enumerate().map(alone).collect(),
        }
    }

    fn together(&'a self, name: &str, files: &[usize]) -> Result<Output, String> {
        let read = || {
            let mut intake = Intake::new(self, name.to_owned());
            for &file in files {
                self.file(&mut intake, file);
            }
            intake.finish()
        };
        par::guarded(read).inspect_err(|_| self.remove_parts(name))
    }

    /// Removes from the index what a piece of work wrote before it panicked.
    pub(super) fn remove_parts(&self, name: &str) {
        let own = format!("{name}-");
        for entry in fs::read_dir(self.config.index.join("events")).into_iter().flatten().flatten()
        {
            if entry.file_name().to_str().is_some_and(|file| file.starts_with(&own)) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    pub(super) fn hash(&self, file: usize) -> Result<String, String> {
        let found = &self.files[file];
        let hash = sha256_begin(&found.path, found.bytes, &|_| ());
        hash.map(|sha| hex(&sha)).map_err(|error| error.to_string())
    }

    /// How a file has changed since it was found, if it has.
    pub(super) fn changed(&self, file: usize) -> Option<String> {
        let found = &self.files[file];
        let now = fs::metadata(&found.path).map_or(found.bytes, |now| now.len());
        let how = match now.cmp(&found.bytes) {
            Ordering::Equal => String::new(),
            Ordering::Less => "it was cut short, and what was left was read and hashed".to_owned(),
            Ordering::Greater => {
                format!("it grew, and its first {} bytes were read and hashed", found.bytes)
            }
        };
        (!found.stamp.holds(&found.path)).then_some(how)
    }

    /// Reads part of a big file.
    pub(super) fn range(&'a self, number: usize, range: &Range) -> Done {
        let found = &self.files[range.file];
        let mut intake = Intake::new(self, part_name(number));
        intake.begin(Source {
            path: found.shown.clone(),
            bytes: found.bytes,
            encoding: Some(range.encoding),
            layout: Some(Layout::Json),
            ..Source::default()
        });
        if range.order.is_some() {
            intake.order_dates(range.order);
        }
        let mut splitter = Box::new(Splitter::new(range.state.clone(), self.config.record_limit));
        let mut stop = Stop { at: range.from, lines: 0 };
        if let Err(error) = self.stretches(range, &mut splitter, &mut stop, &mut intake) {
            intake.remark(Code::UnreadableFile, &error.to_string());
        }
        intake.place(0, 0);
        intake.advance(0, stop.lines);
        intake.close_dates();
        self.progress.bytes_read(range.until.saturating_sub(range.from) as u64);
        Done::Range { output: Box::new(intake.finish()), stop, splitter }
    }

    /// Reads a range stretch by stretch; `stop` says how far that came.
    fn stretches(
        &self,
        range: &Range,
        splitter: &mut Splitter,
        stop: &mut Stop,
        intake: &mut Intake<'_, '_>,
    ) -> io::Result<()> {
        let found = &self.files[range.file];
        let place = |at: u64| usize::try_from(at).map_err(io::Error::other);
        let mut window = Window::open(&found.path, range.from as u64, found.bytes, AT_HAND)?;
        loop {
            let (text, base) = (window.text(), place(window.base())?);
            // Of a file that was cut short, nothing may be left here.
            if stop.at - base >= text.len() {
                return Ok(());
            }
            intake.place(window.base(), stop.lines);
            let until = range.until.saturating_sub(base);
            let here = splitter.run(text, stop.at - base, until, window.is_last(), intake);
            *stop = Stop { at: base + here.at, lines: stop.lines + here.lines };
            // Blanks may go on behind the text at hand.
            if window.is_last() || (here.at >= until && here.at < text.len()) {
                return Ok(());
            }
            window.advance(here.at)?;
        }
    }

    /// Reads a file from front to back.
    fn file(&'a self, intake: &mut Intake<'_, '_>, file: usize) {
        let found = &self.files[file];
        intake.begin(Source { path: found.shown.clone(), bytes: found.bytes, ..Source::default() });
        let read = if found.bytes < 2 * self.config.job_bytes as u64 {
            self.whole(intake, found)
        } else {
            self.big(intake, found)
        };
        if let Err(error) = read {
            intake.remark(Code::UnreadableFile, &error.to_string());
        }
        if let Some(how) = self.changed(file) {
            intake.remark(Code::ChangedFile, &how);
        }
        self.progress.bytes_read(found.bytes);
    }

    /// Reads a file into memory.
    fn whole(&'a self, intake: &mut Intake<'_, '_>, found: &Found) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut intake.buffer);
        buffer.clear();
        // With room for one byte more, the end is seen without growing.
        buffer.reserve(usize::try_from(found.bytes).map_err(io::Error::other)? + 1);
        let read = File::open(&found.path)
            .and_then(|file| file.take(found.bytes).read_to_end(&mut buffer))
            .map(|_| self.content(intake, &buffer, &found.shown));
        intake.buffer = buffer;
        read
    }

    /// Reads a file that is too big for that, while another core hashes it.
    fn big(&'a self, intake: &mut Intake<'_, '_>, found: &Found) -> io::Result<()> {
        let open = || File::open(&found.path).map(|file| file.take(found.bytes));
        let mut head = Vec::new();
        open()?.take(sniff::HEAD_BYTES as u64).read_to_end(&mut head)?;
        if sniff::codec(&head) == Codec::Zip {
            // Its members lie anywhere.
            self.content(intake, &Map::open(&found.path)?, &found.shown);
            return Ok(());
        }
        let place = intake.position();
        let reader = Box::new(open()?);
        let read = || {
            let again: stream::Again<'_, '_> = &|| Ok((Box::new(open()?), Around::default()));
            stream::stream(intake, self, reader, &Around::default(), again);
        };
        let whole = || sha256_begin(&found.path, found.bytes, &|_| ());
        let (sha256, ()) = rayon::join(whole, read);
        intake.source_at(place).sha256 = hex(&sha256?);
        Ok(())
    }

    fn content(&'a self, intake: &mut Intake<'_, '_>, bytes: &[u8], path: &str) {
        let whole = || hex(&<sha2::Sha256 as sha2::Digest>::digest(bytes));
        let head = &bytes[..bytes.len().min(sniff::HEAD_BYTES)];
        let place = intake.position();
        match sniff::codec(head) {
            Codec::Plain => {
                stream::text(intake, self, bytes);
                intake.source_at(place).sha256 = whole();
            }
            Codec::Zip => {
                let source = intake.source();
                source.compression = Some(Compression::Zip);
                source.layout = Some(Layout::Archive);
                stream::archive(intake, self, bytes, path, "", &Around::default());
                intake.source_at(place).sha256 = whole();
            }
            Codec::Gzip | Codec::Zstd => {
                // One core unpacks while another hashes what is packed.
                let read = || {
                    let again: stream::Again<'_, '_> = &|| Ok((Box::new(bytes), Around::default()));
                    stream::stream(intake, self, Box::new(bytes), &Around::default(), again);
                };
                let (sha256, ()) = rayon::join(whole, read);
                intake.source_at(place).sha256 = sha256;
            }
        }
    }
}

/// Returns how the names of the parts begin that a job writes.
pub(super) fn part_name(number: usize) -> String {
    format!("part-{number:05}")
}

/// What a path that was passed over is called in diagnostics.
pub(super) fn skipped_code(skipped: &Skipped) -> (Code, String) {
    match skipped {
        Skipped::Unreadable { reason, .. } => (Code::UnreadableFolder, reason.clone()),
        Skipped::NotAFile { kind, .. } => (Code::NotAFile, (*kind).to_owned()),
        Skipped::LinkLoop { .. } => (Code::LinkLoop, String::new()),
        Skipped::VersionControl { .. } => (Code::VersionControl, String::new()),
        Skipped::SecondName { first, .. } => (Code::SecondName, first.clone()),
        Skipped::Case { shown, files, finished } => {
            let files = counted(*files as u64, "file", "files");
            let end = if *finished { "" } else { ", which a run that was ended left half-written" };
            (Code::OwnCase, format!("{files} in {shown}{end}"))
        }
        Skipped::Missing { .. } => (Code::UnreadableFile, "no such file or folder".to_owned()),
    }
}

#[cfg(test)]
mod tests;
