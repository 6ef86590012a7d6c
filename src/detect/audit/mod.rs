//! The self-audit of rules: whether a rule can speak at all, on which exports, and if not, why.
//!
//! A rule that is silent is taken for good news. Here it is told apart from a
//! rule that could not have spoken: because its log is another one, its
//! operations are never recorded, its fields are in no export, its condition
//! contradicts itself, or because this evidence lacks what it needs.

mod bare;
mod carry;
mod evidence;
mod leaf;
mod members;
mod need;
mod operation;
mod reach;
mod remark;
mod world;

pub use bare::{Bare, Portion};
pub use carry::{Shapes, Source};
pub use evidence::Evidence;
pub use operation::Standing;
pub use remark::Remark;

use std::collections::BTreeSet;

use crate::rule::{Expr, Kind, Rule, RuleSet, Test, Wanted};
use need::Need;
use reach::{Question, Reach};
use world::World;

/// Whether a rule can speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It can, on every shape of export.
    Fires,
    /// It can, on these shapes only.
    FiresOn(Shapes),
    /// Perhaps it can: what it asks for is in no catalogue.
    Doubtful(String),
    /// It cannot, whatever the evidence.
    Never(String),
    /// It reads a log that is no evidence here.
    OtherLog(String),
    /// It is not evaluated.
    NotEvaluated(String),
}

impl Verdict {
    /// Returns the word that reports use.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Verdict::Fires => "fires",
            Verdict::FiresOn(_) => "fires_on_some",
            Verdict::Doubtful(_) => "doubtful",
            Verdict::Never(_) => "never",
            Verdict::OtherLog(_) => "other_log",
            Verdict::NotEvaluated(_) => "not_evaluated",
        }
    }

    /// Whether it is known that the rule can speak.
    pub const fn is_good(&self) -> bool {
        matches!(self, Verdict::Fires | Verdict::FiresOn(_))
    }

    /// Returns why it is no better; `None` where there is nothing to say.
    pub fn why(&self) -> Option<&str> {
        match self {
            Verdict::Fires | Verdict::FiresOn(_) => None,
            Verdict::Doubtful(why)
            | Verdict::Never(why)
            | Verdict::OtherLog(why)
            | Verdict::NotEvaluated(why) => Some(why),
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Verdict::Fires => f.write_str("can fire"),
            // The shorter of the two lists.
            Verdict::FiresOn(shapes) => {
                let (on, not) = (shapes.names(), shapes.others().names());
                if not.len() < on.len() {
                    write!(f, "can fire (not on {})", not.join(", "))
                } else {
                    write!(f, "can fire only on {}", on.join(", "))
                }
            }
            Verdict::Doubtful(why) => write!(f, "can perhaps fire: {why}"),
            Verdict::Never(why) => write!(f, "can never fire: {why}"),
            Verdict::OtherLog(why) => f.write_str(why),
            Verdict::NotEvaluated(why) => write!(f, "is not evaluated: {why}"),
        }
    }
}

/// What is known of a field of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name as the rule writes it.
    pub name: String,
    /// How it comes by its values.
    pub source: Source,
    /// Which shapes carry it.
    pub shapes: Shapes,
}

/// What is known of an operation, or a pattern of operations, that a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The name or pattern.
    pub name: String,
    /// What is known of it; of a pattern the best of what it matches.
    pub standing: Standing,
    /// Of a pattern: how many operations of the catalogue it matches that are recorded, perhaps, and that are not.
    pub matched: Option<(usize, usize)>,
}

/// Everything that can be told of a rule without evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Whether it can speak.
    pub verdict: Verdict,
    /// What is odd about it.
    pub remarks: Vec<Remark>,
    /// Its fields, each once, in order.
    pub fields: Vec<Field>,
    /// Its operations, each once, in order.
    pub operations: Vec<Operation>,
}

/// Audits a rule of a set.
pub fn audit(set: &RuleSet, rule: &Rule) -> Audit {
    let fields = fields(set, rule);
    let operations = operations(rule);
    // A part of a correlation is judged with it.
    let document = if set.is_part(rule) { Vec::new() } else { crate::rule::check(rule) };
    let mut remarks: Vec<Remark> = document.into_iter().map(Remark::Document).collect();
    let verdict = verdict(set, rule);
    if !matches!(verdict, Verdict::OtherLog(_)) {
        remarks.extend(operations.iter().filter_map(Remark::of_operation));
        remarks.extend(fields.iter().filter_map(Remark::of_field));
        remarks.extend(dead_searches(rule));
    }
    Audit { verdict, remarks, fields, operations }
}

fn verdict(set: &RuleSet, rule: &Rule) -> Verdict {
    if let Some(why) = need::other_log(set, rule) {
        return Verdict::OtherLog(why);
    }
    if let Some(why) = set.obstacle(rule) {
        return Verdict::NotEvaluated(why);
    }
    let need = Need::of(set, rule);
    let open = World::open();
    let reached = need.reach(&open);
    match reached {
        Reach::Never | Reach::Unrecorded => Verdict::Never(why_never(set, rule, &need, reached)),
        Reach::Doubtful => Verdict::Doubtful(why_doubtful(set, rule)),
        Reach::Fires => {
            let on = |shapes: &Shapes| {
                need.reach(&World { shapes: *shapes, ..World::open() }) == Reach::Fires
            };
            let shapes = Shapes::ALL.each().filter(on).fold(Shapes::NONE, Shapes::and);
            // What needs two shapes together can fire where both are in the evidence.
            let everywhere = shapes.others().is_empty() || shapes.is_empty();
            if everywhere { Verdict::Fires } else { Verdict::FiresOn(shapes) }
        }
    }
}

