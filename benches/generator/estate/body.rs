//! Owns the bodies of the estate's requests and responses: what a type of resource is made of, as
//! `bodies.txt` has it, a line a type.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::super::rng::Rng;
use super::super::world::World;
use super::workload::Workload;

const TEXT: &str = include_str!("bodies.txt");

/// Roles that identities of workloads are given, for the one resource that they need.
const DATA_ROLES: &[&str] = &[
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "4633458b-17de-408a-b874-0445c86b69e6",
    "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39",
];

const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";

/// Roles that people are given: Reader, Website Contributor, Contributor.
const PEOPLE_ROLES: &[&str] = &[
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "de139f84-1756-47ae-9be6-808fbbe84772",
    CONTRIBUTOR,
];

/// The properties of each type.
pub struct Bodies(HashMap<&'static str, &'static str>);

/// What a body is written for.
pub struct Request<'a> {
    /// The organisation.
    pub world: &'a World,
    /// The workload that the resource belongs to.
    pub workload: &'a Workload,
    /// The type of the resource.
    pub own_type: &'a str,
    /// The id of the resource.
    pub resource: &'a str,
    /// The object id of the caller.
    pub caller: &'a str,
    /// The caller's address.
    pub ip: &'a str,
    /// The name of the caller's job.
    pub job: &'a str,
}

impl Bodies {
    /// Reads the properties of all types.
    pub fn read() -> Self {
        Self(TEXT.lines().filter_map(|line| line.split_once(' ')).collect())
    }

    /// Returns a request's body.
    pub fn request(&self, request: &Request, rng: &mut Rng) -> String {
        match request.own_type {
            "Microsoft.Authorization/roleAssignments" => grant(request, rng),
            "Microsoft.Authorization/roleAssignmentScheduleRequests" => activation(request, rng),
            _ => self.resource(request, "", rng),
        }
    }

    /// Returns the body of the answer to it.
    pub fn response(&self, request: &Request, rng: &mut Rng) -> String {
        let (guid, etag) = (rng.guid(), rng.guid());
        let state = format!(
            r#""provisioningState":"Succeeded","resourceGuid":"{guid}","etag":"W/\"{etag}\"","#
        );
        self.resource(request, &state, rng)
    }

    fn resource(&self, request: &Request, state: &str, rng: &mut Rng) -> String {
        let Request { world, workload, .. } = *request;
        let region = world.subscriptions[workload.subscription].region;
        let stem = &workload.stem;
        let cost = 1000 + workload.seed % 400;
        let mut text = format!(
            r#"{{"id":"{}","location":"{region}","tags":{{"env":"prod","costCenter":"{cost}","owner":"team-{stem}"}},"properties":{{{state}"#,
            request.resource
        );
        match self.0.get(request.own_type) {
            Some(properties) if properties.contains('$') => {
                text.push_str(&fill(properties, request, rng));
            }
            Some(properties) => text.push_str(properties),
            None => text.push_str(r#""enabled":true,"description":"managed by the platform""#),
        }
        text.push_str("}}");
        text
    }
}

/// Puts what a workload has for the placeholders.
fn fill(properties: &str, request: &Request, rng: &mut Rng) -> String {
    let Request { world, workload, .. } = *request;
    properties
        .replace("$GROUP", &workload.group_id(world))
        .replace("$STEM", &workload.stem)
        .replace("$TENANT", &world.home)
        .replace("$HUB", &world.subscriptions[0].id)
        .replace("$IP", request.ip)
        .replace("$IDENTITY", &workload.identity())
        .replace("$HASH", &rng.below(1 << 60).to_string())
}

/// Returns the body of a role assignment: by administrators to the group of a team, for a few hours
/// to who takes up a role, else a narrow one to an identity of the workload.
fn grant(request: &Request, rng: &mut Rng) -> String {
    let Request { world, workload, .. } = *request;
    let (scope, id) = request
        .resource
        .split_once("/providers/Microsoft.Authorization/roleAssignments/")
        .unwrap_or((request.resource, ""));
    let subscription = &world.subscriptions[workload.subscription].id;
    let (role, kind, to) = match request.job {
        "administrator" => (*rng.pick(PEOPLE_ROLES), "Group", workload.team()),
        "elevation" => (CONTRIBUTOR, "User", rng.guid()),
        _ => {
            // The same assignment always gives the same role.
            let same = id.bytes().fold(0, |sum, byte| 31 * (sum % 9973) + u64::from(byte));
            (*Rng::new(same).pick(DATA_ROLES), "ServicePrincipal", workload.identity())
        }
    };
    format!(
        r#"{{"Id":"{id}","Properties":{{"PrincipalId":"{to}","PrincipalType":"{kind}","RoleDefinitionId":"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}","Scope":"{scope}","Condition":null,"ConditionVersion":null}}}}"#
    )
}

/// Returns the body with which a person takes up a role that was made ready for it.
fn activation(request: &Request, rng: &mut Rng) -> String {
    let subscription = &request.world.subscriptions[request.workload.subscription].id;
    let mut text = format!(r#"{{"properties":{{"principalId":"{}","#, request.caller);
    // Writing to a String does not fail.
    let _ = write!(
        text,
        r#""roleDefinitionId":"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}","requestType":"SelfActivate","linkedRoleEligibilityScheduleId":"{}","justification":"change {}","scheduleInfo":{{"expiration":{{"type":"AfterDuration","duration":"PT4H"}}}}}}}}"#,
        rng.guid(),
        10_000 + rng.below(9000)
    );
    text
}

#[cfg(test)]
mod tests {
    use super::super::activity::Activities;
    use super::super::jobs::JOBS;
    use super::super::jobs::SERVICES;
    use super::super::workload::workloads;
    use super::*;

    #[test]
    fn every_body_is_json_and_leaves_no_placeholder() {
        let world = World::new(1, 1, 1);
        let mut rng = Rng::new(1);
        let (workloads, bodies) = (workloads(&world, &mut rng), Bodies::read());
        let jobs = JOBS.iter().chain(SERVICES.iter().map(|service| &service.0));
        let types = jobs.flat_map(|job| {
            let activities = Activities::of(job.name);
            let steps = activities.all().iter().flat_map(|activity| &activity.steps);
            steps.map(|step| step.own_type).collect::<Vec<_>>()
        });
        for own_type in types.chain(bodies.0.keys().copied()) {
            let request = Request {
                world: &world,
                workload: &workloads[0],
                own_type,
                resource: "/subscriptions/1",
                caller: "someone",
                ip: "192.0.2.1",
                job: "administrator",
            };
            for text in [bodies.request(&request, &mut rng), bodies.response(&request, &mut rng)] {
                let parsed: serde_json::Result<serde_json::Value> = serde_json::from_str(&text);
                assert!(parsed.is_ok(), "{own_type}: {text}");
                for left in ["$GROUP", "$STEM", "$TENANT", "$HUB", "$IP", "$IDENTITY", "$HASH"] {
                    assert!(!text.contains(left), "{own_type}: {left}");
                }
            }
        }
    }
}
