//! Lists of role assignments and role definitions, from `az role`, `Get-AzRole…` and the REST service.

use super::super::{Reading, Record, Shape};
use super::{
    Found, Held, HeldAssignment, HeldPrincipal, HeldRole, Item, Mention, own_guid, scope, texts,
};
use crate::azure::principal::{Holder, PrincipalKind};
use crate::azure::role;
use crate::base::Time;
use crate::base::json::Value;

/// A role assignment.
pub(in crate::shape) static ROLE_ASSIGNMENTS: Shape = Shape {
    name: "role-assignment-list",
    about: "Role assignments: az role assignment list, Get-AzRoleAssignment, the REST service; context, no events.",
    rank: 32,
    is_partial: false,
    recognises: is_assignment,
    read: Reading::Context(assignment),
};

/// The definition of a role.
pub(in crate::shape) static ROLE_DEFINITIONS: Shape = Shape {
    name: "role-definition-list",
    about: "Role definitions: az role definition list, Get-AzRoleDefinition, the REST service; context, no events.",
    rank: 33,
    is_partial: false,
    recognises: is_definition,
    read: Reading::Context(definition),
};

fn is_assignment(record: &Record<'_>) -> bool {
    let item = Item(record.value);
    item.has(&["principalId", "roleDefinitionId", "scope"])
        || item.has(&["ObjectId", "RoleDefinitionName", "Scope"])
        || item.is_type("Microsoft.Authorization/roleAssignments")
}

fn is_definition(record: &Record<'_>) -> bool {
    let item = Item(record.value);
    item.has(&["roleName", "permissions"])
        || item.has(&["Actions", "NotActions", "AssignableScopes"])
        || item.is_type("Microsoft.Authorization/roleDefinitions")
}

fn assignment(value: Value<'_>, found: &mut Found) {
    let item = Item(value);
    let oid = item.guid(&["principalId", "ObjectId"]);
    // A classic administrator has a name and no id.
    let sign_in = item.lower(&["SignInName", "principalName"]);
    let principal = oid.clone().or_else(|| (!sign_in.is_empty()).then(|| sign_in.clone()));
    let at = item.text("scope").map(|text| scope(&text));
    let (Some(principal), Some(at)) = (principal, at) else { return };
    let role_name = item.one_of(&["roleDefinitionName"]);
    let listed = item.text("roleDefinitionId").and_then(|id| own_guid(&id));
    // An old list names the role only, and only a built-in one has the same id everywhere.
    let role = listed.or_else(|| role::by_name(&role_name).map(|role| role.guid.to_owned()));
    let made = found.time(item, &["createdOn"]);
    let latest = made.max(found.time(item, &["updatedOn"]));
    let kind = item.lower(&["principalType", "ObjectType"]);
    let holder = Holder::parse(&kind);
    let shown = item.one_of(&["DisplayName", "principalName", "SignInName"]);
    let member = Member { oid: oid.unwrap_or_default(), sign_in, made };
    found.held.extend(member.held(item, holder));
    found.held.push(Held::Assignment(HeldAssignment {
        id: item.arm_id(&["RoleAssignmentId", "id"]).unwrap_or_default(),
        principal,
        holder,
        principal_name: shown,
        role: role.unwrap_or_default(),
        role_name,
        scope: at,
        latest,
    }));
}

/// The principal of an assignment.
struct Member {
    oid: String,
    sign_in: String,
    made: Option<Time>,
}

impl Member {
    /// Returns what the assignment says of it; a group is no principal, nor is who has no id.
    fn held(self, item: Item<'_>, holder: Option<Holder>) -> Option<Held> {
        let kind = match holder? {
            Holder::User => PrincipalKind::User,
            Holder::ServicePrincipal => PrincipalKind::ServicePrincipal,
            Holder::Group | Holder::ForeignGroup => return None,
        };
        // The guest's own address stands in no such list, and the coded form is nobody's name in the log.
        let external = self.sign_in.contains("#ext#");
        let is_address = kind.is_person() && !external && self.sign_in.contains('@');
        let app_id = (!kind.is_person()).then(|| item.guid(&["principalName"])).flatten();
        let held = HeldPrincipal {
            oid: self.oid,
            upn: if is_address { self.sign_in } else { String::new() },
            name: item.one_of(&["DisplayName"]),
            app_id: app_id.unwrap_or_default(),
            kind: if external { PrincipalKind::Guest } else { kind },
            made: self.made,
            mention: Mention::Assigned,
            ..HeldPrincipal::default()
        };
        (!held.oid.is_empty()).then_some(Held::Principal(held))
    }
}

fn definition(value: Value<'_>, found: &mut Found) {
    let item = Item(value);
    let id = item.guid(&["id", "name"]);
    let name = item.one_of(&["roleName", "name"]);
    let Some(id) = id.filter(|_| !name.is_empty()) else { return };
    let mut role = HeldRole { id, name, ..HeldRole::default() };
    let sets: Vec<Value<'_>> = match found.nested(item, "permissions") {
        Some(list) => list.items().collect(),
        None => vec![value],
    };
    for set in sets {
        let actions = found.nested(Item(set), "actions").and_then(texts);
        let excepted = found.nested(Item(set), "notActions").and_then(texts).unwrap_or_default();
        let Some(actions) = actions else { continue };
        let far = role::is_privileged(&actions, &excepted);
        role.privileged = role.privileged.max(Some(far));
        role.actions.extend(actions);
        role.not_actions.extend(excepted);
    }
    found.held.push(Held::Role(role));
}
