//! `report.html` and the pages of users and subscriptions: to look at, to click through, to print.
//!
//! Each page is one file that asks for nothing: style and script stand inside, named by their hashes
//! in a policy that allows nothing else. Without scripts every section can be read; with them tables
//! sort and filter, the timeline zooms, and rows beyond `table::ROWS` can be looked at.

mod alert;
mod entity;
mod finding;
mod markup;
mod overview;
mod page;
mod piece;
mod reading;
mod scope;
mod site;
mod steps;
mod table;
mod timeline;

use std::io;
use std::io::Write;

use crate::investigation::model::Report;
use crate::investigation::model::Subscription;
use crate::investigation::model::User;
use crate::report::Format;
use crate::report::html::markup::Markup;
use crate::report::html::site::Links;
pub use crate::report::html::site::Site;

/// Writes the main page.
pub(super) struct Html;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn file(&self) -> &'static str {
        "report.html"
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let site = Site::new(report);
        let links = Links { site: &site, root: "", only: None };
        let mut page = Markup::new(out);
        let out = &mut page;
        page::begin("Azure activity report", links, out);
        overview::write(links, out);
        timeline::write(links, out);
        alert::write(links, out);
        entity::write_users(links, out);
        entity::write_subscriptions(links, out);
        entity::write_machines(links, out);
        scope::write(links, out);
        finding::write(links, out);
        finding::write_folded(links, out);
        steps::write(links, out);
        reading::write(links, out);
        page::end(links, out);
        page.finish()
    }
}

/// Is the page of one user or subscription.
pub struct EntityPage<'s, 'r> {
    site: &'s Site<'r>,
    file: &'s str,
    subject: Subject<'r>,
}

enum Subject<'r> {
    User(&'r User),
    Subscription(&'r Subscription),
}

/// Lists the pages beside the main one: users with findings, alerts or delegated access, and all
/// subscriptions.
pub fn pages<'s, 'r>(site: &'s Site<'r>) -> Vec<EntityPage<'s, 'r>> {
    let users =
        site.users().map(|(file, user)| EntityPage { site, file, subject: Subject::User(user) });
    let subscriptions = site.subscriptions().map(|(file, entry)| EntityPage {
        site,
        file,
        subject: Subject::Subscription(entry),
    });
    users.chain(subscriptions).collect()
}

impl EntityPage<'_, '_> {
    /// Returns the path of its file inside a case, with `/` between its parts.
    pub fn file(&self) -> &str {
        self.file
    }

    /// Writes the page; fails only where the writer fails.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Markup::new(out);
        let out = &mut page;
        let links = Links { site: self.site, root: "../", only: None };
        match self.subject {
            Subject::User(user) => {
                page::begin(&entity::user_title(user), links, out);
                entity::write_user_page(user, links, out);
                page::end(links, out);
            }
            Subject::Subscription(entry) => {
                let links = Links { only: Some(&entry.id), ..links };
                page::begin(&entity::subscription_title(entry), links, out);
                entity::write_subscription_page(entry, links, out);
                page::end(links, out);
            }
        }
        page.finish()
    }
}

#[cfg(test)]
mod tests;
