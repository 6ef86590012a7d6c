//! Telling the calls of one key apart: the same thing done again, or tried again before it ended.

use crate::corpus::{Corpus, Status};

/// Events of one key that lie further apart belong to different calls.
const APART: i64 = 24 * 3600 * 1_000_000_000;

/// So many calls of one key are open at once at the most, with so many people and ids; more are made to cost time.
const OPEN: usize = 64;

/// Puts the events of one key, which are in order of time, into the order of their calls, and
/// the number of events of each call into `lengths`.
pub(super) fn part(corpus: &Corpus, group: &mut [u32], lengths: &mut Vec<usize>) {
    lengths.clear();
    let is_start = |row: &&u32| corpus.spine.status[**row as usize] == Status::Started;
    if group.iter().filter(is_start).count() < 2 {
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

/// Parts events of which at most one is a start: one call follows the other.
fn in_turn(corpus: &Corpus, group: &[u32], lengths: &mut Vec<usize>) {
    let mut before: Option<(u32, bool, People)> = None;
    let mut length = 0;
    for &row in group {
        let is_end = corpus.spine.status[row as usize].is_end();
        match &mut before {
            Some((last, ended, people)) if !begins_anew(corpus, *last, (*ended, people), row) => {
                people.add(corpus, row);
                (*last, *ended) = (row, *ended || is_end);
            }
            _ => {
                if length > 0 {
                    lengths.push(length);
                    length = 0;
                }
                before = Some((row, is_end, People::of(corpus, row)));
            }
        }
        length += 1;
    }
    lengths.push(length);
}

/// Whether `next` belongs to another call than the events before it, the last of which is `last`.
fn begins_anew(corpus: &Corpus, last: u32, (ended, people): (bool, &People), next: u32) -> bool {
    let spine = &corpus.spine;
    let (last, at) = (last as usize, next as usize);
    if spine.time[at].0.saturating_sub(spine.time[last].0) > APART {
        return true;
    }
    // Role assignments are joined without their correlation id: two people may follow each other.
    ended && (spine.status[at] == Status::Started || people.are_others(corpus, next))
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
    /// How it ended, if it did.
    end: Option<Status>,
}

impl Call {
    fn begin(corpus: &Corpus, row: u32) -> Call {
        let people = People::of(corpus, row);
        let mut call = Call { rows: Vec::new(), people, ids: Vec::new(), end: None };
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
        self.end = self.end.or(status.is_end().then_some(status));
    }
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
    let time = |row: u32| corpus.spine.time[row as usize].0;
    let same = |call: &Call| !call.people.are_others(corpus, row);
    let near = |call: &Call| {
        let last = call.rows[call.rows.len() - 1];
        // A service may end what somebody began, and nobody goes on with what another ended.
        time(row).saturating_sub(time(last)) <= APART && (call.end.is_none() || same(call))
    };
    let first = |fits: &dyn Fn(&Call) -> bool| calls.iter().position(|c| near(c) && fits(c));
    let last = |fits: &dyn Fn(&Call) -> bool| calls.iter().rposition(|c| near(c) && fits(c));
    let open = |call: &Call| call.end.is_none();
    let named = |call: &Call| id != 0 && call.ids.contains(&id);
    let nameless = |call: &Call| open(call) && (id == 0 || call.ids.is_empty());
    if status == Status::Started {
        // What has ended can only be done anew.
        return last(&|c| open(c) && (named(c) || !several && nameless(c)));
    }
    last(&named)
        .or_else(|| first(&|c| nameless(c) && same(c)))
        .or_else(|| first(&nameless))
        // The provider tells of an end again, or of one that the front end did not see.
        .or_else(|| last(&|c| status.is_end() && c.end == Some(status)))
        .or_else(|| first(&open))
        .or_else(|| last(&|_| true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;
    use crate::corpus::Entry;
    use Status::{Accepted, Failed, Started, Succeeded};

    /// The calls of events of one key: seconds, id of the operation, status.
    fn calls(events: &[(i64, u32, Status)]) -> Vec<Vec<u32>> {
        let mut corpus = Corpus::empty();
        corpus.identities.push(crate::shape::Identity::default());
        for &(seconds, call_key, status) in events {
            let time = Time(seconds * 1_000_000_000);
            corpus.spine.push(Entry { time, call_key, status, ..Entry::default() });
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
        let mut corpus = Corpus::empty();
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
        let mut corpus = Corpus::empty();
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
            (4, 9, Succeeded),
            (5, 2, Failed),
        ];
        assert_eq!(calls(&events), [vec![0, 2, 3, 4], vec![1, 5]]);
    }
}
