//! Where the values of an event stand in its record, whatever the shape.

use std::borrow::Cow;

use super::listing::{is_flat, is_type_name};
use super::text::Nested;
use crate::base::json::{Kind, Value};

/// The places of the values of one event. What is absent stays `None`.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a> {
    /// When it happened.
    pub time: Option<Value<'a>>,
    /// Whether the export says that its times are of the zone of whoever made it.
    pub is_local: bool,
    /// When it could be queried.
    pub submission: Option<Value<'a>>,
    /// `{resourceId}/events/{id}/ticks/{ticks}`, which holds the exact time.
    pub id: Option<Value<'a>>,
    /// The log's id of the event.
    pub event_id: Option<Value<'a>>,
    /// Correlation id.
    pub correlation: Option<Value<'a>>,
    /// Operation id.
    pub operation_id: Option<Value<'a>>,
    /// Category.
    pub category: Option<Value<'a>>,
    /// The category of every event of the shape, where records leave it out.
    pub default_category: Option<&'static str>,
    /// Operation, as its ARM name.
    pub operation: Option<Value<'a>>,
    /// Operation as shown to people, in the language of whoever exported it.
    pub operation_shown: Option<Value<'a>>,
    /// Status.
    pub status: Option<Value<'a>>,
    /// Status in other columns, used when the first is empty.
    pub status_other: Option<Value<'a>>,
    /// Second part of the status.
    pub sub_status: Option<Value<'a>>,
    /// `Left.Right` form of both.
    pub signature: Option<Value<'a>>,
    /// Begin or end of the request.
    pub event_name: Option<Value<'a>>,
    /// Level as a word, or as a number of the PowerShell enum.
    pub level: Option<Value<'a>>,
    /// Level as a number of the resource-log schema.
    pub level_number: Option<Value<'a>>,
    /// Free text.
    pub description: Option<Value<'a>>,
    /// Caller.
    pub caller: Option<Value<'a>>,
    /// HTTP request: an object, or JSON in a string.
    pub http: Option<Value<'a>>,
    /// Address of the request.
    pub client_ip: Option<Value<'a>>,
    /// Authorization: an object, or JSON in a string.
    pub authorization: Option<Value<'a>>,
    /// The same in another column, used when the first does not hold JSON.
    pub authorization_other: Option<Value<'a>>,
    /// JSON in a string that holds claims and authorization.
    pub identity: Option<Value<'a>>,
    /// Claims: an object, or JSON in a string.
    pub claims: Option<Value<'a>>,
    /// The same in another column.
    pub claims_other: Option<Value<'a>>,
    /// Properties: an object, or JSON in a string.
    pub properties: Option<Value<'a>>,
    /// The same in another column.
    pub properties_other: Option<Value<'a>>,
    /// Resource id.
    pub resource: Option<Value<'a>>,
    /// Resource group.
    pub group: Option<Value<'a>>,
    /// Subscription id.
    pub subscription: Option<Value<'a>>,
    /// Resource type.
    pub resource_type: Option<Value<'a>>,
    /// Resource provider.
    pub provider: Option<Value<'a>>,
    /// Tenant of the resource.
    pub tenant: Option<Value<'a>>,
    /// Path of management groups, the tenant first.
    pub hierarchy: Option<Value<'a>>,
}

/// Returns the text of a value: of a string or number itself, of `{value, localizedValue}` its `value`.
pub(super) fn text(value: Option<Value<'_>>) -> Option<Cow<'_, str>> {
    let value = value?;
    let text = match value.kind() {
        Kind::Object => value.get("value")?.text(),
        _ => value.text(),
    }?;
    // `Export-Csv` writes the name of the type where an object stands.
    if matches!(&*text, "None" | "nan" | "<null>") || is_type_name(&text) {
        return None;
    }
    if !is_twin(&text) {
        return Some(text);
    }
    match own(&text) {
        Some(value) => Some(Cow::Owned(value)),
        // Members without a value are not written in one line.
        None => (!is_flat(&text)).then_some(text),
    }
}

/// Whether a text may be `{value, localizedValue}`, in JSON or as Python or PowerShell writes it.
fn is_twin(text: &str) -> bool {
    (text.starts_with('{') || is_flat(text))
        && (text.contains("localized") || text.contains("Localized"))
}

/// The `value` of such a text.
fn own(text: &str) -> Option<String> {
    let nested = Nested::open_text(text)?;
    nested.root().get("value")?.text().map(Cow::into_owned)
}

/// Returns the first that has a text.
pub(super) fn either<'a>(a: Option<Value<'a>>, b: Option<Value<'a>>) -> Option<Value<'a>> {
    if text(a).is_some() { a } else { b }
}
