//! `azscope rules check`: whether each rule can fire, and what is odd about it.

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::tell_broken;
use crate::base::text::{counted, for_terminal};
use crate::cli::Status;
use crate::cli::args::TextFormat;
use crate::detect::audit::{Audit, Verdict, audit};
use crate::rule::{Applied, Error, Filter, Rule, RuleSet, Watchlist, check_filter};

pub(super) fn run(
    paths: &[PathBuf],
    format: TextFormat,
    out: &mut dyn Write,
) -> anyhow::Result<Status> {
    let (mut set, broken) = if paths.is_empty() {
        (RuleSet::builtin_with_tests(), Vec::new())
    } else {
        RuleSet::load_lenient(paths)
    };
    // Rules about the analyst's list are judged as if there were one.
    let mut list = Watchlist::default();
    list.add("192.0.2.0/24");
    set.watch(list);
    let audits: Vec<(&Rule, Audit)> =
        set.rules().iter().map(|rule| (rule, audit(&set, rule))).collect();
    let filters = filters(&set);
    let tally = Tally::of(&audits, &filters, broken.len());
    match format {
        TextFormat::Text => {
            audits.iter().try_for_each(|(rule, audit)| lines(rule, audit, out))?;
            filters.iter().try_for_each(|filter| filter.lines(out))?;
            writeln!(out, "{}", tally.words())?;
        }
        TextFormat::Json => {
            let answer = json!({
                "rules": audits.iter().map(|(rule, audit)| to_json(rule, audit)).collect::<Vec<_>>(),
                "filters": filters.iter().map(FilterAudit::to_json).collect::<Vec<_>>(),
                "broken": broken.iter().map(broken_json).collect::<Vec<_>>(),
                "totals": tally.to_json(),
            });
            writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
        }
    }
    tell_broken(&broken)?;
    Ok(match (broken.is_empty(), tally.is_clean()) {
        (false, _) => Status::Failed,
        (true, true) => Status::Clean,
        (true, false) => Status::Found,
    })
}

/// A filter and what is odd about it.
struct FilterAudit<'s> {
    filter: &'s Filter,
    /// Over how many rules it lies.
    rules: usize,
    remarks: Vec<String>,
}

/// Looks at the filters of a set; rules that are built in may be loaded beside it another time.
fn filters(set: &RuleSet) -> Vec<FilterAudit<'_>> {
    if set.filters().is_empty() {
        return Vec::new();
    }
    let builtin = RuleSet::builtin();
    let audit = |(filter, applied): (_, &Applied)| {
        let own = check_filter(filter, applied, &|name| builtin.find(name).is_some());
        let own = own.iter().map(ToString::to_string);
        let remarks = filter.unsupported().into_iter().chain(own).collect();
        FilterAudit { filter, rules: applied.rules.len(), remarks }
    };
    set.filters().iter().zip(set.applied()).map(audit).collect()
}

impl FilterAudit<'_> {
    fn lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let filter = self.filter;
        let head = [&filter.path, filter.name.as_deref().unwrap_or(&filter.title)];
        let head = head.map(for_terminal).join(": ");
        writeln!(out, "{head}: filter over {}", counted(self.rules as u64, "rule", "rules"))?;
        let mut remarks = self.remarks.iter();
        remarks.try_for_each(|remark| writeln!(out, "{head}: remark: {}", for_terminal(remark)))
    }

    fn to_json(&self) -> Json {
        let Filter { id, name, title, path, .. } = self.filter;
        json!({
            "id": id,
            "name": name,
            "title": title,
            "file": path,
            "rules": self.rules,
            "remarks": self.remarks,
        })
    }
}

/// The verdict of a rule and what is odd about it, each on a line that says of which rule.
fn lines(rule: &Rule, audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let head =
        [&rule.path, rule.name.as_deref().unwrap_or(&rule.title)].map(for_terminal).join(": ");
    writeln!(out, "{head}: {}", for_terminal(&audit.verdict.to_string()))?;
    let mut remarks = audit.remarks.iter();
    remarks.try_for_each(|remark| {
        writeln!(out, "{head}: remark: {}", for_terminal(&remark.to_string()))
    })
}

