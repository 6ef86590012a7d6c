//! From the block of a native rule to what it means.

use super::super::condition::Searches;
use super::super::error::Problem;
use super::super::expr::Expr;
use super::super::members::Members;
use super::super::pattern::Pattern;
use super::super::yaml::{Node, Value};
use super::super::{Level, Wanted};
use super::{
    Act, AlertJoin, Baseline, Chain, Daily, FirstSeen, History, Model, Native, Selection, State,
    Step, Tie,
};

/// Words for what ties an operation to an alert.
const TIES: &[(&str, Tie)] = &[
    ("resource", Tie::Resource),
    ("principal", Tie::Principal),
    ("ip", Tie::Ip),
    ("subscription", Tie::Subscription),
];

/// Words for how far the work on an alert has come.
const STATUSES: &[&str] = &["active", "in_progress", "resolved", "dismissed"];

/// Words for what becomes of operations that their caller makes every day.
const DAILY: [(&str, Daily); 3] =
    [("counted", Daily::Counted), ("left_out", Daily::LeftOut), ("only", Daily::Only)];

/// A chain may have this many steps.
const MAX_STEPS: usize = 32;
/// A step may be asked for this many times.
const MAX_COUNT: usize = 100;

/// The keys of native rules.
pub(in crate::rule) const KEYS: &[&str] = &["first_seen", "baseline", "state", "chain", "alert"];

/// Reads the native part of a rule, if it has one, over the searches of its detection.
pub(in crate::rule) fn read(
    members: &mut Members<'_>,
    searches: &mut Searches<'_>,
    condition: Option<&Expr>,
    wanted: Wanted,
) -> Result<Option<Native>, Problem> {
    let mut found = KEYS.iter().filter(|key| members.has_block(key));
    let Some(key) = found.next() else { return Ok(None) };
    if let Some(other) = found.next() {
        let message = format!("a rule has one of {key} and {other}, not both");
        return Err(Problem::new(members.at, message));
    }
    let Some(node) = members.take(key) else { return Ok(None) };
    let members = Members::of(node, key)?;
    let mut block = Block { searches, condition, wanted, members };
    let native = match *key {
        "first_seen" => Native::FirstSeen(block.first_seen()?),
        "baseline" => Native::Baseline(block.baseline()?),
        "state" => Native::State(block.state()?),
        "chain" => Native::Chain(block.chain()?),
        _ => Native::Alert(block.alert()?),
    };
    block.members.end(key)?;
    Ok(Some(native))
}

/// The block of a native rule while it is read.
struct Block<'b, 's> {
    searches: &'b mut Searches<'s>,
    condition: Option<&'b Expr>,
    wanted: Wanted,
    members: Members<'b>,
}

const DAY: i64 = 86_400 * 1_000_000_000;

impl Block<'_, '_> {
    fn trigger(&self) -> Result<Selection, Problem> {
        let Some(expr) = self.condition else {
            return Err(Problem::new(self.members.at, "the detection needs a condition"));
        };
        Ok(Selection { expr: expr.clone(), wanted: self.wanted })
    }

    fn selection(&mut self, node: &Node) -> Result<Selection, Problem> {
        let text = node.text().ok_or_else(|| {
            Problem::new(node.at, format!("a condition must be text, and is {}", node.kind()))
        })?;
        let expr = self.searches.read(&text);
        let expr = expr.map_err(|f| Problem::new(node.at, format!("condition: {}", f.message)))?;
        Ok(Selection { expr, wanted: self.wanted })
    }

    fn history(&mut self, days: f64) -> Result<History, Problem> {
        let mut history = History { of: Vec::new(), days, operations: 0, either: false };
        if let Some(node) = self.members.take("history") {
            let mut inner = Members::of(node, "history")?;
            history.of = inner.texts("of")?;
            history.days = inner.number("days")?.unwrap_or(0.0);
            history.operations = inner.count("operations")?.unwrap_or(0);
            history.either = inner.flag("either")?;
            inner.end("history")?;
        }
        Ok(history)
    }

