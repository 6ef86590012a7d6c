//! Rules of Defender for Cloud that dismiss alerts as soon as they are raised.
//!
//! The REST API keeps what a rule says in `properties`, the Azure CLI and PowerShell beside its id;
//! names of members are compared with case folded. The form is that of the REST reference of
//! `Microsoft.Security/alertsSuppressionRules`.

use super::alert::Found;
use super::field;
use super::text::{fold_key, with_object};
use super::{Keys, Reading, Record, Shape};
use crate::azure::resource_id::ResourceId;
use crate::base::Time;
use crate::base::json::Value;

/// A rule in any of its forms.
pub(super) static SUPPRESSION: Shape = Shape {
    name: "suppression-rule",
    about: "Suppression rules of Defender for Cloud as the REST API, the Azure CLI and Get-AzAlertsSuppressionRule write them.",
    rank: 27,
    is_partial: false,
    recognises: is_rule,
    read: Reading::Alerts(read),
};

/// A rule that dismisses alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suppression {
    /// Resource id, in lower case.
    pub id: String,
    /// Name, as written.
    pub name: String,
    /// Subscription it holds for, in lower case.
    pub subscription: Option<String>,
    /// Type of the alerts, `*` for all.
    pub alert_type: String,
    /// Why, in the word that was chosen from a list.
    pub reason: Option<String>,
    /// Why, in free text.
    pub comment: Option<String>,
    /// Whether it is enabled, disabled or expired, in lower case.
    pub state: Option<String>,
    /// When it was last changed.
    pub modified: Option<Time>,
    /// When it ends.
    pub expires: Option<Time>,
    /// What the entities of an alert must hold, all of it.
    pub scope: Vec<Condition>,
}

/// One condition on the entities of an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// Where to look, as `entities.ip.address`.
    pub field: String,
    /// How to compare.
    pub test: Test,
}

/// How a condition compares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Test {
    /// The value is one of these.
    In(Vec<String>),
    /// The value holds this.
    Contains(String),
    /// In a way that is not known: it holds for nothing.
    #[default]
    Unknown,
}

/// A rule with more conditions is cut here; no portal lets one write so many.
const CONDITIONS: usize = 1000;

const KIND: &str = "microsoft.security/alertssuppressionrules";

fn is_rule(record: &Record<'_>) -> bool {
    let kind = || record.value.get("type").and_then(Value::as_str);
    if record.has(Keys::TYPE) && kind().is_some_and(|kind| kind.eq_ignore_ascii_case(KIND)) {
        return true;
    }
    let id = || record.value.get("Id").and_then(Value::as_str);
    record.has(Keys::ALERT_TYPE)
        && !record.has(Keys::ALERT_DISPLAY_NAME)
        && id().is_some_and(|id| ResourceId::parse(&id).is_some_and(|id| id.is_type(KIND)))
}

fn read(record: Value<'_>, found: &mut Found) {
    let mut rule = Suppression::default();
    members(&mut rule, record, found, true);
    rule.subscription =
        ResourceId::parse(&rule.id).and_then(|id| id.subscription().map(str::to_ascii_lowercase));
    if rule.name.is_empty() {
        rule.id.rsplit('/').next().unwrap_or_default().clone_into(&mut rule.name);
    }
    found.suppressions.push(rule);
}

fn members(rule: &mut Suppression, record: Value<'_>, found: &Found, outer: bool) {
    for (name, value) in record.members() {
        let text =
            || field::text(Some(value)).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let time = || text().and_then(|text| Time::parse(&text, found.order));
        match &*fold_key(&name) {
            "properties" if outer => {
                with_object(Some(value), |inner| members(rule, inner, found, false));
            }
            "id" => rule.id = text().unwrap_or_default().trim_end_matches('/').to_ascii_lowercase(),
            "name" => rule.name = text().unwrap_or_default(),
            "alerttype" => rule.alert_type = text().unwrap_or_default(),
            "reason" => rule.reason = text(),
            "comment" => rule.comment = text(),
            "state" => rule.state = text().map(|state| state.to_lowercase()),
            "lastmodifiedutc" => rule.modified = time(),
            "expirationdateutc" => rule.expires = time(),
            "suppressionalertsscope" => {
                with_object(Some(value), |scope| conditions(rule, scope));
            }
            _ => {}
        }
    }
}

fn conditions(rule: &mut Suppression, scope: Value<'_>) {
    for (name, list) in scope.members().filter(|(_, list)| list.is_array()) {
        let all = fold_key(&name) == "allof";
        for element in list.items().take(CONDITIONS) {
            // An operator over conditions that is not known must not widen the rule.
            rule.scope.push(if all { condition(element) } else { Condition::default() });
        }
    }
}

fn condition(element: Value<'_>) -> Condition {
    let mut condition = Condition::default();
    if !element.is_object() {
        return condition;
    }
    for (name, value) in element.members() {
        match &*fold_key(&name) {
            "field" => {
                let text = field::text(Some(value)).unwrap_or_default();
                text.trim().clone_into(&mut condition.field);
            }
            "in" if value.is_array() => {
                let items = value.items().take(CONDITIONS);
                let texts = items.filter_map(|item| item.text().map(std::borrow::Cow::into_owned));
                condition.test = Test::In(texts.collect());
            }
            "contains" => {
                let part = field::text(Some(value)).map(std::borrow::Cow::into_owned);
                // Everything holds the empty text.
                if let Some(part) = part.filter(|part| !part.is_empty()) {
                    condition.test = Test::Contains(part);
                }
            }
            _ => {}
        }
    }
    condition
}

