//! From rules to a program: what several rules ask becomes one test, one question, one key.

mod native;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::atom::{Atom, Test};
use super::called::{Fields, each_called};
use super::field::Field;
use super::judge::{Judge, Keys, Needed};
use super::keyword::Keywords;
use super::nested::{depth, order, silenced};
use super::part::Part;
use super::program::{Compiled, KEYWORD, Node, Program, Selector};
use super::{progress, tried};
use crate::base::index32;
use crate::rule::{
    Aggregation, Correlation, Detection, Expr, Kind, Matcher, Rule, RuleSet, Wanted, Watchlist,
};

impl Program {
    /// Compiles all rules that can be evaluated; [`RuleSet::obstacle`] tells of the others.
    pub fn compile(rules: &RuleSet) -> Program {
        Builder::default().program(rules)
    }
}

/// At most this many fields of one rule are shown.
const SHOWN: usize = 16;

/// How a test looks at the values of a field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    /// As columns have them, of which most know one form only.
    Plain,
    /// As records write them.
    AsWritten,
    /// Where there may be a blank, which columns do not know.
    PerhapsBlank,
}

#[derive(Default)]
struct Builder {
    program: Program,
    known_fields: BTreeMap<String, u32>,
    /// Fields by how rules call them and look at them.
    named_fields: BTreeMap<(Look, Option<String>), u32>,
    known_atoms: BTreeMap<(u32, String), u32>,
    /// Selectors by what they ask, so that each question is asked once.
    known_selectors: BTreeMap<String, u32>,
    watchlist: Arc<Watchlist>,
}

impl Builder {
    fn program(mut self, set: &RuleSet) -> Program {
        let silent = silenced(set);
        self.watchlist = Arc::clone(set.watchlist());
        let mut correlations = Vec::new();
        for (at, rule) in set.rules().iter().enumerate() {
            if set.obstacle(rule).is_some() {
                continue;
            }
            match &rule.kind {
                Kind::Single(detection) => self.single(set, at, detection, silent[at]),
                Kind::Native(detection, native) => {
                    let hidden = self.hidden(detection, rule.outcome);
                    let judge = self.native(native, &detection.filters);
                    self.add(set, at, judge, hidden, silent[at]);
                }
                Kind::Correlation(correlation) => correlations.push((at, rule, correlation)),
            }
        }
        // A correlation can only be compiled when the rules it needs are.
        let mut depths = BTreeMap::new();
        correlations.sort_by_cached_key(|(at, ..)| (depth(set, *at, &mut depths), *at));
        for (at, rule, correlation) in correlations {
            let judge = self.correlation(set, rule, correlation);
            self.add(set, at, judge, Vec::new(), silent[at]);
        }
        self.finish()
    }

    fn add(
        &mut self,
        set: &RuleSet,
        at: usize,
        mut judge: Judge,
        hidden: Vec<(String, u32)>,
        silent: bool,
    ) {
        let rule = &set.rules()[at];
        let (id, wanted) = (rule.id.clone(), rule.outcome);
        let accuses = judge.accuse(&rule.accused());
        judge.tell(&rule.tells);
        let fields = Vec::new();
        let (stage, reach) = order(&self.program.rules, &judge);
        self.program.rules.push(Compiled {
            rule: at,
            id,
            judge,
            stage,
            reach,
            accuses,
            wanted,
            hidden,
            fields,
            silent,
        });
    }

    /// Lets the rule that was added last show the fields that its author wants to see.
    fn show(&mut self, rule: &Rule, selector: u32) {
        let mut names: Vec<String> = rule.fields.iter().take(SHOWN).cloned().collect();
        names.dedup();
        let parts = self.parts(&names, &[selector]);
        if let Some(last) = self.program.rules.last_mut() {
            last.fields = names.into_iter().zip(parts).collect();
        }
    }

