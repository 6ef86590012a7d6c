//! Who gets which role where: the details of a role assignment, from whichever event of it holds them.

use super::super::Row;
use super::super::field::text;
use super::super::text::{Memo, with_object};
use crate::azure::resource_id::{ResourceId, dash_guid};
use crate::base::json::Value;
use crate::schema::Event;

/// Operations whose bodies are grants.
const GRANTS: &[&str] = &[
    "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/",
    "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTSCHEDULEREQUESTS/",
    "MICROSOFT.AUTHORIZATION/ROLEELIGIBILITYSCHEDULEREQUESTS/",
];

/// Sets the three columns of a grant.
pub(super) fn set(properties: Value<'_>, memo: &Memo<'_>, row: &mut Row) {
    let Some(operation) = row.get(Event::Operation) else { return };
    if !GRANTS.iter().any(|g| operation.starts_with(g)) {
        return;
    }
    // Request first: it is what was asked for. The provider's own event has the values beside it.
    for body in ["requestbody", "responseBody"] {
        memo.object(properties.get(body), |body| {
            with_object(body.get("properties").or(Some(body)), |grant| take(grant, row));
        });
    }
    take(properties, row);
    if row.get(Event::GrantPrincipal).is_some() && row.get(Event::GrantScope).is_none() {
        let target = row.get(Event::ResourceId).and_then(|id| {
            ResourceId::parse(id)?.target_of_extension().map(|t| t.as_str().to_owned())
        });
        row.set(Event::GrantScope, &target.unwrap_or_default());
    }
}

/// Sets the columns for a member and a role that Privileged Identity Management names, at the event's own resource.
pub(super) fn from_log(member: &str, role: &str, row: &mut Row) {
    row.set(Event::GrantPrincipal, &guid(member));
    row.set(Event::GrantRole, &guid(role.rsplit('/').next().unwrap_or_default()));
    let scope = row.get(Event::ResourceId).unwrap_or_default().to_owned();
    row.set(Event::GrantScope, &scope);
}

fn take(grant: Value<'_>, row: &mut Row) {
    let principal = text(grant.get("principalId"));
    let role = text(grant.get("roleDefinitionId"));
    let (Some(principal), Some(role)) = (principal, role) else { return };
    if row.get(Event::GrantPrincipal).is_some() {
        return;
    }
    row.set(Event::GrantPrincipal, &guid(&principal));
    row.set(Event::GrantRole, &guid(role.rsplit('/').next().unwrap_or_default()));
    if let Some(scope) = text(grant.get("scope")).filter(|s| s.starts_with('/')) {
        let scope = if scope.len() > 1 { scope.trim_end_matches('/') } else { &scope };
        row.set_path(Event::GrantScope, scope);
    }
}

/// A GUID in its usual form; other text in lower case.
pub(super) fn guid(text: &str) -> String {
    dash_guid(text).map_or_else(|| text.to_ascii_lowercase(), std::borrow::Cow::into_owned)
}
