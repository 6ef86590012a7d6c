//! Rules: what is looked for, as data.
//!
//! A rule is a Sigma document with some keys more: `outcome`, `accuses`,
//! `tells`, `sums_up`, `feeds` and `tests`, and one of `first_seen`,
//! `baseline`, `state`, `chain` and `alert`, which put operations together.
//! Reading one checks everything that can be checked without evidence, so
//! that a rule that was loaded means something. The built-in rules are files
//! embedded at build time; a new one is a new file.

mod about;
mod call;
mod check;
mod condition;
mod correlation;
mod detection;
mod dialect;
mod encode;
mod error;
mod expr;
mod filter;
mod find;
mod globals;
mod legacy;
mod lenient;
mod lookup;
mod members;
mod modifier;
mod moment;
mod native;
mod number;
mod parse;
mod pattern;
mod placeholder;
mod sample;
mod search;
mod set;
mod source;
mod trial;
mod value;
mod watchlist;
mod yaml;

pub use about::Accused;
pub use check::{Remark, check, check_filter};
pub use condition::Search;
pub use correlation::{Bound, Correlation, Measure};
pub use detection::{Detection, Filtered};
pub use error::{Error, Fault};
pub use expr::{Expr, Matcher, Order, Part, Regular, Test};
pub use filter::{Applied, Filter, Targets};
pub use find::Found;
pub use legacy::{Aggregation, AggregationOrder, AggregationText, AggregationType, Near};
pub use lookup::Table;
pub use moment::TimePart;
pub use native::{
    Act, AlertJoin, Baseline, Chain, Daily, FirstSeen, History, Model, Native, Selection, State,
    Step, Tie,
};
pub use number::Number;
pub use pattern::{Pattern, Piece, fold, fold_into};
pub use placeholder::Placeholders;
pub use set::RuleSet;
pub use trial::{Item, SelfTest};
pub use watchlist::Watchlist;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::azure::tactic;
use crate::base::words;

words! {
    /// How much a finding of a rule or an alert matters; a greater value is more severe.
    Level {
        /// Good to know, not suspicious by itself.
        #[default]
        Informational = "informational",
        /// Worth a look when there is time; seldom harmful.
        Low = "low",
        /// Worth a look.
        Medium = "medium",
        /// Likely an attack, or grave if it is one.
        High = "high",
        /// An attack unless somebody can explain it.
        Critical = "critical",
    }
}

impl Level {
    /// Lists the levels as reports show them, most severe first.
    pub const FALLING: [Self; 5] =
        [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];
}

/// How an operation must have ended for a rule to speak of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wanted {
    /// It was done, or at least accepted.
    Succeeded,
    /// It was asked for, whatever came of it.
    #[default]
    Attempted,
    /// It was refused or broke.
    Failed,
    /// The record is no request and has no end.
    Record,
}

impl Wanted {
    /// Every value, in the order of the documentation.
    pub const ALL: [Wanted; 4] =
        [Wanted::Succeeded, Wanted::Attempted, Wanted::Failed, Wanted::Record];

    /// Returns the word that rules use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Wanted::Succeeded => "succeeded",
            Wanted::Attempted => "attempted",
            Wanted::Failed => "failed",
            Wanted::Record => "record",
        }
    }

    /// Returns the value of a word, ignoring case; `None` when it names none.
    pub fn by_name(word: &str) -> Option<Wanted> {
        Wanted::ALL.into_iter().find(|wanted| wanted.as_str().eq_ignore_ascii_case(word))
    }
}

/// Which log a rule reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSource {
    /// Product, such as `azure`.
    pub product: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// Service, such as `activitylogs`.
    pub service: Option<String>,
}

