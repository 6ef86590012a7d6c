//! The many spellings of a field's name, reduced to one.
//!
//! Exports, the table of Log Analytics, the documentation and indexers name
//! the same thing differently: `identity.claims.x`, `Claims_d.x`, `claims.x`.

use std::borrow::Cow;

use crate::schema::Event;

/// What a name may begin with beside what it is called.
const PREFIXES: &[&str] = &["azure.activitylogs."];

/// Beginnings of names that mean the same as another.
const BEGINNINGS: &[(&str, &str)] = &[
    ("identity.claims", "claims"),
    ("claims_d", "claims"),
    ("claims.content", "claims"),
    ("identity.authorization", "authorization"),
    ("authorization_d", "authorization"),
    ("properties_d", "properties"),
    ("properties.content", "properties"),
    ("http_request", "httprequest"),
];

/// Names in lower case whose words Python joins by an underscore.
const SNAKE: &[(&str, &str)] = &[
    ("operationname", "operation_name"),
    ("eventname", "event_name"),
    ("substatus", "sub_status"),
    ("resourceprovidername", "resource_provider_name"),
    ("resourcetype", "resource_type"),
    ("tenantid", "tenant_id"),
    ("localizedvalue", "localized_value"),
    ("httprequest", "http_request"),
    ("clientrequestid", "client_request_id"),
];

/// Returns a name without the signs of others for the items of a list: a walk enters every item by itself.
pub(super) fn without_items(name: &str) -> Cow<'_, str> {
    if !name.contains(['{', '[', '*']) {
        return Cow::Borrowed(name);
    }
    let is_sign = |inside: &str| {
        inside.is_empty() || inside == "*" || inside.bytes().all(|byte| byte.is_ascii_digit())
    };
    let bare = |part: &'_ str| -> String {
        let mut rest = part;
        for (open, close) in [('[', ']'), ('{', '}')] {
            while let Some((before, inside)) =
                rest.strip_suffix(close).and_then(|rest| rest.rsplit_once(open))
            {
                if !is_sign(inside) {
                    break;
                }
                rest = before;
            }
        }
        if rest == "*" { String::new() } else { rest.to_owned() }
    };
    let parts = name.split('.').map(|part| (part, bare(part)));
    let kept = parts.filter(|(part, bare)| part.is_empty() || !bare.is_empty());
    Cow::Owned(kept.map(|(_, bare)| bare).collect::<Vec<_>>().join("."))
}

/// Returns a name without the numbers of items; `None` where it has none.
pub(super) fn without_numbers(spelled: &str) -> Option<String> {
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let kept: Vec<&str> = spelled.split('.').filter(|part| !is_number(part)).collect();
    let is_other = kept.len() > 1 && kept.len() < spelled.split('.').count();
    is_other.then(|| kept.join("."))
}

/// Names of a claim that mean the same, each in its short form.
const SAME_CLAIM: &[(&str, &str)] = &[
    ("oid", "objectidentifier"),
    ("tid", "tenantid"),
    ("idp", "identityprovider"),
    ("scp", "scope"),
    ("amr", "authnmethodsreferences"),
    ("email", "emailaddress"),
];

/// Returns a name in lower case, with one beginning for all that mean the same.
pub(super) fn spelled(name: &str) -> String {
    let folded = name.to_ascii_lowercase();
    let bare = PREFIXES.iter().find_map(|prefix| folded.strip_prefix(prefix));
    let bare = bare.unwrap_or(&folded);
    for (other, beginning) in BEGINNINGS {
        let rest = bare.strip_prefix(other);
        if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('.')) {
            // Python writes what is inside of the request in snake case too.
            let rest = if other.contains('_') && *beginning == "httprequest" {
                rest.replace('_', "")
            } else {
                rest.to_owned()
            };
            return format!("{beginning}{rest}");
        }
    }
    bare.to_owned()
}

/// Returns the column that a name means.
pub(super) fn column(name: &str, spelled: &str) -> Option<Event> {
    let joined = || spelled.replace(['_', ' '], "");
    Event::from_field(name)
        .or_else(|| Event::from_field(spelled))
        .or_else(|| Event::from_field(&joined()).filter(|_| !is_other_tenant(spelled)))
}

/// Names of ECS and OCSF for columns which those call otherwise too, or which several of their names mean.
const FOREIGN: &[(&str, Event)] = &[
    ("api.request.uid", Event::CorrelationId),
    ("actor.user.email_addr", Event::ActorUpn),
    ("azure.resource.type", Event::ResourceType),
    ("azure.subscription_id", Event::SubscriptionId),
    ("api.response.code", Event::HttpStatus),
    ("client.address", Event::ClientIp),
    ("client.ip", Event::ClientIp),
    ("message", Event::Description),
    ("related.ip", Event::ClientIp),
    ("related.user", Event::Actor),
    ("resource.name", Event::ResourceName),
    ("resource.type", Event::ResourceType),
    ("resource.uid", Event::ResourceId),
    ("source.address", Event::ClientIp),
    ("status_detail", Event::SubStatus),
    ("user.email", Event::ActorUpn),
];

/// Returns the column that a name of ECS or OCSF means, in lower case.
///
/// Few of a single word are such names: too many logs have them.
pub(super) fn foreign(folded: &str) -> Option<Event> {
    let has_parts = folded.contains(['.', '@']);
    let known = || FOREIGN.iter().find(|(name, _)| *name == folded).map(|(_, column)| *column);
    let of_schema = || {
        let is_called = |column: &Event| [column.spec().ecs, column.spec().ocsf].contains(&folded);
        Event::ALL.iter().copied().find(is_called)
    };
    known().or_else(|| of_schema().filter(|_| has_parts))
}

