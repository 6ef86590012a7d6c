//! Sources that are read from front to back: small files, compressed streams, members of archives, tables.

mod readers;

use std::io::{self, Cursor, Read};

use readers::{Failing, Hashing};

use super::build::Shared;
use super::intake::Intake;
use super::pieces;
use super::source::Source;
use crate::diag::Code;
use crate::input::colour::{Colourless, blanked, has_colours};
use crate::input::decode::Utf16Reader;
use crate::input::open::{Archive, ExpandError, Outermost, expand_error, gunzip, unzstd};
use crate::input::sniff::{self, Codec, Encoding, HEAD_BYTES, Layout};
use crate::input::split::{Splitter, State, holds_record};
use crate::input::table::TableReader;

/// Archives and compressed streams may lie so many levels deep.
const NESTED: u8 = 2;
/// An archive inside an archive is unpacked into memory up to this size.
const INNER_ARCHIVE: u64 = 512 << 20;
/// Pieces that are decoded at a time, while as many are read.
const TOGETHER: usize = 3;

/// Reads a whole plain text that is in memory.
pub(super) fn text(intake: &mut Intake<'_, '_>, shared: &Shared<'_, '_>, bytes: &[u8]) {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let (encoding, bom) = sniff::encoding(head);
    if let Some(order) = encoding.byte_order() {
        return decoded(intake, shared, encoding, &mut Utf16Reader::new(bytes, order));
    }
    let plain;
    let (head, bytes) = if has_colours(head) {
        plain = blanked(bytes);
        (&plain[..head.len()], &plain[..])
    } else {
        (head, bytes)
    };
    let layout = begin_layout(intake, encoding, head, bytes);
    intake.settle_dates(dated(layout, head, bytes), bytes);
    match layout {
        Layout::Json => {
            let mut splitter = Splitter::new(State::default(), shared.config.record_limit);
            let stop = splitter.run(bytes, bom, bytes.len(), true, intake);
            intake.advance(stop.at, stop.lines);
        }
        Layout::Delimited => {
            intake.place(bom as u64, 0);
            let mut reader = TableReader::new(shared.config.record_limit);
            let stop = reader.run(&bytes[bom..], true, intake);
            intake.advance(stop.at, stop.lines);
        }
        _ => {}
    }
    intake.close_table();
    intake.close_dates();
}

/// How a text is laid out; in thousands of small files the first byte has to be enough.
fn layout_of(encoding: Encoding, head: &[u8]) -> Layout {
    let begins = |skip: usize| head[skip..].iter().find(|b| !b.is_ascii_whitespace());
    let first = match encoding {
        Encoding::Utf8 => begins(0),
        Encoding::Utf8Bom => begins(3.min(head.len())),
        Encoding::Utf16Le | Encoding::Utf16Be => None,
    };
    if matches!(first, Some(b'{' | b'[')) {
        return Layout::Json;
    }
    sniff::layout(&sniff::head_text(head))
}

/// Notes what the text is and returns how to read it; `text` is as much of it as is at hand.
fn begin_layout(
    intake: &mut Intake<'_, '_>,
    encoding: Encoding,
    head: &[u8],
    text: &[u8],
) -> Layout {
    let layout = match layout_of(encoding, head) {
        // What begins as something else may be a log whose beginning is damaged.
        Layout::Text | Layout::Binary if holds_record(text) => Layout::Json,
        // So may what looks like a header be what a logger or a tool writes before JSON.
        Layout::Delimited if holds_record(head) && !sniff::has_row(&sniff::head_text(head)) => {
            Layout::Json
        }
        layout => layout,
    };
    let source = intake.source();
    source.encoding = match encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Utf8Bom => "utf-8-bom",
        Encoding::Utf16Le => "utf-16le",
        Encoding::Utf16Be => "utf-16be",
    };
    source.layout = match layout {
        Layout::Json => "json",
        Layout::Delimited => "table",
        _ => "none",
    };
    if sniff::is_unopened(head) {
        // What can be read of it all the same is read.
        intake.remark(Code::UnopenedArchive, "");
        return layout;
    }
    match layout {
        Layout::Json | Layout::Delimited => {}
        Layout::Blank => intake.remark(Code::EmptyFile, ""),
        Layout::PowerShellList => intake.refuse_whole(Code::PowerShellList),
        Layout::Printed => intake.refuse_whole(Code::PrintedText),
        Layout::Binary | Layout::Text => intake.remark(Code::NotALog, ""),
    }
    layout
}

/// So much of a table is looked at for dates that tell day from month.
const TABLE_HEAD: usize = 8 << 20;

