//! `azscope verify`: the evidence and the case's own files against the manifest.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::base::hash::hex;
use crate::base::text::{counted, for_terminal};
use crate::cli::Status;
use crate::cli::args::Verify;
use crate::cli::case::{Case, text};
use crate::cli::case_dir::{CASE_FILE, hash_tree};
use crate::cli::terminal::Terminal;
use crate::corpus::evidence as evidence_files;
use crate::input::discover::shown as shown_path;
use crate::input::open::sha256_file;

pub(in crate::cli) fn run(options: &Verify, terminal: &Terminal) -> anyhow::Result<Status> {
    let case = Case::open(&options.case)?;
    let out = &mut io::stdout().lock();
    let mut differences = outputs(&options.case, case.outputs(), out)?;
    differences += evidence(&case, out)?;
    differences += added(&options.case, &case, out)?;
    if !terminal.quiet {
        match differences {
            0 => writeln!(out, "everything is as the manifest says")?,
            n => writeln!(out, "{}", counted(n, "difference", "differences"))?,
        }
    }
    Ok(if differences == 0 { Status::Clean } else { Status::Found })
}

fn outputs(folder: &Path, expected: &[Value], out: &mut dyn Write) -> anyhow::Result<u64> {
    let mut differences = 0;
    let there = hash_tree(folder)?;
    for entry in expected {
        let path = text(entry, "path");
        match there.iter().find(|o| o.path == path) {
            Some(own) if own.sha256 == text(entry, "sha256") => {}
            Some(_) => differences += tell(out, "changed", path)?,
            None => differences += tell(out, "missing", path)?,
        }
    }
    for own in &there {
        let known = own.path == CASE_FILE || expected.iter().any(|e| text(e, "path") == own.path);
        if !known {
            differences += tell(out, "added", &own.path)?;
        }
    }
    Ok(differences)
}

fn evidence(case: &Case, out: &mut dyn Write) -> anyhow::Result<u64> {
    let mut differences = 0;
    for file in case.sources().iter().filter(|file| file["member"].is_null()) {
        let (path, sha256) = (text(file, "path"), text(file, "sha256"));
        if sha256.is_empty() {
            continue;
        }
        match sha256_file(&case.evidence(path), &|_| ()) {
            Ok(own) if hex(&own) == sha256 => {}
            Ok(_) => differences += tell(out, "evidence changed", path)?,
            Err(error) => {
                differences += tell(out, &format!("evidence cannot be read ({error})"), path)?;
            }
        }
    }
    Ok(differences)
}

/// Tells the files that lie in the folders of the evidence and were not there, or were left out, when it was read.
fn added(folder: &Path, case: &Case, out: &mut dyn Write) -> anyhow::Result<u64> {
    let known: HashSet<&str> = case.sources().iter().map(|file| text(file, "path")).collect();
    let given: Vec<(&str, PathBuf)> =
        case.paths().into_iter().map(|path| (path, case.evidence(path))).collect();
    let real: Vec<PathBuf> = given.iter().map(|(_, path)| path.clone()).collect();
    let mut differences = 0;
    for found in evidence_files(&real, &[folder.to_owned()]).0 {
        // What lies beside the case is named as it was where it was read.
        let names: Vec<String> =
            given.iter().filter_map(|way| renamed(&found.shown, way)).collect();
        let is_known = names.iter().any(|name| known.contains(name.as_str()));
        if !is_known {
            differences += tell(out, "evidence added", names.first().unwrap_or(&found.shown))?;
        }
    }
    Ok(differences)
}

/// Returns the name of a file as it is under the path given, where it was reached through its real place.
fn renamed(shown: &str, (given, real): &(&str, PathBuf)) -> Option<String> {
    let real = shown_path(real);
    let below = shown.strip_prefix(real.strip_suffix('/').unwrap_or(&real))?;
    Some(format!("{}{below}", given.strip_suffix('/').unwrap_or(given)))
}

fn tell(out: &mut dyn Write, what: &str, path: &str) -> io::Result<u64> {
    writeln!(out, "{what}: {}", for_terminal(path))?;
    Ok(1)
}
