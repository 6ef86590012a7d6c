//! The pages of a case: whole, linked both ways, asking for nothing, with hostile text as text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::case::{Case, analyze, analyze_in};

/// Elements that have no end tag.
const VOID: &[&str] = &["!doctype", "meta", "br", "input", "link", "hr", "img"];

/// Returns every page of a case by its path.
fn pages(case: &Case) -> BTreeMap<String, String> {
    let mut names = vec!["report.html".to_owned()];
    for folder in ["users", "subscriptions"] {
        let Ok(entries) = std::fs::read_dir(case.path(folder)) else { continue };
        let entries = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.extend(entries.map(|name| format!("{folder}/{name}")));
    }
    names.into_iter().map(|name| (name.clone(), case.read(&name))).collect()
}

/// Returns the tags of a page in order, without what stands inside scripts and styles.
fn tags(page: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        // Quoted values hold no `>`: the escaper of HTML sees to that.
        let end = tag.find('>').expect("a tag ends");
        tags.push(&tag[..end]);
        rest = &tag[end + 1..];
        for raw in ["script", "style"] {
            if tag[..end].split_whitespace().next() == Some(raw) {
                rest = &rest[rest.find(&format!("</{raw}>")).expect("it ends")..];
            }
        }
    }
    tags
}

/// Asserts that every element is closed where its parent expects it.
fn assert_well_formed(name: &str, page: &str) {
    let mut open = Vec::new();
    for tag in tags(page) {
        let word = tag.split([' ', '\n']).next().unwrap().to_ascii_lowercase();
        match word.strip_prefix('/') {
            Some(end) => assert_eq!(open.pop().as_deref(), Some(end), "{name}: <{tag}>"),
            None if VOID.contains(&word.as_str()) || tag.ends_with('/') => {}
            None => open.push(word),
        }
    }
    assert!(open.is_empty(), "{name}: {open:?} stay open");
}

/// Returns the values of an attribute.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let start = format!("{attribute}=\"");
    let inside = tags(page).into_iter().filter_map(move |tag| {
        let (_, rest) = tag.split_once(&format!(" {start}"))?;
        rest.split_once('"').map(|(value, _)| value)
    });
    inside.collect()
}

/// Asserts that every link leads to a file of the case, and to a place that is there.
fn assert_linked(case: &Case, pages: &BTreeMap<String, String>) {
    let ids: BTreeMap<&str, BTreeSet<&str>> = pages
        .iter()
        .map(|(name, page)| (name.as_str(), values(page, "id").into_iter().collect()))
        .collect();
    for (name, page) in pages {
        assert_eq!(values(page, "id").len(), ids[name.as_str()].len(), "{name}: ids are unique");
        assert!(values(page, "src").is_empty(), "{name}");
        for href in values(page, "href") {
            let (file, anchor) = href.split_once('#').unwrap_or((href, ""));
            let folder = Path::new(name).parent().unwrap();
            let target = match file.strip_prefix("../") {
                _ if file.is_empty() => name.clone(),
                Some(file) => file.to_owned(),
                None => folder.join(file).to_str().unwrap().to_owned(),
            };
            assert!(case.path(&target).is_file(), "{name}: {href}");
            if !anchor.is_empty() {
                assert!(ids[target.as_str()].contains(anchor), "{name}: {href}");
            }
        }
    }
}

fn check(case: &Case) -> BTreeMap<String, String> {
    let pages = pages(case);
    for (name, page) in &pages {
        assert_well_formed(name, page);
        let meta =
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;";
        assert!(page.contains(meta), "{name}");
        for needed in
            ["<html lang=\"en\">", "<main ", "<nav aria-label=", "<h1>", "</title>\n<style>"]
        {
            assert_eq!(page.matches(needed).count(), 1, "{name}: {needed}");
        }
    }
    assert_linked(case, &pages);
    pages
}

