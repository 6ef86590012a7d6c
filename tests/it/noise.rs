//! What is quiet: high and critical findings in real exports and among the innocent, each with its reason.

mod month;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::case::{Case, analyze, analyze_in};
use crate::incident;

/// Rules that speak high or critical on the real samples, and why they are right to.
const ACCEPTED: &[(&str, &str)] = &[
    ("aks-run-command", "a vendor's sample of just this attack"),
    ("auto-runbook-unfamiliar-actor", "a vendor's sample of just this attack"),
    ("auto-webhook-created", "two vendors' samples of just this attack"),
    ("beh-new-ip-high-risk", "live tests grant Owner from build agents with new addresses"),
    ("bkp-protection-removed", "a vendor's sample of just this attack"),
    ("disk-sas", "a vendor's sample of just this attack"),
    (
        "gov-policy-dine-persistence",
        "live tests assign policies that deploy, and remove them again",
    ),
    ("iam-mass-role-removal", "live tests make dozens of role assignments and remove them again"),
    (
        "iam-privileged-role-assigned",
        "live tests grant Owner and Contributor at subscription scope",
    ),
    ("iam-self-role-assignment", "a live test grants its own account a role"),
    ("imp-resource-groups-deleted-burst", "a modelled sample deletes several resource groups"),
    ("imp-vm-created-burst", "live tests make machines and scale sets in a row"),
    ("log-sink-destroyed", "a vendor's sample of just this attack"),
    ("mdc-suppression-rule", "a vendor's sample of just this attack"),
    ("net-firewall-changed", "vendors' samples of a deleted firewall policy"),
    ("net-nsg-internet-admin-port", "live tests write groups with a port open to the internet"),
    ("st-container-public", "a vendor's sample of just this attack"),
    ("st-immutability-removed", "a vendor's sample of just this attack"),
    ("st-public-blob-enabled", "a vendor's sample of just this attack"),
    ("st-soft-delete-off", "a vendor's sample of just this attack"),
    ("vm-serial-console", "a vendor's sample of just this attack"),
];

/// Who is an attacker in the sample incident; all others go about their work.
const ATTACKERS: [&str; 3] = ["Alva Lindqvist", "Kim Osei", "svc-inventory"];

fn grave(report: &Value) -> impl Iterator<Item = &Value> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| ["high", "critical"].contains(&finding["level"].as_str().unwrap()))
}

/// The name of the rule of a built-in finding: that of its file.
fn rule(finding: &Value) -> String {
    let path = finding["rule_path"].as_str().unwrap();
    Path::new(path).file_stem().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn grave_findings_in_real_exports_are_those_with_a_reason() {
    let Some(folder) = crate::samples::folder() else { return };
    let report = analyze_in(tempfile::tempdir().unwrap(), &folder, &[]).report();
    let spoke: BTreeSet<String> = grave(&report).map(rule).collect();
    let accepted: BTreeSet<String> = ACCEPTED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(spoke, accepted);
}

fn sample() -> Case {
    let folder = tempfile::tempdir().unwrap();
    let exports = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs");
    analyze_in(folder, &exports, &[])
}

#[test]
fn nobody_innocent_has_a_grave_finding_in_the_sample_incident() {
    let report = sample().report();
    let name = |id: &Value| {
        let users = report["users"].as_array().unwrap();
        users.iter().find(|user| user["id"] == *id).map(|user| user["name"].clone())
    };
    let mut attackers = BTreeSet::new();
    for finding in grave(&report) {
        let who = name(&finding["principal"]).unwrap_or_default();
        let who = who.as_str().unwrap_or_default().to_owned();
        assert!(ATTACKERS.contains(&who.as_str()), "{who}: {}", finding["title"]);
        attackers.insert(who);
    }
    assert_eq!(attackers.len(), ATTACKERS.len());
}

#[test]
fn a_week_of_ordinary_work_has_no_grave_finding() {
    let files = incident::render(&incident::quiet(), incident::Shape::ALL[0]);
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let report = analyze(&files, &[]).report();
    let spoke: Vec<String> = grave(&report).map(rule).collect();
    assert_eq!(spoke, Vec::<String>::new());
    assert!(report["operations"]["count"].as_u64().unwrap() > 50);
}

#[test]
fn four_weeks_of_pipelines_automation_and_change_have_no_grave_finding() {
    let (records, calls) = month::records();
    let report = analyze(&[("month.json", records.as_bytes())], &[]).report();
    let spoke: Vec<String> =
        grave(&report).map(|one| format!("{} {}", rule(one), one["principal"])).collect();
    assert_eq!(spoke, Vec::<String>::new());
    assert_eq!(report["operations"]["count"], calls);
}
