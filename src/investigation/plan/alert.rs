//! Steps for an alert: those of the users, the machines and the subscription that it is about.
//!
//! A machine that the activity behind an alert reached counts as one that it is about. What nothing
//! bears out and is of little weight is asked about before anything is done.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::super::model::{Alert, Assessment, Report, Span, Step, Turn, Verdict};
use super::super::suspect::{is_faint, is_ground};
use super::Made;
use super::command::quoted;
use super::step::{Doing, Steps};
use crate::azure::resource_id::{ResourceId, is_within};
use crate::base::Time;

/// Fewest and most steps that one alert lists, and how many all alerts list together.
const FEWEST: usize = 20;
const MOST: usize = 200;
const TOGETHER: usize = 20_000;
/// At most this many machines that somebody touched are looked at for one alert.
const MACHINES: usize = 50;

/// Returns the steps of every alert, in their order; none for one that is contradicted or a sample.
pub(super) fn steps(report: &Report, made: &Made) -> Vec<Vec<Step>> {
    let alerts = &report.alerts;
    let most = (TOGETHER / alerts.len().max(1)).clamp(FEWEST, MOST);
    let reached = Reached::of(report, made);
    let one = |alert: &Alert| match alert.verdict {
        Verdict::Expected if !alert.sample => dismiss(alert),
        _ if !is_ground(alert) => Vec::new(),
        _ if is_faint(alert) => vec![ask_first(alert), last(alert)],
        _ => of(alert, made, &reached, most),
    };
    alerts.par_iter().map(one).collect()
}

fn of(alert: &Alert, made: &Made, reached: &Reached<'_>, most: usize) -> Vec<Step> {
    let mut steps = Steps::default();
    let users = users(alert);
    for user in users.iter().filter_map(|id| made.users.get(*id)) {
        steps.take(user, |_, _| true);
    }
    for machine in
        machines(alert, &users, made, reached).into_iter().filter_map(|id| made.machines.get(id))
    {
        steps.take(machine, |_, _| true);
    }
    if let Some(entry) = alert.subscription_id.as_ref().and_then(|id| made.subscriptions.get(id)) {
        let is_about = |target: &str, doing: &Doing| {
            let by_its_own = users.iter().any(|id| doing.by.contains(id));
            let named = alert.resources.iter().filter(|r| r.contains("/providers/"));
            by_its_own || named.into_iter().any(|resource| is_within(target, resource))
        };
        steps.take(entry, is_about);
    }
    let mut shown = steps.finish().into_list();
    let more = shown.len().saturating_sub(most);
    shown.truncate(most);
    if more > 0 {
        let what = format!("Go on with {more} more steps of its users and its subscription");
        shown.push(review(alert, &what, Turn::EndAlert, None));
    }
    shown.push(last(alert));
    shown
}

/// The users that an alert names, and, where the log bears it out, those who did what it speaks of.
fn users(alert: &Alert) -> BTreeSet<&str> {
    let inquiry = &alert.investigation;
    let bears_out = inquiry.assessment == Assessment::Corroborated;
    let telling = inquiry.telling_operations.iter().filter(|_| bears_out);
    let telling = telling.filter(|operation| operation.outcome.took_effect());
    let callers = telling.filter_map(|operation| operation.user.as_ref());
    alert.principals.iter().chain(callers).map(String::as_str).collect()
}

/// The machines that an alert names, those that the operations it speaks of touched, and, where the
/// log bears it out, those that its users touched in its time.
fn machines<'m>(
    alert: &'m Alert,
    users: &BTreeSet<&str>,
    made: &'m Made,
    reached: &Reached<'m>,
) -> BTreeSet<&'m str> {
    let inquiry = &alert.investigation;
    let touched = inquiry.telling_operations.iter().filter(|o| o.outcome.took_effect());
    let touched = touched.filter_map(|operation| operation.resource_id.as_ref());
    let mut all = BTreeSet::new();
    for resource in alert.resources.iter().chain(touched) {
        let around = ResourceId::parse(resource).into_iter().flat_map(ResourceId::outwards);
        let known = |id: ResourceId<'_>| made.machines.get_key_value(id.as_str());
        all.extend(around.filter_map(known).map(|(id, _)| id.as_str()));
    }
    if inquiry.assessment == Assessment::Corroborated {
        for user in users {
            all.extend(reached.by(user, [inquiry.window, inquiry.type_window]));
        }
    }
    all
}

