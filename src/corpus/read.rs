//! One job: reads the files or the part of a file that it names.

use std::fs::File;
use std::io::{self, Read};

use super::intake::{Intake, Output};
use super::plan::{Job, Range};
use super::shared::{Shared, part_name};
use super::source::{Compression, Layout, Source};
use super::stream;
use crate::base::hash::hex;
use crate::base::par;
use crate::diag::Code;
use crate::input::discover::Found;
use crate::input::layers::Around;
use crate::input::map::Map;
use crate::input::open::{codec_of, sha256_begin};
use crate::input::sniff::{self, Codec};
use crate::input::split::{Splitter, Stop};
use crate::input::window::Window;

/// Bytes of a big file that are at hand together: few enough to stay in the cache.
const AT_HAND: usize = 1 << 20;

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

impl<'a> Shared<'a, '_> {
    /// Does one job.
    pub(super) fn run(&'a self, number: usize, job: &Job) -> Done {
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
        let is_archive = match sniff::codec(&head) {
            Codec::Plain if sniff::is_binary(&head) => {
                codec_of(&Map::open(&found.path)?) == Codec::Zip
            }
            codec => codec == Codec::Zip,
        };
        if is_archive {
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
        let place = intake.position();
        match codec_of(bytes) {
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
