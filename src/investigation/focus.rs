//! The alert that a run is asked about, found before anything costly is done.

use crate::base::near::distance;
use crate::base::text::{for_terminal, shorten_middle};
use crate::corpus::Corpus;

/// At most this many ids are told in place of one that is not there.
const NEAR: usize = 5;
/// Columns of an id in a message.
const SHOWN: usize = 100;

/// Returns the id of the only alert that has the id `wanted`, or begins with it, in any letter case.
///
/// Fails with what is wrong: no alert or several; ids near it are named.
pub(super) fn find(corpus: &Corpus, wanted: &str) -> Result<String, String> {
    let ids: Vec<&str> = corpus.alerts.iter().map(|row| row.alert.key.as_str()).collect();
    pick(&ids, wanted)
}

fn pick(ids: &[&str], wanted: &str) -> Result<String, String> {
    let folded = wanted.trim().to_lowercase();
    // The ARM id of an alert ends in its name.
    let folded = folded.rsplit('/').next().unwrap_or_default();
    let shown = for_terminal(&shorten_middle(wanted.trim(), SHOWN)).into_owned();
    if let Some(id) = ids.iter().find(|id| **id == folded) {
        return Ok((*id).to_owned());
    }
    let begun: Vec<&str> =
        ids.iter().copied().filter(|id| !folded.is_empty() && id.starts_with(folded)).collect();
    match begun.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(format!("the evidence has no alert `{shown}`{}", hint(ids, folded))),
        several => {
            Err(format!("`{shown}` fits more than one alert: {}", listed(several.iter().copied())))
        }
    }
}

/// The ids nearest to one that is not there.
fn hint(ids: &[&str], wanted: &str) -> String {
    let mut near: Vec<(usize, &str)> = ids.iter().map(|id| (distance(id, wanted), *id)).collect();
    near.sort_unstable();
    match near.len() {
        0 => "; it has none at all".to_owned(),
        _ => format!("; near it: {}", listed(near.iter().map(|(_, id)| *id))),
    }
}

fn listed<'i>(ids: impl ExactSizeIterator<Item = &'i str>) -> String {
    let more = if ids.len() > NEAR { ", ..." } else { "" };
    let first = ids.take(NEAR).map(|id| for_terminal(&shorten_middle(id, SHOWN)).into_owned());
    first.collect::<Vec<_>>().join(", ") + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_meant_by_its_id_or_the_only_beginning() {
        let ids = ["2516_a", "2516_ab", "2517_c"];
        assert_eq!(pick(&ids, "2516_A"), Ok("2516_a".to_owned()));
        assert_eq!(pick(&ids, "2517"), Ok("2517_c".to_owned()));
        assert_eq!(pick(&ids, "/subscriptions/s/alerts/2517_C"), Ok("2517_c".to_owned()));
        assert!(pick(&ids, "2516").unwrap_err().contains("more than one alert: 2516_a, 2516_ab"));
        assert!(pick(&ids, "2518_c").unwrap_err().contains("near it: 2517_c"));
        assert!(pick(&[], "x").unwrap_err().contains("none at all"));
        assert!(pick(&ids, "").is_err());
    }
}