    fn some(&mut self, key: &'static str) -> Result<Vec<String>, Problem> {
        let node = self.members.need(key, "this rule")?;
        let texts = node.texts()?;
        if texts.is_empty() {
            return Err(Problem::new(node.at, format!("{key} needs a field")));
        }
        Ok(texts)
    }

    fn first_seen(&mut self) -> Result<FirstSeen, Problem> {
        let trigger = self.trigger()?;
        let learn = match self.members.take("learn") {
            Some(node) => Selection { wanted: Wanted::Attempted, ..self.selection(node)? },
            None => trigger.clone(),
        };
        Ok(FirstSeen { trigger, learn, key: self.some("key")?, history: self.history(7.0)? })
    }

    fn baseline(&mut self) -> Result<Baseline, Problem> {
        let trigger = self.trigger()?;
        let of = self.members.texts("of")?;
        let node = self.members.need("model", "a baseline")?;
        let members = &mut self.members;
        let model = match node.text().unwrap_or_default().as_str() {
            "rate" => Model::Rate {
                bucket: members.span("bucket")?.unwrap_or(DAY / 24),
                deviations: members.number("deviations")?.unwrap_or(6.0),
                least: members.count("least")?.unwrap_or(20),
                buckets: members.count("buckets")?.unwrap_or(24),
            },
            "gap" => Model::Gap {
                least: members.span("least")?.unwrap_or(DAY),
                factor: members.number("factor")?.unwrap_or(0.0),
                at_end: members.flag("at_end")?,
            },
            "hours" => Model::Hours { share: members.number("share")?.unwrap_or(0.005) },
            "rare" => Model::Rare {
                across: members.texts("across")?,
                below: members.count("below")?.unwrap_or(3),
            },
            other => {
                let message = format!("model \"{other}\" is none of rate, gap, hours, rare");
                return Err(Problem::new(node.at, message));
            }
        };
        Ok(Baseline { trigger, of, model, history: self.history(7.0)? })
    }

    fn state(&mut self) -> Result<State, Problem> {
        let opened = self.members.need("opened", "a state")?;
        let closed = self.members.need("closed", "a state")?;
        let (opened, closed) = (self.selection(opened)?, self.selection(closed)?);
        // What was merely tried neither begins nor ends anything, unless the rule says otherwise.
        let closed = Selection { wanted: Wanted::Succeeded, ..closed };
        let opened_by = self.some("by")?;
        let mut closed_by = self.members.texts("closed_by")?;
        if closed_by.is_empty() {
            closed_by.clone_from(&opened_by);
        }
        if closed_by.len() != opened_by.len() {
            return Err(Problem::new(self.members.at, "by and closed_by have as many fields"));
        }
        Ok(State { opened, closed, opened_by, closed_by, below: self.members.flag("below")? })
    }

    fn chain(&mut self) -> Result<Chain, Problem> {
        let at = self.members.at;
        let Some(within) = self.members.span("within")? else {
            return Err(Problem::new(at, "a chain needs within"));
        };
        let by = self.members.texts("by")?;
        let node = self.members.need("steps", "a chain")?;
        let Value::List(items) = &node.value else {
            return Err(Problem::new(node.at, "steps must be a list"));
        };
        let steps: Vec<Step> =
            items.iter().map(|item| self.step(item, &by)).collect::<Result<_, _>>()?;
        let ordered = self.members.flag("ordered")?;
        let least = self.members.count("least")?.unwrap_or(steps.len());
        if steps.is_empty() || steps.len() > MAX_STEPS || least == 0 || least > steps.len() {
            let message =
                format!("a chain has 1 to {MAX_STEPS} steps, and least is one to their number");
            return Err(Problem::new(node.at, message));
        }
        if ordered && least < steps.len() {
            return Err(Problem::new(node.at, "a chain in order needs all its steps"));
        }
        if let Some(odd) = steps.iter().find(|step| step.by.len() != steps[0].by.len()) {
            let message = format!("step \"{}\" is tied by another number of fields", odd.name);
            return Err(Problem::new(node.at, message));
        }
        Ok(Chain { steps, within, ordered, least, differ: self.members.texts("differ")? })
    }

