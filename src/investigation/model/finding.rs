//! A finding: what a rule says about some operations, with the way back to the bytes.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeStruct;

use crate::base::Text;
use crate::base::Texts;
use crate::base::Time;
use crate::base::source_label;
use crate::base::text::grouped;
use crate::detect::Because;
use crate::investigation::model::Level;
use crate::investigation::model::Outcome;
use crate::triage;

/// What one rule says about some operations.
///
/// There may be a hundred thousand: what findings have in common they share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    /// Id made from rule and evidence; the same in every run over the same evidence.
    pub id: Text,
    /// What is said of the rule.
    pub rule: Arc<RuleName>,
    /// Level of the rule.
    pub level: Level,
    /// Time of its first event.
    pub first: Option<Time>,
    /// Time of its last event.
    pub last: Option<Time>,
    /// Id of the user whose finding it is: of those accused, the one who came first.
    pub principal: Option<Text>,
    /// Subscription that it begins in.
    pub subscription_id: Option<Text>,
    /// Who and where else, if there is more than `principal` and `subscription_id` say.
    pub parties: Option<Box<Parties>>,
    /// Resources it was done to.
    pub resources: Texts,
    /// Addresses it came from.
    pub ips: Texts,
    /// How the operations ended: the best that one of them came to, for who wanted it.
    pub outcome: Outcome,
    /// What there is to say of the end of operations that did not all end alike.
    pub mixed: Option<Box<Mixed>>,
    /// Whether the end of a successful start is not in the evidence.
    pub unconfirmed: bool,
    /// Number of operations.
    pub operations: u32,
    /// Number of events.
    pub events: u32,
    /// Names of the operations, `Provider/type/verb`, sorted.
    pub operation_names: Texts,
    /// The fields that made the rule fire, each with the value that matched.
    pub because: Because,
    /// Where the events stand in the evidence, in time order.
    pub evidence: Vec<EvidenceRef>,
}

/// Who had a part in a finding and where; each list is empty where the finding itself says all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parties {
    /// Ids of the users that the rule accuses, in order of time.
    pub accused: Texts,
    /// Ids of the users who did its operations, in order of time.
    pub actors: Texts,
    /// Subscriptions that its operations happened in, in order of time.
    pub subscriptions: Texts,
}

/// How operations ended of which not all ended alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mixed {
    /// Time of the first operation that ended as is told of the finding.
    pub time: Time,
    /// First event of that operation.
    pub event: EvidenceRef,
    /// Number of operations that failed.
    pub failed: u32,
}

/// What every finding of a rule says of the rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleName {
    /// Id of the rule.
    pub id: Text,
    /// Path of its file; a built-in one begins with its tactic.
    pub path: Option<Text>,
    /// Title.
    pub title: Text,
    /// ATT&CK tactics.
    pub tactics: Texts,
    /// ATT&CK techniques.
    pub techniques: Texts,
    /// Whether it puts together what other rules speak of, so that the score weighs it only where they do not.
    pub sums_up: bool,
}

#[cfg(test)]
impl RuleName {
    /// Makes a rule whose id and title are the same.
    pub(crate) fn called(name: &str) -> Arc<RuleName> {
        Arc::new(RuleName { id: name.into(), title: name.into(), ..RuleName::default() })
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Finding", 26)?;
        out.serialize_field("id", &self.id)?;
        out.serialize_field("rule_id", &self.rule.id)?;
        out.serialize_field("rule_path", &self.rule.path)?;
        out.serialize_field("title", &self.rule.title)?;
        out.serialize_field("level", &self.level)?;
        out.serialize_field("tactics", &self.rule.tactics)?;
        out.serialize_field("techniques", &self.rule.techniques)?;
        out.serialize_field("first", &self.first)?;
        out.serialize_field("last", &self.last)?;
        out.serialize_field("principal", &self.principal)?;
        out.serialize_field("accused", self.accused())?;
        out.serialize_field("actors", self.actors())?;
        out.serialize_field("subscription_id", &self.subscription_id)?;
        out.serialize_field("subscriptions", self.subscriptions())?;
        out.serialize_field("resources", &self.resources)?;
        out.serialize_field("ips", &self.ips)?;
        out.serialize_field("outcome", &self.outcome)?;
        out.serialize_field("outcome_time", &self.outcome_time())?;
        out.serialize_field("outcome_event", &self.outcome_event().map(|place| &place.event))?;
        out.serialize_field("failed", &self.failed())?;
        out.serialize_field("unconfirmed", &self.unconfirmed)?;
        out.serialize_field("operations", &self.operations)?;
        out.serialize_field("events", &self.events)?;
        out.serialize_field("operation_names", &self.operation_names)?;
        out.serialize_field("because", &self.because)?;
        out.serialize_field("evidence", &self.evidence)?;
        out.end()
    }
}

impl Finding {
    /// Returns the place of the event to look at first as `file:line`, `None` without evidence.
    pub fn place(&self) -> Option<String> {
        self.outcome_event().map(EvidenceRef::place)
    }

