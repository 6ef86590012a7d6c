//! `azscope rules`: list, show, check and test.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::bail;

use crate::base::text::for_terminal;
use crate::cli::Status;
use crate::cli::args::{Rules, RulesCommand};
use crate::cli::terminal::Terminal;
use crate::detect::selftest;
use crate::investigation::model::Level;
use crate::rule::{Remark, Rule, RuleSet, check, check_filter};

pub(in crate::cli) fn run(options: &Rules, _terminal: &Terminal) -> anyhow::Result<Status> {
    let out = &mut io::stdout().lock();
    match &options.what {
        RulesCommand::List { level } => list(*level, out),
        RulesCommand::Show { id } => show(id, out),
        RulesCommand::Check { paths } => check_files(paths, out),
        RulesCommand::Test { paths } => test(paths, out),
    }
}

fn level(rule: &Rule) -> Level {
    Level::parse(rule.level.as_str()).unwrap_or_default()
}

fn list(least: Level, out: &mut dyn Write) -> anyhow::Result<Status> {
    let set = RuleSet::builtin();
    let mut rules: Vec<&Rule> = set.rules().iter().filter(|r| level(r) >= least).collect();
    rules.sort_by(|a, b| level(b).cmp(&level(a)).then_with(|| a.title.cmp(&b.title)));
    for rule in rules {
        let name = rule.name.as_deref().unwrap_or(&rule.id);
        writeln!(out, "{:<13} {:<36} {}", rule.level.as_str(), name, rule.title)?;
    }
    Ok(Status::Clean)
}

fn show(id: &str, out: &mut dyn Write) -> anyhow::Result<Status> {
    let set = RuleSet::builtin();
    let Some(rule) = set.find(id) else {
        bail!(
            "no rule has the id or name `{}`; `azscope rules list` shows them all",
            for_terminal(id)
        );
    };
    writeln!(out, "{} ({})", rule.title, rule.level.as_str())?;
    writeln!(out, "  id         {}", rule.id)?;
    writeln!(out, "  file       {}", rule.path)?;
    writeln!(out, "  tactics    {}", rule.tactics().join(", "))?;
    writeln!(out, "  techniques {}", rule.techniques().join(", "))?;
    writeln!(out, "  fires on   {} operations", rule.outcome.as_str())?;
    if let Some(description) = &rule.description {
        writeln!(out, "\n{}", description.trim())?;
    }
    if !rule.falsepositives.is_empty() {
        writeln!(out, "\nHarmless causes:")?;
        rule.falsepositives.iter().try_for_each(|cause| writeln!(out, "  - {cause}"))?;
    }
    Ok(Status::Clean)
}

fn words(remark: &Remark) -> String {
    match remark {
        Remark::UnusedSearch(name) => format!("no condition names the search `{name}`"),
        Remark::IdleTimeframe => "nothing is counted within the timeframe".to_owned(),
        Remark::NoFalsePositives => "nothing says what harmless causes there are".to_owned(),
        Remark::NoTest(kind) => format!("there is no test of a {kind}"),
        Remark::NeverRecorded(name) => format!("the Activity Log never records {name}"),
        Remark::UnknownOperation(name) => format!("no catalogue knows the operation {name}"),
        Remark::NoSuchRule(name) => format!("no rule of its log is called {name}"),
    }
}

fn check_files(paths: &[PathBuf], out: &mut dyn Write) -> anyhow::Result<Status> {
    let (set, builtin) = (RuleSet::load(paths, false)?, RuleSet::builtin());
    let mut remarks = 0;
    let mut say = |path: &str, title: &str, why: Option<String>, own: &[Remark]| {
        remarks += own.len() + usize::from(why.is_some());
        why.into_iter().chain(own.iter().map(words)).try_for_each(|remark| {
            let (path, title, remark) =
                (for_terminal(path), for_terminal(title), for_terminal(&remark));
            writeln!(out, "{path}: {title}: {remark}")
        })
    };
    for rule in set.rules() {
        let own = if set.is_part(rule) { Vec::new() } else { check(rule) };
        say(&rule.path, &rule.title, set.obstacle(rule), &own)?;
    }
    for (filter, applied) in set.filters().iter().zip(set.applied()) {
        let own = check_filter(filter, applied, &|name| builtin.find(name).is_some());
        say(&filter.path, &filter.title, filter.unsupported(), &own)?;
    }
    let filters = match set.filters().len() {
        0 => String::new(),
        count => format!("{count} filters, "),
    };
    writeln!(out, "{} rules, {filters}{remarks} remarks", set.rules().len())?;
    Ok(if remarks == 0 { Status::Clean } else { Status::Found })
}

fn test(paths: &[PathBuf], out: &mut dyn Write) -> anyhow::Result<Status> {
    let set =
        if paths.is_empty() { RuleSet::builtin_with_tests() } else { RuleSet::load(paths, false)? };
    let (mut tests, mut failed) = (0, 0);
    for rule in set.rules() {
        tests += rule.tests.len();
        for failure in selftest::run(&set, rule).err().into_iter().flatten() {
            failed += 1;
            let (path, test, message) = (&rule.path, &failure.test, &failure.message);
            writeln!(
                out,
                "{}: {}: {}",
                for_terminal(path),
                for_terminal(test),
                for_terminal(message)
            )?;
        }
    }
    writeln!(out, "{} rules, {tests} tests, {failed} failed", set.rules().len())?;
    Ok(if failed == 0 { Status::Clean } else { Status::Found })
}
