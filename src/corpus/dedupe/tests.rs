//! What is one event and what is not.

use super::twins::Twins;
use crate::base::{Precision, SourceId, Time};
use crate::corpus::{Entry, NONE, Spine, Status};
use crate::shape::{Identity, SHAPES, carries};

fn spine(entries: &[(i64, u64, u64, u8, u8)]) -> Spine {
    let mut spine = Spine::default();
    for &(time, event_key, content_key, digits, shape) in entries {
        spine.push(Entry {
            time: Time(time),
            event_key,
            content_key,
            precision: Precision::digits(digits),
            shape,
            ..Entry::default()
        });
    }
    spine
}

fn duplicates(spine: &Spine, identities: &[Identity]) -> Vec<(usize, usize)> {
    Twins { spine, identities, named: &[true, true, false, false] }.losers()
}

/// The place of a shape.
fn of(name: &str) -> u8 {
    let place = SHAPES.iter().position(|shape| shape.name == name).unwrap();
    u8::try_from(place).unwrap()
}

fn losers(spine: &Spine) -> Vec<usize> {
    duplicates(spine, &[]).into_iter().map(|(row, _)| row).collect()
}

#[test]
fn the_same_id_or_the_same_content_is_one_event_and_the_richest_stays() {
    // That of storage comes first but REST tells more.
    let (rest, storage, table) =
        (of("activity-rest"), of("activity-diagnostic"), of("activity-log-analytics"));
    let s = spine(&[
        (1_234_567_800, 0, 7, 7, storage),
        (1_234_567_800, 9, 7, 7, rest),
        (1_234_000_000, 0, 7, 3, table),
    ]);
    assert_eq!(losers(&s), [0, 2]);
}

#[test]
fn different_ids_or_times_are_different_events() {
    let (rest, storage) = (of("activity-rest"), of("activity-diagnostic"));
    let s = spine(&[(100, 1, 7, 7, rest), (100, 2, 7, 7, rest), (5_000_000, 0, 7, 7, storage)]);
    assert_eq!(losers(&s), [0_usize; 0]);
}

#[test]
fn a_time_to_the_second_is_one_of_the_events_of_that_second_and_joins_none() {
    let (rest, table) = (of("activity-rest"), of("activity-log-analytics"));
    let s = spine(&[
        (1_000_000_000, 0, 7, 0, table),
        (1_100_000_000, 1, 7, 7, rest),
        (1_600_000_000, 2, 7, 7, rest),
        (1_000_000_000, 0, 7, 0, table),
    ]);
    assert_eq!(losers(&s), [0, 3]);
}

#[test]
fn an_event_without_id_is_only_one_of_two_that_have_one() {
    let (rest, table) = (of("activity-rest"), of("activity-log-analytics"));
    let s = spine(&[
        (1_000_000_100, 0, 7, 7, rest),
        (1_000_000_500, 0, 7, 7, rest),
        (1_000_000_000, 1, 7, 3, table),
        (1_000_000_000, 2, 7, 3, table),
    ]);
    assert_eq!(duplicates(&s, &[]), [(2, 0), (3, 1)]);
}

#[test]
fn the_same_done_by_somebody_else_from_elsewhere_is_no_duplicate() {
    let named = |key: &str| Identity { key: key.to_owned(), ..Identity::default() };
    let identities = [named("alice@x"), named("mallory@x"), named("")];
    let event = |identity, ip| Entry { identity, ip, content_key: 7, ..Entry::default() };
    let kept = |events: &[(u32, u32)]| {
        let mut spine = Spine::default();
        for (source, &(identity, ip)) in (0..).zip(events) {
            spine.push(Entry { source: SourceId(source), ..event(identity, ip) });
        }
        events.len() - duplicates(&spine, &identities).len()
    };
    assert_eq!(kept(&[(0, 1), (1, 2)]), 2);
    // An export may leave out who it was, or where from, or call somebody by another name.
    assert_eq!([kept(&[(0, 1), (2, 2)]), kept(&[(0, 1), (1, NONE)])], [1, 1]);
    assert_eq!([kept(&[(0, 1), (1, 1)]), kept(&[(0, 1), (0, 2)])], [1, 1]);
}

#[test]
fn what_one_export_tells_of_the_front_end_and_of_the_provider_are_two_events() {
    let [a, b] = [0, 1].map(SourceId);
    let front = |source| Entry { source, ip: 7, filled: 9, content_key: 7, ..Entry::default() };
    let own = |source| Entry { ip: NONE, ..front(source) };
    let less = |source| Entry { filled: 8, ..front(source) };
    for two in [[front(a), own(a)], [own(a), front(a)], [front(a), less(a)]] {
        assert_eq!(lost(&two), []);
    }
    assert_eq!(lost(&[front(a), front(a)]), [(1, 0)]);
    // Another export has both, or one of them, whichever comes first.
    let both = |events: &[Entry]| events.len() - lost(events).len();
    assert_eq!(lost(&[front(a), own(a), own(b), front(b)]), [(2, 1), (3, 0)]);
    for events in [[front(a), own(b), front(b)], [own(b), front(b), front(a)]] {
        assert_eq!(both(&events), 2);
    }
    for events in [[own(a), own(b), front(b)], [own(b), front(b), own(a)]] {
        assert_eq!(both(&events), 2);
    }
    assert_eq!(both(&[front(a), own(b)]), 1);
}

#[test]
fn an_event_without_id_joins_the_one_that_has_it_in_any_order() {
    let (rest, storage) = (of("activity-rest"), of("activity-diagnostic"));
    let s = spine(&[(100, 1, 7, 7, rest), (100, 0, 7, 7, storage), (100, 1, 7, 7, rest)]);
    assert_eq!(losers(&s), [1, 2]);
}

