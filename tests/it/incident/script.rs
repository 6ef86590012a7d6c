//! The pen that the story is written with: one call becomes an operation with its events, ids and
//! times.
//!
//! Ids come from one seeded generator in the order of the calls, so a story always has the same
//! ones.

use std::collections::BTreeMap;

use serde_json::Value;

use super::cast;
use super::model::{Author, Event, Failure, Incident, Operation, Phase, Token};
use super::time;

/// First day of the story, a Monday.
const FIRST_DAY: &str = "2026-03-02T00:00:00Z";

/// Seconds after which a person's client gets a new token.
const SIGN_IN: u64 = 3_600;

/// A generator of ids: `SplitMix64`.
#[derive(Clone, Debug)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// Returns the next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a version 4 GUID.
    pub(crate) fn guid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }

    /// Returns `length` letters of base64url.
    fn letters(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        (0..length)
            .map(|_| char::from(LETTERS[usize::from(self.next().to_le_bytes()[7] & 63)]))
            .collect()
    }
}

/// Writes operations into an incident.
#[derive(Debug)]
pub(crate) struct Script {
    /// What is written so far.
    pub(crate) incident: Incident,
    /// Source of ids.
    pub(crate) seed: Seed,
    tokens: BTreeMap<(usize, String, String), Token>,
}

impl Script {
    /// Starts with the cast and no events.
    pub(crate) fn new() -> Self {
        Script { incident: cast::stage(), seed: Seed(0x0a25_c09e), tokens: BTreeMap::new() }
    }

    /// Returns the time on a day of the story; the part below a second is drawn.
    pub(crate) fn at(&mut self, day: u64, clock: &str) -> u64 {
        let number = |from: usize| clock[from..from + 2].parse::<u64>().unwrap_or_default();
        let seconds = number(0) * 3600 + number(3) * 60 + number(6);
        // One event in five ends with a zero, and REST cuts that.
        let part = self.seed.next() % time::SECOND;
        let part = if part.is_multiple_of(5) { part / 100 * 100 } else { part };
        time::parse(FIRST_DAY) + day * time::DAY + seconds * time::SECOND + part
    }

    /// Begins a call of a principal; `path` is what [`cast::resource`] takes.
    pub(crate) fn call(
        &mut self,
        who: usize,
        when: u64,
        name: &str,
        place: (usize, &str),
    ) -> Step<'_> {
        let correlation = self.seed.guid();
        let operation = Operation {
            subscription: place.0,
            principal: Some(who),
            category: "Administrative".into(),
            name: name.into(),
            title: title(name).into(),
            resource: cast::resource(place.0, place.1),
            id: correlation.clone(),
            correlation,
            client_request: self.seed.guid(),
            method: method(name).into(),
            success: success(name).into(),
            ..Operation::default()
        };
        Step { script: self, operation, when }
    }

    /// Begins an occurrence of a category that has no calls.
    pub(crate) fn occurrence(
        &mut self,
        category: &str,
        when: u64,
        name: &str,
        place: (usize, &str),
    ) -> Step<'_> {
        let mut step = self.call(0, when, name, place);
        step.operation.principal = None;
        step.operation.category = category.into();
        step
    }

    fn event(&mut self, phase: Phase, author: Author, start: u64, millis: u64) -> Event {
        let jitter = if millis == 0 { 0 } else { self.seed.next() % 4_000_000 };
        let ticks = start + millis * 10_000 + jitter;
        Event {
            ticks,
            id: self.seed.guid(),
            phase,
            author,
            submitted: ticks + 90 * time::SECOND + self.seed.next() % (150 * time::SECOND),
            duration_ms: millis,
            operation_id: None,
        }
    }

    /// Ends the story: brings it into order and signs everybody in where a token is needed.
    pub(crate) fn finish(mut self) -> Incident {
        self.incident.operations.sort_by_key(|operation| operation.events[0].ticks);
        self.incident.alerts.sort_by_key(|alert| alert.start);
        let mut operations = std::mem::take(&mut self.incident.operations);
        for operation in &mut operations {
            if let (Some(who), Some(_)) = (operation.principal, &operation.address) {
                operation.token = self.sign_in(who, operation);
            }
        }
        self.incident.operations = operations;
        self.incident
    }

    /// Returns the token that the principal holds at this address and client, or a new one.
    fn sign_in(&mut self, who: usize, operation: &Operation) -> Token {
        let wanted = &operation.token;
        let app = wanted.client.as_ref().map_or("", |(id, _)| id);
        let key = (who, wanted.address.clone(), app.to_owned());
        let now = operation.events[0].ticks / time::SECOND;
        let human = self.incident.principals[who].kind.is_human();
        let life = if human { SIGN_IN } else { 20 * SIGN_IN };
        if let Some(token) = self.tokens.get(&key)
            && now - token.issued < life
        {
            return token.clone();
        }
        let token = Token {
            issued: now - 60 - self.seed.next() % 240,
            uti: self.seed.letters(22),
            aio: format!("AVQAq/8{}", self.seed.letters(40)),
            ..wanted.clone()
        };
        self.tokens.insert(key, token.clone());
        token
    }
}

