//! What findings say of themselves.

use super::*;

#[test]
fn the_place_of_a_finding_names_file_member_and_line() {
    let place = |member: Option<&str>| EvidenceRef {
        source: SourceName { file: "a.zip".into(), member: member.map(Text::from) }.into(),
        line: 7,
        ..EvidenceRef::default()
    };
    assert_eq!(place(None).place(), "a.zip:7");
    let reference = place(Some("b.json"));
    let finding = Finding { evidence: vec![reference], ..Finding::default() };
    assert_eq!(finding.place().as_deref(), Some("a.zip > b.json:7"));
    assert_eq!(Finding::default().place(), None);
}

#[test]
fn findings_and_their_evidence_are_small() {
    assert!(size_of::<EvidenceRef>() <= 40 && size_of::<Finding>() <= 224);
}

#[test]
fn an_event_is_named_by_hex_digits_or_by_its_record() {
    assert_eq!(EventId::Number(0xab).to_string(), "00000000000000ab");
    assert!(EventId::Number(0xab) == "00000000000000ab" && EventId::Named("a".into()) == "a");
    assert_eq!(serde_json::to_string(&EventId::from("a")).unwrap(), "\"a\"");
}

#[test]
fn an_accepted_end_is_marked() {
    let finding = Finding { outcome: Outcome::Accepted, unconfirmed: true, ..Finding::default() };
    assert_eq!(finding.outcome_words(), "accepted (unconfirmed)");
}

#[test]
fn what_is_told_is_told_of_the_operation_that_ended_so() {
    let place =
        |event: u64| EvidenceRef { event: EventId::Number(event), ..EvidenceRef::default() };
    let finding = Finding {
        first: Some(Time(1)),
        outcome: Outcome::Succeeded,
        operations: 2,
        evidence: vec![place(1), place(2)],
        ..Finding::default()
    };
    let told = |finding: &Finding| {
        let event = finding.outcome_event().map(|place| place.event.to_string());
        (finding.outcome_time(), event.unwrap_or_default(), finding.outcome_words())
    };
    assert_eq!(told(&finding), (Some(Time(1)), format!("{:016x}", 1), "succeeded".into()));
    let mixed = Mixed { time: Time(5), event: place(2), failed: 1 };
    let mixed = Finding { mixed: Some(mixed.into()), ..finding.clone() };
    let words = "succeeded, 1 of 2 failed".to_owned();
    assert_eq!(told(&mixed), (Some(Time(5)), format!("{:016x}", 2), words));
    let failed = Finding { outcome: Outcome::Failed, ..finding };
    assert_eq!((failed.failed(), failed.outcome_words()), (2, "failed".to_owned()));
}
