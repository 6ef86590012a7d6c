//! The program as a probe: tests put to each record while it is read.

use std::borrow::Cow;

use super::atom::Test;
use super::field::Field;
use super::held::{ANSWER, REQUEST};
use super::plan::Plans;
use super::program::Program;
use super::read::View;
use super::tried::Tried;
use crate::base::hash;
use crate::base::json::Value;
use crate::corpus::{Hits, Probe, ProbeSession};
use crate::rule::{fold, fold_into};
use crate::schema::Event;
use crate::shape::{Identity, Memo, Row};

/// Characters of a value that are kept to be shown.
const SHOWN: usize = 200;
/// Characters that are kept of what is longer, where it is a part of keys: there are many of them.
const BEGINNING: usize = 60;
/// Items of a list that keys are made of.
const KEPT: usize = 1024;
/// Values of another field that a value is compared with.
const OTHERS: usize = 256;

impl Probe for Program {
    fn session(&self) -> Box<dyn ProbeSession + Send + '_> {
        Box::new(Session {
            program: self,
            plans: Plans::default(),
            tried: Tried::default(),
            open: Vec::new(),
            folded: String::new(),
        })
    }
}

struct Session<'p> {
    program: &'p Program,
    plans: Plans,
    tried: Tried,
    /// The tests of a field that did not hold yet; empty between fields.
    open: Vec<(u32, Others)>,
    /// A value in the form that is compared.
    folded: String,
}

impl ProbeSession for Session<'_> {
    fn test(
        &mut self,
        at: u32,
        row: &Row,
        identity: &Identity,
        (record, memo): (Value<'_>, &Memo<'_>),
        hits: &mut Hits,
    ) {
        let operation = row.get(Event::Operation).unwrap_or_default();
        let program = self.program;
        let plan = self.plans.of(program, operation);
        if plan.is_settled() {
            return;
        }
        let view = View::new(row, identity, record, memo);
        let mut found = |atom: u32, value: &str| {
            let is_kept = matches!(program.atoms[(atom & !ANSWER) as usize].test, Test::Capture);
            if is_kept {
                hits.push(at, atom, &kept(value));
            } else {
                hits.push(at, atom, shown(value));
            }
        };
        for &(field, wanted) in &plan.single {
            let tests = &program.single[field as usize];
            view.at(&program.fields[field as usize].places[0], &mut |value| {
                let mut held = wanted & self.tried.held(program, field, value);
                while held != 0 {
                    found(tests[held.trailing_zeros() as usize], value);
                    held &= held - 1;
                }
                true
            });
        }
        for (field, atoms) in &plan.fields {
            self.field(*field, atoms, &view, &mut found);
        }
        if !plan.keywords.is_empty() {
            program.keywords.find(record.raw(), &plan, &mut found);
        }
        if plan.asks_body && view.has_request() {
            hits.mark(at, REQUEST);
        }
    }
}

/// Values that another one is compared with, each with its folded form.
type Others = Vec<(String, String)>;

impl Session<'_> {
    /// Puts the values of one field to its tests, each until it held.
    ///
    /// A test that keeps values takes all of the first place that has any, for there may be a list.
    fn field(
        &mut self,
        field: u32,
        atoms: &[u32],
        view: &View<'_>,
        found: &mut dyn FnMut(u32, &str),
    ) {
        let mut room = (std::mem::take(&mut self.open), std::mem::take(&mut self.folded));
        self.open_field(&mut room, (field, atoms), view, found);
        (self.open, self.folded) = room;
        self.open.clear();
    }

    fn open_field(
        &self,
        (open, folded): &mut (Vec<(u32, Others)>, String),
        (field, atoms): (u32, &[u32]),
        view: &View<'_>,
        found: &mut dyn FnMut(u32, &str),
    ) {
        let program = self.program;
        let test = |atom: u32| &program.atoms[atom as usize].test;
        let all = || atoms.iter().map(|&atom| (atom, self.others(test(atom), view)));
        // Most fields have no value in most records.
        let mut is_begun = false;
        let Field { places, first, answer, .. } = &program.fields[field as usize];
        for (at, place) in places.iter().enumerate() {
            if at == *first && is_begun || at == *answer && view.has_request() {
                return;
            }
            let of = if at < *answer { 0 } else { ANSWER };
            let mut kept = 0;
            let most = if place.is_listed() { KEPT } else { 1 };
            let is_done = view.at(place, &mut |value| {
                let folded = if fold_into(value, folded) { folded.as_str() } else { value };
                if !std::mem::replace(&mut is_begun, true) {
                    open.extend(all());
                }
                open.retain(|(atom, others)| {
                    let held = test(*atom).holds(value, folded, others);
                    if held {
                        found(*atom | of, value);
                    }
                    let keeps = held && matches!(test(*atom), Test::Capture);
                    kept += usize::from(keeps);
                    !held || keeps && kept < most
                });
                open.is_empty()
            });
            if is_done {
                return;
            }
            if kept > 0 {
                open.retain(|(atom, _)| !matches!(test(*atom), Test::Capture));
                if open.is_empty() {
                    return;
                }
            }
        }
    }

    /// The values of the field that a test compares with.
    fn others(&self, test: &Test, view: &View<'_>) -> Others {
        let mut others = Vec::new();
        if let Some(other) = test.other() {
            view.each(&self.program.fields[other as usize], &mut |value| {
                others.push((value.to_owned(), fold(value).into_owned()));
                others.len() >= OTHERS
            });
        }
        others
    }
}

