//! Which files are evidence: those that are found, without what azscope wrote among them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::base::hash::hex;
use crate::input::discover::{Found, Skipped, discover};
use crate::input::open::sha256_file;

/// Name of the file that makes a folder a case.
const MANIFEST: &str = "case.json";
/// Files of a case that lie in no folder of it.
const TOP: [&str; 5] = ["report.html", "report.json", "report.md", "rejects.jsonl", "timeline.csv"];
/// Stands between the name of a case and a number in the name of its working folder.
const PARTIAL: &str = ".partial-";
/// A manifest is no longer than this.
const LONGEST: u64 = 1 << 30;

/// Finds the files of the evidence, and what was passed over.
///
/// Folders of `own` are no evidence, nor are cases of former runs. Whoever can put files among the
/// evidence can write a manifest too, so of a case only files are left out that a case has where they
/// lie, and whose hash is that of the manifest; how many they are is told.
pub fn evidence(paths: &[PathBuf], own: &[PathBuf]) -> (Vec<Found>, Vec<Skipped>) {
    let (mut files, mut skipped) = discover(paths);
    skipped.extend(leave_out(own, &mut files));
    skipped.extend(leave_out_cases(&mut files));
    (files, skipped)
}

/// Leaves out what lies in one of our own folders, whatever name it was reached by, and what runs that
/// were killed left beside the case; names these.
fn leave_out(own: &[PathBuf], files: &mut Vec<Found>) -> Vec<Skipped> {
    let own: Vec<PathBuf> = own.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
    let mut known: HashMap<PathBuf, Option<PathBuf>> = HashMap::new();
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    files.retain(|file| {
        let folder = file.path.parent().unwrap_or(Path::new("."));
        let real = known.entry(folder.to_owned()).or_insert_with(|| {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            folder.canonicalize().ok()
        });
        let Some(real) = real else { return true };
        if own.iter().any(|folder| real.starts_with(folder)) {
            return false;
        }
        let Some(shown) = own.iter().find_map(|case| working_folder(case, real, file)) else {
            return true;
        };
        *left.entry(shown).or_default() += 1;
        false
    });
    left.into_iter().map(|(shown, files)| Skipped::Case { shown, files }).collect()
}

/// Returns the name of the working folder beside a case in which a run that was killed left a file,
/// where it is such a file; `real` is the folder it lies in.
fn working_folder(case: &Path, real: &Path, file: &Found) -> Option<String> {
    let below = real.strip_prefix(case.parent()?).ok()?.join(file.path.file_name()?);
    let below = below.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
    let (folder, path) = below.split_once('/')?;
    // The case itself may still have the name of its working folder.
    let name = case.file_name()?.to_str()?;
    let name = name.split_once(PARTIAL).map_or(name, |(name, _)| name.trim_start_matches('.'));
    let (of, number) = folder.strip_prefix('.')?.split_once(PARTIAL)?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (of == name && is_number && is_written(path))
        .then(|| file.shown.strip_suffix(path).unwrap_or(folder).trim_end_matches('/').to_owned())
}

/// A manifest; what has further members is none, so that no records lie beside these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // most members are only to be there
struct Manifest {
    schema_version: u32,
    tool: Tool,
    command_line: IgnoredAny,
    started: IgnoredAny,
    paths: Option<IgnoredAny>,
    limits: Option<IgnoredAny>,
    evidence: IgnoredAny,
    totals: IgnoredAny,
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
    sha256: String,
}

/// Leaves out the files of cases, and names these.
fn leave_out_cases(files: &mut Vec<Found>) -> Vec<Skipped> {
    let manifests: Vec<_> =
        files.iter().filter_map(|file| Some((file, read_manifest(file)?))).collect();
    if manifests.is_empty() {
        return Vec::new();
    }
    let by_path: HashMap<&Path, &Found> =
        files.iter().map(|file| (file.path.as_path(), file)).collect();
    let (mut left_out, mut cases) = (HashSet::new(), Vec::new());
    for (file, outputs) in manifests {
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let of_case = |output: &Output| {
            let found = *by_path.get(folder.join(&output.path).as_path())?;
            (is_written(&output.path) && is_same(found, output)).then(|| found.path.clone())
        };
        let own: Vec<PathBuf> = outputs.par_iter().filter_map(of_case).collect();
        if own.is_empty() {
            continue;
        }
        let shown = file.shown.strip_suffix(MANIFEST).unwrap_or(&file.shown).trim_end_matches('/');
        let shown = if shown.is_empty() { "." } else { shown }.to_owned();
        cases.push(Skipped::Case { shown, files: own.len() + 1 });
        left_out.extend(own);
        left_out.insert(file.path.clone());
    }
    files.retain(|file| !left_out.contains(&file.path));
    cases
}

