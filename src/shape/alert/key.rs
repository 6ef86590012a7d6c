//! What an alert is known by.
//!
//! Defender names an alert `NNNNNNNNNNNNNNNNNNN_guid`: ticks counted down from the end of time,
//! which say when it started, and a GUID. The name stands in every export, under different members.

use super::Alert;
use crate::azure::resource_id::{canonical, is_guid};
use crate::base::hash;

/// Length of the digits before the line.
const DIGITS: usize = 19;
/// Length of a whole name.
const LENGTH: usize = DIGITS + 1 + 36;

/// Returns the alert name that a text is or ends with (as the last segment of an id), in lower case.
pub(super) fn name(text: &str) -> Option<String> {
    last(text).filter(|last| is_name(last))
}

/// Returns what a text is or ends with (as the last segment of an id), in lower case.
pub(super) fn last(text: &str) -> Option<String> {
    let last = text.trim().trim_end_matches('/').rsplit('/').next()?;
    (!last.is_empty()).then(|| last.to_ascii_lowercase())
}

/// Returns the first alert name among the segments of an address or id.
pub(super) fn name_within(text: &str) -> Option<String> {
    let mut words = text.split(['/', '?', '&', '=', '#']);
    words.find(|word| is_name(word)).map(str::to_ascii_lowercase)
}

/// The type of alerts in Resource Manager.
pub(super) const RESOURCE_TYPE: &str = "microsoft.security/locations/alerts";

/// Returns the id in Resource Manager of the alert whose page in the portal has this address.
pub(super) fn arm_id_within(link: &str) -> Option<String> {
    let after = |word: &str| {
        let mut parts = link.split('/').skip_while(|part| !part.eq_ignore_ascii_case(word));
        parts.nth(1).filter(|value| !value.is_empty())
    };
    let name = after("alertId").filter(|name| is_name(name))?;
    let subscription = after("subscriptionId").filter(|id| is_guid(id))?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.()".contains(c);
    let location = after("location").filter(|name| name.chars().all(is_plain))?;
    let group = after("resourceGroup").map(|group| format!("/resourceGroups/{group}"));
    let group = group.unwrap_or_default();
    let id = format!(
        "/subscriptions/{subscription}{group}/providers/Microsoft.Security/locations/{location}/alerts/{name}"
    );
    Some(canonical(&id))
}

fn is_name(word: &str) -> bool {
    word.len() == LENGTH
        && word.is_char_boundary(DIGITS + 1)
        && word.as_bytes()[..DIGITS].iter().all(u8::is_ascii_digit)
        && word.as_bytes()[DIGITS] == b'_'
        && is_guid(&word[DIGITS + 1..])
}

/// Returns a key made of what the alert says, for alerts without any id.
pub(super) fn of_content(alert: &Alert) -> String {
    let kind = alert.alert_type.as_deref().or(alert.title.as_deref()).unwrap_or_default();
    let start = alert.start.map_or_else(String::new, |t| t.0.to_string());
    let target = alert.resource_id.as_deref().or(alert.compromised_entity.as_deref());
    let subscription = alert.subscription_id.as_deref().unwrap_or_default();
    let target = target.unwrap_or(subscription).to_lowercase();
    hash::content_id('a', &[&kind.to_lowercase(), &start, &target])
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "2518250008431989649_e7313e05-edf4-466d-adfd-35974921aeff";

    #[test]
    fn the_address_of_the_page_of_an_alert_tells_its_id() {
        let subscription = "7d2e91c4-05ba-4f38-8c61-3b9af0d7e512";
        let page = format!("https://portal.azure.com/#blade/X/AlertBlade/alertId/{NAME}");
        let link = |group: &str, location: &str| {
            format!(
                "{page}/subscriptionId/{subscription}{group}/referencedFrom/alertDeepLink/location/{location}"
            )
        };
        let id = |group: &str| {
            format!(
                "/subscriptions/{subscription}{group}/providers/microsoft.security/locations/westeurope/alerts/{NAME}"
            )
        };
        assert_eq!(arm_id_within(&link("", "westeurope")), Some(id("")));
        let in_group = arm_id_within(&link("/resourceGroup/RG-1", "westeurope"));
        assert_eq!(in_group, Some(id("/resourcegroups/rg-1")));
        for hostile in ["", "a'b", "x;reboot", "$(id)"] {
            assert_eq!(arm_id_within(&link("", hostile)), None, "{hostile}");
        }
        assert_eq!(arm_id_within(&page), None);
    }

    #[test]
    fn names_are_found_alone_in_ids_and_in_addresses() {
        let id = format!("/subscriptions/s/providers/X/alerts/{}", NAME.to_uppercase());
        assert_eq!(name(&id).as_deref(), Some(NAME));
        assert_eq!(name(NAME).as_deref(), Some(NAME));
        let link = format!("https://portal.azure.com/#blade/A/alertId/{NAME}/subscriptionId/s");
        assert_eq!(name(&link), None);
        assert_eq!(name_within(&link).as_deref(), Some(NAME));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in
            ["", "/", &NAME[1..], "da637551227677560813_-961444813", "é".repeat(28).as_str()]
        {
            assert_eq!(name(text), None, "{text}");
            assert_eq!(name_within(text), None, "{text}");
        }
    }
}