/// Whether a name is that of the workspace in the table, which no column has.
fn is_other_tenant(spelled: &str) -> bool {
    spelled == "tenantid"
}

/// Returns a name in snake case, as Python writes it.
pub(super) fn snake(name: &str, spelled: &str) -> String {
    // Capitals show where words begin; without them only known names can be taken apart.
    let has_words = name.len() == spelled.len() && name.chars().any(|c| c.is_ascii_uppercase());
    let parts: Vec<&str> = if has_words { name.split('.') } else { spelled.split('.') }.collect();
    let one = |part: &str| match SNAKE.iter().find(|(joined, _)| part.eq_ignore_ascii_case(joined))
    {
        Some((_, snake)) => (*snake).to_owned(),
        None => words(part).join("_"),
    };
    parts.into_iter().map(one).collect::<Vec<_>>().join(".")
}

/// The words of `camelCase` or `PascalCase`, in lower case.
fn words(part: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut was_lower = true;
    for letter in part.chars() {
        let is_upper = letter.is_ascii_uppercase();
        if words.is_empty() || (is_upper && was_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(letter.to_ascii_lowercase());
        }
        was_lower = !is_upper;
    }
    words
}

/// Whether the key of a claim is meant by a name in lower case: the whole key, or its last part.
pub(super) fn is_claim(key: &str, name: &str) -> bool {
    if key.eq_ignore_ascii_case(name) {
        return true;
    }
    if name.contains('/') {
        return false;
    }
    let is_last = |part: &str| {
        let split = key.len().checked_sub(part.len());
        let ends = split.map(|at| key.as_bytes().split_at(at));
        ends.is_some_and(|(before, last)| {
            last.eq_ignore_ascii_case(part.as_bytes()) && before.last().is_none_or(|&b| b == b'/')
        })
    };
    let same = |a: &str, b: &str| name == b && is_last(a);
    is_last(name) || SAME_CLAIM.iter().any(|(short, long)| same(short, long) || same(long, short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_that_mean_the_same_are_spelled_the_same() {
        for (name, expected) in [
            ("Identity.Claims.Appid", "claims.appid"),
            ("claims_d", "claims"),
            ("Claims_dx", "claims_dx"),
            ("azure.activitylogs.identity.authorization.scope", "authorization.scope"),
            ("HTTPRequest.uri", "httprequest.uri"),
            ("Properties_d.a_b", "properties.a_b"),
            ("Caller", "caller"),
        ] {
            assert_eq!(spelled(name), expected);
        }
    }

    #[test]
    fn signs_for_the_items_of_a_list_are_no_part_of_a_name() {
        for (name, bare) in [
            ("body.rules{}.access", "body.rules.access"),
            ("body.rules[].access", "body.rules.access"),
            ("body.rules[*].access", "body.rules.access"),
            ("body.rules[0][1].access", "body.rules.access"),
            ("body.rules{2}.access", "body.rules.access"),
            ("body.rules.*.access", "body.rules.access"),
            ("body.rules.[0]", "body.rules"),
            ("body.rules.0.access", "body.rules.0.access"),
            ("claims.http://x/a[b]", "claims.http://x/a[b]"),
            ("a..b", "a..b"),
        ] {
            assert_eq!(without_items(name), bare);
        }
        let numbered = |name| without_numbers(name);
        assert_eq!(numbered("body.rules.0.access").as_deref(), Some("body.rules.access"));
        assert_eq!((numbered("body.rules"), numbered("0")), (None, None));
    }

    #[test]
    fn claims_are_known_by_full_and_short_names() {
        let full = "http://schemas.microsoft.com/identity/claims/objectidentifier";
        for name in ["objectidentifier", "oid", full] {
            assert!(is_claim(full, name), "{name}");
        }
        assert!(is_claim("OID", "objectidentifier"));
        assert!(!is_claim("name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"));
        assert!(!is_claim("x_oid", "oid"));
    }

    #[test]
    fn columns_are_known_by_every_spelling() {
        for (name, expected) in [
            ("OPERATIONNAMEVALUE", Some(Event::Operation)),
            ("operation_name.value", Some(Event::Operation)),
            ("Event timestamp", Some(Event::Time)),
            ("http_request.client_ip_address", Some(Event::ClientIp)),
            ("Authorization_d.evidence.role", Some(Event::Role)),
            ("TenantId", None),
            ("properties.status_code", None),
        ] {
            assert_eq!(column(name, &spelled(name)), expected, "{name}");
        }
    }

    #[test]
    fn names_of_other_schemas_are_known() {
        for (name, expected) in [
            ("event.action", Some(Event::Operation)),
            ("api.operation", Some(Event::Operation)),
            ("@timestamp", Some(Event::Time)),
            ("source.ip", Some(Event::ClientIp)),
            ("user.full_name", Some(Event::ActorName)),
            ("resources.uid", Some(Event::ResourceId)),
            ("message", Some(Event::Description)),
            ("status", None),
            ("", None),
            ("process.name", None),
        ] {
            assert_eq!(foreign(name), expected, "{name}");
        }
    }

    #[test]
    fn names_are_written_as_python_writes_them() {
        for (name, expected) in [
            ("eventName.localizedValue", "event_name.localized_value"),
            ("eventname.localizedvalue", "event_name.localized_value"),
            ("httpRequest.someNewThing", "http_request.some_new_thing"),
            ("relatedEvents", "related_events"),
            ("level", "level"),
        ] {
            assert_eq!(snake(name, &spelled(name)), expected);
        }
    }
}
