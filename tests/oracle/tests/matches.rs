//! Rules about single records: both engines must speak of the same.

use std::collections::BTreeMap;

use azscope_oracle::classes::{Alone, CLASSES, class};
use azscope_oracle::engines::{accepted, ours, theirs};
use azscope_oracle::events::{Event, events};
use azscope_oracle::made::{item, rule};
use azscope_oracle::random::{Random, elsewhere};
use azscope_oracle::rules::Rule;

/// Disagreements by class; those without a class are told in full.
#[derive(Default)]
struct Tally {
    rules: usize,
    pairs: usize,
    spoken: usize,
    refused: BTreeMap<String, usize>,
    by_class: BTreeMap<(&'static str, &'static str), usize>,
    /// The first of each rule.
    unknown: BTreeMap<usize, String>,
}

/// What a refusal says, without its place.
fn reason(why: &str) -> &str {
    let first = why.lines().next().unwrap_or_default();
    first.rsplit(": ").next().unwrap_or(first)
}

/// Whether azscope, or the other engine, may speak alone of a record in a class.
///
/// Only of rules with a single key it can be told; one that is negated speaks where its key does not.
fn is_allowed(alone: Alone, rule: &Rule, is_ours: bool) -> bool {
    match (rule.condition.as_str(), alone) {
        ("one", Alone::Ours) | ("not one", Alone::Theirs) if rule.items().len() == 1 => is_ours,
        ("one", Alone::Theirs) | ("not one", Alone::Ours) if rule.items().len() == 1 => !is_ours,
        _ => true,
    }
}

/// Compares rules; each comes as azscope is given it and as the other engine is.
fn compare(rules: &[(Rule, Rule)], events: &[Event]) -> Tally {
    let mut tally = Tally::default();
    let mut kept: Vec<(&Rule, String)> = Vec::new();
    let (mut for_us, mut for_them) = (Vec::new(), Vec::new());
    for (number, (own, plain)) in rules.iter().enumerate() {
        let id = format!("r{number}");
        let (own, document) = (own.document(&id), plain.document(&id));
        match (accepted(&own).0, accepted(&document).1) {
            (Ok(()), Ok(())) => {
                for_us.push(own);
                for_them.push(document.clone());
                kept.push((plain, document));
            }
            (ours, theirs) => {
                let why = |who: &str, said: Result<(), String>| {
                    said.err().map(|why| format!("{who}: {}", reason(&why)))
                };
                let reasons: Vec<String> =
                    [why("azscope", ours), why("other", theirs)].into_iter().flatten().collect();
                *tally.refused.entry(reasons.join("; ")).or_default() += 1;
            }
        }
    }
    tally.rules = kept.len();
    tally.pairs = kept.len() * events.len();
    let said = ours(&for_us, events).into_iter().zip(theirs(&for_them, events));
    for (number, ((rule, document), (ours, theirs))) in kept.iter().zip(said).enumerate() {
        tally.spoken += ours.len();
        for &at in ours.symmetric_difference(&theirs) {
            let event = &events[at];
            let who = if ours.contains(&at) { "azscope" } else { "the other" };
            match class(rule, event) {
                Some((name, alone)) if is_allowed(alone, rule, ours.contains(&at)) => {
                    *tally.by_class.entry((name, who)).or_default() += 1;
                }
                _ => {
                    let values: Vec<String> = rule
                        .items()
                        .iter()
                        .flat_map(|item| {
                            let others = if item.has("fieldref") {
                                item.texts().collect()
                            } else {
                                Vec::new()
                            };
                            item.field.into_iter().chain(others)
                        })
                        .map(|field| format!("{field} = {:?}", event.values(field)))
                        .collect();
                    tally.unknown.entry(number).or_insert_with(|| {
                        format!("only {who} speaks\n  {document}\n  {}", values.join("\n  "))
                    });
                }
            }
        }
    }
    tally
}

impl Tally {
    fn tell(&self, what: &str) {
        eprintln!("{what}: {} rules, {} pairs, {} spoken of", self.rules, self.pairs, self.spoken);
        for (why, count) in &self.refused {
            eprintln!("  refused {count}: {why}");
        }
        for ((name, who), count) in &self.by_class {
            eprintln!("  {name}: {count}, only {who} speaks");
        }
    }

    fn check(&self) {
        let shown: Vec<&str> = self.unknown.values().take(60).map(String::as_str).collect();
        assert!(shown.is_empty(), "{} rules disagree:\n{}", self.unknown.len(), shown.join("\n"));
        assert!(self.rules > 0 && self.spoken > self.rules, "too little is spoken of");
    }
}

#[test]
fn rules_match_the_same_records() {
    let mut random = Random::new(1);
    let single = |_| {
        let rule = Rule::of(item(&mut random));
        (rule.clone(), rule.plainly())
    };
    let singles: Vec<(Rule, Rule)> = (0..4_000).map(single).collect();
    let single = compare(&singles, &events(2, 120));
    single.tell("single keys");
    single.check();

    let mut random = Random::new(3);
    let several = |_| {
        let rule = rule(&mut random);
        (rule.clone(), rule.plainly())
    };
    let rules: Vec<(Rule, Rule)> = (0..3_000).map(several).collect();
    let whole = compare(&rules, &events(4, 120));
    whole.tell("whole rules");
    whole.check();

    // A class into which nothing falls any more says something that is not true any more.
    let seen =
        |name: &str| [&single, &whole].iter().any(|t| t.by_class.keys().any(|(n, _)| *n == name));
    let names = CLASSES.iter().map(|(name, ..)| *name);
    let idle: Vec<&str> = names.filter(|name| !seen(name)).collect();
    assert!(idle.is_empty() || elsewhere() != 0, "nothing falls into {idle:?}");
}
