//! What operations are put together by: columns of the spine, what follows from them, values captured from records.

mod resource;

use std::borrow::Cow;

use self::resource::{group, provider, root};
use super::day::{Days, date};
use super::field::Field;
use super::habit::{Habit, Habits};
use super::program::Program;
use crate::base::index32;
use crate::base::net;
use crate::corpus::{Corpus, NONE};
use crate::ledger::{Operation, Outcome};
use crate::schema::Event;

/// A part of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Who: the key of the principal.
    Actor,
    /// Another column that comes with the principal.
    Identity(Event),
    /// The operation.
    Operation,
    /// Its resource provider.
    Provider,
    /// The resource.
    Resource,
    /// The outermost resource it belongs to: the machine of an extension, the account of a runbook.
    ResourceRoot,
    /// The resource group, with its subscription.
    ResourceGroup,
    /// The type of the resource.
    Kind,
    /// The subscription.
    Subscription,
    /// The address.
    Ip,
    /// The network of the address: /24 of IPv4, /48 of IPv6.
    IpNetwork,
    /// The address, where few principals share it.
    RareIp,
    /// The country of the address, where a `GeoIP` file tells it.
    Country,
    /// The number of the autonomous system of the address, where a `GeoIP` file tells it.
    Asn,
    /// Whose network it is: the autonomous system where a `GeoIP` file tells it, else /16 of IPv4, /32 of IPv6.
    SourceProvider,
    /// Where it is: the country where a `GeoIP` file tells it, else /16 of IPv4, /32 of IPv6.
    SourceRegion,
    /// How usual that network is for the principal: a word of [`Habit`], or nothing.
    UsualNetwork,
    /// The day on which it began, in UTC.
    Day,
    /// How the operation ended.
    Outcome,
    /// Whether the principal is foreign to the tenant of the subscription.
    Delegated,
    /// A value that a test kept while the record was read.
    Captured(u32),
}

/// Names of parts that are no columns; conditions can use them as fields.
const DERIVED: &[(&str, Part)] = &[
    ("source_ip_network", Part::IpNetwork),
    ("rare_ip", Part::RareIp),
    ("source_country", Part::Country),
    ("source_asn", Part::Asn),
    ("source_provider", Part::SourceProvider),
    ("source_region", Part::SourceRegion),
    ("usual_network", Part::UsualNetwork),
    ("resource_root", Part::ResourceRoot),
    ("day", Part::Day),
    ("outcome", Part::Outcome),
    ("delegated", Part::Delegated),
];

impl Part {
    /// Returns whether a name is a part that only a `GeoIP` file tells.
    pub(super) fn is_of_place(name: &str) -> bool {
        matches!(Part::derived(name), Some(Part::Country | Part::Asn))
    }

    /// Returns the part of a name that is no column.
    pub(super) fn derived(name: &str) -> Option<Part> {
        let known = DERIVED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, part)| part.clone())
    }

    /// Returns what its value depends on.
    pub(super) fn domain(&self) -> Domain {
        match self {
            Part::Actor | Part::Identity(_) => Domain::Identity,
            Part::Operation | Part::Provider => Domain::Operation,
            Part::Resource | Part::ResourceRoot | Part::ResourceGroup => Domain::Resource,
            Part::Kind => Domain::Kind,
            Part::Subscription => Domain::Subscription,
            Part::Ip
            | Part::IpNetwork
            | Part::RareIp
            | Part::Country
            | Part::Asn
            | Part::SourceProvider
            | Part::SourceRegion => Domain::Ip,
            Part::UsualNetwork => Domain::Habit,
            Part::Day => Domain::Day,
            Part::Outcome => Domain::Outcome,
            Part::Delegated => Domain::Delegated,
            Part::Captured(_) => Domain::Record,
        }
    }

    /// Returns the part of a field; `capture` gives the test that keeps its value where nothing else does.
    pub(super) fn of(name: &str, capture: &mut dyn FnMut(&str) -> u32) -> Part {
        if let Some(part) = Part::derived(name) {
            return part;
        }
        match Event::from_field(name) {
            Some(Event::Actor) => Part::Actor,
            Some(Event::Operation) => Part::Operation,
            Some(Event::Provider) => Part::Provider,
            Some(Event::ResourceId) => Part::Resource,
            Some(Event::ResourceGroup) => Part::ResourceGroup,
            Some(Event::ResourceType) => Part::Kind,
            Some(Event::SubscriptionId) => Part::Subscription,
            Some(Event::ClientIp) => Part::Ip,
            Some(column) if column != Event::Mfa && Field::resolve(name).is_of_principal() => {
                Part::Identity(column)
            }
            _ => Part::Captured(capture(name)),
        }
    }
}

