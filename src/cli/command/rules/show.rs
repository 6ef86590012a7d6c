//! `azscope rules show`: the manual page of a rule.

use std::io::{self, Write};

use anyhow::bail;

use crate::base::text::for_terminal;
use crate::base::wrap::wrap;
use crate::cli::Status;
use crate::cli::terminal::Terminal;
use crate::detect::audit::audit;
use crate::rule::{Accused, Found, Kind, Rule, RuleSet, Wanted};

pub(super) fn run(
    set: &RuleSet,
    id: &str,
    terminal: &Terminal,
    out: &mut dyn Write,
) -> anyhow::Result<Status> {
    let names = |rules: &[&Rule]| {
        let names: Vec<_> = rules.iter().map(|rule| for_terminal(rule.label())).collect();
        names.join(", ")
    };
    let shown = for_terminal(id);
    match set.look_up(id) {
        Found::One(rule) => Page { out, width: terminal.width.min(WIDEST) }.write(set, rule)?,
        Found::Several(rules) => bail!("several rules begin with `{shown}`: {}", names(&rules)),
        Found::Near(rules) if rules.is_empty() => {
            bail!("no rule has the id or name `{shown}`; `azscope rules list` shows them all")
        }
        Found::Near(rules) => {
            bail!("no rule has the id or name `{shown}`; near it are {}", names(&rules))
        }
    }
    Ok(Status::Clean)
}

/// Longer lines are hard to read.
const WIDEST: usize = 100;
const INDENT: usize = 2;

struct Page<'p> {
    out: &'p mut dyn Write,
    width: usize,
}

impl Page<'_> {
    fn write(mut self, set: &RuleSet, rule: &Rule) -> io::Result<()> {
        let name = for_terminal(rule.label()).into_owned();
        writeln!(self.out, "{name}")?;
        self.prose(&rule.title)?;
        self.facts(set, rule)?;
        if let Some(description) = &rule.description {
            self.heading("WHAT IT MEANS")?;
            for (at, paragraph) in description.trim().split("\n\n").enumerate() {
                if at > 0 {
                    writeln!(self.out)?;
                }
                self.prose(&paragraph.replace('\n', " "))?;
            }
        }
        self.list("HARMLESS CAUSES", &rule.falsepositives)?;
        self.heading("WHAT IT LOOKS FOR")?;
        match rule.looked_for() {
            Some(text) => text
                .lines()
                .try_for_each(|line| writeln!(self.out, "{:INDENT$}{}", "", for_terminal(line)))?,
            None => self.prose("Its file is not there any more.")?,
        }
        for part in set.parts(rule) {
            self.heading(&format!("PART {}", for_terminal(part.label())))?;
            self.prose(&part.title)?;
            let text = part.looked_for().unwrap_or_default();
            text.lines()
                .try_for_each(|line| writeln!(self.out, "{:INDENT$}{}", "", for_terminal(line)))?;
        }
        let tests: Vec<String> = rule
            .tests
            .iter()
            .map(|test| format!("{}: {}", if test.hit { "speaks" } else { "is silent" }, test.name))
            .collect();
        self.list("TESTS", &tests)?;
        self.list("REFERENCES", &rule.references)
    }

    fn facts(&mut self, set: &RuleSet, rule: &Rule) -> io::Result<()> {
        let audit = audit(set, rule);
        writeln!(self.out)?;
        let fires = match rule.outcome {
            Wanted::Succeeded => "succeeded, or was accepted and has no end in the evidence",
            Wanted::Attempted => "was asked for, whatever came of it",
            Wanted::Failed => "was refused or broke",
            Wanted::Record => "is a record that is no request and has no end",
        };
        // What puts rules together asks for no outcome of its own.
        let outcome = match rule.kind {
            Kind::Correlation(_) => String::new(),
            _ => format!("{}: the operation {fires}", rule.outcome.as_str()),
        };
        let accuses = match rule.accused() {
            Accused::First => String::new(),
            Accused::Each => "each: everybody who did one of the operations".to_owned(),
            Accused::Of(parts) => format!("who took or matched {}", parts.join(", ")),
        };
        for (what, words) in [
            ("level", format!("{}: {}", rule.level.as_str(), rule.level.meaning())),
            ("kind", format!("{}: {}", rule.kind.as_str().replace('_', " "), rule.kind.meaning())),
            ("outcome", outcome),
            ("accuses", accuses),
            ("tells", rule.tells.join(", ")),
            ("tactics", rule.tactics().join(", ")),
            ("techniques", rule.techniques().join(", ")),
            ("feeds", rule.feeds.join(", ")),
            ("status", rule.status.clone().unwrap_or_default()),
            ("verdict", audit.verdict.to_string()),
            ("id", rule.id.clone()),
            ("file", rule.path.clone()),
        ] {
            let lines = wrap(&words, self.width - INDENT - FACT);
            for (at, line) in lines.iter().enumerate() {
                let what = if at == 0 { what } else { "" };
                writeln!(self.out, "{:INDENT$}{what:<FACT$}{line}", "")?;
            }
        }
        Ok(())
    }

    fn heading(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out, "\n{title}")
    }

    fn prose(&mut self, text: &str) -> io::Result<()> {
        let lines = wrap(text, self.width - INDENT);
        lines.iter().try_for_each(|line| writeln!(self.out, "{:INDENT$}{line}", ""))
    }

    fn list(&mut self, title: &str, items: &[String]) -> io::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        self.heading(title)?;
        for item in items {
            for (at, line) in wrap(item, self.width - INDENT - 2).iter().enumerate() {
                let mark = if at == 0 { "- " } else { "  " };
                writeln!(self.out, "{:INDENT$}{mark}{line}", "")?;
            }
        }
        Ok(())
    }
}

/// Columns of the name of a fact.
const FACT: usize = 12;
