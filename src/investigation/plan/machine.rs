//! Steps for a machine: keep its disks, close the ways in, new passwords, scan, reimage.

use std::collections::BTreeSet;

use super::super::model::{
    ActionKind, Alert, Machine, MachineAction, MachineSystem, MachineVerdict, Outcome, Turn,
};
use super::super::suspect::{is_faint, is_ground};
use super::Plan;
use super::command::{filled, quoted_id};
use super::leftover;
use super::step::{Doing, Steps};
use crate::azure::resource_id::ResourceId;
use crate::azure::secret::handed_out_by;
use crate::base::Text;

/// Returns the steps for a machine; none for one that nothing speaks against, or that is gone.
pub(super) fn steps(plan: &Plan<'_>, machine: &Machine) -> Steps {
    let mut steps = Steps::default();
    if matches!(machine.verdict, MachineVerdict::Clear | MachineVerdict::Gone) {
        return steps;
    }
    let id = &machine.resource_id;
    let alerts = alerts(plan, machine);
    let because = because(machine, &alerts);
    let is_taken = machine.verdict == MachineVerdict::Compromised || !alerts.is_empty();
    if is_taken {
        preserve(plan, machine, &because, &mut steps);
    }
    for action in machine.actions.iter().filter(|action| action.suspicious) {
        part(plan, machine, action, &mut steps);
    }
    let made =
        |a: &MachineAction| a.suspicious && a.resource_id == *id && a.time == machine.created;
    let created = machine.created.is_some() && machine.actions.iter().any(made);
    if let Some(left) = plan.left.get(id.as_str()).filter(|_| created) {
        leftover::one(left, false, &mut steps);
    } else if created {
        let command = filled("az resource delete --ids {id}", id);
        let what = "Delete the machine: a user under suspicion made it";
        steps.add(Turn::RemoveIntruders, what, id, Doing { command, ..because });
    } else if is_taken {
        three(machine, is_reimaged(machine, &alerts), &because, &mut steps);
    }
    steps
}

/// Adds the step that keeps the disks of a machine which is deleted with what a suspect left in its
/// subscription.
pub(super) fn keep_disks(plan: &Plan<'_>, machine: &Machine, steps: &mut Steps) {
    preserve(plan, machine, &because(machine, &alerts(plan, machine)), steps);
}

/// The open alerts that speak against a machine.
fn alerts<'p>(plan: &Plan<'p>, machine: &Machine) -> Vec<&'p Alert> {
    (machine.alerts.iter())
        .filter_map(|id| plan.alerts.get(id.as_str()).copied())
        .filter(|alert| is_ground(alert) && !is_faint(alert))
        .collect()
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

/// Keeps copies of all disks: of those that the machine has, and of those that the log names.
fn preserve(plan: &Plan<'_>, machine: &Machine, because: &Doing, steps: &mut Steps) {
    let id = &machine.resource_id;
    let what = "Keep copies of its disks as evidence";
    let doing = Doing { command: copies(plan, machine), reversible: true, ..because.clone() };
    steps.add(Turn::CopyDisks, what, id, doing);
}

/// The command that copies the disks of a machine that Resource Manager runs.
fn copies(plan: &Plan<'_>, machine: &Machine) -> Option<String> {
    // A copy lies where the disk does, which need not be where its group does.
    let copy = r#"while read -r disk; do az snapshot create --resource-group {group} --subscription {subscription} --name "$(printf %.80s "evidence-${disk##*/}")" --source "$disk" --location "$(az disk show --ids "$disk" --query location --output tsv < /dev/null)" < /dev/null; done"#;
    let attached = "az vm show --ids {id} --query '[storageProfile.osDisk, storageProfile.dataDisks[]][].managedDisk.id' --output tsv";
    let is_there = |action: &&MachineAction| {
        let gone = |time| plan.basis.removals.ended(&action.resource_id, time);
        action.resource_id.contains("/providers/microsoft.compute/disks/")
            && !action.time.is_some_and(gone)
    };
    let named = machine.actions.iter().filter(is_there);
    let named: BTreeSet<String> = named.filter_map(|a| quoted_id(&a.resource_id)).collect();
    let named: Vec<String> = named.into_iter().take(DISKS).collect();
    let all = match named.as_slice() {
        [] => attached.to_owned(),
        // Names come in lower case from the log, and as they were written from the machine.
        some => format!("{{ {attached}; printf '%s\\n' {}; }} | sort -fu", some.join(" ")),
    };
    line(&format!("{all} | {copy}"), "", &machine.resource_id)
}

/// At most this many disks of a machine are named.
const DISKS: usize = 16;

