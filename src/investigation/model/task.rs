//! What is to be done and whom to ask, each once, in the order of urgency.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::base::text::counted;
use crate::investigation::model::Level;
use crate::investigation::model::Report;
use crate::investigation::model::Stage;
use crate::investigation::model::Step;

/// A question to somebody about open alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask<'a> {
    /// The person or role.
    pub who: &'a str,
    /// What they can answer.
    pub why: &'a str,
    /// Whether an alert is about them, or they are under suspicion.
    pub subject: bool,
    /// Ids of the alerts the question is about.
    pub alerts: Vec<&'a str>,
}

/// A step of mitigation in the order of urgency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task<'a> {
    /// The step.
    pub step: &'a Step,
    /// Level of the most severe finding that asks for it.
    pub level: Level,
}

/// One step of mitigation with everything that it is taken on.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskGroup<'a> {
    /// The step, as it is taken on the first of them.
    pub step: &'a Step,
    /// What it is taken on, the most severe first.
    pub targets: Vec<&'a str>,
}

impl Report {
    /// Lists whom to ask about the open alerts, each question once, in the order of the alerts.
    pub fn asks(&self) -> Vec<Ask<'_>> {
        let mut asks: Vec<Ask<'_>> = Vec::new();
        let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for alert in self.alerts.iter().filter(|alert| alert.is_open()) {
            for contact in &alert.contact {
                let (who, why) = (contact.who.as_str(), contact.why.as_str());
                let at = *seen.entry((who, why)).or_insert(asks.len());
                if at == asks.len() {
                    asks.push(Ask { who, why, subject: contact.subject, alerts: Vec::new() });
                }
                if asks[at].alerts.last() != Some(&alert.id.as_str()) {
                    asks[at].alerts.push(&alert.id);
                }
            }
        }
        asks
    }

    /// Lists whom to ask first: nobody who is the subject of an alert, or under suspicion.
    pub fn first_asks(&self) -> Vec<Ask<'_>> {
        self.asks().into_iter().filter(|ask| !ask.subject).collect()
    }

    /// Lists the steps of mitigation, each once, stage by stage and in each turn by turn; within one,
    /// those for the most severe findings first.
    pub fn tasks(&self) -> Vec<Task<'_>> {
        let levels: HashMap<&str, Level> =
            self.findings.iter().map(|finding| (finding.id.as_str(), finding.level)).collect();
        let mut tasks: Vec<Task<'_>> = Vec::new();
        let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
        for step in self.steps() {
            let level = step.why.iter().filter_map(|id| levels.get(id.as_str())).max();
            let task = Task { step, level: level.copied().unwrap_or_default() };
            let at = *seen.entry((&step.step, &step.target)).or_insert(tasks.len());
            match tasks.get_mut(at) {
                Some(earlier) => earlier.level = earlier.level.max(task.level),
                None => tasks.push(task),
            }
        }
        tasks.sort_by_key(|task| (task.step.turn, Reverse(task.level)));
        tasks
    }

    /// Lists the steps that nobody marked as done, as [`Self::tasks`] does.
    pub fn open_tasks(&self) -> Vec<Task<'_>> {
        let mut tasks = self.tasks();
        tasks.retain(|task| !task.step.is_done());
        tasks
    }

    /// Lists the steps that nobody marked as done, what is to be done with several things once.
    pub fn task_groups(&self) -> Vec<TaskGroup<'_>> {
        task_groups(&self.open_tasks())
    }

    /// Says how many steps are marked as done; `None` where none is.
    pub fn done_words(&self) -> Option<String> {
        let tasks = self.tasks();
        let done = tasks.iter().filter(|task| task.step.is_done()).count() as u64;
        let all = counted(tasks.len() as u64, "step", "steps");
        (done > 0).then(|| format!("Marked as done and left out here: {done} of {all}."))
    }

    /// Lists every step of mitigation as often as somebody asks for it.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.users
            .iter()
            .flat_map(|user| &user.mitigation)
            .chain(self.subscriptions.iter().flat_map(|entry| &entry.mitigation))
            .chain(self.virtual_machines.iter().flat_map(|entry| &entry.mitigation))
            .chain(self.alerts.iter().flat_map(|alert| &alert.mitigation))
    }
}

/// Puts tasks together that are the same step on several things.
pub fn task_groups<'a>(tasks: &[Task<'a>]) -> Vec<TaskGroup<'a>> {
    let mut groups: Vec<TaskGroup<'_>> = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for Task { step, .. } in tasks {
        let at = *seen.entry(&step.step).or_insert(groups.len());
        if at == groups.len() {
            groups.push(TaskGroup { step, targets: Vec::new() });
        }
        groups[at].targets.push(&step.target);
    }
    groups
}

/// At most this many kinds of evidence to keep are told, and of each so many things named.
const KINDS: usize = 3;
const NAMED: usize = 3;

