//! Groups of the directory, as lists tell who is in them.
//!
//! The Activity Log does not: a role that a group gets, every member has.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use crate::shape::context::HeldMember;

/// At most this many members of one group are looked at.
const MEMBERS: usize = 10_000;

/// A group, as lists tell.
#[derive(Default)]
struct Group<'f> {
    name: &'f str,
    members: BTreeMap<&'f str, &'f str>,
}

/// Every group of lists, by its object id.
pub(super) struct Groups<'f>(BTreeMap<&'f str, Group<'f>>);

impl<'f> Groups<'f> {
    pub(super) fn of(facts: &Facts<'f>) -> Self {
        let mut groups: BTreeMap<&str, Group<'f>> = BTreeMap::new();
        for (_, held) in &facts.corpus.context.groups {
            let group = groups.entry(&held.oid).or_default();
            if group.name.is_empty() {
                group.name = &held.name;
            }
            for HeldMember { oid, name } in &held.members {
                group.members.entry(oid).or_insert(name);
            }
        }
        Groups(groups)
    }

    /// Returns the name of a group, or its id.
    pub(super) fn name<'n>(&self, group: &'n str) -> &'n str
    where
        'f: 'n,
    {
        self.0.get(group).map(|group| group.name).filter(|name| !name.is_empty()).unwrap_or(group)
    }

    /// Returns the object ids of all members of a group, of groups in it too, each with its name;
    /// groups themselves are left out.
    pub(super) fn members(&self, group: &str) -> BTreeMap<&'f str, &'f str> {
        let mut members = BTreeMap::new();
        let mut seen = BTreeSet::from([group.to_owned()]);
        let mut open = vec![group.to_owned()];
        while let Some(own) = open.pop().and_then(|id| self.0.get(id.as_str())) {
            for (&oid, &name) in &own.members {
                if !self.0.contains_key(oid) {
                    members.insert(oid, name);
                } else if seen.insert(oid.to_owned()) {
                    open.push(oid.to_owned());
                }
            }
            if members.len() >= MEMBERS {
                break;
            }
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_in_groups_and_in_circles_are_followed_once() {
        let group = |members: &[&'static str]| Group {
            name: "",
            members: members.iter().map(|id| (*id, "")).collect(),
        };
        let groups = Groups(
            [("a", group(&["b", "eve"])), ("b", group(&["a", "c", "ann"])), ("c", group(&[]))]
                .into_iter()
                .collect(),
        );
        let members: Vec<&str> = groups.members("a").into_keys().collect();
        assert_eq!(members, ["ann", "eve"]);
        assert!(groups.members("none").is_empty());
    }
}