fn to_json(rule: &Rule, audit: &Audit) -> Json {
    let fields: Vec<Json> = (audit.fields.iter())
        .map(|field| {
            json!({"name": field.name, "source": field.source.as_str(), "shapes": field.shapes.names()})
        })
        .collect();
    let operations: Vec<Json> = (audit.operations.iter())
        .map(|operation| {
            let matched = operation.matched.map(|(recorded, not)| {
                json!({"recorded": recorded, "not_recorded": not})
            });
            json!({"name": operation.name, "standing": operation.standing.as_str(), "matches": matched})
        })
        .collect();
    let shapes = match &audit.verdict {
        Verdict::FiresOn(shapes) => Some(shapes.names()),
        _ => None,
    };
    json!({
        "id": rule.id,
        "name": rule.name,
        "title": rule.title,
        "file": rule.path,
        "kind": rule.kind.as_str(),
        "verdict": audit.verdict.as_str(),
        "shapes": shapes,
        "why": audit.verdict.why(),
        "remarks": audit.remarks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "fields": fields,
        "operations": operations,
    })
}

fn broken_json(error: &Error) -> Json {
    match error {
        Error::Broken(fault) => json!({
            "file": fault.path, "line": fault.line, "column": fault.column, "message": fault.message,
        }),
        Error::Unreadable { path, source } => {
            json!({"file": path, "line": null, "column": null, "message": source.to_string()})
        }
        Error::TooBig { path, .. } | Error::Empty { path } => {
            json!({"file": path, "line": null, "column": null, "message": error.to_string()})
        }
    }
}

/// What the verdicts are called in a sum, in its order.
const VERDICTS: &[(&str, &str)] = &[
    ("fires", "can fire"),
    ("fires_on_some", "can fire on some shapes"),
    ("doubtful", "doubtful"),
    ("never", "can never fire"),
    ("other_log", "of other logs"),
    ("not_evaluated", "not evaluated"),
];

/// How many of those, from the first, leave a rule a chance.
const MAY_FIRE: usize = 3;

/// How many rules have which verdict.
struct Tally {
    rules: usize,
    remarks: usize,
    broken: usize,
    verdicts: Vec<usize>,
}

impl Tally {
    fn of(audits: &[(&Rule, Audit)], filters: &[FilterAudit<'_>], broken: usize) -> Self {
        let count =
            |word: &str| audits.iter().filter(|(_, audit)| audit.verdict.as_str() == word).count();
        Tally {
            rules: audits.len(),
            remarks: audits.iter().map(|(_, audit)| audit.remarks.len()).sum::<usize>()
                + filters.iter().map(|filter| filter.remarks.len()).sum::<usize>(),
            broken,
            verdicts: VERDICTS.iter().map(|(word, _)| count(word)).collect(),
        }
    }

    /// Whether every rule may fire and nothing is odd.
    fn is_clean(&self) -> bool {
        self.remarks == 0 && self.verdicts[MAY_FIRE..].iter().all(|count| *count == 0)
    }

    fn words(&self) -> String {
        let own = VERDICTS.iter().zip(&self.verdicts).filter(|(_, count)| **count > 0);
        let mut words: Vec<String> =
            own.map(|((_, word), count)| format!("{count} {word}")).collect();
        words.push(counted(self.remarks as u64, "remark", "remarks"));
        words.push(counted(self.broken as u64, "broken file", "broken files"));
        format!("{}: {}", counted(self.rules as u64, "rule", "rules"), words.join(", "))
    }

    fn to_json(&self) -> Json {
        let mut totals =
            json!({"rules": self.rules, "remarks": self.remarks, "broken": self.broken});
        for ((word, _), count) in VERDICTS.iter().zip(&self.verdicts) {
            totals[*word] = json!(count);
        }
        totals
    }
}
