//! Users, subscriptions and virtual machines: their tables, and the pages of single ones.

use crate::base::Time;
use crate::base::text::grouped;
use crate::investigation::model::Finding;
use crate::investigation::model::IamChange;
use crate::investigation::model::Machine;
use crate::investigation::model::Risk;
use crate::investigation::model::Step;
use crate::investigation::model::Subscription;
use crate::investigation::model::User;
use crate::report::html::activity::alert_table;
use crate::report::html::activity::finding_table;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Cell;
use crate::report::html::piece::Piece;
use crate::report::html::piece::code;
use crate::report::html::piece::joined;
use crate::report::html::piece::spaced;
use crate::report::html::piece::text;
use crate::report::html::piece::write_all;
use crate::report::html::scope;
use crate::report::html::site::Links;
use crate::report::html::site::user_anchor;
use crate::report::html::steps::step_table;
use crate::report::html::table::Detail;
use crate::report::html::table::Kind;
use crate::report::html::table::Row;
use crate::report::html::table::Table;
use crate::report::short_span;
use crate::report::short_time;

/// Items of a list in the details of a row.
const ITEMS: usize = 50;

/// Begins a section with its heading.
pub(super) fn section(id: &'static str, heading: &'static str, out: &mut Markup) {
    out.raw("<section id=\"").raw(id).raw("\" aria-labelledby=\"h-").raw(id).raw("\"><h2 id=\"h-");
    out.raw(id).raw("\">").raw(heading).raw("</h2>\n");
}

/// Writes the section of all users.
pub(super) fn write_users(links: Links<'_, '_>, out: &mut Markup) {
    section("users", "Users", out);
    let table = Table {
        id: "users",
        caption: "Users, riskiest first",
        columns: &[
            ("risk", Kind::Choice),
            ("score", Kind::Number),
            ("user", Kind::Text),
            ("kind", Kind::Choice),
            ("familiarity", Kind::Choice),
            ("seen (UTC)", Kind::Text),
            ("operations", Kind::Number),
            ("failed", Kind::Number),
            ("findings", Kind::Number),
            ("alerts", Kind::Number),
        ],
        whole: links.to("tables/users.csv"),
        rows: links.site.report.users.iter().map(|user| user_row(user, links)).collect(),
    };
    table.write(out);
    out.raw("</section>\n");
}

fn user_row(user: &User, links: Links<'_, '_>) -> Row {
    let kind = spaced(user.kind.as_str());
    let delegated = if user.delegated_access { " (delegated access)" } else { "" };
    let name = links.user(&user.id);
    let findings = count_on(&name, links.findings_of(&user.findings).len(), "findings");
    let alerts = count_on(&name, links.alerts_of(&user.alerts).len(), "alerts");
    Row {
        anchor: Some(user_anchor(&user.id)),
        cells: vec![
            vec![Piece::Badge(user.risk.level.as_str())],
            text(user.risk.score.to_string()),
            vec![name],
            text(format!("{kind}{delegated}")),
            text(user.familiarity.as_str()),
            text(short_span(user.first_seen, user.last_seen)),
            text(grouped(user.operations)),
            text(grouped(user.failed)),
            findings,
            alerts,
        ],
        detail: Some(reasons(user.id.as_str(), &user.risk)),
    }
}

/// Returns a number that leads to the section of what it counts on the page of an entity.
fn count_on(entity: &Piece, number: usize, part: &str) -> Cell {
    let number = number as u64;
    match entity {
        Piece::Link { href, .. } if number > 0 => {
            vec![Piece::Link { text: grouped(number), href: format!("{href}#{part}") }]
        }
        _ => text(grouped(number)),
    }
}

/// Returns an id and the reasons of its risk.
fn reasons(id: &str, risk: &Risk) -> Detail {
    let mut summary = vec![Piece::Code(id.to_owned())];
    if let Some(first) = risk.because.first() {
        summary.push(Piece::Text(format!(" {first}")));
    }
    let mut body = joined(risk.because.iter().take(ITEMS).cloned().map(Piece::Text), &Piece::Break);
    if risk.because.is_empty() {
        body = text("nothing speaks against it");
    }
    Detail { summary, body, is_open: false }
}

