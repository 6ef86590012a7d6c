//! Tests of the set of rules.

use std::fs;

use super::super::Kind;
use super::super::check;
use super::super::expr::{Matcher, Regular};
use super::*;

const RULE: &str = "title: T\nid: one\ndetection: {s: {a: b}, condition: s}\n";

#[test]
fn all_built_in_rules_are_read_and_say_what_they_should() {
    let set = RuleSet::builtin_with_tests();
    assert!(set.rules().len() >= 128, "{}", set.rules().len());
    for rule in set.rules() {
        let is_part = set.is_part(rule) && rule.tests.is_empty();
        assert!(is_part || check(rule).is_empty(), "{}: {:?}", rule.path, check(rule));
        assert!(rule.unsupported().is_none(), "{}", rule.path);
        if set.is_part(rule) {
            continue;
        }
        assert!(rule.name.is_some() && !rule.tactics().is_empty(), "{}", rule.path);
        let folder = rule.path.split('/').next().unwrap_or_default();
        assert!(rule.tactics().contains(&folder), "{}", rule.path);
    }
}

#[test]
fn built_in_rules_are_the_same_without_their_tests() {
    let (bare, whole) = (RuleSet::builtin(), RuleSet::builtin_with_tests());
    assert_eq!(bare.sha256(), whole.sha256());
    assert!(bare.rules().iter().all(|rule| rule.tests.is_empty()));
    for (bare, whole) in bare.rules().iter().zip(whole.rules()) {
        assert_eq!(*bare, Rule { tests: Vec::new(), ..whole.clone() });
    }
}

#[test]
fn names_of_built_in_rules_are_unique() {
    let set = RuleSet::builtin();
    for rule in set.rules() {
        let name = rule.name.as_deref().unwrap_or_default();
        assert_eq!(set.find(name).map(|found| &found.id), Some(&rule.id), "{name}");
        assert_eq!(set.find(&rule.id).map(|found| &found.id), Some(&rule.id));
    }
}

#[test]
fn folders_are_read_in_order_and_other_files_left() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("z.yml"), RULE).unwrap();
    fs::write(folder.path().join("readme.md"), "no rule").unwrap();
    let two = "title: A\nid: two\ndetection: {s: {a: b}, condition: s}\n---\ntitle: B\nid: three\ncorrelation: {type: event_count, rules: two, timespan: 1h, condition: {gte: 2}}\n";
    fs::write(folder.path().join("sub/a.yaml"), two).unwrap();
    let set = RuleSet::load(&[folder.path().to_owned()]).unwrap();
    let ids: Vec<&str> = set.rules().iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["two", "three", "one"]);
    let all = RuleSet::builtin().with(&[folder.path().join("z.yml")]).unwrap();
    assert_eq!(all.rules().len(), RuleSet::builtin().rules().len() + 1);
    assert_ne!(all.sha256(), RuleSet::builtin().sha256());
}

#[test]
fn a_broken_file_is_an_error_with_a_caret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.yml");
    fs::write(&path, "title: T\ndetection:\n  s: {a: b}\n  condition: s adn s\n").unwrap();
    let shown = RuleSet::load(std::slice::from_ref(&path)).unwrap_err().to_string();
    assert!(shown.contains(":4:16: condition: expected \"and\""), "{shown}");
    assert!(shown.ends_with(&format!("  | {}^", " ".repeat(15))), "{shown}");
    fs::write(&path, "# nothing\n").unwrap();
    assert!(RuleSet::load(std::slice::from_ref(&path)).is_err());
    fs::write(&path, b"title: \xff\n").unwrap();
    assert!(RuleSet::load(&[path]).is_err());
    assert!(RuleSet::load(&[folder.path().join("nonesuch")]).is_err());
    let empty = tempfile::tempdir().unwrap();
    let told = RuleSet::builtin().with(&[empty.path().to_owned()]).unwrap_err().to_string();
    assert!(told.contains("holds no rule file"), "{told}");
}

#[test]
fn a_name_means_the_rule_of_its_own_file_first() {
    let folder = tempfile::tempdir().unwrap();
    let parts = |of: &str| {
        format!(
            "title: C\nid: c{of}\ncorrelation: {{type: temporal, rules: [base, other], timespan: 1h}}\n---\n\
             title: B\nid: b{of}\nname: base\ndetection: {{s: {{a: {of}}}, condition: s}}\n"
        )
    };
    let other = "title: O\nid: o\nname: other\ndetection: {s: {a: b}, condition: s}\n";
    for (name, text) in [("1.yml", &parts("1")), ("2.yml", &parts("2")), ("3.yml", &other.into())] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let set = RuleSet::load(&[folder.path().to_owned()]).unwrap();
    for of in ["1", "2"] {
        let rule = set.find(&format!("c{of}")).unwrap();
        let needed: Vec<&str> = set.needed(rule).map(|rule| rule.id.as_str()).collect();
        assert_eq!(needed, [&format!("b{of}"), "o"]);
        assert_eq!(set.obstacle(rule), None);
    }
}

