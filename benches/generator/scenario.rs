//! Owns what happens in the log: hour after hour of ordinary operations, and the planted attacks
//! among them.

use std::fmt::Write as _;
use std::rc::Rc;

use super::event::Event;
use super::event::Failure;
use super::event::Stage;
use super::rng::Rng;
use super::time::HOUR;
use super::time::SECOND;
use super::token::Token;
use super::world::Kind;
use super::world::World;

/// The seconds that a token is used for.
const TOKEN_LIFE: u64 = 5000;

const OWNER: &str =
    "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

/// The steps of a planted attack, in order: minutes after the first, resource type, verb.
const ATTACK: &[(u64, &str, &str)] = &[
    (0, "Microsoft.Authorization/elevateAccess", "action"),
    (3, "Microsoft.Authorization/roleAssignments", "write"),
    (6, "Microsoft.Security/alertsSuppressionRules", "write"),
    (8, "Microsoft.Insights/diagnosticSettings", "delete"),
    (14, "Microsoft.Automation/automationAccounts/runbooks", "write"),
    (16, "Microsoft.Automation/automationAccounts/webhooks", "write"),
    (21, "Microsoft.Compute/virtualMachines", "runCommand/action"),
    (27, "Microsoft.Compute/snapshots", "write"),
    (29, "Microsoft.Compute/snapshots", "beginGetAccess/action"),
    (33, "Microsoft.Storage/storageAccounts", "listKeys/action"),
    (38, "Microsoft.ManagedServices/registrationAssignments", "write"),
    (44, "Microsoft.Authorization/locks", "delete"),
    (51, "Microsoft.RecoveryServices/vaults", "delete"),
];

const FAILURES: &[Failure] = &[
    Failure(
        "Forbidden",
        "Forbidden",
        "The client does not have authorization to perform the action over the scope.",
    ),
    Failure(
        "NotFound",
        "NotFound",
        "The Resource was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    ),
    Failure("Conflict", "Conflict", "Another operation is in progress on the resource."),
    Failure("BadRequest", "BadRequest", "Required parameter 'networkProfile' is missing (null)."),
];

/// A planted attack, for the manifest.
pub struct Attack {
    /// The user that the attacker has taken over.
    pub caller: String,
    /// The attacker's address, of a range kept for documentation.
    pub ip: String,
    /// The id of the subscription under attack.
    pub subscription: String,
    /// The start of the hour of the first step, in ticks.
    pub first: u64,
    /// Operation name and correlation id of each step, in order.
    pub steps: Vec<(String, String)>,
}

/// The order in which things happen, drawn from a seed.
pub struct Scenario<'w> {
    world: &'w World,
    rng: Rng,
    /// The latest token of each principal.
    tokens: Vec<Option<Rc<Token>>>,
    /// Indexes of the principals of whom an attacker takes over one.
    victims: Vec<usize>,
}

/// One call of ARM, from which one to three events come.
struct Call {
    who: usize,
    subscription: usize,
    ticks: u64,
    ip: String,
    category: &'static str,
    operation: String,
    resource_type: String,
    failure: Option<Failure>,
}

impl<'w> Scenario<'w> {
    /// Starts the log of an organisation, in which any user may fall to an attacker.
    pub fn new(world: &'w World, seed: u64) -> Self {
        let principals = &world.principals;
        let victims =
            (0..principals.len()).filter(|&who| principals[who].kind == Kind::User).collect();
        let tokens = vec![None; principals.len()];
        Self { world, rng: Rng::new(seed).fork(2), tokens, victims }
    }

    /// Has attackers take over these principals only, unless there are none.
    #[must_use]
    pub fn with_victims(mut self, victims: Vec<usize>) -> Self {
        if !victims.is_empty() {
            self.victims = victims;
        }
        self
    }

    /// Returns how busy an hour since the start is: office hours carry most work, and two days in
    /// seven (the second and third of the log) are quiet.
    pub fn weight(hour: u64) -> f64 {
        let (of_day, day) = (hour % 24, hour / 24);
        let quiet = (day + 4) % 7 >= 5;
        let base = if (7..18).contains(&of_day) { 1.7 } else { 0.5 };
        if quiet { base * 0.5 } else { base }
    }

