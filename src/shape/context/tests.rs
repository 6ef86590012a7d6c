//! What the lists of the command-line tool and of PowerShell give.

use super::super::{Nested, Reading, Record, recognise};
use super::*;

const OID: &str = "11111111-0000-0000-0000-00000000000c";
const SUB: &str = "/subscriptions/00000000-0000-0000-0000-00000000000a";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

/// The name of a record's shape, and what the record gives.
fn read(text: &str) -> (&'static str, Found) {
    let nested = Nested::parse(text.replace("OID", OID).replace("SUB", SUB)).unwrap();
    let shape = recognise(&Record::new(nested.root())).unwrap().shape();
    let mut found = Found::default();
    if let Reading::Context(read) = shape.read {
        read(nested.root(), &mut found);
    }
    (shape.name, found)
}

fn principal(text: &str) -> HeldPrincipal {
    let (_, found) = read(text);
    let held = found.held.into_iter().find_map(|held| match held {
        Held::Principal(held) => Some(held),
        _ => None,
    });
    held.unwrap()
}

#[test]
fn twins_of_the_command_line_and_of_powershell_are_the_same_list() {
    for (name, twins) in [
        (
            "user-list",
            [
                r#"{"displayName":"Ann","id":"OID","mail":null,"userPrincipalName":"Ann@contoso.com"}"#,
                r#"{"DisplayName":"Ann","Id":"OID","UserType":null,"UserPrincipalName":"Ann@contoso.com"}"#,
            ],
        ),
        (
            "service-principal-list",
            [
                r#"{"appId":"22222222-0000-0000-0000-00000000000d","displayName":"app","id":"OID","servicePrincipalType":"Application","createdDateTime":"2026-01-01T00:00:00Z"}"#,
                r#"{"AppId":"22222222-0000-0000-0000-00000000000d","DisplayName":"app","Id":"OID","ServicePrincipalType":"Application","AdditionalProperties":{"createdDateTime":"2026-01-01T00:00:00Z"}}"#,
            ],
        ),
        (
            "role-assignment-list",
            [
                r#"{"id":"SUB/providers/Microsoft.Authorization/roleAssignments/a","principalId":"OID","principalType":"User","principalName":"ann@contoso.com","roleDefinitionId":"SUB/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7","roleDefinitionName":"Reader","scope":"SUB"}"#,
                r#"{"RoleAssignmentId":"SUB/providers/Microsoft.Authorization/roleAssignments/A","ObjectId":"OID","ObjectType":"User","SignInName":"ann@contoso.com","RoleDefinitionId":"acdd72a7-3385-48ef-bd42-f606fba81ae7","RoleDefinitionName":"Reader","Scope":"SUB/"}"#,
            ],
        ),
        (
            "role-definition-list",
            [
                r#"{"id":"SUB/providers/Microsoft.Authorization/roleDefinitions/OID","name":"OID","roleName":"Helpers","permissions":[{"actions":["*"],"notActions":[]}]}"#,
                r#"{"Name":"Helpers","Id":"OID","IsCustom":true,"Actions":["*"],"NotActions":[],"AssignableScopes":["SUB"]}"#,
            ],
        ),
        (
            "machine-list",
            [
                r#"{"id":"SUB/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/vm","name":"vm","type":"Microsoft.Compute/virtualMachines","vmId":"v","timeCreated":"2026-01-01T00:00:00Z"}"#,
                r#"{"Id":"SUB/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm","Name":"vm","Type":"Microsoft.Compute/virtualMachines","VmId":"v","TimeCreated":"\/Date(1767225600000)\/"}"#,
            ],
        ),
        (
            "resource-list",
            [
                r#"{"id":"SUB/resourceGroups/rg/providers/Microsoft.Compute/disks/d","name":"d","type":"Microsoft.Compute/disks","createdTime":"2026-01-01T00:00:00Z"}"#,
                r#"{"ResourceId":"SUB/resourceGroups/rg/providers/Microsoft.Compute/disks/d","Name":"d","ResourceType":"Microsoft.Compute/disks","CreatedTime":"2026-01-01T00:00:00Z"}"#,
            ],
        ),
        (
            "subscription-list",
            [
                r#"{"id":"00000000-0000-0000-0000-00000000000a","name":"Prod","state":"Enabled","isDefault":true,"tenantId":"22222222-0000-0000-0000-00000000000d","homeTenantId":"OID","managedByTenants":[{"tenantId":"22222222-0000-0000-0000-00000000000D"}]}"#,
                r#"{"Id":"00000000-0000-0000-0000-00000000000a","Name":"Prod","State":"Enabled","HomeTenantId":"OID","TenantId":"22222222-0000-0000-0000-00000000000d","ManagedByTenantIds":["22222222-0000-0000-0000-00000000000d"]}"#,
            ],
        ),
    ] {
        let [cli, powershell] = twins.map(read);
        assert_eq!((cli.0, powershell.0), (name, name));
        assert!(!cli.1.held.is_empty(), "{name}");
        assert_eq!(cli.1.held, powershell.1.held, "{name}");
        assert!(cli.1.notes.is_empty(), "{name}");
    }
}

