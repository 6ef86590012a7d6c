//! Users, subscriptions and virtual machines: their tables, and the pages of single ones.

use std::ops::Deref;

use crate::base::Text;
use crate::investigation::model::Address;
use crate::investigation::model::Risk;
use crate::investigation::model::Step;
use crate::investigation::model::Subscription;
use crate::investigation::model::User;
use crate::report::html::alert;
use crate::report::html::defence;
use crate::report::html::delegated;
use crate::report::html::dossier;
use crate::report::html::finding;
use crate::report::html::links::Links;
use crate::report::html::links::user_anchor;
use crate::report::html::machine;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::piece::spaced;
use crate::report::html::rights;
use crate::report::html::row::Row;
use crate::report::html::scope;
use crate::report::html::site::attempts_in;
use crate::report::html::site::changes_in;
use crate::report::html::site::residue_in;
use crate::report::html::steps;
use crate::report::html::table::Kind;
use crate::triage;

/// Items of a list in the details of a row, and among the facts of an entity.
const ITEMS: usize = 25;

/// Writes the section of all users.
pub(super) fn write_users(links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.section("users", "Users");
    let table = links.table(
        "users",
        "Users, riskiest first",
        &[
            ("risk", Kind::Choice),
            ("score", Kind::Number),
            ("user", Kind::Text),
            ("kind", Kind::Choice),
            ("familiarity", Kind::Choice),
            ("seen (UTC)", Kind::Time),
            ("operations", Kind::Number),
            ("failed", Kind::Number),
            ("findings", Kind::Number),
            ("alerts", Kind::Number),
        ],
        "tables/users.csv",
    );
    table.write(&links.site.report.users, out, |user, row| write_user(user, links, row));
    out.end_section();
}

fn write_user(user: &User, links: Links<'_, '_>, row: &mut Row<'_, '_>) {
    let kind = spaced(user.kind.as_str());
    let delegated = if user.delegated_access { " (delegated access)" } else { "" };
    let (_, page) = links.name_of(&user.id);
    row.anchor(user_anchor(&user.id)).mark(triage::Topic::Principal, &user.id);
    row.badge(user.risk.level.as_str()).number(u64::from(user.risk.score));
    row.cell(|cell| links.user(&user.id, cell));
    row.words(format_args!("{kind}{delegated}")).text(user.familiarity.as_str());
    row.span(user.first_seen, user.last_seen).number(user.operations).number(user.failed);
    count_on(page, links.findings_of(&user.findings).len(), "findings", links, row);
    count_on(page, links.alerts_of(&user.alerts).len(), "alerts", links, row);
    reasons(&user.id, &user.risk, row);
}

/// Writes a number that leads to the section of what it counts on the page of an entity.
fn count_on(
    page: Option<&str>,
    number: usize,
    part: &'static str,
    links: Links<'_, '_>,
    row: &mut Row<'_, '_>,
) {
    row.cell(|cell| match page {
        Some(page) if number > 0 => {
            let href = format!("{}#{part}", links.to(page));
            cell.link(&href, &crate::base::text::grouped(number as u64));
        }
        _ => {
            cell.number(number as u64);
        }
    });
}

/// Writes an id and the reasons of its risk below a row.
fn reasons(id: &str, risk: &Risk, row: &mut Row<'_, '_>) {
    let summary = |cell: &mut Cell<'_, '_>| {
        cell.code(id);
        if let Some(first) = risk.because.first() {
            cell.words(format_args!(" {first}"));
        }
    };
    if risk.because.len() < 2 {
        return row.note(summary);
    }
    row.detail(summary, |cell| {
        cell.list(&risk.because, ITEMS, Between::Lines, |reason, cell| {
            cell.text(reason);
        });
    });
}

