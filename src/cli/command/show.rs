//! `azscope show`: the original bytes of events and alerts.

mod alert;
mod pretty;

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use anyhow::{Context, anyhow, bail};
use rayon::prelude::*;

use crate::base::source_label;
use crate::base::text::for_terminal;
use crate::cli::Status;
use crate::cli::args::{Show, ShowFormat};
use crate::cli::case::Case;
use crate::cli::terminal::Terminal;
use crate::corpus::Table;
use crate::input::replay::{Text, replay};
use pretty::pretty;

/// Ids that are told where a beginning fits several.
const TOLD: usize = 5;
/// Bytes that are read at a time on the way to a record.
const BLOCK: u64 = 1 << 20;

pub(in crate::cli) fn run(options: &Show, terminal: &Terminal) -> anyhow::Result<Status> {
    let case = Case::open(&options.case)?;
    let places = find(&case, &options.events)?;
    let mut hashes = BTreeMap::new();
    for place in &places {
        if !hashes.contains_key(&place.file) {
            hashes.insert(place.file.clone(), case.check(&place.file)?);
        }
    }
    let page = match options.format {
        ShowFormat::Auto => terminal.seen,
        ShowFormat::Page => true,
        ShowFormat::Raw => false,
    };
    let records = places.iter().map(|place| read(&case, place)).collect::<Result<Vec<_>, _>>()?;
    let out = &mut io::stdout().lock();
    for (at, (place, record)) in places.iter().zip(&records).enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let told = place.tell(record.line, &hashes[&place.file]);
        if page {
            writeln!(out, "{told}\n")?;
            out.write_all(pretty(&String::from_utf8_lossy(&record.bytes)).as_bytes())?;
        } else {
            log::info!("{}", told.replace('\n', "; "));
            out.write_all(&record.bytes)?;
        }
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// Where the record of an event, or one that tells of an alert, stands.
struct Place {
    what: &'static str,
    /// Id of the event or the alert.
    event: String,
    file: String,
    member: Option<String>,
    offset: u64,
    length: u64,
}

impl Place {
    fn label(&self) -> String {
        for_terminal(&source_label(&self.file, self.member.as_deref())).into_owned()
    }

    fn tell(&self, line: u64, sha256: &str) -> String {
        let Place { what, event, offset, length, .. } = self;
        format!(
            "{what:<8}{event}\nplace   {}:{line}\nbytes   {length} from offset {offset}\nsha256  {sha256} as the manifest says",
            self.label()
        )
    }
}

/// Finds each event by its id or the beginning of it.
fn find(case: &Case, wanted: &[String]) -> anyhow::Result<Vec<Place>> {
    const COLUMNS: [&str; 5] = ["event", "file", "member", "offset", "length"];
    let wanted: Vec<String> = wanted.iter().map(|id| id.trim().to_ascii_lowercase()).collect();
    let fits = |id: &str| wanted.iter().any(|w| !w.is_empty() && id.starts_with(w.as_str()));
    let parts = case.event_parts()?;
    let found: Vec<Vec<Place>> = parts
        .par_iter()
        .map(|path| {
            let ids = Table::read(path, &COLUMNS[..1])?;
            if !(0..ids.len()).any(|row| ids.cell(0, row).text().is_some_and(fits)) {
                return Ok(Vec::new());
            }
            let table = Table::read(path, &COLUMNS)?;
            let rows = (0..table.len()).filter(|&row| table.cell(0, row).text().is_some_and(fits));
            Ok(rows.filter_map(|row| place(&table, row)).collect())
        })
        .collect::<anyhow::Result<_>>()?;
    let mut found: Vec<Place> = found.into_iter().flatten().collect();
    found.sort_by(|a, b| (&a.event, &a.file).cmp(&(&b.event, &b.file)));
    let mut alerts = None;
    let mut places = Vec::new();
    for id in &wanted {
        // What begins no event may begin an alert; the report, which tells that, may be large.
        if !id.is_empty() && !found.iter().any(|place| place.event.starts_with(id.as_str())) {
            if alerts.is_none() {
                alerts = Some(alert::read(case)?);
            }
            let told = alert::places(alerts.as_deref().unwrap_or_default(), id)?;
            if !told.is_empty() {
                places.extend(told);
                continue;
            }
        }
        places.push(pick(&found, id)?);
    }
    Ok(places)
}

fn place(table: &Table, row: usize) -> Option<Place> {
    let text = |column| table.cell(column, row).text().map(str::to_owned);
    let number = |column| table.cell(column, row).number().and_then(|n| u64::try_from(n).ok());
    Some(Place {
        what: "event",
        event: text(0)?,
        file: text(1)?,
        member: text(2),
        offset: number(3)?,
        length: number(4)?,
    })
}

fn pick(found: &[Place], wanted: &str) -> anyhow::Result<Place> {
    let own: Vec<&Place> = found
        .iter()
        .filter(|place| !wanted.is_empty() && place.event.starts_with(wanted))
        .collect();
    let shown = for_terminal(wanted);
    match own.as_slice() {
        [] => bail!(
            "the case has no event `{shown}` and no such alert; `azscope search` and `azscope timeline --of events` tell ids of events, `azscope alert` those of alerts"
        ),
        [one] => Ok(Place {
            event: one.event.clone(),
            file: one.file.clone(),
            member: one.member.clone(),
            ..**one
        }),
        several => {
            let ids: Vec<&str> =
                several.iter().take(TOLD).map(|place| place.event.as_str()).collect();
            let more = if several.len() > TOLD { ", ..." } else { "" };
            bail!("{} events begin with `{shown}`: {}{more}", several.len(), ids.join(", "))
        }
    }
}

/// The bytes of a record and the line on which they begin.
struct Record {
    line: u64,
    bytes: Vec<u8>,
}

fn read(case: &Case, place: &Place) -> anyhow::Result<Record> {
    let mut record = None;
    let path = case.evidence(&place.file);
    replay(&path, place.member.as_deref(), &case.limits(), &mut |text| {
        record = match text {
            Text::Whole(bytes) => cut(bytes, place),
            Text::Stream(reader) => Some(pull(reader, place)?),
        };
        Ok(())
    })
    .with_context(|| format!("the evidence {} cannot be read", place.label()))?;
    let whole = |record: &Record| record.bytes.len() as u64 == place.length;
    record.filter(whole).ok_or_else(|| {
        anyhow!("the evidence {} ends before {} {}", place.label(), place.what, place.event)
    })
}

fn cut(bytes: &[u8], place: &Place) -> Option<Record> {
    let start = usize::try_from(place.offset).ok()?;
    let end = usize::try_from(place.offset.checked_add(place.length)?).ok()?;
    let line = memchr::memchr_iter(b'\n', bytes.get(..start)?).count() as u64 + 1;
    Some(Record { line, bytes: bytes.get(start..end)?.to_vec() })
}

fn pull(reader: &mut dyn Read, place: &Place) -> io::Result<Record> {
    let (mut left, mut line, mut block) = (place.offset, 1, Vec::new());
    while left > 0 {
        block.clear();
        let count = (&mut *reader).take(left.min(BLOCK)).read_to_end(&mut block)?;
        if count == 0 {
            return Ok(Record { line, bytes: Vec::new() });
        }
        line += memchr::memchr_iter(b'\n', &block).count() as u64;
        left -= count as u64;
    }
    let mut bytes = Vec::new();
    reader.take(place.length).read_to_end(&mut bytes)?;
    Ok(Record { line, bytes })
}