/// Why a rule can never fire, whatever the evidence.
fn why_never(set: &RuleSet, rule: &Rule, need: &Need<'_>, reached: Reach) -> String {
    if let Some(why) = why_of_needed(set, rule, &Verdict::is_never) {
        return why;
    }
    if !need::can_count(rule) {
        return "no number of matches can meet its condition".to_owned();
    }
    if reached == Reach::Unrecorded {
        let is_never = |operation: &&Operation| operation.standing.is_never_recorded();
        let named = operations(rule);
        let named: Vec<String> = (named.iter().filter(is_never))
            .map(|operation| format!("{} ({})", operation.name, operation.standing.as_str()))
            .collect();
        return format!("the Activity Log never records {}", some_of(&named));
    }
    if need.reach(&World { any_field: true, ..World::open() }) > Reach::Never {
        let nowhere: Vec<String> = fields(set, rule)
            .into_iter()
            .filter(|field| field.source == Source::Nowhere)
            .map(|field| field.name)
            .collect();
        return format!("no export of the Activity Log has {}", some_of(&nowhere));
    }
    "no operation can meet its condition".to_owned()
}

fn why_doubtful(set: &RuleSet, rule: &Rule) -> String {
    if let Some(why) = why_of_needed(set, rule, &|verdict| !verdict.is_good()) {
        return why;
    }
    let names = |meant: Standing| -> Vec<String> {
        let named = operations(rule).into_iter().filter(|operation| operation.standing == meant);
        named.map(|operation| operation.name).collect()
    };
    let (unknown, perhaps) = (names(Standing::Unknown), names(Standing::Perhaps));
    match (unknown.is_empty(), perhaps.is_empty()) {
        (_, false) => {
            format!("nobody says whether the Activity Log records {}", some_of(&perhaps))
        }
        (false, true) => format!("no catalogue knows {}", some_of(&unknown)),
        (true, true) => "no known operation meets its condition".to_owned(),
    }
}

impl Verdict {
    fn is_never(&self) -> bool {
        matches!(self, Verdict::Never(_))
    }
}

/// Of a correlation: what is wrong with the first of its rules that has such a verdict.
fn why_of_needed(
    set: &RuleSet,
    rule: &Rule,
    is_meant: &dyn Fn(&Verdict) -> bool,
) -> Option<String> {
    let Kind::Correlation(correlation) = &rule.kind else { return None };
    correlation.rules.iter().find_map(|name| {
        let verdict = verdict(set, &set.rules()[set.needed_position(rule, name)?]);
        is_meant(&verdict).then(|| format!("the rule \"{name}\" {verdict}"))
    })
}

/// Names shown in one sentence.
const SHOWN: usize = 3;

fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Every test of a rule's own searches.
fn each_test<'r>(rule: &'r Rule, take: &mut dyn FnMut(&'r Test)) {
    let detection = rule.detection().into_iter();
    for search in detection.flat_map(|detection| &detection.searches) {
        search.expr.each_test(take);
    }
}

fn fields(set: &RuleSet, rule: &Rule) -> Vec<Field> {
    let mut names: Vec<&str> = Vec::new();
    each_test(rule, &mut |test| {
        names.extend(test.field.as_deref());
        if let crate::rule::Matcher::Same { field, .. } = &test.matcher {
            names.push(field);
        }
    });
    names.extend(need::keys(set, rule));
    let mut fields: Vec<Field> = Vec::new();
    let mut known = BTreeSet::new();
    for name in names {
        if known.insert(name) {
            let (source, shapes) = carry::field(name);
            fields.push(Field { name: name.to_owned(), source, shapes });
        }
    }
    fields
}

fn operations(rule: &Rule) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    let mut known = BTreeSet::new();
    let Some(detection) = rule.detection() else { return operations };
    for search in &detection.searches {
        for test in Question::new(&[&search.expr], Wanted::Attempted, &[]).operations() {
            let Some(name) = operation::written(test) else { continue };
            if known.insert(name.clone()) {
                operations.push(one_operation(name, test));
            }
        }
    }
    operations
}

fn one_operation(name: String, test: &Test) -> Operation {
    if let Some(literal) = operation::literal(test) {
        return Operation { name, standing: Standing::of(literal), matched: None };
    }
    let matched: Vec<Standing> = reach::matches(test).collect();
    let recorded = matched.iter().filter(|standing| **standing <= Standing::Perhaps).count();
    let standing = matched.iter().min().copied().unwrap_or(Standing::Unknown);
    Operation { name, standing, matched: Some((recorded, matched.len() - recorded)) }
}

/// Searches that can never hold though their operations are recorded and their fields known.
fn dead_searches(rule: &Rule) -> Vec<Remark> {
    let Some(detection) = rule.detection() else { return Vec::new() };
    let world = World { any_field: true, ..World::open() };
    let is_dead =
        |expr: &Expr| Question::new(&[expr], Wanted::Attempted, &[]).reach(&world) == Reach::Never;
    let dead = detection.searches.iter().filter(|search| is_dead(&search.expr));
    dead.map(|search| Remark::NeverHolds(search.name.clone())).collect()
}

#[cfg(test)]
mod tests;
