//! What the row that is kept takes from its duplicates.

use std::collections::BTreeMap;
use std::mem::discriminant;

use crate::azure::principal::PrincipalKind;
use crate::base::index32;
use crate::corpus::{Corpus, Grant, Hit, NONE, RowId, Spine, Status};
use crate::shape::access::Access;
use crate::shape::{Identity, carries};

/// Hands on what duplicates carry and the rows that are kept lack, and removes the rest.
pub(super) fn merge(corpus: &mut Corpus, losers: &[(usize, usize)], named: &[bool]) {
    for &(row, winner) in losers {
        principal(&mut corpus.spine, &corpus.identities, (row, winner));
        columns(&mut corpus.spine, named, (row, winner));
    }
    if !losers.is_empty() {
        let duplicate = &corpus.spine.duplicate;
        hand_on(&mut corpus.grants, losers, duplicate);
        hand_on(&mut corpus.access, losers, duplicate);
        hand_on(&mut corpus.hits.all, losers, duplicate);
    }
}

/// Takes the principal of a duplicate that tells more of who it was.
fn principal(spine: &mut Spine, identities: &[Identity], (row, winner): (usize, usize)) {
    let who = |row: usize| &identities[spine.identity[row] as usize];
    let (other, own) = (who(row), who(winner));
    // Only exports with the evidence of the authorization tell a partner's administrator.
    let is_partner = other.kind == PrincipalKind::Foreign && own.kind.is_person();
    let claims = |row: usize| spine.carries[row] & carries::CLAIMS;
    let tells_more = !other.key.is_empty() && (own.key.is_empty() || claims(row) > claims(winner));
    if is_partner || tells_more {
        spine.identity[winner] = spine.identity[row];
        spine.carries[winner] |= claims(row);
    }
}

/// Takes what the row that is kept lacks of the columns of the spine.
fn columns(spine: &mut Spine, named: &[bool], (row, winner): (usize, usize)) {
    let is_named = |code: u32| named.get(code as usize).copied().unwrap_or(false);
    let by_name = is_named(spine.operation[row]) && !is_named(spine.operation[winner]);
    let by_place = spine.resource[winner] == NONE && spine.resource[row] != NONE;
    if by_name {
        spine.operation[winner] = spine.operation[row];
    }
    // The other events of the call were told in full as well.
    if by_name || by_place && spine.operation[winner] == spine.operation[row] {
        spine.operation_key[winner] = spine.operation_key[row];
    }
    for codes in [
        &mut spine.ip,
        &mut spine.subscription,
        &mut spine.resource,
        &mut spine.kind,
        &mut spine.error,
    ] {
        if codes[winner] == NONE {
            codes[winner] = codes[row];
        }
    }
    // The log's own ids tell what was tried again from what goes on.
    if spine.call_key[winner] == 0 {
        spine.call_key[winner] = spine.call_key[row];
    }
    if spine.event_key[winner] == 0 {
        spine.event_key[winner] = spine.event_key[row];
    }
    if spine.http[winner] == 0 {
        spine.http[winner] = spine.http[row];
    }
    if spine.category[winner] == u16::MAX {
        spine.category[winner] = spine.category[row];
    }
    if spine.status[winner] == Status::Other {
        spine.status[winner] = spine.status[row];
    }
}

/// What is known of an event beside the spine.
trait Entry: Clone {
    /// The row of the event.
    fn at(&self) -> u32;
    /// Makes it one of another row.
    fn put(&mut self, row: u32);
    /// Whether another of the same event says the same, or as much.
    fn is_like(&self, other: &Self) -> bool;
}

impl Entry for Grant {
    fn at(&self) -> u32 {
        self.row.0
    }

    fn put(&mut self, row: u32) {
        self.row = RowId(row);
    }

    fn is_like(&self, _: &Self) -> bool {
        true
    }
}

impl Entry for (RowId, Access) {
    fn at(&self) -> u32 {
        self.0.0
    }

    fn put(&mut self, row: u32) {
        self.0 = RowId(row);
    }

    fn is_like(&self, other: &Self) -> bool {
        discriminant(&self.1) == discriminant(&other.1)
    }
}

impl Entry for Hit {
    fn at(&self) -> u32 {
        self.row
    }

    fn put(&mut self, row: u32) {
        self.row = row;
    }

    fn is_like(&self, other: &Self) -> bool {
        self.atom == other.atom
    }
}

