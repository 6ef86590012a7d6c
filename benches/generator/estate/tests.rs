//! Owns the tests of whole sets with the estate as their background.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::super::Background;
use super::super::Layout;
use super::super::Options;
use super::super::manifest::Manifest;
use super::super::tests::checksum;
use super::super::tests::set;
use super::super::write;

/// The options of a set in which the attacks are the smaller part.
fn estate(layout: Layout) -> (tempfile::TempDir, Options) {
    let (folder, options) = set(layout);
    (folder, Options { background: Background::Estate, size: 3_000_000, ..options })
}

/// The records of a larger set, in order of time, and what the manifest says of them.
fn records() -> (Vec<Value>, Manifest) {
    let (_folder, options) = estate(Layout::Single);
    let options = Options { size: 6_000_000, users: 120, subscriptions: 8, ..options };
    let manifest = write(&options).unwrap();
    let text = fs::read_to_string(&options.out).unwrap();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), manifest)
}

fn claim<'a>(record: &'a Value, name: &str) -> Option<&'a str> {
    let claims = record["identity"]["claims"].as_object()?;
    claims.iter().find(|(key, _)| key.rsplit('/').next() == Some(name))?.1.as_str()
}

/// Whether an attacker called.
fn is_attack(record: &Value, manifest: &Manifest) -> bool {
    manifest.attacks.iter().any(|attack| record["callerIpAddress"] == *attack.ip)
}

/// What each person has of something, what attackers do in their names left out.
fn by_person<'a>(
    records: &'a [Value],
    manifest: &Manifest,
    of: impl Fn(&'a Value) -> Option<&'a str>,
) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut people: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for record in records {
        if is_attack(record, manifest) {
            continue;
        }
        if let (Some(upn), Some(value)) = (claim(record, "upn"), of(record)) {
            people.entry(upn).or_default().insert(value);
        }
    }
    people
}

#[test]
fn every_layout_keeps_its_bytes() {
    let expected = [
        (Layout::Blob, 0x7ed3_215c),
        (Layout::Single, 0x8e9c_6f2b),
        (Layout::Array, 0x0fe5_29c3),
        (Layout::Value, 0x002f_9dd5),
        (Layout::Records, 0x1cb0_e33f),
    ];
    let actual = expected.map(|(layout, _)| {
        let (_folder, options) = estate(layout);
        write(&options).unwrap();
        (layout, checksum(&options))
    });
    assert_eq!(actual, expected);
}

#[test]
fn people_have_few_addresses_and_few_subscriptions() {
    let (records, manifest) = records();
    let addresses = by_person(&records, &manifest, |record| record["callerIpAddress"].as_str());
    assert!(addresses.len() > 30, "{} people", addresses.len());
    assert!(addresses.values().all(|held| held.len() <= 3), "{addresses:?}");
    let home =
        by_person(&records, &manifest, |record| record["resourceId"].as_str()?.split('/').nth(2));
    let few = home.values().filter(|held| held.len() <= 3).count();
    assert!(few * 10 > home.len() * 9, "{home:?}");
}

#[test]
fn a_token_has_one_address_and_holds_when_it_is_used() {
    let (records, _) = records();
    let mut seen = BTreeMap::new();
    let mut used = 0;
    for record in &records {
        let (Some(uti), Some(ip)) = (claim(record, "uti"), record["callerIpAddress"].as_str())
        else {
            continue;
        };
        used += 1;
        assert_eq!(seen.entry(uti).or_insert(ip), &ip);
    }
    assert!(seen.len() * 2 < used, "{} tokens in {used} records", seen.len());
}

#[test]
fn most_is_done_by_pipelines_and_azure_and_people_sleep() {
    let (records, manifest) = records();
    let person = |record: &&Value| claim(record, "idtyp") == Some("user");
    let ordinary = records.iter().filter(|record| !is_attack(record, &manifest));
    let people: Vec<_> = ordinary.filter(person).collect();
    assert!(people.len() * 10 < records.len() * 4, "{} of {}", people.len(), records.len());
    let at = |record: &Value| record["time"].as_str().map(|time| time[11..13].to_owned());
    let in_hours = |hours: [&str; 3]| {
        people.iter().filter(|record| hours.contains(&at(record).unwrap().as_str())).count()
    };
    assert!(in_hours(["08", "09", "10"]) > 10 * in_hours(["22", "23", "00"]).max(1));
}

#[test]
fn a_deployment_ends_after_what_it_does_and_fails_when_that_fails() {
    let (records, _) = records();
    let mut deployments: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for record in &records {
        deployments.entry(record["correlationId"].as_str().unwrap()).or_default().push(record);
    }
    let (mut several, mut failed) = (0, 0);
    for calls in deployments.values() {
        let name =
            |record: &Value| record["operationName"] == "MICROSOFT.RESOURCES/DEPLOYMENTS/WRITE";
        if calls.len() < 4 || !name(calls[0]) {
            continue;
        }
        several += 1;
        let last = calls.iter().rfind(|record| record["category"] == "Administrative").unwrap();
        assert!(name(last), "{last}");
        let fails = calls.iter().any(|record| record["resultType"] == "Failure");
        assert_eq!(fails, last["resultType"] == "Failure", "{last}");
        failed += usize::from(fails);
    }
    assert!(several > 30 && failed > 0, "{failed} of {several}");
}

#[test]
fn the_attacks_are_there_and_their_victims_are_administrators() {
    let (records, manifest) = records();
    assert_eq!(manifest.attacks.len(), 3);
    for attack in &manifest.attacks {
        for (_, correlation) in &attack.steps {
            let step = records.iter().find(|record| record["correlationId"] == **correlation);
            let step = step.unwrap();
            assert_eq!(step["callerIpAddress"], *attack.ip);
            assert!(claim(step, "wids").unwrap().contains("62e90394"));
        }
    }
}

#[test]
fn an_estate_of_one_and_one_of_an_hour_can_be_written() {
    for (users, days) in [(1, 14), (3, 1)] {
        let (_folder, options) = estate(Layout::Single);
        let manifest = write(&Options { users, days, subscriptions: 1, ..options }).unwrap();
        assert!(manifest.records > 50);
    }
}

#[test]
fn another_seed_gives_another_set_and_the_same_seed_the_same() {
    let sums = [42, 42, 43].map(|seed| {
        let (_folder, options) = estate(Layout::Single);
        let options = Options { seed, ..options };
        write(&options).unwrap();
        checksum(&options)
    });
    assert_eq!(sums[0], sums[1]);
    assert_ne!(sums[1], sums[2]);
}
