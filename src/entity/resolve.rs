//! Joining the identities of single events into principals.
//!
//! Two identities are one principal when they share an object id, a name, an
//! address or a passport id. Client applications are shared by everybody who
//! uses them and join nothing, except that an application's own tokens name it.

use std::collections::BTreeMap;

use super::{Principal, Principals, listed, named};
use crate::azure::app;
use crate::azure::principal::PrincipalKind;
use crate::base::index32;
use crate::corpus::Corpus;
use crate::ledger::Ledger;
use crate::shape::Identity;

/// Joins all identities of the corpus, and what calls, lists and alerts name beside them.
pub fn resolve(corpus: &Corpus, ledger: &Ledger) -> Principals {
    let weights = weights(corpus);
    let bodies = named::by_bodies(corpus, ledger);
    // A list may be of another time than the log, and an alert may err: the list comes first.
    let (lists, alerts) = (listed::by_lists(corpus), named::by_alerts(corpus));
    let sure: Vec<&Identity> = corpus.identities.iter().chain(&bodies).collect();
    let mut groups = groups(&sure);
    let first = sure.len();
    let identities: Vec<&Identity> = sure.into_iter().chain(&lists).chain(&alerts).collect();
    named::place(&identities, first, &mut groups);
    let mut all: Vec<(Principal, Vec<usize>)> = groups
        .into_iter()
        .map(|members| (principal(&identities, &members, &weights), members))
        .collect();
    all.sort_by(|a, b| a.0.id.cmp(&b.0.id));
    let mut principals =
        Principals { of_identity: vec![None; corpus.identities.len()], ..Principals::default() };
    for (number, (principal, members)) in all.into_iter().enumerate() {
        let number = index32(number);
        for &member in &members {
            // Only what acted is the identity of events.
            if let Some(place) = principals.of_identity.get_mut(member) {
                *place = Some(number);
            }
        }
        principals.all.push(principal);
    }
    // An id is that of its own principal, whoever else is known by it.
    for (number, principal) in (0..).zip(&principals.all) {
        principals.by_name.entry(principal.id.to_lowercase()).or_insert(number);
    }
    for (number, principal) in (0..).zip(&principals.all) {
        for alias in &principal.aliases {
            principals.by_name.entry(alias.to_lowercase()).or_insert(number);
        }
    }
    principals
}

/// Events of each identity.
fn weights(corpus: &Corpus) -> Vec<u64> {
    let mut weights = vec![0; corpus.identities.len()];
    for row in corpus.spine.rows() {
        weights[corpus.spine.identity[row] as usize] += 1;
    }
    weights
}

/// What an identity is known by.
pub(super) fn marks(id: &Identity) -> impl Iterator<Item = (char, &str)> {
    let own_app = match id.kind {
        PrincipalKind::ServicePrincipal | PrincipalKind::ManagedIdentity => id.key.as_str(),
        _ => "",
    };
    [('o', id.oid.as_str()), ('n', &id.upn), ('p', &id.puid), ('k', &id.key), ('o', own_app)]
        .into_iter()
        .filter(|(_, mark)| !mark.is_empty())
}

