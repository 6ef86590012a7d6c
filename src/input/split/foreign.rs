//! Text beside records that is no piece of one: what a logger writes before each, warnings of a tool, comments.
//!
//! A piece of a record has quotes or braces nearly everywhere, and a page of a server that came
//! instead of an answer has angle brackets: neither is taken for it.

use super::envelope::{Opening, is_telling, opening};
use super::{Frame, Splitter, inner, literal};
use crate::base::json::{self, Doc, Tape};

/// The longest text before a record on its line.
const PREFIX: usize = 512;
/// The longest line of foreign text.
const LINE: usize = 16 << 10;
/// At most this many objects of a comment are looked at; one with more is taken for what is left of a record.
const OBJECTS: usize = 64;
/// So far into a line stands the colon behind who says it.
const HEAD: usize = 80;
/// At most this many lines behind a line tell what it is.
const AHEAD: usize = 6;

/// What stands at a place between records.
pub(super) enum Foreign {
    /// No foreign text.
    No,
    /// Foreign text up to here.
    Upto(usize),
    /// Too little text is at hand to tell.
    Cut,
}

impl Foreign {
    fn or_else(self, other: impl FnOnce() -> Foreign) -> Foreign {
        match self {
            Foreign::No => other(),
            found => found,
        }
    }
}

/// Looks for foreign text at `at`; with `last`, the text ends where the input ends.
pub(super) fn look(splitter: &mut Splitter, text: &[u8], at: usize, last: bool) -> Foreign {
    match splitter.state.frames.last() {
        None => comment(splitter, text, at, last)
            .or_else(|| prefix(splitter, text, at, last))
            .or_else(|| line(splitter.habit.is_empty(), text, at, last)),
        Some(Frame::List) => comment(splitter, text, at, last),
        Some(Frame::Envelope | Frame::Rows(_)) => Foreign::No,
    }
}

/// `// to the end of the line`, `# to the end of the line`, `/* up to here */`.
///
/// A record in it is read: the comment ends where the record begins, and `*/` is what is left behind.
fn comment(splitter: &mut Splitter, text: &[u8], at: usize, last: bool) -> Foreign {
    let window = &text[at..text.len().min(at + LINE)];
    let end = match window {
        [b'*', b'/', ..] => return Foreign::Upto(at + 2),
        [b'/', b'*', inside @ ..] => match memchr::memmem::find(inside, b"*/") {
            Some(len) => at + 2 + len + 2,
            None => return missing(window.len() < LINE && !last),
        },
        [b'/', b'/', ..] | [b'#', ..] => match memchr::memchr(b'\n', window) {
            Some(len) => at + len,
            None if window.len() == LINE => return Foreign::No,
            None if last => text.len(),
            None => return Foreign::Cut,
        },
        [b'/' | b'*'] => return missing(!last),
        _ => return Foreign::No,
    };
    let braces = memchr::memchr_iter(b'{', &text[at..end]).map(|brace| at + brace);
    for (tried, brace) in braces.enumerate() {
        match begins_record(splitter, text, brace) {
            Some(true) => return Foreign::Upto(brace),
            None if !last && text.len() - brace < splitter.limit.bytes => return Foreign::Cut,
            _ if tried == OBJECTS => return Foreign::No,
            _ => {}
        }
    }
    Foreign::Upto(end)
}

fn missing(may_follow: bool) -> Foreign {
    if may_follow { Foreign::Cut } else { Foreign::No }
}