/// Moves the entries of duplicates to the rows that are kept where these have none like them, and removes
/// the others; the list is and stays in the order of the rows.
fn hand_on<T: Entry>(list: &mut Vec<T>, losers: &[(usize, usize)], duplicate: &[bool]) {
    if list.is_empty() {
        return;
    }
    let mut begins = vec![0_u32; duplicate.len() + 1];
    for entry in list.iter() {
        begins[entry.at() as usize + 1] += 1;
    }
    for row in 0..duplicate.len() {
        begins[row + 1] += begins[row];
    }
    let of = |row: usize| begins[row] as usize..begins[row + 1] as usize;
    // By the row that takes it, each with the duplicate that gives it.
    let mut moved: BTreeMap<usize, Vec<(usize, T)>> = BTreeMap::new();
    for &(row, winner) in losers {
        let lacks = |entry: &&T| !list[of(winner)].iter().any(|own| own.is_like(entry));
        for entry in list[of(row)].iter().filter(lacks) {
            let taken = moved.entry(winner).or_default();
            // Of a kind, one duplicate gives all.
            if !taken.iter().any(|(giver, other)| *giver != row && other.is_like(entry)) {
                taken.push((row, entry.clone()));
            }
        }
    }
    list.retain(|entry| !duplicate[entry.at() as usize]);
    if !moved.is_empty() {
        for (winner, entries) in moved {
            list.extend(entries.into_iter().map(|(_, mut entry)| {
                entry.put(index32(winner));
                entry
            }));
        }
        list.sort_by_key(T::at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Entry as Event;

    /// Merges the second of two events into the first.
    fn merged(events: [Event; 2], prepare: impl Fn(&mut Corpus)) -> Corpus {
        let mut corpus = Corpus::default();
        let named = |key: &str| Identity { key: key.to_owned(), ..Identity::default() };
        corpus.identities = vec![named(""), named("ann"), named("ann@contoso.com")];
        for event in events {
            corpus.spine.push(event);
        }
        prepare(&mut corpus);
        corpus.spine.duplicate[1] = true;
        merge(&mut corpus, &[(1, 0)], &[true, false]);
        corpus
    }

    #[test]
    fn what_the_kept_row_lacks_comes_from_its_twin() {
        let lean = Event { operation: 1, operation_key: 5, ip: NONE, error: 4, ..Event::default() };
        let full = Event { identity: 1, operation_key: 6, ip: 3, error: 9, http: 201, ..lean };
        let full = Event { operation: 0, status: Status::Failed, ..full };
        let full = Event { call_key: 8, event_key: 2, ..full };
        let spine = merged([lean, full], |_| ()).spine;
        assert_eq!((spine.identity[0], spine.ip[0], spine.error[0], spine.http[0]), (1, 3, 4, 201));
        assert_eq!((spine.operation[0], spine.operation_key[0]), (0, 6));
        assert_eq!(spine.status[0], Status::Failed);
        assert_eq!((spine.call_key[0], spine.event_key[0]), (8, 2));
    }

    #[test]
    fn claims_tell_more_of_somebody_than_a_name() {
        let named = Event { identity: 1, ..Event::default() };
        let claimed = Event { identity: 2, carries: carries::CLAIMS, ..named };
        assert_eq!(merged([named, claimed], |_| ()).spine.identity[0], 2);
        assert_eq!(merged([claimed, named], |_| ()).spine.identity[0], 2);
    }

    #[test]
    fn rights_and_tests_that_held_move_to_the_row_that_is_kept() {
        let prepare = |corpus: &mut Corpus| {
            for (row, atom, value) in [(0, 1, "a"), (1, 1, "b"), (1, 2, "c"), (1, 2, "d")] {
                corpus.hits.push(row, atom, value);
            }
            let (principal, role, scope) = (String::new(), String::new(), String::new());
            corpus.grants.push(Grant { row: RowId(1), principal, role, scope });
            for (row, id) in [(0, "x"), (1, "y")] {
                corpus.access.push((RowId(row), Access::Accepted(id.to_owned())));
            }
            corpus.access.push((RowId(1), Access::Policy(Vec::new())));
        };
        let corpus = merged([Event::default(); 2], prepare);
        let hits: Vec<_> = corpus.hits.all.iter().map(|&hit| (hit.row, hit.atom)).collect();
        let values: Vec<_> =
            corpus.hits.all.iter().map(|hit| corpus.hits.value(hit.value)).collect();
        assert_eq!(hits, [(0, 1), (0, 2), (0, 2)]);
        assert_eq!(values, [Some("a"), Some("c"), Some("d")]);
        assert_eq!(corpus.grants[0].row, RowId(0));
        let access = [Access::Accepted("x".to_owned()), Access::Policy(Vec::new())];
        assert_eq!(corpus.access, access.map(|access| (RowId(0), access)));
    }
}
