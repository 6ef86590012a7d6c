//! Which files are evidence: those that are found, without what azscope wrote among them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::Read;
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
/// Stands between the name of a case and a number in the name of its working folder, or of the folder to
/// which a case was moved that another replaces.
const ASIDE: [&str; 2] = [".partial-", ".replaced-"];
/// A manifest is no longer than this.
const LONGEST: u64 = 1 << 30;

/// Finds the files of the evidence, and what was passed over.
///
/// Files and folders of `own` are no evidence, nor are cases of former runs, nor what runs that were killed left
/// of theirs. Whoever can put files among the
/// evidence can write a manifest too, so of a case only files are left out that a case has where they
/// lie, and whose hash is that of the manifest; how many they are is told.
pub fn evidence(paths: &[PathBuf], own: &[PathBuf]) -> (Vec<Found>, Vec<Skipped>) {
    let (mut files, mut skipped) = discover(paths);
    leave_out(own, &mut files);
    skipped.extend(leave_out_cases(&mut files));
    skipped.extend(leave_out_unfinished(&mut files));
    (files, skipped)
}

/// Leaves out what is one of our own files or lies in one of our own folders, whatever name it was reached by.
fn leave_out(own: &[PathBuf], files: &mut Vec<Found>) {
    let own: Vec<PathBuf> = own.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let (own, alone): (Vec<PathBuf>, Vec<PathBuf>) = own.into_iter().partition(|own| own.is_dir());
    if !alone.is_empty() {
        files.retain(|file| !file.path.canonicalize().is_ok_and(|real| alone.contains(&real)));
    }
    let mut known: HashMap<PathBuf, bool> = HashMap::new();
    files.retain(|file| {
        let folder = file.path.parent().unwrap_or(Path::new("."));
        !*known.entry(folder.to_owned()).or_insert_with(|| {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            folder.canonicalize().is_ok_and(|real| own.iter().any(|case| real.starts_with(case)))
        })
    });
}

/// Leaves out what runs that were killed left in their working folders, of whatever case, and names these.
///
/// A name alone makes no working folder: it holds a table of the index as well.
fn leave_out_unfinished(files: &mut Vec<Found>) -> Vec<Skipped> {
    let holds_table = |file: &Found| {
        let (folder, path) = working_folder(file)?;
        (path.starts_with("index/") && is_written(&path) && is_table(file)).then_some(folder)
    };
    let folders: HashSet<PathBuf> = files.iter().filter_map(holds_table).collect();
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    files.retain(|file| {
        let Some((_, path)) = working_folder(file)
            .filter(|(folder, path)| folders.contains(folder) && is_written(path))
        else {
            return true;
        };
        let shown = file.shown.strip_suffix(&path).unwrap_or(&file.shown).trim_end_matches('/');
        *left.entry(if shown.is_empty() { "." } else { shown }.to_owned()).or_default() += 1;
        false
    });
    let case = |(shown, files)| Skipped::Case { shown, files, finished: false };
    left.into_iter().map(case).collect()
}

/// Returns the folder above a file that has the name of a working folder, and the path of the file in it.
fn working_folder(file: &Found) -> Option<(PathBuf, String)> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // A number of a process, and another one where the name was taken.
    let is_numbered = |text: &str| match text.split_once('-') {
        Some((process, more)) => is_number(process) && is_number(more),
        None => is_number(text),
    };
    let folder = file.path.ancestors().skip(1).find(|folder| {
        let name = folder.file_name().and_then(|name| name.to_str());
        let name = name.and_then(|name| name.strip_prefix('.'));
        let mut parts = ASIDE.iter().filter_map(|aside| name?.rsplit_once(aside));
        parts.any(|(of, number)| !of.is_empty() && is_numbered(number))
    })?;
    let path = file.path.strip_prefix(folder).ok()?.to_str()?;
    Some((folder.to_owned(), path.replace(std::path::MAIN_SEPARATOR, "/")))
}

/// Whether a file is a table of an index; one that was not written far is empty.
fn is_table(file: &Found) -> bool {
    let mut head = Vec::new();
    let open = fs::File::open(&file.path);
    open.is_ok_and(|open| open.take(4).read_to_end(&mut head).is_ok())
        && (head.is_empty() || head == b"PAR1")
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
    left_out: Option<IgnoredAny>,
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
        cases.push(Skipped::Case { shown, files: own.len() + 1, finished: true });
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
    fn what_killed_runs_left_is_told_and_hides_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("case");
        for (path, text) in [
            (".case.partial-77/index/events/part-0.parquet", "PAR1"),
            (".case.partial-77/report.json", "{"),
            (".case.partial-77/PT1H.json", "{}"),
            ("old/.other.partial-78-2/index/operations.parquet", ""),
            ("old/.third.replaced-79/index/events/part-0.parquet", "PAR1"),
            ("old/.third.replaced-79/report.json", "{"),
            // Neither the name alone nor what lies in it makes a working folder.
            (".case.partial-x/index/operations.parquet", "PAR1"),
            (".third.partial-77/report.json", "{}"),
            (".third.partial-77/index/operations.parquet", "{}"),
            ("case/report.json", "{}"),
        ] {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let (files, skipped) = evidence(&[folder.path().to_owned()], std::slice::from_ref(&own));
        assert_eq!(files.len(), 4, "{files:?}");
        let left = |below: &str, files| {
            let shown = format!("{}/{below}", folder.path().display());
            Skipped::Case { shown, files, finished: false }
        };
        let all = [
            left(".case.partial-77", 2),
            left("old/.other.partial-78-2", 1),
            left("old/.third.replaced-79", 2),
        ];
        assert_eq!(skipped, all);
        // So it is where the folder itself is given.
        let (files, skipped) = evidence(&[folder.path().join(".case.partial-77")], &[own]);
        assert_eq!((files.len(), &skipped[..]), (1, &all[..1]));
    }

    #[test]
    fn a_file_of_our_own_is_no_evidence_by_whatever_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["PT1H.json", "stats.json"] {
            fs::write(folder.path().join(name), "{}").unwrap();
        }
        let own = [folder.path().join("./stats.json")];
        let (files, _) = evidence(&[folder.path().to_owned()], &own);
        let names: Vec<_> = files.iter().filter_map(|file| file.path.file_name()).collect();
        assert_eq!(names, ["PT1H.json"]);
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
