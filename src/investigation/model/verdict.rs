//! The outcome of a run in plain sentences: what was found, what stands, what is not known.
//!
//! Sentences quote evidence; a format escapes each as a whole.

use crate::base::Time;
use crate::base::text::counted;
use crate::base::text::grouped;
use crate::base::text::shorten_middle;
use crate::investigation::model::Assessment;
use crate::investigation::model::Case;
use crate::investigation::model::Defence;
use crate::investigation::model::Level;
use crate::investigation::model::Outcome;
use crate::investigation::model::Report;
use crate::investigation::model::Verdict;

/// Greatest display width of a name inside a sentence, columns.
const NAME_WIDTH: usize = 80;
/// Principals named in a sentence.
const NAMES: usize = 4;

impl Report {
    /// Returns the outcome of the run as sentences, the most important first.
    pub fn verdict(&self) -> Vec<String> {
        let parts = [
            Some(self.findings_sentence()),
            self.alerts_sentence(),
            self.suppression_sentence(),
            self.case_sentence(),
            self.user_sentence(),
            self.standing_sentence(),
            self.left_sentence(),
            self.triage.as_ref().map(|triage| format!("Triage file: {}", triage.words())),
            self.loss_sentence(),
            self.blind_sentence(),
        ];
        parts.into_iter().flatten().collect()
    }

    /// Returns the findings by level in words, as `1 critical, 2 high`; empty without findings.
    pub fn level_words(&self) -> String {
        let parts: Vec<String> =
            self.level_counts().falling().map(|(level, n)| format!("{n} {level}")).collect();
        parts.join(", ")
    }

    /// Returns the open alerts by assessment in words; `None` without an open alert.
    pub fn alert_words(&self) -> Option<String> {
        let count = |wanted: Assessment| {
            let open = self.alerts.iter().filter(|alert| alert.is_open());
            open.filter(|alert| alert.investigation.assessment == wanted).count()
        };
        let parts: Vec<String> = Assessment::ALL
            .iter()
            .map(|assessment| (count(*assessment), assessment.words()))
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| format!("{n} {word}"))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Returns how many changes of rights stand; `None` where none does.
    pub fn standing_words(&self) -> Option<String> {
        let changes = self.standing_changes();
        let privileged =
            changes.iter().filter(|change| change.privileged == Some(true)).count() as u64;
        let all = counted(changes.len() as u64, "change", "changes");
        let words = format!(
            "{all} of rights not taken back in the evidence, {} privileged",
            grouped(privileged)
        );
        (!changes.is_empty()).then_some(words)
    }

    fn findings_sentence(&self) -> String {
        let operations = counted(self.operations.count, "operation", "operations");
        if self.evidence.totals.counts.events == 0 {
            return "The evidence holds no activity events, so the rules had nothing to look at."
                .into();
        }
        if self.findings.is_empty() {
            return format!(
                "No rule fired on {operations}; that alone does not show that nothing happened."
            );
        }
        let total = counted(self.findings.len() as u64, "finding", "findings");
        let severe = self.level_counts().at_least(Level::High);
        let tail = if severe == 0 { "; none is high or critical." } else { "." };
        format!("{total} in {operations}: {}{tail}", self.level_words())
    }

    fn alerts_sentence(&self) -> Option<String> {
        let total = self.alerts.len();
        if total == 0 {
            return None;
        }
        let open = self.alerts.iter().filter(|alert| alert.is_open()).count();
        let alerts = counted(total as u64, "alert", "alerts");
        Some(match self.alert_words() {
            Some(words) => format!("{alerts}, {open} open; of the open ones {words}."),
            None => format!("{alerts}, none open."),
        })
    }

    /// Tells of suppression rules that a principal under suspicion wrote; `None` where there are none.
    pub fn suppression_sentence(&self) -> Option<String> {
        let by_suspect = self.suppression_rules.iter().filter(|rule| rule.by_suspect);
        let names: Vec<&str> = by_suspect.map(|rule| rule.name.as_str()).collect();
        let rules = counted(names.len() as u64, "suppression rule", "suppression rules");
        let shown = names.join(", ");
        let shown = shorten_middle(&shown, NAME_WIDTH);
        (!names.is_empty()).then(|| {
            format!(
                "{rules} written by a principal under suspicion, so hiding no alert here: {shown}."
            )
        })
    }

    /// What belongs together, since when, and by whom; `None` without an open case.
    fn case_sentence(&self) -> Option<String> {
        let is_open = |case: &&Case| case.verdict == Verdict::Open;
        let case = self.cases.iter().filter(is_open).max_by_key(|case| case.level)?;
        let users = self.users_by_id();
        let name = |id: &String| users.get(id.as_str()).map_or(id.clone(), |user| user.label());
        let mut names: Vec<String> = case.principals.iter().take(NAMES).map(name).collect();
        if case.principals.len() > NAMES {
            names.push(format!("{} more", case.principals.len() - NAMES));
        }
        let by =
            if names.is_empty() { String::new() } else { format!(", by {}", names.join("; ")) };
        let when =
            |time: Option<Time>| time.map_or("an unknown time".to_owned(), |time| time.to_string());
        Some(format!(
            "What belongs together: {} and {} from {} to {}{by}.",
            counted(case.alerts.len() as u64, "alert", "alerts"),
            counted(case.findings_count, "finding", "findings"),
            when(case.first),
            when(case.last),
        ))
    }