/// What users did to machines under suspicion, by user, in order of time.
struct Reached<'r>(BTreeMap<&'r str, Vec<(Time, &'r str)>>);

impl<'r> Reached<'r> {
    fn of(report: &'r Report, made: &Made) -> Self {
        let mut by_user: BTreeMap<&str, Vec<(Time, &str)>> = BTreeMap::new();
        let machines = report.virtual_machines.iter();
        for machine in machines.filter(|entry| made.machines.contains_key(&entry.resource_id)) {
            for action in machine.actions.iter().filter(|a| a.suspicious && a.outcome.took_effect())
            {
                if let Some((user, time)) = action.by.as_ref().zip(action.time) {
                    by_user.entry(user).or_default().push((time, &machine.resource_id));
                }
            }
        }
        for touched in by_user.values_mut() {
            touched.sort_unstable();
        }
        Reached(by_user)
    }

    /// The first machines that a user touched in the least span that holds some others.
    fn by(&self, user: &str, spans: [Span; 2]) -> impl Iterator<Item = &'r str> {
        let from = spans.iter().filter_map(|span| span.from).min();
        let to = spans.iter().filter_map(|span| span.to).max();
        let all = self.0.get(user).map_or(&[][..], Vec::as_slice);
        let start = all.partition_point(|(time, _)| Some(*time) < from);
        let within = all[start..].iter().take_while(move |(time, _)| Some(*time) <= to);
        within.take(MACHINES).map(|(_, machine)| *machine)
    }
}

/// What is done at the end: the alert is closed, or who closed it before is asked.
fn last(alert: &Alert) -> Step {
    if alert.is_closed() {
        let what = "Ask who put the alert away before this, and why";
        return review(alert, what, Turn::EndAlert, None);
    }
    let what = "Set the alert to resolved, with what was found, once the steps are done";
    review(alert, what, Turn::EndAlert, set(alert, "Resolve"))
}

/// What is done about an alert that is of little weight and that nothing bears out.
fn ask_first(alert: &Alert) -> Step {
    let what = "Ask whom the alert names, and the owner of what it names, whether this was expected; lock out and clean up only if nobody knows it";
    review(alert, what, Turn::AskOwners, None)
}

/// What is done about an alert that an analyst marked as expected.
fn dismiss(alert: &Alert) -> Vec<Step> {
    if alert.is_closed() {
        return Vec::new();
    }
    let what = "Dismiss the alert in Defender, with the reason why it was expected";
    vec![review(alert, what, Turn::EndAlert, set(alert, "Dismiss"))]
}

/// A step that is done to the alert itself.
fn review(alert: &Alert, what: &str, turn: Turn, command: Option<String>) -> Step {
    Step {
        step: what.into(),
        target: alert.id.as_str().into(),
        command,
        reversible: true,
        turn,
        alerts: vec![alert.id.as_str().into()],
        ..Step::default()
    }
}

/// The command that gives an alert a status, where its id in Resource Manager is known.
///
/// The program compares the status with its capital letter, and does nothing for any other word.
fn set(alert: &Alert, status: &str) -> Option<String> {
    let id = ResourceId::parse(alert.azure_id.as_deref()?)?;
    let (subscription, name) = (quoted(id.subscription()?)?, quoted(id.name())?);
    let location = quoted(id.parent()?.name())?;
    let group = match id.resource_group() {
        Some(group) => format!(" --resource-group {}", quoted(group)?),
        None => String::new(),
    };
    Some(format!(
        "az security alert update --subscription {subscription} --name {name} --location {location} --status {status}{group}"
    ))
}