#[test]
fn a_document_without_a_rule_gives_placeholders_their_values() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let rule = RULE.replace("a: b", "'a|expand': '%own%'");
    write("a.yml", &rule);
    write("z.yml", "name: ours\nvars:\n  own: [x, y]\n");
    let paths = [folder.path().to_owned()];
    let (lenient, errors) = RuleSet::load_lenient(&paths);
    assert!(errors.is_empty(), "{errors:?}");
    for set in [RuleSet::load(&paths).unwrap(), lenient] {
        let both = RULE.replace("a: b", "a: [x, y]");
        let both = RuleSet::from_text("p", &both).unwrap();
        let kinds = [set.rules(), both.rules()].map(|rules| match &rules[0].kind {
            Kind::Single(detection) => detection.expr.clone(),
            _ => panic!("a detection"),
        });
        assert_eq!(kinds[0], kinds[1]);
    }
    // What else a rule says is its own affair.
    let own = RuleSet::from_text("p", &format!("vars: {{own: x}}\n{rule}")).unwrap();
    assert!(own.rules()[0].unsupported().is_some());
    write("z.yml", "vars: [own]\n");
    assert!(RuleSet::load(&paths).unwrap_err().to_string().contains("z.yml:1:7: "));
    assert_eq!(RuleSet::load_lenient(&paths).1.len(), 1);
}

#[test]
fn filters_are_laid_over_rules_of_other_files_and_placeholders_filled() {
    let folder = tempfile::tempdir().unwrap();
    let filter =
        "title: F\nid: f\nfilter: {rules: [one], s: {'a|expand': '%own%'}, condition: not s}\n";
    fs::write(folder.path().join("a.yml"), filter).unwrap();
    fs::write(folder.path().join("b.yml"), RULE).unwrap();
    let load = |text| {
        let placeholders = Placeholders::from_text("p", text).unwrap();
        RuleSet::load_with(&[folder.path().to_owned()], placeholders).unwrap()
    };
    let filled = load("own: [x, y]");
    assert_eq!((filled.rules().len(), filled.filters().len()), (1, 1));
    assert_eq!(filled.applied()[0].rules, [0]);
    let without = load("other: z");
    assert!(without.applied()[0].rules.is_empty() && without.filters()[0].unsupported().is_some());
}

#[test]
fn what_hides_itself_in_a_folder_is_left_and_an_ending_has_no_case() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir_all(folder.path().join(".github/workflows")).unwrap();
    let paths = [folder.path().to_owned()];
    for name in [".github/workflows/ci.yml", ".pre-commit-config.yaml"] {
        write(name, "name: ci\njobs: {}\n");
    }
    let errors = RuleSet::load_lenient(&paths).1;
    assert!(errors[0].to_string().contains("holds no rule file") && errors.len() == 1);
    write("a.YML", RULE);
    assert_eq!(RuleSet::load(&paths).unwrap().rules().len(), 1);
    // What is named itself is read.
    assert!(RuleSet::load(&[folder.path().join(".pre-commit-config.yaml")]).is_err());
    let hidden = folder.path().join(".own");
    fs::create_dir(&hidden).unwrap();
    fs::write(hidden.join("b.yml"), RULE).unwrap();
    assert_eq!(RuleSet::load(&[hidden]).unwrap().rules().len(), 1);
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_no_file_of_rules() {
    let folder = tempfile::tempdir().unwrap();
    for device in ["zero", "null"] {
        let link = folder.path().join(format!("{device}.yml"));
        std::os::unix::fs::symlink(format!("/dev/{device}"), &link).unwrap();
        for given in [folder.path(), &link] {
            let error = RuleSet::load(&[given.to_owned()]).unwrap_err();
            assert!(error.to_string().contains("no regular file"), "{error}");
        }
        fs::remove_file(link).unwrap();
    }
}

#[test]
fn a_uuid_is_the_same_in_capitals() {
    let id = "6f3e2987-db24-4c78-a860-b4f4095a7095";
    let rule = RULE.replace("one", id);
    let capital = id.to_uppercase();
    let text = format!(
        "{rule}---\ntitle: C\nid: c\ncorrelation: {{type: event_count, rules: ['{capital}'], timespan: 1h, \
         condition: {{gte: 2}}, group-by: [x], aliases: {{x: {{'{capital}': y}}}}}}\n---\n\
         title: F\nid: f\nfilter: {{rules: ['{capital}'], s: {{a: c}}, condition: not s}}\n"
    );
    let set = RuleSet::from_text("p.yml", &text).unwrap();
    let correlation = set.find("c").unwrap();
    assert_eq!(set.obstacle(correlation), None);
    assert!(set.is_part(&set.rules()[0]) && set.find(&capital).is_some());
    assert_eq!(set.applied()[0].rules, [0]);
    assert!(set.applied()[0].missing.is_empty());
    let Kind::Correlation(own) = &correlation.kind else { panic!("a correlation") };
    assert_eq!(own.field_in("x", &[id]), "y");
    let twice = format!("{rule}---\n{}", RULE.replace("one", &capital));
    assert!(RuleSet::from_text("p.yml", &twice).is_err());
    // Other ids are words.
    assert!(
        RuleSet::from_text("p.yml", &format!("{RULE}---\n{}", RULE.replace("one", "ONE"))).is_ok()
    );
}

