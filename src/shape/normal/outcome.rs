//! What became of it: status, HTTP status, error.

use super::super::field::text;
use super::super::text::with_object;
use super::super::{Fields, Row};
use crate::azure::{http, portal};
use crate::base::json::Value;
use crate::schema::Event;

/// Spelling of a status in exports (compared without case, blanks and stops), canonical name.
const STATUSES: &[(&str, &str)] = &[
    ("started", "started"),
    ("start", "started"),
    ("accepted", "accepted"),
    ("accept", "accepted"),
    ("succeeded", "succeeded"),
    ("success", "succeeded"),
    ("failed", "failed"),
    ("failure", "failed"),
    ("rejected", "failed"),
    ("active", "active"),
    ("activated", "active"),
    ("resolved", "resolved"),
    ("updated", "updated"),
    ("inprogress", "in_progress"),
    ("cancel", "cancelled"),
    ("canceled", "cancelled"),
    ("cancelled", "cancelled"),
];

fn canonical(written: &str) -> Option<&'static str> {
    let letters = || written.bytes().filter(u8::is_ascii_alphanumeric);
    let is_meant = |spelling: &str| letters().map(|b| b.to_ascii_lowercase()).eq(spelling.bytes());
    STATUSES.iter().find(|(spelling, _)| is_meant(spelling)).map(|(_, canonical)| *canonical)
}

/// Sets status, its second part and the phase.
pub(super) fn set(f: &Fields<'_>, row: &mut Row) {
    let signature = text(f.signature);
    let parts = signature.as_deref().and_then(|s| s.split_once('.'));
    let stated = text(f.status).or_else(|| text(f.status_other));
    let stated = stated.as_deref().or(parts.map(|(left, _)| left)).unwrap_or_default().trim();
    let status = canonical(stated).or_else(|| portal::status(stated)).unwrap_or_default();
    if status.is_empty() {
        row.set_lower(Event::Status, stated);
    } else {
        row.set(Event::Status, status);
    }
    let sub = text(f.sub_status);
    let sub = sub.as_deref().or(parts.map(|(_, right)| right)).or(signature.as_deref());
    if let Some(sub) = sub
        .map(str::trim)
        .filter(|s| !s.ends_with('.') && canonical(s).is_none_or(|c| c == "accepted"))
    {
        row.set(Event::SubStatus, sub);
        row.http_status = http::status(sub).or(row.http_status);
    }
    row.set(Event::Phase, phase(f, status));
}

fn phase(f: &Fields<'_>, status: &str) -> &'static str {
    match status {
        "started" | "accepted" | "in_progress" => "start",
        "succeeded" | "failed" | "cancelled" => "end",
        _ => match text(f.event_name).as_deref() {
            Some("BeginRequest") => "start",
            Some("EndRequest") => "end",
            _ => "single",
        },
    }
}

/// Sets what the properties say: HTTP status and error.
pub(super) fn from_properties(properties: Value<'_>, row: &mut Row) {
    if let Some(code) = text(properties.get("statusCode")) {
        row.http_status = http::status(&code);
    }
    let Some(message) = properties.get("statusMessage") else { return };
    let parsed = with_object(Some(message), |message| {
        let error = message.get("error").unwrap_or(message);
        let (code, detail) = innermost(error);
        if let Some(code) = code {
            row.set(Event::ErrorCode, &code);
        }
        if let Some(detail) = detail {
            row.set(Event::ErrorMessage, &detail);
        }
    });
    if parsed.is_none()
        && let Some(plain) = text(Some(message))
    {
        row.set(Event::ErrorMessage, &plain);
    }
}

/// Code and message of the deepest error: ARM wraps the provider's own in `details` and `innererror`.
fn innermost(error: Value<'_>) -> (Option<String>, Option<String>) {
    let mut at = error;
    let mut found = (None, None);
    for _ in 0..8 {
        if let Some(code) = text(at.get("code")) {
            found = (
                Some(code.into_owned()),
                text(at.get("message")).map(std::borrow::Cow::into_owned),
            );
        }
        let first = |list: &str| at.get(list).and_then(|details| details.items().next());
        let inner =
            first("details").or_else(|| first("errorDetails")).or_else(|| at.get("innererror"));
        match inner {
            Some(inner) => at = inner,
            None => break,
        }
    }
    found
}
