//! `azscope rules list`: the rules as lines, as JSON, as a page by tactic.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use crate::azure::tactic::{TACTICS, Tactic};
use crate::base::text::{counted, for_markdown, for_terminal, shorten_middle, width};
use crate::cli::Status;
use crate::cli::args::{Filters, ListFormat};
use crate::cli::terminal::Terminal;
use crate::rule::{Rule, RuleSet};

pub(super) fn run(
    set: &RuleSet,
    filters: &Filters,
    format: ListFormat,
    terminal: &Terminal,
    out: &mut dyn Write,
) -> anyhow::Result<Status> {
    let mut rules: Vec<&Rule> = set.rules().iter().filter(|rule| passes(rule, filters)).collect();
    // Parts of a correlation do not speak for themselves: only programs are told of them.
    if format != ListFormat::Json {
        rules.retain(|rule| !set.is_part(rule));
    }
    rules.sort_by(|a, b| (b.level, a.label(), &a.id).cmp(&(a.level, b.label(), &b.id)));
    match format {
        ListFormat::Table => table(&rules, terminal, out)?,
        ListFormat::Json => {
            let rules: Vec<Json> = rules.iter().map(|rule| to_json(set, rule)).collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&rules)?)?;
        }
        ListFormat::Markdown => page(&rules, out)?,
    }
    Ok(Status::Clean)
}

fn passes(rule: &Rule, filters: &Filters) -> bool {
    let Filters { level, tactic, technique, feed } = filters;
    let (tactics, techniques, feeds) = (rule.tactics(), rule.techniques(), &rule.feeds);
    let is_technique = |wanted: &String| {
        techniques.iter().any(|id| {
            let head = id.get(..wanted.len()).is_some_and(|head| head.eq_ignore_ascii_case(wanted));
            head && matches!(id.as_bytes().get(wanted.len()), None | Some(b'.'))
        })
    };
    let is_feed = |wanted: &String| feeds.iter().any(|feed| feed.eq_ignore_ascii_case(wanted));
    rule.level >= *level
        && (tactic.is_empty() || tactic.iter().any(|wanted| tactics.contains(wanted)))
        && (technique.is_empty() || technique.iter().any(is_technique))
        && (feed.is_empty() || feed.iter().any(is_feed))
}

/// Columns of the longest level and the gap behind it.
const LEVEL: usize = 14;
/// Columns that a title gets beside the names, where lines should fit; longer names have a line of their own.
const TITLE: usize = 36;
/// Columns that names have at least.
const NAME: usize = 20;

fn table(rules: &[&Rule], terminal: &Terminal, out: &mut dyn Write) -> io::Result<()> {
    let name = |rule: &Rule| for_terminal(rule.label()).into_owned();
    let longest = rules.iter().map(|rule| width(&name(rule))).max().unwrap_or(0);
    let most = terminal.width.saturating_sub(LEVEL + TITLE + 2).max(NAME);
    let names = if terminal.fits { longest.min(most) } else { longest };
    let room = terminal.width.saturating_sub(LEVEL + names + 2);
    for rule in rules {
        let (mut label, mut title) = (name(rule), for_terminal(&rule.title).into_owned());
        if terminal.fits {
            // Names are there to be copied.
            label = shorten_middle(&label, terminal.width.saturating_sub(LEVEL)).into_owned();
            title = shorten_middle(&title, room).into_owned();
        }
        let level = rule.level.as_str();
        if let Some(pad) = names.checked_sub(width(&label)) {
            writeln!(out, "{level:<LEVEL$}{label}{:pad$}  {title}", "")?;
        } else {
            writeln!(out, "{level:<LEVEL$}{label}")?;
            writeln!(out, "{:LEVEL$}{:names$}  {title}", "", "")?;
        }
    }
    Ok(())
}

fn to_json(set: &RuleSet, rule: &Rule) -> Json {
    json!({
        "id": rule.id,
        "name": rule.name,
        "title": rule.title,
        "level": rule.level.as_str(),
        "status": rule.status,
        "kind": rule.kind.as_str(),
        "part": set.is_part(rule),
        "outcome": rule.outcome.as_str(),
        "tactics": rule.tactics(),
        "techniques": rule.techniques(),
        "feeds": &rule.feeds,
        "description": rule.description.as_deref().map(str::trim),
        "falsepositives": rule.falsepositives,
        "references": rule.references,
        "tests": rule.tests.len(),
        "file": rule.path,
        "builtin": rule.builtin,
    })
}

/// The reference page: the rules by the tactic that their folder is of, else their first.
fn page(rules: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    let count = counted(rules.len() as u64, "rule", "rules");
    writeln!(out, "# Reference of the rules\n")?;
    writeln!(
        out,
        "{count}, by tactic of ATT&CK. `azscope rules show NAME` tells all of one.\n\
         This page is written by `azscope rules list --format markdown`."
    )?;
    for tactic in TACTICS.iter().map(Some).chain([None]) {
        let own: Vec<&&Rule> = rules.iter().filter(|rule| home(rule) == tactic).collect();
        if own.is_empty() {
            continue;
        }
        match tactic {
            Some(Tactic { title, id, .. }) => writeln!(out, "\n## {title} ({id})\n")?,
            None => writeln!(out, "\n## No tactic\n")?,
        }
        writeln!(out, "| rule | level | what it finds | techniques | kind |")?;
        writeln!(out, "| --- | --- | --- | --- | --- |")?;
        own.into_iter().try_for_each(|rule| row(rule, out))?;
    }
    Ok(())
}

fn home(rule: &Rule) -> Option<&'static Tactic> {
    let tactics = rule.tactics();
    let folder = rule.path.split('/').next().unwrap_or_default();
    let named = tactics.iter().find(|name| rule.builtin && **name == folder).or(tactics.first())?;
    TACTICS.iter().find(|tactic| tactic.name == *named)
}

fn row(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let finds = format!("**{}** {}", for_markdown(&one_line(&rule.title)), {
        for_markdown(&one_line(rule.summary()))
    });
    writeln!(
        out,
        "| {} | {} | {} | {} | {} |",
        for_markdown(rule.label()),
        rule.level.as_str(),
        finds.trim_end(),
        rule.techniques().join(", "),
        rule.kind.as_str().replace('_', " "),
    )
}
