//! What the platform itself writes during the story: autoscale, health, advice, expiring roles.

use serde_json::{Value, json};

use super::cast::{self, AUTOSCALE, DEV, DEVELOPER, OFFICE_V6, PIM, PROD};
use super::model::Phase;
use super::script::Script;
use super::story_attack::VM;

/// Autoscale, health and advice: nobody acts.
pub(crate) fn platform(script: &mut Script, day: u64) {
    let scale = (PROD, "rg-shop-prod/Microsoft.Insights/autoscaleSettings/scale-shop");
    for (clock, way, count) in [("10:00:31", "Scaleup", 4), ("16:30:12", "Scaledown", 2)] {
        let when = script.at(day, clock);
        let name = format!("Microsoft.Insights/AutoscaleSettings/{way}/Action");
        let details = json!({
            "Description": "The autoscale engine changed the instance count.",
            "ResourceName": cast::resource(PROD, "rg-shop-prod/Microsoft.Compute/virtualMachineScaleSets/vmss-shop"),
            "NewInstancesCount": count.to_string(),
        });
        script
            .occurrence("Autoscale", when, &name, scale)
            .says("The autoscale engine changed the instance count.", details)
            .with(|operation| operation.principal = Some(AUTOSCALE))
            .only(Phase::Succeeded);
    }
    if day == 1 {
        for (verb, clock, phase) in [
            ("Activated", "03:12:44", Phase::Active),
            ("Updated", "03:20:17", Phase::Updated),
            ("Resolved", "03:31:05", Phase::Resolved),
        ] {
            health(script, verb, clock, phase);
        }
        let when = script.at(day, "05:00:00");
        let advice = json!({
            "recommendationSchemaVersion": "1.0",
            "recommendationCategory": "HighAvailability",
            "recommendationImpact": "Medium",
            "recommendationName": "Enable soft delete to protect your blob data",
        });
        script
            .occurrence(
                "Recommendation",
                when,
                "Microsoft.Advisor/recommendations/available/action",
                (PROD, "rg-shop-prod/Microsoft.Storage/storageAccounts/stcontosoprod"),
            )
            .says("A new recommendation is available.", advice)
            .with(|operation| operation.resource = operation.resource.to_uppercase())
            .only(Phase::Active);
    }
    if day == 2 {
        service(script);
    }
}

fn health(script: &mut Script, verb: &str, clock: &str, phase: Phase) {
    let when = script.at(1, clock);
    let name = format!("Microsoft.Resourcehealth/healthevent/{verb}/action");
    let status = if phase == Phase::Resolved { "Available" } else { "Unavailable" };
    let details = json!({
        "title": "Rebooted by the platform",
        "details": "",
        "currentHealthStatus": status,
        "previousHealthStatus": "Available",
        "type": "Downtime",
        "cause": "PlatformInitiated",
    });
    script.occurrence("ResourceHealth", when, &name, (PROD, VM)).says("", details).only(phase);
}

/// One incident of the platform, from its start to its end: two events of one occurrence.
fn service(script: &mut Script) {
    let when = script.at(2, "07:45:20");
    let impacted =
        json!([{"ImpactedRegions": [{"RegionName": "West Europe"}], "ServiceName": "Storage"}]);
    let title = "Storage - West Europe";
    let details = json!({
        "title": title,
        "service": "Storage",
        "region": "West Europe",
        "communication": "Some requests may take longer than usual.",
        "incidentType": "Incident",
        "trackingId": "KVX2-7T8",
        "impactedServices": impacted.to_string(),
        "isHIR": false,
        "IsSynthetic": "False",
    });
    script
        .occurrence("ServiceHealth", when, "Microsoft.ServiceHealth/incident/action", (PROD, ""))
        .says(title, details)
        .resolved_after(8_001_000);
}

/// The developer activates a role for an hour; privileged identity management ends it.
pub(crate) fn elevation(script: &mut Script) {
    let correlation = script.seed.guid();
    for (clock, name, event) in [
        (
            "13:30:02",
            "Add member to role requested (PIM activation)",
            "CreateRequestRoleActivation",
        ),
        ("13:30:05", "Add member to role completed (PIM activation)", "ActivateRole"),
    ] {
        let when = script.at(1, clock);
        let (details, correlation) = (activation(event), correlation.clone());
        script
            .call(DEVELOPER, when, name, (DEV, ""))
            .from(OFFICE_V6)
            .says("", details)
            .caller_in_details()
            .with(|operation| operation.correlation = correlation)
            .only(Phase::Succeeded);
    }
    let when = script.at(1, "14:30:05");
    script
        .call(PIM, when, "Remove member from role (PIM activation expired)", (DEV, ""))
        .says("", activation("RemoveActivatedRole"))
        .caller_in_details()
        .only(Phase::Succeeded);
}

fn activation(event: &str) -> Value {
    let cast = cast::stage();
    let who = &cast.principals[DEVELOPER];
    let expired = event == "RemoveActivatedRole";
    let caller = &cast.principals[if expired { PIM } else { DEVELOPER }];
    let (upn, object, name) = (&caller.login, &caller.object_id, &caller.name);
    let pair =
        |kind: &str, value: &str| json!({"CallerIdentityType": kind, "CallerIdentityValue": value});
    let caller = json!([
        pair("UPN", upn),
        pair("ObjectID", object),
        pair("Username", name),
        pair("Name", name),
        pair("ObjectClass", "User")
    ]);
    json!({
        "SubscriptionID": cast::DEV_ID,
        "ResourceGroupName": "contoso-dev",
        "ResourceProviderName": "azurerbac",
        "ResourceType": "subscription",
        "TenantID": cast::CONTOSO,
        "EventName": event,
        "RoleDefinition": "Virtual Machine Contributor",
        "RoleDefinitionOriginId": format!("{}/providers/Microsoft.Authorization/roleDefinitions/{}", cast::resource(DEV, ""), cast::VM_CONTRIBUTOR),
        "CallerInfo": caller.to_string(),
        "Justification": if expired { "" } else { "Resize the build agent" },
        "SubjectID": who.object_id,
        "SubjectName": who.name,
    })
}

#[cfg(test)]
mod tests {
    use super::super::story;
    use super::*;

    #[test]
    fn the_platform_acts_without_an_address() {
        let story = story();
        let calm = |category: &str| {
            let own = story.operations.iter().filter(|o| o.category == category);
            assert!(own.clone().all(|o| o.address.is_none()), "{category}");
            own.count()
        };
        let counts = ["Autoscale", "ResourceHealth", "ServiceHealth", "Recommendation"].map(calm);
        assert_eq!(counts, [10, 3, 1, 1]);
    }

    #[test]
    fn a_role_is_activated_by_its_holder_and_ended_by_the_platform() {
        let story = story();
        let actors: Vec<Option<usize>> =
            story.operations.iter().filter(|o| o.caller_in_details).map(|o| o.principal).collect();
        assert_eq!(actors, [Some(DEVELOPER), Some(DEVELOPER), Some(PIM)]);
    }
}
