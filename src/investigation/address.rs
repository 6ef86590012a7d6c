//! Where calls came from: every address, who used it, and where it is.

use hashbrown::HashSet;

use super::facts::Facts;
use super::model::{Address, Coverage, Missing};
use crate::base::{Time, index32};
use crate::corpus::NONE;

/// What was seen of an address.
#[derive(Clone, Copy)]
struct Seen {
    operations: u64,
    first: Time,
    last: Time,
}

/// Returns every address that operations came from, in order.
pub(super) fn addresses(facts: &Facts<'_>) -> Vec<Address> {
    let names = &facts.corpus.names.ip;
    let mut seen: Vec<Option<Seen>> = vec![None; names.len()];
    let mut pairs: HashSet<(u32, usize)> = HashSet::new();
    for operation in facts.operations().filter(|operation| operation.ip != NONE) {
        let new = Seen { operations: 0, first: operation.first, last: operation.last };
        let own = seen[operation.ip as usize].get_or_insert(new);
        own.operations += 1;
        own.last = own.last.max(operation.last);
        if let Some(principal) = facts.principals.of(operation.identity) {
            pairs.insert((operation.ip, principal));
        }
    }
    let mut users: Vec<Vec<&str>> = vec![Vec::new(); names.len()];
    let mut pairs: Vec<(u32, usize)> = pairs.into_iter().collect();
    pairs.sort_unstable();
    for (ip, principal) in pairs {
        users[ip as usize].push(&facts.principals.all[principal].id);
    }
    let all = seen.into_iter().zip(users).enumerate();
    let mut all: Vec<Address> = all
        .filter_map(|(code, (seen, users))| Some(one(facts, index32(code), seen?, users)))
        .collect();
    all.sort_by_cached_key(|address| {
        let (number, text) = Address::order(&address.ip);
        (number, text.to_owned())
    });
    all
}

/// Says so where nobody tells where addresses are.
pub(super) fn note_unknown(coverage: &mut Coverage, facts: &Facts<'_>) {
    if facts.corpus.places.is_none() {
        coverage.not_in_evidence.push(Missing {
            what: "where addresses are".to_owned(),
            why: "no GeoIP file was given: with `--geoip FILE.mmdb` each address has its country, city and network operator, and rules see new countries".to_owned(),
        });
    }
}

fn one(facts: &Facts<'_>, code: u32, seen: Seen, mut users: Vec<&str>) -> Address {
    let place = facts.corpus.place(code).cloned().unwrap_or_default();
    users.sort_unstable();
    users.dedup();
    Address {
        ip: facts.corpus.names.ip.get(code).unwrap_or_default().to_owned(),
        country: place.country,
        city: place.city,
        asn: place.asn,
        organization: place.organization,
        first_seen: Some(seen.first),
        last_seen: Some(seen.last),
        operations: seen.operations,
        users: users.into_iter().map(str::to_owned).collect(),
    }
}
