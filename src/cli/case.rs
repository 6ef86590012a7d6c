//! A finished case, opened to be read: its manifest, its report, its index, and the way back to the evidence.

mod keep;

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
pub(super) use keep::{Keep, Part};
use serde::de::DeserializeSeed;
use serde_json::Value;

use super::case_dir::CASE_FILE;
use crate::base::hash::hex;
use crate::base::near::far;
use crate::base::text::for_terminal;
use crate::input::discover::path_of;
use crate::input::map::Map;
use crate::input::open::{Limits, sha256_file};
use crate::investigation::model::SCHEMA_VERSION;
use crate::report::JSON_FILE;

/// Names that are told in place of one that is not there.
const NEAR: usize = 5;

/// An open case.
pub(super) struct Case {
    folder: PathBuf,
    /// What `case.json` holds.
    manifest: Value,
}

impl Case {
    /// Opens a case; fails where there is none, or one of a later layout.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        if !folder.join(CASE_FILE).is_file() {
            bail!("{} is no case: it holds no {CASE_FILE}", shown(folder));
        }
        Ok(Self { folder: folder.to_owned(), manifest: read(&folder.join(CASE_FILE), Keep::All)? })
    }

    /// Reads these parts of the report.
    pub(super) fn report(&self, parts: &[Part<'_>]) -> anyhow::Result<Value> {
        let own = [("schema_version", Keep::All), ("tool", Keep::All)];
        read(&self.folder.join(JSON_FILE), Keep::Parts(&[&own, parts].concat()))
    }

    /// Lists the sources of the evidence, as the manifest has them.
    pub(super) fn sources(&self) -> &[Value] {
        list(&self.manifest, "/evidence/files")
    }

    /// Lists the paths of the evidence as they were given; none in cases of early versions.
    pub(super) fn paths(&self) -> Vec<&str> {
        texts(&self.manifest, "paths")
    }

    /// Lists the files that the run itself wrote among the evidence.
    pub(super) fn left_out(&self) -> Vec<&str> {
        texts(&self.manifest, "left_out")
    }

    /// Returns the limits within which the evidence was expanded; the usual ones of cases that do not tell.
    pub(super) fn limits(&self) -> Limits {
        let told = |key| self.manifest["limits"][key].as_u64();
        let usual = Limits::default();
        Limits {
            expand_ratio: told("expand_ratio").unwrap_or(usual.expand_ratio),
            expand_bytes: told("expand_bytes").unwrap_or(usual.expand_bytes),
        }
    }

    /// Lists the files of the case itself, as the manifest has them.
    pub(super) fn outputs(&self) -> &[Value] {
        list(&self.manifest, "/outputs")
    }

    /// Returns the path of a table of the index.
    pub(super) fn table(&self, name: &str) -> PathBuf {
        self.folder.join("index").join(name)
    }

    /// Lists the files that hold the index of events, in the order of the evidence.
    pub(super) fn event_parts(&self) -> anyhow::Result<Vec<PathBuf>> {
        let folder = self.table("events");
        let mut parts = Vec::new();
        let entries = folder.read_dir();
        for entry in entries.with_context(|| format!("reading {}", shown(&folder)))? {
            let path = entry.with_context(|| format!("reading {}", shown(&folder)))?.path();
            if path.extension().is_some_and(|extension| extension == "parquet") {
                parts.push(path);
            }
        }
        parts.sort();
        Ok(parts)
    }

    /// Returns where a file of the evidence lies: as it was given, else the same from beside the case.
    pub(super) fn evidence(&self, path: &str) -> PathBuf {
        let given = path_of(path);
        if given.exists() || given.is_absolute() {
            return given;
        }
        let beside = self.folder.parent().map(|parent| parent.join(&given));
        beside.filter(|path| path.exists()).unwrap_or(given)
    }

    /// Hashes a file of the evidence and compares it with the manifest; returns the hash, and fails
    /// where the file is gone or changed.
    pub(super) fn check(&self, path: &str) -> anyhow::Result<String> {
        let whole = |file: &&Value| text(file, "path") == path && file["member"].is_null();
        let entry = self.sources().iter().find(whole);
        let entry = entry.ok_or_else(|| anyhow!("the manifest does not name {}", safe(path)))?;
        let own = sha256_file(&self.evidence(path), &|_| ());
        let own = hex(&own.with_context(|| format!("the evidence {} cannot be read", safe(path)))?);
        if own != text(entry, "sha256") {
            bail!(
                "the evidence {} has changed since the case was made: its SHA-256 is {own}, the manifest says {}",
                safe(path),
                safe(text(entry, "sha256"))
            );
        }
        Ok(own)
    }
}