/// Writes the section of all subscriptions.
pub(super) fn write_subscriptions(links: Links<'_, '_>, out: &mut Markup) {
    section("subscriptions", "Subscriptions", out);
    let row = |entry: &Subscription| subscription_row(entry, links);
    let table = Table {
        id: "subscriptions",
        caption: "Subscriptions, riskiest first",
        columns: &[
            ("risk", Kind::Choice),
            ("score", Kind::Number),
            ("subscription", Kind::Text),
            ("seen (UTC)", Kind::Text),
            ("operations", Kind::Number),
            ("users", Kind::Number),
            ("findings", Kind::Number),
            ("alerts", Kind::Number),
        ],
        whole: links.to("tables/subscriptions.csv"),
        rows: links.site.report.subscriptions.iter().map(row).collect(),
    };
    table.write(out);
    out.raw("</section>\n");
}

fn subscription_row(entry: &Subscription, links: Links<'_, '_>) -> Row {
    let name = links.subscription(&entry.id);
    let findings = count_on(&name, links.findings_of(&entry.findings).len(), "findings");
    let alerts = count_on(&name, links.alerts_of(&entry.alerts).len(), "alerts");
    Row {
        anchor: None,
        cells: vec![
            vec![Piece::Badge(entry.risk.level.as_str())],
            text(entry.risk.score.to_string()),
            vec![name],
            text(short_span(entry.first_seen, entry.last_seen)),
            text(grouped(entry.operations)),
            text(grouped(entry.users.len() as u64)),
            findings,
            alerts,
        ],
        detail: Some(reasons(&entry.id, &entry.risk)),
    }
}

/// Writes the section of all virtual machines.
pub(super) fn write_machines(links: Links<'_, '_>, out: &mut Markup) {
    section("machines", "Virtual machines", out);
    let machines: Vec<&Machine> = links.site.report.virtual_machines.iter().collect();
    machine_table(&machines, links).write(out);
    out.raw("</section>\n");
}

fn machine_table(machines: &[&Machine], links: Links<'_, '_>) -> Table {
    Table {
        id: "machines",
        caption: "Virtual machines, riskiest first",
        columns: &[
            ("risk", Kind::Choice),
            ("score", Kind::Number),
            ("machine", Kind::Text),
            ("created (UTC)", Kind::Text),
            ("touched by", Kind::Text),
            ("actions", Kind::Number),
            ("findings", Kind::Number),
            ("alerts", Kind::Number),
        ],
        whole: links.to("tables/virtual-machines.csv"),
        rows: machines.iter().map(|machine| machine_row(machine, links)).collect(),
    }
}

fn machine_row(machine: &Machine, links: Links<'_, '_>) -> Row {
    let name = machine.resource_id.rsplit('/').next().unwrap_or_default();
    let users = machine.touched_by.iter().take(ITEMS).map(|id| links.user(id));
    Row {
        anchor: None,
        cells: vec![
            vec![Piece::Badge(machine.risk.level.as_str())],
            text(machine.risk.score.to_string()),
            text(name),
            text(machine.created.map_or_else(|| "not seen".into(), |at| short_time(Some(at)))),
            joined(users, &Piece::Break),
            text(grouped(machine.actions.len() as u64)),
            text(grouped(links.findings_of(&machine.findings).len() as u64)),
            text(grouped(machine.alerts.len() as u64)),
        ],
        detail: Some(machine_detail(machine, links)),
    }
}

