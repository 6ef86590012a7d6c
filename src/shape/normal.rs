//! What the values of an event mean, the same for every shape.
//!
//! A [`Normaliser`] turns the places that a shape found into one [`Row`].

mod access;
mod change;
mod grant;
mod name;
mod outcome;
mod pim;
mod place;
mod principal;
mod seam;
mod when;

pub use when::Dates;

use std::borrow::Cow;
use std::net::IpAddr;

use hashbrown::{HashMap, HashSet};

use super::field::text;
use super::identity::Identity;
use super::text::{Memo, with_object};
use super::{Fields, Row, carries};
use crate::azure::operation::Verb;
use crate::azure::principal::PrincipalKind;
use crate::azure::{category, portal};
use crate::base::json::{Kind, Value};
use crate::base::{DateOrder, net};
use crate::diag::Code;
use crate::schema::Event;

/// What is known of a source beside its records.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// How dates are read that leave day and month open.
    pub order: DateOrder,
    /// Subscription named in the path of the source, in lower case.
    pub subscription: Option<String>,
}

/// Turns records into rows.
#[derive(Default)]
pub struct Normaliser {
    identities: Vec<Identity>,
    /// Each with whether its claims were of two records.
    known: HashMap<u64, (usize, bool)>,
    /// Claims that leave the object id to the evidence, which is then part of their key.
    asking: HashSet<u64>,
    /// What the dates of the source told.
    pub dates: Dates,
}

/// More principals than this are not remembered at once, whatever the evidence does.
const REMEMBERED: usize = 100_000;

impl Normaliser {
    /// Takes the principals met so far; indexes in rows start anew afterwards.
    pub fn take_identities(&mut self) -> Vec<Identity> {
        self.known.clear();
        self.asking.clear();
        std::mem::take(&mut self.identities)
    }

    /// Returns the principals met so far.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// Whether the principals should be taken before the next record.
    pub fn is_full(&self) -> bool {
        self.identities.len() >= REMEMBERED
    }

    /// Fills `row` from the values of one event; `memo` is that of its record, `note` is told what is odd about it.
    ///
    /// Fails only when the event cannot be placed in time.
    pub fn event(
        &mut self,
        f: &Fields<'_>,
        memo: &Memo<'_>,
        context: &Context,
        row: &mut Row,
        note: &mut dyn FnMut(Code),
    ) -> Result<(), Code> {
        row.clear();
        when::set(f, context.order, &mut self.dates, row, note)?;
        ids(f, row);
        when::event_id(f, row);
        seam::look(f, note);
        name::set(f, row);
        if let Some(category) = text(f.category) {
            match category::canonical(&category).or_else(|| portal::category(&category)) {
                Some(canonical) => row.set(Event::Category, canonical),
                None => row.set_lower(Event::Category, &category),
            }
        } else if let Some(category) = f.default_category {
            row.set(Event::Category, category);
        } else if let Some(category) = row.get(Event::Operation).and_then(category::of_operation) {
            row.set(Event::Category, category);
        }
        self.places(f, memo, context, row, note);
        outcome::set(f, row);
        Ok(())
    }

    /// Everything that lies inside authorization, properties and claims.
    fn places(
        &mut self,
        f: &Fields<'_>,
        memo: &Memo<'_>,
        context: &Context,
        row: &mut Row,
        note: &mut dyn FnMut(Code),
    ) {
        if let Some(nested) = f.identity.and_then(super::Nested::open) {
            let (claims, authorization) =
                (nested.root().get("claims"), nested.root().get("authorization"));
            let opened = Fields { identity: None, claims, authorization, ..*f };
            return self.places(&opened, memo, context, row, note);
        }
        let nested = [f.operation, f.claims, f.properties, f.authorization, f.http];
        if let Some(code) = nested.into_iter().flatten().find_map(flattened) {
            note(code);
        } else if row.get(Event::Operation).is_none() {
            note(Code::NoOperation);
        }
        // Where there are two columns, one of them may have been cut.
        let readable = |value| with_object(value, |_| ()).and(value);
        let authorization = readable(f.authorization).or_else(|| readable(f.authorization_other));
        let properties = readable(f.properties).or_else(|| readable(f.properties_other));
        if authorization.is_none() && seam::breaks_off(f.authorization, None)
            || properties.is_none() && seam::breaks_off(f.properties, None)
        {
            note(Code::FusedRecord);
        }
        let mut inside = |authorization: Option<Value<'_>>, properties: Option<Value<'_>>| {
            place::resource(f, authorization, properties, context, row);
            place::tenant(f, properties, row);
            if let Some(authorization) = authorization {
                role(authorization, row);
            }
            if let Some(properties) = properties {
                row.carries |= carries::PROPERTIES;
                refine_category(f, properties, row);
                call_id(properties, row);
                outcome::from_properties(properties, row);
                grant::set(properties, memo, row);
                access::set(properties, memo, row);
            }
            request(f, row, note);
            self.principal(f, authorization, properties, row, note);
        };
        // Objects in strings are unpacked once and looked at together.
        match (authorization, properties) {
            (None, None) => inside(None, None),
            (Some(_), None) => drop(with_object(authorization, |a| inside(Some(a), None))),
            (None, Some(_)) => drop(with_object(properties, |p| inside(None, Some(p)))),
            (Some(_), Some(_)) => {
                with_object(authorization, |a| {
                    with_object(properties, |p| inside(Some(a), Some(p)))
                });
            }
        }
    }
}

