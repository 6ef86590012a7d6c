//! Tests of the self-audit.

use std::collections::BTreeSet;

use super::*;
use crate::rule::Watchlist;

fn audited(text: &str) -> Vec<Audit> {
    let set = RuleSet::from_text("p.yml", text).unwrap();
    set.rules().iter().map(|rule| audit(&set, rule)).collect()
}

/// The audit of the first rule of a file, which the others are parts of.
fn first(text: &str) -> Audit {
    audited(text).remove(0)
}

fn rule(title: &str, rest: &str) -> String {
    format!("title: {title}\nid: {title}\nname: {title}\nfalsepositives: [x]\n{rest}\n")
}

#[test]
fn no_built_in_rule_is_known_never_to_fire_and_nothing_is_odd_about_one() {
    let mut set = RuleSet::builtin_with_tests();
    let mut list = Watchlist::default();
    list.add("203.0.113.0/24");
    set.watch(list);
    for rule in set.rules() {
        let audit = audit(&set, rule);
        // Of some operations nobody says whether they are recorded; those are worth a rule.
        let may_fire = audit.verdict.is_good() || matches!(audit.verdict, Verdict::Doubtful(_));
        assert!(may_fire, "{}: {}", rule.path, audit.verdict);
        let remarks: Vec<String> = audit.remarks.iter().map(Remark::to_string).collect();
        assert_eq!(remarks, [""; 0], "{}", rule.path);
    }
}

#[test]
fn verdicts_name_their_reason() {
    for (detection, shown) in [
        (
            "{s: {operationName: Microsoft.Compute/virtualMachines/read}, condition: s}",
            "can never fire: the Activity Log never records Microsoft.Compute/virtualMachines/read (read)",
        ),
        (
            "{s: {operationName: Microsoft.KeyVault/vaults/secrets/getSecret/action}, condition: s}",
            "(data action)",
        ),
        (
            "{s: {operationName: [A/b/write, C/d/write, E/f/write, G/h/write]}, condition: s}",
            "can perhaps fire: no catalogue knows a/b/write, c/d/write, e/f/write and 1 more",
        ),
        (
            "{s: {operationName: Microsoft.Kubernetes/connectedClusters/secrets/write}, condition: s}",
            "can perhaps fire: nobody says whether the Activity Log records Microsoft.Kubernetes/",
        ),
        (
            "{s: {operationName|startswith: Microsoft.Compute/, operationName|endswith: /listKeys/action}, condition: s}",
            "can perhaps fire: no known operation meets its condition",
        ),
        (
            "{s: {EventID: 7, Image: x}, condition: s}",
            "can never fire: no export of the Activity Log has EventID, Image",
        ),
        ("{s: {status: x}, condition: s and not s}", "no operation can meet its condition"),
        (
            "{s: {httpRequest.method: PUT}, condition: s}",
            "can fire (not on activity-diagnostic, activity-portal-csv, ",
        ),
        ("{s: {RoleLocation: x}, condition: s}", "can fire only on activity-diagnostic"),
        ("{s: {status: x}, condition: s}", "can fire (not on activity-rest-partial)"),
        ("{s: {caller: x}, condition: s}", "can fire"),
    ] {
        let audit = first(&rule("t", &format!("detection: {detection}")));
        let said = audit.verdict.to_string();
        assert!(said.contains(shown), "{detection}: {said}");
    }
}

#[test]
fn rules_of_other_logs_are_not_remarked_for_their_fields() {
    let audit = first(&rule(
        "t",
        "logsource: {product: azure, service: signinlogs}\ndetection: {s: {riskState: x}, condition: s}",
    ));
    assert_eq!(
        audit.verdict.to_string(),
        "log source not in evidence: azure signinlogs (the sign-in log of Microsoft Entra)"
    );
    assert!(!audit.remarks.iter().any(|remark| matches!(remark, Remark::NoSuchField(_))));
}

#[test]
fn correlations_over_rules_of_other_logs_read_these() {
    let part = rule(
        "a",
        "logsource: {product: azure, service: pim}\ndetection: {s: {x: y}, condition: s}",
    );
    let correlation = |name: &str, of: &str| {
        let rest = "group-by: [AccountUPN], timespan: 1h, condition: {gte: 2}";
        rule(name, &format!("correlation: {{type: event_count, rules: [{of}], {rest}}}"))
    };
    let text = [correlation("c", "b"), correlation("b", "a"), part].join("---\n");
    for audit in audited(&text) {
        assert!(matches!(audit.verdict, Verdict::OtherLog(_)), "{}", audit.verdict);
        assert!(!audit.remarks.iter().any(|remark| matches!(remark, Remark::NoSuchField(_))));
    }
}

