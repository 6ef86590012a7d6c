//! What one batch leaves behind once its columns are on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hashbrown::HashMap;

use super::batch::{Batch, Coded, Column};
use super::index;
use super::probe::Hits;
use super::spine::{NONE, Spine};
use super::{Grant, Names, RowId, UsedRole};
use crate::base::dict::Dict;
use crate::base::index32;
use crate::schema::Event;
use crate::shape::Identity;
use crate::shape::access::Access;

/// A batch after it was written: codes are those of the part.
#[derive(Default)]
pub(super) struct Part {
    pub(super) spine: Spine,
    pub(super) names: Names,
    pub(super) identities: Vec<Identity>,
    pub(super) grants: Vec<Grant>,
    pub(super) access: Vec<(RowId, Access)>,
    pub(super) roles: BTreeSet<UsedRole>,
    pub(super) tenants: BTreeMap<String, BTreeMap<String, u64>>,
    pub(super) hits: Hits,
    /// Name of the file in the index.
    pub(super) file: String,
}

/// Writes a batch as a file of `folder` and returns what stays of it.
pub(super) fn finish(
    mut batch: Batch,
    identities: Vec<Identity>,
    hits: Hits,
    sources: &[(String, Option<String>)],
    folder: &Path,
    file: String,
) -> Result<Part, String> {
    index::write_events(&folder.join(&file), &batch, &identities, sources)
        .map_err(|error| format!("cannot write {file}: {error}"))?;
    // What changes from token to token is in the index; here each principal is held once.
    let mut known = HashMap::new();
    let mut principals = Vec::new();
    let of: Vec<u32> =
        identities.into_iter().map(|id| intern(id, &mut principals, &mut known)).collect();
    batch.spine.identity.iter_mut().for_each(|code| *code = of[*code as usize]);
    let (grants, roles, tenants) = (grants(&batch), roles(&batch), tenants(&batch));
    let access = std::mem::take(&mut batch.access);
    let mut take = |column: Event| match std::mem::replace(
        &mut batch.columns[column as usize],
        Column::Elsewhere,
    ) {
        Column::Coded(coded) => coded.dict,
        _ => Dict::default(),
    };
    let names = Names {
        operation: take(Event::Operation),
        ip: take(Event::ClientIp),
        subscription: take(Event::SubscriptionId),
        resource: take(Event::ResourceId),
        kind: take(Event::ResourceType),
        category: take(Event::Category),
        error: take(Event::ErrorCode),
    };
    let identities = principals;
    Ok(Part { spine: batch.spine, names, identities, grants, access, roles, tenants, hits, file })
}

/// Returns the code of a principal; what changes from token to token is left out.
pub(super) fn intern(
    mut id: Identity,
    all: &mut Vec<Identity>,
    known: &mut HashMap<Identity, u32>,
) -> u32 {
    id.token_ip.clear();
    id.token_id.clear();
    if let Some(&code) = known.get(&id) {
        return code;
    }
    let code = index32(all.len());
    known.insert(id.clone(), code);
    all.push(id);
    code
}

/// The values of a coded column, by row.
fn coded(batch: &Batch, column: Event) -> impl Iterator<Item = Option<&str>> {
    let Column::Coded(coded) = &batch.columns[column as usize] else {
        unreachable!("{column:?} has codes")
    };
    coded.codes.iter().map(|&code| coded.dict.get(code))
}

fn grants(batch: &Batch) -> Vec<Grant> {
    let text = |v: Option<&str>| v.unwrap_or_default().to_owned();
    coded(batch, Event::GrantPrincipal)
        .zip(coded(batch, Event::GrantRole))
        .zip(coded(batch, Event::GrantScope))
        .enumerate()
        .filter_map(|(row, ((principal, role), scope))| {
            let principal = principal?.to_owned();
            Some(Grant {
                row: RowId(index32(row)),
                principal,
                role: text(role),
                scope: text(scope),
            })
        })
        .collect()
}

fn roles(batch: &Batch) -> BTreeSet<UsedRole> {
    let (Column::Coded(role), Column::Coded(scope)) =
        (&batch.columns[Event::Role as usize], &batch.columns[Event::RoleScope as usize])
    else {
        unreachable!("both have codes")
    };
    let codes = role.codes.iter().zip(&scope.codes);
    let told = batch.spine.identity.iter().zip(codes).filter(|(_, (role, _))| **role != NONE);
    let told: BTreeSet<(u32, u32, u32)> =
        told.map(|(&who, (&role, &scope))| (who, role, scope)).collect();
    let text = |of: &Coded, code| of.dict.get(code).unwrap_or_default().to_owned();
    let named = |(identity, code, at)| UsedRole {
        identity,
        role: text(role, code),
        scope: text(scope, at),
    };
    told.into_iter().map(named).collect()
}

fn tenants(batch: &Batch) -> BTreeMap<String, BTreeMap<String, u64>> {
    let (Column::Coded(subscription), Column::Coded(tenant)) = (
        &batch.columns[Event::SubscriptionId as usize],
        &batch.columns[Event::ResourceTenant as usize],
    ) else {
        unreachable!("both have codes")
    };
    let mut counts: HashMap<(u32, u32), u64> = HashMap::new();
    for (&s, &t) in subscription.codes.iter().zip(&tenant.codes) {
        if s != NONE && t != NONE {
            *counts.entry((s, t)).or_default() += 1;
        }
    }
    let mut named: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    let counts: BTreeMap<_, _> = counts.into_iter().collect();
    for ((s, t), count) in counts {
        let owners = named.entry(subscription.dict.text_of(s).to_owned()).or_default();
        *owners.entry(tenant.dict.text_of(t).to_owned()).or_default() += count;
    }
    named
}
