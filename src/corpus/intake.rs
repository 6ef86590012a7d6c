//! One worker's way from records to parts: recognise, normalise, test, collect.

mod context;
mod notes;
mod output;
mod table;

use std::sync::Arc;

pub(super) use output::Output;
use table::{Cell, Table};

use super::alerts::AlertRow;
use super::batch::Batch;
use super::part;
use super::probe::{Hits, Session};
use super::shared::Shared;
use super::source::Source;
use crate::base::json::{Doc, Value};
use crate::base::{DateOrder, Origin, SourceId, decided_by, has_slashed_date, index32};
use crate::diag::Code;
use crate::input::split::{Sink, Span};
use crate::schema::Event;
use crate::shape::alert::{Found, lost};
use crate::shape::normal::{Context, Dates, Normaliser};
use crate::shape::{Keys, Memo, Reading, Record, Row, ShapeId, quoted, recognise};

/// A record may carry another one, which may carry another one.
const CARRIED: u8 = 3;

/// One worker's intake.
pub(super) struct Intake<'a, 'p> {
    shared: &'a Shared<'a, 'p>,
    /// Begins the names of the parts.
    name: String,
    normaliser: Normaliser,
    row: Row,
    batch: Batch,
    hits: Hits,
    session: Session<'p>,
    found: Found,
    object: String,
    context: Context,
    /// Where the text given to the splitter begins in its source.
    pub(super) base: u64,
    line: u32,
    at: Origin,
    /// How many records were read as alerts, which tells those inside one record apart.
    inner: u32,
    table: Table,
    /// What was told of a record last, and of which one.
    told: Option<(Code, Origin)>,
    /// Whether the record is a row of a table.
    is_row: bool,
    /// Intakes that were begun for pieces.
    forks: u32,
    /// Small files, one after another.
    pub(super) buffer: Vec<u8>,
    /// What was read so far.
    pub(super) out: Output,
}

impl<'a, 'p> Intake<'a, 'p> {
    pub(super) fn new(shared: &'a Shared<'a, 'p>, name: String) -> Self {
        Intake {
            shared,
            name,
            normaliser: Normaliser::default(),
            row: Row::default(),
            batch: Batch::default(),
            hits: Hits::default(),
            session: shared.sessions.take(),
            found: Found::default(),
            object: String::new(),
            context: Context::default(),
            base: 0,
            line: 0,
            at: Origin::default(),
            inner: 0,
            table: Table::default(),
            told: None,
            is_row: false,
            forks: 0,
            buffer: Vec::new(),
            out: Output::default(),
        }
    }

    /// Begins a source; what comes next is of it.
    pub(super) fn begin(&mut self, source: Source) {
        self.context = Context {
            order: self.shared.config.date_order,
            subscription: context::subscription(&source.path),
        };
        self.normaliser.dates = Dates::default();
        self.out.sources.push(source);
        self.out.lines.push(0);
        self.out.troubles.record_read();
        (self.base, self.line) = (0, 0);
        self.open_table();
    }

    /// Where the text that comes next begins.
    pub(super) fn place(&mut self, base: u64, line: u32) {
        (self.base, self.line) = (base, line);
    }

    /// Moves on in the source by bytes and lines that were taken.
    pub(super) fn advance(&mut self, bytes: usize, lines: u32) {
        self.base += bytes as u64;
        self.line += lines;
        *self.out.lines.last_mut().expect("a source was begun") = self.line;
    }

    /// Returns the position of the source that was begun last.
    pub(super) fn position(&self) -> usize {
        self.out.sources.len() - 1
    }

    /// Returns a source by its position.
    pub(super) fn source_at(&mut self, position: usize) -> &mut Source {
        &mut self.out.sources[position]
    }

    /// Returns the source that was begun last.
    pub(super) fn source(&mut self) -> &mut Source {
        self.out.sources.last_mut().expect("a source was begun")
    }

    fn source_id(&self) -> SourceId {
        SourceId(index32(self.out.sources.len()) - 1)
    }

    /// Decides by the dates of a text which of their numbers is the day.
    pub(super) fn settle_dates(&mut self, head: &[u8], text: &[u8]) {
        // Only few exports write such dates, and their first records show them.
        if has_slashed_date(head) {
            self.order_dates(decided_by(text));
        }
    }

