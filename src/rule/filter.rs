//! Filters: documents that lay a condition over rules of others, to leave out what is known to be harmless in one place.
//!
//! The condition of a filter is joined to that of each rule by `and`, as
//! written: `not selection` leaves out what is selected. A rule keeps its own
//! condition apart from those of its filters, so that it can be told when a
//! rule would have spoken but for a filter, and for which.

use super::detection::{self, Filtered};
use super::error::Problem;
use super::expr::Expr;
use super::members::Members;
use super::parse;
use super::placeholder::Placeholders;
use super::value::Reader;
use super::yaml::{Node, Value};
use super::{LogSource, Rule};

/// A filter of rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Unique id; made from all that the document says where it has none.
    pub id: String,
    /// Short name.
    pub name: Option<String>,
    /// Title.
    pub title: String,
    /// Why it is there.
    pub description: Option<String>,
    /// Which log the rules read that it is for.
    pub logsource: LogSource,
    /// Which rules it is for.
    pub targets: Targets,
    /// Its conditions as written; several are alternatives.
    pub condition: Vec<String>,
    /// What must hold for a rule to speak.
    pub keep: Expr,
    /// Searches that no condition names.
    pub unused: Vec<String>,
    /// Placeholders without values, by name; with one of them the filter is not laid over any rule.
    pub unknown_placeholders: Vec<String>,
    /// Path of its file.
    pub path: String,
}

/// Which rules a filter is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Every rule of its log.
    Any,
    /// Rules of its log with these ids or names.
    Named(Vec<String>),
}

/// What became of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Id of the filter.
    pub filter: String,
    /// The rules over which it was laid, by their place.
    pub rules: Vec<usize>,
    /// Rules that it names and that do not exist, read another log, or have no condition of their own.
    pub missing: Vec<String>,
}

impl Applied {
    /// Why a filter lies over no rule.
    pub(super) fn why_idle(&self, filter: &Filter) -> String {
        let without_rule = || match self.missing.as_slice() {
            [] => "no rule with searches of its own reads its log".to_owned(),
            missing => format!(
                "no rule of its log with searches of its own is called {}",
                missing.join(" or ")
            ),
        };
        filter.unsupported().unwrap_or_else(without_rule)
    }
}

/// Whether a document is a filter.
pub(super) fn is_filter(document: &Node) -> bool {
    matches!(&document.value, Value::Map(members) if members.iter().any(|(key, _)| key.text == "filter"))
}

/// Reads a filter.
pub(super) fn read(
    document: &Node,
    path: &str,
    placeholders: &Placeholders,
) -> Result<Filter, Problem> {
    let mut members = Members::of(document, "a filter")?;
    let needs = |what| Problem::new(document.at, format!("a filter needs {what}"));
    let title = members.text("title")?.ok_or_else(|| needs("a title"))?;
    let logsource = parse::logsource(&mut members)?;
    let node = members.take("filter").ok_or_else(|| needs("the key \"filter\""))?;
    let targets = targets(node)?;
    // Without a log it would lie over every rule there is.
    if targets == Targets::Any && logsource == LogSource::default() {
        return Err(needs("a logsource, or rules by id or name"));
    }
    let mut reader = Reader::new(placeholders);
    let read = detection::conditions(node, "a filter", &["rules"], &mut reader)?;
    if read.counted.is_some() {
        return Err(Problem::new(node.at, "a filter cannot count"));
    }
    let id = members.text("id")?;
    Ok(Filter {
        id: id.unwrap_or_else(|| parse::derived_id('f', document)),
        name: members.text("name")?,
        title,
        description: members.text("description")?,
        logsource,
        targets,
        condition: read.written,
        keep: read.expr,
        unused: read.unused,
        unknown_placeholders: reader.unknown.into_iter().collect(),
        path: path.to_owned(),
    })
}