    /// A rule over one operation, or one that puts such operations together in the old way.
    fn single(&mut self, set: &RuleSet, at: usize, detection: &Detection, silent: bool) {
        let wanted = set.rules()[at].outcome;
        let selector = self.selector(&detection.filtered(), wanted);
        let hidden = self.hidden(detection, wanted);
        let mut selectors = vec![selector];
        let native = match detection.aggregation.as_deref() {
            Some(Aggregation::Count(count)) => Correlation::counting(count),
            Some(Aggregation::Near(near)) => {
                selectors.extend(
                    near.searches
                        .iter()
                        .map(|name| self.selector(&detection.filtered_search(name), wanted)),
                );
                Correlation::near(near)
            }
            Some(Aggregation::Unsupported(_)) | None => {
                self.add(set, at, Judge::Single(selector), hidden, silent);
                return self.show(&set.rules()[at], selector);
            }
        };
        let mut needed = Vec::new();
        for selector in selectors {
            self.add(set, at, Judge::Single(selector), Vec::new(), true);
            let by = self.parts(&native.group_by, &[selector]);
            let values = self.parts(&native.fields, &[selector]);
            let keys = vec![Keys { selectors: vec![selector], by, values }];
            let (rule, name) = (self.program.rules.len() - 1, String::new());
            needed.push(Needed { rule, name, is_accused: false, is_told: true, keys });
        }
        self.add(set, at, Judge::Correlation { needed, native }, hidden, silent);
    }

    /// For each filter that lies over a rule, the question for what it hides.
    fn hidden(&mut self, detection: &Detection, wanted: Wanted) -> Vec<(String, u32)> {
        let mut hidden = Vec::new();
        for filter in &detection.filters {
            let left_out = Expr::Not(Box::new(filter.keep.clone()));
            let both = Expr::All(vec![detection.expr.clone(), left_out]);
            hidden.push((filter.filter.clone(), self.selector(&both, wanted)));
        }
        hidden
    }

    fn finish(self) -> Program {
        let mut program = self.program;
        program.find_derived();
        let is_alone = |atom: &u32| {
            !matches!(program.atoms[*atom as usize].test, Test::Same { .. } | Test::Capture)
        };
        let alone: Vec<u32> = (0..index32(program.atoms.len())).filter(is_alone).collect();
        let of = |is_meant: fn(&Field) -> bool| -> Vec<u32> {
            alone.iter().copied().filter(|&atom| is_meant(program.field_of(atom))).collect()
        };
        let (of_operation, of_principal) = (of(Field::is_of_operation), of(Field::is_of_principal));
        program.of_coded = of(|field| field.coded().is_some());
        (program.of_operation, program.of_principal) = (of_operation, of_principal);
        let texts = program.atoms.iter().enumerate().filter_map(|(at, atom)| {
            let whole = program.fields[atom.field as usize].places.is_empty();
            whole.then_some((index32(at), &atom.test))
        });
        program.keywords = Keywords::new(texts);
        program.single = tried::single(&program);
        program.sort_selectors();
        program
    }

    /// The place of a question; the same question is asked once.
    fn selector(&mut self, expr: &Expr, wanted: Wanted) -> u32 {
        let node = self.node(expr);
        let key = format!("{wanted:?}{node:?}");
        let selectors = &mut self.program.selectors;
        *self.known_selectors.entry(key).or_insert_with(|| {
            selectors.push(Selector { wanted, node, captures: Vec::new() });
            index32(selectors.len() - 1)
        })
    }

    /// The parts of a key, kept for the operations of some selectors where the spine has none.
    fn parts(&mut self, fields: &[String], selectors: &[u32]) -> Vec<Part> {
        let mut parts = Vec::new();
        for field in fields {
            let part = Part::of(field, &mut |name| self.capture(name));
            if let Part::Captured(atom) = part {
                for &selector in selectors {
                    let captures = &mut self.program.selectors[selector as usize].captures;
                    if !captures.contains(&atom) {
                        captures.push(atom);
                    }
                }
            }
            parts.push(part);
        }
        parts
    }

    fn capture(&mut self, name: &str) -> u32 {
        let field = self.field(Some(name), Look::Plain);
        self.known_atom(field, "capture".to_owned(), |_| Test::Capture)
    }

    fn correlation(&mut self, set: &RuleSet, rule: &Rule, correlation: &Correlation) -> Judge {
        let mut needed = Vec::new();
        for name in &correlation.rules {
            let position = set.needed_position(rule, name);
            let rules = &self.program.rules;
            // A rule that counts in the old way stands twice: what it selects, then what it says.
            let Some(at) = rules.iter().rposition(|rule| Some(rule.rule) == position) else {
                continue;
            };
            let names = set.rules()[rules[at].rule].names();
            let mut called = Vec::new();
            let fields = Fields::of(correlation, &names);
            each_called(set, rules, (at, fields), &mut BTreeSet::new(), &mut called);
            let keys = called.into_iter().map(|(fields, selectors)| self.keys(&fields, selectors));
            let keys = keys.collect();
            let name = name.clone();
            needed.push(Needed { rule: at, name, is_accused: false, is_told: true, keys });
        }
        Judge::Correlation { needed, native: correlation.clone() }
    }