/// Undoes what a suspect put on the machine, opened to it, or gave it.
fn part(plan: &Plan<'_>, machine: &Machine, action: &MachineAction, steps: &mut Steps) {
    let id = &action.resource_id;
    let took_effect = action.outcome.took_effect();
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
                if let Some(parsed) = ResourceId::parse(id) {
                    leftover::keep(&parsed.resource_type(), id, &doing, steps);
                }
                steps.add(Turn::RemoveInnermost, "Remove what was put on the machine", id, doing);
            }
        }
        ActionKind::Network if is_written => {
            let what = "Close the way to the machine that was opened or changed";
            steps.add(Turn::CloseWays, what, id, doing);
        }
        ActionKind::DiskExport => {
            let Some(kind) = handed_out_by(&action.operation) else { return };
            if is_closed(plan, action) {
                return;
            }
            let command = filled(kind.command, id);
            let what = format!("Close {}", kind.what);
            steps.add(Turn::CloseWays, &what, id, Doing { command, ..doing });
        }
        ActionKind::Identity => {
            let what = "Take off the identities that were given to it";
            steps.add(Turn::CloseWays, what, id, doing);
        }
        _ => {}
    }
}

/// Whether the link that an action handed out was closed since.
fn is_closed(plan: &Plan<'_>, action: &MachineAction) -> bool {
    let by = action.by.as_deref().and_then(|by| plan.users.get(by));
    by.is_some_and(|user| {
        user.secrets.iter().any(|secret| {
            secret.resource_id == action.resource_id
                && secret.operation == action.operation
                && secret.rotated.is_some()
        })
    })
}

/// Whether somebody who is no suspect reimaged it after all that speaks against it.
fn is_reimaged(machine: &Machine, alerts: &[&Alert]) -> bool {
    let suspicious = machine.actions.iter().filter(|action| action.suspicious);
    let told = alerts.iter().filter_map(|alert| alert.end.or(alert.start));
    let last = suspicious.filter_map(|action| action.time).chain(told).max();
    machine.actions.iter().any(|action| {
        !action.suspicious
            && action.resource_id == machine.resource_id
            && action.outcome == Outcome::Succeeded
            && action.time > last
            && ["/REIMAGE/ACTION", "/REIMAGEALL/ACTION"]
                .iter()
                .any(|end| action.operation.ends_with(end))
    })
}

/// What is done about a machine that is an intruder's.
fn three(machine: &Machine, is_reimaged: bool, because: &Doing, steps: &mut Steps) {
    let id = &machine.resource_id;
    let doing = |template: &str, of_set: &str, reversible: bool| Doing {
        command: line(template, of_set, id),
        reversible,
        ..because.clone()
    };
    let what = "Reset the passwords and keys of its local users";
    steps.add(
        Turn::ChangeLocalCredentials,
        what,
        id,
        doing(credentials(machine.system), "", false),
    );
    let what = "Scan it in full for malware";
    steps.add(Turn::RemoveInner, what, id, doing(scan(machine.system), "", true));
    if !is_reimaged {
        let what = "Reimage it from an image that is known to be good";
        let of_set =
            "az vmss reimage --resource-group {group} --subscription {subscription} --name {name}";
        steps.add(Turn::RemoveShared, what, id, doing("az vm reimage --ids {id}", of_set, false));
    }
    let what = "Replace the secrets that were stored on it or passed through it";
    steps.add(Turn::ReplaceMachineSecrets, what, id, doing("", "", false));
}

/// The command that gives a local user new credentials; only a Linux takes keys.
fn credentials(system: MachineSystem) -> &'static str {
    match system {
        MachineSystem::Linux => {
            r#"az vm user update --ids {id} --username "$LOCAL_USER" --password "$NEW_PASSWORD" --ssh-key-value "$NEW_SSH_KEY""#
        }
        MachineSystem::Windows | MachineSystem::Unknown => {
            r#"az vm user update --ids {id} --username "$LOCAL_USER" --password "$NEW_PASSWORD""#
        }
    }
}

/// The command that scans a machine with Defender, which it asks for its system where no evidence
/// tells that.
fn scan(system: MachineSystem) -> &'static str {
    match system {
        MachineSystem::Linux => {
            "az vm run-command invoke --ids {id} --command-id RunShellScript --scripts 'mdatp scan full'"
        }
        MachineSystem::Windows => {
            "az vm run-command invoke --ids {id} --command-id RunPowerShellScript --scripts 'Start-MpScan -ScanType FullScan'"
        }
        MachineSystem::Unknown => {
            r#"case "$(az vm show --ids {id} --query storageProfile.osDisk.osType --output tsv)" in Linux) az vm run-command invoke --ids {id} --command-id RunShellScript --scripts 'mdatp scan full';; Windows) az vm run-command invoke --ids {id} --command-id RunPowerShellScript --scripts 'Start-MpScan -ScanType FullScan';; esac"#
        }
    }
}
