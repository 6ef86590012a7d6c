//! A case on disk: it exists whole under its final name, or not at all.
//!
//! Everything is written into a folder beside the final name, which is renamed at the end. A folder
//! that does not hold a `case.json` is never removed or replaced, with or without force; only an
//! empty one is. A case that was not finished leaves nothing behind.

mod tree;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::base::Time;
use crate::input::open::Limits;
use crate::investigation::model::Evidence;
use crate::investigation::model::Report;
use crate::investigation::model::SCHEMA_VERSION;
use crate::investigation::model::Tool;
use crate::report::write_json;
use tree::{Hashed, hash_files};
pub use tree::{Output, Tree, hash_tree};

/// The file that makes a folder a case.
pub const CASE_FILE: &str = "case.json";

/// Folder of the index in a case.
const INDEX: &str = "index";

/// How many names of a working folder are tried; a killed run may have left one behind.
const NAMES_TRIED: u32 = 100;

/// Why a case could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path ends in no name, as `..` does.
    #[error("cannot write a case to {0}: the path names no folder")]
    NoName(PathBuf),
    /// A case is there already.
    #[error("a case exists at {0}; choose another name, or replace it with --force")]
    Exists(PathBuf),
    /// Something that is no case is there.
    #[error("{0} exists and is no case (it holds no {CASE_FILE}); choose another name")]
    NotACase(PathBuf),
    /// A file or folder could not be made, read, renamed or removed.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Adds what was being done, and to what, to an error of the system.
fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { doing, path, source }
}

/// What a case was made with, beside what the report itself holds.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    /// Command line; `None` where the case has to be reproducible.
    pub command_line: Option<Vec<String>>,
    /// Start of the run; `None` where the case has to be reproducible.
    pub started: Option<Time>,
    /// Paths of the evidence as they were given, in an order of their own.
    pub paths: Vec<String>,
    /// Files that the run itself wrote among the evidence, as they were given.
    pub left_out: Vec<String>,
    /// Limits within which the evidence was expanded.
    pub limits: Limits,
}

/// A case that is being written.
///
/// Dropped before [`CaseDir::finish`], it removes what was written.
#[derive(Debug)]
pub struct CaseDir {
    target: PathBuf,
    partial: PathBuf,
    force: bool,
    is_renamed: bool,
    /// Files that were hashed while they were written.
    outputs: Mutex<BTreeMap<String, Output>>,
}

/// Where a finished case is.
#[derive(Debug, PartialEq, Eq)]
pub struct Finished {
    /// The case.
    pub path: PathBuf,
    /// The replaced case, where it could be moved aside and not be removed.
    pub left_behind: Option<PathBuf>,
}

impl CaseDir {
    /// Makes the working folder of a case, the folders above it, and that of the index in it.
    ///
    /// Fails where the place is taken: by a case unless `force` is set, by anything else always.
    pub fn create(target: &Path, force: bool) -> Result<Self, Error> {
        let name = target.file_name().ok_or_else(|| Error::NoName(target.to_owned()))?;
        check_place(target, force)?;
        let parent = parent_of(target);
        fs::create_dir_all(&parent).map_err(failed("make the folder", &parent))?;
        let name = name.to_string_lossy();
        let partial = claim(&parent, &format!(".{name}.partial-{}", std::process::id()))?;
        let index = partial.join(INDEX);
        fs::create_dir(&index).map_err(failed("make the folder", &index))?;
        let (target, outputs) = (target.to_owned(), Mutex::default());
        Ok(Self { target, partial, force, is_renamed: false, outputs })
    }

    /// Returns the working folder, for what writes whole trees and for a handler of interrupts.
    pub fn root(&self) -> &Path {
        &self.partial
    }