    /// Sets which number of a date is the day, as far as the dates themselves decide it.
    pub(super) fn order_dates(&mut self, decided: Option<DateOrder>) {
        self.context.order = decided.unwrap_or(self.shared.config.date_order);
        self.normaliser.dates.decided = decided;
    }

    /// Begins an intake for the next piece of the source that was begun last.
    pub(super) fn fork(&mut self) -> Self {
        self.forks += 1;
        let mut fork = Intake::new(self.shared, format!("{}-{:05}", self.name, self.forks));
        let own = self.source();
        fork.begin(Source {
            path: own.path.clone(),
            member: own.member.clone(),
            ..Source::default()
        });
        fork.context = self.context.clone();
        fork.normaliser.dates.decided = self.normaliser.dates.decided;
        fork.place(self.base, 0);
        fork
    }

    /// Adds what the intake of a piece gave, which begins `lines` lines further on.
    pub(super) fn absorb(&mut self, mut piece: Output, lines: u32) {
        self.flush();
        let position = self.position();
        piece.shift(index32(position), self.line + lines);
        if let Some(source) = piece.sources.first() {
            self.out.sources[position].absorb(source);
        }
        let dates = &mut self.normaliser.dates;
        dates.open += piece.dates.open;
        dates.decided = dates.decided.or(piece.dates.decided);
        self.out.troubles.append(piece.troubles);
        self.out.alerts.append(&mut piece.alerts);
        self.out.context.append(&mut piece.context);
        self.out.suppressions.append(&mut piece.suppressions);
        self.out.parts.append(&mut piece.parts);
        self.out.failed = self.out.failed.take().or(piece.failed);
    }

    /// Removes what a wrong reading wrote: it must not stay in the index.
    pub(super) fn discard(&self, piece: &Output) {
        piece.remove(&self.shared.config.index);
    }

    /// Writes out what is left.
    pub(super) fn finish(mut self) -> Output {
        self.flush();
        self.out.dates = self.normaliser.dates;
        self.shared.sessions.give(self.session);
        self.out
    }

    fn flush(&mut self) {
        let identities = self.normaliser.take_identities();
        if self.batch.len() == 0 {
            return;
        }
        let batch = std::mem::take(&mut self.batch);
        let hits = std::mem::take(&mut self.hits);
        let names: Vec<_> =
            self.out.sources.iter().map(|s| (s.path.clone(), s.member.clone())).collect();
        let file = format!("{}-{:03}.parquet", self.name, self.out.parts.len());
        match part::finish(
            batch,
            identities,
            hits,
            &names,
            &self.shared.config.index.join("events"),
            file,
        ) {
            Ok(part) => self.out.parts.push(part),
            Err(error) => self.out.failed = Some(error),
        }
    }

    fn origin(&self, span: Span) -> Origin {
        Origin {
            source: self.source_id(),
            offset: self.base + span.start as u64,
            len: u32::try_from(span.end - span.start).unwrap_or(u32::MAX),
            line: self.line + span.line + 1,
        }
    }

    /// Takes one record, whatever it is.
    fn take(&mut self, value: Value<'_>, carried: u8) {
        let record = Record::new(value);
        let Some(shape) = recognise(&record) else {
            return self.refuse(Code::UnknownRecord, "no known members");
        };
        // A table may name a column twice.
        if record.has(Keys::TWICE) && !self.is_row {
            self.remark_here(Code::FusedRecord);
        }
        match shape.shape().read {
            Reading::Event(fields) => self.event(value, &fields(value), shape),
            Reading::Alerts(read) => self.alerts(value, read, shape),
            Reading::Context(read) => self.listed(value, read, shape),
            Reading::Inner { open, around } if carried < CARRIED => {
                let mut opened = false;
                open(value, &mut |inner| {
                    opened = true;
                    self.take(inner, carried + 1);
                });
                if !opened {
                    self.refuse(Code::UnknownRecord, "carries no record");
                } else if around {
                    self.around(value);
                }
            }
            Reading::Inner { .. } => self.refuse(Code::UnknownRecord, "carries records too deep"),
            Reading::LookAlike => {
                self.source().counts.ignored += 1;
                self.source().shapes.insert(shape);
                self.remark(Code::LookAlike, shape.shape().name);
                self.out.troubles.record_read();
            }
            Reading::Remark(code) => self.remark(code, ""),
        }
    }