fn read(path: &Path, keep: Keep<'_>) -> anyhow::Result<Value> {
    let reading = || format!("reading {}", shown(path));
    // What is passed over is passed over fast, and stays out of the memory of the process.
    let text = Map::open(path).with_context(reading)?;
    let mut deserializer = serde_json::Deserializer::from_slice(&text);
    let value = keep.deserialize(&mut deserializer).with_context(reading)?;
    deserializer.end().with_context(reading)?;
    match value["schema_version"].as_u64() {
        Some(version) if version <= u64::from(SCHEMA_VERSION) => Ok(value),
        Some(version) => bail!(
            "{} was written by azscope {}, in layout {version}; this version reads layouts up to {SCHEMA_VERSION}: use that version or a later one",
            shown(path),
            safe(
                value
                    .pointer("/tool/version")
                    .and_then(Value::as_str)
                    .unwrap_or("of a later version")
            ),
        ),
        None => bail!("{} is no file of a case: it has no schema_version", shown(path)),
    }
}

fn shown(path: &Path) -> String {
    safe(&path.display().to_string())
}

fn safe(text: &str) -> String {
    for_terminal(text).into_owned()
}

/// Returns the list at a pointer; an empty one where there is none.
pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns the text of a key; an empty one where there is none.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the number of a key; 0 where there is none.
pub(super) fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}

/// Returns the texts in a list.
pub(super) fn texts<'v>(value: &'v Value, key: &str) -> Vec<&'v str> {
    let items = value.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(Value::as_str).collect()
}

/// Finds the one entity that somebody means: by a whole name, else by the beginning of one, in any
/// letter case; `names` lists the names of an entity, the one to tell first.
///
/// Fails where none or several are meant, and names them or those near.
pub(super) fn pick<'v>(
    what: &str,
    entities: &'v [Value],
    wanted: &str,
    names: impl Fn(&'v Value) -> Vec<&'v str>,
) -> anyhow::Result<&'v Value> {
    let folded = wanted.trim().to_lowercase();
    let having = |test: &dyn Fn(&str) -> bool| -> Vec<&'v Value> {
        let fits = |e: &&'v Value| names(e).iter().any(|name| test(&name.to_lowercase()));
        entities.iter().filter(fits).collect()
    };
    let mut whole = having(&|name| name == folded);
    // Its own name means an entity, whichever others are known by it too.
    let is_own = |e: &'v Value| names(e).first().is_some_and(|own| own.to_lowercase() == folded);
    if whole.iter().filter(|e| is_own(e)).count() == 1 {
        whole.retain(|e| is_own(e));
    }
    let begun = having(&|name| !folded.is_empty() && name.starts_with(&folded));
    let told = |found: &[&'v Value]| {
        let first = found.iter().take(NEAR).filter_map(|e| names(e).first().map(|n| safe(n)));
        let more = if found.len() > NEAR { ", ..." } else { "" };
        first.collect::<Vec<_>>().join(", ") + more
    };
    match (whole.as_slice(), begun.as_slice()) {
        ([one], _) | ([], [one]) => Ok(one),
        ([], []) => {
            let near = near(entities, &folded, &names);
            let hint =
                if near.is_empty() { String::new() } else { format!("; near it: {}", told(&near)) };
            bail!("the case has no {what} `{}`{hint}", safe(wanted))
        }
        ([], several) | (several, _) => {
            bail!("`{}` fits more than one {what}: {}", safe(wanted), told(several))
        }
    }
}

