//! What lists of resources say of what was left behind: still there, gone, or not in the list.
//!
//! Such a list holds no children of resources and no extensions, may be narrowed to a group or a
//! type, and may be older than the log. So absence proves something only of a resource of its own,
//! in a group of which the list holds resources of several types, by a list that names a later time.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::familiarity::name;
use super::model::{ListState, Listing, Report};
use crate::azure::resource_id::ResourceId;
use crate::base::{SourceId, Time};

/// One list.
#[derive(Default)]
struct List<'f> {
    ids: BTreeSet<&'f str>,
    /// Types of the resources in each resource group.
    groups: BTreeMap<&'f str, BTreeSet<String>>,
    subscriptions: BTreeSet<&'f str>,
    after: Option<Time>,
}

/// Notes on all residue what lists of resources say of it.
pub(super) fn confirm(facts: &Facts<'_>, report: &mut Report) {
    let mut lists: BTreeMap<SourceId, List<'_>> = BTreeMap::new();
    for (source, held) in &facts.corpus.context.resources {
        lists.entry(*source).or_default().add(&held.id, held.latest);
    }
    if lists.is_empty() {
        return;
    }
    let own = report.subscriptions.iter_mut().flat_map(|entry| &mut entry.residue);
    for residue in own.chain(&mut report.tenant_residue) {
        let said = lists.iter().filter_map(|(source, list)| {
            let state = list.look(&residue.resource_id, residue.created)?;
            Some(Listing { state, list: name(facts, *source), taken_after: list.after })
        });
        residue.listed = Listing::weightiest(said).map(Box::new);
        if residue.listed.as_ref().is_some_and(|listed| listed.state == ListState::Gone) {
            residue.still_present = false;
        }
    }
}

impl<'f> List<'f> {
    fn add(&mut self, id: &'f str, latest: Option<Time>) {
        self.ids.insert(id);
        self.after = self.after.max(latest);
        let Some(parsed) = ResourceId::parse(id) else { return };
        self.subscriptions.extend(parsed.subscription());
        if let Some(group) = group(id) {
            self.groups.entry(group).or_default().insert(parsed.resource_type());
        }
    }

    fn look(&self, resource: &str, since: Option<Time>) -> Option<ListState> {
        let id = ResourceId::parse(resource)?;
        if self.ids.contains(resource) || self.groups.contains_key(resource) {
            return Some(ListState::StillThere);
        }
        // Children and extensions stand in no such list.
        let is_own = id.resource_type().split('/').count() == 2
            && id.target_of_extension().is_none()
            && id.subscription().is_some_and(|own| self.subscriptions.contains(own));
        let types = group(resource).and_then(|group| self.groups.get(group)).filter(|_| is_own);
        let is_whole = types.is_some_and(|types| types.len() > 1);
        let is_later = self.after > since;
        is_own.then_some(if is_whole && is_later { ListState::Gone } else { ListState::NotInList })
    }
}

/// The resource group of a resource, as the beginning of its id.
fn group(id: &str) -> Option<&str> {
    let mut ends = id.match_indices('/').map(|(at, _)| at).skip(1);
    let is_grouped = id.split('/').nth(3)?.eq_ignore_ascii_case("resourcegroups");
    let end = ends.nth(3).unwrap_or(id.len());
    is_grouped.then(|| &id[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "/subscriptions/s/resourcegroups/rg";

    #[test]
    fn a_group_is_the_beginning_of_an_id() {
        let disk = format!("{GROUP}/providers/microsoft.compute/disks/d");
        assert_eq!((group(&disk), group(GROUP)), (Some(GROUP), Some(GROUP)));
        assert_eq!(group("/subscriptions/s/providers/microsoft.security/pricings/p"), None);
        assert_eq!(group("/subscriptions/s"), None);
    }

    #[test]
    fn absence_proves_something_of_whole_and_later_lists_only() {
        let id =
            |kind: &str, name: &str| format!("{GROUP}/providers/microsoft.compute/{kind}/{name}");
        let (disk, machine, missing) =
            (id("disks", "d"), id("virtualmachines", "v"), id("disks", "missing"));
        let child = format!("{machine}/extensions/e");
        let holding = |ids: &[&'static str]| {
            let mut held = List::default();
            for id in ids {
                held.add(id, Some(Time(10)));
            }
            held
        };
        let (disk, machine): (&'static str, &'static str) = (disk.leak(), machine.leak());
        let (narrow, whole) = (holding(&[disk]), holding(&[disk, machine]));
        let say = |list: &List<'_>, id: &str, since: i64| list.look(id, Some(Time(since)));
        assert_eq!(say(&whole, disk, 5), Some(ListState::StillThere));
        assert_eq!(say(&whole, GROUP, 5), Some(ListState::StillThere));
        assert_eq!(say(&whole, &missing, 5), Some(ListState::Gone));
        assert_eq!(say(&whole, &missing, 10), Some(ListState::NotInList), "it may be older");
        assert_eq!(say(&narrow, &missing, 5), Some(ListState::NotInList), "it may be narrowed");
        assert_eq!(say(&whole, &child, 5), None);
        let other = missing.replace("/s/", "/other/");
        assert_eq!(say(&whole, &other, 5), None);
    }
}
