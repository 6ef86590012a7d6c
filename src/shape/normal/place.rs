//! Where an event took place: resource, group, subscription, tenant.

use std::borrow::Cow;

use super::Context;
use super::when::long_id;
use crate::azure::resource_id::{ResourceId, dash_guid, is_guid};
use crate::base::json::Value;
use crate::schema::Event;
use crate::shape::field::text;
use crate::shape::{Fields, Row};

/// Resource, group, subscription and what follows from them.
pub(super) fn resource(
    f: &Fields<'_>,
    authorization: Option<Value<'_>>,
    properties: Option<Value<'_>>,
    context: &Context,
    row: &mut Row,
) {
    let scope = text(authorization.and_then(|a| a.get("scope")));
    let entity = || text(properties.and_then(|p| p.get("entity")));
    let of_id = || Some(Cow::Owned(long_id(&text(f.id)?)?.0.to_owned()));
    let written = text(f.resource)
        .or_else(of_id)
        .filter(|r| r.contains('/'))
        .or_else(|| scope.clone())
        .or_else(entity);
    // The table repeats in the properties what its columns say, and questions leave columns out.
    let repeated = properties.filter(|_| written.is_none());
    let property = |name: &str| text(repeated?.get(name));
    if let Some(written) = &written {
        set(written.trim(), row);
    } else if let Some(name) = text(f.resource).or_else(|| property("resource")) {
        row.set(Event::ResourceName, &dash_guid(&name).unwrap_or(Cow::Borrowed(&name)));
    }
    if row.get(Event::ResourceType).is_none()
        && let Some(kind) = text(f.resource_type)
    {
        row.set_lower(Event::ResourceType, &kind);
    }
    if let Some(group) = text(f.group).or_else(|| property("resourceGroup")) {
        row.set_path(Event::ResourceGroup, &group);
    }
    let stated = text(f.subscription).or_else(|| property("subscriptionId"));
    let stated = stated.as_deref().map(|s| s.trim_start_matches("/subscriptions/"));
    if let Some(stated) = stated.filter(|s| is_guid(s)) {
        row.set_lower(Event::SubscriptionId, stated);
    } else if row.get(Event::SubscriptionId).is_none()
        && let Some(other) = subscription_of(scope.as_deref()).or(context.subscription.as_deref())
    {
        row.set_lower(Event::SubscriptionId, other);
    }
}

fn subscription_of(scope: Option<&str>) -> Option<&str> {
    ResourceId::parse(scope?)?.subscription()
}

/// Sets the columns that an ARM id holds.
fn set(written: &str, row: &mut Row) {
    let trimmed = if written.len() > 1 { written.trim_end_matches('/') } else { written };
    row.set_path(Event::ResourceId, trimmed);
    let Some(id) = ResourceId::parse(trimmed) else { return };
    let name = id.name();
    // The provider's own events write the ids of role assignments without dashes.
    if name.len() == 32
        && let Some(dashed) = dash_guid(name)
    {
        let whole = format!("{}{dashed}", &trimmed[..trimmed.len() - name.len()]);
        row.set_path(Event::ResourceId, &whole);
    }
    row.set(Event::ResourceName, name);
    row.set_written(Event::ResourceType, |text| id.push_type(text));
    if let Some(subscription) = id.subscription() {
        row.set_lower(Event::SubscriptionId, subscription);
    }
    if let Some(group) = id.resource_group() {
        row.set_path(Event::ResourceGroup, group);
    }
}

/// The tenant that owns the resource, where the record says it.
pub(super) fn tenant(f: &Fields<'_>, properties: Option<Value<'_>>, row: &mut Row) {
    if let Some(tenant) = text(f.tenant).filter(|t| is_guid(t.trim())) {
        return row.set_lower(Event::ResourceTenant, tenant.trim());
    }
    let hierarchy = text(f.hierarchy).or_else(|| text(properties.and_then(|p| p.get("hierarchy"))));
    let Some(hierarchy) = hierarchy else { return };
    let subscription = row.get(Event::SubscriptionId).unwrap_or_default();
    // The first part is the root group, which has the tenant's id, only in a path that ends in the subscription.
    if let Some((first, _)) = hierarchy.split_once('/')
        && let Some((_, last)) = hierarchy.rsplit_once('/')
        && is_guid(first)
        && last.eq_ignore_ascii_case(subscription)
    {
        row.set_lower(Event::ResourceTenant, first);
    }
}
