//! Alerts on virtual machines, from the control plane and from inside.

use super::{BOB, EVE, EVES_IP, Incident, Named, OFFICE, SUB, on};

const RUN: &str = "Microsoft.Compute/virtualMachines/runCommand/action";
const EXTENSION: &str = "Microsoft.Compute/virtualMachines/extensions/write";

fn vm(name: &str) -> String {
    format!("{SUB}/resourceGroups/Shop/providers/Microsoft.Compute/virtualMachines/{name}")
}

#[test]
fn an_extension_written_in_the_machine_bears_out_an_alert_on_the_machine() {
    let extension = format!("{}/extensions/config", vm("web-01"))
        .to_uppercase()
        .replace("/SUBSCRIPTIONS", "/subscriptions");
    let mut incident = Incident::new();
    incident.call("2026-03-15T11:30:00Z", EVE, EVES_IP, EXTENSION, &extension, "Succeeded");
    incident.alert("VM_CustomScriptExtensionSuspiciousPayload", on(&vm("web-01")));
    incident.expect("corroborated", "extensions/write by eve@contoso.com");
}

#[test]
fn a_machine_that_only_its_name_tells_is_found() {
    let mut incident = Incident::new();
    incident.call("2026-03-15T11:30:00Z", EVE, EVES_IP, RUN, &vm("web-01"), "Succeeded");
    incident.alert(
        "VM_RunCommandSuspiciousUsage",
        Named { host: Some("WEB-01.contoso.local"), ..Named::default() },
    );
    incident.expect("corroborated", "runCommand/action");
    let resources = incident.report()["alerts"][0]["resources"].to_string();
    assert!(resources.contains("virtualmachines/web-01"), "{resources}");
}

#[test]
fn another_machine_another_extension_and_another_time_bear_nothing_out() {
    let mut other_machine = Incident::new();
    other_machine.call("2026-03-15T11:30:00Z", EVE, EVES_IP, RUN, &vm("web-011"), "Succeeded");
    other_machine
        .alert("VM_RunCommandSuspiciousScript", on(&vm("web-01")))
        .expect("contradicted", "no operation by what it names");
    let monitor = format!("{}/extensions/AzureMonitorLinuxAgent", vm("web-01"));
    let mut other_extension = Incident::new();
    other_extension.call("2026-03-15T11:30:00Z", BOB, OFFICE, EXTENSION, &monitor, "Succeeded");
    other_extension
        .alert("VM_CustomScriptExtensionSuspiciousCmd", on(&vm("web-01")))
        .expect("contradicted", "extensions of another kind");
    let mut early = Incident::new();
    early.call("2026-03-15T01:30:00Z", EVE, EVES_IP, RUN, &vm("web-01"), "Succeeded");
    early
        .alert("VM_RunCommandSuspiciousScript", on(&vm("web-01")))
        .expect("contradicted", "none of the kind");
}

#[test]
fn an_alert_on_a_failure_is_borne_out_by_an_attempt_that_failed() {
    let kind = "VM_RunCommandSuspiciousFailure";
    let mut failed = Incident::new();
    failed.call("2026-03-15T11:30:00Z", EVE, EVES_IP, RUN, &vm("web-01"), "Failed");
    failed.alert(kind, on(&vm("web-01"))).expect("corroborated", "eve@contoso.com: failed, at");
    let mut done = Incident::new();
    done.call("2026-03-15T11:30:00Z", EVE, EVES_IP, RUN, &vm("web-01"), "Succeeded");
    done.alert(kind, on(&vm("web-01"))).expect("inconclusive", "did not fail");
}

#[test]
fn what_happens_inside_a_machine_is_not_in_the_log_but_its_exposure_is() {
    let kind = "VM_LoginBruteForceSuccess";
    let rule = format!(
        "{SUB}/resourceGroups/Shop/providers/Microsoft.Network/networkSecurityGroups/nsg/securityRules/rdp"
    );
    let write = "Microsoft.Network/networkSecurityGroups/securityRules/write";
    let mut none = Incident::new();
    none.alert(kind, on(&vm("web-01"))).expect("not_in_evidence", "What happens inside a machine");
    let mut exposed = Incident::new();
    exposed.call("2026-03-14T20:00:00Z", EVE, EVES_IP, write, &rule, "Succeeded");
    exposed.alert(kind, on(&vm("web-01"))).expect("corroborated", "could have opened the way");
    let agent = format!("{}/extensions/AzureMonitorLinuxAgent", vm("web-01"));
    let mut monitored = Incident::new();
    monitored.call("2026-03-14T20:00:00Z", BOB, OFFICE, EXTENSION, &agent, "Succeeded");
    monitored
        .alert(kind, on(&vm("web-01")))
        .expect("not_in_evidence", "extensions of another kind");
    let mut later = Incident::new();
    later.call("2026-03-15T20:00:00Z", EVE, EVES_IP, write, &rule, "Succeeded");
    later.alert(kind, on(&vm("web-01"))).expect("not_in_evidence", "nothing of its kind");
}
