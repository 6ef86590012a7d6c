//! What follows from the name of a resource or of an operation.

/// The resource provider of an operation.
pub(super) fn provider(operation: &str) -> Option<&str> {
    operation.split_once('/').map(|(provider, _)| provider)
}

/// Types of what lies on something else, which it belongs to also where that is no resource.
const ON_OTHERS: &[&str] =
    &["microsoft.insights/diagnosticsettings/", "microsoft.authorization/locks/"];

/// Where the name of the outermost resource ends: after the first type and name behind the last provider but extensions.
pub(super) fn root(resource: &str) -> &str {
    let folded = resource.to_ascii_lowercase();
    let Some(at) = folded.find("/providers/") else { return resource };
    let after = at + "/providers/".len();
    if at > 0 && ON_OTHERS.iter().any(|kind| folded[after..].starts_with(kind)) {
        return &resource[..at];
    }
    // Provider, type, name.
    let end = resource[after..].match_indices('/').nth(2).map(|(at, _)| after + at);
    end.map_or(resource, |end| &resource[..end])
}

/// The resource group of a resource.
pub(super) fn group(resource: &str) -> Option<&str> {
    let folded = resource.to_ascii_lowercase();
    let after = folded.find("/resourcegroups/")? + "/resourcegroups/".len();
    let end = resource[after..].find('/').map_or(resource.len(), |at| after + at);
    (end > after).then(|| &resource[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_lead_to_their_outermost_one() {
        let vm = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm";
        assert_eq!(root(&format!("{vm}/extensions/e")), vm);
        assert_eq!(root(vm), vm);
        assert_eq!(root("/subscriptions/s"), "/subscriptions/s");
        for scope in ["/subscriptions/s", "/subscriptions/s/resourceGroups/g", vm] {
            for kind in ["microsoft.insights/diagnosticSettings", "Microsoft.Authorization/locks"] {
                assert_eq!(root(&format!("{scope}/providers/{kind}/x")), scope);
            }
        }
        let lone = "/providers/microsoft.insights/diagnosticSettings/x";
        assert_eq!(root(lone), lone);
        assert_eq!(group(vm), Some("/subscriptions/s/resourceGroups/g"));
        assert_eq!(group("/subscriptions/s"), None);
    }
}