    /// Reads a step: a condition, or a map with more to say.
    fn step(&mut self, node: &Node, by: &[String]) -> Result<Step, Problem> {
        if let Some(text) = node.text() {
            let act = Act::Operation(self.selection(node)?);
            return Ok(Step { name: text, act, by: by.to_vec(), count: 1 });
        }
        let mut inner = Members::of(node, "a step")?;
        let outcomes = Wanted::ALL.map(Wanted::as_str);
        let levels: Vec<&str> = Level::ALL.iter().map(|level| level.as_str()).collect();
        let act = match inner.take("when") {
            Some(when) => {
                let mut selection = self.selection(when)?;
                if inner.has("outcome") {
                    selection.wanted = inner.word("outcome", Wanted::by_name, &outcomes)?;
                }
                Act::Operation(selection)
            }
            None if inner.has("finding") => Act::Finding {
                level: inner
                    .word("finding", |word| Level::parse(word).map(Some), &levels)?
                    .unwrap_or(Level::Medium),
                tactics: inner.texts("tactics")?,
            },
            None => return Err(Problem::new(node.at, "a step needs when or finding")),
        };
        let own = inner.texts("by")?;
        let step = Step {
            name: inner.text("name")?.unwrap_or_else(|| "finding".to_owned()),
            act,
            by: if own.is_empty() { by.to_vec() } else { own },
            count: inner.count("count")?.unwrap_or(1).clamp(1, MAX_COUNT),
        };
        inner.end("a step")?;
        Ok(step)
    }

    fn alert(&mut self) -> Result<AlertJoin, Problem> {
        let trigger = self.trigger()?;
        let types = self.members.texts("types")?.iter().map(|text| Pattern::parse(text)).collect();
        let node = self.members.need("join", "a join with alerts")?;
        let tie = |word: &String| {
            let known = TIES.iter().find(|(name, _)| name == word).map(|(_, tie)| *tie);
            known.ok_or_else(|| {
                let names: Vec<&str> = TIES.iter().map(|(name, _)| *name).collect();
                let message = format!("join \"{word}\" is none of {}", names.join(", "));
                Problem::new(node.at, message)
            })
        };
        let join: Vec<Tie> = node.texts()?.iter().map(tie).collect::<Result<_, _>>()?;
        let daily = |word: &str| DAILY.iter().find(|(name, _)| *name == word).map(|(_, how)| *how);
        Ok(AlertJoin {
            trigger,
            types,
            join,
            before: self.members.span("before")?.unwrap_or(DAY),
            after: self.members.span("after")?.unwrap_or(DAY),
            expected: self.members.flag("expected")?,
            status: self.statuses()?,
            beside: self.members.span("beside")?,
            daily: self.members.word("daily", daily, &DAILY.map(|(name, _)| name))?,
        })
    }

