//! The program as a probe: tests put to each record while it is read.

use aho_corasick::AhoCorasick;

use super::atom::Test;
use super::plan::{Plan, Plans};
use super::program::Program;
use super::read::View;
use super::read::each_of_principal;
use crate::base::json::{Value, unescape};
use crate::corpus::{Hit, Probe, ProbeSession};
use crate::rule::{Pattern, Piece, fold};
use crate::schema::Event;
use crate::shape::{Identity, Row};

/// Characters of a value that are kept to be shown.
const SHOWN: usize = 200;
/// Values of another field that a value is compared with.
const OTHERS: usize = 256;

impl Probe for Program {
    fn session(&self) -> Box<dyn ProbeSession + Send + '_> {
        Box::new(Session { program: self, plans: Plans::default(), principals: Vec::new() })
    }
}

struct Session<'p> {
    program: &'p Program,
    plans: Plans,
    /// Principals by their place in the list of the batch.
    principals: Vec<Option<Box<Principal>>>,
}

/// A principal, and the tests that hold for it with what they show.
struct Principal {
    /// Its key, to find out when the remembered one is another.
    key: String,
    held: Vec<(u32, Box<str>)>,
}

/// Principals remembered at once; the others are looked at anew each time.
const REMEMBERED: usize = 1 << 13;

impl ProbeSession for Session<'_> {
    fn test(
        &mut self,
        at: u32,
        row: &Row,
        identity: &Identity,
        record: Value<'_>,
        hits: &mut Vec<Hit>,
    ) {
        // Places of principals are given anew with each batch, whatever its first event asks for.
        if at == 0 {
            self.principals.clear();
        }
        let operation = row.get(Event::Operation).unwrap_or_default();
        let plan = self.plans.of(self.program, operation);
        if !plan.of_principal.is_empty() {
            self.principal(at, row, identity, &plan, hits);
        }
        if plan.is_settled() {
            return;
        }
        let view = View::new(row, identity, record);
        let mut found = |atom: u32, value: &str| {
            hits.push(Hit { row: at, atom, value: Some(shown(value).into()) });
        };
        for (field, atoms) in &plan.fields {
            self.field(*field, atoms, &view, &mut found);
        }
        if !plan.keywords.is_empty() {
            self.program.keywords.find(record.raw(), &plan, &mut found);
        }
    }
}

impl Session<'_> {
    /// Adds what holds for the principal of a record.
    fn principal(&mut self, at: u32, row: &Row, id: &Identity, plan: &Plan, hits: &mut Vec<Hit>) {
        let mut add = |held: &[(u32, Box<str>)]| {
            let asked =
                held.iter().filter(|(atom, _)| plan.of_principal.binary_search(atom).is_ok());
            hits.extend(asked.map(|(atom, value)| Hit {
                row: at,
                atom: *atom,
                value: Some(value.clone()),
            }));
        };
        if row.identity >= REMEMBERED {
            return add(&self.program.of_principal(id));
        }
        // Within a batch places stay, so that nothing is compared.
        if self.principals.len() <= row.identity {
            self.principals.resize_with(row.identity + 1, || None);
        }
        let known = self.principals[row.identity].get_or_insert_with(|| {
            Box::new(Principal { key: id.key.clone(), held: self.program.of_principal(id) })
        });
        debug_assert_eq!(known.key, id.key, "places of principals stay within a batch");
        add(&known.held);
    }

    /// Puts the values of one field to its tests, each until it held.
    fn field(&self, field: u32, atoms: &[u32], view: &View<'_>, found: &mut dyn FnMut(u32, &str)) {
        let program = self.program;
        let test = |atom: u32| &program.atoms[atom as usize].test;
        let mut open: Vec<(u32, Vec<(String, String)>)> =
            atoms.iter().map(|&atom| (atom, self.others(test(atom), view))).collect();
        view.each(&program.fields[field as usize], &mut |value| {
            let folded = fold(value);
            open.retain(|(atom, others)| {
                let held = test(*atom).holds(value, &folded, others);
                if held {
                    found(*atom, value);
                }
                !held
            });
            open.is_empty()
        });
    }

    /// The values of the field that a test compares with.
    fn others(&self, test: &Test, view: &View<'_>) -> Vec<(String, String)> {
        let mut others = Vec::new();
        if let Test::Same { other, .. } = test {
            view.each(&self.program.fields[*other as usize], &mut |value| {
                others.push((value.to_owned(), fold(value).into_owned()));
                others.len() >= OTHERS
            });
        }
        others
    }
}

impl Program {
    /// The tests that hold for a principal, sorted, with what they show.
    fn of_principal(&self, identity: &Identity) -> Vec<(u32, Box<str>)> {
        let mut held = Vec::new();
        for &atom in &self.of_principal {
            let test = &self.atoms[atom as usize].test;
            each_of_principal(identity, self.field_of(atom), &mut |value| {
                let holds = test.holds(value, &fold(value), &[]);
                if holds {
                    held.push((atom, shown(value).into()));
                }
                holds
            });
        }
        held
    }
}

fn shown(value: &str) -> &str {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => &value[..end],
        None => value,
    }
}

/// Text looked for anywhere in a record.
#[derive(Debug, Default)]
pub(super) struct Keywords {
    /// Every text that must occur for one of the tests, found in one pass.
    needles: Option<AhoCorasick>,
    /// The test of each needle.
    atoms: Vec<u32>,
    /// Tests without a text that must occur.
    always: Vec<u32>,
    tests: Vec<(u32, Test)>,
}

