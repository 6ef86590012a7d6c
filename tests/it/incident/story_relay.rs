//! The end of the story: the subscription is delegated, the managing tenant acts, the keys are
//! rotated.

use serde_json::json;

use super::cast::{self, ADMIN, INTRUDER, OFFICE, OPS, PORTAL, PROD, RELAY_HOST, RELAY_USER};
use super::script::Script;
use super::story_attack::{ACCOUNT, ASSIGN, LIST_KEYS, POLICIES, RUN_COMMAND, VAULT, policy, role};

/// The grant that the managing tenant's user makes.
const RELAY_GRANT: &str =
    "rg-shop-prod/Microsoft.Authorization/roleAssignments/e5d2c7a9-0f14-4b38-96ca-83b1f7e04d2a";

/// The administrator's account hands the subscription to a managing tenant.
pub(crate) fn delegation(script: &mut Script) {
    let definition = "/providers/Microsoft.ManagedServices/registrationDefinitions/d8c2b6a0-5e4f-4193-a7b8-60c9d1e2f3a4";
    let assignment = "/providers/Microsoft.ManagedServices/registrationAssignments/13f7e5d9-b2a4-4c86-90e1-d7f8a6b5c4e3";
    let relay = script.incident.principals[RELAY_USER].object_id.clone();
    let when = script.at(3, "22:40:18");
    let body = json!({
        "properties": {
            "registrationDefinitionName": "Managed operations",
            "managedByTenantId": cast::RELAY,
            "authorizations": [{
                "principalId": relay,
                "principalIdDisplayName": "Operators",
                "roleDefinitionId": cast::CONTRIBUTOR,
            }],
        },
    });
    script
        .call(
            ADMIN,
            when,
            "Microsoft.ManagedServices/registrationDefinitions/write",
            (PROD, definition),
        )
        .from(INTRUDER)
        .via(cast::POWERSHELL)
        .body(body)
        .done_later();
    let when = script.at(3, "22:43:51");
    let body =
        json!({"properties": {"registrationDefinitionId": cast::resource(PROD, definition)}});
    script
        .call(
            ADMIN,
            when,
            "Microsoft.ManagedServices/registrationAssignments/write",
            (PROD, assignment),
        )
        .from(INTRUDER)
        .via(cast::POWERSHELL)
        .body(body)
        .done_later();
}

/// The managing tenant's user acts, and meets the limits of the delegation.
pub(crate) fn relay(script: &mut Script) {
    for (clock, name, path) in [
        ("03:02:19", LIST_KEYS, ACCOUNT),
        ("03:05:44", LIST_KEYS, "rg-batch-prod/Microsoft.Storage/storageAccounts/stcontosobatch"),
    ] {
        let when = script.at(4, clock);
        script.call(RELAY_USER, when, name, (PROD, path)).from(RELAY_HOST).done();
    }
    let when = script.at(4, "03:11:27");
    let body = json!({"commandId": "RunShellScript", "script": ["******"]});
    let batch = "rg-batch-prod/Microsoft.Compute/virtualMachines/vm-batch-01";
    script
        .call(RELAY_USER, when, RUN_COMMAND, (PROD, batch))
        .from(RELAY_HOST)
        .body(body)
        .done_later();
    let when = script.at(4, "03:15:36");
    let object_id = script.incident.principals[RELAY_USER].object_id.clone();
    let body = json!({
        "properties": {"roleDefinitionId": role(PROD, cast::OWNER), "principalId": object_id},
    });
    script
        .call(RELAY_USER, when, ASSIGN, (PROD, RELAY_GRANT))
        .from(RELAY_HOST)
        .body(body)
        .refused();
    let when = script.at(4, "03:16:10");
    let body = policy(&object_id);
    script.call(RELAY_USER, when, POLICIES, (PROD, VAULT)).from(RELAY_HOST).body(body).refused();
}

/// In the morning the operations people rotate keys.
pub(crate) fn answer(script: &mut Script) {
    for (clock, key) in [("08:31:10", "key1"), ("08:31:49", "key2")] {
        let when = script.at(4, clock);
        script
            .call(
                OPS,
                when,
                "Microsoft.Storage/storageAccounts/regenerateKey/action",
                (PROD, ACCOUNT),
            )
            .from(OFFICE)
            .via(PORTAL)
            .body(json!({ "keyName": key }))
            .done();
    }
}

#[cfg(test)]
mod tests {
    use super::super::story;
    use super::*;

    #[test]
    fn the_delegation_names_the_tenant_that_acts_later() {
        let story = story();
        let definition = story
            .operations
            .iter()
            .find(|o| o.name.ends_with("registrationDefinitions/write"))
            .expect("the delegation");
        let body = definition.request.as_ref().expect("a body");
        let user = &story.principals[RELAY_USER];
        assert_eq!(body["properties"]["managedByTenantId"], user.tenant);
        let first = story.operations.iter().find(|o| o.principal == Some(RELAY_USER));
        let first = first.expect("it acts").events[0].ticks;
        assert!(definition.events[0].ticks < first);
    }
}
