//! Privileged Identity Management: what it asks of Azure Resource Manager, and the sentences in
//! which it names operations in the log itself.

/// What becomes of somebody's hold on a role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deed {
    /// The role is given.
    #[default]
    Gives,
    /// The role is taken away by somebody.
    Revokes,
    /// An activation ends: it ran out, or its holder ended it.
    Deactivates,
}

/// What an operation of Privileged Identity Management does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// What it does to the hold on a role.
    pub deed: Deed,
    /// Whether the role may only be activated, and is not held.
    pub eligible: bool,
    /// Whether somebody has to agree first, or nothing changed at all.
    pub pending: bool,
    /// Whether it is about a member's hold on a role, and not about the settings of the role.
    pub member: bool,
}

/// Operations of ARM that ask for a change, in upper case, and whether it is one of eligibility.
const REQUESTS: [(&str, bool); 2] = [
    ("MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTSCHEDULEREQUESTS/WRITE", false),
    ("MICROSOFT.AUTHORIZATION/ROLEELIGIBILITYSCHEDULEREQUESTS/WRITE", true),
];

/// Words that a sentence about something that has not happened holds.
const PENDING: [&str; 6] = ["REQUESTED", "APPROV", "DENIED", "CANCELED", "CANCELLED", "FAILED"];

/// States of a request in which nothing has changed, by how they begin.
const PENDING_STATES: [&str; 7] =
    ["pending", "denied", "admindenied", "canceled", "failed", "timedout", "invalid"];

/// Returns what an operation name in upper case says by itself; `None` when it is none of these.
pub fn change(operation: &str) -> Option<Change> {
    if let Some((_, eligible)) = REQUESTS.iter().find(|(name, _)| *name == operation) {
        return Some(Change { eligible: *eligible, member: true, ..Change::default() });
    }
    let has = |words: &[&str]| words.iter().any(|word| operation.contains(word));
    // Names of ARM hold a slash, these sentences none.
    if operation.contains('/') || !has(&["ROLE"]) || !has(&["PIM", "MEMBER"]) {
        return None;
    }
    let deed = match operation.starts_with("REMOVE ") {
        _ if has(&["EXPIRED", "DEACTIVAT"]) => Deed::Deactivates,
        true => Deed::Revokes,
        false => Deed::Gives,
    };
    Some(Change {
        deed,
        eligible: has(&["ELIGIBLE"]),
        pending: has(&PENDING),
        member: has(&["MEMBER", "ASSIGNMENT"]),
    })
}

/// Returns what a request of a type such as `AdminRemove` or `SelfActivate` does.
pub fn deed(request_type: &str) -> Deed {
    let kind = request_type.to_ascii_lowercase();
    match kind.as_str() {
        kind if kind.contains("deactivate") => Deed::Deactivates,
        kind if kind.contains("remove") || kind.contains("revoke") => Deed::Revokes,
        _ => Deed::Gives,
    }
}

/// Says whether a request in a state such as `PendingApproval` has changed nothing.
pub fn is_pending(state: &str) -> bool {
    let state = state.to_ascii_lowercase();
    PENDING_STATES.iter().any(|pending| state.starts_with(pending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_say_what_became_of_a_role() {
        let told = |name: &str| {
            let change = change(name).unwrap_or_default();
            (change.member, change.deed, change.eligible, change.pending)
        };
        for (name, expected) in [
            ("ADD MEMBER TO ROLE COMPLETED (PIM ACTIVATION)", (true, Deed::Gives, false, false)),
            ("ADD MEMBER TO ROLE REQUESTED (PIM ACTIVATION)", (true, Deed::Gives, false, true)),
            (
                "ADD ELIGIBLE MEMBER TO ROLE IN PIM COMPLETED (PERMANENT)",
                (true, Deed::Gives, true, false),
            ),
            (
                "REMOVE MEMBER FROM ROLE (PIM ACTIVATION EXPIRED)",
                (true, Deed::Deactivates, false, false),
            ),
            (
                "REMOVE ELIGIBLE MEMBER FROM ROLE IN PIM COMPLETED (TIMEBOUND)",
                (true, Deed::Revokes, true, false),
            ),
            ("UPDATE ROLE SETTING IN PIM", (false, Deed::Gives, false, false)),
        ] {
            assert_eq!(told(name), expected, "{name}");
        }
        assert_eq!(change("MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE"), None);
        assert_eq!(change("CREATE ROLE ASSIGNMENT"), None);
    }

    #[test]
    fn requests_say_it_in_their_type_and_state() {
        let eligible = change("MICROSOFT.AUTHORIZATION/ROLEELIGIBILITYSCHEDULEREQUESTS/WRITE");
        assert!(eligible.is_some_and(|c| c.eligible && c.member));
        let deeds = ["AdminAssign", "SelfActivate", "AdminRemove", "AdminRevoke", "SelfDeactivate"];
        assert_eq!(
            deeds.map(deed),
            [Deed::Gives, Deed::Gives, Deed::Revokes, Deed::Revokes, Deed::Deactivates]
        );
        assert!(is_pending("PendingApproval") && !is_pending("Provisioned"));
    }
}