/// Writes the section of all subscriptions.
pub(super) fn write_subscriptions(links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.section("subscriptions", "Subscriptions");
    let table = links.table(
        "subscriptions",
        "Subscriptions, riskiest first",
        &[
            ("risk", Kind::Choice),
            ("score", Kind::Number),
            ("subscription", Kind::Text),
            ("seen (UTC)", Kind::Time),
            ("operations", Kind::Number),
            ("users", Kind::Number),
            ("findings", Kind::Number),
            ("alerts", Kind::Number),
        ],
        "tables/subscriptions.csv",
    );
    table.write(&links.site.report.subscriptions, out, |entry, row| {
        let page = links.page_of(&entry.id);
        row.badge(entry.risk.level.as_str()).number(u64::from(entry.risk.score));
        row.cell(|cell| links.subscription(&entry.id, cell));
        row.span(entry.first_seen, entry.last_seen).number(entry.operations);
        row.number(entry.users.len() as u64);
        count_on(page, links.findings_of(&entry.findings).len(), "findings", links, row);
        count_on(page, links.alerts_of(&entry.alerts).len(), "alerts", links, row);
        reasons(&entry.id, &entry.risk, row);
    });
    out.end_section();
}

/// Writes one fact of an entity.
fn fact(term: &'static str, out: &mut Markup<'_>, fill: impl FnOnce(&mut Cell<'_, '_>)) {
    out.raw("<div><dt>").raw(term).raw("</dt><dd>");
    fill(&mut Cell::html(out));
    out.raw("</dd></div>\n");
}

fn known<S: Deref<Target = str>>(term: &'static str, value: Option<&S>, out: &mut Markup<'_>) {
    if let Some(value) = value {
        fact(term, out, |cell| {
            cell.code(value);
        });
    }
}

fn listed<S: Deref<Target = str>>(term: &'static str, values: &[S], out: &mut Markup<'_>) {
    if !values.is_empty() {
        fact(term, out, |cell| {
            cell.codes(values, ITEMS);
        });
    }
}

fn told(term: &'static str, text: &str, out: &mut Markup<'_>) {
    fact(term, out, |cell| {
        cell.text(text);
    });
}

fn count(term: &'static str, number: u64, out: &mut Markup<'_>) {
    fact(term, out, |cell| {
        cell.number(number);
    });
}

fn write_risk(risk: &Risk, out: &mut Markup<'_>) {
    out.raw("<p class=\"risk\">Risk <span class=\"badge ").raw(risk.level.as_str()).raw("\">");
    out.raw(risk.level.as_str()).raw("</span> score ").number(u64::from(risk.score)).raw("</p>\n");
    if risk.because.is_empty() {
        return;
    }
    out.section("because", "Because").raw("<ul>\n");
    for reason in &risk.because {
        out.element("li", reason).raw("\n");
    }
    out.raw("</ul>\n").end_section();
}

/// Writes the sections that users and subscriptions share: steps, alerts, findings.
fn write_activity(
    mitigation: &[Step],
    finding_ids: &[Text],
    alert_ids: &[String],
    links: Links<'_, '_>,
    out: &mut Markup<'_>,
) {
    out.section("steps", "What to do");
    steps::write_table(&mitigation.iter().collect::<Vec<_>>(), links, out);
    out.end_section();
    out.section("alerts", "Alerts");
    alert::write_table(&links.alerts_of(alert_ids), links, out);
    out.end_section();
    out.section("findings", "Findings");
    let mut findings = links.findings_of(finding_ids);
    findings.sort_by_key(|finding| finding.first);
    finding::write_table(&finding::ranked(findings), links, out);
    out.end_section();
}

/// Writes the page of one user.
pub(super) fn write_user_page(user: &User, links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.raw("<section aria-label=\"Overview\"><p>User, in ");
    out.link(&links.main(&user_anchor(&user.id)), "the report").raw("</p>\n");
    out.element("h1", &user.label()).raw("\n<dl>\n");
    write_user_facts(user, links, out);
    out.raw("</dl>\n").end_section();
    write_risk(&user.risk, out);
    dossier::write_suspicion(user, links, out);
    write_activity(&user.mitigation, &user.findings, &user.alerts, links, out);
    dossier::write_secrets(user, links, out);
    dossier::write_handovers(user, links, out);
    dossier::write_activity(user, links, out);
    rights::write(links.site.changes_of(user).to_vec(), links, out);
    scope::write_residue(links.site.residue_of(user), links, out);
}

