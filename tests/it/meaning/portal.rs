//! The portal's CSV: display names, and of resources perhaps no more than their names.

use serde_json::json;

use crate::case::{analyze, assert_balanced};

const HEADER: &str = "Correlation id,Operation name,Status,Event category,Level,Time,Subscription,Event initiated by,Resource type,Resource group,Resource\n";

fn row(time: &str, group: &str, resource: &str, status: &str) -> String {
    format!(
        "c1,Delete Storage Account,{status},Administrative,Informational,2026-03-01T10:00:{time}Z,s,ann@contoso.com,Storage account,{group},{resource}\n"
    )
}

#[test]
fn resources_that_are_only_named_are_told_apart() {
    let text = HEADER.to_owned()
        + &row("00.123", "rg1", "a", "Succeeded")
        + &row("00.123", "rg1", "b", "Failed")
        + &row("00.123", "rg2", "a", "Started")
        + &row("01.456", "rg2", "a", "Succeeded")
        + HEADER
        + &row("00.123", "rg1", "a", "Succeeded");
    let case = analyze(&[("portal.csv", text.as_bytes())], &[]);
    let report = case.report();
    assert_balanced(&report);
    let totals = &report["evidence"]["totals"];
    assert_eq!((&totals["events"], &totals["duplicates"]), (&4.into(), &1.into()));
    let outcomes = json!({"succeeded": 2, "failed": 1, "accepted": 0, "unknown": 0});
    assert_eq!(
        (&report["operations"]["count"], &report["operations"]["by_outcome"]),
        (&3.into(), &outcomes)
    );
}

#[test]
fn the_provider_s_own_row_of_a_grant_belongs_to_it_where_only_names_are_shown() {
    let row = |time: &str, resource: &str, status: &str| {
        row(time, "rg1", resource, status)
            .replace("Delete Storage Account", "Create role assignment")
    };
    let text = HEADER.to_owned()
        + &row("00.123", "88daaf5a-ea86-4a68-9d89-477538d41100", "Started")
        + &row("01.123", "88daaf5a-ea86-4a68-9d89-477538d41100", "Succeeded")
        + &row("02.123", "88daaf5aea864a689d89477538d41100", "Succeeded");
    let report = analyze(&[("portal.csv", text.as_bytes())], &[]).report();
    assert_eq!(report["evidence"]["totals"]["events"], 3);
    assert_eq!(report["operations"]["count"], 1);
}