/// An operation that is being written; ended by the methods that say how it went.
#[derive(Debug)]
#[must_use = "a step is written when it is told how it went"]
pub(crate) struct Step<'s> {
    script: &'s mut Script,
    operation: Operation,
    when: u64,
}

impl Step<'_> {
    /// Sets the address of the request.
    pub(crate) fn from(mut self, address: &str) -> Self {
        self.operation.address = Some(address.into());
        self
    }

    /// Sets the client application.
    pub(crate) fn via(mut self, client: (&str, &str)) -> Self {
        self.operation.token.client = Some((client.0.into(), client.1.into()));
        self
    }

    /// Sets the request body.
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.operation.request = Some(body);
        self
    }

    /// Sets the response body.
    pub(crate) fn answer(mut self, body: Value) -> Self {
        self.operation.response = Some(body);
        self
    }

    /// Sets the HTTP status name of the success.
    pub(crate) fn code(mut self, name: &str) -> Self {
        self.operation.success = name.into();
        self
    }

    /// Sets description and properties of an occurrence.
    pub(crate) fn says(mut self, description: &str, details: Value) -> Self {
        self.operation.description = description.into();
        self.operation.details = match details {
            Value::Object(members) => members.into_iter().collect(),
            _ => Vec::new(),
        };
        self
    }

    /// Hides the principal's token: it stands in the details.
    pub(crate) fn caller_in_details(mut self) -> Self {
        self.operation.caller_in_details = true;
        self
    }

    /// Changes anything else.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Operation)) -> Self {
        change(&mut self.operation);
        self
    }

    /// Begun and ended well.
    pub(crate) fn done(self) -> String {
        self.write(&[(Phase::Started, 0), (Phase::Succeeded, 1_400)], false)
    }

    /// Begun, accepted, and ended well by the provider later.
    pub(crate) fn done_later(self) -> String {
        let course = [(Phase::Started, 0), (Phase::Accepted, 1_900), (Phase::Succeeded, 38_000)];
        self.write(&course, false)
    }

    /// Begun and accepted; the end is not in the export.
    pub(crate) fn accepted(self) -> String {
        self.write(&[(Phase::Started, 0), (Phase::Accepted, 2_100)], false)
    }

    /// One event alone: the others are not in the log.
    pub(crate) fn only(self, phase: Phase) -> String {
        self.write(&[(phase, 0)], false)
    }

    /// Active, and resolved after some milliseconds.
    pub(crate) fn resolved_after(self, millis: u64) -> String {
        self.write(&[(Phase::Active, 0), (Phase::Resolved, millis)], false)
    }

    /// Begun and refused.
    pub(crate) fn refused(mut self) -> String {
        let actor = self.operation.principal.map(|who| &self.script.incident.principals[who]);
        let (login, object) = actor.map_or(("", ""), |p| (p.login.as_str(), p.object_id.as_str()));
        self.operation.failure = Some(Failure {
            http: "Forbidden".into(),
            code: "AuthorizationFailed".into(),
            message: format!(
                "The client '{}' with object id '{object}' does not have authorization to perform action '{}' over scope '{}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
                if login.is_empty() { object } else { login },
                self.operation.name,
                self.operation.resource
            ),
        });
        self.write(&[(Phase::Started, 0), (Phase::Failed, 600)], false)
    }

    /// A role assignment: begun, ended well, and recorded once more by the authorization provider.
    pub(crate) fn assigned(self) -> String {
        self.write(&[(Phase::Started, 0), (Phase::Succeeded, 1_800)], true)
    }

    /// Adds the operation to the story; gives its correlation id.
    fn write(self, phases: &[(Phase, u64)], assignment: bool) -> String {
        let Step { script, mut operation, when } = self;
        operation.token.address = operation.address.clone().unwrap_or_default();
        for &(phase, millis) in phases {
            let late = phase == Phase::Succeeded && millis > 10_000;
            let author = if late { Author::Provider } else { Author::FrontEnd };
            operation.events.push(script.event(phase, author, when, millis));
        }
        if assignment {
            let mut own = script.event(Phase::Succeeded, Author::Authorization, when, 2_600);
            own.operation_id = Some(script.seed.guid());
            operation.events.push(own);
        }
        let correlation = operation.correlation.clone();
        script.incident.operations.push(operation);
        correlation
    }
}

