//! `azscope coverage`: what the evidence covers, and what it cannot show.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::Value;

use super::entity::{cells, joined};
use crate::base::text::counted;
use crate::cli::Status;
use crate::cli::args::{Coverage, TextFormat};
use crate::cli::case::{Case, Keep, list, number, text, texts};
use crate::cli::page::Page;
use crate::cli::terminal::Terminal;
use crate::diag::Code;
use crate::report::write_json;

/// Files or rules that are named under one reason.
const NAMES: usize = 6;

pub(in crate::cli) fn run(options: &Coverage, terminal: &Terminal) -> anyhow::Result<Status> {
    let evidence = Keep::Members(&["totals", "diagnostics"]);
    let parts = [("coverage", Keep::All), ("evidence", evidence)];
    let report = Case::open(&options.case)?.report(&parts)?;
    let out = &mut io::stdout().lock();
    match options.format {
        TextFormat::Json => write_json(&report["coverage"], out)?,
        TextFormat::Text => write(&report, &mut Page::new(out, terminal))?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

fn write(report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let coverage = &report["coverage"];
    match (text(coverage, "first"), text(coverage, "last")) {
        ("", _) => page.title("The evidence holds no event with a time.")?,
        (first, last) => page.title(&format!("{first} to {last}"))?,
    }
    let totals = &report["evidence"]["totals"];
    for key in ["events", "alerts", "context", "duplicates", "ignored", "rejected"] {
        page.fact(key, &number(totals, key).to_string())?;
    }
    let has = if coverage["tenant_level_log"] == true { "yes" } else { "not in the evidence" };
    page.fact("tenant's log", has)?;
    by_subscription(coverage, page)?;
    exports(coverage, page)?;
    lists(coverage, page)?;
    without_end(coverage, page)?;
    missing(coverage, page)?;
    left_out(report, page)?;
    lost(report, page)?;
    rules(&coverage["rules"], page)
}

fn by_subscription(coverage: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let all = list(coverage, "/subscriptions");
    if all.is_empty() {
        return Ok(());
    }
    page.heading("BY SUBSCRIPTION AND CATEGORY")?;
    page.table(&["subscription", "category", "first", "last", "events", "gaps", ""], || {
        all.iter().map(|one| {
            let mut row = cells(one, &["subscription_id", "category", "first", "last", "events"]);
            row.push(list(one, "/gaps").len().to_string());
            let edge = one["retention_edge"] == true;
            row.push(if edge { "begins where Azure's 90 days end" } else { "" }.to_owned());
            row
        })
    })?;
    let gaps = || {
        let of = |one| list(one, "/gaps").iter().map(move |gap| (one, gap));
        all.iter().flat_map(of).map(|(one, gap)| {
            let mut row = cells(gap, &["from", "to"]);
            row.extend(cells(one, &["subscription_id", "category"]));
            row
        })
    };
    if gaps().next().is_none() {
        return Ok(());
    }
    page.heading("TIMES WITHOUT EVENTS, TOO LONG FOR CHANCE")?;
    page.table(&["from", "to", "subscription", "category"], gaps)
}

fn exports(coverage: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let all = list(coverage, "/exports");
    if all.is_empty() {
        return Ok(());
    }
    page.heading("KINDS OF EXPORTS")?;
    page.table(&["kind", "first", "last", "events"], || {
        all.iter().map(|one| cells(one, &["shape", "first", "last", "events"]))
    })
}

fn lists(coverage: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let all = list(coverage, "/lists");
    if all.is_empty() {
        return Ok(());
    }
    page.heading("LISTS OF WHAT IS THERE")?;
    page.table(&["list", "holds", "entries", "taken after"], || {
        all.iter().map(|one| {
            let mut row = cells(one, &["list"]);
            row.push(texts(one, "shapes").join(", "));
            row.extend(cells(one, &["entries", "taken_after"]));
            row
        })
    })
}

fn without_end(coverage: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let all = list(coverage, "/without_end");
    if all.is_empty() {
        return Ok(());
    }
    page.heading("OPERATIONS WITHOUT AN END")?;
    page.table(&["operation", "only started", "only accepted", "last"], || {
        all.iter().map(|one| cells(one, &["operation", "started", "accepted", "last"]))
    })
}

fn missing(coverage: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let missing = list(coverage, "/not_in_evidence");
    if missing.is_empty() {
        return Ok(());
    }
    page.heading("WHAT THE EVIDENCE CANNOT SHOW")?;
    missing
        .iter()
        .try_for_each(|one| page.item("-", &format!("{}: {}", text(one, "what"), text(one, "why"))))
}

fn left_out(report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let all = list(report, "/evidence/diagnostics");
    let Some(cases) = all.iter().find(|one| text(one, "code") == Code::OwnCase.name()) else {
        return Ok(());
    };
    page.heading("WHAT WAS LEFT OUT")?;
    page.item("-", text(cases, "message"))
}

fn lost(report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let is_loss = |one: &&Value| text(one, "impact") == "loss";
    let all = list(report, "/evidence/diagnostics");
    let losses: Vec<&Value> = all.iter().filter(is_loss).collect();
    if losses.is_empty() {
        return Ok(());
    }
    page.heading("WHAT COULD NOT BE READ")?;
    for loss in losses {
        let files = joined(&texts(loss, "files"), NAMES);
        let (message, count) = (text(loss, "message"), number(loss, "count"));
        page.item("-", &format!("{message} ({count}): {files}"))?;
    }
    Ok(())
}

fn rules(rules: &Value, page: &mut Page<'_>) -> io::Result<()> {
    page.heading("RULES")?;
    let (could, loaded) = (number(rules, "could_fire"), number(rules, "loaded"));
    page.prose(&format!(
        "{could} of {} could fire on this evidence.",
        counted(loaded, "rule", "rules")
    ))?;
    for (key, what) in [
        ("/cannot_fire", "cannot fire"),
        ("/cannot_tell", "cannot tell of some operations whether they are unusual"),
    ] {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for rule in list(rules, key) {
            reasons.entry(text(rule, "why")).or_default().push(text(rule, "title"));
        }
        for (why, titles) in reasons {
            let count = counted(titles.len() as u64, "rule", "rules");
            page.item("-", &format!("{count} {what}: {why} ({})", joined(&titles, NAMES)))?;
        }
    }
    for filter in list(rules, "/idle_filters") {
        let (title, why) = (text(filter, "title"), text(filter, "why"));
        page.item("-", &format!("filter over no rule: {title}: {why}"))?;
    }
    Ok(())
}