#[test]
fn operations_and_fields_are_remarked_each_once() {
    let audit = first(&rule(
        "t",
        "detection: {s: {operationName: [Nonesuch/a/write, '*/nonesuch/*', 'Microsoft.Compute/*', \
         Microsoft.Compute/virtualMachines/read]}, t: {TargetUserName: x, TargetUserName|contains: y}, \
         u: {outcome: successful}, condition: s or t or u}",
    ));
    let remarks: Vec<String> = audit.remarks.iter().skip(1).map(Remark::to_string).collect();
    assert_eq!(
        remarks,
        [
            "no catalogue knows the operation nonesuch/a/write",
            "no known operation fits */nonesuch/*",
            "the Activity Log never records Microsoft.Compute/virtualMachines/read (read)",
            "no export of the Activity Log has the field TargetUserName",
            "the search `u` can never hold",
        ]
    );
    let (recorded, not) = audit.operations[2].matched.unwrap();
    assert!(recorded > 50 && not > 50, "{recorded} {not}");
}

const PART: &str = "logsource: {product: azure, service: activitylogs}\ndetection: {s: {operationName: Microsoft.Compute/virtualMachines/write}, condition: s}";
const READ: &str =
    "detection: {s: {operationName: Microsoft.Compute/virtualMachines/read}, condition: s}";

#[test]
fn correlations_need_their_rules_and_keys() {
    let correlation = |kind: &str, rules: &str, by: &str| {
        let head = rule(
            "c",
            &format!(
                "correlation: {{type: {kind}, rules: [{rules}], group-by: [{by}], timespan: 1h, condition: {{gte: 2}}}}"
            ),
        );
        let (a, b) = (rule("a", PART), rule("b", READ));
        first(&format!("{head}---\n{a}---\n{b}")).verdict.to_string()
    };
    assert_eq!(correlation("event_count", "a, b", "actor"), "can fire");
    assert_eq!(
        correlation("temporal", "a, b", "actor"),
        "can never fire: the rule \"b\" can never fire: the Activity Log never records \
         Microsoft.Compute/virtualMachines/read (read)"
    );
    assert_eq!(
        correlation("event_count", "a", "Workstation"),
        "can never fire: no export of the Activity Log has Workstation"
    );
    assert_eq!(
        correlation("event_count", "a", "http_method"),
        first(&rule("t", "detection: {s: {http_method: x}, condition: s}")).verdict.to_string()
    );
    assert!(correlation("event_count", "a, z", "actor").starts_with("is not evaluated: it needs"));
}

#[test]
fn counts_that_nothing_reaches_and_fields_of_no_alias_are_told() {
    let correlation = |rest: &str| {
        let head = rule("c", &format!("correlation: {{timespan: 1h, {rest}}}"));
        let (a, b, d) = (rule("a", PART), rule("b", READ), rule("d", PART));
        first(&format!("{head}---\n{a}---\n{b}---\n{d}")).verdict.to_string()
    };
    let nothing = "can never fire: no number of matches can meet its condition";
    for (rest, said) in [
        ("type: event_count, rules: [a], condition: {gt: 9, lt: 5}", nothing),
        ("type: event_count, rules: [a], condition: {lt: 1}", nothing),
        ("type: temporal, rules: [a, d], condition: {gte: 3}", nothing),
        ("type: event_count, rules: [a], condition: {gt: 4, lt: 6}", "can fire"),
        // Two of the three are enough.
        ("type: temporal, rules: [a, b, d], condition: {gte: 2}", "can fire"),
        (
            "type: temporal, rules: [a, d], group-by: [who], aliases: {who: {a: caller}}",
            "can never fire: no export of the Activity Log has who",
        ),
        ("type: event_count, rules: [c], condition: {gte: 2}", "is not evaluated: it needs itself"),
    ] {
        assert_eq!(correlation(rest), said, "{rest}");
    }
    let old = "detection: {s: {status: x}, condition: 's | count() < 1'}";
    assert_eq!(first(&rule("t", old)).verdict.to_string(), nothing);
}