/// Whether a case has a file at this path inside it.
fn is_written(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let ends = |extension: &str| Path::new(name).extension().is_some_and(|own| own == extension);
    match folder {
        "" => TOP.contains(&name),
        "tables" => ends("csv"),
        "index" | "index/events" => ends("parquet"),
        "users" | "subscriptions" => ends("html"),
        _ => false,
    }
}

/// Whether a file is the one that a manifest lists.
fn is_same(found: &Found, output: &Output) -> bool {
    found.bytes == output.bytes
        && sha256_file(&found.path, &|_| ()).is_ok_and(|own| hex(&own) == output.sha256)
}

/// Returns what the manifest of a case lists; `None` where a file is something else.
fn read_manifest(file: &Found) -> Option<Vec<Output>> {
    if file.bytes > LONGEST || file.path.file_name()? != MANIFEST {
        return None;
    }
    let manifest: Manifest = serde_json::from_slice(&fs::read(&file.path).ok()?).ok()?;
    (manifest.tool.name == env!("CARGO_PKG_NAME")).then_some(manifest.outputs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The files that are evidence beside a manifest that lists some files, with the right hashes, and has further members.
    fn found(listed: &[&str], further: &serde_json::Value) -> (Vec<String>, Vec<Skipped>) {
        let folder = tempfile::tempdir().unwrap();
        let sha256 = hex(&<sha2::Sha256 as sha2::Digest>::digest(b"{}"));
        let mut outputs = Vec::new();
        for path in listed {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "{}").unwrap();
            outputs.push(json!({"path": path, "bytes": 2, "sha256": sha256}));
        }
        let mut manifest = json!({
            "schema_version": 1, "tool": {"name": "azscope"}, "command_line": null, "started": null,
            "paths": [], "evidence": {}, "totals": {}, "outputs": outputs,
        });
        manifest.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        fs::write(folder.path().join(MANIFEST), manifest.to_string()).unwrap();
        let (files, skipped) = evidence(&[folder.path().to_owned()], &[]);
        let name = |file: Found| {
            let below = file.path.strip_prefix(folder.path()).unwrap();
            below.to_string_lossy().replace('\\', "/")
        };
        (files.into_iter().map(name).collect(), skipped)
    }

    #[test]
    fn a_manifest_hides_nothing_but_what_a_case_has() {
        let (files, skipped) =
            found(&["logs/PT1H.json", "report.json", "tables/x.csv", "tables/x.json"], &json!({}));
        assert_eq!(files, ["logs/PT1H.json", "tables/x.json"]);
        assert!(matches!(&skipped[..], [Skipped::Case { files: 3, .. }]), "{skipped:?}");
    }

    #[test]
    fn what_a_killed_run_left_is_told_and_hides_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("case");
        for path in [
            ".case.partial-77/index/events/part-0.parquet",
            ".case.partial-77/PT1H.json",
            ".case.partial-x/report.json",
            ".other.partial-77/report.json",
            "case/report.json",
        ] {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "{}").unwrap();
        }
        let (files, skipped) = evidence(&[folder.path().to_owned()], &[own]);
        assert_eq!(files.len(), 3, "{files:?}");
        let shown = format!("{}/.case.partial-77", folder.path().display());
        assert_eq!(skipped, [Skipped::Case { shown, files: 1 }]);
    }

    #[test]
    fn a_manifest_of_no_case_is_evidence() {
        assert_eq!(found(&["PT1H.json"], &json!({})).0, ["PT1H.json", MANIFEST]);
        let (files, skipped) = found(&["report.json"], &json!({"records": [{}]}));
        assert_eq!((files.len(), skipped.len()), (2, 0));
    }

    #[test]
    fn a_file_of_a_case_with_another_hash_is_evidence() {
        let sha256 = "0".repeat(64);
        let outputs = json!([{"path": "report.json", "bytes": 2, "sha256": sha256}]);
        let (files, skipped) = found(&["report.json"], &json!({"outputs": outputs}));
        assert_eq!((files.len(), skipped.len()), (2, 0));
    }
}
