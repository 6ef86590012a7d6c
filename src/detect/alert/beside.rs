//! Alerts beside others: something is named by alerts of several types.

use hashbrown::HashMap;

use super::is_of_work;
use crate::corpus::AlertRow;
use crate::rule::{AlertJoin, Tie, fold};
use crate::shape::Alert;

/// Returns for each alert whether an earlier one of another type names the same, whichever types the rule is about.
pub(super) fn beside(alerts: &[AlertRow], native: &AlertJoin, span: i64) -> Vec<bool> {
    let times = alerts.iter().enumerate().filter(|(_, row)| is_of_work(row));
    let mut meant: Vec<(i64, usize)> = times
        .filter_map(|(at, row)| Some((row.alert.start.or(row.alert.generated)?.0, at)))
        .collect();
    meant.sort_by_key(|&(time, at)| (time, &alerts[at].alert.key));
    let mut found = vec![false; alerts.len()];
    let mut last: HashMap<String, HashMap<String, i64>> = HashMap::new();
    for (time, at) in meant {
        let alert = &alerts[at].alert;
        let kind = alert.alert_type.as_ref().or(alert.title.as_ref()).map_or("", String::as_str);
        let kind = fold(kind).into_owned();
        for name in named(alert, &native.join) {
            let kinds = last.entry(name).or_default();
            let is_near = |(other, at): (&String, &i64)| *other != kind && time - at <= span;
            found[at] |= kinds.iter().any(is_near);
            kinds.insert(kind.clone(), time);
        }
    }
    found
}

/// What an alert names that can tie operations to it, each with a mark of what it is.
fn named(alert: &Alert, join: &[Tie]) -> Vec<String> {
    let mut all = Vec::new();
    let mut add = |mark: char, text: &str| all.push(format!("{mark}{}", fold(text)));
    for tie in join {
        match tie {
            Tie::Principal => {
                for actor in &alert.actors {
                    let names = [&actor.object_id, &actor.upn, &actor.app_id];
                    names.into_iter().flatten().for_each(|name| add('p', name));
                }
            }
            Tie::Ip => alert.ips.iter().for_each(|ip| add('i', ip)),
            Tie::Resource => {
                let resources = alert.azure_resources.iter().chain(&alert.resource_id);
                let inner = resources.filter(|resource| resource.contains("/providers/"));
                inner.for_each(|resource| add('r', resource));
            }
            Tie::Subscription => alert.subscription_id.iter().for_each(|id| add('s', id)),
        }
    }
    all
}