/// What the value of a part depends on: a code of the operation, or one of a few states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    Identity,
    Operation,
    Resource,
    Kind,
    Subscription,
    Ip,
    Habit,
    Day,
    Outcome,
    Delegated,
    /// A record.
    Record,
}

impl Domain {
    /// How many codes there are.
    pub(super) fn size(self, source: Parts<'_>) -> usize {
        let names = &source.corpus.names;
        match self {
            Domain::Identity => source.corpus.identities.len(),
            Domain::Operation => names.operation.len(),
            Domain::Resource => names.resource.len(),
            Domain::Kind => names.kind.len(),
            Domain::Subscription => names.subscription.len(),
            Domain::Ip => names.ip.len(),
            Domain::Habit => Habit::ALL.len(),
            Domain::Day => source.days.count(),
            Domain::Outcome => Outcome::ALL.len(),
            Domain::Delegated => 2,
            Domain::Record => 0,
        }
    }

    /// The code of an operation; beyond all codes where it has none.
    pub(super) fn place(self, operation: &Operation, source: Parts<'_>) -> usize {
        let code = match self {
            Domain::Identity => operation.identity,
            Domain::Operation => operation.operation,
            Domain::Resource => operation.resource,
            Domain::Kind => operation.kind,
            Domain::Subscription => operation.subscription,
            Domain::Ip => operation.ip,
            Domain::Habit => source.habits.map_or(0, |habits| habits.habit(operation) as u32),
            Domain::Day => index32(source.days.place(operation.first)),
            Domain::Outcome => operation.outcome as u32,
            Domain::Delegated => u32::from((source.delegated)(operation)),
            Domain::Record => NONE,
        };
        code as usize
    }
}

/// An operation all of whose codes are this one, to be asked for a part that depends on a domain.
fn everywhere(domain: Domain, at: usize) -> Operation {
    let code = index32(at);
    let outcome = if domain == Domain::Outcome { Outcome::ALL[at] } else { Outcome::Unknown };
    Operation {
        operation: code,
        identity: code,
        ip: code,
        subscription: code,
        resource: code,
        kind: code,
        outcome,
        ..Operation::default()
    }
}

/// Everything the parts of operations are read from.
#[derive(Clone, Copy)]
pub(super) struct Parts<'p> {
    pub(super) corpus: &'p Corpus,
    /// Whether an operation was done from outside the tenant of its subscription.
    pub(super) delegated: &'p (dyn Fn(&Operation) -> bool + Sync),
    /// Whether few principals share an address.
    pub(super) rare: &'p [bool],
    /// The networks of principals, where a rule asks for them.
    pub(super) habits: Option<&'p Habits>,
    /// The days of the evidence.
    pub(super) days: Days,
}