/// What a rule looks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A condition on one operation.
    Single(Detection),
    /// Operations put together in a way that Sigma has no words for.
    Native(Detection, Native),
    /// Several matches of other rules.
    Correlation(Correlation),
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Unique id; made from the title where a document has none.
    pub id: String,
    /// Short name.
    pub name: Option<String>,
    /// Title.
    pub title: String,
    /// How much a finding matters.
    pub level: Level,
    /// How settled the rule is, as written.
    pub status: Option<String>,
    /// What it means, what to check next, what refutes it.
    pub description: Option<String>,
    /// Harmless causes.
    pub falsepositives: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// Tags as written.
    pub tags: Vec<String>,
    /// Which log it reads.
    pub logsource: LogSource,
    /// What it looks for.
    pub kind: Kind,
    /// How an operation must have ended.
    pub outcome: Wanted,
    /// Fields that its author wants to see of what it finds.
    pub fields: Vec<String>,
    /// Whom it accuses, as written: `first`, `each`, or names of its steps or rules.
    pub accuses: Vec<String>,
    /// The rules of a correlation whose operations its findings are about; none where they are about all.
    pub tells: Vec<String>,
    /// Whether it puts together what other rules speak of.
    pub sums_up: bool,
    /// The reports it feeds.
    pub feeds: Vec<String>,
    /// Its own tests.
    pub tests: Vec<SelfTest>,
    /// Path of its file; of a built-in rule below the folder of rules.
    pub path: String,
    /// Whether it comes with the tool.
    pub builtin: bool,
    /// What else stands in it, as written: keys that azscope does not know.
    pub other: BTreeMap<String, serde_json::Value>,
}

/// Returns an id in the form in which ids are compared: a UUID in small letters, anything else as it is.
pub(crate) fn folded_id(id: &str) -> Cow<'_, str> {
    let is_uuid = id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if is_uuid && id.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(id.to_ascii_lowercase());
    }
    Cow::Borrowed(id)
}

/// What the name of a rule ends in that says what its twin says: of applications, or of work from where it is usual.
const TWINS: [&str; 2] = ["-application", "-usual"];

impl Rule {
    /// Returns the name under which tables list it: twins share one.
    pub fn family(&self) -> Option<&str> {
        let name = self.name.as_deref()?;
        Some(TWINS.iter().find_map(|twin| name.strip_suffix(twin)).unwrap_or(name))
    }

    /// Whether it is the rule of an id or a name.
    pub fn is_called(&self, name: &str) -> bool {
        folded_id(&self.id) == folded_id(name) || self.name.as_deref() == Some(name)
    }

    /// Returns its detection; `None` for a rule made of other rules.
    pub fn detection(&self) -> Option<&Detection> {
        match &self.kind {
            Kind::Single(detection) | Kind::Native(detection, _) => Some(detection),
            Kind::Correlation(_) => None,
        }
    }

    /// Whether it asks for values of the analyst's list.
    fn needs_watchlist(&self) -> bool {
        let mut needs = false;
        for search in self.detection().into_iter().flat_map(|found| &found.searches) {
            search.expr.each_test(&mut |test| {
                needs |= test.matcher == Matcher::Lookup(Table::Watchlist);
            });
        }
        needs
    }

    fn detection_mut(&mut self) -> Option<&mut Detection> {
        match &mut self.kind {
            Kind::Single(detection) | Kind::Native(detection, _) => Some(detection),
            Kind::Correlation(_) => None,
        }
    }