/// An event of the first source, one second in, with an ARM name, an outcome and a request.
fn plain() -> Entry {
    Entry {
        time: Time(1_000_000_000),
        status: Status::Succeeded,
        correlation: 5,
        content_key: 7,
        carries: carries::TIME,
        ..Entry::default()
    }
}

/// The rows that are lost, each with the one that is kept; operations from 2 on have no ARM name.
fn lost(events: &[Entry]) -> Vec<(usize, usize)> {
    let mut spine = Spine::default();
    for &event in events {
        spine.push(event);
    }
    duplicates(&spine, &[Identity::default()])
}

#[test]
fn a_row_that_carries_more_is_kept_whatever_its_shape() {
    let rest = Entry { shape: of("activity-rest"), ..plain() };
    let table = Entry { shape: of("activity-log-analytics"), ..plain() };
    let full = |event: Entry| Entry { carries: event.carries | carries::CLAIMS, ..event };
    assert_eq!(lost(&[rest, full(table)]), [(0, 1)]);
    assert_eq!(lost(&[full(table), full(rest)]), [(0, 1)]);
    // Of two that tell the same, the one with the longer record, whichever file comes first.
    let long = Entry { len: 9, ..rest };
    assert_eq!(lost(&[rest, long]), [(0, 1)]);
    assert_eq!(lost(&[long, rest]), [(1, 0)]);
    // What carries more does not set a clock right.
    let local = Entry { carries: carries::CLAIMS, ..plain() };
    assert_eq!(lost(&[local, rest]), [(0, 1)]);
}

#[test]
fn the_same_id_is_one_event_whatever_its_operation_is_called_and_its_clock_says() {
    let event = Entry { event_key: 9, ..plain() };
    let elsewhere = |event: Entry| Entry { source: SourceId(1), content_key: 8, ..event };
    let shown = elsewhere(Entry { operation: 2, status: Status::Other, ..event });
    assert_eq!(lost(&[shown, event]), [(0, 1)]);
    let renamed = elsewhere(Entry { operation: 1, ..event });
    assert_eq!(lost(&[renamed, event]), []);
    let failed = elsewhere(Entry { status: Status::Failed, ..event });
    assert_eq!(lost(&[failed, event]), []);
    let hours = Time(7_200_000_000_000);
    let local = elsewhere(Entry { time: hours, carries: carries::CLAIMS, ..event });
    assert_eq!(lost(&[local, event]), [(0, 1)]);
    // A text that is no GUID may stand in place of every id, and so may one of several events of a file.
    let blotted = |event: Entry| Entry { event_key: 10, ..event };
    assert_eq!(lost(&[blotted(local), blotted(event)]), []);
    let again = Entry { time: Time(9_000_000_000), content_key: 6, ..event };
    assert_eq!(lost(&[local, event, again]), []);
}

#[test]
fn what_has_a_display_name_only_is_the_one_event_of_that_instant() {
    let shown = Entry { operation: 2, source: SourceId(1), content_key: 8, ..plain() };
    assert_eq!(lost(&[plain(), shown]), [(1, 0)]);
    assert_eq!(lost(&[plain(), Entry { source: SourceId(0), ..shown }]), []);
    assert_eq!(lost(&[plain(), Entry { correlation: 6, ..shown }]), []);
    assert_eq!(lost(&[plain(), Entry { time: Time(1_100_000_000), ..shown }]), []);
    // The same display name is as good as an ARM name.
    let minute = Entry { precision: Precision::MINUTE, time: Time(0), ..shown };
    let both = [Entry { operation: 2, ..plain() }, Entry { operation: 3, ..plain() }, minute];
    assert_eq!(lost(&both), [(2, 0)]);
    // Two that could be it, and two that could be one.
    assert_eq!(lost(&[plain(), Entry { operation: 1, content_key: 6, ..plain() }, shown]), []);
    assert_eq!(lost(&[plain(), shown, Entry { operation: 3, ..shown }]), [(1, 0)]);
}

#[test]
fn to_the_minute_an_export_tells_of_each_event_once() {
    let minute = Entry { precision: Precision::MINUTE, carries: 0, time: Time(0), ..plain() };
    let saved = |source| Entry { source: SourceId(source), ..minute };
    assert_eq!(lost(&[saved(0), saved(0), saved(0)]), []);
    // Saved twice: each is one of those of the other.
    let twice = [saved(0), saved(0), saved(1), saved(1), saved(1)];
    assert_eq!(lost(&twice), [(2, 0), (3, 1)]);
    let named = Entry { event_key: 9, ..minute };
    assert_eq!(lost(&[named, named]), [(1, 0)], "the log's own id says that it is one");
    let second = Entry { time: Time(0), ..plain() };
    assert_eq!(lost(&[second, second]), [(1, 0)]);
}

#[test]
fn an_event_without_outcome_or_seconds_meets_the_one_that_has_them() {
    let other = Entry { source: SourceId(1), content_key: 8, ..plain() };
    let silent = Entry { status: Status::Other, ..other };
    assert_eq!(lost(&[plain(), silent]), [(1, 0)]);
    assert_eq!(lost(&[Entry { operation: 1, ..silent }, plain()]), []);
    let minute = Entry { precision: Precision::MINUTE, carries: 0, time: Time(0), ..other };
    assert_eq!(lost(&[minute, plain()]), [(0, 1)]);
    assert_eq!(lost(&[Entry { time: Time(60_000_000_000), ..minute }, plain()]), []);
    // Of two within a minute each takes its own.
    let later = Entry { time: Time(9_000_000_000), content_key: 6, ..plain() };
    let second = Entry { event_key: 3, ..minute };
    assert_eq!(lost(&[Entry { event_key: 5, ..minute }, second, plain(), later]), [(0, 2), (1, 3)]);
}