/// Text before a whole record, or a list of them, on the same line.
///
/// Where records begin their lines, it is what is left of one.
fn prefix(splitter: &mut Splitter, text: &[u8], at: usize, last: bool) -> Foreign {
    if splitter.habit.column.is_some() {
        return Foreign::No;
    }
    let window = &text[at..text.len().min(at + PREFIX)];
    let Some(len) = memchr::memchr3(b'{', b'"', b'\n', window) else {
        return missing(window.len() < PREFIX && !last);
    };
    // A bracket and blanks alone begin a list of records.
    let says = window[..len].iter().any(u8::is_ascii_alphanumeric);
    // What is left of a record ends where it was torn: in a word.
    let ends = window[..len].last().is_some_and(|b| b" \t:|=>])-,".contains(b));
    let quote = window[..len].ends_with(b"'").then(|| at + len - 1);
    if window[len] != b'{' || !says || !ends && quote.is_none() || !is_plain(&window[..len]) {
        return Foreign::No;
    }
    if let Some(quote) = quote {
        let end = text.len().min(at.saturating_add(splitter.limit.bytes));
        return match literal::holds_record(&text[..end], quote, &mut splitter.trial) {
            Some(true) => Foreign::Upto(literal::start(text, quote)),
            Some(false) => Foreign::No,
            None => missing(!last && text.len() - at < splitter.limit.bytes),
        };
    }
    if opening(text, at + len, true) == Opening::Envelope {
        return Foreign::Upto(at + len);
    }
    match begins_record(splitter, text, at + len) {
        Some(true) => Foreign::Upto(at + len),
        Some(false) => Foreign::No,
        None => missing(!last && text.len() - at < splitter.limit.bytes),
    }
}

/// Whether what stands on the line before `at` is text that holds no key.
pub(super) fn is_behind_text(text: &[u8], at: usize) -> bool {
    let window = &text[at.saturating_sub(PREFIX)..at];
    let line = match memchr::memrchr(b'\n', window) {
        Some(end) => &window[end + 1..],
        None if window.len() == at => window,
        None => return false,
    };
    !line.iter().any(|byte| b"\"'{}".contains(byte))
        && line.iter().any(u8::is_ascii_alphanumeric)
        && is_plain(line)
}

/// Whether a record of an export begins here; `None` where the text ends inside it.
fn begins_record(splitter: &mut Splitter, text: &[u8], at: usize) -> Option<bool> {
    let end = text.len().min(at.saturating_add(splitter.limit.bytes));
    let mut tape = std::mem::take(&mut splitter.trial);
    let habit = &splitter.habit;
    let believe = |doc: Doc<'_>| is_telling(doc) || !habit.is_empty() && habit.resembles(doc);
    let begins = match json::parse(&text[..end], at, &mut tape) {
        Ok(parsed) => {
            let record = std::str::from_utf8(&text[at..parsed.end]);
            Some(record.is_ok_and(|record| believe(Doc::new(record, &tape))))
        }
        Err(json::Error::Ends { .. }) => None,
        Err(_) => {
            let (begins, _) = inner::try_printed(&text[..end], at, &mut tape, believe);
            Some(begins)
        }
    };
    splitter.trial = tape;
    begins
}

/// A line that a tool or a logger says of itself, without quotes and braces; before the first record and
/// behind the last one, prose too.
///
/// Any other text may be what is left of a record, and is a loss.
fn line(is_before: bool, text: &[u8], at: usize, last: bool) -> Foreign {
    let window = &text[at..text.len().min(at + LINE)];
    let len = match memchr::memchr(b'\n', window) {
        Some(len) => len,
        None if window.len() == LINE => return Foreign::No,
        None if last => window.len(),
        None if memchr::memchr3(b'"', b'{', b'}', window).is_some() => return Foreign::No,
        None => return Foreign::Cut,
    };
    let line = window[..len].trim_ascii();
    let is_told = is_foreign(line);
    if !is_told && !is_prose(line) {
        return Foreign::No;
    }
    match follows(text, at + len, last) {
        None => Foreign::Cut,
        Some(After::End) => Foreign::Upto(at + len),
        Some(After::Record { told }) if is_before || is_told && told => Foreign::Upto(at + len),
        Some(After::Record { .. } | After::Piece) => Foreign::No,
    }
}

fn is_foreign(line: &[u8]) -> bool {
    is_said(line) && !is_piece(line) && is_plain(line) && !is_value(line)
}