/// Returns the HTTP method behind an ARM operation.
fn method(name: &str) -> &'static str {
    match name.rsplit('/').next().map(str::to_lowercase).as_deref() {
        Some("write") => "PUT",
        Some("delete") => "DELETE",
        _ => "POST",
    }
}

/// Returns the HTTP status that such an operation usually ends with.
fn success(name: &str) -> &'static str {
    match method(name) {
        "PUT" => "Created",
        _ => "OK",
    }
}

/// Returns the name that the portal shows for an ARM operation; unknown ones show as they are.
fn title(name: &str) -> &str {
    match name {
        "Microsoft.Authorization/roleAssignments/write" => "Create role assignment",
        "Microsoft.Authorization/roleAssignments/delete" => "Delete role assignment",
        "Microsoft.Authorization/locks/delete" => "Delete management locks",
        "Microsoft.Authorization/policies/audit/action" => "'audit' Policy action.",
        "Microsoft.Automation/automationAccounts/write" => {
            "Create or Update an Azure Automation account"
        }
        "Microsoft.Automation/automationAccounts/runbooks/write" => {
            "Create or Update an Azure Automation Runbook"
        }
        "Microsoft.Automation/automationAccounts/webhooks/write" => {
            "Create or Update an Azure Automation webhook"
        }
        "Microsoft.Compute/snapshots/beginGetAccess/action" => "Get Snapshot SAS URI",
        "Microsoft.Compute/snapshots/write" => "Create or Update Snapshot",
        "Microsoft.Compute/virtualMachines/deallocate/action" => "Deallocate Virtual Machine",
        "Microsoft.Compute/virtualMachines/extensions/write" => {
            "Create or Update Virtual Machine Extension"
        }
        "Microsoft.Compute/virtualMachines/restart/action" => "Restart Virtual Machine",
        "Microsoft.Compute/virtualMachines/runCommand/action" => "Run Command on Virtual Machine",
        "Microsoft.Compute/virtualMachines/start/action" => "Start Virtual Machine",
        "Microsoft.Insights/DiagnosticSettings/Delete" => "Delete diagnostic setting",
        "Microsoft.KeyVault/vaults/accessPolicies/write" => "Update Access Policy",
        "Microsoft.Resources/deployments/write" => "Create Deployment",
        "Microsoft.Storage/storageAccounts/listKeys/action" => "List Storage Account Keys",
        "Microsoft.Storage/storageAccounts/regenerateKey/action" => {
            "Regenerate Storage Account Keys"
        }
        "Microsoft.Storage/storageAccounts/write" => "Create/Update Storage Account",
        "Microsoft.Web/sites/write" => "Update website",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_guids() {
        let (mut one, mut two) = (Seed(7), Seed(7));
        let guid = one.guid();
        assert_eq!(guid, two.guid());
        assert_ne!(guid, one.guid());
        let parts: Vec<usize> = guid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(guid.as_bytes()[14], b'4');
    }

    #[test]
    fn a_call_has_the_events_of_its_course() {
        let mut script = Script::new();
        let when = script.at(0, "09:00:00");
        let name = "Microsoft.Compute/virtualMachines/start/action";
        let place = (cast::PROD, "rg/Microsoft.Compute/virtualMachines/vm");
        script.call(cast::OPS, when, name, place).from(cast::OFFICE).done_later();
        script.call(cast::OPS, when, name, place).from(cast::OFFICE).refused();
        let incident = script.finish();
        let [fine, refused] = &incident.operations[..] else { panic!("two were written") };
        let phases: Vec<Phase> = fine.events.iter().map(|event| event.phase).collect();
        assert_eq!(phases, [Phase::Started, Phase::Accepted, Phase::Succeeded]);
        assert!(fine.events.is_sorted_by_key(|event| event.ticks));
        assert_eq!(fine.events[2].author, Author::Provider);
        assert_eq!(refused.failure.as_ref().expect("refused").code, "AuthorizationFailed");
        assert_eq!(fine.token.uti, refused.token.uti, "one sign-in for both");
    }
}
