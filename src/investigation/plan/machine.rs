//! Steps for a machine: keep its disks, close the ways in, new passwords, scan, reimage.

use std::collections::BTreeSet;

use super::super::model::{
    ActionKind, Alert, Machine, MachineAction, MachineVerdict, Outcome, Stage,
};
use super::super::suspect::{is_faint, is_ground};
use super::Plan;
use super::command::filled;
use super::leftover;
use super::step::{Doing, Steps};
use crate::azure::secret::handed_out_by;
use crate::base::Text;

/// Returns the steps for a machine; none for one that nothing speaks against, or that is gone.
pub(super) fn steps(plan: &Plan<'_>, machine: &Machine) -> Steps {
    let mut steps = Steps::default();
    if matches!(machine.verdict, MachineVerdict::Clear | MachineVerdict::Gone) {
        return steps;
    }
    let alerts: Vec<&Alert> = (plan.report.alerts.iter())
        .filter(|alert| machine.alerts.contains(&alert.id))
        .filter(|alert| is_ground(alert) && !is_faint(alert))
        .collect();
    let because = because(machine, &alerts);
    let id = &machine.resource_id;
    let made =
        |a: &MachineAction| a.suspicious && a.resource_id == *id && a.time == machine.created;
    let is_taken = machine.verdict == MachineVerdict::Compromised || !alerts.is_empty();
    if is_taken {
        preserve(id, &because, &mut steps);
    }
    for action in machine.actions.iter().filter(|action| action.suspicious) {
        part(plan, machine, action, &mut steps);
    }
    let created = machine.created.is_some() && machine.actions.iter().any(made);
    if let Some(left) = plan.left.get(id.as_str()).filter(|_| created) {
        leftover::one(left, false, &mut steps);
    } else if created {
        let command = filled("az resource delete --ids {id}", id);
        let what = "Delete the machine: a user under suspicion made it";
        steps.add(Stage::Remove, 9, what, id, Doing { command, ..because });
    } else if is_taken {
        three(id, &because, &mut steps);
    }
    steps
}

fn because(machine: &Machine, alerts: &[&Alert]) -> Doing {
    let suspicious = || machine.actions.iter().filter(|action| action.suspicious);
    let why: BTreeSet<Text> = suspicious().flat_map(|a| a.findings.iter().cloned()).collect();
    Doing {
        why: why.into_iter().take(super::REASONS).collect(),
        alerts: alerts.iter().take(super::REASONS).map(|alert| alert.id.clone()).collect(),
        by: suspicious().filter_map(|action| action.by.clone()).collect(),
        ..Doing::default()
    }
}

/// A command for a machine that Resource Manager runs, or for a scale set of such; there is none
/// for others.
fn line(template: &str, of_set: &str, id: &str) -> Option<String> {
    if id.contains("/microsoft.compute/virtualmachines/") {
        return filled(template, id);
    }
    let is_set = id.contains("/microsoft.compute/virtualmachinescalesets/");
    if is_set { filled(of_set, id) } else { None }
}

fn preserve(id: &Text, because: &Doing, steps: &mut Steps) {
    let template = r#"az snapshot create --resource-group {group} --subscription {subscription} --name evidence-{name} --source "$(az vm show --ids {id} --query storageProfile.osDisk.managedDisk.id --output tsv)""#;
    let what = "Keep copies of its disks as evidence";
    let doing = Doing { command: line(template, "", id), reversible: true, ..because.clone() };
    steps.add(Stage::Preserve, 5, what, id, doing);
}

/// Undoes what a suspect put on the machine, opened to it, or gave it.
fn part(plan: &Plan<'_>, machine: &Machine, action: &MachineAction, steps: &mut Steps) {
    let id = &action.resource_id;
    let took_effect = matches!(action.outcome, Outcome::Succeeded | Outcome::Accepted);
    let gone = action.time.is_some_and(|time| plan.basis.removals.ended(id, time));
    let is_written = action.operation.ends_with("/WRITE");
    if !took_effect || gone {
        return;
    }
    let doing = Doing {
        why: action.findings.iter().cloned().collect(),
        by: action.by.iter().cloned().collect(),
        reversible: true,
        ..Doing::default()
    };
    match action.kind {
        ActionKind::RunCommand | ActionKind::Extension | ActionKind::PasswordReset
            if is_written && *id != machine.resource_id =>
        {
            if let Some(left) = plan.left.get(id.as_str()) {
                leftover::one(left, false, steps);
            } else {
                let command = filled("az resource delete --ids {id}", id);
                let doing = Doing { command, reversible: false, ..doing };
                steps.add(Stage::Remove, 4, "Remove what was put on the machine", id, doing);
            }
        }
        ActionKind::Network if is_written => {
            let what = "Close the way to the machine that was opened or changed";
            steps.add(Stage::LockOut, 6, what, id, doing);
        }
        ActionKind::DiskExport => {
            let Some(kind) = handed_out_by(&action.operation) else { return };
            let command = filled(kind.command, id);
            let what = format!("Close {}", kind.what);
            steps.add(Stage::LockOut, 6, &what, id, Doing { command, ..doing });
        }
        ActionKind::Identity => {
            let what = "Take off the identities that were given to it";
            steps.add(Stage::LockOut, 6, what, id, doing);
        }
        _ => {}
    }
}

/// What is done about a machine that is an intruder's.
fn three(id: &Text, because: &Doing, steps: &mut Steps) {
    let doing = |template: &str, of_set: &str, reversible: bool| Doing {
        command: line(template, of_set, id),
        reversible,
        ..because.clone()
    };
    let template =
        r#"az vm user update --ids {id} --username "$LOCAL_USER" --password "$NEW_PASSWORD""#;
    let what = "Reset the passwords and keys of its local users";
    steps.add(Stage::LockOut, 7, what, id, doing(template, "", false));
    let template = "az vm run-command invoke --ids {id} --command-id RunPowerShellScript --scripts 'Start-MpScan -ScanType FullScan'";
    steps.add(Stage::Remove, 5, "Scan it in full for malware", id, doing(template, "", true));
    let what = "Reimage it from an image that is known to be good";
    let of_set =
        "az vmss reimage --resource-group {group} --subscription {subscription} --name {name}";
    steps.add(Stage::Remove, 8, what, id, doing("az vm reimage --ids {id}", of_set, false));
    let what = "Replace the secrets that were stored on it or passed through it";
    steps.add(Stage::Rotate, 8, what, id, doing("", "", false));
}
