//! The report in a browser: what it shows, what real clicks do, and that nothing leaves it.
//!
//! Skipped, and says so, where the machine has no Chromium.

mod client;

use std::io::Write;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use azscope::triage::{Decision, Topic, Triage};
use serde_json::Value;

use crate::case::{Case, analyze, analyze_in};
use client::Browser;

/// Starts the browser with a folder for downloads; `None` where there is no browser.
fn browser() -> Option<(Browser, tempfile::TempDir)> {
    let Some(program) = client::program() else {
        static TOLD: Once = Once::new();
        // What is written with `eprintln!` is shown of tests that fail only.
        TOLD.call_once(|| {
            let hint = "skipped: no Chromium on this machine (apt-get install chromium)";
            let _ = writeln!(std::io::stderr(), "{hint}");
        });
        return None;
    };
    let downloads = tempfile::tempdir().unwrap();
    Some((Browser::start(&program, downloads.path()), downloads))
}

fn sample() -> Case {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs");
    analyze_in(tempfile::tempdir().unwrap(), &sample, &[])
}

fn list<'v>(report: &'v Value, key: &str) -> &'v Vec<Value> {
    report[key].as_array().unwrap()
}

fn quiet(browser: &mut Browser) {
    let complaints = browser.complaints();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// The rows of a table that the page shows.
fn rows(browser: &mut Browser, table: &str) -> u64 {
    browser.eval(&format!("document.querySelectorAll('#t-{table} tbody').length")).as_u64().unwrap()
}

#[test]
fn the_report_shows_the_counts_of_its_data() {
    let Some((mut browser, _downloads)) = browser() else { return };
    let case = sample();
    let report = case.report();
    browser.open(&case.path("report.html"), "");
    for (table, all) in [
        ("findings", list(&report, "findings")),
        ("alerts", list(&report, "alerts")),
        ("users", list(&report, "users")),
        ("subscriptions", list(&report, "subscriptions")),
        ("machines", list(&report, "virtual_machines")),
        ("evidence", report["evidence"]["files"].as_array().unwrap()),
    ] {
        assert_eq!(rows(&mut browser, table), all.len() as u64, "{table}");
    }
    for level in ["critical", "high", "medium", "low", "informational"] {
        let count = list(&report, "findings").iter().filter(|f| f["level"] == level).count();
        let tile = format!("document.querySelector('.tiles [data-value={level}]')");
        let shown = browser.eval(&format!("{tile}.querySelector('b').textContent"));
        assert_eq!(shown, count.to_string(), "{level}");
        // Each number leads to its rows.
        if count > 0 {
            browser.click(&tile);
            browser.wait_for("location.hash === '#findings'");
            assert_eq!(rows(&mut browser, "findings"), count as u64, "{level}");
        }
    }
    let words: Vec<String> = serde_json::from_value(
        browser
            .eval("[...document.querySelectorAll('.verdict li')].map((each) => each.textContent)"),
    )
    .unwrap();
    assert!(!words.is_empty() && words.iter().all(|sentence| sentence.ends_with('.')), "{words:?}");
    quiet(&mut browser);
}

#[test]
fn tables_search_sort_and_unfold_by_clicks() {
    let Some((mut browser, _downloads)) = browser() else { return };
    let case = sample();
    let report = case.report();
    let findings = list(&report, "findings");
    browser.open(&case.path("report.html"), "#findings");

    let who = findings.iter().find_map(|f| f["principal"].as_str()).unwrap();
    let name = list(&report, "users").iter().find(|u| u["id"] == who).unwrap()["name"].as_str();
    browser.fill("document.querySelector('#findings input[type=search]')", name.unwrap());
    let all = findings.len();
    browser.wait_for(&format!("document.querySelectorAll('#t-findings tbody').length < {all}"));
    let least = findings.iter().filter(|f| f["principal"] == who).count() as u64;
    assert!(rows(&mut browser, "findings") >= least);
    browser.eval("document.querySelector('#findings input[type=search]').select()");
    browser.call("Input.insertText", &serde_json::json!({"text": ""}));
    browser.press("Backspace");
    browser.wait_for(&format!(
        "document.querySelectorAll('#t-findings tbody').length >= {}",
        all.min(50)
    ));

    let head = "[...document.querySelectorAll('#t-findings th button')]\
        .find((each) => each.textContent === 'operations')";
    browser.click(head);
    browser.click(head);
    let numbers: Vec<u64> = serde_json::from_value(browser.eval(
        "[...document.querySelectorAll('#t-findings tbody tr:first-child td:last-child')]\
         .map((each) => Number(each.textContent.replaceAll(',', '')))",
    ))
    .unwrap();
    assert!(numbers.is_sorted_by(|a, b| a >= b), "{numbers:?}");
    let most = findings.iter().filter_map(|f| f["operations"].as_u64()).max();
    assert_eq!(numbers.first().copied(), most);

    let first = &findings[0];
    let anchor = format!("f-{}", first["id"].as_str().unwrap());
    browser.eval(&format!("location.hash = '{anchor}'"));
    browser.wait_for(&format!("document.querySelector('#{anchor} details').open"));
    browser.click(&format!("document.querySelector('#{anchor} summary')"));
    browser.wait_for(&format!("!document.querySelector('#{anchor} details').open"));
    browser.click(&format!("document.querySelector('#{anchor} summary')"));
    let text = browser.eval(&format!("document.getElementById('{anchor}').innerText"));
    let (text, place) = (text.as_str().unwrap(), &first["evidence"][0]);
    let wanted = [
        place["event"].as_str().unwrap().to_owned(),
        format!("{}:{}", place["file"].as_str().unwrap(), place["line"]),
        format!("offset {}", place["offset"]),
    ];
    assert!(wanted.iter().all(|part| text.contains(part.as_str())), "{text}\n{wanted:?}");
    quiet(&mut browser);
}

#[test]
fn pages_link_both_ways() {
    let Some((mut browser, _downloads)) = browser() else { return };
    let case = sample();
    browser.open(&case.path("report.html"), "");
    browser.click("document.querySelector('#t-users a[href^=\"users/\"]')");
    browser.wait_for("location.pathname.includes('/users/') && document.readyState === 'complete'");
    browser.click("document.querySelector('main a[href^=\"../report.html#\"]')");
    browser.wait_for("location.pathname.endsWith('/report.html') && location.hash !== ''");
    browser.wait_for(
        "document.querySelector('tbody:target') !== null && document.readyState === 'complete'",
    );
    browser.click("document.querySelector('#t-subscriptions a[href^=\"subscriptions/\"]')");
    browser.wait_for("location.pathname.includes('/subscriptions/')");
    quiet(&mut browser);
}

#[test]
fn marks_and_ticks_are_saved_as_a_triage_file_that_reads_back() {
    let Some((mut browser, downloads)) = browser() else { return };
    let case = sample();
    let report = case.report();
    browser.open(&case.path("report.html"), "");
    let alert = &list(&report, "alerts")[0]["id"];
    let row = format!("document.getElementById('a-{}')", alert.as_str().unwrap());
    browser.click(&format!("{row}.querySelector('button.mark')"));
    browser.wait_for("document.querySelector('dialog').open");
    browser.click("document.querySelector('dialog input[value=expected]')");
    browser.click("[...document.querySelectorAll('dialog button')][0]");
    // A decision needs a reason.
    assert_eq!(browser.eval("document.querySelector('dialog').open"), true);
    browser.fill("document.querySelector('dialog input:not([type])')", "a \"drill\"\u{202e}\\");
    browser.click("[...document.querySelectorAll('dialog button')][0]");
    browser.wait_for("!document.querySelector('dialog').open");
    browser.wait_for(&format!("{row}.querySelector('button.mark').textContent === 'expected'"));
    let steps = rows(&mut browser, "steps");
    if steps > 0 {
        browser.click("document.querySelector('#t-steps input[type=checkbox]')");
    }
    let save = "[...document.querySelectorAll('.marks button')][0]";
    browser.click(save);
    let file = downloads.path().join("triage.toml");
    assert!(!file.exists(), "a decision needs an author");
    browser.fill("document.querySelector('.marks input')", "kim");
    browser.click(save);
    for _ in 0..200 {
        if file.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let triage = Triage::parse("triage.toml", &text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let mark = triage.marks.iter().find(|mark| mark.kind == Topic::Alert).unwrap();
    assert_eq!(mark.id, alert.as_str().unwrap().to_lowercase());
    assert_eq!((mark.decision, mark.author.as_str()), (Decision::Expected, "kim"));
    assert_eq!(mark.reason, "a \"drill\"\u{202e}\\");
    if steps > 0 {
        let done = triage.marks.iter().find(|mark| mark.kind == Topic::Step).unwrap();
        assert_eq!(done.decision, Decision::Done);
    }
    quiet(&mut browser);
}

#[test]
fn heads_of_tables_are_repeated_on_paper() {
    let Some((mut browser, _downloads)) = browser() else { return };
    let case = sample();
    browser.open(&case.path("report.html"), "");
    browser.call("Emulation.setEmulatedMedia", &serde_json::json!({"media": "print"}));
    // A browser repeats a head that is not to be broken and holds no box of a button.
    let styles = "[...document.querySelectorAll('thead')].every((head) => \
        getComputedStyle(head).breakInside === 'avoid' && [...head.querySelectorAll('button')] \
        .every((button) => getComputedStyle(button).display === 'contents'))";
    assert_eq!(browser.eval(styles), true);
    assert!(browser.eval("document.querySelectorAll('thead button').length").as_u64() > Some(10));
    quiet(&mut browser);
}

/// Everything that tries to act where text is expected.
const EVIL: &str = r#"\"'><script>document.title='acted'</script><img src=x onerror=alert(1)>=cmd|' /C calc'!A0 ../../x\u001b[31m\u202e${7*7}{{7*7}}&#60;"#;

fn hostile() -> Case {
    let record = |at: usize| {
        format!(
            r#"{{"time":"2026-03-01T10:{:02}:00.0000000Z","resourceId":"/SUBSCRIPTIONS/00000000-0000-0000-0000-00000000000A/RESOURCEGROUPS/{EVIL}/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/{EVIL}","operationName":"MICROSOFT.AUTHORIZATION/ELEVATEACCESS/ACTION","category":"Administrative","resultType":"Success","resultSignature":"{EVIL}","callerIpAddress":"{EVIL}","correlationId":"{EVIL}{at}","identity":{{"claims":{{"scp":"x","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"{EVIL}{at}@x","name":"{EVIL}","appid":"{EVIL}"}}}},"properties":{{"message":"{EVIL}"}},"level":"{EVIL}"}}"#,
            at % 60
        )
    };
    let records: Vec<String> = (0..500).map(record).collect();
    let long = "x".repeat(3000);
    let alert = format!(
        r#"{{"id":"/subscriptions/00000000-0000-0000-0000-00000000000a/providers/Microsoft.Security/locations/x/alerts/{EVIL}","name":"{EVIL}","type":"Microsoft.Security/Locations/alerts","properties":{{"alertType":"ARM_{EVIL}","systemAlertId":"{EVIL}","alertDisplayName":"{EVIL}{long}","description":"{EVIL}","severity":"High","status":"Active","startTimeUtc":"2026-03-01T10:00:00Z","endTimeUtc":"2026-03-01T11:00:00Z","compromisedEntity":"{EVIL}","entities":[{{"type":"account","name":"{EVIL}"}}],"resourceIdentifiers":[{{"azureResourceId":"/subscriptions/00000000-0000-0000-0000-00000000000a/{EVIL}","type":"AzureResource"}}]}}}}"#
    );
    analyze(
        &[
            ("a<b>'&\".json", records.join("\n").as_bytes()),
            ("<img src=x>.json", format!("[{alert}]").as_bytes()),
            ("torn.json", b"[{\"time\":\"<script>"),
        ],
        &[],
    )
}

#[test]
fn hostile_text_stays_text_and_nothing_acts_or_leaves() {
    let Some((mut browser, _downloads)) = browser() else { return };
    let case = hostile();
    let report = case.report();
    // Enough for rows that come as data.
    assert!(list(&report, "findings").len() > 400 && !list(&report, "alerts").is_empty());
    let mut pages = vec!["report.html".to_owned()];
    for folder in ["users", "subscriptions"] {
        for entry in std::fs::read_dir(case.path(folder)).unwrap().take(3) {
            pages.push(format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()));
        }
    }
    for page in pages {
        browser.open(&case.path(&page), "");
        // Draw whatever comes as data, and unfold all.
        browser.eval(
            "(() => { for (const head of document.querySelectorAll('th:first-child button')) head.click(); \
             for (const each of document.querySelectorAll('details')) each.open = true; })()",
        );
        assert_ne!(browser.eval("document.title"), "acted", "{page}");
        if page == "report.html" {
            // What came as data is drawn by the script, and none is lost.
            let shown = browser.eval("document.querySelector('#findings .shown').textContent");
            let all = format!("{} in all", list(&report, "findings").len());
            assert!(shown.as_str().unwrap().ends_with(&all), "{shown} {all}");
        }
        let wide = "document.documentElement.scrollWidth - innerWidth";
        assert!(browser.eval(wide).as_i64() <= Some(0), "{page} is wider than the window");
        let made =
            "document.querySelectorAll('main img, main script:not([type]), main [onerror]').length";
        assert_eq!(browser.eval(made), 0, "{page}");
        let text = browser.eval("document.querySelector('main').textContent");
        let text = text.as_str().unwrap();
        assert!(text.contains("<script>document.title='acted'</script>"), "{page}");
        assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "{page}");
        quiet(&mut browser);
    }
}