fn machine_detail(machine: &Machine, links: Links<'_, '_>) -> Detail {
    let mut body = vec![Piece::Head("Actions")];
    for action in machine.actions.iter().take(ITEMS) {
        body.extend([Piece::Break, Piece::Text(short_time(action.time)), Piece::Text("  ".into())]);
        body.extend([Piece::Code(action.operation.clone()), Piece::Text(" by ".into())]);
        body.push(links.user_or_unknown(action.by.as_deref()));
        body.push(Piece::Text(format!(", {}", action.outcome)));
    }
    if machine.actions.len() > ITEMS {
        let more = grouped((machine.actions.len() - ITEMS) as u64);
        body.extend([Piece::Break, Piece::Text(format!("… {more} more in report.json"))]);
    }
    body.extend([Piece::Break, Piece::Head("Findings")]);
    for finding in links.findings_of(&machine.findings).iter().take(ITEMS) {
        body.extend([Piece::Break, Piece::Badge(finding.level.as_str()), Piece::Text(" ".into())]);
        body.push(links.finding(&finding.id));
    }
    Detail { summary: code(machine.resource_id.clone()), body, is_open: false }
}

/// Writes terms and what stands for them, leaving out what is not known.
fn write_facts(facts: &[(&'static str, Cell)], out: &mut Markup) {
    out.raw("<dl>\n");
    for (term, cell) in facts.iter().filter(|(_, cell)| !cell.is_empty()) {
        out.raw("<div><dt>").raw(term).raw("</dt><dd>");
        write_all(cell, out);
        out.raw("</dd></div>\n");
    }
    out.raw("</dl>\n");
}

fn known(value: Option<&String>) -> Cell {
    value.map_or_else(Vec::new, code)
}

fn listed(values: &[String]) -> Cell {
    joined(values.iter().cloned().map(Piece::Code), &Piece::Text(", ".into()))
}

fn seen(first: Option<Time>, last: Option<Time>) -> Cell {
    text(short_span(first, last))
}

fn write_risk(risk: &Risk, out: &mut Markup) {
    out.raw("<p class=\"risk\">Risk <span class=\"badge ").raw(risk.level.as_str()).raw("\">");
    out.raw(risk.level.as_str()).raw("</span> score ").number(u64::from(risk.score)).raw("</p>\n");
    if risk.because.is_empty() {
        return;
    }
    section("because", "Because", out);
    out.raw("<ul>\n");
    for reason in &risk.because {
        out.element("li", reason);
    }
    out.raw("</ul>\n</section>\n");
}

fn write_steps(steps: &[Step], links: Links<'_, '_>, out: &mut Markup) {
    section("steps", "What to do", out);
    step_table(&steps.iter().collect::<Vec<_>>(), links).write(out);
    out.raw("</section>\n");
}

fn write_activity(
    finding_ids: &[String],
    alert_ids: &[String],
    links: Links<'_, '_>,
    out: &mut Markup,
) {
    section("alerts", "Alerts", out);
    alert_table(&links.alerts_of(alert_ids), links).write(out);
    out.raw("</section>\n");
    section("findings", "Findings", out);
    let mut findings: Vec<&Finding> = links.findings_of(finding_ids);
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.level), finding.first));
    finding_table(&findings, links).write(out);
    out.raw("</section>\n");
}

/// Writes the page of one user; returns its title.
pub(super) fn write_user_page(user: &User, links: Links<'_, '_>, out: &mut Markup) -> String {
    let label = user.label();
    out.raw("<section aria-label=\"Overview\"><p>User, in ");
    out.link(&links.main(&user_anchor(&user.id)), "the report").raw("</p>\n").element("h1", &label);
    write_risk_free_facts(user, links, out);
    out.raw("</section>\n");
    write_risk(&user.risk, out);
    write_steps(&user.mitigation, links, out);
    write_activity(&user.findings, &user.alerts, links, out);
    let report = links.site.report;
    let all = report
        .subscriptions
        .iter()
        .flat_map(|entry| entry.iam_changes.iter().map(|change| (Some(entry.id.as_str()), change)));
    let all = all.chain(report.tenant_iam_changes.iter().map(|change| (None, change)));
    let of = |change: &IamChange| {
        let is = |id: &Option<String>| {
            id.as_deref().is_some_and(|id| id == user.id || user.object_id.as_deref() == Some(id))
        };
        is(&change.by) || is(&change.principal)
    };
    scope::write_changes(all.filter(|(_, change)| of(change)), links, out);
    let residue = report
        .subscriptions
        .iter()
        .flat_map(|entry| entry.residue.iter().map(|left| (entry.id.as_str(), left)));
    let made = residue.filter(|(_, left)| left.created_by.as_deref() == Some(&user.id));
    scope::write_residue(made, links, out);
    label
}

