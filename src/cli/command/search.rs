//! `azscope search`: a pattern over the original records, each hit with its event.
//!
//! The bytes of the evidence are searched as they stand; the index ties a hit to the record around
//! it. What stands in no event (alerts, duplicates, what could not be read) is searched too.

mod field;
mod job;
mod record;
mod scan;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value;

use crate::base::par::pipeline;
use crate::cli::Status;
use crate::cli::args::Search;
use crate::cli::case::{Case, number, text};
use crate::cli::filter::Filter;
use crate::cli::terminal::Terminal;
use job::{Answer, Job, Source, View};

pub(in crate::cli) fn run(options: &Search, terminal: &Terminal) -> anyhow::Result<Status> {
    let case = Case::open(&options.case)?;
    let field = options.field.as_deref().map(field::named).transpose()?;
    let regex = pattern(options, options.ignore_case || field.is_some_and(field::is_folded))?;
    let only = &options.only;
    let report = if only.needs_names() { case.report(&Filter::parts(only))? } else { Value::Null };
    let filter = Filter::new(only, &case, &report)?;
    let wanted = record::Wanted { filter: &filter, field, regex: &regex };
    let records = record::read(&case.event_parts()?, &wanted)?;
    let view = View {
        width: (terminal.fits && !options.count).then_some(terminal.width),
        colour: terminal.colour,
        count: options.count,
    };
    let chosen = field.is_some() || !filter.is_open();
    let sources = sources(&case, records, chosen);
    let jobs: Vec<Job<'_>> = sources.iter().flat_map(|s| s.jobs(&regex, view, chosen)).collect();
    Printer::new(sources.len(), options.count).print(&sources, &jobs)
}

fn pattern(options: &Search, any_case: bool) -> anyhow::Result<Regex> {
    let literal = options.fixed_strings.then(|| regex::escape(&options.pattern));
    let pattern = literal.as_deref().unwrap_or(&options.pattern);
    let mut builder = RegexBuilder::new(pattern);
    let built = builder.case_insensitive(any_case).multi_line(true).build();
    built.context("the pattern is no regular expression (use -F to search the text as it is)")
}

/// Lists the sources that hold text, in the order of the manifest, each with its records.
fn sources(case: &Case, mut records: record::Records, chosen: bool) -> Vec<Source> {
    let whole = case.sources().iter().filter(|entry| entry["member"].is_null());
    let sizes: BTreeMap<&str, u64> =
        whole.map(|entry| (text(entry, "path"), number(entry, "bytes"))).collect();
    let mut sources = Vec::new();
    for entry in case.sources() {
        // An archive is searched by its members.
        if text(entry, "layout") == "archive" {
            continue;
        }
        let member = entry["member"].as_str().map(str::to_owned);
        let key = (text(entry, "path").to_owned(), member);
        let own = records.remove(&key).unwrap_or_default();
        if chosen && own.is_empty() {
            continue;
        }
        let (path, member) = key;
        sources.push(Source {
            index: sources.len(),
            place: case.evidence(&path),
            bytes: sizes.get(path.as_str()).copied(),
            limits: case.limits(),
            is_plain: member.is_none() && entry["compression"].is_null(),
            records: own,
            path,
            member,
        });
    }
    sources
}

/// Takes the answers in order.
struct Printer {
    out: BufWriter<io::Stdout>,
    /// Hits and lines so far of each source.
    seen: Vec<(u64, u64)>,
    count: bool,
    lost: bool,
    failed: Option<io::Error>,
}

impl Printer {
    fn new(sources: usize, count: bool) -> Self {
        let out = BufWriter::with_capacity(1 << 16, io::stdout());
        Printer { out, seen: vec![(0, 0); sources], count, lost: false, failed: None }
    }

    fn print(mut self, sources: &[Source], jobs: &[Job<'_>]) -> anyhow::Result<Status> {
        let stop = AtomicBool::new(false);
        let work = |job: &Job<'_>| {
            if stop.load(Ordering::Relaxed) { Answer::default() } else { job.run() }
        };
        pipeline(jobs, work, |at, answer| {
            let answer = answer.unwrap_or_else(Answer::failed);
            if self.failed.is_none() {
                self.failed = self.take(jobs[at].source, &answer).err();
            }
            if self.failed.is_some() {
                stop.store(true, Ordering::Relaxed);
            }
        });
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        if self.count {
            for (source, (hits, _)) in sources.iter().zip(&self.seen).filter(|(_, s)| s.0 > 0) {
                writeln!(self.out, "{}:{hits}", source.label())?;
            }
        }
        self.out.flush()?;
        let found = self.seen.iter().any(|(hits, _)| *hits > 0);
        Ok(match (self.lost, found) {
            (true, _) => Status::Partial,
            (false, true) => Status::Clean,
            (false, false) => Status::Found,
        })
    }

    fn take(&mut self, source: &Source, answer: &Answer) -> io::Result<()> {
        let (hits, lines) = &mut self.seen[source.index];
        if let Some(why) = &answer.error {
            self.lost = true;
            log::error!("{}: {why}", source.label());
        }
        *hits += answer.hits;
        for shown in &answer.shown {
            let line = *lines + shown.line + 1;
            writeln!(self.out, "{}  {}:{line}: {}", shown.events, source.label(), shown.text)?;
        }
        *lines += answer.lines;
        Ok(())
    }
}
