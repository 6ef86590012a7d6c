//! `--geoip`: places of addresses in the report, the tables and the rules.

use serde_json::json;

use crate::case::{Case, analyze, run};

#[path = "../../src/corpus/geo/mmdb.rs"]
mod mmdb;

/// Ann works from one country, and then from another.
fn events() -> String {
    let event = |minute: u32, ip: &str| {
        json!({
            "time": format!("2026-03-02T{:02}:{:02}:00Z", 8 + minute / 60, minute % 60),
            "resourceId": "/SUBSCRIPTIONS/6F1C2A4E-3B7D-4C58-9A01-5D2E8F7B9C10/RESOURCEGROUPS/RG",
            "operationName": "MICROSOFT.RESOURCES/TAGS/WRITE", "category": "Administrative",
            "resultType": "Success", "callerIpAddress": ip, "correlationId": format!("c{minute}"),
            "identity": {"claims": {
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "ann@corp.example",
                "appid": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
            }},
        })
    };
    let home = (0..12).map(|at| event(at * 30, "203.0.113.7"));
    let away = event(335, "198.51.100.9");
    home.chain([away]).map(|event| event.to_string() + "\n").collect()
}

fn places() -> Vec<u8> {
    mmdb::database(
        "Test-City",
        &[
            (
                "203.0.113.0/24",
                json!({
                    "country": {"iso_code": "DE"}, "city": {"names": {"en": "Cologne"}},
                    "autonomous_system_number": 64_500, "autonomous_system_organization": "=Home Net\u{1b}[2J",
                }),
            ),
            ("198.51.100.0/24", json!({"country": {"iso_code": "BR"}})),
        ],
    )
}

fn with(file: &[u8]) -> Case {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places.mmdb");
    std::fs::write(&path, file).unwrap();
    analyze(&[("x.json", events().as_bytes())], &["--geoip", path.to_str().unwrap()])
}

fn fired(case: &Case) -> Vec<String> {
    let report = case.report();
    let titles = report["findings"].as_array().unwrap().iter();
    titles.map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn addresses_have_their_places_and_rules_see_a_new_country() {
    let case = with(&places());
    assert_eq!(case.status, 0, "{}", case.stderr);
    let report = case.report();
    let addresses = report["addresses"].as_array().unwrap();
    assert_eq!(addresses.len(), 2);
    assert_eq!(addresses[0]["ip"], "198.51.100.9");
    assert_eq!((&addresses[0]["country"], &addresses[0]["city"]), (&json!("BR"), &json!(null)));
    assert_eq!((&addresses[1]["city"], &addresses[1]["asn"]), (&json!("Cologne"), &json!(64_500)));
    assert_eq!(addresses[1]["operations"], 12);
    assert_eq!(addresses[1]["users"], json!(["ann@corp.example"]));
    assert_eq!(report["geoip"][0]["kind"], "Test-City");
    let missing = report["coverage"]["not_in_evidence"].to_string();
    assert!(!missing.contains("where addresses are"), "{missing}");
    let table = case.read("tables/addresses.csv");
    assert!(table.contains("203.0.113.7,DE,Cologne,64500,'=Home Net"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table}");
    let folder = case.path("").parent().unwrap().to_owned();
    let page = run(&folder, &["user", "case", "ann@corp.example"]).stdout;
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("203.0.113.7 (Cologne, DE, AS64500 =Home Net"), "{page}");
    assert!(page.contains("198.51.100.9 (BR)") && !page.contains('\u{1b}'), "{page}");
    let dossier = std::fs::read_dir(case.path("users")).unwrap().next().unwrap().unwrap().path();
    let dossier = std::fs::read_to_string(dossier).unwrap();
    assert!(dossier.contains("203.0.113.7</code> (Cologne, DE, AS64500 =Home Net"), "{dossier}");
    let fired = fired(&case);
    for title in
        ["Identity acting from a new country", "One person active from two countries at once"]
    {
        assert!(fired.iter().any(|own| own == title), "{title}: {fired:?}");
    }
    // The operator of the second address is not known.
    assert!(!fired.iter().any(|own| own.contains("operator")), "{fired:?}");
    let folder = case.path("").parent().unwrap().to_owned();
    let output = run(&folder, &["query", "case", "select ip from addresses where country = 'BR'"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("198.51.100.9"));
}

#[test]
fn without_a_file_nothing_is_claimed_and_the_rules_say_what_they_lack() {
    let case = analyze(&[("x.json", events().as_bytes())], &[]);
    let report = case.report();
    assert_eq!(report["addresses"][0]["country"], json!(null));
    assert!(report["coverage"]["not_in_evidence"].to_string().contains("--geoip"));
    let mute = report["coverage"]["rules"]["cannot_fire"].as_array().unwrap();
    let asks = mute.iter().filter(|rule| rule["why"].as_str().unwrap().contains("--geoip"));
    assert!(asks.count() >= 4, "{mute:#?}");
    assert!(!fired(&case).iter().any(|title| title.contains("countr")));
}

#[test]
fn a_damaged_file_is_status_2_and_leaves_no_case() {
    let whole = places();
    let mut bent = whole.clone();
    // The data of the first network.
    let data = whole.windows(8).position(|bytes| bytes == b"iso_code").unwrap();
    bent[data - 1] = 0xff;
    for file in [&b"junk"[..], &whole[..whole.len() / 2], &bent] {
        let case = with(file);
        assert_eq!(case.status, 2, "{}", case.stderr);
        assert!(case.stderr.contains("places.mmdb is no GeoIP file"), "{}", case.stderr);
        assert!(!case.stderr.contains("panicked"), "{}", case.stderr);
        assert!(!case.path("").exists());
    }
}