impl<'p> Parts<'p> {
    /// Returns the text of a part that is not captured; `None` when there is none.
    pub(super) fn text(&self, part: &Part, operation: &Operation) -> Option<Cow<'p, str>> {
        let names = &self.corpus.names;
        let word = |names: &'p crate::base::dict::Dict, code: u32| {
            names.get(code).filter(|text| !text.is_empty())
        };
        let resource = || word(&names.resource, operation.resource);
        let text = match part {
            Part::Actor => self.identity(operation, Event::Actor)?,
            Part::Identity(column) => self.identity(operation, *column)?,
            Part::Operation => word(&names.operation, operation.operation)?,
            Part::Provider => provider(word(&names.operation, operation.operation)?)?,
            Part::Resource => resource()?,
            Part::ResourceRoot => root(resource()?),
            Part::ResourceGroup => group(resource()?)?,
            Part::Kind => word(&names.kind, operation.kind)?,
            Part::Subscription => word(&names.subscription, operation.subscription)?,
            Part::IpNetwork => {
                return network(word(&names.ip, operation.ip)?, NEAR).map(Cow::Owned);
            }
            Part::SourceProvider => {
                let asn = self.corpus.place(operation.ip).and_then(|place| place.asn);
                let wide = || network(word(&names.ip, operation.ip)?, WIDE);
                return asn.map(|asn| format!("AS{asn}")).or_else(wide).map(Cow::Owned);
            }
            Part::SourceRegion => {
                let place = self.corpus.place(operation.ip);
                let wide = || network(word(&names.ip, operation.ip)?, WIDE).map(Cow::Owned);
                let country = place.and_then(|place| place.country.as_deref());
                return country.map(Cow::Borrowed).or_else(wide);
            }
            Part::RareIp if !self.rare.get(operation.ip as usize).is_some_and(|rare| *rare) => {
                return None;
            }
            Part::Ip | Part::RareIp => word(&names.ip, operation.ip)?,
            Part::Country => self.corpus.place(operation.ip)?.country.as_deref()?,
            Part::Asn => {
                return self.corpus.place(operation.ip)?.asn.map(|asn| Cow::Owned(asn.to_string()));
            }
            Part::UsualNetwork => self.habits?.habit(operation).word()?,
            Part::Day => return Some(Cow::Owned(date(operation.first))),
            Part::Outcome => operation.outcome.as_str(),
            Part::Delegated => truth((self.delegated)(operation)),
            Part::Captured(_) => return None,
        };
        Some(Cow::Borrowed(text))
    }

    /// Returns the text of a part by the code that it depends on.
    pub(super) fn text_at(&self, part: &Part, at: usize) -> Option<Cow<'p, str>> {
        if *part == Part::Delegated {
            return Some(Cow::Borrowed(truth(at == 1)));
        }
        if *part == Part::UsualNetwork {
            return Habit::ALL[at].word().map(Cow::Borrowed);
        }
        if *part == Part::Day {
            return Some(Cow::Owned(self.days.date_at(at)));
        }
        self.text(part, &everywhere(part.domain(), at))
    }

    fn identity(&self, operation: &Operation, column: Event) -> Option<&'p str> {
        self.corpus.identities.get(operation.identity as usize)?.value(column)
    }
}

fn truth(held: bool) -> &'static str {
    if held { "true" } else { "false" }
}

/// Bits of a network of IPv4 and of IPv6 that is likely one line or one building.
const NEAR: (u8, u8) = (24, 48);
/// Bits of one that is likely one provider's.
const WIDE: (u8, u8) = (16, 32);

/// The network of an address.
fn network(ip: &str, (v4, v6): (u8, u8)) -> Option<String> {
    let (ip, _) = net::parse(ip)?;
    let bits = if ip.is_ipv4() { v4 } else { v6 };
    ipnet::IpNet::new(ip, bits).ok().map(|net| net.trunc().to_string())
}

impl Program {
    /// Returns whether any test or key asks for a part.
    pub(super) fn asks_for(&self, part: &Part) -> bool {
        let keys = self.rules.iter().flat_map(|rule| rule.judge.parts());
        self.derived.iter().map(|(_, asked)| asked).chain(keys).any(|asked| asked == part)
    }

    /// Returns whether a test asks for a part that follows from the operation as a whole, and which.
    pub(super) fn derived(&self, atom: u32) -> Option<&Part> {
        self.derived
            .binary_search_by_key(&atom, |(atom, _)| *atom)
            .ok()
            .map(|at| &self.derived[at].1)
    }

    /// Finds the tests of such parts.
    pub(super) fn find_derived(&mut self) {
        let all = (0..index32(self.atoms.len()))
            .filter_map(|atom| Some((atom, Part::derived(&self.field_of(atom).name)?)));
        self.derived = all.collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_their_network() {
        for (bits, v4, v6) in
            [(NEAR, "203.0.113.0/24", "2001:db8:1::/48"), (WIDE, "203.0.0.0/16", "2001:db8::/32")]
        {
            assert_eq!(network("203.0.113.9:443", bits).as_deref(), Some(v4));
            assert_eq!(network("2001:db8:1:2::9", bits).as_deref(), Some(v6));
        }
        assert_eq!(network("x", NEAR), None);
    }

    #[test]
    fn fields_are_columns_of_operations_or_captured() {
        let mut captured = Vec::new();
        let mut part = |name: &str| {
            Part::of(name, &mut |name| {
                captured.push(name.to_owned());
                7
            })
        };
        assert_eq!(part("Caller"), Part::Actor);
        assert_eq!(part("callerIpAddress"), Part::Ip);
        assert_eq!(part("claims.appid"), Part::Identity(Event::AppId));
        assert_eq!(part("source_ip_network"), Part::IpNetwork);
        assert_eq!(part("body.location"), Part::Captured(7));
        assert_eq!(part("grant_role"), Part::Captured(7));
        assert_eq!(captured, ["body.location", "grant_role"]);
    }
}
