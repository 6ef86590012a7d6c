//! Databases as their publishers lay them out, and broken ones.

use serde_json::json;

use super::mmdb::database;
use super::*;

fn opened(files: &[Vec<u8>]) -> Result<Geo, GeoError> {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..files.len()).map(|n| folder.path().join(n.to_string())).collect();
    for (path, bytes) in paths.iter().zip(files) {
        std::fs::write(path, bytes).unwrap();
    }
    Geo::open(&paths)
}

fn places(geo: &Geo, ips: &[&str]) -> Vec<Option<Place>> {
    let mut dict = Dict::default();
    for ip in ips {
        dict.code(ip);
    }
    geo.places(&dict).unwrap()
}

fn cities() -> Vec<u8> {
    database(
        "GeoLite2-City",
        &[
            (
                "203.0.113.0/24",
                json!({
                    "city": {"geoname_id": 1, "names": {"de": "Köln", "en": "Cologne"}},
                    "country": {"iso_code": "DE", "is_in_european_union": true, "names": {"en": "Germany"}},
                    "location": {"accuracy_radius": 20},
                }),
            ),
            ("2001:db8::/32", json!({"registered_country": {"iso_code": "NL"}})),
            ("192.0.2.0/25", json!({"country": {"names": {"en": "Nowhere"}}})),
        ],
    )
}

#[test]
fn files_of_several_publishers_are_understood_together() {
    let networks = database(
        "GeoLite2-ASN",
        &[(
            "203.0.113.0/25",
            json!({"autonomous_system_number": 64_500, "autonomous_system_organization": "Example Net"}),
        )],
    );
    let flat = database(
        "ipinfo lite",
        &[
            (
                "198.51.100.0/24",
                json!({"country": "France", "country_code": "FR", "asn": "AS64501", "as_name": "Else"}),
            ),
            ("203.0.113.0/24", json!({"country": "XX", "city": "Never"})),
        ],
    );
    let geo = opened(&[cities(), networks, flat]).unwrap();
    let found = places(
        &geo,
        &[
            "203.0.113.7",
            "203.0.113.200",
            "2001:db8:1::9",
            "198.51.100.1",
            "192.0.2.1",
            "10.0.0.1",
            "junk",
            "203.0.113.7:443",
            "::ffff:203.0.113.7",
        ],
    );
    let text = |text: &str| Some(text.to_owned());
    let cologne = Place {
        country: text("DE"),
        city: text("Cologne"),
        asn: Some(64_500),
        organization: text("Example Net"),
    };
    assert_eq!(found[0], Some(cologne.clone()));
    assert_eq!(found[1], Some(Place { asn: None, organization: None, ..cologne.clone() }));
    assert_eq!(found[2], Some(Place { country: text("NL"), ..Place::default() }));
    let else_net =
        Place { country: text("FR"), asn: Some(64_501), organization: text("Else"), city: None };
    assert_eq!(found[3], Some(else_net));
    assert_eq!(found[4..7], [None, None, None]);
    assert_eq!(found[7..], [Some(cologne.clone()), Some(cologne)]);
    let file = &geo.files()[0];
    assert_eq!((file.kind.as_str(), file.sha256.len()), ("GeoLite2-City", 64));
    assert_eq!(file.built.unwrap().to_string(), "2026-03-01T00:00:00Z");
}

#[test]
fn what_is_no_database_is_refused_by_name() {
    for bytes in [&b""[..], b"{}", b"\xab\xcd\xefMaxMind.com", b"\xab\xcd\xefMaxMind.com\xff\xff"] {
        let why = opened(&[bytes.to_vec()]).err().unwrap().to_string();
        assert!(why.contains("is no GeoIP file"), "{why}");
    }
    let why = Geo::open(&[PathBuf::from("no such file")]).err().unwrap().to_string();
    assert!(why.contains("no such file"), "{why}");
}

#[test]
fn no_byte_that_is_wrong_and_no_end_makes_it_panic() {
    let whole = cities();
    let mut refused = 0;
    let mut ask = |bytes: Vec<u8>| {
        let mut dict = Dict::default();
        for ip in ["203.0.113.7", "2001:db8::1", "192.0.2.1", "10.0.0.1"] {
            dict.code(ip);
        }
        refused += usize::from(opened(&[bytes]).and_then(|geo| geo.places(&dict)).is_err());
    };
    for at in (0..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        ask(bytes);
        ask(whole[..at].to_vec());
    }
    assert!(refused > whole.len() / 3, "{refused}");
}

#[test]
fn places_of_tests_are_written_in_a_line() {
    let (network, place) = Place::parse("203.0.113.0/24 DE AS64500").unwrap();
    assert_eq!(
        (network.prefix_len(), place.country.as_deref(), place.asn),
        (24, Some("DE"), Some(64_500))
    );
    assert!(Place::parse("203.0.113.0/24 DE").unwrap().1.asn.is_none());
    assert!(Place::parse("203.0.113.0/24").is_none() && Place::parse("x DE").is_none());
}
