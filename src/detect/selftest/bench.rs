//! Records and alerts of a test, made a small corpus.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value as Json, json};

use crate::base::dict::Dict;
use crate::base::index32;
use crate::base::{Origin, SourceId, Time};
use crate::corpus::{
    AlertRow, Corpus, Entry, NONE, Names, Place, Probe, ProbeSession, Status, operation_key,
};
use crate::detect::program::Program;
use crate::rule::Item;
use crate::schema::Event;
use crate::shape::alert::Found;
use crate::shape::normal::{Context, Normaliser};
use crate::shape::{Memo, Nested, Reading, Record, Row, ShapeId, recognise};

/// A small corpus in memory, filled record by record.
pub(super) struct Bench<'p> {
    corpus: Corpus,
    normaliser: Normaliser,
    session: Box<dyn ProbeSession + Send + 'p>,
    /// Time of the last record.
    clock: Time,
    /// Where networks are, if anybody knows.
    places: Option<Vec<(IpNet, Place)>>,
}

/// When tests take place: a Monday morning.
const BEGIN: Time = Time(1_772_445_600 * SECOND);
const SECOND: i64 = 1_000_000_000;

impl<'p> Bench<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        Bench {
            corpus: Corpus::default(),
            normaliser: Normaliser::default(),
            session: program.session(),
            clock: BEGIN,
            places: None,
        }
    }

    pub(super) fn take(&mut self, number: usize, item: &Item) -> Result<(), String> {
        match item {
            Item::Record(record) => {
                self.clock = Time(self.clock.0 + SECOND);
                self.event(&filled(self.clock, CALL, record))
            }
            Item::Rounds { repeat, after, every, values, records } => {
                let begin = self.clock.0 + after;
                for round in 0..*repeat {
                    let call =
                        format!("{:08x}-{:04x}-4f0a-8a55-6d0b5b1f7e21", round + 1, number + 1);
                    self.clock = Time(begin + every * i64::try_from(round).unwrap_or(0));
                    let mut words = vec![("{n}".to_owned(), (round + 1).to_string())];
                    let own = values.get(round).into_iter().flatten();
                    words.extend(own.map(|(name, value)| (format!("{{{name}}}"), value.clone())));
                    for record in records {
                        let record = worded(record, &words);
                        self.event(&filled(self.clock, &call, &record))?;
                        self.clock = Time(self.clock.0 + SECOND);
                    }
                }
                Ok(())
            }
            Item::Alert(alert) => self.alert(number, alert),
            Item::Watchlist(_) => Ok(()),
            Item::Places(lines) => {
                let place = |line: &String| {
                    Place::parse(line)
                        .ok_or_else(|| format!("`{line}` is no network with its place"))
                };
                let places = lines.iter().map(place).collect::<Result<Vec<_>, _>>()?;
                self.places.get_or_insert_default().extend(places);
                Ok(())
            }
        }
    }

    fn event(&mut self, record: &Json) -> Result<(), String> {
        let nested = Nested::parse(record.to_string()).ok_or("nests too deep")?;
        let value = nested.root();
        let shape = recognise(&Record::new(value)).ok_or("is no record of the Activity Log")?;
        let Reading::Event(fields) = shape.shape().read else {
            return Err(format!("is taken for {}", shape.shape().name));
        };
        let mut row = Row::default();
        let (memo, context) = (Memo::of(value), Context::default());
        let read = self.normaliser.event(&fields(value), &memo, &context, &mut row, &mut |_| ());
        read.map_err(|_| "has no readable time")?;
        let at = index32(self.corpus.spine.len());
        let identity = &self.normaliser.identities()[row.identity];
        self.session.test(at, &row, identity, (value, &memo), &mut self.corpus.hits);
        self.push(&row, shape, at);
        Ok(())
    }

    fn push(&mut self, row: &Row, shape: ShapeId, at: u32) {
        let get = |column| row.get(column).unwrap_or_default();
        if let (Some(subscription), Some(tenant)) =
            (row.get(Event::SubscriptionId), row.get(Event::ResourceTenant))
        {
            let owners = self.corpus.tenants.entry(subscription.to_owned()).or_default();
            *owners.entry(tenant.to_owned()).or_default() += 1;
        }
        let names = &mut self.corpus.names;
        let mut place = |column, dict: fn(&mut Names) -> &mut Dict| {
            row.get(column).map_or(NONE, |text| dict(names).code(text))
        };
        let origin = Origin { source: SourceId(0), offset: u64::from(at), len: 1, line: at };
        let entry = Entry {
            time: row.time,
            offset: origin.offset,
            operation_key: operation_key(row, origin),
            operation: place(Event::Operation, |names| &mut names.operation),
            resource: place(Event::ResourceId, |names| &mut names.resource),
            subscription: place(Event::SubscriptionId, |names| &mut names.subscription),
            identity: index32(row.identity),
            ip: place(Event::ClientIp, |names| &mut names.ip),
            kind: place(Event::ResourceType, |names| &mut names.kind),
            error: place(Event::ErrorCode, |names| &mut names.error),
            http: row.http_status.unwrap_or(0),
            status: Status::of(get(Event::Status)),
            shape: shape.0,
            precision: row.precision,
            ..Entry::default()
        };
        self.corpus.spine.push(entry);
    }

    fn alert(&mut self, number: usize, alert: &Json) -> Result<(), String> {
        let time = self.clock.to_string();
        let mut properties = Map::new();
        for key in ["startTimeUtc", "endTimeUtc", "timeGeneratedUtc"] {
            properties.insert(key.into(), json!(time));
        }
        properties.insert("alertType".into(), json!("ARM_Test"));
        properties.insert("alertDisplayName".into(), json!("Test"));
        properties.insert("status".into(), json!("Active"));
        properties.insert("severity".into(), json!("High"));
        if let Json::Object(members) = alert {
            properties.extend(members.clone());
        }
        let name = format!("2517{number:015}_{CALL}");
        let id = format!("{ALERTS}/{name}");
        let whole = json!({
            "id": id, "name": name, "type": "Microsoft.Security/Locations/alerts", "properties": properties,
        });
        let nested = Nested::parse(whole.to_string()).ok_or("nests too deep")?;
        let shape = recognise(&Record::new(nested.root())).ok_or("is no alert")?;
        let Reading::Alerts(read) = shape.shape().read else {
            return Err(format!("is taken for {}", shape.shape().name));
        };
        let mut found = Found::default();
        read(nested.root(), &mut found);
        let origin = Origin::default();
        self.corpus
            .alerts
            .extend(found.alerts.into_iter().map(|a| AlertRow::new(a, origin, shape)));
        Ok(())
    }

    pub(super) fn finish(mut self) -> Corpus {
        self.corpus.identities = self.normaliser.identities().to_vec();
        if let Some(places) = self.places {
            let of = |ip: &str| {
                let ip = ip.parse::<IpAddr>().ok()?;
                places
                    .iter()
                    .find(|(network, _)| network.contains(&ip))
                    .map(|(_, place)| place.clone())
            };
            self.corpus.places = Some(self.corpus.names.ip.iter().map(of).collect());
        }
        self.corpus
    }
}