    /// Returns the events of an ordinary operation begun in the hour that starts at `start` ticks.
    pub fn operation(&mut self, start: u64) -> Vec<Event<'w>> {
        let world = self.world;
        let who = world.principal_draw.draw(&mut self.rng);
        let principal = &world.principals[who];
        let subscription = *self.rng.pick(&principal.subscriptions);
        let operation = &world.operations[world.operation_draw.draw(&mut self.rng)];
        let call = Call {
            who,
            subscription,
            ticks: start + self.rng.draw() % (HOUR - 120 * SECOND),
            ip: self.rng.pick(&principal.ips).clone(),
            category: self.category(),
            operation: operation.name.clone(),
            resource_type: format!("{}/{}", operation.provider, operation.kind),
            failure: self.rng.chance(45).then(|| *self.rng.pick(FAILURES)),
        };
        self.events(&call)
    }

    /// Returns the events of a planted attack that begins at `start` ticks.
    pub fn attack(&mut self, start: u64) -> (Vec<Event<'w>>, Attack) {
        let world = self.world;
        let who = self.victim();
        let subscription = self.rng.below(world.subscriptions.len());
        let ip = format!("203.0.113.{}", 1 + self.rng.below(254));
        let (mut events, mut steps) = (Vec::new(), Vec::new());
        for &(minutes, resource_type, verb) in ATTACK {
            let call = Call {
                who,
                subscription,
                ticks: start + minutes * 60 * SECOND + self.rng.draw() % (30 * SECOND),
                ip: ip.clone(),
                category: "Administrative",
                operation: format!("{resource_type}/{verb}"),
                resource_type: resource_type.to_owned(),
                failure: None,
            };
            let step = self.events(&call);
            steps.push((call.operation, step[0].correlation.clone()));
            events.extend(step);
        }
        let caller = world.principals[who].caller().to_owned();
        let subscription = world.subscriptions[subscription].id.clone();
        (events, Attack { caller, ip, subscription, first: start, steps })
    }

    /// Picks the user of an attack; a world without users gives an application.
    fn victim(&mut self) -> usize {
        match self.victims.as_slice() {
            [] => self.rng.below(self.world.principals.len()),
            victims => *self.rng.pick(victims),
        }
    }

    fn category(&mut self) -> &'static str {
        match self.rng.below(1000) {
            0..=924 => "Administrative",
            925..=974 => "Policy",
            975..=984 => "Recommendation",
            985..=992 => "ResourceHealth",
            993..=996 => "Security",
            997..=998 => "Autoscale",
            _ => "ServiceHealth",
        }
    }

    /// Returns the events of a call: End alone, Start and End, or Start, Accept and End.
    fn events(&mut self, call: &Call) -> Vec<Event<'w>> {
        let group = self.rng.pick(&self.world.subscriptions[call.subscription].groups);
        let resource = self.resource(call, group);
        let token = self.token(call.who, call.ticks / SECOND);
        let (correlation, request_id) = (self.rng.guid(), self.rng.guid());
        let request_body = self.has_request_body(call).then(|| self.body(&resource, call, false));
        let response_body = self.has_response_body(call).then(|| self.body(&resource, call, true));
        let (mut ticks, mut duration_ms) = (call.ticks, 0);
        let mut events = Vec::with_capacity(3);
        for &stage in self.stages(call) {
            events.push(Event {
                ticks,
                subscription: call.subscription,
                principal: &self.world.principals[call.who],
                ip: call.ip.clone(),
                category: call.category,
                operation: call.operation.clone(),
                resource_type: call.resource_type.clone(),
                resource: resource.clone(),
                group: group.clone(),
                stage,
                failure: call.failure,
                success: None,
                action: None,
                extra: Vec::new(),
                duration_ms,
                correlation: correlation.clone(),
                token: Rc::clone(&token),
                request_body: request_body.clone().filter(|_| stage != Stage::Accept),
                response_body: response_body.clone().filter(|_| stage == Stage::End),
                request_id: request_id.clone(),
                event_id: self.rng.guid(),
            });
            duration_ms = 20 + self.rng.draw() % if stage == Stage::Start { 1800 } else { 50_000 };
            ticks += duration_ms * (SECOND / 1000) + self.rng.draw() % 10_000;
        }
        events
    }

    fn stages(&mut self, call: &Call) -> &'static [Stage] {
        match self.rng.below(100) {
            _ if call.category != "Administrative" => &[Stage::End],
            0..20 => &[Stage::End],
            20..65 => &[Stage::Start, Stage::End],
            _ => &[Stage::Start, Stage::Accept, Stage::End],
        }
    }

    fn has_request_body(&mut self, call: &Call) -> bool {
        let writes = call.operation.ends_with("/write");
        (writes && self.rng.chance(550)) || call.operation.ends_with("roleAssignments/write")
    }

    fn has_response_body(&mut self, call: &Call) -> bool {
        call.failure.is_none() && call.operation.ends_with("/write") && self.rng.chance(250)
    }

    fn token(&mut self, who: usize, now: u64) -> Rc<Token> {
        let fresh = |token: &&Rc<Token>| (token.issued..token.issued + TOKEN_LIFE).contains(&now);
        if let Some(token) = self.tokens[who].as_ref().filter(fresh) {
            return Rc::clone(token);
        }
        let token = Rc::new(Token::new(&mut self.rng, now.saturating_sub(300)));
        self.tokens[who] = Some(Rc::clone(&token));
        token
    }

    fn resource(&mut self, call: &Call, group: &str) -> String {
        let subscription = &self.world.subscriptions[call.subscription].id;
        let (provider, kinds) =
            call.resource_type.split_once('/').unwrap_or((&call.resource_type, ""));
        let mut path =
            format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}");
        for kind in kinds.split('/') {
            path.extend(["/", kind, "/", &self.resource_name(kind)]);
        }
        path
    }

    fn resource_name(&mut self, kind: &str) -> String {
        if kind.contains("roleAssignments") {
            return self.rng.guid();
        }
        let stem: String = kind.chars().take(6).collect();
        format!("{stem}{}-{:04}", self.rng.pick(&["prd", "dev", "tst"]), self.rng.below(400))
    }

    /// Returns a request's or response's body, which the log holds as JSON text in a JSON string.
    fn body(&mut self, resource: &str, call: &Call, response: bool) -> String {
        if call.resource_type.ends_with("roleAssignments") {
            return self.grant(call);
        }
        let mut text = format!(
            r#"{{"location":"{}","tags":{{"env":"{}","costCenter":"{}","owner":"team-{}"}},"properties":{{"#,
            self.world.subscriptions[call.subscription].region,
            self.rng.pick(&["prod", "dev", "test"]),
            1000 + self.rng.below(400),
            self.rng.below(60)
        );
        if response {
            let (guid, etag) = (self.rng.guid(), self.rng.guid());
            text.extend([r#""provisioningState":"Succeeded","resourceGuid":""#, &guid]);
            text.extend([r#"","etag":"W/\""#, &etag, r#"\"","#]);
        }
        for number in 0..=self.rng.below(4) {
            let (child, enabled) = (self.rng.hex(12), self.rng.chance(500));
            let size = self.rng.below(4096);
            write!(
                text,
                r#""setting{number}":{{"id":"{resource}/children/{child}","enabled":{enabled},"size":{size}}},"#
            )
            .expect("writing to a String does not fail");
        }
        text.push_str(r#""kind":"Standard"}}"#);
        text
    }

    /// Returns the body of a role assignment: Owner, over the subscription.
    fn grant(&mut self, call: &Call) -> String {
        let subscription = &self.world.subscriptions[call.subscription].id;
        let (id, principal) = (self.rng.guid(), self.rng.guid());
        format!(
            r#"{{"Id":"{id}","Properties":{{"PrincipalId":"{principal}","PrincipalType":"User","RoleDefinitionId":"{OWNER}","Scope":"/subscriptions/{subscription}","Condition":null,"ConditionVersion":null}}}}"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::time::FIRST_HOUR;
    use super::*;

    #[test]
    fn an_attack_has_all_its_steps_in_order_by_one_user_from_one_address() {
        let world = World::new(42, 50, 4);
        let (events, attack) = Scenario::new(&world, 42).attack(FIRST_HOUR * HOUR);
        let starts: Vec<_> = attack
            .steps
            .iter()
            .map(|(_, id)| events.iter().find(|event| event.correlation == *id).unwrap().ticks)
            .collect();
        assert_eq!(starts.len(), ATTACK.len());
        assert!(starts.is_sorted());
        assert!(attack.caller.contains('@'));
        assert!(events.iter().all(|event| event.ip == attack.ip));
    }

    #[test]
    fn a_world_without_users_can_be_attacked() {
        let mut world = World::new(42, 1, 1);
        world.principals[0].kind = Kind::ManagedIdentity;
        let (events, _) = Scenario::new(&world, 42).attack(FIRST_HOUR * HOUR);
        assert!(events.len() >= ATTACK.len());
    }

    #[test]
    fn the_events_of_an_operation_share_a_correlation_id_and_run_forward() {
        let world = World::new(1, 50, 4);
        let mut scenario = Scenario::new(&world, 1);
        for _ in 0..200 {
            let events = scenario.operation(FIRST_HOUR * HOUR);
            assert!(events.iter().all(|event| event.correlation == events[0].correlation));
            assert!(events.is_sorted_by(|a, b| a.ticks < b.ticks));
            assert!(events.last().is_some_and(|event| event.stage == Stage::End));
        }
    }

    #[test]
    fn nights_and_two_days_in_seven_are_quiet() {
        let office: Vec<_> = (0..7).map(|day| Scenario::weight(24 * day + 12)).collect();
        assert_eq!(office.iter().filter(|&&weight| weight < 1.0).count(), 2);
        assert!((0..7).all(|day| Scenario::weight(24 * day + 3) < Scenario::weight(24 * day + 12)));
    }
}
