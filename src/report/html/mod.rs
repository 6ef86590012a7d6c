//! `report.html` and the pages of users and subscriptions: to look at, to click through, to print.
//!
//! Each page is one file that asks for nothing: style and script stand inside, named by their hashes
//! in a policy that allows nothing else. Without scripts every section can be read; with them tables
//! sort and filter, the timeline zooms, rows that stand as data can be looked at, and marks are kept.

mod address;
mod alert;
mod case;
mod defence;
mod delegated;
mod dossier;
mod entity;
mod finding;
mod inquiry;
mod links;
mod machine;
mod markup;
mod overview;
mod page;
mod piece;
mod reading;
mod rights;
mod row;
mod rule;
mod scope;
mod site;
mod steps;
mod table;
mod timeline;
mod veil;

use std::io;
use std::io::Write;

use crate::base::Text;
use crate::investigation::model::Alert;
use crate::investigation::model::EvidenceRef;
use crate::investigation::model::Finding;
use crate::investigation::model::Subscription;
use crate::investigation::model::User;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
pub use crate::report::html::site::Site;
use crate::report::html::site::all_attempts;
use crate::report::html::site::all_changes;

/// One page of a case.
pub struct Page<'s, 'r> {
    site: &'s Site<'r>,
    file: &'s str,
    subject: Subject<'r>,
}

enum Subject<'r> {
    Report,
    User(&'r User),
    Subscription(&'r Subscription),
}

/// Lists the pages: the report; users with findings, alerts or delegated access; all subscriptions.
pub fn pages<'s, 'r>(site: &'s Site<'r>) -> Vec<Page<'s, 'r>> {
    let page = |file, subject| Page { site, file, subject };
    let users = site.users().map(|(file, user)| page(file, Subject::User(user)));
    let subscriptions =
        site.subscriptions().map(|(file, entry)| page(file, Subject::Subscription(entry)));
    let report = page("report.html", Subject::Report);
    [report].into_iter().chain(users).chain(subscriptions).collect()
}

impl Page<'_, '_> {
    /// Returns the path of its file inside a case, with `/` between its parts.
    pub fn file(&self) -> &str {
        self.file
    }

    /// Writes the page; fails only where the writer fails.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Markup::new(out);
        let out = &mut page;
        let links = Links { site: self.site, root: "../", only: None, cover: None };
        match self.subject {
            Subject::Report => write_report(Links { root: "", ..links }, out),
            Subject::User(user) => {
                page::begin(&user.label(), page::USER, links, out);
                entity::write_user_page(user, links, out);
                write_rest(&user.alerts, &user.findings, links, out);
            }
            Subject::Subscription(entry) => {
                let cover = self.site.cover_of(entry);
                let links = Links { only: Some(&entry.id), cover, ..links };
                out.cover(cover);
                let title = format!("Subscription {}", entry.id);
                page::begin(&title, page::SUBSCRIPTION, links, out);
                entity::write_subscription_page(entry, links, out);
                write_rest(&entry.alerts, &entry.findings, links, out);
            }
        }
        page.finish()
    }
}

fn write_report(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let report = links.site.report;
    page::begin("Azure activity report", page::REPORT, links, out);
    overview::write(links, out);
    timeline::write(links, out);
    case::write(links, out);
    alert::write(links, out);
    entity::write_users(links, out);
    entity::write_subscriptions(links, out);
    machine::write(&report.virtual_machines.iter().collect::<Vec<_>>(), links, out);
    address::write(links, out);
    rights::write(all_changes(report).collect(), links, out);
    rights::write_attempts(&all_attempts(report).collect::<Vec<_>>(), links, out);
    delegated::write(links, out);
    scope::write(links, out);
    finding::write(links, out);
    rule::write(&report.findings.iter().collect::<Vec<_>>(), links, out);
    finding::write_folded(links, out);
    steps::write(links, out);
    reading::write(links, out);
    finding::write_records(places(report.alerts.iter(), report.findings.iter()), links, out);
    page::end(links, out);
}

/// Writes what the pages of users and subscriptions end with: records, and what the findings of a
/// subscription mean.
fn write_rest(alerts: &[String], findings: &[Text], links: Links<'_, '_>, out: &mut Markup<'_>) {
    let (alerts, findings) = (links.alerts_of(alerts), links.findings_of(findings));
    if links.only.is_some() {
        rule::write(&findings, links, out);
    }
    let places = places(alerts.into_iter(), findings.into_iter());
    finding::write_records(places, links, out);
    page::end(links, out);
}

/// Lists the places of the events that alerts and findings rest on.
fn places<'r>(
    alerts: impl Iterator<Item = &'r Alert>,
    findings: impl Iterator<Item = &'r Finding>,
) -> impl Iterator<Item = &'r EvidenceRef> {
    let alerts = alerts.flat_map(|alert| &alert.evidence);
    alerts.chain(findings.flat_map(|finding| &finding.evidence))
}

#[cfg(test)]
mod tests;