#[test]
fn an_alias_names_a_rule_that_its_correlation_puts_together() {
    let text = |rule: &str, of: &str| {
        format!(
            "{RULE}---\ntitle: B\nid: b\nname: burst\ncorrelation: {{type: event_count, rules: one, timespan: 1h, condition: {{gte: 2}}}}\n---\n\
             title: C\nid: c\ncorrelation:\n  type: event_count\n  rules: {of}\n  timespan: 1h\n  condition: {{gte: 2}}\n  \
             group-by: [x]\n  aliases:\n    x:\n      {rule}: y\n"
        )
    };
    for name in ["one", "burst", "b"] {
        assert!(RuleSet::from_text("p.yml", &text(name, "burst")).is_ok(), "{name}");
    }
    let error = RuleSet::from_text("p.yml", &text("bursts", "burst")).unwrap_err().to_string();
    assert!(error.contains("puts together no rule \"bursts\"; did you mean \"burst\"?"), "{error}");
    assert!(error.contains("      bursts: y\n") && error.ends_with("|       ^"), "{error}");
    // What is not loaded may be called so.
    assert!(RuleSet::from_text("p.yml", &text("bursts", "nonesuch")).is_ok());
}

#[test]
fn a_correlation_tells_of_rules_that_it_names() {
    let text = |told: &str| {
        format!(
            "{RULE}---\ntitle: C\nid: c\ncorrelation: {{type: event_count, rules: [one], timespan: 1h, condition: {{gte: 2}}}}\n\
             tells: {told}\n"
        )
    };
    assert!(RuleSet::from_text("p.yml", &text("one")).is_ok());
    let error = RuleSet::from_text("p.yml", &text("[one, ones]")).unwrap_err().to_string();
    assert!(
        error.contains("tells of no rule \"ones\", for it names none; did you mean \"one\"?"),
        "{error}"
    );
    assert!(error.contains("tells: [one, ones]\n"), "{error}");
}

#[test]
fn an_id_may_not_come_twice() {
    let twice = format!("{RULE}---\n{RULE}");
    let error = RuleSet::from_text("p.yml", &twice).unwrap_err().to_string();
    assert!(error.contains("id one is that of p.yml"), "{error}");
    let line =
        twice.lines().enumerate().filter(|(_, line)| line.starts_with("id: ")).nth(1).unwrap().0;
    assert!(error.starts_with(&format!("p.yml:{}:5: ", line + 1)), "{error}");
    let filter = "title: F\nid: one\nfilter: {rules: [x], s: {a: b}, condition: s}\n";
    assert!(RuleSet::from_text("p.yml", &format!("{RULE}---\n{filter}")).is_err());
    assert!(RuleSet::from_text("p.yml", &format!("{filter}---\n{RULE}")).is_err());
}

#[test]
fn documents_without_ids_have_ids_of_their_own() {
    let rule = |more: &str| format!("title: T\n{more}detection: {{s: {{a: b}}, condition: s}}\n");
    let filter = |rules: &str| {
        format!("title: T\nfilter: {{rules: [{rules}], s: {{a: b}}, condition: not s}}\n")
    };
    let documents = [
        rule(""),
        rule("level: low\n"),
        rule("outcome: failed\n"),
        rule("logsource: {product: azure}\n"),
        rule("id:\n"),
        filter("x"),
        filter("y"),
        // What says the same is told apart too.
        rule(""),
        rule(""),
        filter("x"),
    ];
    let ids = |documents: &[String]| {
        let set = RuleSet::from_text("p", &documents.join("---\n")).unwrap();
        let rules = set.rules().iter().map(|rule| rule.id.clone());
        let mut ids: Vec<String> =
            rules.chain(set.filters().iter().map(|filter| filter.id.clone())).collect();
        ids.sort();
        ids
    };
    let mut backwards = documents.to_vec();
    backwards.reverse();
    let all = ids(&documents);
    assert_eq!(all, ids(&backwards));
    let twice: Vec<&String> = all.iter().filter(|id| id.contains('-')).collect();
    assert_eq!((all.len(), twice.len()), (documents.len(), 3), "{all:?}");
}

#[test]
fn every_regular_expression_of_the_built_in_rules_compiles() {
    let set = RuleSet::builtin();
    let mut compiled = 0;
    for rule in set.rules() {
        let (Kind::Single(detection) | Kind::Native(detection, _)) = &rule.kind else { continue };
        for search in &detection.searches {
            search.expr.each_test(&mut |test| {
                if let Matcher::Regex(regex) = &test.matcher {
                    compiled += usize::from(Regular::new(regex.as_str()).is_ok());
                    assert!(
                        Regular::new(regex.as_str()).is_ok(),
                        "{}: {}",
                        rule.id,
                        regex.as_str()
                    );
                }
            });
        }
    }
    assert!(compiled > 100);
}
