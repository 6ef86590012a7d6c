//! What a plan saves before it changes anything, and that its commands do what they say.

use serde_json::{Value, json};

use super::{EVE, SUB, asked, at, done, report, resource};
use crate::case::analyze;

const AWAY: &str = "198.51.100.66";
const OBJECT: &str = "11111111-0000-0000-0000-0000000000aa";
const RUN: &str = "Microsoft.Compute/virtualMachines/runCommand/action";
const MACHINE: &str = "Microsoft.Compute/virtualMachines";
const RUNBOOK: &str = "Microsoft.Automation/automationAccounts/runbooks";

/// Makes Eve a suspect, who then does this from a foreign address.
fn attack(events: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let elevate = "Microsoft.Authorization/elevateAccess/action";
    let first = done("10:00:00", EVE, elevate, "/providers/Microsoft.Authorization");
    at("2026-03-01", AWAY, std::iter::once(first).chain(events))
}

/// The step of the first entry of a list that begins so.
fn step<'r>(report: &'r Value, list: &str, begin: &str) -> &'r Value {
    let steps = report[list][0]["mitigation"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["step"].as_str().expect("words").starts_with(begin));
    step.unwrap_or_else(|| panic!("{begin}: {steps:#?}"))
}

fn command<'r>(report: &'r Value, list: &str, begin: &str) -> &'r str {
    step(report, list, begin)["command"].as_str().expect("a command")
}

/// The report on a machine of old that Eve ran a script on, with a request of this body on it before.
fn machine(operation: &str, name: &str, body: &Value) -> Value {
    let vm = resource(MACHINE, "vm1");
    let start = "Microsoft.Compute/virtualMachines/start/action";
    let old = at("2026-02-20", "192.0.2.10", [done("09:00:00", "ops@contoso.com", start, &vm)]);
    let before = asked("10:04:00", operation, &format!("{vm}{name}"), body);
    let attack = attack(before.into_iter().chain([done("11:05:00", EVE, RUN, &vm)]));
    report(&[old, attack].concat())
}

#[test]
fn the_log_of_all_ninety_days_is_exported_into_a_file() {
    let report = report(&attack([done("10:05:00", EVE, RUN, &resource(MACHINE, "vm1"))]));
    let line = command(&report, "subscriptions", "Export the Activity Log");
    assert!(line.contains(" --offset 89d23h ") && !line.contains("--start-time"), "{line}");
    assert!(line.ends_with(&format!(" > activity-log-{}.json", &SUB[15..])), "{line}");
}