    /// Reads how far the work on an alert must have come.
    fn statuses(&mut self) -> Result<Vec<String>, Problem> {
        let at = self.members.at_of("status").unwrap_or(self.members.at);
        let words = self.members.texts("status")?;
        match words.iter().find(|word| !STATUSES.contains(&word.as_str())) {
            Some(odd) => {
                let message = format!("status \"{odd}\" is none of {}", STATUSES.join(", "));
                Err(Problem::new(at, message))
            }
            None => Ok(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::parse::read_one;
    use super::super::super::{Kind, Rule, RuleSet};
    use super::*;

    fn rule(block: &str) -> Rule {
        read_one(&format!(
            "title: T\noutcome: succeeded\ndetection: {{a: {{x: 1}}, b: {{x: 2}}, condition: a}}\n{block}\n"
        ))
    }

    fn native(block: &str) -> Native {
        let Kind::Native(_, native) = rule(block).kind else { panic!("{block}") };
        native
    }

    #[test]
    fn first_seen_learns_what_it_looks_at_unless_told_otherwise() {
        let Native::FirstSeen(one) = native("first_seen: {key: [actor, body.x]}") else { panic!() };
        assert_eq!((one.trigger.clone(), one.history.days), (one.learn, 7.0));
        let Native::FirstSeen(two) = native(
            "first_seen: {key: actor, learn: a or b, history: {of: actor, days: 3, operations: 9, either: true}}",
        ) else {
            panic!()
        };
        assert_ne!(two.trigger, two.learn);
        assert_eq!((two.history.operations, two.history.either), (9, true));
    }

    #[test]
    fn baselines_have_one_of_four_models() {
        for (text, right) in [
            ("{model: rate, of: actor, bucket: 30m}", true),
            ("{model: gap, of: actor, least: 30d}", true),
            ("{model: hours, of: actor}", true),
            ("{model: rare, of: operation, across: actor, below: 2}", true),
            ("{model: median}", false),
            ("{model: gap, bucket: 1h}", false),
        ] {
            let text =
                format!("title: T\ndetection: {{a: {{x: 1}}, condition: a}}\nbaseline: {text}\n");
            let set = RuleSet::from_text("p", &text);
            assert_eq!(set.is_ok(), right, "{text}");
        }
    }

    #[test]
    fn steps_are_conditions_or_findings() {
        let Native::Chain(chain) = native(
            "chain: {by: actor, within: 24h, ordered: true, steps: [a, {name: second, when: b, outcome: failed, \
             count: 3, by: body.x}, {finding: high, tactics: [impact]}], differ: actor}",
        ) else {
            panic!()
        };
        assert_eq!((chain.steps.len(), chain.least, chain.ordered), (3, 3, true));
        let Act::Operation(second) = &chain.steps[1].act else { panic!() };
        assert_eq!((second.wanted, chain.steps[1].count), (Wanted::Failed, 3));
        assert_eq!(chain.steps[1].by, ["body.x"]);
        assert!(matches!(&chain.steps[2].act, Act::Finding { level: Level::High, .. }));
    }

    #[test]
    fn states_and_alerts_are_read() {
        let Native::State(state) = native(
            "state: {opened: a, closed: b, by: resource_id, closed_by: body.id, below: true}",
        ) else {
            panic!()
        };
        assert_eq!(state.closed.wanted, Wanted::Succeeded);
        assert_eq!(
            (state.opened_by, state.closed_by),
            (vec!["resource_id".into()], vec!["body.id".into()])
        );
        let Native::Alert(join) =
            native("alert: {types: 'ARM_*', join: [principal, ip], before: 6h, after: 1h}")
        else {
            panic!()
        };
        assert_eq!((join.join, join.types.len()), (vec![Tie::Principal, Tie::Ip], 1));
        assert_eq!((join.daily, join.beside), (Daily::Counted, None));
        let Native::Alert(join) =
            native("alert: {join: ip, status: resolved, beside: 72h, daily: left_out}")
        else {
            panic!()
        };
        assert_eq!((join.daily, join.beside), (Daily::LeftOut, Some(3 * DAY)));
        assert_eq!(join.status, ["resolved"]);
    }

    #[test]
    fn faults_have_a_place() {
        for (block, part) in [
            ("first_seen: {learn: a}", "needs key"),
            ("first_seen: {key: a, kee: b}", "no key \"kee\""),
            ("first_seen: {key: a}\nstate: {opened: a, closed: b, by: c}", "not both"),
            ("state: {opened: z, closed: b, by: c}", "no search \"z\""),
            ("state: {opened: a, closed: b, by: [c, d], closed_by: e}", "as many fields"),
            ("chain: {steps: [a, b], by: c}", "needs within"),
            ("chain: {steps: [a, b], within: 1h, least: 3}", "one to their number"),
            ("chain: {steps: [a, b], within: 1h, least: 1, ordered: true}", "needs all its steps"),
            ("alert: {join: name}", "none of resource"),
            ("alert: {join: ip, status: open}", "none of active"),
            ("alert: {join: ip, daily: never}", "none of counted"),
        ] {
            let text = format!(
                "title: T\ndetection: {{a: {{x: 1}}, b: {{x: 2}}, condition: a}}\n{block}\n"
            );
            let error = RuleSet::from_text("p", &text).expect_err(block).to_string();
            assert!(error.contains(part), "{block}: {error}");
        }
    }
}