#[test]
fn a_guest_has_the_address_of_its_home() {
    let guest = |mail: &str| {
        let coded = "ann_fabrikam.com#EXT#@contoso.onmicrosoft.com";
        principal(&format!(
            r#"{{"displayName":"Ann","id":"OID","mail":{mail},"userPrincipalName":"{coded}"}}"#
        ))
    };
    for (mail, upn) in [("null", "ann@fabrikam.com"), (r#""a.b@Fabrikam.com""#, "a.b@fabrikam.com")]
    {
        assert_eq!((guest(mail).kind, guest(mail).upn.as_str()), (PrincipalKind::Guest, upn));
    }
}

#[test]
fn the_identity_of_a_resource_is_a_managed_one() {
    let text = r#"{"id":"SUB/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1","name":"vm1","type":"Microsoft.Compute/virtualMachines","identity":{"principalId":"OID","type":"SystemAssigned"}}"#;
    let held = principal(text);
    assert_eq!((held.oid.as_str(), held.name.as_str()), (OID, "vm1"));
    assert_eq!((held.kind, held.mention), (PrincipalKind::ManagedIdentity, Mention::Attached));
    assert!(held.resource.ends_with("/virtualmachines/vm1"));
}

#[test]
fn a_role_whose_operations_were_lost_is_not_judged() {
    let role = |actions: &str| {
        let (_, found) = read(&format!(
            r#"{{"Name":"Helpers","Id":"OID","Actions":{actions},"NotActions":"","AssignableScopes":""}}"#
        ));
        let Held::Role(role) = found.held[0].clone() else { panic!("a role") };
        (role.privileged, found.notes)
    };
    let lost = r#""System.Collections.Generic.List`1[System.String]""#;
    assert_eq!(role(lost), (None, vec![Code::SmallDepth]));
    assert_eq!(role(r#"["Microsoft.Compute/*/read"]"#), (Some(false), vec![]));
}

#[test]
fn an_old_list_names_a_built_in_role_only() {
    let (_, found) = read(
        r#"{"ObjectId":"OID","ObjectType":"Group","RoleDefinitionName":"Reader","Scope":"/"}"#,
    );
    let [Held::Assignment(held)] = &found.held[..] else { panic!("one assignment") };
    assert_eq!((held.role.as_str(), held.scope.as_str()), (READER, "/"));
}

#[test]
fn an_entry_without_an_id_gives_nothing() {
    let (name, found) = read(r#"{"displayName":"Ann","id":"","userPrincipalName":"ann@x"}"#);
    assert_eq!((name, found.held.len()), ("user-list", 0));
}