fn write_risk_free_facts(user: &User, links: Links<'_, '_>, out: &mut Markup) {
    let subscriptions = user.subscriptions.iter().map(|id| links.subscription(id));
    write_facts(
        &[
            ("id", code(&user.id)),
            ("kind", text(spaced(user.kind.as_str()))),
            ("principal name", known(user.upn.as_ref())),
            ("object id", known(user.object_id.as_ref())),
            ("application id", known(user.app_id.as_ref())),
            ("application", known(user.app_name.as_ref())),
            ("token tenant", known(user.tenant_id.as_ref())),
            ("home tenant", known(user.home_tenant.as_ref())),
            ("other keys", listed(&user.aliases)),
            ("delegated access", text(if user.delegated_access { "yes" } else { "no" })),
            ("delegated from", known(user.delegated_from.as_ref())),
            ("familiarity", text(user.familiarity.as_str())),
            ("seen (UTC)", seen(user.first_seen, user.last_seen)),
            ("operations", text(grouped(user.operations))),
            ("events", text(grouped(user.events))),
            ("failed operations", text(grouped(user.failed))),
            ("subscriptions", joined(subscriptions, &Piece::Break)),
            ("addresses", listed(&user.ips)),
            ("clients", listed(&user.clients)),
            ("roles used", listed(&user.roles_seen)),
        ],
        out,
    );
}

/// Writes the page of one subscription; returns its title.
pub(super) fn write_subscription_page(
    entry: &Subscription,
    links: Links<'_, '_>,
    out: &mut Markup,
) -> String {
    let title = format!("Subscription {}", entry.id);
    let tenant = entry.tenant_id.as_ref().map_or_else(Vec::new, |id| {
        let inferred = if entry.tenant_inferred { " (inferred from its users)" } else { "" };
        vec![Piece::Code(id.clone()), Piece::Text(inferred.into())]
    });
    out.raw("<section aria-label=\"Overview\"><p>Subscription, in ");
    out.link(&links.main("subscriptions"), "the report").raw("</p>\n").element("h1", &entry.id);
    let users = entry.users.iter().map(|id| links.user(id));
    write_facts(
        &[
            ("tenant", tenant),
            ("seen (UTC)", seen(entry.first_seen, entry.last_seen)),
            ("operations", text(grouped(entry.operations))),
            ("events", text(grouped(entry.events))),
            ("users", joined(users, &Piece::Text(", ".into()))),
        ],
        out,
    );
    out.raw("</section>\n");
    write_risk(&entry.risk, out);
    write_steps(&entry.mitigation, links, out);
    write_activity(&entry.findings, &entry.alerts, links, out);
    section("machines", "Virtual machines", out);
    let machines = &links.site.report.virtual_machines;
    let here = machines.iter().filter(|vm| vm.subscription_id.as_ref() == Some(&entry.id));
    machine_table(&here.collect::<Vec<_>>(), links).write(out);
    out.raw("</section>\n");
    let id = entry.id.as_str();
    scope::write_changes(entry.iam_changes.iter().map(|change| (Some(id), change)), links, out);
    scope::write_delegations(entry.delegations.iter().map(|given| (id, given)), links, out);
    scope::write_runbooks(entry.runbooks.iter().map(|change| (id, change)), links, out);
    scope::write_residue(entry.residue.iter().map(|left| (id, left)), links, out);
    title
}