/// A value that keys are made of: long ones stay apart although they are cut.
fn kept(value: &str) -> Cow<'_, str> {
    if shown(value).len() == value.len() {
        return Cow::Borrowed(value);
    }
    let beginning = first(value, BEGINNING);
    Cow::Owned(format!("{beginning}… ({:016x})", hash::key(fold(value).as_bytes())))
}

fn shown(value: &str) -> &str {
    first(value, SHOWN)
}

fn first(value: &str, characters: usize) -> &str {
    if value.len() <= characters {
        return value;
    }
    match value.char_indices().nth(characters) {
        Some((end, _)) => &value[..end],
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;
    use crate::shape::Nested;

    /// The hits of a record with some columns, as (test, value).
    fn hits(rules: &str, operation: &str, record: &str) -> Vec<(u32, String)> {
        let program = Program::compile(&RuleSet::from_text("p", rules).unwrap());
        let nested = Nested::parse(record.to_owned()).unwrap();
        let mut row = Row::default();
        row.set_upper(Event::Operation, operation);
        let mut hits = Hits::default();
        let record = (nested.root(), &Memo::of(nested.root()));
        program.session().test(7, &row, &Identity::default(), record, &mut hits);
        assert!(hits.all.iter().all(|hit| hit.row == 7));
        hits.all.iter().map(|hit| (hit.atom, hits.value(hit.value).unwrap().to_owned())).collect()
    }

    fn rule(detection: &str) -> String {
        format!("title: T\ndetection: {{s: {detection}, condition: s}}\n")
    }

    #[test]
    fn values_that_pass_are_hits_each_test_once() {
        let rules = rule("{operationName: x/y/write, a.b|startswith: [v, v1, w]}");
        let record = r#"{"a":[{"b":"V1"},{"b":"v2"}]}"#;
        assert_eq!(hits(&rules, "x/y/write", record), [(1, "V1".into()), (2, "V1".into())]);
        assert_eq!(hits(&rules, "x/y/delete", record), []);
    }

    #[test]
    fn numbers_and_texts_that_look_like_them_meet() {
        for (value, record, held) in [
            ("403", r#"{"a":"403"}"#, true),
            ("403", r#"{"a":403.0}"#, true),
            ("'403'", r#"{"a":403}"#, true),
            ("403", r#"{"a":"4030"}"#, false),
            ("'4*'", r#"{"a":403}"#, true),
            ("true", r#"{"a":"True"}"#, true),
            ("'true'", r#"{"a":true}"#, true),
            ("9007199254740993", r#"{"a":9007199254740993}"#, true),
            ("9007199254740993", r#"{"a":9007199254740992}"#, false),
            ("''", r#"{"a":""}"#, true),
            ("''", r#"{"a":null}"#, false),
        ] {
            let found = hits(&rule(&format!("{{a: {value}}}")), "", record);
            assert_eq!(found.len(), usize::from(held), "{value} on {record}");
        }
    }

    #[test]
    fn a_long_value_is_cut_between_letters() {
        let record = format!(r#"{{"a":"{}"}}"#, "é".repeat(300));
        let found = hits(&rule("{a|exists: true}"), "", &record);
        assert_eq!(found[0].1.chars().count(), 200);
    }

    #[test]
    fn keywords_are_found_in_any_writing_of_the_record() {
        let rules = rule(r#"["C:\\\\Temp\\\\x", 'say "hi"', wor?d*end, nonesuch]"#);
        assert_eq!(hits(&rules, "", r#"{"m":"c:\\temp\\X"}"#).len(), 1);
        assert_eq!(hits(&rules, "", r#"{"m":"{\"n\":\"say \\\"hi\\\"\"}"}"#).len(), 1);
        assert_eq!(hits(&rules, "", r#"{"m":"WORLD","n":"end"}"#).len(), 1);
        assert_eq!(hits(&rules, "", r#"{"m":"world"}"#), []);
    }

    #[test]
    fn keywords_are_found_however_deep_and_strangely_they_are_escaped() {
        let rules = rule(r#"['"effect":"deny"', "it's a&b"]"#);
        let mut record = r#"{"effect":"deny"}"#.to_owned();
        for depth in 0..4 {
            assert_eq!(hits(&rules, "", &record).len(), 1, "{depth}: {record}");
            record = format!(r#"{{"p":{}}}"#, serde_json::Value::from(record));
        }
        for escaped in [r"it's a&b", r"it\u0027s a\u0026b", r"IT\u0027S A\u0026B"] {
            for record in [escaped.to_owned(), escaped.replace('\\', r"\\")] {
                let record = format!(r#"{{"m":"{record}"}}"#);
                assert_eq!(hits(&rules, "", &record).len(), 1, "{record}");
            }
        }
        // Even letters may be written so.
        assert_eq!(hits(&rule("[word]"), "", r#"{"m":"w\u006frd"}"#).len(), 1);
    }

    #[test]
    fn keywords_that_overlap_are_all_found() {
        let rules = rule("{'|all': [abc, bcd, b]}");
        assert_eq!(hits(&rules, "", r#"{"m":"ABCD"}"#).len(), 3);
    }

    #[test]
    fn fields_can_be_compared_with_each_other() {
        let rules = rule("{a|fieldref: b.c}");
        assert_eq!(hits(&rules, "", r#"{"a":"X","b":[{"c":"y"},{"c":"x"}]}"#).len(), 1);
        assert_eq!(hits(&rules, "", r#"{"a":"X","b":{"c":"y"}}"#), []);
    }
}
