//! The original text of the records behind alerts and grave findings, read again from the evidence.
//!
//! Pages show it, so that a reader without the evidence sees what a statement rests on. It is
//! bounded: what is beyond `azscope show` prints.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io;
use std::io::Read;

use super::model::{EvidenceRef, Level, Report};
use crate::input::discover::path_of;
use crate::input::open::Limits;
use crate::input::replay::{Text, Whole, replay};

/// At most this many records are read again.
const RECORDS: usize = 400;
/// At most this many of one finding or alert.
const EACH: usize = 2;
/// A longer record is left out, bytes.
const LENGTH: u64 = 16 << 10;
/// All of them together are no longer, bytes.
const ALL: u64 = 2 << 20;
/// A packed source is unpacked so far at most, bytes.
const UNPACKED: u64 = 64 << 20;

/// Records by the ids of their events.
pub type Records = BTreeMap<String, String>;

/// A source: its path, and the member of an archive.
type Source<'r> = (&'r str, Option<&'r str>);

/// Reads the records of alerts, most severe first, then of findings that are critical or high.
///
/// What can no longer be read is left out; `limits` are those within which the evidence was read.
pub fn records(report: &Report, limits: &Limits) -> Records {
    let mut records = Records::new();
    for ((path, member), mut places) in wanted(report) {
        places.sort_by_key(|place| place.offset);
        let read = replay(&path_of(path), member, limits, &mut |text| match text {
            Text::Whole(whole) => cut(whole, &places, &mut records),
            Text::Stream(reader) => pull(reader, &places, &mut records),
        });
        if let Err(error) = read {
            log::info!("records of {path} cannot be shown: {error}");
        }
    }
    records
}

/// Chooses the records, by their sources.
fn wanted(report: &Report) -> BTreeMap<Source<'_>, Vec<&EvidenceRef>> {
    let alerts = report.ranked_alerts().into_iter().map(|alert| &alert.evidence);
    let grave = [Level::Critical, Level::High].into_iter();
    let findings = grave.flat_map(|level| report.findings_of(level)).map(|found| &found.evidence);
    let (mut seen, mut left) = (BTreeSet::new(), ALL);
    let mut wanted: BTreeMap<Source<'_>, Vec<&EvidenceRef>> = BTreeMap::new();
    for place in alerts.chain(findings).flat_map(|places| places.iter().take(EACH)) {
        if seen.len() == RECORDS || u64::from(place.length) > LENGTH.min(left) {
            continue;
        }
        if seen.insert(&place.event) {
            left -= u64::from(place.length);
            let source = (place.source.file.as_str(), place.source.member.as_deref());
            wanted.entry(source).or_default().push(place);
        }
    }
    wanted
}

fn cut(whole: &Whole, places: &[&EvidenceRef], records: &mut Records) -> io::Result<()> {
    for place in places {
        if let Some(record) = whole.piece(place.offset, u64::from(place.length))? {
            keep(place, &record, records);
        }
    }
    Ok(())
}

/// Reads the records of a stream from front to back.
fn pull(reader: &mut dyn Read, places: &[&EvidenceRef], records: &mut Records) -> io::Result<()> {
    let mut at = 0;
    for place in places {
        // Records may lie within each other where an envelope is a record too.
        let Some(skip) = place.offset.checked_sub(at) else { continue };
        if place.offset > UNPACKED {
            break;
        }
        io::copy(&mut (&mut *reader).take(skip), &mut io::sink())?;
        let mut record = Vec::new();
        let length = u64::from(place.length);
        (&mut *reader).take(length).read_to_end(&mut record)?;
        at = place.offset + length;
        if record.len() as u64 == length {
            keep(place, &record, records);
        }
    }
    Ok(())
}

fn keep(place: &EvidenceRef, record: &[u8], records: &mut Records) {
    records.insert(place.event.to_string(), String::from_utf8_lossy(record).into_owned());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::investigation::model::Finding;

    fn place(event: &str, offset: u64, length: u32) -> EvidenceRef {
        EvidenceRef { event: event.into(), offset, length, ..EvidenceRef::default() }
    }

    #[test]
    fn a_stream_gives_the_same_records_as_a_whole_text() {
        let places = [place("a", 2, 3), place("b", 5, 1), place("gone", 90, 4)];
        let places: Vec<&EvidenceRef> = places.iter().collect();
        let (mut whole, mut stream) = (Records::new(), Records::new());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"0123456789").unwrap();
        replay(file.path(), None, &Limits::default(), &mut |text| match text {
            Text::Whole(text) => cut(text, &places, &mut whole),
            Text::Stream(_) => unreachable!("the text is plain"),
        })
        .unwrap();
        pull(&mut &b"0123456789"[..], &places, &mut stream).unwrap();
        assert_eq!(whole, [("a".into(), "234".into()), ("b".into(), "5".into())].into());
        assert_eq!(whole, stream);
    }

    #[test]
    fn few_and_short_records_of_grave_findings_are_wanted_each_once() {
        let finding = |level, evidence| Finding { level, evidence, ..Finding::default() };
        let mut findings: Vec<Finding> = (0..RECORDS + 9)
            .map(|at| finding(Level::High, vec![place(&format!("e{at}"), 0, 10)]))
            .collect();
        findings.push(finding(Level::Critical, vec![place("first", 0, 10); 5]));
        findings.push(finding(
            Level::Critical,
            vec![place("long", 0, (LENGTH + 1).try_into().unwrap())],
        ));
        findings.push(finding(Level::Medium, vec![place("mild", 0, 10)]));
        let report = Report { findings, ..Report::default() };
        let wanted: Vec<&EvidenceRef> = wanted(&report).into_values().flatten().collect();
        assert_eq!(wanted.len(), RECORDS);
        assert_eq!(wanted.iter().filter(|place| place.event == "first").count(), 1);
        assert!(wanted.iter().all(|place| place.event != "long" && place.event != "mild"));
    }
}