/// Members of each group, in the order of the groups' first members.
fn groups(identities: &[&Identity]) -> Vec<Vec<usize>> {
    let mut parent: Vec<usize> = (0..identities.len()).collect();
    let mut seen: BTreeMap<(char, &str), usize> = BTreeMap::new();
    for (number, id) in identities.iter().enumerate().filter(|(_, id)| !id.key.is_empty()) {
        for mark in marks(id) {
            let other = *seen.entry(mark).or_insert(number);
            let (a, b) = (root(&mut parent, other), root(&mut parent, number));
            // The smaller number stays the root, so that groups do not depend on the order of joins.
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, _) in identities.iter().enumerate().filter(|(_, id)| !id.key.is_empty()) {
        groups.entry(root(&mut parent, number)).or_default().push(number);
    }
    groups.into_values().collect()
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

/// How sure a kind is: claims say more than a caller's form, and a special kind more than a general one.
fn certainty(id: &Identity) -> (bool, u8) {
    use PrincipalKind as K;
    let special = match id.kind {
        K::ManagedIdentity => 7,
        K::Foreign => 6,
        K::Msa => 5,
        K::Guest => 4,
        K::ServicePrincipal => 3,
        K::User => 2,
        K::AzureService => 1,
        K::Unknown => 0,
    };
    (!id.token_tenant.is_empty(), special)
}

/// Tokens do not tell a managed identity from an application; the call that made it does.
fn kind<'i>(
    surest: PrincipalKind,
    mut members: impl Iterator<Item = &'i Identity>,
) -> PrincipalKind {
    use PrincipalKind as K;
    let made = members.any(|id| id.kind == K::ManagedIdentity);
    if surest == K::ServicePrincipal && made { K::ManagedIdentity } else { surest }
}

fn principal(identities: &[&Identity], members: &[usize], weights: &[u64]) -> Principal {
    let member = |&m: &usize| identities[m];
    let surest =
        members.iter().map(member).max_by_key(|id| certainty(id)).expect("a group has members");
    let most = |value: fn(&Identity) -> &str| most_used(identities, members, weights, value);
    let kind = kind(surest.kind, members.iter().map(member));
    let (upn, oid) = (most(|id| &id.upn), most(|id| &id.oid));
    let id = match kind {
        k if k.is_person() => upn.clone().or(oid.clone()),
        PrincipalKind::AzureService => most(|id| &id.key),
        _ => oid.clone().or(upn.clone()),
    };
    let id = id.or_else(|| most(|id| &id.key)).unwrap_or_default();
    let is_app = matches!(
        kind,
        PrincipalKind::ServicePrincipal
            | PrincipalKind::ManagedIdentity
            | PrincipalKind::AzureService
    );
    let app_id = if is_app { most(|id| &id.app_id) } else { None };
    let app_name = app_id.as_deref().and_then(app::by_id).and_then(|a| a.name).map(str::to_owned);
    let name = most(|id| &id.name).or_else(|| app_name.clone()).unwrap_or_else(|| id.clone());
    let collect = |value: fn(&Identity) -> &str| -> Vec<String> {
        members
            .iter()
            .map(|m| value(identities[*m]))
            .filter(|v| !v.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let mut aliases: std::collections::BTreeSet<String> =
        [collect(|id| &id.upn), collect(|id| &id.oid), collect(|id| &id.key)]
            .into_iter()
            .flatten()
            .collect();
    aliases.extend(app_id.clone());
    aliases.remove(&id);
    Principal {
        kind,
        name,
        upn,
        oid,
        app_name,
        token_tenant: most(|id| &id.token_tenant),
        home_tenant: most(|id| &id.home_tenant),
        aliases,
        clients: if is_app {
            std::collections::BTreeSet::default()
        } else {
            collect(|id| &id.app_id).into_iter().collect()
        },
        resources: collect(|id| &id.resource).into_iter().collect(),
        global_admin: members.iter().map(member).any(|id| id.global_admin),
        app_id,
        id,
    }
}

/// The value that most events have; of equals the first in order.
fn most_used(
    identities: &[&Identity],
    members: &[usize],
    weights: &[u64],
    value: fn(&Identity) -> &str,
) -> Option<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for &m in members {
        let value = value(identities[m]);
        if !value.is_empty() {
            // What others name has no events of its own.
            *counts.entry(value).or_default() += weights.get(m).copied().unwrap_or(0);
        }
    }
    let (best, _) = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))?;
    Some(best.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(kind: PrincipalKind, upn: &str, oid: &str, tenant: &str) -> Identity {
        let key = if kind.is_person() && !upn.is_empty() { upn } else { oid };
        Identity {
            kind,
            key: key.into(),
            upn: upn.into(),
            oid: oid.into(),
            token_tenant: tenant.into(),
            ..Identity::default()
        }
    }

    fn resolved(identities: Vec<Identity>) -> Principals {
        let corpus = Corpus { identities, ..Corpus::default() };
        resolve(&corpus, &Ledger::default())
    }

    #[test]
    fn a_name_an_object_id_and_both_are_one_principal() {
        use PrincipalKind as K;
        let p = resolved(vec![
            identity(K::User, "ann@contoso.com", "", ""),
            identity(K::ServicePrincipal, "", "o1", ""),
            identity(K::User, "ann@contoso.com", "o1", "t"),
        ]);
        assert_eq!(p.all.len(), 1);
        assert_eq!((p.all[0].id.as_str(), p.all[0].kind), ("ann@contoso.com", K::User));
        assert_eq!((p.find("O1"), p.of(1)), (Some(0), Some(0)));
    }

    #[test]
    fn an_id_leads_to_its_own_principal_and_not_to_one_that_has_it_as_another_name() {
        use PrincipalKind as K;
        // Its application has the id of somebody else.
        let app = Identity { app_id: "z".into(), ..identity(K::ServicePrincipal, "", "a", "t") };
        let p = resolved(vec![app, identity(K::ServicePrincipal, "", "z", "t")]);
        let ids: Vec<&str> = p.all.iter().map(|principal| principal.id.as_str()).collect();
        assert_eq!(ids, ["a", "z"]);
        assert_eq!((p.find("a"), p.find("z")), (Some(0), Some(1)));
    }

    #[test]
    fn nobody_is_no_principal_and_clients_join_nothing() {
        use PrincipalKind as K;
        let portal = |upn: &str, oid: &str| Identity {
            app_id: "portal".into(),
            ..identity(K::User, upn, oid, "t")
        };
        let p = resolved(vec![Identity::default(), portal("a@x", "o1"), portal("b@x", "o2")]);
        assert_eq!(p.all.len(), 2);
        assert_eq!(p.of(0), None);
        assert_eq!(p.find("portal"), None);
    }

    #[test]
    fn claims_decide_what_a_bare_caller_is() {
        use PrincipalKind as K;
        let p = resolved(vec![
            identity(K::ServicePrincipal, "", "o1", ""),
            identity(K::ManagedIdentity, "", "o1", "t"),
        ]);
        assert_eq!((p.all.len(), p.all[0].kind), (1, K::ManagedIdentity));
    }
}
