//! `azscope query`: SQL over the tables, in each format.

use serde_json::{Value, json};

use super::{answer, complaint, over, sample, sample_report};
use crate::case::{analyze, command};

fn rows(sql: &str) -> Vec<Value> {
    let text = answer(&["query", "case", sql, "--format", "jsonl"]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn one(sql: &str) -> Value {
    let rows = rows(sql);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].as_object().unwrap().values().next().unwrap().clone()
}

#[test]
fn every_table_has_the_rows_that_the_report_counts() {
    let report = sample_report();
    let listed = |pointer: &str| report.pointer(pointer).unwrap().as_array().unwrap().len();
    let in_each = |key: &str| {
        let all = report["subscriptions"].as_array().unwrap().iter();
        all.map(|one| one[key].as_array().unwrap().len()).sum::<usize>()
    };
    for (table, count) in [
        ("events", usize::try_from(report["evidence"]["totals"]["events"].as_u64().unwrap())),
        ("operations", usize::try_from(report["operations"]["count"].as_u64().unwrap())),
        (
            "operation_events",
            usize::try_from(report["evidence"]["totals"]["events"].as_u64().unwrap()),
        ),
        ("alerts", Ok(listed("/alerts"))),
        ("findings", Ok(listed("/findings"))),
        ("users", Ok(listed("/users"))),
        ("subscriptions", Ok(listed("/subscriptions"))),
        ("virtual_machines", Ok(listed("/virtual_machines"))),
        ("iam_changes", Ok(in_each("iam_changes") + listed("/tenant_iam_changes"))),
        ("residue", Ok(in_each("residue"))),
        ("files", Ok(listed("/evidence/files"))),
    ] {
        assert_eq!(one(&format!("select count(*) from {table}")), count.unwrap(), "{table}");
    }
}

#[test]
fn findings_lead_to_their_operations_and_these_to_their_events() {
    let counted = rows(
        "select finding_id, count(*) n from finding_operations join operation_events using (operation_id) group by 1 order by 1",
    );
    let all = sample_report()["findings"].as_array().unwrap().iter();
    let mut expected: Vec<Value> =
        all.map(|one| json!({"finding_id": one["id"], "n": one["events"]})).collect();
    expected.sort_by_key(|row| row["finding_id"].to_string());
    assert_eq!(counted, expected);
}

#[test]
fn every_way_to_join_and_to_name_columns_reads_what_it_needs() {
    let joined =
        "from finding_operations f join operation_events e on f.operation_id = e.operation_id";
    let all = one(&format!("select count(*) {joined}"));
    assert!(all.as_u64() > Some(0));
    for sql in [
        "select count(*) from finding_operations join operation_events using (operation_id)",
        "select count(*) from finding_operations join operation_events using (OPERATION_ID)",
        "select count(*) from finding_operations join operation_events using (\"operation_id\")",
        "select count(*) from finding_operations natural join operation_events",
        "select count(*) from finding_operations, operation_events where \"finding_operations\".operation_id = [operation_events].operation_id",
        "with f as (select * from finding_operations) select sum(n) from (select (select count(*) from operation_events e where e.operation_id = f.operation_id) n from f)",
    ] {
        assert_eq!(one(sql), all, "{sql}");
    }
    let whole = &rows("select * from operations order by operation_id limit 1")[0];
    let (id, keys) = (&whole["operation_id"], whole.as_object().unwrap());
    let names: Vec<String> = keys.keys().map(|name| format!("\"{name}\"")).collect();
    let sql = format!(
        "select {} from operations where operation_id = {}",
        names.join(", "),
        id.to_string().replace('"', "'")
    );
    assert_eq!(rows(&sql)[0], *whole);
    assert!(keys.values().filter(|value| !value.is_null()).count() > 8, "{whole}");
}

#[test]
fn times_compare_as_instants_whatever_their_form() {
    let all = one("select count(*) from events");
    let first = one("select min(event_time) from events");
    let first = first.as_str().unwrap();
    assert_eq!(one(&format!("select count(*) from events where event_time >= '{first}'")), all);
    let day = &first[..10];
    let next =
        one(&format!("select count(*) from events where event_time >= date('{day}', '+1 day')"));
    let of_day = one(&format!("select count(*) from events where event_time like '{day}%'"));
    assert_eq!(json!(next.as_u64().unwrap() + of_day.as_u64().unwrap()), all);
    let zoned =
        one(&format!("select count(*) from events where event_time < '{day}T02:00:00+02:00'"));
    assert_eq!(zoned, 0);
    let ordered = rows("select event_time t from events order by event_time");
    let expected: Vec<Value> = answer(&["timeline", "case", "--of", "events", "--format", "jsonl"])
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["event_time"].clone())
        .collect();
    assert_eq!(ordered.iter().map(|row| row["t"].clone()).collect::<Vec<_>>(), expected);
}