/// Log profiles wrote the verb in place of the category; the properties have the category.
fn refine_category(f: &Fields<'_>, properties: Value<'_>, row: &mut Row) {
    let is_verb = |c: &str| ["write", "delete", "action"].iter().any(|v| v.eq_ignore_ascii_case(c));
    if text(f.category).is_some_and(|c| is_verb(&c)) {
        let stated = text(properties.get("eventCategory"));
        if let Some(canonical) = stated.as_deref().and_then(category::canonical) {
            row.set(Event::Category, canonical);
        }
    }
}

/// Exports without a member for the id of the operation may have it among the properties.
fn call_id(properties: Value<'_>, row: &mut Row) {
    if row.get(Event::OperationId).is_none()
        && let Some(id) = text(properties.get("operationId"))
    {
        row.set_lower(Event::OperationId, id.trim());
    }
}

/// Returns what is told of an object that a converter wrote as text or as the name of its type.
pub(super) fn flattened(value: Value<'_>) -> Option<Code> {
    let Some(raw) = written(value) else {
        let first = value.members().next_raw().and_then(|(_, first)| written(first));
        let is_lost = first.is_some_and(|text| text.starts_with("System.Collections"));
        return is_lost.then_some(Code::SmallDepth);
    };
    let starts = |with: &str| raw.starts_with(with);
    if ["@{", "System.Collections", "Microsoft.Azure."].into_iter().any(starts) {
        return Some(Code::SmallDepth);
    }
    starts("System.Object").then_some(Code::ObjectCells)
}

/// A string as it stands in the record: names of types hold no escapes, and strings may be long.
fn written(value: Value<'_>) -> Option<&str> {
    matches!(value.kind(), Kind::Plain | Kind::Escaped).then(|| value.raw())
}

fn ids(f: &Fields<'_>, row: &mut Row) {
    for (column, value) in [
        (Event::EventId, f.event_id),
        (Event::CorrelationId, f.correlation),
        (Event::OperationId, f.operation_id),
    ] {
        if let Some(id) = text(value) {
            row.set_lower(column, id.trim());
        }
    }
    if let Some(description) = text(f.description) {
        row.set(Event::Description, &description);
    }
    if let Some(level) = level(f) {
        row.set(Event::Level, level);
    }
}

/// The level: the word wins over the number beside it.
fn level(f: &Fields<'_>) -> Option<&'static str> {
    const PS: [&str; 5] = ["critical", "error", "warning", "informational", "verbose"];
    let word = text(f.level);
    let word = word.as_deref().map(str::trim).unwrap_or_default();
    if let Ok(number) = word.parse::<usize>() {
        return PS.get(number).copied();
    }
    if word.eq_ignore_ascii_case("information") {
        return Some("informational");
    }
    if let Some(level) = PS.iter().find(|l| l.eq_ignore_ascii_case(word)) {
        return Some(level);
    }
    if let Some(level) = portal::level(word) {
        return Some(level);
    }
    let number: usize = text(f.level_number)?.trim().parse().ok()?;
    PS.get(number.checked_sub(1)?).copied()
}

fn role(authorization: Value<'_>, row: &mut Row) {
    let evidence = authorization.get("evidence");
    let role = text(authorization.get("role")).or_else(|| text(evidence?.get("role")));
    if let Some(role) = role {
        row.set(Event::Role, &role);
    }
    // Elastic writes its own names.
    let scope = |name: &str| evidence.and_then(|e| text(e.get(name)));
    if let Some(scope) = scope("roleAssignmentScope").or_else(|| scope("role_assignment_scope")) {
        row.set_path(Event::RoleScope, &scope);
    }
}

/// Address and method of the request.
fn request(f: &Fields<'_>, row: &mut Row, note: &mut dyn FnMut(Code)) {
    let mut address = text(f.client_ip);
    let http = with_object(f.http, |http| {
        let ip = http.get("clientIpAddress").or_else(|| http.get("client_ip_address"));
        let other = || text(ip).map(|ip| Cow::Owned(ip.into_owned()));
        address = address.take().or_else(other);
        if let Some(method) = text(http.get("method")) {
            row.set_upper(Event::HttpMethod, &method);
        }
    });
    if http.is_none() && seam::breaks_off(f.http, None) {
        note(Code::FusedRecord);
    }
    if let Some((ip, port)) = address.as_deref().and_then(net::parse) {
        match (ip, address.as_deref()) {
            // An IPv4 address alone has one form only, that of the record.
            (IpAddr::V4(_), Some(written)) if is_dotted(written.trim()) => {
                row.set(Event::ClientIp, written.trim());
            }
            _ => row.set(Event::ClientIp, &ip.to_string()),
        }
        row.client_port = port;
    }
}

fn is_dotted(address: &str) -> bool {
    address.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Whether a principal is foreign to the tenant of the resource, as far as one event tells.
pub fn cross_tenant(identity: &Identity, resource_tenant: Option<&str>) -> &'static str {
    let token = identity.token_tenant.as_str();
    // A token of another tenant is delegation, wherever its holder lives.
    let away = !token.is_empty() && resource_tenant.is_some_and(|tenant| tenant != token);
    match identity.kind {
        PrincipalKind::AzureService => "no",
        PrincipalKind::Foreign => "delegated",
        PrincipalKind::Unknown => "unknown",
        _ if away => "delegated",
        PrincipalKind::Guest => "guest",
        PrincipalKind::Msa => "msa",
        _ if !token.is_empty() && resource_tenant.is_some() => "no",
        _ => "unknown",
    }
}

/// Returns the verb of an operation, as the schema has it.
pub(super) fn verb(operation: &str) -> &'static str {
    Verb::of(operation).as_str()
}

#[cfg(test)]
mod tests;