    /// Returns when the first of its operations began that ended as is told of it.
    pub fn outcome_time(&self) -> Option<Time> {
        self.mixed.as_ref().map(|mixed| mixed.time).or(self.first)
    }

    /// Returns the first event of that operation, `None` without evidence.
    pub fn outcome_event(&self) -> Option<&EvidenceRef> {
        self.mixed.as_ref().map(|mixed| &mixed.event).or(self.evidence.first())
    }

    /// Returns the number of its operations that failed.
    pub fn failed(&self) -> u32 {
        match &self.mixed {
            Some(mixed) => mixed.failed,
            None if self.outcome == Outcome::Failed => self.operations,
            None => 0,
        }
    }

    /// Returns the ids of all users that the rule accuses.
    pub fn accused(&self) -> &[Text] {
        self.all(|parties| &parties.accused, self.principal.as_ref())
    }

    /// Returns the ids of all users who did its operations.
    pub fn actors(&self) -> &[Text] {
        self.all(|parties| &parties.actors, self.principal.as_ref())
    }

    /// Returns all subscriptions that its operations happened in.
    pub fn subscriptions(&self) -> &[Text] {
        self.all(|parties| &parties.subscriptions, self.subscription_id.as_ref())
    }

    fn all<'f>(
        &'f self,
        list: impl Fn(&'f Parties) -> &'f Texts,
        only: Option<&'f Text>,
    ) -> &'f [Text] {
        let several = self.parties.as_deref().map(list).filter(|list| !list.is_empty());
        match several {
            Some(list) => list,
            None => only.map_or(&[], std::slice::from_ref),
        }
    }

    /// Returns the id of all findings of its rule about its principal, as triage files name it.
    pub fn group_id(&self) -> String {
        triage::group_id(&self.rule.id, self.principal.as_deref().unwrap_or_default())
    }

    /// Returns its outcome in a word, with `(unconfirmed)` where the end is not in the evidence.
    pub fn outcome_word(&self) -> String {
        let mark = if self.unconfirmed { " (unconfirmed)" } else { "" };
        format!("{}{mark}", self.outcome)
    }

    /// Returns the same, with how many of its operations failed where others did not.
    pub fn outcome_words(&self) -> String {
        let failed = self.failed_words().map(|words| format!(", {words}")).unwrap_or_default();
        format!("{}{failed}", self.outcome_word())
    }

    /// Says how many of its operations failed; `None` where none did, or all.
    pub fn failed_words(&self) -> Option<String> {
        let failed = self.failed();
        (failed > 0 && failed < self.operations).then(|| {
            format!("{} of {} failed", grouped(failed.into()), grouped(self.operations.into()))
        })
    }
}

/// Names an event, or the alert that a record holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventId {
    /// The number of an event, shown as 16 hex digits.
    Number(u64),
    /// The id that the record itself gives.
    Named(Text),
}

impl EventId {
    /// Returns the id as text, written into the buffer where it is a number.
    pub fn written<'t>(&'t self, digits: &'t mut [u8; 16]) -> &'t str {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        match self {
            EventId::Named(name) => name,
            EventId::Number(number) => {
                for (digit, byte) in digits.chunks_exact_mut(2).zip(number.to_be_bytes()) {
                    digit[0] = HEX[usize::from(byte >> 4)];
                    digit[1] = HEX[usize::from(byte & 15)];
                }
                std::str::from_utf8(digits).unwrap_or_default()
            }
        }
    }
}

impl Default for EventId {
    fn default() -> Self {
        EventId::Named(Text::default())
    }
}

impl From<&str> for EventId {
    fn from(name: &str) -> Self {
        EventId::Named(name.into())
    }
}

impl PartialEq<&str> for EventId {
    fn eq(&self, other: &&str) -> bool {
        self.written(&mut [0; 16]) == *other
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.written(&mut [0; 16]))
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.written(&mut [0; 16]))
    }
}

/// Names a file, and the member of an archive that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceName {
    /// Path of the file as given.
    pub file: Text,
    /// Name of the archive member.
    pub member: Option<Text>,
}

/// Points to the bytes of one event.
///
/// There may be a million: the records of a file share its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EvidenceRef {
    /// Id of the event.
    pub event: EventId,
    /// Where the record stands.
    pub source: Arc<SourceName>,
    /// Line the record begins on, counted from 1.
    pub line: u32,
    /// Offset of the record in the decoded stream, bytes.
    pub offset: u64,
    /// Length of the record, bytes.
    pub length: u32,
}

impl Serialize for EvidenceRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("EvidenceRef", 6)?;
        out.serialize_field("event", &self.event)?;
        out.serialize_field("file", &self.source.file)?;
        out.serialize_field("member", &self.source.member)?;
        out.serialize_field("line", &self.line)?;
        out.serialize_field("offset", &self.offset)?;
        out.serialize_field("length", &self.length)?;
        out.end()
    }
}

impl EvidenceRef {
    /// Returns `file:line`, with ` > member` after the file where there is one.
    pub fn place(&self) -> String {
        let SourceName { file, member } = &*self.source;
        format!("{}:{}", source_label(file, member.as_deref()), self.line)
    }
}

#[cfg(test)]
mod tests;