#[test]
fn lists_are_json_flags_are_booleans_and_our_functions_work() {
    let row = &rows(
        "select aliases, delegated_access, risk_score, id from users order by risk_score desc limit 1",
    )[0];
    let user = &sample_report()["users"][0];
    assert_eq!(row["aliases"], user["aliases"]);
    assert_eq!(row["delegated_access"], user["delegated_access"]);
    assert_eq!(row["risk_score"], user["risk"]["score"]);
    let ips = one("select count(*) from users, json_each(users.ips)");
    let expected: usize = sample_report()["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["ips"].as_array().unwrap().len())
        .sum();
    assert_eq!(ips, expected);
    let by_network =
        one("select count(*) from events where in_network(client_ip, '203.0.113.0/24')");
    let by_text = one("select count(*) from events where client_ip like '203.0.113.%'");
    assert_eq!(by_network, by_text);
    assert!(by_text.as_u64() > Some(0));
    let by_regex = one("select count(*) from events where client_ip regexp '^203\\.0\\.113\\.'");
    assert_eq!(by_regex, by_text);
}

#[test]
fn each_format_holds_the_same_rows() {
    let sql = "select event_time, event, client_ip, mfa, http_status, length * 1.0 part, null none from events order by event";
    let lines = rows(sql);
    let ask = |format: &str| answer(&["query", "case", sql, "--format", format]);
    let array: Vec<Value> = serde_json::from_str(&ask("json")).unwrap();
    assert_eq!(array, lines);
    let csv = ask("csv");
    let sheet = csv::Reader::from_reader(csv.as_bytes()).records().count();
    assert_eq!(sheet, lines.len());
    assert_eq!(ask("table").lines().count(), lines.len() + 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.parquet");
    let path = file.to_str().unwrap();
    assert_eq!(answer(&["query", "case", sql, "--format", "parquet", "-o", path]), "");
    let names = ["event_time", "event", "client_ip", "mfa", "http_status", "none"];
    let table = azscope::corpus::Table::read(&file, &names).unwrap();
    assert_eq!(table.len(), lines.len());
    for (row, line) in lines.iter().enumerate() {
        for (column, name) in names.iter().enumerate() {
            let cell = table.cell(column, row).to_string();
            let expected =
                line[name].as_str().map_or_else(|| line[name].to_string(), str::to_owned);
            assert_eq!(cell, expected.replace("null", ""), "{name}");
        }
    }
    let said = complaint(sample(), &["query", "case", sql, "--format", "csv", "-o", path]);
    assert!(said.contains("exists"), "{said}");
}

#[test]
fn columns_of_one_name_are_told_apart() {
    let row = &rows("select 1 as n, 2 as n, 3 as n")[0];
    assert_eq!(*row, json!({"n": 1, "n_2": 2, "n_3": 3}));
}

#[test]
fn a_question_reads_and_nothing_else() {
    let folder = sample().path("").parent().unwrap().to_owned();
    let before = std::fs::read_dir(&folder).unwrap().count();
    for sql in [
        "drop table events",
        "delete from users",
        "insert into events values (1)",
        "attach 'x.db' as x",
        "create table x (a)",
        "pragma journal_mode = wal",
        "vacuum into 'x.db'",
        "select * from pragma_table_info('events')",
        "select load_extension('x')",
    ] {
        let said = complaint(sample(), &["query", "case", sql]);
        assert!(said.starts_with("error: "), "{sql}: {said}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), before);
    complaint(sample(), &["query", "case", "select 1; select 2"]);
}

#[test]
fn mistakes_are_told_with_what_may_have_been_meant() {
    let said = |sql: &str| complaint(sample(), &["query", "case", sql]);
    assert!(said("select clientip from events").contains("near it: client_ip"));
    assert!(said("select * from event").contains("near it: events"));
    let text = said("select *\nfrm events");
    assert!(text.contains("frm events") && text.contains('^'), "{text}");
    assert!(
        said("select 1 where 'a' regexp '('").contains("regex"),
        "{}",
        said("select 1 where 'a' regexp '('")
    );
    assert!(said("").starts_with("error: "));
}

#[test]
fn tables_are_told_with_kinds_and_meanings() {
    let told = answer(&["query", "case", "--tables"]);
    for part in ["events\n", "event_time time", "users\n", "risk_score integer", "aliases json"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn sql_comes_from_standard_input_too_and_hostile_values_are_safe() {
    let evil = "{\"time\":\"2026-03-01T10:00:00Z\",\"category\":\"Administrative\",\"operationName\":\"A/B/\u{1b}[2JWRITE\",\"resultDescription\":\"=cmd()\"}";
    let case = analyze(&[("x.json", evil.as_bytes())], &[]);
    let mut child = command(case.path("").parent().unwrap())
        .args(["query", "case", "-", "--format", "csv"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"select description, -5 n from events").unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "description,n\r\n'=cmd(),-5\r\n");
    let table = over(&case, &["query", "case", "select operation \"\u{1b}[1mx\" from events"]);
    assert!(!table.stdout.contains(&0x1b), "{}", String::from_utf8_lossy(&table.stdout));
}
