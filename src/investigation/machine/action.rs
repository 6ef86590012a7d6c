//! What kind of action on a machine an operation is.

use super::super::model::ActionKind;

/// Parts of operation names, in upper case, and the kind that each tells; the first that fits counts.
const KINDS: &[(&str, ActionKind)] = &[
    ("/DELETE", ActionKind::Delete),
    ("/RUNCOMMAND", ActionKind::RunCommand),
    ("/EXTENSIONS/", ActionKind::Extension),
    ("SERIALCONSOLE/", ActionKind::SerialConsole),
    ("/BEGINGETACCESS/", ActionKind::DiskExport),
    ("/SNAPSHOTS/WRITE", ActionKind::DiskExport),
    ("/RESTOREPOINTS/WRITE", ActionKind::DiskExport),
    ("/CAPTURE/", ActionKind::DiskExport),
    ("/ASSIGNIDENTITY/", ActionKind::Identity),
    ("MICROSOFT.NETWORK/", ActionKind::Network),
    ("/JITNETWORKACCESSPOLICIES/", ActionKind::Network),
    ("/START/", ActionKind::Power),
    ("/POWEROFF/", ActionKind::Power),
    ("/RESTART/", ActionKind::Power),
    ("/DEALLOCATE/", ActionKind::Power),
    ("/REDEPLOY/", ActionKind::Power),
    ("/WRITE", ActionKind::Write),
];

/// Names of rules that tell more than the operation's name.
const RULES: &[(&str, ActionKind)] = &[
    ("vm-access-extension", ActionKind::PasswordReset),
    ("iam-identity-attached-to-compute", ActionKind::Identity),
];

/// Returns the kind of an operation on a resource of a machine, about which these rules speak.
pub(super) fn kind(operation: &str, resource: &str, rules: &[&str]) -> ActionKind {
    let told = RULES.iter().find(|(rule, _)| rules.iter().any(|name| name.starts_with(rule)));
    let named = KINDS.iter().find(|(part, _)| operation.contains(part)).map(|(_, kind)| *kind);
    match (named, told) {
        (Some(ActionKind::Delete), _) => ActionKind::Delete,
        (_, Some((_, kind))) => *kind,
        (Some(ActionKind::Extension), None) if resets(resource) => ActionKind::PasswordReset,
        (named, None) => named.unwrap_or_default(),
    }
}

/// Whether the name of an extension is one that sets passwords and keys.
fn resets(resource: &str) -> bool {
    let name = resource.rsplit('/').next().unwrap_or_default();
    name.contains("vmaccess")
}

impl ActionKind {
    /// What follows for the machine when a suspect did it: whether it is taken over, and the reason.
    pub(super) fn of_suspect(self) -> Option<(bool, &'static str)> {
        Some(match self {
            ActionKind::RunCommand => (true, "a user under suspicion ran a script on it"),
            ActionKind::Extension => (true, "a user under suspicion installed an extension on it"),
            ActionKind::PasswordReset => (true, "a user under suspicion set a password on it"),
            ActionKind::SerialConsole => (true, "a user under suspicion opened its console"),
            ActionKind::DiskExport => (false, "a user under suspicion copied or exported a disk"),
            ActionKind::Identity => (false, "a user under suspicion changed its identities"),
            ActionKind::Network => (false, "a user under suspicion changed a way to it"),
            ActionKind::Write => (false, "a user under suspicion changed it"),
            ActionKind::Other | ActionKind::Power | ActionKind::Delete => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_rules_tell_the_kind_of_an_action() {
        let of = |name: &str| kind(&format!("MICROSOFT.COMPUTE/{name}"), "/x/e1", &[]);
        assert_eq!(of("VIRTUALMACHINES/RUNCOMMAND/ACTION"), ActionKind::RunCommand);
        assert_eq!(of("VIRTUALMACHINES/RUNCOMMANDS/WRITE"), ActionKind::RunCommand);
        assert_eq!(of("VIRTUALMACHINES/EXTENSIONS/WRITE"), ActionKind::Extension);
        assert_eq!(of("VIRTUALMACHINES/EXTENSIONS/DELETE"), ActionKind::Delete);
        assert_eq!(of("DISKS/BEGINGETACCESS/ACTION"), ActionKind::DiskExport);
        assert_eq!(of("VIRTUALMACHINES/WRITE"), ActionKind::Write);
        assert_eq!(of("VIRTUALMACHINES/READ"), ActionKind::Other);
        let write = "MICROSOFT.COMPUTE/VIRTUALMACHINES/EXTENSIONS/WRITE";
        assert_eq!(kind(write, "/x/vmaccesslinux", &[]), ActionKind::PasswordReset);
        assert_eq!(kind(write, "/x/e1", &["vm-access-extension"]), ActionKind::PasswordReset);
    }
}
