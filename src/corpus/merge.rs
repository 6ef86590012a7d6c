//! Joins what the jobs gave, in the order of the evidence, into one corpus.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::config::Error;
use super::intake::Output;
use super::part::{Part, intern};
use super::plan::{Job, Range};
use super::read::Done;
use super::shared::{Shared, part_name};
use super::source::{Layout, Source};
use super::spine::NONE;
use super::{Corpus, Names, PartFile, RowId, Spine, UsedRole};
use crate::base::index32;
use crate::base::par;
use crate::base::text::counted;
use crate::base::{Pool, SourceId};
use crate::diag::{Code, Diagnostic, Troubles};
use crate::input::discover::Skipped;
use crate::input::split::{State, Stop};
use crate::input::window::line_feeds;
use crate::shape::Identity;
use crate::shape::access::Access;

/// Fewest bytes that an event takes in plain exports, as a guess.
const RECORD: u64 = 1500;
/// Room is made for so many events at the most.
const MOST: usize = 1 << 26;

/// A job and its number.
pub(super) struct Piece<'j> {
    pub(super) number: usize,
    pub(super) job: &'j Job,
}

/// Where the last range of a file ended.
struct Seam {
    file: usize,
    /// First byte that was not taken.
    at: usize,
    /// The envelopes there; unknown behind a range that was lost.
    state: Option<State>,
    lines: u32,
    source: usize,
}

/// The corpus while it grows.
pub(super) struct Merge<'a, 'p> {
    shared: &'a Shared<'a, 'p>,
    corpus: Corpus,
    known: HashMap<Identity, u32>,
    pool: Pool,
    troubles: Troubles,
    hashes: HashMap<usize, Result<String, String>>,
    seam: Option<Seam>,
    /// The source of each file that is read in ranges.
    ranged: HashMap<usize, usize>,
    failed: Option<String>,
}

impl<'a, 'p> Merge<'a, 'p> {
    pub(super) fn new(shared: &'a Shared<'a, 'p>) -> Self {
        // Room that is never used costs no memory; growing in steps would cost twice the spine.
        let bytes: u64 = shared.files.iter().map(|f| f.bytes).sum();
        let mut corpus = Corpus::default();
        corpus.spine.reserve(usize::try_from(bytes / RECORD).unwrap_or(0).min(MOST));
        Merge {
            shared,
            corpus,
            known: HashMap::new(),
            pool: Pool::default(),
            troubles: Troubles::default(),
            hashes: HashMap::new(),
            seam: None,
            ranged: HashMap::new(),
            failed: None,
        }
    }

    /// Takes what the next job gave.
    pub(super) fn take(&mut self, piece: &Piece<'_>, result: Result<Done, String>) {
        match (result, piece.job) {
            (Ok(Done::Hash(file, hash)), _) => drop(self.hashes.insert(file, hash)),
            (Ok(Done::Files(read)), _) => {
                for each in read {
                    match each {
                        Ok(output) => self.absorb(output, self.corpus.sources.len(), 0),
                        Err(lost) => self.lost_file(lost.file, &lost.panic),
                    }
                }
            }
            (Ok(Done::Range { output, stop, splitter }), Job::Range(range)) => {
                self.range(piece.number, range, *output, stop, splitter.state.clone());
            }
            (Ok(Done::Range { .. }), _) => unreachable!("ranges come from range jobs"),
            (Err(panic), Job::Hash(file)) => drop(self.hashes.insert(*file, Err(panic))),
            (Err(panic), Job::Files(files)) => {
                for &file in files {
                    self.lost_file(file, &panic);
                }
            }
            (Err(panic), Job::Range(range)) => self.lost_range(piece.number, range, &panic),
        }
    }