impl Keywords {
    /// Joins all tests on whole records.
    pub(super) fn new<'t>(tests: impl Iterator<Item = (u32, &'t Test)>) -> Keywords {
        let mut keywords = Keywords::default();
        let mut needles = Vec::new();
        for (atom, test) in tests {
            match needle(test) {
                Some(text) => {
                    needles.push(text);
                    keywords.atoms.push(atom);
                }
                None => keywords.always.push(atom),
            }
            keywords.tests.push((atom, test.clone()));
        }
        if !needles.is_empty() {
            let built = AhoCorasick::builder().ascii_case_insensitive(true).build(&needles);
            keywords.needles = built.ok();
            if keywords.needles.is_none() {
                // More text than fits into one automaton: each test looks for itself.
                keywords.always.append(&mut keywords.atoms);
            }
        }
        keywords
    }

    /// Puts the text of a record to the tests of a plan.
    fn find(&self, raw: &str, plan: &Plan, found: &mut dyn FnMut(u32, &str)) {
        let mut worth: Vec<u32> = self.always.clone();
        if let Some(needles) = &self.needles {
            let mut seen = vec![false; self.atoms.len()];
            let mut left = seen.len();
            for hit in needles.find_overlapping_iter(raw) {
                let slot = &mut seen[hit.pattern().as_usize()];
                left -= usize::from(!*slot);
                *slot = true;
                if left == 0 {
                    break;
                }
            }
            worth.extend(
                self.atoms.iter().zip(seen).filter(|(_, seen)| *seen).map(|(atom, _)| *atom),
            );
        }
        worth.retain(|atom| plan.keywords.contains(atom));
        worth.sort_unstable();
        if worth.is_empty() {
            return;
        }
        let texts = readings(raw);
        for (atom, test) in self.tests.iter().filter(|(atom, _)| worth.contains(atom)) {
            if texts.iter().any(|(text, folded)| test.holds(text, folded, &[])) {
                found(*atom, word(test));
            }
        }
    }
}

/// The text of a record as it stands, and with the escapes of strings and of JSON in strings undone.
fn readings(raw: &str) -> Vec<(String, String)> {
    let mut texts = vec![raw.to_owned()];
    while texts.len() < 3 && texts[texts.len() - 1].contains('\\') {
        texts.push(unescape(&texts[texts.len() - 1]));
    }
    texts.into_iter().map(|text| (fold(&text).into_owned(), text)).map(|(f, t)| (t, f)).collect()
}

/// The longest text that stands in every record in which a test holds, however JSON writes it.
fn needle(test: &Test) -> Option<String> {
    let Test::Pattern(pattern) = test else { return None };
    let is_plain =
        |c: char| c.is_ascii() && !c.is_ascii_control() && !matches!(c, '"' | '\\' | '/');
    let texts = pattern.pieces().iter().filter_map(|piece| match piece {
        Piece::Text(part) => Some(part),
        Piece::Any | Piece::One => None,
    });
    let runs = texts.flat_map(|part| part.split(|c: char| !is_plain(c)));
    runs.max_by_key(|run| run.len()).filter(|run| !run.is_empty()).map(str::to_owned)
}

/// What is shown of a keyword: its longest text, because the record is long.
fn word(test: &Test) -> &str {
    match test {
        Test::Pattern(pattern) => Pattern::needle(pattern),
        Test::Regex(regex) => regex.as_str(),
        _ => "",
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
        let mut hits = Vec::new();
        program.session().test(7, &row, &Identity::default(), nested.root(), &mut hits);
        assert!(hits.iter().all(|hit| hit.row == 7));
        hits.into_iter().map(|hit| (hit.atom, hit.value.unwrap().into_string())).collect()
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

    #[test]
    fn a_batch_that_begins_with_another_operation_forgets_principals_too() {
        let rules = rule("{operationName: x/y/write, app_id: a}");
        let program = Program::compile(&RuleSet::from_text("p", &rules).unwrap());
        let nested = Nested::parse("{}".to_owned()).unwrap();
        let (mut session, mut hits) = (program.session(), Vec::new());
        for (at, operation, app_id) in
            [(0, "X/Y/WRITE", "a"), (0, "X/Y/DELETE", "b"), (1, "X/Y/WRITE", "b")]
        {
            let mut row = Row::default();
            row.set(Event::Operation, operation);
            let id = Identity { key: app_id.into(), app_id: app_id.into(), ..Identity::default() };
            session.test(at, &row, &id, nested.root(), &mut hits);
        }
        assert_eq!(hits.len(), 1);
    }

    #[test]
    fn principals_are_remembered_for_one_batch() {
        let program =
            Program::compile(&RuleSet::from_text("p", &rule("{app_id: a, mfa: true}")).unwrap());
        let nested = Nested::parse("{}".to_owned()).unwrap();
        let (mut session, mut hits) = (program.session(), Vec::new());
        let mut row = Row::default();
        for (at, app_id, place) in
            [(0, "a", 0), (1, "a", 0), (2, "b", 1), (0, "b", 0), (1, "a", REMEMBERED)]
        {
            row.identity = place;
            let id =
                Identity { app_id: app_id.into(), mfa: Some(app_id == "b"), ..Identity::default() };
            session.test(at, &row, &id, nested.root(), &mut hits);
        }
        let found: Vec<_> = hits.iter().map(|hit| (hit.row, hit.atom)).collect();
        assert_eq!(found, [(0, 0), (1, 0), (2, 1), (0, 1), (1, 0)]);
    }
}
