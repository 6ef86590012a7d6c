//! Owns where records go: one file for all, or one file a subscription and hour.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Layout;
use super::Options;
use super::time::HOUR;
use super::time::civil;
use super::world::World;

/// A record as it will stand in the file.
pub struct Line {
    /// The time that it is sorted by, in ticks.
    pub ticks: u64,
    /// The index of its subscription.
    pub subscription: usize,
    /// The record, without a newline.
    pub text: Vec<u8>,
}

/// The files of a set.
pub struct Sink<'a> {
    options: &'a Options,
    world: &'a World,
    /// The one file; none when records go to blobs.
    single: Option<Output>,
    /// Whether the first record is still to come.
    first: bool,
}

impl<'a> Sink<'a> {
    /// Opens the output, creating the folders above it.
    pub fn open(options: &'a Options, world: &'a World) -> io::Result<Self> {
        let single = match options.layout {
            Layout::Blob => None,
            _ => Some(Output::create(&options.out, options.gz)?),
        };
        let mut sink = Self { options, world, single, first: true };
        if let Some(output) = &mut sink.single {
            output.write_all(head(options.layout))?;
        }
        Ok(sink)
    }

    /// Writes the records of the hour that starts at `start` ticks, in the order given.
    pub fn write(&mut self, start: u64, lines: &[Line]) -> io::Result<()> {
        let Some(output) = &mut self.single else { return self.write_blobs(start, lines) };
        for line in lines {
            if self.options.layout == Layout::Single {
                output.write_all(&line.text)?;
                output.write_all(newline(self.options))?;
            } else {
                output.write_all(if std::mem::take(&mut self.first) { b"" } else { b"," })?;
                output.write_all(&line.text)?;
            }
        }
        Ok(())
    }

    /// Writes what follows the last record and closes the file.
    pub fn close(self) -> io::Result<()> {
        let Some(mut output) = self.single else { return Ok(()) };
        output.write_all(tail(self.options.layout))?;
        output.close()
    }

    fn write_blobs(&self, start: u64, lines: &[Line]) -> io::Result<()> {
        let mut blobs: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        for line in lines {
            let blob = blobs.entry(line.subscription).or_default();
            blob.extend_from_slice(&line.text);
            blob.extend_from_slice(newline(self.options));
        }
        for (subscription, blob) in blobs {
            let id = &self.world.subscriptions[subscription].id;
            let mut output = Output::create(&blob_path(self.options, id, start), self.options.gz)?;
            output.write_all(&blob)?;
            output.close()?;
        }
        Ok(())
    }
}

/// A file that may be compressed.
enum Output {
    /// The bytes as they are.
    Plain(BufWriter<File>),
    /// One gzip member.
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

impl Output {
    fn create(path: &Path, gz: bool) -> io::Result<Self> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
        Ok(if gz {
            Self::Gzip(Box::new(GzEncoder::new(file, Compression::new(6))))
        } else {
            Self::Plain(file)
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.write_all(bytes),
            Self::Gzip(encoder) => encoder.write_all(bytes),
        }
    }

    fn close(self) -> io::Result<()> {
        match self {
            Self::Plain(mut file) => file.flush(),
            Self::Gzip(mut encoder) => {
                // The sync marker that this writes before the trailer is part of the set's bytes.
                encoder.flush()?;
                encoder.finish()?.flush()
            }
        }
    }
}

/// Returns where the storage account keeps the blob of a subscription and hour.
fn blob_path(options: &Options, subscription: &str, ticks: u64) -> PathBuf {
    let (day, hour) = (ticks / (24 * HOUR), ticks / HOUR % 24);
    let (year, month, day) = civil(day);
    let subscription = subscription.to_uppercase();
    let extension = if options.gz { "json.gz" } else { "json" };
    options.out.join(format!(
        "insights-activity-logs/resourceId=/SUBSCRIPTIONS/{subscription}/y={year:04}/m={month:02}/d={day:02}/h={hour:02}/m=00/PT1H.{extension}"
    ))
}

fn newline(options: &Options) -> &'static [u8] {
    if options.crlf { b"\r\n" } else { b"\n" }
}

fn head(layout: Layout) -> &'static [u8] {
    match layout {
        Layout::Blob | Layout::Single => b"",
        Layout::Array => b"[",
        Layout::Value => b"{\"value\":[",
        Layout::Records => b"{\"records\":[",
    }
}

fn tail(layout: Layout) -> &'static [u8] {
    match layout {
        Layout::Blob | Layout::Single => b"",
        Layout::Array => b"\n]\n",
        Layout::Value | Layout::Records => b"]}\n",
    }
}