/// Whether a line is what people write: words, with marks as prose has them.
fn is_prose(line: &[u8]) -> bool {
    const NONE: &[u8] = b"[]|<>\\\t";
    let stops = |pair: &[u8]| matches!(pair, [b',' | b';', next] if *next != b' ');
    line.iter().any(u8::is_ascii_alphabetic)
        && !line.iter().any(|byte| NONE.contains(byte))
        && !line.windows(2).any(|pair| stops(pair) || pair == b"  ")
        && !matches!(line.last(), Some(b',' | b';'))
        && !is_piece(line)
        && is_plain(line)
        && !is_value(line)
}

/// What comes behind a line.
enum After {
    /// A record, or more lines than are looked at; whether all lines up to there are of tools and loggers.
    Record { told: bool },
    /// The end of the input.
    End,
    /// A piece of a record, which makes the lines before it pieces of the same.
    Piece,
}

/// Looks for what follows the line that ends at `end`; `None` when the text has to go on.
fn follows(text: &[u8], end: usize, last: bool) -> Option<After> {
    let (mut at, mut told) = (end, true);
    for _ in 0..AHEAD {
        at = json::skip_blank(text, at).0;
        let rest = &text[at..text.len().min(at + LINE)];
        if matches!(rest.first(), Some(b'{' | b',' | b'/' | b'#' | 0)) {
            break;
        }
        let len = match memchr::memchr(b'\n', rest) {
            Some(len) => len,
            None if last || rest.len() == LINE => rest.len(),
            None => return None,
        };
        let line = rest[..len].trim_ascii();
        if line.is_empty() {
            return Some(After::End);
        }
        let record = memchr::memchr2(b'{', b'"', line).filter(|&i| line[i] == b'{');
        let is_list = line.first() == Some(&b'[') && !closes_and_goes_on(line);
        if is_list || record.is_some_and(|i| is_plain(&line[..i])) {
            break;
        }
        let is_told = is_foreign(line);
        if !is_told && !is_prose(line) {
            return Some(After::Piece);
        }
        (at, told) = (at + len, told && is_told);
    }
    Some(After::Record { told })
}

/// Whether a line is a rule or a fence, or begins as what is said in logs and headers does: with a time,
/// with a word in brackets, or with a few words and a colon.
fn is_said(line: &[u8]) -> bool {
    let is_rule = |b: &u8| matches!(b, b'`' | b'-' | b'=' | b'*' | b'~' | b'_' | b' ');
    let is_dated =
        matches!(line, [a, b, c, d, b'-', ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()));
    let head = &line[..line.len().min(HEAD)];
    let colon =
        memchr::memmem::find(head, b": ").or_else(|| head.strip_suffix(b":").map(<[u8]>::len));
    line.iter().all(is_rule)
        || line.starts_with(b"```")
        || line.starts_with(b"HTTP/")
        || is_dated
        || line.first() == Some(&b'[') && closes_and_goes_on(line)
        || colon.is_some_and(|colon| head[..colon].iter().any(u8::is_ascii_alphabetic))
}

/// Whether a line may be a piece of a record, of a list or of a page of a server.
fn is_piece(line: &[u8]) -> bool {
    let is_fence = line.starts_with(b"```");
    matches!(line.first(), Some(b'<' | b']' | b':' | b'}'))
        || memchr::memchr2(b'{', b'}', line).is_some()
        || memchr::memchr(b'"', line).is_some() && !is_fence
        || line.starts_with(b"/*")
        || line.first() == Some(&b'[') && !closes_and_goes_on(line)
}

/// Whether what the bracket opens is closed on the line with words behind it, as in `[WARNING] ...`.
fn closes_and_goes_on(line: &[u8]) -> bool {
    let close = memchr::memchr(b']', line);
    close.is_some_and(|close| line[close..].iter().any(u8::is_ascii_alphabetic))
}

fn is_value(line: &[u8]) -> bool {
    json::parse(line, 0, &mut Tape::default()).is_ok_and(|parsed| parsed.end == line.len())
}

/// Whether it is text for people: UTF-8 without control characters.
fn is_plain(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.contains(|c: char| c.is_control() && c != '\t' || c == '\u{fffd}'))
}
