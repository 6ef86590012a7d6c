//! What leads on from the summary.

use crate::investigation::model::Report;

/// Commands that lead on from here: to the alert and the user that come first.
pub(super) fn commands(report: &Report, case: &str) -> Vec<String> {
    // What would have to be quoted in a shell is not offered to be copied.
    let is_plain = |word: &&str| {
        !word.is_empty()
            && !word.starts_with('-')
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "@._/-".contains(c))
    };
    let alert = report.ranked_alerts().first().map(|alert| ("alert", alert.id.as_str()));
    let user = report.ranked_users().next().map(|user| ("user", user.id.as_str()));
    let known = [alert, user].into_iter().flatten();
    known
        .filter(|(_, id)| is_plain(id) && is_plain(&case))
        .map(|(what, id)| format!("azscope {what} {case} {id}"))
        .collect()
}
