//! `report.html` and the pages of users and subscriptions: to look at, to click through, to print.
//!
//! Each page is one file that asks for nothing: style and script stand inside, named by their hashes
//! in a policy that allows nothing else. Without scripts every section can be read; with them tables
//! sort and filter, the timeline zooms, and rows beyond `table::ROWS` can be looked at.

mod activity;
mod entity;
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
        let links = Links { site: &site, root: "" };
        let mut main = Markup::default();
        overview::write(links, &mut main);
        timeline::write(links, &mut main);
        activity::write_alerts(links, &mut main);
        entity::write_users(links, &mut main);
        entity::write_subscriptions(links, &mut main);
        entity::write_machines(links, &mut main);
        scope::write(links, &mut main);
        activity::write_findings(links, &mut main);
        activity::write_folded(links, &mut main);
        steps::write(links, &mut main);
        reading::write(links, &mut main);
        out.write_all(page::whole("Azure activity report", links, &main).as_str().as_bytes())
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
        let links = Links { site: self.site, root: "../" };
        let mut main = Markup::default();
        let title = match self.subject {
            Subject::User(user) => entity::write_user_page(user, links, &mut main),
            Subject::Subscription(entry) => {
                entity::write_subscription_page(entry, links, &mut main)
            }
        };
        out.write_all(page::whole(&title, links, &main).as_str().as_bytes())
    }
}

#[cfg(test)]
mod tests;
