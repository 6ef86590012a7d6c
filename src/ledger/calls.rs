//! Telling the calls of one key apart: the same thing done again, or tried again before it ended.

use crate::corpus::{Corpus, NONE, Status};

/// Events of one key that lie further apart belong to different calls.
const APART: i64 = 24 * 3600 * 1_000_000_000;

/// At most this many calls of one key are open at once, with as many people and ids; more are made to cost time.
const OPEN: usize = 64;

/// Puts the events of one key, which are in order of time, into the order of their calls, and
/// the number of events of each call into `lengths`.
pub(super) fn part(corpus: &Corpus, group: &mut [u32], lengths: &mut Vec<usize>) {
    lengths.clear();
    if group.len() == 1 {
        return lengths.push(1);
    }
    let is_start = |row: &&u32| corpus.spine.status[**row as usize] == Status::Started;
    if group.iter().filter(is_start).count() < 2 && !end_apart(corpus, group) {
        return in_turn(corpus, group, lengths);
    }
    let ends = group.iter().filter(|row| corpus.spine.status[**row as usize].is_end()).count();
    let mut calls: Vec<Call> = Vec::new();
    for &row in group.iter() {
        let from = calls.len().saturating_sub(OPEN);
        match place(corpus, &calls[from..], row, ends > 1) {
            Some(at) => calls[from + at].take(corpus, row),
            None => calls.push(Call::begin(corpus, row)),
        }
    }
    lengths.extend(calls.iter().map(|call| call.rows.len()));
    let rows = calls.iter().flat_map(|call| &call.rows);
    group.iter_mut().zip(rows).for_each(|(place, row)| *place = *row);
}

/// Whether ends have different ids of the operation.
fn end_apart(corpus: &Corpus, group: &[u32]) -> bool {
    let ends = group.iter().map(|&row| id_and_status(corpus, row));
    let mut ids = ends.filter(|(id, status)| *id != 0 && status.is_end()).map(|(id, _)| id);
    let first = ids.next();
    ids.any(|id| Some(id) != first)
}

/// Parts events of which at most one is a start and whose ends do not differ: one call follows the other.
fn in_turn(corpus: &Corpus, group: &[u32], lengths: &mut Vec<usize>) {
    let mut before: Option<Call> = None;
    for &row in group {
        match &mut before {
            Some(call) if !begins_anew(corpus, call, row) => call.take(corpus, row),
            _ => {
                let done = before.replace(Call::begin(corpus, row));
                lengths.extend(done.map(|call| call.rows.len()));
            }
        }
    }
    lengths.extend(before.map(|call| call.rows.len()));
}

/// Whether `next` belongs to another call than the events before it.
fn begins_anew(corpus: &Corpus, call: &Call, next: u32) -> bool {
    if !call.is_near(corpus, next) {
        return true;
    }
    // Role assignments are joined without their correlation id: two people may follow each other.
    let status = corpus.spine.status[next as usize];
    !call.is_open()
        && (status == Status::Started
            || call.people.are_others(corpus, next)
            || call.is_tried_again(corpus, next))
}

/// Who did the events of a call: identities, each once. There are hardly ever two.
struct People(Vec<u32>);

impl People {
    fn of(corpus: &Corpus, row: u32) -> People {
        People(vec![corpus.spine.identity[row as usize]])
    }

    fn add(&mut self, corpus: &Corpus, row: u32) {
        let identity = corpus.spine.identity[row as usize];
        if self.0.len() < OPEN && !self.0.contains(&identity) {
            self.0.push(identity);
        }
    }

    /// Whether all of them are known and differ from who did an event.
    fn are_others(&self, corpus: &Corpus, row: u32) -> bool {
        let id = |identity: u32| &corpus.identities[identity as usize];
        let own = id(corpus.spine.identity[row as usize]);
        self.0.iter().all(|&other| own.is_other(id(other)))
    }
}

/// A call among others of its key.
struct Call {
    rows: Vec<u32>,
    people: People,
    /// The log's ids of it: the front end has one, a resource provider may have another.
    ids: Vec<u32>,
    /// The event that ended it first, if one did.
    end: Option<u32>,
    /// Whether the front end told that it failed.
    failed: bool,
}