/// The rules that a filter names: `any`, one, or a list; an empty list means any too.
fn targets(node: &Node) -> Result<Targets, Problem> {
    let mut members = Members::of(node, "filter")?;
    let Some(rules) = members.take("rules") else {
        return Err(Problem::new(
            node.at,
            "a filter needs the key \"rules\": \"any\", or ids or names",
        ));
    };
    let names = rules.texts()?;
    let any = match (&rules.value, names.as_slice()) {
        (Value::List(items), []) => items.is_empty(),
        (_, [only]) => only.eq_ignore_ascii_case("any"),
        _ => false,
    };
    if !any && names.is_empty() {
        return Err(Problem::new(rules.at, "\"rules\" names no rule"));
    }
    Ok(if any { Targets::Any } else { Targets::Named(names) })
}

impl Filter {
    /// Returns why it is not used; `None` when it is.
    pub fn unsupported(&self) -> Option<String> {
        detection::without_values(&self.unknown_placeholders)
    }

    /// Whether it is for a rule.
    fn is_for(&self, rule: &Rule) -> bool {
        let is_meant = match &self.targets {
            Targets::Any => true,
            Targets::Named(names) => names.iter().any(|name| rule.is_called(name)),
        };
        is_meant && self.logsource.covers(&rule.logsource)
    }
}

impl LogSource {
    /// Whether it says nothing that another does not say too, ignoring case and separators.
    fn covers(&self, other: &LogSource) -> bool {
        let same = |own: &Option<String>, other: &Option<String>| {
            own.as_deref().is_none_or(|own| other.as_deref().map(folded) == Some(folded(own)))
        };
        same(&self.product, &other.product)
            && same(&self.category, &other.category)
            && same(&self.service, &other.service)
    }
}

/// The words of a log source as they are compared; old rules write `azure.activitylogs`.
pub(super) fn folded(text: &str) -> String {
    let text = text.to_ascii_lowercase().replace(['_', '-', ' '], "");
    text.strip_prefix("azure.").map_or_else(|| text.clone(), str::to_owned)
}