    fn keys(&mut self, fields: &Fields, selectors: Vec<u32>) -> Keys {
        let by = self.parts(&fields.group_by, &selectors);
        let values = self.parts(&fields.values, &selectors);
        Keys { selectors, by, values }
    }

    /// Nesting is bounded by the readers of conditions and documents.
    fn node(&mut self, expr: &Expr) -> Node {
        self.node_within(expr, false)
    }

    /// The same for a part of a condition, perhaps below a negation.
    fn node_within(&mut self, expr: &Expr, negated: bool) -> Node {
        let mut each =
            |parts: &[Expr]| parts.iter().map(|part| self.node_within(part, negated)).collect();
        match expr {
            Expr::All(parts) => Node::All(each(parts)),
            Expr::Any(parts) => Node::Any(each(parts)),
            Expr::AtLeast(count, parts) => Node::AtLeast(*count, each(parts)),
            Expr::Not(part) => Node::Not(Box::new(self.node_within(part, true))),
            Expr::Test(test) => {
                let name = test.field.as_deref().unwrap_or(KEYWORD);
                let atom = self.atom(test.field.as_deref(), &test.matcher);
                if negated {
                    self.negated(atom, name, &test.matcher)
                } else {
                    Node::Atom(atom, name.into())
                }
            }
        }
    }

    /// A test below a negation: one that the beginning of an operation meets is asked of how far it came.
    fn negated(&mut self, atom: u32, name: &str, matcher: &Matcher) -> Node {
        let Atom { field, test } = self.program.atoms[atom as usize].clone();
        let node = |atom| Node::Atom(atom, name.into());
        if !progress::is_asked(&self.program.fields[field as usize], &test) {
            return node(atom);
        }
        let mut made = |key: String, test| node(self.known_atom(field, key, |_| test));
        let ended = made("ended".to_owned(), Test::Ended);
        let accepted = made("accepted".to_owned(), progress::accepted());
        let both = |other| Test::Together(vec![test.clone(), other]);
        let at_end = made(format!("{matcher:?}, ended"), both(Test::Ended));
        let on_acceptance = made(format!("{matcher:?}, accepted"), both(progress::accepted()));
        progress::furthest([at_end, on_acceptance, node(atom)], [ended, accepted])
    }

    fn atom(&mut self, field: Option<&str>, matcher: &Matcher) -> u32 {
        let look = match matcher {
            matcher if matcher.minds_case() => Look::AsWritten,
            matcher if matcher.meets_blank() => Look::PerhapsBlank,
            _ => Look::Plain,
        };
        let field = self.field(field, look);
        let watchlist = Arc::clone(&self.watchlist);
        let test = Test::of(matcher, &watchlist, &mut |other| self.field(Some(other), look));
        self.known_atom(field, format!("{matcher:?}"), |_| test)
    }

    /// The place of a test; the same test of the same field is made once.
    fn known_atom(&mut self, field: u32, key: String, test: impl FnOnce(u32) -> Test) -> u32 {
        if let Some(&known) = self.known_atoms.get(&(field, key.clone())) {
            return known;
        }
        let number = index32(self.program.atoms.len());
        self.program.atoms.push(Atom { field, test: test(field) });
        self.known_atoms.insert((field, key), number);
        number
    }

    /// The place of a field; a field with its case is another one than without.
    fn field(&mut self, name: Option<&str>, look: Look) -> u32 {
        let named = (look, name.map(str::to_owned));
        if let Some(&known) = self.named_fields.get(&named) {
            return known;
        }
        let field = match (name, look) {
            (Some(name), Look::AsWritten) => Field::resolve_as_written(name),
            (Some(name), Look::PerhapsBlank) => Field::resolve_perhaps_blank(name),
            (Some(name), Look::Plain) => Field::resolve(name),
            (None, _) => Field { name: KEYWORD.to_owned(), ..Field::default() },
        };
        // Fields that stand in the same places are one, however rules call them.
        let key = format!("{:?}{} {}", field.places, field.first, field.answer);
        let fields = &mut self.program.fields;
        let number = *self.known_fields.entry(key).or_insert_with(|| {
            fields.push(field);
            index32(fields.len() - 1)
        });
        self.named_fields.insert(named, number);
        number
    }
}