/// A record in whose texts each word of a round stands for its value.
fn worded(record: &Json, words: &[(String, String)]) -> Json {
    match record {
        Json::String(text) => {
            let put = |text: String, (word, value): &(String, String)| text.replace(word, value);
            words.iter().fold(text.clone(), put).into()
        }
        Json::Array(items) => items.iter().map(|item| worded(item, words)).collect(),
        Json::Object(members) => {
            members.iter().map(|(key, inner)| (key.clone(), worded(inner, words))).collect()
        }
        other => other.clone(),
    }
}

/// A record with what it leaves out: time, category, correlation, resource, result and an ordinary user.
fn filled(time: Time, call: &str, record: &Json) -> Json {
    let mut whole = Map::new();
    whole.insert("time".into(), json!(time.to_string()));
    whole.insert("resourceId".into(), json!(RESOURCE));
    whole.insert("category".into(), json!("Administrative"));
    whole.insert("resultType".into(), json!("Success"));
    whole.insert("correlationId".into(), json!(call));
    whole.insert("identity".into(), json!({ "claims": claims() }));
    if let Json::Object(members) = record {
        whole.extend(members.clone());
    }
    Json::Object(whole)
}

/// The record of a number in a test that has nothing but records.
#[cfg(test)]
pub(in crate::detect) fn nth(number: usize, record: &Json) -> Json {
    let seconds = i64::try_from(number + 1).unwrap_or(0);
    filled(Time(BEGIN.0 + seconds * SECOND), CALL, record)
}

/// Correlation id of records that do not come again.
const CALL: &str = "0f3c9d52-7f6e-4f0a-8a55-6d0b5b1f7e21";

/// Where alerts stand.
const ALERTS: &str = "/subscriptions/6f1c2a4e-3b7d-4c58-9a01-5d2e8f7b9c10/resourceGroups/rg-app\
    /providers/Microsoft.Security/locations/westeurope/alerts";

const RESOURCE: &str = "/SUBSCRIPTIONS/6F1C2A4E-3B7D-4C58-9A01-5D2E8F7B9C10/RESOURCEGROUPS/RG-APP\
    /PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM-01";

/// The claims of an ordinary user at the portal.
fn claims() -> Json {
    json!({
        "appid": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
        "appidacr": "2",
        "iss": "https://sts.windows.net/70ebe3a3-5b30-435d-9d67-7716d74ca190/",
        "name": "Ann Example",
        "puid": "1003200012345678",
        "http://schemas.microsoft.com/identity/claims/objectidentifier": "5a0c7b9e-1d2f-4e83-9b64-0c7f2a9d8e31",
        "http://schemas.microsoft.com/identity/claims/tenantid": "70ebe3a3-5b30-435d-9d67-7716d74ca190",
        "http://schemas.microsoft.com/identity/claims/scope": "user_impersonation",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "ann@corp.example",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "ann@corp.example"
    })
}