fn near<'v>(
    entities: &'v [Value],
    folded: &str,
    names: &impl Fn(&'v Value) -> Vec<&'v str>,
) -> Vec<&'v Value> {
    let far = |name: &str| far(&name.to_lowercase(), folded);
    let nearest = |e: &'v Value| names(e).into_iter().filter_map(far).min();
    let mut near: Vec<_> = entities.iter().filter_map(|e| Some((nearest(e)?, e))).collect();
    near.sort_by_key(|(far, _)| *far);
    near.into_iter().map(|(_, e)| e).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(manifest: &Value) -> (tempfile::TempDir, anyhow::Result<Case>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(CASE_FILE), manifest.to_string()).unwrap();
        let case = Case::open(folder.path());
        (folder, case)
    }

    #[test]
    fn a_case_of_a_later_layout_is_refused_and_says_what_reads_it() {
        let later = json!({"schema_version": SCHEMA_VERSION + 1, "tool": {"version": "9.9"}});
        let why = case(&later).1.err().unwrap().to_string();
        assert!(why.contains("9.9") && why.contains("use that version"), "{why}");
        assert!(case(&json!({"schema_version": SCHEMA_VERSION})).1.is_ok());
        assert!(case(&json!({})).1.is_err());
        assert!(Case::open(Path::new("no such case")).is_err());
    }

    #[test]
    fn an_entity_is_meant_by_its_own_name_before_others_are_by_theirs() {
        let all =
            [json!(["ann", "bob"]), json!(["bob"]), json!(["cat", "dog"]), json!(["x", "dog"])];
        let find = |wanted| {
            pick("user", &all, wanted, |e| {
                e.as_array().unwrap().iter().filter_map(Value::as_str).collect()
            })
        };
        assert_eq!(find("Bob").unwrap(), &all[1]);
        assert!(find("dog").is_err());
    }

    #[test]
    fn evidence_lies_where_it_was_given_or_beside_the_case() {
        let sha256 = hex(&<sha2::Sha256 as sha2::Digest>::digest(b"{}"));
        let file = json!({"path": "case-evidence.json", "member": null, "sha256": sha256});
        let manifest = json!({"schema_version": 1, "evidence": {"files": [file]}});
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("case");
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join(CASE_FILE), manifest.to_string()).unwrap();
        let case = Case::open(&place).unwrap();
        let why = |case: &Case| format!("{:#}", case.check("case-evidence.json").err().unwrap());
        assert!(why(&case).contains("cannot be read"));
        std::fs::write(folder.path().join("case-evidence.json"), "{}").unwrap();
        assert_eq!(case.check("case-evidence.json").unwrap(), sha256);
        std::fs::write(folder.path().join("case-evidence.json"), "{} ").unwrap();
        assert!(why(&case).contains("has changed"));
        assert!(case.check("other.json").is_err());
    }

    #[test]
    fn an_entity_is_meant_by_a_whole_name_or_the_only_beginning() {
        let all = [
            json!({"id": "alice@contoso.com", "name": "Alice"}),
            json!({"id": "alicia@contoso.com", "name": "Alicia"}),
            json!({"id": "al", "name": "Al"}),
        ];
        let found = |wanted: &str| {
            pick("user", &all, wanted, |e| vec![text(e, "id"), text(e, "name")])
                .map(|e| text(e, "id"))
                .map_err(|error| error.to_string())
        };
        assert_eq!(found("ALICE"), Ok("alice@contoso.com"));
        assert_eq!(found("alici"), Ok("alicia@contoso.com"));
        assert_eq!(found("al"), Ok("al"));
        assert!(found("ali").unwrap_err().contains("more than one"));
        assert!(found("alise").unwrap_err().contains("near it: alice@contoso.com"));
        assert!(found("contoso").unwrap_err().contains("alicia@contoso.com"));
        assert!(!found("zzzzzzzzzzzz").unwrap_err().contains("near"));
        assert!(found("").is_err());
    }
}