impl Call {
    fn begin(corpus: &Corpus, row: u32) -> Call {
        let people = People::of(corpus, row);
        let mut call = Call { rows: Vec::new(), people, ids: Vec::new(), end: None, failed: false };
        call.take(corpus, row);
        call
    }

    fn take(&mut self, corpus: &Corpus, row: u32) {
        let (id, status) = id_and_status(corpus, row);
        self.rows.push(row);
        self.people.add(corpus, row);
        if id != 0 && self.ids.len() < OPEN && !self.ids.contains(&id) {
            self.ids.push(id);
        }
        self.end = self.end.or(status.is_end().then_some(row));
        self.failed |= status == Status::Failed && is_from_front(corpus, row);
    }

    /// Whether an event is the end of another try of what failed, where none has an id of the log: the
    /// front end tells of an end once, and the provider, without an address, of the same end again.
    fn is_tried_again(&self, corpus: &Corpus, row: u32) -> bool {
        let (id, status) = id_and_status(corpus, row);
        self.failed
            && self.ids.is_empty()
            && id == 0
            && status.is_end()
            && is_from_front(corpus, row)
    }

    fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// Whether it has the log's id of an event.
    fn is_named(&self, corpus: &Corpus, row: u32) -> bool {
        let id = corpus.spine.call_key[row as usize];
        id != 0 && self.ids.contains(&id)
    }

    /// Whether it can still go on with an event as far as time goes: some take days, as their ids say.
    fn is_near(&self, corpus: &Corpus, row: u32) -> bool {
        let time = |row: u32| corpus.spine.time[row as usize].0;
        let last = self.rows[self.rows.len() - 1];
        time(row).saturating_sub(time(last)) <= APART
            || self.is_open() && self.is_named(corpus, row)
    }

    /// Whether an event is the end of another call: both have ids of the log, which differ.
    ///
    /// A provider tells of an end with an id of its own, but without an address, and of the same end.
    fn is_apart(&self, corpus: &Corpus, row: u32) -> bool {
        let (id, status) = id_and_status(corpus, row);
        let Some(end) = self.end.filter(|_| id != 0 && status.is_end()) else { return false };
        let (other, ended) = id_and_status(corpus, end);
        let has_address = |row: u32| corpus.spine.ip[row as usize] != NONE;
        other != 0
            && !self.ids.contains(&id)
            && (status != ended || has_address(row) && has_address(end))
    }
}

/// Whether the front end told of an event: it sees addresses, and Event Grid has its events of it alone.
fn is_from_front(corpus: &Corpus, row: u32) -> bool {
    let row = row as usize;
    corpus.spine.ip[row] != NONE || corpus.spine.shape(row).tells_ends_only()
}

fn id_and_status(corpus: &Corpus, row: u32) -> (u32, Status) {
    let spine = &corpus.spine;
    (spine.call_key[row as usize], spine.status[row as usize])
}

