//! What several alert types have in common: how far their activity shows in the Activity Log, what
//! bears them out, what speaks against them, and what an analyst asks.

use std::sync::LazyLock;

use super::super::table;
use super::Trace;

/// What types of alerts have in common. Sentences are for people.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub id: &'static str,
    /// How far the activity shows in the Activity Log.
    pub trace: Trace,
    /// How many hours before the alert's start the activity can have begun; `None` for as many as the type looks back.
    pub core_before_hours: Option<u32>,
    /// How many hours after the alert's end the activity can go on; `None` for as many as the type looks ahead.
    pub core_after_hours: Option<u32>,
    /// What is tested beside the operations themselves.
    pub checks: Vec<Check>,
    /// The kinds of extensions of a machine that the alert speaks of, joined by `;`; empty for any.
    pub extension: &'static str,
    /// The questions, in the order in which they are asked.
    pub questions: Vec<&'static Question>,
    /// What bears the alert out.
    pub confirm: &'static str,
    /// What speaks against it.
    pub refute: &'static str,
    /// What the Activity Log cannot show of it; empty if it can show all.
    pub limits: &'static str,
}

/// A test beside the operations themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The alert speaks of an attempt that failed.
    Attempt,
    /// A call bears it out even if it was refused: that somebody called is what it speaks of.
    Refused,
    /// Only several operations bear it out.
    Burst,
    /// What the caller did on days before, from the same address, speaks against it.
    Habit,
    /// The address was the caller's for weeks, which speaks against it.
    HabitAddress,
    /// The account was unused before, or the alert does not hold.
    Dormant,
    /// Somebody other than who deleted it recovered it, or the alert does not hold.
    Recovery,
    /// The client with this application id was new to the account, or the alert does not hold.
    Client(&'static str),
}

impl Check {
    fn parse(word: &'static str) -> Option<Self> {
        Some(match word {
            "attempt" => Self::Attempt,
            "refused" => Self::Refused,
            "burst" => Self::Burst,
            "habit" => Self::Habit,
            "habit-address" => Self::HabitAddress,
            "dormant" => Self::Dormant,
            "recovery" => Self::Recovery,
            _ => Self::Client(word.strip_prefix("client=")?),
        })
    }
}

/// Something that an analyst asks about an alert.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    /// The word by which the answer is worked out.
    pub key: &'static str,
    /// The question.
    pub text: &'static str,
}

const QUESTION_TEXT: &str = include_str!("../data/alert-questions.tsv");
const PROFILE_TEXT: &str = include_str!("../data/alert-profiles.tsv");
const EXTENSION_TEXT: &str = include_str!("../data/extension-kinds.tsv");

static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(|| {
    table::rows(QUESTION_TEXT).map(|[key, text]| Question { key, text }).collect()
});

static PROFILES: LazyLock<Vec<Profile>> =
    LazyLock::new(|| table::rows(PROFILE_TEXT).filter_map(profile).collect());

static EXTENSIONS: LazyLock<Vec<[&str; 2]>> =
    LazyLock::new(|| table::rows(EXTENSION_TEXT).collect());

fn profile(row: [&'static str; 10]) -> Option<Profile> {
    let [id, trace, before, after, checks, extension, questions, confirm, refute, limits] = row;
    let hours = |cell: &str| (cell != "-").then(|| cell.parse().ok()).flatten();
    Some(Profile {
        id,
        trace: Trace::from_word(trace)?,
        core_before_hours: hours(before),
        core_after_hours: hours(after),
        checks: table::list(checks).map(Check::parse).collect::<Option<_>>()?,
        extension,
        questions: table::list(questions).map(question).collect::<Option<_>>()?,
        confirm,
        refute,
        limits,
    })
}

/// Finds the profile of that name.
pub(super) fn by_id(id: &str) -> Option<&'static Profile> {
    table::find(&PROFILES, id, |profile| profile.id)
}

/// Finds the question of that key.
pub fn question(key: &str) -> Option<&'static Question> {
    table::find(&QUESTIONS, key, |question| question.key)
}

/// Returns the kind of an extension of a machine that its name tells, such as `script` or `monitoring`.
pub fn extension_kind(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    EXTENSIONS.iter().find(|[word, _]| name.contains(word)).map(|[_, kind]| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::alert_type;

    #[test]
    fn every_profile_is_read_whole_and_used() {
        assert_eq!(PROFILES.len(), PROFILE_TEXT.lines().count() - 1);
        assert!(table::rises(PROFILES.iter().map(|profile| profile.id)));
        for profile in PROFILES.iter() {
            let id = profile.id;
            assert!(alert_type::all().iter().any(|kind| kind.profile.id == id), "{id} is nobody's");
            assert!(profile.confirm.ends_with('.') && profile.refute.ends_with('.'), "{id}");
            let blind = profile.trace != Trace::Operations;
            assert!(
                !blind || profile.limits.ends_with('.'),
                "{id} has a limit and does not say it"
            );
            assert!(["activity", "way"].contains(&profile.questions[0].key), "{id}");
        }
    }

    #[test]
    fn every_question_ends_as_one_and_is_asked() {
        assert!(table::rises(QUESTIONS.iter().map(|question| question.key)));
        // These are asked of every alert to which they apply.
        let always = ["elsewhere", "limits", "managing"];
        for question in QUESTIONS.iter() {
            assert!(question.text.ends_with('?'), "{}", question.key);
            let asked = PROFILES.iter().any(|p| p.questions.contains(&question));
            assert!(asked || always.contains(&question.key), "{}", question.key);
        }
    }

    #[test]
    fn an_extension_tells_its_kind_by_its_name() {
        for (name, kind) in [
            ("CustomScriptExtension", Some("script")),
            ("AzureMonitorLinuxAgent", Some("monitoring")),
            ("enablevmaccess", Some("access")),
            ("IaaSAntimalware", Some("antimalware")),
            ("config-app", None),
        ] {
            assert_eq!(extension_kind(name), kind, "{name}");
        }
        assert!(EXTENSIONS.iter().all(|[word, kind]| !word.is_empty() && !kind.is_empty()));
    }
}
