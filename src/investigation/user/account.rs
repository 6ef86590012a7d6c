//! Accounts that changed: one name under two object ids, one object id under two names.
//!
//! A name that comes back with another object id is another account: the old one was deleted and made
//! again, or somebody took its name. Rights and history of the one are not those of the other.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::Facts;
use super::super::familiarity::name as list_name;
use super::super::model::Reason;
use crate::azure::principal::PrincipalKind;
use crate::base::Time;
use crate::base::hash::hex;
use crate::shape::Identity;
use crate::shape::context::Mention;

/// At most this many names or ids of one account are told.
const TOLD: usize = 5;

/// When a pair of object id and name was seen, and the event that shows it first.
struct Seen {
    first: Time,
    last: Time,
    row: usize,
}

/// An object id and a name.
type Pair<'f> = (&'f str, &'f str);

/// Returns what is odd about the accounts of principals, by principal.
pub(super) fn notes(facts: &Facts<'_>) -> BTreeMap<usize, Vec<Reason>> {
    let mut odd = odd(facts);
    see(facts, &mut odd);
    let mut notes: BTreeMap<usize, Vec<Reason>> = BTreeMap::new();
    for (p, seen) in &odd {
        let ids = changed(facts, seen, |(oid, name)| (name, oid), "The name", "the object id");
        let ids =
            ids.map(|note| told(note, "another account has it, or it was deleted and made again"));
        let names = changed(facts, seen, |(oid, name)| (oid, name), "The object id", "the name");
        let names = names.map(|note| told(note, "the account was renamed"));
        let own: Vec<Reason> = ids.chain(names).take(TOLD).collect();
        if !own.is_empty() {
            notes.insert(*p, own);
        }
    }
    by_lists(facts, &mut notes);
    notes
}

/// The pairs of every principal that has several in one tenant.
fn odd<'f>(facts: &Facts<'f>) -> BTreeMap<usize, BTreeMap<Pair<'f>, Option<Seen>>> {
    let mut first: Vec<Option<(&str, Pair<'f>)>> = vec![None; facts.principals.all.len()];
    let mut all: BTreeMap<usize, BTreeSet<(&str, Pair<'f>)>> = BTreeMap::new();
    for (number, id) in (0_u32..).zip(&facts.corpus.identities) {
        let (Some(p), Some(pair)) = (facts.principals.of(number), pair(id)) else { continue };
        let own = (id.token_tenant.as_str(), pair);
        let known = *first[p].get_or_insert(own);
        if known != own {
            all.entry(p).or_default().extend([known, own]);
        }
    }
    let mut odd: BTreeMap<usize, BTreeMap<Pair<'f>, Option<Seen>>> = BTreeMap::new();
    for (p, pairs) in all {
        // The pairs of one tenant stand side by side; placeholders for names may have thousands.
        let pairs: Vec<_> = pairs.into_iter().collect();
        let several = pairs.chunk_by(|a, b| a.0 == b.0).filter(|of_tenant| of_tenant.len() > 1);
        let own: BTreeMap<_, _> = several.flatten().map(|(_, pair)| (*pair, None)).collect();
        if !own.is_empty() {
            odd.insert(p, own);
        }
    }
    odd
}

fn told(mut note: Reason, what: &str) -> Reason {
    note.because = format!("{}: {what}", note.because);
    note
}

/// The object id and the name that an event gives a person; of a guest the address of its home.
fn pair(id: &Identity) -> Option<Pair<'_>> {
    let person = matches!(id.kind, PrincipalKind::User | PrincipalKind::Guest);
    let told = !id.oid.is_empty() && !id.upn.is_empty() && !id.upn.contains('#');
    (person && told).then_some((id.oid.as_str(), id.upn.as_str()))
}