impl Condition {
    /// Returns the condition in words.
    pub fn words(&self) -> String {
        match &self.test {
            Test::In(values) => format!("{} in {}", self.field, values.join(", ")),
            Test::Contains(part) => format!("{} contains {part}", self.field),
            Test::Unknown => format!("{} compared in a way that is not known", self.field),
        }
    }

    /// Whether one of the entities of an alert, given as the list that alerts hold, fulfils it.
    pub fn holds(&self, entities: Value<'_>) -> bool {
        let mut path = self.field.split('.');
        let start = path.next().is_some_and(|word| word.eq_ignore_ascii_case("entities"));
        let (Some(kind), names) = (path.next(), path.collect::<Vec<_>>()) else { return false };
        if !start || names.is_empty() || !entities.is_array() {
            return false;
        }
        let mut own = entities.items().filter(|entity| {
            let told = member(*entity, "type").and_then(Value::text);
            told.is_some_and(|told| fold_key(&told) == fold_key(kind))
        });
        own.any(|entity| {
            let value = names.iter().try_fold(entity, |value, name| member(value, name));
            value.and_then(Value::text).is_some_and(|text| self.test.holds(&text))
        })
    }
}

impl Test {
    fn holds(&self, text: &str) -> bool {
        match self {
            Test::In(values) => values.iter().any(|v| v.trim().eq_ignore_ascii_case(text.trim())),
            Test::Contains(part) => text.to_lowercase().contains(&part.to_lowercase()),
            Test::Unknown => false,
        }
    }
}

fn member<'v>(value: Value<'v>, name: &str) -> Option<Value<'v>> {
    let mut members = value.is_object().then(|| value.members()).into_iter().flatten();
    members.find(|(own, _)| fold_key(own) == fold_key(name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::super::text::Nested;
    use super::*;
    use crate::shape::recognise;

    fn rule(text: &str) -> Suppression {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let shape = recognise(&Record::new(nested.root())).map(|id| id.shape().name);
        assert_eq!(shape, Some("suppression-rule"), "{text}");
        let mut found = Found::default();
        read(nested.root(), &mut found);
        found.suppressions.remove(0)
    }

    #[test]
    fn the_three_forms_say_the_same() {
        let rest = rule(
            r#"{"id":"/subscriptions/S/providers/Microsoft.Security/alertsSuppressionRules/quiet","name":"quiet","type":"Microsoft.Security/alertsSuppressionRules",
            "properties":{"alertType":"ARM_X","lastModifiedUtc":"2026-03-01T10:00:00Z","expirationDateUtc":"2026-04-01T10:00:00Z","state":"Enabled","reason":"Noise","comment":"c",
            "suppressionAlertsScope":{"allOf":[{"field":"entities.ip.address","in":["10.0.0.1"]},{"field":"entities.process.commandline","contains":"POWERSHELL"}]}}}"#,
        );
        let cli = rule(
            r#"{"alertType":"ARM_X","comment":"c","expirationDateUtc":"2026-04-01T10:00:00+00:00","id":"/subscriptions/S/providers/Microsoft.Security/alertsSuppressionRules/quiet",
            "lastModifiedUtc":"2026-03-01T10:00:00+00:00","name":"quiet","reason":"Noise","state":"Enabled","type":"Microsoft.Security/alertsSuppressionRules",
            "suppressionAlertsScope":{"allOf":[{"field":"entities.ip.address","in":["10.0.0.1"]},{"field":"entities.process.commandline","contains":"POWERSHELL"}]}}"#,
        );
        let shell = rule(
            r#"{"Id":"/subscriptions/S/providers/Microsoft.Security/alertsSuppressionRules/quiet","Name":"quiet","AlertType":"ARM_X","LastModifiedUtc":"\/Date(1772359200000)\/",
            "ExpirationDateUtc":"2026-04-01T10:00:00Z","State":"Enabled","Reason":"Noise","Comment":"c",
            "SuppressionAlertsScope":{"AllOf":[{"In":["10.0.0.1"],"Field":"entities.ip.address"},{"Contains":"POWERSHELL","Field":"entities.process.commandline"}]}}"#,
        );
        assert_eq!((&rest, &rest), (&cli, &shell));
        assert_eq!((rest.subscription.as_deref(), rest.scope.len()), (Some("s"), 2));
        assert_eq!(rest.modified.unwrap().to_string(), "2026-03-01T10:00:00Z");
    }

    #[test]
    fn conditions_look_into_entities_of_their_kind() {
        let entities = Nested::parse(
            r#"[{"Type":"ip","Address":"10.0.0.1"},{"type":"process","commandLine":"x powershell.exe","host":{"name":"h"}}]"#.into(),
        )
        .unwrap();
        let holds =
            |field: &str, test| Condition { field: field.into(), test }.holds(entities.root());
        let one = |text: &str| Test::In(vec!["y".into(), text.into()]);
        assert!(holds("entities.ip.address", one("10.0.0.1")));
        assert!(holds("Entities.Process.CommandLine", Test::Contains("POWERSHELL".into())));
        assert!(holds("entities.process.host.name", one("H")));
        assert!(!holds("entities.host.address", one("10.0.0.1")));
        assert!(!holds("entities.ip.address", Test::Unknown));
        assert!(!holds("entities.ip", one("10.0.0.1")) && !holds("", one("")));
    }

    #[test]
    fn what_is_not_known_narrows_a_rule() {
        let text = r#"{"type":"microsoft.security/alertssuppressionrules","id":"/x","properties":{"suppressionAlertsScope":
            {"anyOf":[{"field":"entities.ip.address","in":["a"]}],"allOf":["x",{"field":"entities.ip.address","contains":""}]}}}"#;
        let rule = rule(text);
        assert_eq!(rule.scope.len(), 3);
        assert!(rule.scope.iter().all(|condition| condition.test == Test::Unknown));
    }
}
