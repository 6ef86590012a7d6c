//! The outcome of a run in plain sentences: what was found, what stands, what is not known.
//!
//! Sentences quote evidence; a format escapes each as a whole.

use crate::base::text::counted;
use crate::base::text::grouped;
use crate::base::text::shorten_middle;
use crate::investigation::model::Assessment;
use crate::investigation::model::Level;
use crate::investigation::model::Report;

/// Greatest display width of a name inside a sentence, columns.
const NAME_WIDTH: usize = 80;

impl Report {
    /// Returns the outcome of the run as sentences, the most important first.
    pub fn verdict(&self) -> Vec<String> {
        let parts = [
            Some(self.findings_sentence()),
            self.alerts_sentence(),
            self.suppression_sentence(),
            self.user_sentence(),
            self.standing_sentence(),
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
            .map(|assessment| (count(*assessment), assessment.as_str().replace('_', " ")))
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
    fn lost_evidence_is_part_of_the_verdict() {
        let mut report = with_events();
        report.evidence.totals.counts.rejected = 2;
        assert!(report.verdict()[1].starts_with("2 pieces of evidence could not be read"));
        report.coverage.not_in_evidence.push(Missing::default());
        assert_eq!(report.verdict()[2], "Coverage: the evidence cannot show 1 thing.");
    }
}
