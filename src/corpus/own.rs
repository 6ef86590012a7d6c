//! Which files are evidence: those that are found, without what azscope wrote among them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::input::discover::{Found, Skipped, discover};

/// Name of the file that makes a folder a case.
const MANIFEST: &str = "case.json";
/// A manifest is no longer than this.
const LONGEST: u64 = 1 << 30;

/// Finds the files of the evidence, and what was passed over.
///
/// Folders of `own` are no evidence, nor are cases of former runs: of these only the files that their
/// manifest lists, with the sizes that it has, so that nothing hides behind it.
pub fn evidence(paths: &[PathBuf], own: &[PathBuf]) -> (Vec<Found>, Vec<Skipped>) {
    let (mut files, mut skipped) = discover(paths);
    leave_out(own, &mut files);
    skipped.extend(leave_out_cases(&mut files));
    (files, skipped)
}

/// Leaves out what lies in one of our own folders, whatever name it was reached by.
fn leave_out(own: &[PathBuf], files: &mut Vec<Found>) {
    let own: Vec<PathBuf> = own.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
    let roots: Vec<&Path> = own.iter().filter_map(|folder| folder.parent()).collect();
    let mut known: HashMap<PathBuf, Option<PathBuf>> = HashMap::new();
    files.retain(|file| {
        let folder = file.path.parent().unwrap_or(Path::new("."));
        let real = known.entry(folder.to_owned()).or_insert_with(|| {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            folder.canonicalize().ok()
        });
        let Some(real) = real else { return true };
        // A run that was killed may have left its working folder beside the case.
        let left = real.ancestors().any(|a| {
            a.parent().is_some_and(|p| roots.contains(&p))
                && a.file_name().is_some_and(|n| {
                    let name = n.to_string_lossy();
                    name.starts_with('.') && name.contains(".partial-")
                })
        });
        !left && !own.iter().any(|folder| real.starts_with(folder))
    });
}

/// What is looked at of a manifest.
#[derive(Deserialize)]
struct Manifest {
    tool: Tool,
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
}

#[derive(Deserialize)]
struct Output {
    path: String,
    bytes: u64,
}

/// Leaves out the files of cases, and names these.
fn leave_out_cases(files: &mut Vec<Found>) -> Vec<Skipped> {
    let (mut listed, mut cases) = (HashMap::new(), Vec::new());
    for file in files.iter() {
        let Some(outputs) = read_manifest(file) else { continue };
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let shown = file.shown.strip_suffix(MANIFEST).unwrap_or(&file.shown).trim_end_matches('/');
        cases.push(Skipped::Case { shown: if shown.is_empty() { "." } else { shown }.to_owned() });
        listed.insert(file.path.clone(), file.bytes);
        listed.extend(outputs.into_iter().map(|one| (folder.join(one.path), one.bytes)));
    }
    files.retain(|file| listed.get(&file.path) != Some(&file.bytes));
    cases
}

/// Returns what the manifest of a case lists; `None` where a file is something else.
fn read_manifest(file: &Found) -> Option<Vec<Output>> {
    if file.bytes > LONGEST || file.path.file_name()? != MANIFEST {
        return None;
    }
    let manifest: Manifest = serde_json::from_slice(&fs::read(&file.path).ok()?).ok()?;
    (manifest.tool.name == env!("CARGO_PKG_NAME")).then_some(manifest.outputs)
}
