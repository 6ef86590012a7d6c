//! The dossier of a user: what speaks against it, what it did, which secrets it has, whom it empowered.

use crate::investigation::model::Handover;
use crate::investigation::model::Secret;
use crate::investigation::model::Session;
use crate::investigation::model::User;
use crate::report::html::entity::write_address;
use crate::report::html::inquiry::write_events;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::piece::spaced;
use crate::report::html::row::Row;
use crate::report::html::scope::name_of;
use crate::report::html::table::Kind;

/// Items of a list in a row.
const ITEMS: usize = 25;
/// Height of the greatest bar of the hours, in units of the drawing.
const BAR: u64 = 40;

/// Writes what speaks against a user.
pub(super) fn write_suspicion(user: &User, links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.section("suspicion", "What speaks against it");
    match &user.suspicion {
        None => {
            out.raw("<p class=\"empty\">Nothing.</p>\n");
        }
        Some(suspicion) => {
            out.raw("<p>Under suspicion since ").time(suspicion.since);
            out.raw(if suspicion.by_spread {
                ", only for what suspects did for it or with it; "
            } else {
                "; "
            });
            out.number(suspicion.operations);
            out.raw(" operations out of its ordinary way.</p>\n<ul>\n");
            for reason in &suspicion.because {
                out.element("li", reason).raw("\n");
            }
            out.raw("</ul>\n");
        }
    }
    out.raw("<p>Familiarity: ").raw(user.familiarity.as_str()).raw(".</p>\n<ul>\n");
    for reason in &user.familiarity_because {
        out.element("li", reason).raw("\n");
    }
    out.raw("</ul>\n");
    if !user.account_notes.is_empty() {
        out.raw("<p>The account changed:</p>\n<ul>\n");
        for note in &user.account_notes {
            out.raw("<li>");
            let mut cell = Cell::html(out);
            cell.text(&note.because);
            write_events(&note.events, links, &mut cell);
            out.raw("</li>\n");
        }
        out.raw("</ul>\n");
    }
    out.end_section();
}

/// Writes all that a user did: by name, by hour, by token, and what is new about where it came from.
pub(super) fn write_activity(user: &User, links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.section("activity", "What it did");
    write_hours(&user.hours, out);
    let table = links.table(
        "activity",
        "Operations by name",
        &[
            ("operation", Kind::Text),
            ("operations", Kind::Number),
            ("failed", Kind::Number),
            ("under suspicion", Kind::Number),
        ],
        "tables/operations.csv",
    );
    table.write(&user.activity, out, |each, row| {
        row.text(&each.operation).number(each.count).number(each.failed).number(each.suspicious);
    });
    out.end_section();
    if !user.fresh.is_empty() {
        out.section("fresh", "Addresses and clients that are new");
        let table = links.table(
            "fresh",
            "Not used before the suspicion",
            &[
                ("kind", Kind::Choice),
                ("address or client", Kind::Text),
                ("first use (UTC)", Kind::Time),
                ("operations", Kind::Number),
            ],
            "report.json",
        );
        table.write(&user.fresh, out, |each, row| {
            row.text(&each.kind).cell(|cell| write_address(&each.value, links, cell));
            row.time(each.first).number(each.operations);
        });
        out.end_section();
    }
    write_sessions(user, links, out);
}

/// Draws the operations by hour of the day.
fn write_hours(hours: &[u64], out: &mut Markup<'_>) {
    let most = hours.iter().copied().max().unwrap_or_default();
    if most == 0 {
        return;
    }
    out.raw(
        "<svg class=\"hours\" role=\"img\" aria-labelledby=\"hours-title\" viewBox=\"0 0 480 56\">",
    );
    out.raw("<title id=\"hours-title\">Operations by hour of the day, UTC: ");
    for (hour, count) in hours.iter().enumerate() {
        out.raw(if hour > 0 { ", " } else { "" }).digits(hour as u64).raw(":00 ").number(*count);
    }
    out.raw("</title>");
    for (hour, count) in hours.iter().enumerate() {
        let height = (count * BAR).div_ceil(most);
        out.raw("<rect class=\"bar\" width=\"18\" x=\"").digits(hour as u64 * 20 + 1);
        out.raw("\" y=\"").digits(BAR - height).raw("\" height=\"").digits(height).raw("\"/>");
        if hour % 3 == 0 {
            out.raw("<text y=\"53\" x=\"").digits(hour as u64 * 20 + 10).raw("\">");
            out.digits(hour as u64).raw("</text>");
        }
    }
    out.raw("</svg>\n<p class=\"empty\">Operations by hour of the day, UTC.</p>\n");
}

