//! Records that hold what cannot belong together, because the bytes between two records are missing.
//!
//! Where both ends of such a gap lie at like places, the two halves are one whole record. What betrays
//! it: a GUID that is made of two, an id that names another event, JSON in a string that breaks off,
//! a claim that stands twice.

use crate::azure::resource_id::{is_guid, torn_guid};
use crate::base::json::Value;
use crate::diag::Code;
use crate::shape::Fields;
use crate::shape::field::text;
use crate::shape::text::with_object;

/// Services cut long values where they write them into tables, and spreadsheets their cells.
const CUT: usize = 30_000;

/// Notes what the ids of an event say against each other.
pub(super) fn look(f: &Fields<'_>, note: &mut dyn FnMut(Code)) {
    if of_two_ids(f) {
        note(Code::FusedRecord);
    } else if of_another_event(f) {
        // Whoever hides names in an export changes some of its ids: no proof that something is missing.
        note(Code::OddIds);
    }
}

/// Whether an id is made of two.
fn of_two_ids(f: &Fields<'_>) -> bool {
    let is_torn = |value: Option<Value<'_>>| {
        value.is_some_and(|value| value.raw().len() != 36 && torn_guid(value.raw()))
    };
    let subscription = || {
        let id = f.resource?.raw().split_at_checked("/subscriptions/".len());
        let (_, rest) = id.filter(|(start, _)| start.eq_ignore_ascii_case("/subscriptions/"))?;
        let end = memchr::memchr(b'/', rest.as_bytes()).unwrap_or(rest.len());
        // What has the front of a GUID is meant to be one.
        Some(end != 36 && rest[..end].get(..13).is_some_and(torn_guid))
    };
    is_torn(f.event_id)
        || is_torn(f.correlation)
        || is_torn(f.subscription)
        || subscription() == Some(true)
}

/// Whether `{resourceId}/events/{eventDataId}/ticks/{ticks}` is of another resource or another event.
fn of_another_event(f: &Fields<'_>) -> bool {
    let (Some(id), Some(resource), Some(event)) = (text(f.id), text(f.resource), text(f.event_id))
    else {
        return false;
    };
    let behind = |at: usize| id.get(at..).and_then(|rest| rest.strip_prefix("/events/"));
    let is_own =
        |rest: &str| rest.get(..event.len()).is_some_and(|own| own.eq_ignore_ascii_case(&event));
    if let Some(rest) = behind(resource.len()) {
        return !is_own(rest);
    }
    // Other letters are written otherwise in an address, and longer.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_. ".contains(c);
    is_guid(&event)
        && !(is_of_alert(&id) && is_of_alert(&resource))
        && resource.chars().all(is_plain)
        && resource.starts_with('/')
        && id.contains("/events/")
}

/// Whether an id is that of an alert: one alert has several, and its event may name two of them.
fn is_of_alert(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    id.split_once("/providers/microsoft.security/")
        .is_some_and(|(_, rest)| rest.contains("/alerts/"))
}

/// Whether an object in a string breaks off, where the other column does not have it either.
pub(super) fn breaks_off(first: Option<Value<'_>>, other: Option<Value<'_>>) -> bool {
    let breaks = |value: Value<'_>| {
        let text = value.as_str().unwrap_or_default();
        let begins = text.trim_start().starts_with("{\"")
            || text.starts_with('{') && text[1..].trim_start().starts_with('"');
        begins && text.len() < CUT && with_object(Some(value), |_| ()).is_none()
    };
    first.is_some_and(breaks) && with_object(other, |_| ()).is_none()
}