    /// What suspects left behind and which defences are still down; `None` where there is neither.
    fn left_sentence(&self) -> Option<String> {
        let each = || self.subscriptions.iter();
        let left = each().flat_map(|s| &s.residue).chain(&self.tenant_residue);
        let left = left.filter(|residue| residue.still_present).count();
        let is_down = |d: &&Defence| {
            d.raised.is_none() && !d.moot && d.by_suspect && d.outcome != Outcome::Failed
        };
        let down = each().flat_map(|s| &s.defences).chain(&self.tenant_defences);
        let down = down.filter(is_down).count();
        let parts = [
            (left > 0).then(|| {
                counted(left as u64, "resource", "resources")
                    + " made or changed by suspects and still there"
            }),
            (down > 0).then(|| {
                counted(down as u64, "defence", "defences") + " lowered by suspects and still down"
            }),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("{}.", parts.join(", ")))
    }

    fn user_sentence(&self) -> Option<String> {
        let user = self.ranked_users().next()?;
        let label = user.label();
        let name = shorten_middle(&label, NAME_WIDTH);
        let others = self.ranked_users().count() - 1;
        let rest = match others {
            0 => String::new(),
            _ => format!("; {} to look at", counted(others as u64, "more user", "more users")),
        };
        Some(format!(
            "First to look at: {name}, risk {} ({}){rest}.",
            user.risk.level, user.risk.score
        ))
    }

    fn standing_sentence(&self) -> Option<String> {
        self.standing_words().map(|words| format!("{words}."))
    }

    fn loss_sentence(&self) -> Option<String> {
        self.evidence.has_loss().then(|| {
            let rejected = self.evidence.totals.counts.rejected;
            let what = match rejected {
                0 => "Part of the evidence could not be read".to_owned(),
                n => format!(
                    "{} could not be read",
                    counted(n, "piece of evidence", "pieces of evidence")
                ),
            };
            format!("{what}: what is not reported may still have happened.")
        })
    }

    fn blind_sentence(&self) -> Option<String> {
        let gaps = self.coverage.gap_count() as u64;
        let gaps = (gaps > 0).then(|| format!("the log has {}", counted(gaps, "gap", "gaps")));
        let missing = self.coverage.not_in_evidence.len() as u64;
        let muted = self.coverage.rules.cannot_fire.len() as u64;
        let missing = (missing > 0)
            .then(|| format!("the evidence cannot show {}", counted(missing, "thing", "things")));
        let muted = (muted > 0)
            .then(|| format!("{} could not fire on it", counted(muted, "rule", "rules")));
        let mut parts: Vec<String> = [gaps, missing, muted].into_iter().flatten().collect();
        let last = parts.pop()?;
        let joined =
            if parts.is_empty() { last } else { format!("{}, and {last}", parts.join(", ")) };
        Some(format!("Coverage: {joined}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::investigation::model::Alert;
    use crate::investigation::model::Finding;
    use crate::investigation::model::Missing;
    use crate::investigation::model::Residue;
    use crate::investigation::model::Subscription;

    fn with_events() -> Report {
        let mut report = Report::default();
        report.evidence.totals.counts.events = 1;
        report.operations.count = 1200;
        report
    }

    #[test]
    fn an_empty_case_is_not_called_clean() {
        assert!(Report::default().verdict()[0].contains("no activity events"));
        assert!(with_events().verdict()[0].contains("does not show that nothing happened"));
    }

    #[test]
    fn findings_are_counted_by_level() {
        let mut report = with_events();
        let finding = |level| Finding { level, ..Finding::default() };
        report.findings = vec![finding(Level::Low), finding(Level::Critical), finding(Level::Low)];
        assert_eq!(report.verdict(), ["3 findings in 1,200 operations: 1 critical, 2 low."]);
        report.findings = vec![finding(Level::Low)];
        assert!(report.verdict()[0].ends_with("none is high or critical."));
    }

    #[test]
    fn alerts_are_told_by_what_the_log_says_of_them() {
        let mut report = with_events();
        report.alerts = vec![Alert::default(), Alert { sample: true, ..Alert::default() }];
        assert_eq!(report.verdict()[1], "2 alerts, 1 open; of the open ones 1 inconclusive.");
    }

    #[test]
    fn the_gravest_open_case_and_what_is_left_are_told() {
        let case = |id: &str, level, verdict| Case {
            id: id.into(),
            level,
            verdict,
            first: Some(Time(0)),
            alerts: vec!["1".into()],
            principals: vec![format!("{id}@contoso.com")],
            ..Case::default()
        };
        let mut report = with_events();
        report.cases = vec![
            case("a", Level::Critical, Verdict::Expected),
            case("b", Level::High, Verdict::Open),
        ];
        let told = report.verdict().join(" ");
        assert!(told.contains("1 alert and 0 findings from 1970-01-01T00:00:00Z to"), "{told}");
        assert!(told.contains("by b@contoso.com") && !told.contains("a@contoso.com"), "{told}");
        let residue = |still_present| Residue { still_present, ..Residue::default() };
        let lowered = |by_suspect| Defence { by_suspect, ..Defence::default() };
        report.subscriptions = vec![Subscription {
            residue: vec![residue(true), residue(false)],
            defences: vec![lowered(true), lowered(false)],
            ..Subscription::default()
        }];
        let told = report.verdict().join(" ");
        assert!(told.contains("1 resource made or changed by suspects and still there, 1 defence"));
    }

    #[test]
    fn lost_evidence_is_part_of_the_verdict() {
        let mut report = with_events();
        report.evidence.totals.counts.rejected = 2;
        assert!(report.verdict()[1].starts_with("2 pieces of evidence could not be read"));
        report.coverage.not_in_evidence.push(Missing::default());
        assert_eq!(report.verdict()[2], "Coverage: the evidence cannot show 1 thing.");
    }
}