/// Writes an address, with its place where that is known.
pub(super) fn write_address(ip: &str, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    cell.code(ip);
    let report = links.site.report;
    // Only files of places say where an address is.
    if report.geoip.is_empty() {
        return;
    }
    let address = Address::find(&report.addresses, ip);
    if let Some(place) = address.and_then(Address::place_words) {
        cell.text(" (").text(&place).text(")");
    }
}

fn write_user_facts(user: &User, links: Links<'_, '_>, out: &mut Markup<'_>) {
    known("id", Some(&user.id), out);
    told("kind", &spaced(user.kind.as_str()), out);
    known("principal name", user.upn.as_ref(), out);
    known("object id", user.object_id.as_ref(), out);
    known("application id", user.app_id.as_ref(), out);
    known("application", user.app_name.as_ref(), out);
    known("token tenant", user.tenant_id.as_ref(), out);
    known("home tenant", user.home_tenant.as_ref(), out);
    listed("other keys", &user.aliases, out);
    told("delegated access", if user.delegated_access { "yes" } else { "no" }, out);
    known("delegated from", user.delegated_from.as_ref(), out);
    told("familiarity", user.familiarity.as_str(), out);
    fact("seen (UTC)", out, |cell| {
        cell.span(user.first_seen, user.last_seen);
    });
    count("operations", user.operations, out);
    count("events", user.events, out);
    count("failed operations", user.failed, out);
    if !user.subscriptions.is_empty() {
        fact("subscriptions", out, |cell| {
            cell.list(&user.subscriptions, ITEMS, Between::Lines, |id, cell| {
                links.subscription(id, cell);
            });
        });
    }
    if !user.ips.is_empty() {
        fact("addresses", out, |cell| {
            cell.list(&user.ips, ITEMS, Between::Commas, |ip, cell| write_address(ip, links, cell));
        });
    }
    listed("clients", &user.clients, out);
    listed("roles used", &user.roles_seen, out);
}

/// Writes the page of one subscription.
pub(super) fn write_subscription_page(
    entry: &Subscription,
    links: Links<'_, '_>,
    out: &mut Markup<'_>,
) {
    out.raw("<section aria-label=\"Overview\"><p>Subscription, in ");
    out.link(&links.main("subscriptions"), "the report").raw("</p>\n").element("h1", &entry.id);
    out.raw("\n<dl>\n");
    known("name", entry.name.as_ref(), out);
    if let Some(id) = &entry.tenant_id {
        fact("tenant", out, |cell| {
            cell.code(id);
            cell.text(if entry.tenant_inferred { " (inferred from its users)" } else { "" });
        });
    }
    fact("seen (UTC)", out, |cell| {
        cell.span(entry.first_seen, entry.last_seen);
    });
    count("operations", entry.operations, out);
    count("events", entry.events, out);
    if !entry.users.is_empty() {
        fact("users", out, |cell| {
            cell.list(&entry.users, ITEMS, Between::Commas, |id, cell| links.user(id, cell));
        });
    }
    out.raw("</dl>\n").end_section();
    write_risk(&entry.risk, out);
    write_activity(&entry.mitigation, &entry.findings, &entry.alerts, links, out);
    machine::write(links.site.machines_of(entry), links, out);
    let id = &*entry.id;
    let inherited = entry.inherited_iam_changes.iter().map(|change| (Some(id), change));
    rights::write(changes_in(entry).chain(inherited).collect(), links, out);
    rights::write_attempts(&attempts_in(entry).collect::<Vec<_>>(), links, out);
    let given: Vec<_> = entry.delegations.iter().map(|given| (id, given)).collect();
    delegated::write_delegations(&given, links, out);
    let runbooks: Vec<_> = entry.runbooks.iter().map(|change| (id, change)).collect();
    scope::write_runbooks(&runbooks, links, out);
    scope::write_residue(&residue_in(entry).collect::<Vec<_>>(), links, out);
    let defences: Vec<_> = entry.defences.iter().map(|defence| (id, defence)).collect();
    defence::write(&defences, links, out);
}
