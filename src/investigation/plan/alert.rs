//! Steps for an alert: those of the users, the machines and the subscription that it is about.

use rayon::prelude::*;

use super::super::model::{Alert, Stage, Step};
use super::super::suspect::is_ground;
use super::Made;
use super::step::{Doing, Steps};
use crate::azure::resource_id::ResourceId;

/// Fewest and most steps that one alert lists, and how many all alerts list together.
const FEWEST: usize = 20;
const MOST: usize = 200;
const TOGETHER: usize = 20_000;
/// So many scopes around a resource may be a machine.
const AROUND: usize = 8;

/// Returns the steps of every alert, in their order; none for one that is closed or contradicted.
pub(super) fn steps(alerts: &[Alert], made: &Made) -> Vec<Vec<Step>> {
    let most = (TOGETHER / alerts.len().max(1)).clamp(FEWEST, MOST);
    let one = |alert: &Alert| if is_ground(alert) { of(alert, made, most) } else { Vec::new() };
    alerts.par_iter().map(one).collect()
}

fn of(alert: &Alert, made: &Made, most: usize) -> Vec<Step> {
    let mut steps = Steps::default();
    for user in alert.principals.iter().filter_map(|id| made.users.get(id)) {
        steps.take(user, |_, _| true);
    }
    for resource in &alert.resources {
        let around = std::iter::successors(ResourceId::parse(resource), ResourceId::parent);
        for machine in around.take(AROUND).filter_map(|id| made.machines.get(id.as_str())) {
            steps.take(machine, |_, _| true);
        }
    }
    if let Some(entry) = alert.subscription_id.as_ref().and_then(|id| made.subscriptions.get(id)) {
        let is_about = |target: &str, doing: &Doing| {
            let by_its_own = alert.principals.iter().any(|id| doing.by.contains(id));
            let named = alert.resources.iter().filter(|r| r.contains("/providers/"));
            by_its_own || named.into_iter().any(|resource| lies_in(target, resource))
        };
        steps.take(entry, is_about);
    }
    let mut shown = steps.finish().into_list();
    let more = shown.len().saturating_sub(most);
    shown.truncate(most);
    if more > 0 {
        let what = format!("Go on with {more} more steps of its users and its subscription");
        shown.push(last(alert, &what));
    }
    let what = "Set the alert to resolved, with what was found, once the steps are done";
    shown.push(last(alert, what));
    shown
}

fn last(alert: &Alert, what: &str) -> Step {
    Step {
        step: what.into(),
        target: alert.id.as_str().into(),
        reversible: true,
        stage: Stage::Review,
        // After everything else.
        turn: u8::MAX,
        alerts: vec![alert.id.as_str().into()],
        ..Step::default()
    }
}

/// Whether an id is another one or lies in it.
fn lies_in(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
