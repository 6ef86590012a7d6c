//! Real exports, read in place where the folder with them exists.

mod folder;

use std::collections::BTreeMap;

pub(crate) use folder::folder;

use crate::case::{analyze_in, assert_balanced};

/// Records that the list of samples counts otherwise than the tool: name, what the tool counts.
///
/// The last line of the incidents is an empty answer, `{"value":[]}`, which holds no record.
const OTHERWISE: &[(&str, u64)] =
    &[("alerts/graph-v2-incident/integrations-test-incident.log", 10)];

#[test]
fn every_sample_gives_the_records_it_holds() {
    let Some(folder) = folder() else { return };
    let case = analyze_in(tempfile::tempdir().unwrap(), &folder, &[]);
    let report = case.report();
    assert_balanced(&report);
    let prefix = format!("{}/", folder.to_str().unwrap());
    let mut records: BTreeMap<String, u64> = BTreeMap::new();
    for file in report["evidence"]["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap().strip_prefix(&prefix).unwrap();
        *records.entry(path.to_owned()).or_default() += file["records"].as_u64().unwrap();
    }
    let mut wrong = Vec::new();
    let mut sources = csv::Reader::from_path(folder.join("SOURCES.csv")).unwrap();
    for row in sources.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let otherwise = OTHERWISE.iter().find(|(name, _)| *name == row["file"]).map(|(_, n)| *n);
        let expected = otherwise.unwrap_or_else(|| row["records"].parse().unwrap());
        let own = records.get(&row["file"]).copied().unwrap_or(u64::MAX);
        if own != expected {
            wrong.push(format!("{}: {own}, not {expected}", row["file"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_in_a_sample_is_refused() {
    let Some(folder) = folder() else { return };
    let case = analyze_in(tempfile::tempdir().unwrap(), &folder, &[]);
    // The list of samples is a table of something else.
    let refused: Vec<_> = case
        .rejects()
        .into_iter()
        .filter(|r| !r["file"].as_str().unwrap().ends_with("SOURCES.csv"))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}
