//! Reads all evidence once, on all cores: the stages, one after another.

use std::fs;
use std::io;

use super::config::{Config, Error};
use super::merge::{Merge, Piece};
use super::own::evidence;
use super::plan::{Job, plan};
use super::probe::{Probe, Sessions};
use super::shared::Shared;
use super::source::{Layout, Source};
use super::{Corpus, alerts, dedupe};
use crate::base::par;
use crate::base::progress::Progress;
use crate::diag::Code;
use crate::input::discover::Skipped;

/// Reads all evidence under `config.paths` and writes the index.
pub fn build(config: &Config, probe: &dyn Probe, progress: &dyn Progress) -> Result<Corpus, Error> {
    let (files, skipped) = evidence(&config.paths, &config.own);
    if files.is_empty() {
        let why = match skipped.first() {
            None => "the folder is empty".to_owned(),
            Some(Skipped::Case { shown, finished: true, .. }) => {
                format!("{shown} is a case, and no evidence")
            }
            Some(Skipped::Case { shown, .. }) => {
                format!("{shown} is a half-written case, and no evidence")
            }
            Some(other) => other.shown().to_owned(),
        };
        return Err(Error::NoInput(why));
    }
    let events = config.index.join("events");
    // A working folder that an interrupt took away is not made again.
    match fs::create_dir(&events) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made.map_err(|source| Error::Folder { path: events.clone(), source })?,
    }
    progress.stage("reading", files.iter().map(|f| f.bytes).sum());
    let shared = Shared { config, sessions: Sessions::new(probe), files: &files, progress };
    let jobs = plan(&files, config.job_bytes);
    let numbered: Vec<(usize, &Job)> = jobs.iter().enumerate().collect();
    let mut merge = Merge::new(&shared);
    par::pipeline(
        &numbered,
        |(number, job)| shared.run(*number, job),
        |number, result| merge.take(&Piece { number, job: &jobs[number] }, result),
    );
    let mut corpus = merge.finish(&skipped)?;
    if corpus.sources.iter().all(|s| s.sha256.is_empty()) {
        return Err(Error::NoInput("no file could be opened".to_owned()));
    }
    if let Some(why) = no_log(&corpus) {
        return Err(Error::NoInput(why));
    }
    progress.stage("removing duplicates", 0);
    dedupe::dedupe(&mut corpus, &config.index)?;
    alerts::join(&mut corpus);
    corpus.home_tenant.clone_from(&config.home_tenant);
    if let Some(geo) = &config.geo {
        corpus.places = Some(geo.places(&corpus.names.ip)?);
    }
    Ok(corpus)
}

/// Tells where every file that is not empty is something else than a log.
fn no_log(corpus: &Corpus) -> Option<String> {
    let mut others = 0;
    for diagnostic in &corpus.diagnostics {
        match diagnostic.code {
            Code::NotALog => others += 1,
            Code::EmptyFile => {}
            _ => return None,
        }
    }
    let is_none =
        |source: &Source| source.layout == Some(Layout::Foreign) && source.counts.records() == 0;
    let is_all = others > 0 && corpus.sources.iter().all(is_none);
    is_all.then(|| "no file is JSON or a table".to_owned())
}

#[cfg(test)]
mod tests;