    fn event(&mut self, value: Value<'_>, fields: &crate::shape::Fields<'_>, shape: ShapeId) {
        let source = self.source_id();
        let mut seam = None;
        let note = &mut |code: Code| match code {
            Code::FusedRecord => seam = Some(code),
            Code::OddIds => seam = seam.or(Some(code)),
            _ => self.out.troubles.note(code, source, String::new),
        };
        let memo = Memo::of(value);
        let (context, row) = (&self.context, &mut self.row);
        if let Err(code) = self.normaliser.event(fields, &memo, context, row, note) {
            return self.columns(value, code);
        }
        if let Some(code) = seam {
            self.remark_here(code);
        }
        if shape.shape().is_partial {
            self.remark(Code::PartialExport, "");
        }
        self.out.troubles.record_read();
        let time = self.row.time;
        let own = self.source();
        own.counts.events += 1;
        own.shapes.insert(shape);
        own.see(time);
        if self.row.get(Event::Category) == Some("security") {
            let mut alert = AlertRow::from_event(&self.row, fields, self.at, shape);
            alert.event = true;
            self.out.alerts.push(alert);
        }
        let at = index32(self.batch.len());
        let identity = &self.normaliser.identities()[self.row.identity];
        self.session.test(at, &self.row, identity, (value, &memo), &mut self.hits);
        self.batch.push(&self.row, self.at, shape);
        if self.batch.is_full() || self.normaliser.is_full() {
            self.flush();
        }
    }

    fn alerts(
        &mut self,
        value: Value<'_>,
        read: for<'v> fn(Value<'v>, &mut Found),
        shape: ShapeId,
    ) {
        self.out.troubles.record_read();
        let mut found = std::mem::take(&mut self.found);
        found.order = self.context.order;
        read(value, &mut found);
        self.normaliser.dates.add(std::mem::take(&mut found.dates));
        lost(value).for_each(|code| self.remark(code, ""));
        let at = self.at;
        let own = self.source();
        own.shapes.insert(shape);
        if found.alerts.is_empty() {
            own.counts.context += 1;
        } else {
            own.counts.alerts += 1;
        }
        self.out.suppressions.extend(found.suppressions.drain(..).map(|rule| (rule, at)));
        for alert in found.alerts.drain(..) {
            if let Some(time) = alert.start.or(alert.generated) {
                self.source().see(time);
            }
            if alert.left_out > 0 {
                self.remark_here(Code::CutAlert);
            }
            let inner = self.inner;
            self.out.alerts.push(AlertRow { inner, ..AlertRow::new(alert, at, shape) });
        }
        self.inner += 1;
        self.found = found;
    }
}

impl Sink for Intake<'_, '_> {
    fn record(&mut self, span: Span, doc: Doc<'_>, names: Option<&Arc<[String]>>) {
        self.at = self.origin(span);
        self.look_for_zeros(doc.root().raw());
        match names {
            None => self.take(doc.root(), 0),
            Some(names) => {
                let quoted: Vec<String> = doc.root().items().map(quoted).collect();
                if quoted.len() != names.len() {
                    return self.refuse(Code::TornRow, "not as many fields as there are columns");
                }
                let pairs = names.iter().zip(&quoted).map(|(n, v)| (n.as_str(), Cell::Json(v)));
                self.take_named(pairs);
            }
        }
    }

    fn reject(&mut self, span: Span, code: Code, detail: &'static str) {
        self.at = self.origin(span);
        self.refuse(code, detail);
    }

    fn extend(&mut self, bytes: usize) {
        if let Some(last) = self.out.troubles.rejects.last_mut() {
            let len = u32::try_from(bytes).unwrap_or(u32::MAX);
            last.origin.len = last.origin.len.saturating_add(len);
        }
    }

    fn note(&mut self, code: Code) {
        self.remark(code, "");
    }

    fn note_at(&mut self, code: Code, at: usize) {
        self.remark(code, &format!("at byte {}", self.base + at as u64));
    }
}
