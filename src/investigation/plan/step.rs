//! A list of steps while it grows: each step once, in the order in which they are safe.

use std::collections::BTreeMap;

use super::super::few::Few;
use super::super::model::{Step, Turn};
use crate::base::Text;

/// Where a step stands: its turn, what it is done to, and what it is.
type Place = (Turn, Text, Text);

/// One step without its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Doing {
    /// The command, where there is one.
    pub(super) command: Option<String>,
    /// Whether it can be undone without loss.
    pub(super) reversible: bool,
    /// Findings that ask for it.
    pub(super) why: Few,
    /// Alerts that ask for it.
    pub(super) alerts: Few,
    /// Ids of the suspects for whom it is needed; empty where it is for all of them.
    pub(super) by: Few,
}

/// Steps by their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps(BTreeMap<Place, Doing>);

impl Steps {
    /// Adds a step; what is there already gets the reasons of both.
    pub(super) fn add(&mut self, turn: Turn, step: &str, target: impl Into<Text>, doing: Doing) {
        self.put((turn, target.into(), step.into()), doing);
    }

    fn put(&mut self, place: Place, doing: Doing) {
        match self.0.get_mut(&place) {
            Some(known) => {
                known.why.extend(doing.why);
                known.alerts.extend(doing.alerts);
                known.by.extend(doing.by);
            }
            None => drop(self.0.insert(place, doing)),
        }
    }

    /// Whether there is no step.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the steps of a finished list that are wanted, by their targets and what they hold.
    pub(super) fn take(&mut self, other: &Finished, wanted: impl Fn(&str, &Doing) -> bool) {
        for (place, doing) in other.0.iter().filter(|(place, doing)| wanted(&place.1, doing)) {
            self.put(place.clone(), doing.clone());
        }
    }

    /// Adds all steps of another list.
    pub(super) fn join(&mut self, other: Steps) {
        other.0.into_iter().for_each(|(place, doing)| self.put(place, doing));
    }

    /// Takes a list apart by what is said of the targets of its steps; those of which nothing is said are lost.
    pub(super) fn split(self, of: impl Fn(&str) -> Option<String>) -> BTreeMap<String, Steps> {
        let mut parts: BTreeMap<String, Steps> = BTreeMap::new();
        for (place, doing) in self.0 {
            if let Some(part) = of(&place.1) {
                parts.entry(part).or_default().0.insert(place, doing);
            }
        }
        parts
    }

    /// Ends the list.
    pub(super) fn finish(self) -> Finished {
        Finished(self.0.into_iter().collect())
    }
}

/// Steps that no other joins, in order.
///
/// There is one list a machine, of few steps each: a tree would take several times the room.
#[derive(Clone, Debug, Default)]
pub(super) struct Finished(Box<[(Place, Doing)]>);

impl Finished {
    /// Whether there is no step.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the steps in order.
    pub(super) fn into_list(self) -> Vec<Step> {
        let one = |((turn, target, step), doing): (Place, Doing)| Step {
            step,
            target,
            why: doing.why.into_list(),
            command: doing.command,
            reversible: doing.reversible,
            turn,
            alerts: doing.alerts.into_list(),
            triage: None,
        };
        self.0.into_iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_stands_once_with_all_reasons_and_evidence_is_kept_before_anything_is_deleted() {
        let doing = |why: &str| Doing { why: [why.to_owned()].into(), ..Doing::default() };
        let mut steps = Steps::default();
        steps.add(Turn::RemoveLocks, "delete", "x", doing("f2"));
        steps.add(Turn::SaveDeleted, "copy", "x", doing("f3"));
        steps.add(Turn::RemoveLocks, "delete", "x", doing("f1"));
        let shown = steps.finish().into_list();
        let words: Vec<&str> = shown.iter().map(|step| step.step.as_str()).collect();
        assert_eq!(words, ["copy", "delete"]);
        assert_eq!(shown[1].why, ["f1", "f2"]);
    }
}