/// Returns which of the calls an event belongs to; `None` when it begins one.
///
/// The log's id of the operation decides. Where it is missing, or is the
/// provider's own, calls end in the order in which they began; starts without
/// an id are only told apart where there are `several` ends.
fn place(corpus: &Corpus, calls: &[Call], row: u32, several: bool) -> Option<usize> {
    let (id, status) = id_and_status(corpus, row);
    let same = |call: &Call| !call.people.are_others(corpus, row);
    // A service may end what somebody began, and nobody goes on with what another ended.
    let near = |call: &Call| call.is_near(corpus, row) && (call.is_open() || same(call));
    let first = |fits: &dyn Fn(&Call) -> bool| calls.iter().position(|c| near(c) && fits(c));
    let last = |fits: &dyn Fn(&Call) -> bool| calls.iter().rposition(|c| near(c) && fits(c));
    let open = Call::is_open;
    let named = |call: &Call| call.is_named(corpus, row);
    let nameless = |call: &Call| open(call) && (id == 0 || call.ids.is_empty());
    if status == Status::Started {
        // What has ended can only be done anew.
        return last(&|c| open(c) && (named(c) || !several && nameless(c)));
    }
    let ended_so = |c: &Call| {
        c.end.is_some_and(|end| status.is_end() && status == id_and_status(corpus, end).1)
    };
    let apart = |c: &Call| c.is_apart(corpus, row);
    last(&|c| open(c) && named(c))
        .or_else(|| first(&|c| nameless(c) && same(c)))
        .or_else(|| first(&nameless))
        .or_else(|| last(&named))
        // The provider tells of an end again, or of one that the front end did not see.
        .or_else(|| last(&|c| ended_so(c) && !apart(c)))
        .or_else(|| first(&open))
        .or_else(|| last(&|c| !apart(c)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;
    use crate::corpus::Entry;
    use Status::{Accepted, Failed, Started, Succeeded};

    /// The calls of events of one key: seconds, id of the operation, status.
    fn calls(events: &[(i64, u32, Status)]) -> Vec<Vec<u32>> {
        let mut corpus = Corpus::default();
        corpus.identities.push(crate::shape::Identity::default());
        for &(seconds, call_key, status) in events {
            let time = Time(seconds * 1_000_000_000);
            // Odd ids are those of the front end, which sees addresses.
            let ip = if call_key % 2 == 1 { 7 } else { NONE };
            corpus.spine.push(Entry { time, call_key, ip, status, ..Entry::default() });
        }
        let mut rows: Vec<u32> = (0..).take(events.len()).collect();
        let (mut at, mut lengths) = (0, Vec::new());
        part(&corpus, &mut rows, &mut lengths);
        let each = lengths.into_iter().map(|length| {
            at += length;
            rows[at - length..at].to_vec()
        });
        each.collect()
    }

    #[test]
    fn retries_that_overlap_are_told_apart_by_the_id_of_the_operation() {
        let events = [(0, 1, Started), (1, 2, Started), (2, 2, Succeeded), (3, 1, Failed)];
        assert_eq!(calls(&events), [[0, 3], [1, 2]]);
    }

    #[test]
    fn without_ids_they_end_in_the_order_in_which_they_began() {
        let events = [(0, 0, Started), (1, 0, Started), (2, 0, Failed), (3, 0, Succeeded)];
        assert_eq!(calls(&events), [[0, 2], [1, 3]]);
        let one_end = [(0, 0, Started), (1, 0, Started), (2, 0, Succeeded)];
        assert_eq!(calls(&one_end), [[0, 1, 2]], "nothing tells that there were two");
    }

    #[test]
    fn everybody_ends_what_he_began_where_there_are_no_ids() {
        let mut corpus = Corpus::default();
        for key in ["a@x", "b@x"] {
            let key = key.to_owned();
            corpus.identities.push(crate::shape::Identity { key, ..Default::default() });
        }
        for (identity, status) in [(0, Started), (1, Started), (1, Failed), (0, Succeeded)] {
            corpus.spine.push(Entry { identity, status, ..Entry::default() });
        }
        let (mut rows, mut lengths) = ([0, 1, 2, 3], Vec::new());
        part(&corpus, &mut rows, &mut lengths);
        assert_eq!((lengths, rows), (vec![2, 2], [0, 3, 1, 2]));
    }

    #[test]
    fn one_id_is_one_call_however_often_it_starts() {
        let events = [(0, 1, Started), (1, 1, Started), (2, 1, Succeeded)];
        assert_eq!(calls(&events), [[0, 1, 2]]);
        let again = [(0, 1, Started), (1, 1, Failed), (2, 1, Started), (3, 1, Succeeded)];
        assert_eq!(calls(&again), [[0, 1], [2, 3]]);
    }

    #[test]
    fn who_did_it_is_kept_of_few_however_many_there_are() {
        let mut corpus = Corpus::default();
        let many = 1000;
        for number in 0..many {
            let key = format!("{number}@x");
            corpus.identities.push(crate::shape::Identity { key, ..Default::default() });
            corpus.spine.push(Entry { identity: number, status: Accepted, ..Entry::default() });
        }
        let mut rows: Vec<u32> = (0..many).collect();
        let mut lengths = Vec::new();
        part(&corpus, &mut rows, &mut lengths);
        assert_eq!(lengths, [1000]);
        let mut people = People::of(&corpus, 0);
        for &row in &rows {
            people.add(&corpus, row);
        }
        assert_eq!(people.0.len(), OPEN);
    }

    #[test]
    fn the_provider_s_own_end_belongs_to_the_call_that_ended_so() {
        let events = [
            (0, 1, Started),
            (1, 2, Started),
            (2, 1, Accepted),
            (3, 1, Succeeded),
            (4, 8, Succeeded),
            (5, 2, Failed),
        ];
        assert_eq!(calls(&events), [vec![0, 2, 3, 4], vec![1, 5]]);
        assert_eq!(calls(&[(0, 1, Accepted), (1, 1, Failed), (2, 8, Failed)]), [[0, 1, 2]]);
    }

    #[test]
    fn ends_of_different_ids_are_calls_without_their_starts_too() {
        let ends = [(0, 1, Failed), (1, 3, Failed), (2, 5, Succeeded)];
        assert_eq!(calls(&ends), [[0], [1], [2]]);
        let others = [(0, 1, Started), (1, 1, Failed), (2, 8, Succeeded)];
        assert_eq!(calls(&others), [vec![0, 1], vec![2]]);
        // Nothing tells that there were two.
        assert_eq!(calls(&[(0, 0, Failed), (1, 0, Succeeded)]), [[0, 1]]);
    }

    #[test]
    fn what_the_front_end_says_failed_and_ends_again_was_tried_again() {
        let shape = |name: &str| {
            let place = crate::shape::SHAPES.iter().position(|shape| shape.name == name).unwrap();
            u8::try_from(place).unwrap()
        };
        let (table, grid) = (shape("activity-log-analytics"), shape("activity-event-grid"));
        let lengths = |events: &[(Status, u32, u8)]| {
            let mut corpus = Corpus::default();
            corpus.identities.push(crate::shape::Identity::default());
            for &(status, ip, shape) in events {
                corpus.spine.push(Entry { ip, status, shape, ..Entry::default() });
            }
            let mut rows: Vec<u32> = (0..).take(events.len()).collect();
            let mut lengths = Vec::new();
            part(&corpus, &mut rows, &mut lengths);
            lengths
        };
        let tries = [Failed, Failed, Succeeded];
        assert_eq!(lengths(&tries.map(|status| (status, 7, table))), [1, 1, 1]);
        assert_eq!(lengths(&tries.map(|status| (status, NONE, grid))), [1, 1, 1]);
        // The provider tells of the same end, before the front end or behind it.
        let told = [(Failed, 7, table), (Failed, NONE, table), (Succeeded, NONE, table)];
        assert_eq!(lengths(&told), [3]);
        assert_eq!(lengths(&[told[1], told[0], told[2]]), [3]);
        assert_eq!(lengths(&[told[1], told[0], (Succeeded, 7, table)]), [2, 1]);
        assert_eq!(lengths(&[(Started, 7, table), (Accepted, 7, table), told[0]]), [3]);
    }

    #[test]
    fn a_call_may_take_days_as_its_id_says() {
        let day = 24 * 3600;
        let long = [(0, 1, Started), (1, 1, Accepted), (2 * day, 1, Succeeded)];
        assert_eq!(calls(&long), [[0, 1, 2]]);
        let nameless = long.map(|(time, _, status)| (time, 0, status));
        assert_eq!(calls(&nameless), [vec![0, 1], vec![2]]);
        let again = [(0, 1, Succeeded), (2 * day, 1, Succeeded)];
        assert_eq!(calls(&again), [[0], [1]]);
        let both = [(0, 1, Started), (1, 3, Started), (2 * day, 3, Failed), (3 * day, 1, Failed)];
        assert_eq!(calls(&both), [[0, 3], [1, 2]]);
    }

    #[test]
    fn an_end_is_of_what_is_open_before_it_is_of_what_ended_under_the_same_id() {
        let events = [(0, 0, Started), (1, 1, Failed), (2, 0, Started), (3, 1, Succeeded)];
        assert_eq!(calls(&events), [[0, 1], [2, 3]]);
    }
}