/// Looks up when each pair was seen.
fn see<'f>(facts: &Facts<'f>, odd: &mut BTreeMap<usize, BTreeMap<Pair<'f>, Option<Seen>>>) {
    if odd.is_empty() {
        return;
    }
    let spine = &facts.corpus.spine;
    for row in spine.rows() {
        let identity = spine.identity[row];
        let own = facts.principals.of(identity).and_then(|p| odd.get_mut(&p));
        let Some(own) = own else { continue };
        let pair = facts.corpus.identities.get(identity as usize).and_then(pair);
        let Some(seen) = pair.and_then(|pair| own.get_mut(&pair)) else { continue };
        let time = spine.time[row];
        let seen = seen.get_or_insert(Seen { first: time, last: time, row });
        if time < seen.first {
            (seen.first, seen.row) = (time, row);
        }
        seen.last = seen.last.max(time);
    }
}

/// What one key had of the other kind, one after the other.
fn changed<'n, 'f: 'n>(
    facts: &'n Facts<'f>,
    seen: &'n BTreeMap<Pair<'f>, Option<Seen>>,
    split: impl Fn(Pair<'f>) -> Pair<'f>,
    key: &'n str,
    value: &'n str,
) -> impl Iterator<Item = Reason> + 'n {
    let mut by_key: BTreeMap<&str, Vec<(&Seen, &str)>> = BTreeMap::new();
    for (pair, seen) in seen {
        let (own, other) = split(*pair);
        if let Some(seen) = seen {
            by_key.entry(own).or_default().push((seen, other));
        }
    }
    by_key.into_iter().filter(|(_, all)| all.len() > 1).map(move |(own, mut all)| {
        all.sort_by_key(|(seen, other)| (seen.first, *other));
        let one =
            |(seen, other): &(&Seen, &str)| format!("{other} from {} to {}", seen.first, seen.last);
        let told: Vec<String> = all.iter().take(TOLD).map(one).collect();
        let event =
            |(seen, _): &(&Seen, &str)| hex(&facts.corpus.spine.event_id(seen.row).to_be_bytes());
        Reason {
            because: format!("{key} {own} had {value} {}", told.join(", then ")),
            events: all.iter().take(TOLD).map(event).collect(),
        }
    })
}

/// Notes the names that lists of users hold with another object id than the log.
fn by_lists(facts: &Facts<'_>, notes: &mut BTreeMap<usize, Vec<Reason>>) {
    let listed = facts.corpus.context.principals.iter();
    let users = listed.filter(|(_, held)| {
        held.mention == Mention::Listed && held.kind == PrincipalKind::User && !held.upn.is_empty()
    });
    let users: Vec<_> = users
        .filter_map(|(source, held)| Some((*source, held, facts.principals.find(&held.upn)?)))
        .collect();
    let mut acted: BTreeMap<usize, BTreeSet<Pair<'_>>> =
        users.iter().map(|(.., p)| (*p, BTreeSet::new())).collect();
    if acted.is_empty() {
        return;
    }
    for (number, id) in (0_u32..).zip(&facts.corpus.identities) {
        let own = facts.principals.of(number).and_then(|p| acted.get_mut(&p));
        if let (Some(own), Some(pair)) = (own, pair(id).filter(|_| id.kind == PrincipalKind::User))
        {
            own.insert(pair);
        }
    }
    for (source, held, p) in users {
        let of_name = acted[&p].iter().filter(|(_, name)| held.upn.eq_ignore_ascii_case(name));
        let ids: Vec<&str> = of_name.map(|(oid, _)| *oid).collect();
        if ids.is_empty() || ids.contains(&held.oid.as_str()) {
            continue;
        }
        notes.entry(p).or_default().push(Reason {
            because: format!(
                "The list {} holds the name {} with the object id {}, and who acted had {}: another account has it, or it was deleted and made again",
                list_name(facts, source),
                held.upn,
                held.oid,
                ids[..ids.len().min(TOLD)].join(", ")
            ),
            events: Vec::new(),
        });
    }
}
