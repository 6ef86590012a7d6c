//! The frame of every page: policy, style, landmarks, script.

use std::sync::LazyLock;

use crate::base::hash::sha256_base64;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::table::Bound;

/// The look of every page.
static STYLE: LazyLock<String> = LazyLock::new(|| slim(include_str!("style.css")));
/// What makes tables sort and filter.
static TABLES: LazyLock<String> = LazyLock::new(|| slim(include_str!("script.js")));
/// What keeps and saves the marks of a reader.
static MARKS: LazyLock<String> = LazyLock::new(|| slim(include_str!("marks.js")));
/// What makes the timeline of the main page zoom.
static TIMELINE: LazyLock<String> = LazyLock::new(|| slim(include_str!("timeline.js")));

/// Returns a style or script without indentation and lines of comments: thousands of pages repeat it.
fn slim(text: &str) -> String {
    let is_comment = |line: &str| line.starts_with("//") || line.starts_with("/**");
    let lines = text.lines().map(str::trim_start).filter(|line| !is_comment(line));
    lines.fold(String::with_capacity(text.len()), |all, line| all + line + "\n")
}

/// Sections of a page: their places and names.
pub(super) type Sections = &'static [(&'static str, &'static str)];

/// The sections of the report.
pub(super) const REPORT: Sections = &[
    ("overview", "Overview"),
    ("timeline", "Timeline"),
    ("cases", "Cases"),
    ("alerts", "Alerts"),
    ("users", "Users"),
    ("subscriptions", "Subscriptions"),
    ("machines", "Virtual machines"),
    ("addresses", "Addresses"),
    ("rights", "Rights"),
    ("delegated", "Delegated access"),
    ("residue", "Residue"),
    ("defences", "Defences"),
    ("findings", "Findings"),
    ("steps", "Steps"),
    ("coverage", "Coverage"),
    ("evidence", "Evidence"),
];
/// The sections of the page of a user.
pub(super) const USER: Sections = &[
    ("suspicion", "Suspicion"),
    ("steps", "What to do"),
    ("alerts", "Alerts"),
    ("findings", "Findings"),
    ("activity", "Activity"),
    ("rights", "Rights"),
    ("residue", "Residue"),
];
/// The sections of the page of a subscription.
pub(super) const SUBSCRIPTION: Sections = &[
    ("steps", "What to do"),
    ("alerts", "Alerts"),
    ("findings", "Findings"),
    ("machines", "Virtual machines"),
    ("rights", "Rights"),
    ("delegations", "Delegations"),
    ("runbooks", "Runbooks"),
    ("residue", "Residue"),
];

/// The policy of a page: its own style and script, and nothing from anywhere.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| sha256_base64(text.as_bytes());
    format!(
        "default-src 'none'; script-src 'sha256-{}' 'sha256-{}' 'sha256-{}'; style-src 'sha256-{}'; \
         base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'",
        hash(&TABLES),
        hash(&MARKS),
        hash(&TIMELINE),
        hash(&STYLE)
    )
});

/// Begins a page, up to its main part.
pub(super) fn begin(title: &str, sections: Sections, links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta ");
    out.raw("http-equiv=\"Content-Security-Policy\"").attr("content", &POLICY).raw(">\n");
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    out.raw("<meta name=\"referrer\" content=\"no-referrer\">\n").element("title", title);
    out.raw("\n<style>").source(&STYLE).raw("</style>\n</head>\n");
    // What is far from view is laid out only where there is much of it.
    let is_long = links.site.report.findings.len() > Bound::MAIN.whole;
    out.raw(match (links.root.is_empty(), is_long) {
        (true, true) => "<body class=\"long\">\n",
        (true, false) => "<body>\n",
        (false, _) => "<body class=\"entity\">\n",
    });
    out.raw("<a class=\"skip\" href=\"#main\">Skip to the content</a>\n");
    write_navigation(sections, links, out);
    out.raw("<main id=\"main\" tabindex=\"-1\">\n");
}

/// Ends a page.
pub(super) fn end(links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.raw("</main>\n");
    write_foot(links, out);
    write_marks(links, out);
    out.raw("<script>").source(&TABLES).raw("</script>\n");
    out.raw("<script>").source(&MARKS).raw("</script>\n");
    if links.root.is_empty() {
        out.raw("<script>").source(&TIMELINE).raw("</script>\n");
    }
    out.raw("</body>\n</html>\n");
}

/// Marks of a triage file that a page of one entity carries; with more, only the report saves marks.
const CARRIED: usize = 500;

/// Writes the marks that the case was made with, for the script that adds to them.
fn write_marks(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let triage = links.site.report.triage.as_ref();
    let marks = triage.map_or(&[][..], |triage| &triage.marks);
    if !links.root.is_empty() && marks.len() > CARRIED {
        return;
    }
    // What was decided on other subscriptions is nothing for the owner of this one.
    if links.cover.is_some() && !marks.is_empty() {
        return;
    }
    out.raw("<script type=\"application/json\" id=\"marks-data\">{\"key\":\"");
    out.data(&links.site.key).raw("\",\"marks\":[");
    for (at, row) in marks.iter().enumerate() {
        out.raw(if at > 0 { ",[\"" } else { "[\"" });
        let expires = row.expires.map(|time| time.to_string()).unwrap_or_default();
        for text in [row.kind, &row.id, row.mark, &row.reason, &row.author] {
            out.exact(text).raw("\",\"");
        }
        out.exact(&expires).raw("\"]");
        out.flow();
    }
    out.raw("]}</script>\n");
}

fn write_navigation(sections: Sections, links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.raw("<header><nav aria-label=\"Sections of the page\"><ul>\n");
    if !links.root.is_empty() {
        out.raw("<li>").link(&links.to("report.html"), "Report").raw("</li>\n");
    }
    for (place, name) in sections {
        out.raw("<li><a href=\"#").raw(place).raw("\">").raw(name).raw("</a></li>\n");
    }
    out.raw("</ul></nav></header>\n");
}

/// Names the program, its rules, and the other forms of the report.
fn write_foot(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let tool = &links.site.report.tool;
    out.raw("<footer><p>Made by ").text(&tool.name).raw(" ").text(&tool.version).raw(" with ");
    out.number(tool.rules.count).raw(" rules, SHA-256 ").element("code", &tool.rules.sha256);
    out.raw(". All times are UTC. As data: ");
    for (at, file) in ["report.json", "timeline.csv", "tables/operations.csv"].iter().enumerate() {
        out.raw(if at > 0 { ", " } else { "" }).link(&links.to(file), file);
    }
    out.raw(".</p></footer>\n");
}
