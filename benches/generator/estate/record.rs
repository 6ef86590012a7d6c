//! Owns how the log tells the calls of the estate: their category, the events that each leaves, how
//! they succeed and how they fail.

use super::super::event::Failure;
use super::super::event::Stage;
use super::super::rng::Rng;
use super::super::world::Kind;
use super::activity::Change;
use super::activity::Step;
use super::workload::Resource;

/// The operation that calls belong to which follow it.
pub const DEPLOYMENT: &str = "Microsoft.Resources/deployments/write";

/// Types whose writes take longer than a request.
const SLOW: &[&str] = &[
    "applicationGateways",
    "containerApps",
    "databases",
    "databaseAccounts",
    "deployments",
    "disks",
    "extensions",
    "loadBalancers",
    "managedClusters",
    "networkInterfaces",
    "networkSecurityGroups",
    "privateEndpoints",
    "publicIPAddresses",
    "restorePoints",
    "securityRules",
    "servers",
    "snapshots",
    "storageAccounts",
    "subnets",
    "virtualMachines",
    "virtualMachineScaleSets",
];

/// How a call fails to which the caller has no right.
pub const FORBIDDEN: Failure = Failure(
    "Forbidden",
    "AuthorizationFailed",
    "The client does not have authorization to perform this action over this scope or the scope is invalid. If access was recently granted, please refresh your credentials.",
);

/// How a deployment fails of which a call does.
pub const INCOMPLETE: Failure = Failure(
    "Conflict",
    "DeploymentFailed",
    "At least one resource deployment operation failed. Please list deployment operations for details.",
);

/// How calls fail, the frequent ways first.
const FAILURES: &[Failure] = &[
    Failure(
        "Conflict",
        "AnotherOperationInProgress",
        "Another operation on this resource is in progress. Retry later.",
    ),
    Failure("BadRequest", "InvalidRequestFormat", "Cannot parse the request."),
    Failure(
        "Forbidden",
        "RequestDisallowedByPolicy",
        "The resource was disallowed by policy 'Allowed locations'.",
    ),
    Failure(
        "NotFound",
        "ResourceNotFound",
        "The Resource was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    ),
    Failure(
        "Conflict",
        "QuotaExceeded",
        "Operation could not be completed as it results in exceeding approved Total Regional Cores quota.",
    ),
    Failure(
        "BadRequest",
        "InvalidTemplateDeployment",
        "The template deployment failed validation.",
    ),
];

/// The effects of policies that look at a call, the frequent ones more than once.
pub const POLICIES: &[&str] =
    &["audit", "audit", "auditIfNotExists", "auditIfNotExists", "deployIfNotExists"];

/// A call that is about to be logged.
pub struct Call<'a> {
    /// What is called.
    pub step: &'a Step,
    /// What it is made at.
    pub resource: Resource,
    /// How it fails, if it does.
    pub failure: Option<Failure>,
    /// The correlation id.
    pub correlation: String,
    /// The request's body.
    pub request_body: Option<String>,
    /// The response's body.
    pub response_body: Option<String>,
}

impl Call<'_> {
    /// Returns the category that the log files the call under.
    pub fn category(&self) -> &'static str {
        match self.step.operation.split('/').nth(1) {
            Some("policies") => "Policy",
            Some("AutoscaleSettings") => "Autoscale",
            Some("healthevent") => "ResourceHealth",
            Some("recommendations") => "Recommendation",
            Some("incident") => "ServiceHealth",
            _ => "Administrative",
        }
    }

    /// Returns how the log says that the call was done: what was there before is not created.
    pub fn success(&self) -> &'static str {
        match (self.step.change, self.step.operation.rsplit('/').next()) {
            (Change::More, _) if self.resource.new => "Created",
            (_, Some("delete")) => "NoContent",
            _ => "OK",
        }
    }

    /// Returns what an event says of the policies that looked at the call.
    pub fn policies(&self) -> Vec<(&'static str, String)> {
        let id = "34f95f76-5386-4de7-b824-0d8478470c9d";
        let text = format!(
            r#"[{{"policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/{id}","policyDefinitionName":"{id}","policyDefinitionEffect":"AuditIfNotExists","policyAssignmentName":"baseline"}}]"#
        );
        vec![
            ("isComplianceCheck", (self.category() == "Policy").to_string()),
            ("resourceLocation", "westeurope".to_owned()),
            ("policies", text),
        ]
    }

    /// Draws the events that the call leaves. A deployment ends after the calls that belong to it.
    pub fn stages(&self, rng: &mut Rng) -> &'static [Stage] {
        let kind = self.step.own_type.rsplit('/').next().unwrap_or_default();
        let slow = SLOW.contains(&kind) && !self.step.operation.contains("/list");
        match rng.below(100) {
            _ if self.category() != "Administrative" => &[Stage::End],
            _ if self.step.operation == DEPLOYMENT && self.failure.is_none() => {
                &[Stage::Start, Stage::Accept]
            }
            0..85 if slow && self.failure.is_none() => &[Stage::Start, Stage::Accept, Stage::End],
            95.. => &[Stage::End],
            _ => &[Stage::Start, Stage::End],
        }
    }
}

/// Draws how a call of such an identity fails; people often lack a right.
pub fn failure(kind: Kind, rng: &mut Rng) -> Failure {
    if kind == Kind::User && rng.chance(400) {
        return FORBIDDEN;
    }
    let most = 1 + rng.below(FAILURES.len());
    FAILURES[rng.below(most)]
}