/// The part of a text in which a date shows, if there are any of the form `1/9/2021`.
///
/// A first row of a table may be longer than a head: its cells hold whole objects.
fn dated<'t>(layout: Layout, head: &'t [u8], text: &'t [u8]) -> &'t [u8] {
    if layout == Layout::Delimited { &text[..text.len().min(TABLE_HEAD)] } else { head }
}

/// What lies around a stream.
#[derive(Clone, Default)]
pub(super) struct Around {
    /// So many archives and compressed streams.
    depth: u8,
    /// The outermost compressed bytes.
    outermost: Option<Outermost>,
}

impl Around {
    /// Returns what lies around a stream in one whose outermost bytes are these.
    fn and(&self, outermost: &Outermost) -> Around {
        Around { depth: self.depth + 1, outermost: Some(outermost.clone()) }
    }
}

/// Reads a stream whose form is not yet known.
pub(super) fn stream(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    mut reader: Box<dyn Read + Send + '_>,
    around: &Around,
) {
    let mut head = Vec::new();
    let error = fill(&mut *reader, &mut head, HEAD_BYTES).err();
    let codec = sniff::codec(&head);
    if codec != Codec::Plain && around.depth >= NESTED {
        return intake.refuse_whole(Code::NestedTooDeep);
    }
    let rest: Box<dyn Read + Send + '_> = match error {
        // What came before the damage is read; the damage is met again behind it.
        Some(error) => Box::new(Cursor::new(head.clone()).chain(Failing(Some(error)))),
        None => Box::new(Cursor::new(head.clone()).chain(reader)),
    };
    match codec {
        Codec::Gzip => {
            intake.source().compression.get_or_insert("gzip");
            let place = intake.position();
            let expand = gunzip(rest, &shared.config.expand);
            let mut unpacked = expand.within(around.outermost.as_ref());
            let inside = around.and(unpacked.outermost());
            stream(intake, shared, Box::new(&mut unpacked), &inside);
            intake.trailing(place, unpacked.trailing_garbage());
        }
        Codec::Zstd => {
            intake.source().compression.get_or_insert("zstd");
            let place = intake.position();
            let expand = unzstd(rest, &shared.config.expand);
            let mut unpacked = expand.within(around.outermost.as_ref());
            let inside = around.and(unpacked.outermost());
            stream(intake, shared, Box::new(&mut unpacked), &inside);
            intake.trailing(place, unpacked.trailing_garbage());
        }
        Codec::Zip => inner_archive(intake, shared, rest, around),
        Codec::Plain => {
            let (encoding, bom) = sniff::encoding(&head);
            match encoding.byte_order() {
                Some(order) => {
                    decoded(intake, shared, encoding, &mut Utf16Reader::new(rest, order));
                }
                None if has_colours(&head) => {
                    let rest = Box::new(Colourless::new(rest));
                    blocks(intake, shared, encoding, &blanked(&head), bom, rest);
                }
                None => blocks(intake, shared, encoding, &head, bom, rest),
            }
        }
    }
}

/// Reads a text that comes decoded from UTF-16.
fn decoded<R: Read + Send>(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    encoding: Encoding,
    reader: &mut Utf16Reader<R>,
) {
    let mut head = Vec::new();
    let failed = fill(reader, &mut head, HEAD_BYTES).err();
    let first = head.clone();
    {
        let rest = Cursor::new(head).chain(Failing(failed)).chain(&mut *reader);
        blocks(intake, shared, encoding, &first, 0, Box::new(rest));
    }
    if reader.replaced() > reader.slips() {
        intake.remark(Code::BadText, "");
    }
    if reader.slips() > 0 {
        intake.remark(Code::LostByte, "");
    }
}

/// Reads a UTF-8 text block by block: the next block is decoded while one is read, that in pieces.
fn blocks(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    encoding: Encoding,
    head: &[u8],
    bom: usize,
    mut reader: Box<dyn Read + Send + '_>,
) {
    // The first block is one piece: it shows how records begin, by which later blocks are cut.
    let piece = pieces::size(shared.config.job_bytes);
    let mut block = Vec::new();
    let mut error = fill(&mut *reader, &mut block, piece).err();
    let mut last = error.is_some() || block.len() < piece;
    block.drain(..bom.min(block.len()));
    let layout = match error {
        // What is damaged from its first byte on is not empty.
        Some(_) if block.is_empty() => Layout::Blank,
        _ => begin_layout(intake, encoding, head, &block),
    };
    let mut takes = match layout {
        Layout::Json => Takes::Json(Splitter::new(State::default(), shared.config.record_limit)),
        Layout::Delimited => Takes::Table(TableReader::new(shared.config.record_limit)),
        // The bytes are read to the end all the same: their hash is part of the manifest.
        _ => Takes::Nothing,
    };
    intake.place(bom as u64, 0);
    // Of a stream only the first block is at hand to tell day from month.
    intake.settle_dates(dated(layout, head, &block), &block);
    let mut next = Vec::new();
    loop {
        next.clear();
        let (done, filled) = rayon::join(
            || takes.take(intake, &block, piece, last),
            || if last { Ok(()) } else { fill(&mut *reader, &mut next, piece * TOGETHER) },
        );
        if last {
            break;
        }
        error = filled.err();
        last = error.is_some() || next.len() < piece * TOGETHER;
        block.drain(..done);
        block.extend_from_slice(&next);
    }
    intake.close_table();
    intake.close_dates();
    if let Some(error) = error {
        damaged(intake, &error);
    }
}