    /// Takes part of a big file; a part that began at a wrong guess is read again from the right place.
    fn range(&mut self, number: usize, range: &Range, output: Output, stop: Stop, state: State) {
        let Some(seam) = self.seam.take().filter(|s| s.file == range.file && !range.first) else {
            let source = self.corpus.sources.len();
            self.ranged.insert(range.file, source);
            let lines = output.lines.first().copied().unwrap_or(0);
            self.absorb(output, source, 0);
            self.seam =
                Some(Seam { file: range.file, at: stop.at, state: Some(state), lines, source });
            return;
        };
        let is_right =
            seam.at == range.from && seam.state.as_ref().is_none_or(|state| *state == range.state);
        let (output, stop, state) = if is_right {
            (output, stop, state)
        } else {
            // What the wrong reading wrote must not stay in the index.
            output.remove(&self.shared.config.index);
            let state = seam.state.clone().unwrap_or_else(|| range.state.clone());
            let again = Range { from: seam.at, state, ..range.clone() };
            match par::guarded(|| self.shared.range(number, &again)) {
                Ok(Done::Range { output, stop, splitter }) => (*output, stop, splitter.state),
                Ok(_) => unreachable!("a range gives a range"),
                Err(panic) => {
                    self.seam = Some(seam);
                    return self.lost_range(number, range, &panic);
                }
            }
        };
        let lines = seam.lines + output.lines.first().copied().unwrap_or(0);
        self.absorb(output, seam.source, seam.lines);
        self.seam = Some(Seam { at: stop.at, state: Some(state), lines, ..seam });
    }

    /// A file that panicked is named; the others still count.
    fn lost_file(&mut self, file: usize, panic: &str) {
        let source = self.begin_lost(file);
        match self.shared.hash(file) {
            Ok(hash) => self.corpus.sources[source].sha256 = hash,
            Err(error) => self.note(source, Code::UnreadableFile, &error),
        }
        self.note(source, Code::InternalError, panic);
    }

    /// A range that panicked: its file is named, and what lies behind it goes on.
    fn lost_range(&mut self, number: usize, range: &Range, panic: &str) {
        self.shared.remove_parts(&part_name(number));
        let seam = self.seam.take().filter(|s| s.file == range.file);
        let mut seam = seam.unwrap_or_else(|| {
            let source = self.begin_lost(range.file);
            self.ranged.insert(range.file, source);
            self.corpus.sources[source].encoding = Some(range.encoding);
            self.corpus.sources[source].layout = Some(Layout::Json);
            Seam { file: range.file, at: range.from, state: None, lines: 0, source }
        });
        self.note(seam.source, Code::InternalError, panic);
        let path = &self.shared.files[range.file].path;
        seam.lines += index32(line_feeds(path, seam.at as u64, range.until as u64).unwrap_or(0));
        self.seam = Some(Seam { at: range.until, state: None, ..seam });
    }

    /// Adds a source of which nothing was read; returns its place.
    fn begin_lost(&mut self, file: usize) -> usize {
        let found = &self.shared.files[file];
        let source = Source { path: found.shown.clone(), bytes: found.bytes, ..Source::default() };
        self.corpus.sources.push(source);
        self.corpus.sources.len() - 1
    }

    fn note(&mut self, source: usize, code: Code, detail: &str) {
        self.troubles.note(code, SourceId(index32(source)), || detail.to_owned());
    }

    /// Adds the output of a job whose first source is the `first` of the corpus and begins at line `lines`.
    fn absorb(&mut self, mut output: Output, first: usize, lines: u32) {
        self.failed = self.failed.take().or(output.failed.take());
        for (i, source) in output.sources.iter().enumerate() {
            match self.corpus.sources.get_mut(first + i) {
                Some(known) => known.absorb(source),
                None => self.corpus.sources.push(source.clone()),
            }
        }
        output.shift(index32(first), lines);
        self.troubles.append(output.troubles);
        self.corpus.alerts.append(&mut output.alerts);
        for (source, held) in output.context {
            self.corpus.context.push(source, held);
        }
        self.corpus.suppressions.append(&mut output.suppressions);
        output.parts.into_iter().for_each(|part| self.part(part));
    }