    /// Returns the path of a file inside the working folder.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.partial.join(relative)
    }

    /// Makes a file inside the working folder, and the folders above it.
    ///
    /// The caller has to flush it, or an error of the last bytes is lost.
    pub fn create_file(&self, relative: &str) -> Result<BufWriter<File>, Error> {
        let path = self.path(relative);
        let mut folder = self.partial.clone();
        for part in Path::new(relative).parent().into_iter().flat_map(Path::components) {
            folder.push(part);
            // A working folder that was taken away is not made again.
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => made.map_err(failed("make the folder", &folder))?,
            }
        }
        let file = File::create(&path).map_err(failed("write", &path))?;
        Ok(BufWriter::with_capacity(1 << 17, file))
    }

    /// Writes a file inside the working folder with a function, flushes it, and keeps its hash.
    pub fn write(
        &self,
        relative: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Error> {
        let mut out = Hashed::new(self.create_file(relative)?);
        fill(&mut out).and_then(|()| out.flush()).map_err(failed("write", &self.path(relative)))?;
        let output = out.output(relative.to_owned());
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        outputs.insert(relative.to_owned(), output);
        Ok(())
    }

    /// Hashes the files that were not hashed yet, and writes `case.json`.
    pub fn seal(&self, provenance: &Provenance, report: &Report) -> Result<(), Error> {
        let known =
            std::mem::take(&mut *self.outputs.lock().unwrap_or_else(PoisonError::into_inner));
        let outputs = hash_files(&self.partial, &known)?.files;
        let case = case_file(provenance, report, &outputs);
        self.write(CASE_FILE, |out| write_json(&case, out))
    }

    /// Gives a sealed case its name, and removes the one that it replaces.
    pub fn finish(mut self) -> Result<Finished, Error> {
        let left_behind = self.rename()?;
        Ok(Finished { path: self.target.clone(), left_behind })
    }

    /// Moves the case to its name; returns the old one where it could not be removed.
    fn rename(&mut self) -> Result<Option<PathBuf>, Error> {
        // The place may have been taken while the run went on.
        check_place(&self.target, self.force)?;
        let old = if is_case(&self.target) { Some(self.move_aside()?) } else { None };
        let renamed = clear_empty(&self.target)
            .and_then(|()| fs::rename(&self.partial, &self.target))
            .map_err(failed("rename the finished case to", &self.target));
        if let (Err(_), Some(old)) = (&renamed, &old) {
            fs::rename(old, &self.target).map_err(failed("put back the old case from", old))?;
        }
        renamed?;
        self.is_renamed = true;
        Ok(old.filter(|old| !is_case(old) || remove(old).is_err()))
    }

    fn move_aside(&self) -> Result<PathBuf, Error> {
        let name = self.target.file_name().unwrap_or_default().to_string_lossy();
        let stem = format!(".{name}.replaced-{}", std::process::id());
        let aside = claim(&parent_of(&self.target), &stem)?;
        clear_empty(&aside)
            .and_then(|()| fs::rename(&self.target, &aside))
            .map_err(failed("move aside the old case", &self.target))?;
        Ok(aside)
    }
}

impl Drop for CaseDir {
    fn drop(&mut self) {
        if !self.is_renamed {
            // Nobody is left to hear of a failure, and the name says what the folder is.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// Fails where something stands in the place that may not be replaced.
fn check_place(target: &Path, force: bool) -> Result<(), Error> {
    let Ok(found) = fs::symlink_metadata(target) else { return Ok(()) };
    if !found.is_dir() {
        return Err(Error::NotACase(target.to_owned()));
    }
    if is_case(target) {
        return if force { Ok(()) } else { Err(Error::Exists(target.to_owned())) };
    }
    let mut entries = fs::read_dir(target).map_err(failed("read the folder", target))?;
    if entries.next().is_some() { Err(Error::NotACase(target.to_owned())) } else { Ok(()) }
}

/// Tells whether a folder, not a link to one, holds a `case.json`.
fn is_case(folder: &Path) -> bool {
    let is = |path: &Path, test: fn(&fs::Metadata) -> bool| {
        fs::symlink_metadata(path).is_ok_and(|found| test(&found))
    };
    is(folder, fs::Metadata::is_dir) && is(&folder.join(CASE_FILE), fs::Metadata::is_file)
}

/// Removes the folder if it is there; the system refuses where it holds anything.
fn clear_empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes a case; its index goes last, since that tells what is left where the process is killed.
fn remove(case: &Path) -> io::Result<()> {
    for entry in fs::read_dir(case)? {
        let entry = entry?;
        if entry.file_name() == INDEX {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir_all(case)
}

fn parent_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Makes a new folder of the name, or of the name and a number where that is taken.
fn claim(parent: &Path, stem: &str) -> Result<PathBuf, Error> {
    let mut path = parent.join(stem);
    for number in 2..=NAMES_TRIED {
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                path = parent.join(format!("{stem}-{number}"));
            }
            made => return made.map(|()| path.clone()).map_err(failed("make the folder", &path)),
        }
    }
    Err(failed("make the folder", &path)(io::ErrorKind::AlreadyExists.into()))
}

/// The content of `case.json`.
#[derive(Serialize)]
struct CaseFile<'a> {
    schema_version: u32,
    tool: &'a Tool,
    command_line: Option<&'a [String]>,
    started: Option<Time>,
    paths: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    left_out: &'a [String],
    limits: Limits,
    evidence: &'a Evidence,
    totals: CaseTotals,
    outputs: &'a [Output],
}

#[derive(Serialize)]
struct CaseTotals {
    operations: u64,
    events: u64,
    alerts: usize,
    findings: usize,
    users: usize,
    subscriptions: usize,
    virtual_machines: usize,
}

fn case_file<'a>(
    provenance: &'a Provenance,
    report: &'a Report,
    outputs: &'a [Output],
) -> CaseFile<'a> {
    CaseFile {
        schema_version: SCHEMA_VERSION,
        tool: &report.tool,
        command_line: provenance.command_line.as_deref(),
        started: provenance.started,
        paths: &provenance.paths,
        left_out: &provenance.left_out,
        limits: provenance.limits,
        evidence: &report.evidence,
        totals: CaseTotals {
            operations: report.operations.count,
            events: report.evidence.totals.counts.events,
            alerts: report.alerts.len(),
            findings: report.findings.len(),
            users: report.users.len(),
            subscriptions: report.subscriptions.len(),
            virtual_machines: report.virtual_machines.len(),
        },
        outputs,
    }
}

#[cfg(test)]
mod tests;