#[test]
fn the_pages_of_the_sample_are_whole_and_linked_and_in_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs");
    let case = analyze_in(folder, &sample, &[]);
    let (pages, report) = (check(&case), case.report());
    let count = |what: &str| report[what].as_array().unwrap().len();
    let main = &pages["report.html"];
    for (table, rows) in [
        ("findings", count("findings")),
        ("alerts", count("alerts")),
        ("users", count("users")),
        ("subscriptions", count("subscriptions")),
        ("machines", count("virtual_machines")),
        ("evidence", report["evidence"]["files"].as_array().unwrap().len()),
    ] {
        let (_, rest) = main.split_once(&format!("id=\"t-{table}\"")).expect(table);
        let seen = rest.split_once("</table>").unwrap().0.matches("<tbody").count();
        assert_eq!(seen, rows, "{table}");
    }
    let subscriptions = pages.keys().filter(|name| name.starts_with("subscriptions/")).count();
    assert_eq!(subscriptions, count("subscriptions"));
    let manifest = case.read("case.json");
    assert!(pages.keys().all(|name| manifest.contains(&format!("\"path\": \"{name}\""))));
}

#[test]
fn hostile_names_are_text_on_every_page_and_harmless_in_file_names() {
    let evil = "../\\\"><script>alert(1)</script>&#60;img src=x onerror=y>\\u001b[31m\\u202e|CON";
    let record = format!(
        r#"{{"time":"2026-03-01T10:00:00.0000000Z","resourceId":"/SUBSCRIPTIONS/00000000-0000-0000-0000-00000000000A/RESOURCEGROUPS/{evil}/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/{evil}","operationName":"MICROSOFT.AUTHORIZATION/ELEVATEACCESS/ACTION","category":"Administrative","resultType":"Success","callerIpAddress":"192.0.2.1","correlationId":"c","identity":{{"claims":{{"scp":"x","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"{evil}@x","name":"{evil}"}}}},"level":"Information"}}"#
    );
    let name = "a<b>'&\".json";
    let case = analyze(&[(name, record.as_bytes())], &[]);
    let pages = check(&case);
    assert!(pages.keys().any(|name| name.starts_with("users/")), "{pages:?}");
    for (name, page) in &pages {
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "@._~-/".contains(c)), "{name}");
        assert!(!page.contains("<script>alert") && !page.contains("<img"), "{name}");
        assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'), "{name}");
        assert!(tags(page).iter().all(|tag| !tag.contains("://")), "{name}");
    }
    let user = pages.iter().find(|(name, _)| name.starts_with("users/")).unwrap().1;
    assert!(user.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

/// Everybody that a report ties to a subscription, by id or object id.
fn people_of(report: &Value, one: &Value) -> BTreeSet<String> {
    let mut people = BTreeSet::new();
    let mut take = |value: &Value| {
        people.extend(value.as_str().map(str::to_owned));
    };
    one["users"].as_array().unwrap().iter().for_each(&mut take);
    for (list, keys) in [
        ("iam_changes", &["by", "principal"][..]),
        ("inherited_iam_changes", &["by", "principal"]),
        ("iam_attempts", &["by", "principal"]),
        ("delegations", &["by"]),
        ("runbooks", &["by"]),
        ("residue", &["created_by"]),
        ("defences", &["by", "raised_by"]),
    ] {
        for each in one[list].as_array().unwrap() {
            for key in keys {
                take(&each[key]);
            }
            take(&each["ended"]["by"]);
        }
    }
    for finding in report["findings"].as_array().unwrap() {
        if finding["subscription_id"] == one["id"] {
            take(&finding["principal"]);
        }
    }
    for alert in report["alerts"].as_array().unwrap() {
        if alert["subscription_id"] == one["id"] {
            alert["principals"].as_array().unwrap().iter().for_each(&mut take);
        }
    }
    people
}

/// Asserts that the page of each subscription names no other, nobody who acts only there, and nothing that lies there.
fn assert_pages_stand_alone(case: &Case) -> usize {
    let (report, mut checked) = (case.report(), 0);
    let list = |key: &str| report[key].as_array().unwrap();
    let resources: BTreeSet<&str> = list("findings")
        .iter()
        .flat_map(|finding| finding["resources"].as_array().unwrap())
        .filter_map(Value::as_str)
        .collect();
    for one in list("subscriptions") {
        let id = one["id"].as_str().unwrap();
        let page = case.read(&format!("subscriptions/{id}.html")).to_lowercase();
        let mut absent = |what: &str| {
            assert!(!page.contains(&what.to_lowercase()), "{what} on the page of {id}");
            checked += 1;
        };
        for other in list("subscriptions").iter().filter(|other| other["id"] != id) {
            absent(other["id"].as_str().unwrap());
        }
        let people = people_of(&report, one);
        let stranger = |user: &&Value| {
            !["id", "object_id"]
                .iter()
                .any(|key| user[key].as_str().is_some_and(|id| people.contains(id)))
        };
        for user in list("users").iter().filter(stranger) {
            if user["kind"] != "azure_service" {
                absent(user["id"].as_str().unwrap());
            }
        }
        resources.iter().filter(|path| !path.contains(id)).for_each(|path| {
            if path.starts_with("/subscriptions/") {
                absent(path);
            }
        });
    }
    checked
}

#[test]
fn the_page_of_a_subscription_can_be_sent_to_its_owner() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs");
    let case = analyze_in(tempfile::tempdir().unwrap(), &sample, &[]);
    assert!(assert_pages_stand_alone(&case) > 10);

    // One stranger in two subscriptions, each with people and machines of its own.
    let subscriptions = [('a', "hera.vos"), ('b', "theo.lind")];
    let mut records = Vec::new();
    let record = |at: usize, (sub, _): (char, &str), who: &str, operation: &str, resource: &str| {
        format!(
            r#"{{"time":"2026-03-01T10:{at:02}:00Z","resourceId":"/SUBSCRIPTIONS/00000000-0000-0000-0000-00000000000{sub}/RESOURCEGROUPS/RG-{sub}-1/PROVIDERS/{resource}","operationName":"{operation}","category":"Administrative","resultType":"Success","callerIpAddress":"203.0.113.40","correlationId":"{sub}{at}","identity":{{"claims":{{"scp":"x","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"{who}@contoso.com","http://schemas.microsoft.com/identity/claims/objectidentifier":"00000000-0000-0000-0001-{:012x}","appid":"04b07795-8ddb-461a-bbee-02f9e1bf7b46"}}}},"level":"Information"}}"#,
            who.as_bytes()[0]
        )
    };
    for sub in subscriptions {
        let vm = format!("MICROSOFT.COMPUTE/VIRTUALMACHINES/VM-{}-1", sub.0);
        let keys = format!("MICROSOFT.STORAGE/STORAGEACCOUNTS/ST{}0001", sub.0);
        records.push(record(0, sub, sub.1, "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE", &vm));
        for at in 1..20 {
            let run = "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION";
            records.push(record(at, sub, "stranger", run, &vm));
            let list = "MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION";
            records.push(record(at + 20, sub, "stranger", list, &keys));
        }
    }
    let alert = |sub: char| {
        format!(
            r#"{{"id":"/subscriptions/00000000-0000-0000-0000-00000000000{sub}/providers/Microsoft.Security/locations/x/alerts/{sub}1","name":"{sub}1","type":"Microsoft.Security/Locations/alerts","properties":{{"alertType":"ARM_OperationFromSuspiciousIP","systemAlertId":"alert-{sub}","alertDisplayName":"Suspicious address","severity":"High","status":"Active","startTimeUtc":"2026-03-01T10:05:00Z","endTimeUtc":"2026-03-01T10:30:00Z","compromisedEntity":"stranger@contoso.com","entities":[{{"type":"account","name":"stranger","upnSuffix":"contoso.com"}},{{"type":"ip","address":"203.0.113.40"}}],"resourceIdentifiers":[{{"azureResourceId":"/subscriptions/00000000-0000-0000-0000-00000000000{sub}","type":"AzureResource"}}]}}}}"#
        )
    };
    let alerts = format!("[{},{}]", alert('a'), alert('b'));
    let case = analyze(
        &[("log.json", records.join("\n").as_bytes()), ("alerts.json", alerts.as_bytes())],
        &[],
    );
    let report = case.report();
    assert_eq!(report["alerts"].as_array().unwrap().len(), 2);
    assert!(assert_pages_stand_alone(&case) > 4);
    for (sub, owner) in subscriptions {
        let page =
            case.read(&format!("subscriptions/00000000-0000-0000-0000-00000000000{sub}.html"));
        assert!(page.contains("stranger@contoso.com") && page.contains(owner), "{sub}");
        for (other, stranger) in subscriptions.iter().filter(|(other, _)| *other != sub) {
            for name in [format!("vm-{other}-1"), format!("rg-{other}-1"), format!("st{other}0001")]
            {
                assert!(!page.to_lowercase().contains(&name), "{name} on the page of {sub}");
            }
            assert!(!page.contains(stranger), "{stranger} on the page of {sub}");
        }
    }
}