/// What takes the text of a stream.
enum Takes {
    Json(Splitter),
    Table(TableReader),
    Nothing,
}

impl Takes {
    /// Takes what it can of a block, read in pieces of a size, and returns how much.
    fn take(
        &mut self,
        intake: &mut Intake<'_, '_>,
        block: &[u8],
        piece: usize,
        last: bool,
    ) -> usize {
        let stop = match self {
            Takes::Json(splitter) => return pieces::take(intake, splitter, block, piece, last),
            Takes::Table(reader) => reader.run(block, last, intake),
            Takes::Nothing => return block.len(),
        };
        intake.advance(stop.at, stop.lines);
        stop.at
    }
}

/// Reads until `block` has `size` bytes more or the stream ends.
fn fill(reader: &mut dyn Read, block: &mut Vec<u8>, size: usize) -> io::Result<()> {
    block.reserve(size);
    reader.take(size as u64).read_to_end(block).map(drop)
}

/// Notes a stream that cannot be read on.
fn damaged(intake: &mut Intake<'_, '_>, error: &io::Error) {
    let code = match expand_error(error) {
        Some(ExpandError::Ratio { .. }) => Code::ExpandRatio,
        Some(ExpandError::Bytes { .. }) => Code::ExpandBytes,
        Some(ExpandError::Truncated) => Code::TruncatedStream,
        Some(ExpandError::Encrypted) => Code::EncryptedMember,
        Some(ExpandError::Unsupported(_)) => Code::UnsupportedMember,
        Some(ExpandError::Corrupt(_)) => Code::CorruptStream,
        Some(ExpandError::Io(_)) | None => Code::UnreadableFile,
    };
    let taken = intake.base;
    intake.remark(code, &format!("{error}, behind {taken} bytes that were read"));
}

/// Reads the members of an archive that is in memory or mapped; each becomes a source of its own.
pub(super) fn archive(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    bytes: &[u8],
    path: &str,
    prefix: &str,
    around: &Around,
) {
    let archive = match Archive::open(bytes) {
        Ok(archive) => archive,
        Err(error) => return intake.remark(Code::CorruptArchive, &error.to_string()),
    };
    if let Some(error) = archive.damage() {
        intake.remark(Code::CorruptArchive, &error.to_string());
    }
    let members = archive.members().iter().filter(|m| !m.is_dir);
    if members.clone().next().is_none() {
        intake.remark(Code::EmptyFile, "an archive without members");
    }
    for member in members {
        let name = format!("{prefix}{}", member.name);
        let source = Source {
            path: path.to_owned(),
            member: Some(name.clone()),
            bytes: member.bytes,
            ..Source::default()
        };
        intake.begin(source);
        let place = intake.position();
        let opened = archive.open_member(member.index, &shared.config.expand);
        match opened {
            Ok(reader) => {
                let reader = reader.within(around.outermost.as_ref());
                let inside = around.and(reader.outermost());
                let mut hashing = Hashing::new(reader);
                stream(intake, shared, Box::new(&mut hashing), &inside);
                // Whatever was not read (a foreign file) is part of the hash all the same.
                let _ = io::copy(&mut hashing, &mut io::sink());
                let (bytes, sha256) = hashing.finish();
                let own = intake.source_at(place);
                (own.bytes, own.sha256) = (bytes, sha256);
            }
            Err(error) => {
                damaged(intake, &error.into());
            }
        }
    }
}

/// An archive inside a stream.
fn inner_archive(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    reader: Box<dyn Read + Send + '_>,
    around: &Around,
) {
    let mut bytes = Vec::new();
    if let Err(error) = reader.take(INNER_ARCHIVE + 1).read_to_end(&mut bytes) {
        damaged(intake, &error);
    }
    if bytes.len() as u64 > INNER_ARCHIVE {
        return intake.refuse_whole(Code::NestedTooDeep);
    }
    let (path, prefix) = {
        let source = intake.source();
        source.compression = Some("zip");
        let prefix = source.member.as_ref().map(|m| format!("{m}/")).unwrap_or_default();
        (source.path.clone(), prefix)
    };
    archive(intake, shared, &bytes, &path, &prefix, around);
}
