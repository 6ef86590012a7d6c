//! The plan: what to do about users, subscriptions, machines and alerts, in an order that is safe.
//!
//! Steps follow Microsoft's page on alerts of Defender for Resource Manager. A step is for what a
//! suspect did out of its ordinary way, took effect and still stands: nothing is asked for that was
//! undone, failed, was expected, or was done by somebody else.

mod account;
mod alert;
mod basis;
mod command;
mod grant;
mod leftover;
mod machine;
mod program;
mod step;
mod subscription;

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::few::Few;
use super::model::{Alert, Familiarity, Report, Residue, Step, User};
use crate::base::Text;
pub(super) use basis::Basis;
use step::Finished;

/// At most this many findings are named for a step.
const REASONS: usize = 20;

/// What steps are worked out from.
struct Plan<'p> {
    basis: &'p Basis,
    report: &'p Report,
    users: BTreeMap<&'p str, &'p User>,
    /// What suspects left and is still there, by resource id.
    left: BTreeMap<&'p str, &'p Residue>,
    rights: grant::Rights<'p>,
    alerts: HashMap<&'p str, &'p Alert>,
}

/// The steps of everything in a report that needs some.
pub(super) struct Mitigation {
    of_alerts: Vec<Vec<Step>>,
    made: Made,
}

/// Works out all steps.
pub(super) fn mitigation(basis: &Basis, report: &Report) -> Mitigation {
    let residue = report.subscriptions.iter().flat_map(|entry| &entry.residue);
    let residue = residue.chain(&report.tenant_residue);
    let left = residue.filter(|left| left.still_present);
    let left = left.map(|left| (left.resource_id.as_str(), left)).collect();
    let (users, rights) = (report.users_by_id(), grant::Rights::of(report));
    let alerts = report.alerts.iter().map(|alert| (alert.id.as_str(), alert)).collect();
    let made = Made::of(&Plan { basis, report, users, left, rights, alerts });
    Mitigation { of_alerts: alert::steps(report, &made), made }
}

impl Mitigation {
    /// Gives everything in the report they were worked out for its own.
    pub(super) fn put(self, report: &mut Report) {
        let Mitigation { of_alerts, mut made } = self;
        for (alert, steps) in report.alerts.iter_mut().zip(of_alerts) {
            alert.mitigation = steps;
        }
        let users = report.users.iter_mut();
        let users = users.map(|user| (&mut user.mitigation, made.users.remove(&user.id)));
        let entries = report.subscriptions.iter_mut();
        let entries =
            entries.map(|entry| (&mut entry.mitigation, made.subscriptions.remove(&entry.id)));
        let machines = report.virtual_machines.iter_mut();
        let machines =
            machines.map(|entry| (&mut entry.mitigation, made.machines.remove(&entry.resource_id)));
        let all = users.chain(entries).chain(machines);
        let all: Vec<_> = all.filter_map(|(place, steps)| Some((place, steps?))).collect();
        all.into_par_iter().for_each(|(place, steps)| *place = steps.into_list());
    }
}

/// The steps of every entity, by its id.
struct Made {
    users: HashMap<String, Finished>,
    subscriptions: HashMap<String, Finished>,
    machines: HashMap<Text, Finished>,
}

impl Made {
    fn of(plan: &Plan<'_>) -> Self {
        let report = plan.report;
        let around = subscription::Around::of(plan);
        let users = report.users.par_iter().filter(|user| user.suspicion.is_some());
        let subscriptions = report.subscriptions.par_iter();
        let machines = report.virtual_machines.par_iter();
        let machines =
            machines.map(|entry| (&entry.resource_id, machine::steps(plan, entry).finish()));
        Made {
            users: users
                .map(|user| (user.id.clone(), account::steps(plan, user).finish()))
                .collect(),
            subscriptions: subscriptions
                .map(|entry| (entry.id.clone(), subscription::steps(plan, &around, entry).finish()))
                .collect(),
            machines: machines
                .filter(|(_, steps)| !steps.is_empty())
                .map(|(id, steps)| (id.clone(), steps))
                .collect(),
        }
    }
}

impl Plan<'_> {
    /// Whether a user is familiar, as far as steps may rest on it: who is unfamiliar only because the log is
    /// silent may belong to somebody, and is asked about before anything is deleted.
    fn familiarity(&self, user: &User) -> Familiarity {
        match user.familiarity {
            Familiarity::Unfamiliar if !self.basis.newcomers.contains(&user.id) => {
                Familiarity::Unknown
            }
            word => word,
        }
    }

    /// The findings that speak against a user; of whom others drew in, those on what they did.
    fn reasons(&self, user: &User) -> Few {
        let own = user.suspicion.iter().flat_map(|s| s.findings.iter().take(REASONS));
        let own: Few = own.cloned().collect();
        match self.basis.drawn_in.get(&user.id) {
            Some(others) if own.is_empty() => others.clone(),
            _ => own,
        }
    }
}