#[test]
fn rules_that_need_each_other_are_told() {
    let correlation = |name: &str, of: &str| {
        rule(name, &format!("correlation: {{type: temporal, rules: [{of}], timespan: 1h}}"))
    };
    let text = [correlation("a", "b"), correlation("b", "a")].join("---\n");
    assert_eq!(
        first(&text).verdict.to_string(),
        "is not evaluated: it needs the rule \"b\": it needs the rule \"a\", which needs it"
    );
}

#[test]
fn native_rules_need_their_selections_and_keys() {
    let write = "operationName: Microsoft.Compute/virtualMachines/write";
    let read = "operationName: Microsoft.Compute/virtualMachines/read";
    for (block, word) in [
        ("first_seen: {key: [actor, source_ip_network]}", "fires_on_some"),
        ("first_seen: {key: [nonesuch]}", "never"),
        ("first_seen: {key: [nonesuch], history: {days: 0}}", "fires"),
        ("baseline: {model: rare, of: [operation], across: [actor]}", "fires"),
        ("baseline: {model: rare, of: [operation], across: [nonesuch]}", "never"),
        ("state: {opened: a, closed: b, by: [resource_id]}", "fires"),
        ("state: {opened: b, closed: a, by: [resource_id]}", "never"),
        ("chain: {steps: [a, {finding: high}], by: [actor], within: 1h}", "fires"),
        ("chain: {steps: [a, b], by: [actor], within: 1h}", "never"),
        ("chain: {steps: [a, b], by: [actor], within: 1h, least: 1}", "fires"),
        ("alert: {join: [ip]}", "fires"),
    ] {
        let text = format!("detection: {{a: {{{write}}}, b: {{{read}}}, condition: a}}\n{block}");
        let audit = first(&rule("t", &text));
        assert_eq!(audit.verdict.as_str(), word, "{block}: {}", audit.verdict);
    }
}

#[test]
fn evidence_that_lacks_what_a_rule_needs_is_named() {
    let evidence = Evidence {
        shapes: Shapes::of(["activity-diagnostic"].into_iter()),
        categories: Some(BTreeSet::from(["administrative".to_owned()])),
        ..Evidence::default()
    };
    let obstacle = |evidence: &Evidence, rest: &str| {
        let set = RuleSet::from_text("p", &rule("t", rest)).unwrap();
        evidence.obstacle(&set, &set.rules()[0]).unwrap_or_default()
    };
    let write = "operationName: Microsoft.Compute/virtualMachines/write";
    for (rest, why) in [
        (PART.to_owned(), ""),
        (READ.to_owned(), "the Activity Log never records Microsoft.Compute/virtualMachines/read (read)"),
        (
            "detection: {s: {operationName: Microsoft.Authorization/elevateAccess/action}, condition: s}".into(),
            "the tenant-level (directory) Activity Log is not in the evidence",
        ),
        (
            "detection: {s: {operationName: Microsoft.Authorization/policies/deny/action}, condition: s}".into(),
            "events of its category are not in the evidence",
        ),
        (
            format!("detection: {{s: {{{write}, http_method: PUT}}, condition: s}}"),
            "events of activity-diagnostic do not carry http_method",
        ),
        (
            format!("detection: {{s: {{{write}}}, condition: s}}\nalert: {{join: [ip]}}"),
            "no alerts are in the evidence",
        ),
        ("detection: {s: {operationName: Nonesuch/x/write}, condition: s}".into(), ""),
    ] {
        assert_eq!(obstacle(&evidence, &rest), why, "{rest}");
    }
    let mut bare = Bare::default();
    bare.note(Portion::Properties, "activity-diagnostic");
    let selected = Evidence { bare, ..evidence };
    let of = |field: &str| {
        obstacle(&selected, &format!("detection: {{s: {{{write}, {field}: x}}, condition: s}}"))
    };
    assert_eq!(
        of("properties.requestbody.a"),
        "events of activity-diagnostic do not carry properties.requestbody.a"
    );
    assert_eq!((of("claims.groups"), of("client_ip")), (String::new(), String::new()));
    let nothing = Evidence::default();
    assert_eq!(obstacle(&nothing, PART), "no Activity Log events are in the evidence");
}