fn write_sessions(user: &User, links: Links<'_, '_>, out: &mut Markup<'_>) {
    if user.sessions.is_empty() {
        return;
    }
    out.section("sessions", "Sessions");
    write_cut(user.sessions.len(), user.sessions_count, out);
    let table = links.table(
        "sessions",
        "Its tokens by first use",
        &[
            ("first and last use (UTC)", Kind::Time),
            ("token", Kind::Text),
            ("addresses", Kind::Text),
            ("client", Kind::Text),
            ("operations", Kind::Number),
            ("under suspicion", Kind::Number),
        ],
        "report.json",
    );
    table.write(&user.sessions, out, |session: &Session, row| {
        row.span(Some(session.first), Some(session.last)).code(&session.token);
        row.cell(|cell| {
            cell.list(&session.ips, ITEMS, Between::Commas, |ip, cell| {
                write_address(ip, links, cell);
            });
        });
        row.text(session.client.as_deref().unwrap_or("unknown"));
        row.number(session.operations.into()).number(session.suspicious.into());
    });
    out.end_section();
}

/// Tells how many there are in full, where a list was cut.
fn write_cut(shown: usize, all: u64, out: &mut Markup<'_>) {
    if all > shown as u64 {
        out.raw("<p>").number(shown as u64).raw(" of ").number(all).raw(".</p>\n");
    }
}

/// Writes the secrets that a user was handed.
pub(super) fn write_secrets(user: &User, links: Links<'_, '_>, out: &mut Markup<'_>) {
    if user.secrets.is_empty() {
        return;
    }
    out.section("secrets", "Secrets that it was handed");
    write_cut(user.secrets.len(), user.secrets_count, out);
    let table = links.table(
        "secrets",
        "Secrets by first read",
        &[
            ("first and last read (UTC)", Kind::Time),
            ("secret", Kind::Choice),
            ("of", Kind::Text),
            ("reads", Kind::Number),
            ("under suspicion", Kind::Number),
            ("rotated", Kind::Choice),
        ],
        "report.json",
    );
    table.write(&user.secrets, out, |secret, row| write_secret(secret, links, row));
    out.end_section();
}

fn write_secret(secret: &Secret, links: Links<'_, '_>, row: &mut Row<'_, '_>) {
    row.span(secret.first, secret.last).text(secret.what).text(name_of(&secret.resource_id));
    row.number(secret.reads).number(secret.suspicious);
    row.cell(|cell| match secret.rotated {
        Some(at) => {
            cell.text("yes").text(" ").time(Some(at));
        }
        None if secret.suspicious > 0 => {
            cell.text("to do");
        }
        None => {
            cell.text("no need");
        }
    });
    row.detail(
        |cell| {
            cell.code(&secret.resource_id);
        },
        |cell| {
            cell.head("Operation").code(&secret.operation).line();
            cell.list(&secret.findings, ITEMS, Between::Lines, |id, cell| links.finding(id, cell));
        },
    );
}

/// Writes the power that a user handed on, and that suspects handed to it.
pub(super) fn write_handovers(user: &User, links: Links<'_, '_>, out: &mut Markup<'_>) {
    let lists = [
        ("gave", "Power that it handed to others", &user.gave),
        ("received", "Power that suspects handed to it", &user.received),
    ];
    for (id, heading, handovers) in lists {
        if handovers.is_empty() {
            continue;
        }
        out.section(id, heading);
        let table = links.table(
            id,
            "By time",
            &[
                ("time (UTC)", Kind::Time),
                ("by", Kind::Text),
                ("to", Kind::Text),
                ("how", Kind::Choice),
                ("what", Kind::Text),
            ],
            "report.json",
        );
        table.write(handovers, out, |handover, row| write_handover(handover, links, row));
        out.end_section();
    }
}

fn write_handover(handover: &Handover, links: Links<'_, '_>, row: &mut Row<'_, '_>) {
    row.time(handover.time).cell(|cell| links.user(&handover.by, cell));
    row.cell(|cell| links.user(&handover.to, cell));
    row.text(&spaced(handover.way.as_str()));
    row.text(handover.what.as_deref().unwrap_or_default());
    row.note(|cell: &mut Cell<'_, '_>| {
        cell.code(&handover.scope);
    });
}