/// Says in one line which evidence to keep before anything is changed; `None` where nothing asks
/// for it.
pub fn preserve_words(groups: &[TaskGroup<'_>]) -> Option<String> {
    let mut kept = groups.iter().filter(|group| group.step.stage() == Stage::Preserve);
    let mut words: Vec<String> = kept
        .by_ref()
        .take(KINDS)
        .map(|TaskGroup { step, targets }| {
            let named: Vec<&str> = targets.iter().take(NAMED).map(|id| base_name(id)).collect();
            let more = targets.len() - named.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}: {}{more}", step.step, named.join(", "))
        })
        .collect();
    let rest = kept.map(|group| group.targets.len() as u64).sum();
    if rest > 0 {
        words.push(format!("Save {}", counted(rest, "more thing", "more things")));
    }
    (!words.is_empty())
        .then(|| format!("Keep evidence before you change anything. {}", words.join(". ")))
}

/// Returns the last part of a resource id, and anything else as it is.
pub fn base_name(target: &str) -> &str {
    match target.rsplit_once('/') {
        Some((path, name)) if path.contains("/providers/") => name,
        _ => target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::investigation::model::Alert;
    use crate::investigation::model::Contact;
    use crate::investigation::model::Finding;
    use crate::investigation::model::Turn;
    use crate::investigation::model::User;
    use crate::investigation::model::Verdict;

    fn finding(id: &str, level: Level) -> Finding {
        Finding { id: id.into(), level, ..Finding::default() }
    }

    fn user(id: &str) -> User {
        User { id: id.into(), ..User::default() }
    }

    #[test]
    fn a_step_that_two_entities_ask_for_is_one_task_at_the_higher_level() {
        let step = |what: &str, why: &str| Step {
            step: what.into(),
            why: vec![why.into()],
            ..Step::default()
        };
        let mut first = user("a");
        first.mitigation = vec![step("tidy up", "low"), step("revoke", "low")];
        let mut second = user("b");
        second.mitigation = vec![step("revoke", "high")];
        let report = Report {
            users: vec![first, second],
            findings: vec![finding("low", Level::Low), finding("high", Level::High)],
            ..Report::default()
        };
        let tasks = report.tasks();
        let words: Vec<_> =
            tasks.iter().map(|task| (task.step.step.as_str(), task.level)).collect();
        assert_eq!(words, [("revoke", Level::High), ("tidy up", Level::Low)]);
    }

    #[test]
    fn what_is_done_is_counted_and_is_no_longer_to_be_done() {
        let step = |what: &str, done: bool| Step {
            step: what.into(),
            triage: done.then(Box::default),
            ..Step::default()
        };
        let mut one = user("a");
        one.mitigation = vec![step("revoke", true), step("look", false)];
        let mut report = Report { users: vec![one], ..Report::default() };
        let words: Vec<_> =
            report.open_tasks().iter().map(|task| task.step.step.as_str()).collect();
        assert_eq!((words, report.task_groups().len()), (vec!["look"], 1));
        assert_eq!(report.done_words().unwrap(), "Marked as done and left out here: 1 of 2 steps.");
        report.users[0].mitigation[0].triage = None;
        assert_eq!(report.done_words(), None);
    }

    #[test]
    fn a_step_on_several_things_is_told_once() {
        let step = |what: &str, target: &str| Step {
            step: what.into(),
            target: target.into(),
            ..Step::default()
        };
        let mut one = user("a");
        one.mitigation = vec![step("revoke", "a"), step("look", "a"), step("revoke", "b")];
        let report = Report { users: vec![one], ..Report::default() };
        let groups = report.task_groups();
        let told: Vec<_> =
            groups.iter().map(|group| (&*group.step.step, group.targets.clone())).collect();
        assert_eq!(told, [("revoke", vec!["a", "b"]), ("look", vec!["a"])]);
    }

    #[test]
    fn evidence_to_keep_is_named_as_far_as_a_line_holds_it() {
        let step = |what: &str, target: &str| Step {
            step: what.into(),
            target: target.into(),
            turn: Turn::CopyDisks,
            ..Step::default()
        };
        let mut one = user("a");
        let logs = ["u1", "u2", "u3", "u4"].map(|id| step("Save its log", id));
        let others =
            ["Save b", "Save c", "Save d", "Save e"].map(|what| step(what, "/providers/x/y/z"));
        one.mitigation = logs.into_iter().chain(others).collect();
        let report = Report { users: vec![one], ..Report::default() };
        assert_eq!(
            preserve_words(&report.task_groups()).unwrap(),
            "Keep evidence before you change anything. Save its log: u1, u2, u3 and 1 more. \
             Save b: z. Save c: z. Save 2 more things"
        );
        assert_eq!(preserve_words(&[]), None);
    }

    #[test]
    fn only_open_alerts_ask_and_each_question_is_asked_once() {
        let contact =
            vec![Contact { who: "owner".into(), why: "was it you?".into(), ..Contact::default() }];
        let alert = |id: &str, verdict| Alert {
            id: id.into(),
            verdict,
            contact: contact.clone(),
            ..Alert::default()
        };
        let report = Report {
            alerts: vec![
                alert("1", Verdict::Open),
                alert("2", Verdict::Expected),
                alert("3", Verdict::Open),
            ],
            ..Report::default()
        };
        let asks = report.asks();
        assert_eq!(asks.len(), 1);
        assert_eq!(asks[0].alerts, ["1", "3"]);
    }
}