#[test]
fn a_machine_is_scanned_as_its_system_asks() {
    let told = |operation: &str, name: &str, body: Value| {
        let report = machine(operation, name, &body);
        let scan = command(&report, "virtual_machines", "Scan it").to_owned();
        let reset = command(&report, "virtual_machines", "Reset the passwords").to_owned();
        let system = report["virtual_machines"][0]["system"].as_str().expect("a word").to_owned();
        (system, scan, reset)
    };
    let linux = [
        told(RUN, "", json!({"commandId": "RunShellScript", "script": ["id"]})),
        told(
            "Microsoft.Compute/virtualMachines/extensions/write",
            "/extensions/e1",
            json!({"properties": {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript"}}),
        ),
        told(
            "Microsoft.Compute/virtualMachines/write",
            "",
            json!({"properties": {"storageProfile": {"imageReference": {"publisher": "Canonical"}}}}),
        ),
    ];
    for (system, scan, reset) in linux {
        assert_eq!(system, "linux");
        assert!(scan.contains("RunShellScript") && !scan.contains("PowerShell"), "{scan}");
        assert!(reset.contains("--ssh-key-value"), "{reset}");
    }
    let profile = json!({"properties": {"osProfile": {"windowsConfiguration": {}}}});
    let (system, scan, reset) = told("Microsoft.Compute/virtualMachines/write", "", profile);
    assert_eq!(system, "windows");
    assert!(scan.contains("Start-MpScan") && !scan.contains("RunShellScript"), "{scan}");
    assert!(!reset.contains("--ssh-key-value"), "{reset}");
    let (system, scan, _) = told("Microsoft.Compute/virtualMachines/write", "", json!({}));
    assert_eq!(system, "unknown");
    assert!(scan.contains("Start-MpScan") && scan.contains("mdatp"), "{scan}");
}

#[test]
fn a_list_of_machines_tells_the_system() {
    let vm = resource(MACHINE, "vm1");
    let list = json!([{
        "id": vm,
        "name": "vm1",
        "type": MACHINE,
        "vmId": OBJECT,
        "storageProfile": {"osDisk": {"osType": "Linux"}},
    }]);
    let events = Value::from(attack([done("10:05:00", EVE, RUN, &vm)])).to_string();
    let list = list.to_string();
    let files = [("events.json", events.as_bytes()), ("machines.json", list.as_bytes())];
    let report = analyze(&files, &[]).report();
    assert_eq!(report["virtual_machines"][0]["system"], "linux");
}

#[test]
fn copies_are_kept_of_every_disk_that_a_machine_has_or_the_log_names() {
    let (vm, disk) = (resource(MACHINE, "vm1"), resource("Microsoft.Compute/disks", "vm1_data"));
    let export = "Microsoft.Compute/disks/beginGetAccess/action";
    let report =
        report(&attack([done("10:05:00", EVE, RUN, &vm), done("10:06:00", EVE, export, &disk)]));
    let line = command(&report, "virtual_machines", "Keep copies");
    assert!(line.contains("storageProfile.dataDisks[]"), "{line}");
    // The command runs against a stand-in that tells of one disk and notes what is copied.
    let stand_in = r#"az() { case "$1 $2" in 'vm show') echo /s/disks/VM1_os; echo "$NAMED";; 'disk show') echo north;; *) echo "$*";; esac; }"#;
    let script = format!("{stand_in}; {line}");
    let out = std::process::Command::new("sh").args(["-c", &script]).env("NAMED", &disk).output();
    let out = String::from_utf8(out.expect("sh").stdout).expect("text");
    let copied: Vec<&str> = out.lines().collect();
    assert_eq!(copied.len(), 2, "each once: {out}");
    let has = |source: &str| copied.iter().any(|line| line.to_lowercase().contains(source));
    assert!(has(&format!("--source {} --location north", disk.to_lowercase())), "{out}");
    assert!(has("--name evidence-vm1_os --source /s/disks/vm1_os --location north"), "{out}");
}

#[test]
fn what_is_deleted_for_good_is_saved_before() {
    let account = resource("Microsoft.Automation/automationAccounts", "aa1");
    let runbook = format!("{account}/runbooks/r1");
    let rule = format!("{SUB}/providers/Microsoft.Security/alertsSuppressionRules/s1");
    let report = report(&attack([
        done("10:05:00", EVE, "Microsoft.Automation/automationAccounts/write", &account),
        done("10:06:00", EVE, &format!("{RUNBOOK}/write"), &runbook),
        done("10:07:00", EVE, "Microsoft.Security/alertsSuppressionRules/write", &rule),
    ]));
    let id = runbook.to_lowercase();
    let text = step(&report, "subscriptions", "Save the text of the runbook");
    assert_eq!((&text["stage"], &text["target"]), (&"preserve".into(), &json!(id)));
    let line = text["command"].as_str().expect("a command");
    let begin =
        format!("az rest --method get --url {id}'/content?api-version=2023-11-01' --output-file");
    assert!(line.starts_with(&begin), "{line}");
    let all = command(&report, "subscriptions", "Save the runbooks, jobs, schedules and webhooks");
    assert!(all.contains("runbooks jobs jobSchedules schedules webhooks"), "{all}");
    let rule = command(&report, "subscriptions", "Save the suppression rule");
    assert!(rule.contains("s1'?api-version=2019-01-01-preview' > "), "{rule}");
}

#[test]
fn an_application_that_nobody_is_known_to_know_is_disabled_and_all_its_credentials_are_listed() {
    let app = "22222222-0000-0000-0000-0000000000aa";
    let mut elevate = attack([]).remove(0);
    elevate["caller"] = OBJECT.into();
    elevate["claims"] = json!({
        "http://schemas.microsoft.com/identity/claims/objectidentifier": OBJECT,
        "appid": app,
        "idtyp": "app",
    });
    let report = report(&[elevate]);
    assert_eq!(report["users"][0]["familiarity"], "unknown");
    let disable = command(&report, "users", "Disable the service principal");
    assert_eq!(disable, format!("az ad sp update --id {OBJECT} --set accountEnabled=false"));
    let list = command(&report, "users", "List its credentials");
    for part in [
        format!("az ad app credential list --cert --id {app}"),
        format!("az ad app federated-credential list --id {app}"),
        format!("az ad sp credential list --id {OBJECT}"),
    ] {
        assert!(list.contains(&part), "{list}");
    }
    assert_eq!(
        step(&report, "users", "Review its one operation")["stage"],
        "review",
        "one is told as one"
    );
}

#[test]
fn the_sign_ins_of_a_person_are_saved_whatever_their_kind() {
    let mut elevate = attack([]).remove(0);
    elevate["claims"]["http://schemas.microsoft.com/identity/claims/objectidentifier"] =
        OBJECT.into();
    let report = report(&[elevate]);
    let line = command(&report, "users", "Save its sign-in log");
    assert!(line.contains("/beta/") && line.contains("nonInteractiveUser"), "{line}");
    // The service gives a page at a time, and the address of the next one.
    let az = r#"az() { echo "$7" >> asked; if [ -e sign-ins-*.2.json ]; then more=; else more=',
  "@odata.nextLink": "https://graph.microsoft.com/next?a=1&$skiptoken=x"'; fi; printf '{\n  "value": []%s\n}\n' "$more"; }"#;
    let folder = tempfile::tempdir().unwrap();
    let mut shell = std::process::Command::new("sh");
    let script = format!("{az}\n{line}");
    let out = shell.args(["-c", &script]).current_dir(&folder).output().unwrap();
    assert!(out.status.success() && out.stderr.is_empty(), "{out:?}");
    let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].starts_with("https://graph.microsoft.com/beta/auditLogs/signIns?$filter="));
    assert_eq!(asked[1], "https://graph.microsoft.com/next?a=1&$skiptoken=x");
    for page in 1..=2 {
        assert!(folder.path().join(format!("sign-ins-{OBJECT}.{page}.json")).exists());
    }
}

#[test]
fn a_vault_whose_purge_protection_is_switched_on_keeps_it() {
    let vault = resource("Microsoft.KeyVault/vaults", "kv1");
    let body = json!({"properties": {"enableSoftDelete": false, "enablePurgeProtection": false}});
    let report =
        report(&attack(asked("10:05:00", "Microsoft.KeyVault/vaults/write", &vault, &body)));
    let raise = step(&report, "subscriptions", "Raise the defence again: deleted keys");
    assert_eq!(raise["reversible"], false);
    assert!(raise["step"].as_str().unwrap().contains("cannot be taken off again"), "{raise}");
}

#[test]
fn no_step_stands_twice_and_evidence_is_kept_first() {
    let disk = "Microsoft.Compute/disks/write";
    let ran = done("11:05:00", EVE, RUN, &resource(MACHINE, "vm1"));
    let made = done("11:06:00", EVE, disk, &resource("Microsoft.Compute/disks", "d1"));
    let report = report(&attack([ran, made]));
    let mut count = 0;
    let stages = ["preserve", "lock_out", "remove", "rotate", "restore", "review"];
    for list in ["users", "subscriptions", "virtual_machines", "alerts"] {
        for entry in report[list].as_array().unwrap() {
            let steps = entry["mitigation"].as_array().unwrap();
            count += steps.len();
            let mut seen = std::collections::BTreeSet::new();
            assert!(
                steps.iter().all(|s| seen.insert((s["step"].to_string(), s["target"].to_string())))
            );
            let order: Vec<_> =
                steps.iter().map(|s| stages.iter().position(|name| s["stage"] == *name)).collect();
            assert!(order.is_sorted() && order.iter().all(Option::is_some), "{order:?}");
        }
    }
    assert!(count > 0);
}

#[test]
fn a_subscription_that_was_cancelled_is_enabled_again() {
    let cancel = "Microsoft.Subscription/cancel/action";
    let report = report(&attack([done("11:05:00", EVE, cancel, SUB)]));
    let line = command(&report, "subscriptions", "Raise the defence again: a subscription was");
    assert!(line.contains("/providers/Microsoft.Subscription/enable?api-version="), "{line}");
}