    /// Returns the canonical names of its ATT&CK tactics, in the order of the matrix.
    pub fn tactics(&self) -> Vec<&'static str> {
        let named: BTreeSet<&str> = self.attack().filter_map(tactic::canonical).collect();
        tactic::TACTICS.iter().map(|t| t.name).filter(|name| named.contains(name)).collect()
    }

    /// Returns the ids of its ATT&CK techniques, such as `T1098.003`, sorted.
    pub fn techniques(&self) -> Vec<String> {
        let is_technique = |id: &&str| {
            let digits = id.strip_prefix(['t', 'T']).unwrap_or_default();
            digits.starts_with(|c: char| c.is_ascii_digit())
        };
        let ids: BTreeSet<String> =
            self.attack().filter(is_technique).map(str::to_ascii_uppercase).collect();
        ids.into_iter().collect()
    }

    fn attack(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().filter_map(|tag| tag.strip_prefix("attack."))
    }

    /// Returns why it cannot be evaluated here: it reads another log, or asks for what is not understood; `None` when it can be.
    pub fn unsupported(&self) -> Option<String> {
        let by_status =
            || self.is_of_status("unsupported").then(|| "its status is unsupported".to_owned());
        let by_detection = || self.detection().and_then(Detection::unsupported);
        self.other_log().or_else(by_status).or_else(by_detection)
    }

    /// Whether its status is this word.
    pub(super) fn is_of_status(&self, word: &str) -> bool {
        self.status.as_deref().is_some_and(|status| status.trim().eq_ignore_ascii_case(word))
    }

    /// Returns what log it reads where that is not the Activity Log, in words; `None` where it is.
    pub fn other_log(&self) -> Option<String> {
        let LogSource { product, category, service } = &self.logsource;
        let is_other = |text: &Option<String>, own: &[&str]| {
            text.as_ref().is_some_and(|text| !own.contains(&filter::folded(text).as_str()))
        };
        // A category alone names a kind of log that other products have.
        let is_other = is_other(product, &["azure"])
            || is_other(service, OWN)
            || (category.is_some() && product.is_none() && service.is_none());
        let named: Vec<&str> =
            [product, category, service].into_iter().flatten().map(String::as_str).collect();
        let known = service.as_deref().and_then(|service| {
            LOGS.iter().find(|(name, _)| *name == filter::folded(service)).map(|(_, log)| *log)
        });
        let log = known.map_or(String::new(), |log| format!(" ({log})"));
        is_other.then(|| format!("log source not in evidence: {}{log}", named.join(" ")))
    }
}

/// What rules call the Activity Log.
const OWN: &[&str] = &[
    "activitylogs",
    "activitylog",
    "activity",
    "azureactivity",
    "azureactivitylogs",
    "azureactivitylog",
];

/// Services of Sigma's Azure rules that are other logs, and what they are called.
const LOGS: &[(&str, &str)] = &[
    ("auditlogs", "the audit log of Microsoft Entra"),
    ("signinlogs", "the sign-in log of Microsoft Entra"),
    ("riskdetection", "risk detections of Microsoft Entra ID Protection"),
    ("pim", "alerts of Privileged Identity Management"),
    ("rolemanagementalerts", "alerts of Privileged Identity Management"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_more_severe_level_is_greater_and_is_read_in_any_case() {
        assert!(Level::Critical > Level::High && Level::Low > Level::Informational);
        for &level in Level::ALL {
            assert_eq!(Level::parse(&level.as_str().to_uppercase()), Some(level));
        }
        assert_eq!(Level::parse("severe"), None);
        let mut falling = Level::FALLING;
        falling.sort();
        assert_eq!(falling.as_slice(), Level::ALL);
    }

    #[test]
    fn tags_give_tactics_and_techniques() {
        let rule = parse::read_one(
            "title: t\ntags: [attack.impact, attack.execution, attack.t1098.003, attack.t1059, cve.2020, attack.g0016]\n\
             detection: {s: {a: b}, condition: s}\n",
        );
        assert_eq!(rule.tactics(), ["execution", "impact"]);
        assert_eq!(rule.techniques(), ["T1059", "T1098.003"]);
    }

    #[test]
    fn rules_of_other_logs_are_told_apart() {
        let of = |logsource: &str| {
            let rule = format!(
                "title: t\nlogsource: {logsource}\ndetection: {{s: {{a: b}}, condition: s}}\n"
            );
            parse::read_one(&rule).unsupported().is_none()
        };
        assert!(of("{product: azure, service: activitylogs}"));
        assert!(of("{product: azure}") && of("{product: azure, service: azure.activitylogs}"));
        assert!(
            of("{product: azure, service: azureactivitylogs}") && of("{service: Azure_Activity}")
        );
        assert!(!of("{product: azure, service: azure.signinlogs}"));
        assert!(!of("{product: azure, service: signinlogs}") && !of("{category: firewall}"));
        assert!(!of("{product: windows, category: process_creation}"));
        // Values for a placeholder would not bring the log.
        let other = "title: t\nlogsource: {product: azure, service: signinlogs}\n\
                     detection: {s: {'a|expand': '%x%'}, condition: s}\n";
        assert!(parse::read_one(other).unsupported().unwrap().starts_with("log source"));
    }
}
