//! Sources that are read from front to back: small files, compressed streams, members of archives, tables.

mod archive;
mod dates;
mod hashing;
mod unread;

use std::io::{self, Read};

pub(super) use archive::archive;
use archive::inner_archive;
pub(super) use dates::decided_by_file;
use dates::settle_dates;
use unread::tell_unread;

use super::intake::Intake;
use super::pieces;
use super::shared::Shared;
use super::source::{self, Compression};
use crate::diag::Code;
use crate::input::colour::{Colourless, blanked, has_colours};
use crate::input::decode::Utf16Reader;
use crate::input::layers::{Around, peek};
use crate::input::open::{
    Codec as Unpacking, Expand, ExpandError, Limits, expand_error, gunzip, unzstd,
};
use crate::input::sniff::{self, Codec, Encoding, HEAD_BYTES, Layout};
use crate::input::split::{Splitter, State, holds_record};
use crate::input::table::TableReader;

/// Pieces that are decoded at a time, while as many are read.
const TOGETHER: usize = 3;

/// Reads a whole plain text that is in memory.
pub(super) fn text(intake: &mut Intake<'_, '_>, shared: &Shared<'_, '_>, bytes: &[u8]) {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let (encoding, bom) = sniff::encoding(head);
    if let Some(order) = encoding.byte_order() {
        let again: Again<'_, '_> =
            &|| Ok((Box::new(Utf16Reader::new(bytes, order)), Around::default()));
        return decoded(intake, shared, encoding, &mut Utf16Reader::new(bytes, order), again);
    }
    let plain;
    let (head, bytes) = if has_colours(head) {
        plain = blanked(bytes);
        (&plain[..head.len()], &plain[..])
    } else {
        (head, bytes)
    };
    let layout = begin_layout(intake, encoding, head, bytes);
    intake.settle_dates(&bytes[..bytes.len().min(dated(layout, head))], bytes);
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
        _ => None,
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
        Layout::Text | Layout::Binary | Layout::Blank if holds_record(text) => Layout::Json,
        // So may what looks like a header be what a logger or a tool writes before JSON.
        Layout::Delimited if holds_record(head) && !sniff::has_row(&sniff::head_text(head)) => {
            Layout::Json
        }
        layout => layout,
    };
    let source = intake.source();
    source.encoding = Some(encoding);
    source.layout = Some(match layout {
        Layout::Json => source::Layout::Json,
        Layout::Delimited => source::Layout::Table,
        _ => source::Layout::Foreign,
    });
    if sniff::is_unopened(head) {
        // What can be read of it all the same is read.
        intake.remark(Code::UnopenedArchive, "");
        return layout;
    }
    tell_unread(intake, layout, head);
    layout
}

/// At most this much of a table is looked at for dates that tell day from month.
const TABLE_HEAD: usize = 8 << 20;

/// How many bytes of a text show a date, if it has any of the form `1/9/2021`.
///
/// A first row of a table may be longer than a head: its cells hold whole objects.
fn dated(layout: Layout, head: &[u8]) -> usize {
    if layout == Layout::Delimited { TABLE_HEAD } else { head.len() }
}

/// A stream, and what lies around it.
type Opened<'r> = (Box<dyn Read + Send + 'r>, Around);

/// Opens a stream once more, to look ahead in it.
pub(super) type Again<'c, 'r> = &'c dyn Fn() -> io::Result<Opened<'r>>;

/// Reads a stream whose form is not yet known.
pub(super) fn stream<'r>(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    reader: Box<dyn Read + Send + 'r>,
    around: &Around,
    again: Again<'_, 'r>,
) {
    let (head, rest) = peek(reader);
    let codec = sniff::codec(&head);
    if codec != Codec::Plain && around.is_too_deep() {
        return intake.refuse_whole(Code::NestedTooDeep);
    }
    match codec {
        Codec::Gzip => {
            intake.source().compression.get_or_insert(Compression::Gzip);
            packed(intake, shared, Box::new(rest), around, again, gunzip);
        }
        Codec::Zstd => {
            intake.source().compression.get_or_insert(Compression::Zstd);
            packed(intake, shared, Box::new(rest), around, again, unzstd);
        }
        Codec::Zip => inner_archive(intake, shared, Box::new(rest), around),
        Codec::Plain => plain(intake, shared, &head, rest, again),
    }
}

/// Reads a stream that `expand` expands.
fn packed<'r, C: Unpacking + Send + 'r>(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    reader: Box<dyn Read + Send + 'r>,
    around: &Around,
    again: Again<'_, 'r>,
    expand: fn(Box<dyn Read + Send + 'r>, &Limits) -> Expand<C>,
) {
    let limits = &shared.config.expand;
    let place = intake.position();
    let (mut unpacked, inside) = around.within(expand(reader, limits));
    let again: Again<'_, '_> = &|| {
        let (packed, around) = again()?;
        let (unpacked, inside) = around.within(expand(packed, limits));
        Ok((Box::new(unpacked), inside))
    };
    stream(intake, shared, Box::new(&mut unpacked), &inside, again);
    intake.trailing(place, unpacked.trailing_garbage());
}

/// Reads a text that is packed no further, in whatever encoding; `head` is its beginning.
fn plain<'r, R: Read + Send + 'r>(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    head: &[u8],
    rest: R,
    again: Again<'_, '_>,
) {
    let (encoding, bom) = sniff::encoding(head);
    match encoding.byte_order() {
        Some(order) => {
            let again: Again<'_, '_> = &|| {
                let (wide, around) = again()?;
                Ok((Box::new(Utf16Reader::new(wide, order)), around))
            };
            decoded(intake, shared, encoding, &mut Utf16Reader::new(rest, order), again);
        }
        None if has_colours(head) => {
            let again: Again<'_, '_> = &|| {
                let (coloured, around) = again()?;
                Ok((Box::new(Colourless::new(coloured)), around))
            };
            let rest = Box::new(Colourless::new(rest));
            let head = Head { encoding, bom, bytes: &blanked(head) };
            blocks(intake, shared, &head, rest, again);
        }
        None => {
            let head = Head { encoding, bom, bytes: head };
            blocks(intake, shared, &head, Box::new(rest), again);
        }
    }
}

/// Reads a text that comes decoded from UTF-16.
fn decoded<R: Read + Send>(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    encoding: Encoding,
    reader: &mut Utf16Reader<R>,
    again: Again<'_, '_>,
) {
    {
        let (head, rest) = peek(&mut *reader);
        let head = Head { encoding, bom: 0, bytes: &head };
        blocks(intake, shared, &head, Box::new(rest), again);
    }
    if reader.replaced() > reader.slips() {
        intake.remark(Code::BadText, "");
    }
    if reader.slips() > 0 {
        intake.remark(Code::LostByte, "");
    }
}

/// How a text begins.
struct Head<'h> {
    encoding: Encoding,
    /// Bytes of the mark before the text.
    bom: usize,
    bytes: &'h [u8],
}

/// Reads a UTF-8 text block by block: the next block is decoded while one is read, that in pieces.
fn blocks(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    &Head { encoding, bom, bytes: head }: &Head<'_>,
    mut reader: Box<dyn Read + Send + '_>,
    again: Again<'_, '_>,
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
    settle_dates(intake, dated(layout, head), &block, (!last).then_some(again));
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