/// Whether a claim stands twice, under one and the same name.
pub(super) fn has_twice(claims: Option<Value<'_>>) -> bool {
    let mut names: Vec<&str> = Vec::new();
    if let Some(claims) = claims {
        let mut members = claims.members();
        while let Some((name, _)) = members.next_raw() {
            names.push(name);
        }
    }
    // Most differ in length already.
    names.sort_unstable_by_key(|name| (name.len(), *name));
    names.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::super::super::{Keys, Reading, Record, recognise};
    use super::super::{Context, Memo, Normaliser, Row};
    use crate::diag::Code;
    use crate::shape::Nested;

    const A: &str = r#"{"caller":"u@x","claims":{"appid":"a","name":"U"},"correlationId":"11111111-2222-4333-8444-555555555555","eventDataId":"21111111-2222-4333-8444-555555555555","eventTimestamp":"2026-03-01T10:00:00Z","id":"/subscriptions/31111111-2222-4333-8444-555555555555/resourceGroups/a+b/events/21111111-2222-4333-8444-555555555555/ticks/639079560000000000","operationName":{"value":"A/B/write"},"resourceId":"/subscriptions/31111111-2222-4333-8444-555555555555/resourceGroups/a b","status":{"value":"Started"}}"#;

    /// Reads a record as the intake does, and returns what is told of its halves.
    fn told(text: &str) -> Option<Code> {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let record = Record::new(nested.root());
        let Reading::Event(fields) = recognise(&record).unwrap().shape().read else { panic!() };
        let mut notes = Vec::new();
        let fields = fields(nested.root());
        let (context, memo) = (Context::default(), Memo::of(nested.root()));
        Normaliser::default()
            .event(&fields, &memo, &context, &mut Row::default(), &mut |code| notes.push(code))
            .unwrap();
        let is_meant = |code: &Code| matches!(code, Code::FusedRecord | Code::OddIds);
        let twice = record.has(Keys::TWICE).then_some(Code::FusedRecord);
        twice.or_else(|| notes.into_iter().find(is_meant))
    }

    #[test]
    fn halves_of_two_records_are_told_and_whole_ones_are_not() {
        assert_eq!(told(A), None);
        for (whole, odd) in [
            ("/events/21111111", "/events/91111111"),
            (
                "\"resourceId\":\"/subscriptions/31111111-2222",
                "\"resourceId\":\"/subscriptions/31111111-2222-4333-8444-555555555555/resourceGroups/c/providers/p/t/n\",\"x\":\"/subscriptions/31111111-2222",
            ),
        ] {
            assert!(A.contains(whole), "{whole}");
            assert_eq!(told(&A.replacen(whole, odd, 1)), Some(Code::OddIds), "{odd}");
        }
        for (whole, fused) in [
            ("\"11111111-2222-4333-8444-555555555555\"", "\"11111111-2-4333-8444-555555555555\""),
            (
                "\"resourceId\":\"/subscriptions/31111111-2222",
                "\"resourceId\":\"/subscriptions/31111111-2",
            ),
            ("\"name\":\"U\"", "\"name\":\"U\",\"appid\":\"b\""),
            ("\"status\":", "\"caller\":\"v@x\",\"status\":"),
            (r#"{"appid":"a","name":"U"}"#, r#""{\"appid\":\"a\",\"na\"}""#),
            (r#""caller":"u@x""#, r#""caller":"u@x","httpRequest":"{\"method\":""#),
        ] {
            assert!(A.contains(whole), "{whole}");
            assert_eq!(told(&A.replacen(whole, fused, 1)), Some(Code::FusedRecord), "{fused}");
        }
        for (one, other) in [
            // Placeholders of whoever made the names unrecognisable.
            ("11111111-2222-4333-8444-555555555555", "<Redacted>"),
            ("\"status\":", "\"Caller\":\"v@x\",\"status\":"),
            (r#""caller":"u@x""#, r#""caller":"u@x","httpRequest":"{not json}""#),
        ] {
            assert_eq!(told(&A.replacen(one, other, 1)), None, "{other}");
        }
    }

    #[test]
    fn an_alert_has_several_ids_and_its_event_may_name_two() {
        let alert = "/subscriptions/31111111-2222-4333-8444-555555555555/providers/Microsoft.Security/locations/l/alerts";
        let event = |resource: &str| {
            format!(
                r#"{{"eventTimestamp":"2017-10-18T06:02:18.6179339Z","eventDataId":"965d6c6a-a790-4a7e-8e9a-41771b3fbc38","operationName":{{"value":"Microsoft.Security/locations/alerts/activate/action"}},
                "id":"{alert}/965d6c6a-a790-4a7e-8e9a-41771b3fbc38/events/965d6c6a-a790-4a7e-8e9a-41771b3fbc38/ticks/636439033386179339","resourceId":"{resource}"}}"#
            )
        };
        let other = format!("{alert}/2518939942613820660_a48f8653-3fc6-4166-9f19-914f030a13d3");
        assert_eq!(told(&event(&other)), None);
        assert_eq!(told(&event(&other.replace("alerts", "tasks"))), Some(Code::OddIds));
    }

    #[test]
    fn what_a_service_cut_is_not_told() {
        let properties = |len: usize| {
            let text =
                format!(r#""status":{{"value":"S"}},"properties":"{{\"a\":\"{}""#, "b".repeat(len));
            told(&A.replacen(r#""status":{"value":"Started"}"#, &text, 1))
        };
        assert_eq!(properties(100), Some(Code::FusedRecord));
        assert_eq!(properties(32_000), None);
    }
}
