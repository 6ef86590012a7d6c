//! Who and where: tenants, subscriptions, principals and addresses of the story; all reserved or
//! made up.

use super::model::{Grant, Incident, Kind, Principal, Subscription, Tenant};

/// The victim's tenant.
pub(crate) const CONTOSO: &str = "3f1c7a52-8d0e-4b6a-9c35-7e2b4d9f1a60";
/// A partner's tenant, home of the guest.
pub(crate) const FABRIKAM: &str = "a94d20be-1c67-4f83-b5d9-60e2c81f37d4";
/// The attacker's managing tenant.
pub(crate) const RELAY: &str = "5be8036d-92f4-4d17-a0c3-f14b7d6920ae";
/// The tenant of personal Microsoft accounts.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Index of the production subscription.
pub(crate) const PROD: usize = 0;
/// Index of the development subscription.
pub(crate) const DEV: usize = 1;

/// Id of the production subscription.
pub(crate) const PROD_ID: &str = "7d2e91c4-05ba-4f38-8c61-3b9af0d7e512";
/// Id of the development subscription.
pub(crate) const DEV_ID: &str = "c0a5f3d8-6e14-49b7-92ad-8f17e4b26c03";

/// The administrator whose account is taken over.
pub(crate) const ADMIN: usize = 0;
/// Runs virtual machines and storage by day; contains the damage in the end.
pub(crate) const OPS: usize = 1;
/// Develops in the development subscription.
pub(crate) const DEVELOPER: usize = 2;
/// Consultant, guest from the partner.
pub(crate) const GUEST: usize = 3;
/// Tester with a personal account.
pub(crate) const PERSONAL: usize = 4;
/// Tags resources at night; the attacker makes it owner.
pub(crate) const INVENTORY: usize = 5;
/// Managed identity that deploys releases.
pub(crate) const RELEASE: usize = 6;
/// Azure Backup's own application.
pub(crate) const BACKUP: usize = 7;
/// The autoscale engine.
pub(crate) const AUTOSCALE: usize = 8;
/// Works for the attacker's managing tenant.
pub(crate) const RELAY_USER: usize = 9;
/// Privileged identity management itself, which shows in `CallerInfo` alone.
pub(crate) const PIM: usize = 10;

/// The company's office.
pub(crate) const OFFICE: &str = "192.0.2.10";
/// The office over IPv6.
pub(crate) const OFFICE_V6: &str = "2001:db8:10::42";
/// Where the inventory job runs.
pub(crate) const JOB_HOST: &str = "203.0.113.40";
/// Where the release identity runs.
pub(crate) const RUNNER: &str = "203.0.113.9";
/// The consultant's office.
pub(crate) const PARTNER: &str = "203.0.113.200";
/// The tester's home.
pub(crate) const HOME: &str = "2001:db8:77::1c";
/// Where the taken-over account comes from.
pub(crate) const INTRUDER: &str = "198.51.100.23";
/// Where the service principal comes from once it is owner.
pub(crate) const INTRUDER_HOST: &str = "198.51.100.77";
/// Where the managing tenant's user comes from.
pub(crate) const RELAY_HOST: &str = "198.51.100.140";