    fn part(&mut self, mut part: Part) {
        let corpus = &mut self.corpus;
        let start = index32(corpus.spine.len());
        let (name, events) = (std::mem::take(&mut part.file), part.spine.len());
        corpus.part_files.push(PartFile { name, events });
        recode(&mut part.spine, &part.names, &mut corpus.names);
        let codes: Vec<u32> = part
            .identities
            .into_iter()
            .map(|id| intern(id, &mut corpus.identities, &mut self.known))
            .collect();
        part.spine.identity.iter_mut().for_each(|code| *code = codes[*code as usize]);
        corpus.grants.extend(part.grants.into_iter().map(|mut grant| {
            grant.row = RowId(grant.row.0 + start);
            grant
        }));
        let moved = |(row, access): (RowId, Access)| {
            // Each event of a call has its body, and so has each call that repeats it.
            let access = match access {
                Access::Tied(parts) => Access::Tied(self.pool.list(&parts)),
                other => other,
            };
            (RowId(row.0 + start), access)
        };
        corpus.access.extend(part.access.into_iter().map(moved));
        corpus.hits.append(part.hits, start);
        corpus.roles.extend(part.roles.into_iter().map(|used| {
            let identity = codes[used.identity as usize];
            UsedRole { identity, ..used }
        }));
        for (subscription, owners) in part.tenants {
            let known = corpus.tenants.entry(subscription).or_default();
            for (tenant, count) in owners {
                *known.entry(tenant).or_default() += count;
            }
        }
        corpus.spine.append(part.spine);
    }

    /// Ends the corpus: hashes go to their sources, notes become diagnostics.
    pub(super) fn finish(mut self, skipped: &[Skipped]) -> Result<Corpus, Error> {
        if let Some(failed) = self.failed {
            return Err(Error::Index(failed));
        }
        for (file, source) in
            std::mem::take(&mut self.ranged).into_iter().collect::<BTreeMap<_, _>>()
        {
            // Its parts and its hash were read at different times.
            if let Some(how) = self.shared.changed(file) {
                self.note(source, Code::ChangedFile, &how);
            }
            match self.hashes.remove(&file) {
                Some(Ok(hash)) => self.corpus.sources[source].sha256 = hash,
                Some(Err(error)) => self.note(source, Code::UnreadableFile, &error),
                None => {}
            }
        }
        let troubles = std::mem::take(&mut self.troubles);
        self.corpus.rejects = troubles.rejects;
        for note in troubles.notes {
            let path = self.corpus.sources[note.source.0 as usize].label();
            self.corpus.diagnostics.push(Diagnostic {
                code: note.code,
                path,
                count: note.count,
                detail: note.detail,
            });
        }
        for passed in skipped {
            let (code, detail) = skipped_code(passed);
            self.corpus.diagnostics.push(Diagnostic {
                code,
                path: passed.shown().to_owned(),
                count: 1,
                detail,
            });
        }
        self.corpus.empty_answers();
        Ok(self.corpus)
    }
}

/// Puts the codes of a part into those of the corpus.
fn recode(spine: &mut Spine, part: &Names, all: &mut Names) {
    fn column(codes: &mut [u32], map: &[u32]) {
        codes.iter_mut().filter(|c| **c != NONE).for_each(|c| *c = map[*c as usize]);
    }
    column(&mut spine.operation, &all.operation.absorb(&part.operation));
    column(&mut spine.ip, &all.ip.absorb(&part.ip));
    column(&mut spine.subscription, &all.subscription.absorb(&part.subscription));
    column(&mut spine.resource, &all.resource.absorb(&part.resource));
    column(&mut spine.kind, &all.kind.absorb(&part.kind));
    column(&mut spine.error, &all.error.absorb(&part.error));
    let map = all.category.absorb(&part.category);
    for code in spine.category.iter_mut().filter(|c| **c != u16::MAX) {
        *code = u16::try_from(map[usize::from(*code)]).unwrap_or(u16::MAX);
    }
}

/// What a path that was passed over is called in diagnostics.
fn skipped_code(skipped: &Skipped) -> (Code, String) {
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

impl Corpus {
    /// Notes whole documents without records, about which nothing else is said.
    fn empty_answers(&mut self) {
        let told: HashSet<String> = self.diagnostics.iter().map(|d| d.path.clone()).collect();
        for source in &self.sources {
            let path = source.label();
            let silent = !told.contains(&path);
            if matches!(source.layout, Some(Layout::Json | Layout::Table))
                && source.counts.records() == 0
                && silent
            {
                self.diagnostics.push(Diagnostic {
                    code: Code::EmptyAnswer,
                    path,
                    count: 1,
                    detail: String::new(),
                });
            }
        }
    }
}
