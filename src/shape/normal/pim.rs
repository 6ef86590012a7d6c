//! Privileged Identity Management: its requests to ARM, and what it writes into the log itself.

use super::super::Row;
use super::super::access::{Access, Pim};
use super::super::field::text;
use super::super::text::{Memo, with_object};
use super::grant;
use crate::azure::pim::{self, Change};
use crate::base::json::Value;
use crate::base::{DateOrder, Time};

/// Reads a request; what came of it stands in the response, which is in another event.
pub(super) fn from_request(asked: Change, properties: Value<'_>, memo: &Memo<'_>, row: &mut Row) {
    for body in super::access::BODIES {
        let pim = memo.object(properties.get(body), |body| {
            with_object(body.get("properties").or(Some(body)), |body| {
                request(asked, body, row.time)
            })
        });
        row.access.extend(pim.flatten().flatten().map(Access::Pim));
    }
}

fn request(asked: Change, body: Value<'_>, at: Time) -> Option<Pim> {
    let kind = text(body.get("requestType"))?;
    let state = text(body.get("status")).unwrap_or_default();
    Some(Pim {
        change: Change { deed: pim::deed(&kind), pending: pim::is_pending(&state), ..asked },
        role: None,
        expires: body.get("scheduleInfo").and_then(|info| expiry(info, at)),
    })
}

/// When a schedule ends: at a stated time, or so long after its start.
fn expiry(schedule: Value<'_>, at: Time) -> Option<Time> {
    let time = |value: Option<Value<'_>>| Time::parse(text(value)?.trim(), DateOrder::default());
    let expiration = schedule.get("expiration")?;
    time(expiration.get("endDateTime")).or_else(|| {
        let start = time(schedule.get("startDateTime")).unwrap_or(at);
        Some(start.plus_seconds(duration(&text(expiration.get("duration"))?)?))
    })
}

/// Seconds of an ISO 8601 duration of weeks or less; months have no fixed length and are not guessed.
fn duration(text: &str) -> Option<i64> {
    let (mut seconds, mut number, mut clock) = (0_i64, String::new(), false);
    for letter in text.trim().strip_prefix('P')?.chars() {
        let unit = match (letter, clock) {
            ('0'..='9', _) => {
                number.push(letter);
                continue;
            }
            ('T', false) => {
                clock = true;
                continue;
            }
            ('W', false) => 7 * 86_400,
            ('D', false) => 86_400,
            ('H', true) => 3600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return None,
        };
        let count: i64 = number.parse().ok()?;
        seconds = seconds.checked_add(count.checked_mul(unit)?)?;
        number.clear();
    }
    (number.is_empty() && seconds > 0).then_some(seconds)
}

/// Reads an event of its own, such as `Add member to role completed (PIM activation)`.
pub(super) fn from_log(told: Change, properties: Value<'_>, row: &mut Row) {
    let (Some(subject), Some(role)) =
        (text(properties.get("SubjectID")), text(properties.get("RoleDefinitionOriginId")))
    else {
        return;
    };
    let ends = text(properties.get("ExpirationTime"));
    grant::from_log(&subject, &role, row);
    row.access.push(Access::Pim(Pim {
        change: told,
        role: text(properties.get("RoleDefinition")).map(std::borrow::Cow::into_owned),
        expires: ends.and_then(|at| Time::parse(at.trim(), DateOrder::default())),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_where_they_have_a_fixed_length() {
        for (text, seconds) in [
            ("PT8H", Some(28_800)),
            ("P1DT30M", Some(88_200)),
            ("P2W", Some(1_209_600)),
            ("PT1M1S", Some(61)),
            ("P1Y", None),
            ("P1M", None),
            ("PT", None),
            ("8H", None),
            ("PT8", None),
            ("P99999999999999999999D", None),
        ] {
            assert_eq!(duration(text), seconds, "{text}");
        }
    }
}