/// The portal: id and `appidacr`.
pub(crate) const PORTAL: (&str, &str) = ("c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "2");
/// Azure PowerShell.
pub(crate) const POWERSHELL: (&str, &str) = ("1950a258-227b-4e31-a9cf-717495945fc2", "0");
/// Azure CLI.
const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// Role definition of Owner.
pub(crate) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
/// Role definition of Contributor.
pub(crate) const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
/// Role definition of User Access Administrator.
pub(crate) const ACCESS_ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";
/// Role definition of Virtual Machine Contributor.
pub(crate) const VM_CONTRIBUTOR: &str = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c";
/// Role definition of Tag Contributor.
const TAG_CONTRIBUTOR: &str = "4a9ae827-6dc8-4573-8ac7-8239d42aa03f";

/// Directory role template of Global Administrator.
const GLOBAL_ADMIN: &str = "62e90394-69f5-4237-9190-012177145e10";
/// Marks every member of a directory.
const MEMBER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// Returns the incident with its cast and nothing happened yet.
pub(crate) fn stage() -> Incident {
    let tenant = |id: &str, domain: &str| Tenant { id: id.to_owned(), domain: domain.to_owned() };
    Incident {
        tenants: vec![
            tenant(CONTOSO, "contoso.com"),
            tenant(FABRIKAM, "fabrikam.com"),
            tenant(RELAY, "relay.example.net"),
        ],
        subscriptions: vec![
            subscription(PROD_ID, "contoso-prod", "westeurope"),
            subscription(DEV_ID, "contoso-dev", "northeurope"),
        ],
        principals: [people(), applications()].concat(),
        ..Incident::default()
    }
}

fn subscription(id: &str, name: &str, region: &str) -> Subscription {
    Subscription {
        id: id.into(),
        name: name.into(),
        tenant: CONTOSO.into(),
        group: "mg-contoso".into(),
        region: region.into(),
    }
}

fn grant(role: &str, definition: &str, assignment: &str, scope: &str) -> Grant {
    Grant {
        role: role.into(),
        definition: definition.into(),
        assignment: assignment.into(),
        scope: scope.into(),
    }
}

fn person(kind: Kind, name: &str, login: &str, object_id: &str, grant: Grant) -> Principal {
    let home = match kind {
        Kind::Guest => FABRIKAM,
        Kind::Personal => CONSUMERS,
        Kind::Provider => RELAY,
        _ => CONTOSO,
    };
    Principal {
        kind,
        name: name.into(),
        login: login.into(),
        object_id: object_id.into(),
        app_id: CLI.into(),
        app_auth: "0".into(),
        tenant: if kind == Kind::Provider { RELAY } else { CONTOSO }.into(),
        home: home.into(),
        methods: "pwd,mfa".into(),
        directory_roles: MEMBER.into(),
        arm_id: String::new(),
        grant,
    }
}

fn people() -> Vec<Principal> {
    let root = format!("/providers/Microsoft.Management/managementGroups/{CONTOSO}");
    let dev_group = format!("/subscriptions/{DEV_ID}/resourceGroups/rg-web-dev");
    let mut admin = person(
        Kind::User,
        "Alva Lindqvist",
        "Alva.Lindqvist@contoso.com",
        "6f0d2b91-e3a7-4c58-b142-9d60f5c8a37e",
        grant("Owner", OWNER, "0b7f3c1e-58d2-4a96-8e4b-c3f019d5a682", &root),
    );
    admin.directory_roles = format!("{GLOBAL_ADMIN},{MEMBER}");
    let mut personal = person(
        Kind::Personal,
        "Sam Rivera",
        "sam.rivera@example.org",
        "e28b75a0-4d9f-4136-87c2-05b6fd3e91a8",
        grant("Contributor", CONTRIBUTOR, "d4c6a8e0-7192-4b35-9f0d-6e8a21c7b593", &dev_group),
    );
    personal.methods = "pwd".into();
    vec![
        admin,
        person(
            Kind::User,
            "Tomas Berg",
            "tomas.berg@contoso.com",
            "19c4e6d7-a05b-4f82-93de-b7f821064ca5",
            grant("Contributor", CONTRIBUTOR, "f3a1b5c7-2d4e-4689-a0b2-c4d6e8f01325", ""),
        ),
        person(
            Kind::User,
            "Priya Nair",
            "priya.nair@contoso.com",
            "c83f5a2e-6b17-49d0-a4e8-21f7d09b6354",
            grant("Contributor", CONTRIBUTOR, "27e9d0f4-b836-4c15-8a7d-5f3b1e90c642", ""),
        ),
        person(
            Kind::Guest,
            "Jo Marsh",
            "jo.marsh@fabrikam.com",
            "5a7d1e93-c046-4b2f-8f95-d3e06b8c7124",
            grant("Contributor", CONTRIBUTOR, "81b3c5d7-e9f0-4a12-b436-58c7d9e0f1a2", &dev_group),
        ),
        personal,
    ]
}

fn application(kind: Kind, name: &str, object_id: &str, app_id: &str, grant: Grant) -> Principal {
    Principal {
        kind,
        name: name.into(),
        login: String::new(),
        object_id: object_id.into(),
        app_id: app_id.into(),
        app_auth: "2".into(),
        tenant: CONTOSO.into(),
        home: CONTOSO.into(),
        methods: String::new(),
        directory_roles: String::new(),
        arm_id: String::new(),
        grant,
    }
}

fn applications() -> Vec<Principal> {
    let mut inventory = application(
        Kind::ServicePrincipal,
        "svc-inventory",
        "b60e9c48-71d3-4a25-9b8f-e4c207fa5d16",
        "2c91f7e5-8b04-4d63-a1f9-70d5e3b8c426",
        grant("Tag Contributor", TAG_CONTRIBUTOR, "94d8e2a6-0f5b-4c71-b3e7-1a6c8d2f9b05", ""),
    );
    inventory.app_auth = "1".into();
    let mut release = application(
        Kind::ManagedIdentity,
        "id-release",
        "47a2d8f6-c95e-4103-8e7b-90bd31f65c2a",
        "f05c1b8e-39d7-4a62-bd04-6e72c9a8f513",
        grant("Contributor", CONTRIBUTOR, "6e0f4d2b-8a9c-4e17-95d3-b2f1c0a7e846", ""),
    );
    release.arm_id = format!(
        "/subscriptions/{DEV_ID}/resourcegroups/rg-release/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-release"
    );
    let backup = application(
        Kind::ServicePrincipal,
        "Backup Management Service",
        "d19b03e7-f6a4-4c8d-b250-7e4f98c13a6b",
        "262044b1-e2ce-469f-a196-69ab7ada62d3",
        grant(
            "Backup Contributor",
            "5e467623-bb1f-42f4-a55d-6e525e11384b",
            "a7c5e3d1-f09b-4826-8d4f-2b6e0c9a1f73",
            "",
        ),
    );
    let mut autoscale = application(Kind::Service, "Autoscale", "", "", Grant::default());
    autoscale.login = "Microsoft.Insights/autoscaleSettings".into();
    let relay = person(
        Kind::Provider,
        "Kim Osei",
        "kim.osei@relay.example.net",
        "3d96b0f1-58ea-4c27-a7d4-f8019e62cb5d",
        grant("Contributor", CONTRIBUTOR, "c2e4a6b8-d0f1-4325-9768-ab0c1d2e3f45", ""),
    );
    let elevation = application(
        Kind::ServicePrincipal,
        "AzureADPIM",
        "d0a1c2b3-4f5e-4678-9a0b-1c2d3e4f5a6b",
        "",
        Grant::default(),
    );
    vec![inventory, release, backup, autoscale, relay, elevation]
}

/// Returns the ARM id of a resource; `path` starts with the resource group.
pub(crate) fn resource(subscription: usize, path: &str) -> String {
    let id = if subscription == PROD { PROD_ID } else { DEV_ID };
    match path.split_once('/') {
        _ if path.is_empty() => format!("/subscriptions/{id}"),
        Some(("", rest)) => format!("/subscriptions/{id}/{rest}"),
        Some((group, rest)) => {
            format!("/subscriptions/{id}/resourceGroups/{group}/providers/{rest}")
        }
        None => format!("/subscriptions/{id}/resourceGroups/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_of_principal_is_in_the_cast_under_its_own_key() {
        let stage = stage();
        let keys: BTreeSet<String> = stage.principals.iter().map(Principal::key).collect();
        assert_eq!(keys.len(), stage.principals.len());
        let kinds: BTreeSet<&str> = stage.principals.iter().map(|p| p.kind.word()).collect();
        assert_eq!(kinds.len(), 7);
        assert_eq!(stage.principals[RELAY_USER].kind, Kind::Provider);
        assert_eq!(stage.principals[ADMIN].key(), "alva.lindqvist@contoso.com");
    }

    #[test]
    fn tokens_and_subscriptions_belong_to_tenants_of_the_cast() {
        let stage = stage();
        let known: BTreeSet<&str> = stage.tenants.iter().map(|t| t.id.as_str()).collect();
        assert!(stage.subscriptions.iter().all(|s| known.contains(s.tenant.as_str())));
        for principal in &stage.principals {
            assert!(known.contains(principal.tenant.as_str()), "{}", principal.name);
            let home = stage.tenants.iter().find(|t| t.id == principal.home);
            if let (Some(home), true) = (home, principal.kind.is_human()) {
                assert!(principal.login.ends_with(&home.domain), "{}", principal.login);
            }
        }
    }

    #[test]
    fn paths_become_arm_ids() {
        assert_eq!(resource(DEV, ""), format!("/subscriptions/{DEV_ID}"));
        assert_eq!(resource(DEV, "rg"), format!("/subscriptions/{DEV_ID}/resourceGroups/rg"));
        assert!(resource(PROD, "rg/A.B/c/d").ends_with("/resourceGroups/rg/providers/A.B/c/d"));
        assert!(resource(PROD, "/providers/A.B/c").ends_with("e512/providers/A.B/c"));
    }
}