/// Lays filters over the rules that they are for, and tells what became of each.
pub(super) fn apply(filters: &[Filter], rules: &mut [Rule]) -> Vec<Applied> {
    let lay = |filter: &Filter| {
        let mut applied =
            Applied { filter: filter.id.clone(), rules: Vec::new(), missing: Vec::new() };
        let mut found: Vec<&str> = Vec::new();
        let names = match &filter.targets {
            Targets::Named(names) => names.as_slice(),
            Targets::Any => &[],
        };
        for (at, rule) in rules.iter_mut().enumerate() {
            if filter.unsupported().is_some() || !filter.is_for(rule) {
                continue;
            }
            let Some(detection) = rule.detection_mut() else { continue };
            detection
                .filters
                .push(Filtered { filter: filter.id.clone(), keep: filter.keep.clone() });
            applied.rules.push(at);
            let own = |name: &&String| rule.is_called(name);
            found.extend(names.iter().filter(own).map(String::as_str));
        }
        let is_missing = |name: &&String| !found.contains(&name.as_str());
        applied.missing = names.iter().filter(is_missing).cloned().collect();
        applied
    };
    filters.iter().map(lay).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::super::parse::read_one;
    use super::super::yaml::documents;
    use super::*;

    fn filter(text: &str) -> Result<Filter, String> {
        let node = documents(text).unwrap().remove(0);
        assert!(is_filter(&node) || text.contains("title: none"));
        read(&node, "p", &Placeholders::default()).map_err(|problem| problem.message)
    }

    fn of(rules: &str, rest: &str) -> Filter {
        filter(&format!(
            "title: F\nid: f\nlogsource: {{product: azure}}\nfilter:\n  rules: {rules}\n  s: {{caller: bot}}\n  {rest}\n"
        ))
        .unwrap()
    }

    fn rules() -> Vec<Rule> {
        ["product: azure, service: activitylogs", "product: azure", "product: aws", "category: x"]
            .iter()
            .enumerate()
            .map(|(n, log)| {
                read_one(&format!(
                    "title: T\nid: id{n}\nname: name{n}\nlogsource: {{{log}}}\ndetection: {{s: {{a: b}}, condition: s}}\n"
                ))
            })
            .collect()
    }

    #[test]
    fn a_filter_is_laid_over_the_rules_it_names_in_its_log() {
        for (targets, laid, missing) in [
            ("any", &[0, 1][..], &[][..]),
            ("ANY", &[0, 1], &[]),
            ("[]", &[0, 1], &[]),
            ("id1", &[1], &[]),
            ("[name0, id1, id0]", &[0, 1], &[]),
            ("[id2, nonesuch, id0]", &[0], &["id2", "nonesuch"]),
        ] {
            let mut rules = rules();
            let applied = apply(&[of(targets, "condition: not s")], &mut rules).remove(0);
            assert_eq!(applied.rules, laid, "{targets}");
            assert_eq!(applied.missing, missing, "{targets}");
            for (at, rule) in rules.iter().enumerate() {
                let Kind::Single(detection) = &rule.kind else { panic!("a detection") };
                assert_eq!(detection.filters.len(), usize::from(laid.contains(&at)));
            }
        }
    }

    #[test]
    fn a_rule_keeps_its_condition_apart_from_those_of_its_filters() {
        let mut rules = rules();
        let plain = rules[0].clone();
        let both = [of("any", "condition: not s"), of("id0", "condition: s or not s")];
        apply(&both, &mut rules);
        let (Kind::Single(before), Kind::Single(after)) = (&plain.kind, &rules[0].kind) else {
            panic!("detections")
        };
        assert_eq!(after.expr, before.expr);
        assert_eq!(before.filtered(), before.expr);
        let Expr::All(parts) = after.filtered() else { panic!("all of them") };
        assert_eq!(parts, [before.expr.clone(), both[0].keep.clone(), both[1].keep.clone()]);
        assert!(matches!(parts[1], Expr::Not(_)));
    }

    #[test]
    fn a_filter_without_values_is_laid_over_nothing() {
        let text = "title: F\nlogsource: {product: azure}\nfilter:\n  rules: any\n  s: {'caller|expand': '%bots%'}\n  condition: not s\n";
        let filter = filter(text).unwrap();
        assert_eq!(
            filter.unsupported().as_deref(),
            Some(
                "cannot evaluate: placeholder %bots% has no values; \
                 a file of rules gives them under \"vars\""
            )
        );
        let mut rules = rules();
        let applied = apply(std::slice::from_ref(&filter), &mut rules).remove(0);
        assert_eq!(applied.rules, [0; 0]);
        assert_eq!(Some(applied.why_idle(&filter)), filter.unsupported());
        let typo = of("[x, y]", "condition: not s");
        let why = apply(std::slice::from_ref(&typo), &mut rules).remove(0).why_idle(&typo);
        assert_eq!(why, "no rule of its log with searches of its own is called x or y");
    }

    #[test]
    fn a_filter_needs_rules_log_and_condition() {
        let whole = "title: F\nlogsource: {product: azure}\nfilter: {rules: any, s: {a: b}, condition: s}\n";
        assert!(filter(whole).is_ok());
        let named = whole.replace("logsource: {product: azure}\n", "").replace("any", "[x]");
        assert!(filter(&named).is_ok());
        for (from, to, part) in [
            ("title: F\n", "", "title"),
            ("logsource: {product: azure}\n", "", "logsource"),
            ("rules: any, ", "", "\"rules\""),
            ("rules: any", "rules: null", "no rule"),
            ("rules: any", "rules: [null]", "no rule"),
            ("rules: any", "rules: {a: b}", "expected text"),
            (", condition: s", "", "condition"),
            ("condition: s", "condition: t", "no search"),
            ("condition: s", "condition: 's | count() > 5'", "cannot count"),
            ("filter: {rules: any, s: {a: b}, condition: s}", "filter: x", "must be a map"),
        ] {
            let message = filter(&whole.replace(from, to)).expect_err(to);
            assert!(message.contains(part), "{message}");
        }
    }
}
